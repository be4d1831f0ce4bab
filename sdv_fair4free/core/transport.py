"""Make independence exact: carry ``z`` given ``s`` to the same standard Gaussian in every group.

In one dimension that is the increasing map through the ranks within a group, the optimal transport
to the Gaussian, and so to the barycentre of the groups (Le Gouic et al. 2020; Chzhen et al. 2020).
In several dimensions ranks and rotations take turns (rotation-based iterative Gaussianization:
Laparra, Camps-Valls & Malo 2011): each turn makes every axis exactly Gaussian in every group.
"""

from __future__ import annotations

import torch
from torch import Tensor

KNOTS = 57
REACH = 3.5
"""Knots of the quantile maps, and how far out in normal scores they go."""
TURNS = 24
"""Turns of rotation and ranks in several dimensions; one suffices in one dimension."""


def within_group_ranks(
    values: Tensor, groups: Tensor, weights: Tensor, generator: torch.Generator
) -> Tensor:
    """Share of its group's weight that lies below each row; ties are broken at random.

    Args:
        values: (rows,) numbers.
        groups: (rows,) int64.
        weights: (rows,) positive.
        generator: Breaks ties.

    Returns:
        (rows,) float64 within (0, 1): the middle of the row's own share.
    """
    order = torch.randperm(len(values), generator=generator).to(values.device)
    order = order[torch.sort(values[order], stable=True).indices]
    order = order[torch.sort(groups[order], stable=True).indices]
    weight = weights[order].double()
    ends = weight.cumsum(0)
    sorted_groups = groups[order]
    totals = torch.zeros(int(groups.max()) + 1, dtype=torch.float64, device=values.device)
    totals.index_add_(0, sorted_groups, weight)
    starts = totals.cumsum(0) - totals
    share = (ends - weight / 2 - starts[sorted_groups]) / totals[sorted_groups]
    ranks = torch.empty_like(share)
    ranks[order] = share
    return ranks.clamp(1e-6, 1 - 1e-6)


def transport(z: Tensor, groups: Tensor, weights: Tensor, generator: torch.Generator) -> Tensor:
    """Carry ``z`` to a ``u`` that is standard Gaussian within every group.

    Args:
        z: (rows, latent).
        groups: (rows,) int64: the crossed values of the sensitive columns.
        weights: (rows,) positive; the Gaussian is reached under these weights.
        generator: Breaks ties and chooses rotations.

    Returns:
        (rows, latent) float32. Each axis is exactly Gaussian within each group, up to its size;
        in several dimensions the axes are jointly Gaussian to within what the turns reach.
    """
    u = z.double()
    latent = z.shape[1]
    for turn in range(1 if latent == 1 else TURNS):
        rotation = _rotation(latent, generator).to(u) if turn else torch.eye(latent).to(u)
        u = u @ rotation
        ranks = [within_group_ranks(axis, groups, weights, generator) for axis in u.unbind(1)]
        u = torch.special.ndtri(torch.stack(ranks, dim=1)) @ rotation.T
    if latent > 1:  # the last rotation back mixes axes: make them exact once more
        ranks = [within_group_ranks(axis, groups, weights, generator) for axis in u.unbind(1)]
        u = torch.special.ndtri(torch.stack(ranks, dim=1))
    return u.float()


def quantile_maps(u: Tensor, groups: Tensor) -> Tensor:
    """Where the real rows of each group lie: quantiles of ``u`` at equal steps of normal score.

    Args:
        u: (rows, latent).
        groups: (rows,) int64, each from 0 to the last with at least one row.

    Returns:
        (groups, KNOTS, latent) float32, rising along the knots.
    """
    levels = torch.special.ndtr(torch.linspace(-REACH, REACH, KNOTS, dtype=torch.float64))
    return torch.stack(
        [
            torch.quantile(u[groups == group].double(), levels, dim=0).float()
            for group in range(int(groups.max()) + 1)
        ]
    )


def through_maps(noise: Tensor, groups: Tensor, maps: Tensor) -> Tensor:
    """Carry Gaussian noise to where the rows of its group lie, axis by axis.

    Args:
        noise: (rows, latent).
        groups: (rows,) int64.
        maps: (groups, KNOTS, latent), from :func:`quantile_maps`.

    Returns:
        (rows, latent); beyond the outermost knots the map goes on as a shift.
    """
    place = (noise.clamp(-REACH, REACH) + REACH) * (KNOTS - 1) / (2 * REACH)
    below = place.long().clamp(max=KNOTS - 2)
    axis = torch.arange(noise.shape[1], device=noise.device)
    start, end = maps[groups[:, None], below, axis], maps[groups[:, None], below + 1, axis]
    return start + (place - below) * (end - start) + (noise - noise.clamp(-REACH, REACH))


def _rotation(dimensions: int, generator: torch.Generator) -> Tensor:
    """A random orthogonal matrix, (dimensions, dimensions) float64."""
    normal = torch.randn(dimensions, dimensions, dtype=torch.float64, generator=generator)
    q, r = torch.linalg.qr(normal)
    rotation: Tensor = q * torch.sign(torch.diagonal(r))
    return rotation
