"""Tables in partitions: fitted as the same rows in memory would be, and never held as a whole."""

import threading
import warnings
import weakref

import numpy as np
import pandas as pd
import pytest
import torch
from conftest import SMALL_STUDENT, SMALL_TEACHER, hiring_metadata, hiring_table, small_synthesizer
from people import metadata as people_metadata
from people import people
from sdmetrics.column_pairs import ContingencySimilarity
from sdmetrics.single_column import KSComplement, TVComplement
from sdv.cag import FixedCombinations, Inequality
from sdv.errors import InvalidDataError, InvalidDataTypeError, SamplingError
from sdv.metadata import Metadata
from sdv.utils import load_synthesizer

from sdv_fair4free import Fair4FreeImageSynthesizer, Fair4FreeSynthesizer
from sdv_fair4free.core.training import Callback
from sdv_fair4free.lazy.codes import ROLES, Coder

pytest.importorskip('distributed')
import dask
import dask.dataframe as dd
from distributed import Client, LocalCluster

ROWS = 600
QUICK = {'epochs': 2}


@pytest.fixture(autouse=True)
def _in_this_thread():
    with dask.config.set(scheduler='synchronous'):
        yield


def cut(table, partitions):
    return dd.from_pandas(table, npartitions=partitions, sort=False)


def cut_at(*parts):
    """A Dask DataFrame whose partitions are these tables, whatever their types."""
    with dask.config.set({'dataframe.convert-string': False}):
        return dd.from_map(lambda i: parts[i], range(len(parts)), meta=parts[0].iloc[:0])


def told(synthesizer, name='hiring', rows=200):
    synthesizer.reset_sampling()
    return synthesizer.get_loss_values(), synthesizer.sample(rows)[name]


def assert_same(one, other):
    for left, right in zip(told(one), told(other), strict=True):
        pd.testing.assert_frame_equal(left, right)


@pytest.fixture(scope='module')
def in_memory():
    synthesizer = small_synthesizer(**QUICK)
    synthesizer.fit({'hiring': hiring_table(ROWS)})
    return synthesizer


@pytest.fixture
def small_sample(monkeypatch):
    """To this sample a table of a thousand rows is what one of a million is to ours."""
    monkeypatch.setattr('sdv_fair4free.lazy.plan.SAMPLE_ROWS', 200)


# -- the same as in memory -----------------------------------------------------------------------


@pytest.mark.parametrize('partitions', [1, 3, 7])
def test_a_table_that_the_sample_holds_is_fitted_as_in_memory_bit_for_bit(partitions, in_memory):
    synthesizer = small_synthesizer(**QUICK)
    synthesizer.fit({'hiring': cut(hiring_table(ROWS), partitions)})
    assert_same(synthesizer, in_memory)


def test_a_folder_and_a_file_of_parquet_are_tables_too(tmp_path, in_memory):
    whole, folder = hiring_table(ROWS), tmp_path / 'hiring'
    folder.mkdir()
    for number, part in enumerate(np.array_split(np.arange(ROWS), 3)):
        whole.iloc[part].to_parquet(folder / f'part-{number}.parquet')
    whole.to_parquet(tmp_path / 'hiring.parquet')
    for data in (folder, {'hiring': str(folder)}, {'hiring': tmp_path / 'hiring.parquet'}):
        synthesizer = small_synthesizer(**QUICK)
        synthesizer.fit(data)
        assert_same(synthesizer, in_memory)


def test_a_dask_table_needs_no_name_and_threads_change_nothing(in_memory):
    synthesizer = small_synthesizer(**QUICK)
    with dask.config.set(scheduler='threads', num_workers=2):
        synthesizer.fit(cut(hiring_table(ROWS), 5))
    assert_same(synthesizer, in_memory)


def test_what_is_saved_knows_nothing_of_dask(tmp_path, in_memory):
    synthesizer = small_synthesizer(**QUICK)
    synthesizer.fit(cut(hiring_table(ROWS), 2))
    synthesizer.save(tmp_path / 'model.pkl')
    assert synthesizer._lazy is None
    assert b'dask' not in (tmp_path / 'model.pkl').read_bytes()
    assert_same(load_synthesizer(tmp_path / 'model.pkl'), in_memory)


# -- larger than the sample ----------------------------------------------------------------------


@pytest.fixture(scope='module')
def large():
    """Six thousand people, of whom the last partition alone has seen a certain country."""
    table = people(6000, seed=3)
    table.loc[5990:, 'country'] = 'far away'
    return table


def fitted_to(data, **parameters):
    synthesizer = small_synthesizer(
        people_metadata(),
        **{'sensitive_columns': 'sex', 'target_column': 'approved', **parameters},
    )
    synthesizer.fit({'people': data})
    return synthesizer


@pytest.fixture(scope='module')
def both(large):
    """Fitted in memory, and in five partitions of which a sample is drawn; a table of each."""
    with pytest.MonkeyPatch.context() as patch, dask.config.set(scheduler='synchronous'):
        patch.setattr('sdv_fair4free.lazy.plan.SAMPLE_ROWS', 1500)
        whole, lazily = fitted_to(large), fitted_to(cut(large, 5))
    return [(s, s.sample(4000)['people']) for s in (whole, lazily)]


def test_all_rows_are_counted_and_learnt_not_the_sample_alone(both, large):
    _, (synthesizer, _) = both
    model = synthesizer._model
    assert model.rows == len(large)
    groups = synthesizer.get_info()['sensitive_groups']
    assert {key[0]: told['rows'] for key, told in groups.items()} == (
        large['sex'].value_counts().to_dict()
    )
    transformer = synthesizer.get_transformers()['country']
    known = transformer.values_to_categories
    counts = {known[code]: int(n) for code, n in enumerate(model.code_counts['country'])}
    real = large['country'].value_counts().to_dict()
    assert {name: counts[name] for name in real} == real
    assert counts[next(name for name in counts if pd.isna(name))] == large['country'].isna().sum()
    assert sum(model.code_counts['wage']) == len(large)


def test_its_samples_are_as_like_the_table_as_those_of_a_fit_in_memory(both, large):
    for name in ('age', 'skill', 'hours', 'wage'):
        close = [KSComplement.compute(large[name], made[name]) for _, made in both]
        assert min(close) > 0.93
        assert abs(close[0] - close[1]) < 0.03
    for name in ('sex', 'country', 'grade', 'team'):
        close = [TVComplement.compute(large[name], made[name]) for _, made in both]
        assert min(close) > 0.93
        assert abs(close[0] - close[1]) < 0.03
    gaps = [
        (made['approved'] == 'yes').groupby(made['sex']).mean().diff().abs().iloc[-1]
        for _, made in both
    ]
    assert max(gaps) < 0.05
    pairs = [
        ContingencySimilarity.compute(large[['country', 'approved']], made[['country', 'approved']])
        for _, made in both
    ]
    assert abs(pairs[0] - pairs[1]) < 0.05


def test_ends_are_those_of_the_table_and_quantiles_those_of_the_sample(both, large):
    (whole, _), (lazily, _) = both
    for name in ('wage', 'skill', 'age'):
        quantiles = lazily.get_transformers()[name].quantiles
        assert quantiles.bounds.min() == large[name].min()
        assert quantiles.bounds.max() == large[name].max()
        assert quantiles.has_missing == large[name].isna().any()
    # Within what a sample of 1,500 rows leaves open with a probability of one in a thousand.
    for name in ('wage', 'skill'):
        middle, real = (
            (large[name] <= q.decode(np.array([0.5 * len(q.bounds)]))[0]).mean()
            for q in (s.get_transformers()[name].quantiles for s in (lazily, whole))
        )
        assert abs(middle - real) < 0.05


def test_rare_categories_do_not_bend_the_quantiles(monkeypatch):
    """A thousand shops of one row each have high prices; nearly all rows are of one shop."""
    monkeypatch.setattr('sdv_fair4free.lazy.plan.SAMPLE_ROWS', 800)
    rows = 20_000
    rng = np.random.default_rng(0)
    rare = np.arange(rows) % 20 == 0
    table = pd.DataFrame(
        {
            'shop': np.where(rare, np.arange(rows), -1).astype(str),
            'price': rng.normal(size=rows) + np.where(rare, 100, 0),
        }
    )
    described = {'shop': {'sdtype': 'categorical'}, 'price': {'sdtype': 'numerical'}}
    metadata = Metadata.load_from_dict({'tables': {'shops': {'columns': described}}})
    with pytest.warns(UserWarning, match='No fairness'):
        synthesizer = small_synthesizer(
            metadata, sensitive_columns=None, target_column=None, epochs=1
        )
    synthesizer.fit({'shops': cut(table, 3)})
    assert len(synthesizer.get_transformers()['shop'].values_to_categories) == 1001
    rows_of_pieces = synthesizer.get_transformers()['price'].quantiles.piece_rows
    assert rows_of_pieces.sum() <= 800 + 2
    made = synthesizer.sample(4000)['shops']
    assert (made['price'] > 50).mean() == pytest.approx(0.05, abs=0.03)


def test_very_many_categories_are_grouped_by_their_counts_in_the_whole_table(small_sample):
    rng = np.random.default_rng(0)
    names = np.concatenate([np.arange(2500), rng.integers(0, 5, 6000)])
    table = pd.DataFrame({'code': names, 'n': rng.normal(size=len(names))})
    described = {'code': {'sdtype': 'categorical'}, 'n': {'sdtype': 'numerical'}}
    metadata = Metadata.load_from_dict({'tables': {'codes': {'columns': described}}})
    splits = []
    for data in (table, cut(table, 4)):
        with pytest.warns(UserWarning, match='No fairness'):
            synthesizer = small_synthesizer(
                metadata, sensitive_columns=None, target_column=None, epochs=1
            )
        synthesizer.fit({'codes': data})
        encoder = synthesizer.get_transformers()['code']
        label = pd.Series(encoder.categories_to_values).sort_index().to_numpy()
        splits.append((encoder.split.group[label], encoder.split.member[label] == 0))
    assert (splits[0][0] == splits[1][0]).all()


# -- every kind of column ------------------------------------------------------------------------


def keyed_table(rows=ROWS):
    """Keys, personal data, dates, missing values, and columns that constraints tie together."""
    rng = np.random.default_rng(1)
    table = hiring_table(rows).assign(
        code=[f'A-{i:05d}' for i in range(rows)],
        email=[f'person{i}@example.com' for i in range(rows)],
        city=rng.choice(['Rome', 'Oslo', 'Lima'], rows),
    )
    table['country'] = table['city'].map({'Rome': 'Italy', 'Oslo': 'Norway', 'Lima': 'Peru'})
    table.loc[rows - 3 :, ['city', 'country']] = ['Cusco', 'Peru']  # in the last partition only
    table['start'] = table['since'].dt.strftime('%Y-%m-%d')
    end = table['since'] + pd.to_timedelta(rng.integers(1, 300, rows), 'D')
    table['end'] = end.dt.strftime('%Y-%m-%d').where(rng.random(rows) > 0.01)
    table.loc[rows - 2, 'start'] = None
    return table


def keyed_metadata():
    described = hiring_metadata().to_dict()
    date = {'sdtype': 'datetime', 'datetime_format': '%Y-%m-%d'}
    described['tables']['hiring']['columns'] |= {
        'code': {'sdtype': 'id', 'regex_format': 'A-[0-9]{5}'},
        'email': {'sdtype': 'email', 'pii': True},
        'city': {'sdtype': 'categorical'},
        'country': {'sdtype': 'categorical'},
        'start': date,
        'end': date,
    }
    described['tables']['hiring']['alternate_keys'] = ['code']
    return Metadata.load_from_dict(described)


def test_keys_personal_data_dates_and_constraints_are_learnt_from_partitions(monkeypatch):
    monkeypatch.setattr('sdv_fair4free.lazy.plan.SAMPLE_ROWS', 150)
    table = keyed_table()
    synthesizer = small_synthesizer(keyed_metadata(), epochs=5)
    synthesizer.add_constraints(
        [
            FixedCombinations(['city', 'country']),
            Inequality(low_column_name='start', high_column_name='end'),
        ]
    )
    synthesizer.fit({'hiring': cut(table, 4)})
    made = synthesizer.sample(400)['hiring']
    assert made['person_id'].is_unique
    assert made['code'].is_unique
    assert made['code'].str.fullmatch(r'A-\d{5}').all()
    assert not made['email'].isin(table['email']).any()
    pairs = set(map(tuple, made[['city', 'country']].to_numpy()))
    assert pairs <= set(map(tuple, table[['city', 'country']].to_numpy()))
    start, end = (pd.to_datetime(made[name], format='%Y-%m-%d') for name in ('start', 'end'))
    both = start.notna() & end.notna()
    assert (start <= end)[both].all()
    assert synthesizer._model.rows == ROWS
    known = synthesizer.get_transformers()['city#country'].values_to_categories
    assert len(known) == 4
    for name, dtype in table.dtypes.items():
        assert made[name].dtype == dtype, name


def test_partitions_become_the_codes_that_the_whole_table_becomes():
    table = keyed_table().drop(columns=['code', 'end'])
    described = keyed_metadata().to_dict()
    for name in ('code', 'end'):
        described['tables']['hiring']['columns'].pop(name)
    described['tables']['hiring'].pop('alternate_keys')
    synthesizer = small_synthesizer(Metadata.load_from_dict(described), epochs=1)
    synthesizer.fit({'hiring': table})
    encoding, processor = synthesizer._model.encoding, synthesizer._data_processor
    coder = Coder(
        constraints=(),
        company=table[:0],
        processor=processor,
        encoding=encoding,
        keys=['person_id'],
    )
    whole = encoding.rows(processor.transform(table))
    coded = [coder.coded(table.iloc[start : start + 100]) for start in range(0, ROWS, 100)]
    assert not any(part.problems for part in coded)
    for role in ROLES:
        joined = np.concatenate([part.arrays[role] for part in coded])
        assert (joined == getattr(whole, role).numpy()).all()
    assert len(np.unique(np.concatenate([part.keys['person_id'] for part in coded]))) == ROWS


def test_sensitive_numbers_and_rare_groups_are_learnt_from_partitions(large, monkeypatch):
    monkeypatch.setattr('sdv_fair4free.lazy.plan.SAMPLE_ROWS', 500)
    with pytest.warns(UserWarning, match='too few rows'):
        synthesizer = fitted_to(
            cut(large.iloc[:3000].assign(sex=large['sex'].where(large.index != 2999, 'x')), 3),
            sensitive_columns=['sex', 'age', 'since'],
            epochs=1,
        )
    info = synthesizer.get_info()
    assert info['sensitive_groups'][('x',)]['rows'] == 1
    assert info['sensitive_missing_rows'] == {
        name: int(large[name].iloc[:3000].isna().sum()) for name in ('age', 'since')
    }


def test_missing_values_and_categories_of_the_last_partition_change_types_as_in_memory():
    first, last = hiring_table(300), hiring_table(300, seed=1)
    last = last.assign(person_id=last['person_id'] + 1000, grade=None)
    last['remote'] = last['remote'].astype(object).mask(last.index < 5)
    first['hobby'] = first['hobby'].astype('category')
    last['hobby'] = last['hobby'].replace('knitting', 'chess').astype('category')
    synthesizer = small_synthesizer(**QUICK)
    synthesizer.fit({'hiring': cut_at(first, last)})
    made = synthesizer.sample(300)['hiring']
    assert isinstance(made['hobby'].dtype, pd.CategoricalDtype)
    assert {*made['hobby'].cat.categories} == {'knitting', 'football', 'chess'}
    assert made['grade'].isna().any()
    assert made['remote'].isna().any()


def test_whole_numbers_as_column_names_come_back():
    table = pd.DataFrame({0: np.arange(200) % 7, 1: np.arange(200) % 3})
    columns = {'0': {'sdtype': 'numerical'}, '1': {'sdtype': 'categorical'}}
    metadata = Metadata.load_from_dict({'tables': {'t': {'columns': columns}}})
    with pytest.warns(UserWarning, match='No fairness'):
        synthesizer = small_synthesizer(
            metadata, sensitive_columns=None, target_column=None, epochs=1
        )
    synthesizer.fit({'t': cut(table, 2)})
    assert list(synthesizer.sample(3)['t']) == [0, 1]


# -- problems ------------------------------------------------------------------------------------


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
    with pytest.raises(ImportError, match=r"pip install 'sdv-fair4free\[distributed\]'"):
        small_synthesizer().fit({'hiring': str(tmp_path / 'hiring.parquet')})


def test_pictures_are_not_read_in_partitions():
    synthesizer = Fair4FreeImageSynthesizer(
        hiring_metadata(), sensitive_columns='sex', target_column='hired'
    )
    with pytest.raises(InvalidDataTypeError, match='takes pandas DataFrames'):
        synthesizer.fit({'hiring': cut(hiring_table(20), 2)})


def test_a_partition_of_missing_values_alone_is_coded_like_any_other(small_sample):
    parts = [
        hiring_table(300, seed).assign(person_id=np.arange(300) + 300 * seed) for seed in range(4)
    ]
    nothing = {'grade': None, 'remote': None, 'hobby': None, 'bonus': np.nan, 'since': pd.NaT}
    parts[2] = parts[2].assign(**nothing)
    synthesizer = small_synthesizer(epochs=1)
    synthesizer.fit({'hiring': cut_at(*parts)})
    for name in ('grade', 'remote', 'hobby'):
        encoder = synthesizer.get_transformers()[name]
        (missing,) = (
            code for code, value in encoder.values_to_categories.items() if pd.isna(value)
        )
        assert synthesizer._model.code_counts[name][missing] == 300
    for name in ('bonus', 'since'):
        known = sum(int(part[name].isna().sum()) for part in parts)
        assert synthesizer._model.code_counts[name][-1] == known


def test_a_fit_that_was_interrupted_goes_on_in_partitions(tmp_path, small_sample):
    class InterruptedFitError(Exception):
        pass

    class Stopping(Fair4FreeSynthesizer):
        stop = True

        def _callbacks(self):
            return [Stopper()] if self.stop else []

    class Stopper(Callback):
        def on_epoch_end(self, stage, epoch, losses):
            if stage == 'decoder' and epoch == 1:
                raise InterruptedFitError

    def fit(stop, **parameters):
        synthesizer = Stopping(
            hiring_metadata(),
            sensitive_columns='sex',
            target_column='hired',
            teacher=SMALL_TEACHER,
            student=SMALL_STUDENT,
            epochs=3,
            **parameters,
        )
        synthesizer.stop = stop
        synthesizer.fit({'hiring': cut(hiring_table(ROWS), 3)})
        return synthesizer

    with pytest.raises(InterruptedFitError):
        fit(True, checkpoint_dir=tmp_path)
    assert [*tmp_path.glob('*.pt')]
    assert not [*tmp_path.glob('fair4free-codes-*')]
    assert_same(fit(False, checkpoint_dir=tmp_path), fit(False))
    assert not [*tmp_path.iterdir()]


def test_a_cluster_of_two_processes_fits_the_same_model(small_sample):
    table = cut(hiring_table(ROWS), 4)
    here = small_synthesizer(**QUICK)
    here.fit({'hiring': table})
    there = small_synthesizer(**QUICK)
    with (
        dask.config.set(scheduler=None),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter('ignore')  # of a cluster that starts and ends on a busy machine
        with (
            LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,
            Client(cluster),
        ):
            there.fit({'hiring': table})
    assert_same(here, there)


# -- memory and files ----------------------------------------------------------------------------


ALIVE, MOST, LOCK = weakref.WeakSet(), [], threading.Lock()


def watched_part(number):
    values = hiring_table(50, number).assign(person_id=np.arange(50) + 50 * number)
    part = WatchedTable(values)
    with LOCK:
        ALIVE.add(part)
        MOST.append(len(ALIVE))
    return part


class WatchedTable(pd.DataFrame):
    """Tables are unhashable; these are told apart by who they are."""

    __hash__ = object.__hash__


def test_only_a_few_partitions_are_alive_at_a_time(small_sample):
    table = dd.from_map(watched_part, range(24), meta=hiring_table(1).iloc[:0])
    MOST.clear()
    with dask.config.set(scheduler='threads', num_workers=2):
        small_synthesizer(epochs=1).fit({'hiring': table})
    assert len(MOST) >= 48  # read twice
    assert max(MOST) <= 4


def test_codes_lie_in_small_files_that_are_gone_afterwards(tmp_path, small_sample):
    seen = []

    class Watching(type(small_synthesizer())):
        def _callbacks(self):
            (folder,) = tmp_path.glob('fair4free-codes-*')
            seen.extend((path.name, path.stat().st_size) for path in sorted(folder.iterdir()))
            raise KeyboardInterrupt

    synthesizer = Watching(
        hiring_metadata(), sensitive_columns=['sex'], target_column='hired', checkpoint_dir=tmp_path
    )
    with pytest.raises(KeyboardInterrupt):
        synthesizer.fit({'hiring': cut(hiring_table(ROWS), 3)})
    assert dict(seen) == {
        'key0.codes': 8 * ROWS,
        'x.codes': 6 * ROWS,
        's.codes': ROWS,
        's_positions.codes': 4 * ROWS,
        'y.codes': ROWS,
    }
    assert not [*tmp_path.glob('fair4free-codes-*')]
    assert synthesizer._lazy is None


def test_the_rows_of_a_fit_in_files_are_never_copied_as_a_whole(small_sample, monkeypatch):
    """The tensors that are trained on are the files themselves."""
    from sdv_fair4free import model

    given = {}
    fit_teacher = model.fit_teacher
    monkeypatch.setattr(
        model,
        'fit_teacher',
        lambda rows, *a, **k: given.update(rows=rows) or fit_teacher(rows, *a, **k),
    )
    small_synthesizer(epochs=1).fit({'hiring': cut(hiring_table(ROWS), 3)})
    rows = given['rows']
    assert rows.x.dtype == rows.s.dtype == torch.uint8
    assert not rows.x.numpy().flags.owndata
    assert rows.x.untyped_storage().nbytes() == 6 * ROWS
