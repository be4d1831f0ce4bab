"""Shares of the sensitive groups, as a caller names them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from sdv_fair4free.columns import Column
from sdv_fair4free.core.config import is_number
from sdv_fair4free.core.sensitive import SensitiveLaw, SensitiveTable
from sdv_fair4free.known_values import code_of, coded
from sdv_fair4free.options import SamplingOptions
from sdv_fair4free.validation import nearest


def with_people(
    wanted: Any,
    options: SamplingOptions,
    columns: Sequence[Column],
    transformers: Mapping[Any, Any],
    law: SensitiveLaw,
) -> tuple[SamplingOptions, list[str]]:
    """Sampling options with the people that a caller wants.

    Args:
        wanted: As ``sample`` takes ``sensitive_distribution``.
        options: What else is asked for.
        columns: The sensitive columns.
        transformers: From column to its transformer.
        law: The law of the sensitive columns.

    Returns:
        The options; and the problems, one sentence each, with which they are not to be used.
    """
    if isinstance(wanted, pd.DataFrame):
        table, problems = table_of_people(wanted, columns, transformers, law.groups)
        return replace(options, wanted=table), problems
    names = [columns[place].name for place in law.layout.categories]
    codes = [transformers[name].categories_to_values for name in names]
    shares, problems = shares_by_code(wanted, names, codes, law.groups)
    return replace(options, group_shares=shares), problems


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
        return None, [
            'sensitive_distribution is given, but there are no sensitive_columns of categories; '
            'numbers take a DataFrame of the values wanted.'
        ]
    if isinstance(wanted, str) and wanted == 'uniform':
        return torch.ones(len(groups)), []
    if isinstance(wanted, pd.Series):
        wanted = wanted.to_dict()
    if not isinstance(wanted, Mapping):
        return None, [
            f"sensitive_distribution={wanted!r} must be None, 'uniform', a mapping from value to "
            'weight, or a DataFrame of sensitive values.'
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
            if code_of(value, known) is None
        ]
        problems += unknown
        if not is_number(weight) or not weight >= 0:
            problems.append(f'the share of {key!r} is {weight!r}; it must be 0 or more.')
        elif not unknown:
            code = tuple(code_of(value, known) for value, known in zip(values, codes, strict=True))
            if code in places:
                shares[places[code]] += float(weight)
            else:
                problems.append(f'sensitive_distribution names {key!r}, which no real row has.')
    if not problems and not 0 < float(shares.sum()) < float('inf'):
        problems.append('the shares of sensitive_distribution must add up to more than 0.')
    return (None if problems else shares), problems


def table_of_people(
    wanted: pd.DataFrame,
    columns: Sequence[Column],
    transformers: Mapping[Any, Any],
    groups: Tensor,
) -> tuple[SensitiveTable | None, list[str]]:
    """Turn a caller's table of sensitive values into codes; every row counts alike.

    Args:
        wanted: Has the sensitive columns, as the real table does. Numbers beyond the range of the
            real ones are taken to its ends.
        columns: The sensitive columns.
        transformers: From column to its transformer.
        groups: (groups, categories) the crossings of categories that were seen.

    Returns:
        The table, None if there are problems; and the problems, one sentence each.
    """
    names = [column.name for column in columns]
    missing = [name for name in names if name not in wanted]
    if missing or wanted.empty or not names:
        return None, [
            'sensitive_distribution must be a DataFrame with at least one row and the sensitive '
            f'columns {", ".join(names) or "(there are none)"}'
            + (f'; {", ".join(missing)} missing.' if missing else '.')
        ]
    told = [
        coded(wanted[column.name], column, transformers[column.name], to_the_ends=True)
        for column in columns
    ]
    problems = [f'sensitive_distribution: {reason}' for part in told for reason in part.reasons]
    if problems:
        return None, problems
    positions = np.stack([np.nan_to_num(part.positions) for part in told], axis=1)
    table = SensitiveTable(
        codes=torch.from_numpy(np.stack([part.codes for part in told], axis=1)),
        positions=torch.from_numpy(positions).float().clamp(max=1 - 1e-6),
        shares=torch.ones(len(wanted)),
    )
    places = [place for place, column in enumerate(columns) if not column.has_position]
    asked = torch.unique(table.codes[:, places], dim=0).tolist() if places else []
    seen = groups.tolist()
    if any(group not in seen for group in asked):
        return None, [
            'sensitive_distribution crosses sensitive categories in a way that no real row does.'
        ]
    return table, []


def described_groups(
    known: Sequence[Mapping[int, Any]],
    groups: Tensor,
    counts: Sequence[int],
    trust: Sequence[float],
) -> dict[tuple[Any, ...], dict[str, float | None]]:
    """Rows, share and trust of each crossing of sensitive categories, by a tuple of them.

    Args:
        known: For each column of categories, from code to value.
        groups: (groups, categories).
        counts: (groups,) real rows of each.
        trust: (groups,) how far what is learnt about each is its own; NaN where nothing is shared.
    """
    if not known:
        return {}
    return {
        tuple(values[code] for values, code in zip(known, codes, strict=True)): {
            'rows': count,
            'share': count / sum(counts),
            'own_share': None if np.isnan(own) else own,
        }
        for codes, count, own in zip(groups.tolist(), counts, trust, strict=True)
    }
