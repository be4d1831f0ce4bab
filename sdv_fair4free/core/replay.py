"""A training step recorded once and replayed, so that a GPU does not wait for its host.

A step on a small network is a few hundred short kernels, and to launch them one by one takes longer
than they do. A CUDA graph launches them all at once. What cannot be recorded, because it asks the
device for a number or sends it some, is run step by step as before.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import fields, is_dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn

LOGGER = logging.getLogger(__name__)
_RECORDING = threading.Lock()
"""One recording at a time in a process."""
WARM_UP = 3
"""Steps before one is recorded, in which what is made once is made."""


class Step:
    """Takes a batch to its losses, and leaves their slopes in the weights.

    Args:
        loss: From a batch, and whether this is training, to named scalars.
        module: Whose weights they are.
        device: Where it is.
        noises: What ``loss`` draws from on that device.
    """

    def __init__(
        self,
        loss: Callable[[Any, bool], dict[str, Tensor]],
        module: nn.Module,
        device: torch.device,
        noises: Sequence[torch.Generator],
    ) -> None:
        self._loss, self._module, self._noises = loss, module, noises
        self._recordable = device.type == 'cuda'
        self._done = 0
        self._graph: torch.cuda.CUDAGraph | None = None
        self._batch: Any = None
        self._losses: dict[str, Tensor] = {}

    def __call__(self, batch: Any) -> dict[str, Tensor]:
        """The losses of a batch, which the next call may write over."""
        if not self._recordable:
            return self._taken(batch)
        if self._done < WARM_UP:
            self._done += 1
            return self._aside(batch)
        if self._graph is None and not self._record(batch):
            return self._taken(batch)
        assert self._graph is not None
        for here, there in zip(_tensors(self._batch), _tensors(batch), strict=True):
            here.copy_(there, non_blocking=True)
        self._graph.replay()
        return self._losses

    def _taken(self, batch: Any) -> dict[str, Tensor]:
        parts = self._loss(batch, True)
        self._module.zero_grad(set_to_none=True)
        torch.stack(list(parts.values())).sum().backward()  # type: ignore[no-untyped-call]
        return {term: value.detach() for term, value in parts.items()}

    def _aside(self, batch: Any) -> dict[str, Tensor]:
        """A step on a stream of its own, as recording asks for."""
        here, aside = torch.cuda.current_stream(), torch.cuda.Stream()
        aside.wait_stream(here)
        with torch.cuda.stream(aside):
            losses = self._taken(batch)
        here.wait_stream(aside)
        return losses

    def _record(self, batch: Any) -> bool:
        """Record a step of batches like this one; whether that could be done."""
        graph = torch.cuda.CUDAGraph()
        self._batch = _like(batch)
        stream, states = torch.cuda.current_stream(), [n.get_state() for n in self._noises]
        with _RECORDING:
            try:
                for noise in self._noises:
                    graph.register_generator_state(noise)
                # What other threads do on the device meanwhile is no concern of this recording.
                with torch.cuda.graph(graph, capture_error_mode='thread_local'):
                    self._losses = self._taken(self._batch)
            except RuntimeError as error:  # of CUDA: something in the step cannot be recorded
                LOGGER.debug('Training step by step, for a step cannot be recorded: %s', error)
                torch.cuda.set_stream(stream)
                torch.cuda.synchronize()
                for noise, state in zip(self._noises, states, strict=True):
                    # A recording that has failed may leave its mark on the stream of chance.
                    clean = torch.Generator(noise.device)
                    noise.graphsafe_set_state(clean.graphsafe_get_state())
                    noise.set_state(state)
                self._recordable = False
                return False
        self._graph = graph
        return True


def _tensors(batch: Any) -> list[Tensor]:
    if isinstance(batch, Tensor):
        return [batch]
    assert is_dataclass(batch)
    return [getattr(batch, part.name) for part in fields(batch)]


def _like(batch: Any) -> Any:
    """A batch of its own memory."""
    if isinstance(batch, Tensor):
        return batch.clone()
    return replace(
        batch, **{part.name: getattr(batch, part.name).clone() for part in fields(batch)}
    )
