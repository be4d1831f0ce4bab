"""Would the answer change if only the sensitive value were another?"""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
from sdmetrics.goal import Goal

from sdv_fair4free.metrics.base import DistanceMetric, FairnessMetric
from sdv_fair4free.metrics.bootstrap import Resampler
from sdv_fair4free.metrics.case import Case
from sdv_fair4free.metrics.comparison import enough
from sdv_fair4free.metrics.groupings import MISSING, Grouping
from sdv_fair4free.metrics.models import Predictions, TrainedModel
from sdv_fair4free.metrics.rows import Row, figure_row, insufficient, no_figure

FLIP_RATE, CHANGE = 'Counterfactual flip rate', 'Counterfactual change'
_MOST_VALUES = 10


def counterfactual_row(
    case: Case, grouping: Grouping, model: TrainedModel, said: Predictions, resampler: Resampler
) -> Row:
    """Ask the model again, with every other value of the sensitive columns.

    Args:
        case: The question.
        grouping: One sensitive column, or several crossed.
        model: Trained on either table.
        said: Its answers on the validation rows that have an outcome.
        resampler: Of these rows.
    """
    classes = case.target.kind != 'numeric'
    name = FLIP_RATE if classes else CHANGE
    known = case.target.known('validation')
    table = case.read['validation'][known].reset_index(drop=True)
    alternatives = [_representatives(case, column) for column in grouping.columns]
    few = [values for values in alternatives if len(values) < 2]
    if few:
        counts = [case.groupings[c].counts('validation') for c in grouping.columns]
        small = min(int(np.sort(part)[-2]) if len(part) > 1 else 0 for part in counts)
        return no_figure(name, insufficient(small), best=0)
    changes = np.zeros(len(table))
    for values in product(*alternatives):
        changed = table.assign(**dict(zip(grouping.columns, values, strict=True)))
        again = model.predict(changed).decisions
        change = again != said.decisions if classes else np.abs(again - said.decisions)
        changes = np.maximum(changes, change)
    value = float(changes.mean())
    draws = resampler.means(changes, np.zeros(len(changes), int), 1)[:, 0]
    scale = case.target.scale
    score = max(0.0, 1 - value / scale) if scale > 0 else np.nan
    level = case.settings['confidence_level']
    return figure_row(name, value, score, len(changes), best=0, draws=draws, level=level)


def _representatives(case: Case, column: str) -> list[Any]:
    """A value for every group with enough validation rows: the group's own, or its median."""
    grouping = case.groupings[column]
    counts = grouping.counts('validation')
    large = np.flatnonzero(enough(counts, case.settings['minimum_group_size']))
    kept = [int(code) for code in large if grouping.labels[code] != MISSING]
    if len(kept) > _MOST_VALUES:
        case.note(
            f"'{column}' has {len(kept)} groups: flips are tried with the {_MOST_VALUES} largest."
        )
        kept = sorted(kept, key=lambda code: -counts[code])[:_MOST_VALUES]
    values = case.read['validation'][column]
    return [
        values[rows].median() if values.dtype != object else values[rows].iloc[0]
        for rows in (grouping.codes['validation'] == code for code in kept)
    ]


class CounterfactualFlipRate(FairnessMetric):
    """Share of real rows whose decision changes when only the sensitive value is changed.

    Each row is asked about with every other value (crossings: every combination) that enough
    validation rows have; numbers with the median of each quartile. Between 0 and 1; **best 0**.
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
    up; **best 0**; ``normalize`` gives 0 from one standard deviation on. Blind to proxies.
    """

    name = 'CounterfactualChange'
    figure = CHANGE
