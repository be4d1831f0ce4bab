"""Whether the rows that come out of a file in the end are those that the synthesizer would make.

What the networks draw can be the same, and the table still another one: SDV cuts, rounds and turns
back what is drawn by what it has learnt, here from the real table and there from a made-up one.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from sdv.data_processing.datetime_formatter import DatetimeFormatter

from sdv_fair4free.constraints import brought_back
from sdv_fair4free.handover.decoded import is_nothing, nothing_missing
from sdv_fair4free.handover.ends import as_numbers
from sdv_fair4free.handover.made_up import PLACES, cycled, places_to_decode
from sdv_fair4free.labels import CategoryEncoder
from sdv_fair4free.quantiles import Floats

if TYPE_CHECKING:
    from sdv_fair4free.handover.draft import Draft
    from sdv_fair4free.synthesizer import Fair4FreeSynthesizer

TOLERATED = 1e-6
"""Of the range of a column: what rounding moves its ends by."""


def other_rows(draft: Draft, opened: Fair4FreeSynthesizer, drawn: pd.DataFrame) -> list[str]:
    """Columns of numbers and dates that have other ends, or are missing otherwise, once opened.

    Rows as drawn, and all places on the scales of numbers side by side, are turned back here and
    there. Here, ends are those that may be told; the real ones must not be passed.

    Args:
        draft: With a made-up table already: constraints cut at the ends that may be told.
        opened: What others would have.
        drawn: Rows of networks, in the codes that are told, at least ``PLACES``.

    Returns:
        What is different, a sentence for each column; nothing if all is well.
    """
    processed = pd.concat([drawn, _all_places(draft, drawn)], ignore_index=True)
    processed = processed.astype(drawn.dtypes)
    here = _turned_back(*_here(draft), processed)
    processor = opened._data_processor
    there = _turned_back(processor, opened._chained_constraints, processed)
    processor.reset_sampling()
    problems = []
    for name, entry in draft.described['columns'].items():
        if entry['sdtype'] not in ('numerical', 'datetime') or name not in here:
            continue
        dates = DatetimeFormatter(entry.get('datetime_format'))
        kind = dates if entry['sdtype'] == 'datetime' else None
        mine, theirs = (as_numbers(table[name], kind) for table in (here, there))
        told = _different(mine, theirs, draft.real_ends.get(name))
        if told:
            problems.append(f"'{name}' {told}")
    return problems


def _all_places(draft: Draft, drawn: pd.DataFrame) -> pd.DataFrame:
    encoding = draft.twin._model.encoding
    rows = drawn.head(PLACES).copy()
    for column in (*encoding.x, *encoding.s, *encoding.y):
        if column.has_position:
            rows[column.name] = cycled(places_to_decode(column), len(rows))
    for name in nothing_missing(draft):
        told = draft.categories[name]
        rows[name] = next(code for code, value in enumerate(told) if is_nothing(value))
    return rows


def _here(draft: Draft) -> tuple[Any, Any]:
    """SDV's part of the synthesizer, with categories numbered as they are told."""
    processor, constraints = copy.deepcopy(
        (draft.twin._data_processor, draft.twin._chained_constraints)
    )
    transformers = processor._hyper_transformer.field_transformers
    for name, told in draft.categories.items():
        transformer = transformers[name]
        # Merged ones are compared by their names alone.
        if isinstance(transformer, CategoryEncoder) and len(told) == len(
            transformer.values_to_categories
        ):
            transformer.renumber(told)
    return processor, constraints


def _turned_back(processor: Any, constraints: Any, processed: pd.DataFrame) -> pd.DataFrame:
    table: pd.DataFrame = processor.reverse_transform(processed)
    for constraint in reversed(constraints):
        table = brought_back(constraint, table)
    return table


def _different(mine: Floats, theirs: Floats, real: tuple[float, float] | None) -> str | None:
    """How values differ; None if they do not."""
    missing = float(np.isnan(mine).mean()), float(np.isnan(theirs).mean())
    if missing[0] != missing[1]:
        return f'would be missing in {missing[1]:.1%} of the rows, not in {missing[0]:.1%}'
    if missing[0] == 1:
        return None
    ends, told = ((np.nanmin(values), np.nanmax(values)) for values in (mine, theirs))
    tolerated = TOLERATED * max(ends[1] - ends[0], abs(ends[0]), abs(ends[1]))
    if max(abs(ends[0] - told[0]), abs(ends[1] - told[1])) > tolerated:
        return (
            f'would lie between {told[0]:.10g} and {told[1]:.10g}, not between {ends[0]:.10g} and '
            f'{ends[1]:.10g}'
        )
    if real is not None and (told[0] < real[0] - tolerated or told[1] > real[1] + tolerated):
        return 'would lie beyond the ends of the real table'
    return None
