"""Every kind of model paints, beside columns of every kind and of any name."""

import numpy as np
import pandas as pd
import pytest
from pictured import (
    digits,
    digits_metadata,
    drawn,
    fitted_pictures,
    part,
    picture_synthesizer,
    same_pictures,
    with_columns,
)
from sdv.evaluation import run_diagnostic
from sdv.metadata import Metadata
from sdv.sampling import Condition


@pytest.mark.filterwarnings('ignore:No fairness is applied')
@pytest.mark.parametrize(
    'parameters',
    [
        {'sensitive_columns': None, 'target_column': None},
        {'sensitive_columns': None, 'target_column': 'high'},
        {'fairness_scope': 'all'},
        {'fairness_scope': 'all', 'target_column': None},
        {'fairness_criterion': 'equalized_odds'},
        {'fairness_criterion': 'equal_opportunity', 'favourable_outcome': True},
        {'sensitive_columns': ['color', 'site']},
        {'sensitive_columns': ['age'], 'target_column': 'high'},
        {'sensitive_columns': ['age', 'color'], 'target_column': ['high', 'site']},
        {'target_column': 'age', 'fairness_criterion': 'equalized_odds'},
        {'distillation': None},
        {'distillation': 'with_data'},
        {'student': 'small', 'epochs': 1},
    ],
    ids=str,
)
def test_every_kind_of_model_paints(parameters):
    rng = np.random.default_rng(0)
    given = with_columns(
        digits(), age=rng.normal(40, 9, 300).round(1), site=rng.choice(['a', 'b', 'c'], 300)
    )
    metadata = digits_metadata(age={'sdtype': 'numerical'}, site={'sdtype': 'categorical'})
    synthesizer = fitted_pictures(given, metadata, **parameters)
    made = drawn(synthesizer, 30)
    assert made.images.shape == (30, 8, 8, 3)
    assert made.images.std() > 0
    assert list(made.table) == list(given.table)
    assert made.table['age'].between(given.table['age'].min(), given.table['age'].max()).all()
    assert same_pictures(drawn(synthesizer, 30), made)
    some = synthesizer.sample_remaining_columns(given.table[['site', 'age']][:5])
    assert some.images.shape == (5, 8, 8, 3)
    assert synthesizer.encode(given).shape == (300, 4)
    assert synthesizer.reconstruct(part(given, slice(0, 9))).shape == (9, 8, 8, 3)
    counts = synthesizer.get_info()['parameter_counts']
    if parameters.get('distillation', 'data_free'):
        assert 0 < counts['student'] < counts['teacher']


def test_attributes_of_every_kind_come_with_pictures():
    rows, rng = 240, np.random.default_rng(0)
    given = with_columns(
        digits(rows),
        key=[f'K-{i:04d}' for i in range(rows)],
        mail=[f'person{i}@mail.example' for i in range(rows)],
        size=rng.normal(3, 1, rows).round(2),
        count=pd.array(rng.integers(0, 5, rows), dtype='Int64'),
        seen=pd.Timestamp('2020-01-01') + pd.to_timedelta(rng.integers(0, 900, rows), 'D'),
        grade=rng.choice(['low', 'high'], rows),
        pen=pd.Categorical(rng.choice(['ink', 'lead'], rows)),
    )
    for name in ('size', 'count', 'seen', 'pen'):
        given.table.loc[rng.random(rows) < 0.2, name] = None
    told = digits_metadata(
        key={'sdtype': 'id', 'regex_format': r'K-\d{4}'},
        mail={'sdtype': 'email', 'pii': True},
        size={'sdtype': 'numerical'},
        count={'sdtype': 'numerical'},
        seen={'sdtype': 'datetime'},
        grade={'sdtype': 'ordinal', 'range_values': ['low', 'high']},
        pen={'sdtype': 'categorical'},
    ).to_dict()
    told['tables']['digits']['primary_key'] = 'key'
    metadata = Metadata.load_from_dict(told)
    synthesizer = fitted_pictures(given, metadata)
    made = drawn(synthesizer, 200)
    assert made.table.dtypes.equals(given.table.dtypes)
    assert made.table['key'].is_unique
    assert made.table['mail'].str.contains('@').all()
    for name in ('size', 'count', 'seen', 'pen'):
        assert made.table[name].isna().any()
    assert made.images.shape == (200, 8, 8, 3)
    report = run_diagnostic(given.data, made.data, metadata, verbose=False)
    assert report.get_score() == 1.0


def test_column_names_that_are_numbers_come_back():
    given = digits()
    metadata = Metadata.load_from_dict(
        {
            'tables': {
                'digits': {'columns': {'0': {'sdtype': 'boolean'}, '1': {'sdtype': 'categorical'}}}
            }
        }
    )
    synthesizer = picture_synthesizer(metadata, sensitive_columns=['1'], target_column='0')
    table = given.table.set_axis([0, 1], axis=1)
    synthesizer.fit({'digits': table}, given.images)
    made = drawn(synthesizer, 5)
    assert list(made.table) == [0, 1]
    assert made.images.shape == (5, 8, 8, 3)
    known = synthesizer.sample_remaining_columns(table[[1]][:4])
    assert list(known.table) == [0, 1]
    assert known.table[1].equals(table[1][:4])
    assert list(synthesizer.sample_from_conditions([Condition({1: 'red'}, 3)]).table) == [0, 1]
