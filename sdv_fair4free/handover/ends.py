"""The ends of columns that a constraint ties together: as coarse in a file as all else, and kept.

SDV's ``Inequality`` and ``Range`` replace such columns by differences, learn their ends from the
real table, and cut what they bring back at those. A file can tell no end of a single row, but
without any end the greatest value and the greatest difference would add up to what nobody has.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd
from pandas.api.types import is_datetime64_any_dtype
from sdv._utils import _cast_to_datetime64
from sdv.cag import Inequality, Range
from sdv.data_processing.datetime_formatter import DatetimeFormatter

from sdv_fair4free.handover.coarsening import Coarsening, coarse_quantiles
from sdv_fair4free.handover.errors import HandoverError
from sdv_fair4free.quantiles import Floats, Quantiles
from sdv_fair4free.transformers import as_floats

Ends = tuple[float, float]
"""The least and the greatest value; dates in nanoseconds."""


def constrained_quantiles(constraints: Iterable[Any], table: pd.DataFrame) -> dict[str, Quantiles]:
    """The quantiles of columns that a constraint replaces, while the table is at hand.

    Args:
        constraints: Fitted to the table.
        table: Real rows.
    """
    came = {str(name): name for name in table}
    return {
        name: Quantiles.fit(as_numbers(table[came[name]], formatter))
        for constraint in constraints
        if isinstance(constraint, Inequality | Range)
        for name, formatter in formatters_of(constraint)
        if name in came
    }


def as_numbers(values: pd.Series, formatter: Any) -> Floats:
    """(rows,) float64 of a column of numbers or, in nanoseconds, of dates; NaN where missing."""
    if not isinstance(formatter, DatetimeFormatter):
        return as_floats(values)
    codes, distinct = pd.factorize(values)
    dates = pd.Series(distinct)
    if not is_datetime64_any_dtype(dates.dtype):
        dates = _cast_to_datetime64(dates, formatter.datetime_format)
    if isinstance(dates.dtype, pd.DatetimeTZDtype):
        dates = dates.dt.tz_convert('UTC').dt.tz_localize(None)
    present = dates.notna().to_numpy()
    nanoseconds = dates.to_numpy(dtype='datetime64[ns]').astype(np.int64)
    numbers = np.where(present, nanoseconds.astype(np.float64), np.nan)
    return np.append(numbers, np.nan)[codes]  # -1 is missing


def formatters_of(constraint: Any) -> Iterator[tuple[str, Any]]:
    """Names and formatters of the columns that it replaces by others."""
    for formatters in constraint._formatters.values():
        yield from formatters.items()


def coarse_ends(quantiles: Mapping[str, Quantiles], options: Coarsening) -> dict[str, Ends]:
    """The least and the greatest value of each column that may be told.

    Raises:
        HandoverError: If too few rows have a value in one.
    """
    ends = {}
    for name, fitted in quantiles.items():
        try:
            bounds = coarse_quantiles(fitted, options).bounds
        except HandoverError as error:
            raise HandoverError(f"column '{name}': {error}") from error
        if len(bounds):
            ends[name] = (float(bounds.min()), float(bounds.max()))
    return ends


def hold_ends(constraint: Any, ends: Mapping[str, Ends], differences: Mapping[str, float]) -> None:
    """Let a constraint cut rows at the ends that may be told, instead of the real ones.

    Of columns whose ends are unknown it cuts nothing; so it is with ``FixedIncrements``, whose
    steps have quantiles of their own.

    Args:
        constraint: Fitted; it is changed.
        ends: By column.
        differences: By column of differences, the least that may be told.
    """
    held, told = _in_order(constraint, ends, differences), constraint._datetime_min_max_value
    for table, formatters in constraint._formatters.items():
        for name, formatter in formatters.items():
            dates = isinstance(formatter, DatetimeFormatter)
            if name not in held:
                formatter.enforce_min_max_values = False
                told[table].pop(name, None)
            elif dates:
                told[table][name] = tuple(_date(end, formatter._dtype) for end in held[name])
            else:
                formatter._min_value, formatter._max_value = held[name]


def real_ends(constraint: Any) -> dict[str, Ends]:
    """The ends at which a constraint cuts, by column."""
    found = {}
    for table, formatters in constraint._formatters.items():
        for name, formatter in formatters.items():
            if isinstance(formatter, DatetimeFormatter):
                told = pd.Series(constraint._datetime_min_max_value[table].get(name, ()))
            elif formatter.enforce_min_max_values:
                told = pd.Series([formatter._min_value, formatter._max_value])
            else:
                continue
            if len(told) and told.notna().all():
                low, high = as_numbers(told, formatter)
                found[name] = (float(low), float(high))
    return found


def showing_ends(constraint: Any, table: pd.DataFrame) -> pd.DataFrame:
    """A made-up table whose last two rows are the ends at which a constraint cuts.

    Whoever is fitted to it learns these ends, whatever is missing in the other rows, and however
    dates are read.

    Args:
        constraint: Fitted, with the ends that may be told.
        table: Rows that it has brought back.
    """
    table = table.copy()
    formatters = dict(formatters_of(constraint))
    for name, ends in real_ends(constraint).items():
        formatter = formatters[name]
        if isinstance(formatter, DatetimeFormatter):
            told = formatter.format_data(pd.Series([_date(end, formatter._dtype) for end in ends]))
        else:
            told = formatter.format_data(pd.Series(ends))
        values = table[name].copy()
        values.iloc[-2:] = told.to_numpy()
        table[name] = values.astype(table[name].dtype)
    return table


def _in_order(
    constraint: Any, ends: Mapping[str, Ends], differences: Mapping[str, float]
) -> dict[str, Ends]:
    """Ends that keep the order of the columns when rows are cut at them.

    If each column lies above the one before by at least the least difference, and the ends do, so
    do the rows that are cut.
    """
    if isinstance(constraint, Inequality):
        names = [constraint._low_column_name, constraint._high_column_name]
        between = [constraint._diff_column_name]
    elif isinstance(constraint, Range):
        names = [
            constraint._low_column_name,
            constraint._middle_column_name,
            constraint._high_column_name,
        ]
        between = [constraint._low_diff_column_name, constraint._high_diff_column_name]
    else:
        return {}
    if not all(name in ends for name in names):
        return {}
    held = {names[0]: ends[names[0]]}
    for before, name, difference in zip(names, names[1:], between, strict=False):
        least = max(float(np.expm1(differences.get(difference, 0.0))), 0.0)
        low, high = ends[name]
        held[name] = (max(low, held[before][0] + least), max(high, held[before][1] + least))
    return held


def _date(nanoseconds: float, dtype: Any) -> pd.Timestamp:
    """A date as a column of this type has it, or a plain one where dates are texts."""
    dates = pd.Series([pd.Timestamp(round(nanoseconds))])
    if isinstance(dtype, pd.DatetimeTZDtype):
        dates = dates.dt.tz_localize('UTC')
    found: pd.Timestamp = (dates.astype(dtype) if is_datetime64_any_dtype(dtype) else dates)[0]
    return found
