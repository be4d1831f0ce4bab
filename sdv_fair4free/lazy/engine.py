"""Dask, which only tables larger than memory need: found where they are read, not before."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from typing import Any

from sdv_fair4free.extras import to_install

NEEDED = (
    f'Reading a table larger than memory needs Dask: {to_install("distributed")}. '
    'A table that fits into memory is given as a pandas DataFrame, and needs it not.'
)


def is_dask_table(value: object) -> bool:
    """Whether this is a Dask DataFrame; nobody has one without having imported Dask."""
    frames = sys.modules.get('dask.dataframe')
    return frames is not None and isinstance(value, frames.DataFrame)


def read_parquet(path: str) -> Any:
    """A Dask DataFrame of a Parquet file, or of a folder of them, text as plain objects.

    Raises:
        ImportError: If Dask or pyarrow is not installed.
    """
    try:
        dask, frames = import_module('dask'), import_module('dask.dataframe')
        import_module('pyarrow')  # Dask says only when it reads that it is missing
    except ImportError as error:
        raise ImportError(NEEDED) from error
    with dask.config.set({'dataframe.convert-string': False}):
        return frames.read_parquet(path)


def at_once() -> int:
    """How many parts are worked on at a time: one for each thread of the cluster, or here."""
    dask = import_module('dask')
    scheduler = dask.config.get('scheduler', None)
    if scheduler in ('synchronous', 'sync', 'single-threaded'):
        return 1
    distributed = sys.modules.get('distributed')
    if distributed is not None and scheduler in (None, 'distributed', 'dask.distributed'):
        try:
            client = distributed.get_client()
        except ValueError:  # there is none
            pass
        else:
            return max(1, sum(int(threads) for threads in client.nthreads().values()))
    return int(dask.config.get('num_workers', None) or dask.system.CPU_COUNT)


def computed(
    parts: Sequence[Any], task: Callable[..., Any], given: Callable[[], Sequence[Any]]
) -> Iterator[list[Any]]:
    """Do a task for every part, with Dask, in whatever scheduler or cluster is active.

    Args:
        parts: Delayed parts of a table.
        task: Called with a part, its number, and what ``given`` returns.
        given: Called before each round, for what the rounds before have taught.

    Yields:
        The results of one round, in the order of the parts. So many parts are in memory at a time,
        and no more, as :func:`at_once` says.
    """
    dask = import_module('dask')
    lazily, start = dask.delayed(task, pure=False), 0
    while start < len(parts):
        width = at_once()  # asked each time: workers come and go
        # Put into the graph once, however many tasks of the round read it.
        shared = [dask.delayed(value, traverse=False) for value in given()]
        some = range(start, min(start + width, len(parts)))
        yield list(dask.compute(*(lazily(parts[number], number, *shared) for number in some)))
        start = some.stop
