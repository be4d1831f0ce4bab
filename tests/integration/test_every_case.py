"""Criteria, scopes, rare groups, people of one's choice and the papers' recipe on one small table.

tests/integration/test_combinations.py has every sensitive column with every target.
"""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from conftest import SMALL, small_synthesizer
from people import SDTYPES, fit_and_check, made_by, metadata, p_value, people
from sdv.errors import SamplingError

from sdv_fair4free import TeacherConfig


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
    counts = people()['country'].value_counts(dropna=False)
    for (country,), group in groups.items():
        assert group['rows'] == counts[country]
        if country != 'home':
            assert 0 < group['own_share'] < 1
    assert len(groups) == 13  # the missing ones are a group of their own
    shares = made['country'].value_counts(normalize=True)
    known = counts['home'] / counts.drop(np.nan).sum()
    assert shares['home'] == pytest.approx(known, abs=0.005)


def test_trust_in_a_group_is_that_of_the_outcome_with_fewest_rows():
    table = people()
    away = table['country'] != 'home'
    table['country'] = np.where(away, 'away', 'home')
    table.loc[away & (table.index % 9 > 0), 'approved'] = 'no'
    few = int((away & (table['approved'] == 'yes')).sum())
    assert few < 300 <= away.sum()
    for criterion, expected in (('demographic_parity', 1.0), ('equalized_odds', few / (few + 10))):
        synthesizer = small_synthesizer(
            metadata(),
            sensitive_columns=['country'],
            target_column='approved',
            fairness_criterion=criterion,
            distillation=None,
            epochs=1,
        )
        synthesizer.fit({'people': table})
        groups = synthesizer.get_info()['sensitive_groups']
        assert groups['away',]['own_share'] == pytest.approx(expected)


def test_where_groups_share_nothing_and_what_is_missing_is_told():
    recipe = replace(TeacherConfig(), transport=None, dependence_weight=0.0)
    synthesizer, _ = fit_and_check(
        ['approved'], ['sex', 'age'], teacher=recipe, distillation=None, epochs=1
    )
    info = synthesizer.get_info()
    assert {group['own_share'] for group in info['sensitive_groups'].values()} == {None}
    assert info['sensitive_missing_rows'] == {'age': people()['age'].isna().sum()}
    assert set(info['fit_seconds']) == {'teacher'}
    nobody, _ = fit_and_check([], ['sex'], fairness_scope='all', epochs=1)
    with pytest.raises(SamplingError, match='acts on the target'):
        made_by(nobody, 10, fairness_strength=0.5)


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
    assert not synthesizer._model.student.schema.autoregressive
    assert synthesizer._model.student.decoder.direct is None
    assert p_value(made, ['approved'], ['sex']) > 0.05  # y is drawn from z, and z from noise
