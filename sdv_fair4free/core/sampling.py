"""Draw rows from a decoder, each hidden unit evaluated once.

A plain forward pass per column would cost as many passes as there are columns. Hidden units are
sorted by degree, so that when column ``c`` is known only the units of degree ``c + 1`` are new:
they are appended, and a row costs about one pass in all.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from sdv_fair4free.core.likelihood import LOGIT_BOUND
from sdv_fair4free.core.networks import Decoder, Linear

Walk = Generator[Tensor, Tensor | None, None]
"""A walk over columns: yields the logits of each, and is sent the codes drawn from them."""


@dataclass(frozen=True, kw_only=True)
class FoldedDecoder:
    """The weights of a decoder with masks multiplied in, ready for sampling.

    Attributes:
        decoder: Whose weights they are.
        first: (width, context), and its bias (width,): what the context adds to the first layer.
        table: (tokens, width) what each token adds to it.
        injected: (depth * width, context), and what is added once (depth * width, 1): what the
            context adds to each later layer, with the bias of that layer.
        blocks: (width, width) each.
        output: (tokens, width), and its bias (tokens,).
    """

    decoder: Decoder
    first: tuple[Tensor, Tensor]
    table: Tensor
    injected: tuple[Tensor, Tensor]
    blocks: tuple[Tensor, ...]
    output: tuple[Tensor, Tensor]

    @classmethod
    @torch.no_grad()
    def of(cls, decoder: Decoder, dtype: torch.dtype = torch.float32) -> FoldedDecoder:
        """Fold the masks of ``decoder`` into its weights; matrix products are of ``dtype``."""
        blocks = [block for block in decoder.blocks if isinstance(block, Linear)]
        context, width = decoder.context, decoder.width
        added = torch.cat([context.bias[:0], *(block.bias for block in blocks)])
        return cls(
            decoder=decoder,
            first=(context.weight[:width], context.bias[:width]),
            table=decoder.table.forward() * decoder.input_mask,
            injected=(context.weight[width:], (context.bias[width:] + added)[:, None]),
            blocks=tuple(block.folded().to(dtype) for block in blocks),
            output=(decoder.output.folded().to(dtype), decoder.output.bias.to(dtype)),
        )

    def columns(self, context: Tensor) -> Walk:
        """Walk over the columns; whoever walks says what was drawn.

        Hidden layers lie with a row for each unit, so that the units of a degree are contiguous.

        Args:
            context: (rows, context): what every column may depend on.

        Yields:
            For each column its logits, (rows, size), which may be written over; the codes drawn,
            (rows,) int64, must be sent back.
        """
        decoder, (output, bias) = self.decoder, self.output
        width, depth, rows = decoder.width, len(self.blocks), len(context)
        # Sums of inputs, filled up as columns become known: by rows, for tokens add to whole rows.
        first = F.linear(context, *self.first)
        weight, added = self.injected
        injected = torch.addmm(added, weight, context.T).view(depth, width, rows)
        active = [  # silu of each layer
            torch.empty(width, rows, dtype=output.dtype, device=context.device)
            for _ in range(depth + 1)
        ]
        for c, size in enumerate(decoder.sizes):
            old, new = decoder.first_unit[c], decoder.first_unit[c + 1]
            h = first[:, old:new].T.contiguous()
            active[0][old:new] = F.silu(h)
            for layer, block in enumerate(self.blocks):
                h += injected[layer, old:new]
                h += block[old:new, :new] @ active[layer][:new]
                active[layer + 1][old:new] = F.silu(h)
            start = decoder.offsets[c]
            logits = F.linear(
                active[depth][:new].T,
                output[start : start + size, :new],
                bias[start : start + size],
            )
            codes = yield logits.float().clamp_(-LOGIT_BOUND, LOGIT_BOUND)
            assert codes is not None  # only the first `send` has nothing to tell
            if new < width:
                token = self.table[start : start + size, new:]
                first[:, new:] += token.index_select(0, codes)

    def draws(self, context: Tensor, uniforms: Tensor) -> Iterator[tuple[Tensor, Tensor]]:
        """Draw column after column.

        Args:
            context: (rows, context): ``u`` and the marks of ``s``.
            uniforms: (rows, columns) in [0, 1): the only randomness, one number per cell, so that
                a row depends on its own numbers alone.

        Yields:
            For each column the weights of its categories, (rows, size), and the codes drawn,
            (rows,) int64.
        """
        return drawn_from(self.columns(context), uniforms)


def drawn_from(walk: Walk, uniforms: Tensor) -> Iterator[tuple[Tensor, Tensor]]:
    """Draw what a walk over columns asks for.

    Args:
        walk: Yields the (rows, size) logits of a column, and takes the codes drawn from them.
        uniforms: (rows, columns) in [0, 1).

    Yields:
        For each column the weights of its categories, (rows, size), as likely as they are large;
        and the codes drawn, (rows,) int64.
    """
    codes: Tensor | None = None
    for c in range(uniforms.shape[1]):
        weights = walk.send(codes).exp_()
        codes = _reached(weights, uniforms[:, c])
        yield weights, codes


def mixed_columns(parts: Sequence[tuple[FoldedDecoder, Tensor, float]]) -> Walk:
    """Walk over the columns of a mixture, in log space, of decoders of the same columns.

    Args:
        parts: Decoders, their (rows, context), and their weights, which add up to 1; a decoder of
            weight 0 is not asked.

    Yields:
        For each column its logits, as :meth:`FoldedDecoder.columns` does.
    """
    asked = [(folded.columns(context), weight) for folded, context, weight in parts if weight]
    codes: Tensor | None = None
    while True:
        mixed = torch.zeros(())
        try:
            for walk, weight in asked:
                mixed = weight * walk.send(codes).log_softmax(1) + mixed
        except StopIteration:  # all decoders have the same columns, so the first one ends it
            return
        codes = yield mixed.clamp(min=-LOGIT_BOUND)


def draw(logits: Tensor, uniforms: Tensor) -> Tensor:
    """Draw categories by the inverse of their distribution function.

    Args:
        logits: (rows, categories), within +-``LOGIT_BOUND``.
        uniforms: (rows,) in [0, 1).

    Returns:
        (rows,) int64 codes.
    """
    return _reached(logits.exp(), uniforms)


def _reached(weights: Tensor, uniforms: Tensor) -> Tensor:
    """(rows,) int64: where the sums of the positive weights reach these shares of all."""
    summed = weights.cumsum(1)
    reached = (uniforms * summed[:, -1])[:, None]
    codes = torch.searchsorted(summed, reached, right=True)[:, 0]
    return codes.clamp_(max=weights.shape[1] - 1)


def draw_by_weight(weights: Tensor, uniforms: Tensor) -> Tensor:
    """Draw categories as often as their weights say; those of weight 0 are never drawn.

    Args:
        weights: (rows, categories) of at least 0, and above 0 in sum.
        uniforms: (rows,) in [0, 1).

    Returns:
        (rows,) int64 codes.
    """
    summed = weights.cumsum(1)
    # Below the sum even after rounding: what is reached then lies in a category with a weight.
    whole = summed[:, -1]
    reached = torch.minimum(uniforms * whole, whole.nextafter(torch.zeros_like(whole)))
    return torch.searchsorted(summed, reached[:, None], right=True)[:, 0]
