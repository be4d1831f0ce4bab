"""Numbers and dates that nobody can be recognised by: means of several rows, rounded ends."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sdv_fair4free.core.config import is_whole
from sdv_fair4free.handover.errors import HandoverError
from sdv_fair4free.quantiles import DOMINANT, KNOTS, Floats, Quantiles
from sdv_fair4free.validation import listed

if TYPE_CHECKING:
    from sdv_fair4free.handover.manifest_parts import Disclosure

BESIDE = 2.0**-40
"""How far a mean is moved that happens to be somebody's value, as a part of the column's width."""


@dataclass(frozen=True, kw_only=True)
class Coarsening:
    """What the owner holds back of the values themselves.

    Attributes:
        min_category_count: Categories in fewer rows are merged into one and forgotten, with what
            was learnt of them; 1 keeps all.
        min_quantile_count: Every number or date that is stored is one that so many rows have, or a
            mean of as many besides the outermost of the column, which count in it as the next one
            does; 1 stores exact values of single rows, the smallest and the largest among them.
        extreme_digits: Digits to which the ends of numbers and dates are rounded, inwards: of the
            end itself or, where that is finer, of the range; None for no rounding. Ends that many
            rows share are left as they are.

    Raises:
        HandoverError: If a value is out of its range.
    """

    min_category_count: int = 5
    min_quantile_count: int = 5
    extreme_digits: int | None = None

    def __post_init__(self) -> None:
        problems = [
            f'{name}={value!r} must be a whole number of at least 1.'
            for name in ('min_category_count', 'min_quantile_count')
            if not is_whole(value := getattr(self, name)) or value < 1
        ]
        digits = self.extreme_digits
        if digits is not None and (not is_whole(digits) or not 1 <= digits <= 15):
            problems.append(
                f'extreme_digits={digits!r} must be a whole number from 1 to 15, or None.'
            )
        if problems:
            raise HandoverError(listed(problems, 'what is to be held back'))

    def holds_more_than(self, done: Disclosure) -> bool:
        """Whether it asks for more to be held back than was."""
        fewer_digits = self.extreme_digits is not None and (
            done.extreme_digits is None or self.extreme_digits < done.extreme_digits
        )
        return (
            fewer_digits
            or self.min_category_count > done.min_category_count
            or self.min_quantile_count > done.min_quantile_count
        )


def coarse_quantiles(quantiles: Quantiles, options: Coarsening) -> Quantiles:
    """The tokenisation with coarser values; tokens and ranks stay as they are.

    Args:
        quantiles: As fitted, with the rows of each piece.
        options: How coarse.

    Raises:
        HandoverError: If too few rows have a value at all.
    """
    if not len(quantiles.bounds):
        return quantiles
    assert quantiles.piece_rows is not None
    bounds = quantiles.bounds
    # A value that enough rows share tells nothing about one of them.
    shared = np.zeros(len(bounds), dtype=bool)
    shared[quantiles.mass_tokens] = True
    shared &= quantiles.piece_rows.sum(axis=1) >= options.min_quantile_count
    if options.min_quantile_count > 1:
        bounds = _averaged(quantiles, shared, options.min_quantile_count)
    if options.extreme_digits is not None:
        bounds = _rounded_ends(bounds, shared, options.extreme_digits)
    if options.min_quantile_count > 1:
        bounds = _beside(bounds, quantiles.bounds[~shared], shared)
    return Quantiles.of_bounds(bounds, quantiles.spans, quantiles.has_missing)


def _averaged(quantiles: Quantiles, shared: NDArray[np.bool_], least: int) -> Floats:
    """Bounds whose every value is shared, or lies between means of ``least`` rows."""
    assert quantiles.piece_rows is not None
    assert quantiles.piece_means is not None
    counted = _rows_that_count(quantiles)
    if not shared.any() and counted.sum() < least:
        raise HandoverError(
            f'only {int(quantiles.piece_rows.sum())} rows have a value, fewer than '
            f'min_quantile_count={least} besides the {DOMINANT} smallest and the {DOMINANT} '
            'largest, which count as the next one does; drop the column, or lower '
            'min_quantile_count.'
        )
    bounds = quantiles.bounds.copy()
    places = np.flatnonzero(shared)
    fences = [-1, *places.tolist(), len(bounds)]
    for before, after in pairwise(fences):
        run = slice(before + 1, after)
        if before + 1 == after:
            continue
        rows = quantiles.piece_rows[run].ravel()
        if counted[run].sum() < least:
            # Too few between two shared values: they take the nearer one.
            fence = [place for place in (before, after) if 0 <= place < len(bounds)]
            ends = bounds[fence, 0]
            middle = bounds[run].mean(axis=1)
            nearer = np.abs(middle[:, None] - ends).argmin(axis=1)
            bounds[run] = ends[nearer][:, None]
            continue
        means = quantiles.piece_means[run].ravel()
        ranks, means = _means(rows, counted[run].ravel(), means, least)
        start = np.concatenate([[0], np.cumsum(rows)])
        knots = np.arange(len(bounds[run]))[:, None] * KNOTS + np.arange(KNOTS + 1)
        masses = bounds[run][:, 0] == bounds[run][:, -1]
        place = start[knots].astype(np.float64)
        place[masses] = place[masses].mean(axis=1, keepdims=True)
        # A value that has a token of its own may lie inside a bin: then means need not rise.
        bounds[run] = np.maximum.accumulate(np.interp(place, ranks, means), axis=1)
    return bounds


def _rows_that_count(quantiles: Quantiles) -> NDArray[np.int64]:
    """(tokens, KNOTS) rows of each piece but for the smallest and largest of the column.

    Those count in the means as the next one does, so that a mean of them and it would be the value
    of that one row. Pieces need not be in the order of their values, since a value that has a token
    of its own may lie inside a bin: wherever one of the outermost rows may be, all of them are
    taken to be.
    """
    assert quantiles.piece_rows is not None
    rows, bounds = quantiles.piece_rows.ravel(), quantiles.bounds
    low, high = bounds[:, :-1].ravel(), bounds[:, 1:].ravel()
    own = rows * (low == high)  # all of its values are its two ends
    below = _rows_up_to(high, rows, low) - own
    above = _rows_up_to(-low, rows, -high) - own
    outermost = DOMINANT * ((below < DOMINANT).astype(np.int64) + (above < DOMINANT))
    counted: NDArray[np.int64] = np.maximum(rows - outermost, 0).reshape(quantiles.piece_rows.shape)
    return counted


def _rows_up_to(ends: Floats, rows: NDArray[np.int64], value: Floats) -> NDArray[np.int64]:
    """Rows of all pieces that end at or below each value."""
    order = np.argsort(ends, kind='stable')
    total = np.concatenate([[0], np.cumsum(rows[order])])
    found: NDArray[np.int64] = total[np.searchsorted(ends[order], value, side='right')]
    return found


def _means(
    rows: NDArray[np.int64], counted: NDArray[np.int64], means: Floats, least: int
) -> tuple[Floats, Floats]:
    """Middle ranks and means of neighbours of whose rows ``least`` count together, or more."""
    held = np.flatnonzero(rows)
    rows, counted, means = rows[held], counted[held], means[held]
    group, inside, groups = 0, 0, np.empty(len(rows), dtype=np.int64)
    for place, count in enumerate(counted.tolist()):
        groups[place] = group
        inside += count
        if inside >= least:
            group, inside = group + 1, 0
    groups = np.minimum(groups, max(group - 1, 0))  # what is left over joins the last
    total = np.bincount(groups, weights=rows)
    mean = np.bincount(groups, weights=rows * means) / total
    return np.cumsum(total) - total / 2, mean


def _beside(bounds: Floats, rare: Floats, shared: NDArray[np.bool_]) -> Floats:
    """Bounds none of which happens to be one of the ``rare`` values, by chance or by rounding."""
    equal = np.isin(bounds, rare) & ~shared[:, None]
    width = np.abs(bounds).max() + np.ptp(bounds)
    # Far below what rounding shows; rows of bounds still rise, since equals move alike.
    moved = np.where(equal, bounds + max(width * BESIDE, np.finfo(np.float64).tiny), bounds)
    return np.maximum.accumulate(moved, axis=1) if np.isfinite(moved).all() else bounds


def _rounded_ends(bounds: Floats, shared: NDArray[np.bool_], digits: int) -> Floats:
    # Rows need not be sorted: a value that has a token of its own may lie inside a bin.
    low, high = float(bounds.min()), float(bounds.max())
    width = high - low
    lowest = low if (bounds[shared] == low).any() else _rounded(low, width, digits, np.ceil)
    highest = high if (bounds[shared] == high).any() else _rounded(high, width, digits, np.floor)
    if lowest >= highest:
        return bounds
    return np.clip(bounds, lowest, highest)


def _rounded(end: float, width: float, digits: int, towards: Callable[[float], float]) -> float:
    """An end in so many digits of itself or, where that is finer, of the range."""
    scale = min(abs(end), width)
    step = 10.0 ** (np.floor(np.log10(scale)) - digits + 1) if scale > 0 else 0.0
    if not step > 0:  # zero, or so small that no step is smaller
        return end
    return float(towards(end / step) * step)
