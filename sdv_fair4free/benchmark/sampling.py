"""Sampling speed beside TVAE's: in turns, many times, so that a noisy machine does not decide.

``python -m sdv_fair4free.benchmark.sampling --data FOLDER --output PAGE``. TVAE is fitted for one
epoch: its network, and so the cost of sampling from it, is the same after 300. The floor is what
SDV itself takes to make a table of rows that are drawn already.
"""

from __future__ import annotations

import argparse
import copy
import os
import sys
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import torch
from sdv.single_table import TVAESynthesizer

from sdv_fair4free.benchmark.cost import race
from sdv_fair4free.benchmark.suite import drawn, unfitted
from sdv_fair4free.benchmark.tasks import Task
from sdv_fair4free.synthesizer import Fair4FreeSynthesizer

TURNS = 41
MANY_ROWS, MANY_TURNS = 1_000_000, 3
STUDENT, SMALL, TEACHER = 'student', 'small student', 'teacher'
TVAE, FLOOR = 'SDV TVAE', "SDV's own floor"


def fitted(task: Task) -> tuple[Fair4FreeSynthesizer, TVAESynthesizer]:
    """Ours with its defaults, and TVAE."""
    tvae = TVAESynthesizer(task.metadata, epochs=1)
    ours = unfitted(task, [task.sensitive_column])
    for synthesizer in (tvae, ours):
        synthesizer.fit({task.name: task.train})
    return ours, tvae


def costing_nothing(synthesizer: Fair4FreeSynthesizer, rows: int) -> Fair4FreeSynthesizer:
    """A copy whose model hands out rows that are drawn already: what is left is SDV's own work."""
    made = synthesizer._sample(rows)
    free = copy.deepcopy(synthesizer)

    def hand_out(num_rows: int, conditions: Mapping[str, Any] | None = None) -> pd.DataFrame:
        return made.iloc[:num_rows]

    free._sample = hand_out  # type: ignore[method-assign]
    return free


def page(task: Task) -> str:
    """What was measured, as Markdown."""
    ours, tvae = fitted(task)
    small = copy.deepcopy(ours)
    small.distill('small')
    rows = len(task.train)
    free = costing_nothing(ours, MANY_ROWS)
    from_teacher = drawn(from_teacher=True)
    samplers: dict[str, Callable[[int], object]] = {
        STUDENT: ours.sample,
        SMALL: small.sample,
        TEACHER: lambda count: from_teacher(ours, count),
        TVAE: tvae.sample,
        FLOOR: free.sample,
    }
    few = race({name: samplers[name] for name in (STUDENT, SMALL, TEACHER, TVAE)}, rows, TURNS)
    many = race(samplers, MANY_ROWS, MANY_TURNS)
    ratio = (few[STUDENT] / few[TVAE]).median()
    generators = {
        STUDENT: ours._model.generator,
        SMALL: small._model.generator,
        TEACHER: ours._model.taught(),
    }
    weights = {name: (g.parameter_count(), g.weight_bytes()) for name, g in generators.items()}
    decoder = sum(weight.numel() for weight in tvae._model.decoder.parameters())
    weights[TVAE] = decoder, 4 * decoder
    return '\n'.join(
        [
            '# Sampling speed',
            '',
            'Written by `make bench`; no figure is typed by hand.',
            '',
            f'{date.today():%Y-%m-%d}, {os.cpu_count()} cores, {torch.get_num_threads()} threads. '
            f'{task.name.capitalize()}. TVAE is fitted for one epoch here: its network, and so the '
            'cost of sampling from it, is the same after 300. The floor is what SDV itself takes '
            'to make a table of rows that are drawn already.',
            '',
            f'## {rows:,} rows: {TURNS} samples of each in turns after a warm-up; seconds',
            '',
            *_table(few),
            '',
            f'Ratio, turn by turn, median: {ratio:.3f}. No slower than TVAE: '
            f'{"yes" if ratio <= 1 else "no"}.',
            '',
            f'## {MANY_ROWS:,} rows: {MANY_TURNS} samples of each in turns, likewise; seconds',
            '',
            *_table(many),
            '',
            '## Weights of what rows are drawn from, and what they take where they are stored',
            '',
            '| | weights | kB |',
            '|---|---|---|',
            *(
                f'| {name} | {count:,} | {stored / 1000:,.0f} |'
                for name, (count, stored) in weights.items()
            ),
            '',
        ]
    )


def _table(seconds: pd.DataFrame) -> list[str]:
    told = seconds.agg(['min', 'median', 'max']).T
    return [
        '| | least | median | most |',
        '|---|---|---|---|',
        *(f'| {name} | {a:.3f} | {b:.3f} | {c:.3f} |' for name, (a, b, c) in told.iterrows()),
    ]


def main(argv: list[str] | None = None) -> int:
    """Measure, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--data', type=Path, required=True)
    parser.add_argument('--output', type=Path, required=True)
    arguments = parser.parse_args(argv)
    arguments.output.write_text(page(Task.load(arguments.data)))
    return 0


if __name__ == '__main__':
    sys.exit(main())
