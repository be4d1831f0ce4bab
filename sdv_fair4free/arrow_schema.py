"""The types of the columns of a table in Parquet, the same in all of its parts.

Whether a column has missing values, or any values at all, differs from part to part; its type must
not. So types are taken from what the model knows of the column, and only for values that are made
up from a few of them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from sdv.errors import SamplingError

from sdv_fair4free.extras import to_install

try:
    import pyarrow as pa
except ImportError as error:
    raise ImportError(f'Parquet files need pyarrow: {to_install("parquet")}.') from error

from sdv_fair4free.labels import CategoryEncoder, OrdinalLabelEncoder

if TYPE_CHECKING:
    from sdv_fair4free.processing import TableProcessor


def schema_of(twin: Any, trial: pd.DataFrame) -> tuple[pa.Schema, list[str]]:
    """The type of each column, and why some have none.

    Args:
        twin: A fitted synthesizer.
        trial: A few rows of it.

    Returns:
        The schema, with what pandas needs to give its own types back; and a sentence for each
        column whose values Parquet cannot hold in one type.
    """
    processor = twin._data_processor
    fields, problems, empty = [], [], {}
    for column, values in trial.items():
        name = str(column)
        try:
            kind, dtype = _type_of(processor, name, values)
        except (pa.ArrowException, OverflowError, ValueError, TypeError) as error:
            problems.append(
                f"column '{name}' holds values that are of no one type of Parquet ({error}); make "
                'them texts before fitting, or use sample_batches and write them another way.'
            )
            continue
        fields.append(pa.field(name, kind))
        empty[name] = pd.Series(dtype=dtype)
    told = pa.Schema.from_pandas(pd.DataFrame(empty), preserve_index=False).metadata or {}
    return pa.schema(fields, metadata=told), problems


def arrow_table(table: pd.DataFrame, schema: pa.Schema) -> pa.Table:
    """A part in the types of a schema.

    Raises:
        SamplingError: If a value does not fit its column's type.
    """
    arrays, problems = [], []
    for field, (_, values) in zip(schema, table.items(), strict=True):
        try:
            arrays.append(_array(values, field.type))
        except (pa.ArrowException, OverflowError, ValueError, TypeError) as error:
            problems.append(f"column '{field.name}' does not fit the type {field.type}: {error}")
    if problems:
        raise SamplingError('; '.join(problems))
    return pa.Table.from_arrays(arrays, schema=schema)


def _array(values: pd.Series, kind: pa.DataType) -> pa.Array:
    if pa.types.is_dictionary(kind):
        array = pa.Array.from_pandas(values.astype('category'))
        codes = array.indices.cast(kind.index_type)
        known = array.dictionary.cast(kind.value_type)
        return pa.DictionaryArray.from_arrays(codes, known, ordered=kind.ordered)
    if values.dtype == np.float16:
        values = values.astype(np.float32)
    array = pa.Array.from_pandas(values, type=kind)
    return array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array


def _type_of(processor: TableProcessor, name: str, values: pd.Series) -> tuple[Any, Any]:
    """The type of a column, and that of pandas."""
    dtype = processor._dtypes.get(name, values.dtype)
    if pd.api.types.is_object_dtype(dtype):
        dtype = values.dtype  # of type `category`, where values are made up
    if name in processor._ends:  # whole numbers that only objects hold where some are missing
        low, high = processor._ends[name]
        unsigned = high >= 2**63 and low >= 0
        kind = pa.uint64() if unsigned else pa.int64()
        pa.array([low, high], type=kind)
        return kind, pd.UInt64Dtype() if unsigned else pd.Int64Dtype()  # floats would round them
    if isinstance(dtype, pd.CategoricalDtype):
        known = pa.array(dtype.categories)
        value_type = pa.string() if pa.types.is_null(known.type) else known.type
        return pa.dictionary(pa.int32(), value_type, bool(dtype.ordered)), dtype
    if pd.api.types.is_object_dtype(dtype):
        return _type_of_objects(_known(processor, name, values)), object
    if dtype == np.float16:
        return pa.float32(), np.float32
    if name in processor._given_types:
        return pa.array(pd.Series(dtype=dtype)).type, object
    return pa.array(pd.Series(dtype=dtype)).type, dtype


def _known(processor: TableProcessor, name: str, values: pd.Series) -> Iterable[Any]:
    """All values that there can be, or the few at hand."""
    transformer = processor._hyper_transformer.field_transformers.get(name)
    if isinstance(transformer, CategoryEncoder | OrdinalLabelEncoder):
        return transformer.values_to_categories.values()
    return values


def _type_of_objects(values: Iterable[Any]) -> pa.DataType:
    present = [value for value in values if not pd.isna(value)]
    kind = pa.infer_type(present)
    if pa.types.is_null(kind):
        return pa.string()  # never any value: as good as any other type
    pa.array(present, type=kind)
    return kind
