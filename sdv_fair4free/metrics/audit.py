"""One pass over a real and a synthetic table that yields every fairness figure of the two."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

PROPERTIES = ('Label Parity', 'Proxy Leakage', 'Model Parity', 'Error Parity', 'Utility Retained')
FIGURE_COLUMNS = (
    'Property',
    'Metric',
    'Column',
    'Sensitive',
    'Outcome',
    'Source',
    'Value',
    'Low',
    'High',
    'Best',
    'Score',
    'Count',
    'Headline',
    'Error',
)
GROUP_COLUMNS = (
    'Column',
    'Group',
    'Count',
    'Source',
    'Metric',
    'Outcome',
    'Value',
    'Low',
    'High',
    'Error',
)
Progress = Callable[[int, int, str], None]


@dataclass(frozen=True, kw_only=True)
class Audit:
    """Every figure, as tidy frames.

    Attributes:
        figures (pandas.DataFrame): One row for each figure, columns ``FIGURE_COLUMNS``:

            * ``Property``: one of ``PROPERTIES``.
            * ``Metric``: such as 'Demographic parity ratio'.
            * ``Column``: a sensitive column, a crossing ('sex x race'), the target (utility), or
              the column that leaks (proxies).
            * ``Sensitive``: the sensitive column or crossing the figure is about; None for utility.
            * ``Outcome``: the favourable outcome; for a target of several classes the class that is
              judged against the rest, or 'worst class'; None where there is none.
            * ``Source``: 'real' or 'synthetic': the table the figure is of, or on whose rows the
              model was trained. Models are always tested on real rows.
            * ``Value``, ``Low``, ``High``: the figure and its bootstrap interval (NaN where none).
            * ``Best``: the best value it can take.
            * ``Score``: the same on a scale from 0 to 1, best 1; NaN if it cannot be computed.
            * ``Count``: rows behind it.
            * ``Headline``: whether a score of the whole should count it. False for real rows, and
              for single classes where 'worst class' speaks for them.
            * ``Error``: None, or why there is no value, such as 'insufficient data (n = 7)'.
        groups (pandas.DataFrame): One row for each rate of each group, columns ``GROUP_COLUMNS``.
            ``Metric`` is 'Label rate' (of the table), 'Selection rate', 'True positive rate',
            'False positive rate', 'Precision', 'Accuracy' or 'Calibration gap' (of models); for
            numeric targets 'Label mean', 'Prediction mean', 'Residual mean', 'Absolute error'.
            ``Count`` is the rows behind the rate. Small groups keep their row, with an ``Error``.
        constant (pandas.DataFrame): The figures of models (Model Parity, Error Parity, Utility
            Retained) for the one that answers everybody alike: favourably, or with the mean.
            Columns as ``figures``, ``Source`` 'constant', ``Headline`` False. It is perfectly fair
            and useless: show it beside every score of fairness.
        notes (tuple[str, ...]): What was dropped, binned, unseen or assumed, a sentence each.
        settings (dict[str, object]): ``sensitive_columns``, ``target_column``,
            ``favourable_outcome``, ``target_kind`` ('binary', 'multiclass' or 'numeric'),
            ``classes``, ``groupings`` (sensitive columns and crossings), ``model``, ``rows`` (of
            'real', 'synthetic', 'validation'), ``bootstrap_samples``, ``confidence_level``,
            ``minimum_group_size``, ``random_state``.
    """

    figures: pd.DataFrame = field(repr=False)
    groups: pd.DataFrame = field(repr=False)
    constant: pd.DataFrame = field(repr=False)
    notes: tuple[str, ...] = ()
    settings: dict[str, Any] = field(default_factory=dict)


def audit(
    real_data: pd.DataFrame,
    synthetic_data: pd.DataFrame,
    metadata: Any,
    sensitive_columns: str | Sequence[str],
    target_column: str,
    real_validation_data: pd.DataFrame | None = None,
    favourable_outcome: Any = None,
    intersections: bool = True,
    model: Any = None,
    bootstrap_samples: int = 200,
    confidence_level: float = 0.95,
    minimum_group_size: int = 50,
    random_state: int = 0,
    metrics: Sequence[str] | None = None,
    progress: Progress | None = None,
) -> Audit:
    """Not yet."""
    raise NotImplementedError
