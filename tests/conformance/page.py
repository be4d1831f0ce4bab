"""docs/conformance.md from the results."""

from __future__ import annotations

import datetime
import platform
from collections.abc import Sequence
from importlib.metadata import version

from .results import THEMES, Result

PACKAGES = ('sdv', 'rdt', 'sdmetrics', 'ctgan', 'torch', 'pandas', 'numpy')
SUBJECTS = ('ours', 'TVAE')


def page(found: Sequence[Result]) -> str:
    """The whole page, in Markdown."""
    versions = ', '.join(f'{name} {version(name)}' for name in PACKAGES)
    lines = [
        '# Conformance with SDV',
        '',
        'What users of SDV expect of a synthesizer, as small checks. Each is run for ours,',
        "`Fair4FreeSynthesizer`, and as a control for SDV's own `TVAESynthesizer`: on the same",
        'table, with the same calls and few epochs (where something must have been learnt, TVAE',
        'has its default of 300). "Not offered" stands where a synthesizer does not claim to do',
        'what is checked. A failure says what was seen. Some checks ask for more than SDV',
        'promises, so a failure of the control is not a defect by itself.',
        '',
        f'This page is written by `make conformance`, on {datetime.date.today().isoformat()}, with',
        f'Python {platform.python_version()}, {versions}.',
        '',
        f'| {len(found)} checks | ours | TVAE |',
        '|---|---|---|',
    ]
    for answer in ('passes', 'fails', 'not offered'):
        counts = [sum(said(one, name) == answer for one in found) for name in SUBJECTS]
        lines.append(f'| {answer} | {counts[0]} | {counts[1]} |')
    for theme in THEMES:
        lines += ['', f'## {theme}', '', '| expected | ours | TVAE |', '|---|---|---|']
        for one in found:
            if one.check.theme == theme:
                cells = [one.check.expected, *(cell(one, name) for name in SUBJECTS)]
                lines.append(f'| {" | ".join(escaped(text) for text in cells)} |')
    return '\n'.join(lines) + '\n'


def said(one: Result, name: str) -> str:
    """One of three answers."""
    why = one.by[name]
    return 'not offered' if why is None else 'fails' if why else 'passes'


def cell(one: Result, name: str) -> str:
    """The answer, with its reason."""
    answer = said(one, name)
    why = one.check.not_offered if answer == 'not offered' else one.by[name]
    return f'{answer}: {why}' if why else answer


def escaped(text: str) -> str:
    """Text that leaves the table whole."""
    return text.replace('|', r'\|').replace('<', '&lt;')
