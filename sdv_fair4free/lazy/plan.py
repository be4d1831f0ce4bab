"""What a summary of a table must not lose, from the metadata and the constraints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from sdv.cag import FixedCombinations

from sdv_fair4free.constraints import named_columns
from sdv_fair4free.table_checks import FEWEST_TO_COMPARE
from sdv_fair4free.validation import DISCRETE_SDTYPES, ORDERED_SDTYPES

SAMPLE_ROWS = 200_000
"""Rows that are drawn at random: quantiles of them are within 0.004 of a share, see `Summary`."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What a summary keeps.

    Attributes:
        sample_rows: Rows that are drawn at random.
        seed: Of that draw.
        categories: Columns of which every value is counted.
        ordered: Columns of numbers and dates, of which the rows at the ends are kept, and a row
            without a value; with their entries in the metadata.
        crossings: Columns of which rows of every combination are kept, with how many of each.
        patterns: Columns of which a row of every combination of missing values is kept.
        left_out: Columns of which nothing is kept: the table is refused for them.
    """

    sample_rows: int
    seed: int
    categories: tuple[str, ...]
    ordered: Mapping[str, Mapping[str, Any]]
    crossings: tuple[tuple[tuple[str, ...], int], ...]
    patterns: tuple[tuple[str, ...], ...]
    left_out: tuple[str, ...] = ()

    @classmethod
    def of(
        cls,
        columns: Mapping[str, Mapping[str, Any]],
        keys: Sequence[str | None],
        constraints: Sequence[Any],
        roles: Sequence[str],
        seed: int,
    ) -> Plan:
        """Plan a summary.

        Args:
            columns: The metadata's columns, from name to its entry, before constraints.
            keys: Primary and alternate keys, which are made up anew.
            constraints: All constraints.
            roles: The sensitive columns, followed by the targets; none if fairness is off.
            seed: Of the rows that are drawn.
        """
        categories = [
            name for name, entry in columns.items() if _learnt(entry) and name not in keys
        ]
        crossings: list[tuple[tuple[str, ...], int]] = [((name,), 1) for name in categories]
        crossed = tuple(name for name in roles if columns[name]['sdtype'] in DISCRETE_SDTYPES)
        if crossed:
            # Every check of groups and classes counts up to so many rows, and no further.
            crossings.append((crossed, FEWEST_TO_COMPARE))
        ordered = {
            name: entry
            for name, entry in columns.items()
            if entry['sdtype'] in ORDERED_SDTYPES and name not in keys
        }
        # Others are made up, unless a transformer of the user's choice has them learnt.
        others = [name for name in columns if name not in {*categories, *ordered, *keys}]
        patterns: list[tuple[str, ...]] = [(name,) for name in others]
        for constraint in constraints:
            named = tuple(name for name in columns if name in named_columns(constraint))
            if not named:
                continue
            patterns.append(named)
            if isinstance(constraint, FixedCombinations):
                crossings.append((named, 1))
        return cls(
            sample_rows=SAMPLE_ROWS,
            seed=seed,
            categories=tuple(categories),
            ordered=ordered,
            crossings=tuple(dict.fromkeys(crossings)),
            patterns=tuple(dict.fromkeys(patterns)),
        )

    def without(self, names: Sequence[str]) -> Plan:
        """The same for all other columns of categories."""
        left_out = {*self.left_out, *names}
        return replace(
            self,
            categories=tuple(name for name in self.categories if name not in left_out),
            crossings=tuple(some for some in self.crossings if left_out.isdisjoint(some[0])),
            patterns=tuple(some for some in self.patterns if left_out.isdisjoint(some)),
            left_out=tuple(sorted(left_out)),
        )


def _learnt(entry: Mapping[str, Any]) -> bool:
    """Whether SDV has the values of such a column learnt as categories, if it is no key."""
    if entry['sdtype'] in DISCRETE_SDTYPES or entry.get('pii') is False:
        return entry['sdtype'] not in ORDERED_SDTYPES
    return entry['sdtype'] == 'id' and 'regex_format' not in entry


def in_order(values: pd.Series, entry: Mapping[str, Any]) -> pd.Series:
    """(rows,) numbers that rise with the numbers or dates of a column, missing where these are.

    Args:
        values: (rows,) raw, found to be valid.
        entry: Of the column in the metadata.
    """
    if entry['sdtype'] == 'numerical':
        return pd.to_numeric(values)
    if pd.api.types.is_datetime64_any_dtype(values.dtype):
        return _ticks(values)
    # As often as not the same few days again and again; and reading dates takes long.
    distinct = values.dropna().unique()
    written = pd.Series(distinct, dtype=object)
    if pd.api.types.is_numeric_dtype(values.dtype):  # days such as 20240131
        written = written.astype(np.int64)
    form = entry.get('datetime_format')
    moments = pd.to_datetime(written.astype(str), format=form or 'mixed', utc=True, errors='coerce')
    ranked = dict(zip(distinct, _ticks(moments), strict=True))
    return values.map(ranked).astype('Int64')


def _ticks(moments: pd.Series) -> pd.Series:
    """(rows,) nanoseconds since 1970, of a nullable type."""
    if isinstance(moments.dtype, pd.DatetimeTZDtype):
        moments = moments.dt.tz_convert('UTC').dt.tz_localize(None)
    ticks = moments.dt.as_unit('ns').to_numpy().view(np.int64)
    missing = moments.isna().to_numpy()
    return pd.Series(pd.arrays.IntegerArray(ticks.copy(), missing), index=moments.index)
