"""What plug-ins add to a fit: penalties, criteria, networks, codecs, those that watch."""

import pandas as pd
import pytest
import torch
from conftest import hiring_table
from plugged import Initial, answering, named_table, square_of_means
from sdv.errors import SynthesizerInputError
from tiny import TINY, plugged_in, tiny_synthesizer

from sdv_fair4free import StudentConfig, TeacherConfig
from sdv_fair4free.codecs import ColumnCodec
from sdv_fair4free.core.criteria import Criterion
from sdv_fair4free.core.student import masked_student
from sdv_fair4free.plugins import PluginError, hookimpl
from sdv_fair4free.transformers import QuantileTokenizer


@pytest.fixture(scope='module')
def hiring():
    return hiring_table(600, seed=1)


def test_a_penalty_of_a_plugin_is_what_the_teacher_is_penalised_by(hiring):
    asked = []

    def watched(z, s):
        asked.append((len(z), z.shape[1], s.shape[1]))
        return square_of_means(z, s)

    config = TeacherConfig(representation=TINY, decoder=TINY, dependence_penalty='means')
    with plugged_in(answering('dependence_penalties', {'means': watched})):
        synthesizer = tiny_synthesizer(teacher=config)
        synthesizer.fit({'hiring': hiring})
    assert asked
    assert all(n >= 4 for n, _, _ in asked)
    losses = synthesizer.get_loss_values()
    assert 'dependence' in set(losses['Term'])


def test_the_usual_penalty_by_its_name_is_the_usual_penalty(hiring):
    samples = []
    for named in ({}, {'dependence_penalty': 'distance_covariance'}):
        config = TeacherConfig(
            representation=TINY, decoder=TINY, transport='pooled', dependence_weight=5.0, **named
        )
        synthesizer = tiny_synthesizer(teacher=config, distillation=None)
        synthesizer.fit({'hiring': hiring})
        samples.append(synthesizer.sample(50)['hiring'])
    pd.testing.assert_frame_equal(*samples)


def test_a_penalty_that_fails_ends_the_fit_and_is_named(hiring):
    def broken(z, s):
        raise ZeroDivisionError('no')

    config = TeacherConfig(representation=TINY, decoder=TINY, dependence_penalty='broken')
    with (
        plugged_in(answering('dependence_penalties', {'broken': broken})),
        pytest.raises(PluginError, match="'Answering' failed in 'broken' of dependence_penalties"),
    ):
        tiny_synthesizer(teacher=config).fit({'hiring': hiring})


def test_names_that_nobody_provides_are_listed_with_all_other_problems():
    with pytest.raises(SynthesizerInputError) as caught:
        tiny_synthesizer(
            fairness_criterion='equal_odds',
            teacher=TeacherConfig(dependence_penalty='distance_covarance'),
            student=StudentConfig(network='mask'),
        )
    told = str(caught.value)
    assert "Did you mean 'equalized_odds'" in told
    assert "Did you mean 'distance_covariance'" in told
    assert "Did you mean 'masked'" in told
    assert told.count('sdv-fair4free plugins') == 3


def test_a_criterion_of_a_plugin_says_what_it_needs(hiring):
    seen = []

    def everyone(strata, favourable, count):
        seen.append((favourable, count))
        return [torch.ones_like(strata, dtype=torch.bool)]

    criterion = Criterion(
        balanced=True, masks=everyone, within_outcomes=True, needs_favourable=True
    )
    with plugged_in(answering('fairness_criteria', {'ours': criterion})):
        with pytest.raises(SynthesizerInputError, match="'ours' needs favourable_outcome"):
            tiny_synthesizer(fairness_criterion='ours', favourable_outcome=None)
        synthesizer = tiny_synthesizer(fairness_criterion='ours', favourable_outcome='yes')
        synthesizer.fit({'hiring': hiring})
        assert len(synthesizer.sample(20)['hiring']) == 20
    assert seen


def test_a_criterion_of_all_rows_need_not_balance_them(hiring):
    def everyone(strata, favourable, count):
        return [torch.ones_like(strata, dtype=torch.bool)] * 2

    def rows(criterion):
        synthesizer = tiny_synthesizer(fairness_criterion=criterion, random_state=0)
        synthesizer.fit({'hiring': hiring})
        return synthesizer.sample(50)['hiring']

    with plugged_in(
        answering('fairness_criteria', {'ours': Criterion(balanced=False, masks=everyone)})
    ):
        ours = rows('ours')
    pd.testing.assert_frame_equal(ours, rows('demographic_parity'))


def test_a_student_of_a_plugins_network_is_what_it_builds(hiring):
    built = []

    def narrow(teacher, config, generator):
        student = masked_student(teacher, config, generator)
        built.append(student)
        return student

    with plugged_in(answering('student_networks', {'narrow': narrow})):
        student = StudentConfig(training=TINY, pool=1024, network='narrow')
        synthesizer = tiny_synthesizer(student=student)
        synthesizer.fit({'hiring': hiring})
        assert synthesizer._model.student is built[0]
        synthesizer.distill()
    assert len(built) == 2


def test_a_codec_has_a_column_learnt_that_would_be_made_up(hiring):
    table, metadata = named_table(hiring)
    codec = ColumnCodec(sdtypes=('first_name',), make=lambda name, described: Initial())
    with plugged_in(answering('column_codecs', {'initial': codec})):
        synthesizer = tiny_synthesizer(metadata)
        told = r"Real values may come back .*'name' \(codec 'initial' of plug-in 'Answering'\)"
        with pytest.warns(UserWarning, match=told):
            synthesizer.fit({'hiring': table})
        rows = synthesizer.sample(60)['hiring']
    assert set(rows['name']) == {'A...', 'B...', 'C...'}
    synthesizer = tiny_synthesizer(metadata)
    synthesizer.fit({'hiring': table})
    assert not set(synthesizer.sample(60)['hiring']['name']) & {'A...', 'B...', 'C...'}


def test_a_column_that_two_codecs_want_is_an_error_that_names_both(hiring):
    table, metadata = named_table(hiring)
    codec = ColumnCodec(sdtypes=('first_name',), make=lambda name, described: Initial())
    pass_on = ColumnCodec(sdtypes=('first_name',), make=lambda name, described: None)
    both = {'one': codec, 'two': codec, 'three': pass_on}
    with (
        plugged_in(answering('column_codecs', both)),
        pytest.raises(PluginError, match=r"'name' is wanted by several codecs: 'one' .*'two'"),
    ):
        tiny_synthesizer(metadata).fit({'hiring': table})
    with (
        plugged_in(
            answering('column_codecs', {'x': ColumnCodec(sdtypes=('first_name',), make=repr_of)})
        ),
        pytest.raises(PluginError, match="has codec 'x' make 'name' for column 'name'"),
    ):
        tiny_synthesizer(metadata).fit({'hiring': table})


def repr_of(name, described):
    return name


@pytest.mark.parametrize(
    ('question', 'made', 'settings', 'told'),
    [
        (
            'dependence_penalties',
            lambda z, s: 0.5,
            {'teacher': {'dependence_penalty': 'odd'}},
            'without dimensions',
        ),
        (
            'dependence_penalties',
            lambda z, s: z.new_ones(1),
            {'teacher': {'dependence_penalty': 'odd'}},
            'without dimensions',
        ),
        (
            'dependence_penalties',
            lambda z, s: z.detach().square().mean() + 1,
            {'teacher': {'dependence_penalty': 'odd'}},
            'no slope in z',
        ),
        (
            'fairness_criteria',
            # A criterion is tried on 2000 rows: only there it has any.
            Criterion(balanced=True, masks=lambda strata, *_: [strata < int(len(strata) == 2000)]),
            {'fairness_criterion': 'odd'},
            'compares no rows of this table',
        ),
        (
            'fairness_criteria',
            Criterion(balanced=True, masks=lambda *_: []),
            {'fairness_criterion': 'odd'},
            'one or more masks',
        ),
        (
            'fairness_criteria',
            Criterion(balanced=True, masks=lambda strata, *_: [strata < 0]),
            {'fairness_criterion': 'odd'},
            'none of its masks has a row',
        ),
        (
            'fairness_criteria',
            Criterion(balanced=False, masks=lambda strata, favourable, _: [strata == favourable]),
            {'fairness_criterion': 'odd'},
            'give balanced=True, or masks of all rows',
        ),
        (
            'student_networks',
            lambda *_: None,
            {'student': {'network': 'odd'}},
            'a RowGenerator',
        ),
    ],
)
def test_what_a_plugin_gives_while_it_is_fitted_is_looked_at(
    hiring, question, made, settings, told
):
    settings = dict(settings)
    if 'teacher' in settings:
        settings['teacher'] = TeacherConfig(
            representation=TINY, decoder=TINY, **settings['teacher']
        )
    if 'student' in settings:
        settings['student'] = StudentConfig(training=TINY, pool=1024, **settings['student'])
    with plugged_in(answering(question, {'odd': made})):
        synthesizer = tiny_synthesizer(**settings)
        with pytest.raises(PluginError, match=f"'Answering' failed in 'odd'.*{told}"):
            synthesizer.fit({'hiring': hiring})


def test_every_watcher_hears_though_one_fails(hiring):
    heard = []

    class Failing:
        @hookimpl
        def on_fit_start(self, stage, epochs):
            raise OSError('no')

    class Hearing:
        @hookimpl
        def on_fit_start(self, stage, epochs):
            heard.append(stage)

    with (
        plugged_in(Failing()),
        plugged_in(Hearing()),
        pytest.raises(PluginError, match="'Failing' failed in on_fit_start"),
    ):
        tiny_synthesizer().fit({'hiring': hiring})
    assert heard == ['representation']


@pytest.mark.parametrize('fitted', [False, True])
def test_a_codec_that_makes_one_transformer_twice_is_refused(hiring, fitted):
    shared = QuantileTokenizer(max_tokens=8)
    if fitted:
        shared.fit(hiring, 'skill')
    codec = ColumnCodec(
        sdtypes=('numerical',),
        make=lambda name, described: shared if name == 'skill' else None,
    )
    with plugged_in(answering('column_codecs', {'shared': codec})):
        if not fitted:
            tiny_synthesizer().fit({'hiring': hiring})
        again = tiny_synthesizer()
        with pytest.raises(PluginError, match=r"codec 'shared' .*'skill' .*Make a new one"):
            again.fit({'hiring': hiring})


def test_a_size_by_its_name_keeps_the_network(hiring):
    built = []

    def build(teacher, config, generator):
        built.append(config.training.width)
        return masked_student(teacher, config, generator)

    with plugged_in(answering('student_networks', {'counted': build})):
        synthesizer = tiny_synthesizer(student=StudentConfig(training=TINY, network='counted'))
        synthesizer.fit({'hiring': hiring})
        synthesizer.distill('small', epochs=1)
        told = synthesizer.get_parameters()['student']
        assert told.network == 'counted'
        assert told.precision == StudentConfig.of_size('small').precision
        synthesizer.distill()
        assert len(built) == 3
    plain = tiny_synthesizer()
    plain.fit({'hiring': hiring})
    plain.distill('small', epochs=1)
    assert plain.get_parameters()['student'].network == 'masked'


def test_a_network_that_gives_its_teacher_back_is_refused(hiring):
    with plugged_in(answering('student_networks', {'lazy': lambda teacher, *_: teacher})):
        synthesizer = tiny_synthesizer(student=StudentConfig(training=TINY, network='lazy'))
        with pytest.raises(PluginError, match='another RowGenerator than its teacher'):
            synthesizer.fit({'hiring': hiring})
