import copy
import json
import math

import pytest
from conftest import hiring_metadata, hiring_table
from sdv.errors import SynthesizerInputError

from sdv_fair4free import evaluate_fairness
from sdv_fair4free.handover.errors import HandoverError
from sdv_fair4free.handover.figures import measured_figures
from sdv_fair4free.handover.measured import ExportFigures
from sdv_fair4free.metrics.audit import PROPERTIES
from sdv_fair4free.options import drawing_from_teacher
from sdv_fair4free.reports.score import that_count

REAL = {'hiring': hiring_table()}
UNSEEN = {'hiring': hiring_table(400, seed=9)}


@pytest.fixture(scope='module')
def measured(fitted):
    return measured_figures(fitted, REAL, UNSEEN, 'student')


@pytest.fixture(scope='module')
def report(fitted):
    """What the figures must agree with: the report on the same rows."""
    fitted.reset_sampling()
    fitted._set_random_state(0)
    return evaluate_fairness(
        REAL['hiring'],
        fitted.sample(1500)['hiring'],
        hiring_metadata(),
        sensitive_columns=['sex'],
        target_column='hired',
        real_validation_data=UNSEEN['hiring'],
        include_privacy=False,
        verbose=False,
    )


def is_like(found, expected):
    return found is None if math.isnan(expected) else found == pytest.approx(expected, rel=1e-3)


def test_figures_are_those_of_the_fairness_report(measured, report):
    figures = ExportFigures.from_dict(measured).figures
    for name in PROPERTIES:
        expected = that_count(report.get_details(name), name)
        found = [figure for figure in figures if figure.property == name]
        assert [figure.metric for figure in found] == [*expected['Metric']]
        for figure, (_, row) in zip(found, expected.iterrows(), strict=True):
            assert is_like(figure.value, row['Synthetic Value'])
            assert is_like(figure.low, row['Low'])
            assert is_like(figure.high, row['High'])
            assert is_like(figure.real, row['Real Value'])
            assert figure.best == row['Best']


def test_scores_and_manner_are_those_of_the_report(measured, report):
    found = ExportFigures.from_dict(measured)
    (question,) = found.questions
    scores = report.get_properties().set_index('Property')['Score']
    assert is_like(question.overall, report.get_score())
    assert {*question.scores} == {*PROPERTIES}
    assert all(is_like(question.scores[name], scores[name]) for name in PROPERTIES)
    settings = report.get_audit().settings
    assert question.favourable == settings['favourable_outcome']
    assert not question.favourable_given
    assert question.confidence_level == settings['confidence_level']
    assert (found.training_rows, found.holdout_rows, found.synthetic_rows) == (1500, 400, 1500)


def test_quality_is_that_of_the_report(measured, report):
    quality = report.get_quality()
    found = {
        figure['metric']: figure
        for figure in measured['figures']
        if figure['property'] == 'Quality'
    }
    shapes, pairs = found['Column shapes'], found['Pair trends, all pairs']
    assert is_like(shapes['value'], quality.column_shapes)
    assert is_like(shapes['real'], quality.holdout_column_shapes)
    assert is_like(pairs['value'], quality.pair_trends_all)


def test_they_are_plain_json_and_can_be_read_again(measured):
    assert ExportFigures.from_dict(json.loads(json.dumps(measured))).to_dict() == measured


def test_what_is_unknown_or_missing_is_refused(measured):
    for change in ({'more': 1}, {'fairness_strength': 2}, {'figures': [{'metric': 'x'}]}):
        with pytest.raises(HandoverError, match=next(iter(change))):
            ExportFigures.from_dict({**measured, **change})
    with pytest.raises(HandoverError, match='questions'):
        ExportFigures.from_dict({key: measured[key] for key in measured if key != 'questions'})


def test_the_teacher_has_figures_of_its_own_and_the_stream_is_left_alone(fitted, measured):
    fitted.reset_sampling()
    expected = [fitted.sample(40)['hiring'] for _ in range(2)]
    fitted.reset_sampling()
    first = fitted.sample(40)['hiring']
    of_teacher = measured_figures(fitted, REAL, UNSEEN, 'teacher')
    assert first.equals(expected[0])
    assert fitted.sample(40)['hiring'].equals(expected[1])
    assert of_teacher['generator'] == 'teacher'
    assert of_teacher['figures'] != measured['figures']
    with drawing_from_teacher():
        assert measured_figures(fitted, REAL, UNSEEN, 'teacher') == of_teacher


def test_no_small_number_of_people_is_told(fitted):
    few = {'hiring': hiring_table(70, seed=9)}
    told = json.dumps(measured_figures(fitted, REAL, few, 'student'))
    assert 'insufficient data' in told
    assert 'n = ' not in told
    assert '"woman"' not in told


def test_without_sensitive_columns_there_is_quality(fitted):
    plain = copy.deepcopy(fitted)
    plain.sensitive_columns = None
    found = ExportFigures.from_dict(measured_figures(plain, REAL, UNSEEN, 'student'))
    assert {figure.property for figure in found.figures} == {'Quality'}
    assert found.questions == ()
    assert 'no sensitive_columns' in found.left_out[0]


def test_each_target_is_asked_about(fitted, measured):
    several = copy.deepcopy(fitted)
    several.target_column = ['hired', 'skill']
    found = ExportFigures.from_dict(measured_figures(several, REAL, UNSEEN, 'student'))
    assert [question.kind for question in found.questions] == ['binary', 'numeric']
    first = [figure for figure in found.figures if figure.target != 'skill']
    assert first == [*ExportFigures.from_dict(measured).figures]
    assert {figure.property for figure in found.figures if figure.target == 'skill'} == {
        *PROPERTIES
    }


def test_the_outcome_that_the_owner_named_is_asked_about(fitted):
    named = copy.deepcopy(fitted)
    named.favourable_outcome = 'no'
    (question,) = measured_figures(named, REAL, UNSEEN, 'student')['questions']
    assert (question['favourable'], question['favourable_given']) == ('no', True)


def test_what_the_rows_cannot_answer_is_left_out_and_said(fitted):
    with pytest.warns(UserWarning, match=r'(?s)cannot answer it.*real_validation_data'):
        found = measured_figures(fitted, REAL, REAL, 'student')
    assert found['questions'] == []
    assert "'hired'" in found['left_out'][0]
    assert {figure['property'] for figure in found['figures']} == {'Quality'}


def test_tables_that_do_not_fit_are_all_named(fitted):
    with pytest.raises(SynthesizerInputError) as error:
        measured_figures(fitted, {'other': REAL['hiring']}, UNSEEN['hiring'], 'student')
    assert 'data must be' in str(error.value)
    assert 'holdout must be' in str(error.value)
