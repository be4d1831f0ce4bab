"""The groups that sensitive columns make, each alone and crossed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise

import numpy as np
import pandas as pd

from sdv_fair4free.metrics.features import (
    Columns,
    Kinds,
    is_boolean,
    kinds_of,
    label_order,
    labels_of,
    read_table,
)

MISSING = 'missing'
_MISSING_TOO = 'missing (no value)'  # beside a real value 'missing'
BINS = 4
_FEW_VALUES = 5
# What a cut may be off in words, as a share of the narrowest group.
_ROUNDING = 0.01


@dataclass(frozen=True, kw_only=True)
class Grouping:
    """The groups of one sensitive column, or of several crossed.

    Attributes:
        name (str): The column, or 'sex x race'.
        columns (tuple): The sensitive columns it is made of.
        labels (tuple[str, ...]): The groups seen in any table.
        codes (dict[str, numpy.ndarray]): For each table, (rows,) places in ``labels``.
        missing (int or None): Of one column, the place of the rows without a value.
    """

    name: str
    columns: tuple[str, ...]
    labels: tuple[str, ...]
    codes: Mapping[str, np.ndarray]
    missing: int | None = None

    def counts(self, table: str) -> np.ndarray:
        """Rows of each group in a table, (labels,)."""
        return np.bincount(self.codes[table], minlength=len(self.labels))

    def counts_of(self, table: str, rows: np.ndarray) -> np.ndarray:
        """The same of some rows of the table, a mask."""
        return np.bincount(self.codes[table][rows], minlength=len(self.labels))


def group_tables(
    raw: Mapping[str, pd.DataFrame],
    read: Mapping[str, pd.DataFrame],
    kinds: Kinds,
    sensitive_columns: Sequence[str],
    intersections: bool,
) -> tuple[dict[str, Grouping], list[str]]:
    """Put every row of every table into a group.

    Missing values are a group. Numbers and dates of more than five values are cut at the
    quartiles of the real table. Crossings are of all pairs, and of all columns together.

    Args:
        raw: The tables as given, 'real' among them.
        read: The same, read by ``features.read_table``.
        kinds: How each column was read.
        sensitive_columns: Their names.
        intersections: Whether to cross them.

    Returns:
        From name to grouping; and notes on what was cut.
    """
    groupings, notes = {}, []
    for column in sensitive_columns:
        values = {name: table[column] for name, table in read.items()}
        if kinds[column] == 'category':
            groupings[column] = _by_label(column, values)
        elif values['real'].nunique() <= _FEW_VALUES:
            boolean = any(is_boolean(table[column]) for table in raw.values())
            if kinds[column] == 'datetime':
                seen = np.unique(pd.concat([*values.values()]).dropna())
                words = dict(zip(seen, _dates(seen), strict=True))
                labels = {name: part.map(words) for name, part in values.items()}
            else:
                labels = {name: labels_of(part, boolean) for name, part in values.items()}
            groupings[column] = _by_label(column, labels)
        else:
            groupings[column], note = _by_quartile(column, values, kinds[column])
            notes.append(note)
    count = len(sensitive_columns)
    sizes = sorted({2, count}) if intersections and count > 1 else []
    for size in sizes:
        for names in combinations(sensitive_columns, size):
            crossed = _cross([groupings[name] for name in names])
            groupings[crossed.name] = crossed
    return groupings, notes


def group_labels(
    real: pd.DataFrame, table: pd.DataFrame, columns: Columns, sensitive_columns: Sequence[str]
) -> pd.DataFrame:
    """The groups of the rows of a table, one column for each sensitive one.

    Args:
        real: The rows whose quartiles cut numbers and dates of many values.
        table: The rows to name.
        columns: Metadata entries.
        sensitive_columns: Their names.

    Returns:
        (rows, sensitive columns) of text; rows without a value are called missing.
    """
    raw = {'real': real, 'table': table}
    kinds = kinds_of([*raw.values()], sensitive_columns, columns)
    read = {name: read_table(part, kinds, columns)[0] for name, part in raw.items()}
    groupings, _ = group_tables(raw, read, kinds, sensitive_columns, intersections=False)
    labels = {
        name: np.array(grouping.labels, dtype=object)[grouping.codes['table']]
        for name, grouping in groupings.items()
    }
    return pd.DataFrame(labels, index=table.index)


def _cross(parts: Sequence[Grouping]) -> Grouping:
    """Every combination of groups that some row has."""
    shape = tuple(len(part.labels) for part in parts)
    cells = {
        table: np.ravel_multi_index([part.codes[table] for part in parts], shape)
        for table in parts[0].codes
    }
    seen = np.unique(np.concatenate([*cells.values()]))
    labels = [
        ', '.join(part.labels[code] for part, code in zip(parts, codes, strict=True))
        for codes in np.transpose(np.unravel_index(seen, shape))
    ]
    return Grouping(
        name=' x '.join(part.name for part in parts),
        columns=tuple(part.name for part in parts),
        labels=tuple(labels),
        codes={table: np.searchsorted(seen, part) for table, part in cells.items()},
    )


def _by_label(column: str, labels: Mapping[str, np.ndarray | pd.Series]) -> Grouping:
    """A group for every label."""
    parts = {name: pd.Series(part, dtype=object) for name, part in labels.items()}
    seen = sorted(
        set().union(*(part.dropna().unique() for part in parts.values())), key=label_order
    )
    places = {label: place for place, label in enumerate(seen)}
    return _grouping(column, seen, {name: part.map(places) for name, part in parts.items()})


def _grouping(column: str, names: Sequence[str], places: Mapping[str, pd.Series]) -> Grouping:
    """Rows without a place get the last group, if there are any."""
    missing = len(names) if any(part.isna().any() for part in places.values()) else None
    word = _MISSING_TOO if MISSING in names else MISSING
    return Grouping(
        name=column,
        columns=(column,),
        labels=(*names, word) if missing is not None else tuple(names),
        codes={name: part.fillna(len(names)).to_numpy(int) for name, part in places.items()},
        missing=missing,
    )


def _by_quartile(column: str, values: Mapping[str, pd.Series], kind: str) -> tuple[Grouping, str]:
    """Groups of about as many real rows each, and a note that says where they were cut."""
    real = values['real'].dropna().to_numpy(float)
    edges = _edges(real)
    words = _dates(edges) if kind == 'datetime' else _numbers(edges)
    names = [
        f'up to {words[0]}',
        *(f'{low} to {high}' for low, high in pairwise(words)),
        f'above {words[-1]}',
    ]
    places = {
        name: pd.Series(np.searchsorted(edges, part.to_numpy(float), side='left')).where(
            part.notna().to_numpy()
        )
        for name, part in values.items()
    }
    note = (
        f"'{column}' has many values: its groups are cut at the quartiles of the real table "
        f'({", ".join(words)}).'
    )
    return _grouping(column, names, places), note


def _edges(real: np.ndarray) -> np.ndarray:
    """Quartiles, less those that would leave a group of real rows empty."""
    edges = np.unique(np.quantile(real, np.linspace(0, 1, BINS + 1)[1:-1]))
    edges = edges[edges < real.max()]
    if not len(edges):  # three quarters of the rows have the largest value: cut below it
        return np.array([real[real < real.max()].max()])
    occupied = np.isin(np.arange(len(edges)), np.searchsorted(edges, real, side='left'))
    kept: np.ndarray = edges[occupied]
    return kept


def _numbers(edges: np.ndarray) -> list[str]:
    """Numbers in as few digits as tell them apart, and say where the cuts are."""
    closest = np.diff(edges).min() if len(edges) > 1 else np.inf
    for digits in range(6, 18):
        words = [f'{edge:.{digits}g}' for edge in edges]
        error = np.abs(np.array(words, dtype=float) - edges).max()
        if error < _ROUNDING * closest and not any('e+' in word for word in words):
            break
    return words


def _dates(edges: np.ndarray) -> list[str]:
    """Dates, with as much of the time as tells them apart."""
    moments = (edges // 1000).astype('int64').astype('datetime64[us]')
    for unit in ('D', 'm', 's', 'us'):
        words = [str(word).replace('T', ' ') for word in np.datetime_as_string(moments, unit=unit)]
        if len(set(words)) == len(words):
            break
    return words
