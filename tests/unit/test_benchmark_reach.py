"""The measure of what independence in the whole table does not promise."""

import numpy as np
import pandas as pd
import pytest

from sdv_fair4free.benchmark.reach import (
    SMALLEST_PART,
    common_parts,
    judged,
    markdown,
    shares,
    strongest_proxy,
)
from sdv_fair4free.benchmark.tasks import Task
from sdv_fair4free.datasets import simulate_loans


@pytest.fixture(scope='module')
def task():
    train, metadata = simulate_loans(num_rows=3_000)
    test, _ = simulate_loans(num_rows=2_000, random_state=1)
    return Task(
        name='loans',
        train=train,
        test=test,
        metadata=metadata,
        target_column='approved',
        favourable='yes',
        sensitive_columns=('sex',),
    )


def test_the_strongest_proxy_is_one_that_depends_on_the_group(task):
    copied = task.train.assign(region=task.train['sex'].map({'female': 'north', 'male': 'south'}))
    other = Task(**{**vars(task), 'train': copied})
    assert strongest_proxy(task) == 'occupation'  # by simulation it depends on sex alone
    assert strongest_proxy(other) == 'region'


def test_a_model_that_is_not_given_the_group_decides_as_if_all_were_of_one(task):
    assert judged(task.train, task, ['sex'])['DPR'] > judged(task.train, task, [])['DPR']
    blind = judged(task.train.assign(sex='female'), task, ['sex'])
    assert blind['AUC'] == judged(task.train, task, ['sex'])['AUC']


def test_parts_are_common_to_all_groups_and_their_shares_are_counted(task):
    parts = common_parts(task)
    assert parts
    assert not {'sex', 'approved', 'application_id'} & set(parts)
    counted = shares(task.train, task, parts)
    for name, value in parts.items():
        inside = task.train[task.train[name] == value]
        assert inside['sex'].value_counts().min() >= SMALLEST_PART
        for sex, rows in inside.groupby('sex'):
            by_hand = (rows['approved'] == 'yes').mean()
            assert counted.loc[f'{name} = {value}', sex] == pytest.approx(by_hand)


def test_the_page_tells_means_and_spreads(task):
    figures = pd.DataFrame(
        [
            {'rows': 'Student', 'read': 'all columns', 'seed': seed, 'AUC': 0.8, 'DPR': parity}
            for seed, parity in enumerate((0.9, 0.7))
        ]
    )
    real = pd.DataFrame({'female': [0.3], 'male': [0.6]}, index=['the whole table'])
    page = markdown(task, figures, real, [real, real + np.array([0.1, 0.0])])
    assert '| Student | all columns | 0.800 | 0.800 ± 0.141 |' in page
    assert '| the whole table | 0.300 | 0.600 | 0.350 ± 0.071 | 0.600 |' in page
