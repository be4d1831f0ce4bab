"""Keys, ids and personal data: made up anew, and unique where they are keys."""

import numpy as np
import pandas as pd
import pytest
from sdv.errors import InvalidDataError, SamplingError
from tables import NOISE, ROWS, assert_like, described, fitted_to, made_by, made_like

ID = {'sdtype': 'id'}
NUMBERS = np.arange(ROWS)
MAILS = [f'person{i}@mail.example' for i in NUMBERS]


def keys_of(columns, entries, rows=500, **keys):
    """The keys of three samples one after the other, which differ from each other."""
    table = pd.DataFrame({**columns, 'w': NOISE})
    metadata = described({**entries, 'w': 'numerical'}, **keys)
    synthesizer = fitted_to(table, metadata)
    parts = [made_by(synthesizer, rows), *(synthesizer.sample(rows)['t'] for _ in range(2))]
    for part in parts:
        assert_like(table, part, metadata, rows)
    made = pd.concat(parts)
    for name in [keys.get('primary_key'), *keys.get('alternate_keys', [])]:
        if name is not None:
            assert made[name].notna().all()
            assert made[name].astype(object).is_unique
    return made


@pytest.mark.parametrize(
    ('values', 'entry'),
    [
        (NUMBERS, ID),
        (NUMBERS * 10**15 - 5, ID),
        (NUMBERS.astype('int16'), ID),
        (NUMBERS + 0.5, ID),
        (pd.array(NUMBERS, dtype='Int64'), ID),
        ([f'a{i}' for i in NUMBERS], ID),
        (pd.array([f'a{i}' for i in NUMBERS], dtype='string'), ID),
        (pd.Categorical([f'a{i}' for i in NUMBERS]), ID),
        ([f'K-{i:05}' for i in NUMBERS], {'sdtype': 'id', 'regex_format': r'K-\d{5}'}),
        ([f'K-{i:04}' for i in NUMBERS], {'sdtype': 'id', 'regex_format': r'K-\d{4}'}),
        (NUMBERS + 1000, {'sdtype': 'id', 'regex_format': r'[1-9]\d{3}'}),
        (MAILS, {'sdtype': 'email', 'pii': True}),
    ],
    ids=['int', 'far', 'int16', 'float', 'Int64', 'text', 'string', 'category', 'pattern',
         'narrow pattern', 'whole pattern', 'mail'],
)  # fmt: skip
def test_keys_stay_unique_over_samples_longer_than_the_table(values, entry):
    keys_of({'k': values}, {'k': entry}, primary_key='k')


@pytest.mark.parametrize('primary_key', [None, 'k'])
def test_alternate_keys_work_with_and_without_a_primary_key(primary_key):
    keys = {'alternate_keys': ['a', 'b']}
    columns, entries = {'a': MAILS, 'b': NUMBERS}, {'a': 'email', 'b': ID}
    if primary_key:
        keys['primary_key'], columns['k'], entries['k'] = 'k', NUMBERS, ID
    keys_of(columns, entries, **keys)


def test_a_table_of_alternate_keys_alone_is_made():
    table = pd.DataFrame({'a': MAILS, 'b': NUMBERS})
    made_like(table, described({'a': 'email', 'b': ID}, alternate_keys=['a', 'b']))


@pytest.mark.parametrize(('dtype', 'most'), [('int8', 256), ('uint8', 256)])
def test_keys_of_few_bits_use_all_of_them_and_then_say_so(dtype, most):
    table = pd.DataFrame({'k': NUMBERS[:100].astype(dtype), 'w': NOISE[:100]})
    metadata = described({'k': ID, 'w': 'numerical'}, primary_key='k')
    synthesizer = fitted_to(table, metadata)
    assert_like(table, made_by(synthesizer, most), metadata, most)
    with (
        pytest.warns(UserWarning, match='Unable to generate enough unique values'),
        pytest.raises(SamplingError) as caught,
    ):
        synthesizer.sample(1)
    told = f'{caught.value} {caught.value.__cause__}'
    assert f"key column 'k' of type {dtype} has no more keys to give" in told


@pytest.mark.filterwarnings("ignore:The regex for 'k' can only generate")
def test_ids_that_are_no_keys_keep_to_a_pattern_of_few_values():
    table = pd.DataFrame({'k': [f'K{i % 4}' for i in NUMBERS], 'w': NOISE})
    entry = {'sdtype': 'id', 'regex_format': r'K[0-3]'}
    made = made_like(table, described({'k': entry, 'w': 'numerical'}), 1000)
    assert {*made['k']} == {'K0', 'K1', 'K2', 'K3'}


@pytest.mark.parametrize('sdtype', ['name', 'phone_number', 'ssn', 'city', 'address', 'unknown'])
def test_personal_data_are_made_up_and_missing_where_they_were(sdtype):
    values = pd.Series([f'Quixotry {i}' for i in NUMBERS])
    table = pd.DataFrame({'p': values.mask(NOISE > 0, None), 'w': NOISE})
    made = made_like(table, described({'p': {'sdtype': sdtype, 'pii': True}, 'w': 'numerical'}))
    assert not made['p'].isin(values).any()
    assert made['p'].isna().mean() == pytest.approx(np.mean(NOISE > 0), abs=0.15)


def test_personal_data_of_the_type_category_are_not_all_missing():
    table = pd.DataFrame({'p': pd.Categorical(MAILS), 'w': NOISE})
    made = made_like(table, described({'p': 'email', 'w': 'numerical'}))
    assert made['p'].notna().all()


@pytest.mark.parametrize('sdtype', ['id', 'name', 'unknown'])
def test_personal_data_that_are_all_missing_stay_so(sdtype):
    table = pd.DataFrame({'p': pd.Series([None] * ROWS, dtype=object), 'w': NOISE})
    assert made_like(table, described({'p': sdtype, 'w': 'numerical'}))['p'].isna().all()


def test_a_key_with_gaps_is_refused():
    table = pd.DataFrame({'k': NUMBERS, 'a': pd.Series(MAILS).mask(NOISE > 0, None)})
    metadata = described({'k': ID, 'a': 'email'}, primary_key='k', alternate_keys=['a'])
    with pytest.raises(InvalidDataError, match="Key column 'a' contains missing values"):
        fitted_to(table, metadata)
