import numpy as np
import pytest
import torch
from scipy import stats

from sdv_fair4free.core.flow import ConditionalFlow
from sdv_fair4free.core.transport import neighbourly


def rows(count=3000, seed=0):
    """A number, and a score whose mean and spread bend with it."""
    generator = torch.Generator().manual_seed(seed)
    number = torch.rand(count, generator=generator, dtype=torch.float64)
    noise = torch.randn(count, generator=generator, dtype=torch.float64)
    return number, (torch.sin(6 * number) + (0.5 + number) * noise)[:, None].float()


def taken_out(z, numbers, weights=None):
    weights = torch.ones(len(z)) if weights is None else weights
    return neighbourly(z, numbers, weights, torch.Generator().manual_seed(1))


def test_what_a_number_tells_is_taken_out_and_the_order_among_neighbours_is_kept():
    number, z = rows()
    u = taken_out(z, number[:, None])[:, 0]
    for part in torch.argsort(number).split(500):  # six stretches of the number, cut nowhere else
        assert stats.kstest(u[part].numpy(), 'norm').pvalue > 1e-3
        assert stats.spearmanr(u[part], z[part, 0]).statistic > 0.95
    assert stats.kstest(z[number < 0.2, 0].numpy(), 'norm').pvalue < 1e-6  # it was not


def test_rows_without_the_number_are_left_alone():
    number, z = rows()
    number[::10] = torch.nan
    u = taken_out(z, number[:, None])
    assert torch.equal(u[::10], z[::10])
    assert not torch.equal(u[1::10], z[1::10])


def test_ranks_agree_with_a_slow_reference_under_weights():
    number, z = rows(400)
    number = number.sort().values
    weights = torch.linspace(0.5, 2.0, 400)
    u = taken_out(z, number[:, None], weights)[:, 0]
    window = 300
    for row in (0, 17, 200, 399):
        start = int(np.clip(row - window // 2, 0, 400 - window))
        near = slice(start, start + window)
        below = (z[near, 0] < z[row, 0]).double() + 0.5 * (z[near, 0] == z[row, 0]).double()
        rank = float((below * weights[near].double()).sum() / weights[near].double().sum())
        assert float(u[row]) == pytest.approx(stats.norm.ppf(rank), abs=1e-4)


def test_no_rows_and_no_numbers_are_fine():
    _, z = rows(50)
    assert torch.equal(taken_out(z, torch.zeros(50, 0)), z)
    assert torch.equal(taken_out(z, torch.full((50, 1), torch.nan)), z)
    assert taken_out(z[:0], torch.zeros(0, 1)).shape == (0, 1)


def test_the_flow_goes_back_and_forth():
    flow = ConditionalFlow(2, 3, torch.Generator().manual_seed(0))
    generator = torch.Generator().manual_seed(1)
    z, context = torch.randn(500, 2, generator=generator), torch.randn(500, 3, generator=generator)
    flow.standardise(z)
    there = flow(z, context)
    assert torch.allclose(flow.inverse(there, context), z, atol=1e-3)
    further = flow(z + torch.tensor([0.5, 0.0]), context)
    assert bool((further[:, 0] > there[:, 0]).all())  # rising, dimension by dimension
