"""Values as users write them, in the way in which their column writes them."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sdv_fair4free.grid import EXACT

MOST_SHOWN = 3
"""Values that are shown of those that cannot be read."""


@dataclass(frozen=True, kw_only=True)
class Spelled:
    """Values of one column.

    Attributes:
        series: (rows,) in the type of the column; missing where they cannot be read.
        possible: (rows,) bool: whether they can be.
        reasons: Why not, a sentence each.
    """

    series: pd.Series
    possible: NDArray[np.bool_]
    reasons: list[str] = field(default_factory=list)


def spelled(values: pd.Series, entry: Mapping[str, Any], dtype: Any) -> Spelled:
    """Read values of a column.

    Dates may be texts in the format of the column, or moments; a moment without a zone is one of
    the column's own zone. Numbers of a column of whole numbers must be whole.

    Args:
        values: (rows,) as a user wrote them, under the name of the column.
        entry: Of the column in the metadata.
        dtype: Of the column in the real table; None if that is not known.
    """
    if entry.get('sdtype') == 'datetime':
        return _dates(values, entry.get('datetime_format'), dtype)
    if entry.get('sdtype') == 'numerical':
        return _numbers(values, dtype)
    readable = np.ones(len(values), dtype=bool)
    if values.dtype == object:
        readable = values.map(lambda value: isinstance(value, Hashable)).to_numpy(dtype=bool)
    return _read(values.where(readable), readable, values, 'is no single value')


def _read(
    made: pd.Series, readable: NDArray[np.bool_], values: pd.Series, complaint: str
) -> Spelled:
    bad = list(dict.fromkeys(map(repr, values[~readable].tolist())))
    shown = ', '.join(bad[:MOST_SHOWN]) + (', ...' if len(bad) > MOST_SHOWN else '')
    reasons = [f"{shown} {complaint} in '{values.name}'."] if bad else []
    return Spelled(series=made, possible=readable, reasons=reasons)


def _numbers(values: pd.Series, dtype: Any) -> Spelled:
    truths = np.zeros(len(values), dtype=bool)
    if values.dtype == object:
        truths = values.map(lambda value: isinstance(value, bool)).to_numpy(dtype=bool)
    elif pd.api.types.is_bool_dtype(values.dtype):
        truths[:] = True
    missing = values.isna().to_numpy()
    numbers = pd.to_numeric(values.mask(truths), errors='coerce')
    readable = (numbers.notna().to_numpy() | missing) & ~truths
    if dtype is None or not pd.api.types.is_integer_dtype(dtype):
        if values.dtype == object and numbers.dtype != object:  # floats would round these
            huge = values.map(lambda value: type(value) is int and abs(value) > EXACT)
            numbers = numbers.astype(object).where(~huge, values) if huge.any() else numbers
        return _read(numbers, readable, values, 'is no number')
    floats = numbers.to_numpy(dtype=np.float64, na_value=np.nan)
    readable &= np.isnan(floats) | (floats == np.round(floats))
    # From the values themselves: floats hold no whole number beyond 2**53.
    present = values[readable & ~missing]
    told = [int(float(v)) if isinstance(v, str) else int(v) for v in present]
    whole = pd.Series(told, present.index, dtype=object)
    limits = np.iinfo(getattr(dtype, 'numpy_dtype', dtype))
    fits = np.array([limits.min <= value <= limits.max for value in whole], dtype=bool)
    readable[np.flatnonzero(readable & ~missing)[~fits]] = False
    made = whole[fits].astype('UInt64' if limits.min == 0 else 'Int64').reindex(values.index)
    made.name = values.name
    return _read(made, readable, values, f'is no whole number of type {dtype}')


def _dates(values: pd.Series, datetime_format: str | None, dtype: Any) -> Spelled:
    texts = np.zeros(len(values), dtype=bool)
    if not pd.api.types.is_datetime64_any_dtype(values.dtype):
        kinds = str if datetime_format is None else str | int | np.integer
        texts = values.map(lambda value: isinstance(value, kinds)).to_numpy(dtype=bool)
    missing = values.isna().to_numpy()
    moments = pd.Series(pd.NaT, index=values.index, dtype=object)
    for chosen, form in ((texts, datetime_format), (~texts & ~missing, None)):
        if chosen.any():
            told = {value: _moment(value, form) for value in values[chosen].unique()}
            moments[chosen] = values[chosen].map(told)
    zone = getattr(dtype, 'tz', None)
    aware = moments.map(lambda moment: getattr(moment, 'tzinfo', None) is not None).to_numpy()
    dates = moments.notna().to_numpy() | missing
    readable = dates & (missing | ~aware | _has_zones(dtype))
    moments = moments.where(readable, pd.NaT)
    form = f' of the format {datetime_format}' if datetime_format else ''
    complaint = f'is no date{form}' if not dates.all() else 'has a time zone, and there is none'
    if pd.api.types.is_datetime64_any_dtype(dtype):
        if zone is not None:
            moments = moments.map(
                lambda moment: moment if moment is pd.NaT else _in_zone(moment, zone)
            )
        made = pd.to_datetime(moments, utc=zone is not None)
        made = made.dt.tz_convert(zone) if zone is not None else made
        return _read(made.astype(dtype), readable, values, complaint)
    if datetime_format is None:
        return _read(values.where(readable), readable, values, complaint)
    written = moments.map(
        lambda moment: np.nan if moment is pd.NaT else moment.strftime(datetime_format)
    )
    if dtype is not None and pd.api.types.is_numeric_dtype(dtype):  # days such as 20240131
        return _read(pd.to_numeric(written), readable, values, complaint)
    return _read(written.astype(object), readable, values, complaint)


def _has_zones(dtype: Any) -> bool:
    """Whether a column may hold moments with a zone; texts may, whatever their format says."""
    return not pd.api.types.is_datetime64_dtype(dtype)


def _in_zone(moment: pd.Timestamp, zone: Any) -> pd.Timestamp:
    return moment.tz_localize(zone) if moment.tzinfo is None else moment.tz_convert(zone)


def _moment(value: Any, datetime_format: str | None) -> Any:
    """A moment, NaT if it cannot be read."""
    try:
        value = value if datetime_format is None else str(value)
        return pd.to_datetime(value, format=datetime_format)
    except (ValueError, TypeError, OverflowError):
        return pd.NaT
