"""The maps that networks are made of, with their slopes written by hand.

Small batches are learnt from in thousands of steps, and most of a step is spent between the matrix
products: in conversions, masks and sums that automatic differentiation takes one by one. Each map
here is one node with as few passes as there can be. Where the caller has asked for half precision
(``torch.autocast``), products are computed in it, with sums in single precision inside.
"""

from __future__ import annotations

import contextlib
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.nn import functional as F

WITH_AUTOCAST = ('cpu', 'cuda')
"""Kinds of devices for which half precision is ever asked for here."""


def linear(h: Tensor, weight: Tensor, bias: Tensor, mask: Tensor | None = None) -> Tensor:
    """A linear map with some of its weights left out.

    Args:
        h: (rows, inputs).
        weight: (outputs, inputs).
        bias: (outputs,).
        mask: (outputs, inputs) 1 for the weights that count, 0 for the others; None for all.

    Returns:
        (rows, outputs).
    """
    found: Tensor = _Linear.apply(h, weight, bias, mask)  # type: ignore[no-untyped-call]
    return found


def residual(
    h: Tensor,
    extra: Tensor | None,
    weight: Tensor,
    bias: Tensor,
    mask: Tensor | None,
    kept: Tensor | None,
    scale: float,
) -> Tensor:
    """A residual block: ``h + extra + scale * W (kept * silu(h)) + bias``.

    Args:
        h: (rows, width).
        extra: (rows, width) what is added; None for nothing.
        weight: (width, width).
        bias: (width,).
        mask: (width, width) 1 for the weights that count, 0 for the others; None for all.
        kept: (rows, width) 1 for units that count, 0 for those silenced; None for all.
        scale: What those count for.

    Returns:
        (rows, width), of the precision of ``h``.
    """
    found: Tensor = _Residual.apply(h, extra, weight, bias, mask, kept, scale)  # type: ignore[no-untyped-call]
    return found


def summed(table: Tensor, at: Tensor, weights: Tensor | None = None) -> Tensor:
    """The rows of a table that belong to the tokens of each row, added up.

    Args:
        table: (tokens, width).
        at: (rows, columns) int64, see :meth:`Layout.at`; the tokens of a row differ.
        weights: (rows, columns) what each counts, which is not learnt; None counts all alike.

    Returns:
        (rows, width); 0 where there are no columns.
    """
    found: Tensor = _Summed.apply(table, at, weights)  # type: ignore[no-untyped-call]
    return found


def as_given(device: torch.device) -> contextlib.AbstractContextManager[None]:
    """Products in the precision of what is multiplied, also where a caller asks for half."""
    if device.type not in WITH_AUTOCAST:
        return contextlib.nullcontext()
    return torch.autocast(device.type, enabled=False)


def _precision(device: torch.device) -> torch.dtype:
    """What the caller wants products to be computed in."""
    if device.type in WITH_AUTOCAST and torch.is_autocast_enabled(device.type):
        return torch.get_autocast_dtype(device.type)
    return torch.float32


def _folded(weight: Tensor, mask: Tensor | None, dtype: torch.dtype) -> Tensor:
    return (weight if mask is None else weight * mask).to(dtype)


def _slope_of_weights(slope: Tensor, h: Tensor, mask: Tensor | None) -> Tensor:
    found = (slope.T @ h).float()
    return found if mask is None else found.mul_(mask)


class _Linear(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, h: Tensor, weight: Tensor, bias: Tensor, mask: Tensor | None) -> Tensor:
        dtype = _precision(h.device)
        ctx.given = h.dtype
        folded, h = _folded(weight, mask, dtype), h.to(dtype)
        ctx.save_for_backward(h, folded, mask)
        return torch.addmm(bias.to(dtype), h, folded.T)

    @staticmethod
    @once_differentiable  # type: ignore[untyped-decorator]
    def backward(ctx: Any, slope: Tensor) -> tuple[Tensor | None, ...]:
        h, folded, mask = ctx.saved_tensors
        slope = slope.to(folded.dtype)
        back = (slope @ folded).to(ctx.given) if ctx.needs_input_grad[0] else None
        if not ctx.needs_input_grad[1]:
            return back, None, None, None
        bias = slope.sum(0, dtype=torch.float32)
        return back, _slope_of_weights(slope, h, mask), bias, None


class _Residual(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        h: Tensor,
        extra: Tensor | None,
        weight: Tensor,
        bias: Tensor,
        mask: Tensor | None,
        kept: Tensor | None,
        scale: float,
    ) -> Tensor:
        told = F.silu(h)
        if kept is not None:
            told.mul_(kept)
        folded = _folded(weight, mask, h.dtype)
        ctx.save_for_backward(h, told, folded, mask, kept)
        ctx.scale = scale
        out = h + bias.to(h.dtype)
        if extra is not None:
            out += extra
        return out.addmm_(told, folded.T, alpha=scale)

    @staticmethod
    @once_differentiable  # type: ignore[untyped-decorator]
    def backward(ctx: Any, slope: Tensor) -> tuple[Tensor | None, ...]:
        h, told, folded, mask, kept = ctx.saved_tensors
        scale = ctx.scale
        back = slope @ folded
        if kept is not None:
            back.mul_(kept)
        if scale != 1.0:
            back *= scale
        back = torch.ops.aten.silu_backward(back, h).add_(slope)
        weight = _slope_of_weights(slope, told, mask)
        if scale != 1.0:
            weight *= scale
        extra = slope if ctx.needs_input_grad[1] else None
        return back, extra, weight, slope.sum(0, dtype=torch.float32), None, None, None


class _Summed(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, table: Tensor, at: Tensor, weights: Tensor | None) -> Tensor:
        dtype = _precision(table.device)
        ctx.save_for_backward(at, weights)
        ctx.tokens = len(table)
        if at.shape[1] == 0:
            return table.new_zeros(len(at), table.shape[1], dtype=dtype)
        weights = None if weights is None else weights.to(dtype)
        return F.embedding_bag(at, table.to(dtype), mode='sum', per_sample_weights=weights)

    @staticmethod
    @once_differentiable  # type: ignore[untyped-decorator]
    def backward(ctx: Any, slope: Tensor) -> tuple[Tensor, None, None]:
        at, weights = ctx.saved_tensors
        marks = slope.new_zeros(len(at), ctx.tokens)
        if weights is None:
            marks.scatter_(1, at, 1.0)
        else:
            marks.scatter_(1, at, weights.to(marks.dtype))
        # A product with marks: to add up row after row takes longer.
        return (marks.T @ slope).float(), None, None
