"""Values of one column, as users write them, as codes; and why some cannot be made."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from rdt.transformers import LabelEncoder

from sdv_fair4free.columns import Column
from sdv_fair4free.labels import CategoryEncoder, OrdinalLabelEncoder
from sdv_fair4free.transformers import DatetimeTokenizer, QuantileTokenizer, as_floats
from sdv_fair4free.validation import nearest

OURS = (CategoryEncoder, OrdinalLabelEncoder, QuantileTokenizer, DatetimeTokenizer)
TOLERANCE = 1e-6
"""How far beyond the range seen, as a share of it, a number may lie: rounding."""
Flags = NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class Coded:
    """Values of one column as codes.

    Attributes:
        codes: (rows,) int64; -1 where the value cannot be made.
        positions: (rows,) where inside its token a number lies; NaN for labels.
        reasons: Why values cannot be made, a sentence each.
    """

    codes: NDArray[np.int64]
    positions: NDArray[np.float64]
    reasons: list[str] = field(default_factory=list)


def code_of(value: Any, known: Mapping[Any, int]) -> int | None:
    """The code of a category; missing ones are alike, however they are written."""
    if pd.api.types.is_scalar(value) and pd.isna(value):
        return next((code for other, code in known.items() if pd.isna(other)), None)
    return known.get(value)


def coded(values: pd.Series, column: Column, transformer: Any, to_the_ends: bool = False) -> Coded:
    """Turn values, as users write them, into codes.

    A number or date between those seen is taken for the nearest of them.

    Args:
        values: (rows,).
        column: How the column is coded.
        transformer: One of ours, fitted.
        to_the_ends: Whether numbers and dates beyond the range seen are taken for its ends; else
            they cannot be made.
    """
    if isinstance(transformer, LabelEncoder):
        made = coded_labels(values, column.name, transformer)
        if column.quantiles is None:
            return made
        # An ordinal column of very many steps: its labels are told like numbers.
        labels = pd.Series(np.maximum(made.codes, 0).astype(np.float64))
        return Coded(
            codes=np.where(made.codes < 0, -1, column.encode(labels)).astype(np.int64),
            positions=column.positions(labels),
            reasons=made.reasons,
        )
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings('ignore', message='Could not infer format')  # told below
            numbers = as_floats(transformer.transform(values.to_frame())[column.name])
    except (ValueError, TypeError) as error:
        nothing = np.full(len(values), np.nan)
        reason = f"the values cannot be read in '{column.name}': {error}"
        return Coded(codes=np.full(len(values), -1), positions=nothing, reasons=[reason])
    told = pd.Series(numbers, name=column.name)
    possible = ~np.isnan(numbers)
    reasons = []
    if not possible.all():
        reasons.append(f"'{column.name}' is never missing.")
    beyond = possible & transformer.beyond(values) & (not to_the_ends)
    if beyond.any():
        example = values[beyond].tolist()[0]
        reasons.append(f"{example!r} is outside the range of '{column.name}' that was seen.")
    possible &= ~beyond
    codes = np.full(len(values), -1, dtype=np.int64)
    codes[possible] = column.encode(told[possible])
    positions = np.full(len(values), np.nan)
    positions[possible] = np.minimum(column.positions(told[possible]), 1 - TOLERANCE)
    return Coded(codes=codes, positions=positions, reasons=reasons)


def coded_labels(values: pd.Series, name: str, transformer: LabelEncoder) -> Coded:
    """Turn categories, as users write them, into labels.

    Args:
        values: (rows,).
        name: Of the column.
        transformer: Fitted.
    """
    known = transformer.categories_to_values
    place, distinct = pd.factorize(values.astype(object), use_na_sentinel=False)
    found = [code_of(value, known) for value in distinct]
    reasons = [
        f"'{name}' is never missing."
        if pd.isna(value)
        else f"{value!r} is not a value of '{name}'.{nearest(value, known)}"
        for value, code in zip(distinct, found, strict=True)
        if code is None
    ]
    codes = np.array([-1 if code is None else code for code in found], dtype=np.int64)
    return Coded(codes=codes[place], positions=np.full(len(values), np.nan), reasons=reasons)
