from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from sdv_fair4free.datasets import (
    LOAN_ROLES,
    PLACEMENT_ROLES,
    REGION_PENALTY,
    SEX_PENALTY,
    load_student_placements,
    loan_merit,
    simulate_loans,
)


def approved(table):
    return table['approved'] == 'yes'


def penalty(table):
    return table['sex'].map(SEX_PENALTY) + table['region'].map(REGION_PENALTY)


@pytest.mark.parametrize(
    ('roles', 'load'),
    [
        (PLACEMENT_ROLES, load_student_placements),
        (PLACEMENT_ROLES, lambda: load_student_placements(after_placement=False)),
        (LOAN_ROLES, lambda: simulate_loans(500)),
    ],
    ids=['placements', 'placements before the outcome', 'loans'],
)
def test_a_table_agrees_with_its_metadata_and_its_roles(roles, load):
    table, metadata = load()
    ((name, description),) = metadata.tables.items()
    metadata.validate()
    metadata.validate_data({name: table})
    assert list(table.columns) == list(description.columns)
    assert {*roles.sensitive_columns, roles.target_column} <= set(table.columns)
    assert roles.favourable in table[roles.target_column].unique()


def test_columns_written_after_placement_are_missing_exactly_when_not_placed():
    table, _ = load_student_placements()
    for name in ['salary', 'start_date', 'end_date', 'duration']:
        assert (table[name].isna() == ~table['placed']).all()
    before, _ = load_student_placements(after_placement=False)
    assert set(table) - set(before) == {'salary', 'start_date', 'end_date', 'duration'}


def test_dates_are_dates():
    assert pd.api.types.is_datetime64_dtype(load_student_placements()[0]['start_date'])
    assert pd.api.types.is_datetime64_dtype(simulate_loans(5)[0]['application_date'])


def test_the_seed_decides_everything():
    pd.testing.assert_frame_equal(simulate_loans(300)[0], simulate_loans(300)[0])
    assert not simulate_loans(300)[0].equals(simulate_loans(300, random_state=1)[0])


def test_bias_changes_nothing_but_decisions_and_only_takes_approvals_away():
    tables = [simulate_loans(4000, bias=bias)[0] for bias in (0, 0.5, 1, 2)]
    for fairer, table in pairwise(tables):
        pd.testing.assert_frame_equal(
            table.drop(columns='approved'), fairer.drop(columns='approved')
        )
        assert (approved(table) <= approved(fairer)).all()
        unpenalised = penalty(table) == 0
        assert (approved(table) == approved(fairer))[unpenalised].all()


def test_without_bias_the_groups_are_approved_alike():
    table, _ = simulate_loans(100_000, bias=0)
    rates = approved(table).groupby(table['sex']).mean()
    assert abs(rates['male'] - rates['female']) < 0.01  # about three standard errors


def test_the_gap_between_the_groups_grows_with_the_bias():
    gaps = []
    for bias in (0, 0.5, 1, 2):
        table, _ = simulate_loans(20_000, bias=bias)
        rates = approved(table).groupby(table['sex']).mean()
        gaps.append(rates['male'] - rates['female'])
    assert gaps == sorted(gaps)
    assert gaps[-1] > 0.3


@pytest.mark.parametrize('bias', [0.0, 1.0])
def test_approvals_follow_the_stated_law(bias):
    table, _ = simulate_loans(100_000, bias=bias)
    expected = 1 / (1 + np.exp(bias * penalty(table) - loan_merit(table)))
    deciles = pd.qcut(expected, 10)
    for sex in ('female', 'male'):
        of_sex = table['sex'] == sex
        error = (approved(table) - expected)[of_sex].groupby(deciles[of_sex], observed=True)
        assert error.mean().abs().max() < 4 * 0.5 / np.sqrt(error.size().min())


def test_proxies_tell_the_sex_and_merit_does_not():
    table, _ = simulate_loans(50_000)
    female = table['sex'] == 'female'
    assert table['part_time'][female].mean() - table['part_time'][~female].mean() > 0.3
    shares = pd.crosstab(table['occupation'], table['sex'], normalize='columns')
    assert (shares['female'] - shares['male']).abs().sum() / 2 > 0.35
    merit = loan_merit(table)
    assert abs(merit[female].mean() - merit[~female].mean()) < 0.05


def test_groups_and_gaps_are_those_announced():
    table, _ = simulate_loans(20_000)
    assert set(table['sex']) == set(SEX_PENALTY)
    assert table['region'].value_counts().index.tolist() == list(REGION_PENALTY)
    assert 0.07 < table['debt_ratio'].isna().mean() < 0.09
    assert table['application_id'].is_unique


@pytest.mark.parametrize('wrong', [{'num_rows': 0}, {'bias': -1}, {'bias': float('nan')}])
def test_impossible_requests_are_refused(wrong):
    with pytest.raises(ValueError, match='at least'):
        simulate_loans(**wrong)
