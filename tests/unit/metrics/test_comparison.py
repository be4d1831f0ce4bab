"""Our figures against fairlearn's own, and SDMetrics' where they overlap."""

import numpy as np
import pandas as pd
import pytest
from fairlearn import metrics as fairness
from hypothesis import given, settings
from hypothesis import strategies as st
from sdmetrics.single_table.equalized_odds import EqualizedOddsImprovement
from sklearn.metrics import accuracy_score, precision_score

from sdv_fair4free.metrics.bootstrap import Resampler
from sdv_fair4free.metrics.comparison import (
    LABEL_COMPARISONS,
    MODEL_COMPARISONS,
    compare,
    rates_by_group,
    rates_of,
)

FAIRLEARN = {
    'Demographic parity ratio': fairness.demographic_parity_ratio,
    'Demographic parity difference': fairness.demographic_parity_difference,
    'Equalized odds ratio': fairness.equalized_odds_ratio,
    'Equalized odds difference': fairness.equalized_odds_difference,
    'Equal opportunity ratio': fairness.equal_opportunity_ratio,
    'Equal opportunity difference': fairness.equal_opportunity_difference,
}
LABELS = ('a', 'b', 'c')
ROWS = st.lists(
    st.tuples(st.integers(0, 1), st.integers(0, 1), st.integers(0, 2), st.integers(1, 4)),
    min_size=1,
    max_size=40,
)


def judged(outcome, decision, groups, minimum=1, samples=0, labels=LABELS):
    parts = (np.asarray(part, int) for part in (outcome, decision, groups))
    return rates_of(*parts, labels, minimum, Resampler(len(outcome), samples, 0))


def figures(rates, comparisons=MODEL_COMPARISONS):
    return {row['Metric']: row for row in compare(rates, comparisons, [*comparisons], 0.95)}


@settings(deadline=None, max_examples=25)
@given(ROWS)
def test_figures_are_those_of_fairlearn_with_the_rows_weights(rows):
    """fairlearn counts a rate of nobody as 0; we leave such groups out, here as there."""
    outcome, decision, groups, weights = (np.array(part) for part in zip(*rows, strict=True))
    repeated = (np.repeat(part, weights) for part in (outcome, decision, groups))
    for name, row in figures(judged(*repeated)).items():
        if name not in FAIRLEARN or row['Error'] is not None:
            continue
        needed = {'Demographic': (), 'Equal': (1,), 'Equalized': (0, 1)}[name.split()[0]]
        kept = np.ones(len(rows), bool)
        for value in needed:
            kept &= np.isin(groups, groups[outcome == value])
        # Two rows of half the weight each: before 0.15 fairlearn stumbles over a group of one row.
        twice = np.repeat(np.flatnonzero(kept), 2)
        expected = FAIRLEARN[name](
            outcome[twice],
            decision[twice],
            sensitive_features=groups[twice],
            sample_weight=weights[twice] / 2,
        )
        assert row['Value'] == pytest.approx(expected)


@settings(deadline=None, max_examples=25)
@given(ROWS)
def test_where_a_rate_has_no_rows_there_is_a_reason_and_no_figure(rows):
    outcome, decision, groups, _ = (np.array(part) for part in zip(*rows, strict=True))
    rates = judged(outcome, decision, groups)
    table = pd.DataFrame({'outcome': outcome, 'decision': decision, 'group': groups})
    with_positives = table[table['outcome'] == 1]['group'].nunique()
    row = figures(rates)['Equal opportunity difference']
    assert np.isnan(row['Value']) == (with_positives < 2)
    assert (row['Error'] is None) == (with_positives >= 2)
    assert np.isnan(row['Score']) == np.isnan(row['Value'])


@settings(deadline=None, max_examples=25)
@given(ROWS)
def test_the_bootstrap_recomputes_the_figure_it_surrounds(rows):
    """Fed with the table's own counts as its one sample, it must give the table's own figure."""
    outcome, decision, groups, _ = (np.array(part) for part in zip(*rows, strict=True))
    rates = judged(outcome, decision, groups)
    own = type(rates)(
        **{
            name: getattr(rates, name)
            for name in ('outcome', 'decision', 'groups', 'labels', 'minimum', 'counts')
        },
        sampled=np.repeat(rates.counts[None].astype(float), 10, axis=0),
    )
    for row in figures(own).values():
        if row['Error'] is None:
            assert (row['Low'], row['High']) == pytest.approx((row['Value'], row['Value']))


@settings(deadline=None, max_examples=20)
@given(ROWS)
def test_rates_of_groups_are_those_of_the_metric_frame(rows):
    outcome, decision, groups, _ = (np.array(part) for part in zip(*rows, strict=True))
    frame = fairness.MetricFrame(
        metrics={'Precision': lambda t, p: precision_score(t, p, zero_division=0),
                 'Accuracy': accuracy_score},
        y_true=outcome, y_pred=decision, sensitive_features=pd.Series(groups),
    ).by_group  # fmt: skip
    for row in rates_by_group(judged(outcome, decision, groups), {'Accuracy': 'Accuracy'}, 0.95):
        place = LABELS.index(row['Group'])
        if place in frame.index:
            assert row['Value'] == pytest.approx(frame.loc[place, 'Accuracy'])
        else:
            assert row['Error'] == 'insufficient data (n = 0)'


@settings(deadline=None, max_examples=25)
@given(ROWS)
def test_one_minus_equalized_odds_difference_is_the_equalized_odds_of_sdmetrics(rows):
    outcome, decision, groups, _ = (np.array(part) for part in zip(*rows, strict=True))
    groups = groups % 2
    row = figures(judged(outcome, decision, groups))['Equalized odds difference']
    if row['Error'] is None:
        counts = EqualizedOddsImprovement._compute_prediction_counts(decision, outcome, groups == 1)
        theirs = EqualizedOddsImprovement._compute_equalized_odds_score(counts)
        assert row['Score'] == pytest.approx(theirs)


def test_a_group_of_seven_is_named_with_its_number():
    groups = np.repeat([0, 1], [93, 7])
    rates = judged(np.arange(100) % 2, np.arange(100) % 3 == 0, groups, minimum=50)
    for name, row in figures(rates).items():
        if name != 'Worst-group accuracy':
            assert row['Error'] == 'insufficient data (n = 7)'
            assert np.isnan([row['Value'], row['Low'], row['High'], row['Score']]).all()
    shown = {row['Group']: row for row in rates_by_group(rates, {'Accuracy': 'Accuracy'}, 0.95)}
    assert shown['b']['Error'] == 'insufficient data (n = 7)'
    assert shown['b']['Count'] == 7
    assert shown['a']['Error'] is None


def test_a_large_group_without_enough_positives_has_no_true_positive_rate():
    groups = np.repeat([0, 1], [100, 100])
    outcome = np.r_[np.arange(100) % 2, np.arange(100) < 3].astype(int)
    rates = judged(outcome, outcome, groups, minimum=50)
    rows = figures(rates)
    assert rows['Equal opportunity ratio']['Error'] == 'insufficient data (n = 3)'
    assert rows['Demographic parity ratio']['Error'] is None
    assert rows['Worst-group accuracy']['Value'] == 1


def test_a_ratio_of_nothing_is_undefined_and_says_so():
    row = figures(judged([0, 1] * 10, [0] * 20, [0] * 10 + [1] * 10))['Demographic parity ratio']
    assert row['Error'] == 'undefined: 0 in every group'
    assert np.isnan(row['Score'])


def test_small_groups_do_not_change_a_figure():
    rng = np.random.default_rng(0)
    outcome, decision, groups = rng.integers(0, 2, (3, 200))
    without = figures(judged(outcome, decision, groups, minimum=10))
    grown = (np.r_[part, extra] for part, extra in zip(
        (outcome, decision, groups), ([1, 1, 1], [0, 0, 0], [2, 2, 2]), strict=True
    ))  # fmt: skip
    with_small = figures(judged(*grown, minimum=10))
    for name, row in with_small.items():
        assert row['Value'] == without[name]['Value']


def test_label_parity_is_demographic_parity_of_the_labels():
    rng = np.random.default_rng(1)
    outcome, groups = rng.integers(0, 2, 90), rng.integers(0, 3, 90)
    rows = figures(judged(outcome, outcome, groups), LABEL_COMPARISONS)
    for name, function in (
        ('Label parity ratio', fairness.demographic_parity_ratio),
        ('Label parity difference', fairness.demographic_parity_difference),
    ):
        expected = function(outcome, outcome, sensitive_features=groups)
        assert rows[name]['Value'] == pytest.approx(expected)


def test_more_rows_make_narrower_intervals():
    widths = []
    for count in (200, 20_000):
        outcome, decision, groups = np.random.default_rng(0).integers(0, 2, (3, count))
        row = figures(judged(outcome, decision, groups, samples=200))['Equalized odds difference']
        widths.append(row['High'] - row['Low'])
    assert widths[1] < widths[0] / 5
