"""How a model comes about: a teacher is fitted to the rows, and a student to the teacher."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from sdv_fair4free.choices import criterion_of, distilling, network_of, penalty_of
from sdv_fair4free.core.checkpoint import Checkpoints
from sdv_fair4free.core.config import StudentConfig, TeacherConfig
from sdv_fair4free.core.criteria import NobodyComparedError
from sdv_fair4free.core.distill import distill, distill_with_data
from sdv_fair4free.core.noise import Noise
from sdv_fair4free.core.pictures import PictureShape
from sdv_fair4free.core.rows import Rows
from sdv_fair4free.core.teacher import fit_teacher
from sdv_fair4free.core.training import Callback, Record
from sdv_fair4free.encoding import Encoding
from sdv_fair4free.model import FairModel, loss_table, seed_of
from sdv_fair4free.plugins import chosen


def fit_model(
    encoding: Encoding,
    rows: Rows,
    *,
    fairness_criterion: str,
    fairness_scope: str,
    favourable: int | None,
    distillation: str | None,
    teacher: TeacherConfig,
    student: StudentConfig,
    random_state: int | None,
    device: torch.device,
    callbacks: Sequence[Callback] = (),
    checkpoint_dir: str | os.PathLike[str] | None = None,
) -> FairModel:
    """Fit a teacher to the rows, and a student to the teacher.

    Args:
        encoding: Fitted to the table.
        rows: The table as codes.
        fairness_criterion: Name of what "fair" means, see ``fairness_criteria`` of plug-ins.
        fairness_scope: 'target' or 'all'.
        favourable: Code of the one target that the criterion may single out; None for none.
        distillation: 'data_free', 'with_data' or None.
        teacher: Settings of the teacher.
        student: Settings of the student.
        random_state: Seed of all randomness in training; None takes a fresh one, or that of
            the fit that is gone on with.
        device: Where to train; the model ends up on the CPU.
        callbacks: Hear of each epoch of each stage.
        checkpoint_dir: Folder in which a fit that was interrupted is gone on with; None for
            none. What is written there goes when the fit is complete.

    Raises:
        CheckpointError: If the folder holds the checkpoint of another fit.
    """
    picture = None if rows.pictures is None else PictureShape.of(rows.pictures)
    schema = encoding.schema(
        fairness_scope, teacher.latent, teacher.autoregressive, favourable, picture
    )
    criterion, penalty = criterion_of(fairness_criterion), penalty_of(teacher)
    network = network_of(student)
    singled_out = 0 if favourable is None else int(schema.strata[0][favourable])
    seed = seed_of(random_state)
    checkpoints = None
    if checkpoint_dir is not None:
        told = {
            'the rows': rows,
            'the columns': schema,
            'fairness_criterion': fairness_criterion,
            'favourable_outcome': favourable,
            'distillation': distillation,
            'teacher': teacher,
            'student': student,
            'random_state': random_state,
        }
        checkpoints = Checkpoints.opened(Path(checkpoint_dir), told, seed)
        seed = checkpoints.seed
    rows = rows.to(device)
    of_both: dict[str, Any] = {
        'generator': torch.Generator().manual_seed(seed),
        'callbacks': callbacks,
        'checkpoints': checkpoints,
    }
    start = time.perf_counter()
    try:
        trained = fit_teacher(
            rows,
            schema,
            criterion=criterion,
            favourable=singled_out,
            config=teacher,
            penalty=penalty,
            **of_both,
        )
    except NobodyComparedError:
        with chosen('fairness_criteria', fairness_criterion).blamed():
            raise
    seconds = {'teacher': time.perf_counter() - start}
    pupil, lessons = None, list[Record]()
    of_student: dict[str, Any] = {**of_both, 'config': student, 'network': network}
    with distilling(student, with_checkpoints=checkpoints is not None):
        if distillation == 'data_free':
            pupil, lessons = distill(trained.generator, **of_student)
        elif distillation == 'with_data':
            strata, count = trained.strata.to(device), int(trained.strata.max()) + 1
            pupil, lessons = distill_with_data(
                trained.generator,
                rows,
                trained.u,
                lambda index: criterion.masks(strata[index], singled_out, count),
                penalty=penalty,
                **of_student,
            )
    if pupil is not None:
        seconds['student'] = time.perf_counter() - start - seconds['teacher']
    fitted = FairModel(
        encoding=encoding,
        teacher=trained.generator.cpu(),
        representation=None if trained.encoder is None else trained.encoder.cpu(),
        student=None if pupil is None else pupil.cpu(),
        loss_values=loss_table(trained.history + lessons),
        noise=Noise(trained.generator.schema, seed),
        group_counts=tuple(trained.group_counts.tolist()),
        group_trust=tuple(trained.group_trust.tolist()),
        missing_counts=encoding.missing_counts(rows),
        fit_seconds=seconds,
        rows=len(rows),
        code_counts=encoding.code_counts(rows),
    )
    if checkpoints is not None:
        checkpoints.remove()
    return fitted


__all__ = ['fit_model']
