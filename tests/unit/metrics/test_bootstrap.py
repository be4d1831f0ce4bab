import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from sklearn.metrics import roc_auc_score

from sdv_fair4free.metrics.bootstrap import (
    Resampler,
    area_under_curve,
    divide,
    interval,
    ranks_in_bins,
)


@pytest.mark.parametrize('rows', [300, 60_000])
def test_the_spread_of_a_mean_is_the_standard_error(rows):
    values = np.random.default_rng(0).normal(2, 3, rows)
    draws = Resampler(rows, 2000, seed=1).means(values, np.zeros(rows, int), 1)[:, 0]
    assert draws.mean() == pytest.approx(values.mean(), abs=4 * 3 / np.sqrt(rows * 2000))
    assert draws.std() == pytest.approx(3 / np.sqrt(rows), rel=0.1)


def test_every_sample_has_as_many_rows_as_the_table():
    cells = np.arange(40) % 3
    counts = Resampler(40, 20, seed=0).counts(cells, (3,))
    assert counts.shape == (20, 3)
    assert (counts.sum(axis=1) == 40).all()


def test_rows_without_a_cell_are_not_counted():
    counts = Resampler(4, 5, seed=0).counts(np.full(4, -1), (2,))
    assert (counts == 0).all()


def test_counts_and_sums_agree_with_rows_drawn_one_by_one():
    resampler = Resampler(30, 7, seed=3)
    rng = np.random.default_rng(1)
    cells, values = rng.integers(0, 4, 30), rng.normal(size=30)
    times = np.array([resampler.counts(np.arange(30), (30,))[k] for k in range(7)])
    for cell in range(4):
        inside = cells == cell
        assert resampler.counts(cells, (4,))[:, cell] == pytest.approx(times[:, inside].sum(axis=1))
        expected = (times * values)[:, inside].sum(axis=1)
        assert resampler.sums(values, cells, (4,))[:, cell] == pytest.approx(expected)


def test_the_same_seed_draws_the_same_samples_and_another_seed_others():
    cells = np.arange(50)
    first, again, other = (Resampler(50, 9, seed).counts(cells, (50,)) for seed in (0, 0, 1))
    assert (first == again).all()
    assert (first != other).any()


def test_an_interval_covers_the_truth_as_often_as_it_says():
    rng = np.random.default_rng(0)
    covered = 0
    for seed in range(200):
        sample = rng.random(100) < 0.3
        draws = Resampler(100, 400, seed).means(sample.astype(float), np.zeros(100, int), 1)[:, 0]
        low, high = interval(draws, sample.mean(), 0.9)
        covered += low <= 0.3 <= high
    assert 0.83 <= covered / 200 <= 0.97


def test_an_interval_is_shifted_to_where_the_value_lies():
    draws = np.linspace(0.5, 0.9, 401)
    low, high = interval(draws, 0.85, 0.95)
    assert low > np.quantile(draws, 0.025)
    assert low < 0.85 < high


@given(
    arrays.arrays(float, st.integers(10, 50), elements=st.floats(0, 1)),
    st.floats(0, 1),
    st.floats(0.5, 0.99),
)
def test_an_interval_always_holds_its_value(draws, value, level):
    low, high = interval(draws, value, level)
    assert low <= value <= high


def test_without_samples_or_value_there_is_no_interval():
    assert np.isnan(interval(np.array([]), 0.5, 0.95)).all()
    assert np.isnan(interval(np.zeros(99), np.nan, 0.95)).all()
    assert np.isnan(interval(np.full(99, np.nan), 0.5, 0.95)).all()


def test_a_share_of_nothing_is_not_zero():
    assert np.isnan(divide(np.zeros(2), np.zeros(2))).all()


@settings(deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.integers(0, 6)), min_size=2, max_size=60))
def test_the_area_from_bins_is_that_of_scikit_learn(rows):
    truth = np.array([row[0] for row in rows])
    scores = np.array([row[1] for row in rows], float)
    bins, edges = ranks_in_bins(scores, 512)
    positive = np.bincount(bins[truth], minlength=len(edges))
    negative = np.bincount(bins[~truth], minlength=len(edges))
    area = area_under_curve(positive[None].astype(float), negative[None].astype(float))[0]
    if truth.all() or not truth.any():
        assert np.isnan(area)
    else:
        assert area == pytest.approx(roc_auc_score(truth, scores))
