"""The noise on ``u`` that the decoder of columns learns with."""

import pickle
from dataclasses import replace

import pytest
import torch
from taught import TEACHER, real_rows, schema, teach, weights_of

from sdv_fair4free.core.config import TeacherConfig
from sdv_fair4free.core.decoding import blurred, decoder_loss, looks, sharp_loss
from sdv_fair4free.core.layout import Layout
from sdv_fair4free.core.networks import Decoder, reset_parameters


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize('blur', [0.1, 0.2, 1.0])
def test_what_is_gaussian_stays_so_and_keeps_what_the_variance_says(blur):
    u = torch.randn(200_000, 2, generator=generator(), dtype=torch.float64)
    seen = blurred(u, blur, generator(1))
    together = torch.cat([seen, u], dim=1).T
    kept = 1 / (1 + blur**2) ** 0.5
    expected = torch.eye(4, dtype=torch.float64)
    expected[0, 2] = expected[2, 0] = expected[1, 3] = expected[3, 1] = kept
    assert torch.allclose(together.cov(), expected, atol=0.015)
    assert together.mean(dim=1).abs().max() < 0.015
    assert (seen**4).mean(dim=0).sub(3).abs().max() < 0.1


def test_no_blur_leaves_u_and_the_random_stream_alone():
    noise, u = generator(), torch.ones(3, 1)
    before = noise.get_state()
    assert blurred(u, 0.0, noise).equal(u)
    assert noise.get_state().equal(before)


def test_blur_is_for_columns_where_rows_as_they_are_make_u_gaussian():
    sharp, blunt = (replace(TEACHER, blur=blur) for blur in (0.0, 0.5))

    def decoder(criterion, config):
        return weights_of(teach(schema(), criterion, config=config).generator.decoder)

    parity = [decoder('demographic_parity', config) for config in (sharp, blunt)]
    assert not parity[0].equal(parity[1])
    # Balanced by weights, and pooled: the noise would mix rows that lie elsewhere in each group.
    odds = [decoder('equalized_odds', config) for config in (sharp, blunt)]
    assert odds[0].equal(odds[1])
    pooled = [
        decoder('demographic_parity', replace(config, transport='pooled'))
        for config in (sharp, blunt)
    ]
    assert pooled[0].equal(pooled[1])


def terms(made, rows, blur, training, seed=0):
    u, weights = torch.randn(len(rows), 1, 1, generator=generator()), torch.ones(len(rows))
    loss = decoder_loss(made, rows, u, weights, blur, generator(seed))
    return {
        name: float(value.detach()) for name, value in loss(torch.arange(500), training).items()
    }


def test_rows_held_out_are_blurred_alike_each_time():
    shape = schema()
    rows, made = real_rows(shape), teach(shape).generator
    made.decoder.dropout = 0.0
    assert set(terms(made, rows, 0.5, True)) == {'columns', 'target', 'plain target'}
    columns = [terms(made, rows, *asked)['columns'] for asked in ((0.0, True), (0.5, True))]
    assert columns[0] != columns[1] != terms(made, rows, 0.5, True, seed=1)['columns']
    held_out = [terms(made, rows, 0.5, False, seed) for seed in (0, 1)]
    assert held_out[0] == held_out[1] != terms(made, rows, 0.0, False)


def test_looks_come_in_pairs_about_the_blurred_mean():
    u = torch.randn(50, 3, generator=generator())
    seen = looks(u, 0.5, 4, generator(1))
    middle = u / 1.25**0.5
    assert seen.shape == (4, 50, 3)
    assert torch.allclose(seen[0] + seen[1], 2 * middle, atol=1e-6)
    assert torch.allclose(seen[2] + seen[3], 2 * middle, atol=1e-6)
    assert not torch.allclose(seen[0], seen[2])
    assert looks(u, 0.5, 3, generator(1)).equal(seen[:3])
    assert looks(u, 0.0, 4, generator(1)).equal(u[None])


def a_head(told=1):
    return Decoder(Layout.of([2]), 1 + told, width=16, depth=1, dropout=0.0)


def test_the_loss_of_a_head_is_of_its_mean_probability():
    head = a_head()
    reset_parameters(head, generator())
    u, told = torch.randn(40, 1, generator=generator()), torch.ones(40, 1)
    at = torch.arange(40)[:, None] % 2
    seen = looks(u, 0.5, 6, generator(1))
    found = sharp_loss(head, at, seen, told)
    slow = torch.stack(
        [head.probabilities(head(at, torch.cat([look, told], dim=1))) for look in seen]
    )
    assert torch.allclose(found, -slow.mean(dim=0).gather(1, at)[:, 0].log(), atol=1e-5)
    sharp = sharp_loss(head, at, u[None], told)
    plain = head.negative_log_likelihood(head(at, torch.cat([u, told], dim=1)), at)
    assert torch.allclose(sharp, plain, atol=1e-6)


def test_a_head_is_sharper_by_what_the_blur_takes_away():
    """Averaged over the blur it tells the outcome as often as ``u`` does."""
    blur, u, luck = 0.5, torch.randn(20_000, 1, generator=generator()), generator(1)
    chance = torch.sigmoid(1.5 * u[:, 0] - 0.5)
    at = (torch.rand(len(u), generator=luck) < chance).long()[:, None]
    head, told = a_head(told=0), u[:, :0]
    reset_parameters(head, generator())
    steps = torch.optim.Adam(head.parameters(), lr=1e-2)
    for _ in range(300):
        batch = torch.randint(len(u), (1000,), generator=luck)
        loss = sharp_loss(head, at[batch], looks(u[batch], blur, 6, luck), told[batch]).mean()
        steps.zero_grad()
        loss.backward()
        steps.step()

    def favourable(seen):
        with torch.no_grad():
            return head.probabilities(head(torch.zeros(len(seen), 1).long(), seen))[:, 1]

    grid = torch.linspace(-1.5, 1.5, 7)[:, None]
    seen = looks(grid, blur, 2000, generator(2))
    averaged = favourable(seen.flatten(0, 1)).view(2000, 7).mean(dim=0)
    assert torch.allclose(averaged, torch.sigmoid(1.5 * grid[:, 0] - 0.5), atol=0.04)
    low, high = favourable(torch.tensor([[-1.0], [1.0]])).logit()
    assert high - low > 1.2 * 1.5 * 2


def test_what_was_pickled_before_there_was_a_blur_has_none():
    config = TeacherConfig()
    del config.__dict__['blur']
    assert pickle.loads(pickle.dumps(config)).blur == 0
    assert pickle.loads(pickle.dumps(TeacherConfig(blur=0.3))) == TeacherConfig(blur=0.3)


@pytest.mark.parametrize('blur', [-0.1, float('nan'), 'much', True])
def test_blur_out_of_range_is_refused(blur):
    with pytest.raises(ValueError, match='blur='):
        TeacherConfig(blur=blur)


def test_neither_pictures_nor_the_published_teacher_are_blurred():
    assert TeacherConfig.for_pictures().blur == 0
    assert TeacherConfig.as_published().transport is None
