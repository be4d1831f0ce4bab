"""Transformers: which are chosen, and how a user changes them."""

from __future__ import annotations

from rdt.transformers import AnonymizedFaker, FloatFormatter, IndexGenerator, RegexGenerator
from rdt.transformers.pii import PseudoAnonymizedFaker
from sdv.errors import RefitWarning, SynthesizerInputError

from .example import COLUMNS, NAME, part, people, people_metadata
from .registry import Make, check, refused, warned
from .subjects import own, rows_of

THEME = 'Transformers'


@check(THEME, '`auto_assign_transformers` gives every column what its sdtype asks for.')
def transformers_are_assigned(make: Make) -> None:
    synthesizer = make(people_metadata())
    synthesizer.auto_assign_transformers({NAME: people()})
    chosen = synthesizer.get_transformers()
    assert list(chosen) == list(COLUMNS), 'columns are missing, or in another order'
    assert isinstance(chosen['code'], RegexGenerator), 'a pattern has no generator'
    assert isinstance(chosen['email'], AnonymizedFaker), 'addresses are not made up'
    assert chosen['person'].is_generator(), 'keys are not made up'
    for name in ('age', 'wage'):
        kinds = chosen[name].get_supported_sdtypes()
        assert 'numerical' in kinds, f"'{name}' has a transformer for {kinds}"


@check(THEME, '`get_transformers` before they are assigned says how to get them.')
def transformers_are_not_there_at_first(make: Make) -> None:
    with refused(ValueError, saying='auto_assign_transformers'):
        make(people_metadata()).get_transformers()


@check(THEME, 'Categories reach the model as they are: as many values as there are categories.')
def categories_are_not_spread_out(make: Make) -> None:
    processed = make(people_metadata()).preprocess({NAME: people()})[NAME]
    for name in ('colour', 'level', 'remote', 'outcome'):
        seen, real = (table[name].nunique(dropna=False) for table in (processed, people()))
        assert seen == real, f"'{name}' has {seen} values for {real} categories"


@check(THEME, 'A transformer that is changed before the fit is used.')
def a_changed_transformer_is_used(make: Make) -> None:
    table, metadata = part('age', 'wage')
    synthesizer = make(metadata)
    synthesizer.auto_assign_transformers({NAME: table})
    synthesizer.update_transformers({'age': FloatFormatter(enforce_min_max_values=True)})
    synthesizer.fit({NAME: table})
    used = synthesizer.get_transformers()['age']
    assert type(used) is FloatFormatter, f'{type(used).__name__} is used'
    made = rows_of(synthesizer, 40)['age']
    assert made.between(18, 70).all(), 'ages leave their range'
    assert made.dtype.kind == 'i', f'the dtype is {made.dtype}'


@check(THEME, 'A transformer that is changed after the fit warns that a refit is needed.')
def a_change_after_the_fit_warns(make: Make) -> None:
    synthesizer = own(make)
    with warned('refit', RefitWarning):
        synthesizer.update_transformers({'age': FloatFormatter()})


@check(THEME, 'What makes personal values up can be chosen: here, first names.')
def personal_values_can_be_chosen(make: Make) -> None:
    table, metadata = part('age')
    table['name'] = [f'Quixotry {number}' for number in range(len(table))]
    metadata.add_column('name', table_name=NAME, sdtype='name', pii=True)
    synthesizer = make(metadata)
    synthesizer.auto_assign_transformers({NAME: table})
    synthesizer.update_transformers(
        {'name': AnonymizedFaker(provider_name='person', function_name='first_name')}
    )
    synthesizer.fit({NAME: table})
    made = rows_of(synthesizer, 40)['name']
    assert made.notna().all(), 'names are missing'
    assert not made.str.contains('Quixotry').any(), 'real names come back'
    assert made.str.split().str.len().max() == 1, 'they are more than first names'


@check(THEME, 'A category can be made personal: its values come back under other names.')
def categories_can_be_renamed(make: Make) -> None:
    table, metadata = part('age')
    table['name'] = ['Ann Real', 'Bob Real', 'Cat Real'] * (len(table) // 3)
    metadata.add_column('name', table_name=NAME, sdtype='name', pii=True)
    synthesizer = make(metadata)
    synthesizer.auto_assign_transformers({NAME: table})
    renaming = PseudoAnonymizedFaker(provider_name='person', function_name='first_name')
    synthesizer.update_transformers({'name': renaming})
    synthesizer.fit({NAME: table})
    made = rows_of(synthesizer, 60)['name']
    assert not set(made) & set(table['name']), 'real names come back'
    assert made.nunique() <= 3, f'{made.nunique()} names for three'


@check(THEME, 'Keys can be numbered with a prefix (`IndexGenerator`).')
def keys_can_be_numbered(make: Make) -> None:
    table, metadata = part('person')
    synthesizer = make(metadata)
    synthesizer.auto_assign_transformers({NAME: table})
    synthesizer.update_transformers({'person': IndexGenerator(prefix='P-', starting_value=5)})
    synthesizer.fit({NAME: table})
    made = rows_of(synthesizer, 3)['person']
    assert made.tolist() == ['P-5', 'P-6', 'P-7'], f'keys are {made.tolist()}'


@check(THEME, 'A key refuses a transformer that makes no keys.')
def keys_need_a_generator(make: Make) -> None:
    table, metadata = part('person')
    synthesizer = make(metadata)
    synthesizer.auto_assign_transformers({NAME: table})
    with refused(SynthesizerInputError, saying='person'):
        synthesizer.update_transformers({'person': FloatFormatter()})


@check(THEME, 'A missing transformer (None) leaves a number as it is, and it is learnt.')
def no_transformer_is_a_choice(make: Make) -> None:
    table, metadata = part('age')
    synthesizer = make(metadata)
    synthesizer.auto_assign_transformers({NAME: table})
    synthesizer.update_transformers({'age': None})
    synthesizer.fit({NAME: table})
    made = rows_of(synthesizer, 40)['age']
    assert made.between(table['age'].min(), table['age'].max()).all(), 'ages leave their range'
