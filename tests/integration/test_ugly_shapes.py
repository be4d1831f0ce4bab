"""Tables of few rows, few columns, many columns, and columns of any name and order."""

import numpy as np
import pandas as pd
import pytest
from sdv.errors import InvalidDataError
from tables import NOISE, ROWS, described, fitted_to, made_by, made_like

RNG = np.random.default_rng(4)
TABLE = pd.DataFrame(
    {
        'k': np.arange(ROWS),
        'n': NOISE,
        'i': RNG.integers(0, 9, ROWS),
        'd': pd.Timestamp('2020-01-01') + pd.to_timedelta(RNG.integers(0, 99, ROWS), 'D'),
        'p': [f'person {i}' for i in range(ROWS)],
        'b': NOISE > 0,
        's': RNG.choice(['x', 'y'], ROWS),
        'y': RNG.choice(['yes', 'no'], ROWS),
    }
)
SDTYPES = {
    'k': 'id',
    'n': 'numerical',
    'i': 'numerical',
    'd': 'datetime',
    'p': {'sdtype': 'name', 'pii': True},
    'b': 'boolean',
    's': 'categorical',
    'y': 'categorical',
}
FAIR = {'sensitive_columns': 's', 'target_column': 'y'}


def of(columns, **table):
    keys = {'primary_key': 'k'} if 'k' in columns else {}
    return described({name: SDTYPES[name] for name in columns}, **keys, **table)


@pytest.mark.parametrize('rows', [1, 2, 3, 17])
@pytest.mark.parametrize('distillation', ['data_free', 'with_data', None])
def test_a_few_rows_are_enough_without_fairness(rows, distillation):
    made_like(TABLE[:rows], of(SDTYPES), 50, distillation=distillation)


@pytest.mark.parametrize('rows', [1, 2, 3, 8])
def test_with_fairness_a_few_rows_are_refused_with_the_reason(rows):
    with pytest.raises(InvalidDataError, match=r'one value only|too few rows to learn from'):
        fitted_to(TABLE[:rows], of(SDTYPES), **FAIR)


@pytest.mark.parametrize('name', SDTYPES)
def test_one_column_of_any_kind_is_a_table(name):
    made_like(TABLE[[name]], of([name]))


@pytest.mark.parametrize('criterion', ['demographic_parity', 'equalized_odds'])
def test_sensitive_and_target_columns_are_a_table(criterion):
    made_like(TABLE[['s', 'y']], of('sy'), **FAIR, fairness_criterion=criterion)
    made_like(TABLE[['k', 's', 'y']], of('ksy'), **FAIR, fairness_criterion=criterion)


def test_two_numbers_are_a_table_with_fairness():
    made_like(TABLE[['n', 'i']], of('ni'), sensitive_columns='n', target_column='i')


def test_two_hundred_columns_are_made():
    names = {f'{name}{place}': name for place in range(50) for name in 'nidb'}
    table = pd.DataFrame({new: TABLE[name] for new, name in names.items()})
    table = table.assign(s=TABLE['s'], y=TABLE['y'])
    sdtypes = {new: SDTYPES[name] for new, name in names.items()}
    metadata = described({**sdtypes, 's': 'categorical', 'y': 'categorical'})
    made_like(table, metadata, 100, **FAIR, epochs=1)


@pytest.mark.parametrize(
    'names',
    [
        ['index', 'Stage', 'total', '__rank', 'nan', 'x.is_null', 'a.value', 'a#b'],
        ['shape', 'columns', 'size', 'name', 'dtype', 'values', 'T', 'loc'],
        ['  ', '', 'ü 名', 'None', '0', '1.5', 'a\nb', '"q"'],
        ["it's", '{x}', '%s', '\\', 'a' * 300, 'Unnamed: 0', 'level_0', 'count'],
    ],
)
@pytest.mark.parametrize('shift', [0, 3, 6])
def test_columns_may_have_any_name(names, shift):
    # But for a key without a name: SDV takes it for no key.
    names = dict(zip(SDTYPES, [*names[shift:], *names[:shift]], strict=True))
    table = TABLE.rename(columns=names)
    sdtypes = {names[name]: sdtype for name, sdtype in SDTYPES.items()}
    metadata = described(sdtypes, primary_key=names['k'])
    made_like(table, metadata, sensitive_columns=names['s'], target_column=names['y'])


@pytest.mark.filterwarnings('ignore:The metadata lists columns in a different order')
def test_columns_come_back_in_the_order_of_the_metadata():
    made_like(TABLE[list('ypdksnib')], of(SDTYPES), **FAIR)


@pytest.mark.filterwarnings('ignore:The metadata lists columns in a different order')
def test_whole_numbers_as_names_come_back_with_their_own_columns():
    numbers = {'k': 4, 'n': 7, 's': 3, 'y': 0}  # the others have text names
    names = {name: str(number) for name, number in numbers.items()}
    table = TABLE[list('ypdksnib')].rename(columns=numbers)
    before = table.copy(deep=True)
    sdtypes = {names.get(name, name): sdtype for name, sdtype in SDTYPES.items()}
    metadata = described(sdtypes, primary_key='4')
    synthesizer = fitted_to(table, metadata, sensitive_columns=['3'], target_column='0')
    made = made_by(synthesizer)
    assert list(made) == [numbers.get(name, name) for name in SDTYPES]
    assert {*made[3]} == {'x', 'y'}
    assert {*made[0]} == {'yes', 'no'}
    assert made[7].dtype == float
    pd.testing.assert_frame_equal(table, before)
    synthesizer.validate({'t': table})
    text = table.rename(columns=str)
    synthesizer.fit({'t': text})
    assert list(made_by(synthesizer)) == list(sdtypes)


def test_names_of_a_table_that_is_refused_are_left_as_they_are():
    table = pd.DataFrame({0: [1, 1, 2], 5: [1, 2, 3]})
    with pytest.raises(InvalidDataError):
        fitted_to(table, described({'0': 'id', '5': 'numerical'}, primary_key='0'))
    assert list(table) == [0, 5]


@pytest.mark.parametrize(
    'index', [pd.Index([1] * ROWS), pd.Index([f'r{i}' for i in range(ROWS)]), None]
)
def test_the_index_of_the_table_does_not_matter(index):
    table = TABLE.set_index(['s', 'y'], drop=False) if index is None else TABLE.set_index(index)
    made_like(table, of(SDTYPES), **FAIR)
    made_like(table.drop(columns='k'), of([name for name in SDTYPES if name != 'k']), **FAIR)
