"""Every problem of a table at once: SDV's, those of its constraints, and ours.

SDV stops at the first kind of problem. All kinds are looked for only where one was found: a good
table is read no more often than SDV reads it.
"""

from __future__ import annotations

import copy
import warnings
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import pandas as pd
from sdv.errors import InvalidDataError
from sdv.metadata import Metadata

EARLIEST, LATEST = pd.Timestamp.min, pd.Timestamp.max
MOST_DATES = 1000
"""Distinct dates that are looked at one by one, to say what is wrong with them."""


def every_problem(
    data: Mapping[str, pd.DataFrame],
    metadata: Metadata,
    constraints: Sequence[Any],
    own_rules: Callable[[pd.DataFrame], list[str]],
) -> list[str]:
    """What is wrong with a table, each problem once.

    Args:
        data: One table, under its name.
        metadata: As it was before constraints changed it.
        constraints: In the order in which they are applied; they are left as they are.
        own_rules: Problems that only this synthesizer minds.
    """
    ((given_name, table),) = data.items()
    ((name, _),) = metadata.tables.items()
    problems = []
    if given_name != name:
        problems.append(f"the table is named '{given_name}', but the metadata describe '{name}'.")
    twice = list(dict.fromkeys(table.columns[table.columns.duplicated()]))
    if twice:
        names = ', '.join(repr(column) for column in twice)
        problems.append(f'columns {names} are in the table more than once; rename them.')
        table = table.loc[:, ~table.columns.duplicated()]
    problems += _column_sets(table, metadata.tables[name].columns)
    known, described = _in_common(table, metadata, name)
    if len(known.columns):
        problems += _of_sdv({name: known}, described)
        problems += date_problems(known, described.tables[name].columns)
    if {*table.columns} == {*metadata.tables[name].columns}:
        problems += constraint_problems(known, constraints, metadata)
    return list(dict.fromkeys([*problems, *own_rules(table)]))


def _column_sets(table: pd.DataFrame, columns: Mapping[str, Any]) -> list[str]:
    absent = [name for name in columns if name not in table]
    unknown = [name for name in table if name not in columns]
    problems = []
    if absent:
        names = ', '.join(repr(name) for name in absent)
        problems.append(f'columns {names} of the metadata are not in the table; add them.')
    if unknown:
        names = ', '.join(repr(name) for name in unknown)
        problems.append(f'columns {names} are not in the metadata; drop or describe them.')
    return problems


def _in_common(table: pd.DataFrame, metadata: Metadata, name: str) -> tuple[pd.DataFrame, Metadata]:
    """The table and the metadata without the columns that only one of them has."""
    described = metadata.to_dict()
    part = described['tables'][name]
    part['columns'] = {
        column: entry for column, entry in part['columns'].items() if column in table
    }
    if part.get('primary_key') not in part['columns']:
        part.pop('primary_key', None)
    part['alternate_keys'] = [
        key for key in part.get('alternate_keys', []) if key in part['columns']
    ]
    part.pop('column_relationships', None)
    return table[list(part['columns'])], Metadata.load_from_dict(described)


def _of_sdv(data: dict[str, pd.DataFrame], metadata: Metadata) -> list[str]:
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')  # SDV gave its warnings when it first looked
        try:
            metadata.validate_data(data)
        except InvalidDataError as error:
            return [line for part in error.errors for line in _lines(str(part))]
    return []


def _lines(text: str) -> list[str]:
    """One problem a line, without SDV's headings."""
    lines = [line.removeprefix('Error: ') for line in text.split('\n')]
    return [line for line in lines if line and not line.startswith('Errors in ')]


def date_problems(table: pd.DataFrame, columns: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Dates that exist but that SDV cannot hold: it counts nanoseconds in 64 bits."""
    problems = []
    for name, entry in columns.items():
        if entry['sdtype'] != 'datetime':
            continue
        beyond = _beyond(table[name], entry.get('datetime_format'))
        if beyond:
            shown = ', '.join(beyond[:3]) + (f' and {len(beyond) - 3} more' * (len(beyond) > 3))
            problems.append(
                f"column '{name}' has dates that SDV cannot hold ({shown}): it takes those from "
                f'{EARLIEST:%Y-%m-%d} to {LATEST:%Y-%m-%d}. Make them missing, or bring them '
                'into that range, or describe the column as categorical.'
            )
    return problems


def _beyond(values: pd.Series, datetime_format: str | None) -> list[str]:
    if pd.api.types.is_datetime64_any_dtype(values.dtype):
        present = values.dropna().drop_duplicates()
        years = present.dt.year
        return [str(value) for value in present[(years < 1678) | (years > 2261)]]
    if datetime_format is None or not values.notna().any():
        return []
    found: list[str] = []
    for value in values.dropna().drop_duplicates().astype(str):
        if len(found) >= MOST_DATES:
            break
        try:
            moment = datetime.strptime(value, datetime_format)
        except ValueError:
            continue  # SDV says that it is no date of this format
        if not 1678 <= moment.year <= 2261:
            found.append(value)
    return found


def constraint_problems(
    table: pd.DataFrame, constraints: Sequence[Any], metadata: Metadata
) -> list[str]:
    """What keeps constraints from being applied to a table of the columns that metadata say.

    Args:
        table: The table.
        constraints: In the order in which they are applied; they are left as they are.
        metadata: As it was before they changed it.
    """
    problems = []
    for constraint in constraints:
        trial = copy.deepcopy(constraint)
        kind = type(getattr(trial, 'programmable_constraint', trial)).__name__
        try:
            trial.fit(data=table, metadata=metadata)
            changed = trial.get_updated_metadata(metadata)
            table, metadata = trial.transform(table), changed
        except Exception as error:  # of any kind: users write constraints too
            told = str(error).strip()
            known = type(error).__name__ in ('ConstraintNotMetError', 'ConstraintsNotMetError')
            problems.append(
                f'the constraint {kind} is not met: {told}'
                if known
                else f'the constraint {kind} fails on this table with {type(error).__name__}: '
                f'{told}. If its columns are of a nullable type, such as Int64, turn them into '
                'float64 first.'
            )
    return problems
