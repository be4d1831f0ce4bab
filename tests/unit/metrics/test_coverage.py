"""How often intervals hold the truth, by simulation of tables whose truth is known."""

import numpy as np
import pytest

from sdv_fair4free.metrics.bootstrap import Resampler, parity_is_plausible
from sdv_fair4free.metrics.comparison import (
    LABEL_COMPARISONS,
    MODEL_COMPARISONS,
    compare,
    rates_of,
)
from sdv_fair4free.metrics.means import Means

ROWS, SAMPLES = 600, 100


def labels(seed, rates):
    """The label parity figures of groups with these rates."""
    groups = np.arange(ROWS) % len(rates)
    outcome = (np.random.default_rng(seed).random(ROWS) < np.take(rates, groups)).astype(int)
    names = tuple('abcde'[: len(rates)])
    counted = rates_of(
        outcome, outcome, groups, names, 1, Resampler(ROWS, SAMPLES, seed), ('Selection rate',)
    )
    return compare(counted, LABEL_COMPARISONS, [*LABEL_COMPARISONS], 0.95)


def numbers(seed, shifts):
    groups = np.arange(ROWS) % len(shifts)
    values = np.random.default_rng(seed).normal(np.take(shifts, groups))
    means = Means(
        values=values, groups=groups, labels=tuple('abcde'[: len(shifts)]), minimum=1,
        resampler=Resampler(ROWS, SAMPLES, seed), level=0.95,
    )  # fmt: skip
    return [means.difference('difference'), means.distance('distance')]


def coverage(figures, truth, runs):
    """The share of runs whose intervals hold the truth, figure by figure."""
    held = [
        [
            row['Low'] <= value <= row['High']
            for row, value in zip(figures(seed), truth, strict=True)
        ]
        for seed in range(runs)
    ]
    return np.mean(held, axis=0)


@pytest.mark.parametrize('groups', [2, 5])
def test_intervals_of_groups_that_are_alike_hold_parity(groups):
    shares = coverage(lambda seed: labels(seed, [0.3] * groups), [1, 0], 120)
    assert (shares >= 0.9).all()
    assert (shares <= 0.99).all()


@pytest.mark.parametrize('groups', [2, 4])
def test_intervals_of_numbers_that_are_alike_hold_parity(groups):
    shares = coverage(lambda seed: numbers(seed, [0.0] * groups), [0, 0], 100)
    assert (shares >= 0.9).all()


@pytest.mark.parametrize('rates', [(0.3, 0.36), (0.2, 0.5)])
def test_intervals_of_groups_that_differ_hold_the_difference(rates):
    shares = coverage(
        lambda seed: labels(seed, rates), [rates[0] / rates[1], rates[1] - rates[0]], 120
    )
    assert (shares >= 0.9).all()


def test_what_differs_for_certain_is_not_said_to_be_alike():
    figures = [row for seed in range(20) for row in labels(seed, (0.2, 0.5))]
    assert not any(row['Low'] <= row['Best'] <= row['High'] for row in figures)
    figures = [row for seed in range(20) for row in numbers(seed, (0.0, 1.0))]
    assert all(row['Low'] > 0.5 for row in figures)


def test_unequal_false_positives_are_seen_beside_noisy_true_positives():
    """Of 40 who deserve it nothing can be told; of 1 960 who do not, everything."""
    groups = np.repeat([0, 1], 1000)
    outcome = np.tile(np.r_[np.ones(20), np.zeros(980)], 2).astype(int)
    decision = outcome * (np.arange(2000) % 2)
    decision[[*range(20, 40), *range(1020, 1120)]] = 1
    decision[0] = 1
    counted = rates_of(outcome, decision, groups, ('a', 'b'), 1, Resampler(2000, 200, 0))
    rows = {row['Metric']: row for row in compare(
        counted, MODEL_COMPARISONS, ['Equalized odds ratio', 'Equal opportunity ratio'], 0.95
    )}  # fmt: skip
    assert rows['Equal opportunity ratio']['High'] == 1
    assert rows['Equalized odds ratio']['High'] < 0.6


def test_parity_is_plausible_if_chance_makes_such_gaps():
    chance = [np.linspace(0, 1, 101)]
    assert parity_is_plausible([0.9], chance, 0.95)
    assert not parity_is_plausible([0.96], chance, 0.95)
    assert not parity_is_plausible([0.0], [np.full(99, np.nan)], 0.95)
    assert not parity_is_plausible([0.1], [np.zeros(99)], 0.95)
    assert parity_is_plausible([0.0], [np.zeros(99)], 0.95)
