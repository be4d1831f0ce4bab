"""What "fair" means: where ``z`` must not depend on ``s``, and how rows weigh meanwhile.

Demographic parity asks for ``z`` independent of ``s``. Equalized odds asks for it given ``y``, and
equal opportunity given the favourable ``y`` alone; both are learnt under the weights of Kamiran &
Calders (2012), p(y) p(s) / p(y, s), under which ``y`` itself is independent of ``s``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True, kw_only=True)
class Criterion:
    """One definition of fairness.

    Attributes:
        balanced: Whether rows are weighed so that ``y`` is independent of ``s``.
        strata: From (rows,) ``y`` and the favourable class to the masks of rows within which ``z``
            must be independent of ``s``.
        dependence_weight: Weight of the penalty where the configuration names none. 0 where
            transport alone makes the criterion exact.
    """

    balanced: bool
    strata: Callable[[Tensor, int], list[Tensor]]
    dependence_weight: float


def _everyone(y: Tensor, favourable: int) -> list[Tensor]:
    return [torch.ones_like(y, dtype=torch.bool)]


def _each_class(y: Tensor, favourable: int) -> list[Tensor]:
    return [y == k for k in range(int(y.max()) + 1)]


def _favourable(y: Tensor, favourable: int) -> list[Tensor]:
    return [y == favourable]


CRITERIA: dict[str, Criterion] = {
    'demographic_parity': Criterion(balanced=False, strata=_everyone, dependence_weight=0.0),
    'equalized_odds': Criterion(balanced=True, strata=_each_class, dependence_weight=10.0),
    'equal_opportunity': Criterion(balanced=True, strata=_favourable, dependence_weight=10.0),
}


def balancing_weights(y: Tensor, groups: Tensor) -> Tensor:
    """p(y) p(s) / p(y, s) for each row (Kamiran & Calders 2012), with mean 1.

    Args:
        y: (rows,) int64 classes.
        groups: (rows,) int64 groups.

    Returns:
        (rows,) float32, all positive.
    """
    classes = int(y.max()) + 1
    joint = torch.bincount(groups * classes + y, minlength=(int(groups.max()) + 1) * classes)
    joint = joint.view(-1, classes).double()
    expected = joint.sum(1, keepdim=True) * joint.sum(0, keepdim=True) / joint.sum()
    weights = (expected / joint.clamp(min=1))[groups, y]
    return (weights / weights.mean()).float()
