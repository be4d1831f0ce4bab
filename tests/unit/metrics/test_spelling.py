"""The same value, written in another way by one of the tables, is the same value."""

import numpy as np
import pandas as pd
import pytest
from conftest import hiring_metadata, hiring_table

from sdv_fair4free.metrics.audit import audit
from sdv_fair4free.metrics.checks import FairnessInputError
from sdv_fair4free.metrics.spelling import spell_alike, spelling_of

REAL, SYNTHETIC, VALIDATION = (hiring_table(400, seed) for seed in range(3))
TABLES = ('real', 'synthetic', 'validation')


def spelt(real, other):
    tables = {'real': pd.DataFrame({'x': real}), 'synthetic': pd.DataFrame({'x': other})}
    found, notes = spell_alike(tables, ['x'])
    return [*found['synthetic']['x']], notes


@pytest.mark.parametrize(
    ('real', 'other', 'expected'),
    [
        (['1', '2'], ['1.0', '2.00'], ['1', '2']),
        (['1.5', '2'], ['1.50', '2e0'], ['1.5', '2']),
        (['007', '8'], [7, 8], ['007', '8']),
        (['007', '7'], ['7.0', '007.0'], ['7', '007']),
        (['1', '1.0', '2'], ['1.0', '2.0'], ['1', '2']),
        (['1', '?'], ['1.0', '?'], ['1', '?']),
        (['a', 'b'], ['A', 'b '], ['A', 'b ']),
        ([True, False], ['1', 0.0], ['True', 'False']),
        ([1, 0], [True, False], ['True', 'False']),
        (['12345678901234567'], ['12345678901234568'], ['12345678901234568']),
    ],
)
def test_a_number_has_the_spelling_of_the_real_table(real, other, expected):
    assert spelt(real, other)[0] == expected


def test_another_spelling_is_noted_and_blanks_stay_blank():
    found, notes = spelt(['1', '2'], ['1.0', None])
    assert found[0] == '1'
    assert np.isnan(found[1])
    assert notes == [
        "'x' is written in another way in the synthetic table; it was read '1.0' as '1'."
    ]


def test_a_value_of_the_caller_is_spelt_as_the_real_table_does():
    tables = {'real': pd.DataFrame({'x': ['1', '0']}), 'synthetic': pd.DataFrame({'x': [1, 0.0]})}
    assert [spelling_of(value, tables, 'x') for value in (1, 1.0, '1.0', '1')] == ['1'] * 4
    tables['synthetic'] = tables['synthetic'] > 0
    assert spelling_of(1, tables, 'x') == 'True'


def coded(table, how=int):
    return table.assign(sex=(table['sex'] == 'man').astype(int).map(how))


def test_a_blank_cell_does_not_win_the_audit():
    """pandas writes 1 as 1.0 beside a blank; read as text these were groups nobody knew."""
    real, validation = coded(REAL, str), coded(VALIDATION, str)
    metrics = ['Demographic parity ratio', 'Counterfactual flip rate', 'Label parity ratio']
    written = coded(SYNTHETIC, lambda code: f'{code}.0')
    plain, odd = (
        audit(
            real, synthetic, hiring_metadata(), 'sex', 'hired', validation, 'yes',
            metrics=metrics, bootstrap_samples=0,
        )
        for synthetic in (coded(SYNTHETIC, str), written)
    )  # fmt: skip
    pd.testing.assert_frame_equal(plain.figures, odd.figures)
    assert any("'1.0' as '1'" in note for note in odd.notes)


def test_a_model_that_has_not_seen_a_group_has_no_flip_rate():
    result = audit(
        REAL, SYNTHETIC.assign(sex='man'), hiring_metadata(), 'sex', 'hired', VALIDATION, 'yes',
        metrics=['Counterfactual flip rate'], bootstrap_samples=0,
    )  # fmt: skip
    rows = result.figures.set_index('Source')
    assert rows.loc['synthetic', 'Error'] == 'insufficient data (n = 0)'
    assert np.isnan(rows.loc['synthetic', 'Score'])
    assert rows.loc['real', 'Value'] > 0
    assert any("without 'woman' of 'sex' knows nothing" in note for note in result.notes)


def test_flips_leave_out_the_rows_of_a_group_that_the_model_has_not_seen():
    real, validation = (
        table.assign(sex=np.where(table['grade'] == 'high', 'other', table['sex']))
        for table in (REAL, VALIDATION)
    )
    result = audit(
        real, SYNTHETIC, hiring_metadata(), 'sex', 'hired', validation, 'yes',
        metrics=['Counterfactual flip rate'], bootstrap_samples=0,
    )  # fmt: skip
    counts = result.figures.set_index('Source')['Count']
    assert counts['real'] == len(validation)
    assert counts['synthetic'] == (validation['sex'] != 'other').sum()


def test_lost_groups_beside_unknown_values_are_warned_about():
    odd = SYNTHETIC.replace({'sex': {'woman': 'F'}})
    with pytest.warns(UserWarning, match=r"no row of 'woman' of 'sex', but has the values 'F'"):
        result = audit(
            REAL, odd, hiring_metadata(), 'sex', 'hired', VALIDATION, 'yes',
            metrics=['Label parity ratio'], bootstrap_samples=0,
        )  # fmt: skip
    assert any('write them in the same way' in note for note in result.notes)


def test_a_proxy_written_in_another_way_is_noted():
    odd = SYNTHETIC.assign(hobby=SYNTHETIC['hobby'].str.upper())
    result = audit(
        REAL, odd, hiring_metadata(), 'sex', 'hired', VALIDATION, 'yes',
        metrics=['Label parity ratio'], bootstrap_samples=0,
    )  # fmt: skip
    assert any("No value of 'hobby' in the synthetic table" in note for note in result.notes)


def refusal(target='hired', favourable=None, **changes):
    tables = dict(zip(TABLES, (REAL, SYNTHETIC, VALIDATION), strict=True)) | changes
    with pytest.raises(FairnessInputError) as caught:
        audit(
            tables['real'], tables['synthetic'], hiring_metadata(), 'sex', target,
            tables['validation'], favourable,
        )  # fmt: skip
    return str(caught.value)


@pytest.mark.parametrize('favourable', [None, 'yes'])
@pytest.mark.parametrize(
    ('table', 'write', 'hint'),
    [
        ('validation', lambda text: text + '.', "Did you mean 'no' by 'no.'?"),
        ('synthetic', str.title, "Did you mean 'no' by 'No'?"),
        ('synthetic', {'yes': 'Yes', 'no': 'no'}.get, "Did you mean 'yes' by 'Yes'?"),
    ],
)
def test_outcomes_written_in_another_way_are_refused_with_a_hint(favourable, table, write, hint):
    given = {'synthetic': SYNTHETIC, 'validation': VALIDATION}[table]
    text = refusal(favourable=favourable, **{table: given.assign(hired=given['hired'].map(write))})
    assert hint in text
    assert text.startswith('1 problem with')


def test_a_guessed_outcome_must_be_in_every_table():
    odd = SYNTHETIC.replace({'hired': {'yes': 'perhaps'}})
    assert "synthetic_data has the values 'no', 'perhaps' of 'hired'" in refusal(synthetic=odd)


def test_several_classes_that_share_no_label_are_refused():
    odd = SYNTHETIC.assign(grade=SYNTHETIC['grade'] + '-band')
    text = refusal(target='grade', synthetic=odd)
    assert "'high-band', 'low-band', 'middle-band'" in text
    assert "it has 'high', 'low', 'middle'" in text


def test_groups_that_share_no_label_are_refused():
    text = refusal(synthetic=SYNTHETIC.replace({'sex': {'woman': 'F', 'man': 'M'}}))
    assert "synthetic_data has the values 'F', 'M' of 'sex'" in text
