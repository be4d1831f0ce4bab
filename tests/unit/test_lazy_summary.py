"""A table in parts is summarised: what is kept does not depend on how it is put together."""

import functools
import itertools

import numpy as np
import pandas as pd
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

from sdv_fair4free.lazy.plan import Plan, in_order
from sdv_fair4free.lazy.summary import Summary, merged

CATEGORY, NUMBER, DATE = {'sdtype': 'categorical'}, {'sdtype': 'numerical'}, {'sdtype': 'datetime'}


def plan(sample_rows=20, seed=0):
    return Plan(
        sample_rows=sample_rows,
        seed=seed,
        categories=('colour', 'group'),
        ordered={'size': NUMBER, 'day': {**DATE, 'datetime_format': '%d.%m.%Y'}},
        crossings=((('colour',), 1), (('group',), 1), (('group', 'colour'), 3)),
        patterns=(('size', 'day'),),
    )


def part_of(rows, seed):
    rng = np.random.default_rng(seed)
    day = pd.Timestamp('2020-01-31') + pd.to_timedelta(rng.integers(0, 900, rows), 'D')
    table = pd.DataFrame(
        {
            'colour': rng.choice(['red', 'green', 'blue', None], rows, p=[0.6, 0.38, 0.01, 0.01]),
            'group': pd.Categorical(rng.choice(list('ab'), rows), categories=list('abc')),
            'size': rng.normal(size=rows).round(1),
            'day': pd.Series(day).dt.strftime('%d.%m.%Y').astype(object),
        }
    )
    return table.mask(rng.random((rows, 4)) < 0.02)


def parts(count=5, rows=60):
    return [part_of(rows, seed) for seed in range(count)]


def told(summary):
    """All that a summary says, in a form that can be compared."""
    counts = {name: {str(v): int(n) for v, n in c.items()} for name, c in summary.counts.items()}
    return (
        summary.table().to_csv(),
        summary.sampled().tolist(),
        dict(sorted(summary.part_rows.items())),
        counts,
        dict(summary.missing),
        summary.bound(),
    )


def grouped(summaries, sizes):
    """Merged group by group."""
    rest, groups = list(summaries), []
    for size in sizes:
        if rest[:size]:
            groups.append(merged(rest[:size]))
        rest = rest[size:]
    return merged([*groups, *rest])


@settings(deadline=None, max_examples=25)
@given(
    order=st.permutations(range(5)),
    sizes=st.lists(st.integers(1, 3), max_size=3),
    sample_rows=st.sampled_from([3, 20, 1000]),
)
def test_a_summary_does_not_depend_on_the_order_and_grouping_of_its_parts(
    order, sizes, sample_rows
):
    asked = plan(sample_rows)
    summaries = [Summary.of(part, i, asked) for i, part in enumerate(parts())]
    one_by_one = functools.reduce(Summary.merge, summaries)
    assert told(grouped([summaries[i] for i in order], sizes)) == told(one_by_one)


def test_rows_that_a_bound_leaves_out_would_not_have_been_kept():
    asked = plan()
    first, *others = parts()
    summary = Summary.of(first, 0, asked)
    for number, part in enumerate(others, 1):
        summary = summary.merge(Summary.of(part, number, asked, summary.bound()))
    assert told(summary) == told(merged(Summary.of(p, i, asked) for i, p in enumerate(parts())))


def test_counts_are_exact_and_no_category_end_or_missing_value_is_lost():
    whole = pd.concat(parts(), ignore_index=True)
    summary = merged(Summary.of(part, i, plan(5)) for i, part in enumerate(parts()))
    table = summary.table()
    assert len(summary) == len(whole)
    assert len(table) < len(whole) / 3
    for name in ('colour', 'group'):
        real = whole[name].astype(object).value_counts()
        assert summary.rows_of(name, [*real.index, np.nan, 'none such']).tolist() == [
            *real,
            whole[name].isna().sum(),
            0,
        ]
        assert {*table[name].dropna()} == {*whole[name].dropna()}
    assert summary.missing == whole.isna().sum().to_dict()
    assert (table['size'].min(), table['size'].max()) == (whole['size'].min(), whole['size'].max())
    days = [pd.to_datetime(t['day'], format='%d.%m.%Y') for t in (table, whole)]
    assert days[0].min() == days[1].min()
    assert days[0].max() == days[1].max()
    assert table.isna().any().all()
    crossed = whole.groupby(['group', 'colour'], dropna=False, observed=True).size()
    kept = table.groupby(['group', 'colour'], dropna=False, observed=True).size()
    assert (kept >= crossed.clip(upper=3)).all()
    seen, real = (set(map(tuple, t[['size', 'day']].isna().to_numpy())) for t in (table, whole))
    assert seen == real
    assert table['group'].cat.categories.tolist() == ['a', 'b', 'c']


def test_a_summary_of_no_more_rows_than_the_sample_is_the_table():
    summary = merged(Summary.of(part, i, plan(10_000)) for i, part in enumerate(parts()))
    whole = pd.concat([p.assign(group=p['group']) for p in parts()], ignore_index=True)
    pd.testing.assert_frame_equal(summary.table(), whole)
    assert summary.sampled().all()


def test_every_row_is_as_likely_to_be_drawn_as_any_other():
    sizes = [40, 10, 200, 150]
    drawn = np.zeros(sum(sizes))
    for seed in range(400):
        bare = Plan(sample_rows=40, seed=seed, categories=(), ordered={}, crossings=(), patterns=())
        starts = np.cumsum([0, *sizes])
        tables = [pd.DataFrame({'n': np.arange(*ends)}) for ends in itertools.pairwise(starts)]
        kept = merged(Summary.of(table, i, bare) for i, table in enumerate(tables)).table()
        assert len(kept) == 40
        drawn[kept['n']] += 1
    by_part = np.add.reduceat(drawn, np.cumsum([0, *sizes[:-1]]))
    expected = np.array(sizes) / sum(sizes) * drawn.sum()
    assert scipy.stats.chisquare(by_part, expected).pvalue > 0.01
    assert scipy.stats.chisquare(drawn).pvalue > 0.01


def test_the_same_seed_draws_the_same_rows_and_another_draws_others():
    (first,) = parts(1, rows=500)
    once, again, other = (Summary.of(first, 0, plan(20, seed)) for seed in (1, 1, 2))
    assert told(once) == told(again)
    assert told(once) != told(other)


def test_a_column_of_more_values_than_can_be_counted_is_named(monkeypatch):
    monkeypatch.setattr('sdv_fair4free.lazy.summary.MOST_CATEGORIES', 2)
    (problem,) = Summary.of(parts(1)[0], 0, plan()).problems()
    assert "'colour' has more than 2 different values" in problem


def test_columns_of_more_combinations_than_can_be_kept_are_named(monkeypatch):
    monkeypatch.setattr('sdv_fair4free.lazy.summary.MOST_CATEGORIES', 5)
    summary = merged(Summary.of(table, i, plan()) for i, table in enumerate(parts()))
    assert summary.overfull() == [('group', 'colour')]
    (problem,) = summary.problems()
    assert "columns 'group', 'colour' have more than 5 different combinations" in problem
    assert summary.without(['group', 'colour']).problems() == []


def test_what_is_left_of_a_summary_is_that_of_the_other_columns():
    tables = parts()
    whole = merged(Summary.of(table, i, plan()) for i, table in enumerate(tables))
    left = whole.without(['colour'])
    assert left.plan.crossings == ((('group',), 1),)
    assert told(left) == told(
        merged(Summary.of(table, i, left.plan) for i, table in enumerate(tables))
    )
    # Parts to come are added to it, whatever values they have there.
    later = Summary.of(part_of(60, 9).assign(colour='mauve'), 9, left.plan)
    assert told(left.merge(later)) == told(later.merge(left))
    assert 'colour' not in left.merge(later).table()
    assert left.problems() == []


@pytest.mark.parametrize(
    ('values', 'entry'),
    [
        ([3, 1, None, 2], NUMBER),
        (pd.array([2**63 - 1, 2**63 - 2, None, 5], dtype='Int64'), NUMBER),
        (pd.to_datetime(['2024-02-01', '2020-01-01', None, '2021-01-01']), DATE),
        (
            pd.to_datetime(['2024-02-01', '2020-01-01', None, '2021-01-01']).tz_localize('CET'),
            DATE,
        ),
        (['01.02.2024', '02.01.2020', None, '03.01.2021'], {**DATE, 'datetime_format': '%d.%m.%Y'}),
        ([1022024.0, 2012020.0, None, 3012021.0], {**DATE, 'datetime_format': '%d%m%Y'}),
    ],
)
def test_numbers_and_dates_of_any_type_are_put_in_order(values, entry):
    places = in_order(pd.Series(values), entry)
    assert places.isna().tolist() == [False, False, True, False]
    ranks = places.dropna().rank().tolist()
    if entry is NUMBER:
        assert ranks[0] == 3
    elif entry.get('datetime_format') != '%d%m%Y':
        assert ranks[0] == 3
        assert ranks[1] == 1
