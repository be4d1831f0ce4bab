"""Fair4FreeSynthesizer: SDV in, SDV out."""

from __future__ import annotations

import os
import warnings
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pandas as pd
from sdv.errors import SynthesizerInputError
from sdv.metadata import Metadata
from tqdm import tqdm

from sdv_fair4free._version import __version__
from sdv_fair4free.choices import criterion_of
from sdv_fair4free.codecs import usual_transformers
from sdv_fair4free.core.checkpoint import CheckpointError
from sdv_fair4free.core.config import StudentConfig, TeacherConfig, with_training
from sdv_fair4free.core.devices import training_device
from sdv_fair4free.core.rows import Rows
from sdv_fair4free.core.training import Callback
from sdv_fair4free.encoding import Encoding
from sdv_fair4free.fitting import FittingMixin
from sdv_fair4free.handover.methods import HandoverMixin
from sdv_fair4free.locks import one_at_a_time
from sdv_fair4free.model import seed_of
from sdv_fair4free.model_fitting import fit_model
from sdv_fair4free.plugins.callbacks import PluginCallbacks
from sdv_fair4free.progress import ProgressBars
from sdv_fair4free.streaming import StreamingMixin
from sdv_fair4free.table_checks import (
    hidden_roles,
    learnt_ids,
    small_groups,
    table_problems,
    type_problems,
)
from sdv_fair4free.telling import TellingMixin
from sdv_fair4free.validation import (
    as_list,
    listed,
    parameter_problems,
    training_problems,
)


class Fair4FreeSynthesizer(HandoverMixin, FittingMixin, StreamingMixin, TellingMixin):  # type: ignore[misc]
    """Synthesize a table in which the target does not depend on the sensitive columns.

    A teacher learns a representation of each row that predicts the target and is made independent
    of the sensitive columns; a smaller student is distilled from it, by default without any data
    (Fair4Free, arXiv 2410.01423). The target of a synthetic row is drawn from that representation
    alone, so that it is independent of the sensitive columns by construction.

    What it does not promise: that a model trained on the table is exactly fair to real people
    (measure it), that distillation protects privacy by itself, or that a fairness criterion fits
    the use it is put to.

    Args:
        metadata: Describes the table; one table.
        enforce_min_max_values: Keep numbers within the range seen. Quantile tokens do in any case.
        enforce_rounding: Round numbers as the real ones are.
        locales: For made-up personal data.
        sensitive_columns: One column or several that the target must not depend on: categorical,
            boolean, ordinal, numerical or datetime, missing values included. Several are crossed.
            None applies no fairness.
        target_column: The outcome: of two classes or more, ordinal, numerical or datetime; a list
            for several. Needed with ``sensitive_columns``, unless ``fairness_scope='all'``.
        fairness_criterion: 'demographic_parity' (the outcome is independent of the sensitive
            columns), 'equalized_odds' (the representation it is drawn from is, given the true
            outcome, so that models of the rows are to err alike in every group) or
            'equal_opportunity' (that is, given the favourable outcome). Under each the outcome is
            balanced over the groups. With numbers among the sensitive columns, or with
            several targets, the second is approached by a penalty alone, less closely. Where base
            rates differ, the first excludes the second. Plug-ins may provide others.
        fairness_strength: From 0 (the outcome as it is) to 1 (independence). Only sampling uses it:
            ``sample`` can override it on the same fitted model. It acts on the target alone.
        fairness_scope: 'target' lets the other columns depend on the sensitive ones, as real
            people do; 'all' makes them independent too, at every strength.
        favourable_outcome: The value of the target that people hope for; needed by
            'equal_opportunity'.
        distillation: 'data_free' distils a student from the teacher alone, 'with_data' on the real
            rows (arXiv 2408.10755), None samples from the teacher.
        epochs: Most passes of every stage over its rows; training stops earlier where held-out rows
            gain nothing. None for the default of each stage.
        batch_size: Rows per step of every stage; None for the default of each stage.
        random_state: Seed of training, 0 or more; None takes a fresh one at every fit. The same
            seed gives the same model, bit for bit, on one machine's CPU.
        enable_gpu: Whether to train on a GPU, if there is one.
        verbose: Whether to show progress bars.
        teacher: Sizes and training of the teacher; None for the default.
        student: Sizes and training of the student, or 'small', 'medium' or 'large', see
            :meth:`~sdv_fair4free.StudentConfig.of_size`; None for the default.
        checkpoint_dir: Folder in which ``fit`` writes how far training has come, after every epoch,
            and removes that when it is done; None writes nothing. The same fit of the same rows,
            in a new process or not, goes on from there after an interruption, and ends as it would
            have without one: bit for bit on the CPU, nearly so on a GPU, whose sums have no order.
            With ``random_state=None`` it keeps the seed that it was begun with. One fit at a time.
            What is written are weights, losses and a hash of the
            rows: keep it as closely as the synthesizer.

    Raises:
        SynthesizerInputError: Listing every problem with the parameters at once.
    """

    _model_sdtype_transformers = usual_transformers()

    def __init__(
        self,
        metadata: Metadata,
        enforce_min_max_values: bool = True,
        enforce_rounding: bool = True,
        locales: Sequence[str] | str = ('en_US',),
        sensitive_columns: Sequence[str] | str | None = None,
        target_column: Sequence[str] | str | None = None,
        fairness_criterion: str = 'demographic_parity',
        fairness_strength: float = 1.0,
        fairness_scope: str = 'target',
        favourable_outcome: Any = None,
        distillation: str | None = 'data_free',
        epochs: int | None = None,
        batch_size: int | None = None,
        random_state: int | None = 0,
        enable_gpu: bool = True,
        verbose: bool = False,
        teacher: TeacherConfig | None = None,
        student: StudentConfig | str | None = None,
        checkpoint_dir: str | os.PathLike[str] | None = None,
    ) -> None:
        locales = list(locales) if isinstance(locales, tuple) else locales
        super().__init__(
            metadata,
            enforce_min_max_values=enforce_min_max_values,
            enforce_rounding=enforce_rounding,
            locales=locales,
        )
        self.sensitive_columns = sensitive_columns
        self.target_column = target_column
        self.fairness_criterion = fairness_criterion
        self.fairness_strength = fairness_strength
        self.fairness_scope = fairness_scope
        self.favourable_outcome = favourable_outcome
        self.distillation = distillation
        self.epochs = epochs
        self.batch_size = batch_size
        self.random_state = random_state
        self.enable_gpu = enable_gpu
        self.verbose = verbose
        self.teacher = teacher
        self.student = student
        self.checkpoint_dir = checkpoint_dir
        self._fitted_package_version: str | None = None
        table = self._get_table_metadata()
        problems = parameter_problems(
            columns=table.columns,
            keys=[table.primary_key, *table.alternate_keys],
            sensitive_columns=sensitive_columns,
            target_column=target_column,
            fairness_criterion=fairness_criterion,
            fairness_strength=fairness_strength,
            fairness_scope=fairness_scope,
            favourable_outcome=favourable_outcome,
            distillation=distillation,
            epochs=epochs,
            batch_size=batch_size,
            random_state=random_state,
            enable_gpu=enable_gpu,
            verbose=verbose,
            teacher=teacher,
            student=student,
            checkpoint_dir=checkpoint_dir,
        )
        problems += self._own_problems()
        if problems:
            raise SynthesizerInputError(listed(problems, 'the parameters'))
        if not as_list(sensitive_columns):
            warnings.warn(
                'No fairness is applied: Fair4FreeSynthesizer has no sensitive_columns and models '
                'the table as it is. Name them, with the outcome, to turn it on: '
                "Fair4FreeSynthesizer(metadata, sensitive_columns=['...'], target_column='...').",
                stacklevel=2,
            )

    # -- SDV calls these ---------------------------------------------------------------------

    def _validate(self, table_data: pd.DataFrame) -> list[str]:
        # A table without them is refused as well, for that reason.
        sensitive = [name for name in as_list(self.sensitive_columns) if name in table_data]
        targets = [name for name in as_list(self.target_column) if name in table_data]
        problems = table_problems(
            table_data,
            sensitive,
            targets if sensitive else [],
            self._get_table_metadata().columns,
            self.favourable_outcome,
            criterion_of(self.fairness_criterion).within_outcomes,
        )
        original = self._original_metadata.tables[self._table_name].columns
        return problems + type_problems(table_data, original)

    def _preprocess(self, table_data: pd.DataFrame) -> pd.DataFrame:
        small = small_groups(
            table_data, as_list(self.sensitive_columns), self._get_table_metadata().columns
        )
        if small:
            warnings.warn(
                'Some groups have too few rows to be learnt well; what is made for them is drawn '
                f'from what the groups have in common: {small}.',
                stacklevel=2,
            )
        described = self._get_table_metadata()
        keys = [described.primary_key, *described.alternate_keys]
        counted = None if self._lazy is None else self._lazy.summary.counts
        ids = learnt_ids(table_data, described.columns, keys, counted)
        if ids:
            warnings.warn(
                f'{", ".join(map(repr, ids))} hold ids, but are no keys: their values are learnt '
                'like categories, and real ones come back. Make them keys, give them a '
                'regex_format, or call them personal data, to have ids made up.',
                stacklevel=2,
            )
        # From here on the transformers are those of this table, and an old model is of no use.
        self._fitted = False
        self._tell_roles()
        processed: pd.DataFrame = super()._preprocess(table_data)
        if self._lazy is not None and self._lazy.settle(table_data, self._data_processor):
            processed = self._data_processor.transform(table_data)
        return processed

    def _fit(self, processed_data: pd.DataFrame) -> None:
        self._fitted = False  # also where this is called for another table, and is interrupted
        processed = processed_data.reset_index(drop=True)
        sensitive = as_list(self.sensitive_columns)
        targets = as_list(self.target_column) if sensitive else []
        transformers = self._data_processor._hyper_transformer.field_transformers
        problems = hidden_roles(processed, transformers, [*sensitive, *targets])
        if problems:
            raise SynthesizerInputError(listed(problems, 'the transformers'))
        teacher, student = self._settings(self.teacher, self.student)
        with tqdm(total=processed.shape[1], desc='Encode', disable=not self.verbose) as bar:
            encoding = Encoding.fit(
                processed,
                transformers,
                sensitive,
                targets,
                on_column=bar.update,
                sampled=None if self._lazy is None else self._lazy.sampled,
                two_steps=teacher.autoregressive,
            )
            rows = self._rows(encoding, processed)
        favourable = None
        if targets and self.favourable_outcome is not None:
            favourable = transformers[targets[0]].categories_to_values[self.favourable_outcome]
        changes = {'epochs': self.epochs, 'batch_size': self.batch_size}
        try:
            self._model = fit_model(
                encoding,
                rows,
                fairness_criterion=self.fairness_criterion,
                fairness_scope=self.fairness_scope,
                favourable=favourable,
                distillation=self.distillation,
                teacher=with_training(teacher, changes),
                student=with_training(student, changes),
                random_state=self.random_state,
                device=training_device(self.enable_gpu),
                callbacks=self._callbacks(),
                checkpoint_dir=self.checkpoint_dir,
            )
        except CheckpointError as error:
            raise SynthesizerInputError(str(error)) from error
        self._fitted_package_version = __version__
        self._disclosure, self._parent = None, None

    def _own_problems(self) -> list[str]:
        """Problems of parameters that only a subclass has."""
        return []

    def _rows(self, encoding: Encoding, processed: pd.DataFrame) -> Rows:
        """What the model is fitted to."""
        if self._lazy is not None:
            return self._lazy.rows(
                processed, encoding, self._chained_constraints, self._data_processor
            )
        return encoding.rows(processed)

    @staticmethod
    def _settings(
        teacher: TeacherConfig | None, student: StudentConfig | str | None
    ) -> tuple[TeacherConfig, StudentConfig]:
        """The settings that are meant."""
        return teacher or TeacherConfig(), StudentConfig.of(student)

    def _callbacks(self) -> list[Callback]:
        """Who hears of each epoch of training."""
        return [PluginCallbacks(), *([ProgressBars()] if self.verbose else [])]

    # -- what users call ---------------------------------------------------------------------

    def distill(
        self,
        student: StudentConfig | str | None = None,
        *,
        epochs: int | None = None,
        batch_size: int | None = None,
        random_state: int | None = None,
    ) -> None:
        """Distil a student anew from the fitted teacher, without any data, and sample from it.

        It takes the place of the student that there may be; the teacher stays as it is. Sampling
        starts anew. The parameters then say what was done: ``distillation`` is 'data_free', and
        ``student`` the student as given, or its settings with the ``epochs`` and ``batch_size``
        given here. A size by its name keeps the ``network`` of this synthesizer. If it fails or is
        interrupted, all stays as it was. What it costs in quality is for
        :func:`~sdv_fair4free.compare_teacher_and_student` to say.

        Args:
            student: Sizes and training, or 'small', 'medium' or 'large', see
                :meth:`~sdv_fair4free.StudentConfig.of_size`; None for those of this synthesizer.
            epochs: Most passes; None for those of this synthesizer.
            batch_size: Rows per step; None for those of this synthesizer.
            random_state: Seed, 0 or more; None takes that of this synthesizer. The same seed gives
                the same student, bit for bit, on one machine's CPU.

        Raises:
            SamplingError: If it is not fitted.
            SynthesizerInputError: Listing every problem with the arguments at once; or if there is
                no teacher, because the student alone was handed over.
        """
        self._validate_fit_before_sample()
        problems = training_problems(epochs, batch_size, random_state, student)
        if problems:
            raise SynthesizerInputError(listed(problems, 'the arguments of distill'))
        chosen = self.student if student is None else student
        if isinstance(chosen, str):  # a size says nothing of the network
            kept, sized = (self._settings(self.teacher, one)[1] for one in (self.student, chosen))
            chosen = (
                replace(sized, network=kept.network) if kept.network != sized.network else chosen
            )
        if epochs or batch_size:
            given = {'epochs': epochs, 'batch_size': batch_size}
            chosen = with_training(self._settings(self.teacher, chosen)[1], given)
        changes = {'epochs': epochs or self.epochs, 'batch_size': batch_size or self.batch_size}
        distilled = self._model.distilled(
            with_training(self._settings(self.teacher, chosen)[1], changes),
            seed=seed_of(self.random_state if random_state is None else random_state),
            device=training_device(self.enable_gpu),
            callbacks=self._callbacks(),
        )
        with one_at_a_time:
            self._model, self.student, self.distillation = distilled, chosen, 'data_free'
            self.reset_sampling()


__all__ = ['Fair4FreeSynthesizer']
