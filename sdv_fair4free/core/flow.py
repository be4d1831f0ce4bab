"""A conditional law of the latent, and its map to the standard Gaussian and back.

Dimension after dimension, each given the sensitive values and the dimensions before it, ``z``
follows a mixture of logistic laws whose parameters a small network gives. Its distribution function
is monotone and smooth in ``s`` as well: it serves where groups are too small, or too many, for
ranks - numbers, above all. A triangular map (Knothe-Rosenblatt; Papamakarios et al. 2021).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from sdv_fair4free.core.networks import Perceptron, reset_parameters

COMPONENTS = 8
FLOW_WIDTH = 32
REACH = 12.0
"""How far out, in standard deviations, the inverse looks."""
BISECTIONS = 32


class ConditionalFlow(nn.Module):
    """p(z | s) as a map ``z -> u`` that is standard Gaussian given ``s`` if the law is right.

    Args:
        latent: Dimensions of ``z``.
        context: Width of the marks of ``s``.
        seed: Source of the first weights.
        width: Hidden units of the law of each dimension.

    Attributes:
        mean: (latent,) of the rows that it was fitted to.
        scale: (latent,) their standard deviations.
        centres: (components,) where the components of each law begin, on the standardised axis.
    """

    mean: Tensor
    scale: Tensor
    centres: Tensor

    def __init__(
        self, latent: int, context: int, seed: torch.Generator, width: int = FLOW_WIDTH
    ) -> None:
        super().__init__()
        self.laws = nn.ModuleList(
            Perceptron(context + before, 3 * COMPONENTS, width) for before in range(latent)
        )
        self.register_buffer('mean', torch.zeros(latent))
        self.register_buffer('scale', torch.ones(latent))
        self.register_buffer('centres', torch.linspace(-2.0, 2.0, COMPONENTS))
        reset_parameters(self, seed)

    def standardise(self, z: Tensor) -> None:
        """Take location and scale from the rows, once, before fitting."""
        self.mean.copy_(z.mean(0))
        self.scale.copy_(z.std(0).clamp(min=1e-6))

    def loss(self, z: Tensor, context: Tensor) -> Tensor:
        """(rows,): -log p(z | s) of the standardised latent, in nats."""
        z = (z - self.mean) / self.scale
        total = z.new_zeros(len(z))
        for i in range(z.shape[1]):
            shares, place, log_scale = self._law(i, z, context)
            # the density of a logistic law, in logs
            log_density = -place - log_scale - 2 * F.softplus(-place)
            total = total - (shares + log_density).logsumexp(1)
        return total

    @torch.no_grad()
    def forward(self, z: Tensor, context: Tensor) -> Tensor:
        """Carry (rows, latent) ``z`` to ``u``."""
        z = (z - self.mean) / self.scale
        ranks = [self._rank(i, z, context) for i in range(z.shape[1])]
        u: Tensor = torch.special.ndtri(torch.stack(ranks, dim=1)).float()
        return u

    @torch.no_grad()
    def inverse(self, u: Tensor, context: Tensor) -> Tensor:
        """Carry (rows, latent) ``u`` back to ``z``, by bisection."""
        z = torch.zeros_like(u)
        ranks = torch.special.ndtr(u.double()).clamp(1e-6, 1 - 1e-6)
        for i in range(u.shape[1]):
            low, high = torch.full_like(z[:, i], -REACH), torch.full_like(z[:, i], REACH)
            for _ in range(BISECTIONS):
                z[:, i] = (low + high) / 2
                beyond = self._rank(i, z, context) > ranks[:, i]
                low, high = torch.where(beyond, low, z[:, i]), torch.where(beyond, z[:, i], high)
        return z * self.scale + self.mean

    def _law(self, i: int, z: Tensor, context: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Log shares, places on the unit scale, and log scales of the components."""
        told = self.laws[i](torch.cat([context, z[:, :i]], dim=1))
        shares, shift, log_scale = told.chunk(3, dim=1)
        log_scale = log_scale.clamp(-5.0, 3.0) - 1.0
        place = (z[:, i : i + 1] - self.centres - shift) * (-log_scale).exp()
        return shares.log_softmax(1), place, log_scale

    def _rank(self, i: int, z: Tensor, context: Tensor) -> Tensor:
        """(rows,) float64 within (0, 1): the distribution function of dimension ``i``."""
        shares, place, _ = self._law(i, z, context)
        return (shares.exp() * place.sigmoid()).double().sum(1).clamp(1e-6, 1 - 1e-6)
