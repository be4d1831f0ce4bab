"""Every kind of column is learnt from partitions, whichever of them its values are in."""

import numpy as np
import pandas as pd
import pytest
from conftest import hiring_table, small_synthesizer
from partitioned import QUICK, ROWS, cut, cut_at, keyed_metadata, keyed_table
from sdv.cag import FixedCombinations, Inequality
from sdv.metadata import Metadata

from sdv_fair4free.lazy.codes import ROLES, Coder

pytestmark = pytest.mark.usefixtures('in_this_thread')


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
