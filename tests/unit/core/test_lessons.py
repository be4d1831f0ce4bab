from dataclasses import fields

import pytest
import torch

from sdv_fair4free.core.generator import RowGenerator
from sdv_fair4free.core.layout import Layout
from sdv_fair4free.core.lessons import PART, Lesson, Tutor
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
            lessons.append(Tutor(teacher, Noise(teacher.schema, 5)).lesson(3 * PART + 5))
    finally:
        torch.set_num_threads(before)
    one, other = lessons
    assert len(one) == 3 * PART + 5
    assert all(torch.equal(getattr(one, f.name), getattr(other, f.name)) for f in fields(Lesson))


def test_a_lesson_tells_the_teachers_distributions(teacher):
    lesson = Tutor(teacher, Noise(teacher.schema, 1)).lesson(ROWS)
    context = teacher.context(lesson.u, lesson.s_marks)
    told = teacher.decoder.probabilities(teacher.decoder(lesson.x_at, context))
    torch.testing.assert_close(lesson.shares, told, atol=2e-2, rtol=2e-2)


def test_batches_are_the_rows_of_one_lesson_whoever_draws_them_and_however_few_at_a_time(
    teacher, monkeypatch
):
    before = torch.get_num_threads()
    whole = Tutor(teacher, Noise(teacher.schema, 2)).lesson(900)
    tokens = teacher.schema.x.tokens
    try:
        for threads, cells in ((1, 10**6), (1, 250 * tokens), (3, 250 * tokens), (3, 1)):
            torch.set_num_threads(threads)
            monkeypatch.setattr('sdv_fair4free.core.lessons.PART_CELLS', cells)
            batches = list(Tutor(teacher, Noise(teacher.schema, 2)).batches(9, 100))
            assert [len(batch) for batch in batches] == [100] * 9
            for part in fields(Lesson):
                joined = torch.cat([getattr(batch, part.name) for batch in batches])
                torch.testing.assert_close(joined, getattr(whole, part.name))
    finally:
        torch.set_num_threads(before)


@pytest.mark.parametrize('threads', [1, 2, 3])
def test_no_more_rows_are_held_than_each_thread_draws_at_a_time(teacher, monkeypatch, threads):
    drawn, given = [], 0
    noise = Noise(teacher.schema, 2)
    draw = noise.draw
    monkeypatch.setattr(noise, 'draw', lambda rows, cells: drawn.append(rows) or draw(rows, cells))
    monkeypatch.setattr('sdv_fair4free.core.lessons.PART_CELLS', 250 * teacher.schema.x.tokens)
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(threads)
        for batch in Tutor(teacher, noise).batches(19, 100):
            given += len(batch)
            assert sum(drawn) - given < 200 * threads
    finally:
        torch.set_num_threads(before)
    assert drawn == [200] * 9 + [100]
