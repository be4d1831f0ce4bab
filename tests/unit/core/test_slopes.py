import pytest
import torch
from torch.nn import functional as F

from sdv_fair4free.core.slopes import linear, residual, summed

ROWS, WIDTH, TOKENS, COLUMNS = 40, 6, 9, 3


def numbers(*shape, seed=0, learnt=True):
    noise = torch.Generator().manual_seed(seed)
    return torch.randn(shape, generator=noise).requires_grad_(learnt)


def marks(*shape):
    return (numbers(*shape, seed=9, learnt=False) > 0).float()


def some_tokens():
    noise = torch.Generator().manual_seed(3)
    codes = torch.randint(0, TOKENS // COLUMNS, (ROWS, COLUMNS), generator=noise)
    return codes + torch.arange(COLUMNS) * (TOKENS // COLUMNS)


def agree(ours, slow, learnt):
    """Values and slopes by hand are those of automatic differentiation."""
    torch.testing.assert_close(ours, slow)
    seen = numbers(*ours.shape, seed=5, learnt=False)
    mine = torch.autograd.grad((ours * seen).sum(), learnt, retain_graph=True)
    theirs = torch.autograd.grad((slow * seen).sum(), learnt)
    for found, expected in zip(mine, theirs, strict=True):
        torch.testing.assert_close(found, expected)


@pytest.mark.parametrize('mask', [None, marks(4, WIDTH)])
def test_linear_is_a_masked_linear_map(mask):
    h, weight, bias = numbers(ROWS, WIDTH), numbers(4, WIDTH, seed=1), numbers(4, seed=2)
    slow = F.linear(h, weight if mask is None else weight * mask, bias)
    agree(linear(h, weight, bias, mask), slow, [h, weight, bias])


@pytest.mark.parametrize('mask', [None, marks(WIDTH, WIDTH)])
@pytest.mark.parametrize(('kept', 'scale'), [(None, 1.0), (marks(ROWS, WIDTH), 1.7)])
@pytest.mark.parametrize('more', [True, False])
def test_residual_adds_what_a_map_makes_of_the_active_units(mask, kept, scale, more):
    h, weight = numbers(ROWS, WIDTH), numbers(WIDTH, WIDTH, seed=1)
    bias, extra = numbers(WIDTH, seed=2), numbers(ROWS, WIDTH, seed=4)
    active = F.silu(h) if kept is None else F.silu(h) * kept * scale
    slow = h + F.linear(active, weight if mask is None else weight * mask, bias)
    found = residual(h, extra if more else None, weight, bias, mask, kept, scale)
    learnt = [h, weight, bias, *([extra] if more else [])]
    agree(found, slow + extra if more else slow, learnt)


@pytest.mark.parametrize('weights', [None, numbers(ROWS, COLUMNS, seed=7, learnt=False)])
def test_summed_adds_the_rows_of_a_table(weights):
    table, at = numbers(TOKENS, WIDTH), some_tokens()
    rows = table[at] if weights is None else table[at] * weights[:, :, None]
    agree(summed(table, at, weights), rows.sum(1), [table])


def test_summed_adds_nothing_where_there_are_no_columns():
    found = summed(numbers(TOKENS, WIDTH), some_tokens()[:, :0])
    assert torch.equal(found, torch.zeros(ROWS, WIDTH))


def test_products_are_of_the_precision_that_is_asked_for():
    h, weight, bias = numbers(ROWS, WIDTH), numbers(WIDTH, WIDTH, seed=1), numbers(WIDTH, seed=2)
    with torch.autocast('cpu', torch.bfloat16):
        halves = residual(linear(h, weight, bias), None, weight, bias, None, None, 1.0)
    assert halves.dtype == torch.bfloat16
    whole = residual(linear(h, weight, bias), None, weight, bias, None, None, 1.0)
    torch.testing.assert_close(halves.float(), whole, rtol=0.05, atol=0.1)
    halves.float().sum().backward()
    assert {h.grad.dtype, weight.grad.dtype, bias.grad.dtype} == {torch.float32}
