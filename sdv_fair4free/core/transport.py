"""Make independence exact: carry ``z`` given ``s`` to the same standard Gaussian in every group.

In one dimension that is the increasing map through the ranks within a group, the optimal transport
to the Gaussian, and so to the barycentre of the groups (Le Gouic et al. 2020; Chzhen et al. 2020).
In several dimensions ranks and rotations take turns (rotation-based iterative Gaussianization:
Laparra, Camps-Valls & Malo 2011): each turn makes every axis exactly Gaussian in every group.
"""

from __future__ import annotations

import torch
from torch import Tensor

SMALL_GROUP = 300
"""Rows below which the ranks of a group are shrunk toward its parent's."""
PRIOR_ROWS = 10
"""Rows that the parent counts for where ranks are shrunk."""
MOST_NEIGHBOURS = 2000
"""Rows of the window in which a number counts as nearly the same; a tenth of fewer rows."""
COMPARISONS = 2**22
"""Comparisons held in memory at a time."""
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


def nested_levels(groups: Tensor) -> list[Tensor]:
    """The groups of each row, from the finest crossing to everybody.

    Args:
        groups: (rows, categories) int64. Columns named first are dropped last.

    Returns:
        For each level (rows,) int64, numbered from 0 without gaps; the last is 0 for all.
    """
    levels = [torch.zeros(len(groups), dtype=torch.int64, device=groups.device)]
    for column in groups.unbind(1):
        # From the coarsest on: a parent and the next category tell a group by one number, which is
        # sorted more quickly than rows are.
        number = levels[-1] * (int(column.max()) + 1) + column
        levels.append(torch.unique(number, return_inverse=True)[1])
    return levels[::-1]


def own_share(counts: Tensor) -> Tensor:
    """How far a group of so many rows is trusted; the rest comes from its parent group.

    The variance of a share among n rows falls as 1/n; between groups it does not: hence n / (n +
    ``PRIOR_ROWS``), the weight of a mean that is shrunk (James & Stein 1961). A group of at least
    ``SMALL_GROUP`` rows is trusted wholly, so that independence is exact there.
    """
    counts = counts.double()
    return torch.where(counts >= SMALL_GROUP, 1.0, counts / (counts + PRIOR_ROWS))


def shrunken_ranks(
    values: Tensor,
    levels: list[Tensor],
    weights: Tensor,
    generator: torch.Generator,
    counted: Tensor | None = None,
) -> Tensor:
    """Ranks within the finest group, those of rare groups shrunk toward their parents'.

    Args:
        values: (rows,) numbers.
        levels: From :func:`nested_levels`.
        weights: (rows,) positive.
        generator: Breaks ties.
        counted: (rows,) whether a row counts toward the size of its group; None counts all.

    Returns:
        (rows,) float64 within (0, 1).
    """
    ranks = None
    sizes = torch.ones_like(levels[0]) if counted is None else counted.long()
    counts = [torch.bincount(groups, sizes).long() for groups in levels]
    for groups, count in reversed(list(zip(levels, counts, strict=True))[: _needed(counts)]):
        own = within_group_ranks(values, groups, weights, generator)
        share = own_share(count)[groups]
        ranks = own if ranks is None else share * own + (1 - share) * ranks
    assert ranks is not None
    return ranks


def _needed(counts: list[Tensor]) -> int:
    """How many levels have rare groups, and one more."""
    for place, count in enumerate(counts):
        if int(count.min()) >= SMALL_GROUP:
            return place + 1
    return len(counts)


def transport(
    z: Tensor,
    levels: list[Tensor],
    weights: Tensor,
    generator: torch.Generator,
    counted: Tensor | None = None,
) -> Tensor:
    """Carry ``z`` to a ``u`` that is standard Gaussian within every group.

    Args:
        z: (rows, latent).
        levels: Groups of each row, from :func:`nested_levels`.
        weights: (rows,) positive; the Gaussian is reached under these weights.
        generator: Breaks ties and chooses rotations.
        counted: (rows,) whether a row counts toward the size of its group: of several draws of one
            row, one; None counts all.

    Returns:
        (rows, latent) float32. Each axis is exactly Gaussian within each group of at least
        ``SMALL_GROUP`` rows, up to its size; in several dimensions the axes are jointly Gaussian to
        within what the turns reach. Rarer groups are shrunk toward their parents.
    """
    u = z.double()
    latent = z.shape[1]
    for turn in range(1 if latent == 1 else TURNS):
        rotation = random_rotation(latent, generator).to(u) if turn else torch.eye(latent).to(u)
        u = u @ rotation
        u = _gaussian_axes(u, levels, weights, generator, counted) @ rotation.T
    if latent > 1:  # the last rotation back mixes axes: make them exact once more
        u = _gaussian_axes(u, levels, weights, generator, counted)
    return u.float()


def neighbourly(z: Tensor, numbers: Tensor, weights: Tensor, generator: torch.Generator) -> Tensor:
    """Take out of ``z`` what numbers still tell: ranks among the rows with nearly the same number.

    Number after number, and axis after axis; the window slides along with the number, so that
    nothing is binned. Rows without a value are left as they are.

    Args:
        z: (rows, latent), nearly Gaussian given the numbers: what is taken out is what a smooth map
            has left.
        numbers: (rows, numbers), NaN where missing.
        weights: (rows,) positive.
        generator: Breaks ties.

    Returns:
        (rows, latent) float32.
    """
    z = z.clone()
    for number in numbers.unbind(1):
        members = torch.nonzero(~number.isnan())[:, 0]
        luck = torch.randperm(len(members), generator=generator)
        members = members[luck]
        members = members[number[members].argsort(stable=True)]
        window = min(max(SMALL_GROUP, min(len(members) // 10, MOST_NEIGHBOURS)), len(members))
        if window < 2:
            continue
        for axis in range(z.shape[1]):
            ranks = _sliding_ranks(z[members, axis], weights[members], window)
            z[members, axis] = torch.special.ndtri(ranks).float()
    return z


def _sliding_ranks(values: Tensor, weights: Tensor, window: int) -> Tensor:
    """(rows,) float64: weighted rank of each value among its ``window`` neighbours in the order."""
    near, weight = values.unfold(0, window, 1), weights.double().unfold(0, window, 1)
    rows = torch.arange(len(values))
    starts = (rows - window // 2).clamp(0, len(values) - window)
    ranks = []
    for some in rows.split(max(1, COMPARISONS // window)):
        others, own = near[starts[some]], values[some, None]
        share = weight[starts[some]]
        below = (others < own).double() + 0.5 * (others == own).double()
        ranks.append((below * share).sum(1) / share.sum(1))
    return torch.cat(ranks).clamp(1e-6, 1 - 1e-6)


def _gaussian_axes(
    u: Tensor,
    levels: list[Tensor],
    weights: Tensor,
    generator: torch.Generator,
    counted: Tensor | None,
) -> Tensor:
    ranks = [shrunken_ranks(axis, levels, weights, generator, counted) for axis in u.unbind(1)]
    gaussian: Tensor = torch.special.ndtri(torch.stack(ranks, dim=1))
    return gaussian


def random_rotation(dimensions: int, generator: torch.Generator) -> Tensor:
    """A random orthogonal matrix, (dimensions, dimensions) float64."""
    normal = torch.randn(dimensions, dimensions, dtype=torch.float64, generator=generator)
    q, r = torch.linalg.qr(normal)
    rotation: Tensor = q * torch.sign(torch.diagonal(r))
    return rotation
