"""Codecs of plug-ins in tables in partitions: they work, or it is said why not, and where."""

import pandas as pd
import pytest
from addresses import ADDRESSES, MISSING, TOWNS, addressed_metadata, addressed_table, shares
from conftest import hiring_table
from plugged import Initial, answering, named_table
from sdv.errors import InvalidDataError
from sdv.metadata import Metadata
from tiny import plugged_in, tiny_synthesizer

from sdv_fair4free.codecs import ColumnCodec
from sdv_fair4free.lazy.fit import LazyFit

pytest.importorskip('distributed')
import dask
import dask.dataframe as dd

pytestmark = pytest.mark.filterwarnings('ignore:Real values may come back')
ROWS = 600
INITIAL = ColumnCodec(sdtypes=('first_name',), make=lambda name, described: Initial())


@pytest.fixture(autouse=True)
def _in_this_thread():
    codecs = answering('column_codecs', {'addresses': ADDRESSES, 'initial': INITIAL})
    with dask.config.set(scheduler='synchronous'), plugged_in(codecs):
        yield


@pytest.fixture
def small_sample(monkeypatch):
    monkeypatch.setattr('sdv_fair4free.lazy.plan.SAMPLE_ROWS', 200)


@pytest.fixture(scope='module')
def table():
    return addressed_table(ROWS)


def fitted(data, metadata=None):
    synthesizer = tiny_synthesizer(metadata or addressed_metadata())
    synthesizer.fit(data)
    return synthesizer


def cut(table, partitions=3):
    return {'hiring': dd.from_pandas(table, npartitions=partitions, sort=False)}


def not_sampled(table, metadata, monkeypatch):
    """Numbers of rows that are not in the summary of three partitions."""
    kept = []
    keep = LazyFit._keys_in_summary
    with monkeypatch.context() as patch:
        patch.setattr(
            LazyFit, '_keys_in_summary', lambda self: kept.append(self.rows_kept) or keep(self)
        )
        fitted(cut(table), metadata)
    return sorted({*table['person_id']} - {*kept[0]['person_id']})


# -- they work -----------------------------------------------------------------------------------


def test_a_folder_of_parquet_is_fitted_as_in_memory(table, tmp_path):
    for number in range(3):
        part = table.iloc[200 * number : 200 * (number + 1)]
        part.to_parquet(tmp_path / f'part-{number}.parquet')
    in_memory = {'hiring': pd.read_parquet(tmp_path)}
    made = [fitted(data).sample(100)['hiring'] for data in (in_memory, tmp_path)]
    pd.testing.assert_frame_equal(*made)


@pytest.mark.usefixtures('small_sample')
def test_towns_are_learnt_from_all_rows_and_unknown_ones_are_elsewhere(table):
    far = '1 Far Road, Faraway, FA1 1AA'
    addresses = table['address'].where(table.index < ROWS - 12, far)
    synthesizer = fitted(cut(table.assign(address=addresses)))
    assert synthesizer._model.rows == ROWS
    counts = synthesizer._model.code_counts['address.town']
    assert counts.sum() == ROWS
    made = synthesizer.sample(2000)['hiring']['address']
    assert {*shares(made).index} <= {*TOWNS, 'Elsewhere'}
    assert shares(made)['Newtown'] == pytest.approx(shares(addresses)['Newtown'], abs=0.1)
    assert made.isna().mean() == pytest.approx(MISSING, abs=0.1)
    assert not made.dropna().isin(addresses).any()


@pytest.mark.usefixtures('small_sample')
def test_one_row_without_a_value_is_enough_to_know_that_there_may_be_none(table, monkeypatch):
    there = table['address'].fillna('1 Far Road, Newtown, NT1 1AA')
    whole = table.assign(address=there)
    away = not_sampled(whole, addressed_metadata(), monkeypatch)
    one = whole.assign(address=there.where(whole['person_id'] != away[0]))
    synthesizer = fitted(cut(one))
    sizes = {column.name: column.labels for column in synthesizer._model.encoding.x}
    missing = sizes['address.town'].isna()
    assert synthesizer._model.code_counts['address.town'][missing].tolist() == [1]


def test_a_sample_that_happens_to_hold_everything_is_not_taken_for_the_table(monkeypatch):
    """All categories, and no numbers whose ends are kept beside the sample."""
    table = hiring_table(ROWS)[['person_id', 'sex', 'hobby', 'hired']]
    described = addressed_metadata().to_dict()
    columns = described['tables']['hiring']['columns']
    described['tables']['hiring']['columns'] = {name: columns[name] for name in table}
    monkeypatch.setattr('sdv_fair4free.lazy.plan.SAMPLE_ROWS', 200)
    synthesizer = fitted(cut(table), Metadata.load_from_dict(described))
    assert synthesizer._model.rows == ROWS
    hobbies = synthesizer.get_transformers()['hobby'].values_to_categories
    counts = synthesizer._model.code_counts['hobby']
    real = table['hobby'].value_counts()
    assert {hobbies[code]: int(n) for code, n in enumerate(counts)} == real.to_dict()


# -- or it is said why not -----------------------------------------------------------------------


@pytest.mark.parametrize('size', [255, 256, 257])
def test_categories_that_the_summary_has_not_are_refused_with_the_column(size, monkeypatch):
    """256 are as many as a byte holds: there, -1 would be the last of them."""
    monkeypatch.setattr('sdv_fair4free.lazy.plan.SAMPLE_ROWS', 1500)
    table, metadata = named_table(hiring_table(1600))
    names = pd.Series(range(1600)).mod(size).add(0x4E00).map(chr)
    away = not_sampled(table.assign(name=names), metadata, monkeypatch)
    strange = table.assign(name=names.mask(table['person_id'] == away[0], 'Zoe'))
    with pytest.raises(InvalidDataError) as caught:
        fitted(cut(strange), metadata)
    (told,) = caught.value.errors
    assert "column 'name' has values that its transformer Initial turns into" in told
    assert 'or the plug-in whose codec it is' in told
    assert told.rstrip().endswith('of 3, counted from 0)')


@pytest.mark.parametrize('scheduler', ['synchronous', 'threads'])
@pytest.mark.parametrize('beside_the_sample', [True, False])
def test_unreadable_addresses_are_told_with_their_partitions(
    table, monkeypatch, beside_the_sample, scheduler
):
    monkeypatch.setattr('sdv_fair4free.lazy.plan.SAMPLE_ROWS', 300)
    away = not_sampled(table, addressed_metadata(), monkeypatch)
    wanted = [row for row in range(ROWS) if (row in away) == beside_the_sample]
    odd = [wanted[0], wanted[-1]]
    assert odd[0] < 200 <= 400 < odd[1]  # in the first partition and in the last
    addresses = table['address'].mask(table.index.isin(odd), '7 Hidden Walk')
    with (
        dask.config.set(scheduler=scheduler),
        pytest.raises(InvalidDataError, match='cannot be read') as caught,
    ):
        fitted(cut(table.assign(address=addresses)))
    first, last = caught.value.errors
    assert 'in partition 0 of 3' in first
    assert 'in partition 2 of 3' in last
    # By their key where SDV tells rows by it, else by their place in the partition.
    places = (
        [f'(person_id {row})' for row in odd]
        if beside_the_sample
        else [f'(row {odd[0]})', f'(row {odd[1] - 400})']
    )
    assert places[0] in first
    assert places[1] in last
    assert 'Hidden' not in str(caught.value)
