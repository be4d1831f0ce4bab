"""What is written: a synthesizer without what is held back, as data."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from sdv_fair4free.columns import Column
from sdv_fair4free.core.merging import Merge
from sdv_fair4free.handover.coarsening import Coarsening, coarse_quantiles
from sdv_fair4free.handover.ends import Ends, coarse_ends, hold_ends, real_ends
from sdv_fair4free.handover.errors import HandoverError
from sdv_fair4free.handover.manifest_parts import Disclosure
from sdv_fair4free.handover.rare import (
    Categories,
    forgetting,
    told_categories,
    told_ids,
    without_missing,
)
from sdv_fair4free.transformers import QuantileTokenizer, Tokenizer
from sdv_fair4free.validation import listed

if TYPE_CHECKING:
    from sdv_fair4free.synthesizer import Fair4FreeSynthesizer

UNKNOWN_ID = '<no such id>'
"""Stands for ids that no row had at the fit."""


class Draft:
    """What is written of a synthesizer.

    Args:
        twin: A copy of the synthesizer: fakers and quantiles are changed on the way.
        kind: 'teacher' or 'student'.
        coarsening: What is held back, where the data are.

    Raises:
        HandoverError: With every column that cannot be told as it is asked.
    """

    def __init__(self, twin: Fair4FreeSynthesizer, kind: str, coarsening: Coarsening) -> None:
        self.twin, self.kind = twin, kind
        self.transformers = twin._data_processor._hyper_transformer.field_transformers
        for transformer in self.transformers.values():
            if isinstance(transformer, Tokenizer):
                transformer.leave_grid()
        self.formatters = twin._data_processor.formatters
        self.described = twin._original_metadata.to_dict()['tables'][twin._table_name]
        self.told: dict[str, Categories] = {}
        self.real_ends = self._real_ends()
        # Where the data are not, nobody knows how many rows stand behind a value: what the owner
        # has decided stays.
        self.disclosure = twin._disclosure or self._coarsened(coarsening)
        if twin._disclosure is not None and coarsening.holds_more_than(twin._disclosure):
            warnings.warn(
                'What the owner of the data held back stays as it is: without the data nobody '
                'knows how many rows stand behind a value. Ask the owner for a teacher that holds '
                'back more.',
                stacklevel=2,
            )
        self.categories = self._all_categories()
        self.parameter_counts = twin._model.parameter_counts()
        # What is left is what leaves: figures and attacks are about that.
        left = copy.copy(twin._model)
        left.representation = None
        if kind == 'teacher':
            left.student = None
        else:
            left.teacher = None
        twin._model = left

    def _coarsened(self, options: Coarsening) -> Disclosure:
        """Merge and average what is to be held back, in the twin."""
        model = self.twin._model
        problems: list[str] = []
        missing = self._hidden_missing(options.min_category_count)
        for column in (*model.encoding.x, *model.encoding.s, *model.encoding.y):
            try:
                if column.has_position:
                    transformer = self.transformers[column.name]
                    transformer.quantiles = coarse_quantiles(transformer.quantiles, options)
                    if column.name in missing:
                        transformer.quantiles = replace(transformer.quantiles, has_missing=False)
                else:
                    self.told[column.name] = self._categories(column, options.min_category_count)
            except HandoverError as error:
                problems.append(f"column '{column.name}': {error}")
        try:
            self._hold_ends(options)
        except HandoverError as error:
            problems.append(str(error))
        if problems:
            raise HandoverError(listed(problems, 'what is to be held back'))
        forgotten = forgetting(model, self.told, options.min_category_count, missing)
        if forgotten.problems:
            raise HandoverError(listed(forgotten.problems, 'what is to be held back'))
        self.twin._model = forgotten.model
        merged = {name: (told.merged, told.rows) for name, told in self.told.items() if told.merged}
        counts = model.code_counts
        assert counts is not None, 'the owner of the data knows them'
        merged |= {name: (1, int(counts[name][-1])) for name in missing}
        ids = [name for name in self.told if self.is_id(name)]
        texts = [name for name, told in self.told.items() if told.free_text]
        made_up = [str(name) for name in self.transformers if name not in model.encoding.order]
        return Disclosure(
            min_category_count=options.min_category_count,
            min_quantile_count=options.min_quantile_count,
            extreme_digits=options.extreme_digits,
            merged_values={name: values for name, (values, _) in merged.items()},
            merged_rows={name: rows for name, (_, rows) in merged.items()},
            made_up=sorted({*made_up, *ids, *texts}),
            groups_left_out=forgotten.groups_left_out,
            rows_left_out=forgotten.rows_left_out,
        )

    def _real_ends(self) -> dict[str, Ends]:
        """Between which values the synthesizer keeps numbers and dates; to compare with alone."""
        found = {}
        for name, formatter in self.formatters.items():
            if getattr(formatter, 'enforce_min_max_values', False) and pd.notna(
                formatter._min_value
            ):
                found[str(name)] = (float(formatter._min_value), float(formatter._max_value))
        for constraint in self.twin._chained_constraints:
            found |= real_ends(constraint)
        return found

    def _hold_ends(self, options: Coarsening) -> None:
        """Have constraints cut at coarse ends."""
        ends = coarse_ends(self.twin._constrained, options)
        differences = {
            name: float(transformer.quantiles.bounds.min())
            for name, transformer in self.transformers.items()
            if isinstance(transformer, QuantileTokenizer)
            and transformer.quantiles is not None
            and len(transformer.quantiles.bounds)
        }
        for constraint in self.twin._chained_constraints:
            hold_ends(constraint, ends, differences)

    def is_id(self, name: str) -> bool:
        """Whether it is a column of ids, which leave by no value."""
        return bool(self.described['columns'].get(name, {}).get('sdtype') == 'id')

    def _hidden_missing(self, least: int) -> dict[str, Merge]:
        """Columns of numbers and dates of which it is not told that a few rows have no value."""
        encoding, counts = self.twin._model.encoding, self.twin._model.code_counts
        assert counts is not None, 'the owner of the data knows them'
        found = {
            column.name: without_missing(column, counts[column.name], least)
            for column in (*encoding.x, *encoding.y)
        }
        return {name: merge for name, merge in found.items() if merge is not None}

    def _categories(self, column: Column, least: int) -> Categories:
        """What is told of a column of categories."""
        known = self.transformers[column.name].values_to_categories
        values = [known[code] for code in range(column.size)]
        counts = self.twin._model.code_counts
        assert counts is not None, 'the owner of the data knows them'
        rows = counts[column.name]
        if self.is_id(column.name):
            told = told_ids(values, rows, least)
        else:
            told = told_categories(values, rows, least, ordered=column.spans is not None)
        if isinstance(told, str):
            raise HandoverError(f'{told}; drop the column, or lower min_category_count.')
        encoding = self.twin._model.encoding
        if told.merged and len(told.names) < 2 and column in encoding.s:
            raise HandoverError(
                f'it is sensitive, and fewer than two of its values are in at least {least} rows: '
                'nothing is left to be independent of; lower min_category_count.'
            )
        if told.merged and column in encoding.y:
            raise HandoverError(
                f'it is a target, and has outcomes, missing perhaps among them, in fewer than '
                f'min_category_count={least} rows; merge or drop them in the table before fitting, '
                'or lower min_category_count.'
            )
        if told.merged and column.name not in self.described['columns']:
            raise HandoverError(
                'a constraint made it, and its rare values cannot be merged without breaking the '
                'constraint; lower min_category_count, or leave the constraint out.'
            )
        return told

    def _all_categories(self) -> dict[str, tuple[Any, ...]]:
        """The categories of each column, by code, as they are told."""
        encoding = self.twin._model.encoding
        found = {}
        for column in (*encoding.x, *encoding.s, *encoding.y):
            told = self.told.get(column.name)
            if told is not None:
                found[column.name] = told.names
            elif not column.has_position:
                known = self.transformers[column.name].values_to_categories
                found[column.name] = tuple(known[code] for code in range(column.size))
        return found

    def told_otherwise(self, opened: Fair4FreeSynthesizer) -> list[str]:
        """Columns whose categories have another code, or name, where the file is opened."""
        transformers = opened._data_processor._hyper_transformer.field_transformers
        different = []
        for name, values in self.categories.items():
            # Ids have other names there, and a constraint makes its columns anew.
            if self.is_id(name) or name not in self.described['columns']:
                continue
            known = transformers[name].values_to_categories
            there = pd.Series([known[code] for code in range(len(known))], dtype=object)
            if not there.equals(pd.Series(values, dtype=object)):
                different.append(name)
        return different

    def as_told(self, table: pd.DataFrame, opened: Fair4FreeSynthesizer) -> pd.DataFrame:
        """A real table in the values that are told: whoever has the file knows what became what.

        Rare values become what they were merged into, and ids the names that stand for them. An id
        that no row had at the fit has no name: it becomes one that the file does not list.

        Args:
            table: Real rows; names of columns may be whole numbers.
            opened: The file, opened.
        """
        table = table.rename(columns=str)
        transformers = opened._data_processor._hyper_transformer.field_transformers
        changed = {}
        for name, told in self.told.items():
            if name not in table or not (told.merged or self.is_id(name)):
                continue
            known = self.transformers[name].values_to_categories
            there = transformers[name].values_to_categories
            new = {known[code]: there[place] for code, place in enumerate(told.merge.into.tolist())}
            values = table[name].astype(object)
            otherwise = UNKNOWN_ID if self.is_id(name) else None
            changed[name] = _renamed(values, new, otherwise)
        return table.assign(**changed)


def _renamed(values: pd.Series, new: Mapping[Any, Any], otherwise: str | None) -> pd.Series:
    """Values by their new names; unknown ones become ``otherwise`` or, if None, stay."""
    present = {value: name for value, name in new.items() if not pd.isna(value)}
    missing = [name for value, name in new.items() if pd.isna(value)]
    known = values.map(present)
    told = known.where(values.isin([*present]), values if otherwise is None else otherwise)
    return told.where(values.notna(), missing[0] if missing else np.nan)
