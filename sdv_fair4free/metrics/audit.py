"""One pass over a real and a synthetic table that yields every fairness figure of the two."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from sdv_fair4free.metrics.case import Case
from sdv_fair4free.metrics.catalogue import FIGURE_COLUMNS, GROUP_COLUMNS, METRICS, PROPERTIES
from sdv_fair4free.metrics.checks import setting_problems
from sdv_fair4free.metrics.of_plugins import known_topics
from sdv_fair4free.metrics.reading import build_case
from sdv_fair4free.metrics.work import Work

_LARGE = 200_000
Progress = Callable[[int, int, str], None]
"""Called with the parts that are done, with how many there are, and with what comes next."""


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
            * ``Score``: the same on a scale from 0 to 1, best 1; NaN if it cannot be computed. A
              ratio as it is, 1 minus a difference; numbers in standard deviations of the real
              target; AUC of a sensitive column from .5 up; utility as the way it has come from the
              constant answer (0) to the model of real rows (1).
            * ``Count``: rows behind it.
            * ``Headline``: whether a score of the whole should count it. False for real rows, for
              figures of plug-ins, and for single classes where 'worst class' speaks for them.
            * ``Error``: None, or why there is no value, such as 'insufficient data (n = 7)'.
        groups (pandas.DataFrame): One row for each rate of each group, columns ``GROUP_COLUMNS``.
            ``Metric`` is 'Label rate' (of the table), 'Selection rate', 'True positive rate',
            'False positive rate', 'Precision', 'Accuracy' or 'Score minus outcome' (of models); for
            numeric targets 'Label mean', 'Prediction mean', 'Residual mean', 'Absolute error'.
            ``Count`` is the rows behind the rate: of the true positive rate, the positives. Small
            groups keep their row, with their size and an ``Error``.
        constant (pandas.DataFrame): The figures of models (Model Parity, Error Parity, Utility
            Retained) for the one that answers everybody alike: favourably, or with the mean.
            Columns as ``figures``, ``Source`` 'constant', ``Headline`` False. It chooses
            alike in every group, and is useless: show it beside every score of fairness.
        notes (tuple[str, ...]): What was dropped, binned, unseen or assumed, a sentence each.
        settings (dict[str, object]): ``sensitive_columns``, ``target_column``,
            ``favourable_outcome``, ``target_kind`` ('binary', 'multiclass' or 'numeric'),
            ``target_scale`` (standard deviation of a numeric target, else 1), ``classes``,
            ``groupings`` (sensitive columns and crossings), ``features`` (what models are given),
            ``withheld_columns``, ``model``, ``rows`` (of 'real', 'synthetic', 'training' and
            'validation'), ``bootstrap_samples``,
            ``confidence_level``, ``minimum_group_size``, ``random_state``.
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
    table_name: str | None = None,
    withheld_columns: str | Sequence[str] = (),
) -> Audit:
    """Compute every fairness figure of a synthetic table, and the same of the real one.

    Two models are trained, on the synthetic and on the real rows, and asked about real rows that
    neither has seen. All figures of models come from these answers. The same input gives the same
    figures.

    Args:
        real_data (pandas.DataFrame): The rows the generator learnt from.
        synthetic_data (pandas.DataFrame): The rows it made; whoever made them.
        metadata (sdv.metadata.Metadata, dict or None): Metadata of one table, as an object, nested
            or flat. Keys, ids and personal data are not read. Without it everything is a feature.
        sensitive_columns (str or sequence of str): The columns that name the groups. Missing values
            are a group; numbers and dates of more than five values are cut at their quartiles,
            unless the metadata call them categorical, ordinal or boolean.
        target_column (str): The outcome. Rows without one are left out.
        real_validation_data (pandas.DataFrame or None): Real rows that neither the generator nor a
            model has seen. Default: a seeded quarter of ``real_data``, kept from the real model;
            the generator may have seen it, which flatters the synthetic rows.
        favourable_outcome (object or None): The value of the outcome that people hope for, judged
            against the rest. Default: of two values True, 1 or the rarer one; of several classes
            each is judged against the rest, and 'worst class' sums up those of enough rows.
        intersections (bool): Whether to cross the sensitive columns: all pairs, and all together.
        model (object or None): A scikit-learn classifier or regressor, as the target asks; it is
            copied. Default: histogram gradient boosting with ``random_state=0``.
        bootstrap_samples (int): Samples behind every interval; 0 for none. Intervals are
            bias-corrected percentiles over rows; they know nothing of the luck of training.
        confidence_level (float): Of the intervals.
        minimum_group_size (int): Groups of fewer rows are shown, but leave every comparison. A rate
            needs five rows behind it as well.
        random_state (int): Seed of held-out rows, subsamples, folds and intervals.
        metrics (sequence of str or None): Names of the figures wanted, of ``METRICS`` and
            of plug-ins; only what they need is computed. Default: all.
        progress (callable or None): Called as ``progress(done, total, label)`` after every step.
        table_name (str or None): Which table, if a metadata dict has several.
        withheld_columns (str or sequence of str): Columns that models are not given, such as the
            sensitive ones where a decision may not use them. Groups are compared all the same.

    Returns:
        Audit: Figures, rates by group, notes.

    Raises:
        FairnessInputError: If tables or settings cannot answer the question; with every reason.
    """
    settings = {
        'bootstrap_samples': bootstrap_samples,
        'confidence_level': confidence_level,
        'minimum_group_size': minimum_group_size,
        'random_state': random_state,
    }
    problems = setting_problems(
        **settings, intersections=intersections, metrics=metrics, known_metrics=[*known_topics()]
    )
    case = build_case(
        real=real_data,
        synthetic=synthetic_data,
        metadata=metadata,
        sensitive_columns=sensitive_columns,
        target_column=target_column,
        validation=real_validation_data,
        favourable_outcome=favourable_outcome,
        intersections=intersections,
        model=model,
        settings=settings if problems else _plain(settings),
        problems=problems,
        table_name=table_name,
        withheld_columns=withheld_columns,
    )
    work = Work(case, metrics)
    steps = work.steps()
    with _no_idle_threads(case):
        for done, (label, step) in enumerate(steps):
            if progress is not None:
                progress(done, len(steps), label)
            step()
    if progress is not None:
        progress(len(steps), len(steps), 'Done')
    figures, constant, groups = work.frames()
    return Audit(
        figures=figures,
        groups=groups,
        constant=constant,
        notes=work.notes(),
        settings=work.settings(),
    )


def _plain(settings: Mapping[str, Any]) -> dict[str, Any]:
    """NumPy's numbers as Python's, which JSON knows as well."""
    return {
        name: float(value) if name == 'confidence_level' else int(value)
        for name, value in settings.items()
    }


def _no_idle_threads(case: Case) -> AbstractContextManager[Any]:
    """One OpenMP thread unless a table is large.

    The trees of smaller tables are so quick that threads wait for each other longer than they work;
    beside another busy process, waiting was measured to make an audit 25 times as slow.
    """
    from threadpoolctl import threadpool_limits

    large = max(len(table) for table in case.read.values()) >= _LARGE
    return nullcontext() if large else threadpool_limits(limits=1, user_api='openmp')


__all__ = ['FIGURE_COLUMNS', 'GROUP_COLUMNS', 'METRICS', 'PROPERTIES', 'Audit', 'Progress', 'audit']
