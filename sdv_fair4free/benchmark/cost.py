"""What a block of code costs: seconds, and the most memory above that in use before."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

PAUSE = 0.02
"""Seconds between two looks at the memory."""
_STATM = Path('/proc/self/statm')


@dataclass
class Measured:
    """Filled when the block ends.

    Attributes:
        seconds: Wall-clock time.
        peak_mb: Most resident memory above that before the block, in MB, looked at 50 times a
            second; NaN where the system does not tell (elsewhere than on Linux).
    """

    seconds: float = np.nan
    peak_mb: float = np.nan


@contextmanager
def measured() -> Iterator[Measured]:
    """Measure the block, whether it ends well or not."""
    found = Measured()
    before = _resident_mb()
    most = [before]
    ended = threading.Event()

    def watch() -> None:
        while not ended.wait(PAUSE):
            most[0] = max(most[0], _resident_mb())

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    start = time.perf_counter()
    try:
        yield found
    finally:
        found.seconds = time.perf_counter() - start
        ended.set()
        watcher.join()
        found.peak_mb = max(most[0], _resident_mb()) - before


def _resident_mb() -> float:
    if not _STATM.exists():
        return np.nan
    import resource  # not on all systems, like the file

    pages = int(_STATM.read_text().split()[1])
    return pages * resource.getpagesize() / 1e6
