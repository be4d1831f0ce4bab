import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sdv_fair4free.labels import CategoryEncoder
from sdv_fair4free.split import MOST_LABELS, Split


@settings(deadline=None, max_examples=60)
@given(st.integers(2, 400), st.integers(0, 2**31 - 1), st.booleans(), st.floats(0, 3))
def test_every_label_is_one_group_and_member_and_back(labels, seed, missing, skew):
    rng = np.random.default_rng(seed)
    categories = [f'c{i}' for i in rng.permutation(labels)]
    if missing:
        categories[seed % labels] = np.nan
    counts = (1000 * rng.random(labels) ** (1 + 3 * skew)).astype(int)
    split = Split.of(categories, counts)
    every = np.arange(labels)
    parts = split.parts(every)
    assert np.array_equal(split.whole(parts[:, 0], parts[:, 1]), every)
    assert len({*map(tuple, parts)}) == labels
    groups, members = split.label.shape
    side = np.ceil(np.sqrt(labels))
    assert members <= 2 * side
    assert groups <= 2 * side + 1


def test_whatever_is_drawn_is_a_category_of_its_group():
    split = Split.of([f'c{i:03d}' for i in range(100)], np.ones(100, dtype=int))
    places = np.stack(np.unravel_index(np.arange(split.label.size), split.label.shape))
    labels = split.whole(*places)
    assert np.array_equal(split.group[labels], places[0])


def test_the_most_frequent_of_a_group_comes_first_and_missing_values_stand_alone():
    counts = np.arange(1, 26)
    split = Split.of([*(f'c{i:02d}' for i in range(24)), None], counts)
    for group in range(split.label.shape[0]):
        mine = np.flatnonzero(split.group == group)
        assert counts[split.label[group, 0]] == counts[mine].max()
    assert (split.group == split.group[24]).sum() == 1


def test_numbers_are_grouped_by_their_size():
    split = Split.of([float(number) for number in range(100)], np.ones(100, dtype=int))
    assert (np.diff(split.group) >= 0).all()


@pytest.mark.parametrize('dtype', [object, 'category', 'string'])
def test_an_encoder_splits_what_is_too_much_for_one_column(dtype):
    values = [f'city {i % (MOST_LABELS + 500)}' for i in range(6000)]
    table = pd.DataFrame({'city': values}).astype(dtype)
    table.loc[::7, 'city'] = None
    encoder = CategoryEncoder()
    made = encoder.fit_transform(table, 'city')
    assert list(made) == ['city.group', 'city.member']
    assert made.max().max() < 200
    back = encoder.reverse_transform(made)['city']
    assert back.isna().equals(table['city'].isna())
    assert back.dropna().tolist() == table['city'].dropna().tolist()
    few = encoder.fit_transform(table.head(50), 'city')
    assert list(few) == ['city']
