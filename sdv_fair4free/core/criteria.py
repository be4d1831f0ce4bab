"""What "fair" means: where ``z`` must not depend on ``s``, and how rows weigh meanwhile.

Demographic parity asks for ``z`` independent of ``s``. Equalized odds asks for it given ``y``, and
equal opportunity given the favourable ``y`` alone; both are learnt under the weights of Kamiran &
Calders (2012), p(y) p(s) / p(y, s), under which ``y`` itself is independent of ``s``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from sdv_fair4free.core.transport import own_share

LARGEST_WEIGHT = 100.0
"""Of one row, so that a surprising one cannot outweigh the rest."""
FEWEST_IN_STRATUM = 50
"""Rarer strata tell nothing: they do not count, and crossings of several targets are pooled."""


@dataclass(frozen=True, kw_only=True)
class Criterion:
    """One definition of fairness.

    Attributes:
        balanced: Whether rows are weighed so that ``y`` is independent of ``s``.
        masks: From (rows,) strata of ``y``, the favourable one and how many there are to the masks
            of rows within which ``z`` must be independent of ``s``; rare ones are empty. Nothing is
            asked of the device.
        within_outcomes: Whether groups are compared among rows of the same true outcome, so that
            there has to be one.
        needs_favourable: Whether it asks about one outcome of one target.

    Raises:
        ValueError: If one of these is something else.
    """

    balanced: bool
    masks: Callable[[Tensor, int, int], list[Tensor]]
    within_outcomes: bool = False
    needs_favourable: bool = False

    def __post_init__(self) -> None:
        told = (self.balanced, self.within_outcomes, self.needs_favourable)
        if not callable(self.masks) or not all(isinstance(part, bool) for part in told):
            raise ValueError('masks must be a function, and all else of a criterion True or False')


def _everyone(strata: Tensor, favourable: int, count: int) -> list[Tensor]:
    return [torch.ones_like(strata, dtype=torch.bool)]


def _each_stratum(strata: Tensor, favourable: int, count: int) -> list[Tensor]:
    marks = strata[:, None] == torch.arange(count, device=strata.device)
    counts = marks.sum(0)
    enough = (counts.max() // 10).clamp(1, FEWEST_IN_STRATUM)
    return list((marks & (counts >= enough)).unbind(1))


def _favourable(strata: Tensor, favourable: int, count: int) -> list[Tensor]:
    return [strata == favourable]


class NobodyComparedError(ValueError):
    """All masks of a criterion are empty on the rows at hand."""


PENALTY = 10.0
"""Weight of the penalty where the configuration names none and no map does its work."""
CRITERIA: dict[str, Criterion] = {
    'demographic_parity': Criterion(balanced=False, masks=_everyone),
    'equalized_odds': Criterion(balanced=True, masks=_each_stratum, within_outcomes=True),
    'equal_opportunity': Criterion(
        balanced=True, masks=_favourable, within_outcomes=True, needs_favourable=True
    ),
}


def strata_of(y: Tensor, strata: Sequence[Tensor]) -> Tensor:
    """The stratum of each row: what counts as the same true outcome.

    Args:
        y: (rows, targets) codes.
        strata: For each target, (size,) the stratum of each of its tokens.

    Returns:
        (rows,) int64. With one target its own strata; with several their crossings, rare ones in
        one stratum together. Zeros without a target.
    """
    told: list[Tensor] = [known.to(y.device)[y[:, i].long()] for i, known in enumerate(strata)]
    if not told:
        return torch.zeros(len(y), dtype=torch.int64, device=y.device)
    if len(told) == 1:
        return told[0]
    crossed = torch.unique(torch.stack(told, dim=1), dim=0, return_inverse=True)[1]
    rare = (torch.bincount(crossed) < FEWEST_IN_STRATUM)[crossed]
    crossed = torch.where(rare, int(crossed.max()) + 1, crossed)
    numbered: Tensor = torch.unique(crossed, return_inverse=True)[1]
    return numbered


def shrunken_shares(strata: Tensor, levels: list[Tensor]) -> Tensor:
    """p(stratum | group) from counts, that of rare groups shrunk toward their parents'.

    Args:
        strata: (rows,) int64.
        levels: Groups of each row, from :func:`~sdv_fair4free.core.transport.nested_levels`.

    Returns:
        (rows, strata) float64; positive where the row's group has the stratum, or a parent does.
    """
    hot = torch.nn.functional.one_hot(strata).double()
    shares = hot.mean(0).expand_as(hot)
    for groups in reversed(levels[:-1]):
        sums = hot.new_zeros(int(groups.max()) + 1, hot.shape[1]).index_add_(0, groups, hot)
        counts = sums.sum(1, keepdim=True)
        trust = own_share(counts)
        shares = (trust * sums / counts)[groups] + (1 - trust)[groups] * shares
    return shares


def balancing_weights(strata: Tensor, shares: Tensor) -> Tensor:
    """p(y) / p(y | s), which is p(y) p(s) / p(y, s), for each row (Kamiran & Calders 2012).

    Args:
        strata: (rows,) int64 strata of ``y``.
        shares: (rows, strata) p(y | s) of each row's ``s``.

    Returns:
        (rows,) float32, all positive, with mean 1. Before that none is above ``LARGEST_WEIGHT``.

    Example:
        Of two groups one has the second outcome in three rows of four, the other in one of four.
        Rows that go against the habit of their group count three times as much:

        >>> y = torch.tensor([0, 1, 1, 1, 0, 0, 0, 1])
        >>> shares = torch.tensor([[0.25, 0.75]] * 4 + [[0.75, 0.25]] * 4)
        >>> weights = balancing_weights(y, shares)
        >>> (weights / weights.min()).tolist()
        [3.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 3.0]
    """
    total = torch.bincount(strata, minlength=shares.shape[1]).double() / len(strata)
    shares = shares.clamp(min=total / LARGEST_WEIGHT)
    weights = (total / shares)[torch.arange(len(strata), device=strata.device), strata]
    return (weights / weights.mean()).float()
