import numpy as np
import pandas as pd
import pytest
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from sdv_fair4free.datasets import simulate_loans
from sdv_fair4free.evaluation import evaluate_tstr, label_parity
from sdv_fair4free.tstr import tstr_scores


class ByRule:
    """A classifier that has nothing to learn: its score is the first feature.

    The class remembers what it was fitted to, for the model that is given is copied.
    """

    features = None

    def fit(self, features, target):
        ByRule.features = features

    def predict_proba(self, features):
        return np.column_stack([1 - features[:, 0], features[:, 0]])


def people(score, group, outcome):
    return pd.DataFrame({'score': np.array(score, float), 'group': group, 'outcome': outcome})


@pytest.fixture
def table():
    """8 of group a, 4 selected; 8 of group b, 2 selected."""
    return people(
        score=[1, 1, 1, 1, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0],
        group=list('aaaaaaaabbbbbbbb'),
        outcome=list('+++-+---++++----'),
    )


def test_the_figures_are_those_counted_by_hand(table):
    result = evaluate_tstr(table, table, 'outcome', 'group', '+', model=ByRule(), minimum_group=1)
    fairness = result.groups['group']
    assert result.selection_rate == 6 / 16
    assert result.accuracy == 12 / 16
    assert result.f1 == pytest.approx(2 * 5 / (6 + 8))
    assert fairness.demographic_parity_ratio == pytest.approx((2 / 8) / (4 / 8))
    assert fairness.demographic_parity_difference == pytest.approx(0.25)
    # true positive rates 3/4 and 2/4, false positive rates 1/4 and 0/4
    assert fairness.equalized_odds_ratio == 0
    assert fairness.equalized_odds_difference == pytest.approx(0.25)
    assert fairness.by_group['count'].to_dict() == {'a': 8, 'b': 8}
    assert fairness.by_group['true_positive_rate'].to_dict() == {'a': 0.75, 'b': 0.5}


def test_label_parity_is_counted_by_hand(table):
    parity = label_parity(table, 'outcome', ['group'], '+', minimum_group=1)['group']
    assert parity.ratio == 1
    assert parity.difference == 0
    table.loc[8:11, 'outcome'] = ['+', '-', '-', '-']
    parity = label_parity(table, 'outcome', 'group', '+', minimum_group=1)['group']
    assert parity.ratio == pytest.approx((1 / 8) / (4 / 8))
    assert parity.difference == pytest.approx(3 / 8)
    assert parity.by_group['selection_rate'].to_dict() == {'a': 0.5, 'b': 0.125}


def test_a_small_group_is_shown_and_named_but_leaves_the_ratio(table):
    extra = people([0] * 3, ['c'] * 3, ['-', '+', '-'])
    both = pd.concat([table, extra], ignore_index=True)
    arguments = ('outcome', 'group', '+')
    without = evaluate_tstr(table, table, *arguments, model=ByRule(), minimum_group=4)
    result = evaluate_tstr(both, both, *arguments, model=ByRule(), minimum_group=4)
    fairness = result.groups['group']
    assert fairness.small_groups == ('c',)
    assert fairness.by_group.loc['c', 'count'] == 3
    assert (
        fairness.demographic_parity_ratio == without.groups['group'].demographic_parity_ratio == 0.5
    )
    parity = label_parity(both, *arguments, minimum_group=4)['group']
    assert parity.small_groups == ('c',)
    assert parity.ratio == 1


def test_fewer_than_two_large_groups_give_no_ratio(table):
    fairness = evaluate_tstr(table, table, 'outcome', 'group', '+', model=ByRule()).groups['group']
    assert fairness.small_groups == ('a', 'b')
    assert np.isnan(fairness.demographic_parity_ratio)
    assert np.isnan(fairness.equalized_odds_difference)


def test_several_sensitive_columns_are_taken_alone_and_crossed(table):
    table['size'] = [1, 2] * 8
    table.loc[0, 'size'] = np.nan
    result = evaluate_tstr(
        table, table, 'outcome', ['group', 'size'], '+', model=ByRule(), minimum_group=2
    )
    assert list(result.groups) == ['group', 'size', 'group x size']
    assert list(result.groups['size'].by_group.index) == ['1', '2', 'missing']
    assert 'a, missing' in result.groups['group x size'].by_group.index
    assert result.groups['group x size'].by_group['count'].sum() == 16


def test_a_constant_classifier_is_fair_and_knows_nothing():
    table, metadata = simulate_loans(600, bias=2)
    result = evaluate_tstr(
        table,
        table,
        'approved',
        'sex',
        'no',
        metadata=metadata,
        model=DummyClassifier(strategy='most_frequent'),
    )
    assert result.auc == 0.5
    assert result.groups['sex'].demographic_parity_ratio == 1
    assert result.groups['sex'].equalized_odds_ratio == 1


def test_a_model_that_selects_nobody_has_no_ratio(table):
    table['score'] = 0
    fairness = evaluate_tstr(
        table, table, 'outcome', 'group', '+', model=ByRule(), minimum_group=1
    ).groups['group']
    assert np.isnan(fairness.demographic_parity_ratio)
    assert fairness.demographic_parity_difference == 0


def test_the_bias_of_the_training_rows_reaches_real_people():
    test, metadata = simulate_loans(2000, bias=0, random_state=1)
    ratios = []
    for bias in (0, 2):
        train, _ = simulate_loans(2000, bias=bias)
        result = evaluate_tstr(train, test, 'approved', 'sex', 'yes', metadata=metadata)
        ratios.append(result.groups['sex'].demographic_parity_ratio)
    assert ratios[0] > 0.9
    assert ratios[1] < 0.5


def test_features_of_every_type_are_plain_numbers():
    table, metadata = simulate_loans(60)
    # what a synthesizer may give back: nullable types, dates as text, booleans with gaps
    synthetic = table.astype({'age': 'Int64', 'part_time': 'boolean', 'purpose': 'category'})
    synthetic['application_date'] = synthetic['application_date'].dt.strftime('%Y-%m-%d')
    synthetic.loc[0, ['age', 'application_date', 'part_time', 'purpose']] = None
    test = table.copy()
    test.loc[0, 'region'] = 'overseas'
    evaluate_tstr(synthetic, test, 'approved', 'sex', 'yes', metadata=metadata, model=ByRule())
    features = [name for name in table if name not in ('application_id', 'approved')]
    matrix = pd.DataFrame(ByRule.features, columns=features)
    for name in ['age', 'application_date', 'part_time']:
        assert matrix[name].isna()[0]
        assert matrix[name][1:].notna().all()
    assert (matrix['purpose'] == -1).tolist() == [True] + [False] * 59
    assert set(matrix['sex']) == {0, 1}
    assert matrix['application_date'][1] == table['application_date'][1].value
    assert matrix['income'].tolist() == table['income'].tolist()


def test_without_metadata_every_column_but_the_target_is_a_feature(table):
    evaluate_tstr(table, table, 'outcome', 'group', '+', model=ByRule())
    assert ByRule.features.shape == (16, 2)


def test_rows_without_an_outcome_do_not_count(table):
    gap = pd.concat([table, people([1], ['b'], [None])], ignore_index=True)
    result = evaluate_tstr(gap, gap, 'outcome', 'group', '+', model=ByRule(), minimum_group=1)
    assert result.groups['group'].by_group['count'].sum() == 16
    parity = label_parity(gap, 'outcome', 'group', '+', minimum_group=1)
    assert parity['group'].by_group['count'].sum() == 16


@pytest.mark.parametrize(
    ('change', 'message'),
    [
        ({'target_column': 'wage'}, r"\['wage'\] are not in training_data"),
        ({'sensitive_columns': ['group', 'sex']}, r"\['sex'\] are not in training_data"),
        ({'favourable': 'yes'}, "must hold 'yes' and another value"),
    ],
)
def test_what_cannot_be_measured_is_refused_with_a_reason(table, change, message):
    arguments = {'target_column': 'outcome', 'sensitive_columns': 'group', 'favourable': '+'}
    with pytest.raises(ValueError, match=message):
        evaluate_tstr(table, table, **(arguments | change))


def test_a_feature_that_the_synthetic_rows_lack_is_named(table):
    with pytest.raises(ValueError, match=r"\['score'\] are not in training_data"):
        evaluate_tstr(table.drop(columns='score'), table, 'outcome', 'group', '+')


def test_a_model_that_bears_no_missing_values_is_completed_and_never_changed(table):
    gaps = table.assign(other=[None, 1.0] * 8)
    model = LogisticRegression()
    result = evaluate_tstr(gaps, gaps, 'outcome', 'group', '+', model=model)
    assert result.auc > 0.6
    assert not hasattr(model, 'coef_')
    truth, scores = tstr_scores(gaps, gaps, 'outcome', '+', model=model)
    assert roc_auc_score(truth, scores) == result.auc


@pytest.mark.parametrize('withheld', [['group'], 'group'])  # one name is a name, not its letters
def test_a_withheld_column_is_not_read_and_still_names_the_groups(table, withheld):
    asked = {'model': ByRule(), 'minimum_group': 1, 'withheld_columns': withheld}
    result = evaluate_tstr(table, table, 'outcome', 'group', '+', **asked)
    assert ByRule.features.shape == (16, 1)
    assert result.groups['group'].by_group['count'].to_dict() == {'a': 8, 'b': 8}


@pytest.mark.parametrize(
    ('withheld', 'said'),
    [(['outcome'], "'outcome' cannot be withheld"), (['region'], r"\['region'\] are not in")],
)
def test_what_cannot_be_withheld_is_named(table, withheld, said):
    with pytest.raises(ValueError, match=said):
        evaluate_tstr(table, table, 'outcome', 'group', '+', withheld_columns=withheld)


def test_something_must_be_left_to_read(table):
    with pytest.raises(ValueError, match='leave no column for the model to read'):
        evaluate_tstr(table, table, 'outcome', 'group', '+', withheld_columns=['group', 'score'])
    given = evaluate_tstr(table, table, 'outcome', 'group', '+', withheld_columns=None)
    assert given.auc == evaluate_tstr(table, table, 'outcome', 'group', '+').auc
