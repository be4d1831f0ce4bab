"""What the synthesizer makes, as an SDV user meets it: the real thing on a small table."""

import numpy as np
import pandas as pd
import pytest
import torch
from conftest import hiring_table, sample_hiring, small_plain, small_synthesizer
from scipy import stats
from sdv.evaluation import run_diagnostic

from sdv_fair4free import Fair4FreeSynthesizer
from sdv_fair4free.core.dependence import distance_covariance


def hired_share(table):
    return table.groupby('sex')['hired'].agg(lambda values: (values == 'yes').mean())


def test_the_table_is_valid_in_every_way_that_sdv_checks(fitted, hiring, metadata):
    made = sample_hiring(fitted, 500)
    assert list(made.columns) == list(metadata.get_column_names(table_name='hiring'))
    report = run_diagnostic({'hiring': hiring}, {'hiring': made}, metadata, verbose=False)
    assert report.get_score() == 1.0
    metadata.validate_data({'hiring': made})
    assert made.dtypes.drop('since').equals(hiring.dtypes.drop('since'))
    assert made['person_id'].is_unique


def test_the_outcome_is_independent_of_the_group_by_permutation_test(fitted):
    made = sample_hiring(fitted, 1500)
    outcome = torch.tensor((made['hired'] == 'yes').to_numpy(), dtype=torch.float32)[:, None]
    group = torch.tensor((made['sex'] == 'woman').to_numpy(), dtype=torch.float32)[:, None]
    noise = torch.Generator().manual_seed(0)
    seen = float(distance_covariance(outcome, group))
    shuffled = [
        float(distance_covariance(outcome, group[torch.randperm(1500, generator=noise)]))
        for _ in range(99)
    ]
    assert np.mean([value >= seen for value in shuffled]) > 0.05


def test_strength_is_a_dial_on_one_fitted_model(fitted, hiring):
    gaps = [
        np.ptp(hired_share(sample_hiring(fitted, 4000, fairness_strength=strength)))
        for strength in (0.0, 0.25, 0.5, 0.75, 1.0)
    ]
    assert gaps == sorted(gaps, reverse=True)
    assert gaps[-1] < 0.01
    assert gaps[0] == pytest.approx(np.ptp(hired_share(hiring)), abs=0.08)


def test_other_columns_keep_their_relation_to_the_group(fitted, hiring):
    def knitting(table):
        return table.groupby('sex')['hobby'].agg(lambda values: (values == 'knitting').mean())

    assert knitting(sample_hiring(fitted, 4000)).to_numpy() == pytest.approx(
        knitting(hiring).to_numpy(), abs=0.08
    )


def test_missingness_that_depends_on_the_group_is_reproduced():
    table = hiring_table(6000)  # enough rows for the shares of both groups to be learnt
    synthesizer = small_synthesizer()
    synthesizer.fit({'hiring': table})

    def missing(rows):
        return rows.groupby('sex')['bonus'].agg(lambda values: values.isna().mean())

    assert missing(sample_hiring(synthesizer, 4000)).to_numpy() == pytest.approx(
        missing(table).to_numpy(), abs=0.08
    )


def test_the_outcome_still_depends_on_merit(fitted):
    made = sample_hiring(fitted, 4000)
    able = made.loc[made['hired'] == 'yes', 'skill']
    others = made.loc[made['hired'] == 'no', 'skill']
    assert stats.mannwhitneyu(able, others, alternative='greater').pvalue < 1e-6


def test_scope_all_hides_the_group_from_every_column():
    synthesizer = small_synthesizer(fairness_scope='all')
    synthesizer.fit({'hiring': hiring_table()})
    made = sample_hiring(synthesizer, 4000)
    crossed = pd.crosstab(made['sex'], made['hobby'])
    assert stats.chi2_contingency(crossed).pvalue > 0.001
    groups = [part['skill'] for _, part in made.groupby('sex')]
    assert stats.ks_2samp(*groups).pvalue > 0.001


def test_groups_follow_the_distribution_asked_for(fitted, hiring):
    observed = sample_hiring(fitted, 2000)['sex'].value_counts(normalize=True)['woman']
    assert observed == pytest.approx((hiring['sex'] == 'woman').mean(), abs=0.002)
    uniform = sample_hiring(fitted, 2000, sensitive_distribution='uniform')['sex'].value_counts()
    assert abs(uniform['woman'] - 1000) <= 2
    own = sample_hiring(fitted, 2000, sensitive_distribution={'woman': 3, 'man': 1})['sex']
    assert abs((own == 'woman').sum() - 1500) <= 2
    assert set(sample_hiring(fitted, 50, sensitive_distribution={'woman': 1})['sex']) == {'woman'}


@pytest.mark.parametrize(
    'parameters',
    [
        {'sensitive_columns': ['sex', 'remote']},
        {'sensitive_columns': 'grade'},
        {'target_column': 'grade'},
        {'target_column': 'remote', 'sensitive_columns': ['sex', 'grade']},
        {'target_column': None, 'fairness_scope': 'all'},
        {'fairness_criterion': 'equalized_odds'},
        {'fairness_criterion': 'equal_opportunity', 'favourable_outcome': 'yes'},
        {'distillation': 'with_data'},
        {'distillation': None},
    ],
    ids=str,
)
def test_every_role_criterion_and_distillation_makes_a_valid_table(parameters, hiring, metadata):
    synthesizer = small_synthesizer(**parameters)
    synthesizer.fit({'hiring': hiring})
    made = sample_hiring(synthesizer, 800)
    report = run_diagnostic({'hiring': hiring}, {'hiring': made}, metadata, verbose=False)
    assert report.get_score() == 1.0
    target = synthesizer.target_column
    if target is not None:
        group = made[np.atleast_1d(synthesizer.sensitive_columns)].astype(str).agg(' '.join, axis=1)
        assert stats.chi2_contingency(pd.crosstab(group, made[target])).pvalue > 0.05


def test_without_sensitive_columns_it_says_so_once_and_works(hiring, metadata):
    with pytest.warns(UserWarning, match='No fairness is applied') as caught:
        synthesizer = Fair4FreeSynthesizer(metadata)
    assert len(caught) == 1
    assert "sensitive_columns=['...']" in str(caught[0].message)
    synthesizer = small_plain(metadata)
    synthesizer.fit({'hiring': hiring})
    made = sample_hiring(synthesizer, 2000)
    assert np.ptp(hired_share(made)) == pytest.approx(np.ptp(hired_share(hiring)), abs=0.1)
