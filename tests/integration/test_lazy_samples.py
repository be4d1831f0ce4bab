"""Tables larger than the sample: all rows are counted and learnt, not the sample alone."""

import numpy as np
import pandas as pd
import pytest
from conftest import small_synthesizer
from partitioned import cut
from people import metadata as people_metadata
from people import people
from sdmetrics.column_pairs import ContingencySimilarity
from sdmetrics.single_column import KSComplement, TVComplement
from sdv.metadata import Metadata

pytest.importorskip('distributed')
import dask

pytestmark = pytest.mark.usefixtures('in_this_thread')


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
