"""What the names in a synthesizer's settings mean: criteria, penalties and networks by plug-in."""

from __future__ import annotations

from dataclasses import replace

from sdv_fair4free.core.config import StudentConfig, TeacherConfig
from sdv_fair4free.core.criteria import Criterion
from sdv_fair4free.core.dependence import Penalty, distance_covariance
from sdv_fair4free.core.student import StudentBuilder
from sdv_fair4free.plugins import chosen


def criterion_of(fairness_criterion: str) -> Criterion:
    """The criterion of a name.

    Raises:
        PluginError: If there is none.
    """
    found = chosen('fairness_criteria', fairness_criterion)
    criterion: Criterion = found.thing
    return replace(criterion, masks=found.guarded(criterion.masks))


def penalty_of(teacher: TeacherConfig) -> Penalty:
    """What a teacher is penalised by.

    Raises:
        PluginError: If there is none of that name.
    """
    if teacher.dependence_penalty is None:
        return distance_covariance
    found = chosen('dependence_penalties', teacher.dependence_penalty)
    return found.guarded(found.thing)


def network_of(student: StudentConfig) -> StudentBuilder:
    """What a student is made of.

    Raises:
        PluginError: If there is none of that name.
    """
    found = chosen('student_networks', student.network)
    return found.guarded(found.thing)
