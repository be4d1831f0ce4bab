"""Sampling speed beside TVAE's: in turns, many times, so that a noisy machine does not decide.

TVAE is fitted for one epoch: its network, and so the cost of sampling from it, is the same after
300. The floor is what SDV itself takes to make a table of rows that are there already, without
transformers or code of ours.
:mod:`sdv_fair4free.benchmark.speed` measures it, holds it to what was asked, and writes the page.
"""

from __future__ import annotations

import copy
import os
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from sdv.single_table import TVAESynthesizer
from sdv.single_table.base import BaseSingleTableSynthesizer

from sdv_fair4free.benchmark.cost import race
from sdv_fair4free.benchmark.suite import drawn, unfitted
from sdv_fair4free.benchmark.tasks import Task
from sdv_fair4free.synthesizer import Fair4FreeSynthesizer

TURNS = 41
MANY_ROWS, MANY_TURNS = 1_000_000, 3
STUDENT, SMALL, TEACHER = 'student', 'small student', 'teacher'
PARQUET = 'student, to Parquet files'
TVAE, FLOOR = 'SDV TVAE', "SDV's own floor"


@dataclass(frozen=True, kw_only=True)
class Raced:
    """What sampling takes.

    Attributes:
        few: Seconds for as many rows as were fitted to, (turns, samplers).
        many: Seconds for ``many_rows`` rows, likewise, beside SDV's own floor, and those of the
            student into a folder of Parquet files.
        few_rows: Rows of a draw of ``few``.
        many_rows: Rows of a draw of ``many``.
        weights: Of each sampler: how many, and their bytes where they are stored.
    """

    few: pd.DataFrame
    many: pd.DataFrame
    few_rows: int
    many_rows: int
    weights: Mapping[str, tuple[int, int]]


def fitted(task: Task) -> tuple[Fair4FreeSynthesizer, TVAESynthesizer]:
    """Ours with its defaults, and TVAE."""
    tvae = TVAESynthesizer(task.metadata, epochs=1)
    ours = unfitted(task, [task.sensitive_column])
    for synthesizer in (tvae, ours):
        synthesizer.fit({task.name: task.train})
    return ours, tvae


class CostingNothing(BaseSingleTableSynthesizer):
    """A synthesizer of SDV whose model hands out rows that are there already: SDV's own work.

    No column has a transformer, so that nothing is left out that SDV does for every table.

    Args:
        task: The table.
        rows: How many it can hand out.
    """

    def __init__(self, task: Task, rows: int) -> None:
        super().__init__(task.metadata)
        self._places = np.resize(np.arange(len(task.train)), rows)
        data = {task.name: task.train}
        self.auto_assign_transformers(data)
        self.update_transformers(dict.fromkeys(task.train))
        self.fit(data)

    def _fit(self, processed: pd.DataFrame) -> None:
        self._model = self  # SDV asks one that it has for rows
        self._rows = processed.iloc[self._places].reset_index(drop=True)

    def _set_random_state(self, random_state: int) -> None:
        self._random_state_set = True

    def _sample(self, num_rows: int, conditions: Mapping[str, Any] | None = None) -> pd.DataFrame:
        return self._rows.iloc[:num_rows]


def into_files(synthesizer: Fair4FreeSynthesizer, rows: int) -> None:
    """Draw rows into a folder of Parquet files, which goes again."""
    with tempfile.TemporaryDirectory() as folder:
        synthesizer.sample_to_parquet(Path(folder) / 'rows', rows)


def raced(
    task: Task,
    ours: Fair4FreeSynthesizer,
    tvae: TVAESynthesizer,
    rows: int,
    turns: int = TURNS,
    many_rows: int = MANY_ROWS,
    many_turns: int = MANY_TURNS,
) -> Raced:
    """Let all sample in turns, some rows and many.

    Args:
        task: The table.
        ours: Fitted to it, with a student.
        tvae: Fitted to the same table.
        rows: The fewer rows.
        turns: How often they are drawn.
        many_rows: The more rows.
        many_turns: How often they are drawn.
    """
    small = copy.deepcopy(ours)
    small.distill('small')
    free = CostingNothing(task, many_rows)
    from_teacher = drawn(from_teacher=True)
    samplers: dict[str, Callable[[int], object]] = {
        STUDENT: ours.sample,
        SMALL: small.sample,
        TEACHER: lambda count: from_teacher(ours, count),
        TVAE: tvae.sample,
        FLOOR: free.sample,
        PARQUET: lambda count: into_files(ours, count),
    }
    few = {name: samplers[name] for name in (STUDENT, SMALL, TEACHER, TVAE)}
    generators = {
        STUDENT: ours._model.generator,
        SMALL: small._model.generator,
        TEACHER: ours._model.taught(),
    }
    weights = {name: (g.parameter_count(), g.weight_bytes()) for name, g in generators.items()}
    decoder = sum(weight.numel() for weight in tvae._model.decoder.parameters())
    weights[TVAE] = decoder, 4 * decoder
    return Raced(
        few=race(few, rows, turns),
        many=race(samplers, many_rows, many_turns),
        few_rows=rows,
        many_rows=many_rows,
        weights=weights,
    )


def page(found: Raced, name: str) -> str:
    """What was measured on the table of that name, as Markdown."""
    few, many = found.few, found.many
    ratio = (few[STUDENT] / few[TVAE]).median()
    return '\n'.join(
        [
            '# Sampling speed',
            '',
            'Written by `make bench-speed`; no figure is typed by hand.',
            '',
            f'{date.today():%Y-%m-%d}, {os.cpu_count()} cores, {torch.get_num_threads()} threads. '
            f'{name.capitalize()}. TVAE is fitted for one epoch here: its network, and so the '
            'cost of sampling from it, is the same after 300. The floor is what SDV itself takes '
            'to make a table of rows that are there, without transformers or code of ours.',
            '',
            f'## {found.few_rows:,} rows: {len(few)} samples of each in turns after a warm-up; '
            'seconds',
            '',
            *_table(few),
            '',
            f'Ratio, turn by turn, median: {ratio:.3f}. No slower than TVAE: '
            f'{"yes" if ratio <= 1 else "no"}.',
            '',
            f'## {found.many_rows:,} rows: {len(many)} samples of each in turns, likewise; seconds',
            '',
            *_table(many),
            '',
            '## Weights of what rows are drawn from, and what they take where they are stored',
            '',
            '| | weights | kB |',
            '|---|---|---|',
            *(
                f'| {sampler} | {count:,} | {stored / 1000:,.0f} |'
                for sampler, (count, stored) in found.weights.items()
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
