"""Tables in partitions, and what a fit to them must share with a fit in memory."""

import numpy as np
import pandas as pd
import pytest
from conftest import hiring_metadata, hiring_table
from sdv.metadata import Metadata

pytest.importorskip('distributed')
import dask
import dask.dataframe as dd

ROWS = 600
QUICK = {'epochs': 2}


def cut(table, partitions):
    return dd.from_pandas(table, npartitions=partitions, sort=False)


def cut_at(*parts):
    """A Dask DataFrame whose partitions are these tables, whatever their types."""
    with dask.config.set({'dataframe.convert-string': False}):
        return dd.from_map(lambda i: parts[i], range(len(parts)), meta=parts[0].iloc[:0])


def told(synthesizer, name='hiring', rows=200):
    synthesizer.reset_sampling()
    return synthesizer.get_loss_values(), synthesizer.sample(rows)[name]


def assert_same(one, other):
    for left, right in zip(told(one), told(other), strict=True):
        pd.testing.assert_frame_equal(left, right)


def keyed_table(rows=ROWS):
    """Keys, personal data, dates, missing values, and columns that constraints tie together."""
    rng = np.random.default_rng(1)
    table = hiring_table(rows).assign(
        code=[f'A-{i:05d}' for i in range(rows)],
        email=[f'person{i}@example.com' for i in range(rows)],
        city=rng.choice(['Rome', 'Oslo', 'Lima'], rows),
    )
    table['country'] = table['city'].map({'Rome': 'Italy', 'Oslo': 'Norway', 'Lima': 'Peru'})
    table.loc[rows - 3 :, ['city', 'country']] = ['Cusco', 'Peru']  # in the last partition only
    table['start'] = table['since'].dt.strftime('%Y-%m-%d')
    end = table['since'] + pd.to_timedelta(rng.integers(1, 300, rows), 'D')
    table['end'] = end.dt.strftime('%Y-%m-%d').where(rng.random(rows) > 0.01)
    table.loc[rows - 2, 'start'] = None
    return table


def keyed_metadata():
    described = hiring_metadata().to_dict()
    date = {'sdtype': 'datetime', 'datetime_format': '%Y-%m-%d'}
    described['tables']['hiring']['columns'] |= {
        'code': {'sdtype': 'id', 'regex_format': 'A-[0-9]{5}'},
        'email': {'sdtype': 'email', 'pii': True},
        'city': {'sdtype': 'categorical'},
        'country': {'sdtype': 'categorical'},
        'start': date,
        'end': date,
    }
    described['tables']['hiring']['alternate_keys'] = ['code']
    return Metadata.load_from_dict(described)
