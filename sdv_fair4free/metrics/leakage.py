"""How much the other columns of a table tell about the sensitive ones: proxies."""

from __future__ import annotations

import numpy as np
import pandas as pd
from sdmetrics.goal import Goal

from sdv_fair4free.metrics.base import FairnessMetric
from sdv_fair4free.metrics.bootstrap import Resampler, area_under_curve, ranks_in_bins
from sdv_fair4free.metrics.case import Case
from sdv_fair4free.metrics.comparison import enough
from sdv_fair4free.metrics.features import Encoder
from sdv_fair4free.metrics.proxy_columns import bins_of, points_of
from sdv_fair4free.metrics.rows import Row, figure_row, insufficient, no_figure

DISTANCE, INFORMATION, RECOVERY = 'Distance correlation', 'Mutual information', 'Sensitive AUC'
_SUBSAMPLE = 2000
_RECOVERY_ROWS = 10_000
_FOLDS = 3
# Whatever the minimum, fewer rows of a group than this are no evidence about it.
_FEWEST = 2 * _FOLDS
_SCORE_BINS = 512


def leakage_rows(case: Case, source: str, names: list[str]) -> list[Row]:
    """The figures of proxies in one table; other sensitive columns do not count as proxies."""
    target = case.target
    table = case.read[source].assign(**{target.name: _target_column(case, source)})
    proxies = [str(name) for name in table if name not in case.sensitive]
    rows: list[Row] = []
    if DISTANCE in names:
        rows += _distance_rows(case, source, table, proxies)
    if INFORMATION in names:
        rows += _information_rows(case, source, table, proxies)
    if RECOVERY in names:
        rows += [
            {**_recovery_row(case, source, table[proxies], name), 'Column': name, 'Sensitive': name}
            for name in case.sensitive
        ]
    return rows


def _target_column(case: Case, source: str) -> np.ndarray:
    values = case.target.outcome[source]
    if case.target.kind == 'numeric':
        return values
    return np.where(values < 0, np.nan, np.array(['', *case.target.classes], object)[values + 1])


def _distance_rows(case: Case, source: str, table: pd.DataFrame, proxies: list[str]) -> list[Row]:
    """Distance correlation of every pair on a seeded subsample: 2 000 rows are enough."""
    rows: list[Row] = []
    samples: dict[bytes, list[str]] = {}
    for name in case.sensitive:
        kept, reason = _comparable(case, source, name)
        sample = _drawn(kept, case.settings['random_state'])
        if reason is None:
            reason = _alone(case.groupings[name].codes[source][sample])
        if reason is None:
            samples.setdefault(sample.tobytes(), []).append(name)
        else:
            rows += _unknown(DISTANCE, reason, name, proxies)
    for places, names in samples.items():  # one, unless groups of some column are too small
        rows += _distances(table.iloc[np.frombuffer(places, dtype=int)], names, proxies)
    return rows


def _drawn(kept: np.ndarray, seed: int) -> np.ndarray:
    places = np.flatnonzero(kept)
    count = min(len(places), _SUBSAMPLE)
    drawn = np.random.default_rng(seed).choice(len(places), count, replace=False)
    return np.asarray(places[np.sort(drawn)])


def _distances(part: pd.DataFrame, sensitive: list[str], proxies: list[str]) -> list[Row]:
    import torch

    from sdv_fair4free.core.dependence import distances, u_centred

    def centred(name: str) -> torch.Tensor:
        points = torch.from_numpy(points_of(part[name])).to(torch.float32)
        return u_centred(distances(points))

    with torch.no_grad():
        against = {name: centred(name) for name in sensitive}
        sizes = {name: float((matrix * matrix).sum()) for name, matrix in against.items()}
        rows = []
        for name in proxies:
            matrix = centred(name)
            size = float((matrix * matrix).sum())
            for other, other_matrix in against.items():
                scale = np.sqrt(size * sizes[other])  # 0: this column never varies, and tells none
                squared = float((matrix * other_matrix).sum()) / scale if scale > 1e-9 else 0.0
                value = float(np.sqrt(np.clip(squared, 0, 1)))
                row = figure_row(DISTANCE, value, 1 - value, len(part), best=0)
                rows.append({**row, 'Column': name, 'Sensitive': other})
    return rows


def _comparable(case: Case, source: str, name: str) -> tuple[np.ndarray, str | None]:
    """Which rows belong to groups of enough rows, and why these do not allow a figure, if so."""
    grouping = case.groupings[name]
    counts = grouping.counts(source)
    large = enough(counts, max(case.settings['minimum_group_size'], _FEWEST))
    reason = None
    if large.sum() < 2:
        reason = _too_few(counts[~large])
    else:
        _note_left_out(case, source, name, ~large & (counts > 0))
    return large[grouping.codes[source]], reason


def _alone(groups: np.ndarray) -> str | None:
    """Why a subsample has no figure: chance may leave a single group in it."""
    _, counts = np.unique(groups, return_counts=True)
    if (counts > 1).sum() < 2:
        return insufficient(np.sort(counts)[-2] if len(counts) > 1 else 0)
    return None


def _too_few(small: np.ndarray) -> str:
    return insufficient(small.max()) if len(small) else 'one group only'


def _note_left_out(case: Case, source: str, name: str, groups: np.ndarray) -> None:
    left_out = [case.groupings[name].labels[group] for group in np.flatnonzero(groups)]
    if left_out:
        case.note(f"Too few rows to recover {left_out} of '{name}' from the {source} table.")


def _unknown(metric: str, reason: str, name: str, proxies: list[str]) -> list[Row]:
    row = no_figure(metric, reason, best=0)
    return [{**row, 'Column': proxy, 'Sensitive': name} for proxy in proxies]


def _information_rows(
    case: Case, source: str, table: pd.DataFrame, proxies: list[str]
) -> list[Row]:
    from sklearn.metrics import homogeneity_score

    rows = []
    for name in case.sensitive:
        kept, reason = _comparable(case, source, name)
        if reason is not None:
            rows += _unknown(INFORMATION, reason, name, proxies)
            continue
        groups, part = case.groupings[name].codes[source][kept], table[kept]
        for proxy in proxies:
            value = float(homogeneity_score(groups, bins_of(part[proxy])))
            row = figure_row(INFORMATION, value, 1 - value, len(groups), best=0)
            rows.append({**row, 'Column': proxy, 'Sensitive': name})
    return rows


def _recovery_row(case: Case, source: str, table: pd.DataFrame, name: str) -> Row:
    """AUC with which a model recovers the group from the proxies, out of fold."""
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.metrics import roc_auc_score
    from sklearn.model_selection import StratifiedKFold, cross_val_predict

    seed = case.settings['random_state']
    grouping = case.groupings[name]
    codes = grouping.codes[source]
    rows = np.arange(len(codes))
    if len(rows) > _RECOVERY_ROWS:
        rows = np.sort(np.random.default_rng(seed).choice(rows, _RECOVERY_ROWS, replace=False))
    counts = np.bincount(codes[rows], minlength=len(grouping.labels))
    kept = enough(counts, max(case.settings['minimum_group_size'], _FEWEST))
    if kept.sum() < 2:
        return no_figure(RECOVERY, _too_few(counts[~kept]), best=0.5)
    if not table.shape[1]:
        return no_figure(RECOVERY, 'no other columns', best=0.5)
    _note_left_out(case, source, name, ~kept & (counts > 0))
    rows = rows[kept[codes[rows]]]
    _, groups = np.unique(codes[rows], return_inverse=True)
    part = table.iloc[rows]
    kinds = {column: 'category' if part[column].dtype == object else 'number' for column in part}
    scores = cross_val_predict(
        HistGradientBoostingClassifier(random_state=0, max_iter=50, early_stopping=False),
        Encoder(kinds).fit(part).transform(part),
        groups,
        cv=StratifiedKFold(_FOLDS, shuffle=True, random_state=seed),
        method='predict_proba',
    )
    count = scores.shape[1]
    judged = [1] if count == 2 else range(count)
    value = float(np.mean([roc_auc_score(groups == group, scores[:, group]) for group in judged]))
    resampler = case.resampler(len(rows))
    draws = np.mean([auc_draws(groups == g, scores[:, g], resampler) for g in judged], axis=0)
    return figure_row(
        RECOVERY,
        value,
        2 - 2 * max(value, 0.5),
        len(rows),
        best=0.5,
        draws=draws,
        level=case.settings['confidence_level'],
    )


def auc_draws(positive: np.ndarray, scores: np.ndarray, resampler: Resampler) -> np.ndarray:
    """(samples,) the AUC in every bootstrap sample, from scores in 512 bins."""
    bins, edges = ranks_in_bins(scores, _SCORE_BINS)
    shape = (2, len(edges))
    counts = resampler.counts(np.ravel_multi_index((positive.astype(int), bins), shape), shape)
    return area_under_curve(counts[:, 1], counts[:, 0])


class SensitiveDistanceCorrelation(FairnessMetric):
    """Distance correlation of each column with the sensitive columns; the largest counts.

    Between 0 (independent) and 1; **best 0**. It sees dependence of any shape, not only linear one:
    the square root of the unbiased estimate of Szekely & Rizzo (2014), "Partial distance
    correlation with methods for dissimilarities", after Szekely, Rizzo & Bakirov (2007). Categories
    are one-hot, numbers standardised, missing values a coordinate of their own. It is computed on
    one seeded subsample of at most 2 000 rows of groups that have enough, so values below about .05
    are noise.

    It does not promise that columns are harmless *together*: see ``SensitiveRecoveryAUC``.
    """

    name = 'SensitiveDistanceCorrelation'
    goal = Goal.MINIMIZE
    figure = DISTANCE
    numeric = None


class SensitiveMutualInformation(FairnessMetric):
    """Share of what there is to know about the sensitive column that one other column tells.

    Mutual information over the entropy of the sensitive column (Theil's uncertainty coefficient;
    Shannon 1948; scikit-learn's ``homogeneity_score``): between 0 (independent) and 1 (the column
    gives it away); **best 0**. The largest over all columns counts. Numbers are cut into 20
    quantile bins; missing values are a value.

    The estimate is biased upwards by about (values - 1) (groups - 1) / (2 rows) nats: a column of
    many rare categories seems to tell more than it does. Compare with the real table. Groups
    smaller than ``minimum_group_size`` are left out.
    """

    name = 'SensitiveMutualInformation'
    goal = Goal.MINIMIZE
    figure = INFORMATION
    numeric = None


class SensitiveRecoveryAUC(FairnessMetric):
    """How well a model recovers the sensitive column from all columns that are not sensitive.

    Area under the ROC curve, out of fold on the table itself (3 folds, gradient boosting, at most
    10 000 rows); several groups: each against the rest, averaged; numbers: their quartiles. From
    .5 (it cannot; values below count as .5) to 1; **best .5**. After Feldman et al. (2015),
    "Certifying and removing disparate impact", who predict the group to bound disparate impact.

    At .5 *this* model finds no trace; a stronger one might.
    """

    name = 'SensitiveRecoveryAUC'
    goal = Goal.MINIMIZE
    min_value = 0.5
    figure = RECOVERY
    numeric = None


__all__ = [
    'SensitiveDistanceCorrelation',
    'SensitiveMutualInformation',
    'SensitiveRecoveryAUC',
]
