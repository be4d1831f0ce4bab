"""Constraints of ``sdv.cag``: fit, sample, conditions, missing values, and back from a file."""

from __future__ import annotations

import itertools
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sdv.cag import (
    FixedCombinations,
    FixedIncrements,
    Inequality,
    OneHotEncoding,
    Range,
    SingleTableProgrammableConstraint,
)
from sdv.metadata import Metadata
from sdv.sampling import Condition, DataFrameCondition
from sdv.single_table.base import BaseSingleTableSynthesizer
from sdv.utils import load_constraints

from .example import NAME, ROWS, described, part
from .registry import Make, check, refused
from .subjects import rows_of

THEME = 'Constraints'
TOWNS = [('Ulm', 'south', 'B1'), ('Bonn', 'west', 'B2'), ('Jena', 'east', 'B1')]
SDTYPES = {
    'group': 'categorical',
    'town': 'categorical',
    'region': 'categorical',
    'band': 'categorical',
    'low': 'numerical',
    'middle': 'numerical',
    'high': 'numerical',
    'step': 'numerical',
    'is_red': 'numerical',
    'is_blue': 'numerical',
    'outcome': 'categorical',
}


def table(*names: str) -> tuple[pd.DataFrame, Metadata]:
    """Columns that keep to every constraint used here."""
    rng = np.random.default_rng(1)
    made, _ = part()
    towns = rng.integers(0, 3, ROWS)
    for place, name in enumerate(('town', 'region', 'band')):
        made[name] = [TOWNS[town][place] for town in towns]
    made['low'] = rng.integers(0, 50, ROWS).astype(float)
    made['middle'] = made['low'] + rng.integers(1, 20, ROWS)
    made['high'] = made['middle'] + rng.integers(1, 20, ROWS)
    made['step'] = 5 * rng.integers(1, 20, ROWS)
    made['is_red'] = rng.integers(0, 2, ROWS)
    made['is_blue'] = 1 - made['is_red']
    names = ('group', *names, 'outcome')
    return made[[*names]], described({name: SDTYPES[name] for name in names})


def constrained(
    make: Make, data: pd.DataFrame, metadata: Metadata, *constraints: Any
) -> BaseSingleTableSynthesizer:
    synthesizer = make(metadata)
    synthesizer.add_constraints(list(constraints))
    synthesizer.fit({NAME: data})
    return synthesizer


def triples(made: pd.DataFrame, names: list[str]) -> set[tuple[Any, ...]]:
    """The combinations in it; None for missing values."""
    return {
        tuple(None if pd.isna(part) else part for part in row) for row in made[names].to_numpy()
    }


@check(THEME, 'Fixed combinations: only those seen are made.')
def fixed_combinations(make: Make) -> None:
    data, metadata = table('town', 'region', 'low')
    names = ['town', 'region']
    made = rows_of(constrained(make, data, metadata, FixedCombinations(names)), 60)
    assert triples(made, names) <= triples(data, names), 'a combination is new'
    assert list(made) == list(data), 'columns are missing'


@check(THEME, 'Fixed combinations with missing values: only those seen are made, with the gaps.')
def fixed_combinations_with_gaps(make: Make) -> None:
    data, metadata = table('town', 'region')
    data.loc[::5, 'town'] = None
    data.loc[::7, 'region'] = None
    names = ['town', 'region']
    made = rows_of(constrained(make, data, metadata, FixedCombinations(names)), 120)
    assert triples(made, names) <= triples(data, names), 'a combination is new'
    assert made['town'].isna().any(), 'nothing is missing'


@check(THEME, 'Fixed combinations that overlap: the second is kept by rejection.')
def overlapping_fixed_combinations(make: Make) -> None:
    data, metadata = table('town', 'region', 'band')
    first, second = ['town', 'region'], ['region', 'band']
    synthesizer = constrained(
        make, data, metadata, FixedCombinations(first), FixedCombinations(second)
    )
    made = rows_of(synthesizer, 40)
    assert len(made) == 40, f'{len(made)} rows of 40'
    for names in (first, second):
        assert triples(made, names) <= triples(data, names), f'a combination of {names} is new'


def with_gaps(data: pd.DataFrame, names: list[str], gaps: set[tuple[bool, ...]]) -> pd.DataFrame:
    """The rows, each with one of these patterns of missing values."""
    data = data.copy()
    for place, pattern in enumerate(sorted(gaps)):
        for name, gap in zip(names, pattern, strict=True):
            if gap:
                data.loc[place :: len(gaps), name] = np.nan
    return data


def gaps_are_kept(make: Make, names: list[str], constraint: Any, strict: bool) -> None:
    """Whole rows and empty ones, then all patterns: what is there keeps its order."""
    data, metadata = table(*names)
    patterns = list(itertools.product([False, True], repeat=len(names)))
    whole = patterns[0]
    for gaps in ({whole, patterns[-1]}, {*patterns}):
        holed = with_gaps(data, names, gaps)
        made = rows_of(constrained(make, holed, metadata, constraint), 60)
        assert len(made) == 60, f'{len(made)} rows of 60'
        for low, high in itertools.pairwise(names):
            both = made[[low, high]].dropna()
            good = both[low] < both[high] if strict else both[low] <= both[high]
            assert good.all(), f"'{low}' is above '{high}'"
        seen = {*map(tuple, made[names].isna().to_numpy().tolist())}
        assert seen <= gaps, f'patterns of missing values are new: {seen - gaps}'


@check(THEME, 'An inequality holds, with every pattern of missing values in the data.')
def inequality_with_every_gap(make: Make) -> None:
    gaps_are_kept(make, ['low', 'high'], Inequality('low', 'high'), strict=False)


@check(THEME, 'A range holds, with every pattern of missing values in the data.')
def range_with_every_gap(make: Make) -> None:
    names = ['low', 'middle', 'high']
    gaps_are_kept(make, names, Range(*names), strict=True)


@check(THEME, 'Fixed increments and one-hot columns hold.')
def increments_and_one_hot(make: Make) -> None:
    data, metadata = table('step', 'is_red', 'is_blue')
    synthesizer = constrained(
        make, data, metadata, FixedIncrements('step', 5), OneHotEncoding(['is_red', 'is_blue'])
    )
    made = rows_of(synthesizer, 60)
    assert (made['step'] % 5 == 0).all(), 'a value is no multiple of 5'
    assert (made['is_red'] + made['is_blue'] == 1).all(), 'a row is red and blue, or neither'


@check(THEME, 'Several constraints at once, one of which makes a category the table does not have.')
def constraints_that_make_categories(make: Make) -> None:
    data, metadata = table('town', 'region', 'low', 'high')
    synthesizer = constrained(
        make, data, metadata, FixedCombinations(['town', 'region']), Inequality('low', 'high')
    )
    made = rows_of(synthesizer, 60)
    assert triples(made, ['town', 'region']) <= triples(data, ['town', 'region']), 'new combination'
    assert (made['low'] <= made['high']).all(), "'low' is above 'high'"


@check(THEME, 'Data that break a constraint are refused, by `validate` and by `fit`.')
def data_that_break_a_constraint_are_refused(make: Make) -> None:
    data, metadata = table('low', 'high')
    synthesizer = make(metadata)
    synthesizer.add_constraints([Inequality('low', 'high')])
    broken = data.assign(high=data['low'] - 1)
    with refused(Exception, saying='equality'):
        synthesizer.validate({NAME: broken})
    with refused(Exception, saying='equality'):
        synthesizer.fit({NAME: broken})


@check(THEME, 'Constraints can be added one after another, and hold after the next fit.')
def constraints_are_added_one_after_another(make: Make) -> None:
    data, metadata = table('town', 'region', 'low', 'high')
    synthesizer = make(metadata)
    synthesizer.fit({NAME: data})
    synthesizer.add_constraints([FixedCombinations(['town', 'region'])])
    synthesizer.add_constraints([Inequality('low', 'high')])
    assert len(synthesizer.get_constraints()) == 2, 'one was forgotten'
    synthesizer.fit({NAME: data})
    made = rows_of(synthesizer, 60)
    synthesizer.validate_constraints(made)
    assert (made['low'] <= made['high']).all(), "'low' is above 'high'"


@check(THEME, 'Columns that no constraint touches keep their kind of transformer.')
def transformers_survive_constraints(make: Make) -> None:
    data, metadata = table('town', 'low', 'high')
    kinds = []
    for constraints in ([], [Inequality('low', 'high')]):
        synthesizer = make(metadata)
        synthesizer.add_constraints(constraints) if constraints else None
        synthesizer.auto_assign_transformers({NAME: data})
        kinds.append(type(synthesizer.get_transformers()['town']).__name__)
    assert kinds[0] == kinds[1], f"'town' has {kinds[1]}, without the constraint {kinds[0]}"


@check(THEME, 'Constraints are written to a file and read back, and used again.')
def constraints_come_back_from_a_file(make: Make) -> None:
    data, metadata = table('town', 'region', 'low', 'high')
    first = make(metadata)
    first.add_constraints([FixedCombinations(['town', 'region']), Inequality('low', 'high')])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / 'constraints.json'
        first.get_constraints(path)
        loaded = load_constraints(path)
    told = [
        [one.get_constraint_dict() for one in many] for many in (loaded, first.get_constraints())
    ]
    assert told[0] == told[1], 'other constraints come back'
    made = rows_of(constrained(make, data, metadata, *loaded), 60)
    assert (made['low'] <= made['high']).all(), "'low' is above 'high'"


class Doubled(SingleTableProgrammableConstraint):
    """``high`` is twice ``low``: only ``low`` is learnt."""

    def get_updated_metadata(self, metadata: Metadata) -> Metadata:
        metadata.remove_column('high', table_name=NAME)
        return metadata

    def transform(self, data: pd.DataFrame) -> pd.DataFrame:
        return data.drop(columns='high')

    def reverse_transform(self, transformed_data: pd.DataFrame) -> pd.DataFrame:
        return transformed_data.assign(high=2 * transformed_data['low'])

    def is_valid(self, synthetic_data: pd.DataFrame) -> pd.Series:
        return synthetic_data['high'] == 2 * synthetic_data['low']


@check(THEME, "A constraint of one's own works from end to end.")
def a_programmable_constraint(make: Make) -> None:
    data, metadata = table('low', 'high')
    data['high'] = 2 * data['low']
    made = rows_of(constrained(make, data, metadata, Doubled()), 60)
    assert list(made) == list(data), 'the columns are other ones'
    assert (made['high'] == 2 * made['low']).all(), "'high' is not twice 'low'"


@check(THEME, 'Conditions on all columns of fixed combinations, or on some, are met.')
def conditions_on_constrained_columns(make: Make) -> None:
    data, metadata = table('town', 'region', 'low')
    synthesizer = constrained(make, data, metadata, FixedCombinations(['town', 'region']))
    wanted = {'town': 'Jena', 'region': 'east'}
    made = synthesizer.sample_from_conditions([Condition(wanted, num_rows=20)])[NAME]
    assert len(made) == 20, f'{len(made)} rows of 20'
    assert triples(made, ['town', 'region']) == {('Jena', 'east')}, 'other combinations are made'
    some = pd.DataFrame({'town': ['Ulm', 'Bonn'], 'group': ['a', 'b']})
    made = synthesizer.sample_from_conditions([DataFrameCondition(some)])[NAME]
    assert made['region'].tolist() == ['south', 'west'], 'the rest of a combination is wrong'
    assert made['group'].tolist() == ['a', 'b'], 'the group is another one'


@check(THEME, 'Conditions on columns that no constraint touches are met, and constraints hold.')
def conditions_beside_constraints(make: Make) -> None:
    data, metadata = table('town', 'low', 'high')
    synthesizer = constrained(make, data, metadata, Inequality('low', 'high'))
    made = synthesizer.sample_from_conditions([Condition({'town': 'Ulm'}, num_rows=20)])[NAME]
    assert len(made) == 20, f'{len(made)} rows of 20'
    assert (made['town'] == 'Ulm').all(), 'the condition is not met'
    assert (made['low'] <= made['high']).all(), "'low' is above 'high'"


@check(THEME, 'A condition that breaks a constraint is refused.')
def conditions_that_break_a_constraint_are_refused(make: Make) -> None:
    data, metadata = table('town', 'region', 'low')
    synthesizer = constrained(make, data, metadata, FixedCombinations(['town', 'region']))
    wanted = Condition({'town': 'Ulm', 'region': 'west'}, num_rows=3)
    with refused(Exception):
        synthesizer.sample_from_conditions([wanted], max_tries_per_batch=5)


@check(
    THEME,
    'Where a constraint can turn a condition into its own columns, one try is enough.',
    not_offered='draws freely and keeps what matches',
)
def conditions_go_through_constraints(make: Make) -> None:
    data, metadata = table('town', 'region', 'low')
    synthesizer = constrained(make, data, metadata, FixedCombinations(['town', 'region']))
    wanted = Condition({'town': 'Jena', 'region': 'east'}, num_rows=40)
    made = synthesizer.sample_from_conditions([wanted], max_tries_per_batch=1)[NAME]
    assert len(made) == 40, f'{len(made)} rows of 40 after one try'
