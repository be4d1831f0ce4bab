"""The made-up table of a draft: every code decoded once, by SDV itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from sdv_fair4free.encoding import Column
from sdv_fair4free.handover.made_up import (
    as_column,
    cycled,
    made_up_ids,
    places_to_decode,
    told_as,
    with_digits,
)
from sdv_fair4free.handover.manifest import MadeUpTable

if TYPE_CHECKING:
    from sdv_fair4free.handover.draft import Draft

MADE_UP_VALUES = 32
"""Values of a made-up column that are written: they show its type, and how long its numbers are."""


def _codes(draft: Draft, column: Column) -> Any:
    """Processed values that show all there is: every category, or places on the scale."""
    if column.has_position:
        return places_to_decode(column)
    if column.name not in draft.told:
        return np.arange(column.size)
    merge = draft.told[column.name].merge
    # Of merged codes the one with most rows is decoded: the value that is kept, if any is.
    best = np.lexsort((-merge.share.numpy(), merge.into.numpy()))
    return best[np.unique(merge.into.numpy()[best], return_index=True)[1]]


def _by_faker(draft: Draft, name: str, values: pd.Series) -> pd.Series:
    """Keys, ids and personal data: what fakers made, as often missing as in the real table."""
    if isinstance(values.dtype, pd.CategoricalDtype):
        # Such a type lists all real values, and nothing that is made up is among them.
        values = pd.Series([None] * len(values), index=values.index, dtype=object)
    missing = round(len(values) * getattr(draft.transformers[name], '_nan_frequency', 0.0))
    return values.where(np.arange(len(values)) >= missing) if missing else values


def made_up_table(draft: Draft) -> MadeUpTable:
    """Every code decoded once, by SDV itself."""
    twin, encoding = draft.twin, draft.twin._model.encoding
    columns = {column.name: column for column in (*encoding.x, *encoding.s, *encoding.y)}
    codes = {name: _codes(draft, columns[name]) for name in encoding.order}
    rows = max(map(len, codes.values()))
    processed = pd.DataFrame({name: cycled(made, rows) for name, made in codes.items()})
    table = twin._data_processor.reverse_transform(processed)
    known = [name for name in twin._data_processor._dtypes.index if name in table]
    table = table[known]
    for constraint in reversed(twin._chained_constraints):
        if draft.disclosure.min_quantile_count > 1:
            _without_ends(constraint)
        table = constraint.reverse_transform(table)
    made = []
    for name in map(str, table):
        values, length = table[name], min(rows, MADE_UP_VALUES)
        if name in codes:
            length = len(codes[name])
            place = cycled(np.arange(length), rows)
            if draft.is_id(name):
                values = made_up_ids(values, place)
            elif name in draft.told and draft.told[name].merged:
                values = told_as(values, draft.told[name].names, place)
        elif name in draft.transformers:
            values = _by_faker(draft, name, values.iloc[:length])
        if twin._chained_constraints:
            length = rows  # columns that a constraint ties together must stay side by side
        elif name in codes:
            values = with_digits(values.iloc[:length], draft.formatters.get(name))
            length = len(values)
        made.append(as_column(name, values, length))
    return MadeUpTable(columns=made)


def _without_ends(constraint: Any) -> None:
    """Let a constraint bring rows back without cutting them at the ends of the real ones."""
    for formatters in constraint._formatters.values():
        for formatter in formatters.values():
            formatter.enforce_min_max_values = False
    for ends in constraint._datetime_min_max_value.values():
        ends.clear()
