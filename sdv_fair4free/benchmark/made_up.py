"""Tables of any size, made up: as many rows, columns and categories as are asked for."""

from __future__ import annotations

import numpy as np
import pandas as pd
from sdv.metadata import Metadata

from sdv_fair4free.benchmark.tasks import Task

NAME = 'people'
FACTORS = 3
FEW = 5
"""Categories of every column of categories but the first and those with a role."""
LEAST_COLUMNS = 4


def made_up(rows: int, columns: int, categories: int, seed: int = 0) -> Task:
    """People whose columns depend on each other: on a few factors, on the place and on the sex.

    Numbers and columns of few categories take turns. Shares of places fall as ranks grow, but
    everyone of them has a row.

    Args:
        rows: How many; at least as many as categories.
        columns: How many, those with a role among them; at least ``LEAST_COLUMNS``.
        categories: Of the column ``place``.
        seed: Of the random numbers.

    Returns:
        The table as a task without test rows: ``sex`` is sensitive, ``hired`` the binary target.

    Raises:
        ValueError: If there are too few columns or rows.
    """
    problems = []
    if columns < LEAST_COLUMNS:
        problems.append(f'columns={columns} must be at least {LEAST_COLUMNS}.')
    if not 1 <= categories <= rows:
        problems.append(f'categories={categories} must be from 1 to rows={rows}.')
    if problems:
        raise ValueError(' '.join(problems))
    rng = np.random.default_rng(seed)
    shares = 1 / np.arange(1, categories + 1) ** 0.7
    drawn = rng.choice(categories, rows - categories, p=shares / shares.sum())
    place = rng.permutation(np.concatenate([np.arange(categories), drawn]))
    woman = rng.random(rows) < 0.4
    factors = rng.normal(size=(rows, FACTORS))
    factors[:, 0] += place / categories - 0.5 * woman
    merit = factors[:, 0] + 0.5 * factors[:, 1] - woman
    made: dict[str, object] = {
        'sex': np.where(woman, 'woman', 'man'),
        'place': np.array([f'place {i:05d}' for i in range(categories)], dtype=object)[place],
        'hired': np.where(merit + rng.logistic(size=rows) > 0, 'yes', 'no'),
    }
    kinds = np.array([f'kind {i}' for i in range(FEW)], dtype=object)
    for number in range(columns - len(made)):
        values = factors @ rng.normal(size=FACTORS) + rng.normal(size=rows)
        if number % 2:
            made[f'kind_{number}'] = kinds[_fifths(values)]
        else:
            made[f'number_{number}'] = values.round(3)
    table = pd.DataFrame(made)
    described = {
        name: {'sdtype': 'numerical' if name.startswith('number') else 'categorical'}
        for name in made
    }
    metadata = Metadata.load_from_dict(
        {
            'METADATA_SPEC_VERSION': 'V2',
            'relationships': [],
            'tables': {NAME: {'columns': described}},
        }
    )
    return Task(
        name=NAME,
        train=table,
        test=table.head(0),
        metadata=metadata,
        target_column='hired',
        favourable='yes',
        sensitive_columns=('sex',),
    )


def _fifths(values: np.ndarray) -> np.ndarray:
    """(rows,) in which of ``FEW`` equal parts of the values each lies."""
    cuts = np.quantile(values, np.arange(1, FEW) / FEW)
    return np.searchsorted(cuts, values)
