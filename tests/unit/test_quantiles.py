import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from sdv_fair4free.quantiles import Quantiles, telling

FINITE = st.floats(-1e12, 1e12).map(lambda value: value + 0.0)  # no negative zero
COLUMNS = st.one_of(
    arrays(np.float64, st.integers(1, 200), elements=FINITE),
    arrays(np.float64, st.integers(1, 200), elements=st.integers(-3, 3).map(float)),
    arrays(np.float64, st.integers(1, 200), elements=st.one_of(st.just(np.nan), FINITE)),
)


@settings(max_examples=150, deadline=None)
@given(values=COLUMNS, max_tokens=st.integers(2, 40))
def test_encoding_keeps_order_range_and_missingness(values, max_tokens):
    quantiles = Quantiles.fit(values, max_tokens)
    codes = quantiles.encode(values)
    missing = np.isnan(values)
    assert ((codes >= 0) & (codes < quantiles.tokens)).all()
    back = quantiles.decode(codes)
    assert (np.isnan(back) == missing).all()
    if (~missing).any():
        present, returned = values[~missing], back[~missing]
        assert returned.min() >= present.min()
        assert returned.max() <= present.max()
        span = np.ptp(present) or 1.0
        distinct_bins = len(quantiles.bin_tokens)
        if distinct_bins == 0:  # every value has a token of its own
            assert (returned == present).all()
        assert (np.diff(quantiles.spans.mean(axis=1)) > 0).all()
        order = np.argsort(present, kind='stable')
        if not len(quantiles.masses):
            assert (np.diff(returned[order]) >= -1e-6 * span).all()


@settings(max_examples=100, deadline=None)
@given(values=COLUMNS, codes=st.lists(st.floats(-5, 300), min_size=1, max_size=50))
def test_whatever_is_decoded_lies_within_the_range_seen(values, codes):
    quantiles = Quantiles.fit(values)
    decoded = quantiles.decode(np.array(codes))
    present = values[~np.isnan(values)]
    found = decoded[~np.isnan(decoded)]
    if len(present) and len(found):
        assert found.min() >= present.min()
        assert found.max() <= present.max()
    if not quantiles.has_missing:
        assert not np.isnan(decoded).any()


def test_heavy_values_keep_a_token_of_their_own_and_come_back_exactly():
    rng = np.random.default_rng(0)
    gain = np.where(rng.random(20_000) < 0.9, 0.0, np.exp(rng.normal(8, 1, 20_000)))
    gain[:300] = 99999.0
    quantiles = Quantiles.fit(gain)
    assert {0.0, 99999.0} <= set(quantiles.masses)
    back = quantiles.decode(quantiles.encode(gain))
    assert (back[gain == 0.0] == 0.0).all()
    assert (back[gain == 99999.0] == 99999.0).all()


def test_a_column_of_few_values_keeps_them_all():
    ages = np.random.default_rng(0).integers(17, 90, 5000).astype(float)
    quantiles = Quantiles.fit(ages)
    assert len(quantiles.bin_tokens) == 0
    assert (quantiles.decode(quantiles.encode(ages)) == ages).all()


def test_a_smooth_column_is_told_to_within_a_fraction_of_a_bin():
    values = np.random.default_rng(0).normal(size=50_000)
    quantiles = Quantiles.fit(values)
    back = quantiles.decode(quantiles.encode(values))
    middle = np.abs(values) < 2
    assert np.abs(back - values)[middle].max() < 1e-6  # positions say where in the bin


def test_resampling_positions_keeps_the_distribution():
    rng = np.random.default_rng(0)
    values = np.exp(rng.normal(size=20_000))
    quantiles = Quantiles.fit(values)
    token = np.floor(quantiles.encode(values))
    made = quantiles.decode(token + rng.random(len(values)))
    levels = np.linspace(0.01, 0.99, 50)
    assert np.quantile(made, levels) == pytest.approx(np.quantile(values, levels), rel=0.05)


def test_numbers_never_seen_go_to_the_nearest_end():
    quantiles = Quantiles.fit(np.random.default_rng(0).normal(size=5000))
    low, high = quantiles.decode(quantiles.encode(np.array([-1e9, 1e9])))
    assert low == quantiles.bounds[0, 0]
    assert high == pytest.approx(quantiles.bounds[-1, -1], rel=1e-6)


def test_a_column_without_values_is_missing_throughout():
    quantiles = Quantiles.fit(np.full(10, np.nan))
    assert quantiles.tokens == 1
    assert np.isnan(quantiles.decode(quantiles.encode(np.full(3, np.nan)))).all()


def test_a_constant_needs_one_token():
    quantiles = Quantiles.fit(np.full(10, 7.0))
    assert quantiles.tokens == 1
    assert (quantiles.decode(np.array([0.0, 0.99])) == 7.0).all()


def test_the_budget_of_tokens_is_kept():
    rng = np.random.default_rng(0)
    values = np.concatenate([np.repeat(np.arange(500.0), 40), rng.normal(size=5000)])
    for budget in (2, 10, 64):
        assert Quantiles.fit(values, budget).tokens <= budget


def test_rows_beside_a_sample_tell_ends_and_missing_values_and_nothing_else():
    values = np.array([5.0, 6.0, 90.0, 95.0, 1.0, np.nan, 2.0])
    sampled = np.array([True, True, False, False, False, False, False])
    assert telling(values, sampled).tolist() == [True, True, False, True, True, True, False]
    assert telling(np.full(2, np.nan), np.zeros(2, dtype=bool)).tolist() == [True, False]
