"""Dates of every type: with formats, zones, units and gaps; what SDV cannot hold is refused."""

import numpy as np
import pandas as pd
import pytest
from sdv.errors import InvalidDataError
from tables import GAPS, ROWS, column, described, fitted_to

RNG = np.random.default_rng(3)
MOMENTS = pd.Series(
    pd.Timestamp('2020-01-01') + pd.to_timedelta(RNG.integers(0, 900 * 86400, ROWS), 's')
)


def bounded(real, made) -> None:
    real, made = real.dropna(), made.dropna()
    assert real.min() <= made.min() <= made.max() <= real.max()


@pytest.mark.parametrize('unit', ['s', 'ms', 'us', 'ns'])
def test_moments_keep_their_unit_and_their_range(unit):
    real = MOMENTS.dt.as_unit(unit).mask(GAPS)
    made = column(real, 'datetime')
    bounded(real, made)
    assert made.isna().any()


@pytest.mark.parametrize('unit', ['ms', 'us', 'ns'])
def test_moments_finer_than_a_second_come_back_exactly(unit):
    ticks = pd.Series(RNG.integers(10**5, 10**9, ROWS).astype(f'timedelta64[{unit}]'))
    real = pd.Timestamp('2020-01-01') + ticks
    real[:60] = real[3]
    made = column(real, 'datetime', rows=2000)
    bounded(real, made)
    assert real[3] in {*made}
    assert (made == made.dt.floor(unit)).all()


@pytest.mark.parametrize('zone', ['UTC', 'Europe/Berlin', 'Asia/Kolkata'])
def test_moments_keep_their_zone(zone):
    real = MOMENTS.dt.tz_localize('UTC').dt.tz_convert(zone).mask(GAPS)
    bounded(real, column(real, 'datetime'))


@pytest.mark.parametrize(
    'datetime_format', ['%Y-%m-%d', '%d/%m/%y %H:%M', '%Y-%m-%dT%H:%M:%S.%f', '%d %B %Y']
)
def test_dates_as_text_keep_their_format(datetime_format):
    real = MOMENTS.dt.strftime(datetime_format).mask(GAPS, None)
    made = column(real, {'sdtype': 'datetime', 'datetime_format': datetime_format})
    bounded(*(pd.to_datetime(table, format=datetime_format) for table in (real, made)))


def test_text_with_an_offset_keeps_it():
    real = MOMENTS.dt.tz_localize('Asia/Tokyo').dt.strftime('%Y-%m-%dT%H:%M:%S%z')
    made = column(real, {'sdtype': 'datetime', 'datetime_format': '%Y-%m-%dT%H:%M:%S%z'})
    assert made.str.endswith('+0900').all()


def test_days_of_the_eighteenth_century_are_known():
    real = pd.Series([f'{year}-03-0{1 + year % 9}' for year in RNG.integers(1700, 1899, ROWS)])
    made = column(real, {'sdtype': 'datetime', 'datetime_format': '%Y-%m-%d'})
    bounded(real, made)


@pytest.mark.filterwarnings('ignore:The datetime format for column')
@pytest.mark.filterwarnings("ignore:No 'datetime_format' is present")
@pytest.mark.parametrize(
    'entry', ['datetime', {'sdtype': 'datetime', 'datetime_format': '%Y-%m-%d'}]
)
def test_days_of_pythons_own_type_become_text(entry):
    real = pd.Series([moment.date() for moment in MOMENTS], dtype=object)
    bounded(real.astype(str), column(real, entry))


def test_days_as_whole_numbers_stay_whole_numbers():
    real = MOMENTS.dt.strftime('%Y%m%d').astype(int)
    bounded(real, column(real, {'sdtype': 'datetime', 'datetime_format': '%Y%m%d'}))


@pytest.mark.parametrize('dtype', ['datetime64[ns]', 'datetime64[s]', 'datetime64[ns, UTC]'])
def test_dates_that_are_constant_or_missing_stay_so(dtype):
    zone = 'UTC' if 'UTC' in dtype else None
    day = pd.Timestamp('2020-01-01', tz=zone)
    assert {*column(pd.Series([day] * ROWS, dtype=dtype), 'datetime')} == {day}
    assert column(pd.Series([pd.NaT] * ROWS, dtype=dtype), 'datetime').isna().all()


@pytest.mark.parametrize(
    ('values', 'expected'),
    [
        (['1500-03-01', '2020-01-01'], '1500-03-01'),
        (['9999-12-31', '2020-01-01'], '9999-12-31'),
        (np.array(['2868-03-01', '2020-01-01'], dtype='datetime64[s]'), '2868-03-01'),
    ],
    ids=['before', 'after', 'seconds'],
)
def test_dates_that_sdv_cannot_hold_are_named_with_the_remedy(values, expected):
    text = isinstance(values, list)
    entry = {'sdtype': 'datetime', **({'datetime_format': '%Y-%m-%d'} if text else {})}
    table = pd.DataFrame({'v': pd.Series(np.resize(values, ROWS))})
    with pytest.raises(InvalidDataError) as caught:
        fitted_to(table, described({'v': entry}))
    message = str(caught.value)
    assert f"column 'v' has dates that SDV cannot hold ({expected}" in message
    assert 'from 1677-09-21 to 2262-04-11' in message
    assert 'Make them missing' in message
