"""The audit of a real table, where it is at hand: Adult, the official split, real against real.

The folder is ../shared/data/adult beside the clone, or FAIR4FREE_ADULT.
"""

import os
from pathlib import Path

import pandas as pd
import pytest
from sdv.metadata import Metadata

from sdv_fair4free.metrics.audit import audit

FOLDER = Path(
    os.environ.get('FAIR4FREE_ADULT', Path(__file__).parents[3] / 'shared' / 'data' / 'adult')
)
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not (FOLDER / 'train.csv').exists(), reason='Adult is not at hand (see FAIR4FREE_ADULT)'
    ),
]


def test_real_rows_are_as_unfair_as_published():
    train, test = (pd.read_csv(FOLDER / f'{part}.csv') for part in ('train', 'test'))
    result = audit(
        train,
        train,
        Metadata.load_from_json(FOLDER / 'metadata.json'),
        ['sex', 'race'],
        'income',
        test,
        '>50K',
        metrics=['Demographic parity ratio', 'Equalized odds ratio', 'AUC', 'Label parity ratio'],
    )
    figures = result.figures.set_index(['Metric', 'Column', 'Source'])
    for source in ('real', 'synthetic'):
        for metric, expected in (
            ('Demographic parity ratio', 0.326),
            ('Equalized odds ratio', 0.261),
            ('Label parity ratio', 0.358),
        ):
            row = figures.loc[metric, 'sex', source]
            assert row['Value'] == pytest.approx(expected, abs=0.005)
            assert row['Low'] < expected < row['High']
        assert figures.loc['AUC', 'income', source]['Value'] == pytest.approx(0.926, abs=0.005)
    small = result.groups.query("Group == 'Female, Other' and Metric == 'Selection rate'")
    assert set(small['Error']) == {'insufficient data (n = 46)'}
