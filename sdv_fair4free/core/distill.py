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
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from sdv_fair4free.core.checkpoint import Checkpoints
from sdv_fair4free.core.config import StudentConfig
from sdv_fair4free.core.dependence import dependence_within
from sdv_fair4free.core.evidence import TINY
from sdv_fair4free.core.generator import CHUNK, RowGenerator, mixed_targets, pick, stacked
from sdv_fair4free.core.networks import Decoder
from sdv_fair4free.core.noise import Noise
from sdv_fair4free.core.pictures import Painter, likeness_loss
from sdv_fair4free.core.rows import Rows
from sdv_fair4free.core.sampling import FoldedDecoder
from sdv_fair4free.core.training import (
    MOST_HELD_OUT,
    Callback,
    Losses,
    Record,
    autocast,
    batch_size_for,
    generator_on,
    matrix_precision,
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
EVEN_SHARE = 0.2
"""Share of the pool drawn evenly over groups, so that a student learns rare groups too."""


@dataclass(frozen=True, kw_only=True)
class Lesson:
    """Rows with the teacher's opinion of them.

    Attributes:
        u: (rows, latent) latents.
        s_marks: (rows, width) what is told of the sensitive values.
        x_at: (rows, columns of x) int64 tokens.
        y_at: (rows, targets) int64 tokens.
        shares: (rows, tokens of x): the teacher's probabilities, for each column given those
            before.
        entropy: (rows,) that of all columns together, in nats.
        fair: (rows, tokens of y): the probabilities of its fair head; of no column without targets.
        plain: (rows, tokens of y): those of its plain head.
    """

    u: Tensor
    s_marks: Tensor
    x_at: Tensor
    y_at: Tensor
    shares: Tensor
    entropy: Tensor
    fair: Tensor
    plain: Tensor

    def __len__(self) -> int:
        return len(self.u)

    def __getitem__(self, index: Tensor) -> Lesson:
        names = self.__dataclass_fields__
        return Lesson(**{name: getattr(self, name)[index] for name in names})


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
    watched = _drawn_lesson(teacher, max(config.pool // 8, 1), noise)
    _begin(student, teacher, watched)
    size = batch_size_for(config.pool, config.training)
    history = train(
        stage=STAGE,
        module=student,
        loss=_divergence(teacher, student, dropout),
        epoch_of_batches=lambda: _cut(_drawn_lesson(teacher, config.pool, noise), size, generator),
        steps_per_epoch=config.pool // size,
        held_out=list(_cut(watched, size, generator)),
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
    _begin(student, teacher, _real_lesson(teacher, rows, u, some))
    dropout = generator_on(student.device, generator)
    divergence = _divergence(teacher, student, dropout)

    def loss(index: Tensor, training: bool) -> Losses:
        lesson = _real_lesson(teacher, rows, u, index)
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
        direct = schema.direct and schema.autoregressive
        return Decoder.parameter_count(schema.x, schema.context, width, settings.depth, direct)

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


@torch.no_grad()
def _drawn_lesson(teacher: RowGenerator, rows: int, noise: Noise) -> Lesson:
    """Let the teacher draw rows, and keep the distributions that it drew them from."""
    schema, device = teacher.schema, teacher.device
    shares = teacher.law.shares.cpu().double()
    shares = (1 - EVEN_SHARE) * shares + EVEN_SHARE / len(shares)
    folded = FoldedDecoder.of(teacher.decoder, matrix_precision(device))
    heads = teacher.folded_heads()
    parts = []
    for start in range(0, rows, CHUNK):
        count = min(CHUNK, rows - start)
        numbers = len(schema.s.numbers)
        random = noise.draw(count, cells=2 * numbers)
        number_uniforms, number_positions = random.cells[:, :numbers], random.cells[:, numbers:]
        s = teacher.law.draw(pick(shares, random.group).to(device), number_uniforms.to(device))
        positions = torch.zeros(s.shape, device=device)
        positions[:, list(schema.s.numbers)] = number_positions.to(device)
        u, s_marks = random.u.to(device), schema.s.marks(s, positions)
        drawn = list(folded.draws(teacher.context(u, s_marks), random.columns.to(device)))
        # Halfway between the fair and the plain head, so that both are asked where either leads.
        y = mixed_targets(heads, u, s_marks, 0.5, random.targets.to(device))
        told = torch.cat([u[:, :0].T, *(w.T / w.sum(1) for w, _ in drawn)]).T.contiguous()
        x = stacked([codes for _, codes in drawn], u)
        parts.append(_lesson(teacher, u, s_marks, x, y, told))
    names = Lesson.__dataclass_fields__
    return Lesson(**{name: torch.cat([getattr(part, name) for part in parts]) for name in names})


@torch.no_grad()
def _real_lesson(teacher: RowGenerator, rows: Rows, u: Tensor, index: Tensor) -> Lesson:
    """Ask the teacher about real rows."""
    schema = teacher.schema
    x, s_marks = rows.x[index], rows.marks(schema.s, index)
    with autocast(teacher.device):
        logits = teacher.decoder(schema.x.at(x), teacher.context(u[index], s_marks))
    shares = teacher.decoder.probabilities(logits)
    return _lesson(teacher, u[index], s_marks, x, rows.y[index], shares)


def _lesson(
    teacher: RowGenerator, u: Tensor, s_marks: Tensor, x: Tensor, y: Tensor, shares: Tensor
) -> Lesson:
    y_at, told = teacher.schema.y.at(y), torch.cat([u, s_marks], dim=1)

    def of_head(head: Decoder | None, given: Tensor) -> Tensor:
        return u[:, :0] if head is None else head.probabilities(head(y_at, given))

    return Lesson(
        u=u,
        s_marks=s_marks,
        x_at=teacher.schema.x.at(x),
        y_at=y_at,
        shares=shares,
        # Not torch.special.entr, which takes one number at a time.
        entropy=-torch.linalg.vecdot(shares, shares.clamp(min=TINY).log()),
        fair=of_head(teacher.fair_head, u),
        plain=of_head(teacher.plain_head, told),
    )


def _cut(lesson: Lesson, size: int, generator: torch.Generator) -> Iterator[Lesson]:
    """Cut a lesson into full batches, in a new order."""
    order = torch.randperm(len(lesson), generator=generator).to(lesson.u.device)
    for index in order[: max(len(order) // size, 1) * size].split(size):
        yield lesson[index]


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
