r"""Distance covariance (Szekely, Rizzo & Bakirov 2007), estimated without bias.

The unbiased estimate is that of Szekely & Rizzo (2014), "Partial distance correlation with methods
for dissimilarities", equations 3.2 and 3.3: the distance matrices are centred so that each row sums
to zero without its diagonal, and their inner product is divided by n (n - 3). It is 0 on average
for independent samples, and can fall below 0.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

Penalty = Callable[[Tensor, Tensor], Tensor]
"""From (n, latent) ``z`` and (n, sensitive) marks ``s``, n at least 4, to a scalar with a slope in
``z``: 0 if the two are independent, larger the more they depend on each other."""


def u_centred(distances: Tensor) -> Tensor:
    """Centre a distance matrix so that every row and column sums to 0, the diagonal left out.

    Args:
        distances: (n, n) symmetric with a diagonal of 0, n >= 3.

    Returns:
        (n, n), diagonal 0.
    """
    n = len(distances)
    row = distances.sum(0) / (n - 2)
    everything = distances.sum() / ((n - 1) * (n - 2))
    centred = distances - row[None, :] - row[:, None] + everything
    return centred - torch.diag(torch.diagonal(centred))


def distances(points: Tensor) -> Tensor:
    """(n, n) Euclidean distances between the rows of (n, d) ``points``."""
    if points.shape[1] == 1:  # the root of a square has no gradient at 0; the modulus does
        return (points - points.T).abs()
    return torch.cdist(points, points, compute_mode='donot_use_mm_for_euclid_dist')


def distance_covariance(z: Tensor, s: Tensor) -> Tensor:
    """Squared distance covariance of ``z`` and ``s``, unbiased; 0 on average if independent.

    Args:
        z: (n, latent), n >= 4.
        s: (n, sensitive); one-hot for categories, the value itself for numbers.

    Returns:
        Scalar, in the product of the units of ``z`` and ``s``. The best value is 0. Gradients
        flow to ``z`` alone.

    Raises:
        ValueError: With fewer than 4 rows, where the estimate is not defined.

    Example:
        A latent that tells the group, and one that says nothing about it, which is about 0:

        >>> s = torch.tensor([[0.0], [0.0], [0.0], [1.0], [1.0], [1.0]])
        >>> round(float(distance_covariance(3 * s, s)), 3)
        1.2
        >>> alike = torch.tensor([[1.0], [2.0], [3.0], [1.0], [2.0], [3.0]])
        >>> float(distance_covariance(alike, s)) < 0
        True
    """
    n = len(z)
    if n < 4:
        raise ValueError(f'distance covariance needs at least 4 rows, not {n}')
    with torch.no_grad():
        b = u_centred(distances(s))
    # U-centring is a projection: centring one of the two is enough.
    return (distances(z) * b).sum() / (n * (n - 3))


PENALTIES: dict[str, Penalty] = {'distance_covariance': distance_covariance}
"""By the name that a teacher's settings give."""


def dependence_within(
    z: Tensor, s: Tensor, masks: list[Tensor], penalty: Penalty = distance_covariance
) -> Tensor:
    """Mean over masks of rows of how much ``z`` and ``s`` depend on each other among them.

    Args:
        z: (n, latent).
        s: (n, sensitive).
        masks: (n,) booleans each; those of fewer than 4 rows tell nothing and are left out.
        penalty: Tells that of the rows of one mask.

    Returns:
        Scalar; 0 where no mask has rows enough. The best value is 0.
    """
    # To count the rows of a mask on another device is to wait for it.
    if z.device.type != 'cpu' and penalty is distance_covariance:
        return dependence_among(z, s, masks)
    found = [penalty(z[mask], s[mask]) for mask in masks if int(mask.sum()) >= 4]
    return torch.stack(found).mean() if found else z.sum() * 0.0


def dependence_among(z: Tensor, s: Tensor, masks: list[Tensor]) -> Tensor:
    """:func:`dependence_within` by distance covariance, without choosing the rows of any mask.

    It takes the time of all rows for each mask, and asks the device for nothing.
    """
    with torch.no_grad():
        apart, centred, counted = (
            distances(s),
            torch.zeros_like(s[:, :1] * s[:, 0]),
            z.new_zeros(()),
        )
        for mask in masks:
            chosen = mask.to(z.dtype)
            enough = (chosen.sum() >= 4).to(z.dtype)
            n, both = chosen.sum().clamp(min=4.0), chosen[:, None] * chosen
            b = apart * both
            row, everything = b.sum(0) / (n - 2), b.sum() / ((n - 1) * (n - 2))
            b = (b - row[None, :] - row[:, None] + everything) * both
            centred += (enough / (n * (n - 3))) * (b - torch.diag(torch.diagonal(b)))
            counted = counted + enough
        centred = centred / counted.clamp(min=1.0)
    return (distances(z) * centred).sum()


def distance_correlation(z: Tensor, s: Tensor) -> Tensor:
    """Squared distance correlation, unbiased; about 0 if independent, at most 1.

    Args:
        z: (n, latent), n >= 4.
        s: (n, sensitive).

    Returns:
        Scalar, without unit. 0 where one of them is constant.
    """
    scale = (distance_covariance(z, z) * distance_covariance(s, s)).clamp(min=0).sqrt()
    covariance = distance_covariance(z, s)
    return torch.where(scale > 0, covariance / scale.clamp(min=1e-30), torch.zeros_like(scale))
