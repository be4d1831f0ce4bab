"""The figures of how it works: the groups before and after transport, axes, importance."""

import numpy as np
from conftest import hiring_metadata, hiring_table

from sdv_fair4free.benchmark.figures import by_group, importance, latents, side_by_side
from sdv_fair4free.benchmark.tasks import Task


def task(columns=None):
    names = [name for name in hiring_table(1) if columns is None or name in columns]
    return Task(
        name='hiring',
        train=hiring_table()[names],
        test=hiring_table(seed=1)[names],
        metadata=hiring_metadata(),
        target_column='hired',
        favourable='yes',
        sensitive_columns=('sex',),
    )


def heights(series):
    return [np.array([y for _, y in line.points]) for line in series]


def apart(series):
    """Half the area between two densities: 0 where they agree, 1 where they do not meet."""
    first, second = heights(series)
    xs = [x for x, _ in series[0].points]
    return np.abs(first - second).sum() * (xs[1] - xs[0]) / 2


def test_groups_differ_before_transport_and_agree_after_it(fitted):
    asked = task()
    z, u = latents(fitted, asked)
    assert len(fitted.sample(1)['hiring']) == 1, 'it is as it was'
    groups = asked.train['sex']
    assert apart(by_group(z, groups)) > 0.1
    assert apart(by_group(u, groups)) < 0.01
    assert [line.name for line in by_group(u, groups)] == ['man', 'woman']


def test_a_table_lies_where_it_lies_and_a_shifted_one_elsewhere():
    asked = task(('sex', 'grade', 'skill', 'hobby'))
    assert max(apart(axis) for axis in side_by_side(asked.train, asked.train, asked)) == 0
    shifted = asked.train.assign(skill=asked.train['skill'] + 2.0)
    assert max(apart(axis) for axis in side_by_side(asked.train, shifted, asked)) > 0.5


def test_a_model_goes_by_what_tells_the_outcome():
    asked = task()
    lost = importance(asked.train, asked)
    assert lost.idxmax() == 'skill'
    assert not {'hired', 'person_id'} & set(lost.index)
    luck = asked.train.assign(hired=np.random.default_rng(0).permutation(asked.train['hired']))
    assert importance(luck, asked)['skill'] < lost['skill'] / 2
