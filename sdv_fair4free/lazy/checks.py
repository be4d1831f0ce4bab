"""Problems of a table in parts: every part looked at, every problem with where it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from sdv.metadata import Metadata

from sdv_fair4free.diagnosis import constraint_problems, every_problem
from sdv_fair4free.locks import one_at_a_time
from sdv_fair4free.table_checks import table_problems, type_problems

MOST_TOLD = 5
"""Parts that a problem is told of by number."""


@dataclass(frozen=True, kw_only=True)
class PartRules:
    """What every part of a table must be like.

    Attributes:
        name: Of the table.
        metadata: As it was before constraints changed it.
        constraints: In the order in which they are applied.
    """

    name: str
    metadata: Metadata
    constraints: Sequence[Any]

    def problems(self, part: pd.DataFrame) -> list[str]:
        """What is wrong with one part; what only the whole can tell is left to the summary."""
        if not len(part):
            return []
        with one_at_a_time:  # parts are looked at in threads, and SDV uses numpy's random state
            told = every_problem({self.name: self._thinned(part)}, self.metadata, [], self._own)
            if {*part} == {*self.metadata.tables[self.name].columns} and part.columns.is_unique:
                told += constraint_problems(part, self.constraints, self.metadata)
        return list(dict.fromkeys(told))

    def _thinned(self, part: pd.DataFrame) -> pd.DataFrame:
        """The part with each date that is text once: SDV reads them one by one, for long."""
        described = self.metadata.tables[self.name]
        once = {
            name: part[name].mask(part[name].duplicated())
            for name, entry in described.columns.items()
            if entry['sdtype'] == 'datetime'
            and name in part
            and name not in (described.primary_key, *described.alternate_keys)
            and part.columns.is_unique
            and part[name].dtype == object
        }
        return part.assign(**once) if once else part

    def _own(self, part: pd.DataFrame) -> list[str]:
        columns = self.metadata.tables[self.name].columns
        problems = table_problems(part, [], [], columns, None, within_outcomes=False)
        return problems + type_problems(part, columns)


def told_with_parts(problems: Mapping[int, Sequence[str]], parts: int) -> list[str]:
    """Each problem once, with the parts that have it.

    Args:
        problems: By the number of the part, from 0.
        parts: How many there are.
    """
    found: dict[str, list[int]] = {}
    for number in sorted(problems):
        for problem in problems[number]:
            found.setdefault(problem, []).append(number)
    return [f'{problem.rstrip()} ({where(numbers, parts)})' for problem, numbers in found.items()]


def where(numbers: Sequence[int], parts: int) -> str:
    """Parts by number, counted from 0 as Dask does."""
    if len(numbers) == parts:
        return 'in every partition' if parts > 1 else 'in the only partition'
    shown = ', '.join(map(str, numbers[:MOST_TOLD]))
    more = f' and {len(numbers) - MOST_TOLD} more' * (len(numbers) > MOST_TOLD)
    return f'in partition{"s" * (len(numbers) > 1)} {shown}{more} of {parts}, counted from 0'
