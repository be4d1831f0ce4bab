"""Where the tokens of each column lie in one flat row, so that no loss walks over columns."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from sdv_fair4free.core.diagonal import Membership, column_of_token

UNSEEN = 0.5
"""How often a token counts that is in none of the rows."""
LEVELS = 16
"""Steps in which networks are told where on a scale a value lies."""


def thermometer(rank: Tensor) -> Tensor:
    """Tell a place on a scale, so that near places look alike and no two the same.

    Args:
        rank: (values,) within [0, 1].

    Returns:
        (values, LEVELS): how far each step of the scale is filled.
    """
    steps = torch.arange(LEVELS, device=rank.device)
    filled: Tensor = (rank[:, None] * LEVELS - steps).clamp(0.0, 1.0) * (2.0 / LEVELS**0.5)
    return filled


def scale_features(spans: Tensor) -> Tensor:
    """What the networks are told of tokens on a scale.

    Args:
        spans: (tokens, 2) where each begins and ends, from 0 to 1; NaN for missing.

    Returns:
        (tokens, LEVELS + 1): the middle as a thermometer, and whether there is one.
    """
    middle = spans.mean(1)
    present = ~middle.isnan()
    told = thermometer(middle.nan_to_num(0.0)) * present[:, None]
    return torch.cat([told, present[:, None].float()], dim=1)


@dataclass(frozen=True, kw_only=True)
class Layout:
    """Columns of tokens laid end to end.

    Attributes:
        sizes: Number of tokens of each column, at least 1 each.
        features: For each column (tokens, features), fixed numbers that describe its tokens to the
            networks: a quantile token says where on the scale it lies, so that neighbours start
            alike. Columns do not share them, and may have none.
    """

    sizes: tuple[int, ...]
    features: tuple[Tensor, ...]

    def __setstate__(self, state: dict[str, Any]) -> None:
        if isinstance(state['features'], Tensor):  # of all columns, as it was at first
            raise ValueError(
                'This was saved by a state of sdv-fair4free before its first release, and cannot '
                'be read any more: fit it anew, or take the file that export wrote.'
            )
        self.__dict__.update(state)

    @classmethod
    def of(cls, sizes: tuple[int, ...] | list[int]) -> Layout:
        """Lay out plain categories, which have nothing to say but their name."""
        return cls(sizes=tuple(sizes), features=tuple(torch.zeros(size, 0) for size in sizes))

    @classmethod
    def stacked(cls, blocks: Sequence[Tensor]) -> Layout:
        """Lay out columns by the (tokens, features) of each."""
        return cls(sizes=tuple(len(block) for block in blocks), features=tuple(blocks))

    @property
    def tokens(self) -> int:
        """Number of tokens of all columns together."""
        return sum(self.sizes)

    @property
    def offsets(self) -> tuple[int, ...]:
        """First token of each column, and the end of the last: one more than there are columns."""
        ends = [0]
        for size in self.sizes:
            ends.append(ends[-1] + size)
        return tuple(ends)

    @property
    def features_told(self) -> int:
        """Number of features of all columns together."""
        return sum(told.shape[1] for told in self.features)

    def column_of_token(self) -> Tensor:
        """(tokens,) int64: the column that each token belongs to."""
        return column_of_token(self.sizes)

    def membership(self) -> Membership:
        """Which token belongs to which column."""
        return Membership(self.sizes)

    def at(self, codes: Tensor) -> Tensor:
        """The token of each value.

        Args:
            codes: (rows, columns) integers, ``0 <= codes[:, c] < sizes[c]``.

        Returns:
            (rows, columns) int64.
        """
        return codes.long() + _first_tokens(self.offsets[:-1], codes.device)

    def shares(self, codes: Tensor, weights: Tensor) -> Tensor:
        """How often each token comes, told from some rows: as if each had come half a time more.

        Args:
            codes: (rows, columns) integers, ``0 <= codes[:, c] < sizes[c]``.
            weights: (rows,) how much each row counts.

        Returns:
            (tokens,) single precision, which add up to 1 for each column.
        """
        at = self.at(codes)
        each = weights[:, None].expand(at.shape)
        sums = each.new_full((self.tokens,), UNSEEN)
        sums.index_add_(0, at.reshape(-1), each.reshape(-1))
        column = self.column_of_token().to(sums.device)
        of_columns = sums.new_zeros(len(self.sizes)).index_add_(0, column, sums)
        return sums / of_columns[column]


@functools.lru_cache(maxsize=64)
def _first_tokens(offsets: tuple[int, ...], device: torch.device) -> Tensor:
    """Kept on the device: to send them anew for every batch would make it wait."""
    return torch.tensor(offsets, dtype=torch.int64, device=device)
