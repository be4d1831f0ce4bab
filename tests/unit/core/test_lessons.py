from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields

import pytest
import torch

from sdv_fair4free.core.generator import RowGenerator
from sdv_fair4free.core.layout import Layout
from sdv_fair4free.core.lessons import Lesson, Lessons, cut, drawn_lesson
from sdv_fair4free.core.noise import Noise
from sdv_fair4free.core.schema import Schema
from sdv_fair4free.core.sensitive import SensitiveColumn, SensitiveLaw, SensitiveLayout

ROWS = 300


@pytest.fixture(scope='module')
def teacher():
    schema = Schema(
        x=Layout.of((4, 3, 7)),
        s=SensitiveLayout(columns=(SensitiveColumn(size=2, spans=None),)),
        y=Layout.of((2,)),
        latent=1,
    )
    law = SensitiveLaw(schema.s, torch.tensor([[0], [1]]), torch.tensor([0.6, 0.4]))
    seed = torch.Generator().manual_seed(0)
    made = RowGenerator(schema, law, None, width=24, depth=1, head_width=8, dropout=0.0, seed=seed)
    for weight in made.parameters():
        torch.nn.init.normal_(weight, std=0.3, generator=seed)
    return made.requires_grad_(False)


def same(one, other):
    return all(torch.equal(getattr(one, f.name), getattr(other, f.name)) for f in fields(Lesson))


def test_lessons_drawn_ahead_are_those_drawn_when_asked(teacher):
    plain = Lessons(teacher, ROWS, Noise(teacher.schema, 5), 4, None)
    with ThreadPoolExecutor(1) as worker:
        ahead = Lessons(teacher, ROWS, Noise(teacher.schema, 5), 4, worker)
        for _ in range(4):
            assert same(plain.next(), ahead.next())
        ahead.close()


def test_the_state_is_as_if_nothing_had_been_drawn_ahead(teacher):
    plain = Lessons(teacher, ROWS, Noise(teacher.schema, 5), 3, None)
    with ThreadPoolExecutor(1) as worker:
        ahead = Lessons(teacher, ROWS, Noise(teacher.schema, 5), 3, worker)
        plain.next()
        ahead.next()
        state = ahead.get_state()
        second = plain.next()
        ahead.next()
        ahead.set_state(state)
        assert same(second, ahead.next())
        ahead.close()


def test_no_lesson_is_drawn_that_nobody_wants(teacher):
    with ThreadPoolExecutor(1) as worker:
        noise = Noise(teacher.schema, 5)
        ahead = Lessons(teacher, ROWS, noise, 2, worker)
        ahead.next()
        ahead.next()
        ahead.close()
    other = Noise(teacher.schema, 5)
    for _ in range(2):
        drawn_lesson(teacher, ROWS, other)
    assert torch.equal(noise.draw(8).columns, other.draw(8).columns)


def test_a_worker_that_fails_is_heard(teacher):
    class Broken(Noise):
        def draw(self, rows, cells=0):
            raise ArithmeticError('no numbers')

    with ThreadPoolExecutor(1) as worker:
        ahead = Lessons(teacher, ROWS, Noise(teacher.schema, 5), 3, worker)
        ahead._noise = Broken(teacher.schema, 5)
        with pytest.raises(ArithmeticError, match='no numbers'):
            ahead.next()
        ahead.close()


def test_a_lesson_tells_the_teachers_distributions(teacher):
    lesson = drawn_lesson(teacher, ROWS, Noise(teacher.schema, 1))
    context = teacher.context(lesson.u, lesson.s_marks)
    told = teacher.decoder.probabilities(teacher.decoder(lesson.x_at, context))
    torch.testing.assert_close(lesson.shares, told, atol=2e-2, rtol=2e-2)
    batches = list(cut(lesson, 100, torch.Generator().manual_seed(0)))
    assert [len(batch) for batch in batches] == [100, 100, 100]
