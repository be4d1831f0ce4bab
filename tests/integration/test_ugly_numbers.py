"""Numbers of every size: exact beyond 2**53, within their range, rounded as the real ones are."""

import numpy as np
import pandas as pd
import pytest
from tables import FEW, GAPS, NOISE, ROWS, column

BASE = 1_700_000_000_000_000_000
SPREAD = np.random.default_rng(1).integers(-(2**63), 2**63 - 1, ROWS)
IDS = BASE + np.random.default_rng(2).integers(0, 1000, ROWS)
IDS[:60] = BASE + 7


@pytest.mark.parametrize(
    'values',
    [
        IDS,
        BASE + FEW,
        np.where(NOISE > 0, 2**63 - 1, -(2**63)),
        np.uint64(2**64 - 1) - FEW.astype('uint64'),
        pd.Series(IDS, dtype='Int64').mask(GAPS),
        pd.Series(np.uint64(2**64 - 1) - FEW.astype('uint64'), dtype='UInt64').mask(GAPS),
        pd.Series(BASE + FEW, dtype=object),
    ],
    ids=['int64', 'few', 'ends', 'uint64', 'Int64', 'UInt64', 'object'],
)
def test_whole_numbers_beyond_2_to_53_come_back_exactly(values):
    real = pd.Series(values)
    made = column(real, 'numerical', rows=3000).dropna()
    assert real.min() <= made.min() <= made.max() <= real.max()
    shared = real.value_counts()
    assert {*shared[shared >= 40].index} <= {*made}


def test_a_range_wider_than_floats_keeps_its_ends_and_its_heavy_values():
    heavy = 2**62 + 1
    real = pd.Series(np.where(NOISE > 0.5, heavy, SPREAD))
    made = column(real, 'numerical', rows=2000)
    assert real.min() <= made.min() <= made.max() <= real.max()
    assert heavy in {*made}


@pytest.mark.parametrize('dtype', ['int8', 'uint8', 'int16', 'Int8', 'UInt8', 'float16', 'Float32'])
def test_small_types_do_not_overflow(dtype):
    real = pd.Series(np.clip(NOISE * 60 + 100, 0, 127).round()).astype(dtype)
    made = column(real, 'numerical')
    assert real.min() <= made.min() <= made.max() <= real.max()


@pytest.mark.filterwarnings('error::RuntimeWarning')
@pytest.mark.parametrize(
    'values',
    [
        np.random.default_rng(0).standard_cauchy(ROWS),
        np.exp(5 * NOISE) * np.sign(NOISE),
        np.where(GAPS, NOISE, 0.0),
        NOISE * 1e300,
        np.random.default_rng(0).uniform(-1, 1, ROWS) * 1.79e308,
        np.where(NOISE > 0, 5e-324, 1e-323),
        np.where(NOISE > 0, 1e-300, 1e300),
        np.where(NOISE > 0, -0.0, 0.0),
        (NOISE * 20_000).clip(-65_000, 65_000).astype('float16'),
    ],
    ids=['cauchy', 'signs', 'zeros', 'huge', 'widest', 'subnormal', 'scales', 'zero', 'half'],
)
@pytest.mark.parametrize('enforce_min_max_values', [True, False])
def test_numbers_of_any_shape_stay_in_their_range(values, enforce_min_max_values):
    real = pd.Series(values)
    made = column(real, 'numerical', enforce_min_max_values=enforce_min_max_values)
    assert np.isfinite(made).all()
    assert real.min() <= made.min() <= made.max() <= real.max()


def test_a_point_mass_comes_back_with_its_share():
    made = column(np.where(GAPS, NOISE, 0.0), 'numerical', rows=3000, epochs=60)
    assert made.eq(0.0).mean() == pytest.approx(0.8, abs=0.08)


@pytest.mark.parametrize('digits', [0, 2, 6, 12])
def test_numbers_are_rounded_as_the_real_ones_are(digits):
    made = column(NOISE.round(digits), 'numerical')
    assert made.equals(made.round(digits))


def test_numbers_are_not_rounded_where_that_is_not_wanted():
    made = column(NOISE.round(1), 'numerical', enforce_rounding=False)
    assert not made.equals(made.round(1))


@pytest.mark.parametrize(
    'values', [np.full(ROWS, 5.25), np.full(ROWS, 5), np.full(ROWS, BASE + 7), np.zeros(ROWS)]
)
def test_a_constant_stays_what_it_is(values):
    assert {*column(values, 'numerical')} == {values[0]}


@pytest.mark.parametrize('dtype', ['float64', 'Int64', 'Float64', 'object'])
def test_numbers_that_are_all_missing_stay_missing(dtype):
    assert column(pd.Series([np.nan] * ROWS).astype(dtype), 'numerical').isna().all()


@pytest.mark.parametrize('dtype', ['float64', 'Int64', 'object'])
def test_a_single_value_is_all_that_is_made_of_it(dtype):
    made = column(pd.Series([3.0] + [None] * (ROWS - 1)).astype(dtype), 'numerical', rows=2000)
    assert {*made.dropna()} <= {3}
    assert made.isna().any()


def test_numbers_stored_as_objects_are_read_as_numbers():
    whole = column(pd.Series(FEW, dtype=object), 'numerical')
    assert {type(value) for value in whole} == {int}
    assert {*whole} <= {*FEW}
    gaps = column(pd.Series(FEW, dtype=object).mask(GAPS, None), 'numerical')
    assert {*gaps.dropna()} <= {*FEW}
    assert gaps.isna().any()
