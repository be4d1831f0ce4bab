"""The floors on a real table, where it is at hand: Adult, the official split, one seed.

The folder is ../shared/data/adult beside the clone, or FAIR4FREE_ADULT. `make bench` measures the
same with several seeds, TVAE and times; here only what does not depend on the machine is held.
"""

import os
from pathlib import Path

import pytest

from sdv_fair4free.benchmark.measure import Task, bound, fit_ours, judge
from sdv_fair4free.benchmark.page import FAIR, LOST, PLAIN, QUALITY
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


@pytest.fixture(scope='module')
def adult():
    return Task.load(FOLDER)


def test_a_fair_student_reaches_the_floors_and_its_teacher(adult):
    synthesizer, _ = fit_ours(adult, seed=0, fair=True)
    student = judge(adult, synthesizer.sample(len(adult.train))['adult'])
    with drawing_from_teacher():
        teacher = judge(adult, synthesizer.sample(len(adult.train))['adult'])
    for name, least in [*FAIR.items(), *QUALITY.items()]:
        assert student[name] >= least
    for name in ('AUC', 'pairs'):
        assert teacher[name] - student[name] <= LOST


def test_without_fairness_the_table_is_as_the_real_one(adult):
    synthesizer, _ = fit_ours(adult, seed=0, fair=False)
    student = judge(adult, synthesizer.sample(len(adult.train))['adult'])
    for name, least in PLAIN.items():
        assert student[name] >= least


def test_real_rows_and_the_bound_are_measured_as_published(adult):
    real = judge(adult, adult.train)
    assert real['DPR'] == pytest.approx(0.326, abs=0.005)
    assert real['EOR'] == pytest.approx(0.261, abs=0.005)
    repaired = bound(adult)
    assert repaired['AUC'] == pytest.approx(0.896, abs=0.005)
    assert repaired['DPR'] > 0.95
