"""A small table with every common kind of column, and short ways to describe another."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from sdv.metadata import Metadata

NAME = 'people'
ROWS = 150


def people(rows: int = ROWS, seed: int = 0) -> pd.DataFrame:
    """``group`` is the sensitive column of ours, ``outcome`` its target."""
    rng = np.random.default_rng(seed)
    second = rng.random(rows) < 0.4
    wage = np.exp(rng.normal(7, 0.5, rows)).round(2)
    smokes = rng.choice([True, False, None], p=[0.3, 0.5, 0.2], size=rows)
    days = rng.integers(0, 700, rows)
    return pd.DataFrame(
        {
            'person': np.arange(1000, 1000 + rows),
            'group': np.where(second, 'b', 'a'),
            'age': rng.integers(18, 70, rows),
            'wage': np.where(rng.random(rows) < np.where(second, 0.5, 0.05), np.nan, wage),
            'change': rng.choice([-2.5, -0.5, 1.5, 3.0], size=rows),
            'colour': rng.choice(['red', 'blue', 'green', None], p=[0.5, 0.3, 0.1, 0.1], size=rows),
            'level': rng.choice(['low', 'middle', 'high'], p=[0.5, 0.3, 0.2], size=rows),
            'remote': rng.random(rows) < 0.5,
            'smokes': smokes,
            'joined': pd.Timestamp('2021-03-01') + pd.to_timedelta(days, 'D'),
            'born': (pd.Timestamp('1980-01-01') + pd.to_timedelta(days * 9, 'D')).strftime(
                '%Y-%m-%d'
            ),
            'code': [f'C-{(7 * number) % 1000:03d}' for number in range(rows)],
            'email': [f'person{number}@mail.example' for number in range(rows)],
            'outcome': np.where(rng.random(rows) < 0.6 - 0.3 * second, 'yes', 'no'),
        }
    )


COLUMNS: dict[str, Any] = {
    'person': 'id',
    'group': 'categorical',
    'age': 'numerical',
    'wage': 'numerical',
    'change': 'numerical',
    'colour': 'categorical',
    'level': {'sdtype': 'ordinal', 'range_values': ['low', 'middle', 'high']},
    'remote': 'boolean',
    'smokes': 'boolean',
    'joined': {'sdtype': 'datetime', 'datetime_format': '%Y-%m-%d'},
    'born': {'sdtype': 'datetime', 'datetime_format': '%Y-%m-%d'},
    'code': {'sdtype': 'id', 'regex_format': r'C-\d{3}'},
    'email': {'sdtype': 'email', 'pii': True},
    'outcome': 'categorical',
}
MODELLED = [name for name in COLUMNS if name not in ('person', 'code', 'email')]


def described(columns: Mapping[Any, Any], **keys: Any) -> Metadata:
    """Metadata of a table from its columns: an sdtype each, or a dictionary."""
    full = {
        name: {'sdtype': column} if isinstance(column, str) else dict(column)
        for name, column in columns.items()
    }
    return Metadata.load_from_dict(
        {
            'METADATA_SPEC_VERSION': 'V2',
            'relationships': [],
            'tables': {NAME: {'columns': full, **keys}},
        }
    )


def people_metadata() -> Metadata:
    """Metadata of the whole example."""
    return described(COLUMNS, primary_key='person')


def part(*names: str, rows: int = ROWS) -> tuple[pd.DataFrame, Metadata]:
    """The two columns that fairness takes, and those named: what trains in no time."""
    chosen = ['group', *names, 'outcome']
    keys = {'primary_key': 'person'} if 'person' in names else {}
    metadata = described({name: COLUMNS[name] for name in chosen}, **keys)
    return people(rows)[chosen], metadata
