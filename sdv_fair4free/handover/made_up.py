"""The made-up table: what SDV must be shown to fit itself where the data are not.

SDV learns from a table: categories, ends and digits of numbers, formats of dates. We hand it none
of the real rows. Every code that the networks know is decoded once, the columns beside each other
as it happens, and SDV is fitted to that. Keys, ids and personal data in it come from SDV's own
fakers, never from the table.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from rdt.transformers.utils import learn_rounding_digits
from sdv.data_processing.numerical_formatter import NumericalFormatter

from sdv_fair4free.columns import Column
from sdv_fair4free.handover.errors import HandoverError
from sdv_fair4free.handover.manifest import MadeUpTable, TableColumn
from sdv_fair4free.handover.manifest_parts import Scalar

PLACES = 32
"""Places on the scale of a number that are decoded: its ends, and enough to show its digits."""
MOST_CELLS = 2**24
"""Of the made-up table; 50 000 categories beside 200 columns are fewer."""
BELOW_ONE = 1.0 - 1e-9
_PLAIN = {
    'bool',
    'boolean',
    'object',
    'str',
    'string',
    *(f'{kind}{bits}' for kind in ('int', 'uint', 'Int', 'UInt') for bits in (8, 16, 32, 64)),
    *(f'{kind}{bits}' for kind in ('float', 'Float') for bits in (32, 64)),
}
"""Names of the types that a column may have; dates and categories besides."""


def places_to_decode(column: Column) -> NDArray[np.float64]:
    """(places,) processed values of a column of numbers or dates: its ends, and some between."""
    has_missing = column.may_be_missing()
    present = column.size - int(has_missing)
    if not present:
        return np.zeros(1)
    places = np.linspace(0.0, present, PLACES)
    places = np.unique(np.minimum(places, present - 1 + BELOW_ONE))
    return np.append(places, present) if has_missing else places


def cycled(values: Any, rows: int) -> Any:
    """(rows,) values that start anew at their end."""
    return values[np.arange(rows) % len(values)]


def as_column(name: str, values: pd.Series, rows: int) -> TableColumn:
    """A column of the made-up table, from its first ``rows`` values.

    Raises:
        HandoverError: If its values or its type cannot be written as data.
    """
    values = values.iloc[:rows]
    dtype = values.dtype
    categories, ordered = None, False
    if isinstance(dtype, pd.CategoricalDtype):
        # The type lists categories that nobody has any more, or that are held back.
        shown = {*values.dropna()}
        categories = [_scalar(name, value) for value in dtype.categories if value in shown]
        ordered = bool(dtype.ordered)
    elif str(dtype) not in _PLAIN and not _is_date(dtype):
        raise HandoverError(f"column '{name}' has the type {dtype}, which cannot be written.")
    return TableColumn(
        name=name,
        dtype='category' if categories is not None else str(dtype),
        categories=categories,
        ordered=ordered,
        values=[_scalar(name, value) for value in values],
    )


def _is_date(dtype: Any) -> bool:
    return isinstance(dtype, pd.DatetimeTZDtype) or (
        isinstance(dtype, np.dtype) and dtype.kind == 'M'
    )


def _scalar(name: str, value: Any) -> Scalar:
    """A value as JSON has it."""
    if isinstance(value, pd.Timestamp):
        return value.isoformat()
    if isinstance(value, np.generic):
        value = value.item()
    if pd.api.types.is_scalar(value) and pd.isna(value):
        return None
    if not isinstance(value, bool | int | float | str):
        raise HandoverError(
            f"column '{name}' holds {type(value).__name__} values, which cannot be written as data."
        )
    if isinstance(value, float) and not np.isfinite(value):
        raise HandoverError(f"column '{name}' holds infinite numbers.")
    return value


def table_of(made_up: MadeUpTable) -> pd.DataFrame:
    """The made-up table as pandas has it.

    Raises:
        HandoverError: If values do not fit their type.
    """
    names = [column.name for column in made_up.columns]
    if len(set(names)) < len(names):
        raise HandoverError('table.json names a column twice.')
    rows = max((len(column.values) for column in made_up.columns), default=0)
    if rows * len(names) > MOST_CELLS:
        raise HandoverError(f'table.json is too large: {rows:,} rows of {len(names):,} columns.')
    return pd.DataFrame({column.name: _series(column, rows) for column in made_up.columns})


def _series(column: TableColumn, rows: int) -> pd.Series:
    told = column.model_dump()['values']
    values = np.empty(len(told), dtype=object)
    values[:] = [np.nan if value is None else value for value in told]
    try:
        return _typed(column, pd.Series(cycled(values, rows), name=column.name))
    except (ValueError, TypeError, OverflowError) as error:
        raise HandoverError(
            f"table.json: the values of '{column.name}' are not of type {column.dtype!r}: {error}"
        ) from error


def _typed(column: TableColumn, values: pd.Series) -> pd.Series:
    dtype: Any = column.dtype
    if column.categories is not None:
        return values.astype(pd.CategoricalDtype(column.categories, ordered=column.ordered))
    if column.dtype in _PLAIN:
        return values.astype(dtype)
    if column.dtype.startswith('datetime64['):
        utc = ',' in column.dtype
        dates: pd.Series = pd.to_datetime(values, format='ISO8601', utc=utc)
        return dates.astype(dtype)
    raise TypeError('it is unknown')


def told_as(values: pd.Series, told: Sequence[Any], codes: NDArray[np.int64]) -> pd.Series:
    """The values that are told for these codes, in the type of the column."""
    known = np.empty(len(told), dtype=object)
    known[:] = told
    plain = pd.Series(known[codes], index=values.index, name=values.name)
    if not isinstance(values.dtype, pd.CategoricalDtype):
        return plain.astype(values.dtype)
    # A categorical type lists all its categories: those that are not told go, in their order.
    present = [value for value in told if not pd.isna(value)]
    kept = [value for value in values.cat.categories if value in present]
    kept += [value for value in present if value not in kept]
    return plain.astype(pd.CategoricalDtype(kept, ordered=bool(values.cat.ordered)))


def with_digits(values: pd.Series, formatter: Any) -> pd.Series:
    """Numbers of which one, at the end, has as many digits as the real ones.

    Args:
        values: Some places on the scale of a column.
        formatter: What SDV has learnt of the real column.
    """
    if not isinstance(formatter, NumericalFormatter) or not formatter.enforce_rounding:
        return values
    digits, present = formatter._rounding_digits, values.dropna()
    if present.empty or formatter.decimal_places is not None:
        return values
    if learn_rounding_digits(present) == digits:
        return values
    low, high = float(present.min()), float(present.max())
    # A third of the way, in the digits asked for: near, and of no row.
    third = low + (high - low) / 3
    if digits is not None:
        step = 10.0**-digits
        third = round(round(third / step) * step, digits)
        if learn_rounding_digits(pd.Series([third])) != digits:
            third = round(third + step, digits)
    more = pd.Series([third], name=values.name).astype(values.dtype)
    return pd.concat([values, more], ignore_index=True)


def made_up_ids(values: pd.Series, codes: NDArray[np.int64]) -> pd.Series:
    """Ids that mean nothing, one for each code."""
    numbers = pd.Series(codes, index=values.index, name=values.name)
    if isinstance(values.dtype, pd.CategoricalDtype):
        values = values.astype(object)
    if pd.api.types.is_numeric_dtype(values.dtype):
        return numbers.astype(values.dtype).where(values.notna())
    return ('id-' + numbers.astype(str)).where(values.notna()).astype(values.dtype)
