"""Small fits of laws given the sensitive values, where these cannot be counted: numbers."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional as F

from sdv_fair4free.core.config import TrainingConfig
from sdv_fair4free.core.flow import FLOW_WIDTH, ConditionalFlow
from sdv_fair4free.core.networks import Perceptron, reset_parameters
from sdv_fair4free.core.training import Losses

AT_ONCE = 2**18
"""Rows that a network sees at a time where nothing is learnt from them."""
SETTINGS = TrainingConfig(epochs=12, learning_rate=5e-3, weight_decay=1e-3, width=32, patience=3)

Trainer = Callable[[str, torch.nn.Module, Callable[[Tensor, bool], Losses], TrainingConfig], None]


def fit_flow(
    stage: str,
    z: Tensor,
    s_marks: Tensor,
    weights: Tensor,
    generator: torch.Generator,
    noise: torch.Generator,
    trainer: Trainer,
    width: int = FLOW_WIDTH,
) -> ConditionalFlow:
    """Fit p(z | s).

    Args:
        stage: Name for the history.
        z: (rows, latent); or (rows, draws, latent), of which one is taken at a time.
        s_marks: (rows, width).
        weights: (rows,) positive.
        generator: Of the first weights.
        noise: Of the draws that are taken; where the latents are.
        trainer: Trains a module by its loss on batches of row numbers.
        width: Hidden units of each law.
    """
    draws = z if z.dim() == 3 else z[:, None]
    flow = ConditionalFlow(z.shape[-1], s_marks.shape[1], generator, width).to(z.device)
    flow.standardise(draws.flatten(0, 1))

    def loss(batch: Tensor, training: bool) -> Losses:
        index = batch.to(z.device)
        of_rows = drawn_latents(draws, index, noise if training else None)
        return {'latent': (weights[index] * flow.loss(of_rows, s_marks[index])).mean()}

    trainer(stage, flow, loss, SETTINGS)
    return flow


def drawn_latents(draws: Tensor, index: Tensor, noise: torch.Generator | None) -> Tensor:
    """One of several latents of each row.

    Args:
        draws: (rows, draws, latent).
        index: (some rows,) int64.
        noise: Chooses among the draws; None takes the first.

    Returns:
        (some rows, latent).
    """
    count = draws.shape[1]
    if noise is None or count == 1:
        return draws[index, 0]
    return draws[index, torch.randint(count, index.shape, generator=noise, device=index.device)]


def learnt_shares(
    strata: Tensor, s_marks: Tensor, generator: torch.Generator, trainer: Trainer
) -> Tensor:
    """p(stratum | s) of each row, by a small classifier that is smooth in the numbers of ``s``.

    Args:
        strata: (rows,) int64.
        s_marks: (rows, width).
        generator: Of the first weights.
        trainer: Trains a module by its loss on batches of row numbers.

    Returns:
        (rows, strata) float64, all positive, on the CPU: not all GPUs have double precision.
    """
    model = Perceptron(s_marks.shape[1], int(strata.max()) + 1, SETTINGS.width)
    reset_parameters(model, generator)
    model.to(s_marks.device)

    def loss(batch: Tensor, training: bool) -> Losses:
        index = batch.to(s_marks.device)
        return {'stratum': F.cross_entropy(model(s_marks[index]), strata[index])}

    trainer('balance', model, loss, SETTINGS)
    with torch.no_grad():
        parts = [model(part).cpu().double().softmax(1) for part in s_marks.split(AT_ONCE)]
        shares: Tensor = torch.cat(parts)
    return shares
