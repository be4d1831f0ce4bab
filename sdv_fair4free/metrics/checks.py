"""Everything wrong with a question of fairness, at once: what, where, and what to do about it."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from numbers import Real
from typing import Any

import numpy as np
import pandas as pd

from sdv_fair4free.metrics.features import MODELLED, Columns, describe
from sdv_fair4free.validation import listed, nearest

_LARGEST_SEED = 2**32 - 1
TABLE_NAMES = {
    'real': 'real_data',
    'synthetic': 'synthetic_data',
    'validation': 'real_validation_data',
}


class FairnessInputError(ValueError):
    """The tables or the settings cannot answer the question; the message lists every reason."""


def raise_if(problems: Sequence[str]) -> None:
    """Raise one error that lists all problems; nothing if there are none."""
    if problems:
        raise FairnessInputError(listed(problems, 'the input of the fairness evaluation'))


def checked_names(sensitive_columns: Any) -> tuple[list[str], list[str]]:
    """The sensitive columns as a list, and what is wrong with it."""
    if isinstance(sensitive_columns, str):
        return [sensitive_columns], []
    if not isinstance(sensitive_columns, list | tuple | pd.Index) or not len(sensitive_columns):
        return [], [
            f'sensitive_columns={sensitive_columns!r} must be a column name or a list of them.'
        ]
    names = [str(name) for name in sensitive_columns]
    twice = sorted({name for name in names if names.count(name) > 1})
    return list(dict.fromkeys(names)), [
        f"sensitive column '{name}' is named twice; name it once." for name in twice
    ]


def setting_problems(
    *,
    bootstrap_samples: Any,
    confidence_level: Any,
    minimum_group_size: Any,
    random_state: Any,
    intersections: Any,
    metrics: Any,
    known_metrics: Sequence[str],
) -> list[str]:
    """What is wrong with the settings.

    Args:
        bootstrap_samples: Must be a whole number of at least 0.
        confidence_level: Must be a number between 0 and 1.
        minimum_group_size: Must be a whole number of at least 1.
        random_state: Must be a whole number from 0 to 2**32 - 1, as scikit-learn's seeds.
        intersections: Must be True or False.
        metrics: None, or names of figures.
        known_metrics: The names there are.
    """
    problems = []
    for name, value, least in (
        ('bootstrap_samples', bootstrap_samples, 0),
        ('minimum_group_size', minimum_group_size, 1),
        ('random_state', random_state, 0),
    ):
        whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
        if not whole or value < least:
            problems.append(f'{name}={value!r} must be a whole number of at least {least}.')
        elif name == 'random_state' and value > _LARGEST_SEED:
            problems.append(f'random_state={value} must be at most {_LARGEST_SEED}.')
    if not isinstance(confidence_level, Real) or not 0 < float(confidence_level) < 1:
        problems.append(f'confidence_level={confidence_level!r} must be between 0 and 1.')
    if not isinstance(intersections, bool | np.bool_):
        problems.append(f'intersections={intersections!r} must be True or False.')
    if isinstance(metrics, str):
        problems.append(f'metrics={metrics!r} must be a list of names, or None for all.')
    elif metrics is not None:
        problems += [
            f'there is no metric {name!r}.{nearest(name, known_metrics)}'
            for name in metrics
            if name not in known_metrics
        ]
    return problems


def table_type_problems(tables: Mapping[str, Any]) -> list[str]:
    """What makes an argument no table at all."""
    problems = []
    for name, table in tables.items():
        if not isinstance(table, pd.DataFrame):
            problems.append(
                f'{TABLE_NAMES[name]} is a {type(table).__name__}; give a pandas DataFrame.'
            )
        elif table.empty:
            problems.append(f'{TABLE_NAMES[name]} has no rows, or no columns.')
        elif not table.columns.is_unique:
            twice = sorted({str(name) for name in table.columns[table.columns.duplicated()]})
            problems.append(
                f'{TABLE_NAMES[name]} has several columns of the name {", ".join(twice)}.'
            )
    return problems


def described(
    metadata: Any, table_name: str | None
) -> tuple[Columns, tuple[Hashable, ...], list[str]]:
    """Columns and keys of the metadata (none without any), and what is wrong with it."""
    if metadata is None:
        return {}, (), []
    try:
        columns, keys = describe(metadata, table_name)
    except ValueError as error:
        return {}, (), [str(error)]
    return {str(name): entry for name, entry in columns.items()}, tuple(map(str, keys)), []


def feature_names(
    real: pd.DataFrame,
    columns: Columns,
    keys: Sequence[Hashable],
    target: str,
    sensitive: Sequence[str],
) -> list[str]:
    """Columns a model may read: those the metadata models, and the sensitive ones; no keys."""
    return [
        name
        for name in real.columns
        if name != target
        and name not in keys
        and (not columns or columns.get(name, {}).get('sdtype') in MODELLED or name in sensitive)
    ]


def names_withheld(withheld_columns: Any, real: pd.DataFrame) -> tuple[list[str], list[str]]:
    """Columns that models are not given, each once in the order of the table; and what is wrong."""
    if withheld_columns is None or isinstance(withheld_columns, str):
        withheld_columns = [] if withheld_columns is None else [withheld_columns]
    if not isinstance(withheld_columns, list | tuple | pd.Index):
        return [], [
            f'withheld_columns={withheld_columns!r} must be a column name or a list of them.'
        ]
    order = {name: place for place, name in enumerate(real)}
    names = {str(name) for name in withheld_columns}
    return sorted(names, key=lambda name: (order.get(name, len(order)), name)), []


def withheld_problems(
    withheld: Sequence[str], features: Sequence[str], real: pd.DataFrame, target: str
) -> list[str]:
    """What is wrong with the columns that models are not to be given.

    Args:
        withheld: Their names.
        features: What models may read otherwise.
        real: The real table.
        target: What they learn.
    """
    problems = []
    for name in withheld:
        if name == target:
            problems.append(
                f"withheld column '{name}' is the target, which models learn: leave it out."
            )
        elif name not in real.columns:
            problems.append(
                f"withheld column '{name}' is not in real_data.{nearest(name, real.columns)}"
            )
    if not problems and features and not set(features) - set(withheld):
        problems.append('withheld_columns leave no column for the models to read; withhold fewer.')
    return problems


def column_problems(
    tables: Mapping[str, pd.DataFrame],
    columns: Columns,
    keys: Sequence[Hashable],
    sensitive: Sequence[str],
    target: str,
) -> list[str]:
    """What is wrong with the names of columns: roles, keys, and differences between tables."""
    problems = []
    real = tables['real']
    roles = [('sensitive column', name) for name in sensitive] + [('target column', target)]
    for role, name in roles:
        if name not in real.columns:
            problems.append(f"{role} '{name}' is not in real_data.{nearest(name, real.columns)}")
        elif name in keys:
            problems.append(f"{role} '{name}' is a key; name a column that describes people.")
    if target in sensitive:
        problems.append(
            f"'{target}' is both target and sensitive: name another target, or drop it from "
            'sensitive_columns.'
        )
    absent = [
        name
        for name, entry in columns.items()
        if entry.get('sdtype') in MODELLED and name not in real.columns and name not in keys
    ]
    if absent:
        problems.append(
            f'real_data lacks the columns {few(absent)} of the metadata; add them, or take them '
            'out of the metadata.'
        )
    features = feature_names(real, columns, keys, target, sensitive)
    named = {name for _, name in roles if name in real.columns}
    needed = [name for name in real.columns if name in named or name in features]
    for key, table in tables.items():
        lacking = [name for name in needed if name not in table.columns]
        if lacking:
            problems.append(
                f'{TABLE_NAMES[key]} lacks the columns {few(lacking)} of real_data; compare '
                'tables of the same columns.'
            )
        extra = [name for name in table.columns if name not in real.columns]
        if extra and not columns:
            problems.append(
                f'{TABLE_NAMES[key]} has the columns {few(extra)}, which real_data lacks; '
                'drop them, or give metadata that names the columns to compare.'
            )
    return problems


def few(names: Sequence[Any]) -> str:
    """At most ten names, and how many more there are."""
    shown = ', '.join(repr(name) for name in names[:10])
    return f'{shown} and {len(names) - 10} more' if len(names) > 10 else shown
