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

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from sdv_fair4free.core.config import StudentConfig
from sdv_fair4free.core.dependence import distance_covariance
from sdv_fair4free.core.generator import CHUNK, Noise, RowGenerator, stacked
from sdv_fair4free.core.networks import Decoder, Perceptron
from sdv_fair4free.core.sampling import FoldedDecoder
from sdv_fair4free.core.teacher import Rows
from sdv_fair4free.core.training import (
    Callback,
    Losses,
    Record,
    autocast,
    batch_size_for,
    generator_on,
    shuffled_batches,
    train,
)

HEAD_WIDTH = 12
"""Hidden units of a student's target heads: what they learn is smooth, and without noise."""
EVEN_SHARE = 0.2
"""Share of the pool drawn evenly over groups, so that a student learns rare groups too."""


@dataclass(frozen=True, kw_only=True)
class Lesson:
    """Rows with the teacher's opinion of them.

    Attributes:
        u: (rows, latent) latents.
        s_hot: (rows, tokens of s) marks.
        x_hot: (rows, tokens of x) marks.
        logits: (rows, tokens of x): the teacher's, for each column given those before.
    """

    u: Tensor
    s_hot: Tensor
    x_hot: Tensor
    logits: Tensor

    def __len__(self) -> int:
        return len(self.u)

    def __getitem__(self, index: Tensor) -> Lesson:
        return Lesson(
            u=self.u[index],
            s_hot=self.s_hot[index],
            x_hot=self.x_hot[index],
            logits=self.logits[index],
        )


def distill(
    teacher: RowGenerator,
    *,
    config: StudentConfig,
    generator: torch.Generator,
    callbacks: Sequence[Callback] = (),
) -> tuple[RowGenerator, list[Record]]:
    """Fit a student to a teacher, without any data.

    Args:
        teacher: Draws rows; never changed.
        config: Size and training of the student.
        generator: All the randomness there is (a CPU generator).
        callbacks: Hear of each epoch.

    Returns:
        The student, and its history.
    """
    student = _student_of(teacher, config, generator)
    noise = Noise(teacher.schema.latent, int(torch.randint(2**31, (1,), generator=generator)))
    watched = _drawn_lesson(teacher, max(config.pool // 8, 1), noise)
    size = batch_size_for(config.pool, config.training)
    history = train(
        stage='student',
        module=student,
        loss=_divergence(teacher, student, generator),
        epoch_of_batches=lambda: _cut(_drawn_lesson(teacher, config.pool, noise), size, generator),
        steps_per_epoch=config.pool // size,
        held_out=list(_cut(watched, size, generator)),
        config=config.training,
        callbacks=callbacks,
    )
    return student, history


def distill_with_data(
    teacher: RowGenerator,
    rows: Rows,
    u: Tensor,
    *,
    config: StudentConfig,
    generator: torch.Generator,
    callbacks: Sequence[Callback] = (),
) -> tuple[RowGenerator, list[Record]]:
    """Fit a student to a teacher on the real rows.

    Args:
        teacher: Its opinion of the rows is learnt; never changed.
        rows: The real rows.
        u: (rows, latent) their latents.
        config: Size and training of the student.
        generator: All the randomness there is (a CPU generator).
        callbacks: Hear of each epoch.

    Returns:
        The student, and its history.
    """
    student = _student_of(teacher, config, generator)
    size = batch_size_for(len(rows), config.training)
    order = torch.randperm(len(rows), generator=generator)
    watched, fitted = order[: len(rows) // 10], order[len(rows) // 10 :]
    if len(watched) == 0:
        watched = fitted
    divergence = _divergence(teacher, student, generator)

    def loss(index: Tensor, training: bool) -> Losses:
        lesson = _real_lesson(teacher, rows, u, index.to(rows.x.device))
        parts = divergence(lesson, training)
        if student.fair_head is not None and config.quality_weight:
            fair, _ = student.target_logits(lesson.u, lesson.s_hot)
            enough = len(lesson) >= 4  # fewer rows tell nothing of dependence
            quality = distance_covariance(fair.exp(), lesson.s_hot) if enough else fair.sum() * 0
            parts['quality'] = config.quality_weight * quality
        return parts

    history = train(
        stage='student',
        module=student,
        loss=loss,
        epoch_of_batches=lambda: shuffled_batches(fitted, size, generator),
        steps_per_epoch=len(shuffled_batches(fitted, size, torch.Generator())),
        held_out=watched.split(size),
        config=config.training,
        callbacks=callbacks,
    )
    return student, history


def _student_of(
    teacher: RowGenerator, config: StudentConfig, generator: torch.Generator
) -> RowGenerator:
    """A student of the teacher's interface and at most its share of weights, untrained."""
    schema, settings = teacher.schema, config.training

    def count(width: int) -> int:
        return Decoder.parameter_count(schema.x, schema.context, width, settings.depth)

    heads = sum(
        Perceptron.parameter_count(inputs, schema.classes, HEAD_WIDTH)
        for inputs in (schema.latent, schema.latent + schema.s.tokens)
        if teacher.fair_head is not None
    )
    budget = config.share * teacher.parameter_count() - heads
    fitting = [width for width in range(1, settings.width + 1) if count(width) <= budget]
    return RowGenerator(
        teacher.schema,
        teacher.groups.cpu(),
        teacher.group_shares.cpu(),
        None if teacher.observed_u is None else teacher.observed_u.cpu(),
        width=max(fitting, default=1),
        depth=settings.depth,
        head_width=HEAD_WIDTH,
        dropout=settings.dropout,
        seed=generator,
    ).to(teacher.device)


@torch.no_grad()
def _drawn_lesson(teacher: RowGenerator, rows: int, noise: Noise) -> Lesson:
    """Let the teacher draw rows, and keep the distributions that it drew them from."""
    schema, device = teacher.schema, teacher.device
    shares = teacher.group_shares.cpu().double()
    shares = (1 - EVEN_SHARE) * shares + EVEN_SHARE / len(shares)
    folded = FoldedDecoder.of(teacher.decoder)
    parts = []
    for start in range(0, rows, CHUNK):
        count = min(CHUNK, rows - start)
        group_uniforms, u, _ = noise.roots(count)
        group = torch.searchsorted(shares.cumsum(0), group_uniforms, right=True)
        s = teacher.groups[group.clamp(max=len(shares) - 1).to(device)]
        u, s_hot = u.to(device), schema.s.hot(s)
        uniforms = noise.cells(count, len(schema.x.sizes)).to(device)
        drawn = list(folded.draws(teacher.context(u, s_hot), uniforms))
        parts.append(
            Lesson(
                u=u,
                s_hot=s_hot,
                x_hot=schema.x.hot(stacked([codes for _, codes in drawn], u)),
                logits=torch.cat([u[:, :0], *(logits for logits, _ in drawn)], dim=1),
            )
        )
    return Lesson(
        u=torch.cat([part.u for part in parts]),
        s_hot=torch.cat([part.s_hot for part in parts]),
        x_hot=torch.cat([part.x_hot for part in parts]),
        logits=torch.cat([part.logits for part in parts]),
    )


@torch.no_grad()
def _real_lesson(teacher: RowGenerator, rows: Rows, u: Tensor, index: Tensor) -> Lesson:
    """Ask the teacher about real rows."""
    schema = teacher.schema
    x_hot, s_hot = schema.x.hot(rows.x[index]), schema.s.hot(rows.s[index])
    with autocast(teacher.device):
        logits = teacher.decoder(x_hot, teacher.context(u[index], s_hot))
    return Lesson(u=u[index], s_hot=s_hot, x_hot=x_hot, logits=logits)


def _cut(lesson: Lesson, size: int, generator: torch.Generator) -> Iterator[Lesson]:
    """Cut a lesson into full batches, in a new order."""
    order = torch.randperm(len(lesson), generator=generator).to(lesson.u.device)
    for index in order[: max(len(order) // size, 1) * size].split(size):
        yield lesson[index]


def _divergence(
    teacher: RowGenerator, student: RowGenerator, generator: torch.Generator
) -> Callable[[Lesson, bool], Losses]:
    """KL(teacher || student) of columns and target, summed over columns."""
    dropout = generator_on(student.device, generator)

    def loss(lesson: Lesson, training: bool) -> Losses:
        context = student.context(lesson.u, lesson.s_hot)
        with autocast(student.device):
            logits = student.decoder(lesson.x_hot, context, dropout if training else None)
        with torch.no_grad():
            normalisers = teacher.decoder.log_normalisers(lesson.logits)
            taught = (lesson.logits - normalisers @ teacher.decoder.membership.T).exp()
            entropy = normalisers.sum(1) - (taught * lesson.logits).sum(1)
        cross = student.decoder.log_normalisers(logits).sum(1) - (taught * logits).sum(1)
        parts = {'columns': (cross - entropy).mean()}
        if student.fair_head is not None:
            with torch.no_grad():
                fair, plain = teacher.target_logits(lesson.u, lesson.s_hot)
            own_fair, own_plain = student.target_logits(lesson.u, lesson.s_hot)
            parts['target'] = (fair.exp() * (fair - own_fair)).sum(1).mean()
            parts['plain target'] = (plain.exp() * (plain - own_plain)).sum(1).mean()
        return parts

    return loss
