"""Every check, run for everyone."""

from __future__ import annotations

import contextlib
import io
import sys
from collections.abc import Mapping
from dataclasses import dataclass

# Importing a module puts its checks on the list, in this order.
from . import (
    conditions,
    constraints,
    fairness,
    keys_and_dates,
    life_cycle,
    metadata,
    sampling,
    tables,
    transformers,
)
from .registry import CHECKS, Check, Make, reason

ORDER = (
    sampling,
    conditions,
    constraints,
    life_cycle,
    tables,
    keys_and_dates,
    transformers,
    metadata,
    fairness,
)
# The order of the page.
THEMES = [module.THEME for module in ORDER]
ALL = sorted(CHECKS, key=lambda check: THEMES.index(check.theme))


@dataclass(frozen=True)
class Result:
    """How a check went: by subject, why it failed; '' if it passed, None if it was not asked."""

    check: Check
    by: Mapping[str, str | None]


def outcome(check: Check, make: Make) -> str:
    """Why it failed, or ''."""
    try:
        # SDV shows a progress bar for every condition.
        with contextlib.redirect_stderr(io.StringIO()):
            check(make)
    except Exception as error:
        return reason(error) or 'failed'
    return ''


def results(makes: Mapping[str, Make]) -> list[Result]:
    """Run every check for every subject."""
    found = []
    for check in ALL:
        by: dict[str, str | None] = {}
        for name, make in makes.items():
            skipped = check.not_offered and name != 'ours'
            by[name] = None if skipped else outcome(check, make)
        found.append(Result(check, by))
        sys.stderr.write('.' if not by['ours'] else 'F')
        sys.stderr.flush()
    sys.stderr.write('\n')
    return found
