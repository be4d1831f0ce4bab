"""What a figure leaves out is left out for all, and said."""

import numpy as np
import pandas as pd
import pytest
from conftest import hiring_metadata, hiring_table
from fairlearn import metrics as fairness
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import balanced_accuracy_score
from sklearn.tree import DecisionTreeClassifier

from sdv_fair4free.metrics import counterfactual
from sdv_fair4free.metrics.audit import audit
from sdv_fair4free.metrics.features import Encoder, kinds_of, read_table
from sdv_fair4free.metrics.models import train
from sdv_fair4free.metrics.reading import build_case

REAL, SYNTHETIC, VALIDATION = (hiring_table(400, seed) for seed in range(3))


def judged(tables=(REAL, SYNTHETIC, VALIDATION), sensitive='sex', target='hired', **changes):
    real, synthetic, validation = tables
    defaults = {'bootstrap_samples': 0, 'favourable_outcome': 'yes' if target == 'hired' else None}
    return audit(
        real, synthetic, hiring_metadata(), sensitive, target, validation, **(defaults | changes)
    )


def with_a_rare_class(table, rows):
    grade = table['grade'].to_numpy(copy=True)
    grade[:rows] = 'rare'
    return table.assign(grade=grade)


def test_a_rare_class_does_not_speak_for_all():
    tables = [with_a_rare_class(table, 6) for table in (REAL, SYNTHETIC, VALIDATION)]
    result = judged(tables, target='grade', metrics=['Label parity ratio'])
    scores = result.figures[result.figures['Source'] == 'synthetic'].set_index('Outcome')['Score']
    assert scores['worst class'] == scores[['high', 'low', 'middle']].min()
    assert any('as the worst class: rare (n = 6).' in note for note in result.notes)


def test_without_a_class_of_enough_rows_there_is_no_worst_class():
    result = judged(target='grade', metrics=['Label parity ratio'], minimum_group_size=390)
    row = result.figures.query("Outcome == 'worst class' and Source == 'real'").iloc[0]
    assert np.isnan(row['Value'])
    assert row['Error'].startswith('insufficient data (n = ')


def test_groups_without_enough_positives_are_named():
    validation = VALIDATION.copy()
    women = validation.index[validation['sex'] == 'woman']
    validation.loc[women, 'hired'] = 'no'
    validation.loc[women[:3], 'hired'] = 'yes'
    result = judged((REAL, SYNTHETIC, validation))
    assert (
        "Groups of 'sex' with fewer than 5 validation rows with that outcome are left out of "
        'Equalized odds ratio, Equalized odds difference, Equal opportunity ratio, Equal '
        "opportunity difference: woman ('yes': n = 3)."
    ) in result.notes
    assert not any('without that outcome' in note for note in result.notes)


def test_the_constant_answer_is_insufficient_where_the_others_are():
    few = [table[:60] for table in (REAL, SYNTHETIC, VALIDATION)]
    result = judged(few, metrics=['Counterfactual flip rate', 'Demographic parity ratio'])
    assert result.figures['Error'].str.startswith('insufficient').all()
    assert result.constant['Error'].str.startswith('insufficient').all()
    assert result.constant['Score'].isna().all()


def test_the_model_of_real_rows_never_sees_the_rows_that_judge_it():
    """The outcome is noise: a tree that remembers its rows knows nothing of others."""
    rng = np.random.default_rng(0)
    real = pd.DataFrame(
        {
            'sex': rng.choice(['f', 'm'], 1000),
            'skill': rng.normal(size=1000),
            'hired': rng.choice(['no', 'yes'], 1000),
        }
    )
    result = audit(
        real, real, None, 'sex', 'hired', favourable_outcome='yes', bootstrap_samples=0,
        model=DecisionTreeClassifier(), metrics=['Balanced accuracy'],
    )  # fmt: skip
    values = result.figures.set_index('Source')['Value']
    assert values['synthetic'] == 1
    assert values['real'] == pytest.approx(0.5, abs=0.1)
    rows = np.random.default_rng(0).permutation(1000)
    learnt, held = real.iloc[np.sort(rows[250:])], real.iloc[np.sort(rows[:250])]
    kinds = kinds_of([real], ['sex', 'skill'], {})
    learnt, held, truth, others = (
        read_table(learnt, kinds, {})[0], read_table(held, kinds, {})[0],
        learnt['hired'] == 'yes', held['hired'] == 'yes',
    )  # fmt: skip
    encoder = Encoder(kinds).fit(learnt)
    tree = DecisionTreeClassifier(random_state=0).fit(encoder.transform(learnt), truth)
    expected = balanced_accuracy_score(others, tree.predict(encoder.transform(held)))
    assert values['real'] == pytest.approx(expected)


@pytest.mark.parametrize('rare', [1, 2])
def test_a_rare_class_does_not_break_the_default_model_of_many_rows(rare):
    rng = np.random.default_rng(0)
    table = pd.DataFrame({'x': rng.normal(size=10_500)})
    outcome = (table['x'] > 0).astype(int).to_numpy(copy=True)
    outcome[:rare] = 2
    model = train(table, outcome, {'x': 'number'}, 3)
    assert model.estimator.do_early_stopping_
    said = model.predict(table)
    assert said.scores.shape == (len(table), 3)
    assert (said.decisions[rare:] == outcome[rare:]).mean() > 0.99


def test_one_positive_among_many_rows_is_learnt_from_without_early_stopping():
    table = pd.DataFrame({'x': np.arange(10_500.0)})
    outcome = (table['x'] == 5).astype(int).to_numpy()
    assert not train(table, outcome, {'x': 'number'}, 2).estimator.do_early_stopping_


def test_the_only_row_of_a_class_is_left_out_of_training_and_that_is_said():
    pairs = ((REAL, 3), (SYNTHETIC, 1), (VALIDATION, 1))
    tables = [with_a_rare_class(*pair) for pair in pairs]
    result = judged(tables, target='grade', metrics=['AUC'])
    assert result.figures['Value'].notna().all()
    assert any("The synthetic rows have one row only of 'rare'" in n for n in result.notes)


def test_flips_of_many_combinations_are_limited_and_it_is_said(monkeypatch):
    monkeypatch.setattr(counterfactual, '_MOST_COMBINATIONS', 8)
    monkeypatch.setattr(counterfactual, '_MOST_QUESTIONS', 800)
    rng = np.random.default_rng(0)
    tables = [
        table.assign(**{name: rng.choice([*'abcdef'], 400) for name in ('sex', 'grade', 'hobby')})
        for table in (REAL, SYNTHETIC, VALIDATION)
    ]
    result = judged(
        tables, ['sex', 'grade', 'hobby'], metrics=['Counterfactual flip rate'],
        minimum_group_size=20,
    )  # fmt: skip
    crossed = result.figures.query("Column == 'sex x grade x hobby'")
    assert crossed['Count'].tolist() == [100, 100]
    notes = ' '.join(result.notes)
    assert "'sex x grade x hobby' has many groups: flips are tried with the 2 largest" in notes
    assert 'tried on 100 of the 400 validation rows, drawn by the seed' in notes
    again = judged(
        tables, ['sex', 'grade', 'hobby'], metrics=['Counterfactual flip rate'],
        minimum_group_size=20,
    )  # fmt: skip
    pd.testing.assert_frame_equal(result.figures, again.figures)


def test_whole_numbers_without_metadata_are_noted_as_a_number():
    tables = [
        table.assign(grade=table['grade'].map({'low': 0, 'middle': 1, 'high': 2})).drop(
            columns='person_id'
        )
        for table in (REAL, SYNTHETIC, VALIDATION)
    ]
    result = audit(
        tables[0], tables[1], None, 'sex', 'grade', tables[2], metrics=['Label mean difference']
    )
    assert any("'grade' has 3 whole numbers as values" in note for note in result.notes)


def test_a_column_of_numbers_here_and_words_there_is_noted():
    odd = SYNTHETIC.assign(skill='n/a').drop(columns='person_id')
    odd.loc[:50, 'skill'] = '1.5'
    result = audit(
        REAL.drop(columns='person_id'), odd, None, 'sex', 'hired',
        VALIDATION.drop(columns='person_id'), 'yes', metrics=['Label parity ratio'],
    )  # fmt: skip
    assert any("'skill' holds numbers in the real and validation" in n for n in result.notes)


def test_numbers_written_as_text_change_no_figure():
    text = SYNTHETIC.assign(skill=SYNTHETIC['skill'].astype(str))
    metrics = ['AUC', 'Mutual information', 'Distance correlation']
    for metadata in (hiring_metadata(), None):
        plain, odd = (
            audit(
                REAL, table, metadata, 'sex', 'hired', VALIDATION, 'yes', metrics=metrics,
                bootstrap_samples=0,
            )
            for table in (SYNTHETIC, text)
        )  # fmt: skip
        pd.testing.assert_frame_equal(plain.figures, odd.figures)


def test_a_case_is_built_by_names_alone():
    with pytest.raises(TypeError, match='positional'):
        build_case(REAL, SYNTHETIC)


ROWS = st.lists(
    st.tuples(
        st.sampled_from(['f', 'm', None, np.nan]),
        st.sampled_from([1, 2.0, None]),
        st.sampled_from(['no', 'yes', None]),
    ),
    max_size=40,
)


@settings(deadline=None, max_examples=25)
@given(ROWS)
def test_label_parity_of_any_table_is_that_of_fairlearn(rows):
    """Every group has the five rows a rate needs; blanks are a group, and no outcome no row."""
    base = [(s, n, o) for s in ('f', None) for n in (1, 2) for o in ('no', 'yes')] * 5
    real = pd.DataFrame(base, columns=['sex', 'number', 'hired'])
    table = pd.DataFrame([*base, *rows], columns=real.columns)
    result = audit(
        real, table, None, ['sex', 'number'], 'hired', favourable_outcome='yes',
        bootstrap_samples=0, minimum_group_size=5, intersections=False,
        metrics=['Label parity ratio', 'Label parity difference'],
    )  # fmt: skip
    known = table[table['hired'].notna()]
    chosen = (known['hired'] == 'yes').astype(int)
    for column in ('sex', 'number'):
        groups = known[column].astype(object).where(known[column].notna(), 'nobody said')
        large = groups.map(groups.value_counts()) >= 5
        for metric, figure in (
            ('Label parity ratio', fairness.demographic_parity_ratio),
            ('Label parity difference', fairness.demographic_parity_difference),
        ):
            rows = result.figures.set_index(['Metric', 'Column', 'Source'])
            row = rows.loc[metric, column, 'synthetic']
            expected = figure(
                chosen[large], chosen[large], sensitive_features=groups[large].astype(str)
            )
            assert row['Value'] == pytest.approx(expected)
            assert row['Count'] == large.sum()


def test_columns_that_metadata_describe_get_no_note_on_how_they_are_written():
    coded = SYNTHETIC.assign(remote=SYNTHETIC['remote'].astype(int))
    result = judged((REAL, coded, VALIDATION), metrics=['Label parity ratio'])
    assert not any('remote' in note for note in result.notes)
