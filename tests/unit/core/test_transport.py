import pytest
import torch
from scipy import stats

from sdv_fair4free.core.dependence import distance_covariance
from sdv_fair4free.core.rows import Rows
from sdv_fair4free.core.sensitive import SensitiveColumn, SensitiveLayout
from sdv_fair4free.core.transport import (
    PRIOR_ROWS,
    SMALL_GROUP,
    nested_levels,
    shrunken_ranks,
    transport,
    within_group_ranks,
)


def generator():
    return torch.Generator().manual_seed(0)


def biased(rows, latent):
    noise = generator()
    groups = torch.randint(3, (rows,), generator=noise)
    z = torch.randn(rows, latent, generator=noise) * (1 + groups[:, None]) + 2 * groups[:, None]
    return z.exp(), groups, torch.ones(rows)  # far from Gaussian, and far apart


def permutation_p_value(z, s, generator, turns=99):
    """Share of shuffles at least as dependent as what was seen."""
    seen = float(distance_covariance(z, s))
    shuffled = [
        float(distance_covariance(z, s[torch.randperm(len(s), generator=generator)]))
        for _ in range(turns)
    ]
    return (1 + sum(value >= seen for value in shuffled)) / (1 + turns)


def test_in_one_dimension_every_group_becomes_exactly_gaussian():
    z, groups, weights = biased(3000, 1)
    u = transport(z, nested_levels(groups[:, None]), weights, generator())
    for group in range(3):
        held = u[groups == group, 0].double().sort().values
        count = len(held)
        expected = stats.norm.ppf((torch.arange(count) + 0.5) / count)
        assert held.numpy() == pytest.approx(expected, abs=1e-5)


def test_order_within_a_group_is_kept():
    z, groups, weights = biased(1000, 1)
    u = transport(z, nested_levels(groups[:, None]), weights, generator())
    for group in range(3):
        inside = groups == group
        assert torch.equal(z[inside, 0].argsort(), u[inside, 0].argsort())


@pytest.mark.parametrize('latent', [1, 3])
def test_independence_passes_a_permutation_test_which_it_failed_before(latent):
    z, groups, weights = biased(900, latent)
    s = torch.nn.functional.one_hot(groups, 3).float()
    u = transport(z, nested_levels(groups[:, None]), weights, generator())
    assert permutation_p_value(z, s, generator()) == 0.01
    assert permutation_p_value(u, s, generator()) > 0.05


def test_in_several_dimensions_every_projection_of_every_group_is_gaussian():
    noise = generator()
    z = torch.randn(4000, 2, generator=noise)
    z[:, 1] = z[:, 0] ** 2 + 0.3 * z[:, 1]  # a parabola: strongly dependent, not Gaussian
    groups = torch.randint(2, (4000,), generator=noise)
    u = transport(z, nested_levels(groups[:, None]), torch.ones(4000), generator())
    for angle in torch.linspace(0, 3.0, 7):
        direction = torch.stack([angle.cos(), angle.sin()])
        for group in range(2):
            projected = (u[groups == group] @ direction).numpy()
            assert stats.kstest(projected, 'norm').pvalue > 0.01


def test_ties_are_spread_over_the_share_that_they_hold():
    values = torch.tensor([0.0] * 500 + [1.0] * 500)
    ranks = within_group_ranks(
        values, torch.zeros(1000, dtype=torch.int64), torch.ones(1000), generator()
    )
    assert ranks[:500].max() < 0.5 < ranks[500:].min()
    assert not torch.equal(ranks[:500], ranks[:500].sort().values)


def test_weights_move_the_ranks():
    ranks = within_group_ranks(
        torch.tensor([1.0, 2.0]),
        torch.zeros(2, dtype=torch.int64),
        torch.tensor([3.0, 1.0]),
        generator(),
    )
    assert ranks.tolist() == pytest.approx([0.375, 0.875])


def test_a_group_of_one_row_stands_in_the_middle():
    levels = nested_levels(torch.zeros(1, 1).long())
    u = transport(torch.tensor([[9.0]]), levels, torch.ones(1), generator())
    assert u.tolist() == [[0.0]]


def test_levels_go_from_the_crossing_to_everybody():
    groups = torch.tensor([[0, 0], [0, 1], [1, 1], [0, 1]])
    levels = [level.tolist() for level in nested_levels(groups)]
    assert levels == [[0, 1, 2, 1], [0, 0, 1, 0], [0, 0, 0, 0]]


def test_rare_groups_are_shrunk_toward_their_parent_and_large_ones_are_not():
    noise = generator()
    groups = (torch.arange(4000) < 20).long()[:, None]
    values = torch.randn(4000, generator=noise) + 5.0 * groups[:, 0]
    weights = torch.ones(4000)
    found = shrunken_ranks(values, nested_levels(groups), weights, generator())
    large, rare = found[groups[:, 0] == 0], found[groups[:, 0] == 1]
    assert torch.equal(large.sort().values, (torch.arange(3980) + 0.5).double() / 3980)
    # All of the rare group lie above nearly everybody: their parent's rank is near 1.
    own = 20 / (20 + PRIOR_ROWS)
    assert float(rare.mean()) == pytest.approx(own * 0.5 + (1 - own) * 0.9975, abs=0.003)
    assert SMALL_GROUP > 20


def test_levels_are_the_distinct_rows_of_fewer_and_fewer_columns():
    groups = torch.randint(4, (500, 3), generator=generator()) * torch.tensor([1, 7, 1])
    levels = nested_levels(groups)
    assert len(levels) == 4
    for columns, level in zip((3, 2, 1), levels, strict=False):
        assert level.equal(torch.unique(groups[:, :columns], dim=0, return_inverse=True)[1])
    assert not levels[-1].any()


@pytest.mark.parametrize('dtype', [torch.uint8, torch.int16, torch.int32])
@pytest.mark.parametrize('sizes', [(3,), (3, 200, 2), (2**30, 2**30, 2**30)])
def test_groups_are_the_distinct_rows_of_the_categories(dtype, sizes):
    codes = torch.randint(2, (400, len(sizes)), generator=generator()).to(dtype)
    rows = Rows(x=codes, s=codes, s_positions=codes.float(), y=codes)
    layout = SensitiveLayout(columns=tuple(SensitiveColumn(size=size) for size in sizes))
    groups, group = rows.groups(layout)
    expected = torch.unique(codes.long(), dim=0, return_inverse=True)
    assert groups.equal(expected[0])
    assert group.equal(expected[1])
