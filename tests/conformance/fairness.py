"""What our synthesizer promises besides, on the same tables."""

from __future__ import annotations

import functools

import pandas as pd
from sdv.cag import FixedCombinations
from sdv.errors import SynthesizerInputError
from sdv.single_table.base import BaseSingleTableSynthesizer

from .example import NAME, part
from .registry import Make, check, refused
from .subjects import fit, learnt, rows_of

THEME = 'Fairness'
NOT_OFFERED = 'has no sensitive columns'


@functools.cache
def fair(make: Make) -> BaseSingleTableSynthesizer:
    return learnt(make, *part('age', 'colour', rows=600))


def gap(table: pd.DataFrame) -> float:
    shares = (table['outcome'] == 'yes').groupby(table['group']).mean()
    return float(shares.max() - shares.min())


@check(THEME, 'The outcome does not depend on the group.', NOT_OFFERED)
def the_outcome_does_not_depend_on_the_group(make: Make) -> None:
    made = gap(rows_of(fair(make), 4000))
    assert made < 0.05, f'the groups differ by {made:.2f}'


@check(
    THEME,
    'The strength of fairness is chosen when rows are sampled, without a new fit.',
    NOT_OFFERED,
)
def strength_is_chosen_when_sampling(make: Make) -> None:
    gaps = [gap(rows_of(fair(make), 3000, fairness_strength=dial)) for dial in (0.0, 0.5, 1.0)]
    assert gaps[0] > gaps[1] > gaps[2], f'the gaps are {gaps}'


@check(THEME, 'The groups of the people made can be chosen.', NOT_OFFERED)
def the_groups_can_be_chosen(make: Make) -> None:
    table, metadata = part('age')
    synthesizer = fit(make, table, metadata)
    made = rows_of(synthesizer, 100, sensitive_distribution={'b': 1.0})
    assert set(made['group']) == {'b'}, 'other groups are made'


@check(
    THEME, 'Sensitive columns that do not exist are refused, with the nearest name.', NOT_OFFERED
)
def unknown_sensitive_columns_are_refused(make: Make) -> None:
    _, metadata = part('age')
    with refused(SynthesizerInputError, saying="Did you mean 'group'?"):
        make(metadata, sensitive_columns=['groop'])


@check(THEME, 'A constraint that would replace a sensitive column is refused.', NOT_OFFERED)
def constraints_may_not_replace_sensitive_columns(make: Make) -> None:
    table, metadata = part('age', 'colour')
    synthesizer = make(metadata)
    with refused(SynthesizerInputError, saying='group'):
        synthesizer.add_constraints([FixedCombinations(['group', 'colour'])])
    synthesizer.fit({NAME: table})
    assert len(rows_of(synthesizer, 10)) == 10, 'it cannot be used afterwards'
