"""What nobody can beat: the fairest good model on real rows, and what chance leaves of parity."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from fairlearn.metrics import demographic_parity_ratio, equalized_odds_ratio
from sdv.metadata import Metadata
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold

from sdv_fair4free.evaluation import THRESHOLD, tstr_scores
from sdv_fair4free.metrics.features import labels_of

MINIMUM_GROUP = 50
SIMULATIONS = 2000
FOLDS = 5


def groups_of(table: pd.DataFrame, sensitive_columns: Sequence[str]) -> np.ndarray:
    """(rows,) the crossed group of each row, as text."""
    named = pd.DataFrame({name: labels_of(table[name]) for name in sensitive_columns}, dtype=object)
    return np.asarray(named.fillna('missing').astype(str).agg(', '.join, axis=1))


def bound(
    train: pd.DataFrame,
    test: pd.DataFrame,
    target_column: str,
    sensitive_columns: Sequence[str],
    favourable: object,
    metadata: Metadata,
) -> dict[str, float]:
    """A model trained on real rows, its test scores repaired to the barycentre of the groups.

    Chzhen et al. (2020) and Le Gouic et al. (2020): of all scores that have the same distribution
    in every group the one nearest to the model's. The distributions are those of training rows that
    a model had not seen (``FOLDS`` folds): like a synthesizer, the repair knows no test row.

    Returns:
        ``AUC``, and ``DPR`` and ``EOR`` over the groups of at least ``MINIMUM_GROUP`` rows.
    """
    train = train[train[target_column].notna()].reset_index(drop=True)
    test = test[test[target_column].notna()].reset_index(drop=True)
    asked = target_column, favourable, metadata
    truth, scores = tstr_scores(train, test, *asked)
    unseen = np.empty(len(train))
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=0)
    for others, held in folds.split(train, train[target_column] == favourable):
        _, unseen[held] = tstr_scores(train.iloc[others], train.iloc[held], *asked)
    train_groups, groups = (groups_of(part, sensitive_columns) for part in (train, test))
    repaired = _barycentre(unseen, train_groups, scores, groups)
    chosen = repaired >= THRESHOLD
    large = _large(groups)
    parts = truth[large], chosen[large]
    return {
        'AUC': float(roc_auc_score(truth, repaired)),
        'DPR': float(demographic_parity_ratio(*parts, sensitive_features=groups[large])),
        'EOR': float(equalized_odds_ratio(*parts, sensitive_features=groups[large])),
    }


def _barycentre(
    known: np.ndarray, known_groups: np.ndarray, scores: np.ndarray, groups: np.ndarray
) -> np.ndarray:
    """Scores carried to the mean of the groups' quantiles, by their rank in their own group."""
    names, counts = np.unique(known_groups, return_counts=True)
    ordered = {name: np.sort(known[known_groups == name]) for name in names}
    ranks = np.empty(len(scores))
    for name in np.unique(groups):
        members = groups == name
        own = ordered.get(name, np.sort(known))  # a group that training never saw
        ranks[members] = (np.searchsorted(own, scores[members]) + 0.5) / (len(own) + 1)
    shares = counts / counts.sum()
    repaired = np.zeros(len(scores))
    for name, share in zip(names, shares, strict=True):
        repaired += share * np.quantile(ordered[name], ranks)
    return repaired


def parity_by_chance(
    test: pd.DataFrame, target_column: str, sensitive_columns: Sequence[str], favourable: object
) -> tuple[float, float, float]:
    """The demographic parity ratio of decisions that look at nobody, by simulation.

    Everybody is chosen with the same probability, the share of the favourable outcome. In small
    groups the smallest rate over the largest then falls short of 1 by chance: no synthesizer can be
    told to be fairer than that on so few rows.

    Returns:
        Mean, 5th and 95th percentile over ``SIMULATIONS`` draws.
    """
    groups = groups_of(test, sensitive_columns)
    _, counts = np.unique(groups[_large(groups)], return_counts=True)
    if len(counts) < 2:
        return 1.0, 1.0, 1.0
    share = float((test[target_column] == favourable).mean())
    drawn = np.random.default_rng(0).binomial(counts, share, (SIMULATIONS, len(counts))) / counts
    most = drawn.max(axis=1)
    ratios = np.divide(drawn.min(axis=1), most, out=np.ones_like(most), where=most > 0)
    low, high = np.quantile(ratios, [0.05, 0.95])
    return float(ratios.mean()), float(low), float(high)


def _large(groups: np.ndarray) -> np.ndarray:
    _, place, counts = np.unique(groups, return_inverse=True, return_counts=True)
    return np.asarray(counts[place] >= MINIMUM_GROUP)
