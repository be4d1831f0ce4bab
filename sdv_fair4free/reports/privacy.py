"""Are synthetic rows nearer to the rows they were made from than to rows never seen?

SDMetrics asks the same in ``DCROverfittingProtection``, pair by pair in pandas: about an hour at
30 000 rows. Here a subsample of rows become points, and scikit-learn finds the nearest.
"""

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.neighbors import NearestNeighbors

from sdv_fair4free.metrics.features import Columns
from sdv_fair4free.reports.nearness import Privacy
from sdv_fair4free.reports.points import Matrix, as_points, comparable, read_tables

# Two distances that differ by rounding only are a tie.
_TIE = 1e-5


def closest_records(
    train: pd.DataFrame,
    holdout: pd.DataFrame,
    synthetic: pd.DataFrame,
    columns: Columns,
    max_rows: int = 20_000,
    confidence_level: float = 0.95,
    random_state: int = 0,
) -> Privacy:
    """Compare the distance of synthetic rows to training rows with that to a real holdout.

    Numbers and dates are divided by their standard deviation in the training rows; two different
    categories are as far apart as one standard deviation; missing is a category of its own. What
    cannot be read (a date or number that is none, an infinite one) counts as missing, and the note
    says so.

    Args:
        train (pandas.DataFrame): The rows the synthesizer has learnt from.
        holdout (pandas.DataFrame): Real rows it has not seen, at least one.
        synthetic (pandas.DataFrame): The rows to judge, at least one.
        columns (dict): The columns of the metadata, from name to entry, without keys. Columns that
            are neither numbers, dates nor categories are left out.
        max_rows (int): Compare a seeded subsample of at most so many rows of each table. Copies are
            counted over all rows. The fewer training rows are compared with, be it for this limit
            or for a small holdout, the nearer to 0.5 the share stays, whatever was copied.
        confidence_level (float): Of the interval, in (0, 1).
        random_state (int): Seed of the subsample.

    Returns:
        Privacy: The figures.

    Raises:
        ValueError: If a table is empty, or no column can be compared.
    """
    compared = comparable(columns)
    if not compared:
        raise ValueError('privacy: no column is numerical, categorical or a date; none to compare.')
    tables = {'training': train, 'holdout': holdout, 'synthetic': synthetic}
    for name, table in tables.items():
        if table.empty:
            raise ValueError(f'privacy: the {name} table has no rows.')
    plain, kinds, notes = read_tables(tables, compared, columns)
    known = set(_hashes(plain[0]))
    copies, holdout_copies = (
        float(np.mean([row in known for row in _hashes(table)])) for table in (plain[2], plain[1])
    )

    rng = np.random.default_rng(random_state)
    size = min(len(train), len(holdout), max_rows)
    sizes = (size, size, min(len(synthetic), max_rows))
    drawn = [
        table.iloc[rng.choice(len(table), number, replace=False)]
        for table, number in zip(plain, sizes, strict=True)
    ]
    points = as_points(drawn, kinds)
    to_train = _nearest(points[0], points[2])
    to_holdout = _nearest(points[1], points[2])
    tie = np.isclose(to_train, to_holdout, rtol=0, atol=_TIE)
    nearer = np.where(tie, 0.5, to_train < to_holdout)
    share = float(nearer.mean())
    error = float(_quantile(confidence_level) * nearer.std() / np.sqrt(len(nearer)))
    return Privacy(
        nearer_to_train=share,
        low=max(0.0, share - error),
        high=min(1.0, share + error),
        copies=copies,
        holdout_copies=holdout_copies,
        distance=float(np.median(to_train)),
        holdout_distance=float(np.median(_nearest(points[0], points[1]))),
        rows=sizes[2],
        note=' '.join(
            [
                f'{sizes[2]:,} synthetic rows against {size:,} training and {size:,} holdout rows.',
                *notes,
            ]
        ),
    )


def _quantile(confidence_level: float) -> float:
    from scipy.stats import norm

    return float(norm.ppf(0.5 + confidence_level / 2))


def _hashes(table: pd.DataFrame) -> npt.NDArray[np.uint64]:
    return np.asarray(pd.util.hash_pandas_object(table, index=False), dtype=np.uint64)


def _nearest(references: Matrix, points: Matrix) -> npt.NDArray[np.float64]:
    """Distance of every point to the nearest reference."""
    search = NearestNeighbors(n_neighbors=1, algorithm='brute').fit(references)
    nearest = search.kneighbors(points, return_distance=False)[:, 0]
    # Brute force finds the neighbour by a difference of squares; the distance is measured anew.
    difference = points.astype(np.float64) - references[nearest]
    distance: npt.NDArray[np.float64] = np.sqrt(np.square(difference).sum(axis=1))
    return distance
