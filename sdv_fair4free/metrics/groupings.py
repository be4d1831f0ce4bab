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
        labels, order, note = _labels(raw, read, kinds, column)
        notes += note
        places = {label: place for place, label in enumerate(order)}
        codes = {table: pd.Series(part).map(places).to_numpy(int) for table, part in labels.items()}
        groupings[column] = Grouping(
            name=column, columns=(column,), labels=tuple(order), codes=codes
        )
    count = len(sensitive_columns)
    sizes = sorted({2, count}) if intersections and count > 1 else []
    for size in sizes:
        for names in combinations(sensitive_columns, size):
            crossed = _cross([groupings[name] for name in names])
            groupings[crossed.name] = crossed
    return groupings, notes


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


def _order(label: str) -> tuple[bool, float, str]:
    """Numbers by size, then words by the alphabet; 'missing' last."""
    number = float(label) if label.replace('.', '', 1).lstrip('-').isdecimal() else np.inf
    return label == MISSING, number, label


def _labels(
    raw: Mapping[str, pd.DataFrame], read: Mapping[str, pd.DataFrame], kinds: Kinds, column: str
) -> tuple[dict[str, np.ndarray], list[str], list[str]]:
    """The label of every row, all labels in order, and a note if they were cut from numbers."""
    real = read['real'][column]
    if kinds[column] == 'category' or real.nunique() <= _FEW_VALUES:
        boolean = any(pd.api.types.is_bool_dtype(table[column]) for table in raw.values())
        labels = {name: labels_of(table[column], boolean) for name, table in raw.items()}
        labels = {name: np.where(pd.isna(part), MISSING, part) for name, part in labels.items()}
        return labels, sorted(set().union(*map(set, labels.values())), key=_order), []
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
    if any((part == MISSING).any() for part in cut.values()):
        names.append(MISSING)
    return (
        cut,
        names,
        [
            f"'{column}' has many values: its groups are cut at the quartiles of the real table "
            f'({", ".join(words)}).'
        ],
    )
