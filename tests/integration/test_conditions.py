"""Conditions as users write them; tests/unit/core/test_posterior.py has the law of the draws."""

import numpy as np
import pandas as pd
import pytest
from conftest import asked, hiring_metadata, hiring_table, sample_hiring, small_synthesizer
from people import fit_and_check, p_value, people
from scipy import stats
from sdv.cag import FixedCombinations, FixedIncrements, Inequality, OneHotEncoding
from sdv.evaluation import run_diagnostic
from sdv.metadata import Metadata
from sdv.sampling import Condition, DataFrameCondition

FREE_ROWS = 60_000


def metadata_with(**columns):
    """Metadata of the hiring table with more columns."""
    described = hiring_metadata().to_dict()
    described['tables']['hiring']['columns'].update(columns)
    return Metadata.load_from_dict(described)


@pytest.fixture(scope='module')
def free(fitted):
    """Rows of which nothing was asked."""
    return sample_hiring(fitted, FREE_ROWS)


def same_law(made, others):
    """Smallest p-value over the columns, times their number: two samples, one law."""
    values = []
    for name in ('sex', 'grade', 'remote', 'hobby', 'hired'):
        counts = pd.DataFrame(
            {'made': made[name].value_counts(), 'other': others[name].value_counts()}
        ).fillna(0)
        if len(counts) > 1:
            values.append(stats.chi2_contingency(counts).pvalue)
    for name in ('skill', 'bonus', 'since'):
        one, other = (
            rows[name].dropna().astype('int64' if name == 'since' else float)
            for rows in (made, others)
        )
        if np.ptp(one) > 0:
            values.append(stats.ks_2samp(one, other).pvalue)
    missing = [[rows['bonus'].isna().sum(), rows['bonus'].notna().sum()] for rows in (made, others)]
    if np.all(np.sum(missing, axis=0)):
        values.append(stats.chi2_contingency(missing).pvalue)
    return min(values) * len(values)


CONDITIONS = {
    'sensitive': {'sex': 'woman'},
    'target': {'hired': 'yes'},
    'category': {'hobby': 'knitting'},
    'ordinal': {'grade': 'high'},
    'boolean': {'remote': True},
    'missing': {'bonus': np.nan},
    'all of them': {'sex': 'man', 'hired': 'no', 'hobby': 'knitting', 'grade': 'low'},
}


@pytest.mark.parametrize('condition', CONDITIONS.values(), ids=CONDITIONS)
def test_rows_asked_for_are_like_free_rows_that_happen_to_be_so(fitted, free, condition):
    made = asked(fitted, Condition(condition, num_rows=1500))
    met = np.ones(len(free), dtype=bool)
    for name, value in condition.items():
        assert made[name].isna().all() if pd.isna(value) else (made[name] == value).all()
        met &= free[name].isna() if pd.isna(value) else free[name] == value
    assert same_law(made, free[met]) > 1e-3


def test_numbers_and_dates_come_back_to_the_last_digit(fitted):
    day = pd.Timestamp('2020-03-04')
    made = asked(
        fitted,
        Condition({'skill': 0.125, 'since': day}, num_rows=30),
        Condition({'skill': 0.33333}, num_rows=1),
    )
    assert (made['skill'][:30] == 0.125).all()
    assert (made['since'][:30] == day).all()
    assert made['skill'][30] == 0.33333


def test_the_outcome_stays_independent_of_the_groups_asked_for():
    synthesizer, _ = fit_and_check(['approved'], ['sex', 'age'])
    wanted = people()[['sex', 'age']].head(1200)
    made = synthesizer.sample_remaining_columns(wanted)['people']
    assert p_value(made, ['approved'], ['sex', 'age']) > 0.01
    asked_for = wanted.reset_index(drop=True)
    pd.testing.assert_frame_equal(made[['sex', 'age']].reset_index(drop=True), asked_for)


def test_remaining_columns_keep_index_order_and_values(fitted, hiring):
    known = hiring[['bonus', 'sex', 'since', 'remote']].sample(300, random_state=0)
    made = fitted.sample_remaining_columns(known)['hiring']
    assert made.index.equals(known.index)
    assert list(made) == list(hiring)
    pd.testing.assert_frame_equal(made[list(known)], known)
    assert made['person_id'].is_unique


def test_strength_is_a_dial_for_conditions_too(fitted, free):
    def gap(strength):
        made = asked(
            fitted,
            Condition({'sex': 'man'}, 2000),
            Condition({'sex': 'woman'}, 2000),
            fairness_strength=strength,
        )
        return np.ptp([(part['hired'] == 'yes').mean() for _, part in made.groupby('sex')])

    assert gap(1.0) < 0.05
    assert gap(0.0) > 0.15


def test_conditions_of_different_columns_are_answered_together(fitted, metadata):
    table = pd.DataFrame({'grade': ['low', 'high'] * 3, 'skill': np.linspace(-1, 1, 6).round(3)})
    made = asked(fitted, Condition({'sex': 'man'}, 2), DataFrameCondition(table), batch_size=3)
    assert len(made) == 8
    assert (made['sex'][:2] == 'man').all()
    assert made['skill'][2:].tolist() == table['skill'].tolist()
    assert made['grade'][2:].tolist() == table['grade'].tolist()
    metadata.validate_data({'hiring': made})


def test_the_same_seed_answers_alike_and_the_next_call_otherwise(fitted):
    one = asked(fitted, Condition({'grade': 'low'}, 20))
    following = fitted.sample_from_conditions([Condition({'grade': 'low'}, 20)])['hiring']
    pd.testing.assert_frame_equal(asked(fitted, Condition({'grade': 'low'}, 20)), one)
    assert not following['skill'].equals(one['skill'])


@pytest.mark.parametrize(
    ('condition', 'expected'),
    [
        ({'sex': 'womn'}, "'womn' is not a value of 'sex'. Did you mean 'woman'"),
        ({'hired': np.nan}, "'hired' is never missing"),
        ({'skill': 99.5}, "99.5 is outside the range of 'skill'"),
        ({'person_id': 3}, "'person_id' is the primary key"),
        ({'sexx': 'man'}, "Unexpected column name 'sexx'.*Did you mean 'sex'"),
    ],
    ids=str,
)
def test_what_cannot_be_is_refused_with_the_reason(fitted, condition, expected):
    with pytest.raises(ValueError, match=expected):
        fitted.sample_from_conditions([Condition(condition, 2)])


def test_all_wrong_arguments_are_named_at_once(fitted):
    with pytest.raises(ValueError, match='4 problems with what is known'):
        fitted.sample_from_conditions(
            [Condition({'sexx': 1, 'person_id': 2}, 1)], batch_size=0, fairness_strength=2
        )


def test_rows_that_cannot_be_made_are_left_out_with_a_warning(fitted):
    known = pd.DataFrame({'sex': ['man', 'nobody', 'woman']}, index=list('abc'))
    with pytest.warns(UserWarning, match="1 of 3 rows could not be made.*\n.*'nobody'") as caught:
        made = fitted.sample_remaining_columns(known)['hiring']
    assert made.index.tolist() == ['a', 'c']
    assert caught[0].filename == __file__


def test_rows_are_written_where_they_are_wanted(fitted, tmp_path):
    made = asked(fitted, Condition({'sex': 'man'}, 5), output_folder_path=str(tmp_path))
    assert pd.read_csv(tmp_path / 'hiring.csv')['skill'].tolist() == made['skill'].tolist()


@pytest.fixture(scope='module')
def constrained():
    table = hiring_table().assign(
        floor=lambda t: t['skill'] - np.abs(t['skill']).round(2),
        step=lambda t: (t['person_id'] % 7) * 5,
        north=lambda t: (t['person_id'] % 3 == 0).astype(float),
        south=lambda t: (t['person_id'] % 3 != 0).astype(float),
    )
    numbers = {name: {'sdtype': 'numerical'} for name in ('floor', 'step', 'north', 'south')}
    synthesizer = small_synthesizer(metadata_with(**numbers))
    synthesizer.add_constraints(
        [
            Inequality('floor', 'skill', table_name='hiring'),
            FixedCombinations(['grade', 'hobby'], table_name='hiring'),
            FixedIncrements('step', 5, table_name='hiring'),
            OneHotEncoding(
                ['north', 'south'], learning_strategy='categorical', table_name='hiring'
            ),
        ]
    )
    synthesizer.fit({'hiring': table})
    return synthesizer, table


@pytest.mark.parametrize(
    'condition',
    [
        {'grade': 'high'},
        {'grade': 'high', 'hobby': 'football', 'sex': 'woman', 'hired': 'yes'},
        {'step': 15},
        {'north': 1.0},
        {'skill': 0.5},
        {'floor': 0.0, 'skill': 0.5},
    ],
    ids=str,
)
def test_constraints_hold_and_conditions_are_met(constrained, condition):
    synthesizer, table = constrained
    made = asked(synthesizer, Condition(condition, 40))
    assert len(made) == 40
    for name, value in condition.items():
        assert (made[name] == value).all()
    synthesizer.validate_constraints(made)
    assert list(made) == list(table)


def test_a_combination_that_no_row_has_is_refused_with_the_reason():
    table = hiring_table()
    table.loc[table['grade'] == 'high', 'hobby'] = 'football'
    synthesizer = small_synthesizer(epochs=2)
    synthesizer.add_constraints([FixedCombinations(['grade', 'hobby'], table_name='hiring')])
    synthesizer.fit({'hiring': table})
    with pytest.raises(ValueError, match="no real row has grade = 'high', hobby = 'knitting'"):
        asked(synthesizer, Condition({'grade': 'high', 'hobby': 'knitting'}, 3))


def test_personal_values_asked_for_are_put_in_place(hiring):
    table = hiring.assign(mail=[f'p{i}@mail.example' for i in range(len(hiring))])
    mail = {'sdtype': 'email', 'pii': True}
    synthesizer = small_synthesizer(metadata_with(mail=mail), epochs=2)
    synthesizer.fit({'hiring': table})
    made = asked(synthesizer, Condition({'mail': 'me@mail.example', 'sex': 'woman'}, 4))
    assert (made['mail'] == 'me@mail.example').all()
    assert (made['sex'] == 'woman').all()


@pytest.mark.filterwarnings('ignore:Replacing the default transformer')
def test_a_transformer_of_the_users_choice_is_matched_by_luck(hiring):
    from rdt.transformers import UniformEncoder

    synthesizer = small_synthesizer(epochs=2)
    synthesizer.auto_assign_transformers({'hiring': hiring})
    synthesizer.update_transformers({'hobby': UniformEncoder()})
    synthesizer.fit({'hiring': hiring})
    made = asked(synthesizer, Condition({'hobby': 'knitting', 'sex': 'man'}, 30))
    assert len(made) == 30
    assert (made['hobby'] == 'knitting').all()
    with pytest.raises(ValueError, match='did not turn up in 2 tries'):
        asked(synthesizer, Condition({'hobby': 'chess'}, 3), max_tries_per_batch=2)


def test_columns_that_are_numbers_go_by_their_numbers(hiring):
    table = hiring.rename(columns={'skill': 3, 'sex': 7})
    described = hiring_metadata().to_dict()
    columns = described['tables']['hiring']['columns']
    names = {'skill': '3', 'sex': '7'}
    described['tables']['hiring']['columns'] = {
        names.get(name, name): entry for name, entry in columns.items()
    }
    metadata = Metadata.load_from_dict(described)
    synthesizer = small_synthesizer(metadata, sensitive_columns=['7'], epochs=2)
    synthesizer.fit({'hiring': table})
    made = synthesizer.sample_remaining_columns(table[[7, 3]].head(20))['hiring']
    pd.testing.assert_frame_equal(made[[7, 3]], table[[7, 3]].head(20))


def test_what_is_asked_for_is_as_valid_as_any_table(fitted, hiring, metadata):
    known = hiring[['grade', 'skill', 'hired']].head(400)
    made = fitted.sample_remaining_columns(known)['hiring']
    report = run_diagnostic({'hiring': hiring}, {'hiring': made}, metadata, verbose=False)
    assert report.get_score() == 1.0


def test_rows_of_one_call_are_as_different_as_free_rows(fitted, free):
    def women(call):
        fitted._set_random_state(call)
        made = fitted.sample_from_conditions([Condition({'skill': 0.5, 'hired': 'no'}, 25)])
        return (made['hiring']['sex'] == 'woman').mean()

    shares = [women(call) for call in range(40)]
    tokens = fitted.get_transformers()['skill']
    token = tokens.transform(pd.DataFrame({'skill': [0.5]}))['skill'].astype(int)[0]
    alike = free['skill'].between(*tokens.quantiles.bounds[token, [0, -1]])
    expected = (free[alike & (free['hired'] == 'no')]['sex'] == 'woman').mean()
    assert np.mean(shares) == pytest.approx(expected, abs=0.1)
    # Independent rows would spread by this much; those that share their luck by five times it.
    assert np.std(shares) < 1.5 * np.sqrt(expected * (1 - expected) / 25)
