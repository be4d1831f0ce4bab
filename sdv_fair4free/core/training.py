"""One training loop for every stage: epochs, held-out rows, early stopping, history, callbacks.

The loop knows nothing of losses; a step knows nothing of the loop. Nothing is read back from the
device but the losses of an epoch, and those of the rows that are held out after it.
"""

from __future__ import annotations

import contextlib
import functools
import logging
import math
from collections.abc import Callable, Iterable, Iterator, Sequence, Sized
from dataclasses import asdict, dataclass, field
from typing import Any, TypeVar

import torch
from torch import Tensor, nn

from sdv_fair4free.core.checkpoint import CheckpointError, Checkpoints, Stream
from sdv_fair4free.core.config import TrainingConfig
from sdv_fair4free.core.optimiser import Optimiser
from sdv_fair4free.core.replay import Step

LOGGER = logging.getLogger(__name__)
Batch = TypeVar('Batch', bound=Sized)
Losses = dict[str, Tensor]

FEWEST_STEPS = 48
MOST_STEPS = 256
"""An epoch is between these: small tables are passed over several times, large ones in parts."""
MOST_HELD_OUT = 20_000
"""Rows that suffice to see when a loss stops falling."""
FEW_OF_MANY = 16
"""From so many times the rows of an epoch on, an epoch draws its rows instead of shuffling all."""
FEWEST_BATCHES = 16
"""Batches shrink until a table fills so many, for small tables need steps more than precision."""


class NonFiniteLossError(ArithmeticError):
    """A term of the loss became NaN or infinite."""


class Callback:
    """Watches training; override what is of use. Exceptions raised here end the fit.

    A fit that goes on from a checkpoint tells of what it does itself: nothing of stages that had
    ended, and of one that was under way the epochs that follow.
    """

    def on_fit_start(self, stage: str, epochs: int) -> None:
        """Hear that a stage begins, and of how many epochs at the most."""

    def on_epoch_end(self, stage: str, epoch: int, losses: dict[str, float]) -> bool | None:
        """Hear of the held-out losses by term, 'total' among them. Return True to stop."""

    def on_fit_end(self, stage: str) -> None:
        """Hear that a stage has ended, whatever the reason, if told that it began."""


def _wishes_to_stop(
    callbacks: Sequence[Callback], stage: str, epoch: int, losses: dict[str, float]
) -> bool:
    """Tell all of an epoch, each with losses of its own; one that wants to stop is enough."""
    wishes = [(one, one.on_epoch_end(stage, epoch, dict(losses))) for one in callbacks]
    for callback, wish in wishes:
        if not (wish is None or isinstance(wish, bool)):
            raise TypeError(
                f'{type(callback).__name__}.on_epoch_end returns a {type(wish).__name__}; it must '
                'be None, True or False.'
            )
    return any(wish for _, wish in wishes)


@contextlib.contextmanager
def _watched(callbacks: Sequence[Callback], stage: str, epochs: int) -> Iterator[None]:
    """Tell of start and end of a stage: who was told of its start hears of its end.

    What failed first is raised; what fails in an end after that is logged.
    """
    begun: list[Callback] = []
    failures: list[BaseException] = []
    try:
        for callback in callbacks:
            begun.append(callback)
            callback.on_fit_start(stage, epochs)
        yield
    except BaseException as error:  # also an interruption, which is raised again
        failures.append(error)
    for callback in begun:
        try:
            callback.on_fit_end(stage)
        except BaseException as error:
            failures.append(error)
    if failures:
        first, *others = failures
        for other in others:
            LOGGER.error("on_fit_end of stage '%s' failed besides", stage, exc_info=other)
        raise first


@dataclass(frozen=True, kw_only=True)
class Record:
    """One term of the loss after one epoch, in nats unless the term says otherwise."""

    stage: str
    epoch: int
    term: str
    training_loss: float
    held_out_loss: float


@dataclass(kw_only=True)
class _Standing:
    """How far a stage has come, but for the networks.

    Attributes:
        best_weights: Those after the epoch of the lowest held-out loss.
        best: That loss.
        since_best: Epochs since.
        epochs: Epochs done.
        ended: Whether it was the last.
        history: What the epochs came to.
    """

    best_weights: dict[str, Tensor]
    best: float = math.inf
    since_best: int = 0
    epochs: int = 0
    ended: bool = False
    history: list[Record] = field(default_factory=list)

    def state(self) -> dict[str, Any]:
        """All of it, as a checkpoint holds it."""
        return {**vars(self), 'history': [asdict(record) for record in self.history]}

    @classmethod
    def of(cls, state: dict[str, Any]) -> _Standing:
        """The same, out of a checkpoint."""
        known = {name: state[name] for name in cls.__dataclass_fields__}
        return cls(**{**known, 'history': [Record(**record) for record in state['history']]})


def autocast(device: torch.device) -> contextlib.AbstractContextManager[None]:
    """Half precision (bfloat16) for matrix products, where the hardware computes in it."""
    dtype = matrix_precision(device)
    if dtype == torch.float32:
        return contextlib.nullcontext()
    return torch.autocast(device.type, dtype)


@functools.lru_cache(maxsize=8)
def matrix_precision(device: torch.device) -> torch.dtype:
    """What matrix products of training are computed in: bfloat16 if the hardware does, or single.

    Only training takes it: what is sampled comes out of single precision, everywhere alike.
    """
    if device.type == 'cuda':
        fast = torch.cuda.is_bf16_supported()
    elif device.type == 'cpu':
        capabilities: dict[str, bool] = getattr(torch.cpu, 'get_capabilities', dict)()
        fast = bool(capabilities.get('amx_bf16') or capabilities.get('avx512_bf16'))
    else:
        fast = False
    return torch.bfloat16 if fast else torch.float32


def generator_on(device: torch.device, generator: torch.Generator) -> torch.Generator:
    """A generator for ``device``: ``generator`` itself on the CPU, else one seeded from it."""
    if device.type == 'cpu':
        return generator
    seed = int(torch.randint(2**31, (1,), generator=generator))
    return torch.Generator(device).manual_seed(seed)


def batch_size_for(rows: int, config: TrainingConfig) -> int:
    """The configured batch, or less for a small table."""
    return max(1, min(config.batch_size, max(32, rows // FEWEST_BATCHES), rows))


def shuffled_batches(
    rows: Tensor, batch_size: int, generator: torch.Generator, fewest: int = FEWEST_STEPS
) -> list[Tensor]:
    """Cut (rows,) indices, in a new order, into one epoch of full batches.

    The order is drawn on the CPU, and sent to where the indices are once for all batches. Of very
    many rows an epoch draws its own, so that some may come twice.
    """
    wanted = steps_per_epoch(len(rows), batch_size, fewest) * batch_size
    if len(rows) > FEW_OF_MANY * wanted:  # few are drawn twice, and no order is made of all
        order = torch.randint(len(rows), (wanted,), generator=generator)
    else:
        passes = -(-wanted // len(rows))
        orders = [torch.randperm(len(rows), generator=generator) for _ in range(passes)]
        order = torch.cat(orders)[:wanted]
    return list(rows[order.to(rows.device)].split(batch_size))


def steps_per_epoch(rows: int, batch_size: int, fewest: int = FEWEST_STEPS) -> int:
    """How many batches :func:`shuffled_batches` cuts, ``fewest`` at least."""
    return min(max(rows // batch_size, fewest), MOST_STEPS)


def weighted_batches(
    rows: Tensor, weights: Tensor, batch_size: int, generator: torch.Generator
) -> list[Tensor]:
    """One epoch of batches in which a row is as frequent as its weight says.

    Args:
        rows: (rows,) indices.
        weights: (rows,) positive, of these rows.
        batch_size: Rows per batch.
        generator: Chooses and shuffles.
    """
    bounds = weights.cpu().double().cumsum(0)
    start = torch.rand(1, generator=generator, dtype=torch.float64)
    even = (torch.arange(len(rows)) + start) / len(rows) * bounds[-1]
    chosen = torch.searchsorted(bounds, even, right=True).clamp(max=len(rows) - 1)
    return shuffled_batches(rows[chosen.to(rows.device)], batch_size, generator)


def train(
    *,
    stage: str,
    module: nn.Module,
    loss: Callable[[Batch, bool], Losses],
    epoch_of_batches: Callable[[], Iterable[Batch]],
    steps_per_epoch: int,
    held_out: Sequence[Batch],
    config: TrainingConfig,
    callbacks: Sequence[Callback] = (),
    checkpoints: Checkpoints | None = None,
    streams: Sequence[Stream] = (),
) -> list[Record]:
    """Fit ``module`` and leave it with the weights of its best epoch.

    Args:
        stage: Name for history and callbacks.
        module: What is trained, on its device.
        loss: From a batch, and whether this is training, to named scalars; their sum is minimised.
        epoch_of_batches: Gives the batches of the next epoch.
        steps_per_epoch: How many there are.
        held_out: Batches that only decide when to stop.
        config: Learning rate, epochs, patience.
        callbacks: Hear of each epoch; may stop the stage.
        checkpoints: Where the stage is written after each epoch that everybody has heard of, and
            gone on with if it was there; None writes nothing.
        streams: All that ``loss`` and ``epoch_of_batches`` draw from, for the checkpoints.

    Returns:
        The history: one record per epoch and term, 'total' included.

    Raises:
        NonFiniteLossError: If a term is not finite; it says which, and where.
        CheckpointError: If the checkpoint of the stage is damaged.
    """
    device = next(module.parameters()).device
    noises = [
        stream
        for stream in streams
        if isinstance(stream, torch.Generator) and stream.device.type == device.type
    ]
    step = Step(loss, module, device, noises)
    optimiser = Optimiser(module, config, config.epochs * steps_per_epoch)
    under_way: dict[str, Any] = {'weights': module, 'optimiser': optimiser}
    standing = _Standing(best_weights=_copy(module))
    checkpoint = None if checkpoints is None else checkpoints.stage(stage)
    saved = None if checkpoint is None else checkpoint.read()
    if saved is not None:
        standing = _Standing.of(saved)
        for name, part in under_way.items() if not standing.ended else ():
            part.load_state_dict(saved[name])
        if len(saved['streams']) != len(streams):
            raise CheckpointError(
                f"The checkpoint of stage '{stage}' was written by another version of this "
                'package: remove the folder, and fit anew.'
            )
        for stream, state in zip(streams, saved['streams'], strict=True):
            stream.set_state(state)

    def one_epoch(epoch: int) -> dict[str, float]:
        """Train, watch, take notes; give the held-out losses."""
        module.train()
        sums: Losses = {}
        for batch in epoch_of_batches():
            for term, value in step(batch).items():
                sums[term] = sums.get(term, 0) + value
            optimiser.step()
        training = _read(sums, steps_per_epoch, stage, epoch, 'training')
        module.eval()
        watched = _held_out(loss, held_out, stage, epoch)
        standing.history += [
            Record(
                stage=stage,
                epoch=epoch,
                term=term,
                training_loss=training[term],
                held_out_loss=watched[term],
            )
            for term in training
        ]
        standing.epochs, standing.since_best = epoch + 1, standing.since_best + 1
        if watched['total'] < standing.best:
            standing.best, standing.since_best = watched['total'], 0
            standing.best_weights = _copy(module)
        return watched

    if not standing.ended:
        with _watched(callbacks, stage, config.epochs):
            while not standing.ended:
                epoch = standing.epochs
                losses = one_epoch(epoch)
                stop = _wishes_to_stop(callbacks, stage, epoch, losses)
                standing.ended = (
                    standing.epochs == config.epochs
                    or standing.since_best >= config.patience
                    or stop
                )
                if checkpoint is not None:
                    state = {**standing.state(), 'streams': [s.get_state() for s in streams]}
                    if not standing.ended:
                        state |= {name: part.state_dict() for name, part in under_way.items()}
                    checkpoint.write(state)
    module.load_state_dict(standing.best_weights)
    module.eval()
    return standing.history


@torch.no_grad()
def _held_out(
    loss: Callable[[Batch, bool], Losses], batches: Sequence[Batch], stage: str, epoch: int
) -> dict[str, float]:
    sums: Losses = {}
    for batch in batches:
        for term, value in loss(batch, False).items():
            sums[term] = sums.get(term, 0) + value * len(batch)
    return _read(sums, sum(map(len, batches)), stage, epoch, 'held-out')


def _read(sums: Losses, count: int, stage: str, epoch: int, split: str) -> dict[str, float]:
    """Bring the mean of each term to the host, in one transfer, and check it."""
    means = (torch.stack(list(sums.values())) / count).tolist()
    values = dict(zip(sums, means, strict=True))
    bad = [term for term, value in values.items() if not math.isfinite(value)]
    if bad:
        raise NonFiniteLossError(
            f"The {split} loss term '{bad[0]}' of stage '{stage}' is {values[bad[0]]} "
            f'after epoch {epoch}. A lower learning_rate usually mends this.'
        )
    return {**values, 'total': sum(means)}


def _copy(module: nn.Module) -> dict[str, Tensor]:
    return {name: value.detach().clone() for name, value in module.state_dict().items()}
