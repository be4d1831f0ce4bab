import sys
from functools import partial

import numpy as np
import pandas as pd
import pytest
from conftest import hiring_metadata, hiring_table, small_synthesizer
from sdv.cag import Inequality
from sdv.metadata import Metadata
from sdv.single_table import GaussianCopulaSynthesizer

from sdv_fair4free import compare_synthesizers
from sdv_fair4free.benchmark import FittedOnce, kept, suite
from sdv_fair4free.benchmark.entries import identity
from sdv_fair4free.benchmark.judge import CHANCE, REFERENCES

QUESTION = {
    'sensitive_columns': ['sex'],
    'target_column': 'hired',
    'favourable_outcome': 'yes',
    'verbose': False,
}
CALLS = []


def shuffled(data, metadata, num_rows, seed, extra=0):
    """A function as a synthesizer: the training rows with the outcome shuffled."""
    CALLS.append(seed)
    table = data['hiring'].sample(num_rows, replace=True, random_state=seed, ignore_index=True)
    outcome = table['hired'].sample(frac=1, random_state=seed).to_numpy()
    return {'hiring': table.assign(hired=outcome)}


def failing(data, metadata, num_rows, seed):
    raise ZeroDivisionError('no rows today')


def compare(**options):
    entries = {
        'ours': small_synthesizer(),
        'GaussianCopula': GaussianCopulaSynthesizer,
        'shuffled': shuffled,
        'failing': failing,
    }
    return compare_synthesizers(
        {'hiring': hiring_table(2000)}, hiring_metadata(), entries, **{**QUESTION, **options}
    )


def test_every_entry_is_judged_on_the_same_rows_and_failures_keep_theirs(tmp_path):
    CALLS.clear()
    found = compare(seeds=(0, 1), folder=tmp_path)
    table = found.table.set_index(['Synthesizer', 'Seed'])
    assert list(dict.fromkeys(found.table['Synthesizer'])) == [
        'Real rows',
        'Constant classifier',
        'Bound: repaired scores',
        'Blind decisions, by chance',
        'ours',
        'GaussianCopula',
        'shuffled',
        'failing',
    ]
    assert table.loc['failing', 'Error'].tolist() == ['ZeroDivisionError: no rows today'] * 2
    assert table.loc['failing', 'AUC'].isna().all()
    assert table['Error'].drop('failing', level=0).isna().all()
    real = table.loc['Real rows', 0]
    assert real['Column Shapes'] == 1.0
    assert real['Copies'] == 1.0
    ours = table.loc['ours']
    assert (ours['DPR'] > real['DPR'] + 0.2).all()
    assert (ours['AUC'] > 0.7).all()
    assert (table.loc['shuffled', 'AUC'] < 0.65).all()
    assert (ours[['Fit Seconds', 'Sample Seconds', 'Peak MB']] > 0).all(axis=None)
    names = {trace.name for trace in found.figure.data}
    assert names == {*found.table['Synthesizer']} - {'failing', 'Blind decisions, by chance'}
    bound = table.loc['Bound: repaired scores', 0]
    assert bound['DPR'] > 0.85
    assert 0.7 < bound['AUC'] <= real['AUC']
    assert 0.85 < table.loc['Blind decisions, by chance', 0]['DPR'] < 1
    assert found.summary()['AUC', 'count']['ours'] == 2

    again = compare(seeds=(0, 1), folder=tmp_path)  # nothing that is known is made again
    assert CALLS == [0, 1]
    pd.testing.assert_frame_equal(again.table, found.table)
    files = len(list(tmp_path.iterdir()))
    other = {'ours': small_synthesizer(epochs=1)}  # other settings under a known name
    compare_synthesizers(
        {'hiring': hiring_table(2000)},
        hiring_metadata(),
        other,
        **QUESTION,
        folder=tmp_path,
    )
    assert len(list(tmp_path.iterdir())) == files + 1
    compare(seeds=(0,), folder=tmp_path, num_rows=500)  # another question: nothing is known
    assert CALLS == [0, 1, 0]


def test_one_fit_is_drawn_from_in_several_ways():
    ways = {
        'fair': lambda fitted, rows: fitted.sample(rows),
        'as it is': lambda fitted, rows: fitted.sample(rows, fairness_strength=0.0),
    }
    once = {'ours': FittedOnce(synthesizer=small_synthesizer(), draws=ways)}
    table = {'hiring': hiring_table(2000)}
    found = compare_synthesizers(table, hiring_metadata(), once, **QUESTION).table
    rows = found.set_index('Synthesizer')
    assert list(rows.index[4:]) == ['fair', 'as it is']
    assert rows.loc['fair', 'Fit Seconds'] == rows.loc['as it is', 'Fit Seconds']
    assert rows.loc['fair', 'Label DPR'] > 0.9 > rows.loc['as it is', 'Label DPR']
    assert rows.loc['fair', 'Student Parameters'] < rows.loc['fair', 'Teacher Parameters']


def test_a_draw_that_fails_leaves_the_others_their_rows():
    def broken(fitted, rows):
        raise ZeroDivisionError('not today')

    ways = {'first': lambda fitted, rows: fitted.sample(rows), 'second': broken}
    once = {'ours': FittedOnce(synthesizer=small_synthesizer(), draws=ways)}
    table = {'hiring': hiring_table(2000)}
    found = compare_synthesizers(table, hiring_metadata(), once, **QUESTION).table
    rows = found.set_index('Synthesizer')
    assert rows.loc['first', 'AUC'] > 0.7
    assert rows.loc['first', 'Error'] is None
    assert rows.loc['second', 'Error'] == 'ZeroDivisionError: not today'


def test_another_version_of_the_code_does_not_take_over_what_was_kept(tmp_path, monkeypatch):
    CALLS.clear()
    table = {'hiring': hiring_table(600)}
    entries = {'shuffled': shuffled}
    for digest in ('one', 'two', 'two'):
        monkeypatch.setattr(kept, 'code', lambda digest=digest: digest)
        compare_synthesizers(table, hiring_metadata(), entries, **QUESTION, folder=tmp_path)
    assert CALLS == [0, 0]


def test_each_seed_may_have_a_split_of_its_own():
    entries = {'shuffled': shuffled}
    table = {'hiring': hiring_table(900)}
    options = {**QUESTION, 'seeds': (0, 1), 'new_split_for_each_seed': True}
    found = compare_synthesizers(table, hiring_metadata(), entries, **options).table
    real = found[found['Synthesizer'] == 'Real rows']
    assert list(real['Seed']) == [0, 1]
    assert real['AUC'].nunique() == 2
    with pytest.raises(ValueError, match='both given'):
        compare_synthesizers(
            table, hiring_metadata(), entries, **options, real_validation_data=table
        )


def test_entries_without_a_name_get_their_own():
    found = compare_synthesizers(
        {'hiring': hiring_table(600)}, hiring_metadata(), [shuffled, shuffled], **QUESTION
    )
    assert found.table['Synthesizer'].tolist()[4:] == ['shuffled', 'shuffled 2']


def test_a_comparison_of_failures_alone_tells_why():
    once = FittedOnce(
        synthesizer=Failing, draws={'first': lambda made, rows: 0, 'second': lambda made, rows: 0}
    )
    table = {'hiring': hiring_table(600)}
    found = compare_synthesizers(
        table, hiring_metadata(), {'failing': failing, 'once': once}, **QUESTION
    )
    errors = found.table.set_index('Synthesizer')['Error']
    assert errors['failing'] == 'ZeroDivisionError: no rows today'
    assert errors['first'] == errors['second'] == 'ZeroDivisionError: cannot be fitted'
    assert found.table['Fit Seconds'].isna().all()
    assert {trace.name for trace in found.figure.data} == {*REFERENCES} - {CHANCE}


class Failing:
    def __init__(self, metadata):
        pass

    def fit(self, data):
        raise ZeroDivisionError('cannot be fitted')


def test_what_cannot_be_measured_leaves_the_rest():
    def of_one_outcome(data, metadata, num_rows, seed):
        return {'hiring': data['hiring'].assign(hired='no')}

    table = {'hiring': hiring_table(600)}
    found = compare_synthesizers(table, hiring_metadata(), {'odd': of_one_outcome}, **QUESTION)
    row = found.table.set_index('Synthesizer').loc['odd']
    assert 'must hold' in row['Error']
    assert np.isnan(row['AUC'])
    assert row['Column Shapes'] > 0.9
    assert row['Coverage'] > 0.8


def test_numbers_and_dates_are_compared_by_quartile():
    options = {**QUESTION, 'sensitive_columns': ['skill', 'since']}
    table = {'hiring': hiring_table(3000)}
    found = compare_synthesizers(table, hiring_metadata(), {'shuffled': shuffled}, **options)
    rows = found.table.set_index('Synthesizer')
    assert rows.loc['Real rows', 'DPR'] < 0.5  # skill decides
    assert rows.loc['shuffled', 'Label DPR'] > rows.loc['Real rows', 'Label DPR'] + 0.2
    assert rows.loc['Blind decisions, by chance', 'DPR'] > 0.5
    groups = found.by_group
    assert len(groups['Group'].unique()) == 16
    real = groups[groups['Synthesizer'] == 'Real rows']
    assert real['count'].sum() == 900
    assert real['selection_rate'].max() > 0.7


def test_entries_that_differ_are_told_apart_across_processes():
    first = partial(shuffled, extra=1)
    draws = [{'one': ways(strength)} for strength in (0.5, 0.1)]
    constrained = small_synthesizer()
    constrained.add_constraints([Inequality('skill', 'bonus')])
    described = hiring_metadata().to_dict()
    described['tables']['hiring']['columns']['hobby']['sdtype'] = 'unknown'
    others = Metadata.load_from_dict(described)
    entries = [
        first,
        partial(shuffled, extra=2),
        shuffled,
        *(FittedOnce(synthesizer=small_synthesizer(), draws=way) for way in draws),
        small_synthesizer(),
        constrained,
        small_synthesizer(others),
        GaussianCopulaSynthesizer,
    ]
    told = [identity(entry) for entry in entries]
    assert len({*told}) == len(told)
    assert identity(partial(shuffled, extra=1)) == told[0]
    assert identity(small_synthesizer()) == told[5]
    again = FittedOnce(synthesizer=small_synthesizer(), draws={'one': ways(0.5)})
    assert identity(again) == told[3]


def ways(strength):
    return lambda made, rows: made.sample(rows, fairness_strength=strength)


def test_an_entry_is_the_same_before_and_after_it_was_used():
    entry = FittedOnce(synthesizer=suite.shared_tvae, draws={'TVAE': suite.drawn()})
    before = identity(entry)
    suite.SharedTVAE.known[0, 'rows'] = object()
    try:
        assert identity(entry) == before
    finally:
        del suite.SharedTVAE.known[0, 'rows']


def test_too_few_rows_for_the_bound_leave_the_others():
    table = hiring_table(400)
    table['hired'] = np.where(table.index % 100 == 0, 'yes', 'no')
    split = {'hiring': table[:200]}, {'hiring': table[200:]}
    found = compare_synthesizers(
        split[0],
        hiring_metadata(),
        {'shuffled': shuffled},
        **QUESTION,
        real_validation_data=split[1],
    )
    rows = found.table.set_index('Synthesizer')
    assert 'the bound needs at least 5' in rows.loc['Bound: repaired scores', 'Error']
    assert rows.loc['shuffled', 'Column Shapes'] > 0.9


@pytest.mark.skipif(sys.platform != 'linux', reason='only Linux tells')
def test_memory_is_what_an_entry_needs_whatever_came_before():
    def hungry(data, metadata, num_rows, seed):
        assert np.ones(30_000_000).sum()  # 240 MB
        return data

    table = {'hiring': hiring_table(600)}
    found = compare_synthesizers(table, hiring_metadata(), [hungry, hungry, hungry], **QUESTION)
    peaks = found.table['Peak MB'].dropna()
    assert len(peaks) == 3
    assert peaks.between(235, 280).all()


def test_bad_arguments_are_named_at_once():
    with pytest.raises(ValueError, match='5 problems with the arguments') as caught:
        compare_synthesizers(
            {'hiring': hiring_table(100)},
            hiring_metadata(),
            {'Real rows': shuffled, 'odd': 3},
            **{**QUESTION, 'target_column': 'hird', 'seeds': (), 'num_rows': 0},
        )
    for expected in ("'hird' is not in table", 'seeds is empty', 'another row', 'neither a', '=0'):
        assert expected in str(caught.value)


@pytest.mark.parametrize(
    ('change', 'expected'),
    [
        ({'target_column': ['hired']}, 'the name of one column'),
        ({'target_column': 'skill'}, 'evaluate_fairness judges models of numbers'),
        ({'target_column': 'sex'}, 'both sensitive and the outcome'),
        ({'favourable_outcome': 'YES'}, "not a value of 'hired'"),
        ({'real_validation_data': hiring_table(50)}, 'real_validation_data must be a dict'),
        ({'real_validation_data': {'x': hiring_table(50)}}, 'real_validation_data must be a dict'),
        ({'validation_share': 0}, 'validation_share=0'),
        ({'seeds': (-1,)}, 'whole numbers from 0'),
        ({'seeds': (0, 0)}, 'names one twice'),
        ({'sensitive_columns': []}, 'sensitive_columns is empty'),
    ],
)
def test_each_bad_argument_is_told(change, expected):
    table = {'hiring': hiring_table(200)}
    with pytest.raises(ValueError, match=expected):
        compare_synthesizers(
            table, hiring_metadata(), {'shuffled': shuffled}, **{**QUESTION, **change}
        )


def test_names_of_rows_may_not_collide():
    entries = {
        'a': FittedOnce(synthesizer=small_synthesizer(), draws={'same': 0}),
        'same': shuffled,
    }
    with pytest.raises(ValueError, match="'same' is the name of another row"):
        compare_synthesizers({'hiring': hiring_table(200)}, hiring_metadata(), entries, **QUESTION)
