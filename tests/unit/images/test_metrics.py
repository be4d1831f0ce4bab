import numpy as np
import pandas as pd
import pytest
from fairlearn import metrics as fairness
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import sqrtm

from sdv_fair4free.images.metrics import (
    frechet_distance,
    independent_rows,
    minority,
    probe_aucs,
    recovered_auc,
)
from sdv_fair4free.images.parity import class_parity
from sdv_fair4free.reports.manifold import manifold_of_points


def sample(rows, dimensions, seed, scale=1.0, centre=0.0):
    rng = np.random.default_rng(seed)
    return centre + scale * rng.normal(size=(rows, dimensions)) @ rng.normal(size=(dimensions,) * 2)


def slow_frechet(a, b):
    """The formula as Heusel et al. (2017) write it, with the root of the product itself."""
    means, covariances = [part.mean(axis=0) for part in (a, b)], [np.cov(p.T) for p in (a, b)]
    root = np.real(sqrtm(covariances[0] @ covariances[1]))
    return ((means[0] - means[1]) ** 2).sum() + np.trace(sum(covariances) - 2 * root)


def test_a_sample_is_no_distance_from_itself_nor_from_its_rows_in_another_order():
    points = sample(200, 5, 0)
    assert frechet_distance(points, points) == pytest.approx(0, abs=1e-9)
    assert frechet_distance(points, points[::-1]) == pytest.approx(0, abs=1e-9)


@given(st.integers(2, 6), st.integers(0, 1000), st.floats(0.1, 10), st.floats(-5, 5))
@settings(max_examples=25, deadline=None)
def test_the_frechet_distance_agrees_with_the_formula(dimensions, seed, scale, centre):
    a, b = sample(60, dimensions, seed), sample(80, dimensions, seed + 1, scale, centre)
    found = frechet_distance(a, b)
    assert found == pytest.approx(slow_frechet(a, b), rel=1e-6, abs=1e-6)
    assert found == pytest.approx(frechet_distance(b, a), rel=1e-9)


def test_gaussians_of_known_moments_are_as_far_apart_as_the_closed_form_says():
    grid = np.array([[x, y] for x in (-1.0, 1.0) for y in (-1.0, 1.0)]) * np.sqrt(3 / 4)
    assert np.cov(grid.T) == pytest.approx(np.eye(2))
    moved = grid * [2.0, 3.0] + [3.0, 4.0]
    assert frechet_distance(grid, moved) == pytest.approx(25 + 1 + 4)
    assert frechet_distance(grid[:, :1], moved[:, :1]) == pytest.approx(9 + 1)


def test_features_that_never_vary_and_fewer_rows_than_features_are_borne():
    a, b = sample(10, 30, 0), sample(12, 30, 1)
    a[:, 3] = b[:, 3] = 1.0
    assert frechet_distance(a, a) == pytest.approx(0, abs=1e-9)
    assert frechet_distance(a, b) > 0


@pytest.mark.parametrize('wrong', [np.zeros((1, 3)), np.zeros(3), np.full((4, 3), np.nan)])
def test_features_that_allow_no_distance_are_refused(wrong):
    with pytest.raises(ValueError, match='synthetic_features'):
        frechet_distance(np.zeros((4, 3)), wrong)
    with pytest.raises(ValueError, match='same features'):
        frechet_distance(np.zeros((4, 3)), np.zeros((4, 2)))


def test_points_of_one_distribution_cover_each_other():
    rng = np.random.default_rng(0)
    found = manifold_of_points(rng.normal(size=(1500, 6)), rng.normal(size=(1500, 6)))
    assert found.coverage == pytest.approx(1 - 2.0**-5, abs=0.02)
    assert found.density == pytest.approx(1, abs=0.05)
    assert found.rows == 1500


TRAIN = pd.DataFrame(
    {
        'digit': [0] * 10 + [1] * 10 + [2] * 4,
        'color': ['red'] * 9 + ['blue'] + ['blue'] * 9 + ['red'] + ['red'] * 2 + ['blue'] * 2,
    }
)


def test_the_minority_goes_against_what_training_makes_one_expect():
    asked = pd.DataFrame(
        {
            'digit': [0, 0, 1, 1, 2, 2, 0],
            'color': ['red', 'blue', 'red', 'blue', 'red', 'blue', 'green'],
        }
    )
    found = minority(asked, 'color', 'digit', TRAIN)
    assert found.tolist() == [False, True, True, False, False, False, True]


def test_where_all_is_independent_nobody_is_a_minority():
    rows = [(y, s) for y in range(3) for s in 'abc' for _ in range(7 * (1 + (s == 'a')) * (1 + y))]
    table = pd.DataFrame(rows, columns=['y', 's'])
    assert not minority(table, ['s'], 'y', table).any()


def test_several_sensitive_columns_are_crossed():
    table = TRAIN.assign(size=['small', 'large'] * 12)
    found = minority(table, ['color', 'size'], 'digit', table)
    cells = table.assign(rare=found).groupby(['digit', 'color', 'size'])['rare']
    assert (cells.min() == cells.max()).all()
    shares = pd.crosstab(table['digit'], [table['color'], table['size']], normalize=True)
    expected = shares.lt(np.outer(shares.sum(axis=1), shares.sum(axis=0)) - 1e-12)
    for (digit, color, size), rare in cells.first().items():
        assert rare == expected.loc[digit, (color, size)]


def test_chosen_rows_are_independent_and_as_many_as_can_be():
    rng = np.random.default_rng(0)
    targets = rng.integers(0, 3, 900)
    groups = np.where(rng.random(900) < 0.1 + 0.4 * targets, 'a', 'b')
    chosen = independent_rows(targets, groups, 5)
    counts = pd.crosstab(targets[chosen], groups[chosen])
    assert (counts['a'] == counts['b']).all()
    assert (counts['a'] == pd.crosstab(targets, groups).min(axis=1)).all()
    assert (np.diff(chosen) > 0).all()
    np.testing.assert_array_equal(chosen, independent_rows(targets, groups, 5))


@pytest.mark.parametrize('count', [2, 4])
def test_nothing_is_recovered_from_an_independent_latent_and_everything_from_a_telling_one(count):
    rng = np.random.default_rng(0)
    groups = rng.integers(0, count, 900).astype(str)
    latents = rng.normal(size=(900, 6))
    assert recovered_auc(latents, groups) == pytest.approx(0.5, abs=0.06)
    latents[:, 2] += 5 * groups.astype(int)
    assert recovered_auc(latents, groups) > 0.98


def test_trees_find_what_a_linear_probe_cannot_and_the_better_counts():
    rng = np.random.default_rng(0)
    latents = rng.normal(size=(800, 3))
    groups = (np.abs(latents[:, 0]) > 0.7).astype(int)
    found = probe_aucs(latents, groups)
    assert found['linear'] < 0.6 < 0.98 < found['trees'] == recovered_auc(latents, groups)


def test_groups_of_fewer_than_ten_rows_are_left_out():
    latents = np.random.default_rng(1).normal(size=(100, 2))
    assert np.isnan(recovered_auc(latents, ['a'] * 95 + ['b'] * 5))
    groups = ['a'] * 45 + ['b'] * 50 + ['c'] * 5
    kept = recovered_auc(latents[:95], groups[:95])
    assert recovered_auc(latents, groups) == kept


def decided(seed=0, rows=900):
    rng = np.random.default_rng(seed)
    truth = rng.choice([*'xyz'], rows)
    groups = rng.choice(['a', 'b'], rows, p=[0.3, 0.7])
    decisions = np.where(
        rng.random(rows) < 0.7, truth, rng.choice([*'xyz'], rows, p=[0.6, 0.3, 0.1])
    )
    return truth.astype(object), decisions.astype(object), groups.astype(object)


def test_parity_of_each_class_against_the_rest_is_fairlearns():
    truth, decisions, groups = decided()
    parity = class_parity(truth, decisions, groups)
    for name in 'xyz':
        asked = (truth == name).astype(int), (decisions == name).astype(int)
        row = parity.by_class.loc[name]
        for key, figure in {
            'DPR': fairness.demographic_parity_ratio,
            'EOR': fairness.equalized_odds_ratio,
            'EOD': fairness.equalized_odds_difference,
        }.items():
            assert row[key] == pytest.approx(figure(*asked, sensitive_features=groups))
        rates = [
            fairness.true_positive_rate(asked[0][groups == g], asked[1][groups == g]) for g in 'ab'
        ]
        assert row['TPR ratio'] == pytest.approx(min(rates) / max(rates))
    assert parity.mean('DPR') == pytest.approx(parity.by_class['DPR'].mean())
    assert parity.worst('DPR') == parity.by_class['DPR'].min()
    assert parity.worst('EOD') == parity.by_class['EOD'].max()
    assert parity.remark('EOR') == ''


def test_parity_by_hand():
    truth = np.repeat(['x', 'y', 'x', 'y'], 50)
    groups = np.repeat(['a', 'a', 'b', 'b'], 50)
    decisions = truth.copy()
    decisions[:10] = 'y'  # 40 of 50 found among a, 50 of 50 among b
    row = class_parity(truth, decisions, groups).by_class.loc['x']
    assert row.tolist() == pytest.approx([40 / 50, 40 / 50, 10 / 50, 40 / 50])
    perfect = class_parity(truth, truth, groups)
    assert perfect.by_class['EOR'].tolist() == [1, 1]
    assert perfect.by_class['EOD'].tolist() == [0, 0]


def test_few_rows_are_left_out_and_said():
    truth, decisions, groups = decided()
    truth[:5], groups[5:15] = 'rare', 'few'
    parity = class_parity(truth, decisions, groups)
    assert np.isnan(parity.by_class.loc['rare']).all()
    assert parity.left_out == ('group few (10 rows)', 'class rare (5 rows)')
    kept = groups != 'few'
    rest = class_parity(truth[kept], decisions[kept], groups[kept])
    pd.testing.assert_frame_equal(parity.by_class, rest.by_class)
    assert 'few (10 rows)' in parity.remark('DPR')


def test_a_group_with_few_rows_of_a_class_leaves_its_errors_but_not_its_parity():
    truth, decisions, groups = decided()
    gone = np.flatnonzero((truth == 'x') & (groups == 'a'))[20:]
    keep = np.setdiff1d(np.arange(len(truth)), gone)
    parity = class_parity(truth[keep], decisions[keep], groups[keep])
    assert not np.isnan(parity.by_class.loc['x', 'DPR'])
    assert np.isnan(parity.by_class.loc['x', ['EOR', 'EOD', 'TPR ratio']].to_numpy(float)).all()
    assert parity.left_out_of_errors == ('a in class x',)
    assert parity.remark('DPR') == ''
    assert 'a in class x' in parity.remark('EOR')


def test_a_single_group_and_a_class_never_decided_for_have_no_ratio():
    truth, decisions, _ = decided()
    assert np.isnan(class_parity(truth, decisions, ['a'] * len(truth)).mean('DPR'))
    truth, _, groups = decided()
    parity = class_parity(truth, np.full(len(truth), 'x'), groups)
    assert parity.by_class['DPR'].isna().tolist() == [False, True, True]
    assert parity.remark('DPR') == 'never decided for: class y, class z'
