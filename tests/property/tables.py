"""Any table: Hypothesis draws a short description, from which a seed makes the rows.

A description is a few words and numbers, so that it is drawn quickly and shrinks to what matters.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from conftest import hiring_table  # noqa: F401 - SDV's settings go to a scratch folder first
from hypothesis import strategies as st
from sdv.cag import FixedCombinations, FixedIncrements, Inequality
from sdv.metadata import Metadata

from property.kinds import KEYS, KINDS, SPREADS, Kind
from sdv_fair4free import StudentConfig, TeacherConfig, TrainingConfig

GAPS = ('none', 'random', 'of a group', 'nearly all')
CONSTRAINTS = ('none', 'combinations', 'inequality', 'increments', 'dates')
NAMES: tuple[str | int, ...] = (
    'a', 'b', 'c', 'd', 'e', 0, 7, -1, 'index', 'x.is_null', 'a#b', 'ü 名', ' ', 'None', '1.5',
    'a\nb', 'total', 'Stage', 'shape', 'T', 'name', 'level_0', '%s', "it's", 'a.value',
)  # fmt: skip
# No name at all, SDMetrics takes for that of the key of a table that has none.


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """One column: kind, spread, missing values, and as what metadata describe it if not as usual.

    Attributes:
        name: A number or text.
        kind: Of ``KINDS``.
        spread: Of ``SPREADS``.
        gaps: Of ``GAPS``.
        sdtype: 'categorical' or 'ordinal' for a kind that may have it; None for the usual.
    """

    name: str | int
    kind: str
    spread: str = 'few'
    gaps: str = 'none'
    sdtype: str | None = None

    @property
    def described(self) -> Kind:
        return KINDS[self.kind]

    @property
    def text(self) -> str:
        return str(self.name)

    @property
    def may_have_role(self) -> bool:
        """Whether it can be sensitive, or a target, at all."""
        roles = ('categorical', 'boolean', 'ordinal', 'numerical', 'datetime')
        return self.entry()['sdtype'] in roles and not self.kind.startswith('absent')

    def made(self, rng: np.random.Generator, group: np.ndarray) -> pd.Series:
        """(rows,) values; ``group`` is what missing values may depend on."""
        kind, rows = self.described, len(group)
        values = kind.make(rng, rows, self.spread)
        chance = {
            'none': np.zeros(rows),
            'random': np.full(rows, 0.3),
            'of a group': np.where(group, 0.8, 0.05),
            'nearly all': np.full(rows, 0.97),
        }
        gone = rng.random(rows) < chance[self.gaps]
        if not kind.gaps or not gone.any():
            return values
        return values.mask(gone, None) if values.dtype == object else values.mask(gone)

    def entry(self) -> dict[str, Any]:
        """What metadata say of it."""
        kind = self.described
        if self.sdtype is not None and kind.categories and self.spread in ('few', 'constant'):
            return {'sdtype': self.sdtype}
        return dict(kind.entry)


@dataclass(frozen=True, kw_only=True)
class Case:
    """A table with the parameters that it is fitted with, and what is asked of it.

    Attributes:
        seed: Of the rows.
        rows: How many.
        columns: At least one.
        key: Of ``KEYS``; None for none.
        alternate: Another key.
        constraint: Of ``CONSTRAINTS``; it brings columns of its own.
        sensitive: Places of columns, modulo the columns that are modelled.
        targets: The same.
        tame: Whether columns with a role have few values and no gaps, and parameters fit them.
        criterion: A parameter of the synthesizer, as are those that follow.
        odd_index: Whether the table has an index of text that repeats.
        shuffled: Whether metadata list the columns in another order.
        batch: Rows at a time.
        made: Rows to sample.
    """

    seed: int = 0
    rows: int = 40
    columns: tuple[Drawn, ...]
    key: str | None = None
    alternate: str | None = None
    constraint: str = 'none'
    sensitive: tuple[int, ...] = ()
    targets: tuple[int, ...] = ()
    tame: bool = True
    criterion: str = 'demographic_parity'
    scope: str = 'target'
    strength: float = 1.0
    distillation: str | None = 'data_free'
    size: str = 'large'
    width: int = 8
    epochs: int = 1
    transport: str | None = 'conditional'
    autoregressive: bool = True
    enforce_rounding: bool = True
    enforce_min_max_values: bool = True
    odd_index: bool = False
    shuffled: bool = False
    batch: int | None = None
    made: int = 20

    @property
    def modelled(self) -> list[Drawn]:
        """The columns that are learnt, those of a constraint and keys left out."""
        return [column for column in self.columns if column.described.modelled]

    def roles(self) -> tuple[list[str], list[str]]:
        """Names of the sensitive and of the target columns."""
        names = [column.text for column in self.modelled if column.may_have_role or not self.tame]
        if not names:
            return [], []
        sensitive = list(dict.fromkeys(names[place % len(names)] for place in self.sensitive))
        targets = list(dict.fromkeys(names[place % len(names)] for place in self.targets))
        return sensitive, [name for name in targets if name not in sensitive]

    def tamed(self) -> tuple[Drawn, ...]:
        """The columns, those with a role without rare values where that is wanted."""
        roles = [name for names in self.roles() for name in names]
        return tuple(
            replace(column, spread='few', gaps='none')
            if self.tame and column.text in roles
            else column
            for column in self.columns
        )

    def drawn(self) -> tuple[pd.DataFrame, Metadata]:
        """The table, and what describes it."""
        rng = np.random.default_rng(self.seed)
        group = rng.random(self.rows) < 0.5
        values: dict[str | int, pd.Series] = {}
        entries: dict[str, dict[str, Any]] = {}
        keys: dict[str, Any] = {}
        for place, column in enumerate(self.tamed()):
            values[column.name] = column.made(np.random.default_rng([self.seed, place]), group)
            entries[column.text] = column.entry()
        for name, kind in (('key', self.key), ('other key', self.alternate)):
            if kind is not None:
                values[name] = KEYS[kind].make(rng, self.rows, 'many')
                entries[name] = KEYS[kind].entry
        if self.key is not None:
            keys['primary_key'] = 'key'
        if self.alternate is not None:
            keys['alternate_keys'] = ['other key']
        bound, of_them = _constrained(self.constraint, rng, self.rows)
        table = pd.DataFrame({**values, **bound})
        if self.odd_index:
            table.index = pd.Index([f'r{place % 7}' for place in range(self.rows)], name='a')
        described = {**entries, **of_them}
        if self.shuffled:
            described = {name: described[name] for name in sorted(described, key=hash_of)}
        return table, Metadata.load_from_dict({'tables': {'t': {'columns': described, **keys}}})

    @property
    def bound(self) -> list[list[str | int]]:
        """Columns of the constraint, those together that must be known together."""
        columns: dict[str, list[list[str | int]]] = {
            'none': [],
            'combinations': [['left'], ['right']],
            'inequality': [['low', 'high']],
            'dates': [['low', 'high']],
            'increments': [['pay']],
        }
        return columns[self.constraint]

    def constraints(self) -> list[Any]:
        """The constraint, if there is one."""
        made = {
            'none': [],
            'combinations': [FixedCombinations(column_names=['left', 'right'])],
            'inequality': [Inequality('low', 'high')],
            'dates': [Inequality('low', 'high')],
            'increments': [FixedIncrements(column_name='pay', increment_value=500)],
        }
        return made[self.constraint]

    def parameters(self, table: pd.DataFrame) -> dict[str, Any]:
        """What the synthesizer is made with."""
        sensitive, targets = self.roles()
        training = TrainingConfig(
            epochs=2, width=self.width, depth=1, batch_size=64, learning_rate=1e-2
        )
        student = StudentConfig.of_size(self.size)
        criterion, scope = self.criterion, self.scope
        if self.tame and sensitive and not targets:
            criterion, scope = 'demographic_parity', 'all'
        favourable = None
        if criterion == 'equal_opportunity' and len(targets) == 1:
            (column,) = (column for column in self.columns if column.text == targets[0])
            if self.tame and column.entry()['sdtype'] in ('numerical', 'datetime'):
                criterion = 'equalized_odds'
            else:
                favourable = table[column.name].iloc[0]
        elif criterion == 'equal_opportunity' and self.tame:
            criterion = 'equalized_odds'
        return {
            'sensitive_columns': sensitive or None,
            'target_column': targets or None,
            'fairness_criterion': criterion,
            'fairness_scope': scope,
            'fairness_strength': self.strength,
            'favourable_outcome': favourable,
            'distillation': self.distillation,
            'epochs': self.epochs,
            'enforce_rounding': self.enforce_rounding,
            'enforce_min_max_values': self.enforce_min_max_values,
            'teacher': TeacherConfig(
                representation=training,
                decoder=training,
                dependence_batch=64,
                transport=self.transport,
                autoregressive=self.autoregressive,
            ),
            'student': replace(
                student, training=replace(student.training, width=self.width), pool=128
            ),
        }


def hash_of(name: str) -> int:
    """A number that is the same in every process."""
    return zlib.crc32(name.encode())


def _constrained(
    constraint: str, rng: np.random.Generator, rows: int
) -> tuple[dict[str | int, pd.Series], dict[str, dict[str, Any]]]:
    low = pd.Series(rng.integers(0, 50, rows))
    more = pd.Series(rng.integers(1, 50, rows))
    start = pd.Timestamp('2020-01-01') + pd.to_timedelta(low, 'D')
    letters = pd.Series(rng.choice(list('abc'), rows))
    columns: dict[str, dict[str, tuple[pd.Series, str]]] = {
        'none': {},
        'combinations': {
            'left': (letters, 'categorical'),
            'right': (letters.where(low < 25, 'a'), 'categorical'),
        },
        'inequality': {'low': (low, 'numerical'), 'high': (low + more, 'numerical')},
        'dates': {
            'low': (start, 'datetime'),
            'high': (start + pd.to_timedelta(more, 'D'), 'datetime'),
        },
        'increments': {'pay': (more * 500, 'numerical')},
    }
    chosen = columns[constraint]
    return (
        {name: values for name, (values, _) in chosen.items()},
        {name: {'sdtype': sdtype} for name, (_, sdtype) in chosen.items()},
    )


@st.composite
def columns(draw: st.DrawFn) -> tuple[Drawn, ...]:
    """One column to eight, each of another name."""
    names = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=8, unique=True))
    return tuple(
        Drawn(
            name=name,
            kind=draw(st.sampled_from(list(KINDS))),
            spread=draw(st.sampled_from(SPREADS)),
            gaps=draw(st.sampled_from(GAPS)),
            sdtype=draw(st.sampled_from([None, 'categorical', 'ordinal'])),
        )
        for name in names
    )


SOMETIMES = st.sampled_from([*['none'] * 4, *CONSTRAINTS[1:]])
KEY = st.sampled_from([None, *KEYS])
ROWS = st.one_of(st.integers(30, 120), st.integers(1, 30))
PLACES = st.lists(st.integers(0, 7), max_size=2).map(tuple)


def cases() -> st.SearchStrategy[Case]:
    """Any table, with any parameters."""
    return st.builds(
        Case,
        seed=st.integers(0, 2**16),
        rows=ROWS,
        columns=columns(),
        key=KEY,
        alternate=st.one_of(st.none(), KEY),
        constraint=SOMETIMES,
        sensitive=PLACES,
        targets=PLACES,
        tame=st.sampled_from([True, True, True, False]),
        criterion=st.sampled_from(
            ['demographic_parity', 'demographic_parity', 'equalized_odds', 'equal_opportunity']
        ),
        scope=st.sampled_from(['target', 'all']),
        strength=st.sampled_from([1.0, 0.0, 0.5]),
        distillation=st.sampled_from(['data_free', 'with_data', None]),
        size=st.sampled_from(['large', 'small', 'medium']),
        width=st.sampled_from([8, 16]),
        epochs=st.integers(1, 2),
        transport=st.sampled_from(['conditional', 'pooled', None]),
        autoregressive=st.booleans(),
        enforce_rounding=st.booleans(),
        enforce_min_max_values=st.booleans(),
        odd_index=st.booleans(),
        shuffled=st.booleans(),
        batch=st.sampled_from([None, 7]),
        made=st.integers(0, 60),
    )
