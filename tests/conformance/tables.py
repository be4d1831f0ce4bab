"""Columns as they are: types, numbers, categories, missing values, names."""

from __future__ import annotations

import numpy as np
import pandas as pd
from sdv.errors import InvalidDataError
from sdv.metadata import Metadata

from .example import NAME, ROWS, described, part, people
from .registry import Make, check, refused
from .subjects import fit, learnt, rows_of, shared

THEME = 'Columns'


def made_with(make: Make, column: object, sdtype: object, rows: int = 100) -> pd.Series:
    """A column is put beside a group and an outcome; what is made for it."""
    table = part()[0].assign(extra=column)[['group', 'extra', 'outcome']]
    columns = {'group': 'categorical', 'extra': sdtype, 'outcome': 'categorical'}
    return rows_of(fit(make, table, described(columns)), rows)['extra']


@check(THEME, 'Integers, floats, booleans, text and dates keep their dtypes.')
def dtypes_are_kept(make: Make) -> None:
    made, real = rows_of(shared(make), 60), people()
    for name in ('age', 'wage', 'change', 'remote', 'colour', 'joined', 'born'):
        assert made[name].dtype.kind == real[name].dtype.kind, (
            f"'{name}' is {made[name].dtype}, not {real[name].dtype}"
        )


@check(THEME, 'Nullable dtypes of pandas (Int64, Float64, boolean, string) are kept, NA included.')
def nullable_dtypes_are_kept(make: Make) -> None:
    rng = np.random.default_rng(0)
    missing = rng.random(ROWS) < 0.2
    table, _ = part()
    values = {
        'whole': pd.array(rng.integers(0, 90, ROWS), dtype='Int64'),
        'float': pd.array(rng.normal(size=ROWS).round(2), dtype='Float64'),
        'truth': pd.array(rng.random(ROWS) < 0.5, dtype='boolean'),
        'text': pd.array(rng.choice(['x', 'y'], ROWS), dtype='string'),
    }
    for name, column in values.items():
        table[name] = pd.Series(column).mask(missing)
    sdtypes = ['categorical'] * 2 + ['numerical'] * 2 + ['boolean', 'categorical']
    made = rows_of(fit(make, table, described(dict(zip(table, sdtypes, strict=True)))), 100)
    for name in values:
        assert made[name].dtype == table[name].dtype, f"'{name}' is {made[name].dtype}"
        assert made[name].isna().any(), f"'{name}' has no missing values"


@check(THEME, 'The `category` dtype of pandas is taken, and unused categories are not made.')
def the_category_dtype_is_taken(make: Make) -> None:
    kinds = pd.Categorical(['x', 'y', 'y'] * (ROWS // 3), categories=['z', 'y', 'x'])
    made = made_with(make, kinds, 'categorical')
    assert set(made) <= {'x', 'y'}, f'made are {sorted(set(made))}'


@check(THEME, 'A category of whole numbers comes back as those whole numbers.')
def a_category_may_hold_numbers(make: Make) -> None:
    made = made_with(make, [1, 20, 300] * (ROWS // 3), 'categorical')
    assert set(made) <= {1, 20, 300}, f'made are {sorted(set(made))}'
    assert made.dtype.kind == 'i', f'the dtype is {made.dtype}'


@check(THEME, 'A category of numbers and missing values comes back as these.')
def a_category_may_hold_numbers_and_gaps(make: Make) -> None:
    made = made_with(make, [1.0, 2.5, np.nan] * (ROWS // 3), 'categorical')
    assert set(made.dropna()) <= {1.0, 2.5}, f'made are {sorted(set(made.dropna()))}'
    assert made.isna().any(), 'nothing is missing'


@check(THEME, 'An ordinal column of text keeps to its values; one of 0 and 1 stays whole.')
def ordinals_keep_to_their_values(make: Make) -> None:
    assert set(rows_of(shared(make), 60)['level']) <= {'low', 'middle', 'high'}, 'values are new'
    made = made_with(make, [0, 1, 1] * (ROWS // 3), {'sdtype': 'ordinal', 'range_values': [1, 0]})
    assert set(made) <= {0, 1}, f'made are {sorted(set(made))}'
    assert made.dtype.kind == 'i', f'the dtype is {made.dtype}'


@check(THEME, 'A boolean that is missing stays missing, and does not turn into True.')
def a_missing_boolean_stays_missing(make: Make) -> None:
    made = rows_of(shared(make), 150)['smokes']
    assert set(made.dropna()) <= {True, False}, f'made are {set(made.dropna())}'
    assert made.isna().any(), 'nothing is missing'


@check(THEME, 'Numbers stay within the range seen and have no more decimals.')
def numbers_keep_range_and_decimals(make: Make) -> None:
    made, real = rows_of(shared(make), 150), people()
    for name in ('age', 'wage', 'change'):
        assert made[name].between(real[name].min(), real[name].max())[made[name].notna()].all(), (
            f"'{name}' leaves its range"
        )
    wage = made['wage'].dropna()
    assert np.allclose(wage, wage.round(2), atol=1e-9), "'wage' has more than two decimals"


@check(THEME, 'A constant column, and one that is missing throughout, come back as they are.')
def constant_and_missing_columns(make: Make) -> None:
    assert (made_with(make, 7, 'numerical') == 7).all(), 'a constant number changes'
    assert (made_with(make, 'x', 'categorical') == 'x').all(), 'a constant category changes'
    assert made_with(make, np.nan, 'numerical').isna().all(), 'missing numbers get values'
    assert made_with(make, None, 'categorical').isna().all(), 'missing categories get values'


@check(THEME, 'Whole numbers beyond 2^53 come back whole and within their range.')
def large_whole_numbers(make: Make) -> None:
    large = np.int64(2**60) + np.arange(ROWS, dtype=np.int64)
    made = made_with(make, large, 'numerical')
    assert made.dtype.kind == 'i', f'the dtype is {made.dtype}'
    assert made.between(large.min(), large.max()).all(), 'they leave their range'


@check(THEME, 'Numbers are missing as often in each group as they really are.')
def missingness_follows_the_group(make: Make) -> None:
    table, metadata = part('wage', rows=600)
    made = rows_of(learnt(make, table, metadata), 600)
    missing = made['wage'].isna().groupby(made['group']).mean().reindex(['a', 'b'])
    real = table['wage'].isna().groupby(table['group']).mean()
    gap, wanted = missing['b'] - missing['a'], real['b'] - real['a']
    assert gap > wanted / 2, f'b is missing {gap:.0%} more often than a, really {wanted:.0%}'


@check(THEME, 'Infinite numbers are refused, and the column is named.')
def infinite_numbers_are_refused(make: Make) -> None:
    with refused(InvalidDataError, saying='extra'):
        made_with(make, np.where(np.arange(ROWS) == 3, np.inf, 1.5), 'numerical')


@check(THEME, 'A table of one column, and one of two rows, fit and sample.')
def very_small_tables(make: Make) -> None:
    alone = described({'age': 'numerical'})
    assert len(rows_of(fit(make, people()[['age']], alone), 20)) == 20, 'rows are missing'
    two = pd.DataFrame({'age': [20, 30], 'colour': ['red', 'blue']})
    metadata = described({'age': 'numerical', 'colour': 'categorical'})
    assert len(rows_of(fit(make, two, metadata), 20)) == 20, 'rows are missing'


@check(THEME, 'Columns named by whole numbers are fitted, and keep these names.')
def names_may_be_numbers(make: Make) -> None:
    table = people()[['age', 'colour', 'remote']].set_axis([0, 1, 2], axis=1)
    metadata = described({'0': 'numerical', '1': 'categorical', '2': 'boolean'})
    synthesizer = fit(make, table, metadata)
    assert list(table) == [0, 1, 2], "the user's table has other names now"
    assert list(rows_of(synthesizer, 10)) == [0, 1, 2], 'the names are other ones'


@check(THEME, 'Metadata detected from such a table work too.')
def names_that_are_numbers_may_be_detected(make: Make) -> None:
    table = people()[['age', 'colour', 'remote']].set_axis([0, 1, 2], axis=1)
    metadata = Metadata.detect_from_dataframes({NAME: table})
    made = rows_of(fit(make, table, metadata), 10)
    assert list(made) == [0, 1, 2], 'the names are other ones'


@check(THEME, 'Names with spaces, signs, other scripts, and those that the library uses itself.')
def names_may_be_unusual(make: Make) -> None:
    names = ['größe (m²) #1', '名前', 'index', 'num_rows']
    table = people()[['age', 'colour', 'remote', 'wage']].set_axis(names, axis=1)
    sdtypes = ['numerical', 'categorical', 'boolean', 'numerical']
    made = rows_of(fit(make, table, described(dict(zip(names, sdtypes, strict=True)))), 10)
    assert list(made) == names, 'the names are other ones'


@check(THEME, 'A whole table fits with the metadata that SDV detects for it.')
def detected_metadata_work(make: Make) -> None:
    table = people().assign(flag=[0, 1] * (ROWS // 2))
    metadata = Metadata.detect_from_dataframes({NAME: table})
    made = rows_of(fit(make, table, metadata), 60)
    assert set(made['flag']) <= {0, 1}, 'a label of 0 and 1 gets other values'
    metadata.validate_data({NAME: made})
