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

import copy
from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from sdv_fair4free.core.checkpoint import Checkpoints
from sdv_fair4free.core.config import StudentConfig
from sdv_fair4free.core.dependence import dependence_within
from sdv_fair4free.core.generator import CHUNK, RowGenerator
from sdv_fair4free.core.lessons import Lesson, cut, drawn_lesson, real_lesson
from sdv_fair4free.core.networks import Decoder
from sdv_fair4free.core.noise import Noise
from sdv_fair4free.core.pictures import Painter, likeness_loss
from sdv_fair4free.core.rows import Rows
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
HEAD_WIDTH = 12
"""Hidden units of a student's target heads: what they learn is smooth, and without noise."""
PICTURE_WEIGHT = 50.0
"""Weight of painting as the teacher does, in nats per pixel value, beside columns and targets."""


def distill(
    teacher: RowGenerator,
    *,
    config: StudentConfig,
    generator: torch.Generator,
    callbacks: Sequence[Callback] = (),
    checkpoints: Checkpoints | None = None,
) -> tuple[RowGenerator, list[Record]]:
    """Fit a student to a teacher, without any data.

    Args:
        teacher: Draws rows; never changed.
        config: Size and training of the student.
        generator: All the randomness there is (a CPU generator).
        callbacks: Hear of each epoch.
        checkpoints: What it goes on from, and where it is written; None for neither.

    Returns:
        The student, and its history.
    """
    student = _student_of(teacher, config, generator)
    dropout = generator_on(student.device, generator)
    noise = Noise(teacher.schema, int(torch.randint(2**31, (1,), generator=generator)))
    watched = drawn_lesson(teacher, max(config.pool // 8, 1), noise)
    _begin(student, teacher, watched)
    size = batch_size_for(config.pool, config.training)
    history = train(
        stage=STAGE,
        module=student,
        loss=_divergence(teacher, student, dropout),
        epoch_of_batches=lambda: cut(drawn_lesson(teacher, config.pool, noise), size, generator),
        steps_per_epoch=config.pool // size,
        held_out=list(cut(watched, size, generator)),
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
        callbacks: Hear of each epoch.
        checkpoints: What it goes on from, and where it is written; None for neither.

    Returns:
        The student, and its history.
    """
    student = _student_of(teacher, config, generator)
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
            quality = dependence_within(told, lesson.s_marks, masks(index))
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


def _student_of(
    teacher: RowGenerator, config: StudentConfig, generator: torch.Generator
) -> RowGenerator:
    """A student of the teacher's interface and at most its share of weights, untrained."""
    schema, settings = teacher.schema, config.training

    def count(width: int) -> int:
        return Decoder.parameter_count(
            schema.x, schema.context, width, settings.depth, schema.x_direct
        )

    heads = sum(
        Decoder.parameter_count(schema.y, inputs, HEAD_WIDTH, 1, schema.direct)
        for inputs in (schema.latent, schema.latent + schema.s.width)
        if teacher.fair_head is not None
    )
    copied = sum(_count(part) for part in (teacher.law, teacher.observed) if part is not None)
    painters = 0 if teacher.painter is None else _count(teacher.painter)
    budget = config.share * (teacher.parameter_count() - painters) - heads - copied
    fitting = [width for width in range(1, settings.width + 1) if count(width) <= budget]
    width = max(fitting, default=1) if schema.x.sizes or schema.picture is None else 1
    # What is copied may be more than its share: the painter makes room for all of it.
    left = config.share * teacher.parameter_count() - heads - copied - count(width)
    return RowGenerator(
        teacher.schema,
        # Laws of s are small already, and the student is asked about the same people: a copy.
        copy.deepcopy(teacher.law).cpu().requires_grad_(False),
        copy.deepcopy(teacher.observed).cpu().requires_grad_(False) if teacher.observed else None,
        width=width,
        depth=settings.depth,
        head_width=HEAD_WIDTH,
        dropout=settings.dropout,
        seed=generator,
        picture_width=_painter_width(teacher, config, left),
    ).to(teacher.device)


@torch.no_grad()
def _begin(student: RowGenerator, teacher: RowGenerator, lesson: Lesson) -> None:
    """Let the student begin with the means of what the teacher says, and paints."""
    student.start_from(lesson.shares.mean(0), lesson.fair.mean(0), lesson.plain.mean(0))
    if student.painter is None or teacher.painter is None:
        return
    at_once = teacher.schema.rows_at_once(CHUNK)
    context = teacher.context(lesson.u[:at_once], lesson.s_marks[:at_once])
    student.painter.start_from(teacher.painter(context))


def _painter_width(teacher: RowGenerator, config: StudentConfig, weights: float) -> int:
    """The width of the largest painter of at most so many ``weights``."""
    schema = teacher.schema
    if schema.picture is None:
        return 1
    widths = range(1, config.picture_width + 1)
    shape, context = schema.picture, schema.context
    fitting = [
        width for width in widths if Painter.parameter_count(shape, context, width) <= weights
    ]
    return max(fitting, default=1)


def _count(module: torch.nn.Module) -> int:
    return sum(weight.numel() for weight in module.parameters())


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
