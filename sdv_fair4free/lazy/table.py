"""A table in parts: what it is made from, and each part as SDV would see it."""

from __future__ import annotations

import os
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sdv.errors import InvalidDataError, InvalidDataTypeError

from sdv_fair4free.lazy.engine import is_dask_table, read_parquet


@dataclass(frozen=True, kw_only=True)
class LazyTable:
    """A table of which only parts are in memory.

    Attributes:
        name: Its name, as the user gave it.
        parts: Delayed parts of it, pandas DataFrames, in the order of the rows.
        empty: A part without rows: its columns, and their types as far as they are known.
    """

    name: str
    parts: tuple[Any, ...]
    empty: pd.DataFrame


def is_lazy(data: object) -> bool:
    """Whether data are a table to be read in parts, or name one."""
    return any(is_dask_table(value) or isinstance(value, str | os.PathLike) for value in _in(data))


def lazy_table(data: Any, name: str) -> LazyTable:
    """The table in parts.

    Args:
        data: A Dask DataFrame, or the path of a Parquet file or of a folder of them; under the
            name of the table, or by itself.
        name: Of the table in the metadata.

    Raises:
        InvalidDataTypeError: If there are several tables, or tables of several kinds.
        InvalidDataError: If the table has another name, or there is nothing at the path.
        ImportError: If Dask is needed to read it and not installed.
    """
    if isinstance(data, dict) and len(data) != 1:
        raise InvalidDataTypeError(
            f'A dictionary of exactly one table is needed, and this has {len(data)}.'
        )
    given = next(iter(data)) if isinstance(data, dict) else name
    if given != name:
        raise InvalidDataError(
            [f"the table is named '{given}', but the metadata describe '{name}'."]
        )
    (table,) = _in(data)
    if not is_dask_table(table):
        if not Path(table).exists():
            raise InvalidDataError(
                [
                    f"there is no file or folder '{os.fspath(table)}'. Text given instead of a "
                    'DataFrame is the path of a Parquet file, or of a folder of them.'
                ]
            )
        table = read_parquet(os.fspath(table))
    return LazyTable(name=name, parts=tuple(table.to_delayed()), empty=table._meta)


def refuse_lazy(data: object, what: str) -> None:
    """Raise where a table in parts is given to what works on whole tables.

    Raises:
        InvalidDataTypeError: Saying what to do instead.
    """
    if is_lazy(data):
        raise InvalidDataTypeError(
            f'{what} takes pandas DataFrames. A table that is read in parts can only be given to '
            'fit of a Fair4FreeSynthesizer; give some of its rows here, such as '
            f'{{name: table.head(10_000)}}.'
        )


def as_given(part: pd.DataFrame) -> pd.DataFrame:
    """A part as the user would have given the whole table: no index, names and text as SDV's.

    Text that Arrow holds, as Dask makes of all text, becomes objects: it comes back as such.
    """
    part = part.reset_index(drop=True)
    part.columns = part.columns.map(lambda name: str(name) if isinstance(name, int) else name)
    text = {
        name: values.astype(object).where(values.notna(), np.nan)
        for name, values in part.items()
        if _is_arrow_text(values.dtype)
    }
    if text and part.columns.is_unique:
        part = part.assign(**{str(name): values for name, values in text.items()})
    return part


def without_categories(part: pd.DataFrame) -> pd.DataFrame:
    """A part whose values of type `category` are objects: each part has categories of its own."""
    objects = {
        str(name): values.astype(object)
        for name, values in part.items()
        if isinstance(values.dtype, pd.CategoricalDtype)
    }
    return part.assign(**objects) if objects else part


def stacked(tables: list[pd.DataFrame]) -> pd.DataFrame:
    """Tables of the same columns, one after the other; those without rows have no say in types."""
    filled = [table for table in tables if len(table)] or tables[:1]
    with warnings.catch_warnings():
        # A part in which all values of a column are missing has a say in its type, and keeps it.
        warnings.simplefilter('ignore', FutureWarning)
        return pd.concat(filled, ignore_index=True)


def _is_arrow_text(dtype: Any) -> bool:
    if isinstance(dtype, pd.StringDtype):
        return dtype.storage.startswith('pyarrow')
    return isinstance(dtype, pd.ArrowDtype) and dtype.type is str


def _in(data: object) -> list[Any]:
    return list(data.values()) if isinstance(data, dict) else [data]
