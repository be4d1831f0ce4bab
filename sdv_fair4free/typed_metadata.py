"""SDV's check of a table, without asking every value of a column of numbers whether it is one."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pandas as pd
from sdv.metadata import Metadata


def believing_types(metadata: Metadata) -> Metadata:
    """The same metadata, to check a table with: they believe the type of a column of numbers.

    SDV calls a Python function for each value, which takes seconds for a million rows. Should
    another version of it go another way, nothing changes but that.
    """
    twin = copy.copy(metadata)
    twin.tables = {name: _believing(table) for name, table in metadata.tables.items()}
    return twin


def _believing(table: Any) -> Any:
    told, twin = getattr(table, '_get_invalid_column_values', None), copy.copy(table)
    if told is not None:

        def invalid_values(column: pd.Series, is_valid: Any) -> Any:
            numbers = isinstance(column.dtype, np.dtype) and column.dtype.kind in 'iuf'
            if numbers and getattr(is_valid, '__name__', '') == '_is_numerical_type':
                return set()
            return told(column, is_valid)

        twin._get_invalid_column_values = invalid_values
    return twin
