"""Particles: rows begun, many for each row that is asked for, with what each weighs.

They are drawn in the order of the generator: ``s``, ``u``, ``y``, columns of ``x``. Where something
is known of a column, its probability weighs the particle instead of being left to luck.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from sdv_fair4free.core.evidence import STEPS, TINY, Evidence, Hints, Known
from sdv_fair4free.core.generator import RowGenerator, stacked, target_walk
from sdv_fair4free.core.noise import BELOW_ONE
from sdv_fair4free.core.sampling import FoldedDecoder, Walk, draw, draw_by_weight
from sdv_fair4free.core.schema import Drawn

DEFENCE = 0.2
"""Share of the particles that no hint steers: no weight exceeds 1 / DEFENCE for any column."""
EDGE = 1e-6
"""Uniforms keep so far from 0 and 1, whose Gaussian is infinite."""


@dataclass(frozen=True, kw_only=True)
class Particles:
    """Rows begun: as far as the last column of which anything is known.

    Attributes:
        s: (particles, columns of s) codes.
        s_positions: (particles, columns of s).
        noise_u: (particles, latent) the Gaussian noise drawn.
        y: (particles, targets begun) codes.
        x: (particles, columns of x begun) codes.
        log_weight: (particles,) the log of their probability over that with which they were drawn.
    """

    s: Tensor
    s_positions: Tensor
    noise_u: Tensor
    y: Tensor
    x: Tensor
    log_weight: Tensor

    def __getitem__(self, index: Tensor) -> Particles:
        names = self.__dataclass_fields__
        return Particles(**{name: getattr(self, name)[index] for name in names})

    @classmethod
    def joined(cls, parts: list[Particles]) -> Particles:
        """Particles of several parts, one after the other."""
        names = cls.__dataclass_fields__
        return cls(**{name: torch.cat([getattr(part, name) for part in parts]) for name in names})


def choose(
    logits: Tensor, uniforms: Tensor, allowed: Tensor | None, hint: Tensor | None
) -> tuple[Tensor, Tensor]:
    """Draw codes where something is known of them or hinted at.

    Args:
        logits: (rows, size).
        uniforms: (rows,) in [0, 1).
        allowed: (rows, size) bool with a True in each row, or None for all.
        hint: (rows, size) log lifts, or None.

    Returns:
        (rows,) int64 codes; and (rows,) the log of their probability over that with which they were
        drawn.
    """
    if allowed is None and hint is None:
        return draw(logits, uniforms), logits.new_zeros(len(logits))
    log_p = logits.log_softmax(1)
    possible = log_p if allowed is None else log_p.masked_fill(~allowed, -torch.inf)
    shares = possible.softmax(1)
    if hint is not None:
        shares = (1 - DEFENCE) * (possible + hint).softmax(1) + DEFENCE * shares
    codes = draw_by_weight(shares, uniforms)
    told = torch.stack([log_p, shares.log()]).gather(2, codes.expand(2, -1)[:, :, None])[:, :, 0]
    return codes, told[0] - told[1]


class _Asked:
    """What is asked of the particles of some rows, and what steers them.

    Args:
        evidence: Of the rows.
        tries: Particles of each.
        hints: None steers by nothing.
        free: Whether ``y`` and ``x`` are left to luck.
    """

    def __init__(self, evidence: Evidence, tries: int, hints: Hints | None, free: bool) -> None:
        self.evidence, self.tries, self.free = evidence, tries, free
        self.hints = None if free else hints
        self.row = torch.arange(evidence.rows).repeat_interleave(tries)
        self._known = {
            's': evidence.s,
            'y': {} if free else evidence.y,
            'x': {} if free else evidence.x,
        }

    def allowed(self, role: str, place: int) -> Tensor | None:
        """(particles, size) codes that a column may have; None if all."""
        known = self._known.get(role, {}).get(place)
        return None if known is None else known.allowed()[self.row]

    def is_settled(self, role: str, place: int) -> bool:
        """Whether a column has one code only in every row: nothing is left to steer."""
        known = self._known.get(role, {}).get(place)
        return known is not None and bool((known.sets.sum(1)[known.of_row] == 1).all())

    def hint(self, role: str, place: int, of_rows: bool = False) -> Tensor | None:
        """(particles, size) what is known of later columns says of this one; or of each row."""
        told = None if self.hints is None else self.hints.log_lift(role, place, self.evidence)
        return told if told is None or of_rows else told[self.row]


class ParticleFilter:
    """Draws particles of a generator, and completes them.

    Args:
        generator: Teacher or student, on the CPU.
        fairness_strength: From 0 to 1, see :meth:`RowGenerator.draw`.
        targets: Targets to begin: up to the last of which something is known.
        columns: Columns of ``x`` to begin, likewise.
    """

    def __init__(
        self, generator: RowGenerator, fairness_strength: float, targets: int, columns: int
    ) -> None:
        self.generator, self.strength = generator, fairness_strength
        self.schema, self.law = generator.schema, generator.law
        self.targets, self.columns = targets, columns
        self._x, self._y = FoldedDecoder.of(generator.decoder), generator.folded_heads()
        self._s = None if self.law.decoder is None else FoldedDecoder.of(self.law.decoder)

    def allowed_groups(self, evidence: Evidence) -> Tensor:
        """(rows, groups) bool: crossings that are as known, and that are drawn at all."""
        allowed = (self.law.shares > 0).expand(evidence.rows, -1).clone()
        for place, i in enumerate(self.schema.s.categories):
            if i in evidence.s:
                allowed &= evidence.s[i].allowed()[:, self.law.groups[:, place]]
        return allowed

    def draw(
        self,
        evidence: Evidence,
        tries: int,
        free: bool,
        hints: Hints | None,
        random: torch.Generator,
    ) -> Particles:
        """Draw particles.

        Args:
            evidence: Of some rows.
            tries: Particles for each of them, next to each other.
            free: Whether ``y`` and ``x`` are left to luck: a particle that is not as known then
                weighs nothing.
            hints: What steers them.
            random: All the randomness there is.
        """
        schema, asked = self.schema, _Asked(evidence, tries, hints, free)
        particles, numbers = len(asked.row), len(schema.s.numbers)
        sizes = [1, numbers, numbers, schema.latent, schema.latent, self.targets, self.columns]
        luck = torch.rand(particles, sum(sizes), generator=random)
        who, number_luck, in_numbers, u_luck, in_u, y_luck, x_luck = luck.split(sizes, dim=1)
        if not free:  # spread them evenly over the groups, and over the first axis of u
            who = _spread(who, tries, random)
            u_luck[:, :1] = _spread(u_luck[:, :1], tries, random)
        s, log_weight = self._people(asked, who[:, 0], number_luck)
        s_positions = torch.zeros(s.shape)
        s_positions[:, list(schema.s.numbers)] = in_numbers
        for i in evidence.s:
            s_positions[:, i] = evidence.s[i][asked.row].placed(s_positions[:, i])
        noise_u = torch.zeros(particles, schema.latent)
        for axis in range(schema.latent):
            even = torch.zeros(particles, STEPS)
            step, told = choose(even, u_luck[:, axis], None, asked.hint('u', axis))
            rank = (step + in_u[:, axis]).clamp(EDGE, STEPS - EDGE) / STEPS
            noise_u[:, axis] = torch.special.ndtri(rank)
            log_weight = log_weight + told
        walks = self.walks(s, s_positions, noise_u)
        y, y_weight = _begun(walks.get('y'), 'y', asked, y_luck)
        x, x_weight = _begun(walks['x'], 'x', asked, x_luck)
        log_weight = log_weight + y_weight + x_weight
        if free:
            log_weight[~evidence[asked.row].met_by(y, x)] = -torch.inf
        return Particles(
            s=s, s_positions=s_positions, noise_u=noise_u, y=y, x=x, log_weight=log_weight
        )

    def _people(self, asked: _Asked, who: Tensor, luck: Tensor) -> tuple[Tensor, Tensor]:
        """(particles, columns of s) codes, and (particles,) log weights."""
        law, layout = self.law, self.schema.s
        allowed = self.allowed_groups(asked.evidence)
        allowed |= ~allowed.any(1, keepdim=True)
        hint: Tensor | None = None
        for place, i in enumerate(layout.categories):
            told = asked.hint('s', i, of_rows=True)
            if told is not None:
                told = told[:, law.groups[:, place]]
                hint = told if hint is None else hint + told
        shares = law.shares.clamp(min=TINY).log().expand(len(who), -1)
        row = asked.row
        group, log_weight = choose(shares, who, allowed[row], None if hint is None else hint[row])
        codes = law.groups.new_zeros(len(who), len(layout.columns))
        codes[:, list(layout.categories)] = law.groups[group]
        walk, number = self.number_walk(codes), None
        for place, i in enumerate(layout.numbers):
            assert walk is not None
            allowed_numbers, hint = asked.allowed('s', i), asked.hint('s', i)
            number, told = choose(walk.send(number), luck[:, place], allowed_numbers, hint)
            codes[:, i] = number
            log_weight = log_weight + told
        return codes, log_weight

    def number_walk(self, s: Tensor) -> Walk | None:
        """A walk over the sensitive numbers given the categories of (rows, columns of s) codes."""
        layout = self.schema.s
        if self._s is None:
            return None
        return self._s.columns(layout.group_marks(s[:, list(layout.categories)]))

    def walks(self, s: Tensor, s_positions: Tensor, noise_u: Tensor) -> dict[str, Walk]:
        """Walks over ``x`` and, if there are any, over targets; as :meth:`RowGenerator.draw`."""
        marks = self.schema.s.marks(s, s_positions)
        u = self.generator.latents(noise_u, marks, self.strength)
        seen = u if self.schema.decoder_sees_s else noise_u
        walks = {'x': self._x.columns(self.generator.context(seen, marks))}
        if self._y is not None:
            walks['y'] = target_walk(self._y, u, marks, self.strength)
        return walks

    def completed(self, begun: Particles, evidence: Evidence, random: torch.Generator) -> Drawn:
        """Draw what comes after the last column of which anything is known.

        Args:
            begun: One particle for each row.
            evidence: Of the rows.
            random: All the randomness there is.
        """
        targets, columns = len(self.schema.y.sizes), len(self.schema.x.sizes)
        luck = torch.rand(evidence.rows, 2 * (targets + columns), generator=random)
        sizes = [targets, columns, targets, columns]
        y_luck, x_luck, y_positions, x_positions = luck.split(sizes, dim=1)
        walks = self.walks(begun.s, begun.s_positions, begun.noise_u)
        y = _continued(walks['y'], begun.y, y_luck) if 'y' in walks else begun.y
        return Drawn(
            x=_continued(walks['x'], begun.x, x_luck),
            x_positions=_placed(x_positions, evidence.x),
            s=begun.s,
            # Of the row itself, where a particle was begun for another that asks for the same.
            s_positions=_placed(begun.s_positions, evidence.s),
            y=y,
            y_positions=_placed(y_positions, evidence.y),
            u=begun.noise_u,
        )


def _spread(luck: Tensor, tries: int, random: torch.Generator) -> Tensor:
    """Uniforms of which each row of ``tries`` particles has one in every interval of 1 / tries.

    Args:
        luck: (rows * tries, columns) uniforms.
        tries: Particles of a row.
        random: Puts the intervals in an order of its own for each row.
    """
    place = torch.rand(len(luck) // tries, tries, generator=random).argsort(dim=1)
    return ((place.reshape(-1, 1) + luck) / tries).clamp(max=BELOW_ONE)


def _begun(walk: Walk | None, role: str, asked: _Asked, luck: Tensor) -> tuple[Tensor, Tensor]:
    """(particles, columns begun) codes, and (particles,) what they weigh."""
    codes: list[Tensor] = []
    log_weight = torch.zeros(len(luck))
    for place in range(luck.shape[1]):
        assert walk is not None
        logits = walk.send(codes[-1] if codes else None)
        allowed = asked.allowed(role, place)
        hint = None if role == 'y' or asked.is_settled(role, place) else asked.hint('x', place)
        code, told = choose(logits, luck[:, place], allowed, hint)
        codes.append(code)
        log_weight += told
    return stacked(codes, luck), log_weight


def _continued(walk: Walk, begun: Tensor, luck: Tensor) -> Tensor:
    """(rows, columns) codes: those begun, and the rest drawn."""
    codes: list[Tensor] = []
    for place in range(luck.shape[1]):
        logits = walk.send(codes[-1] if codes else None)
        known = place < begun.shape[1]
        codes.append(begun[:, place] if known else draw(logits, luck[:, place]))
    return stacked(codes, luck)


def _placed(positions: Tensor, known: Mapping[int, Known]) -> Tensor:
    """(rows, columns) positions, but for those that are known."""
    placed = [
        known[place].placed(column) if place in known else column
        for place, column in enumerate(positions.unbind(1))
    ]
    return torch.stack(placed, dim=1) if placed else positions
