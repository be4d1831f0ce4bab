"""What is wrong with tables in partitions is told at once, with the partitions that it is in."""

import re

import numpy as np
import pytest
from conftest import hiring_metadata, hiring_table, small_synthesizer
from partitioned import cut, cut_at, keyed_metadata, keyed_table
from sdv.cag import Inequality
from sdv.errors import InvalidDataError, InvalidDataTypeError, SamplingError

from sdv_fair4free import Fair4FreeImageSynthesizer
from sdv_fair4free.lazy.table import lazy_table

pytest.importorskip('distributed')
import dask.dataframe as dd

pytestmark = pytest.mark.usefixtures('in_this_thread')


def test_every_problem_of_every_partition_is_told_with_where_it_is():
    parts = [
        hiring_table(100, seed).assign(person_id=np.arange(100) + 100 * seed) for seed in range(6)
    ]
    parts[2].loc[3, 'skill'] = np.inf
    parts[5].loc[3, 'skill'] = np.inf
    parts[4] = parts[4].assign(grade='unheard of')
    parts[1].loc[1, 'person_id'] = parts[1].loc[0, 'person_id']
    synthesizer = small_synthesizer()
    with pytest.raises(InvalidDataError) as caught:
        synthesizer.fit({'hiring': cut_at(*parts)})
    message = str(caught.value)
    assert "'skill' holds 1 infinite value" in message
    assert '(in partitions 2, 5 of 6, counted from 0)' in message
    assert '(in partition 1 of 6, counted from 0)' in message
    assert not synthesizer.get_info()['is_fit']
    with pytest.raises(SamplingError, match='not been fitted'):
        synthesizer.sample(1)


@pytest.mark.parametrize('kind', [object, 'category'])
def test_columns_of_too_many_categories_are_told_with_all_other_problems(monkeypatch, kind):
    monkeypatch.setattr('sdv_fair4free.lazy.summary.MOST_CATEGORIES', 100)
    parts = [
        part.reset_index(drop=True) for _, part in keyed_table().groupby(lambda row: row // 100)
    ]
    assert len(parts) == 6
    for number, part in enumerate(parts):
        part['city'] = [
            f'city {number}, {row % 40}' for row in range(100)
        ]  # too many from the third
    parts[0]['hobby'] = [f'hobby {row}' for row in range(100)]
    parts[1]['hobby'] = 'one more'
    parts[4].loc[3, 'skill'] = np.inf
    parts[5].loc[7, 'person_id'] = parts[3].loc[0, 'person_id']
    parts = [part.astype({'city': kind, 'hobby': kind}) for part in parts]
    with pytest.raises(InvalidDataError) as caught:
        small_synthesizer(keyed_metadata()).fit({'hiring': cut_at(*parts)})
    infinite, hobby, city, key = caught.value.errors
    assert "'skill' holds 1 infinite value" in infinite
    assert '(in partition 4 of 6, counted from 0)' in infinite
    assert "column 'hobby' has more than 100 different values" in hobby
    assert "column 'city' has more than 100 different values" in city
    assert "'person_id' has values in more than one row" in key
    assert '(in partitions 3, 5 of 6, counted from 0)' in key


def test_bad_dates_and_broken_constraints_are_told_with_their_partition():
    parts = [keyed_table(120)[lambda t, i=i: t['person_id'] % 3 == i] for i in range(3)]
    parts[1].loc[parts[1].index[-1], 'start'] = 'yesterday'
    parts[2].loc[parts[2].index[5], 'start'] = '2099-01-01'
    synthesizer = small_synthesizer(keyed_metadata())
    synthesizer.add_constraints([Inequality(low_column_name='start', high_column_name='end')])
    with pytest.raises(InvalidDataError) as caught:
        synthesizer.fit({'hiring': cut_at(*parts)})
    told = {problem.split('(in ')[-1]: problem for problem in caught.value.errors}
    assert any('yesterday' in problem for problem in told.values())
    assert 'Inequality is not met' in told['partition 2 of 3, counted from 0)']


def test_keys_that_two_partitions_share_are_told_with_both():
    parts = [
        hiring_table(100, seed).assign(person_id=np.arange(100) + 90 * seed) for seed in range(3)
    ]
    with pytest.raises(
        InvalidDataError, match=r"'person_id' has values in more .* such as 9\d"
    ) as told:
        small_synthesizer().fit({'hiring': cut_at(*parts)})
    assert '(in partitions 0, 1 of 3, counted from 0)' in str(told.value)


def test_problems_of_the_whole_table_are_told_as_in_memory():
    for spoilt, words in (
        ({'sex': 'man'}, 'one value only'),
        ({'hired': 'yes'}, 'one value only'),
        ({'sex': np.where(np.arange(300) < 3, 'x', 'man')}, r"'x' \(n = 3\)"),
    ):
        with pytest.raises(InvalidDataError, match=words):
            small_synthesizer().fit({'hiring': cut(hiring_table(300).assign(**spoilt), 3)})
    with pytest.raises(InvalidDataError, match='the table is empty'):
        small_synthesizer().fit({'hiring': cut_at(hiring_table(5)[:0], hiring_table(5)[:0])})
    with pytest.raises(InvalidDataError, match="named 'other', but the metadata describe 'hiring'"):
        small_synthesizer().fit({'other': cut(hiring_table(30), 2)})
    with pytest.raises(InvalidDataError, match='no file or folder'):
        small_synthesizer().fit('nowhere')


def test_files_of_a_folder_are_looked_at_before_they_are_read(tmp_path):
    with pytest.raises(InvalidDataError, match='no Parquet file in the folder'):
        small_synthesizer().fit({'hiring': str(tmp_path)})
    hiring_table(20).to_parquet(tmp_path / 'a.parquet')
    hiring_table(20).drop(columns='skill').assign(odd=1).to_parquet(tmp_path / 'b.parquet')
    (tmp_path / '0.parquet').write_text('no Parquet')
    with pytest.raises(InvalidDataError) as told:
        small_synthesizer().fit({'hiring': str(tmp_path)})
    broken, other = told.value.errors
    assert "0.parquet' is no Parquet file" in broken
    assert re.search(
        r"b.parquet' has other columns than '.*a.parquet': it lacks \['skill'\], and has \['odd'\]",
        other,
    )


def test_hidden_files_of_a_folder_are_not_of_the_table(tmp_path):
    hiring_table(20).to_parquet(tmp_path / 'a.parquet')
    (tmp_path / '._a.parquet').write_text('of the system')
    (tmp_path / 'notes.txt').write_text('of a person')
    assert len(lazy_table(tmp_path, 'hiring').parts) == 1


def test_names_of_files_are_no_patterns(tmp_path):
    folder = tmp_path / '[raw]'
    folder.mkdir()
    hiring_table(20).to_parquet(folder / 'part [1].parquet')
    hiring_table(30).to_parquet(folder / 'part 1.parquet')
    table = lazy_table(folder, 'hiring')
    assert sorted(len(part.compute()) for part in table.parts) == [20, 30]


def test_folders_named_like_files_are_none(tmp_path):
    (tmp_path / '2023.parquet').mkdir()
    hiring_table(20).to_parquet(tmp_path / '2023.parquet' / 'part-0.parquet')
    assert len(lazy_table(tmp_path, 'hiring').parts) == 1


@pytest.mark.parametrize('names', [('a.parquet', 'b.parquet'), ('b.parquet', 'a.parquet')])
def test_files_with_an_index_have_the_columns_of_those_without(tmp_path, names):
    whole = hiring_table(40)
    whole[:20].to_parquet(tmp_path / names[0])
    whole[::2].to_parquet(tmp_path / names[1])  # rows picked out keep their numbers
    table = lazy_table(tmp_path, 'hiring')
    assert [*table.empty] == [*whole]
    assert [len(part.compute()) for part in table.parts] == [20, 20]


def test_folders_named_after_values_are_read_as_dask_does(tmp_path):
    hiring_table(40).to_parquet(tmp_path, partition_cols=['sex'])
    assert 'sex' in lazy_table(tmp_path, 'hiring').empty


def test_a_table_that_changes_between_two_readings_is_refused(small_sample):
    counted = iter([1000, 999])
    table = dd.from_map(
        lambda i: hiring_table(next(counted)), range(1), meta=hiring_table(1).iloc[:0]
    )
    with pytest.raises(InvalidDataError, match='1,000 rows when it was read first, and 999 now'):
        small_synthesizer().fit({'hiring': table})


def test_what_works_on_whole_tables_says_so():
    synthesizer, data = small_synthesizer(), {'hiring': cut(hiring_table(50), 2)}
    for call in (
        synthesizer.preprocess,
        synthesizer.validate,
        synthesizer.auto_assign_transformers,
    ):
        with pytest.raises(InvalidDataTypeError, match='takes pandas DataFrames'):
            call(data)


def test_without_dask_the_error_says_what_to_install(tmp_path, monkeypatch):
    hiring_table(10).to_parquet(tmp_path / 'hiring.parquet')
    monkeypatch.setitem(__import__('sys').modules, 'dask.dataframe', None)
    with pytest.raises(ImportError, match=r"python -m pip install '\.\[distributed\]' in a clone"):
        small_synthesizer().fit({'hiring': str(tmp_path / 'hiring.parquet')})


def test_pictures_are_not_read_in_partitions():
    synthesizer = Fair4FreeImageSynthesizer(
        hiring_metadata(), sensitive_columns='sex', target_column='hired'
    )
    with pytest.raises(InvalidDataTypeError, match='takes pandas DataFrames'):
        synthesizer.fit({'hiring': cut(hiring_table(20), 2)})
