"""The tables a report is given: which of them is judged, and do they have their columns?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from sdv_fair4free.validation import nearest


def column_mismatches(
    real_data: Mapping[str, pd.DataFrame],
    synthetic_data: Mapping[str, pd.DataFrame],
    metadata: Mapping[str, Any],
) -> list[str]:
    """Every table and column that is missing or unknown, a sentence each.

    Args:
        real_data (mapping): From the name of a table to its real rows.
        synthetic_data (mapping): To its synthetic rows.
        metadata (dict): Nested, of all tables.
    """
    problems = []
    for argument, tables in {'real_data': real_data, 'synthetic_data': synthetic_data}.items():
        for name, entry in metadata['tables'].items():
            if name not in tables:
                problems.append(f"{argument} has no table '{name}'; it has {[*tables]}.")
                continue
            known, present = [*entry['columns']], [*tables[name].columns]
            problems += [
                f"{argument} has no column '{column}', which the metadata name."
                f'{nearest(column, set(present) - set(known))}'
                for column in known
                if column not in present
            ]
            problems += [
                f"{argument} has a column '{column}', which the metadata do not name; leave it "
                'out, or add it to the metadata.'
                for column in present
                if column not in known
            ]
    return problems


def chosen_table(names: Sequence[str], wanted: str | None) -> str:
    """The one table to judge.

    Args:
        names (sequence of str): All there are.
        wanted (str or None): The one named by the user; needed only if there are several.

    Raises:
        ValueError: If it is not among them, or needed and not named.
    """
    if wanted is None and len(names) == 1:
        return str(names[0])
    if wanted is None or wanted not in names:
        raise ValueError(
            f'table_name={wanted!r} must be one of the tables, {list(names)}: '
            'a fairness report judges one of them.'
        )
    return wanted


def validation_table(
    given: pd.DataFrame | Mapping[str, pd.DataFrame] | None, name: str
) -> pd.DataFrame | None:
    """The validation rows of a table.

    Args:
        given (pandas.DataFrame, mapping or None): As the user gave them.
        name (str): The table.

    Raises:
        ValueError: If there are several tables, and not this one.
    """
    if not isinstance(given, Mapping):
        return given
    if name not in given:
        raise ValueError(f"real_validation_data has no table '{name}'; it has {[*given]}.")
    return given[name]
