"""Conditions: rows with given values, known columns, missing values."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from sdv.sampling import Condition, DataFrameCondition

from .example import COLUMNS, NAME, people
from .registry import Make, check, refused
from .subjects import shared

THEME = 'Conditions'


def conditioned(make: Make, *conditions: Any, **options: Any) -> pd.DataFrame:
    return shared(make).sample_from_conditions(list(conditions), **options)[NAME]


def same(made: pd.Series, wanted: Any) -> bool:
    """Whether a column holds a value, or values, missing ones included."""
    wanted = wanted if isinstance(wanted, pd.Series) else pd.Series([wanted] * len(made))
    made, wanted = made.reset_index(drop=True), wanted.reset_index(drop=True)
    return bool(((made == wanted) | (made.isna() & wanted.isna())).all())


def holds(make: Make, values: dict[str, Any], rows: int = 8, **options: Any) -> None:
    """A condition is met in all rows, which have all columns."""
    made = conditioned(make, Condition(values, num_rows=rows), **options)
    assert len(made) == rows, f'{len(made)} rows of {rows}'
    assert list(made) == list(COLUMNS), 'the columns are other ones'
    for name, value in values.items():
        assert same(made[name], value), f"'{name}' is not {value!r} in every row"


@check(THEME, 'A category is met in every row asked for.')
def a_category_is_met(make: Make) -> None:
    holds(make, {'colour': 'blue'}, 20)


@check(THEME, 'Several columns are met together.')
def several_columns_are_met(make: Make) -> None:
    holds(make, {'group': 'b', 'outcome': 'yes', 'remote': True}, 20)


@check(THEME, 'A boolean and an ordinal value are met.')
def booleans_and_ordinals_are_met(make: Make) -> None:
    holds(make, {'remote': False})
    holds(make, {'smokes': True})
    holds(make, {'level': 'high'})


@check(THEME, 'A whole number is met exactly.')
def a_whole_number_is_met(make: Make) -> None:
    holds(make, {'age': int(people()['age'].median())})


@check(THEME, 'A negative number is met.')
def a_negative_number_is_met(make: Make) -> None:
    holds(make, {'change': -2.5})


@check(THEME, 'A number never seen, but within the range seen, is met.')
def a_number_between_those_seen_is_met(make: Make) -> None:
    wage = people()['wage']
    holds(make, {'wage': round(float(wage.median()) + 0.013, 2)}, 3)


@check(THEME, 'A date is met, datetime64 or text.')
def a_date_is_met(make: Make) -> None:
    table = people()
    holds(make, {'joined': table['joined'].iloc[3]}, 2)
    holds(make, {'born': table['born'].iloc[3]}, 2)


@check(THEME, 'A made-up column takes the value that is asked for.')
def a_made_up_column_is_met(make: Make) -> None:
    holds(make, {'email': 'known@mail.example', 'colour': 'red'})


@check(THEME, 'Missing is a condition: in a category, a boolean and a number.')
def missing_is_a_condition(make: Make) -> None:
    holds(make, {'colour': None})
    holds(make, {'smokes': None})
    holds(make, {'wage': np.nan})


@check(THEME, 'Missing stands beside values in a table of conditions.')
def a_table_of_conditions_may_hold_missing_values(make: Make) -> None:
    wanted = pd.DataFrame({'colour': ['red', None, 'blue', None], 'group': list('abab')})
    made = conditioned(make, DataFrameCondition(wanted))
    assert len(made) == 4, f'{len(made)} rows of 4'
    for name in wanted:
        assert same(made[name], wanted[name]), f"'{name}' is not as asked for"


@check(THEME, 'A table of conditions is met row by row.')
def a_table_of_conditions_is_met(make: Make) -> None:
    wanted = pd.DataFrame({'colour': ['red', 'blue', 'red', 'blue'], 'remote': [True, False] * 2})
    made = conditioned(make, DataFrameCondition(wanted))
    for name in wanted:
        assert same(made[name], wanted[name]), f"'{name}' is not as asked for, row by row"


@check(THEME, 'Conditions on different columns can be asked for in one call.')
def different_conditions_in_one_call(make: Make) -> None:
    made = conditioned(
        make, Condition({'colour': 'red'}, num_rows=5), Condition({'remote': True}, num_rows=7)
    )
    assert len(made) == 12, f'{len(made)} rows of 12'
    assert (made['colour'].head(5) == 'red').all(), 'the first condition is not met'
    assert made['remote'].tail(7).all(), 'the second condition is not met'


@check(THEME, 'Conditions can be sampled in batches.')
def conditions_with_a_batch_size(make: Make) -> None:
    holds(make, {'colour': 'red'}, 25, batch_size=10)


@check(THEME, 'Known columns keep their values and their order; the others are sampled.')
def known_columns_are_kept(make: Make) -> None:
    known = people(30, seed=1)[['colour', 'group', 'remote']].dropna().reset_index(drop=True)
    made = shared(make).sample_remaining_columns(known)[NAME]
    assert len(made) == len(known), f'{len(made)} rows of {len(known)}'
    assert list(made) == list(COLUMNS), 'the columns are other ones'
    for name in known:
        assert same(made[name], known[name]), f"'{name}' is not as it was known"


@check(THEME, 'Known columns may have missing values.')
def known_columns_may_have_missing_values(make: Make) -> None:
    known = pd.DataFrame(
        {'colour': ['red', None, 'blue', None], 'smokes': [None, True, None, None]}
    )
    made = shared(make).sample_remaining_columns(known)[NAME]
    assert len(made) == 4, f'{len(made)} rows of 4'
    for name in known:
        assert same(made[name], known[name]), f"'{name}' is not as it was known"


@check(THEME, 'A condition that no row can meet is refused with a clear ValueError.')
def an_impossible_condition_is_refused(make: Make) -> None:
    with refused(ValueError, saying='condition'):
        conditioned(make, Condition({'colour': 'ultraviolet'}, num_rows=3), max_tries_per_batch=5)


@check(THEME, 'So is a table of conditions that no row can meet.')
def an_impossible_table_of_conditions_is_refused(make: Make) -> None:
    wanted = pd.DataFrame({'colour': ['ultraviolet'] * 3})
    with refused(ValueError, saying='condition'):
        conditioned(make, DataFrameCondition(wanted), max_tries_per_batch=5)


@check(THEME, 'So is a number outside the range seen.')
def a_number_out_of_range_is_refused(make: Make) -> None:
    with refused(ValueError, saying='condition'):
        conditioned(make, Condition({'age': 500}, num_rows=3), max_tries_per_batch=5)


@check(THEME, 'So are known columns that no row can have.')
def impossible_known_columns_are_refused(make: Make) -> None:
    known = pd.DataFrame({'colour': ['ultraviolet'] * 3})
    with refused(ValueError, saying='condition'):
        shared(make).sample_remaining_columns(known, max_tries_per_batch=5)


@check(THEME, 'Where some conditions can be met and others not, the rows that can be are returned.')
def what_can_be_met_is_returned(make: Make) -> None:
    made = conditioned(
        make,
        Condition({'colour': 'red'}, num_rows=4),
        Condition({'colour': 'ultraviolet'}, num_rows=4),
        max_tries_per_batch=5,
    )
    assert made['colour'].tolist() == ['red'] * 4, 'other rows are returned'


@check(THEME, 'A condition on a column that does not exist, or on the key, is refused by name.')
def unknown_columns_and_keys_are_refused(make: Make) -> None:
    with refused(ValueError, saying='shade'):
        conditioned(make, Condition({'shade': 'red'}))
    with refused(ValueError, saying='person'):
        conditioned(make, Condition({'person': 1000}))


@check(
    THEME,
    'Rare values are met in one try: rows are made to the condition, not thrown away.',
    not_offered='draws freely and keeps what matches',
)
def rare_values_take_one_try(make: Make) -> None:
    once = {'max_tries_per_batch': 1}
    holds(make, {'colour': 'green', 'level': 'high', 'group': 'b'}, 40, **once)
    holds(make, {'age': int(people()['age'].max()), 'smokes': True}, 40, **once)
    holds(make, {'colour': None, 'outcome': 'yes'}, 40, **once)
    holds(make, {'joined': people()['joined'].iloc[3]}, 40, **once)
