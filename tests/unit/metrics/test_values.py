"""Figures of models by hand: four people, two groups, and answers that are chosen."""

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score

from sdv_fair4free.metrics.audit import audit
from sdv_fair4free.metrics.case import Case, Target
from sdv_fair4free.metrics.groupings import Grouping
from sdv_fair4free.metrics.models import Predictions
from sdv_fair4free.metrics.tables import model_rows

GROUPS = np.array([0, 0, 1, 1])


def judged(said, outcome, kind):
    """The figures of model_rows by name, and the rates by name and group."""
    grouping = Grouping(
        name='sex', columns=('sex',), labels=('a', 'b'), codes={'validation': GROUPS}
    )
    numeric = kind == 'numeric'
    case = Case(
        read={'validation': pd.DataFrame({'sex': GROUPS})},
        kinds={},
        target=Target(
            name='outcome',
            kind=kind,
            classes=() if numeric else ('no', 'yes'),
            judged=() if numeric else (1,),
            outcome={'validation': np.asarray(outcome, float if numeric else int)},
            scale=1.0,
        ),
        groupings={'sex': grouping},
        sensitive=('sex',),
        model=None,
        settings={
            'bootstrap_samples': 0, 'confidence_level': 0.95, 'minimum_group_size': 1,
            'random_state': 0,
        },
    )  # fmt: skip
    figures, rates = model_rows(case, said, grouping, case.resampler(4), None)
    return (
        {row['Metric']: row['Value'] for row in figures},
        {(row['Metric'], row['Group']): row['Value'] for row in rates},
    )


def test_the_calibration_gap_is_of_scores_that_err_in_one_direction():
    """In a, .1 too low and .1 too high make 0; in b, both are too high, by .6 and by .4."""
    yes = np.array([0.9, 0.1, 0.6, 0.4])
    said = Predictions(
        decisions=(yes > 0.5).astype(int),
        scores=np.column_stack([1 - yes, yes]),
        probabilities=True,
    )
    figures, rates = judged(said, [1, 0, 0, 0], 'binary')
    assert figures['Calibration gap'] == pytest.approx(0.5)
    assert rates['Score minus outcome', 'a'] == pytest.approx(0)
    assert rates['Score minus outcome', 'b'] == pytest.approx(0.5)
    assert not any(metric == 'Calibration gap' for metric, _ in rates)


def test_figures_of_numbers_are_those_of_pencil_and_paper():
    """Predictions 1, 3 and 2, 4 lie 1 apart; they are 1 too high in a, and 4 and 0 off in b."""
    said = Predictions(decisions=np.array([1.0, 3, 2, 4]), scores=None, probabilities=False)
    figures, rates = judged(said, [0, 2, 6, 4], 'numeric')
    assert figures['Prediction mean difference'] == 1
    assert figures['Prediction Wasserstein distance'] == 1
    assert figures['Residual mean difference'] == 3
    assert figures['Absolute error difference'] == 1
    assert figures['Worst-group absolute error'] == 2
    assert (rates['Residual mean', 'a'], rates['Residual mean', 'b']) == (1, -2)
    assert (rates['Absolute error', 'a'], rates['Absolute error', 'b']) == (1, 2)
    assert (rates['Prediction mean', 'a'], rates['Prediction mean', 'b']) == (2, 3)


def easy(seed):
    """Nine in ten have the favourable outcome, and a model can tell who has not."""
    rng = np.random.default_rng(seed)
    skill = rng.normal(size=600)
    hired = skill + rng.normal(scale=0.5, size=600) > -1.4
    return pd.DataFrame(
        {
            'sex': rng.choice(['f', 'm'], 600),
            'skill': skill,
            'hired': np.where(hired, 'yes', 'no'),
        }
    )


@pytest.mark.parametrize('seed', [0, 10, 20])
def test_f1_is_of_the_rarer_outcome_so_that_there_is_something_to_retain(seed):
    real, synthetic, validation = (easy(seed + place) for place in range(3))
    model = LogisticRegression()
    result = audit(
        real, synthetic, None, 'sex', 'hired', validation, 'yes', model=model, bootstrap_samples=0,
        metrics=['F1'],
    )  # fmt: skip
    assert (validation['hired'] == 'yes').mean() > 0.85
    rows = result.figures.set_index('Source')
    assert rows['Error'].isna().all()
    assert set(rows['Outcome']) == {'no'}
    assert rows.loc['real', 'Score'] == 1
    assert 0.5 < rows.loc['synthetic', 'Score'] <= 1
    (constant,) = result.constant.to_dict('records')
    assert constant['Score'] == 0
    share = (validation['hired'] == 'no').mean()
    everybody = f1_score(validation['hired'], ['no'] * 600, pos_label='no')
    assert everybody == pytest.approx(2 * share / (1 + share))
    values = rows['Value']
    expected = (values['synthetic'] - everybody) / (values['real'] - everybody)
    assert rows.loc['synthetic', 'Score'] == pytest.approx(min(1, expected))
