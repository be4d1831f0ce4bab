"""Life cycle: fitting again, saving, loading, versions, and what a synthesizer tells of itself."""

from __future__ import annotations

import datetime
import tempfile
from pathlib import Path

import plotly.graph_objects as go
import sdv
from sdv.errors import NotFittedError, SDVVersionWarning, VersionError
from sdv.single_table.base import BaseSingleTableSynthesizer
from sdv.utils import load_synthesizer

from .example import COLUMNS, NAME, ROWS, described, part, people, people_metadata
from .registry import Make, check, refused, warned
from .subjects import fit, own, rows_of, shared

THEME = 'Life cycle'


def saved_and_loaded(synthesizer: BaseSingleTableSynthesizer) -> BaseSingleTableSynthesizer:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / 'synthesizer.pkl'
        synthesizer.save(path)
        return load_synthesizer(path)


@check(THEME, 'A whole table, with every kind of column, passes `run_diagnostic` with 1.0.')
def a_whole_table_from_end_to_end(make: Make) -> None:
    made = rows_of(shared(make), 100)
    report = sdv.evaluation.run_diagnostic(
        {NAME: people()}, {NAME: made}, people_metadata(), verbose=False
    )
    assert report.get_score() == 1.0, f'the score is {report.get_score():.3f}'
    people_metadata().validate_data({NAME: made})


@check(THEME, 'A fit to another table forgets the first: its values do not come back.')
def a_refit_forgets_the_first_table(make: Make) -> None:
    table, metadata = part('age', 'colour')
    synthesizer = fit(make, table.assign(colour='violet', age=table['age'] + 200), metadata)
    synthesizer.fit({NAME: table})
    made = rows_of(synthesizer, 100)
    assert 'violet' not in set(made['colour']), 'a category of the first table is made'
    assert made['age'].max() < 200, 'numbers of the first table are made'


@check(THEME, 'It can be fitted several times, and samples each time.')
def it_can_be_fitted_several_times(make: Make) -> None:
    table, metadata = part('colour')
    synthesizer = make(metadata)
    for rows in (60, 90, 120):
        synthesizer.fit({NAME: table.head(rows)})
        assert len(rows_of(synthesizer, 30)) == 30, 'rows are missing'


@check(
    THEME,
    'The same seed, table and parameters give the same rows, bit for bit.',
    not_offered='training takes no seed',
)
def the_same_seed_gives_the_same_rows(make: Make) -> None:
    table, metadata = part('age', 'colour')
    first, second = (rows_of(fit(make, table, metadata, random_state=3), 50) for _ in range(2))
    assert first.equals(second), 'the rows differ'
    other = rows_of(fit(make, table, metadata, random_state=4), 50)
    assert not first.equals(other), 'the seed changes nothing'


@check(THEME, 'A saved and loaded synthesizer goes on with the same stream.')
def it_saves_and_loads(make: Make) -> None:
    synthesizer = shared(make)
    rows_of(synthesizer, 10)
    loaded = saved_and_loaded(synthesizer)
    assert loaded.get_info() == synthesizer.get_info(), 'it tells other things of itself'
    expected = rows_of(synthesizer, 30)
    assert rows_of(loaded, 30).equals(expected), 'the rows differ'


@check(THEME, 'One saved before synthesizers had an identity is given one when it is loaded.')
def one_without_identity_loads(make: Make) -> None:
    synthesizer = own(make)
    del synthesizer._synthesizer_id
    loaded = saved_and_loaded(synthesizer)
    assert loaded._synthesizer_id, 'it has no identity'
    assert len(rows_of(loaded, 10)) == 10, 'rows are missing'


@check(THEME, 'One that was fitted with a newer SDV is not loaded: VersionError.')
def one_of_a_newer_version_is_refused(make: Make) -> None:
    synthesizer = own(make)
    synthesizer._fitted_sdv_version = '999.0.0'
    with refused(VersionError, saying='999.0.0'):
        saved_and_loaded(synthesizer)


@check(THEME, 'One that was fitted with an older SDV loads, with a warning.')
def one_of_an_older_version_warns(make: Make) -> None:
    synthesizer = own(make)
    synthesizer._fitted_sdv_version = '1.0.0'
    with warned('1.0.0', SDVVersionWarning):
        saved_and_loaded(synthesizer)


@check(THEME, 'One that was fitted with an older SDV is not fitted again: VersionError.')
def one_of_an_older_version_is_not_refitted(make: Make) -> None:
    synthesizer = own(make)
    synthesizer._fitted_sdv_version = '1.0.0'
    with refused(VersionError, saying='create a new synthesizer'):
        synthesizer.fit({NAME: people()})


@check(THEME, 'Saving before fitting warns.')
def saving_before_fitting_warns(make: Make) -> None:
    with warned('not yet been fitted'):
        loaded = saved_and_loaded(make(people_metadata()))
    assert not loaded.get_info()['is_fit'], 'it says that it is fitted'


@check(THEME, '`get_info` tells class, dates and versions, before and after a fit.')
def it_tells_about_itself(make: Make) -> None:
    table, metadata = part()
    synthesizer = make(metadata)
    today = datetime.date.today().isoformat()
    before = synthesizer.get_info()
    assert before['class_name'] == type(synthesizer).__name__, 'the class is another one'
    assert before['creation_date'] == today, 'the date of creation is another one'
    assert before['is_fit'] is False, 'it says that it is fitted'
    assert before['last_fit_date'] is before['fitted_sdv_version'] is None, 'it tells of a fit'
    synthesizer.fit({NAME: table})
    after = synthesizer.get_info()
    assert after['is_fit'] is True, 'it says that it is not fitted'
    assert after['last_fit_date'] == today, 'the date of the fit is another one'
    assert after['fitted_sdv_version'] == sdv.version.community, 'the version is another one'


@check(THEME, '`get_parameters` gives what makes the same synthesizer again.')
def parameters_make_it_again(make: Make) -> None:
    given = {'epochs': 3, 'batch_size': 40, 'enforce_rounding': False}
    synthesizer = make(people_metadata(), **given)
    parameters = synthesizer.get_parameters()
    assert given.items() <= parameters.items(), 'what was given is not what is told'
    again = type(synthesizer)(people_metadata(), **parameters)
    assert again.get_parameters() == parameters, 'the second has other parameters'


@check(THEME, '`enable_gpu` is a parameter, and True works where there is no GPU.')
def a_gpu_can_be_asked_for(make: Make) -> None:
    table, metadata = part()
    for wish in (True, False):
        synthesizer = fit(make, table, metadata, enable_gpu=wish)
        assert synthesizer.get_parameters()['enable_gpu'] is wish, 'it is not told'
        assert len(rows_of(synthesizer, 5)) == 5, 'rows are missing'


@check(THEME, 'Losses are a table, once there is a fit.')
def losses_are_a_table(make: Make) -> None:
    losses = shared(make).get_loss_values()
    assert len(losses), 'it is empty'
    assert 'Epoch' in losses, 'there are no epochs'
    with refused(NotFittedError):
        make(people_metadata()).get_loss_values()


@check(THEME, 'Losses can be plotted.')
def losses_can_be_plotted(make: Make) -> None:
    figure = shared(make).get_loss_values_plot()
    assert isinstance(figure, go.Figure), 'it is no figure'
    assert len(figure.data), 'the figure is empty'


@check(THEME, 'A table of keys and made-up values alone, with nothing to learn, fits and samples.')
def a_table_without_anything_to_learn(make: Make) -> None:
    names = ['person', 'code', 'email']
    metadata = described({name: COLUMNS[name] for name in names}, primary_key='person')
    made = rows_of(fit(make, people()[names], metadata), 20)
    assert list(made) == names, 'the columns are other ones'
    assert made.notna().all(axis=None), 'values are missing'


@check(THEME, 'A made-up sdtype that is marked as not personal is learnt like a category.')
def a_column_that_is_not_personal_is_learnt(make: Make) -> None:
    table, metadata = part('age')
    lands = table.assign(land=['DE', 'FR', 'PL'] * (ROWS // 3))
    metadata.add_column('land', table_name=NAME, sdtype='country_code', pii=False)
    made = rows_of(fit(make, lands, metadata), 40)
    assert set(made['land']) <= {'DE', 'FR', 'PL'}, 'lands are made up'


@check(THEME, '`preprocess` and `fit_processed_data` do what `fit` does.')
def fitting_in_two_steps_is_fitting(make: Make) -> None:
    table, metadata = part('age', 'colour')
    synthesizer = make(metadata)
    synthesizer.fit_processed_data(synthesizer.preprocess({NAME: table}))
    assert synthesizer.get_info()['is_fit'], 'it says that it is not fitted'
    made = set(rows_of(synthesizer, 40)['colour'].dropna())
    assert made <= set(table['colour']), 'colours are made up'
