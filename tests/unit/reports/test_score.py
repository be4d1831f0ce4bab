import dataclasses

import numpy as np
import pandas as pd
import pytest
from conftest import hiring_metadata, hiring_table
from hypothesis import given
from hypothesis import strategies as st

from sdv_fair4free.metrics.audit import audit
from sdv_fair4free.reports.score import (
    FAIRNESS_PROPERTIES,
    fairness_score,
    overall_score,
    property_details,
    property_score,
    source_scores,
    that_count,
)

SHARES = st.floats(0, 1)


def properties(fair: float, useful: float) -> dict[str, float]:
    return {**dict.fromkeys(FAIRNESS_PROPERTIES, fair), 'Utility Retained': useful}


@given(SHARES)
def test_perfect_fairness_without_use_scores_nothing(fair):
    assert overall_score(properties(fair, 0.0)) == 0


@given(SHARES, SHARES)
def test_the_score_lies_between_the_two_it_joins_and_is_symmetric(fair, useful):
    score = overall_score(properties(fair, useful))
    assert min(fair, useful) - 1e-12 <= score <= (fair + useful) / 2 + 1e-12
    assert score == pytest.approx(overall_score(properties(useful, fair)))


def test_only_a_perfect_table_scores_one():
    assert overall_score(properties(1.0, 1.0)) == 1
    assert overall_score(properties(1.0, 0.99)) < 1


def test_an_unknown_property_is_left_out_and_unknown_use_leaves_no_score():
    known = properties(0.8, 0.6)
    assert fairness_score({**known, 'Proxy Leakage': np.nan}) == pytest.approx(0.8)
    assert np.isnan(overall_score({**known, 'Utility Retained': np.nan}))
    assert np.isnan(overall_score({'Utility Retained': 0.6}))


def figures(rows: list[tuple[str, str, float, bool]], real: float = 0.5) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=['Metric', 'Sensitive', 'Score', 'Headline'])
    return frame.assign(**{'Real Score': real})


@pytest.mark.parametrize('name', ['Proxy Leakage', 'Model Parity'])
def test_what_only_the_real_rows_have_counts_as_nothing(name):
    rows = [('ratio', 'sex', np.nan, True), ('ratio', 'race', 0.8, True)]
    assert property_score(figures(rows), name) == pytest.approx(0.4)
    assert property_score(figures(rows[:1]), name) == 0


@pytest.mark.parametrize('name', ['Proxy Leakage', 'Model Parity'])
def test_what_the_real_rows_lack_counts_for_nobody(name):
    known = figures([('ratio', 'sex', 0.6, True)])
    unknown = figures([('ratio', 'race', 0.1, True)], real=np.nan)
    assert property_score(pd.concat([known, unknown], ignore_index=True), name) == pytest.approx(
        0.6
    )
    assert np.isnan(property_score(unknown, name))


def test_a_crowd_of_harmless_columns_does_not_hide_a_proxy():
    proxy = [('Distance correlation', 'sex', 0.1, True)]
    harmless = [('Distance correlation', 'sex', 1.0, True)] * 20
    assert property_score(figures(proxy + harmless), 'Proxy Leakage') == pytest.approx(0.1)


def test_every_metric_counts_alike_however_many_groupings_it_has():
    rows = [('ratio', name, 0.5, True) for name in ('sex', 'race', 'sex x race')]
    rows += [('flips', 'sex', 1.0, True), ('flips', 'single class', 0.0, False)]
    assert property_score(figures(rows), 'Model Parity') == pytest.approx(0.75)


@pytest.mark.parametrize('name', ['Proxy Leakage', 'Model Parity'])
def test_a_property_without_figures_has_no_score(name):
    frame = figures([('ratio', 'sex', np.nan, True)], real=np.nan)
    assert np.isnan(property_score(frame, name))


def loss_of_women(**settings):
    """An audit of the real rows, and one of the men among them."""
    real, validation = hiring_table(600), hiring_table(400, seed=1)
    return [
        audit(
            real, table, hiring_metadata(), 'sex', 'hired', validation, 'yes',
            bootstrap_samples=0, **settings,
        )
        for table in (real, real[real['sex'] == 'man'])
    ]  # fmt: skip


def test_a_table_that_drops_a_group_scores_less_than_the_truth():
    whole, men = (source_scores(result, 'synthetic') for result in loss_of_women())
    assert men['Label Parity'] == men['Proxy Leakage'] == 0
    assert whole['Label Parity'] > 0.5
    assert fairness_score(men) < fairness_score(whole)
    assert overall_score(men) < overall_score(whole)


def test_a_lost_group_is_named_where_it_counts():
    _, men = loss_of_women(metrics=['Label parity ratio', 'Distance correlation'])
    for name in ('Label Parity', 'Proxy Leakage'):
        details = that_count(property_details(men, name), name)
        assert set(details['Error']) == {'insufficient data (n = 0); counts as 0'}
        assert details['Score'].isna().all()


def test_all_sources_are_averaged_over_the_figures_of_the_real_rows():
    """One figure of three is unknown for the real rows: nobody's score has it."""
    (result, _) = loss_of_women(metrics=['Demographic parity ratio', 'Counterfactual flip rate'])
    figures = result.figures.copy()
    lost = (figures['Metric'] == 'Demographic parity ratio') & (figures['Source'] == 'real')
    figures.loc[lost, ['Value', 'Score']] = np.nan
    result = dataclasses.replace(result, figures=figures)
    flips = figures[figures['Metric'] == 'Counterfactual flip rate'].set_index('Source')['Score']
    for source in ('real', 'synthetic'):
        assert source_scores(result, source)['Model Parity'] == flips[source]
    assert source_scores(result, 'constant')['Model Parity'] == 1


def test_sixty_rows_have_no_overall_score():
    table = hiring_table(180)
    result = audit(
        table[:60], table[60:120], hiring_metadata(), 'sex', 'hired', table[120:], 'yes',
        bootstrap_samples=0,
    )  # fmt: skip
    scores = source_scores(result, 'synthetic')
    assert np.isnan([scores[name] for name in FAIRNESS_PROPERTIES]).all()
    assert np.isnan(overall_score(scores))
