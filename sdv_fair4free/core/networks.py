"""The networks: an encoder of rows, a masked autoregressive decoder, small heads.

The decoder is a residual masked network (Germain et al. 2015; ResMADE: Durkan & Nash 2019). Hidden
units are sorted by degree; a unit of degree ``d`` sees columns ``0 .. d-1`` only, and column ``c``
is predicted from units of degree ``<= c``. So one pass gives every conditional, and sampling
evaluates each hidden unit once.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from sdv_fair4free.core.diagonal import BlockDiagonal
from sdv_fair4free.core.direct import Direct, count_pairs
from sdv_fair4free.core.layout import Layout
from sdv_fair4free.core.likelihood import (
    cross_entropy,
    log_probabilities,
    negative_log_likelihood,
)
from sdv_fair4free.core.slopes import linear, residual, summed

RAREST = 1e-6
"""The least share of rows that a network begins with."""
STEPS_OF_LUCK = 256
"""Shares of hidden units that are silenced are multiples of one over this."""


class TokenTable(nn.Module):
    """One row of weights per token: its own, plus what its fixed features say.

    The features tie neighbouring quantiles together, and rare tokens to common ones.
    """

    def __init__(self, layout: Layout, width: int, scale: float) -> None:
        super().__init__()
        self.own = nn.Parameter(torch.empty(layout.tokens, width))
        self.shared = nn.Parameter(torch.empty(layout.features_told, width))
        self.scale = scale
        self.features = BlockDiagonal(layout.features)

    def reset(self, generator: torch.Generator) -> None:
        """Draw the initial weights."""
        for weight in (self.own, self.shared):
            with torch.no_grad():
                weight.normal_(0.0, self.scale, generator=generator)

    def forward(self) -> Tensor:
        """(tokens, width)."""
        return self.features.added_to(self.own, self.shared)


class Linear(nn.Linear):
    """A linear map whose first weights come from a generator of ours, and which may be masked."""

    mask: Tensor | None

    def __init__(
        self, inputs: int, outputs: int, mask: Tensor | None = None, gain: float = 1.0
    ) -> None:
        super().__init__(inputs, outputs)
        self.gain = gain
        self.register_buffer('mask', mask, persistent=False)

    def reset_parameters(self) -> None:
        """Leave the global random stream alone; :meth:`reset` draws the weights."""

    def reset(self, generator: torch.Generator) -> None:
        """Draw the initial weights, scaled to the inputs that the mask leaves open."""
        with torch.no_grad():
            fan_in = self.in_features if self.mask is None else self.mask.sum(1, keepdim=True)
            scale = self.gain / torch.as_tensor(fan_in, dtype=torch.float32).clamp(min=1).sqrt()
            self.weight.normal_(generator=generator).mul_(scale)
            self.bias.zero_()

    def folded(self) -> Tensor:
        """(outputs, inputs): the weights with the mask multiplied in."""
        return self.weight if self.mask is None else self.weight * self.mask

    def forward(self, h: Tensor) -> Tensor:
        """(rows, outputs) of (rows, inputs)."""
        return linear(h, self.weight, self.bias, self.mask)


def kept_units(
    like: Tensor, share: float, noise: torch.Generator | None
) -> tuple[Tensor | None, float]:
    """Which hidden units dropout leaves, to the nearest 1/256 of ``share``.

    A byte of chance decides on each: eight come with one draw of the generator, whose work would
    else be most of it.

    Args:
        like: (rows, width) the units.
        share: Of those to silence.
        noise: Source of chance; None silences none.

    Returns:
        (rows, width) 1 for those left and 0 for others, or None for all; and what they count for.
    """
    silenced = min(round(share * STEPS_OF_LUCK), STEPS_OF_LUCK - 1)
    if noise is None or silenced == 0:
        return None, 1.0
    words = torch.empty(-(-like.numel() // 8), dtype=torch.int64, device=like.device)
    luck = words.random_(-(2**63), None, generator=noise).view(torch.uint8)[: like.numel()]
    kept = torch.ge(luck.view(like.shape), silenced, out=torch.empty_like(like))
    return kept, STEPS_OF_LUCK / (STEPS_OF_LUCK - silenced)


class Block(Linear):
    """A residual block: what a linear map makes of the active units is added."""

    def __init__(self, width: int, mask: Tensor | None = None) -> None:
        super().__init__(width, width, mask)

    def forward(
        self,
        h: Tensor,
        extra: Tensor | None = None,
        dropout: float = 0.0,
        noise: torch.Generator | None = None,
    ) -> Tensor:
        """Add what the block makes of ``h``, and ``extra``.

        Args:
            h: (rows, width).
            extra: (rows, width); None for nothing.
            dropout: Share of units silenced.
            noise: Source of dropout; None evaluates without it.
        """
        kept, scale = kept_units(h, dropout, noise)
        return residual(h, extra, self.weight, self.bias, self.mask, kept, scale)


class Conv(nn.Conv2d):
    """A map of ``size`` x ``size`` pixels to each; its first weights come from a generator."""

    def __init__(
        self, inputs: int, outputs: int, stride: int = 1, gain: float = 1.0, size: int = 3
    ) -> None:
        super().__init__(inputs, outputs, size, stride=stride, padding=size // 2)
        self.gain = gain

    def reset_parameters(self) -> None:
        """Leave the global random stream alone; :meth:`reset` draws the weights."""

    def reset(self, generator: torch.Generator) -> None:
        """Draw the initial weights, scaled to the inputs."""
        with torch.no_grad():
            scale = self.gain / self.weight[0].numel() ** 0.5
            self.weight.normal_(0.0, scale, generator=generator)
            if self.bias is not None:
                self.bias.zero_()


def reset_parameters(module: nn.Module, generator: torch.Generator) -> None:
    """Draw the first weights of all parts from ``generator``, never from the global stream."""
    for part in module.modules():
        if isinstance(part, TokenTable | Linear | Conv):
            part.reset(generator)


class Perceptron(nn.Module):
    """Residual multilayer perceptron: ``depth`` blocks of ``width`` between two linear maps."""

    def __init__(self, inputs: int, outputs: int, width: int, depth: int = 1) -> None:
        super().__init__()
        self.first = Linear(inputs, width)
        self.blocks = nn.ModuleList(Block(width) for _ in range(depth))
        self.last = Linear(width, outputs, gain=0.1)

    def forward(self, h: Tensor) -> Tensor:
        """(rows, outputs) of (rows, inputs)."""
        h = self.first(h)
        for block in self.blocks:
            h = block(h)
        out: Tensor = self.last(F.silu(h))
        return out


class Encoder(nn.Module):
    """q(z | x, s): the target is not an input.

    Args:
        layout: Tokens of the columns of ``x``.
        sensitive: Width of the marks of ``s``.
        latent: Dimensions of ``z``.
        width: Hidden units.
        depth: Residual blocks.
        dropout: Share of hidden units silenced while training.
        eye: From a picture to (rows, width) numbers; None where there are no pictures.
    """

    def __init__(
        self,
        layout: Layout,
        sensitive: int,
        latent: int,
        width: int,
        depth: int,
        dropout: float,
        eye: nn.Module | None = None,
    ) -> None:
        super().__init__()
        self.eye = eye
        self.table = TokenTable(layout, width, scale=(len(layout.sizes) + 1) ** -0.5)
        self.sensitive = Linear(sensitive, width, gain=0.5)
        self.blocks = nn.ModuleList(Block(width) for _ in range(depth))
        self.mean = Linear(width, latent)
        self.log_var = Linear(width, latent, gain=0.01)
        self.dropout = dropout

    def forward(
        self,
        x_at: Tensor,
        s_marks: Tensor,
        noise: torch.Generator | None = None,
        pictures: Tensor | None = None,
        shown: Tensor | None = None,
    ) -> tuple[Tensor, Tensor]:
        """Encode rows.

        Args:
            x_at: (rows, columns) int64: the tokens of ``x``, see :meth:`Layout.at`.
            s_marks: (rows, sensitive) marks of ``s``.
            noise: Source of dropout; None evaluates without it.
            pictures: (rows, channels, height, width) numbers from 0 to 1, where there is an eye.
            shown: (rows, columns) 1 for columns that are seen and 0 for others; None shows all.

        Returns:
            Mean and log variance of q(z | x, s), (rows, latent) each.
        """
        h = summed(self.table(), x_at, shown) + self.sensitive(s_marks)
        if self.eye is not None:
            h = h + self.eye(pictures)
        for block in self.blocks:
            h = block(h, None, self.dropout, noise)
        h = F.silu(h)
        return self.mean(h).float(), self.log_var(h).float().clamp(-8.0, 4.0)


class Decoder(nn.Module):
    """p(x | u, s), autoregressive over the columns of ``x``.

    Args:
        layout: Tokens of the columns of ``x``, in the order in which they are drawn.
        context: Dimensions of what every column may depend on: ``u`` and the marks of ``s``.
        width: Hidden units, shared out evenly over the degrees; at least one per
            column of the layout.
        depth: Residual blocks.
        dropout: Share of hidden units silenced while training.
        autoregressive: Whether a column sees the columns before it. Without it columns are drawn
            independently given the context, as in the papers.
        direct: Whether tokens tell the columns after theirs directly, too; see :class:`Direct`.

    Attributes:
        input_mask: (tokens, width) 1 where a hidden unit may be told of a token, else 0.
    """

    input_mask: Tensor

    def __init__(
        self,
        layout: Layout,
        context: int,
        width: int,
        depth: int,
        dropout: float,
        autoregressive: bool = True,
        direct: bool = False,
    ) -> None:
        super().__init__()
        columns = len(layout.sizes)
        width = max(width, columns)
        degrees = torch.arange(width) * columns // width  # sorted, so that sampling takes slices
        if not autoregressive:
            degrees = torch.zeros_like(degrees)
        token = layout.column_of_token()
        hidden = (degrees[:, None] >= degrees[None, :]).float()
        self.layout = layout
        self.sizes, self.offsets = layout.sizes, layout.offsets
        self.first_unit = tuple(int((degrees < c).sum()) for c in range(columns + 1))
        self.table = TokenTable(layout, width, scale=max(columns, 1) ** -0.5)
        self.context = Linear(context, width * (depth + 1))
        self.blocks = nn.ModuleList(Block(width, hidden) for _ in range(depth))
        self.output = Linear(
            width, layout.tokens, mask=(token[:, None] >= degrees[None, :]).float(), gain=0.1
        )
        self.direct = Direct(layout, width) if direct and autoregressive and columns > 1 else None
        self.width, self.dropout = width, dropout
        self.register_buffer(
            'input_mask', (degrees[None, :] > token[:, None]).float(), persistent=False
        )
        self.membership = layout.membership()

    def forward(self, at: Tensor, context: Tensor, noise: torch.Generator | None = None) -> Tensor:
        """Logits of every column given the columns before it.

        Args:
            at: (rows, columns) int64: the token of each value, see :meth:`Layout.at`.
            context: (rows, context).
            noise: Source of dropout; None evaluates without it.

        Returns:
            (rows, tokens) logits, neither normalised nor bounded.
        """
        injected = self.context(context).split(self.width, dim=1)
        h = injected[0]
        if len(self.sizes) > 1:  # the only column has nobody to listen to it
            h = h + summed(self.table() * self.input_mask, at)
        for block, extra in zip(self.blocks, injected[1:], strict=True):
            h = block(h, extra, self.dropout, noise)
        logits: Tensor = self.output(F.silu(h))
        return logits if self.direct is None else logits + self.direct(at)

    @torch.no_grad()
    def start_from(self, shares: Tensor) -> None:
        """Begin with how often each token comes, so that no step is spent on learning that.

        Args:
            shares: (tokens,) of the rows, at least 0.
        """
        self.output.bias.copy_(shares.clamp(min=RAREST).log())

    @staticmethod
    def parameter_count(
        layout: Layout, context: int, width: int, depth: int, direct: bool = False
    ) -> int:
        """Number of weights of a decoder of these sizes, without making one."""
        width = max(width, len(layout.sizes))
        per_unit = 2 * layout.tokens + layout.features_told + (context + 1) * (depth + 1)
        pairs = count_pairs(layout.sizes, width) if direct else 0
        return width * per_unit + depth * width * (width + 1) + layout.tokens + pairs

    def probabilities(self, logits: Tensor) -> Tensor:
        """(rows, tokens): the probability of each token within its column."""
        return log_probabilities(logits, self.membership).exp()

    def negative_log_likelihood(self, logits: Tensor, at: Tensor) -> Tensor:
        """(rows,): -log p(x | u, s), in nats."""
        return negative_log_likelihood(logits, at, self.membership)

    def cross_entropy(self, logits: Tensor, shares: Tensor) -> Tensor:
        """(rows,): that of ``shares`` and the probabilities, summed over columns, in nats."""
        return cross_entropy(logits, shares, self.membership)
