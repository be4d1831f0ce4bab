"""Figures of our synthesizer with its defaults, fitted once for each seed: what one fit can do."""

from __future__ import annotations

import os
from collections.abc import Callable

import pandas as pd

from sdv_fair4free.benchmark.kept import Kept, Row, digest_of
from sdv_fair4free.benchmark.suite import unfitted
from sdv_fair4free.benchmark.tasks import Task
from sdv_fair4free.curve import fairness_utility_curve
from sdv_fair4free.distillation_cost import NUMBERS, compare_teacher_and_student
from sdv_fair4free.evaluation import evaluate_tstr
from sdv_fair4free.synthesizer import Fair4FreeSynthesizer

OWN_ROWS = 200_000
STRENGTHS = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
TIMED_ROWS = 1_000_000


def own_split(task: Task, seeds: int, folder: str | os.PathLike[str]) -> pd.DataFrame:
    """Train and test both synthetic, as the papers do: as many rows of each as ``OWN_ROWS``."""

    def figures(synthesizer: Fair4FreeSynthesizer) -> list[Row]:
        train, test = (synthesizer.sample(OWN_ROWS)[task.name] for _ in range(2))
        judged = evaluate_tstr(
            train,
            test,
            task.target_column,
            task.sensitive_column,
            task.favourable,
            metadata=task.metadata,
        )
        groups = judged.groups[task.sensitive_column]
        return [
            {
                'AUC': judged.auc,
                'DPR': groups.demographic_parity_ratio,
                'EOR': groups.equalized_odds_ratio,
            }
        ]

    return _of_each_fit(f'own split {OWN_ROWS}', figures, task, seeds, folder)


def strengths(task: Task, seeds: int, folder: str | os.PathLike[str]) -> pd.DataFrame:
    """What fairness costs, by strength, one fitted model for each seed."""

    def figures(synthesizer: Fair4FreeSynthesizer) -> list[Row]:
        curve = fairness_utility_curve(
            synthesizer,
            {task.name: task.train},
            {task.name: task.test},
            favourable_outcome=task.favourable,
            strengths=STRENGTHS,
            verbose=False,
        )
        return _rows_of(curve.table.dropna(subset='Strength'))

    return _of_each_fit(f'strengths {STRENGTHS}', figures, task, seeds, folder)


def student_sizes(task: Task, seeds: int, folder: str | os.PathLike[str]) -> pd.DataFrame:
    """What distillation costs: the teacher and students of every size, one fit for each seed."""

    def figures(synthesizer: Fair4FreeSynthesizer) -> list[Row]:
        found = compare_teacher_and_student(
            synthesizer,
            {task.name: task.train},
            {task.name: task.test},
            favourable_outcome=task.favourable,
            timed_rows=TIMED_ROWS,
            random_state=synthesizer.random_state or 0,
            verbose=False,
        )
        return _rows_of(found.table)

    made = _of_each_fit('student sizes', figures, task, seeds, folder)
    return made.reindex(columns=['Seed', 'Generator', *NUMBERS, 'Error'])


def _rows_of(table: pd.DataFrame) -> list[Row]:
    return [{str(name): value for name, value in row.items()} for row in table.to_dict('records')]


def _of_each_fit(
    what: str,
    figures: Callable[[Fair4FreeSynthesizer], list[Row]],
    task: Task,
    seeds: int,
    folder: str | os.PathLike[str],
) -> pd.DataFrame:
    """Figures of our synthesizer with its defaults, fitted for each seed."""
    kept = Kept(folder)
    rows: list[Row] = []
    for seed in range(seeds):

        def measure(seed: int = seed) -> list[Row]:
            try:
                synthesizer = unfitted(task, [task.sensitive_column], random_state=seed)
                synthesizer.fit({task.name: task.train})
                made = figures(synthesizer)
            except Exception as error:
                made = [{'Error': f'{type(error).__name__}: {error}'}]
            return [{'Seed': seed, 'Error': None, **row} for row in made]

        key = (what, task.name, seed, digest_of(task.train, task.test))
        rows += kept.or_made(key, measure)
    return pd.DataFrame(rows)
