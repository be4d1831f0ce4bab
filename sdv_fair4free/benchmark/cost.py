"""What a block of code costs: seconds, and the most memory above that in use before."""

from __future__ import annotations

import ctypes
import gc
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

PAUSE = 0.02
"""Seconds between two looks at the memory, where the system does not keep the highest itself."""
_STATUS, _CLEAR = Path('/proc/self/status'), Path('/proc/self/clear_refs')


@dataclass
class Measured:
    """Filled when the block ends.

    Attributes:
        seconds: Wall-clock time.
        peak_mb: Most resident memory above that before the block, in MB; NaN where the system does
            not tell (elsewhere than on Linux).
    """

    seconds: float = np.nan
    peak_mb: float = np.nan


@contextmanager
def measured() -> Iterator[Measured]:
    """Measure the block, whether it ends well or not.

    What earlier code has freed is handed back to the system first: memory that a process keeps for
    itself would hide what the block needs.
    """
    found = Measured()
    _hand_back()
    before = _megabytes('VmRSS')
    watch = _restarted_mark() or _Watch()
    start = time.perf_counter()
    try:
        yield found
    finally:
        found.seconds = time.perf_counter() - start
        found.peak_mb = max(watch.highest(), before) - before


def race(samplers: Mapping[str, Callable[[int], object]], rows: int, turns: int) -> pd.DataFrame:
    """Seconds of each sampler's draws of ``rows`` rows, (turns, samplers).

    All in turns, after a warm-up, so that a noisy machine does not decide.
    """
    seconds: dict[str, list[float]] = {name: [] for name in samplers}
    for turn in range(turns + 1):
        for name, sample in samplers.items():
            with measured() as spent:
                sample(rows)
            if turn:
                seconds[name].append(spent.seconds)
    return pd.DataFrame(seconds)


class _Mark:
    """The highest mark that Linux itself keeps of a process's memory."""

    def highest(self) -> float:
        return _megabytes('VmHWM')


class _Watch:
    """Looks at the memory many times a second."""

    def __init__(self) -> None:
        self.most, self.ended = _megabytes('VmRSS'), threading.Event()
        self.watcher = threading.Thread(target=self._look, daemon=True)
        self.watcher.start()

    def _look(self) -> None:
        while not self.ended.wait(PAUSE):
            self.most = max(self.most, _megabytes('VmRSS'))

    def highest(self) -> float:
        self.ended.set()
        self.watcher.join()
        return max(self.most, _megabytes('VmRSS'))


def _restarted_mark() -> _Mark | None:
    """The system's mark, begun anew; None where that is not allowed."""
    try:
        _CLEAR.write_text('5')
    except OSError:
        return None
    return _Mark()


def _hand_back() -> None:
    gc.collect()
    with suppress(OSError, AttributeError):  # the C library of Linux alone has it
        ctypes.CDLL(None).malloc_trim(0)


def _megabytes(name: str) -> float:
    if not _STATUS.exists():
        return np.nan
    for line in _STATUS.read_text().splitlines():
        if line.startswith(f'{name}:'):
            return int(line.split()[1]) * 1024 / 1e6
    return np.nan
