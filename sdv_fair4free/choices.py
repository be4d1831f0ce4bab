"""What the names in a synthesizer's settings mean: criteria, penalties and networks by plug-in."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from sdv_fair4free.core.config import StudentConfig, TeacherConfig
from sdv_fair4free.core.criteria import Criterion
from sdv_fair4free.core.dependence import Penalty, distance_covariance
from sdv_fair4free.core.generator import RowGenerator
from sdv_fair4free.core.student import StudentBuilder
from sdv_fair4free.plugins import chosen


def criterion_of(fairness_criterion: str) -> Criterion:
    """The criterion of a name.

    Raises:
        PluginError: If there is none.
    """
    found = chosen('fairness_criteria', fairness_criterion)
    criterion: Criterion = found.thing
    return replace(criterion, masks=found.guarded(criterion.masks, _no_masks))


def penalty_of(teacher: TeacherConfig) -> Penalty:
    """What a teacher is penalised by.

    Raises:
        PluginError: If there is none of that name.
    """
    if teacher.dependence_penalty is None:
        return distance_covariance
    found = chosen('dependence_penalties', teacher.dependence_penalty)
    return found.guarded(found.thing, _no_scalar)


def network_of(student: StudentConfig) -> StudentBuilder:
    """What a student is made of.

    Raises:
        PluginError: If there is none of that name.
    """
    found = chosen('student_networks', student.network)
    return found.guarded(found.thing, _no_student)


def _no_masks(masks: object, strata: Tensor, *_: object) -> str | None:
    """What is wrong with the masks of a criterion."""
    fits = isinstance(masks, list) and len(masks) > 0
    if fits and all(_is_mask(mask, strata) for mask in masks):  # type: ignore[attr-defined]
        return None
    return f'a list of one or more masks, each a tensor of {len(strata)} booleans'


def _is_mask(mask: object, strata: Tensor) -> bool:
    return isinstance(mask, Tensor) and mask.dtype == torch.bool and mask.shape == strata.shape


def _no_scalar(penalty: object, *_: object) -> str | None:
    """What is wrong with what a penalty gives."""
    if isinstance(penalty, Tensor) and penalty.ndim == 0:
        return None
    return 'a tensor of one number, without dimensions'


def _no_student(made: object, teacher: RowGenerator, *_: object) -> str | None:
    """What is wrong with a student."""
    if not isinstance(made, RowGenerator):
        return 'a RowGenerator'
    if made.schema is not teacher.schema:
        return "a RowGenerator of its teacher's own schema"
    return None if made.device == teacher.device else f"on its teacher's device, {teacher.device}"
