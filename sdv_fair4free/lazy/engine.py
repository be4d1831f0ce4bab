"""Dask, which only tables larger than memory need: found where they are read, not before."""

from __future__ import annotations

import glob
import sys
from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sdv.errors import InvalidDataError, SynthesizerInputError

from sdv_fair4free.cluster_workers import active_client, is_client, sources
from sdv_fair4free.extras import to_install

if TYPE_CHECKING:
    from distributed import Client

NEEDED = (
    f'Reading a table larger than memory needs Dask: {to_install("distributed")}. '
    'A table that fits into memory is given as a pandas DataFrame, and needs it not.'
)

SUFFIXES = ('.parquet', '.parq', '.pq')
"""Names of files that Dask reads in a folder end in these."""
TOLD = 10
"""Files named in one message."""


def is_dask_table(value: object) -> bool:
    """Whether this is a Dask DataFrame; nobody has one without having imported Dask."""
    frames = sys.modules.get('dask.dataframe')
    return frames is not None and isinstance(value, frames.DataFrame)


def read_parquet(path: str) -> Any:
    """A Dask DataFrame of a Parquet file, or of a folder of them, text as plain objects.

    Raises:
        ImportError: If Dask or pyarrow is not installed.
        InvalidDataError: If there is no such file in the folder, or they have different columns.
    """
    try:
        dask, frames = import_module('dask'), import_module('dask.dataframe')
        import_module('pyarrow')  # Dask says only when it reads that it is missing
    except ImportError as error:
        raise ImportError(NEEDED) from error
    files = _files_of(Path(path)) if Path(path).is_dir() else []
    # Folders in the folder may be named after values (hive): Dask has to see them as they are.
    flat = bool(files) and all(file.parent == Path(path) for file in files)
    with dask.config.set({'dataframe.convert-string': False}):
        # Dask takes each name of a list for a pattern.
        names = [glob.escape(str(file)) for file in files]
        return frames.read_parquet(names if flat else path)


def _files_of(folder: Path) -> list[Path]:
    """The Parquet files of a folder, without hidden ones, which some systems put beside others.

    Raises:
        InvalidDataError: If there are none, or some have other columns than the first.
    """
    parquet = import_module('pyarrow.parquet')
    files = [
        file
        for file in sorted(folder.rglob('*'))
        if file.suffix in SUFFIXES
        and file.is_file()
        and not any(part[0] in '._' for part in file.relative_to(folder).parts)
    ]
    if not files:
        raise InvalidDataError([f"there is no Parquet file in the folder '{folder}'."])
    columns, problems = {}, []
    for file in files:
        try:
            columns[file] = _columns(parquet.read_schema(file))
        except (OSError, ValueError) as error:  # of Arrow, whose errors are such
            problems.append(f"'{file}' is no Parquet file: {error}")
    model = next(iter(columns), None)  # the first that can be read
    for file, names in columns.items():
        if model is not None and names != columns[model]:
            lacks, besides = sorted(columns[model] - names), sorted(names - columns[model])
            problems.append(
                f"'{file}' has other columns than '{model}': it lacks {lacks}, and has "
                f'{besides} besides.'
            )
    if problems:
        more = len(problems) - TOLD
        raise InvalidDataError(problems[:TOLD] + [f'and {more} more files.'] * (more > 0))
    return files


def _columns(schema: Any) -> set[str]:
    """Those of a file, without an index, which one file has where the next needs none."""
    told = (schema.pandas_metadata or {}).get('index_columns', ())
    index = {name for name in told if isinstance(name, str)}
    return set(schema.names) - index


def client_in_use() -> Client | None:
    """The client of the cluster that Dask computes on; None where it computes here."""
    scheduler = import_module('dask').config.get('scheduler', None)
    if is_client(scheduler):
        return scheduler
    return active_client() if scheduler in (None, 'distributed', 'dask.distributed') else None


def at_once() -> int:
    """How many parts are given out at a time: one for each thread here, two of a cluster."""
    dask = import_module('dask')
    scheduler = dask.config.get('scheduler', None)
    if scheduler in ('synchronous', 'sync', 'single-threaded'):
        return 1
    client = client_in_use()
    if client is not None:
        # One is worked on, and one waits, unread, for each thread: a cluster that grows with what
        # there is to do has to see that there is more.
        return max(2, 2 * sum(int(threads) for threads in client.nthreads().values()))
    return int(dask.config.get('num_workers', None) or dask.system.CPU_COUNT)


def computed(
    parts: Sequence[Any],
    task: Callable[..., Any],
    given: Callable[[], Sequence[Any]],
    slowly: bool = False,
) -> Iterator[list[Any]]:
    """Do a task for every part, with Dask, in whatever scheduler or cluster is active.

    Args:
        parts: Delayed parts of a table.
        task: Called with a part, its number, and what ``given`` returns.
        given: Called before each round, for what the rounds before have taught.
        slowly: Whether a round may be as wide as all rounds before together, and no wider: where
            a task returns the less, the more there was before.

    Yields:
        The results of one round of :func:`at_once`, in the order of the parts. A thread works on
        one part at a time.
    """
    dask = import_module('dask')
    lazily, start = dask.delayed(_of_one_kind, pure=False), 0
    while start < len(parts):
        width = at_once()  # asked each time: workers come and go
        width = min(width, max(start, 1)) if slowly else width
        # Put into the graph once, however many tasks of the round read it.
        shared = [dask.delayed(value, traverse=False) for value in given()]
        some = range(start, min(start + width, len(parts)))
        tasks = [lazily(sources(), task, parts[number], number, *shared) for number in some]
        yield list(dask.compute(*tasks))
        start = some.stop


def _of_one_kind(asked: str, task: Callable[..., Any], *given: Any) -> Any:
    """Do a task, where this package is that of whoever asks.

    Raises:
        SynthesizerInputError: On a worker that has another, and came after workers were asked.
    """
    if sources() != asked:
        raise SynthesizerInputError(
            'A worker has another sdv-fair4free than there is here. Install the same.'
        )
    return task(*given)
