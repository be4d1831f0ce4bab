"""Numbers as tokens: heavy values keep a token of their own, the rest share equal-depth bins.

A number becomes ``token + position``: the integer part says which token, the fraction where in its
bin it lies. Nothing but order and counts is used, so units, skew and heavy tails do not matter.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
"""An array of numbers in double precision."""

KNOTS = 8
"""Linear pieces of the quantile function inside one bin."""
ROWS_PER_EXACT_VALUE = 16
"""A column keeps every value as a token if it has at least so many rows for each."""
HUGE = 1e280
"""From here on sums of values may overflow."""
DOMINANT = 2
"""Smallest and largest values that count as the next one does in means that are handed over."""
ROWS_PER_BIN = 16
"""A bin is never thinner than this, so that small tables get few bins."""


@dataclass(frozen=True, kw_only=True)
class Quantiles:
    """A fitted tokenisation of one number column.

    Attributes:
        bounds: (tokens, KNOTS + 1) values at equal steps of rank inside each token, rising along
            the row; a point mass repeats its value. Rows are sorted by value.
        masses: (masses,) values, sorted, that have a token of their own.
        mass_tokens: (masses,) the token of each of them.
        edges: (bins - 1,) lowest value of each bin but the first; bins hold the values left over.
        bin_tokens: (bins,) the token of each bin.
        spans: (tokens, 2) the shares of the values present that lie below each token and up to its
            end; a point mass lies in the middle of its own share.
        has_missing: Whether a last token stands for missing values.
        piece_rows: (tokens, KNOTS) how many values lie in each piece of each token; with
            ``piece_means`` for coarsening the values where they are handed over. None if unknown.
        piece_means: (tokens, KNOTS) their means; the ``DOMINANT`` smallest and largest values
            count in them as the next one does.

    Example:
        Forty hours are usual and get a token of their own, 1; the rest share two bins, 0 and 2.

        >>> hours = np.array([40.0] * 50 + [*range(20, 40), *range(41, 61)])
        >>> quantiles = Quantiles.fit(hours, max_tokens=3)
        >>> quantiles.encode(np.array([20.0, 40.0, 55.0])).round(2).tolist()
        [0.0, 1.5, 2.74]
        >>> quantiles.decode(quantiles.encode(np.array([20.0, 40.0, 55.0]))).tolist()
        [20.0, 40.0, 55.0]
    """

    bounds: Floats
    masses: Floats
    mass_tokens: NDArray[np.int64]
    edges: Floats
    bin_tokens: NDArray[np.int64]
    spans: Floats
    has_missing: bool
    piece_rows: NDArray[np.int64] | None = None
    piece_means: Floats | None = None

    @classmethod
    def of_bounds(cls, bounds: Floats, spans: Floats, has_missing: bool) -> Quantiles:
        """A tokenisation from its values alone; see the attributes of these names."""
        is_mass = bounds[:, 0] == bounds[:, -1]
        masses, bins = np.flatnonzero(is_mass), np.flatnonzero(~is_mass)
        masses = masses[np.argsort(bounds[masses, 0], kind='stable')]
        return cls(
            bounds=bounds,
            masses=bounds[masses, 0],
            mass_tokens=masses,
            edges=np.maximum.accumulate(bounds[bins[1:], 0]),
            bin_tokens=bins,
            spans=spans,
            has_missing=has_missing,
        )

    def scaled(self, step: float, offset: float) -> Quantiles:
        """The tokenisation of values that are ``offset + step`` times as large; ``step`` > 0."""
        means = self.piece_means
        return replace(
            self,
            bounds=self.bounds * float(step) + float(offset),
            masses=self.masses * float(step) + float(offset),
            edges=self.edges * float(step) + float(offset),
            piece_means=None if means is None else means * float(step) + float(offset),
        )

    @property
    def tokens(self) -> int:
        """Number of tokens, the one for missing included."""
        return len(self.bounds) + int(self.has_missing)

    @classmethod
    def fit(cls, values: Floats, max_tokens: int = 128) -> Quantiles:
        """Choose the tokens.

        Args:
            values: (rows,) finite numbers, NaN where missing.
            max_tokens: Most tokens to use, the one for missing left out.

        Returns:
            The tokenisation. A column without any value gets the missing token alone.
        """
        present = np.sort(values[~np.isnan(values)])
        distinct, counts = np.unique(present, return_counts=True)
        if len(distinct) <= min(max_tokens, max(len(present) // ROWS_PER_EXACT_VALUE, 2)):
            heavy = np.ones(len(distinct), dtype=bool)
        else:
            heavy = counts >= max(len(present) / (4 * max_tokens), ROWS_PER_EXACT_VALUE)
            if heavy.sum() > max_tokens // 2:
                heavy &= counts >= np.sort(counts)[-(max_tokens // 2)]
            heavy &= np.cumsum(heavy) <= max_tokens // 2  # equal counts may exceed the budget
        masses = distinct[heavy]
        light = np.repeat(distinct[~heavy], counts[~heavy])
        bins = min(max_tokens - len(masses), max(len(light) // ROWS_PER_BIN, 1))
        edges, inner = _equal_depth(light, bins if len(light) else 0)

        bounds = np.concatenate([np.repeat(masses[:, None], KNOTS + 1, axis=1), inner])
        # The sum of nine huge values would overflow.
        order = np.argsort((bounds / (KNOTS + 1)).sum(axis=1), kind='stable')
        token_of = np.argsort(order, kind='stable')
        fitted = cls(
            bounds=bounds[order],
            masses=masses,
            mass_tokens=token_of[: len(masses)],
            edges=edges,
            bin_tokens=token_of[len(masses) :],
            spans=np.zeros((len(bounds), 2)),
            has_missing=len(present) < len(values),
        )
        piece = np.floor(fitted.encode(present) * KNOTS).astype(np.int64)
        held = np.bincount(piece, minlength=bounds.shape[0] * KNOTS)
        # Means are for others to see: no single row may move one by much.
        tamed = present
        if len(present) > 2 * DOMINANT:
            tamed = np.clip(present, present[DOMINANT], present[-DOMINANT - 1])
        largest = np.abs(tamed).max(initial=0.0)
        scale = 2.0**-64 if largest > HUGE else 1.0  # sums of huge values would overflow
        summed = np.bincount(piece, weights=tamed * scale, minlength=len(held))
        piece_rows = held.reshape(-1, KNOTS)
        share = piece_rows.sum(axis=1) / max(len(present), 1)
        fitted.spans[:] = (np.cumsum(share) - share / 2)[:, None]
        fitted.spans[fitted.bin_tokens] += np.outer(share[fitted.bin_tokens] / 2, [-1.0, 1.0])
        means = (summed / np.maximum(held, 1) / scale).reshape(-1, KNOTS)
        return replace(fitted, piece_rows=piece_rows, piece_means=means)

    def encode(self, values: Floats) -> Floats:
        """Turn numbers into token + position in the bin; a missing value takes the last token.

        Numbers beyond the range seen go to the outermost bin. A missing value, where none was
        seen, cannot be told and stays NaN.
        """
        codes = np.full(len(values), np.nan)
        missing = np.isnan(values)
        if self.has_missing:
            codes[missing] = len(self.bounds)
        if not len(self.bounds):
            codes[~missing] = 0.0
            return codes
        present = values[~missing]
        if len(self.bin_tokens):
            token = self.bin_tokens[np.searchsorted(self.edges, present, side='right')]
        else:
            token = self.mass_tokens[_nearest(self.masses, present)]
        if len(self.masses):
            slot = np.minimum(np.searchsorted(self.masses, present), len(self.masses) - 1)
            is_mass = self.masses[slot] == present
            token = np.where(is_mass, self.mass_tokens[slot], token)
        # Knot after knot: all knots of each value at once would take nine times the memory.
        below = np.zeros(len(present), dtype=np.int64)
        for knot in range(1, KNOTS):
            below += self.bounds[token, knot] <= present
        start, end = self.bounds[token, below], self.bounds[token, below + 1]
        constant = (self.bounds[:, 0] == self.bounds[:, -1])[token]
        position = np.where(constant, 0.5, (below + _share(start, end, present)) / KNOTS)
        codes[~missing] = token + np.clip(position, 0.0, 1.0 - 1e-9)
        return codes

    def decode(self, codes: Floats) -> Floats:
        """Turn token + position back into numbers, NaN for the missing token."""
        token = np.clip(np.floor(codes), 0, self.tokens - 1).astype(np.int64)
        values = np.full(len(codes), np.nan)
        present = token < len(self.bounds)
        token = token[present]
        if not len(token):
            return values
        place = np.clip(codes[present] - token, 0.0, 1.0) * KNOTS
        piece = np.minimum(place.astype(np.int64), KNOTS - 1)
        start, end = self.bounds[token, piece], self.bounds[token, piece + 1]
        values[present] = _between(start, end, place - piece)
        return values


def telling(values: Floats, sampled: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which of some rows to fit to, where not all of them were drawn at random.

    Args:
        values: (rows,) numbers, NaN where missing.
        sampled: (rows,) whether each was drawn at random.

    Returns:
        (rows,) those, with the smallest value, the largest, and a missing one if there is any.
    """
    chosen = sampled.copy()
    missing = np.isnan(values)
    if not missing.all():
        chosen[[np.nanargmin(values), np.nanargmax(values)]] = True
    if missing.any():
        chosen[missing.argmax()] = True
    return chosen


def _equal_depth(light: Floats, bins: int) -> tuple[Floats, Floats]:
    """Cut sorted values into bins of about equal counts; equal values stay together.

    Returns:
        (bins - 1,) lowest value of each bin but the first, and (bins, KNOTS + 1) quantiles inside.
    """
    if bins == 0:
        return np.empty(0), np.empty((0, KNOTS + 1))
    cuts = light[np.arange(1, bins) * len(light) // bins]
    edges = np.unique(cuts[cuts > light[0]])
    starts = np.concatenate([[0], np.searchsorted(light, edges), [len(light)]])
    first, last = starts[:-1, None], starts[1:, None] - 1
    rank = first + (last - first) * np.linspace(0.0, 1.0, KNOTS + 1)
    floor = rank.astype(np.int64)
    ceiling = np.minimum(floor + 1, last)
    return edges, _between(light[floor], light[ceiling], rank - floor)


def _between(start: Floats, end: Floats, share: Floats) -> Floats:
    """The value at a share of the way from ``start`` to ``end``, of any size."""
    with np.errstate(over='ignore', invalid='ignore'):
        width = end - start
        value: Floats = start + share * width
    if np.isfinite(width).all():
        return value
    halved = 2 * (start / 2 + share * (end / 2 - start / 2))  # ends of both signs, and huge
    return np.where(np.isfinite(width), value, halved)


def _share(start: Floats, end: Floats, value: Floats) -> Floats:
    """Which share of the way from ``start`` to ``end`` a value is, from 0 to 1."""
    with np.errstate(over='ignore'):
        huge = ~np.isfinite(end - start)
    if huge.any():
        start, end, value = (np.where(huge, part / 2, part) for part in (start, end, value))
    width = np.where(end > start, end - start, 1.0)
    with np.errstate(over='ignore'):  # a value far beyond the range, and a bin of next to no width
        return np.clip((value - start) / width, 0.0, 1.0)


def _nearest(sorted_values: Floats, values: Floats) -> NDArray[np.int64]:
    """Index of the nearest of ``sorted_values``."""
    right = np.clip(np.searchsorted(sorted_values, values), 1, max(len(sorted_values) - 1, 1))
    right = np.minimum(right, len(sorted_values) - 1)
    left = np.maximum(right - 1, 0)
    closer_left = values - sorted_values[left] <= sorted_values[right] - values
    return np.where(closer_left, left, right)
