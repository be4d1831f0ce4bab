"""The noise on ``u`` that the decoder of columns learns with."""

import pickle
from dataclasses import replace

import pytest
import torch
from taught import TEACHER, real_rows, schema, teach, weights_of

from sdv_fair4free.core.config import TeacherConfig
from sdv_fair4free.core.decoding import blurred, decoder_loss


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
    assert blurred(u, 0.0, noise) is u
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


def test_targets_and_rows_held_out_see_u_as_it_is():
    shape = schema()
    rows, made = real_rows(shape), teach(shape).generator
    made.decoder.dropout = 0.0
    u, weights = torch.randn(len(rows), 1, 1, generator=generator()), torch.ones(len(rows))
    batch = torch.arange(500)

    def terms(blur, training, seed=0):
        loss = decoder_loss(made, rows, u, weights, blur, generator(seed))
        return {name: float(value.detach()) for name, value in loss(batch, training).items()}

    sharp, blunt, other = terms(0.0, True), terms(0.5, True), terms(0.5, True, seed=1)
    assert len({sharp['columns'], blunt['columns'], other['columns']}) == 3
    del sharp['columns'], blunt['columns']
    assert set(sharp) == {'target', 'plain target'}
    assert sharp == blunt
    assert terms(0.5, False, seed=0) == terms(0.0, False, seed=1)


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
