import numpy as np
import pandas as pd
import pytest
from conftest import hiring_metadata, hiring_table
from sklearn.metrics import roc_auc_score

from sdv_fair4free.handover.attacks import black_box
from sdv_fair4free.handover.scored import Attack, auc_interval
from sdv_fair4free.reports.resemblance import modelled_columns

COLUMNS = modelled_columns(hiring_metadata().to_dict()['tables']['hiring'])


def test_the_auc_is_that_of_scikit_learn_ties_included():
    rng = np.random.default_rng(0)
    training, holdout = rng.integers(0, 9, 70) + 1.0, rng.integers(0, 9, 70).astype(float)
    truth = np.repeat([1, 0], 70)
    expected = roc_auc_score(truth, np.concatenate([training, holdout]))
    attack = Attack.of(training, holdout)
    assert attack.auc == pytest.approx(expected)
    assert attack.low < expected < attack.high


def test_rows_that_cannot_be_made_come_last():
    never = np.full(50, -np.inf)
    assert Attack.of(np.zeros(50), never).auc == 1
    assert Attack.of(never, never).auc == 0.5


def test_the_interval_has_a_width_at_its_ends_and_stays_within():
    assert auc_interval(1.0, 30, 30)[1] == 1
    assert 0.8 < auc_interval(1.0, 30, 30)[0] < 1
    assert auc_interval(0.0, 30, 30) == pytest.approx(
        [1 - end for end in auc_interval(1.0, 30, 30)[::-1]]
    )
    low, high = auc_interval(0.5, 1000, 1000)
    assert high - 0.5 == pytest.approx(0.5 - low)
    # the rank test's own error where nothing can be told: sqrt((m + n + 1) / (12 m n))
    assert high - low == pytest.approx(2 * 1.96 * np.sqrt(2001 / 12e6), rel=0.01)


def test_the_interval_covers_as_often_as_it_says():
    rng = np.random.default_rng(0)
    truth = 0.8413447460685429  # P(Z > -1) for normal scores that are sqrt(2) apart
    attacks = [
        Attack.of(rng.normal(size=40) + np.sqrt(2), rng.normal(size=40)) for _ in range(1000)
    ]
    covered = np.mean([attack.low <= truth <= attack.high for attack in attacks])
    assert 0.93 < covered < 0.985


def test_rows_above_all_but_one_in_a_hundred_are_recognised():
    holdout = np.arange(200.0)
    training = np.concatenate([np.full(150, 50.0), np.full(20, 198.0), np.full(30, 250.0)])
    # Two holdout rows may be accused: the bound is 197.
    assert Attack.of(training, holdout).recognised == 0.25
    assert Attack.of(holdout, holdout).recognised == 0.01
    assert Attack.of(training[:99], holdout[:99]).recognised is None


def test_copies_give_themselves_away_and_fresh_rows_do_not():
    table = hiring_table(1200)
    training, holdout = table[:300], table[300:600]
    assert black_box(training, training, holdout, COLUMNS).auc > 0.99
    fresh = black_box(table[600:], training, holdout, COLUMNS)
    assert fresh.low < 0.5 < fresh.high


def test_the_nearest_synthetic_row_is_measured_on_the_synthetic_scale():
    columns = {'x': {'sdtype': 'numerical'}, 'y': {'sdtype': 'numerical'}}
    rng = np.random.default_rng(1)
    synthetic, training, holdout = (
        pd.DataFrame({'x': rng.normal(size=30), 'y': rng.normal(size=30) * 100}) for _ in range(3)
    )

    def score(row):
        away = (synthetic - row) / synthetic.std(ddof=0)
        return -np.sqrt((away**2).sum(axis=1)).min()

    slow = [np.array([score(row) for _, row in table.iterrows()]) for table in (training, holdout)]
    assert black_box(synthetic, training, holdout, columns) == Attack.of(*slow)
