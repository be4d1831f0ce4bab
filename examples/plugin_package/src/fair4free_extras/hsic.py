"""The Hilbert-Schmidt independence criterion (Gretton et al. 2005), estimated without bias.

Like distance covariance it is 0 if and only if two things are independent; its kernel decides at
which distance it looks. The unbiased estimate is that of Song et al. (2012), "Feature selection via
dependence maximization", equation 5.
"""

import torch
from torch import Tensor


def hsic(z: Tensor, s: Tensor) -> Tensor:
    """How much ``z`` and ``s`` depend on each other; 0 on average if they do not.

    Args:
        z: (n, latent), n at least 4.
        s: (n, sensitive) marks.

    Returns:
        Scalar, without unit, with a slope in ``z``. The best value is 0; it can fall below.
    """
    n = len(z)
    k, other = _kernel(z), _kernel(s).detach()
    among = (k * other).sum() + k.sum() * other.sum() / ((n - 1) * (n - 2))
    across = 2 / (n - 2) * (k.sum(0) @ other.sum(0))
    return (among - across) / (n * (n - 3))


def _kernel(points: Tensor) -> Tensor:
    """(n, n) Gaussian kernel, as wide as the mean distance, and 0 on the diagonal."""
    apart = torch.cdist(points, points, compute_mode='donot_use_mm_for_euclid_dist').square()
    width = apart.detach().mean().clamp(min=1e-12)
    return (-apart / width).exp() * (1 - torch.eye(len(points), device=points.device))
