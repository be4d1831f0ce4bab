"""Take rare categories out of the weights of a generator, and give codes another order.

What was learnt of a category with two rows is learnt of two people. Where such categories must not
leave the house it is not enough to hide their names: their weights go too. Categories that become
one get the mean of their weights, each counted by its rows, and the logit of their sum: if they are
alike but for how often they occur, the merged generator draws exactly what the old one drew.
Where codes merely change places, it always does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from sdv_fair4free.core.flow import ConditionalFlow
from sdv_fair4free.core.generator import RowGenerator
from sdv_fair4free.core.networks import Decoder, Linear
from sdv_fair4free.core.pictures import Painter
from sdv_fair4free.core.schema import Schema
from sdv_fair4free.core.sensitive import SensitiveLayout
from sdv_fair4free.core.shape import GeneratorShape


@dataclass(frozen=True, kw_only=True)
class Merge:
    """Which codes become one, and where each goes.

    Attributes:
        into: (old,) int64: the new code of each; every new code has an old one.
        share: (old,) the part of the new code's rows that each brings; they add up to 1 by new
            code.
    """

    into: Tensor
    share: Tensor

    @classmethod
    def of(cls, into: Tensor, counts: Tensor) -> Merge:
        """From the rows of each old code; codes without any row count alike."""
        size = int(into.max()) + 1 if len(into) else 0
        counts = counts.double()
        total = torch.zeros(size, dtype=torch.float64).index_add_(0, into, counts)
        counts = torch.where(total[into] > 0, counts, 1.0)
        total = torch.zeros(size, dtype=torch.float64).index_add_(0, into, counts)
        return cls(into=into, share=(counts / total[into]).float())

    @classmethod
    def nothing(cls, size: int) -> Merge:
        """Codes that stay as they are."""
        return cls(into=torch.arange(size), share=torch.ones(size))

    @classmethod
    def stacked(cls, merges: Sequence[Merge]) -> Merge:
        """Of columns laid end to end."""
        start, into = 0, []
        for merge in merges:
            into.append(merge.into + start)
            start += merge.size
        empty = torch.empty(0)
        return cls(
            into=torch.cat([empty.long(), *into]),
            share=torch.cat([empty, *(merge.share for merge in merges)]),
        )

    @property
    def size(self) -> int:
        """Number of new codes."""
        return int(self.into.max()) + 1 if len(self.into) else 0

    @property
    def changes(self) -> bool:
        """Whether any code becomes another."""
        return not torch.equal(self.into, torch.arange(len(self.into)))

    def ordered(self, order: Tensor) -> Merge:
        """The same with new codes in another order: the first is that which was ``order[0]``."""
        return Merge(into=order.argsort()[self.into], share=self.share)

    def mean(self, rows: Tensor) -> Tensor:
        """(new, width) means of (old, width) ``rows``."""
        made = rows.new_zeros(self.size, *rows.shape[1:])
        return made.index_add_(0, self.into, rows * self.share[:, None])

    def total_logit(self, logits: Tensor) -> Tensor:
        """(new,): of categories that share a sum, the logit of that sum, from (old,) ``logits``."""
        surprise = -self.share.clamp(min=1e-30).log()
        made = logits.new_zeros(self.size)
        return made.index_add_(0, self.into, self.share * (logits + surprise))


def merged_generator(
    old: RowGenerator,
    schema: Schema,
    x: Sequence[Merge],
    s: Sequence[Merge | None],
    y: Sequence[Merge],
    groups: Tensor,
    shares: Tensor,
) -> RowGenerator:
    """A generator of fewer categories, or of categories in another order.

    Args:
        old: The generator; left as it is.
        schema: That of the new one: the columns in the same order, of the new codes.
        x: For each column of ``x``.
        s: For each sensitive column; None for numbers.
        y: For each target.
        groups: (groups, categories) the crossings that remain, in new codes.
        shares: (groups,) how often they occur.

    Returns:
        The new generator.
    """
    new = GeneratorShape.of(old).untrained(schema, groups, shares)
    tokens, marks = Merge.stacked(x), _marks(old.schema.s, s)
    latent = Merge.nothing(schema.latent)
    told = Merge.stacked([latent, marks])
    with torch.no_grad():
        _merge_decoder(old.decoder, new.decoder, tokens, told if schema.decoder_sees_s else latent)
        if new.fair_head is not None and new.plain_head is not None:
            assert old.fair_head is not None
            assert old.plain_head is not None
            outcomes = Merge.stacked(y)
            _merge_decoder(old.fair_head, new.fair_head, outcomes, latent)
            _merge_decoder(old.plain_head, new.plain_head, outcomes, told)
        if new.painter is not None:
            assert old.painter is not None
            _merge_painter(old.painter, new.painter, told if schema.decoder_sees_s else latent)
        if new.law.decoder is not None:
            assert old.law.decoder is not None
            numbers = Merge.nothing(old.law.decoder.layout.tokens)
            categories = [merge for merge in s if merge is not None]
            _merge_decoder(old.law.decoder, new.law.decoder, numbers, Merge.stacked(categories))
        if new.observed is not None:
            assert old.observed is not None
            _merge_flow(old.observed, new.observed, marks)
    return new.requires_grad_(False)


def _marks(layout: SensitiveLayout, s: Sequence[Merge | None]) -> Merge:
    """The merge of what networks are told of the sensitive values."""
    none = torch.zeros(1, dtype=torch.int64), torch.zeros(1)
    return Merge.stacked(
        [
            Merge.nothing(column.marks(*none).shape[1]) if merge is None else merge
            for column, merge in zip(layout.columns, s, strict=True)
        ]
    )


def _merge_inputs(old: Linear, new: Linear, inputs: Merge) -> None:
    new.weight.copy_(inputs.mean(old.weight.T).T)
    new.bias.copy_(old.bias)


def _merge_decoder(old: Decoder, new: Decoder, tokens: Merge, context: Merge) -> None:
    new.table.shared.copy_(old.table.shared)
    # What features say is said again by the new ones; the rest is the token's own.
    new.table.own.zero_()
    told = new.table.forward()
    new.table.own.copy_(tokens.mean(old.table.forward()) - told)
    _merge_inputs(old.context, new.context, context)
    new.blocks.load_state_dict(old.blocks.state_dict())
    new.output.weight.copy_(tokens.mean(old.output.weight))
    new.output.bias.copy_(tokens.total_logit(old.output.bias))
    if new.direct is not None:
        assert old.direct is not None
        rows, _ = old.direct.shape
        into, share = tokens.into[:rows], tokens.share[:rows, None]
        pairs = old.output.bias.new_zeros(new.direct.shape[0], old.direct.shape[1])
        pairs.index_add_(0, into, old.direct.table() * share)
        new.direct.take(tokens.mean(pairs.T).T)


def _merge_painter(old: Painter, new: Painter, context: Merge) -> None:
    weights = old.state_dict()
    for name in ('first.weight', 'told.weight'):
        weights[name] = context.mean(weights[name].T).T
    new.load_state_dict(weights)


def _merge_flow(old: ConditionalFlow, new: ConditionalFlow, marks: Merge) -> None:
    weights = old.state_dict()
    for place, law in enumerate(old.laws):
        inputs = Merge.stacked([marks, Merge.nothing(place)])
        name = f'laws.{place}.first.weight'
        weights[name] = inputs.mean(law.get_parameter('first.weight').T).T
    new.load_state_dict(weights)
