"""Rows of the two frames of an audit, and what is small enough to be called insufficient."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from sdv_fair4free.metrics.bootstrap import interval

SMALLEST_DENOMINATOR = 5
"""Rows below which no rate is given: as few positives as SDMetrics' equalized odds asks for."""
WORST_CLASS = 'worst class'
Row = dict[str, Any]


def insufficient(rows: float) -> str:
    """Why there is no figure."""
    return f'insufficient data (n = {int(rows)})'


def figure_row(
    metric: str,
    value: float,
    score: float,
    count: float,
    *,
    best: float,
    draws: np.ndarray | None = None,
    level: float = 0.95,
    error: str | None = None,
) -> Row:
    """One figure; who it is about is added by the caller."""
    low, high = (np.nan, np.nan) if draws is None else interval(draws, value, level)
    if error is None and np.isnan(value):
        error = 'undefined (0 / 0)'
    return {
        'Metric': metric,
        'Value': float(value),
        'Low': low,
        'High': high,
        'Best': best,
        'Score': float(np.clip(score, 0, 1)),
        'Count': int(count),
        'Error': error,
    }


def no_figure(metric: str, reason: str, *, best: float, count: int = 0) -> Row:
    """A figure that cannot be computed."""
    return figure_row(metric, np.nan, np.nan, count, best=best, error=reason)


def group_rows(
    metric: str,
    labels: Sequence[str],
    values: np.ndarray,
    draws: np.ndarray,
    counts: np.ndarray,
    enough: np.ndarray,
    level: float,
) -> list[Row]:
    """One rate of every group.

    Args:
        metric: Name of the rate.
        labels: (groups,) their names.
        values: (groups,) the rate.
        draws: (samples, groups) the rate in every bootstrap sample.
        counts: (groups,) rows behind the rate.
        enough: (groups,) whether these are enough.
        level: Of confidence.
    """
    rows = []
    for place, label in enumerate(labels):
        value = float(values[place]) if enough[place] else np.nan
        low, high = interval(draws[:, place], value, level)
        rows.append(
            {
                'Group': label,
                'Count': int(counts[place]),
                'Metric': metric,
                'Value': value,
                'Low': low,
                'High': high,
                'Error': None if enough[place] else insufficient(counts[place]),
            }
        )
    return rows


def worst_class(rows: Sequence[Row], rare: Mapping[str, int]) -> list[Row]:
    """Of figures of several classes, for each metric and column the one with the lowest score.

    Args:
        rows: Figures of each class.
        rare: Classes of too few rows to count, with their rows.
    """
    worst: dict[Any, Row] = {}
    for row in rows:
        key = (row['Metric'], row['Column'], row['Source'])
        if row['Outcome'] in rare:
            reason = insufficient(max(rare.values()))
            none = no_figure(row['Metric'], reason, best=row['Best'])
            row = {**row, **none}
        if key not in worst or _known(row['Score']) < _known(worst[key]['Score']):
            worst[key] = row
    return [{**row, 'Outcome': WORST_CLASS} for row in worst.values()]


def _known(score: float) -> float:
    return np.inf if np.isnan(score) else score


def about(rows: Sequence[Row], **fields: Any) -> list[Row]:
    """The rows, with who they are about."""
    return [{**row, **fields} for row in rows]


def wanted(metrics: Mapping[str, Any], chosen: Sequence[str] | None) -> list[str]:
    """Which of these metrics were asked for; all if none is named."""
    return [name for name in metrics if chosen is None or name in chosen]
