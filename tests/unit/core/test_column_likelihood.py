import pytest
import torch

from sdv_fair4free.core.layout import Layout
from sdv_fair4free.core.likelihood import (
    LOGIT_BOUND,
    cross_entropy,
    log_probabilities,
    negative_log_likelihood,
)

SIZES = (3, 1, 5, 2)
LAYOUT = Layout.of(SIZES)


def some(rows=6, seed=0):
    """Logits, the tokens of values, and probabilities that somebody else gives."""
    noise = torch.Generator().manual_seed(seed)
    logits = 2 * torch.randn(rows, LAYOUT.tokens, generator=noise)
    codes = torch.stack([torch.randint(k, (rows,), generator=noise) for k in SIZES], dim=1)
    given = torch.randn(rows, LAYOUT.tokens, generator=noise)
    shares = torch.cat([part.softmax(1) for part in given.split(SIZES, dim=1)], dim=1)
    return logits, LAYOUT.at(codes), shares


def slowly(logits, shares):
    """(rows,): cross entropy by log softmax, column by column."""
    parts = zip(logits.split(SIZES, dim=1), shares.split(SIZES, dim=1), strict=True)
    return -sum((share * part.log_softmax(1)).sum(1) for part, share in parts)


def marked(at):
    return torch.zeros(len(at), LAYOUT.tokens).scatter_(1, at, 1.0)


def test_both_losses_and_their_slopes_are_those_of_log_softmax():
    logits, at, shares = some()
    membership = LAYOUT.membership()
    for found, given in (
        (lambda x: negative_log_likelihood(x, at, membership), marked(at)),
        (lambda x: cross_entropy(x, shares, membership), shares),
    ):
        own, slow = (logits.clone().requires_grad_() for _ in range(2))
        weights = torch.arange(1.0, len(logits) + 1)
        loss, expected = found(own), slowly(slow, given)
        torch.testing.assert_close(loss, expected)
        (loss * weights).sum().backward()
        (expected * weights).sum().backward()
        torch.testing.assert_close(own.grad, slow.grad)


def test_the_cross_entropy_is_least_where_the_two_agree_and_is_the_entropy_there():
    logits, _, _ = some()
    membership = LAYOUT.membership()
    own = log_probabilities(logits, membership).exp()
    entropy = torch.special.entr(own).sum(1)
    torch.testing.assert_close(cross_entropy(logits, own, membership), entropy)
    other, _, _ = some(seed=1)
    assert (cross_entropy(other, own, membership) > entropy).all()


def test_probabilities_of_each_column_add_up_to_one():
    logits, _, _ = some()
    total = LAYOUT.membership().sums(log_probabilities(100 * logits, LAYOUT.membership()).exp())
    torch.testing.assert_close(total, torch.ones(len(logits), len(SIZES)))


def test_logits_beyond_the_bound_count_as_the_bound_and_are_drawn_back():
    at = LAYOUT.at(torch.zeros(1, len(SIZES), dtype=torch.int64))
    logits = torch.zeros(1, LAYOUT.tokens)
    logits[0, 1] = 1e4
    logits.requires_grad_()
    loss = negative_log_likelihood(logits, at, LAYOUT.membership())
    others = torch.log(torch.tensor(5.0 * 2.0))  # what the other columns cost
    assert loss.item() == pytest.approx(LOGIT_BOUND + others.item(), abs=1e-3)
    loss.backward()
    assert logits.grad[0, 1].item() == pytest.approx(1.0, abs=1e-3)


def test_half_precision_gives_slopes_of_its_own_kind():
    logits, at, _ = some()
    half = logits.bfloat16().requires_grad_()
    loss = negative_log_likelihood(half, at, LAYOUT.membership())
    assert loss.dtype == torch.float32
    loss.sum().backward()
    assert half.grad.dtype == torch.bfloat16


def test_no_columns_cost_nothing():
    none = Layout.of(())
    at = none.at(torch.zeros(4, 0, dtype=torch.int64))
    loss = negative_log_likelihood(torch.zeros(4, 0), at, none.membership())
    assert loss.tolist() == [0.0] * 4
