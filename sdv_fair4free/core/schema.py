"""The shape of a table as the networks see it, and the rows that they draw."""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from torch import Tensor

from sdv_fair4free.core.flow import FLOW_WIDTH
from sdv_fair4free.core.layout import Layout
from sdv_fair4free.core.pictures import PictureShape
from sdv_fair4free.core.sensitive import SensitiveLayout

NARROW = 8
PICTURE_VALUES = 2**21
"""Numbers of the pictures that are seen or painted at once, where nothing is learnt from them."""


@dataclass(frozen=True, kw_only=True)
class Schema:
    """The shape of a table, as the networks see it.

    Attributes:
        x: Tokens of the columns to generate.
        s: The sensitive columns; none if fairness is off.
        y: Tokens of the target columns; none without a target, or if fairness is off.
        strata: For each target, (size,) int64: the stratum of each token, within which criteria
            that look at the true outcome compare the groups.
        latent: Dimensions of ``u``; 0 where nothing needs it.
        decoder_sees_s: Whether ``x`` may depend on ``s`` (``fairness_scope='target'``).
        autoregressive: Whether a column of ``x`` sees the columns before it.
        direct: Whether tokens of a column tell those after it directly, beside what hidden units
            tell; networks of before protocol 3 of the hand-over do not.
        picture: The shape of the picture that each row has; None for none.
    """

    x: Layout
    s: SensitiveLayout = field(default_factory=SensitiveLayout)
    y: Layout = field(default_factory=lambda: Layout.of(()))
    strata: tuple[Tensor, ...] = ()
    latent: int = 0
    decoder_sees_s: bool = True
    autoregressive: bool = True
    direct: bool = True
    picture: PictureShape | None = None

    @property
    def x_direct(self) -> bool:
        """Whether columns of ``x`` tell those after them directly."""
        return self.direct and self.autoregressive

    @property
    def context(self) -> int:
        """Dimensions of what every column of ``x`` may depend on."""
        return self.latent + (self.s.width if self.decoder_sees_s else 0)

    def context_of(self, u: Tensor, s_marks: Tensor) -> Tensor:
        """(rows, context): what every column of ``x``, and the picture, may depend on."""
        return torch.cat([u, s_marks], dim=1) if self.decoder_sees_s else u

    @property
    def observed_width(self) -> int:
        """Hidden units of each law of the observed latent: few, where there are many laws."""
        return FLOW_WIDTH if self.picture is None else NARROW

    def rows_at_once(self, rows: int) -> int:
        """So many rows or, of large pictures, fewer, so that the maps of all fit in memory."""
        if self.picture is None:
            return rows
        return max(1, min(rows, PICTURE_VALUES // self.picture.values))


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """Rows drawn from a generator; codes are int64, positions lie in [0, 1).

    Attributes:
        x: (rows, columns of x) codes.
        x_positions: (rows, columns of x): where inside its token each value lies.
        s: (rows, columns of s) codes.
        s_positions: (rows, columns of s).
        y: (rows, targets) codes.
        y_positions: (rows, targets).
        u: (rows, latent) the Gaussian noise that they were drawn from.
    """

    x: Tensor
    x_positions: Tensor
    s: Tensor
    s_positions: Tensor
    y: Tensor
    y_positions: Tensor
    u: Tensor

    @classmethod
    def joined(cls, parts: list[Drawn]) -> Drawn:
        """Rows of several parts, one after the other; they lie column by column."""

        def joint(name: str) -> Tensor:
            return torch.cat([getattr(part, name).T for part in parts], dim=1).T

        return cls(**{name: joint(name) for name in cls.__dataclass_fields__})
