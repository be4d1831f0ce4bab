"""Where a fit stands, on disk, so that one that was interrupted goes on where it stopped.

All of a fit follows from its rows, its settings and its seed. So it is resumed by doing it again:
each stage of training looks for what was written of it, and goes on from there; what lies between
the stages is computed anew. Written are weights, the optimiser, the history and the states of the
random streams, and of the rows nothing but a hash.
"""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from numbers import Integral, Real
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import Tensor

from sdv_fair4free._version import __version__
from sdv_fair4free.files import replacing

FIT_FILE = 'fair4free-fit.pt'
"""Which fit the folder is of: hashes of all that it follows from, and its seed."""
STAGE_FILES = 'fair4free-stage-*.pt'
LEFT_OVER = '.fair4free-*.pt.*.tmp'
"""What a process that was killed while it wrote has left behind."""

State = dict[str, Any]


class CheckpointError(ValueError):
    """A checkpoint is there that this fit cannot go on from."""


class Stream(Protocol):
    """A random stream that can be put back where it was, as ``torch.Generator`` can."""

    def get_state(self) -> Any:
        """Where it is."""

    def set_state(self, state: Any) -> Any:
        """Go back there."""


def digest(part: object) -> str:
    """SHA-256 of tensors, settings and words, whatever holds them.

    Raises:
        TypeError: If there is anything else in it.
    """
    found = hashlib.sha256()
    _feed(found, part)
    return found.hexdigest()


def _feed(found: Any, part: object) -> None:
    if isinstance(part, Tensor):
        found.update(f'{part.dtype}{tuple(part.shape)}'.encode())
        # The memory itself: pictures are large.
        found.update(part.detach().cpu().contiguous().numpy().reshape(-1).view('uint8'))
    elif is_dataclass(part) and not isinstance(part, type):
        found.update(f'{type(part).__name__}('.encode())
        for item in fields(part):
            found.update(f'{item.name}='.encode())
            _feed(found, getattr(part, item.name))
        found.update(b')')
    elif isinstance(part, tuple | list):
        found.update(f'[{len(part)}'.encode())
        for item in part:
            _feed(found, item)
        found.update(b']')
    elif part is None or isinstance(part, str):
        found.update(f'{part!r};'.encode())
    elif isinstance(part, Real):  # numpy has numbers of its own
        found.update(f'{int(part) if isinstance(part, Integral) else float(part)!r};'.encode())
    else:
        raise TypeError(f'{type(part).__name__} cannot be told by a hash')


class StageCheckpoint:
    """What is written of one stage of a fit."""

    def __init__(self, path: Path, stage: str) -> None:
        self.path, self.stage = path, stage

    def read(self) -> State | None:
        """The state that was written last; None if there is none.

        Raises:
            CheckpointError: If the file is damaged, or of another stage.
        """
        state = _read(self.path)
        if state is not None and state.get('stage') != self.stage:
            raise CheckpointError(
                f'{self.path} is not of the stage {self.stage!r}. {_remedy(self.path.parent)}'
            )
        return state

    def write(self, state: State) -> None:
        """Write a state in place of the last one."""
        _write(self.path, {'stage': self.stage, **state})


class Checkpoints:
    """The checkpoints of one fit in a folder, a file for each stage.

    Attributes:
        folder: Where they lie, beside anything else.
        seed: Of the fit: the one it was begun with.
    """

    def __init__(self, folder: Path, seed: int) -> None:
        self.folder, self.seed = folder, seed
        self._stages = 0

    @classmethod
    def opened(cls, folder: Path, told: Mapping[str, object], seed: int) -> Checkpoints:
        """Go on from what is in a folder, or begin there.

        Args:
            folder: Made if it is not there.
            told: All that the fit follows from, under names for the user.
            seed: Of a fit that begins; one that goes on keeps its own. A seed that the user chose
                is to be among ``told``.

        Raises:
            CheckpointError: If the folder holds the checkpoint of another fit, or a damaged one.
            OSError: If the folder cannot be made or written to.
        """
        told = {
            **told,
            'the version of sdv-fair4free': __version__,
            'the version of torch': str(torch.__version__),
        }
        digests = {name: digest(part) for name, part in told.items()}
        folder.mkdir(parents=True, exist_ok=True)
        state = _read(folder / FIT_FILE)
        if state is None:
            begun = cls(folder, seed)
            begun.remove()  # stages whose fit nobody knows any more
            _write(folder / FIT_FILE, {'digests': digests, 'seed': seed})
            return begun
        names = [*digests, *(name for name in state['digests'] if name not in digests)]
        other = [name for name in names if digests.get(name) != state['digests'].get(name)]
        if other:
            raise CheckpointError(
                f'{folder} holds the checkpoint of another fit, which differs in '
                f'{", ".join(other)}. {_remedy(folder)}'
            )
        return cls(folder, state['seed'])

    def stage(self, name: str) -> StageCheckpoint:
        """What is written of the next stage; stages come in the same order in every such fit."""
        self._stages += 1
        return StageCheckpoint(self.folder / f'fair4free-stage-{self._stages}.pt', name)

    def remove(self) -> None:
        """Remove the checkpoints, and nothing else in the folder."""
        for pattern in (LEFT_OVER, STAGE_FILES, FIT_FILE):
            for path in self.folder.glob(pattern):
                path.unlink(missing_ok=True)


def _remedy(folder: Path) -> str:
    return (
        f"Delete the files 'fair4free-*.pt' in {folder} to begin anew, or name another "
        'checkpoint_dir.'
    )


def _write(path: Path, state: State) -> None:
    with replacing(path) as temporary:
        torch.save(state, temporary)


def _read(path: Path) -> State | None:
    """What was written there; None if nothing was."""
    try:
        state: State = torch.load(path, map_location='cpu', weights_only=True)
    except FileNotFoundError:
        return None
    except (RuntimeError, EOFError, ValueError, KeyError, pickle.UnpicklingError) as error:
        raise CheckpointError(
            f'{path} is damaged, or no checkpoint. {_remedy(path.parent)}'
        ) from error
    return state
