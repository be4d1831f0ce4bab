import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from sdv_fair4free.core.layout import Layout
from sdv_fair4free.core.likelihood import bounded
from sdv_fair4free.core.networks import Decoder, kept_units, reset_parameters
from sdv_fair4free.core.sampling import FoldedDecoder, draw

SIZES = (3, 1, 5, 2)


def decoder(sizes=SIZES, context=2, width=20, depth=2, features=0, direct=True):
    noise = torch.Generator().manual_seed(0)
    layout = Layout.stacked([torch.randn(size, features, generator=noise) for size in sizes])
    made = Decoder(layout, context, width, depth, dropout=0.0, direct=direct)
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
    column = layout.column_of_token()
    with torch.no_grad():
        before = model(layout.at(codes), context)
        for changed, size in enumerate(SIZES):
            other = codes.clone()
            other[:, changed] = (codes[:, changed] + 1) % size
            moved = (model(layout.at(other), context) != before).any(dim=0)
            assert not moved[column <= changed].any()
            if size > 1 and changed < len(SIZES) - 1:
                assert moved[column > changed].any()


def test_the_likelihood_is_the_sum_of_log_softmaxes():
    model, layout = decoder()
    codes, context = some_rows(layout)
    logits = model(layout.at(codes), context)
    expected = -sum(
        part.log_softmax(1).gather(1, codes[:, c : c + 1])[:, 0]
        for c, part in enumerate(logits.split(SIZES, dim=1))
    )
    found = model.negative_log_likelihood(logits, layout.at(codes))
    assert found.tolist() == pytest.approx(expected.tolist(), abs=1e-4)


def test_drawing_column_by_column_gives_the_logits_of_one_whole_pass():
    model, layout = decoder()
    _, context = some_rows(layout)
    uniforms = torch.rand(64, len(SIZES), generator=torch.Generator().manual_seed(2))
    drawn = list(FoldedDecoder.of(model).draws(context, uniforms))
    codes = torch.stack([code for _, code in drawn], dim=1)
    with torch.no_grad():
        whole = bounded(model(layout.at(codes), context))
        stepwise = torch.cat([weights for weights, _ in drawn], dim=1).log()
    torch.testing.assert_close(stepwise, whole, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize('width', [100, 900])
@pytest.mark.parametrize('autoregressive', [True, False])
def test_many_columns_are_walked_as_in_one_whole_pass(autoregressive, width):
    sizes = (3, 70, 2, 9) * 12
    model = Decoder(Layout.of(sizes), 2, width, 2, 0.0, autoregressive, direct=True)
    reset_parameters(model, torch.Generator().manual_seed(0))
    noise = torch.Generator().manual_seed(2)
    assert (model.direct is not None) == autoregressive
    if model.direct is not None:  # of narrow networks some columns tell, of wide ones all
        assert model.direct.columns == {100: 9, 900: 47}[width]
        torch.nn.init.normal_(model.direct.weight, generator=noise)
    context = torch.randn(64, 2, generator=noise)
    uniforms = torch.rand(64, len(sizes), generator=noise)
    drawn = list(FoldedDecoder.of(model).draws(context, uniforms))
    codes = torch.stack([code for _, code in drawn], dim=1)
    with torch.no_grad():
        whole = bounded(model(model.layout.at(codes), context))
    torch.testing.assert_close(
        torch.cat([weights for weights, _ in drawn], dim=1).log(), whole, atol=1e-4, rtol=1e-4
    )


def test_probabilities_of_all_rows_add_up_to_one():
    model, layout = decoder(sizes=(2, 3, 2))
    every = torch.cartesian_prod(*(torch.arange(size) for size in layout.sizes))
    context = torch.full((len(every), 2), 0.7)
    with torch.no_grad():
        at = layout.at(every)
        total = (-model.negative_log_likelihood(model(at, context), at)).exp().sum()
    assert float(total) == pytest.approx(1.0, abs=1e-5)


@settings(max_examples=25, deadline=None)
@given(
    sizes=st.lists(st.integers(1, 6), min_size=1, max_size=6),
    context=st.integers(0, 3),
    width=st.integers(1, 24),
    depth=st.integers(1, 3),
    features=st.integers(0, 4),
    direct=st.booleans(),
)
def test_the_parameter_count_is_known_without_making_one(
    sizes, context, width, depth, features, direct
):
    model, layout = decoder(tuple(sizes), context, width, depth, features, direct)
    made = sum(weight.numel() for weight in model.parameters())
    assert Decoder.parameter_count(layout, context, width, depth, direct) == made


def test_networks_begin_with_how_often_tokens_come():
    layout = Layout.of(SIZES)
    codes, context = some_rows(layout)
    shares = layout.shares(codes, torch.arange(64) + 1.0)
    for column, size in zip(codes.T, shares.split(SIZES), strict=True):
        counts = torch.bincount(column, torch.arange(64) + 1.0, len(size)) + 0.5
        torch.testing.assert_close(size, (counts / counts.sum()).float())
    model = Decoder(layout, 2, 20, 2, dropout=0.0, direct=True)
    for weight in model.parameters():
        torch.nn.init.zeros_(weight)
    model.start_from(shares)
    told = model.probabilities(model(layout.at(codes), context))
    torch.testing.assert_close(told, shares.expand(64, -1), atol=1e-5, rtol=1e-4)


def test_draw_follows_the_probabilities_exactly():
    logits = torch.tensor([0.1, 0.2, 0.3, 0.4]).log().expand(1000, 4)
    uniforms = (torch.arange(1000) + 0.5) / 1000
    assert torch.bincount(draw(logits, uniforms)).tolist() == [100, 200, 300, 400]


def test_making_and_resetting_networks_leaves_the_global_stream_alone():
    before = torch.get_rng_state()
    decoder()
    assert torch.equal(before, torch.get_rng_state())


def test_at_names_the_token_of_each_column():
    layout = Layout.of(SIZES)
    codes, _ = some_rows(layout)
    at = layout.at(codes)
    assert torch.equal(layout.column_of_token()[at], torch.arange(len(SIZES)).expand(at.shape))
    assert torch.equal(at - torch.tensor(layout.offsets[:-1]), codes)


@pytest.mark.parametrize(('share', 'found'), [(0.0, 0.0), (0.1, 26 / 256), (0.5, 0.5)])
def test_dropout_silences_its_share_and_keeps_the_mean(share, found):
    noise = torch.Generator().manual_seed(4)
    units = torch.ones(1000, 203)
    kept, scale = kept_units(units, share, noise)
    h = units * scale if kept is None else units * kept * scale
    assert float((h == 0).float().mean()) == pytest.approx(found, abs=3e-3)
    assert float(h.mean()) == pytest.approx(1.0, abs=1e-2)
    assert h.unique().tolist() == pytest.approx([0.0, 1 / (1 - found)] if share else [1.0])
