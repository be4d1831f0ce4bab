"""What plug-ins write, what files keep of them, and the command that lists them."""

import json

import pandas as pd
import pytest
from conftest import hiring_table
from plugged import (
    answering,
    named_table,
    square_of_means,
)
from rdt.transformers import FloatFormatter
from sdv.errors import SynthesizerInputError
from tiny import TINY, plugged_in, tiny_synthesizer

from sdv_fair4free import Fair4FreeSynthesizer, StudentConfig, TeacherConfig
from sdv_fair4free.codecs import ColumnCodec
from sdv_fair4free.command import main
from sdv_fair4free.core.generator import RowGenerator
from sdv_fair4free.core.student import masked_student
from sdv_fair4free.handover.errors import HandoverError
from sdv_fair4free.labels import CategoryEncoder, OrdinalLabelEncoder
from sdv_fair4free.plugins import PluginError


@pytest.fixture(scope='module')
def hiring():
    return hiring_table(600, seed=1)


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


def test_a_file_opens_where_the_penalty_of_its_fit_is_unknown(hiring, tmp_path):
    config = TeacherConfig(representation=TINY, decoder=TINY, dependence_penalty='means')
    with plugged_in(answering('dependence_penalties', {'means': square_of_means})):
        synthesizer = tiny_synthesizer(teacher=config)
        synthesizer.fit({'hiring': hiring})
        synthesizer.export_teacher(tmp_path / 'a.teacher')
    opened = Fair4FreeSynthesizer.from_teacher(tmp_path / 'a.teacher')
    opened.distill(epochs=1)
    assert len(opened.sample(5)['hiring']) == 5


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
    with pytest.raises(SynthesizerInputError, match=r'must end in \.pkl'):
        synthesizer.export_as('pickle', tmp_path / 'pickled.student')
    told = synthesizer.export_as('student', tmp_path / 'a.student')
    assert told == synthesizer.export(tmp_path / 'b.student')
    assert Fair4FreeSynthesizer.from_student(tmp_path / 'a.student').sample(5)
    assert sorted(path.name for path in tmp_path.iterdir()) == ['a.student', 'b.student', 'made']


def test_options_that_an_exporter_does_not_take_are_told_to_the_caller(hiring, tmp_path):
    synthesizer = tiny_synthesizer()
    synthesizer.fit({'hiring': hiring})

    def words(fitted, path, *, greeting, name='all'):
        path.write_text(f'{greeting} {name}')

    def open_to_all(fitted, path, **options):
        path.write_text(str(options))

    exporters = {'words': words, 'open': open_to_all, 'set': set, 'none': lambda one, path: None}
    refusals = [
        (
            'words',
            {'greting': 'hi'},
            r"'greeting' is missing\n.*no 'greting'; there are ",
        ),
        ('words', {'greting': 'hi'}, r"2 problems.*'words'(?s:.*)Did you mean 'greeting'\?"),
        ('words', {'greeting': 'hi', 'path': 'x'}, r"no 'path'; there are greeting, name\."),
        ('none', {'greeting': 'hi'}, r"no 'greeting'; there are none\."),
        ('student', {'extreme_digit': 2}, r"'student'(?s:.*)Did you mean 'extreme_digits'\?"),
        ('teacher', {'extreme_digit': 2}, r"'teacher'(?s:.*)Did you mean 'extreme_digits'\?"),
        ('pickle', {'protocol': 2}, r"no 'protocol'; there are none\."),
    ]
    with plugged_in(answering('artefact_exporters', exporters)):
        for name, options, told in refusals:
            with pytest.raises(SynthesizerInputError, match=told):
                synthesizer.export_as(name, tmp_path / 'made.pkl', **options)
        with pytest.raises(PluginError, match="'Answering' failed in 'set'"):
            synthesizer.export_as('set', tmp_path / 'made', greeting='hi')
        with pytest.raises(PluginError, match=r"Did you mean 'words'\?"):
            synthesizer.export_as('wrods', tmp_path / 'made')
        assert [*tmp_path.iterdir()] == []
        synthesizer.export_as('open', tmp_path / 'made', greeting='hi')


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
        whole = json.loads(capsys.readouterr().out)
        told = whole['plugins']
        assert whole['problems'] == []
        assert told['Answering']['provides'] == {'dependence_penalties': ['means']}
        assert told['Answering']['from'] == 'plugged'
        assert told['built in']['provides']['student_networks'] == ['masked']
        assert main(['plugins']) == 0
        assert 'dependence_penalties: means' in capsys.readouterr().out
    with plugged_in(answering('dependence_penalties', {'distance_covariance': square_of_means})):
        assert main(['plugins']) == 2
        out = capsys.readouterr()
        assert 'both provide' in out.err
        assert 'built in' in out.out
