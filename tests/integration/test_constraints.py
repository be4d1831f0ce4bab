"""Constraints of every kind: they hold on what is made, and keep fairness or say otherwise."""

import warnings

import numpy as np
import pandas as pd
import pytest
from sdv.cag import (
    FixedCombinations,
    FixedIncrements,
    Inequality,
    OneHotEncoding,
    Range,
    SingleTableProgrammableConstraint,
)
from sdv.errors import InvalidDataError, SynthesizerInputError
from sdv.sampling import Condition
from tables import NOISE, ROWS, assert_like, described, fitted_to, made_by

from sdv_fair4free.labels import CategoryEncoder
from sdv_fair4free.transformers import DatetimeTokenizer, QuantileTokenizer

RNG = np.random.default_rng(6)
LOW = RNG.integers(0, 50, ROWS)
DAYS = pd.Timestamp('2020-01-01') + pd.to_timedelta(LOW, 'D')
PICK = RNG.integers(0, 3, ROWS)
LETTERS = RNG.choice(list('abc'), ROWS)
TABLE = pd.DataFrame(
    {
        'k': np.arange(ROWS),
        's': RNG.choice(['x', 'y'], ROWS),
        'y': RNG.choice(['yes', 'no'], ROWS),
        'low': LOW,
        'middle': LOW + 1,
        'high': LOW + RNG.integers(2, 50, ROWS),
        'start': DAYS,
        'then': DAYS + pd.Timedelta('12h'),
        'end': DAYS + pd.to_timedelta(RNG.integers(1, 30, ROWS), 'D'),
        'c': LETTERS,
        'e': np.where(NOISE > 0, LETTERS, 'a'),
        'pay': RNG.integers(1, 20, ROWS) * 500,
        **{f'h{place}': (place == PICK).astype(int) for place in range(3)},
    }
)
SDTYPES = {
    **dict.fromkeys(TABLE, 'numerical'),
    'k': 'id',
    **dict.fromkeys(['s', 'y', 'c', 'e'], 'categorical'),
    **dict.fromkeys(['start', 'then', 'end'], 'datetime'),
}
FAIR = {'sensitive_columns': 's', 'target_column': 'y'}
OURS = (CategoryEncoder, QuantileTokenizer, DatetimeTokenizer)
KINDS = {
    'combinations': [FixedCombinations(column_names=['c', 'e'])],
    'increments': [FixedIncrements(column_name='pay', increment_value=500)],
    'inequality': [Inequality('low', 'high')],
    'strict': [Inequality('low', 'high', strict_boundaries=True)],
    'inequality of dates': [Inequality('start', 'end')],
    'range': [Range('low', 'middle', 'high')],
    'range of dates': [Range('start', 'then', 'end')],
    'one hot': [OneHotEncoding(['h0', 'h1', 'h2'], learning_strategy='one_hot')],
    'one of several': [OneHotEncoding(['h0', 'h1', 'h2'], learning_strategy='categorical')],
    'several': [
        FixedCombinations(column_names=['c', 'e']),
        FixedIncrements(column_name='pay', increment_value=500),
        Range('low', 'middle', 'high'),
        Inequality('start', 'end'),
        OneHotEncoding(['h0', 'h1', 'h2']),
    ],
}


def metadata(**changed):
    return described({**SDTYPES, **changed}, primary_key='k')


def with_gaps() -> pd.DataFrame:
    table = TABLE.astype({'low': float, 'high': float, 'pay': float})
    for name in ('low', 'middle', 'high', 'start', 'then', 'end', 'c', 'e', 'pay'):
        table[name] = table[name].mask(RNG.random(ROWS) < 0.15)
    return table


def assert_holds(synthesizer, constraints, table) -> None:
    made = made_by(synthesizer)
    assert_like(table, made, synthesizer.get_metadata())
    synthesizer.validate_constraints(made)
    for constraint in constraints:
        assert constraint.is_valid(made).all()
    transformers = synthesizer.get_transformers()
    modelled = synthesizer._model.encoding.order
    assert all(isinstance(transformers[name], OURS) for name in modelled)


@pytest.mark.parametrize('gaps', [False, True])
@pytest.mark.parametrize('kind', KINDS)
def test_a_constraint_holds_and_keeps_our_transformers(kind, gaps, capfd):
    table = with_gaps() if gaps else TABLE
    synthesizer = fitted_to(table, metadata(), KINDS[kind], **FAIR)
    assert_holds(synthesizer, synthesizer.get_constraints(), table)


@pytest.mark.parametrize(
    'constraints',
    [
        [Inequality('low', 'high'), Inequality('low', 'middle')],
        [FixedCombinations(['c', 'e']), FixedCombinations(['c', 'h0'])],
        [Range('low', 'middle', 'high'), Inequality('low', 'high')],
    ],
    ids=['inequalities', 'combinations', 'range'],
)
def test_overlapping_constraints_hold_and_warn_that_fairness_may_suffer(constraints):
    described_so = metadata(h0='categorical')
    with pytest.warns(UserWarning, match='are drawn again, and the target'):
        synthesizer = fitted_to(TABLE, described_so, constraints, **FAIR)
    assert_holds(synthesizer, synthesizer.get_constraints(), TABLE)
    with warnings.catch_warnings():
        warnings.simplefilter('error')
        fitted_to(TABLE, described_so, constraints)  # without fairness there is nothing to warn of


@pytest.mark.parametrize(
    ('constraints', 'roles', 'reason'),
    [
        ([Inequality('low', 'high')], ('low', 'y'), "replace 'low'"),
        ([Inequality('low', 'high')], ('s', 'high'), "replace 'high'"),
        ([Range('low', 'middle', 'high')], ('s', 'middle'), "replace 'middle'"),
        ([FixedIncrements('pay', 500)], ('pay', 'y'), "replace 'pay'"),
        ([OneHotEncoding(['h0', 'h1', 'h2'])], ('s', 'h0'), "replace 'h0'"),
        ([FixedCombinations(['c', 'y'])], ('s', 'y'), "replace 'y'"),
        (
            [FixedCombinations(['c', 'e']), FixedCombinations(['c', 'y'])],
            ('s', 'y'),
            "looks at 'y', the target would depend",
        ),
    ],
)
def test_constraints_on_sensitive_or_target_columns_are_refused_with_the_reason(
    constraints, roles, reason
):
    with pytest.raises(SynthesizerInputError, match=reason):
        fitted_to(
            TABLE, metadata(), constraints, sensitive_columns=roles[0], target_column=roles[1]
        )


class Doubled(SingleTableProgrammableConstraint):
    """The column 'pay' is even: half of it is learnt."""

    def get_updated_metadata(self, metadata):
        return metadata

    def transform(self, data):
        return data.assign(pay=data['pay'] // 2)

    def reverse_transform(self, transformed_data):
        return transformed_data.assign(pay=transformed_data['pay'] * 2)

    def is_valid(self, synthetic_data):
        return synthetic_data['pay'] % 2 == 0


def test_a_programmed_constraint_holds_and_warns():
    with pytest.warns(UserWarning, match='Rows that break Doubled are drawn again'):
        synthesizer = fitted_to(TABLE, metadata(), [Doubled()], **FAIR)
    made = made_by(synthesizer)
    assert (made['pay'] % 2 == 0).all()
    assert_like(TABLE, made, metadata())

    asked = [Condition({'pay': int(made['pay'].iloc[0]), 's': 'x'}, 5)]
    (met,) = synthesizer.sample_from_conditions(asked).values()
    assert len(met) == 5
    assert (met['pay'] == made['pay'].iloc[0]).all()
    assert (met['s'] == 'x').all()


@pytest.mark.parametrize('kind', KINDS)
def test_conditions_on_constrained_columns_are_met_whole_or_in_part(kind):
    synthesizer = fitted_to(TABLE, metadata(), KINDS[kind], **FAIR)
    left = synthesizer.get_metadata('modified').get_column_names()
    tied = [name for name in TABLE if name not in left]
    for names in (tied, tied[:1]):
        known = TABLE[[*names, 's']].head(6)
        (made,) = synthesizer.sample_remaining_columns(known).values()
        pd.testing.assert_frame_equal(made[list(known)], known, check_dtype=False)
        synthesizer.validate_constraints(made)


def test_rows_that_break_a_constraint_are_told_with_all_other_problems():
    table = TABLE.assign(high=-1, s='x', c=None)
    with pytest.raises(InvalidDataError) as caught:
        fitted_to(table, metadata(), [Inequality('low', 'high')], **FAIR)
    assert 'the constraint Inequality is not met' in str(caught.value)
    assert "'s' has one value only" in str(caught.value)


def test_a_constraint_that_sdv_cannot_apply_to_a_type_says_what_to_do():
    low = pd.Series([1, 2, None, 4] * 75, dtype='Int64')
    table = pd.DataFrame({'low': low, 'high': pd.Series([3, None, 5, 6] * 75, dtype='Int64')})
    with pytest.raises(InvalidDataError, match='turn them into float64 first'):
        fitted_to(
            table,
            described({'low': 'numerical', 'high': 'numerical'}),
            [Inequality('low', 'high')],
        )


@pytest.mark.parametrize('days', [10, 40])
def test_dates_that_are_texts_of_a_day_first_are_read_so_where_a_constraint_holds(days):
    form = '%d.%m.%Y'
    starts = pd.Timestamp('2023-03-01') + pd.to_timedelta(RNG.integers(0, days, ROWS), 'D')
    ends = starts + pd.to_timedelta(RNG.integers(0, 5, ROWS), 'D')
    table = TABLE[['k', 's', 'y']].assign(start=starts.strftime(form), end=ends.strftime(form))
    date = {'sdtype': 'datetime', 'datetime_format': form}
    told = {**{name: SDTYPES[name] for name in ('k', 's', 'y')}, 'start': date, 'end': date}
    constraint = Inequality('start', 'end')
    made = made_by(fitted_to(table, described(told, primary_key='k'), [constraint], **FAIR))
    read = pd.to_datetime(made['start'], format=form)
    assert read.between(starts.min(), starts.max()).all()
    # Read as month first, nearly all would be cut at an end of the range.
    assert read.nunique() > days / 2
    assert read.value_counts().max() < ROWS / 2
    assert (pd.to_datetime(made['end'], format=form) >= read).all()
