"""What the names in a synthesizer's settings mean: criteria, penalties and networks by plug-in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import torch
from torch import Tensor

from sdv_fair4free.core.checkpoint import CheckpointError
from sdv_fair4free.core.config import StudentConfig, TeacherConfig
from sdv_fair4free.core.criteria import Criterion
from sdv_fair4free.core.dependence import Penalty, distance_covariance
from sdv_fair4free.core.generator import RowGenerator
from sdv_fair4free.core.student import StudentBuilder
from sdv_fair4free.plugins import Provided, chosen
from sdv_fair4free.plugins.answers import blamed

TRIED = 1000
"""Rows of either outcome by which a criterion is tried."""
_MARK = '_network_of_plugin'
"""Of a student, where its network is a plug-in's: two texts, which copies and pickles carry."""


def criterion_of(fairness_criterion: str) -> Criterion:
    """The criterion of a name.

    Raises:
        PluginError: If there is none, or it is a plug-in's that asks for what no latent can do.
    """
    found = chosen('fairness_criteria', fairness_criterion)
    criterion: Criterion = found.thing
    masks = found.guarded(criterion.masks, _no_masks)
    tried = torch.arange(2).repeat_interleave(TRIED)  # many rows of either outcome
    whole = torch.stack(masks(tried, 1, 2))
    with found.blamed():
        if not whole.any():
            raise ValueError('none of its masks has a row, though there are many of every outcome')
        if not criterion.balanced and not whole.all():
            raise ValueError(
                'it leaves the outcome as it is (balanced=False) and yet compares the groups among '
                'some rows only. A latent that does not depend on the groups balances the outcome: '
                'give balanced=True, or masks of all rows'
            )
    return replace(criterion, masks=masks)


def penalty_of(teacher: TeacherConfig) -> Penalty:
    """What a teacher is penalised by.

    Raises:
        PluginError: If there is none of that name.
    """
    if teacher.dependence_penalty is None:
        return distance_covariance
    found = chosen('dependence_penalties', teacher.dependence_penalty)
    return found.thing if found.built_in else _watched(found)


def _watched(found: Provided) -> Penalty:
    """The penalty of a plug-in, whose value and slope are looked at each time."""
    guarded = found.guarded(found.thing, _no_scalar)

    def penalty(z: Tensor, s: Tensor) -> Tensor:
        def look_at_slope(slope: Tensor) -> None:
            with found.blamed():
                if z.isfinite().all() and not slope.isfinite().all():
                    raise ArithmeticError('its slope in z is not finite, though z is')

        seen = z.view_as(z)  # its slope is that of the penalty alone
        if seen.requires_grad:
            seen.register_hook(look_at_slope)
        value: Tensor = guarded(seen, s)
        with found.blamed():
            # Where there is but one group a plain 0 is right, and has no slope to give.
            if seen.requires_grad and not value.requires_grad and value != 0:
                raise TypeError('it has no slope in z: it has to be computed by torch, from z')
        return value

    return penalty


def network_of(student: StudentConfig) -> StudentBuilder:
    """What a student is made of.

    Raises:
        PluginError: If there is none of that name.
    """
    found = chosen('student_networks', student.network)
    if found.built_in:
        builder: StudentBuilder = found.thing
        return builder
    guarded = found.guarded(found.thing, _no_student)

    def build(
        teacher: RowGenerator, config: StudentConfig, generator: torch.Generator
    ) -> RowGenerator:
        made: RowGenerator = guarded(teacher, config, generator)
        setattr(made, _MARK, (found.plugin, found.name))
        return made

    return build


@contextmanager
def distilling(student: StudentConfig, with_checkpoints: bool = False) -> Iterator[None]:
    """Name the plug-in in what goes wrong in this block, where it provides the network.

    Args:
        student: Settings that name the network.
        with_checkpoints: Whether files are written meanwhile, which is no matter of a network.
    """
    files = (CheckpointError, OSError) if with_checkpoints else ()
    with chosen('student_networks', student.network).blamed(*files):
        yield


@contextmanager
def drawing_from(generator: RowGenerator) -> Iterator[None]:
    """Name the plug-in in what goes wrong in this block, where it has built the generator."""
    made_by = getattr(generator, _MARK, None)
    if made_by is None:
        yield
        return
    plugin, name = made_by
    with blamed(plugin, f"the drawing of rows from '{name}' of student_networks"):
        yield


def _no_masks(masks: object, strata: Tensor, *_: object) -> str | None:
    """What is wrong with the masks of a criterion."""
    fits = isinstance(masks, list) and len(masks) > 0
    if fits and all(_is_mask(mask, strata) for mask in masks):  # type: ignore[attr-defined]
        return None
    return f'a list of one or more masks, each a tensor of {len(strata)} booleans'


def _is_mask(mask: object, strata: Tensor) -> bool:
    return isinstance(mask, Tensor) and mask.dtype == torch.bool and mask.shape == strata.shape


def _no_scalar(penalty: object, z: Tensor, *_: object) -> str | None:
    """What is wrong with what a penalty gives."""
    if not (isinstance(penalty, Tensor) and penalty.ndim == 0):
        return 'a tensor of one number, without dimensions'
    if penalty.isfinite() or not z.isfinite().all():  # of a latent gone astray there is none
        return None
    return 'finite, as z is'


def _no_student(made: object, teacher: RowGenerator, *_: object) -> str | None:
    """What is wrong with a student."""
    if not isinstance(made, RowGenerator):
        return 'a RowGenerator'
    if made is teacher:
        return 'another RowGenerator than its teacher'
    if made.schema is not teacher.schema:
        return "a RowGenerator of its teacher's own schema"
    return None if made.device == teacher.device else f"on its teacher's device, {teacher.device}"
