"""Figures of pictures: how far two sets are apart, who is rare, what a latent gives away."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from sdv_fair4free.evaluation import groupings

FOLDS = 5
PROBES = ('linear', 'trees')


def frechet_distance(real_features: NDArray[Any], synthetic_features: NDArray[Any]) -> float:
    """The Frechet distance of two Gaussians with the means and covariances of two samples.

    The formula is that of the FID (Heusel et al. 2017, "GANs trained by a two time-scale update
    rule converge to a local Nash equilibrium"; Dowson & Landau 1982). The features are those of
    whatever network you choose, not of Inception: it is **not comparable with published FIDs**, nor
    with features of another network. From 0 up; **best 0**. It is blind to what mean and
    covariance do not show, and grows as samples get smaller: compare samples of one size.

    Args:
        real_features (numpy.ndarray): (rows, features), at least two rows.
        synthetic_features (numpy.ndarray): The same of other rows, any number from two up.

    Returns:
        float: The square of the distance, as FID has it, in squared units of the features.

    Raises:
        ValueError: If there are too few rows, other features, or values that are not finite.
    """
    parts = [np.asarray(part, dtype=float) for part in (real_features, synthetic_features)]
    for name, part in zip(('real_features', 'synthetic_features'), parts, strict=True):
        if part.ndim != 2 or len(part) < 2 or part.shape[1] != parts[0].shape[1]:
            raise ValueError(
                f'{name} have the shape {part.shape}; give (rows, features) with at least two '
                'rows, and the same features of both.'
            )
        if not np.isfinite(part).all():
            raise ValueError(f'{name} hold values that are not finite.')
    means = [part.mean(axis=0) for part in parts]
    covariances = [np.atleast_2d(np.cov(part, rowvar=False)) for part in parts]
    # The trace of the root of the product is the sum of the singular values of the product of the
    # roots. A root of the product itself would turn rounding errors of 1e-16 into ones of 1e-8.
    product = np.linalg.svd(_root(covariances[0]) @ _root(covariances[1]), compute_uv=False)
    spread = sum(float(np.trace(covariance)) for covariance in covariances)
    apart = float(((means[0] - means[1]) ** 2).sum())
    return max(0.0, apart + spread - 2 * float(product.sum()))


def _root(covariance: NDArray[np.float64]) -> NDArray[np.float64]:
    """The symmetric root of a matrix that is positive semidefinite but for rounding."""
    values, vectors = np.linalg.eigh(covariance)
    root: NDArray[np.float64] = (vectors * np.sqrt(values.clip(min=0))) @ vectors.T
    return root


def crossed_groups(sensitive: pd.DataFrame) -> pd.Series:
    """(rows,) the group of each row, by all sensitive columns together; 'missing' where unknown."""
    *_, crossed = groupings(sensitive).values()
    return crossed


def minority(
    table: pd.DataFrame,
    sensitive_columns: str | list[str],
    target_column: str,
    train_table: pd.DataFrame,
) -> NDArray[np.bool_]:
    """Rows that go against what the training rows make one expect of their group.

    Such is a row whose target and group occur together more rarely among the training rows than if
    they were independent: p(target, group) < p(target) p(group). The colour that is rare for its
    digit is one. Several sensitive columns are crossed; a pair never seen together is rare. The
    other rows are the majority; where all is independent, nobody is a minority but by chance.

    Args:
        table (pandas.DataFrame): The rows to tell apart.
        sensitive_columns (str or list of str): The columns that name the groups: categories, or
            numbers already cut into groups.
        target_column (str): The classes.
        train_table (pandas.DataFrame): The rows that say what is rare.

    Returns:
        numpy.ndarray: (rows,) True for rows of the minority.
    """
    names = [sensitive_columns] if isinstance(sensitive_columns, str) else [*sensitive_columns]
    asked, known = (
        pd.DataFrame(
            {
                'target': crossed_groups(part[[target_column]]).to_numpy(),
                'group': crossed_groups(part[names]).to_numpy(),
            }
        )
        for part in (table, train_table)
    )
    together = known.value_counts()
    pairs = together.reindex(pd.MultiIndex.from_frame(asked), fill_value=0).to_numpy(np.int64)
    targets, groups = (
        asked[name].map(known[name].value_counts()).fillna(0).to_numpy(np.int64)
        for name in ('target', 'group')
    )
    # In whole numbers: shares that are equal must not differ by rounding.
    rare: NDArray[np.bool_] = (pairs * len(known) < targets * groups) | (pairs == 0)
    return rare


def independent_rows(
    targets: ArrayLike, groups: ArrayLike, random_state: int = 0
) -> NDArray[np.int64]:
    """A random choice of rows in which group and target are exactly independent.

    Of each class as many rows of every group as its rarest group has. A class that some group lacks
    is left out.

    Args:
        targets (array): (rows,) classes.
        groups (array): (rows,) groups.
        random_state (int): Seed of the choice.

    Returns:
        numpy.ndarray: (chosen,) places of rows, ascending.
    """
    cells = pd.DataFrame({'target': np.asarray(targets), 'group': np.asarray(groups)})
    order = np.random.default_rng(random_state).permutation(len(cells))
    place = cells.iloc[order].groupby(['target', 'group'], sort=False).cumcount().sort_index()
    rarest = pd.crosstab(cells['target'], cells['group']).min(axis=1)
    return np.flatnonzero(place.to_numpy() < cells['target'].map(rarest).to_numpy())


def recovered_auc(latents: NDArray[Any], groups: ArrayLike, random_state: int = 0) -> float:
    """How well the group of a row is told from its latent, by the better of two probes.

    See ``probe_aucs``. In [0, 1]; **best .5**: nothing is recovered. The larger of two figures that
    vary by chance lies a little above .5 on average even where there is nothing to be found.

    Args:
        latents (numpy.ndarray): (rows, dimensions).
        groups (array): (rows,) the sensitive value.
        random_state (int): Seed of the folds.

    Returns:
        float: The AUC; NaN where fewer than two groups have ten rows.
    """
    return max(probe_aucs(latents, groups, random_state).values())


def probe_aucs(latents: NDArray[Any], groups: ArrayLike, random_state: int = 0) -> dict[str, float]:
    """The AUC of each probe: logistic regression, and gradient boosting.

    Each is fitted on four fifths of the rows and asked about the others, five times; the mean over
    the folds counts, and of several groups the mean over each against all others. Give rows in
    which group and target are independent (see ``independent_rows``): a latent may know the target,
    and where the target tells the group that alone would be recovered.

    Args:
        latents (numpy.ndarray): (rows, dimensions).
        groups (array): (rows,) the sensitive value. Groups of fewer than ten rows are left out.
        random_state (int): Seed of the folds.

    Returns:
        dict[str, float]: By probe, 'linear' and 'trees', in [0, 1]; **best .5**. NaN where fewer
            than two groups have ten rows.
    """
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedKFold
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from threadpoolctl import threadpool_limits

    latents = np.asarray(latents, dtype=float)
    codes, labels = pd.factorize(np.asarray(groups))
    large = np.bincount(codes, minlength=len(labels)) >= 2 * FOLDS
    if large.sum() < 2:
        return dict.fromkeys(PROBES, float('nan'))
    kept = large[codes]
    latents, (_, codes) = latents[kept], np.unique(codes[kept], return_inverse=True)
    probes = (
        make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000)),
        HistGradientBoostingClassifier(random_state=0, max_iter=50, early_stopping=False),
    )
    folds = [*StratifiedKFold(FOLDS, shuffle=True, random_state=random_state).split(latents, codes)]
    with threadpool_limits(limits=1, user_api='openmp'):  # so small that threads would wait
        return {
            name: float(np.mean([_fold_auc(probe, latents, codes, *fold) for fold in folds]))
            for name, probe in zip(PROBES, probes, strict=True)
        }


def _fold_auc(
    probe: Any,
    latents: NDArray[np.float64],
    codes: NDArray[np.int64],
    fitted: NDArray[np.int64],
    asked: NDArray[np.int64],
) -> float:
    """The AUC on rows the probe has not seen, the mean over groups against all others."""
    from sklearn.metrics import roc_auc_score

    scores = probe.fit(latents[fitted], codes[fitted]).predict_proba(latents[asked])
    judged = [1] if scores.shape[1] == 2 else range(scores.shape[1])
    return float(np.mean([roc_auc_score(codes[asked] == g, scores[:, g]) for g in judged]))
