"""Whether the rows that judge the models are new to the models and to the generator."""

from __future__ import annotations

import warnings
from collections.abc import Mapping

import numpy as np
import pandas as pd

from sdv_fair4free.metrics.checks import TABLE_NAMES

_REMEDY = (
    'give real rows that neither the generator nor the model has seen, or leave '
    'real_validation_data out'
)
# Of the rows that have no twin by chance: so many twins are no accident, or no validation.
_SUSPICIOUS, _NEARLY_ALL = 0.05, 0.95
_SURE = 4.0


def overlap(read: Mapping[str, pd.DataFrame]) -> tuple[list[str], list[str]]:
    """Whether the validation rows are new: problems, and notes.

    Rows of few values have twins by chance. How many is known from rows that are innocent: real
    rows with a twin among the other real rows, and real rows with a twin among the synthetic ones.

    Args:
        read: The tables as read by ``features.read_table``, keys left out.
    """
    hashes = {
        name: pd.util.hash_pandas_object(table, index=False).to_numpy()
        for name, table in read.items()
    }
    new, real = hashes['validation'], hashes['real']
    usual = {
        'real': pd.Series(real).duplicated(keep=False).to_numpy(),
        'synthetic': np.isin(real, hashes['synthetic']),
    }
    problems, notes = [], []
    for name, innocent in usual.items():
        if len(new) == len(hashes[name]) and (np.sort(new) == np.sort(hashes[name])).all():
            problems.append(
                f'real_validation_data and {TABLE_NAMES[name]} are the same rows; {_REMEDY}.'
            )
            continue
        share = float(np.isin(new, hashes[name]).mean())
        chance = float((innocent.sum() + 1) / (len(innocent) + 2))
        sure = _SURE * np.sqrt(chance * (1 - chance) / len(new))
        excess = (share - chance) / (1 - chance) if share - chance > sure else 0.0
        if excess > _NEARLY_ALL:
            problems.append(
                f'{share:.1%} of the rows of real_validation_data are in {TABLE_NAMES[name]} too '
                f'({innocent.mean():.1%} would be usual); {_REMEDY}.'
            )
        elif excess > _SUSPICIOUS:
            note = (
                f'{share:.1%} of the validation rows have a twin in {TABLE_NAMES[name]}, keys '
                f'aside; {innocent.mean():.1%} would be usual. The tables seem to overlap, which '
                f'flatters the figures: {_REMEDY}.'
            )
            warnings.warn(note, stacklevel=2)
            notes.append(note)
        elif share and name == 'real':
            notes.append(
                f'{share:.1%} of the validation rows have a twin in real_data, keys aside.'
            )
    return problems, notes
