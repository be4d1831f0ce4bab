"""Pictures: their shape, what an encoder sees of them, and what paints them.

``Eye`` and ``Painter`` stand beside the networks of the columns and share everything else: the
latent, its penalty and transport, the target heads, distillation. The painter is p(picture | u, s);
its pixels are Gaussian around what it paints, with one variance for all of them that is the best
one (sigma-VAE: Rybkin, Daniilidis & Levine 2021), so that no weight between picture and latent has
to be chosen for each data set.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from sdv_fair4free.core.networks import Conv, Linear

SMALLEST_SIDE = 7
"""Maps are halved until no side is longer."""
SILU_GAIN = 1.7
"""Keeps the variance of maps from one to the next: what SiLU takes of it."""
DARKEST = 0.01
"""And 1 less this the brightest that a painter begins with, for there it would hardly learn."""
LEAST_VARIANCE = 1e-5
"""Of a pixel value from 0 to 1: finer than the steps of 8 bits need not be told."""


@dataclass(frozen=True, kw_only=True)
class PictureShape:
    """The shape of every picture of a table.

    Attributes:
        channels: 1 (grey) or 3 (red, green, blue).
        height: Rows of pixels.
        width: Columns of pixels.
    """

    channels: int
    height: int
    width: int

    @classmethod
    def of(cls, pictures: Tensor) -> PictureShape:
        """That of (rows, channels, height, width) pictures."""
        channels, height, width = pictures.shape[1:]
        return cls(channels=channels, height=height, width=width)

    @property
    def values(self) -> int:
        """Numbers in a picture."""
        return self.channels * self.height * self.width

    def sides(self) -> list[tuple[int, int]]:
        """(height, width) of the maps, from that of the picture to the smallest."""
        sides = [(self.height, self.width)]
        while len(sides) == 1 or max(sides[-1]) > SMALLEST_SIDE:
            height, width = sides[-1]
            sides.append((-(-height // 2), -(-width // 2)))
        return sides

    def channels_of_maps(self, width: int) -> list[int]:
        """Channels of the maps, of which those of half the size have ``width``."""
        maps = len(self.sides())
        return [max(width // 2, 1), *(width * min(2**k, 4) for k in range(maps - 1))]


def as_values(pictures: Tensor) -> Tensor:
    """uint8 pictures as numbers from 0 to 1, laid out as the processor likes them."""
    values = pictures.float().div_(255.0)
    return values.contiguous(memory_format=torch.channels_last)


def as_bytes(values: Tensor) -> Tensor:
    """Numbers from 0 to 1 as uint8, rounded."""
    return values.float().clamp(0.0, 1.0).mul(255.0).round_().to(torch.uint8)


class Eye(nn.Module):
    """What an encoder sees of a picture: maps of half the size each, then one linear map.

    Args:
        shape: Of the pictures.
        width: Channels of the map of half the size.
        outputs: Numbers that it gives.
    """

    def __init__(self, shape: PictureShape, width: int, outputs: int) -> None:
        super().__init__()
        channels = [shape.channels, *shape.channels_of_maps(width)[1:]]
        pairs = list(itertools.pairwise(channels))
        self.maps = nn.ModuleList(
            Conv(inner, outer, stride=2, gain=SILU_GAIN) for inner, outer in pairs
        )
        height, wide = shape.sides()[-1]
        self.last = Linear(channels[-1] * height * wide, outputs)

    def forward(self, values: Tensor) -> Tensor:
        """(rows, outputs) of (rows, channels, height, width) numbers from 0 to 1."""
        h = 2.0 * values - 1.0
        for conv in self.maps:
            h = F.silu(conv(h))
        seen: Tensor = self.last(h.flatten(1))
        return seen


class Painter(nn.Module):
    """p(picture | u, s): maps of twice the size each; ``u`` and ``s`` are told to all of them.

    Args:
        shape: Of the pictures.
        context: Dimensions of what is told: ``u`` and the marks of ``s``.
        width: Channels of the map of half the size.
    """

    def __init__(self, shape: PictureShape, context: int, width: int) -> None:
        super().__init__()
        self.shape, self.width = shape, width
        self.sides = shape.sides()
        self.channels = shape.channels_of_maps(width)
        height, wide = self.sides[-1]
        self.first = Linear(context, self.channels[-1] * height * wide)
        self.told = Linear(context, sum(self.channels[:-1]), gain=0.5)
        pairs = [(self.channels[k + 1], self.channels[k]) for k in range(len(self.channels) - 1)]
        pairs.reverse()  # from the smallest map to the picture
        self.maps = nn.ModuleList(Conv(inner, 4 * outer, gain=SILU_GAIN) for inner, outer in pairs)
        self.last = Conv(self.channels[0], shape.channels, gain=0.5)

    @torch.no_grad()
    def start_from(self, values: Tensor) -> None:
        """Begin near the mean colour of (rows, channels, height, width) numbers from 0 to 1.

        One that has to become dark first, all over, goes on until nothing can be learnt any more.
        """
        mean = values.mean(dim=(0, 2, 3)).clamp(DARKEST, 1.0 - DARKEST)
        assert self.last.bias is not None
        self.last.bias.copy_(mean.logit())

    def forward(self, context: Tensor) -> Tensor:
        """(rows, channels, height, width) numbers from 0 to 1 for (rows, context)."""
        height, wide = self.sides[-1]
        h = self.first(context).view(-1, self.channels[-1], height, wide)
        h = F.silu(h).contiguous(memory_format=torch.channels_last)
        told = self.told(context).split(self.channels[-2::-1], dim=1)
        for conv, extra, side in zip(self.maps, told, self.sides[-2::-1], strict=True):
            h = F.pixel_shuffle(conv(h), 2)[:, :, : side[0], : side[1]]
            h = F.silu(h + extra[:, :, None, None])
        painted: Tensor = self.last(h).float().sigmoid()
        return painted

    @staticmethod
    def parameter_count(shape: PictureShape, context: int, width: int) -> int:
        """Number of weights of a painter of these sizes, without making one."""
        channels, (height, wide) = shape.channels_of_maps(width), shape.sides()[-1]
        count = (context + 1) * (channels[-1] * height * wide + sum(channels[:-1]))
        for outer, inner in itertools.pairwise(channels):
            count += 4 * outer * (9 * inner + 1)
        return count + shape.channels * (9 * channels[0] + 1)


def painting_loss(painted: Tensor, values: Tensor, weights: Tensor | None = None) -> Tensor:
    """-log p(picture | u, s) per pixel value, but for a constant, in nats; lower is better.

    Half the log of the mean squared error: that of a Gaussian of the best variance (Rybkin et al.
    2021, equation 6).

    Args:
        painted: (rows, channels, height, width) numbers from 0 to 1.
        values: The same of the real pictures.
        weights: (rows,) positive, with mean 1; None counts all rows alike.
    """
    error = (painted - values).square().mean(dim=(1, 2, 3))
    if weights is not None:
        error = error * weights
    return 0.5 * (error.mean() + LEAST_VARIANCE).log()


def likeness_loss(painted: Tensor, model: Tensor) -> Tensor:
    """How far pictures are from those of a teacher, in values and in edges; lower is better.

    The mean of :func:`painting_loss` and of the same of the differences between neighbouring
    pixels: a small painter that may blur saves nothing by it.

    Args:
        painted: (rows, channels, height, width) numbers from 0 to 1.
        model: The same of the teacher.
    """
    error = painted - model
    edges = error.diff(dim=2).square().mean() + error.diff(dim=3).square().mean()
    return 0.5 * (painting_loss(painted, model) + 0.5 * (edges + LEAST_VARIANCE).log())
