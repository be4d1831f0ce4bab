"""From SDV's processed table to codes for the core, and back: columns by their role."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor

from sdv_fair4free.columns import Column
from sdv_fair4free.core.evidence import Evidence, Known
from sdv_fair4free.core.layout import Layout
from sdv_fair4free.core.pictures import PictureShape
from sdv_fair4free.core.rows import Rows
from sdv_fair4free.core.schema import Drawn, Schema
from sdv_fair4free.core.sensitive import SensitiveLayout
from sdv_fair4free.digits import FEWEST, MOST_COLUMNS
from sdv_fair4free.labels import CategoryEncoder

AT_ONCE = 2**20
"""Rows whose codes are widened at a time."""
MOST_LATENT = 8
"""Most dimensions of the latent, however many classes and targets there are."""


def _split_columns(transformers: Mapping[Any, Any]) -> dict[str, CategoryEncoder]:
    """From processed column to the encoder that has made two of them out of one."""
    return {
        str(made): transformer
        for transformer in transformers.values()
        if isinstance(transformer, CategoryEncoder) and transformer.split is not None
        for made in transformer.output_columns
    }


def _type_of(columns: Sequence[Column]) -> np.dtype[Any]:
    """The smallest type of whole numbers that torch computes with and that holds every code.

    It holds one more, so that -1, which stands for an unknown value, never turns into a code.
    """
    largest = max((size for column in columns for size in column.steps()), default=1)
    types: list[Any] = [np.uint8, np.int16, np.int32]
    smallest: np.dtype[Any] = np.dtype(next(t for t in types if largest <= np.iinfo(t).max))
    return smallest


def _counts(told: Tensor, column: Column) -> NDArray[np.int64]:
    """(size,) rows of each code, of (rows, steps) tokens."""
    counts = np.zeros(column.size, dtype=np.int64)
    for part in told.split(AT_ONCE):
        counts += np.bincount(column.codes(part.cpu().numpy()), minlength=column.size)
    return counts


def _layout(columns: Sequence[Column]) -> Layout:
    return Layout.stacked([features for column in columns for features in column.features()])


def _in_two_steps(columns: Sequence[Column]) -> list[Column]:
    """The columns, as many of the widest numbers among them in two steps as there is room for."""
    wide = [column for column in columns if column.has_position and column.size >= FEWEST]
    wide.sort(key=lambda column: -column.size)
    chosen = {column.name for column in wide[: max(MOST_COLUMNS - len(columns), 0)]}
    return [column.in_two_steps() if column.name in chosen else column for column in columns]


def places_of(columns: Sequence[Column]) -> list[slice]:
    """Where the tokens of each column lie among those of its role."""
    ends = np.cumsum([0, *(len(column.steps()) for column in columns)]).tolist()
    return [slice(*ends[place : place + 2]) for place in range(len(columns))]


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
        sampled: NDArray[np.bool_] | None = None,
        two_steps: bool = False,
    ) -> Encoding:
        """Learn the codes of every column.

        Args:
            processed: The table as SDV hands it to ``_fit``.
            transformers: From column to the transformer that made it.
            sensitive_columns: Empty if fairness is off.
            target_columns: Empty if there are none, or if fairness is off.
            on_column: Called when a column is done.
            sampled: (rows,) which were drawn at random from a larger table, see
                :meth:`~sdv_fair4free.columns.Column.fit`; None if this is the whole table.
            two_steps: Whether numbers of many tokens are generated in two steps; they can be only
                where a column is told those before it.
        """
        columns, places = {}, {}
        owners = {**transformers, **_split_columns(transformers)}
        for name, values in processed.items():
            columns[name] = column = Column.fit(values, owners.get(name), sampled)
            places[column.name] = column.size
            on_column()
        for name, owner in _split_columns(transformers).items():
            # The two stay together, the group before its member, and come last.
            places[name] = len(owner.values_to_categories)
        special = {*sensitive_columns, *target_columns}
        drawn = [column for name, column in columns.items() if name not in special]
        if two_steps:
            drawn = _in_two_steps(drawn)
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
            found: dict[int, Known] = {}
            for column, places in zip(columns, places_of(columns), strict=True):
                if column.name in known:
                    told = known[column.name]
                    steps = (told,) if column.digits is None else column.digits.known(told)
                    found.update(zip(range(places.start, places.stop), steps, strict=True))
            return found

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
        parts = [layout.missing(part).sum(0) for part in rows.s.split(AT_ONCE)]
        counts = torch.stack(parts).sum(0).tolist()
        return dict(zip(names, counts, strict=True))

    def code_counts(self, rows: Rows) -> dict[str, NDArray[np.int64]]:
        """(size,) rows of each code, by column."""
        return {
            column.name: _counts(table[:, places], column)
            for columns, table in ((self.x, rows.x), (self.s, rows.s), (self.y, rows.y))
            for column, places in zip(columns, places_of(columns), strict=True)
        }

    def types(self) -> dict[str, np.dtype[Any]]:
        """The types of :meth:`rows`, by role: the smallest that hold every code."""
        of_codes = {'x': self.x, 's': self.s, 'y': self.y}
        found = {role: _type_of(columns) for role, columns in of_codes.items()}
        return {**found, 's_positions': np.dtype(np.float32)}

    def widths(self) -> dict[str, int]:
        """The columns of :meth:`rows`, by role."""
        of_codes = {'x': self.x, 's': self.s, 'y': self.y}
        steps = {role: sum(len(c.steps()) for c in columns) for role, columns in of_codes.items()}
        return {**steps, 's_positions': len(self.s)}

    @staticmethod
    def _codes(processed: pd.DataFrame, columns: Sequence[Column]) -> Tensor:
        places = places_of(columns)
        width = places[-1].stop if places else 0
        told = np.empty((len(processed), width), dtype=_type_of(columns))
        for column, place in zip(columns, places, strict=True):
            told[:, place] = column.told(column.encode(processed[column.name]))
        return torch.from_numpy(told)

    def schema(
        self,
        fairness_scope: str,
        latent: int | None = None,
        autoregressive: bool = True,
        favourable: int | None = None,
        picture: PictureShape | None = None,
        direct: bool = True,
    ) -> Schema:
        """The shape that the core needs.

        Args:
            fairness_scope: 'target' or 'all'.
            favourable: Code of the one target that counts as an outcome of its own.
            latent: Dimensions of the latent; None takes as many as the targets ask for.
            autoregressive: Whether columns see those before them.
            picture: The shape of the picture that each row has; None for none.
            direct: Whether tokens of a column tell those after it directly.
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
            direct=direct,
            picture=picture,
        )

    def table(self, drawn: Drawn) -> pd.DataFrame:
        """Decode drawn rows into a processed table, with a fresh index."""
        values = {}
        for columns, codes, positions in (
            (self.x, drawn.x, drawn.x_positions),
            (self.s, drawn.s, drawn.s_positions),
            (self.y, drawn.y, drawn.y_positions),
        ):
            told, inside = codes.numpy(), positions.numpy()
            for column, places in zip(columns, places_of(columns), strict=True):
                whole = column.codes(told[:, places])
                values[column.name] = column.decode(whole, inside[:, places.stop - 1])
        # Each column is an array of its own: nobody else's, and copied by whoever changes it.
        return pd.DataFrame(values, columns=list(self.order), copy=False)
