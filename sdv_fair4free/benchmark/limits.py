"""Yardsticks: a fair model of real rows, and what chance leaves of parity."""

from __future__ import annotations

import numpy as np
import pandas as pd
from sdv.metadata import Metadata
from sklearn.model_selection import StratifiedKFold

from sdv_fair4free.evaluation import groupings, judge_scores
from sdv_fair4free.tstr import tstr_scores

MINIMUM_GROUP = 50
SIMULATIONS = 2000
FOLDS = 5


def bound(
    train: pd.DataFrame,
    test: pd.DataFrame,
    target_column: str,
    favourable: object,
    metadata: Metadata,
    train_groups: pd.DataFrame,
    test_groups: pd.DataFrame,
) -> dict[str, float]:
    """A model trained on real rows, its test scores repaired to the barycentre of the groups.

    Chzhen et al. (2020) and Le Gouic et al. (2020): of all scores that have the same distribution
    in every group the one nearest to the model's. The distributions are those of training rows that
    a model had not seen (``FOLDS`` folds): like a synthesizer, the repair knows no test row. It is
    best where its own model and all rows are known; on few test rows a synthesizer may by luck do
    better, and one that gives up more of the outcome may be fairer.

    Args:
        train: Real rows to learn from.
        test: Real rows to judge on.
        target_column: The outcome.
        favourable: Its value that people hope for.
        metadata: Of the table.
        train_groups: (rows, sensitive columns) the groups of the rows of ``train``.
        test_groups: The same of ``test``.

    Returns:
        ``AUC``, and ``DPR`` and ``EOR`` over the groups of at least ``MINIMUM_GROUP`` rows.

    Raises:
        ValueError: If fewer than ``FOLDS`` training rows have one of the outcomes.
    """
    known, tested = (part[target_column].notna().to_numpy() for part in (train, test))
    train, test = train[known].reset_index(drop=True), test[tested].reset_index(drop=True)
    chosen = int((train[target_column] == favourable).sum())
    if min(chosen, len(train) - chosen) < FOLDS:
        raise ValueError(
            f'{chosen} of {len(train)} training rows have {favourable!r} in {target_column!r}; the '
            f'bound needs at least {FOLDS} rows of each outcome.'
        )
    asked = target_column, favourable, metadata
    truth, scores = tstr_scores(train, test, *asked)
    unseen = np.empty(len(train))
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=0)
    for others, held in folds.split(train, train[target_column] == favourable):
        _, unseen[held] = tstr_scores(train.iloc[others], train.iloc[held], *asked)
    repaired = _barycentre(
        unseen, _crossed(train_groups[known]), scores, _crossed(test_groups[tested])
    )
    judged = judge_scores(truth, repaired, test_groups[tested], MINIMUM_GROUP)
    *_, fairness = judged.groups.values()
    return {
        'AUC': judged.auc,
        'DPR': fairness.demographic_parity_ratio,
        'EOR': fairness.equalized_odds_ratio,
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
    outcome: pd.Series, groups: pd.DataFrame, favourable: object
) -> tuple[float, float, float]:
    """The demographic parity ratio of decisions that look at nobody, by simulation.

    Everybody is chosen with the same probability, the share of the favourable outcome. In small
    groups the smallest rate over the largest then falls short of 1 by chance: on so few rows a
    ratio within this range does not tell a decision from a blind one.

    Args:
        outcome: (rows,) of real test rows.
        groups: (rows, sensitive columns) their groups.
        favourable: The outcome that people hope for.

    Returns:
        Mean, 5th and 95th percentile over ``SIMULATIONS`` draws; NaN with fewer than two groups of
        at least ``MINIMUM_GROUP`` rows.
    """
    known = outcome.notna().to_numpy()
    _, counts = np.unique(_crossed(groups[known]), return_counts=True)
    counts = counts[counts >= MINIMUM_GROUP]
    if len(counts) < 2:
        return np.nan, np.nan, np.nan
    share = float((outcome[known] == favourable).mean())
    drawn = np.random.default_rng(0).binomial(counts, share, (SIMULATIONS, len(counts))) / counts
    most = drawn.max(axis=1)
    ratios = np.divide(drawn.min(axis=1), most, out=np.ones_like(most), where=most > 0)
    low, high = np.quantile(ratios, [0.05, 0.95])
    return float(ratios.mean()), float(low), float(high)


def _crossed(sensitive: pd.DataFrame) -> np.ndarray:
    """(rows,) the group of each row, by all columns together."""
    *_, groups = groupings(sensitive).values()
    return groups.to_numpy(dtype=str)
