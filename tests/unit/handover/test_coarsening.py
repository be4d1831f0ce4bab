import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sdv_fair4free.handover.coarsening import Coarsening, coarse_quantiles
from sdv_fair4free.handover.errors import HandoverError
from sdv_fair4free.quantiles import Quantiles


def coarse(values, **options):
    return coarse_quantiles(Quantiles.fit(np.asarray(values, dtype=float)), Coarsening(**options))


@given(
    st.lists(st.integers(-50, 50) | st.floats(-1e6, 1e6, width=32), min_size=22, max_size=400),
    st.integers(2, 10),
)
@settings(max_examples=80, deadline=None)
def test_no_value_of_fewer_rows_is_stored(values, least):
    """Whatever is stored and occurs in the column occurs in enough rows, or is a mean."""
    values = np.asarray(values, dtype=float)
    made = coarse(values, min_quantile_count=least)
    assert (np.diff(made.bounds, axis=1) >= 0).all()
    assert (np.diff(made.edges) >= 0).all()
    ordered = np.sort(values)
    # A mean of k rows is never below that of the k smallest, nor above that of the k largest.
    spread = 1e-9 * np.abs(values).max()
    shared = [value for value in set(ordered) if (ordered == value).sum() >= least]
    low = min([ordered[:least].mean(), *shared])
    high = max([ordered[-least:].mean(), *shared])
    assert made.bounds.min() >= low - spread
    assert made.bounds.max() <= high + spread


def test_a_single_extreme_value_cannot_be_read_from_the_file():
    values = np.concatenate([np.random.default_rng(0).normal(size=999).round(3), [987654.321]])
    assert Quantiles.fit(values).bounds.max() == 987654.321
    made = coarse(values, min_quantile_count=5).bounds
    # Nor from a mean that it would rule.
    assert made.max() < np.sort(values)[-2]


def random_columns(rng, number=100):
    """Columns of many shapes, each with one row, or a few, far beyond the others."""
    for place in range(number):
        rows = int(rng.integers(20, 400))
        shapes = [
            lambda rows: rng.normal(size=rows),
            lambda rows: np.where(rng.random(rows) < 0.7, 0.0, rng.normal(size=rows)),
            lambda rows: rng.choice([1.0, 2.0, 3.0], rows),
            lambda rows: rng.choice(rng.normal(size=max(rows // 3, 2)), rows),
            lambda rows: np.exp(rng.normal(0, 4, rows)),
        ]
        usual = shapes[place % len(shapes)](rows)
        far = np.repeat(rng.lognormal(5, 3, size=3), rng.integers(1, 4, size=3))
        yield np.concatenate([usual, far, -rng.lognormal(5, 3, size=int(rng.integers(0, 4)))])


@pytest.mark.parametrize('least', [2, 3, 5, 10])
@pytest.mark.parametrize('digits', [None, 2])
def test_no_value_of_fewer_rows_is_stored_whatever_lies_at_the_ends(least, digits):
    """Neither a single row's, nor one that a few share, nor one that rounding comes upon."""
    for values in random_columns(np.random.default_rng(least)):
        made = coarse(values, min_quantile_count=least, extreme_digits=digits)
        assert np.isfinite(made.bounds).all()
        assert (np.diff(made.bounds, axis=1) >= 0).all()
        distinct, counts = np.unique(values, return_counts=True)
        assert not np.isin(made.bounds, distinct[counts < least]).any()
        assert distinct[0] <= made.bounds.min()
        assert made.bounds.max() <= distinct[-1] * (1 + 1e-9)


def test_ends_of_columns_whose_values_lie_inside_each_other_are_rounded():
    """A value with a token of its own comes before a bin that begins below it."""
    values = np.repeat([1.0, 2.0, 3.0, 29.32], [3, 9, 18, 1])
    for least in (1, 2, 5):
        made = coarse(values, min_quantile_count=least, extreme_digits=2).bounds
        assert np.isfinite(made).all()
        assert made.min() >= 1.0
        assert made.max() <= 29.0


def test_values_that_many_rows_share_stay_exact():
    values = np.repeat([0.0, 1.5, 40.0], [500, 300, 200])
    made = coarse(values, min_quantile_count=50, extreme_digits=1)
    assert sorted(made.masses) == [0.0, 1.5, 40.0]
    alone = coarse([*values, 7.25], min_quantile_count=5)
    assert set(alone.bounds.ravel()) == {0.0, 1.5, 40.0}  # one row between takes the nearer value


def test_coarse_quantiles_stay_near_the_exact_ones():
    values = np.random.default_rng(1).lognormal(size=20_000)
    exact, made = Quantiles.fit(values).bounds, coarse(values).bounds
    inner = slice(2, -2)
    assert np.allclose(made[inner], exact[inner], rtol=0.02)


def test_ends_are_rounded_inwards():
    values = np.random.default_rng(2).uniform(1954.3, 2019.7, 5000)
    made = coarse(values, min_quantile_count=1, extreme_digits=1).bounds
    assert made.min() == 1960.0
    assert made.max() == 2010.0
    assert coarse(values, min_quantile_count=1).bounds.max() == values.max()


def test_missing_values_and_empty_columns():
    made = coarse([np.nan] * 10 + [3.0] * 20)
    assert made.has_missing
    assert made.masses.tolist() == [3.0]
    assert coarse([np.nan] * 10).tokens == 1
    with pytest.raises(HandoverError, match='only 3 rows have a value'):
        coarse([1.0, 2.0, 3.0], min_quantile_count=5)
    # The two outermost at each end count as the next one does: one mean of these were the middle.
    with pytest.raises(HandoverError, match='only 5 rows have a value'):
        coarse([1.0, 2.0, 3.5, 6.0, 7.0], min_quantile_count=5)


def test_options_are_checked_all_at_once():
    with pytest.raises(HandoverError) as caught:
        Coarsening(min_category_count=0, min_quantile_count=1.5, extreme_digits=16)
    for name in ('min_category_count', 'min_quantile_count', 'extreme_digits'):
        assert name in str(caught.value)
