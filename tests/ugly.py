"""A table with every kind of column that SDV knows, and values that must not leave the house."""

import numpy as np
import pandas as pd
from sdv.metadata import Metadata

CANARY_TEXT = 'Canary Quixotry'
CANARY_NUMBER = 73_194_826.5
CANARY_DATE = '1911-02-03'
CANARY_MAIL = 'quixotry@canary.example'
CANARY_KEY = 'K-98765'
CANARY_STAFF = 'staff-quixotry'
ROWS = 600


def ugly_table(rows: int = ROWS, seed: int = 0, canaries: bool = True) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    woman = rng.random(rows) < 0.4
    start = pd.Timestamp('2019-01-01') + pd.to_timedelta(rng.integers(0, 900, rows), 'D')
    merit = rng.normal(size=rows) - 0.8 * woman
    table = pd.DataFrame(
        {
            'key': [f'K-{10_000 + i}' for i in range(rows)],
            'sex': np.where(woman, 'woman', 'man'),
            'city': rng.choice(['Ulm', 'Köln', 'Ürümqi'], size=rows),
            'staff': rng.choice([f'staff-{i}' for i in range(9)], size=rows),
            'band': pd.Categorical(rng.choice(list('bca'), size=rows), categories=list('zcba')),
            'grade': rng.choice(['low', 'mid', 'high'], p=[0.6, 0.3, 0.1], size=rows),
            'remote': pd.array(rng.random(rows) < 0.5, dtype='boolean'),
            'children': pd.array(rng.integers(0, 4, rows), dtype='Int64'),
            'wage': np.exp(10 + 0.4 * merit).round(2),
            'score': rng.normal(size=rows),
            'born': (start - pd.to_timedelta(9000, 'D')).strftime('%Y-%m-%d'),
            'seen': pd.Series(start).dt.tz_localize('UTC'),
            'mail': [f'person{i}@mail.example' for i in range(rows)],
            'hired': np.where(merit + rng.logistic(size=rows) > 0, 'yes', 'no'),
        }
    )
    table.loc[rng.random(rows) < 0.2, 'children'] = pd.NA
    table.loc[rng.random(rows) < 0.1, 'remote'] = pd.NA
    table.loc[rng.random(rows) < 0.1, 'wage'] = np.nan
    table.loc[rng.random(rows) < 0.1, 'city'] = None
    if canaries:
        planted = {
            'key': CANARY_KEY,
            'city': CANARY_TEXT,
            'wage': CANARY_NUMBER,
            'born': CANARY_DATE,
            'mail': CANARY_MAIL,
            'staff': CANARY_STAFF,
        }
        for name, value in planted.items():
            table.loc[7, name] = value
    return table


def ugly_metadata() -> Metadata:
    columns = {
        'key': {'sdtype': 'id', 'regex_format': r'K-\d{5}'},
        'sex': {'sdtype': 'categorical'},
        'city': {'sdtype': 'categorical'},
        'staff': {'sdtype': 'id'},
        'band': {'sdtype': 'categorical'},
        'grade': {'sdtype': 'ordinal', 'range_values': ['low', 'mid', 'high']},
        'remote': {'sdtype': 'boolean'},
        'children': {'sdtype': 'numerical'},
        'wage': {'sdtype': 'numerical', 'range_max': CANARY_NUMBER},
        'score': {'sdtype': 'numerical'},
        'born': {'sdtype': 'datetime', 'datetime_format': '%Y-%m-%d'},
        'seen': {'sdtype': 'datetime'},
        'mail': {'sdtype': 'email', 'pii': True},
        'hired': {'sdtype': 'categorical'},
    }
    return Metadata.load_from_dict(
        {'tables': {'staff': {'primary_key': 'key', 'columns': columns}}}
    )
