"""What can be wrong with tables that are given to be judged or compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from sdv_fair4free.validation import nearest


def table_problems(name: str, data: object, table_name: str, columns: Sequence[str]) -> list[str]:
    """Problems of a dict of one table that must have these columns."""
    if not isinstance(data, Mapping) or [*data] != [table_name]:
        return [f"{name} must be a dict of one table, as SDV takes it: {{'{table_name}': ...}}."]
    table = data[table_name]
    if not isinstance(table, pd.DataFrame) or table.empty:
        return [f"{name}: '{table_name}' must be a DataFrame with at least one row."]
    return [
        f"column '{column}' is not in table '{table_name}' of {name}."
        f'{nearest(column, table.columns)}'
        for column in columns
        if column not in table
    ]


def outcome_problems(
    name: str, outcome: pd.Series, sdtype: str | None, favourable: object
) -> list[str]:
    """Problems of the outcome of one table: decisions are for one of its values."""
    if sdtype in ('numerical', 'datetime'):
        return [
            f"target_column '{outcome.name}' is {sdtype}, but decisions for a favourable outcome "
            'are compared here; evaluate_fairness judges models of numbers.'
        ]
    known = outcome.dropna().unique()
    if favourable not in [*known]:
        return [
            f"favourable_outcome={favourable!r} is not a value of '{outcome.name}' in {name}."
            f'{nearest(favourable, known)}'
        ]
    if len(known) < 2:
        return [f"'{outcome.name}' has no other value than {favourable!r} in {name}."]
    return []
