"""Proxies: values by hand, and a reason instead of a value where the groups allow none."""

import numpy as np
import pandas as pd
import pytest
from conftest import hiring_metadata, hiring_table

from sdv_fair4free.metrics import SensitiveDistanceCorrelation, SensitiveMutualInformation
from sdv_fair4free.metrics.audit import audit

REAL, SYNTHETIC, VALIDATION = (hiring_table(400, seed) for seed in range(3))
NAMES = ['Distance correlation', 'Mutual information', 'Sensitive AUC']


def leakage(synthetic, sensitive='sex', **settings):
    settings = {'bootstrap_samples': 0, 'intersections': False, 'metrics': NAMES, **settings}
    result = audit(
        REAL, synthetic, hiring_metadata(), sensitive, 'hired', VALIDATION, 'yes', **settings
    )
    return result, result.figures[result.figures['Source'] == 'synthetic']


def with_women(rows: int) -> pd.DataFrame:
    sex = np.where(np.arange(len(SYNTHETIC)) < rows, 'woman', 'man')
    return SYNTHETIC.assign(sex=sex)


@pytest.mark.parametrize(
    ('synthetic', 'reason'),
    [
        (with_women(0), 'insufficient data (n = 0)'),
        (with_women(7), 'insufficient data (n = 7)'),
        (SYNTHETIC[:12], 'insufficient data (n = 9)'),
    ],
)
def test_a_table_of_one_sex_or_of_twelve_rows_has_a_reason_and_no_figure(synthetic, reason):
    if len(synthetic) == 12:
        assert synthetic['sex'].value_counts().max() == 9
    _, figures = leakage(synthetic)
    assert set(figures['Metric']) == set(NAMES)
    assert figures['Value'].isna().all()
    assert figures['Score'].isna().all()
    assert set(figures['Error']) == {reason}


@pytest.mark.parametrize('metric', [SensitiveDistanceCorrelation, SensitiveMutualInformation])
def test_the_metric_of_a_table_of_one_sex_is_unknown(metric):
    breakdown = metric.compute_breakdown(
        REAL, with_women(0), hiring_metadata(), sensitive_columns='sex', target_column='hired',
        favourable_outcome='yes', real_validation_data=VALIDATION, bootstrap_samples=0,
    )  # fmt: skip
    assert np.isnan(breakdown['score'])
    assert breakdown['error'] == 'insufficient data (n = 0)'


def test_small_groups_are_left_out_of_every_figure_and_named():
    odd = SYNTHETIC.copy()
    odd.loc[:9, 'sex'] = 'unknown'
    result, figures = leakage(odd)
    _, without = leakage(odd[10:])
    assert (figures['Error'].isna()).all()
    for metric in ('Mutual information', 'Distance correlation'):
        ours, theirs = (
            part[part['Metric'] == metric].set_index('Column')['Value']
            for part in (figures, without)
        )
        assert ours.to_numpy() == pytest.approx(theirs[ours.index].to_numpy())
    assert any("['unknown'] of 'sex'" in note for note in result.notes)


def test_each_sensitive_column_has_its_own_distance_correlation():
    """Of two binary columns it is about the modulus of Pearson's: hobby tells sex, not remote."""
    _, figures = leakage(SYNTHETIC, ['sex', 'remote'])
    values = figures[figures['Metric'] == 'Distance correlation'].set_index(['Column', 'Sensitive'])
    hobby = SYNTHETIC['hobby'] == 'knitting'
    pearson = np.corrcoef(hobby, SYNTHETIC['sex'] == 'woman')[0, 1]
    assert pearson > 0.5
    assert values.loc[('hobby', 'sex'), 'Value'] == pytest.approx(pearson, abs=0.02)
    assert values.loc[('hobby', 'remote'), 'Value'] < 0.1
