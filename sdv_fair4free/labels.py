"""RDT transformers that turn categories into labels, and labels back by one look-up.

Missing values are a category of their own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from rdt.transformers import LabelEncoder, OrderedLabelEncoder

from sdv_fair4free.split import MOST_LABELS, Split


class OneColumn:
    """Transforms its one column, and back, without copying the whole table, as RDT's base does.

    The table given is left as it is: the other columns are shared with it, not copied.
    """

    columns: list[str]
    output_columns: list[str]

    def transform(self, data: pd.DataFrame) -> pd.DataFrame:
        """The table with the column transformed; see RDT's ``BaseTransformer``."""
        (column,) = self.columns
        if column not in data:
            return data
        made = self._transform(data[column].copy())  # type: ignore[attr-defined]
        data = data.copy(deep=False)
        if self.output_columns == [column]:
            data[column] = made.array if isinstance(made, pd.Series) else made
            return data
        del data[column]
        for place, name in enumerate(self.output_columns):
            data[name] = np.asarray(made)[:, place]
        return data

    def reverse_transform(self, data: pd.DataFrame) -> pd.DataFrame:
        """The table with the transformed column turned back; see RDT's ``BaseTransformer``."""
        (made,), (column,) = self.output_columns, self.columns
        if made not in data:
            return data
        values = self._reverse_transform(data[made])  # type: ignore[attr-defined]
        data = data.copy(deep=False)
        if made != column:
            del data[made]
        data[column] = values
        return data


def none_known(data: pd.Series) -> bool:
    """Whether every value is missing; one look suffices where the first is not."""
    return bool(data.iloc[:1].isna().all() and data.isna().all())


def one_missing(data: pd.Series) -> pd.Series:
    """Categories of a type in which RDT finds every value again, missing ones as NaN.

    It looks for NaN, which a nullable type turns back into its own missing value; and pandas has
    no index of 16-bit floats, nor of categories without any.
    """
    if data.dtype == np.float16:
        return data.astype(np.float32)
    if pd.api.types.is_object_dtype(data.dtype) and none_known(data):
        return pd.Series(np.nan, index=data.index, name=data.name)
    if isinstance(data.dtype, pd.CategoricalDtype):
        # Older versions of pandas map no missing value of such a type.
        plain = not len(data.cat.categories) or data.isna().any()
        return data.astype(object) if plain else data
    if pd.api.types.is_extension_array_dtype(data.dtype) and data.isna().any():
        return data.astype(object).where(data.notna(), np.nan)
    return data


class LookedUp:
    """Turns whole labels back by one look-up, where RDT's label encoders map value by value."""

    values_to_categories: dict[int, Any]
    categories_to_values: dict[Any, int]
    dtype: Any

    def _fit(self, data: pd.Series) -> None:
        super()._fit(one_missing(data))  # type: ignore[misc]
        self.dtype = data.dtype
        self._look_up()

    def _transform(self, data: pd.Series) -> Any:
        if len(data) and none_known(data):
            # Of some rows of a table: RDT looks in vain for what has no type among its categories.
            code = self._missing_label()
            if code is not None:
                return pd.Series(code, index=data.index, name=data.name)
        labels: pd.Series = super()._transform(one_missing(data))  # type: ignore[misc]
        return labels

    def _missing_label(self) -> int | None:
        """The label of missing values; None if there were none."""
        known = self.values_to_categories.items()
        return next((label for label, c in known if pd.api.types.is_scalar(c) and pd.isna(c)), None)

    def _look_up(self) -> None:
        labels = pd.Series(np.arange(len(self.values_to_categories)))
        self._known: pd.Series = super()._reverse_transform(labels)  # type: ignore[misc]

    def _reverse_transform(self, data: pd.Series) -> pd.Series:
        if not isinstance(data.dtype, np.dtype) or data.dtype.kind not in 'iu':
            made: pd.Series = super()._reverse_transform(data)  # type: ignore[misc]
            return made
        labels = data.to_numpy().clip(0, len(self._known) - 1)
        known = self._known
        # Of an array of pandas' own for objects, pandas would look for missing values again.
        values = known.to_numpy() if isinstance(known.dtype, np.dtype) else known.array
        return pd.Series(values.take(labels), index=data.index)


class CategoryEncoder(OneColumn, LookedUp, LabelEncoder):  # type: ignore[misc]
    """RDT's ``LabelEncoder``: categories to labels, missing values a category of their own.

    Attributes:
        split: How more than ``MOST_LABELS`` categories become two columns, ``group`` and
            ``member``; None where they are one column of labels.
    """

    split: Split | None = None

    def __init__(self) -> None:
        super().__init__()

    def _fit(self, data: pd.Series) -> None:
        super()._fit(data)
        self.split = None
        names: list[str | None] = [None]
        if len(self.values_to_categories) > MOST_LABELS:
            labels = super()._transform(data).to_numpy(dtype=np.int64)
            counts = np.bincount(labels, minlength=len(self.values_to_categories))
            self.split = Split.of(list(self.values_to_categories.values()), counts)
            names = ['group', 'member']
        self.output_properties = {
            name: {'sdtype': 'float', 'next_transformer': None} for name in names
        }

    def _transform(self, data: pd.Series) -> Any:
        labels = super()._transform(data)
        if self.split is None:
            return labels
        return self.split.parts(labels.to_numpy(dtype=np.int64))

    def reverse_transform(self, data: pd.DataFrame) -> pd.DataFrame:
        """The table with the categories back; see RDT's ``BaseTransformer``."""
        if self.split is None or self.output_columns[0] not in data:
            return super().reverse_transform(data)
        group, member = (data[name].to_numpy(dtype=np.int64) for name in self.output_columns)
        labels = pd.Series(self.split.whole(group, member), index=data.index)
        data = data.copy(deep=False)
        for name in self.output_columns:
            del data[name]
        data[self.columns[0]] = self._reverse_transform(labels)
        return data

    def renumber(self, categories: Sequence[Any]) -> None:
        """Number the fitted categories in another order.

        Raises:
            ValueError: If they are not those that were fitted.
        """
        if len(categories) != len(self.values_to_categories):
            raise ValueError('these are other categories than those that were fitted')
        self.values_to_categories = dict(enumerate(categories))
        self.categories_to_values = {name: code for code, name in enumerate(categories)}
        self._look_up()


class OrdinalLabelEncoder(OneColumn, LookedUp, OrderedLabelEncoder):  # type: ignore[misc]
    """Turn ordinal values into labels in their order; missing ones take a label after the last.

    Unlike its parent it bears missing values where the order does not name them, and it takes
    numbers in the order of their size: detected metadata list them as they happened to appear.

    Args:
        order: The values in order; None sorts those seen.
    """

    def __init__(self, order: list[Any] | None = None) -> None:
        super().__init__(order=order)

    def _get_order(self, data: pd.Series) -> pd.Series:
        order = pd.Series(super()._get_order(data)).infer_objects()
        present = order.dropna()
        if pd.api.types.is_numeric_dtype(present) and not pd.api.types.is_bool_dtype(present):
            present = present.sort_values()
        if order.isna().any() or data.isna().any():
            present = pd.concat([present.astype(object), pd.Series([np.nan], dtype=object)])
        return present.reset_index(drop=True)
