import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from sdv_fair4free.core.direct import TOLD, Direct, count_pairs, count_telling
from sdv_fair4free.core.layout import Layout

SIZES = (3, 1, 5, 2)


def filled(sizes=SIZES, width=20):
    made = Direct(Layout.of(sizes), width)
    with torch.no_grad():
        made.weight.normal_(generator=torch.Generator().manual_seed(0))
    return made


@settings(max_examples=50, deadline=None)
@given(sizes=st.lists(st.integers(1, 9), min_size=1, max_size=8), width=st.integers(1, 12))
def test_as_many_columns_tell_as_have_room_and_no_fewer_once_tokens_are_merged(sizes, width):
    telling = count_telling(sizes, width)
    assert telling < len(sizes)
    assert sum(sizes[:telling]) <= TOLD * width
    assert telling == len(sizes) - 1 or sum(sizes[: telling + 1]) > TOLD * width
    assert count_telling([max(1, size - 1) for size in sizes], width) >= telling
    assert count_pairs(sizes, width) == Direct(Layout.of(sizes), width).weight.numel()


@pytest.mark.parametrize('width', [20, 4, 1])
def test_a_token_tells_what_its_weights_say_and_only_columns_after_it(width):
    model, layout = filled(width=width), Layout.of(SIZES)
    noise = torch.Generator().manual_seed(1)
    codes = torch.stack([torch.randint(size, (32,), generator=noise) for size in SIZES], dim=1)
    at, table, column = layout.at(codes), model.table(), layout.column_of_token()
    expected = torch.zeros(32, layout.tokens)
    for row in range(32):
        for told in range(model.columns):
            expected[row] += table[at[row, told]]
    torch.testing.assert_close(model(at), expected)
    early = column[None, :] <= column[: len(table), None]
    assert not table[early].any()
    assert table[~early].ne(0).all()


def test_weights_come_back_from_their_table():
    model, other = filled(), Direct(Layout.of(SIZES), 20)
    assert not other.table().any()
    other.take(model.table())
    assert torch.equal(other.weight, model.weight)


def test_one_column_has_nobody_to_tell():
    assert filled(sizes=(4,)).weight.numel() == 0
    assert count_telling((), 8) == 0
