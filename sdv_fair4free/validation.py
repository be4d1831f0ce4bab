"""Every problem at once: what is wrong, where, and what to do about it."""

from __future__ import annotations

import difflib
import os
from collections.abc import Hashable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sdv_fair4free.core.config import (
    STUDENT_SIZES,
    StudentConfig,
    TeacherConfig,
    is_whole,
)
from sdv_fair4free.core.config import is_number as is_number  # for those that judge, too
from sdv_fair4free.plugins import names_of, provided

if TYPE_CHECKING:
    from sdv_fair4free.core.criteria import Criterion

FAIRNESS_SCOPES = ('target', 'all')
DISTILLATIONS = ('data_free', 'with_data', None)
DISCRETE_SDTYPES = ('categorical', 'boolean', 'ordinal')
ORDERED_SDTYPES = ('numerical', 'datetime')


def as_list(columns: str | Iterable[str] | None) -> list[str]:
    """One column name, several, or None, as a list."""
    if columns is None:
        return []
    return [columns] if isinstance(columns, str) else list(columns)


def listed(problems: Sequence[str], subject: str) -> str:
    """One message that lists every problem."""
    count = f'{len(problems)} problem{"s" if len(problems) > 1 else ""} with {subject}'
    return '\n'.join([f'{count}:', *(f'  - {problem}' for problem in problems)])


def nearest(name: object, choices: Iterable[object]) -> str:
    """A hint at the nearest of ``choices``, or nothing.

    >>> nearest('gendre', ['age', 'gender'])
    " Did you mean 'gender'?"
    """
    close = difflib.get_close_matches(str(name), [str(choice) for choice in choices], n=1)
    if not close:
        return ''
    return f' Did you mean {next(choice for choice in choices if str(choice) == close[0])!r}?'


def one_of(name: str, value: object, choices: Sequence[object]) -> list[str]:
    """A problem if ``value`` is not among ``choices``."""
    if any(value is choice or value == choice for choice in choices):
        return []
    allowed = ', '.join(repr(choice) for choice in choices)
    return [f'{name}={value!r} is not one of {allowed}.{nearest(value, choices)}']


def whole_problems(name: str, value: object, least: int, or_none: bool = True) -> list[str]:
    """A problem if the value is no whole number of at least ``least``."""
    if (or_none and value is None) or (is_whole(value) and least <= value < 2**63):
        return []
    alternative = ', or None' if or_none else ''
    return [f'{name}={value!r} must be a whole number of at least {least}{alternative}.']


def strength_problems(fairness_strength: object) -> list[str]:
    """A problem if the strength is not a number from 0 to 1."""
    if is_number(fairness_strength) and 0 <= fairness_strength <= 1:
        return []
    return [
        f'fairness_strength={fairness_strength!r} must be a number from 0 (the data as it is) '
        'to 1 (independent of the sensitive columns).'
    ]


def training_problems(
    epochs: object, batch_size: object, random_state: object, student: object
) -> list[str]:
    """Problems of what a student is trained with, when a table is fitted and afterwards."""
    problems = whole_problems('random_state', random_state, 0)
    problems += whole_problems('epochs', epochs, 1) + whole_problems('batch_size', batch_size, 1)
    return problems + student_problems('student', student)


def student_problems(name: str, student: object) -> list[str]:
    """A problem if this is no student: its settings, a size by its name, or None."""
    if student is None:
        return []
    if isinstance(student, StudentConfig):
        return plugin_problems(f'{name}: network', student.network, 'student_networks')
    if isinstance(student, str) and student in STUDENT_SIZES:
        return []
    sizes = ', '.join(repr(size) for size in STUDENT_SIZES)
    hint = nearest(student, STUDENT_SIZES) if isinstance(student, str) else ''
    return [
        f'{name}={student!r} must be a StudentConfig, one of {sizes}, or None for the default.'
        f'{hint}'
    ]


def plugin_problems(name: str, value: object, question: str) -> list[str]:
    """A problem if no plug-in provides this; those that are built in count as one."""
    found = one_of(name, value, names_of(question))
    hint = 'If a plug-in provides it: `sdv-fair4free plugins` tells which are active.'
    return [f'{problem} {hint}' for problem in found]


def folder_problems(name: str, folder: object) -> list[str]:
    """A problem if this is neither the path of a folder, there or not, nor None."""
    if folder is None:
        return []
    path = os.fspath(folder) if isinstance(folder, os.PathLike) else folder
    if not isinstance(path, str) or not path:
        return [f'{name}={folder!r} must be the path of a folder, or None.']
    if Path(path).exists() and not Path(path).is_dir():
        return [f'{name}={folder!r} is a file; name a folder.']
    return []


def criterion_named(name: object) -> Criterion | None:
    """The criterion of a name; None if there is none."""
    found = provided('fairness_criteria').get(name) if isinstance(name, str) else None
    return None if found is None else found.thing


def parameter_problems(
    *,
    columns: Mapping[str, Mapping[str, Any]],
    keys: Sequence[str],
    sensitive_columns: object,
    target_column: object,
    fairness_criterion: object,
    fairness_strength: object,
    fairness_scope: object,
    favourable_outcome: object,
    distillation: object,
    epochs: object,
    batch_size: object,
    random_state: object,
    enable_gpu: object,
    verbose: object,
    teacher: object,
    student: object,
    checkpoint_dir: object,
) -> list[str]:
    """Check the parameters against each other and against the metadata's columns.

    Args:
        columns: The metadata's columns, from name to its entry.
        keys: Primary and alternate keys.
        sensitive_columns: As given to the synthesizer, like all that follow.
        target_column: See there.
        fairness_criterion: See there.
        fairness_strength: See there.
        fairness_scope: See there.
        favourable_outcome: See there.
        distillation: See there.
        epochs: See there.
        batch_size: See there.
        random_state: See there.
        enable_gpu: See there.
        verbose: See there.
        teacher: See there.
        student: See there.
        checkpoint_dir: See there.

    Returns:
        One sentence for each problem; none if all is well.
    """
    problems: list[str] = []
    names: list[str] = []
    if sensitive_columns is None or isinstance(sensitive_columns, str | list | tuple):
        names = as_list(sensitive_columns)
    else:
        problems.append(
            f'sensitive_columns={sensitive_columns!r} must be a column name or a list of them.'
        )
    for name in sorted({name for name in names if names.count(name) > 1}):
        problems.append(f"sensitive column '{name}' is named twice; name it once.")
    for name in dict.fromkeys(names):
        problems += _column_problems('sensitive column', name, columns, keys)
    targets: list[str] = []
    if target_column is None or isinstance(target_column, str | list | tuple):
        targets = as_list(target_column)
    else:
        problems.append(f'target_column={target_column!r} must be a column name or a list of them.')
    for name in sorted({name for name in targets if targets.count(name) > 1}):
        problems.append(f"target column '{name}' is named twice; name it once.")
    for name in dict.fromkeys(targets):
        problems += _column_problems('target column', name, columns, keys)
        if name in names:
            problems.append(
                f"'{name}' is both target and sensitive: a column cannot be made "
                'independent of itself. Name another target, or drop it from sensitive_columns.'
            )
    problems += plugin_problems('fairness_criterion', fairness_criterion, 'fairness_criteria')
    problems += one_of('fairness_scope', fairness_scope, FAIRNESS_SCOPES)
    problems += one_of('distillation', distillation, DISTILLATIONS)
    problems += strength_problems(fairness_strength)
    criterion = criterion_named(fairness_criterion)
    # A malformed target was named already; that it is missing as well would be no help.
    if names and not targets and not target_column:
        if fairness_scope == 'target':
            problems.append(
                'sensitive_columns are named but no target_column: name the column that must not '
                "depend on them, or set fairness_scope='all' to make every column independent."
            )
        if criterion is not None and criterion.within_outcomes:
            problems.append(f"fairness_criterion='{fairness_criterion}' needs a target_column.")
    one_of_categories = len(targets) == 1 and (
        columns.get(targets[0], {}).get('sdtype') not in ORDERED_SDTYPES
    )
    singled_out = criterion is not None and criterion.needs_favourable
    if names and targets and singled_out and not one_of_categories:
        problems.append(
            f"fairness_criterion='{fairness_criterion}' needs one target_column of categories, "
            'with a favourable_outcome; for numbers and several targets use '
            "'equalized_odds'."
        )
    elif names and singled_out and favourable_outcome is None:
        problems.append(
            f"fairness_criterion='{fairness_criterion}' needs favourable_outcome: the value of the "
            'target column that people hope for.'
        )
    elif targets and favourable_outcome is not None and not one_of_categories:
        problems.append(
            f'favourable_outcome={favourable_outcome!r} names one value of one target column of '
            'categories; leave it out for numbers and for several targets.'
        )
    problems += training_problems(epochs, batch_size, random_state, student)
    if favourable_outcome is not None and not isinstance(favourable_outcome, Hashable):
        problems.append(f'favourable_outcome={favourable_outcome!r} must be one value.')
    for name, value in {'enable_gpu': enable_gpu, 'verbose': verbose}.items():
        if not isinstance(value, bool):
            problems.append(f'{name}={value!r} must be True or False.')
    if teacher is not None and not isinstance(teacher, TeacherConfig):
        problems.append(f'teacher={teacher!r} must be a TeacherConfig, or None for the default.')
    elif teacher is not None and teacher.dependence_penalty is not None:
        problems += plugin_problems(
            'teacher: dependence_penalty', teacher.dependence_penalty, 'dependence_penalties'
        )
    return problems + folder_problems('checkpoint_dir', checkpoint_dir)


def _column_problems(
    role: str, name: object, columns: Mapping[str, Mapping[str, Any]], keys: Sequence[str]
) -> list[str]:
    if not isinstance(name, str):
        hint = f' Write {str(name)!r}, as SDV does.' if str(name) in columns else ''
        return [f'{role} {name!r} must be the name of a column, as text.{hint}']
    if name not in columns:
        return [f"{role} '{name}' is not in the metadata.{nearest(name, columns)}"]
    if name in keys:
        return [f"{role} '{name}' is a key: its values are made up anew, so nothing depends on it."]
    sdtype = columns[name].get('sdtype')
    if sdtype in (*DISCRETE_SDTYPES, *ORDERED_SDTYPES):
        return []
    return [
        f"{role} '{name}' has sdtype '{sdtype}', whose values are made up anew, so nothing depends "
        'on them: set its sdtype to categorical if it holds categories.'
    ]
