"""Which latent each row was drawn from, kept while SDV makes a table of the rows.

SDV drops rows that break a constraint, and draws others. So each processed row carries a number in
a column that no table has, as far as the finished table; what is painted is painted from the rows
that are left.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from sdv_fair4free.choices import drawing_from
from sdv_fair4free.core.generator import RowGenerator
from sdv_fair4free.core.schema import Drawn

NUMBER = '\0number of the row'
"""The column."""


class Album:
    """Rows drawn in one call, by number."""

    def __init__(self) -> None:
        self._source: RowGenerator | None = None
        self._strength = 1.0
        self._parts: list[tuple[Tensor, Tensor, Tensor]] = []
        self._rows = 0

    def add(
        self, drawn: Drawn, source: RowGenerator, fairness_strength: float
    ) -> NDArray[np.int64]:
        """Remember rows.

        Args:
            drawn: The rows.
            source: What drew them, the same in all of a call.
            fairness_strength: How, the same in all of a call.

        Returns:
            (rows,) their numbers.
        """
        self._source, self._strength = source, fairness_strength
        self._parts.append((drawn.u, drawn.s, drawn.s_positions))
        first, self._rows = self._rows, self._rows + len(drawn.u)
        return np.arange(first, self._rows)

    def paint(self, numbers: NDArray[np.int64]) -> Tensor:
        """The pictures of rows by number, (rows, channels, height, width) uint8."""
        assert self._source is not None, 'no row was drawn'
        u, s, positions = (torch.cat(part) for part in zip(*self._parts, strict=True))
        wanted = torch.from_numpy(numbers)
        with drawing_from(self._source):
            return self._source.paint(u[wanted], s[wanted], positions[wanted], self._strength)


_ALBUM: ContextVar[Album | None] = ContextVar('album', default=None)


def album_in_use() -> Album | None:
    """The album of the call that is under way; None where nobody will paint."""
    return _ALBUM.get()


@contextmanager
def kept_in_album() -> Iterator[Album]:
    """Within the block, rows that are drawn carry their number."""
    album = Album()
    token = _ALBUM.set(album)
    try:
        yield album
    finally:
        _ALBUM.reset(token)
