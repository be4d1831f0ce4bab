"""What random tables have found, each as a small table of its own."""

import numpy as np
import pandas as pd
import pytest
from sdv.cag import Inequality
from sdv.errors import InvalidDataError
from sdv.sampling import Condition, DataFrameCondition
from tables import GAPS, NOISE, ROWS, assert_like, described, fitted_to, made_by

MAILS = [f'person{place}@mail.example' for place in range(ROWS)]
PEOPLE = pd.Series([f'P. {place}' for place in range(ROWS)], dtype='category')


def test_no_rows_of_a_table_with_whole_numbers_as_names_have_these_names():
    table = pd.DataFrame({5: NOISE, 'b': NOISE})
    synthesizer = fitted_to(table, described({'5': 'numerical', 'b': 'numerical'}))
    assert list(synthesizer.sample(0)['t']) == [5, 'b']
    with pytest.raises(ValueError, match="Table 'u' is not present"):
        synthesizer.sample(0, main_table_name='u')


def test_a_table_of_which_nothing_is_modelled_takes_conditions_and_tells_of_itself():
    table = pd.DataFrame({'a': MAILS, 'b': [f'P. {place}' for place in range(ROWS)]})
    metadata = described({'a': 'email', 'b': 'name'})
    synthesizer = fitted_to(table, metadata)
    assert synthesizer.get_info()['is_fit']
    known = table[['b']].iloc[[3, 1]]
    made = synthesizer.sample_remaining_columns(known)['t']
    pd.testing.assert_frame_equal(made[['b']], known)
    assert_like(table, made, metadata, 2)
    asked = [Condition({'b': 'P. 1'}, num_rows=2), Condition({'a': 'x@y.example'}, num_rows=1)]
    made = synthesizer.sample_from_conditions(asked)['t']
    assert made['b'].tolist()[:2] == ['P. 1', 'P. 1']
    assert made['a'].tolist()[2] == 'x@y.example'
    assert made.notna().all(axis=None)


@pytest.mark.parametrize('batch_size', [None, 7])
def test_made_up_values_of_type_category_are_there_in_every_batch(batch_size):
    table = pd.DataFrame({'p': PEOPLE, 'w': NOISE})
    metadata = described({'p': 'name', 'w': 'numerical'})
    made = fitted_to(table, metadata).sample(20, batch_size=batch_size)['t']
    assert made['p'].notna().all()
    assert_like(table, made, metadata, 20)


def test_made_up_values_of_type_category_are_there_beside_a_constraint():
    table = pd.DataFrame({'p': PEOPLE, 'low': np.arange(ROWS), 'high': np.arange(ROWS) + 5})
    metadata = described({'p': 'name', 'low': 'numerical', 'high': 'numerical'})
    made = made_by(fitted_to(table, metadata, [Inequality('low', 'high')]))
    assert made['p'].notna().all()
    assert_like(table, made, metadata)


def test_known_values_of_type_category_that_are_made_up_elsewhere_are_kept():
    table = pd.DataFrame({'p': PEOPLE, 'w': NOISE})
    metadata = described({'p': 'name', 'w': 'numerical'})
    made = fitted_to(table, metadata).sample_remaining_columns(table[['p']].head(5))['t']
    assert made['p'].tolist() == table['p'].head(5).tolist()
    assert_like(table, made, metadata, 5)


def test_numbers_of_16_bits_with_several_digits_are_rounded_without_overflow():
    real = pd.Series(np.where(GAPS, 1.0625, 9.0625)).astype('float16')
    table = pd.DataFrame({'v': real, 'w': NOISE})
    metadata = described({'v': 'numerical', 'w': 'numerical'})
    made = made_by(fitted_to(table, metadata))
    assert {*made['v']} == {1.0625, 9.0625}
    assert_like(table, made, metadata)


@pytest.mark.parametrize('gaps', [np.zeros(ROWS, dtype=bool), GAPS])
def test_whole_numbers_of_many_digits_stay_whole_and_in_their_range(gaps):
    real = pd.Series([10**30, -1, 3 * 10**30] * (ROWS // 3), dtype=object).mask(gaps, None)
    table = pd.DataFrame({'v': real, 'w': NOISE})
    metadata = described({'v': 'numerical', 'w': 'numerical'})
    made = made_by(fitted_to(table, metadata))
    assert {type(value) for value in made['v'].dropna()} == {int}
    assert made['v'].isna().any() == gaps.any()
    assert_like(table, made, metadata)


@pytest.mark.parametrize('zone', [None, 'Europe/Berlin'])
def test_a_date_may_be_asked_for_that_is_missing_and_nonsense_is_refused_by_name(zone):
    moments = pd.Timestamp('2020-01-01', tz=zone) + pd.to_timedelta(np.arange(ROWS), 'D')
    table = pd.DataFrame({'v': pd.Series(moments).mask(GAPS), 'w': NOISE})
    synthesizer = fitted_to(table, described({'v': 'datetime', 'w': 'numerical'}))
    made = synthesizer.sample_from_conditions([Condition({'v': pd.NaT}, num_rows=3)])['t']
    assert made['v'].isna().all()
    assert made['v'].dtype == table['v'].dtype
    asked = [DataFrameCondition(pd.DataFrame({'v': ['surely no date']}))]
    with pytest.raises(ValueError, match="'surely no date' is no date in 'v'"):
        synthesizer.sample_from_conditions(asked)


def test_nonsense_is_refused_by_name_where_all_dates_are_missing():
    table = pd.DataFrame({'v': pd.Series([pd.NaT] * ROWS), 'w': NOISE})
    synthesizer = fitted_to(table, described({'v': 'datetime', 'w': 'numerical'}))
    with pytest.raises(ValueError, match="'surely no date' is no date in 'v'"):
        synthesizer.sample_from_conditions([Condition({'v': 'surely no date'}, num_rows=2)])


def test_any_number_is_in_a_range_wider_than_floats_can_tell():
    real = pd.Series(np.random.default_rng(0).uniform(-1, 1, ROWS) * 1.79e308)
    table = pd.DataFrame({'v': real, 'w': NOISE})
    synthesizer = fitted_to(table, described({'v': 'numerical', 'w': 'numerical'}))
    known = table[['v']].iloc[[real.argmin(), 5, real.argmax()]]
    pd.testing.assert_frame_equal(synthesizer.sample_remaining_columns(known)['t'][['v']], known)


def test_a_refusal_shows_values_as_they_are_written():
    table = pd.DataFrame({'s': np.full(ROWS, 7), 'y': NOISE > 0})
    with pytest.raises(InvalidDataError, match=r'one value only \(7\)'):
        fitted_to(
            table,
            described({'s': 'categorical', 'y': 'boolean'}),
            sensitive_columns='s',
            target_column='y',
        )


def test_whole_numbers_of_many_digits_with_gaps_stay_within_their_ends():
    table = pd.DataFrame({'v': pd.Series([2**62 + 1, None, 2**62 + 1, None] * 8, dtype=object)})
    synthesizer = fitted_to(table, described({'v': 'numerical'}))
    made = synthesizer.sample(20)['t']['v']
    assert {*made.dropna()} == {2**62 + 1}
