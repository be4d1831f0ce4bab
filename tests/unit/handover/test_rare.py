import itertools

import numpy as np
import pytest

from sdv_fair4free.handover.rare import FREE_TEXT, TOKEN, told_categories, told_ids


def told(values, counts, least=5, ordered=False):
    return told_categories(values, np.asarray(counts), least, ordered)


def test_rare_texts_become_one_token_and_are_counted():
    made = told(['a', 'b', 'c', np.nan, 'd'], [50, 4, 5, 5, 1])
    assert made.names[:3] == (TOKEN, 'a', 'c')
    assert np.isnan(made.names[3])
    assert made.into == TOKEN
    assert made.merge.into.tolist() == [1, 0, 2, 3, 0]
    assert (made.merged, made.rows) == (2, 5)


def test_a_category_that_is_named_like_the_token_stays_apart():
    made = told([TOKEN, 'b', 'c', 'd'], [50, 20, 3, 3])
    assert len(set(made.names)) == 3


def test_rare_texts_that_are_rare_together_join_the_most_frequent_for_a_token_would_be_as_rare():
    made = told(['a', 'b', 'c', 'd'], [20, 50, 2, 1])
    assert made.names == ('a', 'b')
    assert made.into == 'b'
    assert made.merge.into.tolist() == [0, 1, 1, 1]


def test_rare_ordinal_values_join_their_neighbour():
    made = told(['low', 'middle', 'high', 'highest'], [50, 2, 20, 1], ordered=True)
    assert made.names == ('low', 'high')
    assert made.merge.into.tolist() in ([0, 0, 1, 1], [0, 1, 1, 1])


def test_rare_numbers_join_the_most_frequent_value_for_they_have_no_token():
    made = told([10, 20, 30], [4, 50, 60])
    assert made.names == (20, 30)
    assert made.merge.into.tolist() == [1, 0, 1]
    assert made.merge.share.tolist() == [4 / 64, 1.0, 60 / 64] or made.into == 30


def test_free_text_is_never_told_even_if_nothing_else_is_held_back():
    texts = [f'text {i}' for i in range(FREE_TEXT)]
    made = told([*texts, 'often'], [1] * FREE_TEXT + [30], least=1)
    assert made.free_text
    assert made.names == (TOKEN, 'often')
    assert not told(['a', 'b'], [1, 1], least=1).merged


def test_a_column_of_rare_values_only_cannot_be_told():
    assert told([1, 2, 3], [1, 1, 1]) == 'all its values are rare'


@pytest.mark.parametrize('values', [['b', np.nan, 'a'], [True, False], [20, 3, None, 100]], ids=str)
def test_the_order_in_which_categories_were_met_is_not_told(values):
    """The first that is met is that of the first row."""
    names = set()
    for order in itertools.permutations(range(len(values))):
        met = [values[place] for place in order]
        made = told(met, [50] * len(values))
        assert [made.names[code] for code in made.merge.into] == met
        names.add(tuple(map(str, made.names)))
    assert len(names) == 1


def test_an_order_that_the_user_gave_is_kept():
    made = told(['middle', 'high', 'low'], [50, 50, 50], ordered=True)
    assert made.names == ('middle', 'high', 'low')
    assert not made.merge.changes


def test_missing_is_merged_like_any_other_value_of_few_rows():
    assert told(['a', 'b', None], [50, 20, 1]).merge.into.tolist() == [0, 1, 0]
    texts = told(['a', 'b', None, 'c'], [50, 3, 1, 3])
    assert texts.names == (TOKEN, 'a')
    assert (texts.merged, texts.rows) == (3, 7)
    ordered = told(['low', 'high', np.nan], [50, 20, 4], ordered=True)
    assert ordered.names == ('low', 'high')
    assert ordered.merge.into.tolist() == [0, 1, 0]  # not the last: nothing lies behind it
    assert told(['a', None], [50, 5]).names == ('a', None)


@pytest.mark.parametrize('least', [1, 5])
def test_values_of_no_row_are_not_told(least):
    made = told(['least', 'low', 'middle', 'high'], [0, 50, 0, 20], least, ordered=True)
    assert made.names == ('low', 'high')
    assert made.merged == 0
    assert made.merge.share.tolist() == [0, 1, 0, 1]
    assert told(['a', 'b', 'never'], [50, 20, 0], least).names == ('a', 'b')


@pytest.mark.parametrize('rows', [1, 2])
@pytest.mark.parametrize('least', [1, 2, 5, 7])
def test_ids_of_few_rows_share_names_that_stand_for_enough(rows, least):
    values = [f'id {place}' for place in range(100)]
    counts = np.full(100, rows)
    counts[7] = 50
    made = told_ids(values, counts, least)
    of_names = np.bincount(made.merge.into, counts)
    assert of_names.min() >= least
    assert len(of_names) == len(made.names) >= counts.sum() // (2 * max(least, rows)) // 2
    assert (of_names == 50).any()  # an id of many rows keeps a name of its own
    assert made.merged == (0 if rows >= least else 99)


def test_ids_too_few_for_a_name_of_their_own_join_another():
    made = told_ids([7, 8, None, 9], np.array([20, 2, 1, 30]), 5)
    assert len(made.names) == 2
    assert told_ids([7, 8], np.array([1, 2]), 5) == 'all its values are rare'
