import pytest
import torch
from scipy import stats

from sdv_fair4free.core.dependence import distance_covariance
from sdv_fair4free.core.transport import (
    quantile_maps,
    through_maps,
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
    u = transport(z, groups, weights, generator())
    for group in range(3):
        held = u[groups == group, 0].double().sort().values
        count = len(held)
        expected = stats.norm.ppf((torch.arange(count) + 0.5) / count)
        assert held.numpy() == pytest.approx(expected, abs=1e-5)


def test_order_within_a_group_is_kept():
    z, groups, weights = biased(1000, 1)
    u = transport(z, groups, weights, generator())
    for group in range(3):
        inside = groups == group
        assert torch.equal(z[inside, 0].argsort(), u[inside, 0].argsort())


@pytest.mark.parametrize('latent', [1, 3])
def test_independence_passes_a_permutation_test_which_it_failed_before(latent):
    z, groups, weights = biased(900, latent)
    s = torch.nn.functional.one_hot(groups, 3).float()
    u = transport(z, groups, weights, generator())
    assert permutation_p_value(z, s, generator()) == 0.01
    assert permutation_p_value(u, s, generator()) > 0.05


def test_in_several_dimensions_every_projection_of_every_group_is_gaussian():
    noise = generator()
    z = torch.randn(4000, 2, generator=noise)
    z[:, 1] = z[:, 0] ** 2 + 0.3 * z[:, 1]  # a parabola: strongly dependent, not Gaussian
    groups = torch.randint(2, (4000,), generator=noise)
    u = transport(z, groups, torch.ones(4000), generator())
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


def test_quantile_maps_carry_noise_to_where_the_rows_of_a_group_lie():
    noise = generator()
    groups = torch.randint(2, (20_000,), generator=noise)
    u = torch.randn(20_000, 2, generator=noise) * (1 + groups[:, None]) + 3 * groups[:, None]
    maps = quantile_maps(u, groups)
    fresh = torch.randn(20_000, 2, generator=noise)
    made = through_maps(fresh, groups, maps)
    for group in range(2):
        for axis in range(2):
            assert (
                stats.ks_2samp(made[groups == group, axis], u[groups == group, axis]).pvalue > 0.01
            )
    identity = quantile_maps(fresh, torch.zeros(20_000).long())
    assert (through_maps(fresh, torch.zeros(20_000).long(), identity) - fresh).abs().mean() < 0.05


def test_a_group_of_one_row_stands_in_the_middle():
    u = transport(torch.tensor([[9.0]]), torch.zeros(1).long(), torch.ones(1), generator())
    assert u.tolist() == [[0.0]]
