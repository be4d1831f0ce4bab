"""The real rows, as codes: what a teacher is fitted to, and a student with data."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from sdv_fair4free.core.pictures import as_values
from sdv_fair4free.core.sensitive import SensitiveLayout


@dataclass(frozen=True, kw_only=True)
class Rows:
    """A table as codes.

    Attributes:
        x: (rows, columns of x) integers.
        s: (rows, columns of s) integers.
        s_positions: (rows, columns of s) float32 in [0, 1): where inside its token a number lies.
        y: (rows, targets) integers.
        pictures: (rows, channels, height, width) uint8; None where there are none.
    """

    x: Tensor
    s: Tensor
    s_positions: Tensor
    y: Tensor
    pictures: Tensor | None = None

    def __len__(self) -> int:
        return len(self.x)

    def to(self, device: torch.device) -> Rows:
        """The same rows on ``device``."""
        return Rows(
            x=self.x.to(device),
            s=self.s.to(device),
            s_positions=self.s_positions.to(device),
            y=self.y.to(device),
            pictures=None if self.pictures is None else self.pictures.to(device),
        )

    def values(self, index: Tensor) -> Tensor | None:
        """The pictures of some rows as numbers from 0 to 1; None where there are none."""
        return None if self.pictures is None else as_values(self.pictures[index])

    def marks(self, layout: SensitiveLayout, index: Tensor) -> Tensor:
        """(rows, width): what the networks are told of the sensitive values of some rows."""
        return layout.marks(self.s[index], self.s_positions[index])

    def groups(self, layout: SensitiveLayout) -> tuple[Tensor, Tensor]:
        """The crossed categories that occur, (groups, categories), and each row's, (rows,)."""
        places = list(layout.categories)
        number = torch.zeros(len(self.s), dtype=torch.int64, device=self.s.device)
        if not places:
            return self.s[:1, places].long(), number
        sizes = [layout.columns[place].size for place in places]
        if math.prod(sizes) >= 2**63:  # crossings that no number tells
            values = self.s[:, places].long()
            groups, group = torch.unique(values, dim=0, return_inverse=True)
            return groups, group
        # One number for each crossing, in the order of the crossings, is sorted far more quickly
        # and in less memory than rows are.
        for place, size in zip(places, sizes, strict=True):
            number.mul_(size).add_(self.s[:, place])
        found, group = torch.unique(number, return_inverse=True)
        codes = []
        for size in reversed(sizes):
            codes.append(found % size)
            found = found // size
        return torch.stack(codes[::-1], dim=1), group
