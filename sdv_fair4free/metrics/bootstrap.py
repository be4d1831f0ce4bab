"""How much a figure would vary with other people of the same kind: a vectorised bootstrap.

Rows are dealt at random into at most 5 000 blocks, and the blocks are drawn with replacement. Up to
5 000 rows that is Efron's bootstrap of the rows; beyond, blocks of equal size give the same
variance of every sum at a fraction of the cost. Every figure below is a function of sums over rows,
so nothing walks over the samples.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy import sparse
from scipy.special import ndtr, ndtri

_BLOCKS = 5000
_FEWEST_DRAWS = 10


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

    def redrawn(self, rows: np.ndarray) -> Iterator[np.ndarray]:
        """The rows of each sample that are among some of the table: as often as they are drawn."""
        for drawn in self._draws:
            yield np.repeat(rows, drawn[self._block[rows]].astype(np.intp))

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
    percentiles back to where the value itself lies in the samples, though never by so much that the
    median falls out: where hardly a sample reaches the value, hardly an interval would be left.
    Where none reaches it, the interval is widened to hold it.

    A largest minus a smallest is never below 0, and neither are its samples: whether the interval
    of such a figure holds parity is for ``parity_is_plausible`` to say. Near parity, but not there,
    intervals of the largest of several things hold the truth less often than they say: of a small
    Wasserstein distance, 68 % was measured where 95 % was asked for.

    Args:
        draws (numpy.ndarray): (samples,) the figure in every sample; NaN where it had no value.
        value (float): The figure of the table.
        level (float): Share of confidence, such as 0.95.

    Returns:
        tuple[float, float]: Low and high; NaN without a value or with fewer than 10 samples.
    """
    draws = draws[~np.isnan(draws)]
    if len(draws) < _FEWEST_DRAWS or np.isnan(value):
        return np.nan, np.nan
    below = ((draws < value).mean() + (draws <= value).mean()) / 2
    tail = ndtri((1 - level) / 2)
    shift = np.clip(ndtri(below), tail / 2, -tail / 2)
    low, high = np.quantile(draws, ndtr([2 * shift + tail, 2 * shift - tail]))
    return float(min(low, value)), float(max(high, value))


def spread(parts: np.ndarray) -> np.ndarray:
    """Largest minus smallest along the last axis: 0 where all groups are alike."""
    return np.asarray(parts.max(axis=-1) - parts.min(axis=-1))


def parity_is_plausible(gaps: Sequence[float], chance: Sequence[np.ndarray], level: float) -> bool:
    """Whether groups that are alike would seem as unlike as these, by chance alone.

    The signed differences between groups are redrawn, and centred on those of the table: what is
    left is what chance adds to no difference at all. Of several kinds of gap (the two of equalized
    odds), each is measured by its own chance, and the worst of them by that of the worst.

    Args:
        gaps (sequence of float): How unlike the groups are, at least 0; one for each kind.
        chance (sequence of numpy.ndarray): (samples,) for each kind, the same of centred samples;
            NaN where a sample had no value.
        level (float): Of confidence.
    """
    drawn = np.stack(chance)
    drawn = drawn[:, ~np.isnan(drawn).any(axis=0)]
    if drawn.shape[1] < _FEWEST_DRAWS or np.isnan(gaps).any():
        return False
    usual = drawn.mean(axis=1)
    never = usual == 0  # chance adds nothing: then any gap is one
    if (np.asarray(gaps)[never] > 0).any():
        return False
    worst = (drawn[~never] / usual[~never, None]).max(axis=0, initial=0.0)
    return bool(
        (np.asarray(gaps)[~never] / usual[~never]).max(initial=0.0) <= np.quantile(worst, level)
    )


def area_under_curve(positives: np.ndarray, negatives: np.ndarray) -> np.ndarray:
    """AUC of scores sorted into bins, ties counting one half.

    Args:
        positives (numpy.ndarray): (samples, bins) positive rows by bin, scores ascending.
        negatives (numpy.ndarray): The same of the negative rows.

    Returns:
        numpy.ndarray: (samples,)

    Example:
        All negative rows below all positive ones; then all of them in one bin:

        >>> area_under_curve(np.array([[0, 2], [2, 0]]), np.array([[3, 0], [3, 0]])).tolist()
        [1.0, 0.5]
    """
    below = np.cumsum(negatives, axis=-1) - negatives / 2
    pairs = positives.sum(-1) * negatives.sum(-1)
    return divide((positives * below).sum(-1), pairs)


def ranks_in_bins(values: np.ndarray, bins: int) -> tuple[np.ndarray, np.ndarray]:
    """The quantile bin of every value, and the upper edge of every bin; ties stay together."""
    edges = np.unique(np.quantile(values, np.linspace(0, 1, bins + 1)[1:], method='lower'))
    return np.searchsorted(edges, values, side='left').clip(max=len(edges) - 1), edges
