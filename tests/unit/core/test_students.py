"""A student learns from its teacher alone, is smaller, and comes close to it."""

from dataclasses import replace

import pytest
import torch
from taught import STUDENT, TRAINING, real_rows, schema, teach, weights_of

from sdv_fair4free.core.config import StudentConfig, TrainingConfig
from sdv_fair4free.core.distill import distill, distill_with_data
from sdv_fair4free.core.generator import at_rest


def test_a_student_is_fitted_after_the_rows_are_destroyed(teacher):
    first, _ = distill(
        teacher.generator, config=STUDENT, generator=torch.Generator().manual_seed(5)
    )
    rows = real_rows(schema())
    again = teach(schema(), rows=rows)
    for tensor in (rows.x, rows.s, rows.y, again.u):
        tensor.fill_(-1)
    generator = again.generator
    del rows, again
    second, _ = distill(generator, config=STUDENT, generator=torch.Generator().manual_seed(5))
    assert torch.equal(weights_of(first), weights_of(second))


def test_distilling_changes_no_weight_of_the_teacher(teacher):
    before = weights_of(teacher.generator).clone()
    distill(teacher.generator, config=STUDENT, generator=torch.Generator().manual_seed(5))
    assert torch.equal(before, weights_of(teacher.generator))


def test_a_student_has_at_most_its_share_of_the_weights(teacher):
    for share in (0.5, 0.3):
        config = StudentConfig(training=TRAINING, pool=2048, share=share)
        student, _ = distill(
            teacher.generator, config=config, generator=torch.Generator().manual_seed(5)
        )
        assert student.parameter_count() <= share * teacher.generator.parameter_count()


@pytest.mark.parametrize('with_data', [False, True])
def test_a_student_of_half_precision_is_stored_as_it_is_in_memory(teacher, with_data):
    def student(precision):
        config = replace(STUDENT, precision=precision)
        generator = torch.Generator().manual_seed(5)
        if not with_data:
            return distill(teacher.generator, config=config, generator=generator)[0]
        return distill_with_data(
            teacher.generator,
            real_rows(schema()),
            teacher.u,
            lambda index: [torch.ones_like(index, dtype=torch.bool)],
            config=config,
            generator=generator,
        )[0]

    single, half = student('single'), student('half')
    assert not torch.equal(weights_of(half), weights_of(single))
    assert torch.allclose(weights_of(half), weights_of(single), rtol=1e-3, atol=1e-6)
    assert half.weight_bytes() == 2 * half.parameter_count()
    assert 3.9 * single.parameter_count() < single.weight_bytes() <= 4 * single.parameter_count()
    for weights in half.parameters():
        assert weights.dtype == torch.float32
        stored = at_rest(weights)
        assert stored.dtype == torch.float16
        assert torch.equal(stored.float(), weights)


@pytest.mark.parametrize('with_data', [False, True])
def test_a_student_comes_closer_to_its_teacher_than_it_began(teacher, with_data):
    generator = torch.Generator().manual_seed(5)
    config = StudentConfig(training=TrainingConfig(epochs=8, width=32), pool=4096, share=1.0)
    if with_data:
        rows = real_rows(schema())
        _, history = distill_with_data(
            teacher.generator,
            rows,
            teacher.u,
            lambda index: [torch.ones_like(index, dtype=torch.bool)],
            config=config,
            generator=generator,
        )
        assert {'columns', 'target', 'quality'} <= {record.term for record in history}
    else:
        _, history = distill(teacher.generator, config=config, generator=generator)
    losses = [record.held_out_loss for record in history if record.term == 'columns']
    assert 0 <= min(losses) < losses[0] / 2  # a divergence is never negative
