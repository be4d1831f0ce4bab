"""What is wrong with a table is told at once: SDV's findings and ours."""

import numpy as np
import pandas as pd
import pytest
from sdv.errors import InvalidDataError
from tables import described, fitted_to

METADATA = described(
    {
        'k': 'id',
        's': 'categorical',
        'y': 'categorical',
        'n': 'numerical',
        'd': {'sdtype': 'datetime', 'datetime_format': '%Y-%m-%d'},
        'c': {'sdtype': 'categorical', 'range_values': ['a', 'b']},
    },
    primary_key='k',
)
BAD = pd.DataFrame(
    {
        'k': [1, 1, 2] * 20,
        's': ['x'] * 60,
        'y': ['yes'] * 59 + ['no'],
        'n': [np.inf] * 60,
        'd': ['9999-12-31', '2020-01-01', 'soon'] * 20,
        'c': ['q'] * 60,
    }
)
OF_VALUES = [
    "Key column 'k' contains repeating values: [1, 2]",
    "Invalid values found for datetime column 'd': ['9999-12-31', 'soon']",
    "column 'd' has dates that SDV cannot hold (9999-12-31)",
    "Out of range values found for categorical column 'c': ['q']",
    "column 'n' holds 60 infinite values",
    "sensitive column 's' has one value only ('x')",
]


def problems_of(table, name='t', metadata=METADATA):
    synthesizer = fitted_to_nothing(metadata)
    for check in (synthesizer.fit, synthesizer.validate, synthesizer.preprocess):
        with pytest.raises(InvalidDataError) as caught:
            check({name: table})
    assert not synthesizer.get_info()['is_fit']
    return str(caught.value)


def fitted_to_nothing(metadata):
    from sdv_fair4free import Fair4FreeSynthesizer

    return Fair4FreeSynthesizer(metadata, sensitive_columns='s', target_column='y')


def test_problems_of_every_kind_of_value_are_told_at_once():
    message = problems_of(BAD)
    for expected in [*OF_VALUES, "target column 'y' has values with too few rows"]:
        assert message.count(expected) == 1


def test_absent_and_unknown_columns_and_a_wrong_name_hide_nothing_else():
    message = problems_of(BAD.drop(columns='y').assign(zzz=1), 'other')
    for expected in [
        "the table is named 'other', but the metadata describe 't'",
        "columns 'y' of the metadata are not in the table",
        "columns 'zzz' are not in the metadata",
        *OF_VALUES,
    ]:
        assert message.count(expected) == 1


def test_columns_that_are_there_twice_are_named():
    message = problems_of(pd.concat([BAD, BAD[['n']]], axis=1))
    assert "columns 'n' are in the table more than once" in message
    assert OF_VALUES[0] in message


@pytest.mark.parametrize('table', [BAD[:0], BAD.iloc[:, []]])
def test_an_empty_table_is_told_to_be_empty(table):
    assert 'the table is empty' in problems_of(table)


@pytest.mark.parametrize(
    ('values', 'expected'),
    [
        (pd.Categorical([1, 2] * 30), 'of the type category'),
        (pd.arrays.SparseArray([1.0, 2.0] * 30), 'is sparse'),
        (pd.to_timedelta([1, 2] * 30, 'D'), 'of the type timedelta64'),
        (np.array([1j, 2] * 30), 'of the type complex128'),
    ],
    ids=['category', 'sparse', 'durations', 'complex'],
)
def test_types_that_hold_no_numbers_are_named_with_the_remedy(values, expected):
    with pytest.raises(InvalidDataError, match=f"column 'v' is.* {expected.removeprefix('is ')}"):
        fitted_to(pd.DataFrame({'v': values}), described({'v': 'numerical'}))
