from dataclasses import fields

import pytest
import torch

from sdv_fair4free.core.generator import RowGenerator
from sdv_fair4free.core.layout import Layout
from sdv_fair4free.core.lessons import PART, Lesson, cut, drawn_lesson
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


def test_a_lesson_is_the_same_however_many_threads_there_are(teacher):
    before = torch.get_num_threads()
    try:
        lessons = []
        for threads in (1, 3):
            torch.set_num_threads(threads)
            lessons.append(drawn_lesson(teacher, 3 * PART + 5, Noise(teacher.schema, 5)))
    finally:
        torch.set_num_threads(before)
    one, other = lessons
    assert len(one) == 3 * PART + 5
    assert all(torch.equal(getattr(one, f.name), getattr(other, f.name)) for f in fields(Lesson))


def test_a_lesson_tells_the_teachers_distributions(teacher):
    lesson = drawn_lesson(teacher, ROWS, Noise(teacher.schema, 1))
    context = teacher.context(lesson.u, lesson.s_marks)
    told = teacher.decoder.probabilities(teacher.decoder(lesson.x_at, context))
    torch.testing.assert_close(lesson.shares, told, atol=2e-2, rtol=2e-2)
    batches = list(cut(lesson, 100, torch.Generator().manual_seed(0)))
    assert [len(batch) for batch in batches] == [100, 100, 100]
