"""Every kind of sensitive column, target, criterion and distillation on one small table.

Whether the outcome is independent of the sensitive columns is decided by a permutation test of the
distance covariance, not by eye.
"""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch
from conftest import SMALL, small_synthesizer
from sdv.errors import SamplingError
from sdv.evaluation import run_diagnostic
from sdv.metadata import Metadata

from sdv_fair4free import TeacherConfig
from sdv_fair4free.core.dependence import distance_covariance

ROWS = 1500


def people(rows: int = ROWS, seed: int = 0) -> pd.DataFrame:
    """Wages, approval and grade depend on skill, and on sex, age and country, which are not fair.

    ``country`` has many values, most of them rare; ``age`` and ``since`` are missing now and then.
    """
    rng = np.random.default_rng(seed)
    woman = rng.random(rows) < 0.4
    age = rng.integers(18, 70, rows).astype(float)
    country = rng.choice(
        ['home', *(f'land {i}' for i in range(12))], p=[0.76, *[0.02] * 12], size=rows
    )
    skill = rng.normal(size=rows)
    merit = skill + 0.04 * (age - 44) - 1.0 * woman - 1.6 * (country != 'home')
    table = pd.DataFrame(
        {
            'sex': np.where(woman, 'woman', 'man'),
            'age': age,
            'country': country,
            'since': pd.Timestamp('2024-01-01') - pd.to_timedelta(age * 200, 'D'),
            'skill': skill.round(3),
            'hours': np.round(38 + 4 * rng.normal(size=rows) - 6 * woman),
            'approved': np.where(merit + rng.logistic(size=rows) > 0, 'yes', 'no'),
            'grade': pd.cut(merit + rng.normal(size=rows), [-99, -1, 0.5, 99], labels=[1, 2, 3]),
            'wage': np.exp(7 + 0.4 * merit + 0.3 * rng.normal(size=rows)).round(2),
        }
    )
    table['grade'] = table['grade'].astype(int)
    table.loc[rng.random(rows) < 0.04, 'age'] = np.nan
    table['since'] = table['since'].dt.strftime('%Y-%m-%d')
    table.loc[rng.random(rows) < 0.04, 'since'] = None
    return table


SDTYPES = {
    'sex': 'categorical',
    'age': 'numerical',
    'country': 'categorical',
    'since': 'datetime',
    'skill': 'numerical',
    'hours': 'numerical',
    'approved': 'categorical',
    'grade': 'ordinal',
    'wage': 'numerical',
}


def metadata() -> Metadata:
    columns = {name: {'sdtype': sdtype} for name, sdtype in SDTYPES.items()}
    columns['since']['datetime_format'] = '%Y-%m-%d'
    columns['grade']['range_values'] = [1, 2, 3]
    return Metadata.load_from_dict({'tables': {'people': {'columns': columns}}})


def told(table: pd.DataFrame, names: list[str]) -> torch.Tensor:
    """Columns as points: ranks of numbers and dates, marks of categories, a mark for missing."""
    parts = []
    for name in names:
        values = table[name]
        if SDTYPES[name] in ('numerical', 'datetime'):
            parts += [values.rank(pct=True).fillna(0.5), values.isna().astype(float)]
        else:
            parts += [part for _, part in pd.get_dummies(values, dtype=float).items()]
    return torch.from_numpy(np.stack(parts, axis=1)).float()


def p_value(table: pd.DataFrame, targets: list[str], sensitive: list[str]) -> float:
    """Permutation test of the distance covariance, on at most 800 rows."""
    table = table[:800]
    y, s = told(table, targets), told(table, sensitive)
    shuffles = torch.Generator().manual_seed(0)
    seen = float(distance_covariance(y, s))
    others = [
        float(distance_covariance(y[torch.randperm(len(y), generator=shuffles)], s))
        for _ in range(99)
    ]
    return (1 + sum(other >= seen for other in others)) / 100


SENSITIVE = [
    ['country'],
    ['age'],
    ['since'],
    ['sex', 'country'],
    ['sex', 'age'],
    ['age', 'since', 'country'],
]
TARGETS = ['grade', 'wage', ['approved', 'wage'], ['grade', 'hours', 'approved']]
CASES = [(sensitive, 'approved') for sensitive in SENSITIVE] + [
    (['sex', 'age'] if place % 2 else ['sex', 'country'], target)
    for place, target in enumerate(TARGETS)
]


def made_by(synthesizer, rows=2048, **options):
    synthesizer.reset_sampling()
    return synthesizer.sample(rows, **options)['people']


def is_valid(table: pd.DataFrame) -> bool:
    report = run_diagnostic({'people': people()}, {'people': table}, metadata(), verbose=False)
    return report.get_score() == 1.0


def fit_and_check(targets, sensitive, **parameters):
    """Fit, check the table, and give the synthesizer with its table."""
    target = targets[0] if len(targets) == 1 else targets
    synthesizer = small_synthesizer(
        metadata(), sensitive_columns=sensitive, target_column=target, **parameters
    )
    synthesizer.fit({'people': people()})
    made = made_by(synthesizer)
    assert is_valid(made)
    return synthesizer, made


@pytest.mark.parametrize(('sensitive', 'target'), CASES, ids=str)
def test_the_outcome_is_independent_of_every_kind_of_sensitive_column(sensitive, target):
    targets = [target] if isinstance(target, str) else target
    assert p_value(people(), targets, sensitive) == 0.01  # it was not
    synthesizer, made = fit_and_check(targets, sensitive)
    assert p_value(made, targets, sensitive) > 0.05
    assert p_value(made_by(synthesizer, fairness_strength=0.0), targets, sensitive) <= 0.02


@pytest.mark.parametrize('distillation', ['with_data', None])
@pytest.mark.parametrize(
    ('sensitive', 'target'), [(['sex', 'age'], 'wage'), (['country'], ['approved', 'grade'])]
)
def test_every_distillation_keeps_the_independence(sensitive, target, distillation):
    targets = [target] if isinstance(target, str) else target
    _, made = fit_and_check(targets, sensitive, distillation=distillation)
    assert p_value(made, targets, sensitive) > 0.05


@pytest.mark.parametrize('criterion', ['equalized_odds', 'equal_opportunity'])
@pytest.mark.parametrize('sensitive', [['country'], ['sex', 'age']], ids='+'.join)
def test_criteria_that_look_at_the_outcome_take_every_sensitive_column(criterion, sensitive):
    parameters = {'favourable_outcome': 'yes'} if criterion == 'equal_opportunity' else {}
    _, made = fit_and_check(['approved'], sensitive, fairness_criterion=criterion, **parameters)
    assert p_value(made, ['approved'], sensitive) > 0.05  # balanced, by the weights


def test_equalized_odds_takes_numbers_as_targets():
    _, made = fit_and_check(['wage'], ['sex', 'age'], fairness_criterion='equalized_odds')
    assert p_value(made, ['wage'], ['sex', 'age']) > 0.05


@pytest.mark.parametrize('target', [None, 'approved'])
def test_scope_all_hides_numbers_and_rare_groups_from_every_column(target):
    sensitive = ['sex', 'age', 'country']
    others = [name for name in SDTYPES if name not in sensitive]
    _, made = fit_and_check([target], sensitive, fairness_scope='all')
    assert p_value(made, others, sensitive) > 0.05


def test_a_number_stays_tied_to_the_other_columns_and_to_the_groups():
    _, made = fit_and_check(['approved'], ['age', 'sex'])
    real = people()
    since = pd.to_datetime(made['since']).rank(), pd.to_datetime(real['since']).rank()
    assert since[0].corr(made['age']) < -0.9  # it was -1: hired at the same age all of them
    assert since[1].corr(real['age']) < -0.99
    hours = [table.groupby('sex')['hours'].mean().diff().iloc[-1] for table in (made, real)]
    assert hours[0] == pytest.approx(hours[1], abs=1.5)
    assert made['age'].isna().mean() == pytest.approx(real['age'].isna().mean(), abs=0.02)


def test_rare_groups_are_listed_with_what_they_borrow():
    synthesizer, made = fit_and_check(['approved'], ['country'])
    groups = synthesizer.get_info()['sensitive_groups']
    assert groups['home',]['own_share'] == 1.0
    counts = people()['country'].value_counts()
    for (country,), group in groups.items():
        assert group['rows'] == counts[country]
        if country != 'home':
            assert 0 < group['own_share'] < 1
    shares = made['country'].value_counts(normalize=True)
    assert shares['home'] == pytest.approx(counts['home'] / ROWS, abs=0.005)


def test_people_of_the_callers_choice_are_made():
    synthesizer, _ = fit_and_check(['approved'], ['age', 'sex'])
    wanted = pd.DataFrame({'sex': ['woman', 'man'], 'age': [20.0, np.nan]})
    made = made_by(synthesizer, 400, sensitive_distribution=wanted)
    assert abs((made['sex'] == 'man').sum() - 200) <= 4
    assert made.loc[made['sex'] == 'woman', 'age'].between(19, 21).all()
    assert made.loc[made['sex'] == 'man', 'age'].isna().all()
    dates, _ = fit_and_check(['approved'], ['since'])
    made = made_by(dates, 50, sensitive_distribution=pd.DataFrame({'since': ['2000-01-01']}))
    found = pd.to_datetime(made['since'])
    assert ((found - pd.Timestamp('2000-01-01')).abs() < pd.Timedelta('300D')).all()
    with pytest.raises(SamplingError, match="cannot be read in 'since'"):
        made_by(dates, 5, sensitive_distribution=pd.DataFrame({'since': ['soon']}))
    even = made_by(synthesizer, 2000, sensitive_distribution={'woman': 1, 'man': 1})
    assert abs((even['sex'] == 'man').sum() - 1000) <= 4
    for bad, complaint in (
        (wanted.drop(columns='age'), 'age missing'),
        (wanted.assign(sex='womn'), "Did you mean 'woman'"),
        ({20.0: 1}, "is not a value of 'sex'"),
    ):
        with pytest.raises(SamplingError, match=complaint):
            made_by(synthesizer, 10, sensitive_distribution=bad)


def test_the_papers_own_recipe_can_be_chosen():
    recipe = TeacherConfig.as_published()
    recipe = replace(recipe, representation=SMALL, decoder=SMALL)
    synthesizer, made = fit_and_check(['approved'], ['sex'], teacher=recipe)
    assert synthesizer._model.teacher.schema.latent == 16
    assert not synthesizer._model.student.decoder.autoregressive
    assert p_value(made, ['approved'], ['sex']) > 0.05  # y is drawn from z, and z from noise
