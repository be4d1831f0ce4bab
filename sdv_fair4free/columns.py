"""How one processed column becomes codes, and codes values again.

A processed column is one of three things: labels (our label encoders made integers), tokens (our
tokenizers made ``token + position``), or whatever a transformer of the user's choice left: then
numbers become tokens and anything else labels, here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from rdt.transformers import LabelEncoder, OrderedLabelEncoder
from torch import Tensor

from sdv_fair4free.core.layout import scale_features
from sdv_fair4free.core.sensitive import SensitiveColumn
from sdv_fair4free.digits import Digits
from sdv_fair4free.labels import CategoryEncoder
from sdv_fair4free.quantiles import Floats, Quantiles, telling
from sdv_fair4free.split import MOST_LABELS
from sdv_fair4free.transformers import DatetimeTokenizer, QuantileTokenizer, as_floats

STRATA = 5
"""Strata of a target that has an order: equal steps of its scale, which for numbers is of rank."""
LATENT_OF_AN_ORDER = 2
"""Dimensions of the latent for a target with an order: where it lies, and how far it spreads."""
Codes = NDArray[np.int32]


@dataclass(frozen=True, kw_only=True)
class Column:
    """How one processed column becomes codes.

    Attributes:
        name: Its name in the processed table.
        size: Number of codes.
        spans: (size, 2) where on its scale each code begins and ends, from 0 to 1: of numbers the
            shares of values, of ordinals equal steps; NaN for missing. None for categories without
            order.
        quantiles: Tokenisation done here; None if a transformer did it, or for labels.
        labels: What each code stands for, if labels are made here; None if a transformer did it.
        has_position: Whether the fraction of a value means something.
        dtype: Of the processed column; None where a transformer made floats.
        digits: The two steps in which networks tell its codes; None for one.
    """

    name: str
    size: int
    spans: NDArray[np.float64] | None = None
    quantiles: Quantiles | None = None
    labels: pd.Index | None = None
    has_position: bool = False
    dtype: Any = None
    digits: Digits | None = None

    @classmethod
    def fit(
        cls, values: pd.Series, transformer: Any, sampled: NDArray[np.bool_] | None = None
    ) -> Column:
        """Decide what the column is, from the transformer that made it.

        Args:
            values: (rows,) processed.
            transformer: See above; None if there is none.
            sampled: (rows,) which were drawn at random from a larger table, and not chosen for the
                values that they have; None if all were, or there is no larger one.
        """
        name = str(values.name)
        if type(transformer) in (QuantileTokenizer, DatetimeTokenizer):
            quantiles = transformer.quantiles
            return cls(
                name=name,
                size=quantiles.tokens,
                spans=_with_missing(quantiles),
                has_position=True,
            )
        if isinstance(transformer, CategoryEncoder) and transformer.split is not None:
            size = transformer.split.label.shape[transformer.output_columns.index(name)]
            return cls(name=name, size=size, dtype=np.dtype(np.int64))
        if isinstance(transformer, LabelEncoder) and not transformer.add_noise:
            categories = transformer.values_to_categories
            ordered = None
            if isinstance(transformer, OrderedLabelEncoder) and len(categories) > MOST_LABELS:
                return cls._of_numbers(values, sampled)  # so many steps are told like a number
            if isinstance(transformer, OrderedLabelEncoder):
                present = np.array([not pd.isna(categories[i]) for i in range(len(categories))])
                middle = (np.arange(len(present)) + 0.5) / max(present.sum(), 1)
                ordered = np.repeat(np.where(present, middle, np.nan)[:, None], 2, axis=1)
            # Labels of a categorical column are categorical too; plain ones turn back faster.
            return cls(name=name, size=len(categories), spans=ordered, dtype=np.dtype(np.int64))
        if pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values):
            return cls._of_numbers(values, sampled)
        labels = pd.Index(values.astype(object).unique())
        return cls(name=name, size=len(labels), labels=labels, dtype=values.dtype)

    @classmethod
    def _of_numbers(cls, values: pd.Series, sampled: NDArray[np.bool_] | None) -> Column:
        numbers = as_floats(values)
        if sampled is not None:
            numbers = numbers[telling(numbers, sampled)]
        quantiles = Quantiles.fit(numbers)
        return cls(
            name=str(values.name),
            size=quantiles.tokens,
            spans=_with_missing(quantiles),
            quantiles=quantiles,
            has_position=True,
            dtype=values.dtype,
        )

    def encode(self, values: pd.Series) -> Codes:
        """(rows,) codes."""
        if self.labels is not None:
            return self.labels.get_indexer(pd.Index(values.astype(object))).astype(np.int32)
        numbers = as_floats(values)
        if self.quantiles is not None:
            numbers = self.quantiles.encode(numbers)
        return np.floor(numbers).astype(np.int32)

    def positions(self, values: pd.Series) -> Floats:
        """(rows,) where inside its code each value lies, in [0, 1)."""
        if not self.has_position:
            return np.zeros(len(values))
        numbers = as_floats(values)
        if self.quantiles is not None:
            numbers = self.quantiles.encode(numbers)
        return numbers - np.floor(numbers)

    def decode(self, codes: Codes, positions: NDArray[Any]) -> Any:
        """(rows,) processed values, of codes and positions in [0, 1)."""
        if self.labels is not None:
            return pd.Series(self.labels.to_numpy()[codes]).astype(self.dtype)
        if not self.has_position:
            return codes.astype(self.dtype)
        inside: Floats = np.minimum(positions.astype(np.float64), 1.0 - 1e-9)
        numbers = codes + inside
        if self.quantiles is None:
            return numbers
        numbers = self.quantiles.decode(numbers)
        if np.issubdtype(self.dtype, np.integer) and not np.isnan(numbers).any():
            return np.round(numbers).astype(self.dtype)
        return numbers

    def in_two_steps(self) -> Column:
        """The column, of numbers or dates, with its codes told in two steps."""
        values = self.size - int(self.may_be_missing())
        return replace(self, digits=Digits(values=values, has_missing=values < self.size))

    def steps(self) -> tuple[int, ...]:
        """Tokens of each of the columns that networks tell it in."""
        return (self.size,) if self.digits is None else self.digits.sizes

    def told(self, codes: Codes) -> NDArray[Any]:
        """(rows, steps) tokens of (rows,) codes."""
        return codes[:, None] if self.digits is None else self.digits.parts(codes)

    def codes(self, told: NDArray[Any]) -> NDArray[Any]:
        """(rows,) codes of (rows, steps) tokens."""
        return told[:, 0] if self.digits is None else self.digits.whole(told)

    def features(self) -> tuple[Tensor, ...]:
        """For each step (tokens, features): where they lie on a scale, and whether they do."""
        if self.spans is None:
            return (torch.zeros(self.size, 0),)
        if self.digits is not None:
            return self.digits.features(self.spans)
        return (scale_features(torch.from_numpy(self.spans).float()),)

    def sensitive(self) -> SensitiveColumn:
        """The column as a sensitive one."""
        spans = torch.from_numpy(self.spans).float() if self.has_position else None
        return SensitiveColumn(size=self.size, spans=spans)

    def may_be_missing(self) -> bool:
        """Whether it is a number or a date of which some have no value."""
        return self.has_position and self.spans is not None and bool(np.isnan(self.spans[-1, 0]))

    def strata(self, favourable: int | None = None) -> Tensor:
        """(size,) int64: codes that count as the same true outcome; ``favourable`` stands alone."""
        if self.spans is None or self.size <= STRATA:
            return torch.arange(self.size)
        middle = self.spans.mean(axis=1)
        place = np.minimum(np.nan_to_num(middle) * STRATA, STRATA - 1).astype(np.int64)
        strata = torch.from_numpy(np.where(np.isnan(middle), STRATA, place))
        if favourable is not None:
            strata[favourable] = STRATA + 1
        return strata

    def latent(self) -> int:
        """Dimensions of a latent that can tell the column."""
        classes = self.size - 1
        return classes if self.spans is None else min(LATENT_OF_AN_ORDER, classes)


def _with_missing(quantiles: Quantiles) -> NDArray[np.float64]:
    missing = np.full((int(quantiles.has_missing), 2), np.nan)
    return np.concatenate([quantiles.spans, missing])
