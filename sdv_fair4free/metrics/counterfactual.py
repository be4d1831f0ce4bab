"""Would the answer change if only the sensitive value were another?"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
from sdmetrics.goal import Goal

from sdv_fair4free.metrics.base import DistanceMetric, FairnessMetric
from sdv_fair4free.metrics.bootstrap import Resampler
from sdv_fair4free.metrics.case import Case
from sdv_fair4free.metrics.checks import few
from sdv_fair4free.metrics.comparison import enough
from sdv_fair4free.metrics.groupings import Grouping
from sdv_fair4free.metrics.models import Predictions, TrainedModel
from sdv_fair4free.metrics.rows import Row, figure_row, insufficient, no_figure

FLIP_RATE, CHANGE = 'Counterfactual flip rate', 'Counterfactual change'
_MOST_VALUES = 10
# Every combination of values is another question to the model about every row.
_MOST_COMBINATIONS = 100
_MOST_QUESTIONS = 500_000


def counterfactual_row(
    case: Case,
    grouping: Grouping,
    source: str,
    model: TrainedModel | None,
    said: Predictions,
    resampler: Resampler,
) -> Row:
    """Ask the model again, with every other value of the sensitive columns.

    Values that the rows it learnt from do not have are left out, and so are the rows that have
    them: of such a value a model knows nothing, and not to react to it is no fairness.

    Args:
        case: The question.
        grouping: One sensitive column, or several crossed.
        source: The table that the model learnt from.
        model: Trained on it; None for the constant answer, which nothing changes.
        said: Its answers on the validation rows that have an outcome.
        resampler: Of these rows.
    """
    classes = case.target.kind != 'numeric'
    name = FLIP_RATE if classes else CHANGE
    level = case.settings['confidence_level']
    if set(grouping.columns) <= set(case.withheld):
        return no_figure(name, 'the model is not given these columns', best=0)
    parts = [case.groupings[column] for column in grouping.columns]
    learnt = case.target.known(source)
    seen = [part.counts_of(source, learnt) > 0 for part in parts]
    groups = _most_frequent(
        case, grouping, [_groups(case, *pair) for pair in zip(parts, seen, strict=True)]
    )
    if any(len(codes) < 2 for codes in groups):
        return no_figure(name, insufficient(_second_largest(case, parts, seen)), best=0)
    known = case.target.known('validation')
    asked = np.logical_and.reduce(
        [mine[part.codes['validation'][known]] for part, mine in zip(parts, seen, strict=True)]
    )
    if not asked.any():
        return no_figure(name, insufficient(0), best=0)
    rows = _sample(case, grouping, np.flatnonzero(asked), int(np.prod([*map(len, groups)])))
    if len(rows) < len(asked):
        resampler = case.resampler(len(rows))
    if model is None:
        changes = np.zeros(len(rows))
    else:
        table = case.read['validation'][known].iloc[rows].reset_index(drop=True)
        values = [
            _representatives(case, part, codes) for part, codes in zip(parts, groups, strict=True)
        ]
        changes = _changes(table, grouping.columns, values, model, said.decisions[rows], classes)
    value = float(changes.mean())
    draws = resampler.means(changes, np.zeros(len(changes), int), 1)[:, 0]
    scale = case.target.scale
    score = max(0.0, 1 - value / scale) if scale > 0 else np.nan
    return figure_row(name, value, score, len(changes), best=0, draws=draws, level=level)


def _changes(
    table: pd.DataFrame,
    columns: Sequence[str],
    values: Sequence[Sequence[Any]],
    model: TrainedModel,
    before: np.ndarray,
    classes: bool,
) -> np.ndarray:
    """(rows,) the largest change of the answer over all combinations of the values."""
    changes = np.zeros(len(table))
    for combination in product(*values):
        changed = table.assign(**dict(zip(columns, combination, strict=True)))
        again = model.predict(changed).decisions
        change = again != before if classes else np.abs(again - before)
        changes = np.maximum(changes, change)
    return changes


def _groups(case: Case, part: Grouping, seen: np.ndarray) -> list[int]:
    """The groups of enough validation rows that the model has seen, the largest first."""
    counts = part.counts('validation')
    large = enough(counts, case.settings['minimum_group_size'])
    if part.missing is not None:
        large[part.missing] = False
    unseen = [part.labels[code] for code in np.flatnonzero(large & ~seen)]
    if unseen:
        case.note(
            f"A model of rows without {few(unseen)} of '{part.name}' knows nothing of that group: "
            'no flip to it or of its rows is tried.'
        )
    codes = [int(code) for code in np.flatnonzero(large & seen)]
    return sorted(codes, key=lambda code: -counts[code])


def _most_frequent(
    case: Case, grouping: Grouping, groups: Sequence[Sequence[int]]
) -> list[Sequence[int]]:
    """As many values of each column, the most frequent ones, as there is time for."""
    most = _MOST_VALUES
    while np.prod([min(most, len(codes)) for codes in groups]) > _MOST_COMBINATIONS:
        most -= 1
    if any(len(codes) > most for codes in groups):
        case.note(
            f"'{grouping.name}' has many groups: flips are tried with the {most} largest"
            f'{" of each column" if len(groups) > 1 else ""}.'
        )
    return [codes[:most] for codes in groups]


def _sample(case: Case, grouping: Grouping, rows: np.ndarray, combinations: int) -> np.ndarray:
    """As many rows as there is time for, drawn by the seed."""
    most = _MOST_QUESTIONS // max(1, combinations)
    if len(rows) <= most:
        return rows
    case.note(
        f"Flips of '{grouping.name}' are tried on {most} of the {len(rows)} validation rows, drawn "
        'by the seed: there are many combinations.'
    )
    rng = np.random.default_rng(case.settings['random_state'])
    return np.sort(rng.choice(rows, most, replace=False))


def _second_largest(case: Case, parts: Sequence[Grouping], seen: Sequence[np.ndarray]) -> int:
    """Of the column with too few groups, the rows of the largest that is not enough."""
    counts = [
        np.sort(np.where(mine, part.counts('validation'), 0))
        for part, mine in zip(parts, seen, strict=True)
    ]
    return min(int(count[-2]) if len(count) > 1 else 0 for count in counts)


def _representatives(case: Case, part: Grouping, codes: Sequence[int]) -> list[Any]:
    """A value for every group: the group's own, or its median."""
    values = case.read['validation'][part.name]
    return [
        values[rows].median() if values.dtype != object else values[rows].iloc[0]
        for rows in (part.codes['validation'] == code for code in codes)
    ]


class CounterfactualFlipRate(FairnessMetric):
    """Share of real rows whose decision changes when only the sensitive value is changed.

    Each row is asked about with every other value (crossings: every combination) that enough
    validation rows have; numbers with the median of each quartile. Values that the model has never
    seen are left out; without two that it has seen there is no figure. Between 0 and 1; **best 0**.
    The largest over sensitive columns and crossings counts. The test is due to Galhotra, Brun &
    Meliou (2017), "Fairness testing: testing software for discrimination" (causal discrimination).

    All other columns stay as they are, so it is blind to proxies, and not counterfactual fairness
    in the sense of Kusner et al. (2017), which would need a causal model.
    """

    name = 'CounterfactualFlipRate'
    goal = Goal.MINIMIZE
    figure = FLIP_RATE


class CounterfactualChange(DistanceMetric):
    """Average change of a predicted number when only the sensitive value is changed.

    As ``CounterfactualFlipRate``, for targets that are numbers: for each row the largest change
    over the other values, averaged over the rows, in standard deviations of the real target. From 0
    up; **best 0**; ``normalize`` gives 0 from one standard deviation on. The test is that of causal
    discrimination (Galhotra, Brun & Meliou 2017, "Fairness testing: testing software for
    discrimination"), which asks whether a decision changes; how far a number does, and the mean of
    it, are ours. Blind to proxies, and no counterfactual fairness in the sense of Kusner et al.
    (2017).
    """

    name = 'CounterfactualChange'
    figure = CHANGE
