"""Work shared out over threads, each of which computes on one processor.

Rows are drawn in steps too small for several processors to share, so that it takes less time to
give each processor rows of its own. What is drawn does not depend on how many there are.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Iterable
from typing import TypeVar

import torch
from threadpoolctl import ThreadpoolController

Given = TypeVar('Given')
Made = TypeVar('Made')

MOST_WORKERS = 8
"""Beyond these the interpreter, of which there is one, is what they wait for."""


def side_by_side(
    work: Callable[[Given], Made],
    parts: Iterable[Given],
    device: torch.device,
    most: int = MOST_WORKERS,
) -> list[Made]:
    """Do the same with each of some parts, several at a time.

    Threads live no longer than the call, and the caller's own stay as they are.

    Args:
        work: What is done. It must not change what other parts read.
        parts: Made one after the other, in their order, few before they are needed.
        device: Where ``work`` computes; on other devices than the CPU parts come one at a time.
        most: Threads at the most; there are no more than torch may use where this is called.

    Returns:
        What came of each part, in their order.
    """
    threads = torch.get_num_threads()
    if device.type != 'cpu' or threads == 1:
        return list(map(work, parts))
    made: dict[int, Made] = {}
    failures: list[BaseException] = []
    todo, turn, stop = enumerate(parts), threading.Lock(), threading.Event()

    def worker() -> None:
        try:
            _compute_alone()
            while not stop.is_set():
                with turn:
                    place, part = next(todo, (-1, None))
                if place < 0:
                    return
                made[place] = work(part)  # type: ignore[arg-type]
        except BaseException as failure:  # told to the caller, who waits
            failures.append(failure)
            stop.set()

    workers = [threading.Thread(target=worker, daemon=True) for _ in range(min(threads, most))]
    try:
        for thread in workers:
            thread.start()
        for thread in workers:
            thread.join()
    finally:
        stop.set()
        for thread in workers:
            if thread.is_alive():  # interrupted: nothing is drawn on behind the caller's back
                thread.join()
    if failures:
        raise failures[0]
    return [made[place] for place in range(len(made))]


def alone(work: Callable[[], Made], device: torch.device) -> Made:
    """Do something on one processor, so that sums are rounded alike however many there are.

    Args:
        work: What is done.
        device: Where it computes.
    """
    return side_by_side(lambda _: work(), (None,), device, most=1)[0]


def _compute_alone() -> None:
    """Let this thread compute on one processor, and leave what others do as it is."""
    torch.get_num_threads()  # its first use would set the number anew
    _openmp().limit(limits=1)


@functools.cache
def _openmp() -> ThreadpoolController:
    return ThreadpoolController().select(user_api='openmp')
