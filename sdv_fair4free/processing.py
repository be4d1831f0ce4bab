"""SDV's data processor, mended where it loses what a table holds.

SDV 2.0.0 cannot be fitted to alternate keys without a primary key, makes values of type `category`
missing where it makes them up, leaves the pattern of ids that are no keys once its values are used
up, takes keys of few bits from half of their range, rounds in 16 bits, where digits overflow, and
reads every date by itself.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from rdt.transformers import IndexGenerator
from sdv.data_processing.data_processor import DataProcessor
from sdv.errors import SamplingError

from sdv_fair4free.album import NUMBER
from sdv_fair4free.codecs import codec_for, codecs_named
from sdv_fair4free.dates import whole_columns
from sdv_fair4free.grid import EXACT


class TableProcessor(DataProcessor):  # type: ignore[misc]
    """Between raw and processed tables, as SDV's ``DataProcessor``.

    Attributes:
        made_up: Columns of type `category` whose values are made up, or made by a codec of others.
            They are none of the real categories, so that they stay objects until
            :meth:`with_categories`.
        roles: Sensitive and target columns, which no codec may have.
        asks_codecs: Whether codecs of plug-ins are asked; not of a file that was handed over, which
            holds all there is to know.
    """

    formatters: dict[str, Any]
    _given_types: dict[str, Any]
    _ends: dict[str, tuple[int, int]]
    made_up: Sequence[str] = ()
    roles: Sequence[str] = ()
    _of_codecs: frozenset[str] = frozenset()
    asks_codecs: bool = True

    def prepare_for_fitting(self, data: pd.DataFrame) -> None:
        """Learn types and formats of the columns, and choose their transformers."""
        super().prepare_for_fitting(data)
        transformers = self._hyper_transformer.field_transformers
        self._given_types, self._ends = {}, {}
        made_up: list[str] = []
        for name, dtype in self._dtypes.items():
            generated = getattr(transformers.get(name), 'is_generator', bool)()
            others = self._may_make_others(name, transformers.get(name), dtype)
            if isinstance(dtype, pd.CategoricalDtype) and (generated or others):
                made_up.append(name)
                self._dtypes[name] = np.dtype(object)
            elif self._is_number_as_object(data[name]):
                self._given_types[name] = object
                self._dtypes[name] = pd.to_numeric(data[name]).dtype
                self._learn_ends(name, data[name].dropna())
            elif dtype == np.float16:
                # SDV rounds to digits in the type that it is told, and 16 bits overflow.
                self._given_types[name] = dtype
                self._dtypes[name] = np.dtype(np.float32)
        self.made_up = tuple(made_up)

    def fit(self, data: pd.DataFrame) -> None:
        """Learn the columns, and fit their transformers.

        Raises:
            PluginError: If the transformer of a plug-in's codec fails.
        """
        with codecs_named():
            super().fit(data)

    def _may_make_others(self, name: str, transformer: Any, dtype: Any) -> bool:
        """Whether a codec may bring back values that are none of the real ones."""
        known = type(transformer).__module__.startswith(('rdt.', 'sdv_fair4free.'))
        return name in self._of_codecs and not known and not getattr(dtype, 'ordered', False)

    def _create_config(self, data: pd.DataFrame) -> Any:
        """SDV's choice of transformers, but for the columns that codecs of plug-ins want."""
        config = super()._create_config(data)
        learnt, coded = [], []
        for name in map(str, data) if self.asks_codecs else ():
            if name in (*self._keys, *self.roles) or name not in self.metadata.columns:
                # Keys differ from each other, roles keep their values, others constraints make.
                continue
            wanted = codec_for(name, self.metadata.columns[name])
            if wanted is None or name not in config['transformers']:
                continue
            who, codec = wanted
            usual = config['transformers'][name]
            if usual is not None and usual.is_generator() and not codec.is_generator():
                learnt.append(f"'{name}' (codec {who})")
            config['transformers'][name] = codec
            coded.append(name)
            # To RDT it is of a kind that the codec is for, and no longer personal data.
            if config['sdtypes'][name] not in codec.get_supported_sdtypes():
                config['sdtypes'][name] = codec.get_supported_sdtypes()[0]
        self._of_codecs = frozenset(coded)
        if learnt:
            warnings.warn(
                f'Real values may come back of columns that would be made up otherwise: '
                f'{", ".join(learnt)}. Unregister the plug-in to have them made up.',
                stacklevel=2,
            )
        return config

    def _learn_ends(self, name: str, present: pd.Series) -> None:
        """Remember the range of whole numbers that floats have to stand for, and cannot tell."""
        floats = not pd.api.types.is_integer_dtype(self._dtypes[name])
        if floats and pd.api.types.infer_dtype(present) == 'integer':
            low, high = int(present.min()), int(present.max())
            if low < -EXACT or high > EXACT:
                self._ends[name] = low, high

    def _is_number_as_object(self, values: pd.Series) -> bool:
        sdtype = self.metadata.columns[values.name]['sdtype']
        return sdtype == 'numerical' and values.dtype == object and bool(values.notna().any())

    def _fit_formatters(self, data: pd.DataFrame) -> None:
        # Digits are not counted in 16 bits, and objects have none.
        changed = {
            str(name): values.astype(np.float32)
            if values.dtype == np.float16
            else pd.to_numeric(values)
            for name, values in data.items()
            if values.dtype == np.float16 or self._is_number_as_object(values)
        }
        super()._fit_formatters(data.assign(**changed))
        self.formatters = whole_columns(self.formatters)

    def create_regex_generator(
        self, column_name: str, sdtype: str, column_metadata: dict[str, Any], is_numeric: bool
    ) -> Any:
        """The generator of ids of a pattern; ids that are no keys may repeat, as real ones do."""
        generator = super().create_regex_generator(column_name, sdtype, column_metadata, is_numeric)
        if column_name not in self._keys:
            generator.cardinality_rule = None
        return generator

    def _get_anonymized_faker_params_numeric_data(
        self, column_dtype: Any, data: pd.DataFrame
    ) -> tuple[str, dict[str, int]]:
        name, arguments = super()._get_anonymized_faker_params_numeric_data(column_dtype, data)
        known = getattr(column_dtype, 'numpy_dtype', column_dtype)
        if isinstance(known, np.dtype) and known.kind in 'iu' and known.itemsize <= 2:
            limits = np.iinfo(known)
            arguments = {'min': int(limits.min), 'max': int(limits.max)}
        return name, arguments

    def transform(self, data: pd.DataFrame, is_condition: bool = False) -> pd.DataFrame:
        """The processed table; its index are the primary keys, if there are any.

        Raises:
            PluginError: If the transformer of a plug-in's codec fails.
        """
        with codecs_named():
            processed: pd.DataFrame = super().transform(
                data, is_condition=is_condition or self._primary_key is None
            )
        return processed

    def generate_keys(self, num_rows: int, reset_keys: bool = False) -> pd.DataFrame:
        """Make up keys.

        Raises:
            SamplingError: If the type of a column, or its pattern, has no more keys to give.
        """
        keys: pd.DataFrame = super().generate_keys(num_rows, reset_keys)
        for name in keys:
            dtype = self._dtypes[name]
            chosen = self._hyper_transformer.field_transformers[name]
            if not pd.api.types.is_integer_dtype(dtype) or isinstance(chosen, IndexGenerator):
                continue
            numbers = pd.to_numeric(keys[name], errors='coerce')
            limits = np.iinfo(getattr(dtype, 'numpy_dtype', dtype))
            if not numbers.between(limits.min, limits.max).all():
                raise SamplingError(
                    f"key column '{name}' of type {dtype} has no more keys to give; sample fewer "
                    'rows, call reset_sampling(), or fit with a wider type or pattern.'
                )
        return keys

    def reverse_transform(
        self, data: pd.DataFrame, reset_keys: bool = False, conditions: Any = None
    ) -> pd.DataFrame:
        """The raw table; with the numbers of the rows, if they carry any.

        Raises:
            PluginError: If the transformer of a plug-in's codec fails.
        """
        numbers = data.get(NUMBER)
        if numbers is not None:
            data = data.drop(columns=NUMBER)
        with codecs_named():
            table: pd.DataFrame = super().reverse_transform(data, reset_keys, conditions)
        for name, dtype in self._given_types.items():
            if name in table:
                table[name] = table[name].astype(dtype)
        for name, (low, high) in self._ends.items():
            if name in table:  # floats miss the ends by their rounding
                present = table[name].dropna()
                whole = [min(max(int(value), low), high) for value in present]
                table.loc[present.index, name] = pd.Series(whole, present.index, dtype=object)
        return table if numbers is None else table.assign(**{NUMBER: numbers})

    def with_categories(self, table: pd.DataFrame) -> pd.DataFrame:
        """A whole table with made-up values of type `category`, where the real ones are.

        A part of the rows would have other categories than the next.
        """
        if not self.made_up:
            return table  # and no copy of it
        typed: pd.DataFrame = table.astype(
            {name: 'category' for name in table if str(name) in self.made_up}
        )
        return typed
