"""A column of any type as what dependence is measured on: points with distances, or few codes."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sdv_fair4free.metrics.bootstrap import ranks_in_bins

_MOST_CATEGORIES = 50
_INFORMATION_BINS = 20


def points_of(column: pd.Series) -> np.ndarray:
    """A column as points whose distances mean something.

    Returns:
        (rows, d): one-hot for labels; a standardised number, beside an indicator of missing ones
            if there are any.
    """
    if column.dtype == object:
        codes, values = pd.factorize(column, use_na_sentinel=False)
        few = len(values) <= _MOST_CATEGORIES
        return np.eye(len(values))[codes] if few else _one_hot_of_frequent(codes)
    numbers = column.to_numpy(float)
    missing = np.isnan(numbers)
    if missing.all():
        return np.zeros((len(numbers), 1))
    spread = np.nanstd(numbers)
    numbers = np.where(missing, 0.0, (numbers - np.nanmean(numbers)) / (spread or 1.0))
    return np.column_stack([numbers, missing]) if missing.any() else numbers[:, None]


def _one_hot_of_frequent(codes: np.ndarray, most: int = _MOST_CATEGORIES) -> np.ndarray:
    frequent = np.argsort(-np.bincount(codes), kind='stable')[: most - 1]
    places = np.full(codes.max() + 1, most - 1)
    places[frequent] = np.arange(most - 1)
    return np.asarray(np.eye(most)[places[codes]])


def bins_of(column: pd.Series) -> np.ndarray:
    """A column as few codes; missing values have their own."""
    if column.dtype == object:
        codes, _ = pd.factorize(column, use_na_sentinel=False)
        return codes
    numbers = column.to_numpy(float)
    known = ~np.isnan(numbers)
    codes = np.full(len(numbers), -1)
    if known.any():
        codes[known], _ = ranks_in_bins(numbers[known], _INFORMATION_BINS)
    return codes
