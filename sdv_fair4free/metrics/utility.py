"""How much use is left: a model's quality on real rows, beside one trained on real rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from sdmetrics.goal import Goal

from sdv_fair4free.metrics.base import FairnessMetric
from sdv_fair4free.metrics.bootstrap import Resampler, divide
from sdv_fair4free.metrics.case import Case
from sdv_fair4free.metrics.leakage import auc_draws
from sdv_fair4free.metrics.models import Predictions
from sdv_fair4free.metrics.rows import Row, figure_row, no_figure

AUC, F1, BALANCED_ACCURACY, R2, MAE = 'AUC', 'F1', 'Balanced accuracy', 'R2', 'MAE'
OF_CLASSES, OF_NUMBERS = (AUC, F1, BALANCED_ACCURACY), (R2, MAE)
BEST = {AUC: 1.0, F1: 1.0, BALANCED_ACCURACY: 1.0, R2: 1.0, MAE: 0.0}

_FLOOR = 'Floor'  # of a row on its way to ``retained``


def utility_rows(
    case: Case, said: Predictions, resampler: Resampler, names: Sequence[str]
) -> list[Row]:
    """Quality of one model on the validation rows; the score is left to ``retained``."""
    truth = case.target.outcome['validation'][case.target.known('validation')]
    if case.target.kind == 'numeric':
        figures = _of_numbers(truth, said.decisions, resampler)
    else:
        figures = _of_classes(truth, said, len(case.target.classes), resampler)
    outcomes = dict.fromkeys(
        names, case.target.classes[1] if case.target.kind == 'binary' else None
    )
    floors = {}
    if case.target.kind == 'binary':
        code, floors[F1] = _rarer(truth)
        outcomes[F1] = case.target.classes[code]
    level = case.settings['confidence_level']
    return [
        {
            **(
                no_figure(name, 'the model gives no scores', best=BEST[name], count=len(truth))
                if figures[name] is None
                else figure_row(
                    name, figures[name][0], np.nan, len(truth),
                    best=BEST[name], draws=figures[name][1], level=level,
                )
            ),
            'Column': case.target.name,
            'Sensitive': None,
            'Outcome': outcomes[name],
            _FLOOR: floors.get(name, np.nan),
        }
        for name in names
    ]  # fmt: skip


def _of_classes(
    truth: np.ndarray, said: Predictions, count: int, resampler: Resampler
) -> dict[str, Any]:
    from sklearn.metrics import f1_score, recall_score, roc_auc_score

    cells = truth * count + said.decisions
    present = np.unique(truth)
    # Of two classes the AUC is that of the favourable one, of several the average over those seen.
    judged = np.array([1]) if count == 2 else present
    searched = np.array([_rarer(truth)[0]]) if count == 2 else present
    sampled = resampler.counts(cells, (count, count))
    hits = np.diagonal(sampled, axis1=1, axis2=2)
    recall = divide(hits, sampled.sum(axis=2))
    f1 = divide(2 * hits, sampled.sum(axis=1) + sampled.sum(axis=2))
    area = None
    if said.scores is not None:
        pairs = [(truth == code, said.scores[:, code]) for code in judged]
        area = (
            float(np.mean([roc_auc_score(*pair) for pair in pairs])),
            np.mean([auc_draws(*pair, resampler) for pair in pairs], axis=0),
        )
    return {
        AUC: area,
        F1: (
            float(
                f1_score(truth, said.decisions, labels=searched, average='macro', zero_division=0)
            ),
            f1[:, searched].mean(axis=1),
        ),
        # balanced_accuracy_score is the same, but warns of classes that only synthetic rows have
        BALANCED_ACCURACY: (
            float(
                recall_score(
                    truth, said.decisions, labels=present, average='macro', zero_division=0
                )
            ),
            recall[:, present].mean(axis=1),
        ),
    }


def _rarer(truth: np.ndarray) -> tuple[int, float]:
    """Which of two outcomes fewer people have, and the F1 of finding it in everybody.

    F1 of what nearly everybody has is high for a model that knows nothing, and no better for one
    that does. Of two that are equally rare, it is the favourable one.
    """
    code = int((truth == 1).mean() <= 0.5)
    share = float((truth == code).mean())
    return code, 2 * share / (1 + share)


def _of_numbers(truth: np.ndarray, predicted: np.ndarray, resampler: Resampler) -> dict[str, Any]:
    from sklearn.metrics import mean_absolute_error, r2_score

    everyone = np.zeros(len(truth), int)
    centred = truth - truth.mean()  # keeps the sum of squares from drowning in the mean
    mean, square, residual, error = (
        resampler.means(values, everyone, 1)[:, 0]
        for values in (centred, centred**2, (truth - predicted) ** 2, np.abs(truth - predicted))
    )
    return {
        R2: (float(r2_score(truth, predicted)), 1 - divide(residual, square - mean**2)),
        MAE: (float(mean_absolute_error(truth, predicted)), error),
    }


def useless(case: Case) -> Predictions:
    """What the model says that answers everybody alike: favourably, or with the mean."""
    known = case.target.known('validation')
    truth = case.target.outcome['validation'][known]
    learnt = case.target.outcome['training'][case.target.known('training')]
    if case.target.kind == 'numeric':
        decisions = np.full(len(truth), learnt.mean())
        return Predictions(decisions=decisions, scores=None, probabilities=False)
    count = len(case.target.classes)
    shares = np.bincount(learnt, minlength=count) / len(learnt)
    answer = 1 if case.target.kind == 'binary' else int(shares.argmax())
    return Predictions(
        decisions=np.full(len(truth), answer),
        scores=np.tile(shares, (len(truth), 1)),
        probabilities=True,
    )


def retained(rows: Sequence[Row], real: Sequence[Row], constant: Sequence[Row]) -> list[Row]:
    """Score each figure by the way it has come from the constant answer to the model of real rows.

    0 for the constant, 1 for as good as (or better than) the model trained on real rows; NaN where
    the real rows do not beat the constant, so nothing could be retained. F1 starts from the best
    that one answer for everybody reaches, be it that of the constant or another.
    """
    reference = _by_metric(real)
    constants = _by_metric(constant)
    scored = []
    for row in rows:
        name = row['Metric']
        floor = float(np.fmax(constants[name], row.get(_FLOOR, np.nan)))
        gained, possible = row['Value'] - floor, reference[name] - floor
        if BEST[name] == 0:
            gained, possible = -gained, -possible
        hopeless = not possible > 0
        score = np.nan if hopeless else float(np.clip(gained / possible, 0, 1))
        error = row['Error']
        if error is None and hopeless:
            error = 'even real rows teach nothing'
        kept = {key: value for key, value in row.items() if key != _FLOOR}
        scored.append({**kept, 'Score': score, 'Error': error})
    return scored


def _by_metric(rows: Sequence[Row]) -> Mapping[str, float]:
    return {row['Metric']: row['Value'] for row in rows}


class UtilityMetric(FairnessMetric):
    """Share of a model's quality on real rows that is left if it learns from synthetic ones.

    (synthetic - constant) / (real - constant): the same figure of a model trained on the synthetic
    rows, on the real ones, and of the answer that is the same for everybody (favourable, or the
    mean). Between 0 and 1 (as good as real rows, or better); **best 1**; NaN where real rows teach
    nothing. Training on synthetic and testing on real rows is due to Esteban, Hyland & Rätsch
    (2017), "Real-valued (medical) time series generation with recurrent conditional GANs"; the
    scale from constant to real is ours, so that a useless model earns nothing. Both raw figures are
    in the breakdown.

    It judges one kind of model; others may keep more or less.
    """

    goal = Goal.MAXIMIZE
    _reported = 'Score'


class UtilityRetainedAUC(UtilityMetric):
    """Retained area under the ROC curve; several classes: each against the rest, averaged.

    From 0 (no better than chance, .5) to 1 (as good as real rows); **best 1**. The area as a figure
    of learnt models: Bradley (1997), "The use of the area under the ROC curve in the evaluation of
    machine learning algorithms"; for what is retained of it see ``UtilityMetric``. A good ranking
    does not promise good decisions at the threshold .5.
    """

    name = 'UtilityRetainedAUC'
    figure = AUC


class UtilityRetainedF1(UtilityMetric):
    """Retained F1 of the rarer of two outcomes; several classes: averaged over them.

    Rarer among the validation rows: it need not be the favourable one, and the breakdown names it
    as ``Outcome``. From 0 (no better than finding it in everybody) to 1 (as good as real rows);
    **best 1**. F1 is the F measure of van Rijsbergen (1979), "Information retrieval", with equal
    weights; to take the rarer outcome is ours, and for what is retained of it see
    ``UtilityMetric``. F1 of an outcome that most people have tells nothing: where
    it is had by nine in ten, one answer for everybody reaches .95.
    """

    name = 'UtilityRetainedF1'
    figure = F1


class UtilityRetainedBalancedAccuracy(UtilityMetric):
    """Retained balanced accuracy: the average over the classes of the share decided rightly.

    From 0 (no better than one answer for everybody) to 1 (as good as real rows); **best 1**.
    Balanced accuracy: Brodersen, Ong, Stephan & Buhmann (2010), "The balanced accuracy and its
    posterior distribution"; for what is retained of it see ``UtilityMetric``.
    """

    name = 'UtilityRetainedBalancedAccuracy'
    figure = BALANCED_ACCURACY


class UtilityRetainedR2(UtilityMetric):
    """Retained R2 (share of variance explained) of a model of a number.

    From 0 (no better than the mean) to 1 (as good as real rows); **best 1**. The coefficient of
    determination: Wright (1921), "Correlation and causation"; for what is retained of it see
    ``UtilityMetric``.
    """

    name = 'UtilityRetainedR2'
    figure = R2
    numeric = True


class UtilityRetainedMAE(UtilityMetric):
    """Retained part of the fall in mean absolute error that a model of a number brings.

    From 0 (no better than the mean) to 1 (as good as real rows); **best 1**. The error as a figure
    of models: Willmott & Matsuura (2005), "Advantages of the mean absolute error (MAE) over the
    root mean square error (RMSE) in assessing average model performance"; for what is retained of
    it see ``UtilityMetric``.
    """

    name = 'UtilityRetainedMAE'
    figure = MAE
    numeric = True
