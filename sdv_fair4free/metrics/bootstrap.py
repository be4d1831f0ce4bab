"""How much a figure would vary with other people of the same kind: a vectorised bootstrap.

Rows are dealt at random into at most 5 000 blocks, and the blocks are drawn with replacement. Up to
5 000 rows that is Efron's bootstrap of the rows; beyond, blocks of equal size give the same
variance of every sum at a fraction of the cost. Every figure below is a function of sums over rows,
so nothing walks over the samples.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from scipy import sparse
from scipy.special import ndtr, ndtri

_BLOCKS = 5000


@dataclass
class Resampler:
    """Bootstrap samples of the rows of one table.

    Attributes:
        rows (int): Rows of the table.
        samples (int): Number of samples; 0 for none.
        seed (int): The same seed draws the same samples, so figures of two models are paired.
    """

    rows: int
    samples: int
    seed: int
    _block: np.ndarray = field(init=False, repr=False)
    _draws: np.ndarray = field(init=False, repr=False)

    def __post_init__(self) -> None:
        rng = np.random.default_rng(self.seed)
        blocks = max(1, min(self.rows, _BLOCKS))
        self._block = rng.permutation(np.arange(self.rows) % blocks)
        drawn = rng.integers(0, blocks, (self.samples, blocks))
        drawn += blocks * np.arange(self.samples)[:, None]
        counts = np.bincount(drawn.ravel(), minlength=self.samples * blocks)
        self._draws = counts.reshape(self.samples, blocks).astype(float)

    def counts(self, cells: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
        """How many rows of each sample fall into each cell.

        Args:
            cells (numpy.ndarray): (rows,) the cell of every row, -1 for none.
            shape (tuple[int, ...]): Cells are counted in C order through this shape.

        Returns:
            numpy.ndarray: (samples, *shape)
        """
        return self.sums(np.ones(self.rows), cells, shape)

    def sums(self, values: np.ndarray, cells: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
        """The sums of a value over the rows of each cell, in every sample; as ``counts``."""
        kept = cells >= 0
        width = int(np.prod(shape))
        table = sparse.csr_matrix(
            (values[kept], (self._block[kept], cells[kept])),
            shape=(self._draws.shape[1], width),
        )
        return np.asarray((table.T @ self._draws.T).T).reshape(self.samples, *shape)

    def means(self, values: np.ndarray, cells: np.ndarray, count: int) -> np.ndarray:
        """The mean of a value in each cell, in every sample: (samples, count)."""
        return divide(self.sums(values, cells, (count,)), self.counts(cells, (count,)))


def divide(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """A quotient that is NaN where nothing is behind it."""
    quotient = np.full(np.shape(part), np.nan)
    np.divide(part, whole, out=quotient, where=np.asarray(whole) > 0)
    return quotient


def interval(draws: np.ndarray, value: float, level: float) -> tuple[float, float]:
    """Bias-corrected percentile interval (Efron 1987), without acceleration.

    Smallest over largest is smaller in every sample than it ought to be; the correction shifts the
    percentiles back to where the value itself lies in the samples. Where no sample reaches the
    value, the interval is widened to hold it.

    Args:
        draws (numpy.ndarray): (samples,) the figure in every sample; NaN where it had no value.
        value (float): The figure of the table.
        level (float): Share of confidence, such as 0.95.

    Returns:
        tuple[float, float]: Low and high; NaN without a value or with fewer than 10 samples.
    """
    draws = draws[~np.isnan(draws)]
    if len(draws) < 10 or np.isnan(value):
        return np.nan, np.nan
    below = ((draws < value).mean() + (draws <= value).mean()) / 2
    shift = ndtri(np.clip(below, 1 / (len(draws) + 1), 1 - 1 / (len(draws) + 1)))
    tail = ndtri((1 - level) / 2)
    low, high = np.quantile(draws, ndtr([2 * shift + tail, 2 * shift - tail]))
    return float(min(low, value)), float(max(high, value))


def area_under_curve(positives: np.ndarray, negatives: np.ndarray) -> np.ndarray:
    """AUC of scores sorted into bins, ties counting one half.

    Args:
        positives (numpy.ndarray): (samples, bins) positive rows by bin, scores ascending.
        negatives (numpy.ndarray): The same of the negative rows.

    Returns:
        numpy.ndarray: (samples,)
    """
    below = np.cumsum(negatives, axis=-1) - negatives / 2
    pairs = positives.sum(-1) * negatives.sum(-1)
    return divide((positives * below).sum(-1), pairs)


def ranks_in_bins(values: np.ndarray, bins: int) -> tuple[np.ndarray, np.ndarray]:
    """The quantile bin of every value, and the upper edge of every bin; ties stay together."""
    edges = np.unique(np.quantile(values, np.linspace(0, 1, bins + 1)[1:], method='lower'))
    return np.searchsorted(edges, values, side='left').clip(max=len(edges) - 1), edges
