"""What a student learns from: rows with the teacher's opinion of them, and how they are drawn."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from sdv_fair4free.core.evidence import TINY
from sdv_fair4free.core.generator import RowGenerator, mixed_targets, pick, stacked
from sdv_fair4free.core.networks import Decoder
from sdv_fair4free.core.noise import Drawing, Noise
from sdv_fair4free.core.rows import Rows
from sdv_fair4free.core.sampling import FoldedDecoder
from sdv_fair4free.core.training import autocast, matrix_precision
from sdv_fair4free.core.workers import alone, side_by_side

EVEN_SHARE = 0.2
"""Share of the pool drawn evenly over groups, so that a student learns rare groups too."""
PART = 4096
"""Rows that are drawn at a time."""


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


def drawn_lesson(teacher: RowGenerator, rows: int, noise: Noise) -> Lesson:
    """Let the teacher draw rows, and keep the distributions that it drew them from."""
    schema, device = teacher.schema, teacher.device
    shares = teacher.law.shares.cpu().double()
    shares = (1 - EVEN_SHARE) * shares + EVEN_SHARE / len(shares)
    precision = matrix_precision(device)
    folded, heads = alone(
        lambda: (FoldedDecoder.of(teacher.decoder, precision), teacher.folded_heads()), device
    )
    numbers = len(schema.s.numbers)
    starts = range(0, rows, PART)
    parts = (noise.draw(min(PART, rows - start), cells=2 * numbers) for start in starts)

    @torch.no_grad()
    def part(random: Drawing) -> Lesson:
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
        return _lesson(teacher, u, s_marks, x, y, told)

    made = side_by_side(part, parts, device)
    names = Lesson.__dataclass_fields__
    return Lesson(**{name: torch.cat([getattr(part, name) for part in made]) for name in names})


@torch.no_grad()
def real_lesson(teacher: RowGenerator, rows: Rows, u: Tensor, index: Tensor) -> Lesson:
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


def cut(lesson: Lesson, size: int, generator: torch.Generator) -> Iterator[Lesson]:
    """Cut a lesson into full batches, in a new order."""
    order = torch.randperm(len(lesson), generator=generator).to(lesson.u.device)
    for index in order[: max(len(order) // size, 1) * size].split(size):
        yield lesson[index]
