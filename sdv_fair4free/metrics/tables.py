"""The figures of a table itself, and those of a model that learnt from it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from sdv_fair4free.metrics.bootstrap import Resampler
from sdv_fair4free.metrics.case import Case
from sdv_fair4free.metrics.comparison import (
    CALIBRATION_GAP,
    LABEL_COMPARISONS,
    MODEL_COMPARISONS,
    compare,
    rates_by_group,
    rates_of,
)
from sdv_fair4free.metrics.groupings import Grouping
from sdv_fair4free.metrics.means import Means
from sdv_fair4free.metrics.models import Predictions
from sdv_fair4free.metrics.rows import Row, about, no_figure, wanted

LABEL_MEANS = ('Label mean difference', 'Label Wasserstein distance')
PREDICTION_MEANS = ('Prediction mean difference', 'Prediction Wasserstein distance')
ERROR_MEANS = (
    'Residual mean difference',
    'Absolute error difference',
    'Worst-group absolute error',
)
_RATES = {
    rate: rate
    for rate in (
        'Selection rate',
        'True positive rate',
        'False positive rate',
        'Precision',
        'Accuracy',
    )
}
SCORE_MINUS_OUTCOME = 'Score minus outcome'
"""Of one group; the calibration gap is how far the groups are apart in it."""
Rows = tuple[list[Row], list[Row]]


def label_rows(case: Case, source: str, grouping: Grouping, chosen: Sequence[str] | None) -> Rows:
    """How the outcome of a table differs between groups: figures, and rates by group."""
    known = case.target.known(source)
    truth = case.target.outcome[source][known]
    groups = grouping.codes[source][known]
    resampler = case.resampler(len(truth))
    if case.target.kind == 'numeric':
        means = _means(case, truth, groups, grouping, resampler)
        makers = dict(zip(LABEL_MEANS, (means.difference, means.distance), strict=True))
        names = wanted(makers, chosen)
        figures = [makers[name](name) for name in names]
        return figures, means.by_group('Label mean') if names else []
    figures, by_group = [], []
    names = wanted(LABEL_COMPARISONS, chosen)
    for outcome in case.target.judged if names else ():
        favourable = (truth == outcome).astype(int)
        rates = rates_of(
            favourable,
            favourable,
            groups,
            grouping.labels,
            _minimum(case),
            resampler,
            ('Selection rate',),
        )
        fields = {'Outcome': case.target.classes[outcome]}
        figures += about(compare(rates, LABEL_COMPARISONS, names, _level(case)), **fields)
        shown = rates_by_group(rates, {'Selection rate': 'Label rate'}, _level(case))
        by_group += about(shown, **fields)
    return figures, by_group


def model_rows(
    case: Case,
    said: Predictions,
    grouping: Grouping,
    resampler: Resampler,
    chosen: Sequence[str] | None,
    shown: bool = True,
) -> Rows:
    """How a model treats the groups of the validation rows: figures, and rates if shown."""
    known = case.target.known('validation')
    truth = case.target.outcome['validation'][known]
    groups = grouping.codes['validation'][known]
    if case.target.kind == 'numeric':
        return _of_numbers(case, said, truth, groups, grouping, resampler, chosen)
    figures, by_group = [], []
    names = wanted(MODEL_COMPARISONS, chosen)
    gap = chosen is None or CALIBRATION_GAP in chosen
    for outcome in case.target.judged if names or gap else ():
        favourable = (truth == outcome).astype(int)
        decided = (said.decisions == outcome).astype(int)
        rates = rates_of(favourable, decided, groups, grouping.labels, _minimum(case), resampler)
        fields = {'Outcome': case.target.classes[outcome]}
        figures += about(compare(rates, MODEL_COMPARISONS, names, _level(case)), **fields)
        if shown:
            by_group += about(rates_by_group(rates, _RATES, _level(case)), **fields)
        if gap and said.scores is not None and said.probabilities:
            means = _means(case, said.scores[:, outcome] - favourable, groups, grouping, resampler)
            figures += about([means.difference(CALIBRATION_GAP)], **fields)
            by_group += about(means.by_group(SCORE_MINUS_OUTCOME), **fields)
        elif gap:
            reason = 'the model gives no probabilities'
            figures += about([no_figure(CALIBRATION_GAP, reason, best=0)], **fields)
    return figures, by_group


def _of_numbers(
    case: Case,
    said: Predictions,
    truth: np.ndarray,
    groups: np.ndarray,
    grouping: Grouping,
    resampler: Resampler,
    chosen: Sequence[str] | None,
) -> Rows:
    predicted, residual, error = (
        _means(case, values, groups, grouping, resampler)
        for values in (
            said.decisions,
            said.decisions - truth,
            np.abs(said.decisions - truth),
        )
    )
    makers: dict[str, Any] = dict(
        zip(
            (*PREDICTION_MEANS, *ERROR_MEANS),
            (
                predicted.difference,
                predicted.distance,
                residual.difference,
                error.difference,
                error.largest,
            ),
            strict=True,
        )
    )
    figures = [makers[name](name) for name in wanted(makers, chosen)]
    if not figures:
        return [], []
    return figures, [
        *predicted.by_group('Prediction mean'),
        *residual.by_group('Residual mean'),
        *error.by_group('Absolute error'),
    ]


def _means(
    case: Case, values: np.ndarray, groups: np.ndarray, grouping: Grouping, resampler: Resampler
) -> Means:
    return Means(
        values=values,
        groups=groups,
        labels=grouping.labels,
        minimum=_minimum(case),
        resampler=resampler,
        level=_level(case),
        scale=case.target.scale,
    )


def _minimum(case: Case) -> int:
    return int(case.settings['minimum_group_size'])


def _level(case: Case) -> float:
    return float(case.settings['confidence_level'])
