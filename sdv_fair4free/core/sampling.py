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
from sdv_fair4free.core.slopes import as_given

FEW = 64
"""Categories of a column below which they lie, and are drawn from, with a row for each."""
UNITS = 32
"""Hidden units of a layer that are evaluated with one reading of those before."""
Walk = Generator[Tensor, Tensor | None, None]
"""A walk over columns: yields the logits of each, and is sent the codes drawn from them."""


@dataclass(frozen=True, kw_only=True)
class _Stage:
    """Columns drawn one after the other, for which all that is known before is read once.

    Attributes:
        columns: Which.
        units: Of their degrees, in every hidden layer.
        tokens: Theirs.
        first: (units, context + 1) what the context, and the constant 1, add to the first layer.
        before: (tokens before, units) what each token of the columns before adds to it.
        own: (units, tokens) what each of their own adds to it.
        pairs: (tokens before, tokens) what each of those that tell directly adds to their logits.
        own_pairs: (tokens, tokens) what each of their own adds to the logits after it.
    """

    columns: range
    units: slice
    tokens: slice
    first: Tensor
    before: Tensor
    own: Tensor
    pairs: Tensor
    own_pairs: Tensor


@dataclass(frozen=True, kw_only=True)
class FoldedDecoder:
    """The weights of a decoder with masks multiplied in, ready for sampling.

    Attributes:
        decoder: Whose weights they are.
        stages: The columns, a few at a time.
        blocks: (width, context + 1 + width) each: what the context, the constant 1 and the units of
            the layer before add to each unit.
        output: (tokens, context + 1 + width): and to each logit.
    """

    decoder: Decoder
    stages: tuple[_Stage, ...]
    blocks: tuple[Tensor, ...]
    output: Tensor

    @classmethod
    @torch.no_grad()
    def of(cls, decoder: Decoder, dtype: torch.dtype = torch.float32) -> FoldedDecoder:
        """Fold the masks of ``decoder`` into its weights; hidden layers are of ``dtype``."""
        told = torch.cat([decoder.context.weight, decoder.context.bias[:, None]], dim=1)
        first, *injected = told.to(dtype).split(decoder.width)
        table = decoder.table.forward() * decoder.input_mask
        pairs = table.new_zeros(0, decoder.layout.tokens)
        if decoder.direct is not None:
            pairs = decoder.direct.table()
        stages, blocks = [], []
        for columns in _shared_out(decoder):
            units = slice(decoder.first_unit[columns.start], decoder.first_unit[columns.stop])
            tokens = slice(decoder.offsets[columns.start], decoder.offsets[columns.stop])
            own = table.new_zeros(tokens.stop - tokens.start, tokens.stop - tokens.start)
            own[:, : len(pairs[tokens])] = pairs[tokens, tokens].T
            stages.append(
                _Stage(
                    columns=columns,
                    units=units,
                    tokens=tokens,
                    first=first[units],
                    before=table[: tokens.start, units].contiguous(),
                    own=table[tokens, units].T.to(dtype).contiguous(),
                    pairs=pairs[: tokens.start, tokens].contiguous(),
                    own_pairs=own.to(dtype),
                )
            )
        for block, extra in zip(decoder.blocks, injected, strict=True):
            assert isinstance(block, Linear)
            blocks.append(torch.cat([extra, block.folded().to(dtype)], dim=1))
            blocks[-1][:, extra.shape[1] - 1] += block.bias
        none = decoder.output.weight.new_zeros(decoder.layout.tokens, told.shape[1] - 1)
        output = [none, decoder.output.bias[:, None], decoder.output.folded()]
        return cls(
            decoder=decoder,
            stages=tuple(stages),
            blocks=tuple(blocks),
            output=torch.cat(output, dim=1).to(dtype),
        )

    @torch.no_grad()
    def columns(self, context: Tensor) -> Walk:
        """Walk over the columns; whoever walks says what was drawn.

        Hidden layers lie with a row for each unit, so that the units of a degree are contiguous.

        Args:
            context: (rows, context): what every column may depend on.

        Yields:
            For each column its logits, (rows, size), which may be written over; the codes drawn,
            (rows,) int64, must be sent back.
        """
        decoder, output = self.decoder, self.output
        depth, rows, lead = len(self.blocks), len(context), context.shape[1] + 1
        told = torch.cat([context, context.new_ones(rows, 1)], dim=1).T.to(output.dtype)
        # The context, the constant 1, and silu of the units as columns become known.
        active = told.new_empty(depth + 1, lead + decoder.width, rows)
        active[:, :lead] = told
        telling = 0 if decoder.direct is None else decoder.direct.columns
        drawn: list[Tensor] = []
        for stage in self.stages:
            begin, units, known = stage.units.start, stage.units, slice(lead + stage.units.start)
            first = stage.first @ active[0, :lead]
            at = torch.stack(drawn, dim=1) if drawn else None
            if at is not None and len(first):
                first += F.embedding_bag(at, stage.before, mode='sum').T
            sums = [block[units, known] @ active[i, known] for i, block in enumerate(self.blocks)]
            logits = output[stage.tokens, known] @ active[depth, known]
            if at is not None and telling:
                logits += F.embedding_bag(at[:, :telling], stage.pairs, mode='sum').T
            for c in stage.columns:
                start, end = decoder.offsets[c], decoder.offsets[c + 1]
                own = slice(decoder.first_unit[c] - begin, decoder.first_unit[c + 1] - begin)
                new = slice(lead + decoder.first_unit[c], lead + decoder.first_unit[c + 1])
                here = slice(known.stop, new.stop)
                h = first[own]
                active[0, new] = F.silu(h)
                for layer, block in enumerate(self.blocks):
                    weight = block[decoder.first_unit[c] : decoder.first_unit[c + 1], here]
                    h += sums[layer][own].addmm_(weight, active[layer, here])
                    active[layer + 1, new] = F.silu(h)
                place = start - stage.tokens.start
                asked = logits[place : place + end - start]
                asked.addmm_(output[start:end, here], active[depth, here])
                codes = yield asked.float().clamp_(-LOGIT_BOUND, LOGIT_BOUND).T
                assert codes is not None  # only the first `send` has nothing to tell
                drawn.append(codes + start)
                inside, after = codes + place, place + end - start
                if own.stop < len(first):
                    first[own.stop :] += stage.own[own.stop :].index_select(1, inside)
                if c < telling:
                    logits[after:] += stage.own_pairs[after:].index_select(1, inside)

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


def _shared_out(decoder: Decoder) -> Iterator[range]:
    """The columns, a few at a time: so many that there are ``UNITS`` units for them."""
    columns, start = len(decoder.sizes), 0
    for c in range(1, columns + 1):
        ended = c == columns
        if ended or decoder.first_unit[c + 1] - decoder.first_unit[start] > UNITS:
            yield range(start, c)
            start = c


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
    size = weights.shape[1]
    if size < FEW:
        with as_given(weights.device):
            summed = weights.new_ones(size, size).tril_() @ weights.T
        passed = summed <= uniforms * summed[-1]
        codes = passed.view(torch.uint8).sum(0, dtype=torch.uint8).long()
    else:
        summed = weights.cumsum(1)
        reached = (uniforms * summed[:, -1])[:, None]
        codes = torch.searchsorted(summed, reached, right=True)[:, 0]
    return codes.clamp_(max=size - 1)


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
