"""The groups that sensitive columns make, each alone and crossed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise

import numpy as np
import pandas as pd

from sdv_fair4free.metrics.features import Kinds, labels_of

MISSING = 'missing'
BINS = 4
_FEW_VALUES = 5


@dataclass(frozen=True, kw_only=True)
class Grouping:
    """The groups of one sensitive column, or of several crossed.

    Attributes:
        name (str): The column, or 'sex x race'.
        columns (tuple): The sensitive columns it is made of.
        labels (tuple[str, ...]): The groups seen in any table.
        codes (dict[str, numpy.ndarray]): For each table, (rows,) places in ``labels``.
    """

    name: str
    columns: tuple[str, ...]
    labels: tuple[str, ...]
    codes: Mapping[str, np.ndarray]

    def counts(self, table: str) -> np.ndarray:
        """Rows of each group in a table, (labels,)."""
        return np.bincount(self.codes[table], minlength=len(self.labels))


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
        labels, note = _labels(raw, read, kinds, column)
        notes += note
        groupings[column] = _grouping(column, (column,), labels)
    count = len(sensitive_columns)
    sizes = sorted({2, count}) if intersections and count > 1 else []
    for crossed in (names for size in sizes for names in combinations(sensitive_columns, size)):
        first, *others = (_labelled(groupings[name]) for name in crossed)
        labels = {
            table: first[table].str.cat([other[table] for other in others], sep=', ').to_numpy()
            for table in first
        }
        name = ' x '.join(crossed)
        groupings[name] = _grouping(name, crossed, labels)
    return groupings, notes


def _labelled(grouping: Grouping) -> dict[str, pd.Series]:
    labels = np.array(grouping.labels, dtype=object)
    return {
        table: pd.Series(labels[codes], dtype=object) for table, codes in grouping.codes.items()
    }


def _grouping(name: str, columns: tuple[str, ...], labels: Mapping[str, np.ndarray]) -> Grouping:
    """Number the labels in the order of the alphabet, the missing ones last."""
    seen = sorted(set().union(*(set(part) for part in labels.values())), key=_order)
    places = {label: place for place, label in enumerate(seen)}
    codes = {
        table: np.fromiter((places[label] for label in part), int, len(part))
        for table, part in labels.items()
    }
    return Grouping(name=name, columns=columns, labels=tuple(seen), codes=codes)


def _order(label: str) -> tuple[bool, float, str]:
    """Numbers and ranges by their (first) number, then words; 'missing' last."""
    head = label.split(' to ')[0].removeprefix('up to ')
    try:
        number = float(head) - 1e-9 * label.startswith('up to ')
    except ValueError:
        number = np.inf
    return label == MISSING, number if np.isfinite(number) else np.inf, label


def _labels(
    raw: Mapping[str, pd.DataFrame], read: Mapping[str, pd.DataFrame], kinds: Kinds, column: str
) -> tuple[dict[str, np.ndarray], list[str]]:
    real = read['real'][column]
    if kinds[column] == 'category' or real.nunique() <= _FEW_VALUES:
        boolean = any(pd.api.types.is_bool_dtype(table[column]) for table in raw.values())
        labels = {name: labels_of(table[column], boolean) for name, table in raw.items()}
        return {name: np.where(pd.isna(part), MISSING, part) for name, part in labels.items()}, []
    edges = np.unique(np.nanquantile(real, np.linspace(0, 1, BINS + 1)[1:-1]))
    date = kinds[column] == 'datetime'
    words = [str(pd.Timestamp(int(edge)).date()) if date else f'{edge:g}' for edge in edges]
    names = [
        f'up to {words[0]}',
        *(f'{low} to {high}' for low, high in pairwise(words)),
        f'above {words[-1]}',
    ]
    cut = {}
    for name, table in read.items():
        values = table[column].to_numpy(float)
        places = np.searchsorted(edges, values, side='left')
        cut[name] = np.where(np.isnan(values), MISSING, np.array(names, dtype=object)[places])
    return cut, [
        f"'{column}' has many values: its groups are cut at the quartiles of the real table "
        f'({", ".join(words)}).'
    ]
