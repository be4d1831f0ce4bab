"""The figures of how it works: the groups before and after transport, axes, importance."""

import re
from importlib.metadata import version
from pathlib import Path

import numpy as np
from conftest import hiring_metadata, hiring_table

from sdv_fair4free._version import __version__
from sdv_fair4free.benchmark.figures import (
    PART,
    SEED,
    by_group,
    importance,
    latents,
    made_with,
    side_by_side,
)
from sdv_fair4free.benchmark.parts import part_of
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


TOLD = re.compile(
    r'20\d\d-\d\d-\d\d, seed \d+, [\d,]+ rows to learn from and [\d,]+ to test on, '
    r'\d+ cores .*; sdv-fair4free \d\S+, sdv \S+, .*torch \S+, .*\.'
)


def test_when_of_what_and_with_what_they_were_made_is_told():
    told = made_with(task())
    assert TOLD.fullmatch(told)
    assert f'seed {SEED}, 1,500 rows to learn from and 1,500 to test on' in told
    assert f'sdv-fair4free {__version__}, ' in told
    assert f'torch {version("torch")}, ' in told


def test_it_is_told_on_the_page_above_the_first_of_them():
    page = (Path(__file__).parents[2] / 'docs' / 'how-it-works.md').read_text(encoding='utf-8')
    kept = part_of(page, PART)
    assert kept is not None
    assert TOLD.fullmatch(kept.splitlines()[1]), 'run: make figures'
    assert page.index(kept) < page.index('latent-before.svg')
