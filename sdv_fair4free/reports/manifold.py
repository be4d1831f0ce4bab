"""Does a synthetic table lie where the real one does, and everywhere that it does?

Density and coverage (Naeem et al. 2020, "Reliable fidelity and diversity metrics for generative
models", equations 5 and 6), on rows made into points.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.spatial.distance import cdist
from sklearn.neighbors import NearestNeighbors

from sdv_fair4free.metrics.features import Columns
from sdv_fair4free.reports.points import Matrix, as_points, comparable, read_tables

NEIGHBOURS = 5
ROUNDING = 1e-5
"""Equal rows lie in each other's neighbourhood, be its radius 0."""


@dataclass(frozen=True, kw_only=True)
class Manifold:
    """Where synthetic rows lie, as seen from the real ones.

    Attributes:
        density (float): Mean number of real neighbourhoods that a synthetic row lies in, divided by
            ``NEIGHBOURS``; at least 0. **Best 1**, which other real rows have on average; above 1
            where synthetic rows crowd the middle.
        coverage (float): Share of real rows with a synthetic row in their neighbourhood, in [0, 1].
            **Best 1**; other real rows reach about .97 with 5 neighbours, not 1.
        rows (int): Rows of each table that were compared.
    """

    density: float
    coverage: float
    rows: int


def density_and_coverage(
    real: pd.DataFrame,
    synthetic: pd.DataFrame,
    columns: Columns,
    max_rows: int = 2000,
    random_state: int = 0,
) -> Manifold:
    """Compare a seeded subsample of two tables, as many rows of each.

    A neighbourhood is the ball around a real row that reaches to its fifth nearest other real row.
    The figures depend on the number of rows: compare them at the same number only.

    Args:
        real (pandas.DataFrame): Real rows, more than ``NEIGHBOURS``.
        synthetic (pandas.DataFrame): The rows to judge.
        columns (dict): The columns of the metadata, from name to entry, without keys.
        max_rows (int): Most rows of each table.
        random_state (int): Seed of the subsample.

    Returns:
        Manifold: The figures; NaN with too few rows.
    """
    names = comparable(columns)
    rows = min(len(real), len(synthetic), max_rows)
    if rows <= NEIGHBOURS or not names:
        return Manifold(density=np.nan, coverage=np.nan, rows=rows)
    plain, kinds, _ = read_tables({'real': real, 'synthetic': synthetic}, names, columns)
    rng = np.random.default_rng(random_state)
    drawn = [table.iloc[rng.choice(len(table), rows, replace=False)] for table in plain]
    return manifold_of_points(*as_points(drawn, kinds))


def manifold_of_points(points: Matrix, others: Matrix) -> Manifold:
    """Compare as many points of each of two samples.

    Args:
        points (numpy.ndarray): (rows, dimensions) real ones, more than ``NEIGHBOURS``.
        others (numpy.ndarray): (rows, dimensions) the ones to judge, as many.

    Returns:
        Manifold: The figures.
    """
    search = NearestNeighbors(n_neighbors=NEIGHBOURS, metric='euclidean').fit(points)
    radius = search.kneighbors()[0][:, -1]  # a row is not its own neighbour
    inside = cdist(points, others) <= radius[:, None] + ROUNDING
    return Manifold(
        density=float(inside.sum(axis=0).mean() / NEIGHBOURS),
        coverage=float(inside.any(axis=1).mean()),
        rows=len(others),
    )
