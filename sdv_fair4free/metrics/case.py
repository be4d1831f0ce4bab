"""Tables, roles and settings, checked and read once: what every figure is computed from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from sdv_fair4free.metrics import checks
from sdv_fair4free.metrics.bootstrap import Resampler
from sdv_fair4free.metrics.features import Kinds, kinds_of, label_of, labels_of, read_table
from sdv_fair4free.metrics.groupings import Grouping, group_tables
from sdv_fair4free.metrics.models import is_wrong_kind

_HELD_OUT = 0.25


@dataclass(frozen=True, kw_only=True)
class Target:
    """The outcome that models predict.

    Attributes:
        name (str): The column.
        kind (str): 'binary', 'multiclass' or 'numeric'.
        classes (tuple[str, ...]): Labels by code; the favourable one of a binary target is last.
        outcome (dict[str, numpy.ndarray]): By table: codes (-1 where missing), or numbers.
        scale (float): Standard deviation in the real table, of a numeric target; else 1.
    """

    name: str
    kind: str
    classes: tuple[str, ...]
    outcome: Mapping[str, np.ndarray]
    scale: float

    def known(self, table: str) -> np.ndarray:
        """Which rows of a table have an outcome."""
        values = self.outcome[table]
        return ~np.isnan(values) if self.kind == 'numeric' else values >= 0

    def outcomes(self) -> tuple[int, ...]:
        """Codes of the classes to be judged, each against the rest."""
        return (1,) if self.kind == 'binary' else tuple(range(len(self.classes)))


@dataclass(frozen=True, kw_only=True)
class Case:
    """A checked question of fairness.

    Attributes:
        read (dict[str, pandas.DataFrame]): Features and sensitive columns of 'real', 'training'
            (the real rows models learn from), 'synthetic' and 'validation', as plain numbers and
            labels.
        kinds (dict): How each feature was read, in order.
        target (Target): The outcome.
        groupings (dict[str, Grouping]): Sensitive columns, then crossings.
        sensitive (tuple): Sensitive columns.
        model (object or None): What is trained.
        settings (dict): ``bootstrap_samples``, ``confidence_level``, ``minimum_group_size``,
            ``random_state``.
        notes (list[str]): What the reader of the figures should know.
    """

    read: Mapping[str, pd.DataFrame]
    kinds: Kinds
    target: Target
    groupings: Mapping[str, Grouping]
    sensitive: tuple[str, ...]
    model: Any
    settings: Mapping[str, Any]
    notes: list[str] = field(default_factory=list)

    def note(self, sentence: str) -> None:
        """Add a note, once."""
        if sentence not in self.notes:
            self.notes.append(sentence)

    def resampler(self, rows: int) -> Resampler:
        """Bootstrap samples of that many rows; the same for every figure of the same rows."""
        return Resampler(rows, self.settings['bootstrap_samples'], self.settings['random_state'])


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

    Raises:
        FairnessInputError: With all that is wrong.
    """
    raw = {'real': real, 'synthetic': synthetic}
    if validation is not None:
        raw['validation'] = validation
    raw = {  # whatever columns are called, from here on their names are text
        key: table.set_axis(table.columns.map(str), axis=1)
        if isinstance(table, pd.DataFrame)
        else table
        for key, table in raw.items()
    }
    problems = problems + checks.table_type_problems(raw)
    target_column = str(target_column)
    sensitive, wrong = checks.checked_names(sensitive_columns)
    columns, keys, undescribed = checks.described(metadata, table_name)
    problems += wrong + undescribed
    if undescribed or not all(isinstance(table, pd.DataFrame) for table in raw.values()):
        checks.raise_if(problems)
    problems += checks.column_problems(raw, columns, keys, sensitive, target_column)
    numeric = False
    if all(target_column in table for table in raw.values()):
        (target_kind,) = kinds_of([*raw.values()], [target_column], columns).values()
        numeric = _is_numeric(raw['real'][target_column], target_kind, columns, favourable_outcome)
        problems += checks.value_problems(
            raw,
            columns,
            [name for name in sensitive if name in raw['real']],
            target_column,
            favourable_outcome,
            numeric,
        )
    if is_wrong_kind(model, not numeric):
        given, wanted = ('classifier', 'regressor') if numeric else ('regressor', 'classifier')
        problems.append(
            f"model is a {given}, but target column '{target_column}' needs a {wanted}."
        )
    checks.raise_if(problems)

    notes: list[str] = []
    for key, table in raw.items():
        extra = [name for name in table if name not in raw['real']]
        if extra:
            notes.append(
                f'Columns of the {key} table that the real one lacks are left out: {extra}.'
            )
    features = checks.feature_names(raw['real'], columns, keys, target_column, sensitive)
    kinds = kinds_of([*raw.values()], features, columns)
    read = {}
    for key, table in raw.items():
        read[key], lost = read_table(table, kinds, columns)
        notes += [f'{key} table: {note}' for note in lost]
    places = _places(raw, settings['random_state'], notes)
    target, more = _target(raw, target_column, numeric, favourable_outcome)
    notes += more
    if 'validation' in read:
        outcome = {key: table.assign(**{'': target.outcome[key]}) for key, table in read.items()}
        same, more = checks.overlap(outcome)
        checks.raise_if(same)
        notes += more
    groupings, more = group_tables(raw, read, kinds, sensitive, intersections)
    notes += more
    return Case(
        read={key: _take(read[table], rows) for key, (table, rows) in places.items()},
        kinds=kinds,
        target=Target(
            name=target.name,
            kind=target.kind,
            classes=target.classes,
            outcome={key: target.outcome[table][rows] for key, (table, rows) in places.items()},
            scale=target.scale,
        ),
        groupings={
            name: Grouping(
                name=name,
                columns=grouping.columns,
                labels=grouping.labels,
                codes={key: grouping.codes[table][rows] for key, (table, rows) in places.items()},
            )
            for name, grouping in groupings.items()
        },
        sensitive=tuple(sensitive),
        model=model,
        settings=settings,
        notes=notes,
    )


def _take(table: pd.DataFrame, rows: np.ndarray | slice) -> pd.DataFrame:
    return table.iloc[rows].reset_index(drop=True)


def _places(
    raw: Mapping[str, pd.DataFrame], random_state: int, notes: list[str]
) -> dict[str, tuple[str, Any]]:
    """For each table that figures are computed from, the table given and its rows."""
    everything = slice(None)
    places: dict[str, tuple[str, Any]] = {
        'real': ('real', everything),
        'synthetic': ('synthetic', everything),
    }
    if 'validation' in raw:
        return {
            **places,
            'training': ('real', everything),
            'validation': ('validation', everything),
        }
    rows = np.random.default_rng(random_state).permutation(len(raw['real']))
    count = max(1, round(_HELD_OUT * len(rows)))
    notes.append(
        f'No real_validation_data was given: {count} of the {len(rows)} real rows, drawn by seed '
        f'{random_state}, are kept from the model trained on real rows and judge both models. The '
        'generator may have seen them, which flatters the synthetic rows.'
    )
    held, kept = np.sort(rows[:count]), np.sort(rows[count:])
    return {**places, 'training': ('real', kept), 'validation': ('real', held)}


def _is_numeric(column: pd.Series, kind: str, columns: Any, favourable: Any) -> bool:
    if kind != 'number' or favourable is not None or pd.api.types.is_bool_dtype(column):
        return False
    sdtype = columns.get(column.name, {}).get('sdtype', 'numerical')
    return sdtype == 'numerical' and column.nunique() > 2


def _target(
    raw: Mapping[str, pd.DataFrame], name: Any, numeric: bool, favourable: Any
) -> tuple[Target, list[str]]:
    """The outcome of every table given, and what was assumed or left out."""
    notes = []
    for key, table in raw.items():
        missing = int(table[name].isna().sum())
        if missing:
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
        return Target(name=name, kind='numeric', classes=(), outcome=values, scale=scale), notes
    boolean = any(pd.api.types.is_bool_dtype(table[name]) for table in raw.values())
    labels = {key: pd.Series(labels_of(table[name], boolean)) for key, table in raw.items()}
    seen = sorted(set().union(*(part.dropna() for part in labels.values())))
    if favourable is None and len(seen) == 2:
        counts = labels['real'].value_counts()
        truth = {('False', 'True'): 'True', ('0', '1'): '1'}.get((seen[0], seen[1]))
        favourable = truth or min(seen, key=lambda label: (counts.get(label, 0), label))
        why = '' if truth else ', the rarer value,'
        notes.append(
            f"favourable_outcome was not named: '{favourable}'{why} of '{name}' is taken to be it."
        )
    if favourable is None:
        classes, codes = tuple(seen), {label: code for code, label in enumerate(seen)}
    else:
        wanted = label_of(favourable, boolean)
        others = [label for label in seen if label != wanted]
        if len(others) > 1:
            notes.append(f"'{name}' is judged as {wanted!r} against all its other values.")
        classes = (others[0] if len(others) == 1 else f'not {wanted}', wanted)
        codes = {label: int(label == wanted) for label in seen}
    coded = {key: part.map(codes).fillna(-1).to_numpy(int) for key, part in labels.items()}
    kind = 'binary' if favourable is not None else 'multiclass'
    return Target(name=name, kind=kind, classes=classes, outcome=coded, scale=1.0), notes
