"""Sampling speed beside TVAE's: in turns, many times, so that a noisy machine does not decide.

``python -m sdv_fair4free.benchmark.sampling --data FOLDER --output PAGE``. TVAE is fitted for one
epoch: its network, and so the cost of sampling from it, is the same after 300.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
from datetime import date
from pathlib import Path

from sdv.single_table import TVAESynthesizer

from sdv_fair4free.benchmark.cost import measured
from sdv_fair4free.benchmark.suite import unfitted
from sdv_fair4free.benchmark.tasks import Task

TURNS = 41


def race(task: Task) -> dict[str, list[float]]:
    """Seconds of each of ``TURNS`` samples of as many rows as train, the two in turns."""
    tvae = TVAESynthesizer(task.metadata, epochs=1)
    tvae.fit({task.name: task.train})
    ours = unfitted(task, [task.sensitive_column])
    ours.fit({task.name: task.train})
    seconds: dict[str, list[float]] = {'student': [], 'SDV TVAE': []}
    for turn in range(TURNS + 1):
        for name, synthesizer in (('student', ours), ('SDV TVAE', tvae)):
            with measured() as spent:
                synthesizer.sample(len(task.train))
            if turn:  # the first is a warm-up
                seconds[name].append(spent.seconds)
    return seconds


def page(task: Task, seconds: dict[str, list[float]]) -> str:
    """The measured times as Markdown."""
    medians = {name: statistics.median(values) for name, values in seconds.items()}
    ratio = statistics.median(
        ours / other for ours, other in zip(seconds['student'], seconds['SDV TVAE'], strict=True)
    )
    rows = [
        f'| {name} | {min(values):.3f} | {medians[name]:.3f} | {max(values):.3f} |'
        for name, values in seconds.items()
    ]
    return '\n'.join(
        [
            '# Sampling speed',
            '',
            'Written by `make bench`; no figure is typed by hand.',
            '',
            f'{date.today():%Y-%m-%d}, {os.cpu_count()} cores. {task.name.capitalize()}, '
            f'{len(task.train):,} rows, {TURNS} samples of each in turns after a warm-up; seconds. '
            'TVAE is fitted for one epoch here: its network, and so the cost of sampling from it, '
            'is the same after 300.',
            '',
            '| | least | median | most |',
            '|---|---|---|---|',
            *rows,
            '',
            f'Ratio, turn by turn, median: {ratio:.3f}. No slower than TVAE: '
            f'{"yes" if ratio <= 1 else "no"}.',
            '',
        ]
    )


def main(argv: list[str] | None = None) -> int:
    """Measure, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--data', type=Path, required=True)
    parser.add_argument('--output', type=Path, required=True)
    arguments = parser.parse_args(argv)
    task = Task.load(arguments.data)
    arguments.output.write_text(page(task, race(task)))
    return 0


if __name__ == '__main__':
    sys.exit(main())
