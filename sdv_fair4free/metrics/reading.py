"""From what the caller gives to a checked case."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from sdv_fair4free.metrics import checks, value_checks
from sdv_fair4free.metrics.case import Case, Target
from sdv_fair4free.metrics.features import (
    Kinds,
    is_boolean,
    kinds_of,
    read_column,
    read_table,
)
from sdv_fair4free.metrics.groupings import group_tables
from sdv_fair4free.metrics.models import model_problems
from sdv_fair4free.metrics.outcome import read_target, target_is_number
from sdv_fair4free.metrics.overlap import overlap
from sdv_fair4free.metrics.spelling import spell_alike, spelling_of

_HELD_OUT = 0.25


def build_case(
    *,
    real: Any,
    synthetic: Any,
    metadata: Any,
    sensitive_columns: Any,
    target_column: Any,
    validation: Any,
    favourable_outcome: Any,
    intersections: bool,
    model: Any,
    settings: Mapping[str, Any],
    problems: Sequence[str],
    table_name: str | None = None,
    withheld_columns: Any = (),
) -> Case:
    """Check everything, then read it; see ``audit.audit`` for the arguments.

    Args:
        real: See there, like all that follow.
        synthetic: See there.
        metadata: See there.
        sensitive_columns: See there.
        target_column: See there.
        validation: See there.
        favourable_outcome: See there.
        intersections: See there.
        model: See there.
        settings: See ``Case``.
        problems: What is already known to be wrong with the settings.
        table_name: See there.
        withheld_columns: See there.

    Raises:
        FairnessInputError: With all that is wrong.
    """
    given = {'real': real, 'synthetic': synthetic}
    if validation is not None:
        given['validation'] = validation
    frames = {key: table for key, table in given.items() if isinstance(table, pd.DataFrame)}
    # Whatever columns are called, from here on their names are text.
    given |= {key: table.set_axis(table.columns.map(str), axis=1) for key, table in frames.items()}
    target_column = str(target_column)
    sensitive, wrong = checks.checked_names(sensitive_columns)
    columns, keys, undescribed = checks.described(metadata, table_name)
    untabular = checks.table_type_problems(given)
    found = [*problems, *untabular, *wrong, *undescribed]
    if untabular or undescribed:  # nothing more can be said
        checks.raise_if(found)
    found += checks.column_problems(given, columns, keys, sensitive, target_column)

    features = checks.feature_names(given['real'], columns, keys, target_column, sensitive)
    withheld, wrong = checks.names_withheld(withheld_columns, given['real'])
    found += wrong
    found += checks.withheld_problems(withheld, features, given['real'], target_column)
    present = [
        name
        for name in (*features, target_column)
        if all(name in table for table in given.values())
    ]
    kinds = kinds_of([*given.values()], present, columns)
    numeric = target_is_number(given['real'], target_column, columns, kinds, favourable_outcome)
    classes = [] if numeric or target_column not in kinds else [target_column]
    categories = [name for name in present if kinds[name] == 'category' and name not in classes]
    raw, notes = spell_alike(given, [*categories, *classes])
    found += value_checks.unreadable(
        given, [name for name in present if name not in classes], kinds
    )
    held = [name for name in sensitive if name in present]
    found += value_checks.sensitive_problems(raw, held, kinds)
    if target_column in present:
        found += value_checks.value_problems(
            raw, given, columns, held, target_column, favourable_outcome, numeric
        )
    found += model_problems(model, not numeric, target_column)
    checks.raise_if(found)

    notes += [
        *_extra_columns(raw),
        *_mixed_types(given, [name for name in features if name not in columns], kinds),
        *_strangers(raw, features, kinds, sensitive, settings['minimum_group_size']),
    ]
    unread = [name for name in raw['real'] if name not in (*features, target_column)]
    if unread:
        notes.append(
            f'Keys, ids, personal data and columns unknown to metadata are not read: {unread}.'
        )
    held_out = validation is None
    if held_out:
        raw, note = _hold_out(raw, settings['random_state'])
        notes.append(note)
    raw['training'] = raw.get('training', raw['real'])
    kinds = {name: kinds[name] for name in features}
    read = {}
    for key, table in raw.items():
        read[key], lost = read_table(table, kinds, columns)
        notes += [f'{key} table: {note}' for note in lost if key != 'training']
    if favourable_outcome is not None:
        favourable_outcome = spelling_of(favourable_outcome, given, target_column)
    target, more = read_target(raw, target_column, numeric, favourable_outcome)
    notes += more
    if numeric and not columns:
        notes += _might_be_classes(raw['real'][target_column])
    if held_out:
        checks.raise_if(_too_few_to_hold_out(target))
    else:
        outcome = {key: table.assign(**{'': target.outcome[key]}) for key, table in read.items()}
        same, more = overlap(outcome)
        checks.raise_if(same)
        notes += more
    groupings, more = group_tables(raw, read, kinds, sensitive, intersections)
    if withheld:
        notes.append(f'The models were not given these columns: {withheld}.')
    return Case(
        read=read,
        kinds={name: kind for name, kind in kinds.items() if name not in withheld},
        withheld=tuple(withheld),
        target=target,
        groupings=groupings,
        sensitive=tuple(sensitive),
        model=model,
        settings=settings,
        notes=notes + more,
    )


def _extra_columns(raw: Mapping[str, pd.DataFrame]) -> list[str]:
    extra = {key: [name for name in table if name not in raw['real']] for key, table in raw.items()}
    return [
        f'Columns of the {key} table that the real one lacks are left out: {names}.'
        for key, names in extra.items()
        if names
    ]


def _mixed_types(
    given: Mapping[str, pd.DataFrame], undescribed: Sequence[str], kinds: Kinds
) -> list[str]:
    """Columns without metadata that only some tables hold as numbers, and that are categories."""
    notes = []
    for name in undescribed:
        numbers = {
            key: pd.api.types.is_numeric_dtype(table[name].infer_objects())
            and not is_boolean(table[name])
            for key, table in given.items()
        }
        if kinds[name] == 'category' and len(set(numbers.values())) > 1:
            as_numbers = [key for key, number in numbers.items() if number]
            notes.append(
                f"'{name}' holds numbers in the {' and '.join(as_numbers)} table only and is read "
                'as categories; if it is a number, write numbers, and set its sdtype to numerical.'
            )
    return notes


def _strangers(
    raw: Mapping[str, pd.DataFrame],
    features: Sequence[str],
    kinds: Kinds,
    sensitive: Sequence[str],
    minimum: int,
) -> list[str]:
    """Values that real rows do not have where values that they have are missing.

    A sensitive column of which that is true is warned about: figures leave out the lost groups.
    """
    notes = []
    for name in features:
        if kinds[name] != 'category':
            continue
        real = raw['real'][name].value_counts()
        for key in raw:
            found = value_checks.labels_in(raw[key][name])
            new = [label for label in found if label not in real.index]
            lost = [label for label in real.index[real >= minimum] if label not in found]
            if name in sensitive and new and lost:
                note = (
                    f"The {key} table has no row of {checks.few(lost)} of '{name}', but has the "
                    f'values {checks.few(new)}, which the real table lacks. If these are the same '
                    'groups, write them in the same way; the lost ones are not compared.'
                )
                warnings.warn(note, stacklevel=2)
                notes.append(note)
            elif found and len(new) == len(found):
                notes.append(
                    f"No value of '{name}' in the {key} table is one of the real table "
                    f'({new[0]!r}, not {real.index[0]!r}): models learn nothing from it. Are they '
                    'written in the same way?'
                )
    return notes


def _might_be_classes(target: pd.Series) -> list[str]:
    values = pd.Series(read_column(target, 'number')).dropna().unique()
    if len(values) > value_checks.MOST_CLASSES or not (values == np.round(values)).all():
        return []
    return [
        f"'{target.name}' has {len(values)} whole numbers as values and is judged as a number, "
        'since there is no metadata; if they are classes, give metadata that says categorical.'
    ]


def _hold_out(
    raw: Mapping[str, pd.DataFrame], random_state: int
) -> tuple[dict[str, pd.DataFrame], str]:
    """Part the real rows in those a model learns from and those that judge it."""
    real = raw['real']
    rows = np.random.default_rng(random_state).permutation(len(real))
    count = max(1, round(_HELD_OUT * len(rows)))
    note = (
        f'No real_validation_data was given: {count} of the {len(rows)} real rows, drawn by seed '
        f'{random_state}, are kept from the model trained on real rows and judge both models. The '
        'generator may have seen them, which flatters the synthetic rows.'
    )
    parts = {
        'training': real.iloc[np.sort(rows[count:])],
        'validation': real.iloc[np.sort(rows[:count])],
    }
    return {**raw, **parts}, note


def _too_few_to_hold_out(target: Target) -> list[str]:
    few = any(
        len(np.unique(target.outcome[table][target.known(table)])) < 2
        for table in ('training', 'validation')
    )
    return [
        f"real_data has too few rows to hold out a quarter: no two values of '{target.name}' are "
        'left in both parts; give real_validation_data.'
    ] * few
