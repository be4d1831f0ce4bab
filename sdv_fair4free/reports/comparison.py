"""Several reports on the same question, side by side."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pandas as pd

from sdv_fair4free.reports.plots import CONSTANT, REAL
from sdv_fair4free.reports.score import fairness_score, overall_score, source_scores
from sdv_fair4free.validation import listed

if TYPE_CHECKING:
    from sdv_fair4free.reports.fairness_report import FairnessReport

# Reports that differ in one of these have measured different things.
_QUESTION = ('sensitive_columns', 'target_column', 'favourable_outcome', 'model')
_REAL_ROWS = ('real', 'validation')


def comparison(reports: Mapping[str, FairnessReport]) -> pd.DataFrame:
    """The scores of real rows, of every report's table, and of the constant classifier.

    Args:
        reports (mapping): From the name of a synthetic table to its report; at least one.

    Raises:
        ValueError: If the reports answer different questions, or two sources have one name.
    """
    require_same_question(reports)
    first = next(iter(reports.values())).get_audit()
    scores = {REAL: source_scores(first, 'real')}
    scores |= {
        name: source_scores(report.get_audit(), 'synthetic') for name, report in reports.items()
    }
    scores[CONSTANT] = source_scores(first, 'constant')
    totals = {
        name: {'Overall': overall_score(parts), 'Fairness': fairness_score(parts), **parts}
        for name, parts in scores.items()
    }
    return pd.DataFrame.from_dict(totals, orient='index')


def require_same_question(reports: Mapping[str, FairnessReport]) -> None:
    """Refuse to set figures beside each other that cannot be compared."""
    problems = [
        f"'{name}' is the name of another row; choose a different one."
        for name in reports
        if name in (REAL, CONSTANT)
    ]
    (first, report), *others = reports.items()
    settings = report.get_audit().settings
    for name, other in others:
        theirs = other.get_audit().settings
        problems += [
            f"'{first}' has {key} {settings.get(key)!r}, '{name}' has {theirs.get(key)!r}."
            for key in _QUESTION
            if settings.get(key) != theirs.get(key)
        ]
        problems += [
            f"'{first}' was measured with {settings['rows'][kind]} {kind} rows, '{name}' with "
            f'{theirs["rows"][kind]}.'
            for kind in _REAL_ROWS
            if settings['rows'][kind] != theirs['rows'][kind]
        ]
    if problems:
        raise ValueError(listed(problems, 'reports that are to be compared'))
