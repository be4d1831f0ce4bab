"""RDT transformers that turn numbers and datetimes into quantile tokens.

Both keep what a mean imputation would lose: missing values take a token of their own, so that the
model can tell in which rows, and in which group, values are missing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from rdt.errors import TransformerInputError
from rdt.transformers import LabelEncoder, OrderedLabelEncoder, UnixTimestampEncoder
from rdt.transformers.base import BaseTransformer

from sdv_fair4free.quantiles import Floats, Quantiles


def as_floats(values: pd.Series) -> Floats:
    """(rows,) float64 of a numeric column, NaN where missing, whatever its dtype."""
    return pd.to_numeric(values).to_numpy(dtype=np.float64, na_value=np.nan)


def _checked(max_tokens: int) -> int:
    if isinstance(max_tokens, bool) or not isinstance(max_tokens, int) or max_tokens < 2:
        raise TransformerInputError(
            f'max_tokens={max_tokens!r} must be a whole number of at least 2.'
        )
    return max_tokens


class OneColumn:
    """Reverse transforms its one column without copying the whole table, as RDT's base does.

    The table given is left as it is: the other columns are shared with it, not copied.
    """

    columns: list[str]
    output_columns: list[str]

    def reverse_transform(self, data: pd.DataFrame) -> pd.DataFrame:
        """The table with the transformed column turned back; see RDT's ``BaseTransformer``."""
        (made,), (column,) = self.output_columns, self.columns
        if made not in data:
            return data
        values = self._reverse_transform(data[made])  # type: ignore[attr-defined]
        data = data.copy(deep=False) if made == column else data.drop(columns=made)
        data[column] = values
        return data


class LookedUp:
    """Turns whole labels back by one look-up, where RDT's label encoders map value by value."""

    values_to_categories: dict[int, Any]

    def _fit(self, data: pd.Series) -> None:
        super()._fit(data)  # type: ignore[misc]
        self._look_up()

    def _look_up(self) -> None:
        labels = pd.Series(np.arange(len(self.values_to_categories)))
        self._known: pd.Series = super()._reverse_transform(labels)  # type: ignore[misc]

    def _reverse_transform(self, data: pd.Series) -> pd.Series:
        if not isinstance(data.dtype, np.dtype) or data.dtype.kind not in 'iu':
            made: pd.Series = super()._reverse_transform(data)  # type: ignore[misc]
            return made
        labels = data.to_numpy().clip(0, len(self._known) - 1)
        return pd.Series(self._known.array.take(labels), index=data.index)


class CategoryEncoder(OneColumn, LookedUp, LabelEncoder):  # type: ignore[misc]
    """RDT's ``LabelEncoder``: categories to labels, missing values a category of their own."""

    def __init__(self) -> None:
        super().__init__()

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


class QuantileTokenizer(OneColumn, BaseTransformer):  # type: ignore[misc]
    """Turn numbers into ``token + position``: which quantile bin or heavy value, and where in it.

    Transformed values are floats: the integer part is the token, 0 to ``quantiles.tokens - 1``, the
    fraction the position inside the token. The last token means missing, if any were seen. Reverse
    transforming interpolates linearly inside the bin. Values outside the range seen are taken to
    its ends; nothing outside it is ever produced.

    Args:
        max_tokens: Most tokens to use for the values present, at least 2.
    """

    INPUT_SDTYPE = 'numerical'
    SUPPORTED_SDTYPES = ('numerical',)

    def __init__(self, max_tokens: int = 128) -> None:
        super().__init__()
        self.max_tokens = _checked(max_tokens)
        self.quantiles: Quantiles | None = None

    def numbers(self, data: pd.Series) -> Floats:
        """(rows,) the numbers that tokens are made of, NaN where missing."""
        return as_floats(data)

    def _fit(self, data: pd.Series) -> None:
        self._dtype = data.dtype
        self.quantiles = Quantiles.fit(self.numbers(data), self.max_tokens)

    def _transform(self, data: pd.Series) -> Floats:
        assert self.quantiles is not None
        return self.quantiles.encode(self.numbers(data))

    def _reverse_transform(self, data: pd.Series) -> pd.Series:
        assert self.quantiles is not None
        values = pd.Series(self.quantiles.decode(as_floats(data)), index=data.index)
        if pd.api.types.is_integer_dtype(self._dtype):
            values = values.round()
            if not values.isna().any() or pd.api.types.is_extension_array_dtype(self._dtype):
                values = values.astype(self._dtype)
        return values


class DatetimeTokenizer(OneColumn, UnixTimestampEncoder):  # type: ignore[misc]
    """Turn datetimes into ``token + position``, see :class:`QuantileTokenizer`.

    Args:
        datetime_format: The strftime format of the column; None detects it.
        enforce_min_max_values: Taken for SDV's sake. Quantiles never leave the range seen.
        max_tokens: Most tokens to use for the values present, at least 2.
    """

    def __init__(
        self,
        datetime_format: str | None = None,
        enforce_min_max_values: bool = False,
        max_tokens: int = 128,
    ) -> None:
        super().__init__(
            missing_value_replacement=None,
            missing_value_generation=None,
            datetime_format=datetime_format,
            enforce_min_max_values=enforce_min_max_values,
        )
        self.max_tokens = _checked(max_tokens)
        self.quantiles: Quantiles | None = None

    def numbers(self, data: pd.Series) -> Floats:
        """(rows,) nanoseconds, which tokens are made of; NaN where missing."""
        return np.asarray(super()._transform(data), dtype=np.float64)

    def _fit(self, data: pd.Series) -> None:
        super()._fit(data)
        self.quantiles = Quantiles.fit(self.numbers(data), self.max_tokens)

    def _transform(self, data: pd.Series) -> Floats:
        assert self.quantiles is not None
        return self.quantiles.encode(self.numbers(data))

    def _reverse_transform(self, data: pd.Series) -> pd.Series:
        assert self.quantiles is not None
        nanoseconds = pd.Series(self.quantiles.decode(as_floats(data)), index=data.index)
        datetimes: pd.Series = super()._reverse_transform(nanoseconds)
        return datetimes
