"""Booleans, categories and text of every type that pandas has."""

import numpy as np
import pandas as pd
import pytest
from tables import FEW, GAPS, LETTERS, NOISE, ROWS, column, described, made_like

YES = NOISE > 0


@pytest.mark.parametrize('sdtype', ['boolean', 'categorical'])
@pytest.mark.parametrize(
    'values',
    [
        YES,
        pd.Series(YES, dtype=object).mask(GAPS, None),
        pd.Series(YES, dtype='boolean'),
        pd.Series(YES, dtype='boolean').mask(GAPS),
        pd.Categorical(YES),
    ],
    ids=['bool', 'object', 'boolean', 'boolean with gaps', 'category'],
)
def test_booleans_stay_booleans(values, sdtype):
    made = column(values, sdtype, rows=600)
    assert {*made.dropna()} == {True, False}
    assert made.isna().any() == pd.isna(values).any()


@pytest.mark.parametrize(
    'dtype', ['int8', 'uint64', 'float16', 'float32', 'Int64', 'UInt8', 'Float64', 'object']
)
@pytest.mark.parametrize('gaps', [False, True])
@pytest.mark.parametrize('sdtype', ['categorical', 'ordinal'])
def test_numbers_as_categories_keep_type_and_gaps(dtype, gaps, sdtype):
    real = pd.Series(FEW).astype(dtype)
    if gaps:
        if dtype in ('int8', 'uint64'):
            pytest.skip('this type has no missing values')
        real = real.mask(GAPS)
    made = column(real, sdtype, rows=600)
    assert {*made.dropna()} <= {0, 1, 2, 3, 4}
    assert made.isna().any() == gaps


@pytest.mark.parametrize(
    ('values', 'entry'),
    [
        (pd.Series(LETTERS, dtype='string'), 'categorical'),
        (pd.Series(LETTERS, dtype='string').mask(GAPS), 'categorical'),
        (
            pd.Series(LETTERS, dtype='string').mask(GAPS),
            {'sdtype': 'ordinal', 'range_values': list('abcde')},
        ),
        (pd.Categorical(LETTERS), 'categorical'),
        (pd.Categorical(LETTERS, categories=list('zedcba'), ordered=True), 'categorical'),
        (
            pd.Categorical(LETTERS, categories=list('zedcba'), ordered=True),
            {'sdtype': 'ordinal', 'range_values': list('edcba')},
        ),
        (pd.Series(pd.Categorical(LETTERS)).mask(GAPS), 'categorical'),
        (pd.Series(pd.Categorical(FEW)).mask(GAPS), 'categorical'),
        (pd.Categorical(FEW, categories=[9, 4, 3, 2, 1, 0]), 'ordinal'),
        (pd.cut(NOISE, 4), 'categorical'),
        (pd.Series(['', 'a', ' ', 'nan', 'None'])[FEW].reset_index(drop=True), 'categorical'),
    ],
)
def test_text_and_categories_keep_type_and_gaps(values, entry):
    real = pd.Series(values)
    made = column(real, entry, rows=600)
    assert {*made.dropna()} <= {*real.dropna()}
    assert made.isna().any() == real.isna().any()
    if isinstance(real.dtype, pd.CategoricalDtype):
        assert made.dtype == real.dtype


def test_the_missing_values_of_nullable_categories_are_not_spread_over_the_others():
    # RDT looks for NaN, which a nullable type turns back into its own missing value.
    made = column(pd.Series(FEW, dtype='Int64').mask(FEW < 4), 'categorical', rows=2000, epochs=60)
    assert made.isna().mean() == pytest.approx(np.mean(FEW < 4), abs=0.08)


@pytest.mark.filterwarnings('ignore:The data in column `v` contains mixed dtypes')
@pytest.mark.parametrize('sdtype', ['categorical', 'ordinal'])
def test_mixed_values_are_told_apart(sdtype):
    made = column(pd.Series(['a', 1, '1', 2.5, 'b'])[FEW].reset_index(drop=True), sdtype, rows=900)
    assert {(type(value).__name__, value) for value in made} == {
        ('str', 'a'), ('int', 1), ('str', '1'), ('float', 2.5), ('str', 'b'),
    }  # fmt: skip


@pytest.mark.parametrize(
    ('sdtype', 'value', 'dtypes'),
    [
        ('categorical', 'a', ['object', 'category', 'string']),
        ('boolean', True, ['object', 'boolean']),
        ('ordinal', 2.0, ['object', 'float64', 'Int64']),
    ],
)
def test_all_missing_constant_and_nearly_missing_columns_are_made(sdtype, value, dtypes):
    for dtype in dtypes:
        absent = pd.Series([None] * ROWS).astype(dtype)
        assert column(absent, sdtype).isna().all()
        constant = pd.Series([value] * ROWS).astype(dtype)
        assert {*column(constant, sdtype)} == {value}
        rare = pd.Series([value] + [None] * (ROWS - 1)).astype(dtype)
        assert {*column(rare, sdtype).dropna()} <= {value}


def test_missingness_that_depends_on_the_group_is_reproduced():
    rng = np.random.default_rng(5)
    rows = 1200
    woman = rng.random(rows) < 0.5
    gone = rng.random(rows) < np.where(woman, 0.7, 0.1)
    days = rng.integers(0, 99, rows)
    kinds = {
        'number': pd.Series(rng.normal(size=rows)),
        'date': pd.Timestamp('2020-01-01') + pd.Series(pd.to_timedelta(days, 'D')),
        'category': pd.Series(rng.choice(list('abc'), rows)),
        'boolean': pd.Series(rng.random(rows) < 0.5, dtype='boolean'),
    }  # fmt: skip
    table = pd.DataFrame({name: values.mask(gone) for name, values in kinds.items()})
    table['sex'] = np.where(woman, 'woman', 'man')
    table['hired'] = rng.choice(['yes', 'no'], rows)
    kinds_of = ['numerical', 'datetime', 'categorical', 'boolean', 'categorical', 'categorical']
    sdtypes = dict(zip(table, kinds_of, strict=True))
    made = made_like(
        table, described(sdtypes), 2000, sensitive_columns='sex', target_column='hired', epochs=40
    )
    for name in kinds:
        shares = made[name].isna().groupby(made['sex']).mean()
        assert shares['woman'] == pytest.approx(0.7, abs=0.12), name
        assert shares['man'] == pytest.approx(0.1, abs=0.12), name
