"""What a fitted synthesizer holds: encoding, teacher, student, and its own stream of noise.

Rows are drawn from it, and another student may be made of it; how it comes about,
:mod:`~sdv_fair4free.model_fitting` says.
"""

from __future__ import annotations

import copy
import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from sdv.errors import SynthesizerInputError

from sdv_fair4free.album import NUMBER, album_in_use
from sdv_fair4free.choices import distilling, drawing_from, network_of
from sdv_fair4free.core.config import StudentConfig
from sdv_fair4free.core.distill import STAGE as STUDENT_STAGE
from sdv_fair4free.core.distill import distill
from sdv_fair4free.core.evidence import Evidence
from sdv_fair4free.core.generator import RowGenerator
from sdv_fair4free.core.noise import Noise
from sdv_fair4free.core.posterior import ConditionalSampler
from sdv_fair4free.core.representation import Representation
from sdv_fair4free.core.schema import Drawn
from sdv_fair4free.core.sensitive import SensitiveTable
from sdv_fair4free.core.training import Callback, Record
from sdv_fair4free.encoding import Encoding


def seed_of(random_state: int | None) -> int:
    """A seed: the one given, or a fresh one."""
    return secrets.randbits(62) if random_state is None else int(random_state)


@dataclass
class FairModel:
    """A fitted teacher and student. No row of the real table is kept.

    Attributes:
        encoding: Between processed tables and codes.
        teacher: Draws rows; None where the student alone was handed over.
        representation: The teacher's encoder; None where fairness is off, and without a teacher.
        student: The smaller generator distilled from the teacher; None without distillation.
        loss_values: Losses by stage, epoch and term.
        noise: The random stream of sampling.
        group_counts: Real rows of each crossing of sensitive categories.
        group_trust: How far what is learnt about the fairness of each is its own; NaN where
            nothing is shared.
        missing_counts: Real rows without a value, by sensitive column of numbers or dates.
        fit_seconds: Time that teacher and student took.
        rows: Real rows it was fitted to.
        code_counts: (size,) real rows of each code, by column; None where the model was handed
            over, and only its owner knows.
    """

    encoding: Encoding
    teacher: RowGenerator | None
    representation: Representation | None
    student: RowGenerator | None
    loss_values: pd.DataFrame
    noise: Noise
    group_counts: tuple[int, ...]
    group_trust: tuple[float, ...]
    missing_counts: Mapping[str, int]
    fit_seconds: Mapping[str, float]
    rows: int
    code_counts: Mapping[str, NDArray[np.int64]] | None

    @property
    def generator(self) -> RowGenerator:
        """What rows are drawn from: the student or, without one, the teacher."""
        drawn_from = self.teacher if self.student is None else self.student
        assert drawn_from is not None, 'a model has a student or a teacher'
        return drawn_from

    def taught(self) -> RowGenerator:
        """The teacher.

        Raises:
            SynthesizerInputError: If there is none: the student alone was handed over.
        """
        if self.teacher is None:
            raise SynthesizerInputError(
                'This synthesizer holds a student without its teacher, as it was handed over. '
                'Distil where the teacher is, and hand that student over; or sample from this one.'
            )
        return self.teacher

    def distilled(
        self,
        student: StudentConfig,
        *,
        seed: int,
        device: torch.device,
        callbacks: Sequence[Callback] = (),
    ) -> FairModel:
        """This model with another student, distilled from the teacher without any data.

        The model itself stays as it is; the two share everything but the student.

        Args:
            student: Settings of the student.
            seed: Of all randomness, in training and when rows are drawn.
            device: Where to train; the student ends up on the CPU.
            callbacks: Hear of each epoch.

        Raises:
            SynthesizerInputError: If there is no teacher.
        """
        start = time.perf_counter()
        # Moving a network moves it for everybody who holds it.
        teacher = copy.deepcopy(self.taught()).to(device)
        with distilling(student):
            pupil, lessons = distill(
                teacher,
                config=student,
                generator=torch.Generator().manual_seed(seed),
                network=network_of(student),
                callbacks=callbacks,
            )
        seconds = time.perf_counter() - start
        of_teacher = self.loss_values[self.loss_values['Stage'] != STUDENT_STAGE]
        return replace(
            self,
            student=pupil.cpu(),
            loss_values=_joined(of_teacher, loss_table(lessons)),
            noise=Noise(pupil.schema, seed),
            fit_seconds={**self.fit_seconds, 'student': seconds},
        )

    def set_random_state(self, seed: int) -> None:
        """Start the random stream of sampling anew."""
        self.noise.seed(int(seed))

    def parameter_counts(self) -> dict[str, int]:
        """Number of trained weights of teacher (with its encoder) and student."""
        parts = {
            'teacher': (self.teacher, self.representation),
            'student': (self.student,),
        }
        return {
            name: sum(
                weight.numel() for module in modules if module for weight in module.parameters()
            )
            for name, modules in parts.items()
            if modules[0] is not None
        }

    def generator_parameter_counts(self) -> dict[str, int]:
        """Number of trained weights of what rows are drawn from; so, of no encoder."""
        parts = {'teacher': self.teacher, 'student': self.student}
        return {name: part.parameter_count() for name, part in parts.items() if part is not None}

    def weight_bytes(self) -> dict[str, int]:
        """Bytes of the stored weights of what rows are drawn from; so, of no encoder."""
        parts = {'teacher': self.teacher, 'student': self.student}
        return {name: part.weight_bytes() for name, part in parts.items() if part is not None}

    def sample(
        self,
        rows: int,
        *,
        fairness_strength: float,
        group_shares: torch.Tensor | None = None,
        wanted: SensitiveTable | None = None,
        from_teacher: bool = False,
    ) -> pd.DataFrame:
        """Draw a processed table, with a fresh index.

        Args:
            rows: How many.
            fairness_strength: From 0 (the data as it is) to 1.
            group_shares: Shares of the groups; None takes those observed.
            wanted: Sensitive values to use instead of drawing any.
            from_teacher: Draw from the teacher although there is a student.

        Raises:
            SynthesizerInputError: If the teacher is to be drawn from and there is none.
        """
        source = self.taught() if from_teacher else self.generator
        with drawing_from(source):
            drawn = source.draw(rows, self.noise, fairness_strength, group_shares, wanted)
        return self.decoded(drawn, source, fairness_strength)

    def decoded(self, drawn: Drawn, source: RowGenerator, fairness_strength: float) -> pd.DataFrame:
        """Drawn rows as a processed table; with their numbers, where they are kept in an album."""
        table = self.encoding.table(drawn)
        album = album_in_use()
        if album is not None:
            table[NUMBER] = album.add(drawn, source, fairness_strength)
        return table

    def conditional(
        self, evidence: Evidence, *, fairness_strength: float, from_teacher: bool = False
    ) -> Conditional:
        """What draws rows given evidence.

        Args:
            evidence: What is known of each row.
            fairness_strength: From 0 (the data as it is) to 1.
            from_teacher: Draw from the teacher although there is a student.

        Raises:
            SynthesizerInputError: If the teacher is to be drawn from and there is none.
        """
        source = self.taught() if from_teacher else self.generator
        return Conditional(self, source, evidence, fairness_strength)


class Conditional:
    """Draws processed rows of a model of which something is known."""

    def __init__(
        self, model: FairModel, source: RowGenerator, evidence: Evidence, fairness_strength: float
    ) -> None:
        self._model, self._source, self._rows = model, source, evidence.rows
        self._strength = fairness_strength
        with drawing_from(source):
            self._sampler = ConditionalSampler(source, evidence, fairness_strength)

    def possible(self) -> NDArray[np.bool_]:
        """(rows,) whether there are sensitive values like those of each row of evidence."""
        possible: NDArray[np.bool_] = self._sampler.possible().numpy()
        return possible

    @property
    def doubtful(self) -> int:
        """Rows drawn of which too few particles counted: what is beside the evidence is rough."""
        return self._sampler.doubtful

    def sample(self, places: NDArray[np.int64] | None = None) -> pd.DataFrame:
        """A processed row for each row of evidence, with a fresh index.

        Args:
            places: Which rows of the evidence, as often as wanted; None for each once.
        """
        rows = None if places is None else torch.from_numpy(places)
        if not (self._rows if rows is None else len(rows)):
            return self._model.sample(0, fairness_strength=1.0)
        with drawing_from(self._source):
            drawn = self._sampler.draw(self._model.noise.branch(), rows)
        return self._model.decoded(drawn, self._source, self._strength)


_LOSSES = ('Stage', 'Epoch', 'Term', 'Training Loss', 'Held-out Loss')


def no_losses() -> pd.DataFrame:
    """The losses of a model that was handed over: they stay where it was trained."""
    return pd.DataFrame(columns=list(_LOSSES))


def _joined(*losses: pd.DataFrame) -> pd.DataFrame:
    # An empty table would take part in the types of the columns.
    return pd.concat([table for table in losses if len(table)], ignore_index=True)


def loss_table(history: Sequence[Record]) -> pd.DataFrame:
    """Losses by stage, epoch and term, as training tells them."""
    table = pd.DataFrame([asdict(record) for record in history])
    table.columns = pd.Index(_LOSSES)
    return table
