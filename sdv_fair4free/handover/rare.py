"""Rare categories: which are merged, and a model that has forgotten them and their order.

SDV numbers categories as it meets them, so that the first code of each column is that of the first
row: all of it would leave the house. What is told is in the order of the values instead.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor

from sdv_fair4free.columns import Column
from sdv_fair4free.core.generator import RowGenerator, at_rest
from sdv_fair4free.core.merging import Merge, merged_generator
from sdv_fair4free.encoding import Encoding
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
        merged: How many values were merged, missing among them, and into ``into``.
        rows: The rows of the merged values.
        into: The value they became; None if none were, and for ids.
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
        values: One by code; missing is one of them.
        counts: (codes,) their rows.
        least: Values of fewer rows are merged. Those of no row come from the metadata, or from the
            type; they are not told.
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
    absent = counts == 0
    rare = (counts < np.where(free_text & ~missing, max(least, 2), least)) & ~absent
    if not (rare | absent).any():
        return _in_order(tuple(values), Merge.nothing(len(values)), ordered)
    kept = np.flatnonzero(~rare & ~absent)
    into = np.zeros(len(values), dtype=np.int64)
    into[kept] = np.arange(len(kept))
    told = [values[code] for code in kept]
    present = kept[~missing[kept]]
    # A token of a single row would be that row's value by another name, with its weights.
    token = not ordered and texts and rare.any() and counts[rare].sum() >= least
    if token:
        name = TOKEN
        while name in told:
            name = f'<{name}>'
        told.append(name)
        into[rare] = len(told) - 1
    elif not len(present):
        return 'all its values are rare'
    # What is of no row goes where it does no harm: it brings nothing along.
    best = into[present[np.argmax(counts[present])]] if len(present) else len(told) - 1
    for code in np.flatnonzero(absent if token else rare | absent):
        near = ordered and not missing[code]
        into[code] = into[present[np.argmin(np.abs(present - code))]] if near else best
    merge = Merge.of(torch.from_numpy(into), torch.from_numpy(counts))
    return replace(
        _in_order(tuple(told), merge, ordered),
        merged=int(rare.sum()),
        rows=int(counts[rare].sum()),
        into=told[into[np.flatnonzero(rare)[0]]] if rare.any() else None,
        free_text=bool(free_text),
    )


def told_ids(values: list[Any], counts: NDArray[np.int64], least: int) -> Categories | str:
    """Decide what a column of ids tells, whose values have other names in the file.

    Ids of fewer than ``least`` rows share a name with others, in the order of the ids, until they
    are so many rows together; what is left over joins the last of them. So a column in which each
    row has an id of its own keeps many names, and none stands for fewer rows.

    Args:
        values: One by code; missing is one of them.
        counts: (codes,) their rows.
        least: Rows for which a name must stand.

    Returns:
        What is told, in values that must not be written; or, where that cannot be, the reason.
    """
    rare = np.flatnonzero(counts < least)
    kept = np.flatnonzero(counts >= least)
    into = np.zeros(len(values), dtype=np.int64)
    into[kept] = np.arange(len(kept))
    told = [values[code] for code in kept]
    shared, rows = [], 0
    for code in sorted(rare.tolist(), key=lambda code: _sorting_key(values[code])):
        if rows == 0:
            shared.append(values[code])
        into[code] = len(kept) + len(shared) - 1
        rows += int(counts[code])
        rows = 0 if rows >= least else rows
    if rows:
        shared.pop()
        if not len(kept) + len(shared):
            return 'all its values are rare'
        last = len(kept) + len(shared) - 1 if shared else int(np.argmax(counts[kept]))
        into[into == len(kept) + len(shared)] = last
    told += shared
    merge = Merge.of(torch.from_numpy(into), torch.from_numpy(counts))
    return replace(
        _in_order(tuple(told), merge, ordered=False),
        merged=len(rare),
        rows=int(counts[rare].sum()),
    )


def without_missing(column: Column, counts: NDArray[np.int64], least: int) -> Merge | None:
    """For a column of numbers or dates that too few rows lack: its missing token becomes another.

    Args:
        column: With a token for missing, or without.
        counts: (codes,) their rows.
        least: Rows for which the token must stand.

    Returns:
        The merge of the token into that of most rows; None if nothing is to be merged.
    """
    if not column.may_be_missing() or counts[-1] >= least or not counts[:-1].any():
        return None
    into = np.append(np.arange(column.size - 1), np.argmax(counts[:-1]))
    return Merge.of(torch.from_numpy(into), torch.from_numpy(counts))


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


def forgetting(
    model: FairModel,
    told: Mapping[str, Categories],
    least: int,
    missing: Mapping[str, Merge] = MappingProxyType({}),
) -> Forgotten:
    """Merge and order the codes of a model; the model itself stays as it is.

    Args:
        model: As fitted.
        told: By column of categories.
        missing: By column of numbers that is not sensitive, what its missing token becomes.
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
    merges = {**{name: one.merge for name, one in told.items()}, **missing}
    if bool(kept.all()) and not any(merge.changes for merge in merges.values()):
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
        x=tuple(_merged_column(column, merges) for column in encoding.x),
        s=tuple(_merged_column(column, merges) for column in encoding.s),
        y=tuple(_merged_column(column, merges) for column in encoding.y),
    )
    of_x = [merge for column in encoding.x for merge in _merges_of(column, merges, model)]
    of_y = [merge for column in encoding.y for merge in _merges_of(column, merges, model)]

    def merged(generator: RowGenerator | None) -> RowGenerator | None:
        if generator is None:
            return None
        old = generator.schema
        scope = 'target' if old.decoder_sees_s else 'all'
        schema = new.schema(
            scope, old.latent, old.autoregressive, picture=old.picture, direct=old.direct
        )
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


def _merges_of(column: Column, merges: Mapping[str, Merge], model: FairModel) -> list[Merge]:
    """For each step in which the networks tell a column."""
    merge = merges.get(column.name)
    if merge is None:
        return [Merge.nothing(size) for size in column.steps()]
    if column.digits is None:
        return [merge]
    # Of numbers nothing is merged but missing ones, which are a run of their own.
    assert model.code_counts is not None, 'the owner of the data knows them'
    runs = torch.from_numpy(column.digits.parts(np.arange(column.size))[:, 0])
    rows = torch.bincount(runs, torch.from_numpy(model.code_counts[column.name]).double())
    into = torch.arange(len(rows))
    into[-1] = runs[merge.into[-1]]
    return [Merge.of(into, rows), Merge.nothing(column.steps()[1])]


def _merged_column(column: Column, merges: Mapping[str, Merge]) -> Column:
    merge = merges.get(column.name)
    if merge is None or merge.size == column.size:
        return column
    spans = column.spans
    if spans is not None:
        # The span of missing is none: only what has a place takes part in the mean.
        placed = torch.from_numpy(spans).double().nan_to_num()
        weight = merge.share.double() * ~torch.from_numpy(spans[:, 0]).isnan()
        total = torch.zeros(merge.size).double().index_add_(0, merge.into, weight)
        mean = torch.zeros(merge.size, 2).double()
        mean = mean.index_add_(0, merge.into, placed * weight[:, None]) / total[:, None]
        spans = mean.numpy()
    merged = replace(column, size=merge.size, spans=spans)
    return merged if column.digits is None else merged.in_two_steps()
