"""What a caller knows of the rows wanted: from columns as users write them to evidence.

Modelled columns with our transformers are told to the generator, which then draws rows that have
these values. Columns that a constraint has replaced are told in its terms where that can be done;
what is left is matched afterwards, by drawing until rows turn up that have it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from sdv.cag import FixedCombinations, OneHotEncoding
from sdv.cag.programmable_constraint import ProgrammableConstraintHarness
from sdv.metadata import Metadata
from sdv.sampling import Condition, DataFrameCondition

from sdv_fair4free.core.evidence import Evidence, Known
from sdv_fair4free.encoding import Encoding
from sdv_fair4free.known_values import OURS, Coded, Flags, coded, coded_labels
from sdv_fair4free.labels import CategoryEncoder
from sdv_fair4free.spelled import spelled
from sdv_fair4free.transformers import as_floats

NEAR = 0.01
"""Share of a number by which one that is left to luck may miss it."""


def condition_tables(conditions: Any) -> list[pd.DataFrame]:
    """The rows that are asked for: a table for each choice of columns, in the order met.

    Args:
        conditions: SDV's ``Condition`` and ``DataFrameCondition`` objects.

    Raises:
        ValueError: If they are anything else.
    """
    if isinstance(conditions, Condition | DataFrameCondition):
        conditions = [conditions]
    if not isinstance(conditions, Iterable):
        raise ValueError(
            f'conditions={conditions!r} must be a list of Condition and DataFrameCondition objects.'
        )
    tables: dict[tuple[str, ...], dict[str, list[Any]]] = {}
    for condition in conditions:
        if isinstance(condition, Condition):
            rows = condition.get_num_rows()
            told = {name: [value] * rows for name, value in condition.get_column_values().items()}
        elif isinstance(condition, DataFrameCondition):
            told = {name: values.tolist() for name, values in condition.get_dataframe().items()}
        else:
            raise ValueError(
                f'conditions has {condition!r}: give Condition and DataFrameCondition objects of '
                'sdv.sampling.'
            )
        columns = {str(name): values for name, values in told.items()}
        table = tables.setdefault(tuple(columns), {name: [] for name in columns})
        for name, values in columns.items():
            table[name] += values
    return [pd.DataFrame(table, dtype=object).infer_objects() for table in tables.values()]


@dataclass(frozen=True, kw_only=True)
class Conditions:
    """What is known of some rows.

    Attributes:
        table: (rows, columns) the values wanted, as their columns write them.
        evidence: The part of it that the generator is told.
        possible: (rows,) whether there can be such a row.
        reasons: Why not, a sentence each.
        matched: Columns whose values are left to luck, and matched afterwards.
    """

    table: pd.DataFrame
    evidence: Evidence
    possible: Flags
    reasons: list[str]
    matched: list[str]

    def met(self, made: pd.DataFrame, places: NDArray[np.int64]) -> Flags:
        """(rows made,) whether rows have what was left to luck.

        Numbers may miss it by a hundredth, as in SDV; they are then made exact.

        Args:
            made: Rows, each for one of the rows known.
            places: (rows made,) which.
        """
        met = np.ones(len(made), dtype=bool)
        for name in self.matched:
            wanted = self.table[name].iloc[places].reset_index(drop=True)
            values = made[name].reset_index(drop=True)
            missing = wanted.isna().to_numpy()
            if pd.api.types.is_float_dtype(values.dtype):
                near = np.abs(as_floats(values) - as_floats(wanted))
                same = near <= NEAR * np.abs(as_floats(wanted))
            else:
                same = (values.astype(object) == wanted.astype(object)).to_numpy()
            met &= np.where(missing, values.isna().to_numpy(), same)
        return met

    def pasted(self, made: pd.DataFrame, places: NDArray[np.int64]) -> pd.DataFrame:
        """Rows made with the values wanted in place, exact to the last digit.

        Args:
            made: Rows that have them, but for rounding and for columns that are made up anew.
            places: (rows made,) for which of the rows known.
        """
        return pasted(self.table.iloc[places].set_axis(made.index), made)


def pasted(wanted: pd.DataFrame, made: pd.DataFrame) -> pd.DataFrame:
    """Rows made with the values wanted, of rows of the same index, in place."""
    return made.assign(**{str(name): _like(wanted[name], made[name]) for name in wanted})


def _like(values: pd.Series, made: pd.Series) -> pd.Series:
    """Values in the type of the column that was made, if that can tell a missing one."""
    plain = isinstance(made.dtype, np.dtype) and made.dtype.kind in 'iub'
    if plain and values.isna().any():
        return values
    if pd.api.types.is_datetime64_any_dtype(made.dtype):
        moments = pd.to_datetime(values)
        zone = getattr(made.dtype, 'tz', None)
        if zone is not None and moments.dt.tz is None:  # missing ones have no zone
            moments = moments.dt.tz_localize(zone)
        return moments.astype(made.dtype)
    return values.astype(made.dtype)


def conditions_of(
    table: pd.DataFrame,
    encoding: Encoding,
    transformers: Mapping[Any, Any],
    constraints: Sequence[Any],
    metadata: Metadata,
    dtypes: Mapping[str, Any],
) -> Conditions:
    """Read what is known of rows.

    Args:
        table: (rows, columns) with a fresh index.
        encoding: Of the fitted model.
        transformers: From column to its transformer.
        constraints: Those that replaced columns, in the order in which they did.
        metadata: Of the table before any constraint.
        dtypes: Of the columns of the real table, as far as they are known.

    Raises:
        ConstraintNotMetError: If rows contradict a constraint.
    """
    columns = metadata.tables[metadata._get_single_table_name()].columns
    readable, reasons = np.ones(len(table), dtype=bool), []
    for name in map(str, table):
        read = spelled(table[name], columns[name], dtypes.get(name))
        table = table.assign(**{name: read.series})
        readable &= read.possible
        reasons += read.reasons
    replaced = Replaced(table)
    if any(isinstance(constraint, ProgrammableConstraintHarness) for constraint in constraints):
        # Code may change whatever it likes: nothing that is known can be told in its terms.
        replaced.leave_to_luck(
            [name for name in map(str, table) if not _is_made_up(transformers.get(name))]
        )
    for constraint in constraints:
        after = constraint.get_updated_metadata(metadata)
        replaced.tell(constraint, _names(metadata), _names(after), transformers)
        metadata = after
    found, possible = dict(replaced.sets), readable & replaced.possible
    reasons += replaced.reasons
    modelled = {column.name: column for column in (*encoding.x, *encoding.s, *encoding.y)}
    matched = list(replaced.matched)
    for name in map(str, replaced.table):
        values = replaced.table[name]
        transformer = transformers.get(name)
        if name in modelled and isinstance(transformer, OURS):
            column = modelled[name]
            made = _where(readable, coded(values[readable], column, transformer))
            codes, positions = torch.from_numpy(made.codes), torch.from_numpy(made.positions)
            found[name] = Known.of_codes(codes, column.size, positions.float())
        elif isinstance(transformer, CategoryEncoder) and transformer.split is not None:
            made = _where(readable, coded_labels(values[readable], name, transformer))
            parts = torch.from_numpy(transformer.split.parts(np.maximum(made.codes, 0)))
            for part, codes in zip(transformer.output_columns, parts.unbind(1), strict=True):
                found[part] = Known.of_codes(codes, modelled[part].size)
        elif _is_made_up(transformer):
            continue
        else:
            matched.append(name)
            continue
        possible = possible & (made.codes >= 0)
        reasons += made.reasons
    return Conditions(
        table=table,
        evidence=encoding.evidence(len(table), found),
        possible=possible,
        reasons=reasons,
        matched=matched,
    )


def _where(readable: Flags, made: Coded) -> Coded:
    """Codes of the rows that can be read, among all rows."""
    codes, positions = np.full(len(readable), -1), np.full(len(readable), np.nan)
    codes[readable], positions[readable] = made.codes, made.positions
    return Coded(codes=codes, positions=positions, reasons=made.reasons)


def _is_made_up(transformer: Any) -> bool:
    """Whether the values of a column are made up anew, like keys and personal data."""
    return transformer is not None and bool(transformer.is_generator())


def _plain(values: pd.Series) -> pd.Series:
    """Whole numbers that may be missing as numbers that constraints can compute with.

    Some versions of pandas make objects of them, of which there is no logarithm.
    """
    if not (pd.api.types.is_integer_dtype(values.dtype) and hasattr(values.dtype, 'numpy_dtype')):
        return values
    if values.isna().any():
        return values.astype('float64')
    fits = values.empty or int(values.max()) <= np.iinfo(np.int64).max
    return values.astype('int64') if fits else values


def _names(metadata: Metadata) -> set[str]:
    return {*metadata.get_column_names(table_name=metadata._get_single_table_name())}


class Replaced:
    """What is known of rows in terms of the columns that constraints have put in place of others.

    Args:
        table: What is known, in terms of the columns of the table.

    Attributes:
        table: What is known of columns that are modelled as such.
        sets: What is known of columns made by a constraint, as sets of their values.
        possible: (rows,) whether there is such a value.
        reasons: Why not.
        matched: Columns that cannot be told so.
    """

    def __init__(self, table: pd.DataFrame) -> None:
        self.table = table
        self.sets: dict[str, Known] = {}
        self.possible = np.ones(len(table), dtype=bool)
        self.reasons: list[str] = []
        self.matched: list[str] = []

    def tell(
        self,
        constraint: Any,
        before: set[str],
        after: set[str],
        transformers: Mapping[Any, Any],
    ) -> None:
        """Tell what is known of the columns that a constraint has replaced.

        Args:
            constraint: Fitted.
            before: Columns before it.
            after: And after it.
            transformers: From column to its transformer.

        Raises:
            ConstraintNotMetError: If rows contradict it.
        """
        known = [name for name in self.table if name in before - after]
        if not known:
            return
        made = sorted(after - before)
        joint = transformers.get(made[0]) if len(made) == 1 else None
        sets = None
        if isinstance(constraint, FixedCombinations | OneHotEncoding):
            sets = joint if isinstance(joint, CategoryEncoder) else None
        if sets is not None and sets.split is None:
            self.sets[made[0]] = self._sets(constraint, made[0], known, sets)
            self.table = self.table.drop(columns=known)
        elif len(known) == len(before - after):
            plain = {name: _plain(self.table[name]) for name in known}
            self.table = constraint.transform(self.table.assign(**plain))
        else:
            if sets is not None and sets.split is not None:
                # The groups with such a value are told; which of their members is left to luck.
                agree = self._sets(constraint, made[0], known, sets)
                group = torch.from_numpy(sets.split.group)
                groups = torch.zeros(len(agree.sets), len(sets.split.label))
                groups.index_add_(1, group, agree.sets.float())
                self.sets[sets.output_columns[0]] = replace(agree, sets=groups > 0)
            self.leave_to_luck(known)

    def leave_to_luck(self, names: list[str]) -> None:
        """Have the values of these columns matched afterwards."""
        self.matched += names
        self.table = self.table.drop(columns=names)

    def _sets(
        self, constraint: Any, joint: str, known: list[str], transformer: CategoryEncoder
    ) -> Known:
        """The values of one column, made of several, that agree with what is known of these."""
        labels = transformer.values_to_categories
        values = pd.DataFrame({joint: [labels[code] for code in range(len(labels))]})
        parts = constraint.reverse_transform(values)[known].astype(object)
        asked = self.table[known].astype(object)
        place = asked.groupby(known, dropna=False, sort=False).ngroup().to_numpy()
        distinct = list(asked.drop_duplicates().itertuples(index=False, name=None))
        sets = np.ones((len(distinct) + 1, len(labels)), dtype=bool)
        for row, wanted in enumerate(distinct, start=1):
            for name, value in zip(known, wanted, strict=True):
                same = parts[name].isna() if pd.isna(value) else parts[name] == value
                sets[row] &= same.to_numpy(dtype=bool)
        empty: Flags = np.logical_not(sets.any(axis=1))
        self.possible &= ~empty[place + 1]
        for wanted, nothing in zip(distinct, empty[1:].tolist(), strict=True):
            if nothing:
                told = ', '.join(f'{n} = {v!r}' for n, v in zip(known, wanted, strict=True))
                self.reasons.append(f'no real row has {told}.')
        sets[empty] = True
        return Known(
            sets=torch.from_numpy(sets),
            of_row=torch.from_numpy(place + 1),
            positions=torch.full((len(place),), torch.nan),
        )
