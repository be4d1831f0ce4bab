"""Columns of any type as plain numbers and labels, the same way in every table."""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

MODELLED = ('numerical', 'categorical', 'ordinal', 'boolean', 'datetime')
Columns = Mapping[Hashable, Mapping[str, Any]]
Kinds = dict[Hashable, str]
# Gradient boosting fails on a column that is all missing in a fold; so few values teach nothing.
_FEW_KNOWN = 10
# Below this share of cells that are not numbers, a column of numbers and text holds numbers.
_FEW_UNREADABLE = 0.5
_NUMBER = re.compile(r'[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?')


def describe(metadata: Any, table_name: str | None = None) -> tuple[Columns, tuple[Hashable, ...]]:
    """Columns and keys of the one table that the metadata is about.

    Args:
        metadata (sdv.metadata.Metadata or dict): As an object, nested
            (``{'tables': {name: ...}}``) or flat (``{'columns': ...}``).
        table_name (str or None): Which table, if there are several.

    Returns:
        tuple[dict, tuple]: From column to its entry; primary and alternate keys.

    Raises:
        ValueError: If it describes no table, or several and none is named.
    """
    if not isinstance(metadata, Mapping):
        if not hasattr(metadata, 'to_dict'):
            raise ValueError(
                f'metadata is a {type(metadata).__name__}; give a Metadata object or its to_dict().'
            )
        metadata = metadata.to_dict()
    tables = metadata.get('tables', {table_name: metadata})
    if not isinstance(tables, Mapping):
        raise ValueError(
            "metadata has no dict of 'tables'; give a Metadata object or its to_dict()."
        )
    if table_name is None and len(tables) == 1:
        (table_name,) = tables
    if table_name not in tables or 'columns' not in dict(tables[table_name]):
        raise ValueError(
            f'metadata describes the tables {list(tables)}, and table_name is {table_name!r}; give '
            "the metadata of one table, with its 'columns'."
        )
    table = tables[table_name]
    entries = table['columns']
    if not isinstance(entries, Mapping) or not all(
        isinstance(entry, Mapping) for entry in entries.values()
    ):
        raise ValueError(
            "the 'columns' of the metadata must be a dict, from a name to a dict such as "
            "{'sdtype': 'categorical'}."
        )
    keys = [table.get('primary_key'), *table.get('alternate_keys', ())]
    flat = [part for key in keys for part in (key if isinstance(key, list | tuple) else [key])]
    return table['columns'], tuple(key for key in flat if key is not None)


def kinds_of(tables: Sequence[pd.DataFrame], names: Sequence[Hashable], columns: Columns) -> Kinds:
    """How each column is read, decided from all tables so that they are read alike.

    What the metadata says holds, whatever the cells look like: race coded 1 to 9 is a category, and
    a number that one table writes as text is a number. Where it says nothing, the cells decide.

    Args:
        tables (sequence of pandas.DataFrame): All that will be compared.
        names (sequence): The columns that matter.
        columns (dict): Metadata entries; may be empty.
    """
    said = {
        **dict.fromkeys(('categorical', 'ordinal'), 'category'),
        'numerical': 'number',
        'datetime': 'datetime',
    }
    return {
        name: said.get(columns.get(name, {}).get('sdtype', ''))
        or _looks_like([table[name].infer_objects() for table in tables])
        for name in names
    }


def _looks_like(parts: Sequence[pd.Series]) -> str:
    """The kind of a column that metadata says nothing about, from what most cells are."""
    if all(is_boolean(part) or pd.api.types.is_numeric_dtype(part) for part in parts):
        return 'number'  # two values, so groups of their own; a model reads 0 and 1
    for kind, is_of_kind in (
        ('datetime', pd.api.types.is_datetime64_any_dtype),
        ('number', pd.api.types.is_numeric_dtype),
    ):
        fits = [bool(is_of_kind(part)) for part in parts]
        if all(fits) or (
            any(fits)
            and all(
                fit or _mostly_readable(part, kind) for fit, part in zip(fits, parts, strict=True)
            )
        ):
            return kind
    return 'category'


def _mostly_readable(part: pd.Series, kind: str) -> bool:
    known = part.dropna()
    if kind == 'datetime' and not pd.api.types.is_string_dtype(known):
        return known.empty  # a number is a date only if the metadata says so
    return bool(np.isnan(read_column(known, kind)).mean() < _FEW_UNREADABLE) if len(known) else True


def is_boolean(column: pd.Series) -> bool:
    """Whether all that is known of a column is True or False."""
    if pd.api.types.is_bool_dtype(column):
        return True
    return column.dtype == object and pd.api.types.infer_dtype(column, skipna=True) == 'boolean'


def read_column(column: pd.Series, kind: str, datetime_format: str | None = None) -> np.ndarray:
    """One column as floats (numbers; dates as nanoseconds) or as text labels, NaN where missing."""
    if kind == 'datetime':
        return _nanoseconds(column, datetime_format)
    if kind == 'number':
        column = column.infer_objects()
        if not pd.api.types.is_numeric_dtype(column):
            column = pd.to_numeric(column.astype(object), errors='coerce')
        numbers = column.astype('Float64').to_numpy(float, na_value=np.nan)
        return np.where(np.isinf(numbers), np.nan, numbers)
    return labels_of(column, is_boolean(column))


def read_table(
    table: pd.DataFrame, kinds: Kinds, columns: Columns
) -> tuple[pd.DataFrame, list[str]]:
    """The columns of ``kinds`` as ``read_column`` gives them, and what could not be read."""
    notes, parts = [], {}
    for name, kind in kinds.items():
        entry = columns.get(name, {})
        parts[name] = (
            labels_of(table[name], True)
            if kind == 'category' and entry.get('sdtype') == 'boolean'
            else read_column(table[name], kind, entry.get('datetime_format'))
        )
        lost = table[name][pd.isna(parts[name]) & table[name].notna().to_numpy()]
        if len(lost):
            why = 'not dates'
            if kind == 'number':
                text = pd.to_numeric(lost.astype(object), errors='coerce').isna().any()
                why = f'not finite numbers ({lost.iloc[0]!r})' if text else 'infinite'
            notes.append(f"{len(lost)} values of '{name}' are {why} and count as missing.")
    return pd.DataFrame(parts, index=range(len(table))), notes


def labels_of(column: pd.Series, boolean: bool = False) -> np.ndarray:
    """Values as text, so that 1, 1.0 and '1' are one label; NaN where missing.

    Args:
        column (pandas.Series): Any type.
        boolean (bool): Whether numbers 1 and 0 mean True and False.
    """
    codes, values = pd.factorize(column.astype(object))
    names = np.array([*(label_of(value, boolean) for value in values), np.nan], dtype=object)
    return names[codes]


def label_of(value: Any, boolean: bool = False) -> str:
    """One value as text; see ``labels_of``."""
    if isinstance(value, bool | np.bool_):
        return str(bool(value))
    if isinstance(value, int | float | np.number) and float(value).is_integer():
        return str(bool(value)) if boolean and value in (0, 1) else str(int(value))
    return str(value)


def number_of(label: str) -> Decimal | None:
    """The number that a label spells, exactly; None if it spells none."""
    label = label.strip()
    return Decimal(label) if _NUMBER.fullmatch(label) else None


def label_order(label: str) -> tuple[bool, Decimal, str]:
    """Sort labels with this: numbers by size, then words by the alphabet."""
    number = number_of(label)
    return number is None, number or Decimal(0), label


def _nanoseconds(column: pd.Series, datetime_format: str | None) -> np.ndarray:
    text = not pd.api.types.is_datetime64_any_dtype(column)
    if text and pd.api.types.is_numeric_dtype(column):
        text, datetime_format = False, None
    if text:
        column = column.astype(object)
    dates = pd.to_datetime(
        column, format=(datetime_format or 'mixed') if text else None, utc=True, errors='coerce'
    )
    unread = dates.isna() & column.notna()
    if text and datetime_format and unread.any():  # a CSV may have changed how dates are written
        again = pd.to_datetime(column[unread], format='mixed', utc=True, errors='coerce')
        dates = dates.where(~unread, again.reindex(dates.index))
    microseconds = dates.dt.as_unit('us').astype('int64').to_numpy(float)
    return np.where(dates.isna(), np.nan, microseconds * 1000.0)


@dataclass
class Encoder:
    """Tables read by ``read_table`` as float matrices; only the rows it is fitted on teach codes.

    Categories become their place among those of these rows: numbers by size, words by the alphabet.
    Missing ones become -1, unknown ones NaN. Numbers of which hardly any are known become 0.

    Attributes:
        kinds (dict): The features, in order, and how each is read.
    """

    kinds: Kinds
    _places: dict[Hashable, dict[str, int]] = field(default_factory=dict, init=False, repr=False)
    _void: list[Hashable] = field(default_factory=list, init=False, repr=False)

    @property
    def categories(self) -> list[Hashable]:
        """Names of the features that are categories."""
        return [name for name, kind in self.kinds.items() if kind == 'category']

    def fit(self, table: pd.DataFrame) -> Encoder:
        """Learn the categories of a table."""
        for name in self.categories:
            labels = sorted(table[name].dropna().unique(), key=label_order)
            self._places[name] = {label: place for place, label in enumerate(labels)}
        known = table[list(self.kinds)].notna().sum()
        few = (known < _FEW_KNOWN) & (known < len(table))
        self._void = [name for name in known.index[few] if self.kinds[name] != 'category']
        return self

    def transform(self, table: pd.DataFrame) -> np.ndarray:
        """Give the (rows, features) matrix of a table."""
        matrix = np.empty((len(table), len(self.kinds)))
        places = {name: place for place, name in enumerate(self.kinds)}
        for name, kind in self.kinds.items():
            column = table[name]
            matrix[:, places[name]] = (
                column.map(self._places[name]).to_numpy(float, na_value=np.nan)
                if kind == 'category'
                else column.to_numpy(float)
            )
            if kind == 'category':
                matrix[column.isna().to_numpy(), places[name]] = -1
        matrix[:, [places[name] for name in self._void]] = 0.0
        return matrix
