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
from sdv_fair4free.metrics.rows import Row, figure_row, insufficient, no_figure

DISTANCE, INFORMATION, RECOVERY = 'Distance correlation', 'Mutual information', 'Sensitive AUC'
_SUBSAMPLE = 2000
_MOST_CATEGORIES = 50
_INFORMATION_BINS = 20
_RECOVERY_ROWS = 10_000
_FOLDS = 3
_SCORE_BINS = 512


def leakage_rows(case: Case, source: str, names: list[str]) -> list[Row]:
    """The figures of proxies in one table; other sensitive columns do not count as proxies."""
    target = case.target
    table = case.read[source].assign(**{target.name: _target_column(case, source)})
    proxies = [str(name) for name in table if name not in case.sensitive]
    rows: list[Row] = []
    if DISTANCE in names:
        rows += _distance_rows(case, table, proxies)
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


def _points(column: pd.Series) -> np.ndarray:
    """A column as points whose distances mean something.

    Returns:
        (rows, d): one-hot for labels; a standardised number, beside an indicator of missing ones
            if there are any.
    """
    if column.dtype == object:
        codes, values = pd.factorize(column, use_na_sentinel=False)
        few = len(values) <= _MOST_CATEGORIES
        return np.eye(len(values))[codes] if few else _one_hot_of_frequent(codes)
    numbers = column.to_numpy(float)
    missing = np.isnan(numbers)
    if missing.all():
        return np.zeros((len(numbers), 1))
    spread = np.nanstd(numbers)
    numbers = np.where(missing, 0.0, (numbers - np.nanmean(numbers)) / (spread or 1.0))
    return np.column_stack([numbers, missing]) if missing.any() else numbers[:, None]


def _one_hot_of_frequent(codes: np.ndarray, most: int = _MOST_CATEGORIES) -> np.ndarray:
    frequent = np.argsort(-np.bincount(codes), kind='stable')[: most - 1]
    places = np.full(codes.max() + 1, most - 1)
    places[frequent] = np.arange(most - 1)
    return np.asarray(np.eye(most)[places[codes]])


def _distance_rows(case: Case, table: pd.DataFrame, proxies: list[str]) -> list[Row]:
    """Distance correlation of every pair on one seeded subsample: 2 000 rows are enough."""
    import torch

    from sdv_fair4free.core.dependence import distances, u_centred

    rng = np.random.default_rng(case.settings['random_state'])
    count = min(len(table), _SUBSAMPLE)
    if count < 4:
        return [
            {**no_figure(DISTANCE, insufficient(count), best=0), 'Column': name, 'Sensitive': s}
            for s in case.sensitive
            for name in proxies
        ]
    part = table.iloc[np.sort(rng.choice(len(table), count, replace=False))]

    def centred(name: str) -> torch.Tensor:
        points = torch.from_numpy(_points(part[name])).to(torch.float32)
        return u_centred(distances(points))

    with torch.no_grad():
        sensitive = {name: centred(name) for name in case.sensitive}
        sizes = {name: float((matrix * matrix).sum()) for name, matrix in sensitive.items()}
        rows = []
        for name in proxies:
            matrix = centred(name)
            size = float((matrix * matrix).sum())
            for other, against in sensitive.items():
                scale = np.sqrt(size * sizes[other])
                squared = float((matrix * against).sum()) / scale if scale > 1e-9 else 0.0
                value = float(np.sqrt(np.clip(squared, 0, 1)))
                row = figure_row(DISTANCE, value, 1 - value, count, best=0)
                rows.append({**row, 'Column': name, 'Sensitive': other})
    return rows


def _information_rows(
    case: Case, source: str, table: pd.DataFrame, proxies: list[str]
) -> list[Row]:
    from sklearn.metrics import homogeneity_score

    rows = []
    codes = {name: _in_bins(table[name]) for name in proxies}
    for name in case.sensitive:
        groups = case.groupings[name].codes[source]
        alone = len(np.unique(groups)) < 2
        for proxy in proxies:
            if alone:
                row = no_figure(INFORMATION, 'one group only', best=0)
            else:
                value = float(homogeneity_score(groups, codes[proxy]))
                row = figure_row(INFORMATION, value, 1 - value, len(groups), best=0)
            rows.append({**row, 'Column': proxy, 'Sensitive': name})
    return rows


def _in_bins(column: pd.Series) -> np.ndarray:
    """A column as few codes; missing values have their own."""
    if column.dtype == object:
        codes, _ = pd.factorize(column, use_na_sentinel=False)
        return codes
    numbers = column.to_numpy(float)
    known = ~np.isnan(numbers)
    codes = np.full(len(numbers), -1)
    if known.any():
        codes[known], _ = ranks_in_bins(numbers[known], _INFORMATION_BINS)
    return codes


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
    kept = enough(counts, max(case.settings['minimum_group_size'], 2 * _FOLDS))
    if kept.sum() < 2:
        small = counts[~kept]
        reason = insufficient(small.max()) if len(small) else 'one group only'
        return no_figure(RECOVERY, reason, best=0.5)
    if not table.shape[1]:
        return no_figure(RECOVERY, 'no other columns', best=0.5)
    left_out = [grouping.labels[group] for group in np.flatnonzero(~kept & (counts > 0))]
    if left_out:
        case.note(f"Too few rows to recover {left_out} of '{name}' from the {source} table.")
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
    one seeded subsample of at most 2 000 rows, so values below about .05 are noise.

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
    many rare categories seems to tell more than it does. Compare with the real table.
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
