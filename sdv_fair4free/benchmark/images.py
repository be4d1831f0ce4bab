"""Coloured MNIST: what pictures of ours are worth, beside the biased real ones.

``python -m sdv_fair4free.benchmark.images --data FOLDER --output PAGE``, where FOLDER holds MNIST's
own files. The figures are those of :func:`~sdv_fair4free.images.report.evaluate_images` with its
defaults. The first task is the published one; the others have labels without noise.
"""

from __future__ import annotations

import argparse
import sys
import time
import warnings
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import torch

from sdv_fair4free.benchmark.floors import Floor, floor_table
from sdv_fair4free.benchmark.kept import Kept, Row, digest_of, machine
from sdv_fair4free.benchmark.parts import IMAGES, part_written
from sdv_fair4free.core.devices import training_device
from sdv_fair4free.images import definitions as of
from sdv_fair4free.images.datasets import ImageSplit, load_coloured_mnist
from sdv_fair4free.images.measure import CONSTANT
from sdv_fair4free.images.question import HELD_OUT, REAL, SYNTHETIC, TEACHER
from sdv_fair4free.images.report import ImageReport, evaluate_images
from sdv_fair4free.images.synthesizer import Fair4FreeImageSynthesizer

TASKS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    'published': (
        'Coloured MNIST as published (Arjovsky et al. 2019): two classes, a quarter of the labels '
        'flipped, two colours; nobody can be right more often than .75',
        {'task': 'half'},
    ),
    'no noise': (
        'The same without flipped labels',
        {'task': 'half', 'label_noise': 0.0},
    ),
    'digits': ('Ten digits in ten colours, without flipped labels', {'task': 'digit'}),
}
GAIN, PARITY, RECOVERED = 0.20, 0.9, 0.55
PARAMETER_SHARE, FARTHER, SECONDS = 1 / 3, 1.15, 600
GPU_SECONDS = 60
DPR = of.PARITY_NAMES['DPR']
SHOWN = {
    of.ACCURACY: '.3f',
    of.MINORITY: '.3f',
    of.MAJORITY: '.3f',
    DPR: '.3f',
    of.worst(DPR): '.3f',
    of.PARITY_NAMES['EOR']: '.3f',
    of.FRECHET: '.4f',
    of.DENSITY: '.3f',
    of.COVERAGE: '.3f',
}
HOW = (
    'Written by `make bench-images`; no figure is typed by hand. 8,000 of the 10,000 test pictures '
    'of MNIST to learn from, in which colour follows the class with probability .9, and 2,000 to '
    'test on, in which it does not. A small convolutional classifier is trained on the pictures '
    'named at the left and tested on these.'
)
SOURCES = {
    REAL: 'real, biased',
    SYNTHETIC: 'ours, student',
    TEACHER: 'ours, teacher',
    CONSTANT: 'constant classifier',
    HELD_OUT: 'faultless decisions',
}


def measured(split: ImageSplit, seed: int) -> tuple[list[Row], ImageReport]:
    """Fit, sample as many pictures as there are, and judge them."""
    (target,) = (str(name) for name in split.train.table if name != 'color')
    synthesizer = Fair4FreeImageSynthesizer(
        split.metadata,
        sensitive_columns=['color'],
        target_column=target,
        random_state=seed,
    )
    start = time.perf_counter()
    synthesizer.fit(split.train)
    seconds = time.perf_counter() - start
    start = time.perf_counter()
    made = synthesizer.sample(len(split.train.images))
    drawn = time.perf_counter() - start
    report = evaluate_images(
        split.train,
        made,
        split.test,
        metadata=split.metadata,
        sensitive_columns='color',
        target_column=target,
        synthesizer=synthesizer,
        random_state=seed,
    )
    rows: list[Row] = []
    for place, source in SOURCES.items():
        told: Row = {'Source': source, 'Error': None}
        for figure in SHOWN:
            try:
                told[figure] = report.value(figure, place)
            except KeyError:
                told[figure] = None
        rows.append(told)
    model = synthesizer._model
    teacher, student = model.taught(), model.student
    assert student is not None
    rows.append(
        {
            'Source': 'fit',
            'Error': None,
            'Measured': f'{date.today():%Y-%m-%d}, {machine()}, trained on '
            f'{training_device(True).type}',
            'Fit Seconds': seconds,
            'Teacher Seconds': model.fit_seconds['teacher'],
            'Student Seconds': model.fit_seconds['student'],
            'Pictures Per Second': len(made.images) / drawn,
            'Recovered AUC': report.value(of.RECOVERED, HELD_OUT),
            'Recovered AUC within classes': report.value(of.WITHIN, REAL),
            'Teacher Parameters': teacher.parameter_count(),
            'Student Parameters': student.parameter_count(),
        }
    )
    return rows, report


def results(data: Path, seeds: Mapping[str, int], folder: Path) -> pd.DataFrame:
    """All figures by task, seed and source; what is in the folder is not measured again."""
    return pd.concat(_results(data, seeds, folder), ignore_index=True)


def _results(data: Path, seeds: Mapping[str, int], folder: Path) -> Iterator[pd.DataFrame]:
    kept = Kept(folder)
    for name, (_, arguments) in TASKS.items():
        for seed in range(seeds[name]):
            split = load_coloured_mnist(data, **arguments, random_state=seed)

            def make(split: ImageSplit = split, seed: int = seed, name: str = name) -> list[Row]:
                rows, report = measured(split, seed)
                report.to_html(folder / f'images-{name.replace(" ", "-")}-{seed}.html')
                return rows

            told = pd.DataFrame(split.train.images.reshape(len(split.train.images), -1)[:, ::97])
            key = ('images', name, seed, digest_of(split.train.table, told))
            rows = kept.or_made(key, make)
            yield pd.DataFrame(rows).assign(Task=name, Seed=seed)


def floors(published: pd.DataFrame) -> list[Floor]:
    """Hold means over seeds of the published task against what was asked."""
    mean = published.groupby('Source').mean(numeric_only=True)
    student, teacher, real = (mean.loc[SOURCES[name]] for name in (SYNTHETIC, TEACHER, REAL))
    fit = mean.loc['fit']
    gained = student[of.MINORITY] - real[of.MINORITY]
    parity = student[of.worst(DPR)]
    share = fit['Student Parameters'] / fit['Teacher Parameters']
    farther = student[of.FRECHET] / teacher[of.FRECHET]
    on = training_device(True).type
    most = SECONDS if on == 'cpu' else GPU_SECONDS
    return [
        Floor(
            asked=f'accuracy on the minority colour: at least {100 * GAIN:.0f} points gained',
            measured=f'{100 * gained:.1f} points: {real[of.MINORITY]:.3f} from the real pictures, '
            f'{student[of.MINORITY]:.3f} from ours',
            met=bool(gained >= GAIN),
        ),
        Floor(
            asked=f'DPR of a classifier trained on ours, the worse class: at least {PARITY}',
            measured=f'{parity:.3f} (real pictures {real[of.worst(DPR)]:.3f})',
            met=bool(parity >= PARITY),
        ),
        Floor(
            asked=f'colour told from the latent with an AUC of at most {RECOVERED}',
            measured=f'{fit["Recovered AUC"]:.3f}',
            met=bool(fit['Recovered AUC'] <= RECOVERED),
        ),
        Floor(
            asked="student: at most 1/3 of the teacher's parameters, both without encoder",
            measured=f'{fit["Student Parameters"]:,.0f} of {fit["Teacher Parameters"]:,.0f}, '
            f'{share:.3f}',
            met=bool(share <= PARAMETER_SHARE),
        ),
        Floor(
            asked="student: Frechet distance at most 15 % above the teacher's",
            measured=f'{student[of.FRECHET]:.4f} against {teacher[of.FRECHET]:.4f}, '
            f'{100 * (farther - 1):+.0f} %',
            met=bool(farther <= FARTHER),
        ),
        Floor(
            asked=f'fit, teacher and student: at most {most} s on {on}',
            measured=f'{fit["Fit Seconds"]:.0f} s',
            met=bool(fit['Fit Seconds'] <= most),
        ),
    ]


def section(table: pd.DataFrame) -> str:
    """What was measured, as Markdown."""
    seeds = table.groupby('Task')['Seed'].nunique()
    lines = [
        '## Pictures: Coloured MNIST',
        '',
        f'{HOW} {"; ".join(sorted(set(table["Measured"].dropna())))}; torch {torch.__version__}.',
        '',
        *floor_table('asked of the published task', floors(table[table['Task'] == 'published'])),
        '',
    ]
    for name, (words, _) in TASKS.items():
        own = table[table['Task'] == name]
        if own.empty:
            continue
        count = seeds[name]
        lines += [f'### {words}', '', f'{count} seed{"s" if count > 1 else ""}.', '']
        lines += [*_figures(own), '', *_fit(own), '']
    lines += [
        '"Minority": class and colour that are rarer together in training than by chance. DPR, '
        'EOR: of several classes the mean of each against the rest; what faultless decisions '
        'would have on these 2,000 pictures is in the last line. Frechet distance, density and '
        'coverage are of features of a classifier trained in the run, against the test pictures: '
        'they compare with each other, and with nothing published.',
    ]
    return '\n'.join(lines)


def _figures(own: pd.DataFrame) -> list[str]:
    head = [*SHOWN]
    lines = [f'| | {" | ".join(head)} |', '|---' * (len(head) + 1) + '|']
    for source in SOURCES.values():
        rows = own[own['Source'] == source]
        cells = [_cell(rows[figure].astype(float), shown) for figure, shown in SHOWN.items()]
        lines.append(f'| {source} | {" | ".join(cells)} |')
    return lines


def _fit(own: pd.DataFrame) -> list[str]:
    rows = own[own['Source'] == 'fit']
    shown = {
        'Fit Seconds': '.0f',
        'Teacher Seconds': '.0f',
        'Student Seconds': '.0f',
        'Pictures Per Second': ',.0f',
        'Recovered AUC': '.3f',
        'Recovered AUC within classes': '.3f',
        'Teacher Parameters': ',.0f',
        'Student Parameters': ',.0f',
    }
    cells = [_cell(rows[name].astype(float), how) for name, how in shown.items()]
    return [
        f'| {" | ".join(shown)} |',
        '|---' * len(shown) + '|',
        f'| {" | ".join(cells)} |',
    ]


def _cell(values: pd.Series, shown: str) -> str:
    known = values.dropna()
    if known.empty:
        return ''
    spread = f' ± {known.std():{shown}}' if len(known) > 1 else ''
    return f'{known.mean():{shown}}{spread}'


def main(argv: list[str] | None = None) -> int:
    """Measure, and write the part of the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--data', type=Path, required=True, help="holds MNIST's files")
    parser.add_argument('--seeds', type=int, default=3, help='of the published task')
    parser.add_argument('--others', type=int, default=1, help='seeds of the other tasks')
    parser.add_argument('--folder', type=Path, required=True, help='where results are kept')
    parser.add_argument('--output', type=Path, required=True)
    arguments = parser.parse_args(argv)
    warnings.filterwarnings('ignore')
    seeds = dict.fromkeys(TASKS, arguments.others) | {'published': arguments.seeds}
    table = results(arguments.data, seeds, arguments.folder)
    part_written(arguments.output, IMAGES, section(table))
    sys.stdout.write(f'{arguments.output}\n')
    return 0


if __name__ == '__main__':
    sys.exit(main())
