"""Constraints beside fairness: what they do to sensitive and target columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
from pandas.api.types import is_object_dtype
from sdv._utils import _cast_to_datetime64
from sdv.cag import Inequality
from sdv.cag.programmable_constraint import ProgrammableConstraintHarness

from sdv_fair4free.dates import whole_columns


def role_problems(roles: Sequence[str], left: Sequence[str], rejecting: Sequence[Any]) -> list[str]:
    """Why constraints cannot be had together with fairness.

    A constraint that overlaps an earlier one is kept by drawing rows until one satisfies it. Which
    rows are drawn again then depends on their values; if it looks at the target, what is left of
    the target depends on the sensitive columns even where it did not before.

    Args:
        roles: Sensitive and target columns.
        left: Columns that are modelled once the constraints have replaced theirs.
        rejecting: Constraints that are kept by drawing rows again.
    """
    problems = []
    lost = [name for name in roles if name not in left]
    if lost:
        names = ', '.join(f"'{name}'" for name in lost)
        problems.append(
            f'The constraints replace {names} by columns of their own, but sensitive and '
            'target columns must stay as they are. Leave them out of the constraint, or out '
            'of sensitive_columns and target_column.'
        )
    for constraint in rejecting:
        tied = [name for name in roles if name in named_columns(constraint)]
        if tied:
            names = ', '.join(f"'{name}'" for name in tied)
            problems.append(
                f'{type(constraint).__name__} overlaps an earlier constraint, so that rows which '
                f'break it are drawn again; as it looks at {names}, the target would depend on '
                'the sensitive columns again. Leave it out, or the one it overlaps.'
            )
    return problems


def filtering(chained: Sequence[Any], rejecting: Sequence[Any]) -> list[str]:
    """Names of constraints that may drop rows, by which fairness may suffer."""
    programmed = [
        constraint.programmable_constraint
        for constraint in chained
        if isinstance(constraint, ProgrammableConstraintHarness)
    ]
    return [type(constraint).__name__ for constraint in (*programmed, *rejecting)]


def brought_back(constraint: Any, table: pd.DataFrame) -> pd.DataFrame:
    """Rows as a constraint turns them back, dates in texts read in their own format.

    SDV's ``Inequality`` reads them without it: days and months change places, with a warning.
    """
    low = getattr(constraint, '_fillna_low_column_name', None)
    form = getattr(constraint, '_low_datetime_format', None)
    if isinstance(constraint, Inequality) and form and is_object_dtype(table[low].dtype):
        texts = table[low].drop_duplicates()  # each is read by itself
        dates = dict(zip(texts, _cast_to_datetime64(texts, form), strict=True))
        table = table.assign(**{str(low): table[low].map(dates)})
    returned: pd.DataFrame = constraint.reverse_transform(table)
    return returned


class ReadingDates:
    """A constraint that turns rows back as :func:`brought_back` does.

    Args:
        constraint: Fitted.
    """

    def __init__(self, constraint: Any) -> None:
        self._constraint = constraint
        formatters = getattr(constraint, '_formatters', {})
        for name, of_table in formatters.items():
            formatters[name] = whole_columns(of_table)

    def reverse_transform(self, table: pd.DataFrame) -> pd.DataFrame:
        """The table with the columns that the constraint took away."""
        return brought_back(self._constraint, table)

    def is_valid(self, table: pd.DataFrame) -> Any:
        """(rows,) whether rows keep the constraint."""
        return self._constraint.is_valid(table)


def named_columns(constraint: Any) -> set[str]:
    """Every text among the parameters of a constraint: its columns are among them."""
    found: set[str] = set()
    for value in constraint.get_constraint_dict()['parameters'].values():
        values = value if isinstance(value, list | tuple | set) else [value]
        found.update(name for name in values if isinstance(name, str))
    return found
