"""What the page and the text say, held against the figures they say it of."""

import re
from html import unescape

import numpy as np
import pytest
from conftest import LOAN_QUESTION

from sdv_fair4free import evaluate_fairness
from sdv_fair4free.reports.figure_lines import figure_lines, proxies_of, strongest_proxies
from sdv_fair4free.reports.page import build_report_page
from sdv_fair4free.reports.sentences import missing_scores, remarks, verdict

QUESTION = {
    **LOAN_QUESTION,
    'sensitive_columns': 'sex',
    'bootstrap_samples': 0,
    'include_quality': False,
    'include_privacy': False,
}


def judged(loan_tables, synthetic, test=None, real=None, **changes):
    kept, held_out, _, _, metadata = loan_tables
    return evaluate_fairness(
        kept if real is None else real,
        synthetic,
        changes.pop('metadata', metadata),
        real_validation_data=held_out if test is None else test,
        **{**QUESTION, **changes},
    )


def words(reports) -> str:
    page = re.sub(r'(?s)<(script|style)[^>]*>.*?</\1>', '', build_report_page(reports))
    return re.sub(r'\s+', ' ', unescape(re.sub('<[^>]*>', ' ', page)))


@pytest.fixture(scope='module')
def leaking(loan_tables):
    """Another proxy than in the real table: the age gives the sex away."""
    fairer = loan_tables[2]
    return judged(loan_tables, fairer.assign(age=fairer['age'] + 40 * (fairer['sex'] == 'female')))


@pytest.fixture(scope='module')
def plain(loan_tables):
    return judged(loan_tables, loan_tables[2])


@pytest.fixture(scope='module')
def men_only(loan_tables):
    fairer = loan_tables[2]
    return judged(loan_tables, fairer[fairer['sex'] == 'male'].reset_index(drop=True))


@pytest.fixture(scope='module')
def few(loan_tables):
    real, test, fairer, _, _ = loan_tables
    return judged(loan_tables, fairer[:60], test=test[:60], real=real[:60])


def test_names_keep_their_case(plain):
    said = words({'GaussianCopula': plain})
    assert 'How fair are the GaussianCopula rows?' in said
    assert 'a model trained on the GaussianCopula rows decides favourably' in said
    assert 'gaussiancopula' not in said
    assert plain.to_markdown(name='CTGAN').startswith('# Fairness of CTGAN rows\n')


def test_the_lead_names_the_question_and_the_rows_of_every_table(plain, few, leaking):
    assert '(favourable outcome: yes ), groups by sex . 1,200 real rows, 1,200 synthetic' in words(
        {'Synthetic': plain}
    )
    said = words({'One': plain, 'Two': leaking})
    assert '1,200 real rows, synthetic ones: One 1,200, Two 1,200; tested on 600' in said
    assert '60 real rows, 60 synthetic ones; tested on 60' in words({'Few': few})


def test_each_table_shows_its_own_strongest_proxy(plain, leaking):
    reports = {'Plain': plain, 'Leaking': leaking}
    (line,) = (
        line
        for line in figure_lines(reports, 'Proxy Leakage')
        if line.metric == 'Mutual information'
    )
    assert line.subject == 'sex'
    for label, audit, source in (
        ('Real', plain.get_audit(), 'real'),
        ('Plain', plain.get_audit(), 'synthetic'),
        ('Leaking', leaking.get_audit(), 'synthetic'),
    ):
        figures = audit.figures[
            (audit.figures['Metric'] == 'Mutual information') & (audit.figures['Source'] == source)
        ]
        strongest = figures.loc[figures['Value'].idxmax()]
        assert line.cells[label].text == f'{strongest["Value"]:.3f}'
        assert line.cells[label].remarks == (strongest['Column'],)
    assert line.cells['Leaking'].remarks == ('age',)
    assert line.cells['Plain'].remarks != ('age',)
    assert f'{line.cells["Leaking"].text} age' in words(reports)
    proxies = strongest_proxies(proxies_of(leaking.get_audit(), 'synthetic'))
    value = proxies.set_index('Metric')['Value']
    assert (
        f'Leaking, all other columns together: AUC {value["Sensitive AUC"]:.2f}; strongest single '
        f'column: age, distance correlation {value["Distance correlation"]:.2f}.'
    ) in words(reports)


def test_the_text_lists_the_figures_of_every_table(plain, leaking):
    text = plain.to_markdown({'Leaking': leaking}, name='Plain')
    assert text.count('| Figure | Of | Real | Plain | Leaking |') == 5
    (row,) = (line for line in text.splitlines() if line.startswith('| Mutual information'))
    assert '(age)' in row.split('|')[5]
    (row,) = (line for line in text.splitlines() if line.startswith('| Demographic parity ratio'))
    for cell, report in zip(row.split('|')[4:6], (plain, leaking), strict=True):
        details = report.get_details('Model Parity').set_index('Metric')
        assert cell.strip() == f'{details["Synthetic Value"]["Demographic parity ratio"]:.3f}'


def test_the_remarks_of_every_table_are_kept_under_its_name(plain, men_only):
    small = (
        "Men only: Groups of 'sex' with fewer than 50 synthetic rows are shown but not compared: "
        'female (n = 0).'
    )
    reports = {'Plain': plain, 'Men only': men_only}
    assert small in remarks(reports)
    assert small in words(reports)
    assert f'- {small}' in plain.to_markdown({'Men only': men_only}, name='Plain')
    manner = 'Groups of fewer than 50 rows get no figure. Intervals: none. Seed 0.'
    assert sum(manner in remark for remark in remarks(reports)) == 1  # said once, as it is of both
    assert small.removeprefix('Men only: ') in remarks({'Men only': men_only})


def test_a_lost_group_is_said_first(men_only):
    first, *others = verdict(men_only, 'Men only')
    assert first == (
        'Missing groups: the Men only rows hold too few of some groups of sex to judge their '
        'outcomes (female, n = 0). The figures of Label Parity and Proxy Leakage are not about '
        'these groups.'
    )
    details = men_only.get_details('Proxy Leakage').drop_duplicates('Metric').set_index('Metric')
    reason = details['Error']['Mutual information']
    assert any(f'Mutual information of sex ({reason})' in sentence for sentence in others)
    said = words({'Men only': men_only})
    rate = men_only.get_audit().groups.set_index(['Source', 'Metric', 'Group'])['Value']
    assert (
        f'Men only, label rate: {rate["synthetic", "Label rate", "male"]:.2f} (male), one group '
        'only; insufficient data for 1 group (female).'
    ) in said


def test_properties_without_a_score_are_named(plain, men_only, few):
    assert missing_scores({'Plain': plain}) == []
    for reports in ({'Men only': men_only}, {'Few': few}):
        (report,) = reports.values()
        scores = report.compare(name=next(iter(reports))).drop(index='Constant classifier')
        lacking = scores[['Label Parity', 'Proxy Leakage', 'Model Parity', 'Error Parity']].isna()
        named = {
            tuple(row[row].index)
            for name, row in lacking.iterrows()
            if row.any() and not np.isnan(scores.loc[name, 'Fairness'])
        }
        said = missing_scores(reports)
        assert len(said) == len(named)
        for properties in named:
            (sentence,) = (
                one for one in said if one.startswith(f'No score of {", ".join(properties)}: ')
            )
            assert sentence in words(reports)


def test_too_few_rows_are_said_and_not_left_out(few):
    groups = few.get_audit().groups
    largest = groups.loc[groups['Metric'] == 'Selection rate', 'Count'].max()
    assert f'Fairness by sex: no figure, insufficient data (n = {largest}).' in verdict(few)
    said = words({'Few': few})
    assert f'Demographic parity ratio, sex - insufficient data (n = {largest})' in said
    assert 'Bars of equal length' not in said  # there is none
    assert 'Few, selection rate: insufficient data for 2 groups (' in said


def test_lines_are_called_intervals_only_where_there_are_some(plain, fair_report):
    assert 'lines are intervals' not in words({'Plain': plain})
    assert 'lines are intervals' in words({'Fair': fair_report})


def test_what_is_not_measured_is_not_defined(plain, fair_report):
    few_words = words({'Plain': plain}).split('What the words mean')[1]
    more_words = words({'Fair': fair_report}).split('What the words mean')[1]
    for name in ('Nearer to train', 'Column shapes', 'Crossing'):
        assert name in more_words
        assert name not in few_words
    for name in ('Calibration gap', 'Equal opportunity ratio', 'Worst-group accuracy', 'F1'):
        assert f' {name} ' in few_words
    for name in ('R2', 'MAE', 'Residual mean', 'Label Wasserstein distance'):
        assert f' {name} ' not in few_words


def test_a_model_that_predicts_too_much_is_said_to_do_so(loan_tables):
    fairer = loan_tables[2]
    richer = fairer.assign(income=fairer['income'] + 90_000)
    report = judged(loan_tables, richer, target_column='income', favourable_outcome=None)
    groups = report.get_audit().groups
    residuals = groups[(groups['Metric'] == 'Residual mean') & (groups['Source'] == 'synthetic')]
    assert (residuals['Value'] > 50_000).all()
    said = words({'Richer': report})
    assert 'By how much does the model predict too much, on average?' in said
    assert 'exceed' not in said
    assert 'On real people: too much or too little by sex' in said
    assert 'above 0 it predicts too much, below 0 too little' in said
    assert 'decides' not in said
    for name in ('R2', 'MAE', 'Label mean difference', 'Prediction Wasserstein distance'):
        assert f' {name} ' in said.split('What the words mean')[1]
    (sentence,) = (one for one in verdict(report, 'Richer') if one.startswith('Fairness by sex'))
    means = groups[(groups['Metric'] == 'Prediction mean') & (groups['Source'] == 'synthetic')]
    apart = means['Value'].max() - means['Value'].min()
    assert f'predicts on average {apart:,.0f} more for the group with the highest mean' in sentence


def test_each_of_several_outcomes_is_compared_with_itself(loan_tables):
    report = judged(loan_tables, loan_tables[2], target_column='education', favourable_outcome=None)
    said = words({'Synthetic': report})
    assert '(each of its outcomes against all others)' in said
    assert 'Bars of equal length for one outcome mean parity.' in said
    groups = report.get_audit().groups
    rates = groups[(groups['Metric'] == 'Label rate') & (groups['Source'] == 'real')]
    rates = rates.pivot_table(index='Outcome', columns='Group', values='Value')
    apart = rates.max(axis=1) - rates.min(axis=1)
    outcome = apart.idxmax()
    low, high = rates.loc[outcome].idxmin(), rates.loc[outcome].idxmax()
    assert (
        f'Real, label rate: farthest apart from {rates.loc[outcome, low]:.2f} ({low}: {outcome}) '
        f'to {rates.loc[outcome, high]:.2f} ({high}: {outcome})'
    ) in said


def test_names_of_columns_and_tables_are_text_and_no_markup(loan_tables):
    real, test, fairer, _, metadata = loan_tables
    odd = '<b>sex & "gender"</b>'
    entry = metadata.to_dict()
    columns = entry['tables']['loans']['columns']
    columns[odd] = columns.pop('sex')
    report = judged(
        loan_tables,
        fairer.rename(columns={'sex': odd}),
        test=test.rename(columns={'sex': odd}),
        real=real.rename(columns={'sex': odd}),
        metadata=entry,
        sensitive_columns=[odd, 'region'],
    )
    page = build_report_page({'<i>One</i>': report})
    body = re.sub(r'(?s)<script[^>]*>.*?</script>', '', page)
    assert not re.search(r'</?[bi]>(sex|One)|gender"?</b>', body)
    assert '&lt;b&gt;sex &amp; &quot;gender&quot;&lt;/b&gt;' in body
    assert f'{odd}: every group' in words({'<i>One</i>': report})
    text = report.to_markdown(name='<i>One</i>')
    assert not re.search(r'(?<!\\)<', text)
    assert r'| \<b>sex & "gender"\</b> |' in text
