"""A generator handed over: what comes back draws the same rows, whatever its kind."""

import numpy as np
import pandas as pd
import pytest
from conftest import SMALL_STUDENT, sample_hiring, small_plain, small_synthesizer
from handed_over import EXACT, STUDENT, TEACHER, as_told, fitted_ugly, modelled, rows_of
from sdv.errors import SynthesizerInputError
from sdv.evaluation import run_diagnostic
from sdv.metadata import Metadata
from ugly import ugly_table

from sdv_fair4free import Fair4FreeSynthesizer
from sdv_fair4free.handover.errors import HandoverError
from sdv_fair4free.handover.inventory import inspect_file


@pytest.mark.parametrize('kind', ['student', 'teacher'])
def test_what_comes_back_draws_what_was_handed_over(ugly, tmp_path, kind):
    path = tmp_path / f'staff.{kind}'
    write = ugly.export if kind == 'student' else ugly.export_teacher
    write(path, **EXACT)
    opened = getattr(Fair4FreeSynthesizer, f'from_{kind}')(path)
    made = rows_of(opened)
    if kind == 'student':
        pd.testing.assert_frame_equal(modelled(made), modelled(rows_of(as_told(ugly))))
    assert made.dtypes.astype(str).equals(rows_of(ugly).dtypes.astype(str))
    assert list(made['band'].cat.categories) == ['c', 'b', 'a']  # no row has z
    assert made['key'].is_unique
    assert made['key'].str.fullmatch(r'K-\d{5}').all()
    assert made['mail'].str.contains('@').all()
    assert opened.get_metadata().to_dict()['tables'].keys() == {'staff'}
    mine, theirs = (made.get_info()['sensitive_groups'] for made in (ugly, opened))
    assert {name: pytest.approx(told) for name, told in mine.items()} == theirs


def test_what_comes_back_passes_sdvs_own_diagnosis(ugly, tmp_path):
    ugly.export(tmp_path / 'staff.student')
    opened = Fair4FreeSynthesizer.from_student(tmp_path / 'staff.student')
    real, made = {'staff': ugly_table()}, {'staff': rows_of(opened)}
    described = opened.get_metadata()
    held_back = [name for name in ('city',) if name in real['staff']]
    # Of what is told: a rare city has become a token.
    for tables in (real, made):
        tables['staff'] = tables['staff'].drop(columns=held_back)
    kept = described.to_dict()
    for name in held_back:
        del kept['tables']['staff']['columns'][name]
    report = run_diagnostic(real, made, Metadata.load_from_dict(kept), verbose=False)
    assert report.get_score() == 1.0


@pytest.mark.parametrize(
    'parameters',
    [
        {'fairness_criterion': 'equalized_odds'},
        {'fairness_scope': 'all', 'sensitive_columns': ['sex', 'band']},
        {'sensitive_columns': ['wage', 'sex'], 'target_column': ['hired', 'score']},
        {'sensitive_columns': 'seen', 'target_column': 'grade'},
        {'target_column': None, 'fairness_scope': 'all'},
        {'random_state': 5, 'fairness_strength': 0.4, 'locales': ['de_DE']},
    ],
    ids=str,
)
@pytest.mark.parametrize('strength', [0.0, 1.0])
def test_every_kind_of_model_comes_back(parameters, strength, tmp_path):
    synthesizer = fitted_ugly(**parameters)
    synthesizer.export(tmp_path / 'it', **EXACT)
    opened = Fair4FreeSynthesizer.from_student(tmp_path / 'it')
    assert opened.get_parameters() == synthesizer.get_parameters()
    tables = []
    for made in (as_told(synthesizer), opened):
        made.reset_sampling()
        told = {} if parameters.get('target_column', 1) is None else {'fairness_strength': strength}
        tables.append(made.sample(200, **told)['staff'])
    pd.testing.assert_frame_equal(*map(modelled, tables))


def test_a_table_without_fairness_comes_back(hiring, metadata, tmp_path):
    synthesizer = small_plain(metadata)
    synthesizer.fit({'hiring': hiring[:300]})
    synthesizer.export(tmp_path / 'it', **EXACT)
    opened = Fair4FreeSynthesizer.from_student(tmp_path / 'it')
    expected = modelled(sample_hiring(as_told(synthesizer), 50))
    pd.testing.assert_frame_equal(modelled(sample_hiring(opened, 50)), expected)


def test_a_student_is_distilled_where_the_data_are_not(fitted, tmp_path):
    fitted.export_teacher(tmp_path / 'hiring.teacher')
    opened = Fair4FreeSynthesizer.from_teacher(tmp_path / 'hiring.teacher', random_state=3)
    assert opened._model.student is None
    opened.distill(SMALL_STUDENT)
    opened.export(tmp_path / 'hiring.student')
    again = Fair4FreeSynthesizer.from_student(tmp_path / 'hiring.student')
    pd.testing.assert_frame_equal(
        modelled(sample_hiring(opened, 100)), modelled(sample_hiring(again, 100))
    )
    told = inspect_file(tmp_path / 'hiring.student')
    assert told.manifest.provenance.parent == inspect_file(tmp_path / 'hiring.teacher').file_digest
    with pytest.raises(SynthesizerInputError, match='without its teacher'):
        again.distill()
    with pytest.raises(HandoverError, match='from_student'):
        Fair4FreeSynthesizer.from_teacher(tmp_path / 'hiring.student')


def test_a_subclass_opens_files_as_itself(fitted, tmp_path):
    class Ours(Fair4FreeSynthesizer):
        pass

    fitted.export(tmp_path / 'it')
    assert type(Ours.from_student(tmp_path / 'it')) is Ours
    assert type(Fair4FreeSynthesizer.from_student(tmp_path / 'it')) is Fair4FreeSynthesizer


def test_digits_that_few_values_have_come_back(tmp_path):
    values = np.arange(61.0)
    values[30] += 0.25
    table = pd.DataFrame(
        {
            'sex': np.tile(['woman', 'man'], 800),
            'x': values[np.arange(1600) % 61],
            'hired': np.tile(['yes', 'no', 'no', 'yes'], 400),
        }
    )
    columns = {name: {'sdtype': 'categorical'} for name in table}
    columns['x'] = {'sdtype': 'numerical'}
    synthesizer = small_synthesizer(
        Metadata.load_from_dict({'tables': {'t': {'columns': columns}}}),
        teacher=TEACHER,
        student=STUDENT,
    )
    synthesizer.fit({'t': table})
    synthesizer.export(tmp_path / 'it', **EXACT)
    opened = Fair4FreeSynthesizer.from_student(tmp_path / 'it')
    pd.testing.assert_frame_equal(rows_of(opened, 2000), rows_of(as_told(synthesizer), 2000))


def test_integer_column_names_come_back(tmp_path):
    table = ugly_table(canaries=False)[['sex', 'wage', 'hired']]
    sdtypes = ['categorical', 'numerical', 'categorical']
    columns = {str(i): {'sdtype': sdtype} for i, sdtype in enumerate(sdtypes)}
    synthesizer = small_synthesizer(
        Metadata.load_from_dict({'tables': {'t': {'columns': columns}}}),
        sensitive_columns=['0'],
        target_column='2',
        teacher=TEACHER,
        student=STUDENT,
    )
    synthesizer.fit({'t': table.set_axis(range(3), axis=1)})
    synthesizer.export(tmp_path / 'it')
    assert list(rows_of(Fair4FreeSynthesizer.from_student(tmp_path / 'it'))) == [0, 1, 2]


def test_a_synthesizer_is_left_as_it_was(ugly, tmp_path):
    expected = rows_of(ugly)
    ugly.reset_sampling()
    ugly.sample(100)
    following = ugly.sample(50)['staff']
    ugly.reset_sampling()
    ugly.sample(100)
    ugly.export(tmp_path / 'it', min_category_count=200)
    pd.testing.assert_frame_equal(ugly.sample(50)['staff'], following)
    pd.testing.assert_frame_equal(rows_of(ugly), expected)
