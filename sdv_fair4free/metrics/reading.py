"""From what the caller gives to a checked case."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from sdv_fair4free.metrics import checks
from sdv_fair4free.metrics.case import Case, Target
from sdv_fair4free.metrics.features import kinds_of, label_of, labels_of, read_table
from sdv_fair4free.metrics.groupings import group_tables
from sdv_fair4free.metrics.models import is_wrong_kind

_HELD_OUT = 0.25


def build_case(
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
    problems: list[str],
    table_name: str | None = None,
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

    Raises:
        FairnessInputError: With all that is wrong.
    """
    raw = {'real': real, 'synthetic': synthetic}
    if validation is not None:
        raw['validation'] = validation
    frames = {key: table for key, table in raw.items() if isinstance(table, pd.DataFrame)}
    # Whatever columns are called, from here on their names are text.
    raw |= {key: table.set_axis(table.columns.map(str), axis=1) for key, table in frames.items()}
    target_column = str(target_column)
    sensitive, wrong = checks.checked_names(sensitive_columns)
    columns, keys, undescribed = checks.described(metadata, table_name)
    untabular = checks.table_type_problems(raw)
    problems = [*problems, *untabular, *wrong, *undescribed]
    if untabular or undescribed:  # nothing more can be said
        checks.raise_if(problems)
    problems += checks.column_problems(raw, columns, keys, sensitive, target_column)
    numeric = False
    if all(target_column in table for table in raw.values()):
        numeric = _is_numeric(raw, target_column, columns, favourable_outcome)
        present = [name for name in sensitive if name in raw['real']]
        problems += checks.value_problems(
            raw, columns, present, target_column, favourable_outcome, numeric
        )
    if is_wrong_kind(model, not numeric):
        given, wanted = ('classifier', 'regressor') if numeric else ('regressor', 'classifier')
        problems.append(
            f"model is a {given}, but target column '{target_column}' needs a {wanted}."
        )
    checks.raise_if(problems)

    features = checks.feature_names(raw['real'], columns, keys, target_column, sensitive)
    kinds = kinds_of([*raw.values()], features, columns)
    notes = _extra_columns(raw)
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
    read = {}
    for key, table in raw.items():
        read[key], lost = read_table(table, kinds, columns)
        notes += [f'{key} table: {note}' for note in lost if key != 'training']
    target, more = _target(raw, target_column, numeric, favourable_outcome)
    notes += more
    if held_out:
        checks.raise_if(_too_few_to_hold_out(target))
    else:
        outcome = {key: table.assign(**{'': target.outcome[key]}) for key, table in read.items()}
        same, more = checks.overlap(outcome)
        checks.raise_if(same)
        notes += more
    groupings, more = group_tables(raw, read, kinds, sensitive, intersections)
    return Case(
        read=read,
        kinds=kinds,
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


def _is_numeric(raw: Mapping[str, pd.DataFrame], name: str, columns: Any, favourable: Any) -> bool:
    (kind,) = kinds_of([*raw.values()], [name], columns).values()
    column = raw['real'][name]
    if kind != 'number' or favourable is not None or pd.api.types.is_bool_dtype(column):
        return False
    sdtype = columns.get(name, {}).get('sdtype', 'numerical')
    return sdtype == 'numerical' and column.nunique() > 2


def _target(
    raw: Mapping[str, pd.DataFrame], name: Any, numeric: bool, favourable: Any
) -> tuple[Target, list[str]]:
    """The outcome of every table given, and what was assumed or left out."""
    notes = []
    for key, table in raw.items():
        missing = int(table[name].isna().sum())
        if missing and key != 'training':
            notes.append(
                f"{missing} rows of the {key} table have no '{name}': no figure counts them."
            )
    if numeric:
        values = {
            key: table[name].astype('Float64').to_numpy(float, na_value=np.nan)
            for key, table in raw.items()
        }
        values = {key: np.where(np.isinf(part), np.nan, part) for key, part in values.items()}
        scale = float(np.nanstd(values['real']))
        return Target(
            name=name, kind='numeric', classes=(), judged=(), outcome=values, scale=scale
        ), notes
    boolean = any(pd.api.types.is_bool_dtype(table[name]) for table in raw.values())
    labels = {key: pd.Series(labels_of(table[name], boolean)) for key, table in raw.items()}
    seen = sorted(labels['real'].dropna().unique())
    invented = sorted({*labels['synthetic'].dropna()} - {*seen})
    if invented:
        notes.append(f"The synthetic table has made up values of '{name}': {invented[:8]}.")
    if favourable is None and len(seen) == 2:
        counts = labels['real'].value_counts()
        truth = {('False', 'True'): 'True', ('0', '1'): '1'}.get((seen[0], seen[1]))
        favourable = truth or min(seen, key=lambda label: (counts[label], label))
        why = '' if truth else ', the rarer value,'
        notes.append(
            f"favourable_outcome was not named: '{favourable}'{why} of '{name}' is taken to be it."
        )
    if favourable is None:
        kind, judged = 'multiclass', tuple(range(len(seen)))
        codes = {label: code for code, label in enumerate(seen)}
        other = len(seen)
        strangers = any((~part.dropna().isin(seen)).any() for part in labels.values())
        classes = (*seen, 'not in the real table') if strangers else tuple(seen)
    else:
        kind, judged, other = 'binary', (1,), 0
        wanted = label_of(favourable, boolean)
        others = [label for label in seen if label != wanted]
        if len(others) > 1:
            notes.append(f"'{name}' is judged as {wanted!r} against all its other values.")
        classes = (others[0] if len(others) == 1 else f'not {wanted}', wanted)
        codes = {wanted: 1}
    coded = {
        key: np.where(part.isna(), -1, part.map(codes).fillna(other)).astype(int)
        for key, part in labels.items()
    }
    return Target(
        name=name, kind=kind, classes=classes, judged=judged, outcome=coded, scale=1.0
    ), notes
