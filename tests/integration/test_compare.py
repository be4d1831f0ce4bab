import pandas as pd
import pytest
from conftest import hiring_metadata, hiring_table, small_synthesizer
from sdv.single_table import GaussianCopulaSynthesizer

from sdv_fair4free import compare_synthesizers
from sdv_fair4free.benchmark import FittedOnce, kept

QUESTION = {
    'sensitive_columns': ['sex'],
    'target_column': 'hired',
    'favourable_outcome': 'yes',
    'verbose': False,
}
CALLS = []


def shuffled(data, metadata, num_rows, seed):
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


def test_bad_arguments_are_named_at_once():
    with pytest.raises(ValueError, match='4 problems with the arguments') as caught:
        compare_synthesizers(
            {'hiring': hiring_table(100)},
            hiring_metadata(),
            {'Real rows': shuffled, 'odd': 3},
            **{**QUESTION, 'target_column': 'hird', 'seeds': ()},
        )
    for expected in ("'hird' is not in table", 'seeds is empty', 'another row', 'neither a'):
        assert expected in str(caught.value)
