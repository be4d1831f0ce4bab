"""The codes of a table in parts, on disk: what a model is fitted to instead of the table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from rdt.errors import TransformerInputError
from rdt.transformers import LabelEncoder
from torch import Tensor

from sdv_fair4free.core.rows import Rows
from sdv_fair4free.encoding import Encoding, places_of
from sdv_fair4free.known_values import OURS
from sdv_fair4free.labels import one_missing
from sdv_fair4free.lazy.table import as_given, stacked, without_categories
from sdv_fair4free.locks import one_at_a_time
from sdv_fair4free.processing import TableProcessor

Hashes = NDArray[np.uint64]


@dataclass(frozen=True, kw_only=True)
class CodedPart:
    """One part as codes.

    Attributes:
        rows: How many rows it has.
        arrays: Codes and places by their role, see :class:`~sdv_fair4free.core.rows.Rows`.
        keys: Hashes of the values of each key column that has values to be unique.
        problems: Why it cannot be coded; then there is nothing else.
    """

    rows: int
    arrays: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    keys: Mapping[str, Hashes] = field(default_factory=dict)
    problems: Sequence[str] = ()


@dataclass(frozen=True, kw_only=True)
class Coder:
    """All that a part needs to become codes.

    Attributes:
        constraints: Fitted, in the order in which they are applied.
        company: (some rows) that constraints see beside those of the part. What SDV's make of a row
            depends on the others: which values are missing anywhere, and what they are filled with.
        processor: Fitted.
        encoding: Of what the processor makes.
        keys: Primary and alternate keys.
    """

    constraints: Sequence[Any]
    company: pd.DataFrame
    processor: TableProcessor
    encoding: Encoding
    keys: Sequence[str]

    def coded(self, part: pd.DataFrame) -> CodedPart:
        """Transform and encode one part, as SDV and the synthesizer would the whole table."""
        table = without_categories(as_given(part))
        keys = {name: hashed(table[name].dropna()) for name in self.keys}
        with one_at_a_time:  # RDT's transformers use numpy's global random state
            if not len(table):
                return CodedPart(rows=0)
            table = self._constrained(table)
            problems = self._unseen(table)
            if problems:
                return CodedPart(rows=len(table), problems=problems)
            try:
                processed = self.processor.transform(table).reset_index(drop=True)
            except TransformerInputError as error:
                return CodedPart(rows=len(table), problems=[str(error)])
        rows = self.encoding.rows(processed)
        arrays = {name: getattr(rows, name).numpy() for name in ROLES}
        return CodedPart(
            rows=len(table), arrays=arrays, keys=keys, problems=self._unknown(processed, arrays)
        )

    def _constrained(self, table: pd.DataFrame) -> pd.DataFrame:
        if not self.constraints:
            return table
        beside = stacked([self.company, table])
        for constraint in self.constraints:
            beside = constraint.transform(beside)
        if len(beside) != len(self.company) + len(table):
            raise ValueError('a constraint adds or drops rows when it transforms a table')
        return beside.iloc[len(self.company) :].reset_index(drop=True)

    def _unseen(self, table: pd.DataFrame) -> list[str]:
        """Columns with categories that were not fitted, to which RDT gives random codes."""
        problems = []
        for name, transformer in self.processor._hyper_transformer.field_transformers.items():
            if not isinstance(transformer, LabelEncoder) or name not in table:
                continue
            known = pd.Series([*transformer.categories_to_values], dtype=object)
            values = pd.Series(one_missing(table[name]).unique(), dtype=object)
            unseen = values[~values.isin(known) & values.notna()].tolist()
            if unseen:
                problems.append(_not_learnt(str(name), f'values such as {unseen[0]!r}'))
            elif values.isna().any() and not known.isna().any():
                problems.append(_not_learnt(str(name), 'missing values'))
        return problems

    def _unknown(self, processed: pd.DataFrame, arrays: Mapping[str, NDArray[Any]]) -> list[str]:
        """Columns with values that have no code."""
        roles = {'x': self.encoding.x, 's': self.encoding.s, 'y': self.encoding.y}
        found = {}
        for role, columns in roles.items():
            for column, steps in zip(columns, places_of(columns), strict=True):
                codes = arrays[role][:, steps]
                missing = column.has_position and not column.may_be_missing()
                if missing and processed[column.name].isna().any():
                    found[column.name] = 'missing values'
                elif codes.min() < 0 or (codes.max(axis=0) >= column.steps()).any():
                    found[column.name] = 'values'
        problems = []
        for name, transformer in self.processor._hyper_transformer.field_transformers.items():
            if transformer is None or isinstance(transformer, OURS):
                continue
            made = [column for column in transformer.get_output_columns() if column in found]
            if made:
                problems.append(_not_learnt_of(name, type(transformer).__name__, made))
                found = {column: what for column, what in found.items() if column not in made}
        return [*(_not_learnt(name, what) for name, what in found.items()), *problems]


ROLES = ('x', 's', 's_positions', 'y')


def _not_learnt(name: str, what: str) -> str:
    return (
        f"column '{name}' has {what} that are in no row of the summary which the columns were "
        'learnt from. A constraint or transformer of your own that makes such values cannot be '
        'used with a table in partitions; nor can a table that changes between two readings.'
    )


def _not_learnt_of(name: str, transformer: str, made: Sequence[str]) -> str:
    return (
        f"column '{name}' has values that its transformer {transformer} turns into some of "
        f'{", ".join(map(repr, made))} that are in no row of the summary which the columns were '
        'learnt from. Have it turn all that is rare or unknown into one value, fit to as many rows '
        'as fit into memory, or leave it out, or the plug-in whose codec it is.'
    )


LEAST_BEYOND = 2.0**63
"""The least number that no integer of 64 bits is."""


def hashed(values: pd.Series) -> Hashes:
    """(rows,) a hash of each value, the same in every part, though one holds 3 and another 3.0."""
    values = values.infer_objects()  # numbers, where a part holds them as objects
    if pd.api.types.is_float_dtype(values.dtype):
        told = values.to_numpy(dtype=np.float64, na_value=np.nan)
        found = pd.util.hash_array(told)
        whole = (np.abs(told) < LEAST_BEYOND) & (told == np.floor(told))
        found[whole] = pd.util.hash_array(told[whole].astype(np.int64))
        return found
    if pd.api.types.is_integer_dtype(values.dtype):
        numbers = values.to_numpy(dtype=np.int64, na_value=0)
        return pd.util.hash_array(numbers)
    return pd.util.hash_array(values.astype(str).to_numpy(dtype=object), categorize=False)


class CodeFiles:
    """Codes of all parts in files of a folder, mapped into memory: read as they are asked for.

    Args:
        folder: There already, and removed by others.
        encoding: Tells columns and types.
        part_rows: Rows of each part, in their order.
        keys: Key columns, of which hashes are written too.
    """

    def __init__(
        self, folder: Path, encoding: Encoding, part_rows: Sequence[int], keys: Sequence[str]
    ) -> None:
        self.folder = folder
        self.part_rows = list(part_rows)
        self.starts = np.cumsum([0, *part_rows]).tolist()
        rows = self.starts[-1]
        types, widths = encoding.types(), encoding.widths()
        self.arrays = {name: self._file(name, types[name], (rows, widths[name])) for name in ROLES}
        self.hashes = {
            name: self._file(f'key{place}', np.dtype(np.uint64), (rows,))
            for place, name in enumerate(keys)
        }
        self.hashed = dict.fromkeys(keys, 0)

    def _file(self, name: str, dtype: Any, shape: tuple[int, ...]) -> NDArray[Any]:
        if 0 in shape:  # there are no empty files to map
            return np.zeros(shape, dtype)
        return np.memmap(self.folder / f'{name}.codes', dtype, 'w+', shape=shape)

    def write(self, number: int, part: CodedPart) -> list[str]:
        """Write one part; give its problems instead if there are any."""
        if part.rows != self.part_rows[number]:
            return [
                f'it had {self.part_rows[number]:,} rows when it was read first, and {part.rows:,} '
                'now: the table must be the same each time it is read'
            ]
        if part.problems or not part.rows:
            return list(part.problems)
        here = slice(self.starts[number], self.starts[number] + part.rows)
        for name, array in part.arrays.items():
            self.arrays[name][here] = array
        for name, hashes in part.keys.items():
            start = self.hashed[name]
            self.hashed[name] = start + len(hashes)
            self.hashes[name][start : self.hashed[name]] = hashes
        return []

    def twice(self) -> dict[str, Hashes]:
        """Hashes that two rows have, by key column; the hashes are sorted and gone then."""
        found = {}
        for name, hashes in self.hashes.items():
            known = hashes[: self.hashed[name]]
            known.sort()
            same = known[1:][known[1:] == known[:-1]]
            if len(same):
                found[name] = np.unique(same[:MOST_LOOKED_FOR])
        self.hashes = {}
        return found

    def rows(self) -> Rows:
        """The rows, whose tensors are the files."""
        return Rows(**{name: _tensor(array) for name, array in self.arrays.items()})


MOST_LOOKED_FOR = 1000
"""Hashes of keys that are looked for again, to see whether their values are the same."""


def _tensor(array: NDArray[Any]) -> Tensor:
    return torch.from_numpy(array)
