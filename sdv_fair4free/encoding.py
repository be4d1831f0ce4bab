"""From SDV's processed table to codes for the core, and back.

A processed column is one of three things: labels (our label encoders made integers), tokens (our
tokenizers made ``token + position``), or whatever a transformer of the user's choice left: then
numbers become tokens and anything else labels, here.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from rdt.transformers import LabelEncoder, OrderedLabelEncoder
from torch import Tensor

from sdv_fair4free.core.generator import Drawn, Schema
from sdv_fair4free.core.layout import Layout
from sdv_fair4free.core.teacher import Rows
from sdv_fair4free.quantiles import Floats, Quantiles
from sdv_fair4free.transformers import DatetimeTokenizer, QuantileTokenizer, as_floats

LEVELS = 16
"""Steps in which a token tells the networks where on the scale it lies."""

Codes = NDArray[np.int32]


@dataclass(frozen=True, kw_only=True)
class Column:
    """How one processed column becomes codes.

    Attributes:
        name: Its name in the processed table.
        size: Number of codes.
        positions: (size,) where on its scale each code lies, within (0, 1); NaN for missing. None
            for categories without order.
        quantiles: Tokenisation done here; None if a transformer did it, or for labels.
        labels: What each code stands for, if labels are made here; None if a transformer did it.
        has_position: Whether the fraction of a value means something.
        dtype: Of the processed column; None where a transformer made floats.
    """

    name: str
    size: int
    positions: NDArray[np.float64] | None = None
    quantiles: Quantiles | None = None
    labels: pd.Index | None = None
    has_position: bool = False
    dtype: Any = None

    @classmethod
    def fit(cls, values: pd.Series, transformer: Any) -> Column:
        """Decide what the column is, from the transformer that made it."""
        name = str(values.name)
        if type(transformer) in (QuantileTokenizer, DatetimeTokenizer):
            quantiles = transformer.quantiles
            return cls(
                name=name,
                size=quantiles.tokens,
                positions=_with_missing(quantiles),
                has_position=True,
            )
        if isinstance(transformer, LabelEncoder) and not transformer.add_noise:
            categories = transformer.values_to_categories
            ordered = None
            if isinstance(transformer, OrderedLabelEncoder):
                present = [not pd.isna(categories[code]) for code in range(len(categories))]
                ordered = (np.arange(len(present)) + 0.5) / max(sum(present), 1)
                ordered = np.where(present, ordered, np.nan)
            return cls(name=name, size=len(categories), positions=ordered, dtype=values.dtype)
        if pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values):
            quantiles = Quantiles.fit(as_floats(values))
            return cls(
                name=name,
                size=quantiles.tokens,
                positions=_with_missing(quantiles),
                quantiles=quantiles,
                has_position=True,
                dtype=values.dtype,
            )
        labels = pd.Index(values.astype(object).unique())
        return cls(name=name, size=len(labels), labels=labels, dtype=values.dtype)

    def encode(self, values: pd.Series) -> Codes:
        """(rows,) codes."""
        if self.labels is not None:
            return self.labels.get_indexer(pd.Index(values.astype(object))).astype(np.int32)
        numbers = as_floats(values)
        if self.quantiles is not None:
            numbers = self.quantiles.encode(numbers)
        return np.floor(numbers).astype(np.int32)

    def decode(self, codes: Codes, positions: NDArray[np.float64] | None) -> Any:
        """(rows,) processed values."""
        if self.labels is not None:
            return pd.Series(self.labels.to_numpy()[codes]).astype(self.dtype)
        if not self.has_position:
            return codes.astype(self.dtype)
        assert positions is not None
        numbers: Floats = codes.astype(np.float64) + np.minimum(positions, 1.0 - 1e-9)
        if self.quantiles is None:
            return numbers
        numbers = self.quantiles.decode(numbers)
        if np.issubdtype(self.dtype, np.integer) and not np.isnan(numbers).any():
            return np.round(numbers).astype(self.dtype)
        return numbers

    def features(self) -> NDArray[np.float32]:
        """(size, features): a thermometer of the position, and whether there is one; or nothing."""
        if self.positions is None:
            return np.zeros((self.size, 0), dtype=np.float32)
        present = ~np.isnan(self.positions)
        steps = np.clip(
            np.where(present, self.positions, 0.0)[:, None] * LEVELS - np.arange(LEVELS), 0.0, 1.0
        )
        scaled = steps * 2.0 / np.sqrt(LEVELS)
        return np.hstack([scaled, present[:, None]]).astype(np.float32)


def _with_missing(quantiles: Quantiles) -> NDArray[np.float64]:
    return np.append(quantiles.positions, [np.nan] if quantiles.has_missing else [])


def _layout(columns: Sequence[Column]) -> Layout:
    blocks = [torch.from_numpy(column.features()) for column in columns]
    return Layout(
        sizes=tuple(column.size for column in columns),
        features=torch.block_diag(*blocks) if blocks else torch.zeros(0, 0),
    )


@dataclass(frozen=True, kw_only=True)
class Encoding:
    """The columns of a table by role, and the way to codes and back.

    Attributes:
        order: Processed columns in the order in which the synthesizer received them.
        x: Columns to generate.
        s: Sensitive columns.
        y: The target; None if fairness is off, when it is generated like any other.
    """

    order: tuple[str, ...]
    x: tuple[Column, ...]
    s: tuple[Column, ...]
    y: Column | None

    @classmethod
    def fit(
        cls,
        processed: pd.DataFrame,
        transformers: Mapping[Hashable, Any],
        sensitive_columns: Sequence[str],
        target_column: str | None,
        on_column: Callable[[], object] = lambda: None,
    ) -> Encoding:
        """Learn the codes of every column.

        Args:
            processed: The table as SDV hands it to ``_fit``.
            transformers: From column to the transformer that made it.
            sensitive_columns: Empty if fairness is off.
            target_column: None if there is none, or if fairness is off.
            on_column: Called when a column is done.
        """
        columns = {}
        for name, values in processed.items():
            columns[name] = Column.fit(values, transformers.get(name))
            on_column()
        special = {*sensitive_columns, target_column}
        return cls(
            order=tuple(str(name) for name in columns),
            x=tuple(column for name, column in columns.items() if name not in special),
            s=tuple(columns[name] for name in sensitive_columns),
            y=None if target_column is None else columns[target_column],
        )

    def rows(self, processed: pd.DataFrame) -> Rows:
        """Encode a table."""
        target = np.zeros(len(processed), dtype=np.int64)
        if self.y is not None:
            target = self.y.encode(processed[self.y.name]).astype(np.int64)
        return Rows(
            x=self._codes(processed, self.x),
            s=self._codes(processed, self.s),
            y=torch.from_numpy(target),
        )

    @staticmethod
    def _codes(processed: pd.DataFrame, columns: Sequence[Column]) -> Tensor:
        codes = np.empty((len(processed), len(columns)), dtype=np.int32)
        for place, column in enumerate(columns):
            codes[:, place] = column.encode(processed[column.name])
        return torch.from_numpy(codes)

    def schema(self, fairness_scope: str) -> Schema:
        """The shape that the core needs; a latent only where a target is to be made fair."""
        classes = self.y.size if self.y is not None else 0
        return Schema(
            x=_layout(self.x),
            s=Layout.of([column.size for column in self.s]),
            classes=classes,
            latent=max(classes - 1, 0),
            decoder_sees_s=fairness_scope == 'target',
        )

    def table(self, drawn: Drawn) -> pd.DataFrame:
        """Decode drawn rows into a processed table, with a fresh index."""
        x, s = drawn.x.numpy(), drawn.s.numpy()
        positions = drawn.positions.numpy().astype(np.float64)
        values = {
            column.name: column.decode(x[:, place], positions[:, place])
            for place, column in enumerate(self.x)
        }
        for place, column in enumerate(self.s):
            values[column.name] = column.decode(s[:, place], None)
        if self.y is not None:
            values[self.y.name] = self.y.decode(drawn.y.numpy(), None)
        return pd.DataFrame(values, columns=list(self.order))
