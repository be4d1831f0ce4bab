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

SETTINGS = TrainingConfig(epochs=12, learning_rate=5e-3, weight_decay=1e-3, width=32, patience=3)

Trainer = Callable[[str, torch.nn.Module, Callable[[Tensor, bool], Losses], TrainingConfig], None]


def fit_flow(
    stage: str,
    z: Tensor,
    s_marks: Tensor,
    weights: Tensor,
    generator: torch.Generator,
    trainer: Trainer,
    width: int = FLOW_WIDTH,
) -> ConditionalFlow:
    """Fit p(z | s).

    Args:
        stage: Name for the history.
        z: (rows, latent).
        s_marks: (rows, width).
        weights: (rows,) positive.
        generator: Of the first weights.
        trainer: Trains a module by its loss on batches of row numbers.
        width: Hidden units of each law.
    """
    flow = ConditionalFlow(z.shape[1], s_marks.shape[1], generator, width).to(z.device)
    flow.standardise(z)

    def loss(batch: Tensor, training: bool) -> Losses:
        index = batch.to(z.device)
        return {'latent': (weights[index] * flow.loss(z[index], s_marks[index])).mean()}

    trainer(stage, flow, loss, SETTINGS)
    return flow


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
        (rows, strata) float64, all positive.
    """
    model = Perceptron(s_marks.shape[1], int(strata.max()) + 1, SETTINGS.width)
    reset_parameters(model, generator)
    model.to(s_marks.device)

    def loss(batch: Tensor, training: bool) -> Losses:
        index = batch.to(s_marks.device)
        return {'stratum': F.cross_entropy(model(s_marks[index]), strata[index])}

    trainer('balance', model, loss, SETTINGS)
    with torch.no_grad():
        shares: Tensor = model(s_marks).double().softmax(1)
    return shares
