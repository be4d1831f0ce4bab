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

from sdv_fair4free.core.layout import Layout

LOGIT_BOUND = 30.0
"""Logits are held in +-30, so that one exp over all columns can neither overflow nor vanish."""


class TokenTable(nn.Module):
    """One row of weights per token: its own, plus what its fixed features say.

    The features tie neighbouring quantiles together, and rare tokens to common ones.
    """

    features: Tensor

    def __init__(self, layout: Layout, width: int, scale: float) -> None:
        super().__init__()
        self.own = nn.Parameter(torch.empty(layout.tokens, width))
        self.shared = nn.Parameter(torch.empty(layout.features.shape[1], width))
        self.scale = scale
        self.register_buffer('features', layout.features.clone())

    def reset(self, generator: torch.Generator) -> None:
        """Draw the initial weights."""
        for weight in (self.own, self.shared):
            with torch.no_grad():
                weight.normal_(0.0, self.scale, generator=generator)

    def forward(self) -> Tensor:
        """(tokens, width)."""
        return self.own + self.features @ self.shared


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

    def forward(self, h: Tensor) -> Tensor:  # noqa: D102
        return F.linear(h, self.folded(), self.bias)


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
        self.blocks = nn.ModuleList(Linear(width, width) for _ in range(depth))
        self.last = Linear(width, outputs, gain=0.1)

    def forward(self, h: Tensor) -> Tensor:  # noqa: D102
        h = self.first(h)
        for block in self.blocks:
            h = h + block(F.silu(h))
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
        self.blocks = nn.ModuleList(Linear(width, width) for _ in range(depth))
        self.mean = Linear(width, latent)
        self.log_var = Linear(width, latent, gain=0.01)
        self.dropout = dropout

    def forward(
        self,
        x_hot: Tensor,
        s_marks: Tensor,
        noise: torch.Generator | None = None,
        pictures: Tensor | None = None,
    ) -> tuple[Tensor, Tensor]:
        """Encode rows.

        Args:
            x_hot: (rows, tokens) marks of ``x``, see :meth:`Layout.hot`.
            s_marks: (rows, sensitive) marks of ``s``.
            noise: Source of dropout; None evaluates without it.
            pictures: (rows, channels, height, width) numbers from 0 to 1, where there is an eye.

        Returns:
            Mean and log variance of q(z | x, s), (rows, latent) each.
        """
        h = F.linear(x_hot, self.table().T) + self.sensitive(s_marks)
        if self.eye is not None:
            h = h + self.eye(pictures)
        for block in self.blocks:
            h = h + block(dropped(F.silu(h), self.dropout, noise))
        h = F.silu(h)
        return self.mean(h).float(), self.log_var(h).float().clamp(-8.0, 4.0)


def bounded(logits: Tensor) -> Tensor:
    """Logits in single precision, within +-``LOGIT_BOUND``."""
    return logits.float().clamp(-LOGIT_BOUND, LOGIT_BOUND)


def log_normalisers(logits: Tensor, membership: Tensor) -> Tensor:
    """(rows, columns): log of the summed exponentials of each column's (rows, tokens) logits."""
    return (logits.exp() @ membership).log()


def negative_log_likelihood(logits: Tensor, hot: Tensor, membership: Tensor) -> Tensor:
    """(rows,): minus the summed log probabilities of the marked tokens, in nats."""
    return log_normalisers(logits, membership).sum(1) - (logits * hot).sum(1)


def dropped(h: Tensor, share: float, noise: torch.Generator | None) -> Tensor:
    """Dropout whose mask comes from ``noise`` (None: none)."""
    if noise is None or share == 0.0:
        return h
    keep = torch.rand(h.shape, generator=noise, device=h.device) >= share
    return h * (keep / (1.0 - share)).to(h.dtype)


class Decoder(nn.Module):
    """p(x | u, s), autoregressive over the columns of ``x``.

    Args:
        layout: Tokens of the columns of ``x``, in the order in which they are drawn.
        context: Dimensions of what every column may depend on: ``u`` and the marks of ``s``.
        width: Hidden units, shared out evenly over the degrees; at least one per column.
        depth: Residual blocks.
        dropout: Share of hidden units silenced while training.
        autoregressive: Whether a column sees the columns before it. Without it columns are drawn
            independently given the context, as in the papers.
    """

    input_mask: Tensor
    output_mask: Tensor
    membership: Tensor

    def __init__(
        self,
        layout: Layout,
        context: int,
        width: int,
        depth: int,
        dropout: float,
        autoregressive: bool = True,
    ) -> None:
        super().__init__()
        columns = len(layout.sizes)
        width = max(width, columns)
        degrees = torch.arange(width) * columns // width  # sorted, so that sampling takes slices
        if not autoregressive:
            degrees = torch.zeros_like(degrees)
        token = layout.column_of_token()
        hidden = (degrees[:, None] >= degrees[None, :]).float()
        self.layout, self.autoregressive = layout, autoregressive
        self.sizes, self.offsets = layout.sizes, layout.offsets
        self.first_unit = tuple(int((degrees < c).sum()) for c in range(columns + 1))
        self.table = TokenTable(layout, width, scale=max(columns, 1) ** -0.5)
        self.context = Linear(context, width * (depth + 1))
        self.blocks = nn.ModuleList(Linear(width, width, mask=hidden) for _ in range(depth))
        self.output = Linear(
            width, layout.tokens, mask=(token[:, None] >= degrees[None, :]).float(), gain=0.1
        )
        self.width, self.dropout = width, dropout
        self.register_buffer(
            'input_mask', (degrees[None, :] > token[:, None]).float(), persistent=False
        )
        self.register_buffer('membership', layout.membership(), persistent=False)

    def forward(self, hot: Tensor, context: Tensor, noise: torch.Generator | None = None) -> Tensor:
        """Logits of every column given the columns before it.

        Args:
            hot: (rows, tokens) marks of ``x``.
            context: (rows, context).
            noise: Source of dropout; None evaluates without it.

        Returns:
            (rows, tokens) logits within +-``LOGIT_BOUND``, not normalised.
        """
        injected = self.context(context).split(self.width, dim=1)
        h = F.linear(hot, (self.table() * self.input_mask).T) + injected[0]
        for block, extra in zip(self.blocks, injected[1:], strict=True):
            h = h + block(dropped(F.silu(h), self.dropout, noise)) + extra
        return bounded(self.output(F.silu(h)))

    @staticmethod
    def parameter_count(layout: Layout, context: int, width: int, depth: int) -> int:
        """Number of weights of a decoder of these sizes, without making one."""
        width = max(width, len(layout.sizes))
        per_unit = 2 * layout.tokens + layout.features.shape[1] + (context + 1) * (depth + 1)
        return width * per_unit + depth * width * (width + 1) + layout.tokens

    def log_normalisers(self, logits: Tensor) -> Tensor:
        """(rows, columns): log of the summed exponentials of each column's logits."""
        return log_normalisers(logits, self.membership)

    def probabilities(self, logits: Tensor) -> Tensor:
        """(rows, tokens): the probability of each token within its column."""
        return (logits - self.log_normalisers(logits) @ self.membership.T).exp()

    def negative_log_likelihood(self, logits: Tensor, hot: Tensor) -> Tensor:
        """(rows,): -log p(x | u, s), in nats."""
        return negative_log_likelihood(logits, hot, self.membership)
