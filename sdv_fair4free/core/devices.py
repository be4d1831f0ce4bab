"""Where to train."""

from __future__ import annotations

import functools
import logging

import torch

from sdv_fair4free.core.config import TrainingConfig
from sdv_fair4free.core.layout import Layout
from sdv_fair4free.core.networks import Decoder, reset_parameters
from sdv_fair4free.core.optimiser import Optimiser
from sdv_fair4free.core.sampling import FoldedDecoder

LOGGER = logging.getLogger(__name__)


def training_device(enable_gpu: bool) -> torch.device:
    """A GPU if it is wanted, there is one, and torch can train there; else the CPU.

    Args:
        enable_gpu: Whether one is wanted.
    """
    if enable_gpu and torch.cuda.is_available():
        return torch.device('cuda')
    if enable_gpu and torch.backends.mps.is_available() and can_train_on('mps'):
        return torch.device('mps')
    return torch.device('cpu')


@functools.cache
def can_train_on(kind: str) -> bool:
    """Whether a step of a small decoder can be taken there, and rows drawn from it.

    What torch does on Apple's GPUs grows from version to version: of older ones a part of what a
    step takes is missing.

    Args:
        kind: Of the device, as torch names it.
    """
    try:
        device = torch.device(kind)
        noise = torch.Generator(device).manual_seed(0)
        made = Decoder(Layout.of([2, 3]), 1, width=4, depth=1, dropout=0.5, direct=True)
        reset_parameters(made, torch.Generator().manual_seed(0))
        made = made.to(device)
        at = torch.tensor([[0, 2], [1, 4]]).to(device)
        context = torch.randn(2, 1, generator=noise, device=device)
        optimiser = Optimiser(made, TrainingConfig(), steps=2)
        made.negative_log_likelihood(made(at, context, noise), at).mean().backward()
        optimiser.step()
        uniforms = torch.full((2, 2), 0.5, device=device)
        drawn = list(FoldedDecoder.of(made).draws(context, uniforms))
        if all(bool(torch.special.entr(weights).isfinite().all()) for weights, _ in drawn):
            return True
        LOGGER.info('Training on the CPU, for torch computes no numbers on %s', kind)
        return False
    except (RuntimeError, NotImplementedError, TypeError) as error:
        LOGGER.info('Training on the CPU, for torch cannot train on %s: %s', kind, error)
        return False


__all__ = ['can_train_on', 'training_device']
