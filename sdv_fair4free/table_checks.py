"""Whether a table can be learnt: every problem with its rows at once, with the remedy."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from itertools import islice
from typing import Any

import numpy as np
import pandas as pd
from rdt.transformers import LabelEncoder

from sdv_fair4free.labels import CategoryEncoder
from sdv_fair4free.split import MOST_LABELS
from sdv_fair4free.transformers import DatetimeTokenizer, QuantileTokenizer
from sdv_fair4free.validation import DISCRETE_SDTYPES, ORDERED_SDTYPES, nearest

SMALLEST_GROUP = 5
"""Rows below which nothing can be said about a group."""
FEWEST_TO_COMPARE = 30
"""Rows from which a group without a class of the target is more than chance."""


def table_problems(
    table: pd.DataFrame,
    sensitive_columns: Sequence[str],
    target_columns: Sequence[str],
    columns: Mapping[str, Mapping[str, Any]],
    favourable_outcome: Hashable,
    within_outcomes: bool,
) -> list[str]:
    """Check the raw table: infinities, and whether there are groups and classes to learn.

    Args:
        table: The table as the user gave it.
        sensitive_columns: Empty if fairness is off.
        target_columns: Empty without any; then, and if fairness is off, they are columns like any.
        columns: The metadata's columns, from name to its entry.
        favourable_outcome: A value of the target, or None.
        within_outcomes: Whether the criterion compares groups among rows of the same outcome, and
            so needs rows of every class in every group.
    """
    if table.empty:
        return ['the table is empty: it has no rows, or no columns, to learn from.']
    problems = []
    for name, values in table.items():
        if pd.api.types.is_bool_dtype(values) or not (
            pd.api.types.is_numeric_dtype(values) or values.dtype == object
        ):
            continue
        infinite = int(values.isin([np.inf, -np.inf]).sum())
        if infinite:
            problems.append(
                f"column '{name}' holds {infinite} infinite value{'s' if infinite > 1 else ''}; "
                'replace them with numbers, or with missing values.'
            )
    if not sensitive_columns:
        return problems
    roles = [
        *(('sensitive column', name) for name in sensitive_columns),
        *(('target column', name) for name in target_columns),
    ]
    for role, name in roles:
        counts = table[name].value_counts(dropna=False)
        counts = counts[counts > 0]  # a category that no row has
        if len(counts) < 2:
            value = counts.index.tolist()[0]
            problems.append(
                f"{role} '{name}' has one value only ({value!r}), so there is nothing to compare; "
                'name another column.'
            )
            continue
        if columns[name]['sdtype'] in ORDERED_SDTYPES:
            continue
        rare = counts[counts < SMALLEST_GROUP]
        # Rare groups borrow from their parents, if there is another group to be compared with.
        if len(rare) and (role == 'target column' or len(rare) >= len(counts) - 1):
            problems.append(
                f"{role} '{name}' has values with too few rows to learn from (at least "
                f'{SMALLEST_GROUP} are needed): {_shown(rare)}. Merge them with others, or leave '
                'these rows out.'
            )
    if within_outcomes:
        problems += empty_cells(table, sensitive_columns, target_columns, columns)
    if target_columns and favourable_outcome is not None:
        outcomes = table[target_columns[0]].unique()
        if favourable_outcome not in set(outcomes):
            problems.append(
                f'favourable_outcome={favourable_outcome!r} is not a value of '
                f"'{target_columns[0]}', which has "
                f'{", ".join(repr(value) for value in outcomes[:10])}.'
                f'{nearest(favourable_outcome, outcomes)}'
            )
    return problems


def type_problems(table: pd.DataFrame, columns: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Columns whose type in pandas cannot hold what the metadata say they hold.

    Args:
        table: As the user gave it.
        columns: The metadata's columns, from name to its entry, before constraints.
    """
    problems = []
    for name, entry in columns.items():
        dtype = table[name].dtype if name in table else None
        if isinstance(dtype, pd.SparseDtype):
            problems.append(
                f"column '{name}' is sparse, which SDV does not read; make it dense: "
                f'table[{name!r}].sparse.to_dense().'
            )
        elif entry['sdtype'] != 'numerical':
            continue
        elif isinstance(dtype, pd.CategoricalDtype):
            problems.append(
                f"column '{name}' is numerical in the metadata, but of the type category; make "
                f'numbers of it, or describe it as categorical or ordinal.'
            )
        elif dtype is not None and getattr(dtype, 'kind', '') in 'mc':
            problems.append(
                f"column '{name}' is numerical in the metadata, but of the type {dtype}, which is "
                'no number on one scale; store it as plain numbers, in one unit.'
            )
    return problems


def _shown(counts: pd.Series) -> str:
    """Groups with their counts, ten at the most."""
    first = zip(counts.index.tolist(), counts, strict=True)
    shown = ', '.join(f'{value!r} (n = {count})' for value, count in islice(first, 10))
    return shown + (f' and {len(counts) - 10} more' if len(counts) > 10 else '')


def empty_cells(
    table: pd.DataFrame,
    sensitive_columns: Sequence[str],
    target_columns: Sequence[str],
    columns: Mapping[str, Mapping[str, Any]],
) -> list[str]:
    """A problem if a class of the target does not occur in a group that is not rare.

    Criteria that look at the true outcome compare groups within each class. Rare groups borrow from
    their parents; numbers are compared within broad strata that groups of any size reach.
    """
    groups = _categories(sensitive_columns, columns)
    classes = _categories(target_columns, columns)
    if not groups or not classes:
        return []
    named = _crossed(table, groups)
    problems = []
    for target in classes:
        cells = pd.crosstab(named, _named(table[target]))
        cells = cells[cells.sum(axis=1) >= FEWEST_TO_COMPARE]
        absent = [
            f'{cells.index[row]}: {cells.columns[column]}'
            for row, column in np.argwhere(cells.to_numpy() == 0)
        ]
        if absent:
            shown = ', '.join(absent[:10]) + (f' and {len(absent) - 10} more' * (len(absent) > 10))
            problems.append(
                f"the criterion compares groups within each value of '{target}', but some have no "
                f"row there: {shown}. Merge groups, or use 'demographic_parity'."
            )
    return problems


def hidden_roles(
    processed: pd.DataFrame, transformers: Mapping[str, Any], names: Sequence[str]
) -> list[str]:
    """Problems of sensitive and target columns whose transformer hides their values.

    Args:
        processed: The table after SDV's preprocessing.
        transformers: From column to its transformer.
        names: The sensitive and the target columns.
    """
    problems = []
    for name in names:
        transformer = transformers.get(name)
        ours = isinstance(transformer, LabelEncoder | QuantileTokenizer | DatetimeTokenizer)
        if isinstance(transformer, CategoryEncoder) and transformer.split is not None:
            problems.append(
                f"column '{name}' has {len(transformer.values_to_categories):,} categories; a "
                f'sensitive or target column has {MOST_LABELS:,} at most. Merge rare ones, or '
                'describe numbers as numerical.'
            )
        elif not ours or getattr(transformer, 'add_noise', False) or name not in processed:
            problems.append(
                f"column '{name}' is transformed by {transformer!r}, which hides its values; "
                'sensitive and target columns keep their default transformer.'
            )
    return problems


def small_groups(
    table: pd.DataFrame,
    sensitive_columns: Sequence[str],
    columns: Mapping[str, Mapping[str, Any]],
) -> str:
    """Groups, crossed, of fewer than ``SMALLEST_GROUP`` rows, with counts; '' if there are none."""
    names = _categories(sensitive_columns, columns)
    if not names:
        return ''
    counts = _crossed(table, names).value_counts()
    rare = counts[counts < SMALLEST_GROUP]
    return _shown(rare) if len(rare) else ''


def learnt_ids(
    table: pd.DataFrame,
    columns: Mapping[str, Mapping[str, Any]],
    keys: Sequence[str | None],
    counted: Mapping[str, pd.Series] | None = None,
) -> list[str]:
    """Id columns that SDV has learnt like categories, and of which most values are of one row.

    Args:
        table: The raw table.
        columns: The metadata's columns, from name to its entry.
        keys: Primary and alternate keys, which are made up anew.
        counted: Rows of each value by column, where the table is only a part of a larger one.
    """
    found = []
    for name, entry in columns.items():
        if entry['sdtype'] != 'id' or 'regex_format' in entry or name in keys or name not in table:
            continue
        counts = table[name].value_counts() if counted is None else counted[name]
        if len(counts) and 2 * (counts == 1).sum() > len(counts):
            found.append(name)
    return found


def _categories(names: Sequence[str], columns: Mapping[str, Mapping[str, Any]]) -> list[str]:
    return [name for name in names if columns[name]['sdtype'] in DISCRETE_SDTYPES]


def _crossed(table: pd.DataFrame, sensitive_columns: Sequence[str]) -> pd.Series:
    first, *others = (_named(table[name]).astype(str) for name in sensitive_columns)
    return first.str.cat(pd.concat(others, axis=1), sep=', ') if others else first


def _named(column: pd.Series) -> pd.Series:
    """The values as objects, missing ones by a name."""
    return column.astype(object).where(column.notna(), 'missing')
