"""Fits and samples, each in a process of its own: its peak memory is nobody else's.

``python -m sdv_fair4free.benchmark.alone fit FOLDER`` fits what :func:`handed_over` has put into
the folder, and leaves the synthesizer there; ``sample`` draws from that. Each writes JSON.
"""

from __future__ import annotations

import argparse
import json
import pickle
import subprocess
import sys
import warnings
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from sdv.single_table import TVAESynthesizer
from sdv.utils import load_synthesizer

from sdv_fair4free.benchmark.cost import Measured, measured
from sdv_fair4free.benchmark.kept import Row, machine
from sdv_fair4free.benchmark.suite import unfitted
from sdv_fair4free.benchmark.tasks import Task

OURS, TVAE = 'Fair4Free', 'SDV TVAE'
PART, BATCH = 1_000_000, 100_000
"""More rows than ``PART`` are drawn in batches of ``BATCH``, one after the other; none is kept."""
TABLE = 'task.pickle'


def handed_over(task: Task, folder: Path) -> None:
    """Put a table where another process finds it."""
    (folder / TABLE).write_bytes(pickle.dumps(task))


def fitted_alone(
    folder: Path, synthesizer: str, *, epochs: int | None = None, limit: float | None = None
) -> Row:
    """Fit to the table in the folder, in a process of its own.

    Args:
        folder: Holds the table, and then the fitted synthesizer.
        synthesizer: ``OURS`` or ``TVAE``.
        epochs: None for the defaults.
        limit: Seconds after which it is given up; None for none.

    Returns:
        'Seconds', those of each part of ours, 'Peak MB' above what was in use before (the table
        is), 'Measured' (date and machine), 'Error', and 'Note' if there is no figure for a good
        reason.
    """
    told = [] if epochs is None else ['--epochs', str(epochs)]
    return _alone(['fit', str(folder), '--synthesizer', synthesizer, *told], limit)


def sampled_alone(
    folder: Path, synthesizer: str, rows: int, *, turns: int = 1, limit: float | None = None
) -> Row:
    """Sample from what was fitted in the folder, in a process of its own, after a warm-up.

    Returns:
        As :func:`fitted_alone`: 'Seconds' is the median over the turns, 'Peak MB' the highest.
    """
    told = ['--rows', str(rows), '--turns', str(turns)]
    return _alone(['sample', str(folder), '--synthesizer', synthesizer, *told], limit)


def _alone(arguments: list[str], limit: float | None) -> Row:
    command = [sys.executable, '-m', __name__, *arguments]
    try:
        ended = subprocess.run(command, capture_output=True, text=True, timeout=limit)
    except subprocess.TimeoutExpired:
        return {'Error': None, 'Note': f'not done within {limit:,.0f} s'}
    if ended.returncode:
        sys.stderr.write(ended.stderr)
        *_, last = ['', *filter(None, ended.stderr.splitlines())]
        return {'Error': f'{arguments[0]} ended with status {ended.returncode}. {last}'.strip()}
    found: Row = json.loads(ended.stdout.splitlines()[-1])
    return {'Error': None, **found}


def _fit(folder: Path, name: str, epochs: int | None) -> Row:
    task: Task = pickle.loads((folder / TABLE).read_bytes())
    changes = {} if epochs is None else {'epochs': epochs}
    synthesizer: Any
    if name == TVAE:
        synthesizer = TVAESynthesizer(task.metadata, **changes)
    else:
        synthesizer = unfitted(task, [task.sensitive_column], **changes)
    with measured() as spent:
        synthesizer.fit({task.name: task.train})
    told = _told([spent])
    if name == OURS:
        parts = synthesizer.get_info()['fit_seconds']
        told |= {f'{part.capitalize()} Seconds': seconds for part, seconds in parts.items()}
    synthesizer.save(str(_file(folder, name)))
    return told


def _sample(folder: Path, name: str, rows: int, turns: int) -> Row:
    synthesizer = load_synthesizer(str(_file(folder, name)))
    synthesizer.sample(100)  # what happens at the first call alone is not of growth
    every = []
    for _ in range(turns):
        with measured() as spent:
            for _part in _parts(synthesizer, rows):
                pass
        every.append(spent)
    return _told(every)


def _parts(synthesizer: Any, rows: int) -> Iterable[object]:
    """Draws that come to so many rows. SDV's own synthesizers have no stream of batches."""
    if rows <= PART:
        return [synthesizer.sample(rows)]
    if hasattr(synthesizer, 'sample_batches'):
        batches: Iterable[object] = synthesizer.sample_batches(rows, batch_size=BATCH)
        return batches
    return (synthesizer.sample(min(BATCH, rows - start)) for start in range(0, rows, BATCH))


def _told(every: list[Measured]) -> Row:
    return {
        'Seconds': float(np.median([spent.seconds for spent in every])),
        'Peak MB': float(np.max([spent.peak_mb for spent in every])),
        'Measured': f'{date.today():%Y-%m-%d}, {machine()}',
    }


def _file(folder: Path, name: str) -> Path:
    return folder / f'{name}.pickle'


def main(argv: list[str] | None = None) -> int:
    """Fit or sample, and write what it cost as JSON to standard output."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('what', choices=('fit', 'sample'))
    parser.add_argument('folder', type=Path)
    parser.add_argument('--synthesizer', choices=(OURS, TVAE), default=OURS)
    parser.add_argument('--epochs', type=int)
    parser.add_argument('--rows', type=int, default=PART)
    parser.add_argument('--turns', type=int, default=1)
    given = parser.parse_args(argv)
    warnings.filterwarnings('ignore')
    if given.what == 'fit':
        told = _fit(given.folder, given.synthesizer, given.epochs)
    else:
        told = _sample(given.folder, given.synthesizer, given.rows, given.turns)
    sys.stdout.write(json.dumps(told) + '\n')
    return 0


if __name__ == '__main__':
    sys.exit(main())
