import pytest
import torch
from sklearn.metrics import roc_auc_score
from taught import TEACHER, schema

from sdv_fair4free.core.criteria import CRITERIA
from sdv_fair4free.core.levelling import outcome_transport, separation
from sdv_fair4free.core.rows import Rows
from sdv_fair4free.core.teacher import fit_teacher
from sdv_fair4free.core.transport import nested_levels


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def scores(rows=40_000, gap=1.0):
    """A score that tells y as well in both groups, shifted by ``gap`` in one of them."""
    noise = generator()
    group = torch.randint(2, (rows,), generator=noise)
    y = (torch.rand(rows, generator=noise) < 0.2 + 0.3 * group).long()
    z = 1.5 * y + torch.randn(rows, generator=noise)
    return torch.exp(z * (1 + gap * group)), group, y


def rates(u, group, y, threshold):
    return torch.stack(
        [
            torch.stack([(u[(group == g) & (y == k)] > threshold).double().mean() for g in (0, 1)])
            for k in (0, 1)
        ]
    )


@pytest.mark.parametrize('latent', [1, 2])
def test_equal_error_rates_at_every_threshold_where_groups_are_told_equally_well(latent):
    z, group, y = scores()
    spare = torch.randn(len(z), latent - 1, generator=generator(1))
    u = outcome_transport(
        torch.cat([z[:, None], spare], dim=1),
        [y == 0, y == 1],
        nested_levels(group[:, None]),
        torch.ones(len(z)),
        generator(),
    )
    for direction in torch.eye(latent):
        for threshold in (-0.5, 0.0, 0.5, 1.0):
            found = rates(u @ direction, group, y, threshold)
            assert found[:, 0].tolist() == pytest.approx(found[:, 1].tolist(), abs=0.03)
    before = rates(z, group, y, float(z.median()))
    assert float((before[:, 0] - before[:, 1]).abs().max()) > 0.1


def test_with_one_outcome_its_law_is_the_same_exactly():
    z, group, y = scores()
    z = z * torch.rand(len(z), generator=generator(2)) ** group  # told worse in one group
    u = outcome_transport(
        z[:, None], [y == 1], nested_levels(group[:, None]), torch.ones(len(z)), generator()
    )[:, 0]
    for threshold in (-0.5, 0.5, 1.0):
        first, second = rates(u, group, y, threshold)[1].tolist()
        assert first == pytest.approx(second, abs=0.005)


def test_separation_is_the_mean_area_under_the_roc_curve():
    noise = generator()
    strata = torch.randint(3, (500,), generator=noise)
    told = torch.randn(500, 3, generator=noise) + torch.nn.functional.one_hot(strata, 3)
    expected = [roc_auc_score(strata == k, told[:, k]) for k in range(3)]
    assert separation(told, strata) == pytest.approx(sum(expected) / 3)
    assert separation(told, torch.zeros(500).long()) == 0.5


def test_a_score_that_tells_one_group_better_gives_up_columns_there():
    """x[0] tells y in both groups, x[1] tells it in the second only."""
    shape = schema(x=(2, 2, 4), s=(2,))
    noise = generator()
    s = torch.randint(2, (4000,), generator=noise)
    y = torch.randint(2, (4000,), generator=noise)

    def telling(share):
        return torch.where(torch.rand(4000, generator=noise) < share, y, 1 - y)

    x = torch.stack(
        [
            telling(0.75),
            torch.where(s == 1, telling(0.9), torch.randint(2, (4000,), generator=noise)),
            torch.randint(4, (4000,), generator=noise),
        ],
        dim=1,
    )
    rows = Rows(x=x, s=s[:, None], s_positions=torch.zeros(4000, 1), y=y[:, None])

    def told_in_each_group(criterion):
        u = fit_teacher(
            rows,
            shape,
            criterion=CRITERIA[criterion],
            favourable=1,
            config=TEACHER,
            generator=generator(),
        ).u[:, 0]
        return [roc_auc_score(y[s == g], u[s == g]) for g in (0, 1)]

    first, second = told_in_each_group('demographic_parity')
    assert second - first > 0.1
    first, second = told_in_each_group('equalized_odds')
    assert second == pytest.approx(first, abs=0.04)
    assert first > 0.7
