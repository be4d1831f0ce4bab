"""The made-up table of a draft: every code decoded once, by SDV itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from sdv_fair4free.columns import Column
from sdv_fair4free.constraints import brought_back
from sdv_fair4free.handover.ends import showing_ends
from sdv_fair4free.handover.likelihood import NOTHING_MISSING
from sdv_fair4free.handover.made_up import (
    PLACES,
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


def nothing_missing(draft: Draft) -> dict[str, int]:
    """Of columns in which a constraint tells what is missing in a row: the code of nothing."""
    found = {}
    for constraint in draft.twin._chained_constraints:
        name = getattr(constraint, '_nan_column_name', None)
        known = getattr(draft.transformers.get(name), 'values_to_categories', {})
        for code, value in known.items():
            if len(known) > 1 and is_nothing(value):
                found[str(name)] = int(code)
    return found


def is_nothing(value: Any) -> bool:
    """Whether a constraint says so that nothing is missing."""
    return bool(pd.isna(value)) or value == NOTHING_MISSING


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
    complete = nothing_missing(draft)
    if complete:
        # All places once more, side by side, in rows of which a constraint hides nothing.
        again = {name: cycled(made, PLACES) for name, made in codes.items()}
        processed = pd.concat([processed, pd.DataFrame({**again, **complete})], ignore_index=True)
        rows = len(processed)
    table = twin._data_processor.reverse_transform(processed)
    known = [name for name in twin._data_processor._dtypes.index if name in table]
    table = table[known]
    for constraint in reversed(twin._chained_constraints):
        table = showing_ends(constraint, brought_back(constraint, table))
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
