"""What grows how fast: tables, exponents and plots out of what was measured."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import version

import numpy as np
import pandas as pd

from sdv_fair4free.benchmark.alone import BATCH, OURS, PART, TVAE
from sdv_fair4free.benchmark.growth_axes import Axis, Step
from sdv_fair4free.benchmark.svg import Series, log_log

FIT, SAMPLE = 'fit', 'sample'
KINDS = tuple((name, what) for name in (OURS, TVAE) for what in (FIT, SAMPLE))
SHOWN = {'Seconds': 'time, seconds', 'Peak MB': 'most memory added, MB'}
FOLDER = 'images'
"""Of the figures, beside the page."""


def exponent(points: Sequence[tuple[float, float]]) -> float:
    """Slope of log value over log size by least squares: 1 is growth in proportion.

    Args:
        points: Pairs of size and value; only those above 0 count.

    Returns:
        The slope; NaN with fewer than two different sizes.
    """
    known = np.array([(x, y) for x, y in points if x > 0 and 0 < y < np.inf]).reshape(-1, 2)
    if len(np.unique(known[:, 0])) < 2:
        return float('nan')
    sizes, values = np.log(known).T
    slope, _ = np.polyfit(sizes, values, 1)
    return float(slope)


def curves(
    table: pd.DataFrame, axis: Axis, figure: str
) -> dict[tuple[str, str], list[tuple[float, float]]]:
    """Points of size and figure by synthesizer and what it did; NaN where there is no figure.

    Args:
        table: Of :func:`sdv_fair4free.benchmark.growth.results`.
        axis: What grows.
        figure: A column of the table.
    """
    places = ['Synthesizer', 'Rows', 'Columns', 'Categories', 'Sampled']
    # A fit samples nothing.
    known = table.fillna({'Sampled': 0}).set_index(places)[figure].astype(float).to_dict()
    return {
        (name, what): [
            (step.size, known.get((name, *step.fitted, _sampled(step, what)), np.nan))
            for step in axis.steps
            if step.fit_shown or what == SAMPLE
        ]
        for name, what in KINDS
    }


def _sampled(step: Step, what: str) -> int:
    return step.sampled if what == SAMPLE else 0


def figures(table: pd.DataFrame, axes: Sequence[Axis], tvae_epochs: int) -> dict[str, str]:
    """Plots as SVG by the names of their files: time and memory of each axis."""
    drawn = {}
    for axis in axes:
        for figure, told in SHOWN.items():
            lines = [
                Series(
                    name=_label(name, what, tvae_epochs),
                    points=points,
                    colour=int(name == TVAE),
                    dashed=what == SAMPLE,
                )
                for (name, what), points in curves(table, axis, figure).items()
            ]
            lines = [line for line in lines if line.shown()]
            if lines:
                kind = figure.lower().replace(' ', '-')
                title = f'{told.split(",")[0].capitalize()}, by {axis.name}'
                drawn[f'growth-{axis.name}-{kind}.svg'] = log_log(title, axis.name, told, lines)
    return drawn


def section(
    table: pd.DataFrame, axes: Sequence[Axis], drawn: Mapping[str, str], tvae_epochs: int
) -> str:
    """What was measured, as Markdown.

    Args:
        table: Of :func:`sdv_fair4free.benchmark.growth.results`.
        axes: What grew.
        drawn: Of :func:`figures`.
        tvae_epochs: That TVAE was fitted for.
    """
    measured = '; '.join(sorted(set(table['Measured'].dropna())))
    libraries = ', '.join(f'{name} {version(name)}' for name in ('sdv', 'ctgan', 'torch'))
    lines = [
        '## Growth',
        '',
        'Written by `make bench-speed`; no figure is typed by hand. Made-up tables, half of whose '
        'columns are numbers; ours with its defaults, teacher and student. '
        f'TVAE is fitted for {_epochs(tvae_epochs)} of its 300, preparation included: not to be '
        'held against the seconds of our whole fit, but the memory and the slope may be. '
        'Each fit and each sample is in a process of its own, samples after a warm-up; memory is '
        'the most above what was in use before, which the table, or the fitted synthesizer, is. A '
        'fit includes what its process loads for it, which shows in the smallest tables. More than '
        f'{PART:,} rows are drawn in parts of {BATCH:,} that are not kept: the memory is that of a '
        'part, and not counted in the exponent. The exponent is the slope of log time, or log '
        'memory, over log size by least squares: 1 is growth in proportion, 0 none. '
        f'{measured}; {libraries}.',
        '',
    ]
    for axis in axes:
        lines += [f'### {axis.name.capitalize()}', '', axis.told, '']
        lines += [*_table(table, axis, tvae_epochs), '']
        shown = [name for name in drawn if name.startswith(f'growth-{axis.name}-')]
        lines += [f'![{_title(name)}]({FOLDER}/{name})' for name in shown]
        lines += ['']
    notes = [*_notes(table)]
    if notes:
        lines += ['### Without a figure', '', *notes]
    return '\n'.join(lines).rstrip('\n')


def _table(table: pd.DataFrame, axis: Axis, tvae_epochs: int) -> list[str]:
    head, columns = [axis.name], []
    found = {figure: curves(table, axis, figure) for figure in SHOWN}
    for name, what in KINDS:
        for figure, unit, shown in (('Seconds', 's', '#.3g'), ('Peak MB', 'MB', ',.0f')):
            head.append(f'{_label(name, what, tvae_epochs)}, {unit}')
            of_parts = figure == 'Peak MB' and what == SAMPLE
            columns.append((found[figure][name, what], shown, of_parts))
    lines = [f'| {" | ".join(head)} |', '|---' * len(head) + '|']
    for step in axis.steps:
        cells = [_cell(dict(points).get(step.size), shown) for points, shown, _ in columns]
        lines.append(f'| {step.size:,} | {" | ".join(cells)} |')
    in_parts = {step.size for step in axis.steps if step.sampled > PART}
    cells = []
    for points, _, of_parts in columns:
        grown = [point for point in points if not (of_parts and point[0] in in_parts)]
        cells.append(_cell(exponent(grown), '.2f'))
    return [*lines, f'| exponent | {" | ".join(cells)} |']


def _cell(value: float | None, shown: str) -> str:
    if value is None or pd.isna(value):
        return ''
    # Three digits, but never an exponent of ten.
    return f'{value:,.0f}' if shown == '#.3g' and value >= 100 else f'{value:{shown}}'


def _notes(table: pd.DataFrame) -> Iterator[str]:
    """Why a figure is missing, one line for each."""
    for _, row in table[table['Note'].notna() | table['Error'].notna()].iterrows():
        what = FIT if pd.isna(row['Sampled']) else f'{SAMPLE} {row["Sampled"]:,.0f} rows'
        reason = row['Error'] if pd.notna(row['Error']) else row['Note']
        yield (
            f'* {row["Synthesizer"]}, {row["Rows"]:,} rows, {row["Columns"]} columns, '
            f'{row["Categories"]:,} categories, {what}: {reason}.'
        )


def _label(name: str, what: str, tvae_epochs: int) -> str:
    if name == TVAE and what == FIT:
        return f'{name}, {what} ({_epochs(tvae_epochs)})'
    return f'{name}, {what}'


def _epochs(count: int) -> str:
    return f'{count} epoch{"s" if count > 1 else ""}'


def _title(file: str) -> str:
    _, axis, kind = file.removesuffix('.svg').split('-', 2)
    return f'{"Time" if kind == "seconds" else "Memory"} by {axis}'
