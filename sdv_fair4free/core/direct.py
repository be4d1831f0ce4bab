"""What tokens say of the columns after theirs, whatever else is known: direct connections.

A masked network may tell its inputs to its outputs without a detour (Germain et al. 2015, section
4.2). Each pair of tokens has a weight of its own then, so that how two columns hang together is
learnt at once, and the hidden units are left to what more than two tell.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from sdv_fair4free.core.layout import Layout
from sdv_fair4free.core.slopes import summed

TOLD = 2
"""Tokens that tell others directly are at most so many for each hidden unit: then there are no more
weights of pairs than of tokens and hidden units."""


def count_telling(sizes: Sequence[int], width: int) -> int:
    """How many columns, from the first on, tell those after them directly.

    Of fewer tokens no fewer columns do, so that none falls silent where tokens are merged.

    Args:
        sizes: Tokens of each column, in the order in which they are drawn.
        width: Hidden units.
    """
    tokens = 0
    for column, size in enumerate(sizes[:-1]):
        tokens += size
        if tokens > TOLD * width:
            return column
    return max(len(sizes) - 1, 0)


def count_pairs(sizes: Sequence[int], width: int) -> int:
    """Number of weights of :class:`Direct`, without making one."""
    telling = range(count_telling(sizes, width))
    return sum(sizes[column] * sum(sizes[column + 1 :]) for column in telling)


class Direct(nn.Module):
    """A weight for each token of the first columns and each token of a column after it.

    Args:
        layout: Tokens of the columns, in the order in which they are drawn.
        width: Hidden units of the network beside it.
    """

    places: Tensor

    def __init__(self, layout: Layout, width: int) -> None:
        super().__init__()
        self.columns = count_telling(layout.sizes, width)
        self.shape = layout.offsets[self.columns], layout.tokens
        column = layout.column_of_token()
        after = column[None, :] > column[: self.shape[0], None]
        self.weight = nn.Parameter(torch.zeros(int(after.sum())))
        self.register_buffer('places', after.flatten().nonzero()[:, 0], persistent=False)

    def table(self) -> Tensor:
        """(tokens that tell, tokens): what each adds to each logit; 0 where it comes too late."""
        rows, tokens = self.shape
        flat = self.weight.new_zeros(rows * tokens).index_copy(0, self.places, self.weight)
        return flat.view(rows, tokens)

    @torch.no_grad()
    def take(self, table: Tensor) -> None:
        """Take weights from a table like :meth:`table`."""
        self.weight.copy_(table.flatten()[self.places])

    def forward(self, at: Tensor) -> Tensor:
        """(rows, tokens): what the tokens of rows add to the logits.

        Args:
            at: (rows, columns) int64: the token of each value, see :meth:`Layout.at`.
        """
        return summed(self.table(), at[:, : self.columns])
