"""What is known of rows before they are drawn, and what that tells of the columns drawn earlier."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from sdv_fair4free.core.schema import Drawn

STEPS = 32
"""Equal shares into which each axis of the latent is cut, to be told of like a column."""
PRIOR = 2.0
"""Rows that count as drawn beside those of a value, with the mean probability of the evidence."""
TINY = 1e-30
"""Of a mean probability, so that it has a logarithm."""


@dataclass(frozen=True, kw_only=True)
class Known:
    """What some rows know of one column: the codes that it may have.

    Attributes:
        sets: (sets, size) bool; none is empty, and set 0 is everything: nothing is known.
        of_row: (rows,) int64: the set of each row.
        positions: (rows,) in [0, 1): where inside its token a number lies; NaN where that is drawn.
    """

    sets: Tensor
    of_row: Tensor
    positions: Tensor

    @classmethod
    def of_codes(cls, codes: Tensor, size: int, positions: Tensor | None = None) -> Known:
        """One code for each row, -1 where nothing is known.

        Args:
            codes: (rows,) int64.
            size: Number of codes of the column.
            positions: (rows,); None where they are drawn.
        """
        asked, of_row = torch.unique(codes[codes >= 0], return_inverse=True)
        sets = torch.ones(len(asked) + 1, size, dtype=torch.bool)
        sets[1:] = torch.nn.functional.one_hot(asked, size).bool()
        places = torch.zeros_like(codes)
        places[codes >= 0] = of_row + 1
        if positions is None:
            positions = torch.full((len(codes),), torch.nan)
        return cls(sets=sets, of_row=places, positions=positions)

    @classmethod
    def joined(cls, parts: Sequence[Known | None], rows: Sequence[int]) -> Known:
        """What several parts of so many rows know of one column; None of them nothing."""
        sets: list[Tensor] = []
        of_row, positions = [], []
        for part, count in zip(parts, rows, strict=True):
            if part is None:
                of_row.append(torch.zeros(count, dtype=torch.int64))
                positions.append(torch.full((count,), torch.nan))
                continue
            shift = sum(map(len, sets), start=-1 if sets else 0)
            of_row.append(torch.where(part.of_row > 0, part.of_row + shift, 0))
            positions.append(part.positions)
            sets.append(part.sets[1:] if sets else part.sets)
        return cls(sets=torch.cat(sets), of_row=torch.cat(of_row), positions=torch.cat(positions))

    def __getitem__(self, index: Tensor) -> Known:
        return Known(sets=self.sets, of_row=self.of_row[index], positions=self.positions[index])

    def allowed(self) -> Tensor:
        """(rows, size) bool."""
        return self.sets[self.of_row]

    def has(self, codes: Tensor) -> Tensor:
        """(rows,) bool: whether the (rows,) ``codes`` are among those allowed."""
        return self.sets[self.of_row, codes]

    def placed(self, positions: Tensor) -> Tensor:
        """(rows,) ``positions``, but for those that are known."""
        return torch.where(self.positions.isnan(), positions, self.positions)


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What is known of rows, by the place of the column among those of its role.

    Attributes:
        rows: How many.
        x: Columns of which something is known.
        s: Sensitive columns.
        y: Targets.
    """

    rows: int
    x: Mapping[int, Known] = field(default_factory=dict)
    s: Mapping[int, Known] = field(default_factory=dict)
    y: Mapping[int, Known] = field(default_factory=dict)

    def __getitem__(self, index: Tensor) -> Evidence:
        def chosen(known: Mapping[int, Known]) -> dict[int, Known]:
            return {place: column[index] for place, column in known.items()}

        return Evidence(rows=len(index), x=chosen(self.x), s=chosen(self.s), y=chosen(self.y))

    @classmethod
    def joined(cls, parts: Sequence[Evidence]) -> Evidence:
        """Evidence of several parts, one after the other, whatever each of them knows."""

        def of_role(known: Sequence[Mapping[int, Known]]) -> dict[int, Known]:
            places = sorted({place for columns in known for place in columns})
            return {
                place: Known.joined([columns.get(place) for columns in known], rows)
                for place in places
            }

        rows = [part.rows for part in parts]
        return cls(
            rows=sum(rows),
            x=of_role([part.x for part in parts]),
            s=of_role([part.s for part in parts]),
            y=of_role([part.y for part in parts]),
        )

    def questions(self) -> Tensor:
        """(rows,) int64, the same for two rows if they ask for the same, numbered from 0."""
        known = [*self.s.values(), *self.y.values(), *self.x.values()]
        if not known or not self.rows:
            return torch.zeros(self.rows, dtype=torch.int64)
        asked = torch.stack([column.of_row for column in known], dim=1)
        questions: Tensor = torch.unique(asked, dim=0, return_inverse=True)[1]
        return questions

    def met_by(self, y: Tensor, x: Tensor) -> Tensor:
        """(rows,) bool: whether (rows, columns) codes of targets and columns are as known."""
        met = torch.ones(self.rows, dtype=torch.bool, device=x.device)
        for codes, known in ((y, self.y), (x, self.x)):
            for place, column in known.items():
                met &= column.has(codes[:, place])
        return met


@dataclass(frozen=True, kw_only=True)
class Pool:
    """Rows drawn freely, and how likely what is known was for each of them.

    Attributes:
        drawn: The rows.
        likely: From role and place of a column of which something is known to (rows, sets): the
            probability of each set given what was drawn before.
    """

    drawn: Drawn
    likely: Mapping[tuple[str, int], Tensor]


class Hints:
    """What the columns known of tell of those drawn before them, learnt from rows drawn freely.

    How much more likely is the evidence where a value was drawn than it is at large? These lifts
    steer what is tried; they need not be right, for whatever is drawn by them is weighed.

    Args:
        pool: Rows drawn from the generator.
        sizes: Of the columns of ``s``, and of those of ``x``.
        numbers: Places of the sensitive numbers, which are drawn after the categories.
    """

    def __init__(
        self, pool: Pool, sizes: tuple[Sequence[int], Sequence[int]], numbers: Sequence[int]
    ) -> None:
        drawn = pool.drawn
        steps = (torch.special.ndtr(drawn.u) * STEPS).long().clamp(0, STEPS - 1)
        self._pool, self._numbers = pool, {*numbers}
        self._early = {
            **{('s', i): (drawn.s[:, i], size) for i, size in enumerate(sizes[0])},
            **{('u', i): (steps[:, i], STEPS) for i in range(steps.shape[1])},
            **{('x', i): (drawn.x[:, i], size) for i, size in enumerate(sizes[1])},
        }
        self._lifts: dict[tuple[str, int, str, int], Tensor] = {}

    def log_lift(self, role: str, place: int, evidence: Evidence) -> Tensor | None:
        """What the evidence that is met later says of a column.

        Args:
            role: 's', 'u' or 'x'.
            place: Of the column, or the axis, among those of its role.
            evidence: Rows of that which the pool was drawn for.

        Returns:
            (rows, size) log lifts, of all that is known together; None if nothing tells.
        """
        known = {'s': evidence.s, 'y': evidence.y, 'x': evidence.x}
        total: Tensor | None = None
        telling = 0
        for later, at in self._pool.likely:
            # What is known of s is told first, and of columns before this one by the network.
            before = at <= place and (role != 's' or place in self._numbers)
            if (later == role and before) or (later == 's' and role != 's'):
                continue
            told = self._lift(role, place, later, at)[known[later][at].of_row]
            total, telling = told if total is None else total + told, telling + 1
        # Several columns partly say the same: between their sum and their mean.
        return None if total is None else total / telling**0.5

    def _lift(self, role: str, place: int, later: str, at: int) -> Tensor:
        """(sets, size) log lifts of the values of one column by what may be known of another."""
        key = (role, place, later, at)
        if key not in self._lifts:
            (codes, size), likely = self._early[role, place], self._pool.likely[later, at]
            summed = likely.new_zeros(size, likely.shape[1]).index_add_(0, codes, likely)
            counts = torch.bincount(codes, minlength=size)[:, None]
            mean = likely.mean(0).clamp(min=TINY)
            self._lifts[key] = (((summed + mean * PRIOR) / (counts + PRIOR)) / mean).log().T
        return self._lifts[key]
