"""Shares of the sensitive groups, as a caller names them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from numbers import Real
from typing import Any

import pandas as pd
import torch
from torch import Tensor

from sdv_fair4free.validation import nearest


def shares_by_code(
    wanted: Mapping[Any, float] | pd.Series | str,
    sensitive_columns: Sequence[str],
    codes: Sequence[Mapping[Any, int]],
    groups: Tensor,
) -> tuple[Tensor | None, list[str]]:
    """Turn the caller's shares into shares of the known groups.

    Args:
        wanted: 'uniform', or from value (a tuple of values, for several columns) to weight.
        sensitive_columns: Their names.
        codes: For each, from value to code.
        groups: (groups, columns) the combinations of codes that were seen.

    Returns:
        (groups,) weights, None if there are problems; and the problems, one sentence each.
    """
    if not sensitive_columns:
        return None, ['sensitive_distribution is given, but there are no sensitive_columns.']
    if isinstance(wanted, str) and wanted == 'uniform':
        return torch.ones(len(groups)), []
    if isinstance(wanted, pd.Series):
        wanted = wanted.to_dict()
    if not isinstance(wanted, Mapping):
        return None, [
            f"sensitive_distribution={wanted!r} must be None, 'uniform', or a mapping from value "
            'to weight.'
        ]
    problems = []
    places = {tuple(row): place for place, row in enumerate(groups.tolist())}
    shares = torch.zeros(len(groups))
    for key, weight in wanted.items():
        values = key if isinstance(key, tuple) and len(sensitive_columns) > 1 else (key,)
        if len(values) != len(sensitive_columns):
            problems.append(
                f'sensitive_distribution names {key!r}, but a group is a value of each of '
                f'{", ".join(sensitive_columns)}: write ({", ".join(sensitive_columns)}) tuples.'
            )
            continue
        unknown = [
            f"sensitive_distribution names {value!r}, which is not a value of '{name}'."
            f'{nearest(value, known)}'
            for name, value, known in zip(sensitive_columns, values, codes, strict=True)
            if _code(value, known) is None
        ]
        problems += unknown
        if isinstance(weight, bool) or not isinstance(weight, Real) or not weight >= 0:
            problems.append(f'the share of {key!r} is {weight!r}; it must be 0 or more.')
        elif not unknown:
            code = tuple(_code(value, known) for value, known in zip(values, codes, strict=True))
            if code in places:
                shares[places[code]] += float(weight)
            else:
                problems.append(f'sensitive_distribution names {key!r}, which no real row has.')
    if not problems and not 0 < float(shares.sum()) < float('inf'):
        problems.append('the shares of sensitive_distribution must add up to more than 0.')
    return (None if problems else shares), problems


def _code(value: Any, known: Mapping[Any, int]) -> int | None:
    """The code of a value; missing ones are alike, however they are written."""
    if pd.api.types.is_scalar(value) and pd.isna(value):
        return next((code for other, code in known.items() if pd.isna(other)), None)
    return known.get(value)
