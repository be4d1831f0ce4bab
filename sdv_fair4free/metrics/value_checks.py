"""What is wrong with values: nothing to compare, nothing to learn, written in another way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from sdv_fair4free.metrics.checks import TABLE_NAMES, few
from sdv_fair4free.metrics.features import Columns, Kinds, read_column
from sdv_fair4free.metrics.spelling import spelling_of
from sdv_fair4free.validation import nearest

MOST_CLASSES = 20
Labels = Mapping[str, Sequence[str]]


def value_problems(
    tables: Mapping[str, pd.DataFrame],
    raw: Mapping[str, pd.DataFrame],
    columns: Columns,
    sensitive: Sequence[str],
    target: str,
    favourable: Any,
    numeric: bool,
) -> list[str]:
    """What is wrong with the values: nothing to compare, nothing to learn, nothing to hope for.

    Args:
        tables: Those that hold the columns in question, categories spelt alike.
        raw: The same as given.
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
                f"sensitive column '{name}' has one value only ({raw['real'][name].iloc[0]!r}) in "
                'real_data, so there is nothing to compare; name another column.'
            )
    if columns.get(target, {}).get('sdtype') == 'datetime':
        return [
            *problems,
            f"target column '{target}' is a date; turn it into a number (days), or into classes.",
        ]
    if numeric:
        return problems + [
            f"target column '{target}' does not vary in {TABLE_NAMES[key]}; there is nothing to "
            'learn.'
            for key, table in tables.items()
            if len(np.unique(_known(read_column(table[target], 'number')))) < 2
        ]
    labels = {key: labels_in(table[target]) for key, table in tables.items()}
    empty = [
        f"target column '{target}' is empty in {TABLE_NAMES[key]}; there is nothing to learn or to "
        'judge on. Fill it, or give another table.'
        for key, found in labels.items()
        if not found
    ]
    if empty:
        return problems + empty
    if favourable is None:
        return problems + _unnamed(labels, target)
    if not pd.api.types.is_scalar(favourable) or pd.isna(favourable):
        return [*problems, f'favourable_outcome={favourable!r} must be one value of the target.']
    wanted = spelling_of(favourable, raw, target)
    if wanted not in labels['real']:
        return [
            *problems,
            f"favourable_outcome={favourable!r} is not a value of '{target}', which has "
            f'{few(labels["real"])}.{nearest(favourable, labels["real"])}',
        ]
    return problems + spelling_problems(labels, target, wanted)


def labels_in(column: pd.Series) -> list[str]:
    """The labels of a column, sorted."""
    return sorted(column.dropna().unique())


def guessed(column: pd.Series) -> tuple[str, str]:
    """Of a target of two labels the favourable one, if none was named, and why it is that."""
    counts = column.value_counts()
    first, second = sorted(counts.index)
    truth = {('False', 'True'): 'True', ('0', '1'): '1'}.get((first, second))
    if truth is not None:
        return truth, ''
    return min((first, second), key=lambda label: (counts[label], label)), ', the rarer value,'


def _unnamed(labels: Labels, target: str) -> list[str]:
    """Without a favourable outcome: enough classes, not too many, and written alike."""
    problems = []
    many = len(labels['real'])
    if many > MOST_CLASSES:
        problems.append(
            f"target column '{target}' has {many} classes; name favourable_outcome, which is "
            'then judged against the rest, or set its sdtype to numerical if it is a number.'
        )
    single = [
        f"target column '{target}' has {len(values)} value in {TABLE_NAMES[key]}; two are needed, "
        'or there is nothing to learn.'
        for key, values in labels.items()
        if len(values) < 2
    ]
    return problems + (single or spelling_problems(labels, target, None))


def spelling_problems(labels: Labels, name: str, wanted: str | None) -> list[str]:
    """Values that the real table writes in another way, and tables that lack an outcome.

    Args:
        labels: Those of every table.
        name: The target column.
        wanted: The favourable outcome; None if it was not named.
    """
    real = labels['real']
    problems = []
    for key, found in labels.items():
        strange = strangers(found, real)
        if strange:
            problems.append(_otherwise_written(name, key, strange, real))
        elif wanted is None and len(real) == 2 and len({*found} & {*real}) < 2:
            problems.append(
                f"{TABLE_NAMES[key]} has the values {few(found)} of '{name}', real_data has "
                f'{few(real)}; two that both have are needed. Write the same outcome in the same '
                'way in every table.'
            )
        elif wanted is not None and wanted not in found:
            problems.append(
                f"{TABLE_NAMES[key]} has no row with the favourable outcome ('{name}' = "
                f'{wanted!r}), only {few(found)}; a model can neither learn nor be judged without.'
            )
        elif wanted is not None and len(found) < 2:
            problems.append(
                f"every row of {TABLE_NAMES[key]} has the favourable outcome ('{name}' = "
                f'{wanted!r}); a model can neither learn nor be judged on these.'
            )
    return problems


def strangers(found: Sequence[str], real: Sequence[str]) -> dict[str, str]:
    """Labels that the real table lacks and seems to write in another way, with a hint each.

    These are labels that differ only in case, blanks and a full stop at the end ('>50K.'); and all
    labels of a table that shares none with the real one.
    """
    new = [label for label in found if label not in real]
    folded = {_folded(label): label for label in real}
    if len(new) == len(found):
        return {label: folded.get(_folded(label), '') for label in new}
    return {label: folded[_folded(label)] for label in new if _folded(label) in folded}


def sensitive_problems(
    tables: Mapping[str, pd.DataFrame], sensitive: Sequence[str], kinds: Kinds
) -> list[str]:
    """Groups that a table writes in another way than the real one: nothing would be compared."""
    return [
        _otherwise_written(name, key, strange, real)
        for name in sensitive
        if kinds[name] == 'category'
        for real in [labels_in(tables['real'][name])]
        for key, table in tables.items()
        if (strange := strangers(labels_in(table[name]), real))
    ]


def unreadable(tables: Mapping[str, pd.DataFrame], names: Sequence[str], kinds: Kinds) -> list[str]:
    """Columns of numbers or dates of which a table has none, though its cells are not empty."""
    problems = []
    for name in names:
        for key, table in tables.items():
            known = table[name].dropna()
            if kinds[name] != 'number' or not len(known):
                continue
            if not len(_known(read_column(known, 'number'))):
                problems.append(
                    f"'{name}' is a number, but no value of {TABLE_NAMES[key]} is one "
                    f'({known.iloc[0]!r}); write numbers, or set its sdtype to categorical.'
                )
    return problems


def _otherwise_written(name: str, key: str, strange: Mapping[str, str], real: Sequence[str]) -> str:
    label, meant = next(iter(strange.items()))
    hint = f' Did you mean {meant!r} by {label!r}?' if meant else nearest(label, real)
    return (
        f"{TABLE_NAMES[key]} has the values {few([*strange])} of '{name}', which real_data does "
        f'not have; it has {few(real)}. Write the same value in the same way in every table.{hint}'
    )


def _known(numbers: np.ndarray) -> np.ndarray:
    known: np.ndarray = numbers[~np.isnan(numbers)]
    return known


def _folded(label: str) -> str:
    return label.strip().rstrip('.').rstrip().casefold()
