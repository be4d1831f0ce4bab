"""Likelihoods of columns that lie end to end in one row of logits, without a walk over columns.

Forward and backward passes are written by hand: what automatic differentiation would keep and touch
of (rows, tokens) numbers takes longer than the networks themselves.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from sdv_fair4free.core.diagonal import Membership

LOGIT_BOUND = 30.0
"""Logits are held in +-30, so that one exp over all columns can neither overflow nor vanish."""


def bounded(logits: Tensor) -> Tensor:
    """Logits in single precision, within +-``LOGIT_BOUND``; others than those given."""
    if logits.dtype == torch.float32:
        return logits.clamp(-LOGIT_BOUND, LOGIT_BOUND)
    return logits.float().clamp_(-LOGIT_BOUND, LOGIT_BOUND)


def log_normalisers(logits: Tensor, membership: Membership) -> Tensor:
    """(rows, columns): log of the summed exponentials of each column's (rows, tokens) logits."""
    return membership.sums(bounded(logits).exp()).log()


def log_probabilities(logits: Tensor, membership: Membership) -> Tensor:
    """(rows, tokens): the log probability of each token within its column."""
    return bounded(logits) - membership.spread(log_normalisers(logits, membership))


def negative_log_likelihood(logits: Tensor, at: Tensor, membership: Membership) -> Tensor:
    """Minus the summed log probabilities of the values of each row.

    Logits beyond +-``LOGIT_BOUND`` count as the bound, and are still drawn back from it.

    Args:
        logits: (rows, tokens), not normalised.
        at: (rows, columns) int64: the token of each value, see :meth:`Layout.at`.
        membership: Of the tokens.

    Returns:
        (rows,) nats.
    """
    found: Tensor = _Likelihood.apply(logits, at, membership)  # type: ignore[no-untyped-call]
    return found


def cross_entropy(logits: Tensor, shares: Tensor, membership: Membership) -> Tensor:
    """The cross entropy of given probabilities and those of the logits, summed over columns.

    Args:
        logits: (rows, tokens), not normalised.
        shares: (rows, tokens): the probability of each token within its column.
        membership: Of the tokens.

    Returns:
        (rows,) nats: the entropy of ``shares`` where the two agree, and more elsewhere.
    """
    found: Tensor = _CrossEntropy.apply(logits, shares, membership)  # type: ignore[no-untyped-call]
    return found


class _Likelihood(torch.autograd.Function):
    """d/dlogit = probability, less 1 at the value itself."""

    @staticmethod
    def forward(ctx: Any, logits: Tensor, at: Tensor, membership: Membership) -> Tensor:
        held = bounded(logits)
        picked = held.gather(1, at).sum(1)
        weights = held.exp_()
        sums = membership.sums(weights)
        ctx.save_for_backward(weights, sums, at)
        ctx.dtype, ctx.membership = logits.dtype, membership
        return sums.log().sum(1) - picked

    @staticmethod
    @once_differentiable  # type: ignore[untyped-decorator]
    def backward(ctx: Any, slope: Tensor) -> tuple[Tensor, None, None]:
        weights, sums, at = ctx.saved_tensors
        shares = ctx.membership.spread(slope[:, None] / sums).mul_(weights)
        shares.scatter_add_(1, at, -slope[:, None].expand(at.shape))
        return shares.to(ctx.dtype), None, None


class _CrossEntropy(torch.autograd.Function):
    """d/dlogit = probability, less the given one."""

    @staticmethod
    def forward(ctx: Any, logits: Tensor, shares: Tensor, membership: Membership) -> Tensor:
        held = bounded(logits)
        agreed: Tensor = torch.linalg.vecdot(held, shares)
        weights = held.exp_()
        sums = membership.sums(weights)
        ctx.save_for_backward(weights, sums, shares)
        ctx.dtype, ctx.membership = logits.dtype, membership
        return sums.log().sum(1) - agreed

    @staticmethod
    @once_differentiable  # type: ignore[untyped-decorator]
    def backward(ctx: Any, slope: Tensor) -> tuple[Tensor, None, None]:
        weights, sums, given = ctx.saved_tensors
        shares = ctx.membership.spread(slope[:, None] / sums).mul_(weights)
        shares.addcmul_(given, slope[:, None], value=-1.0)
        return shares.to(ctx.dtype), None, None
