"""Work shared out over threads, each of which computes on one processor.

Rows are drawn in steps too small for several processors to share, so that it takes less time to
give each processor rows of its own. What is drawn does not depend on how many there are.
"""

from __future__ import annotations

import contextlib
import functools
import os
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

import torch

Given = TypeVar('Given')
Made = TypeVar('Made')

MOST_WORKERS = 8
"""Beyond these the interpreter, of which there is one, is what they wait for."""
_starting = threading.Lock()


def side_by_side(
    work: Callable[[Given], Made], parts: Iterable[Given], device: torch.device
) -> list[Made]:
    """Do the same with each of some parts, several at a time.

    Args:
        work: What is done. It must not change what other parts read.
        parts: Made one after the other by the thread that calls, few before they are needed.
        device: Where ``work`` computes; on other devices than the CPU parts come one at a time.

    Returns:
        What came of each part, in their order.
    """
    size = min(torch.get_num_threads(), MOST_WORKERS) if device.type == 'cpu' else 1
    if size == 1:
        return list(map(work, parts))
    made: list[Made] = []
    pending: deque[Future[Made]] = deque()
    pool = _pool(size, os.getpid())
    with _threads(1):
        try:
            for part in parts:
                pending.append(pool.submit(work, part))
                if len(pending) > size:
                    made.append(pending.popleft().result())
            while pending:
                made.append(pending.popleft().result())
        finally:
            for future in pending:
                future.cancel()
    return made


@contextlib.contextmanager
def one_aside() -> Iterator[ThreadPoolExecutor | None]:
    """Leave one of the processors that torch may use to a worker, until the end of the block.

    Yields:
        Takes that worker's work; None if there is one processor only.
    """
    threads = torch.get_num_threads()
    if threads == 1:
        yield None
        return
    pool = _pool(1, os.getpid())
    with _threads(threads - 1):
        yield pool


@contextlib.contextmanager
def _threads(count: int) -> Iterator[None]:
    """Let this thread compute on so many processors, until the end of the block."""
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


@functools.lru_cache(maxsize=4)
def _pool(size: int, process: int) -> ThreadPoolExecutor:
    """So many workers; a process that was forked off has none of its parent's."""
    with _starting:
        threads = torch.get_num_threads()
        pool = ThreadPoolExecutor(size, thread_name_prefix='fair4free')
        ready = threading.Barrier(size + 1)

        def begin() -> None:
            torch.get_num_threads()  # or the first use would set this thread's number anew
            torch.set_num_threads(1)
            ready.wait()

        for _ in range(size):
            pool.submit(begin)
        ready.wait()
        torch.set_num_threads(threads)  # for threads yet to come
    return pool
