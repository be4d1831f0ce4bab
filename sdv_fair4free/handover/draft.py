"""What is written: a synthesizer without what is held back, as data."""

from __future__ import annotations

import copy
import importlib.metadata
import warnings
from dataclasses import asdict
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from sdv_fair4free.core.shape import GeneratorShape
from sdv_fair4free.encoding import Column
from sdv_fair4free.handover.archive import COLUMNS, TABLE, WEIGHTS, digest
from sdv_fair4free.handover.arrays import pack
from sdv_fair4free.handover.coarsening import Coarsening, coarse_quantiles
from sdv_fair4free.handover.described import parameters_of, told_metadata
from sdv_fair4free.handover.errors import HandoverError
from sdv_fair4free.handover.made_up import (
    as_column,
    cycled,
    made_up_ids,
    places_to_decode,
    told_as,
    with_digits,
)
from sdv_fair4free.handover.manifest import (
    ColumnPart,
    ConstraintPart,
    Digest,
    Disclosure,
    GroupsPart,
    MadeUpTable,
    Manifest,
    NetworkPart,
    Provenance,
)
from sdv_fair4free.handover.rare import Categories, forgetting, told_categories
from sdv_fair4free.handover.weights import weights_of
from sdv_fair4free.transformers import Tokenizer
from sdv_fair4free.validation import listed

if TYPE_CHECKING:
    from sdv_fair4free.synthesizer import Fair4FreeSynthesizer

MADE_UP_VALUES = 32
"""Values of a made-up column that are written: they show its type, and how long its numbers are."""
_PACKAGES = ('sdv-fair4free', 'sdv', 'rdt', 'torch', 'pandas', 'numpy', 'safetensors')


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
        self._formatters = twin._data_processor.formatters
        self.described = twin._original_metadata.to_dict()['tables'][twin._table_name]
        self.told: dict[str, Categories] = {}
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
        for column in (*model.encoding.x, *model.encoding.s, *model.encoding.y):
            try:
                if column.has_position:
                    transformer = self.transformers[column.name]
                    transformer.quantiles = coarse_quantiles(transformer.quantiles, options)
                else:
                    self.told[column.name] = self._categories(column, options.min_category_count)
            except HandoverError as error:
                problems.append(f"column '{column.name}': {error}")
        if problems:
            raise HandoverError(listed(problems, 'what is to be held back'))
        forgotten = forgetting(model, self.told, options.min_category_count)
        if forgotten.problems:
            raise HandoverError(listed(forgotten.problems, 'what is to be held back'))
        self.twin._model = forgotten.model
        merged = {name: told for name, told in self.told.items() if told.merged}
        ids = [name for name in self.told if self._is_id(name)]
        texts = [name for name, told in self.told.items() if told.free_text]
        made_up = [str(name) for name in self.transformers if name not in model.encoding.order]
        return Disclosure(
            min_category_count=options.min_category_count,
            min_quantile_count=options.min_quantile_count,
            extreme_digits=options.extreme_digits,
            merged_values={name: told.merged for name, told in merged.items()},
            merged_rows={name: told.rows for name, told in merged.items()},
            made_up=sorted({*made_up, *ids, *texts}),
            groups_left_out=forgotten.groups_left_out,
            rows_left_out=forgotten.rows_left_out,
        )

    def _is_id(self, name: str) -> bool:
        return bool(self.described['columns'].get(name, {}).get('sdtype') == 'id')

    def _categories(self, column: Column, least: int) -> Categories:
        """What is told of a column of categories."""
        known = self.transformers[column.name].values_to_categories
        values = [known[code] for code in range(column.size)]
        counts = self.twin._model.code_counts
        assert counts is not None, 'the owner of the data knows them'
        told = told_categories(values, counts[column.name], least, ordered=column.spans is not None)
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
                f'it is a target, and has outcomes in fewer than min_category_count={least} rows; '
                'merge them in the table before fitting, or lower min_category_count.'
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
            if self._is_id(name) or name not in self.described['columns']:
                continue
            known = transformers[name].values_to_categories
            there = pd.Series([known[code] for code in range(len(known))], dtype=object)
            if not there.equals(pd.Series(values, dtype=object)):
                different.append(name)
        return different

    def as_told(self, table: pd.DataFrame) -> pd.DataFrame:
        """A real table in the values that are told: whoever has the file knows what became rare."""
        changed = {}
        for name, told in self.told.items():
            if not told.merged or name not in table:
                continue
            known = self.transformers[name].values_to_categories
            new = {
                known[code]: told.names[place]
                for code, place in enumerate(told.merge.into.tolist())
            }
            values = table[name].astype(object)
            changed[name] = values.map(lambda value, new=new: new.get(value, value))
        return table.assign(**changed)

    def written(self) -> tuple[Manifest, dict[str, bytes]]:
        """The manifest, without figures and evidence, and the parts."""
        twin, model = self.twin, self.twin._model
        generator = getattr(model, self.kind)
        table = self._made_up_table()
        parts = {
            TABLE: table.model_dump_json(indent=1).encode(),
            COLUMNS: pack(self._column_arrays()),
            WEIGHTS: pack(weights_of(generator)),
        }
        shape = GeneratorShape.of(generator)
        manifest = Manifest(
            format='sdv-fair4free',
            protocol=1,
            kind='teacher' if self.kind == 'teacher' else 'student',
            packages={name: importlib.metadata.version(name) for name in _PACKAGES},
            metadata=told_metadata(
                twin,
                {name: told for name, told in self.categories.items() if not self._is_id(name)},
            ),
            parameters=parameters_of(twin),
            constraints=[
                ConstraintPart(**constraint.get_constraint_dict())
                for constraint in twin._chained_constraints
            ],
            original_columns=[
                name if isinstance(name, str) else int(name) for name in twin._original_columns
            ],
            columns=self._columns(),
            order=list(model.encoding.order),
            network=NetworkPart(
                latent=generator.schema.latent,
                decoder_sees_s=generator.schema.decoder_sees_s,
                autoregressive=generator.schema.autoregressive,
                **asdict(shape),
            ),
            groups=GroupsPart(
                counts=list(model.group_counts),
                trust=[None if np.isnan(trust) else trust for trust in model.group_trust],
                missing={
                    name: count
                    for name, count in model.missing_counts.items()
                    if not 0 < count < self.disclosure.min_category_count
                },
            ),
            provenance=Provenance(
                class_name=type(twin).__name__,
                created=twin._creation_date,
                fitted=twin._fitted_date,
                exported=datetime.now(timezone.utc).isoformat(timespec='seconds'),
                rows=model.rows,
                columns=len(self.described['columns']),
                seconds=dict(model.fit_seconds),
                parameter_counts=self.parameter_counts,
                parent=twin._parent,
            ),
            disclosure=self.disclosure,
            figures=None,
            evidence=None,
            parts={
                name: Digest(bytes=len(content), sha256=digest(content))
                for name, content in parts.items()
            },
        )
        return manifest, parts

    def _columns(self) -> list[ColumnPart]:
        encoding = self.twin._model.encoding
        roles: list[tuple[Literal['x', 's', 'y'], tuple[Column, ...]]] = [
            ('x', encoding.x),
            ('s', encoding.s),
            ('y', encoding.y),
        ]
        return [
            ColumnPart(
                name=column.name,
                role=role,
                size=column.size,
                scale=column.spans is not None,
                quantiles=column.has_position,
            )
            for role, columns in roles
            for column in columns
        ]

    def _column_arrays(self) -> dict[str, Any]:
        """By place among the columns: ends of tokens in rank and in value, present ones only."""
        encoding = self.twin._model.encoding
        arrays = {}
        for place, column in enumerate((*encoding.x, *encoding.s, *encoding.y)):
            if column.spans is not None:
                present = ~np.isnan(column.spans[:, 0])
                arrays[f'{place}.spans'] = np.nan_to_num(column.spans)
                arrays[f'{place}.present'] = present.astype(np.int64)
            if column.has_position:
                arrays[f'{place}.bounds'] = self.transformers[column.name].quantiles.bounds
        return arrays

    def _codes(self, column: Column) -> Any:
        """Processed values that show all there is: every category, or places on the scale."""
        if column.has_position:
            return places_to_decode(column)
        if column.name not in self.told:
            return np.arange(column.size)
        merge = self.told[column.name].merge
        # Of merged codes the one with most rows is decoded: the value that is kept, if any is.
        best = np.lexsort((-merge.share.numpy(), merge.into.numpy()))
        return best[np.unique(merge.into.numpy()[best], return_index=True)[1]]

    def _made_up_values(self, name: str, values: pd.Series) -> pd.Series:
        """Keys, ids and personal data: what fakers made, as often missing as in the real table."""
        if isinstance(values.dtype, pd.CategoricalDtype):
            # Such a type lists all real values, and nothing that is made up is among them.
            values = pd.Series([None] * len(values), index=values.index, dtype=object)
        missing = round(len(values) * getattr(self.transformers[name], '_nan_frequency', 0.0))
        return values.where(np.arange(len(values)) >= missing) if missing else values

    def _made_up_table(self) -> MadeUpTable:
        """Every code decoded once, by SDV itself."""
        twin, encoding = self.twin, self.twin._model.encoding
        columns = {column.name: column for column in (*encoding.x, *encoding.s, *encoding.y)}
        codes = {name: self._codes(columns[name]) for name in encoding.order}
        rows = max(map(len, codes.values()))
        processed = pd.DataFrame({name: cycled(made, rows) for name, made in codes.items()})
        table = twin._data_processor.reverse_transform(processed)
        known = [name for name in twin._data_processor._dtypes.index if name in table]
        table = table[known]
        for constraint in reversed(twin._chained_constraints):
            if self.disclosure.min_quantile_count > 1:
                _without_ends(constraint)
            table = constraint.reverse_transform(table)
        made = []
        for name in map(str, table):
            values, length = table[name], min(rows, MADE_UP_VALUES)
            if name in codes:
                length = len(codes[name])
                place = cycled(np.arange(length), rows)
                if self._is_id(name):
                    values = made_up_ids(values, place)
                elif name in self.told and self.told[name].merged:
                    values = told_as(values, self.told[name].names, place)
            elif name in self.transformers:
                values = self._made_up_values(name, values.iloc[:length])
            if twin._chained_constraints:
                length = rows  # columns that a constraint ties together must stay side by side
            elif name in codes:
                values = with_digits(values.iloc[:length], self._formatters.get(name))
                length = len(values)
            made.append(as_column(name, values, length))
        return MadeUpTable(columns=made)


def _without_ends(constraint: Any) -> None:
    """Let a constraint bring rows back without cutting them at the ends of the real ones."""
    for formatters in constraint._formatters.values():
        for formatter in formatters.values():
            formatter.enforce_min_max_values = False
    for ends in constraint._datetime_min_max_value.values():
        ends.clear()
