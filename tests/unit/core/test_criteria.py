import pytest
import torch

from sdv_fair4free.core.criteria import (
    CRITERIA,
    balancing_weights,
    shrunken_shares,
    strata_of,
)
from sdv_fair4free.core.transport import nested_levels


def test_under_the_weights_the_target_is_independent_of_the_group():
    noise = torch.Generator().manual_seed(0)
    groups = torch.randint(3, (5000,), generator=noise)
    y = (torch.rand(5000, generator=noise) < 0.2 + 0.3 * groups).long()
    shares = shrunken_shares(y, nested_levels(groups[:, None]))
    weights = balancing_weights(y, shares).double()
    joint = torch.zeros(3, 2, dtype=torch.float64).index_put_((groups, y), weights, accumulate=True)
    joint /= joint.sum()
    independent = joint.sum(1, keepdim=True) * joint.sum(0, keepdim=True)
    torch.testing.assert_close(joint, independent, atol=1e-7, rtol=1e-5)
    shares = torch.bincount(groups) / 5000
    torch.testing.assert_close(joint.sum(1).float(), shares, atol=1e-6, rtol=1e-5)


def test_weights_are_one_where_nothing_is_out_of_balance():
    y = torch.tensor([0, 1, 0, 1])
    shares = shrunken_shares(y, nested_levels(torch.tensor([[0], [0], [1], [1]])))
    assert balancing_weights(y, shares).tolist() == pytest.approx([1.0] * 4)


def test_shares_of_a_rare_group_lie_between_its_own_and_everybodys():
    groups = (torch.arange(1000) < 10).long()
    y = (torch.arange(1000) % 4 == 0).long()
    y[:10] = 1
    shares = shrunken_shares(y, nested_levels(groups[:, None]))
    assert 0.25 < float(shares[0, 1]) < 1.0
    assert float(shares[500, 1]) == pytest.approx(float(y[10:].double().mean()))
    assert shares.sum(1).tolist() == pytest.approx([1.0] * 1000)


def test_several_targets_are_compared_by_their_crossings_and_rare_ones_together():
    y = torch.tensor([[0, 0]] * 60 + [[1, 2]] * 70 + [[0, 2]] * 3 + [[1, 0]] * 2)
    tokens = (torch.tensor([0, 1]), torch.tensor([0, 0, 1]))
    strata = strata_of(y, tokens)
    assert torch.bincount(strata).tolist() == [60, 70, 5]
    assert strata_of(y[:, :1], tokens[:1]).tolist() == y[:, 0].tolist()
    assert strata_of(y[:, :0], ()).tolist() == [0] * len(y)


def test_each_criterion_names_the_rows_in_which_it_asks_for_independence():
    y = torch.tensor([0, 1, 2, 1])
    strata = {
        name: [mask.int().tolist() for mask in criterion.masks(y, 1, 3)]
        for name, criterion in CRITERIA.items()
    }
    assert strata == {
        'demographic_parity': [[1, 1, 1, 1]],
        'equalized_odds': [[1, 0, 0, 0], [0, 1, 0, 1], [0, 0, 1, 0]],
        'equal_opportunity': [[0, 1, 0, 1]],
    }


def test_strata_that_hardly_any_row_has_do_not_count():
    strata = torch.tensor([0] * 900 + [2] * 90 + [3] * 10)
    masks = CRITERIA['equalized_odds'].masks(strata, 0, 4)
    assert [int(mask.sum()) for mask in masks] == [900, 0, 90, 0]


def test_no_row_outweighs_all_others():
    strata = torch.tensor([0] * 999 + [1])
    shares = torch.tensor([[1 - 1e-9, 1e-9]], dtype=torch.float64).expand(1000, 2)
    weights = balancing_weights(strata, shares)
    assert float(weights.max() / weights.min()) <= 101
