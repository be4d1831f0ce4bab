"""How fast fits and samples are, beside SDV's TVAE and SDV's own floor, all in one run.

``python -m sdv_fair4free.benchmark.speed --data FOLDER --folder RESULTS --output PAGE --sampling
OTHER``, where FOLDER holds Adult. Fits run in turns, each in a process of its own, and are kept in
the results; samples are drawn in turns in one process, anew each time.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import warnings
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from importlib.metadata import version
from pathlib import Path

import pandas as pd

from sdv_fair4free.benchmark import sampling
from sdv_fair4free.benchmark.alone import OURS, TVAE, fitted_alone, handed_over
from sdv_fair4free.benchmark.floors import Floor, floor_table
from sdv_fair4free.benchmark.kept import Kept, Row, digest_of, machine
from sdv_fair4free.benchmark.parts import SPEED, part_written
from sdv_fair4free.benchmark.sampling import FLOOR, MANY_ROWS, STUDENT, Raced
from sdv_fair4free.benchmark.tasks import Task

RUNS = 3
FIT_SECONDS, FIT_SHARE = 20, 1 / 20
MORE_ROWS_TIMES, MORE_ROWS_MB = 4, 2000
TIMES_AS_FAST, MANY_SECONDS, FLOOR_TIMES = 3, 10, 3
FIGURES = ('Seconds', 'Teacher Seconds', 'Student Seconds', 'Peak MB')
HOW = (
    'Written by `make bench-speed`; no figure is typed by hand. Each fit is one call of `fit` with '
    'the defaults, in a process of its own, ours and TVAE (300 epochs, once) in turns. '
    'The larger table has rows sampled from ours, fitted to the smaller one, at strength 0: real '
    'rows drawn again would be held out and trained on at once. "The rest" is what `fit` spends '
    'outside teacher and student: checks, encoding. Memory is the most above what was '
    'in use before, which the table is. Samples are drawn in turns in one process; every draw is '
    'in [benchmarks-sampling.md](benchmarks-sampling.md). Read times as ratios.'
)


def fits(
    task: Task,
    larger: Callable[[], pd.DataFrame],
    folder: Path,
    *,
    runs: int = RUNS,
    limit: float | None = None,
) -> pd.DataFrame:
    """What fits cost, a row for each; what is in the folder is not measured again.

    Args:
        task: The table.
        larger: Makes ``MANY_ROWS`` rows like those of the task.
        folder: Where results are kept.
        runs: Fits of ours to the table; of the others there is one.
        limit: Seconds after which a fit is given up; None for none.
    """

    def measure() -> list[Row]:
        with tempfile.TemporaryDirectory() as scratch:
            tables = [replace(task, train=larger()), task]
            places = [Path(scratch) / str(number) for number in range(len(tables))]
            for place, table in zip(places, tables, strict=True):
                place.mkdir()
                handed_over(table, place)
            counts = [len(table.train) for table in tables]
            del tables, table  # the machine's memory is for what is measured
            large, usual = zip(places, counts, strict=True)
            turns = [(OURS, usual), (TVAE, usual), (OURS, large), *[(OURS, usual)] * (runs - 1)]
            return [
                {'Synthesizer': name, 'Rows': count, **fitted_alone(place, name, limit=limit)}
                for name, (place, count) in turns
            ]

    key = ('speed of fits', digest_of(task.train), MANY_ROWS, runs, limit)
    made = pd.DataFrame(Kept(folder).or_made(key, measure))
    return made.reindex(columns=['Synthesizer', 'Rows', *FIGURES, 'Measured', 'Note', 'Error'])


def floors(fitted: pd.DataFrame, found: Raced) -> list[Floor]:
    """Hold medians against what was asked. A figure that is not known meets nothing."""
    usual, large = fitted['Rows'].min(), fitted['Rows'].max()
    medians = fitted.groupby(['Synthesizer', 'Rows'])[['Seconds', 'Peak MB']].median()
    seconds, memory = medians['Seconds'].to_dict(), medians['Peak MB'].to_dict()
    ours, tvae, more = seconds[OURS, usual], seconds[TVAE, usual], seconds[OURS, large]
    return [
        Floor(
            asked=f'fit, teacher and student, {usual:,} rows: at most {FIT_SECONDS} s',
            measured=f'{ours:.1f} s',
            met=bool(ours <= FIT_SECONDS),
        ),
        Floor(
            asked=f"the same: at most 1/{1 / FIT_SHARE:.0f} of TVAE's time",
            measured=f'{ours:.1f} s against {tvae:.1f} s, a share of 1/{tvae / ours:.1f}',
            met=bool(ours <= FIT_SHARE * tvae),
        ),
        Floor(
            asked=f'fit, {large:,} rows: at most {MORE_ROWS_TIMES} times the seconds of {usual:,}',
            measured=f'{more:.1f} s, {more / ours:.2f} times',
            met=bool(more <= MORE_ROWS_TIMES * ours),
        ),
        Floor(
            asked=f'the same: under {MORE_ROWS_MB:,} MB above the table',
            measured=f'{memory[OURS, large]:,.0f} MB',
            met=bool(memory[OURS, large] < MORE_ROWS_MB),
        ),
        *_of_sampling(found),
    ]


def _of_sampling(found: Raced) -> list[Floor]:
    raced: Mapping[int, pd.DataFrame] = {found.few_rows: found.few, found.many_rows: found.many}
    times = {
        rows: (seconds[sampling.TVAE] / seconds[STUDENT]).median()
        for rows, seconds in raced.items()
    }
    most = found.many[STUDENT].median()
    above = (found.many[STUDENT] / found.many[FLOOR]).median()
    return [
        *(
            Floor(
                asked=f"sample {rows:,} rows: at least {TIMES_AS_FAST} times TVAE's rows a second",
                measured=f'{ratio:.2f} times',
                met=bool(ratio >= TIMES_AS_FAST),
            )
            for rows, ratio in times.items()
        ),
        Floor(
            asked=f'sample {found.many_rows:,} rows: at most {MANY_SECONDS} s',
            measured=f'{most:.2f} s',
            met=bool(most <= MANY_SECONDS),
        ),
        Floor(
            asked=f"the same: at most {FLOOR_TIMES} times SDV's own floor",
            measured=f'{above:.2f} times',
            met=bool(above <= FLOOR_TIMES),
        ),
    ]


def section(task: Task, fitted: pd.DataFrame, found: Raced) -> str:
    """What was measured, as Markdown."""
    measured = '; '.join(sorted(set(fitted['Measured'].dropna())))
    libraries = ', '.join(f'{name} {version(name)}' for name in ('sdv', 'ctgan', 'torch'))
    reasons = fitted['Error'].fillna(fitted['Note'])
    failed = fitted.assign(Reason=reasons).dropna(subset='Reason')
    return '\n'.join(
        [
            '## Speed',
            '',
            f'{HOW} {task.name.capitalize()}, {task.train.shape[1]} columns. Fits: {measured}; '
            f'samples: {date.today():%Y-%m-%d}, {machine()}; {libraries}.',
            '',
            *floor_table('asked', floors(fitted, found)),
            '',
            '| fit | rows | runs | seconds | least to most | teacher | student | the rest | MB |',
            '|---|---|---|---|---|---|---|---|---|',
            *_fits(fitted),
            '',
            *(
                f'{row["Synthesizer"]}, {row["Rows"]:,} rows: {row["Reason"]}\n'
                for _, row in failed.iterrows()
            ),
            f'| rows a second | {found.few_rows:,} rows | {found.many_rows:,} rows |',
            '|---|---|---|',
            *_rates(found),
        ]
    )


def _fits(fitted: pd.DataFrame) -> list[str]:
    lines = []
    done = fitted.dropna(subset='Seconds')
    for (name, count), rows in done.groupby(['Synthesizer', 'Rows']):
        seconds = rows['Seconds']
        teacher, student = rows['Teacher Seconds'], rows['Student Seconds']
        parts = [
            f'{part.median():.1f}' if part.notna().any() else ''
            for part in (teacher, student, seconds - teacher - student)
        ]
        lines.append(
            f'| {name} | {count:,} | {len(rows)} | {seconds.median():.1f} | '
            f'{seconds.min():.1f} to {seconds.max():.1f} | {" | ".join(parts)} | '
            f'{rows["Peak MB"].median():,.0f} |'
        )
    return lines


def _rates(found: Raced) -> list[str]:
    medians = pd.concat([found.few.median(), found.many.median()], axis=1, keys=('few', 'many'))
    lines = []
    for name, (few, many) in medians.iterrows():
        rates = [
            '' if pd.isna(seconds) else f'{rows / seconds:,.0f}'
            for rows, seconds in ((found.few_rows, few), (found.many_rows, many))
        ]
        lines.append(f'| {name} | {" | ".join(rates)} |')
    return lines


def main(argv: list[str] | None = None) -> int:
    """Measure, and write the part of the page, and the page of sampling."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--data', type=Path, required=True, help='holds Adult')
    parser.add_argument('--runs', type=int, default=RUNS, help='fits of ours to Adult')
    parser.add_argument('--folder', type=Path, required=True, help='where results are kept')
    parser.add_argument('--output', type=Path, required=True)
    parser.add_argument('--sampling', type=Path, required=True, help='page of every draw')
    given = parser.parse_args(argv)
    warnings.filterwarnings('ignore')
    task = Task.load(given.data)
    ours, tvae = sampling.fitted(task)

    def larger() -> pd.DataFrame:
        return ours.sample(MANY_ROWS, fairness_strength=0.0)[task.name]

    fitted = fits(task, larger, given.folder, runs=given.runs)
    found = sampling.raced(task, ours, tvae, len(task.train))
    part_written(given.output, SPEED, section(task, fitted, found))
    given.sampling.write_text(sampling.page(found, task.name), encoding='utf-8')
    sys.stdout.write(f'{given.output}\n{given.sampling}\n')
    return 0


if __name__ == '__main__':
    sys.exit(main())
