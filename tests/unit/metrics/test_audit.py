import numpy as np
import pandas as pd
import pytest
from conftest import hiring_metadata, hiring_table
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import mean_absolute_error, r2_score, roc_auc_score
from sklearn.svm import LinearSVC

from sdv_fair4free.datasets import LOAN_ROLES, REGION_PENALTY, loan_merit, simulate_loans
from sdv_fair4free.evaluation import evaluate_tstr
from sdv_fair4free.metrics.audit import (
    FIGURE_COLUMNS,
    GROUP_COLUMNS,
    METRICS,
    PROPERTIES,
    audit,
)
from sdv_fair4free.metrics.checks import FairnessInputError

REAL, SYNTHETIC, VALIDATION = (hiring_table(400, seed) for seed in range(3))


def hiring_audit(synthetic=SYNTHETIC, sensitive='sex', target='hired', real=REAL, **settings):
    defaults = {
        'real_validation_data': VALIDATION,
        'favourable_outcome': 'yes' if target == 'hired' else None,
        'bootstrap_samples': 40,
    }
    return audit(real, synthetic, hiring_metadata(), sensitive, target, **{**defaults, **settings})


def one(result, metric, column='sex', source='synthetic'):
    rows = result.figures.query('Metric == @metric and Column == @column and Source == @source')
    (row,) = rows.to_dict('records')
    return row


class BySex(ClassifierMixin, BaseEstimator):
    """Decides by one feature alone."""

    def __init__(self, place=0):
        self.place = place

    def fit(self, features, target):
        self.classes_ = np.array([0, 1])
        return self

    def predict_proba(self, features):
        yes = (features[:, self.place] > 0).astype(float)
        return np.column_stack([1 - yes, yes])

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        return tags


@pytest.fixture(scope='module')
def plain():
    return hiring_audit(sensitive=['sex', 'grade'])


def test_the_frames_have_their_columns_and_nothing_is_left_unexplained(plain):
    for frame in (plain.figures, plain.constant):
        assert tuple(frame.columns) == FIGURE_COLUMNS
        assert frame['Metric'].map(METRICS).equals(frame['Property'])
        assert frame['Score'].dropna().between(0, 1).all()
        assert (frame['Error'].notna() | frame['Value'].notna()).all()
        assert (frame['Low'].isna() | (frame['Low'] <= frame['Value'])).all()
        assert (frame['High'].isna() | (frame['High'] >= frame['Value'])).all()
    assert tuple(plain.groups.columns) == GROUP_COLUMNS
    assert list(dict.fromkeys(plain.figures['Property'])) == list(PROPERTIES)
    assert set(plain.figures['Source']) == {'real', 'synthetic'}
    assert not plain.figures[plain.figures['Source'] == 'real']['Headline'].any()
    assert plain.settings['groupings'] == ['sex', 'grade', 'sex x grade']


def test_the_same_input_gives_the_same_figures(plain):
    again = hiring_audit(sensitive=['sex', 'grade'])
    for name in ('figures', 'groups', 'constant'):
        pd.testing.assert_frame_equal(getattr(plain, name), getattr(again, name))
    assert plain.notes == again.notes


def test_no_table_is_changed():
    before = [REAL.copy(), SYNTHETIC.copy(), VALIDATION.copy()]
    hiring_audit()
    for now, then in zip((REAL, SYNTHETIC, VALIDATION), before, strict=True):
        pd.testing.assert_frame_equal(now, then)


def test_figures_of_models_are_those_of_evaluate_tstr(plain):
    judged = evaluate_tstr(
        SYNTHETIC, VALIDATION, 'hired', ['sex', 'grade'], 'yes', metadata=hiring_metadata()
    )
    for column, fairness in judged.groups.items():
        for metric, expected in (
            ('Demographic parity ratio', fairness.demographic_parity_ratio),
            ('Equalized odds ratio', fairness.equalized_odds_ratio),
            ('Equalized odds difference', fairness.equalized_odds_difference),
        ):
            assert one(plain, metric, column)['Value'] == pytest.approx(expected)
    assert one(plain, 'AUC', 'hired')['Value'] == pytest.approx(judged.auc)
    assert one(plain, 'F1', 'hired')['Value'] == pytest.approx(judged.f1)


def test_the_constant_answer_is_fair_and_useless(plain):
    constant = plain.constant.set_index(['Metric', 'Column'])['Score']
    for metric in ('Demographic parity ratio', 'Equalized odds ratio', 'Counterfactual flip rate'):
        assert constant[metric, 'sex'] == 1
    for metric in ('AUC', 'F1', 'Balanced accuracy'):
        assert constant[metric, 'hired'] == 0
    assert (constant['Worst-group accuracy'] < 0.5).all()


def test_a_model_of_real_rows_retains_everything(plain):
    for metric in ('AUC', 'F1', 'Balanced accuracy'):
        assert one(plain, metric, 'hired', 'real')['Score'] == 1


@pytest.mark.parametrize('bias', [0.0, 2.0])
def test_label_parity_is_what_the_officer_did(bias):
    """Approval is drawn by known odds, so each group's rate is known up to chance."""
    table, metadata = simulate_loans(20_000, bias=bias)
    result = audit(
        table, table, metadata, LOAN_ROLES.sensitive_columns, LOAN_ROLES.target_column,
        favourable_outcome='yes', metrics=['Label parity ratio', 'Label parity difference'],
    )  # fmt: skip
    penalty = table['sex'].map({'male': 0.0, 'female': 1.2}) + table['region'].map(REGION_PENALTY)
    odds = 1 / (1 + np.exp(bias * penalty - loan_merit(table)))
    rates = odds.groupby(table['sex']).mean()
    for metric, expected in (
        ('Label parity ratio', rates.min() / rates.max()),
        ('Label parity difference', rates.max() - rates.min()),
    ):
        row = one(result, metric)
        assert row['Value'] == pytest.approx(expected, abs=0.02)
        assert row['Low'] - 0.01 <= expected <= row['High'] + 0.01
    assert (rates.min() / rates.max() > 0.97) == (bias == 0)


def test_proxies_tell_what_they_were_made_to_tell():
    """part_time: P(yes | woman) = .45, P(yes | man) = .12; merit and age know nothing of sex."""
    table, metadata = simulate_loans(20_000)
    result = audit(
        table, table, metadata, 'sex', 'approved', favourable_outcome='yes',
        metrics=['Mutual information', 'Distance correlation'],
    )  # fmt: skip
    joint = np.array([[0.45 * 0.45, 0.45 * 0.55], [0.55 * 0.12, 0.55 * 0.88]])
    apart = joint.sum(1, keepdims=True) * joint.sum(0, keepdims=True)
    entropy = -(joint.sum(1) * np.log(joint.sum(1))).sum()
    share = (joint * np.log(joint / apart)).sum() / entropy
    information = one(result, 'Mutual information', 'part_time')
    assert information['Value'] == pytest.approx(share, abs=0.01)
    # of two binary columns, distance correlation is the modulus of Pearson's
    phi = (joint[0, 0] - apart[0, 0]) / np.sqrt(np.prod(joint.sum(0)) * np.prod(joint.sum(1)))
    distance = one(result, 'Distance correlation', 'part_time')
    assert distance['Value'] == pytest.approx(phi, abs=0.05)
    for name, noise in (('Mutual information', 0.01), ('Distance correlation', 0.1)):
        rows = result.figures[result.figures['Metric'] == name]
        figures = rows.set_index('Column')['Value']
        assert (figures[['age', 'income', 'education', 'purpose']] < noise).all()
        assert (figures[['occupation', 'part_time']] > 3 * noise).all()


def test_a_copy_of_the_sensitive_column_gives_it_away_and_noise_does_not():
    rng = np.random.default_rng(0)
    tables = []
    for _ in range(2):
        sex = rng.choice(['f', 'm'], 2000)
        hired = rng.choice(['no', 'yes'], 2000)
        tables.append(pd.DataFrame({'sex': sex, 'hired': hired, 'copy': sex}))
    leaky, blind = tables[0], tables[1].assign(copy=rng.normal(size=2000).round(6))
    leaky['copy'] = (leaky['copy'] == 'f') + 0.0
    result = audit(blind, leaky, None, 'sex', 'hired', favourable_outcome='yes')
    for metric in ('Distance correlation', 'Mutual information'):
        assert one(result, metric, 'copy')['Value'] == pytest.approx(1, abs=1e-3)
        assert one(result, metric, 'copy', 'real')['Value'] < 0.06
    assert one(result, 'Sensitive AUC')['Value'] == 1
    assert one(result, 'Sensitive AUC')['Score'] == 0
    assert one(result, 'Sensitive AUC', source='real')['Value'] == pytest.approx(0.5, abs=0.05)


def test_a_model_of_sex_alone_flips_everybody_and_one_without_it_nobody():
    features = [name for name in REAL if name not in ('person_id', 'hired')]
    by_sex, by_skill = (
        hiring_audit(model=BySex(features.index(name)), metrics=['Counterfactual flip rate'])
        for name in ('sex', 'skill')
    )
    assert one(by_sex, 'Counterfactual flip rate')['Value'] == 1
    assert one(by_skill, 'Counterfactual flip rate')['Value'] == 0


def test_a_group_of_seven_is_reported_as_insufficient():
    few = REAL.copy()
    few['sex'] = np.where(np.arange(len(few)) < 7, 'woman', 'man')
    result = audit(
        REAL, few, hiring_metadata(), 'sex', 'hired', VALIDATION, 'yes', bootstrap_samples=20
    )
    assert one(result, 'Label parity ratio')['Error'] == 'insufficient data (n = 7)'
    assert one(result, 'Sensitive AUC')['Error'] == 'insufficient data (n = 7)'
    rate = result.groups.query("Source == 'synthetic' and Metric == 'Label rate'")
    assert rate.set_index('Group').loc['woman', 'Error'] == 'insufficient data (n = 7)'
    assert any('woman (n = 7)' in note for note in result.notes)


def test_a_group_that_the_synthetic_table_has_lost_is_reported():
    men = SYNTHETIC.assign(sex='man')
    result = hiring_audit(men)
    row = one(result, 'Label parity difference')
    assert row['Error'] == 'insufficient data (n = 0)'
    assert np.isnan(row['Score'])
    assert one(result, 'Demographic parity ratio')['Error'] is None


def test_several_classes_are_judged_each_and_the_worst_speaks_for_them():
    result = hiring_audit(target='grade')
    rows = result.figures.query("Metric == 'Demographic parity ratio' and Source == 'synthetic'")
    assert rows['Outcome'].tolist() == ['high', 'low', 'middle', 'worst class']
    assert rows['Headline'].tolist() == [False, False, False, True]
    assert rows['Score'].iloc[3] == rows['Score'].iloc[:3].min()
    assert result.settings['target_kind'] == 'multiclass'


def test_of_several_classes_the_favourable_one_may_be_judged_against_the_rest():
    result = hiring_audit(target='grade', favourable_outcome='high', metrics=['Label parity ratio'])
    rates = (SYNTHETIC['grade'] == 'high').groupby(SYNTHETIC['sex']).mean()
    row = one(result, 'Label parity ratio')
    assert row['Value'] == pytest.approx(rates.min() / rates.max())
    assert row['Outcome'] == 'high'
    assert result.settings['classes'] == ['not high', 'high']


def test_classes_that_only_some_tables_have_do_not_crash():
    lacking = SYNTHETIC[SYNTHETIC['grade'] != 'high']
    invented = SYNTHETIC.replace({'grade': {'high': 'highest'}})
    for synthetic in (lacking, invented):
        result = hiring_audit(synthetic, target='grade', bootstrap_samples=10)
        # Grades are drawn at random: whether real rows teach a little is chance, that there is a
        # figure is not.
        assert 0 <= one(result, 'AUC', 'grade')['Value'] <= 1
    assert any('highest' in note for note in result.notes)


def test_a_target_of_numbers_has_means_and_distances():
    result = hiring_audit(target='skill', model=Ridge())
    means = SYNTHETIC.groupby('sex')['skill'].mean()
    row = one(result, 'Label mean difference')
    assert row['Value'] == pytest.approx(means.max() - means.min())
    assert row['Score'] == pytest.approx(1 - row['Value'] / REAL['skill'].std(ddof=0))
    # of two groups, no distance is below the difference of means
    assert one(result, 'Label Wasserstein distance')['Value'] >= row['Value'] - 1e-12
    assert one(result, 'Worst-group absolute error')['Value'] > 0
    assert one(result, 'R2', 'skill', 'real')['Score'] == 1
    assert set(result.groups['Metric']) == {
        'Label mean', 'Prediction mean', 'Residual mean', 'Absolute error',
    }  # fmt: skip


def test_utility_is_that_of_scikit_learn():
    result = hiring_audit(target='bonus', model=_Remember(), bootstrap_samples=0)
    truth = VALIDATION['bonus'].dropna()
    predicted = VALIDATION['skill'][VALIDATION['bonus'].notna()]
    assert one(result, 'R2', 'bonus')['Value'] == pytest.approx(r2_score(truth, predicted))
    error = mean_absolute_error(truth, predicted)
    assert one(result, 'MAE', 'bonus')['Value'] == pytest.approx(error)
    features = [name for name in REAL if name not in ('person_id', 'hired')]
    result = hiring_audit(model=BySex(features.index('skill')))
    auc = roc_auc_score(VALIDATION['hired'] == 'yes', VALIDATION['skill'] > 0)
    assert one(result, 'AUC', 'hired')['Value'] == pytest.approx(auc)


class _Remember:
    """A regressor without scikit-learn's base: it says the skill."""

    def fit(self, features, target):
        self.width = features.shape[1]

    def predict(self, features):
        return features[:, 3]


@pytest.mark.parametrize(
    'model', [LogisticRegression(max_iter=500), LinearSVC(), DummyClassifier()]
)
@pytest.mark.parametrize('target', ['hired', 'grade'])
def test_any_classifier_will_do_missing_values_or_not(model, target):
    result = hiring_audit(target=target, model=model, bootstrap_samples=10)
    assert one(result, 'Balanced accuracy', target)['Error'] in (
        None,
        'even real rows teach nothing',
    )
    assert not hasattr(model, 'classes_')
    gap = result.figures.query("Metric == 'Calibration gap' and Headline")['Error'].iloc[0]
    assert gap == ('the model gives no probabilities' if isinstance(model, LinearSVC) else None)


def test_what_synthesizers_do_to_tables_does_not_crash():
    odd = SYNTHETIC.copy()
    odd.loc[::3, 'sex'] = None
    odd.loc[1::3, 'sex'] = 'robot'
    odd.loc[::4, 'hired'] = None
    odd['remote'] = odd['remote'].astype(object).where(odd.index % 5 > 0)
    odd['grade'] = odd['grade'].astype('category')
    odd['skill'] = odd['skill'].astype('Float64')
    odd.loc[3, 'skill'] = np.inf
    odd['bonus'] = np.nan
    odd['since'] = odd['since'].dt.strftime('%d %b %Y')
    result = hiring_audit(odd, sensitive=['sex', 'since'], bootstrap_samples=10)
    assert result.figures.query('Headline')['Value'].notna().mean() > 0.8
    assert {'missing', 'robot'} <= set(result.groups.query("Column == 'sex'")['Group'])
    assert any("have no 'hired'" in note for note in result.notes)
    assert any('quartiles' in note for note in result.notes)


def test_without_validation_rows_a_seeded_quarter_is_held_out():
    result = hiring_audit(real_validation_data=None)
    rows = result.settings['rows']
    assert rows == {'real': 400, 'synthetic': 400, 'training': 300, 'validation': 100}
    assert any('100 of the 400 real rows' in note for note in result.notes)
    other = hiring_audit(real_validation_data=None, random_state=1)
    assert not other.figures['Value'].equals(result.figures['Value'])


def test_the_favourable_outcome_is_guessed_and_the_guess_is_told():
    result = hiring_audit(favourable_outcome=None, metrics=['Label parity ratio'])
    rarer = REAL['hired'].value_counts().idxmin()
    assert result.settings['favourable_outcome'] == rarer
    assert any('favourable_outcome was not named' in note for note in result.notes)


def test_ones_zeros_and_booleans_are_the_same_target():
    tables = [table.assign(hired=table['hired'] == 'yes') for table in (REAL, SYNTHETIC)]
    numbers = tables[1].assign(hired=tables[1]['hired'].astype(float))
    first, second = (
        audit(
            tables[0], synthetic, None, 'sex', 'hired', VALIDATION.assign(
                hired=VALIDATION['hired'] == 'yes'
            ), metrics=['Label parity ratio', 'AUC'], bootstrap_samples=0,
        )
        for synthetic in (tables[1], numbers)
    )  # fmt: skip
    pd.testing.assert_frame_equal(first.figures, second.figures)
    assert first.settings['favourable_outcome'] == 'True'


def test_only_the_metrics_asked_for_are_computed():
    result = hiring_audit(metrics=['Equalized odds ratio', 'F1'])
    assert set(result.figures['Metric']) == {'Equalized odds ratio', 'F1'}
    whole = hiring_audit()
    for metric, column in (('Equalized odds ratio', 'sex'), ('F1', 'hired')):
        assert one(result, metric, column) == one(whole, metric, column)


def test_columns_may_have_numbers_for_names():
    real, synthetic, validation = (
        table.rename(columns={name: place for place, name in enumerate(table)})
        for table in (REAL, SYNTHETIC, VALIDATION)
    )
    result = audit(real, synthetic, None, [1], 8, validation, 'yes', bootstrap_samples=0)
    assert one(result, 'Label parity ratio', '1')['Value'] > 0


def test_progress_is_told_step_by_step():
    calls = []
    hiring_audit(progress=lambda done, total, label: calls.append((done, total, label)))
    assert [call[0] for call in calls] == list(range(calls[0][1] + 1))
    assert calls[-1][2] == 'Done'


def test_models_that_are_not_given_a_column_are_those_of_tables_without_it():
    blind = hiring_audit(withheld_columns='sex')
    assert blind.settings['withheld_columns'] == ['sex']
    assert 'sex' not in blind.settings['features']
    assert "The models were not given these columns: ['sex']." in blind.notes
    for source, table in (('real', REAL), ('synthetic', SYNTHETIC)):
        judged = evaluate_tstr(
            table, VALIDATION, 'hired', 'sex', 'yes', hiring_metadata(), withheld_columns='sex'
        )
        fair = judged.groups['sex']
        found = one(blind, 'Demographic parity ratio', source=source)['Value']
        assert found == pytest.approx(fair.demographic_parity_ratio)
        parity = one(blind, 'Equalized odds ratio', source=source)['Value']
        assert parity == pytest.approx(fair.equalized_odds_ratio)
    # What is said of the table itself is the same; and nobody can flip what is not read.
    plain = hiring_audit()
    for metric in ('Label parity ratio', 'Sensitive recovery AUC'):
        of_table = blind.figures['Metric'] == metric
        pd.testing.assert_frame_equal(
            blind.figures[of_table], plain.figures[plain.figures['Metric'] == metric]
        )
    flips = one(blind, 'Counterfactual flip rate')
    assert np.isnan(flips['Value'])
    assert flips['Error'] == 'the model is not given these columns'


def test_what_cannot_be_withheld_is_told_with_all_else():
    with pytest.raises(FairnessInputError) as caught:
        hiring_audit(withheld_columns=['hired', 'grde'], confidence_level=2)
    for told in ("'hired' is the target", "'grde' is not in real_data", "'grade'", 'confidence'):
        assert told in str(caught.value)
    with pytest.raises(FairnessInputError, match='leave no column'):
        hiring_audit(withheld_columns=[name for name in REAL if name != 'hired'])


def test_withheld_columns_are_named_once_in_the_order_of_the_table():
    asked = {'metrics': ['Label parity ratio'], 'bootstrap_samples': 0}
    named = [
        hiring_audit(withheld_columns=names, **asked).settings['withheld_columns']
        for names in (['sex', 'grade'], ['grade', 'sex', 'sex'], ('sex', 'grade'), None, [])
    ]
    assert named == [['sex', 'grade']] * 3 + [[]] * 2
    with pytest.raises(FairnessInputError, match='withheld_columns=5 must be a column name'):
        hiring_audit(withheld_columns=5)
