"""What a GPU machine does: fits of Adult, of many rows and of pictures, and a very large sample.

``python -m sdv_fair4free.benchmark.gpu --data FOLDER --output PAGE``, where FOLDER holds Adult and,
for pictures, MNIST (``adult/``, ``mnist/``). Needs the extra ``distributed``. The rows sampled are
drawn by the processors, a process for each: what SDV does with every row takes longer than drawing
it. A tenth of them are then the table of the large fit, in the files that they lie in.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import threading
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

import distributed
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import torch

from sdv_fair4free.benchmark.kept import machine
from sdv_fair4free.benchmark.parts import GPU, part_written
from sdv_fair4free.benchmark.suite import unfitted
from sdv_fair4free.benchmark.tasks import Task
from sdv_fair4free.core.devices import training_device
from sdv_fair4free.images.datasets import load_coloured_mnist
from sdv_fair4free.images.synthesizer import Fair4FreeImageSynthesizer

RUNS = 3
SAMPLED, PART, SHARE = 100_000_000, 500_000, 10
"""Rows drawn, rows of a file, and files drawn for each that is fitted to."""
PAUSE = 0.1
"""Seconds between two looks at the GPU."""


@dataclass
class Watched:
    """How busy the GPU was, filled while a block runs.

    Attributes:
        seconds: Wall-clock time of the block.
        busy: Shares of time in per cent in which something ran on the GPU, one by one; none where
            that cannot be asked.
    """

    seconds: float = np.nan
    busy: list[float] = field(default_factory=list)

    def in_words(self) -> str:
        """Seconds, and how busy the GPU was."""
        told = f'GPU busy {np.mean(self.busy):.0f} %' if self.busy else 'GPU not watched'
        return f'{self.seconds:.1f} s; {told}'


@contextmanager
def watched() -> Iterator[Watched]:
    """Time the block, and look at the GPU meanwhile, where NVIDIA's library is installed."""
    found, ended = Watched(), threading.Event()

    def look() -> None:
        while not ended.wait(PAUSE):
            found.busy.append(float(torch.cuda.utilization()))

    try:
        torch.cuda.utilization()
        watcher = threading.Thread(target=look, daemon=True)
    except (ModuleNotFoundError, RuntimeError, AssertionError):
        watcher = threading.Thread(target=ended.wait, daemon=True)
    watcher.start()
    start = time.perf_counter()
    try:
        yield found
    finally:
        found.seconds = time.perf_counter() - start
        ended.set()
        watcher.join()


def measured(data: Path, rows: int, runs: int, scratch: Path) -> Iterator[tuple[str, str]]:
    """What was done, and what it took, one after the other."""
    task = Task.load(data / 'adult')
    for run in range(max(runs, 1)):
        fitted = unfitted(task, [task.sensitive_column], enable_gpu=True, random_state=run)
        with watched() as spent:
            fitted.fit({task.name: task.train})
        first = ' (the first in its process)' if run == 0 else ''
        took = f'{spent.in_words()}; {_parts(fitted)}'
        yield f'fit Adult, {len(task.train):,} rows{first}', took
    if (data / 'mnist').exists():
        yield 'fit Coloured MNIST, 8,000 pictures', _pictures(data / 'mnist')
    with (
        distributed.LocalCluster(threads_per_worker=1, dashboard_address=None) as cluster,
        distributed.Client(cluster) as client,
    ):
        workers = len(client.run(_ready))
        folder = scratch / 'sampled'
        with watched() as spent:
            fitted.sample_distributed(rows, folder, client, batch_size=PART, random_state=0)
        files = sorted(folder.glob('part-*.parquet'))
        found = sum(pq.read_metadata(file).num_rows for file in files)
        size = sum(file.stat().st_size for file in files) / 1e6
        yield (
            f'sample {rows:,} rows to Parquet, {workers} processes',
            f'{spent.seconds:.1f} s, {rows / spent.seconds:,.0f} rows a second; {found:,} rows in '
            f'{len(files)} files of {size:,.0f} MB in all',
        )
        some = scratch / 'some'
        some.mkdir()
        for file in files[: max(1, len(files) // SHARE)]:
            file.rename(some / file.name)
        large = unfitted(task, [task.sensitive_column], enable_gpu=True, random_state=0)
        with watched() as spent:
            large.fit({task.name: str(some)})
        yield (
            f'fit {large._model.rows:,} rows x {task.train.shape[1]} columns from Parquet, read '
            f'by {workers} processes',
            f'{spent.in_words()}; {_parts(large)}',
        )


def _ready() -> None:
    torch.set_num_threads(1)


def _parts(fitted: Any) -> str:
    return ', '.join(
        f'{name} {seconds:.1f} s' for name, seconds in fitted.get_info()['fit_seconds'].items()
    )


def _pictures(data: Path) -> str:
    split = load_coloured_mnist(data, task='half', random_state=0)
    (target,) = (str(name) for name in split.train.table if name != 'color')
    painter = Fair4FreeImageSynthesizer(
        split.metadata, sensitive_columns=['color'], target_column=target, random_state=0
    )
    with watched() as spent:
        painter.fit(split.train)
    return f'{spent.in_words()}; {_parts(painter)}'


def section(told: list[tuple[str, str]]) -> str:
    """What was measured, as Markdown."""
    device = training_device(True)
    name = torch.cuda.get_device_name() if device.type == 'cuda' else device.type
    libraries = ', '.join(f'{package} {version(package)}' for package in ('sdv', 'torch', 'dask'))
    return '\n'.join(
        [
            '## On a GPU',
            '',
            'Written by `make bench-gpu`; no figure is typed by hand. '
            f'{pd.Timestamp(date.today()):%Y-%m-%d}, {name}, {machine()}; {libraries}. Fits are '
            'calls of `fit` with the defaults, one after the other in one process. The table of '
            'the large fit is a part of the rows sampled before.',
            '',
            '| what | took |',
            '|---|---|',
            *(f'| {what} | {took} |' for what, took in told),
        ]
    )


def main(argv: list[str] | None = None) -> int:
    """Measure, and write the part of the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--data', type=Path, required=True, help='holds adult/, and mnist/ perhaps')
    parser.add_argument('--rows', type=int, default=SAMPLED, help='rows to sample')
    parser.add_argument('--runs', type=int, default=RUNS, help='fits to Adult')
    parser.add_argument('--output', type=Path, required=True)
    given = parser.parse_args(argv)
    warnings.filterwarnings('ignore')
    told: list[tuple[str, str]] = []
    with tempfile.TemporaryDirectory() as scratch:
        for line in measured(given.data, given.rows, given.runs, Path(scratch)):
            sys.stdout.write(': '.join(line) + '\n')
            sys.stdout.flush()
            told.append(line)  # a machine that is lent may be taken back: what is known is written
            part_written(given.output, GPU, section(told))
    sys.stdout.write(f'{given.output}\n')
    return 0


if __name__ == '__main__':
    sys.exit(main())
