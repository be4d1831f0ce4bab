"""The shape of a generator, apart from its weights: to build one that weights can be put into."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from sdv_fair4free.core.flow import ConditionalFlow
from sdv_fair4free.core.generator import RowGenerator
from sdv_fair4free.core.networks import Decoder
from sdv_fair4free.core.schema import Schema
from sdv_fair4free.core.sensitive import SensitiveLaw


@dataclass(frozen=True, kw_only=True)
class GeneratorShape:
    """Sizes that the schema does not tell.

    Attributes:
        width: Hidden units of the decoder.
        depth: Its residual blocks.
        head_width: Hidden units of the target heads; 1 if there are none.
        observed: Whether noise is carried to where the real rows lie.
        picture_width: Channels of the painter's maps of half the size; 1 if there is none.
    """

    width: int
    depth: int
    head_width: int
    observed: bool
    picture_width: int = 1

    @classmethod
    def of(cls, generator: RowGenerator) -> GeneratorShape:
        """The shape of a generator."""
        head = generator.fair_head
        return cls(
            width=generator.decoder.width,
            depth=len(generator.decoder.blocks),
            head_width=1 if head is None else head.width,
            observed=generator.observed is not None,
            picture_width=1 if generator.painter is None else generator.painter.width,
        )

    def decoder_weights(self, schema: Schema) -> int:
        """Number of weights of the decoder, without making one."""
        return Decoder.parameter_count(
            schema.x, schema.context, self.width, self.depth, schema.x_direct
        )

    def untrained(self, schema: Schema, groups: Tensor, shares: Tensor) -> RowGenerator:
        """A generator of this shape with meaningless weights.

        Args:
            schema: The shape of the table.
            groups: (groups, categories) int64: the crossings that exist.
            shares: (groups,) how often they do.
        """
        seed = torch.Generator().manual_seed(0)
        observed = None
        if self.observed:
            width = schema.observed_width
            observed = ConditionalFlow(schema.latent, schema.s.width, seed, width)
        return RowGenerator(
            schema,
            SensitiveLaw(schema.s, groups, shares),
            observed,
            width=self.width,
            depth=self.depth,
            head_width=self.head_width,
            dropout=0.0,
            seed=seed,
            picture_width=self.picture_width,
        ).eval()
