import math

import numpy as np
import pytest
import torch
from conftest import hiring_table

from sdv_fair4free.core.rows import Rows
from sdv_fair4free.handover.canaries import independent_rows, shuffled_columns
from sdv_fair4free.handover.scored import Exposure, exposures_of


def test_exposure_is_by_rank():
    references = np.arange(7.0)
    assert exposures_of(np.array([9.0]), references) == [3]  # first of eight
    assert exposures_of(np.array([-1.0]), references) == [0]  # last
    assert exposures_of(np.array([5.5]), references) == [2]  # second
    assert exposures_of(np.array([-np.inf]), np.full(7, -np.inf)) == [3 - math.log2(4.5)]


def test_canaries_without_a_trace_have_the_expected_exposure():
    references = np.arange(999.0)
    every_rank = np.arange(1000) - 0.5
    exposure = Exposure.of(every_rank, references, planted=0)
    assert exposure.mean == pytest.approx(exposure.expected)
    assert exposure.expected == pytest.approx(math.log2(math.e), abs=0.01)
    assert exposure.highest == exposure.possible == math.log2(1000)
    assert Exposure.of(np.zeros(1), np.zeros(1), planted=1).expected == pytest.approx(0.5)


def test_shuffled_columns_keep_their_values_and_nothing_else():
    codes = torch.arange(600)
    rows = Rows(
        x=torch.stack([codes, codes], 1),
        s=codes[:, None],
        s_positions=codes[:, None] / 600,
        y=codes[:, None],
    )
    made = shuffled_columns(rows, 600, seed=0)
    columns = [*made.x.T, *made.s.T, *made.y.T]
    for column in columns:
        assert torch.equal(column.sort().values, codes)
    together = np.corrcoef(torch.stack(columns).numpy())
    assert np.abs(together[np.triu_indices(4, 1)]).max() < 0.15
    assert torch.equal(made.s / 600, made.s_positions)  # a number stays where it lies
    again = shuffled_columns(rows, 600, seed=0)
    assert torch.equal(again.x, made.x)
    assert not torch.equal(shuffled_columns(rows, 600, seed=1).x, made.x)


@pytest.mark.parametrize('number', [250, 1000])
def test_any_number_of_rows_is_made(number):
    codes = torch.arange(600)[:, None]
    none = torch.zeros(600, 0)
    made = shuffled_columns(Rows(x=codes, s=none, s_positions=none, y=none), number, seed=0)
    assert len(made.x) == number
    assert torch.bincount(made.x[:, 0]).max() == -(-number // 600)
    assert made.s.shape == (number, 0)


def test_rows_to_plant_have_the_values_and_types_of_the_table():
    table = hiring_table(300)
    made = independent_rows(table, 50, random_state=1)
    assert made.dtypes.equals(table.dtypes)
    assert all(made[name].dropna().isin(table[name]).all() for name in table)
    assert made.equals(independent_rows(table, 50, random_state=1))
    assert not made.equals(independent_rows(table, 50, random_state=2))
