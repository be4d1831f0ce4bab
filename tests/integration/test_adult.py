"""The floors on a real table, where it is at hand: Adult, the official split, one seed.

The folder is ../shared/data/adult beside the clone, or FAIR4FREE_ADULT. `make bench` measures the
same with several seeds, TVAE and times; here only what does not depend on the machine is held.
"""

import os
from pathlib import Path

import pytest

from sdv_fair4free.benchmark.floors import FAIR, HIDDEN, LOST, ODDS, PLAIN, QUALITY
from sdv_fair4free.benchmark.judge import BOUND, REAL, Question
from sdv_fair4free.benchmark.suite import unfitted
from sdv_fair4free.benchmark.tasks import Task
from sdv_fair4free.options import drawing_from_teacher

FOLDER = Path(
    os.environ.get('FAIR4FREE_ADULT', Path(__file__).parents[3] / 'shared' / 'data' / 'adult')
)
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not (FOLDER / 'train.csv').exists(), reason='Adult is not at hand (see FAIR4FREE_ADULT)'
    ),
]


NOISE = {'AUC': 0.004, 'DPR': 0.04, 'EOR': 0.08, 'Coverage': 0.01}
"""What one seed may fall short of the mean over five, which `make bench` holds to the floors."""


@pytest.fixture(scope='module')
def adult():
    return Task.load(FOLDER)


@pytest.fixture(scope='module')
def question(adult):
    return Question(
        name=adult.name,
        train=adult.train,
        test=adult.test,
        metadata=adult.metadata,
        sensitive=('sex',),
        target=adult.target_column,
        favourable=adult.favourable,
        num_rows=len(adult.train),
    )


def holds(figures, floors):
    return {
        name: figures[name]
        for name, least in floors.items()
        if figures[name] < least - NOISE.get(name, 0.001)
    } == {}


@pytest.fixture(scope='module')
def fair(adult, question):
    """What is found of a fair student's rows, and of its teacher's."""
    synthesizer = unfitted(adult, ['sex'])
    synthesizer.fit({'adult': adult.train})
    student = question.judge(synthesizer.sample(len(adult.train))['adult'])
    with drawing_from_teacher():
        teacher = question.judge(synthesizer.sample(len(adult.train))['adult'])
    return student, teacher


def test_a_fair_student_reaches_the_floors_and_its_teacher(fair):
    student, teacher = fair
    assert holds(student, {**FAIR, **QUALITY}), student
    assert student['Copies'] <= student['Test Copies']
    for name in ('AUC', 'Column Pair Trends'):
        assert teacher[name] - student[name] <= LOST


def test_equalized_odds_and_a_hidden_group_reach_their_floors(adult, question):
    odds = unfitted(adult, ['sex'], fairness_criterion='equalized_odds')
    odds.fit({'adult': adult.train})
    figures = question.judge(odds.sample(len(adult.train))['adult'])
    assert holds(figures, ODDS), figures
    hiding = unfitted(adult, ['sex'], fairness_scope='all')
    hiding.fit({'adult': adult.train})
    assert question.judge(hiding.sample(len(adult.train))['adult'])['Sensitive AUC'] <= HIDDEN


def test_without_fairness_the_table_is_as_the_real_one(adult, question):
    synthesizer = unfitted(adult, ())
    synthesizer.fit({'adult': adult.train})
    student = question.judge(synthesizer.sample(len(adult.train))['adult'])
    assert holds(student, PLAIN), student


def test_real_rows_and_the_bound_are_measured_as_published(question):
    rows = {row['Synthesizer']: row for row in question.references()}
    assert rows[REAL]['DPR'] == pytest.approx(0.326, abs=0.005)
    assert rows[REAL]['EOR'] == pytest.approx(0.261, abs=0.005)
    assert rows[BOUND]['AUC'] == pytest.approx(0.896, abs=0.005)
    assert rows[BOUND]['DPR'] > 0.95
