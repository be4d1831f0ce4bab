"""The figures that plug-ins add to an audit, with intervals like all others."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from sdv_fair4free.metrics.bootstrap import Resampler
from sdv_fair4free.metrics.case import Case
from sdv_fair4free.metrics.catalogue import FairnessFigure
from sdv_fair4free.metrics.comparison import enough
from sdv_fair4free.metrics.groupings import Grouping
from sdv_fair4free.metrics.models import Predictions
from sdv_fair4free.metrics.rows import Row, about, figure_row, insufficient, no_figure
from sdv_fair4free.plugins import PluginError, Provided, provided
from sdv_fair4free.validation import is_number


class Judged(NamedTuple):
    """Who got what: (rows,) outcomes, decisions and groups."""

    outcome: np.ndarray
    decision: np.ndarray
    group: np.ndarray

    def of(self, rows: np.ndarray) -> Judged:
        """The same of some rows."""
        return Judged(self.outcome[rows], self.decision[rows], self.group[rows])


def known_topics() -> dict[str, str]:
    """Every figure there is, of plug-ins too, and the property of a report it belongs to."""
    return {name: found.thing.topic for name, found in provided('fairness_metrics').items()}


def added() -> dict[str, Provided]:
    """The figures of plug-ins."""
    found = {n: e for n, e in provided('fairness_metrics').items() if not e.built_in}
    for name, entry in found.items():
        if entry.thing.compute is None:
            raise PluginError(
                f"plug-in '{entry.plugin}' has no compute for its figure '{name}': give it one, "
                'FairnessFigure(compute=...).'
            )
    return found


def added_names(topics: Sequence[str]) -> list[str]:
    """Those that belong to some properties."""
    return [name for name, entry in added().items() if entry.thing.topic in topics]


def label_rows_of_plugins(
    case: Case, source: str, grouping: Grouping, chosen: Sequence[str] | None
) -> list[Row]:
    """The figures of the outcomes that are written in a table."""
    known = case.target.known(source)
    truth, group = case.target.outcome[source][known], grouping.codes[source][known]
    resampler = case.resampler(len(truth))
    return _rows(case, ('Label Parity',), truth, truth, group, grouping, resampler, chosen)


def model_rows_of_plugins(
    case: Case,
    said: Predictions,
    grouping: Grouping,
    resampler: Resampler,
    chosen: Sequence[str] | None,
) -> list[Row]:
    """The figures of what a model says of the validation rows."""
    known = case.target.known('validation')
    truth, group = case.target.outcome['validation'][known], grouping.codes['validation'][known]
    topics = ('Model Parity', 'Error Parity')
    return _rows(case, topics, truth, said.decisions, group, grouping, resampler, chosen)


def _rows(
    case: Case,
    topics: Sequence[str],
    truth: np.ndarray,
    said: np.ndarray,
    group: np.ndarray,
    grouping: Grouping,
    resampler: Resampler,
    chosen: Sequence[str] | None,
) -> list[Row]:
    numeric = case.target.kind == 'numeric'
    asked = {
        name: entry
        for name, entry in added().items()
        if entry.thing.topic in topics
        and entry.thing.numeric == numeric
        and (chosen is None or name in chosen)
    }
    if not asked:
        return []
    counts = np.bincount(group, minlength=len(grouping.labels))
    large = enough(counts, int(case.settings['minimum_group_size']))
    rows = np.flatnonzero(large[group])
    if large.sum() < 2:
        reason = insufficient(counts[~large].max()) if (~large).any() else 'one group only'
        return [no_figure(name, reason, best=entry.thing.best) for name, entry in asked.items()]
    outcomes = [(None, truth, said)]
    if not numeric:
        outcomes = [
            (case.target.classes[code], (truth == code).astype(int), (said == code).astype(int))
            for code in case.target.judged
        ]
    found = []
    for label, outcome, decision in outcomes:
        judged = Judged(outcome, decision, group)
        level = float(case.settings['confidence_level'])
        made = [_row(entry, judged, rows, resampler, level) for entry in asked.values()]
        found += about(made, Outcome=label) if label is not None else made
    return found


def _no_number(value: object, *_: object) -> str | None:
    """What is wrong with a figure; NaN is none that is wrong."""
    return None if is_number(value) and not math.isinf(value) else 'a number, or NaN'


def _row(
    entry: Provided, judged: Judged, rows: np.ndarray, resampler: Resampler, level: float
) -> Row:
    figure: FairnessFigure = entry.thing
    assert figure.compute is not None
    compute = entry.guarded(figure.compute, _no_number)
    value = float(compute(*judged.of(rows)))
    draws = np.array([float(compute(*judged.of(some))) for some in resampler.redrawn(rows)])
    return figure_row(
        entry.name,
        value,
        figure.score(value),
        len(rows),
        best=figure.best,
        draws=draws,
        level=level,
        error='undefined' if np.isnan(value) else None,
    )
