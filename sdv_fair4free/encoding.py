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

from sdv_fair4free.core.evidence import Evidence, Known
from sdv_fair4free.core.layout import Layout, scale_features
from sdv_fair4free.core.rows import Rows
from sdv_fair4free.core.schema import Drawn, Schema
from sdv_fair4free.core.sensitive import SensitiveColumn, SensitiveLayout
from sdv_fair4free.quantiles import Floats, Quantiles
from sdv_fair4free.split import MOST_LABELS
from sdv_fair4free.transformers import (
    CategoryEncoder,
    DatetimeTokenizer,
    QuantileTokenizer,
    as_floats,
)

STRATA = 5
"""Strata of a target that has an order: equal steps of its scale, which for numbers is of rank."""
LATENT_OF_AN_ORDER = 2
"""Dimensions of the latent for a target with an order: where it lies, and how far it spreads."""
MOST_LATENT = 8
"""Most dimensions of the latent, however many classes and targets there are."""

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
    """

    name: str
    size: int
    spans: NDArray[np.float64] | None = None
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
                return cls._of_numbers(values)  # so many steps are told like a number
            if isinstance(transformer, OrderedLabelEncoder):
                present = np.array([not pd.isna(categories[i]) for i in range(len(categories))])
                middle = (np.arange(len(present)) + 0.5) / max(present.sum(), 1)
                ordered = np.repeat(np.where(present, middle, np.nan)[:, None], 2, axis=1)
            # Labels of a categorical column are categorical too; plain ones turn back faster.
            return cls(name=name, size=len(categories), spans=ordered, dtype=np.dtype(np.int64))
        if pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values):
            return cls._of_numbers(values)
        labels = pd.Index(values.astype(object).unique())
        return cls(name=name, size=len(labels), labels=labels, dtype=values.dtype)

    @classmethod
    def _of_numbers(cls, values: pd.Series) -> Column:
        quantiles = Quantiles.fit(as_floats(values))
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

    def decode(self, codes: Codes, positions: NDArray[np.float64]) -> Any:
        """(rows,) processed values."""
        if self.labels is not None:
            return pd.Series(self.labels.to_numpy()[codes]).astype(self.dtype)
        if not self.has_position:
            return codes.astype(self.dtype)
        numbers: Floats = codes.astype(np.float64) + np.minimum(positions, 1.0 - 1e-9)
        if self.quantiles is None:
            return numbers
        numbers = self.quantiles.decode(numbers)
        if np.issubdtype(self.dtype, np.integer) and not np.isnan(numbers).any():
            return np.round(numbers).astype(self.dtype)
        return numbers

    def features(self) -> Tensor:
        """(size, features): where the codes lie on their scale, and whether they do; or nothing."""
        if self.spans is None:
            return torch.zeros(self.size, 0)
        return scale_features(torch.from_numpy(self.spans).float())

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


def _split_columns(transformers: Mapping[Any, Any]) -> dict[str, CategoryEncoder]:
    """From processed column to the encoder that has made two of them out of one."""
    return {
        str(made): transformer
        for transformer in transformers.values()
        if isinstance(transformer, CategoryEncoder) and transformer.split is not None
        for made in transformer.output_columns
    }


def _with_missing(quantiles: Quantiles) -> NDArray[np.float64]:
    missing = np.full((int(quantiles.has_missing), 2), np.nan)
    return np.concatenate([quantiles.spans, missing])


def _layout(columns: Sequence[Column]) -> Layout:
    return Layout.stacked([column.features() for column in columns])


@dataclass(frozen=True, kw_only=True)
class Encoding:
    """The columns of a table by role, and the way to codes and back.

    Attributes:
        order: Processed columns in the order in which the synthesizer received them.
        x: Columns to generate, in the order in which they are drawn: those of few values first.
        s: Sensitive columns.
        y: The targets; none if fairness is off, when they are generated like any other.
    """

    order: tuple[str, ...]
    x: tuple[Column, ...]
    s: tuple[Column, ...]
    y: tuple[Column, ...]

    @classmethod
    def fit(
        cls,
        processed: pd.DataFrame,
        transformers: Mapping[Hashable, Any],
        sensitive_columns: Sequence[str],
        target_columns: Sequence[str],
        on_column: Callable[[], object] = lambda: None,
    ) -> Encoding:
        """Learn the codes of every column.

        Args:
            processed: The table as SDV hands it to ``_fit``.
            transformers: From column to the transformer that made it.
            sensitive_columns: Empty if fairness is off.
            target_columns: Empty if there are none, or if fairness is off.
            on_column: Called when a column is done.
        """
        columns, places = {}, {}
        owners = {**transformers, **_split_columns(transformers)}
        for name, values in processed.items():
            columns[name] = column = Column.fit(values, owners.get(name))
            places[column.name] = column.size
            on_column()
        for name, owner in _split_columns(transformers).items():
            # The two stay together, the group before its member, and come last.
            places[name] = len(owner.values_to_categories)
        special = {*sensitive_columns, *target_columns}
        drawn = [column for name, column in columns.items() if name not in special]
        return cls(
            order=tuple(str(name) for name in columns),
            # A row drawn from a latent must add up to it, and what the columns drawn first leave
            # over, the last make up for. Columns of few values come first: they are told well from
            # little, and those of many values have room to make up for them.
            x=tuple(sorted(drawn, key=lambda column: places[column.name])),
            s=tuple(columns[name] for name in sensitive_columns),
            y=tuple(columns[name] for name in target_columns),
        )

    def rows(self, processed: pd.DataFrame) -> Rows:
        """Encode a table."""
        s_positions = np.zeros((len(processed), len(self.s)), dtype=np.float32)
        for place, column in enumerate(self.s):
            s_positions[:, place] = column.positions(processed[column.name])
        return Rows(
            x=self._codes(processed, self.x),
            s=self._codes(processed, self.s),
            s_positions=torch.from_numpy(s_positions).clamp(max=1 - 1e-6),
            y=self._codes(processed, self.y),
        )

    def evidence(self, rows: int, known: Mapping[str, Known]) -> Evidence:
        """What is known of rows to draw, by the role of the column.

        Args:
            rows: How many.
            known: By column.
        """

        def of_role(columns: Sequence[Column]) -> dict[int, Known]:
            return {
                place: known[column.name]
                for place, column in enumerate(columns)
                if column.name in known
            }

        return Evidence(rows=rows, x=of_role(self.x), s=of_role(self.s), y=of_role(self.y))

    def known(self, rows: int, processed: Mapping[str, Any]) -> Evidence | None:
        """Evidence of rows that all have the same processed values; None if some are not codes."""
        columns = {column.name: column for column in (*self.x, *self.s, *self.y)}
        known = {}
        for name, value in processed.items():
            column, values = columns.get(name), pd.Series([value])
            if column is None or column.labels is not None or column.quantiles is not None:
                return None
            code = torch.from_numpy(column.encode(values)).long().expand(rows)
            place = torch.from_numpy(column.positions(values)).float().expand(rows)
            position = place if column.has_position else None
            known[name] = Known.of_codes(code, column.size, position)
        return self.evidence(rows, known)

    def missing_counts(self, rows: Rows) -> dict[str, int]:
        """Rows without a value, by sensitive column of numbers or dates."""
        layout = SensitiveLayout(columns=tuple(column.sensitive() for column in self.s))
        names = [column.name for column in self.s if column.may_be_missing()]
        counts = layout.missing(rows.s).sum(0).tolist()
        return dict(zip(names, counts, strict=True))

    def code_counts(self, rows: Rows) -> dict[str, NDArray[np.int64]]:
        """(size,) rows of each code, by column."""
        return {
            column.name: torch.bincount(codes.cpu().long(), minlength=column.size).numpy()
            for columns, table in ((self.x, rows.x), (self.s, rows.s), (self.y, rows.y))
            for column, codes in zip(columns, table.unbind(1), strict=True)
        }

    @staticmethod
    def _codes(processed: pd.DataFrame, columns: Sequence[Column]) -> Tensor:
        codes = np.empty((len(processed), len(columns)), dtype=np.int32)
        for place, column in enumerate(columns):
            codes[:, place] = column.encode(processed[column.name])
        return torch.from_numpy(codes)

    def schema(
        self,
        fairness_scope: str,
        latent: int | None = None,
        autoregressive: bool = True,
        favourable: int | None = None,
    ) -> Schema:
        """The shape that the core needs.

        Args:
            fairness_scope: 'target' or 'all'.
            favourable: Code of the one target that counts as an outcome of its own.
            latent: Dimensions of the latent; None takes as many as the targets ask for.
            autoregressive: Whether columns see those before them.
        """
        asked = max(1, min(sum(column.latent() for column in self.y), MOST_LATENT))
        asked = asked if self.y else 0
        return Schema(
            x=_layout(self.x),
            s=SensitiveLayout(columns=tuple(column.sensitive() for column in self.s)),
            y=_layout(self.y),
            strata=tuple(column.strata(favourable) for column in self.y),
            latent=asked if latent is None else latent,
            decoder_sees_s=fairness_scope == 'target',
            autoregressive=autoregressive,
        )

    def table(self, drawn: Drawn) -> pd.DataFrame:
        """Decode drawn rows into a processed table, with a fresh index."""
        values = {}
        for columns, codes, positions in (
            (self.x, drawn.x, drawn.x_positions),
            (self.s, drawn.s, drawn.s_positions),
            (self.y, drawn.y, drawn.y_positions),
        ):
            whole, inside = codes.numpy(), positions.numpy().astype(np.float64)
            for place, column in enumerate(columns):
                values[column.name] = column.decode(whole[:, place], inside[:, place])
        return pd.DataFrame(values, columns=list(self.order))
