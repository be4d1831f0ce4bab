"""Dates as the texts of their column, told for the whole column where SDV tells each value."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from pandas.api.types import is_datetime64_any_dtype, is_object_dtype
from sdv.data_processing.datetime_formatter import DatetimeFormatter


class DateFormatter(DatetimeFormatter):  # type: ignore[misc]
    """SDV's formatter, which gives the same and is asked once for a column.

    SDV 2.0.0 reads and writes each value by itself to see whether it has the format already, which
    takes longer than all else that it takes to draw a row.
    """

    @classmethod
    def like(cls, other: DatetimeFormatter) -> DateFormatter:
        """One that has learnt what another has.

        Args:
            other: Fitted.
        """
        made = cls(other.datetime_format)
        made.__dict__.update(vars(other))
        return made

    def format_data(self, column: pd.Series) -> pd.Series:
        """The column in its format and type.

        Args:
            column: Dates, or texts of them.
        """
        same = column.dtype == self._dtype
        if self.datetime_format and is_datetime64_any_dtype(column):
            if same:
                return column
            texts: pd.Series = column.dt.strftime(self.datetime_format).astype(self._dtype)
            return texts
        # As objects SDV tells missing values otherwise than other types do.
        if (
            self.datetime_format
            and (same or not is_object_dtype(self._dtype))
            and self._is_written(column)
        ):
            return column if same else column.astype(self._dtype)
        formatted: pd.Series = super().format_data(column)
        return formatted

    def _is_written(self, column: pd.Series) -> bool:
        """Whether every value is a text in the format, as far as it can be told at once."""
        texts = column.dropna().drop_duplicates()
        if pd.api.types.infer_dtype(texts, skipna=False) not in ('string', 'empty'):
            return False
        try:
            with warnings.catch_warnings():  # of several zones, which SDV takes one by one
                warnings.simplefilter('ignore')
                read = pd.to_datetime(texts, format=self.datetime_format, errors='coerce')
            written = read.dt.strftime(self.datetime_format)
        except (AttributeError, ValueError):  # SDV takes them one by one
            return False
        return bool(np.all(written.to_numpy() == texts.to_numpy()))


def whole_columns(formatters: Mapping[str, Any]) -> dict[str, Any]:
    """Formatters by column, those of dates asked once for a column.

    Args:
        formatters: SDV's own, fitted.
    """
    return {
        name: DateFormatter.like(one) if isinstance(one, DatetimeFormatter) else one
        for name, one in formatters.items()
    }
