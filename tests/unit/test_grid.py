"""The grid: whole numbers to floats and back."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sdv_fair4free.grid import EXACT, Grid

SIGNED = st.integers(-(2**63), 2**63 - 1)
UNSIGNED = st.integers(0, 2**64 - 1)


@given(st.lists(SIGNED, min_size=1, max_size=20))
def test_the_ends_come_back_exactly_however_wide_the_range(values):
    whole = np.array(values, dtype=np.int64)
    grid = Grid.of(whole)
    back = grid.to_whole(grid.to_floats(whole))
    assert back.dtype == np.int64
    assert (back.min(), back.max()) == (whole.min(), whole.max())


@given(UNSIGNED, st.integers(1, 10**6), st.lists(st.integers(0, 10**6), min_size=1, max_size=20))
def test_a_narrow_range_comes_back_exactly_wherever_it_lies(start, step, steps):
    values = [min(start + step * k, 2**64 - 1) for k in steps]
    whole = np.array(values, dtype=np.uint64)
    grid = Grid.of(whole)
    assert grid.top <= EXACT
    assert (grid.to_whole(grid.to_floats(whole)) == whole).all()


@given(st.lists(SIGNED, min_size=2, max_size=20), st.floats(-1e30, 1e30))
def test_nothing_outside_the_range_is_made(values, floats):
    whole = np.array(values, dtype=np.int64)
    grid = Grid.of(whole)
    assert whole.min() <= grid.to_whole(np.array([floats]))[0] <= whole.max()


def test_values_that_many_rows_share_are_kept_where_floats_cannot_tell_them():
    whole = np.array([-(2**63), 2**62 + 1, 2**63 - 1] * 20, dtype=np.int64)
    grid = Grid.of(whole)
    assert (grid.to_whole(grid.to_floats(whole)) == whole).all()


def test_values_between_two_steps_go_to_the_nearest():
    grid = Grid.of(np.array([100, 300, 1100], dtype=np.int64))
    assert grid.step == 200
    assert grid.to_whole(np.array([0.4, 0.6, 4.9])).tolist() == [100, 300, 1100]
