"""RDT transformers of ours; those here turn numbers and datetimes into quantile tokens.

Both keep what a mean imputation would lose: missing values take a token of their own, so that the
model can tell in which rows, and in which group, values are missing.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from rdt.errors import TransformerInputError
from rdt.transformers import UnixTimestampEncoder
from rdt.transformers.base import BaseTransformer

from sdv_fair4free.grid import EXACT, Grid
from sdv_fair4free.labels import CategoryEncoder, OneColumn, OrdinalLabelEncoder
from sdv_fair4free.quantiles import Floats, Quantiles


def as_floats(values: pd.Series) -> Floats:
    """(rows,) float64 of a numeric column, NaN where missing, whatever its dtype."""
    return pd.to_numeric(values).to_numpy(dtype=np.float64, na_value=np.nan)


def as_whole(values: Floats, dtype: Any) -> pd.Series:
    """Whole numbers of a type, NaN missing, those beyond the type taken to its ends.

    A type of numpy that cannot tell a missing value becomes float64 where there is one.
    """
    missing = np.isnan(values)
    known = getattr(dtype, 'numpy_dtype', dtype)
    known = known if isinstance(known, np.dtype) else np.dtype(np.int64)
    limits = np.iinfo(known)
    highest = float(limits.max)
    if highest > limits.max:  # 2**63 - 1 as a float is 2**63
        highest = np.nextafter(highest, 0.0)
    whole = np.where(missing, 0.0, values).round().clip(float(limits.min), highest).astype(known)
    return _typed(whole, missing, dtype)


def _typed(whole: NDArray[Any], missing: NDArray[np.bool_], dtype: Any) -> pd.Series:
    if pd.api.types.is_extension_array_dtype(dtype):
        return pd.Series(pd.arrays.IntegerArray(whole, missing)).astype(dtype)
    if missing.any():
        return pd.Series(np.where(missing, np.nan, whole.astype(np.float64)))
    return pd.Series(whole.astype(dtype))


def _checked(max_tokens: int) -> int:
    if isinstance(max_tokens, bool) or not isinstance(max_tokens, int) or max_tokens < 2:
        raise TransformerInputError(
            f'max_tokens={max_tokens!r} must be a whole number of at least 2.'
        )
    return max_tokens


def _whole(values: pd.Series) -> NDArray[Any]:
    """(rows,) whole numbers, none missing, in 64 bits."""
    unsigned = str(values.dtype).lower().startswith('uint')
    return values.to_numpy(dtype=np.uint64 if unsigned else np.int64)


def _spread(floats: Floats, data: pd.Series) -> Floats:
    """(rows,) the floats at the places of the values that are present, NaN elsewhere."""
    spread = np.full(len(data), np.nan)
    spread[data.notna().to_numpy()] = floats
    return spread


ROUNDING = 1e-9
"""How far beyond the range seen, as a share of it, a number may lie and still be of it."""


class Tokenizer(OneColumn):
    """Quantile tokens of numbers, which a grid makes exact where floats are not.

    Attributes:
        quantiles: The tokens; None until fitted.
        grid: Between whole numbers and the floats that are tokenised; None where the floats are
            the values themselves.
    """

    quantiles: Quantiles | None = None
    grid: Grid | None = None

    def beyond(self, data: pd.Series) -> NDArray[np.bool_]:
        """(rows,) whether values lie outside the range that was seen; missing ones do not."""
        assert self.quantiles is not None
        whole = self.whole_numbers(data)
        if self.grid is not None and whole is not None:
            outside: NDArray[np.bool_] = np.zeros(len(data), dtype=bool)
            outside[whole.notna().to_numpy()] = ~self.grid.holds(_whole(whole.dropna()))
            return outside
        numbers = self.numbers(data)
        if not len(self.quantiles.bounds):
            return ~np.isnan(numbers)
        low, high = self.quantiles.bounds.min(), self.quantiles.bounds.max()
        with np.errstate(over='ignore'):  # a range may be wider than floats are
            slack = ROUNDING * (high - low)
        slack = slack if np.isfinite(slack) else 0.0
        outside = (numbers < low - slack) | (numbers > high + slack)
        return outside

    def whole_numbers(self, data: pd.Series) -> pd.Series | None:
        """The whole numbers that the grid is of, of a nullable type; None if these are floats."""
        raise NotImplementedError

    def numbers(self, data: pd.Series) -> Floats:
        """(rows,) what tokens are made of, NaN where missing."""
        raise NotImplementedError

    def take(self, quantiles: Quantiles) -> None:
        """Use the tokens of values as they are: what is handed over holds no grid."""
        self.quantiles, self.grid = quantiles, None

    def leave_grid(self) -> None:
        """Tokens of the values themselves, as far as floats can tell them."""
        if self.grid is not None and self.quantiles is not None:
            self.take(self.quantiles.scaled(self.grid.step, self.grid.offset))


class QuantileTokenizer(Tokenizer, BaseTransformer):  # type: ignore[misc]
    """Turn numbers into ``token + position``: which quantile bin or heavy value, and where in it.

    Transformed values are floats: the integer part is the token, 0 to ``quantiles.tokens - 1``, the
    fraction the position inside the token. The last token means missing, if any were seen. Reverse
    transforming interpolates linearly inside the bin. Values outside the range seen are taken to
    its ends; nothing outside it is ever produced.

    Args:
        max_tokens: Most tokens to use for the values present, at least 2.

    Attributes:
        quantiles: The tokens; None until fitted.
    """

    INPUT_SDTYPE = 'numerical'
    SUPPORTED_SDTYPES = ('numerical',)

    def __init__(self, max_tokens: int = 128) -> None:
        super().__init__()
        self.max_tokens = _checked(max_tokens)
        self.quantiles: Quantiles | None = None

    def _fit(self, data: pd.Series) -> None:
        self._dtype = data.dtype
        self.grid = None
        data = pd.to_numeric(data)  # of objects too
        present = data.dropna()
        if len(present) and pd.api.types.is_integer_dtype(data.dtype):
            exact = int(present.min()) >= -EXACT and int(present.max()) <= EXACT
            self.grid = None if exact else Grid.of(_whole(present))
        self.quantiles = Quantiles.fit(self.numbers(data), self.max_tokens)

    def whole_numbers(self, data: pd.Series) -> pd.Series | None:
        """See :class:`Tokenizer`."""
        data = pd.to_numeric(data)
        return data if pd.api.types.is_integer_dtype(data.dtype) else None

    def numbers(self, data: pd.Series) -> Floats:
        """(rows,) the numbers that tokens are made of, NaN where missing."""
        data = pd.to_numeric(data)
        if self.grid is None or not pd.api.types.is_integer_dtype(data.dtype):
            floats = as_floats(data)
            return floats if self.grid is None else self.grid.of_floats(floats)
        return _spread(self.grid.to_floats(_whole(data.dropna())), data)

    def _transform(self, data: pd.Series) -> Floats:
        assert self.quantiles is not None
        return self.quantiles.encode(self.numbers(data))

    def _reverse_transform(self, data: pd.Series) -> pd.Series:
        assert self.quantiles is not None
        values = self.quantiles.decode(as_floats(data))
        if self.grid is not None:
            missing = np.isnan(values)
            whole = self.grid.to_whole(np.where(missing, 0.0, values))
            dtype = whole.dtype if pd.api.types.is_object_dtype(self._dtype) else self._dtype
            return _typed(whole, missing, dtype).set_axis(data.index)
        if pd.api.types.is_integer_dtype(self._dtype):
            return as_whole(values, self._dtype).set_axis(data.index)
        return pd.Series(values, index=data.index)


class DatetimeTokenizer(Tokenizer, UnixTimestampEncoder):  # type: ignore[misc]
    """Turn datetimes into ``token + position``, see :class:`QuantileTokenizer`.

    Args:
        datetime_format: The strftime format of the column; None detects it.
        enforce_min_max_values: Taken for SDV's sake. Quantiles never leave the range seen.
        max_tokens: Most tokens to use for the values present, at least 2.

    Attributes:
        quantiles: The tokens; None until fitted.
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

    def _fit(self, data: pd.Series) -> None:
        super()._fit(data)
        self.grid = None
        moments = self.whole_numbers(data)
        if moments is not None and moments.notna().any():
            self.grid = Grid.of(_whole(moments.dropna()))
        self.quantiles = Quantiles.fit(self.numbers(data), self.max_tokens)

    def _learn_has_multiple_timezones(self, data: pd.Series) -> None:
        # A column of one zone has two offsets where clocks change twice a year.
        if not isinstance(data.dtype, pd.DatetimeTZDtype):
            super()._learn_has_multiple_timezones(data)

    def whole_numbers(self, data: pd.Series) -> pd.Series | None:
        """Nanoseconds since 1970 in UTC, of a nullable type; None for what SDV takes as numbers."""
        moments = pd.Series(self._convert_to_datetime(data))
        if isinstance(moments.dtype, pd.DatetimeTZDtype):
            moments = moments.dt.tz_convert('UTC').dt.tz_localize(None)
        if not pd.api.types.is_datetime64_dtype(moments.dtype):
            return None
        ticks = moments.dt.as_unit('ns').to_numpy().view(np.int64)
        return pd.Series(pd.arrays.IntegerArray(ticks, moments.isna().to_numpy()))

    def numbers(self, data: pd.Series) -> Floats:
        """(rows,) the moments that tokens are made of, NaN where missing."""
        moments = None if self.grid is None else self.whole_numbers(data)
        if moments is None:
            return np.asarray(super()._transform(data), dtype=np.float64)
        assert self.grid is not None
        return _spread(self.grid.to_floats(_whole(moments.dropna())), moments)

    def _transform(self, data: pd.Series) -> Floats:
        assert self.quantiles is not None
        return self.quantiles.encode(self.numbers(data))

    def _reverse_transform(self, data: pd.Series) -> pd.Series:
        assert self.quantiles is not None
        values = self.quantiles.decode(as_floats(data))
        missing = np.isnan(values)
        known = np.where(missing, 0.0, values)
        ticks = known.round().astype(np.int64) if self.grid is None else self.grid.to_whole(known)
        moments: pd.Series[Any] = pd.Series(ticks.astype('datetime64[ns]'), index=data.index)
        moments = moments.mask(missing)
        if isinstance(self._dtype, pd.DatetimeTZDtype):
            zoned = moments.dt.tz_localize('UTC').dt.tz_convert(self._dtype.tz)
            aware: pd.Series = zoned.dt.as_unit(self._dtype.unit)
            return aware
        if self.grid is not None and pd.api.types.is_datetime64_dtype(self._dtype):
            return moments.astype(self._dtype)
        datetimes = self._convert_data_to_pandas_datetime(moments)
        formatted: pd.Series = self._handle_datetime_formatting(datetimes)
        return formatted


__all__ = [
    'CategoryEncoder',
    'DatetimeTokenizer',
    'OrdinalLabelEncoder',
    'QuantileTokenizer',
]
