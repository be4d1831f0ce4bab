import copy
import json
import pickle
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from conftest import LOAN_QUESTION as QUESTION
from sdmetrics.reports.base_unified_report import BaseUnifiedReport
from sdmetrics.reports.utils import PlotConfig
from sklearn.linear_model import LogisticRegression

from sdv_fair4free import FairnessReport, evaluate_fairness
from sdv_fair4free.datasets import simulate_loans
from sdv_fair4free.metrics.checks import FairnessInputError

PROPERTIES = ['Label Parity', 'Proxy Leakage', 'Model Parity', 'Error Parity', 'Utility Retained']


@pytest.fixture
def loans(loan_tables):
    return loan_tables


@pytest.fixture
def report(fair_report) -> FairnessReport:
    return fair_report


@pytest.fixture
def other(biased_report) -> FairnessReport:
    return biased_report


def test_it_is_a_report_of_sdmetrics(report):
    assert isinstance(report, BaseUnifiedReport)
    assert report.get_properties()['Property'].tolist() == PROPERTIES
    assert report.get_properties()['Score'].between(0, 1).all()
    info = report.get_info()
    assert info['report_type'] == 'FairnessReport'
    assert info['num_rows_synthetic_data'] == {'loans': 1200}
    assert info['sdv_fair4free_version']


def test_details_set_synthetic_beside_real_and_constant(report):
    for name in PROPERTIES:
        details = report.get_details(name)
        assert {'Table', 'Column', 'Metric', 'Synthetic Value', 'Real Value', 'Score'} <= {*details}
        assert details['Score'].between(0, 1).all()
        assert details.equals(report.get_details(name, 'loans'))
    utility = report.get_details('Utility Retained').set_index('Metric')
    assert utility.loc['AUC', 'Constant Value'] == 0.5
    assert (report.get_details('Model Parity')['Constant Value'].isin([0, 1])).all()


def test_the_constant_classifier_is_fair_and_wins_nothing(report):
    scores = report.compare()
    assert list(scores.index) == ['Real', 'Synthetic', 'Constant classifier']
    constant = scores.loc['Constant classifier']
    assert constant['Model Parity'] == 1
    assert constant['Utility Retained'] == constant['Overall'] == 0
    assert scores.loc['Synthetic', 'Overall'] == report.get_score()


def test_a_table_without_the_bias_is_fairer_than_one_with_it(report, other):
    scores = report.compare({'Biased': other}, name='Unbiased')
    for name in ('Label Parity', 'Model Parity'):
        assert scores.loc['Unbiased', name] > scores.loc['Biased', name] + 0.1
    assert abs(scores.loc['Biased', 'Model Parity'] - scores.loc['Real', 'Model Parity']) < 0.15


def test_figures_look_like_those_of_sdmetrics(report):
    for name in PROPERTIES:
        figure = report.get_visualization(name)
        score = report.get_properties().set_index('Property')['Score'][name]
        title = f'Fairness: {name} (Average Score={round(score, 2)})'
        assert figure.layout.title.text == title
        assert figure.layout.font.size == PlotConfig.FONT_SIZE
        assert figure.layout.plot_bgcolor == PlotConfig.BACKGROUND_COLOR
        colours = {trace.name: trace.marker.color for trace in figure.data}
        assert colours['Real'] == PlotConfig.DATACEBO_DARK
        assert colours['Synthetic'] == PlotConfig.DATACEBO_GREEN
    bars = report.get_visualization('Model Parity', 'loans').data[0]
    lengths, intervals = (np.array(part, dtype=float) for part in (bars.y, bars.error_y.array))
    assert np.isfinite(lengths).sum() >= 8
    assert (np.isfinite(lengths) == np.isfinite(intervals)).all()  # small groups have neither


def test_a_saved_report_holds_its_figures_and_no_row(report, loans, tmp_path):
    path = tmp_path / 'report.pkl'
    report.save(path)
    content = path.read_bytes()
    assert not any(key.encode() in content for key in loans[1]['application_id'][:50])
    loaded = FairnessReport.load(path)
    assert loaded.get_score() == report.get_score()
    assert loaded.to_dict() == report.to_dict()
    with pytest.raises(ValueError, match='hold no rows'):
        loaded.generate({}, {}, {}, verbose=False)


def test_the_dictionary_is_json_and_whole(report):
    whole = json.loads(json.dumps(report.to_dict(), allow_nan=False))
    assert whole['score'] == report.get_score()
    assert [*whole['properties']] == PROPERTIES
    assert whole['settings']['target_column'] == 'approved'
    assert whole['comparison']['Constant classifier']['Overall'] == 0
    assert whole['comparison']['Constant classifier']['Label Parity'] is None
    assert whole['privacy']['nearer_to_train'] == report.get_privacy().nearer_to_train
    assert whole['quality']['columns']['income']['synthetic'] > 0.9


def test_the_text_gives_figures_constant_and_limits(report, other):
    text = report.to_markdown({'Biased': other}, name='Unbiased')
    assert text.startswith('# Fairness of Unbiased rows')
    assert '|  | Real | Unbiased | Biased | Constant classifier |' in text
    for words in ('Demographic parity ratio', 'What this does not promise', 'Privacy: '):
        assert words in text
    assert 'Train on synthetic, test on real' in text
    assert 'nan' not in text


def test_the_same_input_gives_the_same_figures(report, loans):
    real, test, fairer, _, metadata = loans
    again = evaluate_fairness(
        {'loans': real},
        {'loans': fairer},
        metadata.to_dict(),
        real_validation_data={'loans': test},
        **QUESTION,
    )
    pd.testing.assert_frame_equal(again.get_audit().figures, report.get_audit().figures)
    assert again.get_privacy() == report.get_privacy()


def test_tables_given_are_not_changed(loans):
    real, test, fairer, _, metadata = loans
    before = [table.copy() for table in (real, test, fairer)]
    question = {**QUESTION, 'sensitive_columns': 'sex', 'bootstrap_samples': 0}
    evaluate_fairness(real, fairer, metadata, real_validation_data=test, **question)
    for table, then in zip((real, test, fairer), before, strict=True):
        pd.testing.assert_frame_equal(table, then)


def test_without_validation_rows_there_is_a_report_without_privacy(loans, tmp_path, capsys):
    real, _, fairer, _, metadata = loans
    question = {**QUESTION, 'sensitive_columns': 'sex', 'bootstrap_samples': 0, 'verbose': True}
    report = evaluate_fairness(real, fairer, metadata, include_quality=False, **question)
    assert report.get_privacy() is None
    assert report.get_quality() is None
    assert report.get_audit().notes
    report.to_html(tmp_path / 'page.html')
    page = (tmp_path / 'page.html').read_text(encoding='utf-8')
    assert 'It was not measured' in page
    assert 'the synthesizer may have seen them' in page
    said = capsys.readouterr().out
    assert 'Generating report' in said
    assert 'of the constant classifier: 0.00%' in said


@pytest.mark.parametrize(
    ('target', 'sensitive', 'words'),
    [('income', 'sex', 'predicts on average'), ('education', 'sex', 'spreads most unevenly')],
)
def test_numbers_and_several_classes_are_judged_too(loans, tmp_path, target, sensitive, words):
    real, test, fairer, _, metadata = loans
    report = evaluate_fairness(
        real,
        fairer,
        metadata,
        sensitive,
        target,
        real_validation_data=test,
        bootstrap_samples=2,
        verbose=False,
    )
    assert 0 <= report.get_score() <= 1
    assert words in report.to_markdown()
    report.to_html(tmp_path / 'page.html')
    for name in PROPERTIES:
        assert report.get_visualization(name).data


def test_bad_input_is_answered_by_what_where_and_what_to_do(loans):
    real, test, fairer, _, metadata = loans
    given = {'real_validation_data': test, **QUESTION}
    with pytest.raises(FairnessInputError, match="synthetic_data has no column 'approved'"):
        evaluate_fairness(real, fairer.drop(columns='approved'), metadata, **given)
    with pytest.raises(FairnessInputError, match=r"no column 'income'.*Did you mean 'incomes'"):
        evaluate_fairness(real, fairer.rename(columns={'income': 'incomes'}), metadata, **given)
    with pytest.raises(FairnessInputError, match='same rows'):
        evaluate_fairness(real, fairer, metadata, **{**given, 'real_validation_data': real})
    with pytest.raises(FairnessInputError, match="no table 'loans'"):
        evaluate_fairness({'loans': real}, {'debts': fairer}, metadata, **given)
    with pytest.raises(TypeError, match='give two tables, or two dicts'):
        evaluate_fairness(real, {'loans': fairer}, metadata, **given)
    with pytest.raises(TypeError, match='metadata must be a Metadata object'):
        evaluate_fairness(real, fairer, 'loans.json', **given)
    with pytest.raises(ValueError, match="real_validation_data has no table 'loans'"):
        evaluate_fairness(real, fairer, metadata, **{**given, 'real_validation_data': {}})
    with pytest.raises(ValueError, match="table_name='debts'"):
        evaluate_fairness(real, fairer, metadata, table_name='debts', **given)


def test_a_report_not_generated_says_so():
    report = FairnessReport(sensitive_columns='sex', target_column='approved')
    for question in (report.get_score, report.get_audit, report.to_markdown, report.compare):
        with pytest.raises(ValueError, match='has not been generated'):
            question()


def test_unlike_questions_are_not_compared(report, loans):
    real, test, fairer, _, metadata = loans
    question = {**QUESTION, 'sensitive_columns': 'sex', 'bootstrap_samples': 0}
    alien = evaluate_fairness(real, fairer, metadata, real_validation_data=test[:300], **question)
    with pytest.raises(ValueError, match='2 problems') as caught:
        report.compare({'Alien': alien})
    assert 'sensitive_columns' in str(caught.value)
    assert '300' in str(caught.value)
    with pytest.raises(ValueError, match="'Real' is the name of another row"):
        report.compare({'Real': report})


def test_no_report_takes_the_place_of_another(report, other, tmp_path):
    for show in (report.compare, report.to_markdown):
        with pytest.raises(ValueError, match="'Synthetic' is the name of this report and of one"):
            show({'Synthetic': other})
    with pytest.raises(ValueError, match="'Twin' is the name of this report"):
        report.to_html(tmp_path / 'page.html', {'Twin': other}, name='Twin')


def test_every_difference_of_question_and_rows_is_listed(loans):
    real, test, fairer, _, metadata = loans
    plain = {**QUESTION, 'bootstrap_samples': 0, 'include_quality': False, 'include_privacy': False}

    def measured(rows=real, validation=test, **changes):
        return evaluate_fairness(
            rows, fairer, metadata, real_validation_data=validation, **{**plain, **changes}
        )

    first = measured(model=LogisticRegression(C=1.0))
    second = measured(
        model=LogisticRegression(C=9.0), intersections=False, minimum_group_size=30, random_state=1
    )
    with pytest.raises(ValueError, match='4 problems') as caught:
        first.compare({'B': second})
    for words in (
        'minimum_group_size 50',
        'random_state 0',
        "groupings ['sex', 'region', 'sex x region']",
        'C=9.0',
    ):
        assert words in str(caught.value)
    strangers, _ = simulate_loans(1200, random_state=7)
    people = measured(strangers, model=LogisticRegression(C=1.0))
    with pytest.raises(ValueError, match='not the same people'):
        first.compare({'B': people})
    same = measured(model=LogisticRegression(C=1.0))
    assert first.compare({'B': same}).loc['B'].equals(first.compare().loc['Synthetic'])


def test_the_constant_classifier_has_no_fairness_of_a_table(report):
    fairness = report.compare()['Fairness']
    assert np.isnan(fairness['Constant classifier'])
    assert fairness.drop('Constant classifier').notna().all()


def test_a_copy_in_memory_can_be_generated(loans):
    real, test, fairer, _, metadata = loans
    blank = FairnessReport(
        'sex', 'approved', test, 'yes', bootstrap_samples=0, include_quality=False,
        include_privacy=False,
    )  # fmt: skip
    for twin in (copy.copy(blank), copy.deepcopy(blank)):
        twin.generate({'loans': real}, {'loans': fairer}, metadata.to_dict(), verbose=False)
        assert 0 < twin.get_score() < 1
        assert twin.tested_on_unseen
    with pytest.raises(ValueError, match='has not been generated'):
        blank.get_score()


def test_odd_values_do_not_cost_the_report(loans):
    real, test, fairer, _, metadata = loans
    odd = fairer.astype({'income': object})
    odd.loc[:1, 'income'] = [np.inf, '?']
    question = {**QUESTION, 'sensitive_columns': 'sex', 'bootstrap_samples': 0}
    report = evaluate_fairness(real, odd, metadata, real_validation_data=test, **question)
    assert 0 < report.get_score() < 1
    assert 0 < report.get_privacy().nearer_to_train < 1
    assert "'income'" in report.get_privacy().note


def test_one_table_of_several_is_judged(loans):
    real, test, fairer, _, metadata = loans
    both = metadata.to_dict()
    both['tables']['notes'] = {'columns': {'length': {'sdtype': 'numerical'}}}
    notes = pd.DataFrame({'length': range(20)})
    question = {**QUESTION, 'sensitive_columns': 'sex', 'bootstrap_samples': 0}
    data = {'loans': real, 'notes': notes}, {'loans': fairer, 'notes': notes}
    report = evaluate_fairness(
        *data, both, real_validation_data=test, table_name='loans', **question
    )
    assert report.get_visualization('Model Parity').data
    assert set(report.get_details('Model Parity')['Table']) == {'loans'}
    with pytest.raises(ValueError, match='must be one of the tables'):
        evaluate_fairness(*data, both, real_validation_data=test, **question)


def test_it_pickles_without_its_validation_rows(report):
    assert pickle.loads(pickle.dumps(report)).real_validation_data is None
    assert report.real_validation_data is not None


@pytest.mark.parametrize('first', ['sdv', 'sdv_fair4free.reports.evaluate'])
def test_the_hosts_offer_report_and_function(first):
    code = (
        f'import {first}\n'
        'from sdmetrics.reports import FairnessReport\n'
        'from sdv.evaluation import evaluate_fairness\n'
        'from sdv_fair4free.reports.fairness_report import FairnessReport as ours\n'
        'assert FairnessReport is ours\n'
    )
    command = [sys.executable, '-W', 'error::UserWarning', '-c', code]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_report_of_older_days_withholds_nothing(report):
    older = copy.deepcopy(report)
    del older.get_audit().settings['withheld_columns']
    assert report.compare({'older': older}).loc['older'].notna().any()
