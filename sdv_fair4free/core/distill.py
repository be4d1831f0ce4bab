"""Distillation: a smaller student of the same interface, from the teacher alone.

Data-free (Fair4Free, arXiv 2410.01423, section 3.2): Gaussian noise goes into the teacher, and the
student learns what comes out. :func:`distill` takes a teacher and a generator; it has no parameter
through which a row could come. The teacher's distributions are matched, not its samples: the loss
is the Kullback-Leibler divergence, summed over columns, on rows that the teacher draws.

With data (its predecessor, arXiv 2408.10755): the same student on the real rows' latents, under a
utility loss (the same divergence) and a quality loss (the distance covariance of what the student
predicts and ``s``).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from sdv_fair4free.core.checkpoint import Checkpoints
from sdv_fair4free.core.config import StudentConfig
from sdv_fair4free.core.dependence import Penalty, dependence_within, distance_covariance
from sdv_fair4free.core.generator import CHUNK, RowGenerator
from sdv_fair4free.core.lessons import Lesson, Tutor, real_lesson
from sdv_fair4free.core.noise import Noise
from sdv_fair4free.core.pictures import likeness_loss
from sdv_fair4free.core.rows import Rows
from sdv_fair4free.core.student import StudentBuilder, masked_student
from sdv_fair4free.core.training import (
    MOST_HELD_OUT,
    Callback,
    Losses,
    Record,
    autocast,
    batch_size_for,
    generator_on,
    shuffled_batches,
    steps_per_epoch,
    train,
)

STAGE = 'student'
"""Its name in the history, and for those who watch."""
PICTURE_WEIGHT = 50.0
"""Weight of painting as the teacher does, in nats per pixel value, beside columns and targets."""


def distill(
    teacher: RowGenerator,
    *,
    config: StudentConfig,
    generator: torch.Generator,
    network: StudentBuilder = masked_student,
    callbacks: Sequence[Callback] = (),
    checkpoints: Checkpoints | None = None,
) -> tuple[RowGenerator, list[Record]]:
    """Fit a student to a teacher, without any data.

    Args:
        teacher: Draws rows; never changed.
        config: Size and training of the student.
        generator: All the randomness there is (a CPU generator).
        network: What the student is made of.
        callbacks: Hear of each epoch.
        checkpoints: What it goes on from, and where it is written; None for neither.

    Returns:
        The student, and its history.
    """
    student = network(teacher, config, generator)
    dropout = generator_on(student.device, generator)
    noise = Noise(teacher.schema, int(torch.randint(2**31, (1,), generator=generator)))
    tutor, size = Tutor(teacher, noise), batch_size_for(config.pool, config.training)
    watched = tutor.lesson(max(config.pool // 8, 1))
    _begin(student, teacher, watched)
    steps = config.pool // size
    history = train(
        stage=STAGE,
        module=student,
        loss=_divergence(teacher, student, dropout),
        epoch_of_batches=lambda: tutor.batches(steps, size),
        steps_per_epoch=steps,
        held_out=[watched[i : i + size] for i in range(0, len(watched), size)],
        config=config.training,
        callbacks=callbacks,
        checkpoints=checkpoints,
        streams=[generator, dropout, noise],
    )
    return _at_its_precision(student, config), history


def distill_with_data(
    teacher: RowGenerator,
    rows: Rows,
    u: Tensor,
    masks: Callable[[Tensor], list[Tensor]],
    *,
    config: StudentConfig,
    generator: torch.Generator,
    network: StudentBuilder = masked_student,
    penalty: Penalty = distance_covariance,
    callbacks: Sequence[Callback] = (),
    checkpoints: Checkpoints | None = None,
) -> tuple[RowGenerator, list[Record]]:
    """Fit a student to a teacher on the real rows.

    Args:
        teacher: Its opinion of the rows is learnt; never changed.
        rows: The real rows.
        u: (rows, latent) their latents.
        masks: From row numbers to the masks of rows within which the criterion asks for what is
            predicted to be independent of ``s``.
        config: Size and training of the student.
        generator: All the randomness there is (a CPU generator).
        network: What the student is made of.
        penalty: How much what is predicted and ``s`` depend on each other: the quality loss.
        callbacks: Hear of each epoch.
        checkpoints: What it goes on from, and where it is written; None for neither.

    Returns:
        The student, and its history.
    """
    student = network(teacher, config, generator)
    size = batch_size_for(len(rows), config.training)
    order = torch.randperm(len(rows), generator=generator).to(rows.x.device)
    share = min(len(rows) // 10, MOST_HELD_OUT)
    watched, fitted = order[:share], order[share:]
    if len(watched) == 0:
        watched = fitted
    some = watched[: teacher.schema.rows_at_once(CHUNK)]
    _begin(student, teacher, real_lesson(teacher, rows, u, some))
    dropout = generator_on(student.device, generator)
    divergence = _divergence(teacher, student, dropout)

    def loss(index: Tensor, training: bool) -> Losses:
        lesson = real_lesson(teacher, rows, u, index)
        parts = divergence(lesson, training)
        if student.fair_head is not None and config.quality_weight:
            head = student.fair_head
            told = head.probabilities(head(lesson.y_at, lesson.u))
            quality = dependence_within(told, lesson.s_marks, masks(index), penalty)
            parts['quality'] = config.quality_weight * quality
        return parts

    history = train(
        stage=STAGE,
        module=student,
        loss=loss,
        epoch_of_batches=lambda: shuffled_batches(fitted, size, generator),
        steps_per_epoch=steps_per_epoch(len(fitted), size),
        held_out=watched.split(size),
        config=config.training,
        callbacks=callbacks,
        checkpoints=checkpoints,
        streams=[generator, dropout],
    )
    return _at_its_precision(student, config), history


def _at_its_precision(student: RowGenerator, config: StudentConfig) -> RowGenerator:
    """The trained student, its weights rounded where that was asked for."""
    if config.precision == 'half':
        student.round_to_half()
    return student


@torch.no_grad()
def _begin(student: RowGenerator, teacher: RowGenerator, lesson: Lesson) -> None:
    """Let the student begin with the means of what the teacher says, and paints."""
    student.start_from(lesson.shares.mean(0), lesson.fair.mean(0), lesson.plain.mean(0))
    if student.painter is None or teacher.painter is None:
        return
    at_once = teacher.schema.rows_at_once(CHUNK)
    context = teacher.context(lesson.u[:at_once], lesson.s_marks[:at_once])
    student.painter.start_from(teacher.painter(context))


def _divergence(
    teacher: RowGenerator, student: RowGenerator, dropout: torch.Generator
) -> Callable[[Lesson, bool], Losses]:
    """KL(teacher || student) of columns and target, summed over columns."""

    def loss(lesson: Lesson, training: bool) -> Losses:
        context = student.context(lesson.u, lesson.s_marks)
        with autocast(student.device):
            logits = student.decoder(lesson.x_at, context, dropout if training else None)
        cross = student.decoder.cross_entropy(logits, lesson.shares)
        parts = {'columns': (cross - lesson.entropy).mean()}
        if teacher.painter is not None and student.painter is not None:
            with torch.no_grad(), autocast(student.device):
                model = teacher.painter(context)
            with autocast(student.device):
                painted = student.painter(context)
            parts['picture'] = PICTURE_WEIGHT * likeness_loss(painted, model)
        told = torch.cat([lesson.u, lesson.s_marks], dim=1)
        for term, head, given, shares in (
            ('target', student.fair_head, lesson.u, lesson.fair),
            ('plain target', student.plain_head, told, lesson.plain),
        ):
            if head is not None:
                cross = head.cross_entropy(head(lesson.y_at, given), shares)
                parts[term] = (cross - torch.special.entr(shares).sum(1)).mean()
        return parts

    return loss
