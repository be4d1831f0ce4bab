"""Whole numbers as floats and back, exactly: floats hold no whole number beyond 2**53."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from sdv_fair4free.quantiles import ROWS_PER_EXACT_VALUE, Floats

EXACT = 2**53
"""Whole numbers up to here are floats without loss."""
MOST_HEAVY = 256
"""Most values of a wide range that are kept exactly, besides its ends."""

Whole = NDArray[np.uint64] | NDArray[np.int64]
"""An array of whole numbers of 64 bits."""


@dataclass(frozen=True, kw_only=True)
class Grid:
    """Whole numbers ``offset + step * k`` with ``k`` from 0 to ``top``; ``k`` is what floats hold.

    The ends of the range always come back exactly. So does everything between them while ``top``
    is at most 2**53, and in a wider range the values that many rows share.

    Attributes:
        offset: The smallest value.
        step: Greatest common divisor of all distances from it.
        top: The largest ``k``.
        heavy: Values ``k`` to keep exactly where the range is too wide for floats.
        signed: Whether the values are signed.

    Example:
        >>> values = np.array([2**60 + 1, 2**60 + 4, 2**60 + 10])
        >>> grid = Grid.of(values)
        >>> grid.to_floats(values).tolist()
        [0.0, 1.0, 3.0]
        >>> (grid.to_whole(grid.to_floats(values)) == values).all().item()
        True
    """

    offset: int
    step: int
    top: int
    signed: bool
    heavy: NDArray[np.uint64] = field(default_factory=lambda: np.empty(0, dtype=np.uint64))

    @classmethod
    def of(cls, values: Whole) -> Grid:
        """The grid of the values, at least one, signed or unsigned with 64 bits."""
        offset = int(values.min())
        # In 64 bits a difference wraps round to its right value, however far apart the two are.
        apart = values.view(np.uint64) - np.uint64(offset % 2**64)
        distinct, counts = np.unique(apart, return_counts=True)
        step = max(int(np.gcd.reduce(distinct)), 1)
        heavy = distinct[:0]
        top = int(distinct[-1]) // step
        if top > EXACT:
            shared = counts >= ROWS_PER_EXACT_VALUE
            heavy = np.sort(
                distinct[shared][np.argsort(-counts[shared], kind='stable')][:MOST_HEAVY]
            )
        return cls(
            offset=offset,
            step=step,
            top=top,
            signed=values.dtype.kind == 'i',
            heavy=heavy // np.uint64(step),
        )

    def holds(self, values: Whole) -> NDArray[np.bool_]:
        """(rows,) whether values lie within the ends."""
        low, high = self.offset, self.offset + self.step * self.top
        kind = np.iinfo(values.dtype)
        inside: NDArray[np.bool_] = (values >= max(low, int(kind.min))) & (
            values <= min(high, int(kind.max))
        )
        return inside

    def to_floats(self, values: Whole) -> Floats:
        """(rows,) ``k`` of each value, those beyond the ends taken to them."""
        low, high = self.offset, self.offset + self.step * self.top
        inside = values.clip(values.dtype.type(low), values.dtype.type(high))
        apart = inside.view(np.uint64) - np.uint64(low % 2**64)
        floats: Floats = (apart // np.uint64(self.step)).astype(np.float64)
        return floats

    def of_floats(self, values: Floats) -> Floats:
        """(rows,) about ``k`` of values that are floats already, NaN where missing."""
        return (values - float(self.offset)) / float(self.step)

    def to_whole(self, floats: Floats) -> Whole:
        """(rows,) the values nearest to each finite ``k``."""
        nearest = np.round(floats).clip(0.0, float(self.top))
        at_end = nearest == float(self.top)
        k = np.where(at_end, 0.0, nearest).astype(np.uint64)
        k[at_end] = np.uint64(self.top)
        if len(self.heavy):
            known = self.heavy.astype(np.float64)
            slot = np.minimum(np.searchsorted(known, nearest), len(known) - 1)
            k = np.where(known[slot] == nearest, self.heavy[slot], k)
        whole = k * np.uint64(self.step) + np.uint64(self.offset % 2**64)
        return whole.view(np.int64) if self.signed else whole
