"""What the last stages of a teacher minimise: columns and targets, and pictures, given ``u``."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor

from sdv_fair4free.core.conditional import drawn_latents
from sdv_fair4free.core.generator import RowGenerator
from sdv_fair4free.core.networks import Decoder
from sdv_fair4free.core.pictures import painting_loss
from sdv_fair4free.core.rows import Rows
from sdv_fair4free.core.training import Losses, autocast

LOOKS = 6
"""Blurred ``u`` of a row that the heads average over."""


def blurred(u: Tensor, blur: float, noise: torch.Generator) -> Tensor:
    """``u`` with some noise; what is standard Gaussian stays so (an Ornstein-Uhlenbeck step).

    Args:
        u: (rows, latent).
        blur: Standard deviation of the noise, in that of ``u``; 0 gives ``u`` back.
        noise: Source of it; where the rows are.
    """
    return looks(u, blur, 1, noise)[0]


def looks(u: Tensor, blur: float, count: int, noise: torch.Generator) -> Tensor:
    """Several blurred ``u`` of each row: one with some noise, the next with the same noise negated.

    Args:
        u: (rows, latent).
        blur: Standard deviation of the noise, in that of ``u``; with 0 there is one look, ``u``.
        count: How many.
        noise: Source of it; where the rows are.

    Returns:
        (looks, rows, latent).
    """
    if blur == 0:
        return u[None]
    luck = torch.randn((-(-count // 2), *u.shape), generator=noise, device=u.device)
    pairs = torch.stack([luck, -luck], dim=1).flatten(0, 1)[:count]
    return (u + blur * pairs) / math.sqrt(1 + blur**2)


def sharp_loss(head: Decoder, at: Tensor, seen: Tensor, told: Tensor) -> Tensor:
    """Minus the log of the probability of the targets, on average over the looks at a row.

    Rows are drawn from what is seen, columns and targets both. Columns that learn from blurred
    ``u`` and targets that learn from ``u`` itself would both be right, and their relation dulled. A
    head whose average over the blur is p(y | u) is sharper than that, by as much as the blur takes
    away: then p(x, y) is the integral of p(u) p(x | u) p(y | u), as if there were no blur. It can
    be no sharper than certain, and what is left over stays dulled.

    Args:
        head: p(y | seen, told).
        at: (rows, columns) int64: the tokens of the targets.
        seen: (looks, rows, latent).
        told: (rows, what else the head sees).

    Returns:
        (rows,) nats.
    """
    count = len(seen)
    inputs = torch.cat([seen, told.expand(count, *told.shape)], dim=2).flatten(0, 1)
    repeated = at.repeat(count, 1)
    each = head.negative_log_likelihood(head(repeated, inputs), repeated).view(count, -1)
    return math.log(count) - (-each).logsumexp(0)


def decoder_loss(
    model: RowGenerator,
    rows: Rows,
    draws: Tensor,
    weights: Tensor,
    blur: float,
    noise: torch.Generator,
) -> Callable[[Tensor, bool], Losses]:
    """The loss of decoder and heads, as the training loop takes it.

    Args:
        model: What is trained.
        rows: The real rows.
        draws: (rows, draws, latent) their latents, of which one is taken at a time.
        weights: (rows,) positive, of the criterion.
        blur: Of the ``u`` that is seen, see :func:`blurred`. ``u`` is itself told by the columns: a
            decoder that sees it as it is has to draw columns that add up to it, one after the
            other, and those that do not are unlike any row. Heads make up for it, see
            :func:`sharp_loss`. Rows held out are blurred alike each time that they are judged.
        noise: Of dropout, of the blur, and of the draws that are taken; where the rows are.
    """
    schema = model.schema

    def loss(batch: Tensor, training: bool) -> Losses:
        index = batch.to(rows.x.device)
        u = drawn_latents(draws, index, noise if training else None)
        x_at, s_marks = schema.x.at(rows.x[index]), rows.marks(schema.s, index)
        luck = noise if training else torch.Generator(rows.x.device).manual_seed(0)
        seen = blurred(u, blur, luck)
        with autocast(rows.x.device):
            logits = model.decoder(x_at, model.context(seen, s_marks), noise if training else None)
        # p(x | u, s) is the same under the weights where u tells what there is to tell about y; the
        # columns are learnt, like the plain head, from the rows as they are.
        parts = {'columns': model.decoder.negative_log_likelihood(logits, x_at).mean()}
        if model.fair_head is not None and model.plain_head is not None:
            at = schema.y.at(rows.y[index])
            many = looks(u, blur, LOOKS, luck)
            fair = sharp_loss(model.fair_head, at, many, s_marks[:, :0])
            plain = sharp_loss(model.plain_head, at, many, s_marks)
            parts['target'] = (weights[index] * fair).mean()
            parts['plain target'] = plain.mean()
        if model.law.decoder is not None:
            parts['sensitive'] = model.law.loss(rows.s[index]).mean()
        return parts

    return loss


def painter_loss(
    model: RowGenerator,
    rows: Rows,
    draws: Tensor,
    weights: Tensor,
    noise: torch.Generator,
) -> Callable[[Tensor, bool], Losses]:
    """The loss of the painter; batches to train on are drawn by the weights already.

    Args:
        model: What is trained.
        rows: The real rows.
        draws: (rows, draws, latent) their latents, of which one is taken at a time.
        weights: (rows,) positive, of the criterion.
        noise: Of the draws that are taken; where the rows are.
    """
    painter, device = model.painter, rows.x.device

    def loss(batch: Tensor, training: bool) -> Losses:
        index = batch.to(device)
        u = drawn_latents(draws, index, noise if training else None)
        values = rows.values(index)
        assert painter is not None
        assert values is not None
        with autocast(device):
            painted = painter(model.context(u, rows.marks(model.schema.s, index)))
        return {'picture': painting_loss(painted, values, None if training else weights[index])}

    return loss
