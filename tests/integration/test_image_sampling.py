"""Pictures with attributes out: they show what their rows say, whatever is asked for."""

import numpy as np
import pandas as pd
import pytest
import torch
from pictured import (
    BETTER,
    digits,
    digits_metadata,
    drawn,
    fitted_pictures,
    part,
    picture_synthesizer,
    redness,
    same_pictures,
    with_columns,
)
from scipy.stats import chi2_contingency
from sdv.cag import FixedCombinations, Inequality
from sdv.errors import SamplingError
from sdv.sampling import Condition, DataFrameCondition

from sdv_fair4free.options import drawing_from_teacher
from sdv_fair4free.pictures import Pictures


def test_what_is_sampled_unpacks_and_reads_like_tables(fitted_digits):
    made = drawn(fitted_digits, 7)
    data, images = made
    assert isinstance(made, Pictures)
    assert list(data) == ['digits']
    assert list(data['digits']) == ['high', 'color']
    assert data['digits'].dtypes.equals(digits().table.dtypes)
    assert data['digits'].index.tolist() == list(range(7))
    assert images.shape == (7, 8, 8, 3)
    assert images.dtype == np.uint8
    assert made['digits'] is data['digits'] is made.table
    assert [*made.values()] == [made.table]
    assert made[1] is images


@pytest.mark.parametrize('rows', [0, 1])
def test_few_pictures_are_no_special_case(fitted_digits, rows):
    made = drawn(fitted_digits, rows)
    assert made.images.shape == (rows, 8, 8, 3)
    assert made.images.dtype == np.uint8
    assert list(made.table) == ['high', 'color']
    assert len(made.table) == rows


def test_a_seed_gives_the_same_pictures(fitted_digits):
    again, other = fitted_pictures(), fitted_pictures(random_state=1)
    before = torch.random.get_rng_state()
    first, same = drawn(fitted_digits), drawn(again)
    assert same_pictures(first, same)
    assert not (drawn(other).images == first.images).all()
    assert torch.equal(before, torch.random.get_rng_state())


def test_a_longer_sample_starts_like_a_shorter_one(fitted_digits):
    short, long = drawn(fitted_digits, 30), drawn(fitted_digits, 90)
    assert same_pictures(part(long, slice(0, 30)), short)
    fitted_digits.reset_sampling()
    parts = [fitted_digits.sample(rows) for rows in (30, 25, 35)]
    assert (np.concatenate([made.images for made in parts])[:30] == long.images[:30]).all()
    assert not (parts[1].images[:25] == parts[0].images[:25]).all()


def test_rows_in_batches_are_whole_rows(fitted_digits):
    whole, parts = drawn(fitted_digits, 50), drawn(fitted_digits, 50, batch_size=20)
    assert parts.images.shape == whole.images.shape
    assert same_pictures(part(parts, slice(0, 20)), part(whole, slice(0, 20)))
    assert same_pictures(parts, drawn(fitted_digits, 50, batch_size=20))


def test_arguments_that_cannot_be_honoured_are_refused(fitted_digits):
    for arguments in ({'num_rows': -1}, {'num_rows': 2.5}, {'num_rows': 3, 'fairness_strength': 2}):
        with pytest.raises(SamplingError):
            fitted_digits.sample(**arguments)
    with pytest.raises(SamplingError, match='not been fit'):
        picture_synthesizer().sample(5)


def test_a_teacher_paints_other_pictures_than_its_student(fitted_digits):
    students = drawn(fitted_digits)
    with drawing_from_teacher():
        teachers = drawn(fitted_digits)
    assert teachers.images.shape == students.images.shape
    assert not (teachers.images == students.images).all()
    alone = fitted_pictures(distillation=None)
    assert same_pictures(drawn(alone), teachers)


def test_conditions_are_honoured_and_seen(learnt_digits):
    conditions = [
        Condition({'color': 'red', 'high': True}, num_rows=60),
        Condition({'color': 'green'}, num_rows=60),
        DataFrameCondition(pd.DataFrame({'high': [False] * 20})),
    ]
    learnt_digits.reset_sampling()
    made = learnt_digits.sample_from_conditions(conditions)
    assert made.images.shape == (140, 8, 8, 3)
    assert (made.table['color'][:60] == 'red').all()
    assert made.table['high'][:60].all()
    assert (made.table['color'][60:120] == 'green').all()
    assert not made.table['high'][120:].any()
    red = made.table['color'] == 'red'
    assert ((redness(made.images) > 0) == red).mean() > 0.9


def test_remaining_columns_are_of_the_rows_that_are_known(learnt_digits):
    known = pd.DataFrame({'color': ['green', 'red'] * 30}, index=np.arange(60)[::-1] + 5)
    learnt_digits.reset_sampling()
    made = learnt_digits.sample_remaining_columns(known)
    assert made.table.index.equals(known.index)
    assert made.table['color'].equals(known['color'])
    assert ((redness(made.images) > 0) == (known['color'] == 'red')).mean() > 0.9
    # Files that are known are no condition: pictures are painted.
    learnt_digits.reset_sampling()
    again = learnt_digits.sample_remaining_columns(known.assign(image='a.png'))
    assert same_pictures(again, made)


def dependence(table):
    return chi2_contingency(pd.crosstab(table['color'], table['high'])).pvalue


def test_strength_takes_the_dependence_of_outcome_and_colour_away(learnt_digits):
    real = digits(2000).table
    assert dependence(real) < 1e-20
    assert dependence(drawn(learnt_digits, 1500, fairness_strength=0.0).table) < 1e-20
    assert dependence(drawn(learnt_digits, 1500).table) > 0.01
    assert dependence(drawn(learnt_digits, 1500, fairness_strength=1.0).table) > 0.01


def test_pictures_show_the_sensitive_value_of_their_row_at_every_strength(learnt_digits):
    for strength in (0.0, 0.5, 1.0):
        made = drawn(learnt_digits, 300, fairness_strength=strength)
        assert ((redness(made.images) > 0) == (made.table['color'] == 'red')).mean() > 0.9


def test_people_who_are_wanted_come(learnt_digits):
    made = drawn(learnt_digits, 200, sensitive_distribution={'red': 1})
    assert (made.table['color'] == 'red').all()
    assert (redness(made.images) > 0).mean() > 0.9
    wanted = pd.DataFrame({'color': ['green', 'green', 'green', 'red']})
    made = drawn(learnt_digits, 400, sensitive_distribution=wanted)
    assert (made.table['color'] == 'green').mean() == pytest.approx(0.75, abs=0.1)
    with pytest.raises(SamplingError, match='purple'):
        learnt_digits.sample(5, sensitive_distribution={'purple': 1})


def test_pictures_stay_with_their_rows_where_constraints_drop_others():
    """Two constraints that share a column: SDV draws rows, and keeps those that meet both."""
    given = digits(2000)
    rng = np.random.default_rng(0)
    # Nothing but the colour is told by the picture, and nothing by these numbers.
    low = rng.integers(0, 50, len(given.table))
    middle = low + rng.integers(0, 50, len(low))
    given = with_columns(given, low=low, middle=middle, high_end=middle + rng.integers(0, 30))
    metadata = digits_metadata(
        low={'sdtype': 'numerical'},
        middle={'sdtype': 'numerical'},
        high_end={'sdtype': 'numerical'},
    )
    synthesizer = picture_synthesizer(metadata, teacher=BETTER, distillation=None)
    with pytest.warns(UserWarning, match='drawn again'):
        synthesizer.add_constraints(
            [
                Inequality(low_column_name='low', high_column_name='middle'),
                Inequality(low_column_name='middle', high_column_name='high_end'),
            ]
        )
    synthesizer.fit(given)
    assert synthesizer._reject_sampling_constraints
    for made in (drawn(synthesizer, 300), drawn(synthesizer, 300, batch_size=70)):
        assert made.images.shape[0] == 300
        assert (made.table['low'] <= made.table['middle']).all()
        assert (made.table['middle'] <= made.table['high_end']).all()
        assert ((redness(made.images) > 0) == (made.table['color'] == 'red')).mean() > 0.9


def test_a_constraint_that_makes_columns_of_its_own_changes_no_picture():
    given = digits()
    shade = np.where(given.table['color'] == 'red', 'warm', 'cold')
    given = with_columns(given, a=shade, b=np.char.add(shade.astype(str), '!'))
    metadata = digits_metadata(a={'sdtype': 'categorical'}, b={'sdtype': 'categorical'})
    synthesizer = picture_synthesizer(metadata)
    synthesizer.add_constraints([FixedCombinations(column_names=['a', 'b'])])
    synthesizer.fit(given)
    made = drawn(synthesizer, 50)
    assert (made.table['b'] == made.table['a'] + '!').all()
    assert list(made.table) == ['high', 'color', 'a', 'b']
    assert len(made.images) == 50
