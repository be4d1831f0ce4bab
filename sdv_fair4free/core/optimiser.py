"""Adam with decoupled weight decay, whose rate rises and falls once.

This is torch's own function (Loshchilov & Hutter 2019, "Decoupled Weight Decay Regularization"),
called without the class around it: ``torch.optim.AdamW`` loads torch's compiler, which is not used
here, and takes a second and tens of megabytes of a process's first fit.
"""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim.adamw import adamw

from sdv_fair4free.core.config import TrainingConfig

BETAS = (0.9, 0.999)
EPSILON = 1e-8


class Optimiser:
    """Takes steps along the slopes that the weights of a module have.

    Args:
        module: Whose weights are trained, where it will stay.
        config: The highest rate, and the weight decay.
        steps: How many steps there are at the most; the rate has then come down to nearly 0.
    """

    def __init__(self, module: nn.Module, config: TrainingConfig, steps: int) -> None:
        self.config, self.steps, self.taken = config, steps, 0
        self._weights = [weight for weight in module.parameters() if weight.requires_grad]
        self._counts = [weight.new_zeros((), dtype=torch.float32) for weight in self._weights]
        self._means, self._squares = (
            [torch.zeros_like(weight) for weight in self._weights] for _ in range(2)
        )

    @torch.no_grad()
    def step(self) -> None:
        """Move all weights that have a slope."""
        moved = [i for i, weight in enumerate(self._weights) if weight.grad is not None]

        def of_moved(parts: list[Any]) -> list[Any]:
            return [parts[i] for i in moved]

        adamw(
            of_moved(self._weights),
            [self._weights[i].grad for i in moved],  # type: ignore[misc]
            of_moved(self._means),
            of_moved(self._squares),
            [],
            of_moved(self._counts),
            fused=True,
            amsgrad=False,
            beta1=BETAS[0],
            beta2=BETAS[1],
            lr=self.rate(),
            weight_decay=self.config.weight_decay,
            eps=EPSILON,
            maximize=False,
        )
        self.taken += 1

    def rate(self) -> float:
        """That of the next step: it rises over a tenth of them, then falls as a cosine."""
        rise = max(1, self.steps // 10)
        if self.taken < rise:
            return self.config.learning_rate * ((self.taken + 1) / rise)
        done = min(1.0, (self.taken - rise) / max(1, self.steps - rise))
        return self.config.learning_rate * (0.5 * (1 + math.cos(math.pi * done)))

    def state_dict(self) -> dict[str, Any]:
        """All that the steps to come depend on, but for the weights."""
        return {
            'taken': self.taken,
            'counts': self._counts,
            'means': self._means,
            'squares': self._squares,
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on where another stopped, of a module of the same shape."""
        self.taken = state['taken']
        for name in ('counts', 'means', 'squares'):
            mine: list[Tensor] = getattr(self, f'_{name}')
            for here, there in zip(mine, state[name], strict=True):
                here.copy_(there)
