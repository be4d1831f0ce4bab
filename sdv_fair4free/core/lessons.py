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
from sdv_fair4free.core.workers import MOST_WORKERS, alone, side_by_side

EVEN_SHARE = 0.2
"""Share of the pool drawn evenly over groups, so that a student learns rare groups too."""
PART = 4096
"""Rows that are drawn at a time, at the most."""
PART_CELLS = 2**23
"""Rows times tokens drawn at a time, at the most: 32 MB of single precision, a few times over."""


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

    def __getitem__(self, rows: slice) -> Lesson:
        names = self.__dataclass_fields__
        return Lesson(**{name: getattr(self, name)[rows] for name in names})


class Tutor:
    """A teacher that gives lessons on rows which it draws itself.

    Args:
        teacher: Draws rows, and is asked about them; never changed.
        noise: All the randomness there is.
    """

    def __init__(self, teacher: RowGenerator, noise: Noise) -> None:
        self._teacher, self._noise, self._device = teacher, noise, teacher.device
        shares = teacher.law.shares.cpu().double()
        self._shares = (1 - EVEN_SHARE) * shares + EVEN_SHARE / len(shares)
        precision = matrix_precision(self._device)
        self._folded, self._heads = alone(
            lambda: (FoldedDecoder.of(teacher.decoder, precision), teacher.folded_heads()),
            self._device,
        )
        self._most = min(PART, max(PART_CELLS // max(teacher.schema.x.tokens, 1), 1))

    def lesson(self, rows: int) -> Lesson:
        """On so many new rows, which are the same however many threads draw them."""
        made = side_by_side(self._part, self._drawings(rows, self._most), self._device)
        names = Lesson.__dataclass_fields__
        return Lesson(**{name: torch.cat([getattr(part, name) for part in made]) for name in names})

    def batches(self, count: int, size: int) -> Iterator[Lesson]:
        """So many lessons on ``size`` new rows each.

        Rows are drawn as they are wanted, a part for each thread, and let go of: what is said of
        many columns is large. (To draw them while the student learns takes longer, on two cores.)
        """
        rows = count * size
        part = max(self._most // size, 1) * size
        # A GPU is sent its numbers once for all batches, for which it would wait.
        on_cpu = self._device.type == 'cpu'
        together = part * min(torch.get_num_threads(), MOST_WORKERS) if on_cpu else rows
        for start in range(0, rows, together):
            drawings = self._drawings(min(together, rows - start), part)
            for made in side_by_side(self._part, drawings, self._device):
                for first in range(0, len(made), size):
                    yield made[first : first + size]

    def _drawings(self, rows: int, most: int) -> Iterator[Drawing]:
        cells = 2 * len(self._teacher.schema.s.numbers)
        for start in range(0, rows, most):
            yield self._noise.draw(min(most, rows - start), cells=cells)

    @torch.no_grad()
    def _part(self, random: Drawing) -> Lesson:
        teacher, schema, device = self._teacher, self._teacher.schema, self._device
        numbers = len(schema.s.numbers)
        number_uniforms, number_positions = random.cells[:, :numbers], random.cells[:, numbers:]
        group = pick(self._shares, random.group).to(device)
        s = teacher.law.draw(group, number_uniforms.to(device))
        positions = torch.zeros(s.shape, device=device)
        positions[:, list(schema.s.numbers)] = number_positions.to(device)
        u, s_marks = random.u.to(device), schema.s.marks(s, positions)
        drawn = list(self._folded.draws(teacher.context(u, s_marks), random.columns.to(device)))
        # Halfway between the fair and the plain head, so that both are asked where either leads.
        y = mixed_targets(self._heads, u, s_marks, 0.5, random.targets.to(device))
        told = torch.cat([u[:, :0].T, *(w.T / w.sum(1) for w, _ in drawn)]).T.contiguous()
        x = stacked([codes for _, codes in drawn], u)
        return _lesson(teacher, u, s_marks, x, y, told)


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
