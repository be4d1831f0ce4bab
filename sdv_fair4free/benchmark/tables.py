"""What rare conditions cost, and a column of very many categories.

``python -m sdv_fair4free.benchmark.tables --data FOLDER --output PAGE``. Conditions are crossings
of three columns that real rows have, each in at most one of a thousand rows; TVAE, which waits for
them to turn up, is asked for some of them only, for it takes so long. It is not fitted to the table
of very many categories: it would hold a number for each of them for every row.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
import warnings
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import torch
from sdv.metadata import Metadata
from sdv.sampling import Condition
from sdv.single_table import TVAESynthesizer

from sdv_fair4free.benchmark.cost import measured
from sdv_fair4free.benchmark.suite import unfitted
from sdv_fair4free.benchmark.tasks import Task
from sdv_fair4free.synthesizer import Fair4FreeSynthesizer

CONDITIONS = 1000
ASKED_OF_TVAE = 40
RAREST = 1e-3
"""A condition is rare if at most this share of the real rows has it."""
CROSSED = ('education', 'occupation', 'age')
ROWS, CATEGORIES, REGIONS = 1_000_000, 50_000, 50


class Spent(NamedTuple):
    """What some conditions cost."""

    asked: int
    found: int
    seconds: float


def rare_conditions(table: pd.DataFrame, seed: int = 0) -> pd.DataFrame:
    """``CONDITIONS`` different crossings of ``CROSSED`` that are rare in a table."""
    counts = table.groupby(list(CROSSED), as_index=False).size()
    rare = counts[counts['size'] <= RAREST * len(table)]
    chosen: pd.DataFrame = rare.sample(CONDITIONS, random_state=seed).reset_index(drop=True)
    return chosen[list(CROSSED)]


def from_conditions(synthesizer: Any, wanted: Sequence[pd.DataFrame]) -> Spent:
    """One row for each condition, in so many calls of ``sample_from_conditions``."""
    found = 0
    with _quiet(), measured() as spent:
        for table in wanted:
            conditions = [Condition(values) for values in table.to_dict('records')]
            with contextlib.suppress(ValueError):  # none of them turned up
                (made,) = synthesizer.sample_from_conditions(conditions).values()
                found += len(made)
    return Spent(sum(map(len, wanted)), found, spent.seconds)


def remaining(synthesizer: Any, wanted: pd.DataFrame) -> Spent:
    """The remaining columns of rows of which three are known."""
    found = 0
    with _quiet(), measured() as spent, contextlib.suppress(ValueError):
        (made,) = synthesizer.sample_remaining_columns(wanted).values()
        found = len(made)
    return Spent(len(wanted), found, spent.seconds)


@contextlib.contextmanager
def _quiet() -> Any:
    """Without TVAE's progress bars, and its warnings of rows that did not turn up."""
    with (
        open(os.devnull, 'w') as nowhere,
        contextlib.redirect_stderr(nowhere),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter('ignore')
        yield


def of_conditions(task: Task) -> list[str]:
    """What conditions cost, as Markdown."""
    ours = unfitted(task, [task.sensitive_column])
    tvae = TVAESynthesizer(task.metadata)
    for synthesizer in (ours, tvae):
        synthesizer.fit({task.name: task.train})
    every = rare_conditions(task.train)
    some = every.head(ASKED_OF_TVAE)
    results = {
        ('Fair4Free', 'sample_from_conditions'): from_conditions(ours, [every]),
        ('SDV TVAE', 'sample_from_conditions'): from_conditions(tvae, [some]),
        ('Fair4Free', 'sample_remaining_columns'): remaining(ours, every),
        ('SDV TVAE', 'sample_remaining_columns'): remaining(tvae, some),
    }
    lines = [
        '## Rare conditions',
        '',
        f'{task.name.capitalize()}, both with their defaults. {len(every):,} different crossings '
        f'of {", ".join(CROSSED)}, each in at most {RAREST:.1%} of the real rows; one row of each. '
        f'TVAE is asked for the first {len(some)} of them.',
        '',
        '| | call | conditions | rows found | seconds | milliseconds for each |',
        '|---|---|---|---|---|---|',
    ]
    lines += [
        f'| {name} | {call} | {spent.asked:,} | {spent.found:,} | {spent.seconds:.2f} | '
        f'{1000 * spent.seconds / spent.asked:.2f} |'
        for (name, call), spent in results.items()
    ]
    for call in ('sample_from_conditions', 'sample_remaining_columns'):
        mine, theirs = results['Fair4Free', call], results['SDV TVAE', call]
        times = theirs.seconds / theirs.asked * mine.asked / mine.seconds
        met = 'yes' if times >= 20 and mine.found == mine.asked else 'no'
        lines += ['', f'{call}: {times:,.0f} times as fast. All rows, 20 times as fast: {met}.']
    return lines


def many_categories(rows: int = ROWS, categories: int = CATEGORIES) -> pd.DataFrame:
    """People in places of which most are rare; a place lies in one region."""
    rng = np.random.default_rng(0)
    shares = 1 / np.arange(1, categories + 1) ** 0.7
    place = rng.permutation(categories)[rng.choice(categories, rows, p=shares / shares.sum())]
    region = place * REGIONS // categories
    woman = rng.random(rows) < 0.4
    skill = rng.normal(size=rows) + 0.02 * region
    return pd.DataFrame(
        {
            'place': pd.Series(place).map('place {:05d}'.format),
            'region': pd.Series(region).map('region {:02d}'.format),
            'sex': np.where(woman, 'woman', 'man'),
            'age': rng.integers(18, 80, rows),
            'skill': skill.round(3),
            'hired': np.where(skill - woman + rng.logistic(size=rows) > 0, 'yes', 'no'),
        }
    )


def of_many_categories() -> list[str]:
    """What a column of very many categories costs, as Markdown."""
    table = many_categories()
    numbers = ('age', 'skill')
    columns = {
        name: {'sdtype': 'numerical' if name in numbers else 'categorical'} for name in table
    }
    metadata = Metadata.load_from_dict({'tables': {'people': {'columns': columns}}})
    synthesizer = Fair4FreeSynthesizer(metadata, sensitive_columns=['sex'], target_column='hired')
    held = table.memory_usage(deep=True).sum() / 1e6
    with measured() as fit:
        synthesizer.fit({'people': table})
    with measured() as drawn:
        made = synthesizer.sample(len(table))['people']
    counts = synthesizer._model.parameter_counts()
    home = table.drop_duplicates('place').set_index('place')['region']
    right = float((made['place'].map(home) == made['region']).mean())
    real, shares = (part['place'].value_counts(normalize=True) for part in (table, made))
    apart = float(real.sub(shares, fill_value=0).abs().sum() / 2)
    return [
        '## Very many categories',
        '',
        f'{len(table):,} rows, {table.shape[1]} columns, {table["place"].nunique():,} categories '
        f'in one of them; {held:,.0f} MB as a table of pandas. Ours with its defaults.',
        '',
        '| | seconds | most memory above that in use before, MB |',
        '|---|---|---|',
        f'| fit | {fit.seconds:.0f} | {fit.peak_mb:,.0f} |',
        f'| sample {len(table):,} rows | {drawn.seconds:.1f} | {drawn.peak_mb:,.0f} |',
        '',
        f'The teacher has {counts["teacher"]:,} weights, the student {counts["student"]:,}. '
        f'{made["place"].nunique():,} different places were made; their shares are {apart:.3f} '
        f'from the real ones in total variation. {right:.1%} of the rows made have the region in '
        'which their place really is.',
    ]


def page(task: Task) -> str:
    """What was measured, as Markdown."""
    return '\n'.join(
        [
            '# Conditions, and very many categories',
            '',
            'Written by `make bench`; no figure is typed by hand.',
            '',
            f'{date.today():%Y-%m-%d}, {os.cpu_count()} cores, {torch.get_num_threads()} threads.',
            '',
            *of_conditions(task),
            '',
            *of_many_categories(),
            '',
        ]
    )


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
