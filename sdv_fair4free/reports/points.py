"""Tables as points: rows whose distance says how alike they are."""

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from sdv_fair4free.metrics.features import Columns, Kinds, kinds_of, labels_of, read_table

Matrix = npt.NDArray[np.float32]

_CATEGORIES = ('categorical', 'boolean', 'ordinal')
_NUMBERS = ('numerical', 'datetime')
# Rarer categories of a column share one place, or a column of names would outweigh all others.
_MOST_CATEGORIES = 50


def comparable(columns: Columns) -> list[Hashable]:
    """The columns that distances can be measured in: numbers, dates and categories."""
    return [name for name, entry in columns.items() if entry['sdtype'] in _CATEGORIES + _NUMBERS]


def read_tables(
    tables: Mapping[str, pd.DataFrame],
    names: list[Hashable],
    columns: Columns,
) -> tuple[list[pd.DataFrame], Kinds, list[str]]:
    """The tables as the audit reads them, how each column was read, and what could not be.

    Metadata has the last word on what is a category or a number; numbers and dates are read as the
    metrics read them, so that what an audit can bear, this can.
    """
    categories = [name for name in names if columns[name]['sdtype'] in _CATEGORIES]
    notes = []
    numbers = {}
    for title, table in tables.items():
        numbers[title], lost = _numbers(table, names, columns)
        notes += [f'{title} table: {note}' for note in lost]
    others = [name for name in names if name not in categories]
    kinds = kinds_of([*numbers.values()], others, columns)
    booleans = {
        name: any(pd.api.types.is_bool_dtype(table[name]) for table in tables.values())
        for name in categories
    }
    plain = []
    for title, table in tables.items():
        read, lost = read_table(numbers[title], kinds, columns)
        notes += [f'{title} table: {note}' for note in lost]
        words = {name: labels_of(table[name], booleans[name]) for name in categories}
        read = pd.concat([read, pd.DataFrame(words, index=read.index)], axis=1)[names]
        plain.append(read.fillna(dict.fromkeys(categories, '')))
    return plain, {**dict.fromkeys(categories, 'category'), **kinds}, notes


def _numbers(
    table: pd.DataFrame, names: list[Hashable], columns: Columns
) -> tuple[pd.DataFrame, list[str]]:
    """The table with text among its numbers read as numbers, and what could not be.

    An audit makes categories of such a column; but the distance of two numbers matters here.
    """
    parsed, notes = {}, []
    for name in names:
        column = table[name].infer_objects()
        if columns[name]['sdtype'] == 'numerical' and not pd.api.types.is_numeric_dtype(column):
            parsed[name] = pd.to_numeric(column.astype(object), errors='coerce').astype(float)
            lost = int((parsed[name].isna() & column.notna()).sum())
            if lost:
                notes.append(f"{lost} values of '{name}' are not numbers and count as missing.")
    read = table.copy(deep=False)
    for name, values in parsed.items():
        read[name] = values
    return read, notes


def as_points(tables: list[pd.DataFrame], kinds: Kinds) -> list[Matrix]:
    """Every table as a matrix; the first gives scale and categories.

    Numbers and dates are divided by their standard deviation; two different categories are as far
    apart as one standard deviation; missing is a category of its own.
    """
    train = tables[0]
    parts: list[list[npt.NDArray[Any]]] = [[] for _ in tables]
    for name, kind in kinds.items():
        if kind != 'category':
            spread = train[name].std(ddof=0)
            scale = spread if np.isfinite(spread) and spread > 0 else 1.0
            centre = train[name].mean() if train[name].notna().any() else 0.0
            for part, table in zip(parts, tables, strict=True):
                missing = table[name].isna().to_numpy()
                values = ((table[name] - centre) / scale).fillna(0.0).to_numpy()
                part += [values[:, None], missing[:, None]]
        else:
            common = train[name].value_counts().index[:_MOST_CATEGORIES]
            for part, table in zip(parts, tables, strict=True):
                codes = common.get_indexer(pd.Index(table[name]))
                hot = np.zeros((len(table), len(common) + 1))
                hot[np.arange(len(table)), codes] = np.sqrt(0.5)  # -1, the last place: rare ones
                part.append(hot)
    return [np.hstack(part).astype(np.float32) for part in parts]
