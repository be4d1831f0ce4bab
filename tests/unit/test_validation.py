import numpy as np
import pandas as pd
import pytest

from sdv_fair4free import StudentConfig, TeacherConfig
from sdv_fair4free.groups import shares_by_code
from sdv_fair4free.table_checks import small_groups, table_problems
from sdv_fair4free.validation import (
    listed,
    nearest,
    parameter_problems,
)

COLUMNS = {
    'sex': {'sdtype': 'categorical'},
    'race': {'sdtype': 'categorical'},
    'joined': {'sdtype': 'datetime'},
    'age': {'sdtype': 'numerical'},
    'email': {'sdtype': 'email'},
    'income': {'sdtype': 'boolean'},
    'id': {'sdtype': 'id'},
}
GOOD = {
    'sensitive_columns': ['sex'],
    'target_column': 'income',
    'fairness_criterion': 'demographic_parity',
    'fairness_strength': 1.0,
    'fairness_scope': 'target',
    'favourable_outcome': None,
    'distillation': 'data_free',
    'epochs': None,
    'batch_size': None,
    'random_state': 0,
    'enable_gpu': False,
    'verbose': False,
    'teacher': None,
    'student': None,
    'checkpoint_dir': None,
}


def problems(**changes):
    return parameter_problems(columns=COLUMNS, keys=['id'], **{**GOOD, **changes})


def test_good_parameters_have_no_problems():
    assert problems() == []
    assert problems(sensitive_columns='sex', teacher=TeacherConfig()) == []
    assert problems(sensitive_columns=('sex', 'race'), random_state=None) == []
    assert problems(student='small') == problems(student=StudentConfig()) == []
    assert problems(sensitive_columns=None, target_column=None) == []
    assert problems(target_column=None, fairness_scope='all') == []
    assert problems(sensitive_columns=['age', 'sex'], target_column=['income', 'joined']) == []


@pytest.mark.parametrize(
    ('changes', 'expected'),
    [
        ({'sensitive_columns': ['sexx']}, "'sexx' is not in the metadata. Did you mean 'sex'?"),
        ({'sensitive_columns': 3}, 'sensitive_columns=3 must be a column name or a list'),
        ({'sensitive_columns': ['sex', 'sex']}, "'sex' is named twice"),
        ({'sensitive_columns': ['email']}, "has sdtype 'email'"),
        ({'sensitive_columns': ['id']}, "'id' is a key"),
        ({'target_column': 'incom'}, "Did you mean 'income'?"),
        ({'target_column': 7}, 'target_column=7 must be a column name or a list'),
        ({'target_column': [7]}, 'target column 7 must be the name of a column, as text'),
        ({'target_column': ['income', 'incom']}, "'incom' is not in the metadata"),
        ({'target_column': ['age', 'age']}, "'age' is named twice"),
        ({'target_column': 'age', 'favourable_outcome': 1}, 'leave it out for numbers'),
        ({'target_column': 'sex'}, "'sex' is both target and sensitive"),
        ({'target_column': None}, "or set fairness_scope='all'"),
        ({'fairness_criterion': 'equal_odds'}, "Did you mean 'equalized_odds'?"),
        ({'fairness_criterion': 'equal_opportunity'}, 'needs favourable_outcome'),
        (
            {'fairness_criterion': 'equal_opportunity', 'target_column': 'age'},
            'needs one target_column of categories',
        ),
        ({'sensitive_columns': {'sex'}}, 'must be a column name or a list'),
        ({'fairness_scope': 'everything'}, "'target', 'all'"),
        ({'fairness_strength': 1.5}, 'fairness_strength=1.5'),
        ({'fairness_strength': True}, 'fairness_strength=True'),
        ({'fairness_strength': float('nan')}, 'fairness_strength=nan'),
        ({'distillation': 'free'}, "distillation='free' is not one of"),
        ({'random_state': -1}, 'random_state=-1'),
        ({'random_state': 'x'}, "random_state='x'"),
        ({'random_state': 2**64}, 'random_state=18446744073709551616'),
        ({'epochs': 0}, 'epochs=0 must be a whole number of at least 1'),
        ({'batch_size': 2.5}, 'batch_size=2.5'),
        ({'favourable_outcome': ['yes']}, "favourable_outcome=['yes'] must be one value"),
        ({'verbose': 1}, 'verbose=1 must be True or False'),
        ({'teacher': {'epochs': 3}}, 'must be a TeacherConfig'),
        (
            {'student': 'smal'},
            "one of 'small', 'medium', 'large', or None for the default. Did you mean 'small'?",
        ),
        ({'student': 3}, 'student=3 must be a StudentConfig, one of'),
    ],
)
def test_each_problem_says_what_where_and_what_to_do(changes, expected):
    (found,) = problems(**changes)
    assert expected in found


def test_all_problems_are_listed_at_once():
    found = problems(sensitive_columns=['sexx', 'email'], target_column='incom', verbose='yes')
    assert len(found) == 4
    message = listed(found, 'the parameters')
    assert message.startswith('4 problems with the parameters:\n  - ')
    assert message.count('\n') == 4


def test_a_hint_is_given_only_where_something_is_near():
    assert nearest('sexx', ['sex', 'race']) == " Did you mean 'sex'?"
    assert nearest('zzz', ['sex', 'race']) == ''


def table(**columns):
    base = {'sex': ['F', 'M'] * 50, 'income': ['no', 'yes', 'no', 'no'] * 25, 'age': 1.0}
    return pd.DataFrame({**base, **columns})


def checked(values, sensitive=('sex',), favourable=None, within_outcomes=False):
    return table_problems(values, sensitive, ['income'], COLUMNS, favourable, within_outcomes)


def test_a_good_table_has_no_problems():
    assert checked(table(), favourable='yes') == []


@pytest.mark.parametrize(
    ('columns', 'expected'),
    [
        ({'age': [np.inf] * 2 + [1.0] * 98}, "'age' holds 2 infinite values"),
        ({'sex': ['F'] * 100}, "sensitive column 'sex' has one value only ('F')"),
        ({'sex': ['F'] * 97 + ['M'] * 3}, "'M' (n = 3)"),
        ({'sex': ['F'] * 97 + [None] * 3}, '(n = 3)'),
        ({'income': ['no'] * 100}, "target column 'income' has one value only"),
        ({'income': ['no'] * 98 + ['yes'] * 2}, "'yes' (n = 2)"),
    ],
)
def test_each_problem_of_a_table_is_named_with_its_count(columns, expected):
    found = checked(table(**columns))
    assert len(found) == 1
    assert expected in found[0]


def test_categories_that_no_row_has_are_no_problem():
    sex = pd.Categorical(['F', 'M'] * 50, categories=['F', 'M', 'X'])
    assert checked(table(sex=sex)) == []


def test_equalized_odds_needs_every_outcome_in_every_group():
    outcome = ['no' if row % 2 else ['yes', 'no'][row % 4 // 2] for row in range(100)]
    assert checked(table(income=outcome)) == []
    (found,) = checked(table(income=outcome), within_outcomes=True)
    assert 'M: yes' in found


def test_a_rare_group_without_an_outcome_is_no_problem():
    rare = table(sex=['X'] * 10 + ['F', 'M'] * 45, income=['no'] * 10 + ['yes', 'yes', 'no'] * 30)
    assert checked(rare, within_outcomes=True) == []


def test_small_groups_are_named_with_their_counts():
    crossed = table(race=['a'] * 98 + ['b'] * 2)
    assert small_groups(crossed, ['sex', 'race'], COLUMNS) == "'F, b' (n = 1), 'M, b' (n = 1)"
    assert small_groups(crossed, ['race'], COLUMNS) == "'b' (n = 2)"
    assert small_groups(crossed, ['sex', 'age'], COLUMNS) == ''


def test_a_favourable_outcome_that_does_not_occur_is_refused():
    (found,) = checked(table(), favourable='yess')
    assert "Did you mean 'yes'?" in found


def test_without_fairness_only_infinities_matter():
    assert checked(table(sex=['F'] * 100), sensitive=[]) == []


def test_shares_are_read_by_value_and_refused_by_name():
    import torch

    groups = torch.tensor([[0, 0], [0, 1], [1, 1]])
    codes = [{'F': 0, 'M': 1}, {'a': 0, 'b': 1}]
    names = ['sex', 'race']
    shares, found = shares_by_code({('F', 'b'): 1, ('M', 'b'): 3.0}, names, codes, groups)
    assert (shares.tolist(), found) == ([0.0, 1.0, 3.0], [])
    assert shares_by_code('uniform', names, codes, groups)[0].tolist() == [1.0, 1.0, 1.0]
    counts = pd.Series([2, 6], index=pd.MultiIndex.from_tuples([('F', 'b'), ('M', 'b')]))
    assert shares_by_code(counts, names, codes, groups)[0].tolist() == [0.0, 2.0, 6.0]
    gaps = [{'F': 0, np.nan: 1}]
    pair = torch.tensor([[0], [1]])
    assert shares_by_code({None: 1}, ['sex'], gaps, pair)[0].tolist() == [0.0, 1.0]
    for wanted, complaint in (
        ({('M', 'a'): 1}, 'which no real row has'),
        ({('X', 'a'): 1}, "'X', which is not a value of 'sex'"),
        ({'F': 1}, 'a group is a value of each of sex, race'),
        ({('F', 'a'): -1}, 'must be 0 or more'),
        ({('F', 'a'): 0}, 'must add up to more than 0'),
        ('even', "must be None, 'uniform', a mapping"),
    ):
        shares, found = shares_by_code(wanted, names, codes, groups)
        assert shares is None
        assert complaint in found[0]
    assert 'no sensitive_columns' in shares_by_code('uniform', [], [], groups)[1][0]
