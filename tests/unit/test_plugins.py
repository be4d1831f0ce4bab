"""What the door for plug-ins lets in, and what it says of what it does not."""

import json

import numpy as np
import pandas as pd
import pytest
import torch
from conftest import hiring_metadata, hiring_table
from rdt.transformers import BaseTransformer, FloatFormatter
from sdv.errors import SynthesizerInputError
from sdv.metadata import Metadata
from tiny import TINY, plugged_in, tiny_synthesizer

from sdv_fair4free import Fair4FreeSynthesizer, StudentConfig, TeacherConfig, evaluate_fairness
from sdv_fair4free.codecs import ColumnCodec
from sdv_fair4free.command import main
from sdv_fair4free.core.criteria import Criterion
from sdv_fair4free.core.generator import RowGenerator
from sdv_fair4free.core.student import masked_student
from sdv_fair4free.handover.errors import HandoverError
from sdv_fair4free.labels import CategoryEncoder, OrdinalLabelEncoder
from sdv_fair4free.metrics.audit import METRICS
from sdv_fair4free.metrics.base import FairnessMetric
from sdv_fair4free.metrics.catalogue import FairnessFigure
from sdv_fair4free.metrics.parity import DemographicParityDifference
from sdv_fair4free.plugins import PluginError, hookimpl, manager, names_of, provided
from sdv_fair4free.plugins.hooks import QUESTIONS
from sdv_fair4free.reports.sections import ReportSection


def answering(question, answer):
    """A plug-in that answers one question."""
    return type('Answering', (), {question: hookimpl(lambda self: answer)})()


def square_of_means(z, s):
    """0 if every group has the same mean."""
    centred = s - s.mean(0)
    return ((centred.T @ z) / len(z)).square().sum()


def selection_gap(outcome, decision, group):
    rates = np.bincount(group, weights=decision) / np.maximum(np.bincount(group), 1)
    rates = rates[np.bincount(group) > 0]
    return float(rates.max() - rates.min())


GAP = FairnessFigure(
    topic='Model Parity', compute=selection_gap, definition='Largest minus smallest rate.'
)


@pytest.fixture(scope='module')
def hiring():
    return hiring_table(600, seed=1)


def two_tables(hiring):
    other = hiring_table(600, seed=2)
    return hiring, other


def report_of(hiring, **settings):
    real, synthetic = two_tables(hiring)
    usual = {
        'sensitive_columns': 'sex',
        'target_column': 'hired',
        'include_privacy': False,
        'include_quality': False,
        'bootstrap_samples': 20,
        'verbose': False,
    }
    return evaluate_fairness(real, synthetic, hiring_metadata(), **{**usual, **settings})


def test_what_is_built_in_comes_through_the_same_door():
    for question in QUESTIONS:
        assert provided(question)
        assert all(entry.built_in for entry in provided(question).values())
    assert names_of('fairness_metrics') == list(METRICS)


@pytest.mark.parametrize('question', QUESTIONS)
def test_two_plugins_with_one_name_are_both_named(question):
    (taken, *_) = names_of(question)
    thing = provided(question)[taken].thing
    with (
        plugged_in(answering(question, {taken: thing})),
        pytest.raises(PluginError, match=f"'built in' and 'Answering' both provide '{taken}'"),
    ):
        provided(question)


@pytest.mark.parametrize('question', QUESTIONS)
@pytest.mark.parametrize('answer', [[1], 7, {1: print}, {'x': 7}])
def test_an_answer_of_another_kind_is_refused(question, answer):
    with (
        plugged_in(answering(question, answer)),
        pytest.raises(PluginError, match="plug-in 'Answering'") as caught,
    ):
        provided(question)
    assert question in str(caught.value)


def test_a_hook_that_fails_is_named():
    class Failing:
        @hookimpl
        def dependence_penalties(self):
            raise KeyError('lost')

    with (
        plugged_in(Failing()),
        pytest.raises(
            PluginError, match=r"'Failing' failed in dependence_penalties.*'lost'"
        ) as hit,
    ):
        provided('dependence_penalties')
    assert isinstance(hit.value.__cause__, KeyError)


def test_wrong_arguments_and_unknown_hooks_are_refused_and_leave_nothing_behind():
    class Wrong:
        @hookimpl
        def on_epoch_end(self, stage, epoch, loss):
            """The argument is called losses."""

    class Unknown:
        @hookimpl
        def on_epoch_over(self):
            """There is no such hook."""

    for plugin, named in ((Wrong(), 'loss'), (Unknown(), 'on_epoch_over')):
        before = manager().get_plugins()
        with pytest.raises(PluginError, match=type(plugin).__name__) as caught:
            manager().register(plugin)
        assert named in str(caught.value)
        assert 'on_epoch_end' in str(caught.value)
        assert manager().get_plugins() == before
        names_of('fairness_criteria')


def test_a_plugin_is_registered_once_and_as_an_instance():
    class Diary:
        @hookimpl
        def on_fit_end(self, stage):
            """Hear."""

    diary = Diary()
    with plugged_in(diary):
        with pytest.raises(PluginError, match=r"'Diary' of .* is registered already"):
            manager().register(diary)
        with pytest.raises(PluginError, match=r"'Diary' of .* is registered already"):
            manager().register(Diary())
        manager().register(Diary(), name='second')
        manager().unregister(name='second')
    with pytest.raises(PluginError, match='is a class: register an instance'):
        manager().register(Diary)
    assert not manager().is_registered(diary)


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


class OddGenerator(RowGenerator):
    """Of a class that only a plug-in knows."""


def test_a_student_that_only_a_plugin_can_build_is_not_handed_over(hiring, tmp_path):
    def odd(teacher, config, generator):
        student = masked_student(teacher, config, generator)
        student.__class__ = OddGenerator
        return student

    student = StudentConfig(training=TINY, pool=1024, network='odd')
    with plugged_in(answering('student_networks', {'odd': odd})):
        synthesizer = tiny_synthesizer(student=student)
        synthesizer.fit({'hiring': hiring})
        with pytest.raises(HandoverError, match=r"made of OddGenerator.*network='masked'"):
            synthesizer.export(tmp_path / 'odd.student')
        synthesizer.export_teacher(tmp_path / 'a.teacher')
        Fair4FreeSynthesizer.from_teacher(tmp_path / 'a.teacher')
    with pytest.raises(HandoverError, match=r"network='odd' is not one of 'masked'.*plugins"):
        Fair4FreeSynthesizer.from_teacher(tmp_path / 'a.teacher')


def test_a_figure_of_a_plugin_needs_what_computes_it(hiring):
    empty = FairnessFigure(topic='Model Parity')
    with (
        plugged_in(answering('fairness_metrics', {'Empty': empty})),
        pytest.raises(PluginError, match="'Answering' has no compute for its figure 'Empty'"),
    ):
        report_of(hiring)


def test_a_file_opens_where_the_penalty_of_its_fit_is_unknown(hiring, tmp_path):
    config = TeacherConfig(representation=TINY, decoder=TINY, dependence_penalty='means')
    with plugged_in(answering('dependence_penalties', {'means': square_of_means})):
        synthesizer = tiny_synthesizer(teacher=config)
        synthesizer.fit({'hiring': hiring})
        synthesizer.export_teacher(tmp_path / 'a.teacher')
    opened = Fair4FreeSynthesizer.from_teacher(tmp_path / 'a.teacher')
    opened.distill(epochs=1)
    assert len(opened.sample(5)['hiring']) == 5


class Initial(BaseTransformer):
    """Learns the first letter of a text, and brings a text of that letter back."""

    INPUT_SDTYPE = 'text'
    SUPPORTED_SDTYPES = ('text',)

    def _fit(self, data):
        self.output_properties = {None: {'sdtype': 'categorical', 'next_transformer': None}}

    def _transform(self, data):
        return data.str[0]

    def _reverse_transform(self, data):
        return data + '...'


def named_table(hiring):
    names = pd.Series(['Anna', 'Bert', 'Cleo'] * len(hiring)).head(len(hiring))
    told = hiring_metadata().to_dict()
    told['tables']['hiring']['columns']['name'] = {'sdtype': 'first_name', 'pii': True}
    return hiring.assign(name=names.to_numpy()), Metadata.load_from_dict(told)


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


def test_codecs_leave_roles_and_files_of_others_alone(hiring, tmp_path):
    from_file = tmp_path / 'a.student'
    synthesizer = tiny_synthesizer()
    synthesizer.fit({'hiring': hiring})
    synthesizer.export(from_file)
    before = Fair4FreeSynthesizer.from_student(from_file).sample(200)['hiring']

    def other_order(name, described):
        return OrdinalLabelEncoder(order=['yes', 'no']) if name == 'hired' else FloatFormatter()

    codecs = {
        'other': ColumnCodec(sdtypes=('categorical', 'numerical'), make=other_order),
    }
    with plugged_in(answering('column_codecs', codecs)):
        after = Fair4FreeSynthesizer.from_student(from_file).sample(200)['hiring']
    pd.testing.assert_frame_equal(before, after)
    asked = []

    def none_at_all(name, described):
        asked.append(name)

    codec = ColumnCodec(sdtypes=('categorical', 'boolean', 'numerical'), make=none_at_all)
    with plugged_in(answering('column_codecs', {'watching': codec})):
        tiny_synthesizer().fit({'hiring': hiring})
    assert asked
    assert not {'sex', 'hired', 'person_id'} & {*asked}


def test_a_column_with_the_transformer_of_a_codec_is_not_handed_over(hiring, tmp_path):
    table, metadata = named_table(hiring)
    codec = ColumnCodec(sdtypes=('first_name',), make=lambda name, described: CategoryEncoder())
    with plugged_in(answering('column_codecs', {'labels of names': codec})):
        synthesizer = tiny_synthesizer(metadata)
        with pytest.warns(UserWarning, match='Real values may come back'):
            synthesizer.fit({'hiring': table})
        with pytest.raises(HandoverError, match=r"'name' has the transformer CategoryEncoder"):
            synthesizer.export(tmp_path / 'a.student')


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


def test_a_figure_of_a_plugin_is_that_of_the_audit_which_computes_the_same(hiring):
    with plugged_in(answering('fairness_metrics', {'Selection gap': GAP})):
        figures = report_of(hiring).get_audit().figures
    both = [
        figures[figures['Metric'] == name].set_index(['Column', 'Source'])
        for name in ('Selection gap', 'Demographic parity difference')
    ]
    ours, theirs = both
    assert len(ours) == 2
    for column in ('Value', 'Score', 'Count', 'Best'):
        pd.testing.assert_series_equal(ours[column], theirs[column])
    # The samples are the same; the interval of the audit's holds parity besides where it may.
    assert (ours['Low'] >= theirs['Low'] - 1e-12).all()
    assert (ours['High'] <= theirs['High'] + 1e-12).all()
    assert ours['Low'].notna().all()
    assert not ours['Headline'].any()


def test_a_figure_of_a_plugin_changes_no_score_and_stands_on_the_page(hiring):
    without = report_of(hiring)
    with plugged_in(answering('fairness_metrics', {'Selection gap': GAP})):
        report = report_of(hiring)
        page, text = report.to_markdown(), report.to_markdown()
        assert '## Figures of plug-ins' in text
        assert 'Selection gap' in page
        from sdv_fair4free.reports.page import build_report_page

        html = build_report_page({'Synthetic': report})
        assert 'Figures of plug-ins' in html
        assert 'Largest minus smallest rate.' in html
    assert report.get_score() == without.get_score()
    pd.testing.assert_frame_equal(report.get_properties(), without.get_properties())
    assert 'Figures of plug-ins' not in without.to_markdown()


def test_a_metric_class_may_show_a_figure_of_a_plugin(hiring):
    class SelectionGap(FairnessMetric):
        name, goal, figure = 'SelectionGap', DemographicParityDifference.goal, 'Selection gap'

    real, synthetic = two_tables(hiring)
    question = {'sensitive_columns': 'sex', 'target_column': 'hired', 'bootstrap_samples': 0}
    with plugged_in(answering('fairness_metrics', {'Selection gap': GAP})):
        ours = SelectionGap.compute(real, synthetic, hiring_metadata(), **question)
    usual = DemographicParityDifference.compute(real, synthetic, hiring_metadata(), **question)
    assert ours == usual


def test_groups_too_small_to_compare_have_no_figure_of_a_plugin(hiring):
    with plugged_in(answering('fairness_metrics', {'Selection gap': GAP})):
        figures = report_of(hiring, minimum_group_size=10_000).get_audit().figures
    ours = figures[figures['Metric'] == 'Selection gap']
    assert ours['Value'].isna().all()
    assert ours['Error'].str.startswith('insufficient data').all()


def test_a_figure_that_fails_is_named(hiring):
    broken = FairnessFigure(topic='Error Parity', compute=lambda a, b, c: 1 / 0, definition='None.')
    with (
        plugged_in(answering('fairness_metrics', {'Broken': broken})),
        pytest.raises(PluginError, match="'Answering' failed in 'Broken' of fairness_metrics"),
    ):
        report_of(hiring)


@pytest.mark.parametrize('given', [None, 'x', np.array([1.0, 2.0]), float('inf')])
def test_a_figure_that_is_no_number_is_named(hiring, given):
    strange = FairnessFigure(topic='Error Parity', compute=lambda *_: given, definition='Strange.')
    with (
        plugged_in(answering('fairness_metrics', {'Strange': strange})),
        pytest.raises(PluginError, match=r"'Answering' failed in 'Strange'.*a number, or NaN"),
    ):
        report_of(hiring)


def test_a_figure_without_a_value_has_a_reason(hiring):
    empty = FairnessFigure(
        topic='Error Parity', compute=lambda *_: float('nan'), definition='Empty.'
    )
    with plugged_in(answering('fairness_metrics', {'Empty': empty})):
        figures = report_of(hiring).get_audit().figures
    assert set(figures.loc[figures['Metric'] == 'Empty', 'Error']) == {'undefined'}


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
            'fairness_criteria',
            Criterion(balanced=True, masks=lambda *_: []),
            {'fairness_criterion': 'odd'},
            'one or more masks',
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


@pytest.mark.parametrize(
    'wrong',
    [
        lambda: ColumnCodec(sdtypes='numerical', make=print),
        lambda: Criterion(balanced='no', masks=print),
        lambda: ReportSection(heading='A', place='first', build=print),
        lambda: FairnessFigure(topic='Error Parity', compute=print, best='a', definition='A.'),
    ],
)
def test_what_a_plugin_is_made_of_is_looked_at(wrong):
    with pytest.raises(ValueError, match='must be'):
        wrong()


def test_a_section_that_is_no_text_is_named(hiring):
    report = report_of(hiring)
    from sdv_fair4free.reports.page import build_report_page

    section = ReportSection(heading='Odd', place=1, build=lambda reports: None)
    with (
        plugged_in(answering('report_sections', {'odd': section})),
        pytest.raises(PluginError, match=r"'odd' of report_sections.*must be text"),
    ):
        build_report_page({'Synthetic': report})


def test_orders_and_wrappers_are_refused():
    class First:
        @hookimpl(tryfirst=True)
        def on_fit_end(self, stage):
            """Wants to hear before others."""

    class Around:
        @hookimpl(wrapper=True)
        def dependence_penalties(self):
            return (yield)

    for plugin in (First(), Around()):
        with pytest.raises(PluginError, match='each plug-in is asked by itself'):
            manager().register(plugin)
        assert not manager().is_registered(plugin)


def test_a_plugin_that_falls_apart_when_looked_at_leaves_nothing_behind():
    class Cracked:
        @property
        def on_fit_end(self):
            raise KeyError('cracked')

    before = manager().get_plugins()
    try:
        manager().register(Cracked())
    except PluginError:
        assert manager().get_plugins() == before
    else:  # newer versions of pluggy look past it
        manager().unregister(name='Cracked')
    assert main(['plugins', '--json']) == 0


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


def test_a_figure_says_what_is_wrong_with_it_all_at_once():
    with pytest.raises(ValueError, match=r'topic=.*best=.*definition'):
        FairnessFigure(topic='Utility Retained', compute=selection_gap, best=1.0, worst=1.0)


def test_sections_of_plugins_stand_at_their_place(hiring):
    report = report_of(hiring)
    from sdv_fair4free.reports.page import build_report_page

    section = ReportSection(heading='Ours & theirs', place=350, build=lambda reports: '<p>Hi</p>')
    silent = ReportSection(heading='Silence', place=360, build=lambda reports: '')
    with plugged_in(answering('report_sections', {'ours': section, 'silent': silent})):
        html = build_report_page({'Synthetic': report})
    places = [html.index(f'id="{name}"') for name in ('utility', 'ours', 'quality')]
    assert places == sorted(places)
    assert 'Ours &amp; theirs' in html
    assert 'Silence' not in html


def test_an_exporter_of_a_plugin_writes_whole_or_not_at_all(hiring, tmp_path):
    synthesizer = tiny_synthesizer()
    synthesizer.fit({'hiring': hiring})

    def words(fitted, path, greeting='hello'):
        path.write_text(f'{greeting} {fitted.target_column}')
        return greeting

    def half(fitted, path):
        path.write_text('half')
        raise OSError('disk full')

    exporters = {'words': words, 'half': half, 'nothing': lambda fitted, path: None}
    place = tmp_path / 'made'
    with plugged_in(answering('artefact_exporters', exporters)):
        assert synthesizer.export_as('words', place, greeting='bye') == 'bye'
        assert place.read_text() == 'bye hired'
        with pytest.raises(PluginError, match=r"'Answering' failed in 'half'.*disk full"):
            synthesizer.export_as('half', place)
        with pytest.raises(PluginError, match='written nothing'):
            synthesizer.export_as('nothing', place)
        with pytest.raises(OSError, match='not empty'):
            synthesizer.export_as('words', tmp_path)
        with pytest.raises(OSError, match='no such folder'):
            synthesizer.export_as('words', tmp_path / 'none' / 'made')
        assert place.read_text() == 'bye hired'
    with pytest.raises(PluginError, match="'words' is not among"):
        synthesizer.export_as('words', place)
    told = synthesizer.export_as('student', tmp_path / 'a.student')
    assert told == synthesizer.export(tmp_path / 'b.student')
    assert Fair4FreeSynthesizer.from_student(tmp_path / 'a.student').sample(5)
    assert sorted(path.name for path in tmp_path.iterdir()) == ['a.student', 'b.student', 'made']


def test_the_command_refuses_what_an_exporter_would_not_heed(hiring, tmp_path, capsys):
    synthesizer = tiny_synthesizer()
    synthesizer.fit({'hiring': hiring})
    synthesizer.save(str(tmp_path / 'model.pkl'))
    output = tmp_path / 'a.student'
    request = ['export', '--model', str(tmp_path / 'model.pkl'), '--output', str(output)]
    assert main([*request, '--as', 'student', '--min-category-count', '9', '--teacher']) == 2
    assert '--as student does not heed --teacher, --min-category-count' in capsys.readouterr().err
    assert not output.exists()
    assert main([*request, '--as', 'student']) == 0
    assert Fair4FreeSynthesizer.from_student(output).sample(3)


def test_the_command_lists_what_is_active_and_from_where(capsys):
    plugin = answering('dependence_penalties', {'means': square_of_means})
    with plugged_in(plugin):
        assert main(['plugins', '--json']) == 0
        told = json.loads(capsys.readouterr().out)
        assert told['Answering']['provides'] == {'dependence_penalties': ['means']}
        assert told['Answering']['from'] == __name__
        assert told['built in']['provides']['student_networks'] == ['masked']
        assert main(['plugins']) == 0
        assert 'dependence_penalties: means' in capsys.readouterr().out
    with plugged_in(answering('dependence_penalties', {'distance_covariance': square_of_means})):
        assert main(['plugins']) == 2
        out = capsys.readouterr()
        assert 'both provide' in out.err
        assert 'built in' in out.out
