"""Rare categories: which are merged, and a model that has forgotten them and their order.

SDV numbers categories as it meets them, so that the first code of each column is that of the first
row: all of it would leave the house. What is told is in the order of the values instead.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor

from sdv_fair4free.core.generator import RowGenerator, at_rest
from sdv_fair4free.core.merging import Merge, merged_generator
from sdv_fair4free.encoding import Column, Encoding
from sdv_fair4free.model import FairModel

TOKEN = '<rare>'
"""What takes the place of rare texts."""
FREE_TEXT = 20
"""Texts that occur once are free text where there are so many of them, and most texts do."""


@dataclass(frozen=True, kw_only=True)
class Categories:
    """A column of categories, as it is told.

    Attributes:
        names: The value of each new code; NaN or None where missing.
        merge: From old codes to new ones; it also puts them in order.
        merged: How many values were merged, and into ``into``.
        rows: The rows of the merged values.
        into: The value they became; None if none were.
        free_text: Whether the column is free text, of which no text is stored that occurs once.
    """

    names: tuple[Any, ...]
    merge: Merge
    merged: int = 0
    rows: int = 0
    into: Any = None
    free_text: bool = False


def told_categories(
    values: list[Any], counts: NDArray[np.int64], least: int, ordered: bool
) -> Categories | str:
    """Decide what a column tells.

    Args:
        values: One by code.
        counts: (codes,) their rows.
        least: Values of fewer rows are merged.
        ordered: Whether the codes are in the order of the values; then rare values join the nearest
            one that is kept. Else texts become ``TOKEN``, and other values the most frequent one;
            as do texts that even together are in fewer than ``least`` rows.

    Returns:
        What is told; or, where that cannot be, the reason.
    """
    missing = np.array([_is_missing(value) for value in values])
    texts = any(isinstance(value, str) for value in values)
    once = (counts == 1) & ~missing
    free_text = texts and once.sum() >= FREE_TEXT and 2 * once.sum() > (~missing).sum()
    # A category that no row has comes from the metadata, or from the type: of nobody.
    rare = (counts < (max(least, 2) if free_text else least)) & (counts > 0) & ~missing
    if not rare.any():
        return _in_order(tuple(values), Merge.nothing(len(values)), ordered)
    kept = np.flatnonzero(~rare)
    into = np.zeros(len(values), dtype=np.int64)
    into[kept] = np.arange(len(kept))
    told = [values[code] for code in kept]
    present = kept[~missing[kept]]
    # A token of a single row would be that row's value by another name, with its weights.
    if ordered or not texts or counts[rare].sum() < least:
        if not len(present):
            return 'all its values are rare'
        best = present[np.argmax(counts[present])]
        for code in np.flatnonzero(rare):
            target = present[np.argmin(np.abs(present - code))] if ordered else best
            into[code] = into[target]
        name = told[into[np.flatnonzero(rare)[0]]]
    else:
        name = TOKEN
        while name in told:
            name = f'<{name}>'
        told.append(name)
        into[rare] = len(told) - 1
    merge = Merge.of(torch.from_numpy(into), torch.from_numpy(counts))
    return replace(
        _in_order(tuple(told), merge, ordered),
        merged=int(rare.sum()),
        rows=int(counts[rare].sum()),
        into=name,
        free_text=bool(free_text),
    )


def _in_order(names: tuple[Any, ...], merge: Merge, ordered: bool) -> Categories:
    """By type and text, missing last; what has an order of its own keeps it."""
    order = list(range(len(names)))
    if not ordered:
        order.sort(key=lambda code: _sorting_key(names[code]))
    return Categories(
        names=tuple(names[code] for code in order), merge=merge.ordered(torch.tensor(order).long())
    )


def _sorting_key(value: Any) -> tuple[bool, str, str]:
    return _is_missing(value), type(value).__name__, str(value)


def _is_missing(value: Any) -> bool:
    return bool(pd.api.types.is_scalar(value) and pd.isna(value))


@dataclass(frozen=True, kw_only=True)
class Forgotten:
    """A model without rare categories, and without the order in which they were met.

    Attributes:
        model: The model, or a new one if any code became another.
        groups_left_out: Crossings of sensitive categories that are in too few rows to be told.
        rows_left_out: Their rows.
        problems: Why it cannot be had.
    """

    model: FairModel
    groups_left_out: int = 0
    rows_left_out: int = 0
    problems: list[str] = field(default_factory=list)


def forgetting(model: FairModel, told: Mapping[str, Categories], least: int) -> Forgotten:
    """Merge and order the codes of a model; the model itself stays as it is.

    Args:
        model: As fitted.
        told: By column of categories.
        least: Crossings of sensitive categories of fewer rows are left out.
    """
    encoding, law = model.encoding, model.generator.law
    of_s = [told[column.name].merge if column.name in told else None for column in encoding.s]
    old = law.groups.clone()
    for place, merge in enumerate(merge for merge in of_s if merge is not None):
        old[:, place] = merge.into[old[:, place]]
    groups, group = old[:1], torch.zeros(len(old), dtype=torch.int64)
    if old.shape[1]:
        groups, group = torch.unique(old, dim=0, return_inverse=True)
    counts = torch.bincount(group, torch.tensor(model.group_counts).double()).long()
    kept = counts >= least if groups.shape[1] else torch.ones_like(counts, dtype=torch.bool)
    if bool(kept.all()) and not any(one.merge.changes for one in told.values()):
        return Forgotten(model=model)
    if not kept.any():
        return Forgotten(
            model=model,
            problems=[
                f'every crossing of the sensitive columns has fewer than min_category_count={least}'
                ' rows, so no group would be left.'
            ],
        )
    own = torch.tensor(model.group_trust, dtype=torch.float64)
    trust = _merged_trust(own, group, model.group_counts)
    shares = torch.zeros(len(groups)).index_add_(0, group, law.shares)
    new = Encoding(
        order=encoding.order,
        x=tuple(_merged_column(column, told) for column in encoding.x),
        s=tuple(_merged_column(column, told) for column in encoding.s),
        y=encoding.y,
    )
    of_x = [_merge_of(column, told) for column in encoding.x]
    of_y = [_merge_of(column, told) for column in encoding.y]

    def merged(generator: RowGenerator | None) -> RowGenerator | None:
        if generator is None:
            return None
        old = generator.schema
        scope = 'target' if old.decoder_sees_s else 'all'
        schema = new.schema(scope, old.latent, old.autoregressive)
        made = merged_generator(generator, schema, of_x, of_s, of_y, groups[kept], shares[kept])
        if all(at_rest(weights).dtype == torch.half for weights in generator.parameters()):
            made.round_to_half()
        return made

    return Forgotten(
        model=replace(
            model,
            encoding=new,
            teacher=merged(model.teacher),
            student=merged(model.student),
            representation=None,
            group_counts=tuple(counts[kept].tolist()),
            group_trust=tuple(trust[kept].tolist()),
        ),
        groups_left_out=int((~kept).sum()),
        rows_left_out=int(counts[~kept].sum()),
    )


def _merged_trust(trust: Tensor, group: Tensor, counts: tuple[int, ...]) -> Tensor:
    """Mean over the rows of each new group."""
    rows = torch.tensor(counts).double()
    total = torch.bincount(group, rows)
    return torch.bincount(group, rows * trust) / total


def _merge_of(column: Column, told: Mapping[str, Categories]) -> Merge:
    return told[column.name].merge if column.name in told else Merge.nothing(column.size)


def _merged_column(column: Column, told: Mapping[str, Categories]) -> Column:
    if column.name not in told or not told[column.name].merged:
        return column
    merge = told[column.name].merge
    spans = column.spans
    if spans is not None:
        spans = merge.mean(torch.from_numpy(spans).float()).double().numpy()
    return replace(column, size=merge.size, spans=spans)
