"""Everything wrong with a question of fairness, at once: what, where, and what to do about it."""

from __future__ import annotations

import warnings
from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from sdv_fair4free.metrics.features import MODELLED, Columns, describe, label_of, labels_of
from sdv_fair4free.validation import listed, nearest

MOST_CLASSES = 20
_SUSPICIOUS = 0.5
_NAMES = {
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
    metrics: Any,
    known_metrics: Sequence[str],
) -> list[str]:
    """What is wrong with the settings.

    Args:
        bootstrap_samples: Must be a whole number of at least 0.
        confidence_level: Must be a number between 0 and 1.
        minimum_group_size: Must be a whole number of at least 1.
        random_state: Must be a whole number of at least 0.
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
    if not isinstance(confidence_level, float) or not 0 < confidence_level < 1:
        problems.append(f'confidence_level={confidence_level!r} must be between 0 and 1.')
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
            problems.append(f'{_NAMES[name]} is a {type(table).__name__}; give a pandas DataFrame.')
        elif table.empty:
            problems.append(f'{_NAMES[name]} has no rows, or no columns.')
        elif not table.columns.is_unique:
            twice = sorted({str(name) for name in table.columns[table.columns.duplicated()]})
            problems.append(f'{_NAMES[name]} has several columns of the name {", ".join(twice)}.')
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
            f'real_data lacks the columns {_few(absent)} of the metadata; add them, or take them '
            'out of the metadata.'
        )
    features = feature_names(real, columns, keys, target, sensitive)
    named = {name for _, name in roles if name in real.columns}
    needed = [name for name in real.columns if name in named or name in features]
    for key, table in tables.items():
        lacking = [name for name in needed if name not in table.columns]
        if lacking:
            problems.append(
                f'{_NAMES[key]} lacks the columns {_few(lacking)} of real_data; compare tables of '
                'the same columns.'
            )
        extra = [name for name in table.columns if name not in real.columns]
        if extra and not columns:
            problems.append(
                f'{_NAMES[key]} has the columns {_few(extra)}, which real_data lacks; drop them, '
                'or give metadata that names the columns to compare.'
            )
    return problems


def value_problems(
    tables: Mapping[str, pd.DataFrame],
    columns: Columns,
    sensitive: Sequence[str],
    target: str,
    favourable: Any,
    numeric: bool,
) -> list[str]:
    """What is wrong with the values: nothing to compare, nothing to learn, nothing to hope for.

    Args:
        tables: Those that hold the columns in question.
        columns: Metadata entries.
        sensitive: Sensitive columns that the tables hold.
        target: The target column.
        favourable: The favourable outcome, or None.
        numeric: Whether the target is a number.
    """
    problems = []
    for name in sensitive:
        column = tables['real'][name]
        if column.nunique(dropna=False) < 2:
            problems.append(
                f"sensitive column '{name}' has one value only ({column.iloc[0]!r}) in real_data, "
                'so there is nothing to compare; name another column.'
            )
    if columns.get(target, {}).get('sdtype') == 'datetime':
        return [
            *problems,
            f"target column '{target}' is a date; turn it into a number (days), or into classes.",
        ]
    if numeric:
        empty = [_NAMES[key] for key, table in tables.items() if table[target].nunique() < 2]
        return problems + [
            f"target column '{target}' does not vary in {name}; there is nothing to learn."
            for name in empty
        ]
    boolean = any(pd.api.types.is_bool_dtype(table[target]) for table in tables.values())
    labels = {
        key: sorted(pd.Series(labels_of(table[target], boolean)).dropna().unique())
        for key, table in tables.items()
    }
    if favourable is None:
        many = len(labels['real'])
        if many > MOST_CLASSES:
            problems.append(
                f"target column '{target}' has {many} classes; name favourable_outcome, which is "
                'then judged against the rest, or set its sdtype to numerical if it is a number.'
            )
        return problems + [
            f"target column '{target}' has {len(values)} value{'' if values else 's'} in "
            f'{_NAMES[key]}; two are needed, or there is nothing to learn.'
            for key, values in labels.items()
            if len(values) < 2
        ]
    if not pd.api.types.is_scalar(favourable) or pd.isna(favourable):
        return [*problems, f'favourable_outcome={favourable!r} must be one value of the target.']
    wanted = label_of(favourable, boolean)
    if wanted not in labels['real']:
        return [
            *problems,
            f"favourable_outcome={favourable!r} is not a value of '{target}', which has "
            f'{_few(labels["real"])}.{nearest(favourable, labels["real"])}',
        ]
    for key, values in labels.items():
        if wanted not in values:
            problems.append(
                f"{_NAMES[key]} has no row with the favourable outcome ('{target}' = {wanted!r}), "
                f'only {_few(values)}; a model can neither learn nor be judged without.'
            )
        elif len(values) < 2:
            problems.append(
                f"every row of {_NAMES[key]} has the favourable outcome ('{target}' = {wanted!r}); "
                'a model can neither learn nor be judged on these.'
            )
    return problems


def overlap(read: Mapping[str, pd.DataFrame]) -> tuple[list[str], list[str]]:
    """Whether the validation rows are new: problems, and notes.

    Args:
        read: The tables as read by ``features.read_table``, keys left out.
    """
    hashes = {
        name: pd.util.hash_pandas_object(table, index=False).to_numpy()
        for name, table in read.items()
    }
    new = hashes['validation']
    problems = [
        f'real_validation_data and {_NAMES[name]} are the same rows; give real rows that neither '
        'the generator nor the model has seen, or leave real_validation_data out.'
        for name in ('real', 'synthetic')
        if len(new) == len(hashes[name]) and (np.sort(new) == np.sort(hashes[name])).all()
    ]
    share = float(np.isin(new, hashes['real']).mean())
    if problems or not share:
        return problems, []
    note = f'{share:.1%} of the validation rows have a twin in real_data, keys aside.'
    usual = float(pd.Series(hashes['real']).duplicated(keep=False).mean())
    if share > max(_SUSPICIOUS, usual + _SUSPICIOUS / 2):  # tables of few values repeat themselves
        note += ' So many suggest that the tables overlap: then the figures flatter the real rows.'
        warnings.warn(note, stacklevel=2)
    return [], [note]


def _few(names: Sequence[Any]) -> str:
    shown = ', '.join(repr(name) for name in names[:10])
    return f'{shown} and {len(names) - 10} more' if len(names) > 10 else shown
