"""Teacher and students side by side, and the synthesizer left as it was."""

import copy

import numpy as np
import pytest
from conftest import hiring_table, sample_hiring, small_plain, small_synthesizer

from sdv_fair4free import StudentConfig, TrainingConfig, compare_teacher_and_student
from sdv_fair4free.distillation_cost import COSTS, OF_MODEL, OF_ROWS

QUICK = StudentConfig(
    training=TrainingConfig(epochs=2, width=32, depth=1), pool=1024, precision='half'
)
REAL = {'hiring': hiring_table()}
UNSEEN = {'hiring': hiring_table(seed=1)}


def compare(synthesizer, real=REAL, unseen=UNSEEN, **options):
    return compare_teacher_and_student(synthesizer, real, unseen, turns=1, verbose=False, **options)


def test_teacher_and_students_are_told_side_by_side(fitted):
    sizes = {'quick': QUICK, 'usual': StudentConfig(training=QUICK.training)}
    found = compare(fitted, sizes=sizes, favourable_outcome='yes', num_rows=1000, timed_rows=300)
    table = found.table.set_index('Generator')
    assert list(table.index) == ['teacher', 'quick', 'usual']
    assert table['Error'].isna().all()
    figures = table[[*OF_ROWS, *OF_MODEL]]
    assert ((figures > 0) & (figures <= 1)).all(axis=None)
    assert table.loc['teacher', 'AUC'] > 0.7
    assert (table['Rows Per Second'] > 0).all()
    stored = table['Weight Bytes']
    assert stored['quick'] * 2 == stored['usual'] < stored['teacher']
    assert np.isnan(table['Distillation Seconds']['teacher'])
    assert (table['Distillation Seconds'][1:] > 0).all()
    lines = {trace.name: trace for trace in found.figure.data}
    assert {'AUC', 'DPR', 'EOR', 'Column Shapes', 'Column Pair Trends'} < {*lines}
    smallest, *_ = lines['AUC'].x
    assert smallest.startswith('quick')


def test_the_synthesizer_is_left_as_it_was(fitted):
    synthesizer = copy.deepcopy(fitted)
    synthesizer.reset_sampling()
    synthesizer.sample(50)
    twin = copy.deepcopy(synthesizer)
    compare(synthesizer, unseen=None, sizes={'quick': QUICK}, num_rows=300)
    assert synthesizer.get_parameters() == twin.get_parameters()
    assert synthesizer.get_loss_values().equals(twin.get_loss_values())
    assert synthesizer.sample(50)['hiring'].equals(twin.sample(50)['hiring'])  # where it was
    assert sample_hiring(synthesizer, 50).equals(sample_hiring(twin, 50))


def test_the_student_that_there_is_can_be_judged_as_it_is(fitted):
    found = compare(fitted, sizes=None, favourable_outcome='yes', num_rows=500).table
    assert found['Generator'].tolist() == ['teacher', 'student']
    info = fitted.get_info()
    assert found['Weight Bytes'].tolist() == [info['weight_bytes'][k] for k in found['Generator']]
    assert found['Distillation Seconds'].iloc[1] == info['fit_seconds']['student']
    again = compare(fitted, sizes=None, favourable_outcome='yes', num_rows=500).table
    assert again.drop(columns='Rows Per Second').equals(found.drop(columns='Rows Per Second'))


def test_without_groups_outcome_or_unseen_rows_the_rest_is_told(fitted, metadata):
    plain = small_plain(metadata)
    plain.fit(REAL)
    told = compare(plain, sizes={'quick': QUICK}, num_rows=500)
    assert told.table[list(OF_MODEL)].isna().all(axis=None)
    assert told.table[list(OF_ROWS)].notna().all(axis=None)
    assert 'DPR' not in {trace.name for trace in told.figure.data}
    plain.target_column = 'hired'  # a table has an outcome also where no group is named
    of_outcome = compare(plain, sizes={'quick': QUICK}, num_rows=500, favourable_outcome='yes')
    assert of_outcome.table['AUC'].notna().all()
    assert of_outcome.table[['DPR', 'EOR']].isna().all(axis=None)
    for part in (told.table, of_outcome.table):
        assert part['Error'].isna().all()
    unseen = compare(fitted, unseen=None, sizes=None, favourable_outcome='yes', num_rows=500)
    assert unseen.table['AUC'].isna().all()
    assert unseen.table[list(COSTS[:2])].notna().all(axis=None)


@pytest.mark.parametrize(
    ('change', 'expected'),
    [
        ({'sizes': 'smal'}, "Did you mean 'small'"),
        ({'sizes': {'teacher': QUICK}}, "'teacher' is the name of another row"),
        ({'sizes': ()}, 'sizes is empty'),
        ({'sizes': 3}, 'must be a StudentConfig'),
        ({'favourable_outcome': 'YES'}, "not a value of 'hired' in data"),
        ({'real': hiring_table(20)}, 'data must be a dict'),
        ({'real': {'hiring': hiring_table(20).drop(columns='skill')}}, "'skill' is not in table"),
        ({'unseen': {'x': hiring_table(20)}}, 'real_validation_data must be a dict'),
        ({'num_rows': 0}, 'num_rows=0'),
        ({'timed_rows': 1.5}, 'timed_rows=1.5'),
        ({'random_state': None}, 'random_state=None'),
    ],
)
def test_each_bad_argument_is_told(fitted, change, expected):
    with pytest.raises(ValueError, match=expected):
        compare(fitted, **change)


def test_bad_arguments_are_named_at_once(fitted):
    with pytest.raises(ValueError, match='3 problems with the arguments') as caught:
        compare(
            small_synthesizer(target_column=None, fairness_scope='all'),
            sizes=['smal'],
            favourable_outcome='yes',
        )
    for expected in ('not fitted', "sizes['smal']", 'target_column; leave it out'):
        assert expected in str(caught.value)
    with pytest.raises(ValueError, match='must be a fitted Fair4FreeSynthesizer'):
        compare('model.pkl')
    handed_over = copy.deepcopy(fitted)
    handed_over._model.teacher = None
    with pytest.raises(ValueError, match='holds no teacher'):
        compare(handed_over)
    untaught = copy.deepcopy(fitted)
    untaught._model.student = None
    with pytest.raises(ValueError, match='has no student; name sizes'):
        compare(untaught, sizes=None)
