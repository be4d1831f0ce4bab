"""What ``plugins`` does: tell which are active, and from where."""

from __future__ import annotations

import argparse
import json
import sys
import textwrap
from contextlib import redirect_stdout
from typing import Any

from sdv_fair4free.command.errors import CommandError
from sdv_fair4free.plugins.answers import gathered
from sdv_fair4free.plugins.hooks import QUESTIONS
from sdv_fair4free.plugins.registry import Loaded, loaded

WATCHING = ('on_fit_start', 'on_epoch_end', 'on_fit_end')


def plugins(options: argparse.Namespace) -> None:
    """List the plug-ins; quietly, only see whether all can be used.

    Raises:
        CommandError: If one of them cannot be used, after all others are listed.
    """
    with redirect_stdout(sys.stderr):  # what packages print is no part of the list
        listed, problems = _listed(loaded())
    if options.json:
        json.dump({'plugins': listed, 'problems': problems}, sys.stdout, indent=1)
        sys.stdout.write('\n')
    elif not options.quiet:
        sys.stdout.write(''.join(_as_text(name, told) for name, told in listed.items()))
    if problems:
        raise CommandError('\n'.join(problems))


def _listed(found: Loaded) -> tuple[dict[str, dict[str, Any]], list[str]]:
    """By plug-in where it comes from and what it answers; and what is wrong."""
    problems = list(found.broken)
    answers: dict[str, dict[str, list[str]]] = {name: {} for name in found.manager.origins}
    for question in QUESTIONS:
        provides, wrong = gathered(question, found.manager)
        problems += map(str, wrong)
        for entry in provides.values():
            answers[entry.plugin].setdefault(question, []).append(entry.name)
    for hook in WATCHING:
        for implementation in getattr(found.manager.hook, hook).get_hookimpls():
            answers[implementation.plugin_name].setdefault('watches training', []).append(hook)
    listed = {
        name: {'from': found.manager.origins[name], 'provides': told}
        for name, told in answers.items()
    }
    return listed, problems


def _as_text(name: str, told: dict[str, Any]) -> str:
    lines = [f'{name} ({told["from"]})']
    for hook, names in told['provides'].items():
        lines += textwrap.wrap(
            f'{hook}: {", ".join(names)}', 96, initial_indent='  ', subsequent_indent='    '
        )
    return '\n'.join(lines) + '\n'
