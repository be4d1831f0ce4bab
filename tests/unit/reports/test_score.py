import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdv_fair4free.reports.score import (
    FAIRNESS_PROPERTIES,
    fairness_score,
    overall_score,
    property_score,
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


def figures(rows: list[tuple[str, str, float, bool]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=['Metric', 'Sensitive', 'Score', 'Headline'])


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
    assert np.isnan(property_score(figures([('ratio', 'sex', np.nan, True)]), name))
