"""Every kind of sensitive column with every kind of target, under every distillation.

Whether the outcome is independent of the sensitive columns is decided by a permutation test of the
distance covariance, not by eye.
"""

from dataclasses import replace

import pytest
from conftest import SMALL
from people import SDTYPES, excess, fit_and_check, made_by, p_value, people

from sdv_fair4free import StudentConfig, TeacherConfig
from sdv_fair4free.options import drawing_from_teacher

SENSITIVE = [
    ['country'],  # many values, most of them rare
    ['age'],  # a number, now and then missing
    ['since'],  # a date
    ['sex', 'country'],
    ['sex', 'age'],
    ['age', 'since', 'country'],
]
TARGETS = [
    ['approved'],  # two classes
    ['team'],  # three
    ['grade'],  # ordinal
    ['wage'],  # a number
    ['approved', 'wage'],
    [],  # none: then everything else is kept independent
]
SHORT = StudentConfig(training=replace(SMALL, epochs=4), pool=4096)
"""Independence needs no long lesson."""
MOST = 5.0
"""Standard deviations of the permuted distance covariances."""


def fitted(targets, sensitive, **parameters):
    """Fit and check; without a target the scope is all."""
    if not targets:
        parameters['fairness_scope'] = 'all'
    return fit_and_check(targets or [None], sensitive, student=SHORT, **parameters)


def judged(targets, sensitive):
    """The columns that must not depend on the sensitive ones."""
    return targets or [name for name in SDTYPES if name not in sensitive]


@pytest.mark.parametrize('targets', TARGETS, ids=lambda names: '+'.join(names) or 'none')
@pytest.mark.parametrize('sensitive', SENSITIVE, ids='+'.join)
def test_student_and_teacher_keep_the_outcome_independent(sensitive, targets):
    columns = judged(targets, sensitive)
    # It was not, by far: what is left below MOST is at most a quarter of what was there.
    assert excess(people(), columns, sensitive) > 4 * MOST
    synthesizer, made = fitted(targets, sensitive)  # data-free
    assert excess(made, columns, sensitive) < MOST
    with drawing_from_teacher():  # what distillation=None samples from
        assert excess(made_by(synthesizer), columns, sensitive) < MOST
    if targets:
        as_it_was = made_by(synthesizer, fairness_strength=0.0)
        assert p_value(as_it_was, columns, sensitive) <= 0.02


@pytest.mark.parametrize('targets', TARGETS, ids=lambda names: '+'.join(names) or 'none')
@pytest.mark.parametrize('sensitive', SENSITIVE, ids='+'.join)
def test_distillation_with_data_keeps_the_outcome_independent(sensitive, targets):
    _, made = fitted(targets, sensitive, distillation='with_data')
    assert excess(made, judged(targets, sensitive), sensitive) < MOST


@pytest.mark.parametrize('distillation', ['data_free', 'with_data', None])
@pytest.mark.parametrize('targets', TARGETS[:5], ids='+'.join)
def test_the_papers_recipe_takes_every_target(targets, distillation):
    # A penalty on 2048 rows costs 40 ms a step; whether it works is another test's question.
    recipe = replace(
        TeacherConfig.as_published(), representation=SMALL, decoder=SMALL, dependence_batch=256
    )
    _, made = fitted(targets, ['sex', 'age'], teacher=recipe, distillation=distillation)
    assert excess(made, targets, ['sex', 'age']) < MOST  # y is drawn from z, and z from noise
