"""What the last stages of a teacher minimise: columns and targets, and pictures, given ``u``."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor

from sdv_fair4free.core.conditional import drawn_latents
from sdv_fair4free.core.generator import RowGenerator
from sdv_fair4free.core.pictures import painting_loss
from sdv_fair4free.core.rows import Rows
from sdv_fair4free.core.training import Losses, autocast


def blurred(u: Tensor, blur: float, noise: torch.Generator) -> Tensor:
    """``u`` with some noise; what is standard Gaussian stays so (an Ornstein-Uhlenbeck step).

    Args:
        u: (rows, latent).
        blur: Standard deviation of the noise, in that of ``u``; 0 gives ``u`` back.
        noise: Source of it; where the rows are.
    """
    if blur == 0:
        return u
    luck = torch.randn(u.shape, generator=noise, device=u.device)
    seen: Tensor = (u + blur * luck) / math.sqrt(1 + blur**2)
    return seen


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
        blur: Of the ``u`` that the columns learn with, see :func:`blurred`. ``u`` is itself told by
            the columns: a decoder that sees it as it is has to draw columns that add up to it, one
            after the other, and those that do not are unlike any row. The targets see it as it is,
            and so do all where rows are held out. The price: among the rows that are drawn, columns
            tell the target a little less sharply.
        noise: Of dropout, of the blur, and of the draws that are taken; where the rows are.
    """
    schema = model.schema

    def loss(batch: Tensor, training: bool) -> Losses:
        index = batch.to(rows.x.device)
        u = drawn_latents(draws, index, noise if training else None)
        x_at, s_marks = schema.x.at(rows.x[index]), rows.marks(schema.s, index)
        seen = blurred(u, blur, noise) if training else u
        with autocast(rows.x.device):
            logits = model.decoder(x_at, model.context(seen, s_marks), noise if training else None)
        # p(x | u, s) is the same under the weights where u tells what there is to tell about y; the
        # columns are learnt, like the plain head, from the rows as they are.
        parts = {'columns': model.decoder.negative_log_likelihood(logits, x_at).mean()}
        if model.fair_head is not None and model.plain_head is not None:
            at = schema.y.at(rows.y[index])
            told = torch.cat([u, s_marks], dim=1)
            fair = model.fair_head.negative_log_likelihood(model.fair_head(at, u), at)
            plain = model.plain_head.negative_log_likelihood(model.plain_head(at, told), at)
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
