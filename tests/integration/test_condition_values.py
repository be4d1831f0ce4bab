"""Values that are asked for are read in the way of their column, or refused with the reason."""

import datetime
import warnings

import numpy as np
import pandas as pd
import pytest
from conftest import asked, small_synthesizer
from sdv.cag import Inequality
from sdv.metadata import Metadata
from sdv.sampling import Condition


@pytest.fixture(scope='module')
def written():
    """Columns that write their values in ways of their own."""
    rows = 300
    rng = np.random.default_rng(0)
    days = pd.Timestamp('2021-01-01') + pd.to_timedelta(rng.integers(0, 300, rows), 'D')
    table = pd.DataFrame(
        {
            'code': [f'{a}{b}' for a in 'abcdefghijklmnopqrstuvwxyz' for b in 'abcdefghijkl'][
                :rows
            ],
            'day': days,
            'text': days.strftime('%d/%m/%Y'),
            'zoned': days.tz_localize('Europe/Amsterdam'),
            'whole': rng.integers(0, 9, rows),
            'gaps': pd.array(rng.integers(0, 9, rows), dtype='Int64'),
            'huge': 2**60 + rng.integers(0, 9, rows) * 3,
            'low': rng.integers(0, 50, rows),
        }
    )
    table['high'] = table['low'] + rng.integers(1, 50, rows)
    table.loc[::9, 'gaps'] = pd.NA
    sdtypes = {'day': 'datetime', 'text': 'datetime', 'zoned': 'datetime', 'code': 'id'}
    columns = {name: {'sdtype': sdtypes.get(name, 'numerical')} for name in table}
    columns['code']['regex_format'] = '[a-z]{2}'
    columns['text']['datetime_format'] = columns['day']['datetime_format'] = '%d/%m/%Y'
    metadata = Metadata.load_from_dict(
        {'tables': {'hiring': {'primary_key': 'code', 'columns': columns}}}
    )
    with pytest.warns(UserWarning, match='No fairness is applied'):
        synthesizer = small_synthesizer(
            metadata, sensitive_columns=None, target_column=None, epochs=2
        )
    synthesizer.add_constraints([Inequality('low', 'high', table_name='hiring')])
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')  # SDV on formats of dates
        synthesizer.fit({'hiring': table})
    return synthesizer, table


@pytest.mark.parametrize(
    ('name', 'value', 'expected'),
    [
        ('day', '03/02/2021', pd.Timestamp('2021-02-03')),
        ('text', datetime.date(2021, 2, 3), '03/02/2021'),
        ('text', pd.Timestamp('2021-02-03'), '03/02/2021'),
        ('zoned', pd.Timestamp('2021-02-03'), pd.Timestamp('2021-02-03', tz='Europe/Amsterdam')),
        ('zoned', pd.Timestamp('2021-02-02T23:00Z'),
         pd.Timestamp('2021-02-03', tz='Europe/Amsterdam')),
        ('whole', 3.0, 3),
        ('gaps', '4', 4),
        ('gaps', '4.0', 4),
        ('gaps', None, pd.NA),
        ('huge', 2**60 + 6, 2**60 + 6),
    ],
    ids=str,
)  # fmt: skip
def test_a_value_is_read_in_the_way_of_its_column(written, name, value, expected):
    synthesizer, table = written
    made = asked(synthesizer, Condition({name: value}, 3))
    assert made[name].dtype == table[name].dtype
    if expected is pd.NA:
        assert made[name].isna().all()
    else:
        assert made[name].tolist() == [expected] * 3


@pytest.mark.parametrize(
    ('name', 'value', 'reason'),
    [
        ('day', pd.Timestamp('2035-01-01'), 'outside the range'),
        ('text', '01/01/2035', 'outside the range'),
        ('zoned', pd.Timestamp('2035-01-01', tz='UTC'), 'outside the range'),
        ('huge', 5, 'outside the range'),
        ('huge', 2**60 + 60, 'outside the range'),
        ('day', '2021-13-45', 'is no date of the format'),
        ('day', pd.Timestamp('2021-02-03', tz='UTC'), 'has a time zone, and there is none'),
        ('whole', 3.7, '3.7 is no whole number'),
        ('gaps', 5.5, '5.5 is no whole number'),
        ('whole', True, 'True is no whole number'),
        ('low', 'x', "'x' is no whole number of type int64 in 'low'"),
        ('code', 'ab', 'is the primary key'),
    ],
    ids=str,
)
def test_a_value_that_its_column_cannot_hold_is_refused_with_the_reason(
    written, name, value, reason
):
    with pytest.raises(ValueError, match=reason):
        asked(written[0], Condition({name: value}, 2))


def test_one_bad_value_leaves_the_other_rows(written):
    table = pd.DataFrame({'whole': [1, 'x', 3], 'text': ['03/02/2021', '04/02/2021', 'never']})
    with pytest.warns(UserWarning, match='2 of 3 rows could not be made'):
        made = written[0].sample_remaining_columns(table)['hiring']
    assert made['whole'].tolist() == [1]
    assert made['text'].tolist() == ['03/02/2021']


def test_rows_that_are_thrown_away_use_up_no_keys(written):
    synthesizer, table = written
    made = asked(synthesizer, Condition({'low': int(table['low'].iloc[0])}, 6))
    more = synthesizer.sample(150)['hiring']
    keys = pd.concat([made['code'], more['code']])
    assert keys.is_unique
    assert keys.str.fullmatch('[a-z]{2}').all()
