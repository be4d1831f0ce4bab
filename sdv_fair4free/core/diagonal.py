"""Products with matrices that are 0 but for a block for each column of a table, in blocks.

A table of hundreds of columns has thousands of tokens. As a full matrix, what is told of each token
would be nearly all zeros, and to multiply by them would take longer than all the rest of a step.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

TOGETHER = 2**14
"""Neighbouring blocks are one rectangle up to so many numbers: then one product takes less time
than several."""


class Rectangle(NamedTuple):
    """A part of a matrix outside of which its rows and columns are 0."""

    rows: slice
    columns: slice
    numbers: Tensor


class BlockDiagonal(nn.Module):
    """A fixed matrix of blocks along its diagonal.

    Args:
        blocks: (height, width) of each, from the upper left to the lower right; may have no rows or
            no columns.
        together: Neighbours are put together up to so many numbers.
    """

    packed: Tensor

    def __init__(self, blocks: Sequence[Tensor], together: int = TOGETHER) -> None:
        super().__init__()
        groups: list[list[Tensor]] = []
        height = width = 0
        for block in blocks:
            height, width = height + block.shape[0], width + block.shape[1]
            if not groups or height * width > together:
                groups.append([])
                height, width = block.shape
            groups[-1].append(block)
        rectangles = [torch.block_diag(*group) for group in groups]
        self.shapes = tuple((part.shape[0], part.shape[1]) for part in rectangles)
        self.shape = sum(h for h, _ in self.shapes), sum(w for _, w in self.shapes)
        flat = [part.flatten() for part in rectangles] or [torch.zeros(0)]
        self.register_buffer('packed', torch.cat(flat).float(), persistent=False)

    def rectangles(self) -> Iterator[Rectangle]:
        """The parts that are not 0."""
        at = top = left = 0
        for height, width in self.shapes:
            numbers = self.packed[at : at + height * width].view(height, width)
            yield Rectangle(slice(top, top + height), slice(left, left + width), numbers)
            at, top, left = at + height * width, top + height, left + width

    def added_to(self, given: Tensor, right: Tensor) -> Tensor:
        """``given + self @ right``, of (rows, n) and (columns, n); slopes flow to both."""
        found: Tensor = _AddedTo.apply(given, right, self)  # type: ignore[no-untyped-call]
        return found

    def after(self, left: Tensor) -> Tensor:
        """``left @ self``, of (n, rows)."""
        parts = [left[:, part.rows] @ part.numbers for part in self.rectangles()]
        if len(parts) == 1:
            return parts[0]
        return torch.cat(parts, dim=1) if parts else left.new_zeros(len(left), 0)


class _AddedTo(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, given: Tensor, right: Tensor, matrix: BlockDiagonal) -> Tensor:
        ctx.matrix = matrix
        found = given.clone()
        for part in matrix.rectangles():
            if part.numbers.numel():
                found[part.rows].addmm_(part.numbers, right[part.columns])
        return found

    @staticmethod
    @once_differentiable  # type: ignore[untyped-decorator]
    def backward(ctx: Any, slope: Tensor) -> tuple[Tensor, Tensor, None]:
        back = slope.new_zeros(ctx.matrix.shape[1], slope.shape[1])
        for part in ctx.matrix.rectangles():
            torch.mm(part.numbers.T, slope[part.rows], out=back[part.columns])
        return slope, back, None


def column_of_token(sizes: Sequence[int]) -> Tensor:
    """(tokens,) int64: the column that each token belongs to, of columns laid end to end."""
    return torch.repeat_interleave(torch.arange(len(sizes)), torch.tensor(sizes, dtype=torch.int64))


class Membership(nn.Module):
    """Which token belongs to which column: sums tokens by column, and gives columns to tokens.

    Args:
        sizes: Tokens of each column.

    Attributes:
        column: (tokens,) int64: the column of each token.
    """

    column: Tensor

    def __init__(self, sizes: Sequence[int]) -> None:
        super().__init__()
        self.register_buffer('column', column_of_token(sizes), persistent=False)
        self.marks = BlockDiagonal([torch.ones(size, 1) for size in sizes])

    def sums(self, of_tokens: Tensor) -> Tensor:
        """(rows, columns): the sums over each column's of (rows, tokens)."""
        return self.marks.after(of_tokens)

    def spread(self, of_columns: Tensor) -> Tensor:
        """(rows, tokens): what each token's column has, of (rows, columns)."""
        return of_columns.index_select(1, self.column)
