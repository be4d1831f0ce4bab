"""Rows drawn given what is known of them, without waiting for them to turn up.

What is known of ``s`` is taken as it is. For what is known of ``y`` and ``x`` each row is tried as
many particles, and one of them is chosen by weight (sampling importance resampling: Rubin 1987;
likelihood weighting: Fung & Chang 1990). What is known of later columns steers what is tried for
earlier ones (lookahead: Lin, Chen & Liu 2013), within a mixture that keeps weights bounded
(Hesterberg 1995).

The law of what is drawn is that of the generator given the evidence, to within an error that falls
as one over the effective number of particles. It is exact where only sensitive categories are
known, and where many rows ask for the same and it is common: particles are then drawn freely, and
those that are as known are taken.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from sdv_fair4free.core.evidence import TINY, Evidence, Hints, Pool
from sdv_fair4free.core.generator import CHUNK, RowGenerator
from sdv_fair4free.core.noise import Noise
from sdv_fair4free.core.particles import EDGE, ParticleFilter, Particles
from sdv_fair4free.core.schema import Drawn

TRIES = (64, 512, 4096)
"""Particles of a row; more where too few of them count."""
EFFECTIVE = 16.0
"""Effective number of particles (Kong 1992) that rows which ask for the same need among them."""
EFFECTIVE_OF_EACH = 4.0
"""And for each of them, so that few are taken twice."""
POOL = 16384
"""Rows drawn to see what goes with what."""
COMMON = 1 / 24
"""Evidence of at least this probability is waited for."""
MANY = 64
"""Rows that must ask for the same before it pays to see how common it is."""
MOST_SEEN = 256
"""Different questions of which it is seen how common they are: those asked most often."""
SPARE = 1.2
"""Free particles are so many times as many as are needed on average."""
CELLS = 2**23
"""Numbers held at a time of one column of particles: 32 MiB."""
LEAST = -1e30
"""A logarithm below all others that can still be subtracted."""


@dataclass(frozen=True, kw_only=True)
class Round:
    """One attempt at rows that are not settled yet.

    Attributes:
        question: Which rows to try, by what they ask for; None for all.
        tries: Particles of each.
        free: Whether they are left to luck in ``y`` and ``x``.
        last: Whether rows are settled however few particles count.
    """

    tries: int
    question: int | None = None
    free: bool = False
    last: bool = False


class ConditionalSampler:
    """Draws rows of a generator given evidence.

    Args:
        generator: Teacher or student, on the CPU.
        evidence: What is known of each row.
        fairness_strength: From 0 to 1, see :meth:`RowGenerator.draw`.

    Attributes:
        doubtful: Rows drawn so far of which even the last attempt had too few particles that count.
    """

    def __init__(
        self, generator: RowGenerator, evidence: Evidence, fairness_strength: float
    ) -> None:
        self._generator, self._evidence, self._strength = generator, evidence, fairness_strength
        self._schema = generator.schema
        self._filter = ParticleFilter(
            generator,
            fairness_strength,
            targets=max(evidence.y, default=-1) + 1,
            columns=max(evidence.x, default=-1) + 1,
        )
        self._questions = evidence.questions()
        self.doubtful = 0
        widest = max([1, len(generator.law.shares), *self._schema.x.sizes])
        self._at_a_time = max(1, min(CHUNK, CELLS // widest))

    def possible(self) -> Tensor:
        """(rows,) bool: False where no real row has that crossing of sensitive categories."""
        return self._filter.allowed_groups(self._evidence).any(1)

    @torch.no_grad()
    def draw(self, random: torch.Generator, rows: Tensor | None = None) -> Drawn:
        """Draw one row for each row of the evidence.

        Args:
            random: All the randomness there is (a CPU generator).
            rows: (rows,) which rows of the evidence, in any order and as often as wanted; None for
                each once.

        Returns:
            The rows. Where there is no such row, see :meth:`possible`, one of another group.
        """
        if rows is None:
            rows = torch.arange(self._evidence.rows)
        places, settled = [], []
        questions = self._questions[rows]
        pending = questions.argsort(stable=True)
        for attempt in self._rounds(questions):
            tried = pending
            if attempt.question is not None:
                tried = pending[questions[pending] == attempt.question]
            for some in tried.split(max(1, self._at_a_time // attempt.tries)):
                chosen, enough = self._one_of_many(rows[some], attempt, random)
                if attempt.last:
                    self.doubtful += int((~enough).sum())
                    enough[:] = True
                places.append(some[enough])
                settled.append(chosen[enough])
            pending = pending[~torch.isin(pending, torch.cat([pending[:0], *places]))]
            if not len(pending):
                break
        begun = Particles.joined(settled)[torch.cat(places).argsort()]
        return Drawn.joined(
            [
                self._filter.completed(begun[some], self._evidence[rows[some]], random)
                for some in torch.arange(len(rows)).split(self._at_a_time)
            ]
        )

    def _rounds(self, questions: Tensor) -> Iterator[Round]:
        """Attempts at rows that ask these ``questions``."""
        numbers = self._schema.s.numbers
        if not (self._evidence.x or self._evidence.y or {*numbers} & {*self._evidence.s}):
            yield Round(tries=1, free=True, last=True)  # nothing is to be weighed
            return
        for question, share in self._common(questions):
            yield Round(question=question, tries=math.ceil(SPARE / share), free=True)
        for tries in TRIES:
            yield Round(tries=tries, last=tries == TRIES[-1])

    @cached_property
    def _hints(self) -> Hints:
        sizes = [column.size for column in self._schema.s.columns], self._schema.x.sizes
        return Hints(self._pool, sizes, self._schema.s.numbers)

    @cached_property
    def _pool(self) -> Pool:
        """Rows drawn freely, and how likely the evidence was for each."""
        layout, known = self._schema.s, self._evidence
        drawn = self._generator.draw(POOL, Noise(self._schema, 0), self._strength)
        walks = self._filter.walks(drawn.s, drawn.s_positions, drawn.u)
        numbers = self._filter.number_walk(drawn.s)
        told = [('x', walks['x'], drawn.x, known.x)]
        if 'y' in walks:
            told.append(('y', walks['y'], drawn.y, known.y))
        if numbers is not None:
            of_numbers = {
                layout.numbers.index(i): at for i, at in known.s.items() if i in layout.numbers
            }
            told.append(('s', numbers, drawn.s[:, list(layout.numbers)], of_numbers))
        likely = {}
        for role, walk, codes, columns in told:
            code: Tensor | None = None
            for place in range(max(columns, default=-1) + 1):
                logits = walk.send(code)
                code = codes[:, place]
                if place in columns:
                    at = layout.numbers[place] if role == 's' else place
                    likely[role, at] = logits.softmax(1) @ columns[place].sets.float().T
        return Pool(drawn=drawn, likely=likely)

    def _common(self, questions: Tensor) -> Iterator[tuple[int, float]]:
        """What many rows ask for, if that is common; and the share of rows that have it."""
        counts = torch.bincount(questions)
        asked_often = counts.argsort(descending=True, stable=True)[:MOST_SEEN]
        for question in asked_often[counts[asked_often] >= MANY].tolist():
            row = torch.nonzero(self._questions == question)[:1, 0]
            same = self._evidence[row.expand(POOL)]
            pool = self._pool.drawn
            share = float(same.met_by(pool.y, pool.x).double().mean())
            if share >= COMMON:
                yield question, share

    def _one_of_many(
        self, rows: Tensor, attempt: Round, random: torch.Generator
    ) -> tuple[Particles, Tensor]:
        """Choose one particle for each row; and (rows,) bool, whether enough of them count.

        Rows that ask for the same share their particles, of which each is taken as often as its
        weight says, rounded up or down (systematic resampling: Kitagawa 1996).

        Args:
            rows: Sorted by what they ask for.
            attempt: How they are tried.
            random: All the randomness there is.
        """
        tries, free = attempt.tries, attempt.free
        hints = None if free else self._hints
        cloud = self._filter.draw(self._evidence[rows], tries, free, hints, random)
        _, asker, askers = torch.unique_consecutive(
            self._questions[rows], return_inverse=True, return_counts=True
        )
        mine = asker.repeat_interleave(tries)
        # In an order of chance: equal steps through particles that are in step would meet the same.
        order = (mine + torch.rand(len(mine), generator=random, dtype=torch.float64)).argsort()
        cloud = cloud[order]
        none = torch.zeros(len(askers), dtype=torch.float64)
        log_weight = cloud.log_weight.double()
        most = (none - torch.inf).scatter_reduce(0, mine, log_weight, 'amax').clamp(min=LEAST)
        weight = (log_weight - most[mine]).exp()
        total = none.index_add(0, mine, weight)
        share = weight / total.clamp(min=TINY)[mine]
        effective = total.square() / none.index_add(0, mine, weight.square()).clamp(min=TINY)
        needed = askers if free else (EFFECTIVE_OF_EACH * askers).clamp(min=EFFECTIVE)
        ends = (share * askers[mine]).cumsum(0)
        luck = torch.rand(len(askers), generator=random).double().clamp(EDGE, 1 - EDGE)
        chosen = torch.searchsorted(ends, torch.arange(len(rows)) + luck[asker], right=True)
        enough = effective * (1 + EDGE) >= needed
        return cloud[chosen.clamp(max=len(ends) - 1)], enough[asker]
