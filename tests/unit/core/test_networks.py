import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from sdv_fair4free.core.layout import Layout
from sdv_fair4free.core.networks import Decoder, reset_parameters
from sdv_fair4free.core.sampling import FoldedDecoder, draw

SIZES = (3, 1, 5, 2)


def decoder(sizes=SIZES, context=2, width=20, depth=2, features=0):
    noise = torch.Generator().manual_seed(0)
    layout = Layout(sizes=sizes, features=torch.randn(sum(sizes), features, generator=noise))
    made = Decoder(layout, context, width, depth, dropout=0.0)
    reset_parameters(made, noise)
    with torch.no_grad():  # last layers begin near zero; make every path count
        for weight in made.parameters():
            weight.add_(0.3 * torch.randn(weight.shape, generator=noise))
    return made.eval(), layout


def some_rows(layout, rows=64):
    noise = torch.Generator().manual_seed(1)
    codes = [torch.randint(size, (rows,), generator=noise) for size in layout.sizes]
    return torch.stack(codes, dim=1), torch.randn(rows, 2, generator=noise)


def test_a_column_never_sees_itself_nor_those_after_it():
    model, layout = decoder()
    codes, context = some_rows(layout)
    hot = layout.hot(codes).requires_grad_()
    column = layout.column_of_token()
    logits = model(hot, context)
    for c in range(len(SIZES)):
        (slope,) = torch.autograd.grad(logits[:, column == c].sum(), hot, retain_graph=True)
        assert (slope[:, column >= c] == 0).all()
        if c:
            assert (slope[:, column < c] != 0).any()


def test_the_likelihood_is_the_sum_of_log_softmaxes():
    model, layout = decoder()
    codes, context = some_rows(layout)
    logits = model(layout.hot(codes), context)
    expected = -sum(
        part.log_softmax(1).gather(1, codes[:, c : c + 1])[:, 0]
        for c, part in enumerate(logits.split(SIZES, dim=1))
    )
    found = model.negative_log_likelihood(logits, layout.hot(codes))
    assert found.tolist() == pytest.approx(expected.tolist(), abs=1e-4)


def test_drawing_column_by_column_gives_the_logits_of_one_whole_pass():
    model, layout = decoder()
    _, context = some_rows(layout)
    uniforms = torch.rand(64, len(SIZES), generator=torch.Generator().manual_seed(2))
    drawn = list(FoldedDecoder.of(model).draws(context, uniforms))
    codes = torch.stack([code for _, code in drawn], dim=1)
    with torch.no_grad():
        whole = model(layout.hot(codes), context)
        stepwise = torch.cat([logits for logits, _ in drawn], dim=1)
    torch.testing.assert_close(stepwise, whole, atol=1e-4, rtol=1e-4)


def test_probabilities_of_all_rows_add_up_to_one():
    model, layout = decoder(sizes=(2, 3, 2))
    every = torch.cartesian_prod(*(torch.arange(size) for size in layout.sizes))
    context = torch.full((len(every), 2), 0.7)
    with torch.no_grad():
        hot = layout.hot(every)
        total = (-model.negative_log_likelihood(model(hot, context), hot)).exp().sum()
    assert float(total) == pytest.approx(1.0, abs=1e-5)


@settings(max_examples=25, deadline=None)
@given(
    sizes=st.lists(st.integers(1, 6), min_size=1, max_size=6),
    context=st.integers(0, 3),
    width=st.integers(1, 24),
    depth=st.integers(1, 3),
    features=st.integers(0, 4),
)
def test_the_parameter_count_is_known_without_making_one(sizes, context, width, depth, features):
    model, layout = decoder(tuple(sizes), context, width, depth, features)
    made = sum(weight.numel() for weight in model.parameters())
    assert Decoder.parameter_count(layout, context, width, depth) == made


def test_draw_follows_the_probabilities_exactly():
    logits = torch.tensor([0.1, 0.2, 0.3, 0.4]).log().expand(1000, 4)
    uniforms = (torch.arange(1000) + 0.5) / 1000
    assert torch.bincount(draw(logits, uniforms)).tolist() == [100, 200, 300, 400]


def test_making_and_resetting_networks_leaves_the_global_stream_alone():
    before = torch.get_rng_state()
    decoder()
    assert torch.equal(before, torch.get_rng_state())


def test_hot_marks_one_token_for_each_column():
    layout = Layout.of(SIZES)
    codes, _ = some_rows(layout)
    hot = layout.hot(codes)
    assert (hot.sum(1) == len(SIZES)).all()
    assert torch.equal(hot @ layout.membership(), torch.ones(64, len(SIZES)))
    back = [part.argmax(1) for part in hot.split(SIZES, dim=1)]
    assert torch.equal(torch.stack(back, dim=1), codes)
