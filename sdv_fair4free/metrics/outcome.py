"""The outcome of every row, as codes of classes or as a number."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from sdv_fair4free.metrics.case import Target
from sdv_fair4free.metrics.features import Columns, Kinds, is_boolean, read_column
from sdv_fair4free.metrics.value_checks import guessed, labels_in


def target_is_number(
    real: pd.DataFrame, name: str, columns: Columns, kinds: Kinds, favourable: Any
) -> bool:
    """Whether the target is judged as a number, not as classes.

    Args:
        real: The real table as given.
        name: The target column.
        columns: Metadata entries.
        kinds: How the columns that all tables have are read.
        favourable: The favourable outcome, or None; one that is named asks for classes.
    """
    if kinds.get(name) != 'number' or favourable is not None or is_boolean(real[name]):
        return False
    sdtype = columns.get(name, {}).get('sdtype', 'numerical')
    return sdtype == 'numerical' and pd.Series(read_column(real[name], 'number')).nunique() > 2


def read_target(
    tables: Mapping[str, pd.DataFrame], name: str, numeric: bool, favourable: str | None
) -> tuple[Target, list[str]]:
    """The outcome of every table, and what was assumed or left out.

    Args:
        tables: 'real' among them; classes are spelt alike.
        name: The target column.
        numeric: Whether it is judged as a number.
        favourable: The label of the favourable outcome, or None.
    """
    columns = {key: table[name] for key, table in tables.items()}
    numbers = {key: read_column(part, 'number') for key, part in columns.items() if numeric}
    notes = []
    for key, part in columns.items():
        known = ~np.isnan(numbers[key]) if numeric else part.notna().to_numpy()
        lacking = int((~known).sum())
        if lacking and key != 'training':
            notes.append(
                f"{lacking} rows of the {key} table have no '{name}': no figure counts them."
            )
    if numeric:
        scale = float(np.nanstd(numbers['real']))
        target = Target(
            name=name, kind='numeric', classes=(), judged=(), outcome=numbers, scale=scale
        )
        return target, notes
    target, more = _classes(columns, name, favourable)
    return target, notes + more


def _classes(
    columns: Mapping[str, pd.Series], name: str, favourable: str | None
) -> tuple[Target, list[str]]:
    notes = []
    seen = labels_in(columns['real'])
    for key in ('synthetic', 'validation'):
        invented = [label for label in labels_in(columns[key]) if label not in seen]
        if invented:
            table = 'synthetic table has made up' if key == 'synthetic' else f'{key} table has new'
            notes.append(f"The {table} values of '{name}': {invented[:8]}.")
    if favourable is None and len(seen) == 2:
        favourable, why = guessed(columns['real'])
        notes.append(
            f"favourable_outcome was not named: '{favourable}'{why} of '{name}' is taken to be it."
        )
    if favourable is None:
        kind, judged = 'multiclass', tuple(range(len(seen)))
        codes = {label: code for code, label in enumerate(seen)}
        other = len(seen)
        strangers = any((~part.dropna().isin(seen)).any() for part in columns.values())
        classes = (*seen, 'not in the real table') if strangers else tuple(seen)
    else:
        kind, judged, other = 'binary', (1,), 0
        others = [label for label in seen if label != favourable]
        if len(others) > 1:
            notes.append(f"'{name}' is judged as {favourable!r} against all its other values.")
        classes = (others[0] if len(others) == 1 else f'not {favourable}', favourable)
        codes = {favourable: 1}
    outcome = {
        key: np.where(part.isna(), -1, part.map(codes).fillna(other)).astype(int)
        for key, part in columns.items()
    }
    target = Target(
        name=name, kind=kind, classes=classes, judged=judged, outcome=outcome, scale=1.0
    )
    return target, notes
