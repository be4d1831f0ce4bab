import json

import numpy as np
import pandas as pd
import pytest
from conftest import hiring_metadata, hiring_table
from sklearn.cluster import KMeans
from sklearn.linear_model import LogisticRegression, Ridge

from sdv_fair4free.metrics.audit import audit
from sdv_fair4free.metrics.checks import FairnessInputError

REAL, SYNTHETIC, VALIDATION = (hiring_table(120, seed) for seed in range(3))


def message(**changes):
    arguments = {
        'real_data': REAL,
        'synthetic_data': SYNTHETIC,
        'metadata': hiring_metadata(),
        'sensitive_columns': ['sex'],
        'target_column': 'hired',
        'real_validation_data': VALIDATION,
        'favourable_outcome': 'yes',
    }
    with pytest.raises(FairnessInputError) as caught:
        audit(**{**arguments, **changes})
    return str(caught.value)


def test_every_problem_is_named_at_once_with_what_to_do():
    text = message(
        sensitive_columns=['gender', 'sex'],
        target_column='hire',
        bootstrap_samples=-1,
        confidence_level=95,
        metrics=['Equalised odds ratio'],
        synthetic_data=SYNTHETIC.drop(columns='skill'),
    )
    assert text.startswith('6 problems with the input of the fairness evaluation:')
    assert "sensitive column 'gender' is not in real_data." in text
    assert "target column 'hire' is not in real_data. Did you mean 'hired'?" in text
    assert "Did you mean 'Equalized odds ratio'?" in text
    assert "synthetic_data lacks the columns 'skill' of real_data" in text
    assert 'confidence_level=95' in text
    assert 'bootstrap_samples=-1' in text


@pytest.mark.parametrize(
    ('changes', 'expected'),
    [
        ({'synthetic_data': SYNTHETIC.drop(columns='hired')}, 'synthetic_data lacks the columns'),
        ({'real_validation_data': VALIDATION.drop(columns='sex')}, 'real_validation_data lacks'),
        ({'synthetic_data': {'t': SYNTHETIC}}, 'synthetic_data is a dict; give a pandas DataFrame'),
        ({'synthetic_data': SYNTHETIC[:0]}, 'synthetic_data has no rows'),
        (
            {'metadata': None, 'synthetic_data': SYNTHETIC.assign(extra=1)},
            "has the columns 'extra', which real_data lacks",
        ),
        ({'real_data': REAL.drop(columns='skill')}, "lacks the columns 'skill' of the metadata"),
        ({'metadata': {'tables': {}}}, 'metadata describes the tables []'),
        ({'metadata': 'metadata.json'}, 'metadata is a str; give a Metadata object'),
        ({'sensitive_columns': []}, 'must be a column name or a list'),
        ({'sensitive_columns': ['sex', 'sex']}, 'is named twice'),
        ({'sensitive_columns': 'person_id'}, 'is a key'),
        ({'target_column': 'sex', 'favourable_outcome': 'man'}, 'both target and sensitive'),
        ({'favourable_outcome': 'Yes'}, "which has 'no', 'yes'. Did you mean 'yes'?"),
        ({'favourable_outcome': ['yes']}, 'must be one value'),
        (
            {'synthetic_data': SYNTHETIC.assign(hired='no')},
            "synthetic_data has no row with the favourable outcome ('hired' = 'yes'), only 'no'",
        ),
        (
            {'real_validation_data': VALIDATION.assign(hired='yes')},
            'every row of real_validation_data has the favourable outcome',
        ),
        (
            {'synthetic_data': SYNTHETIC.assign(hired='no'), 'favourable_outcome': None},
            "target column 'hired' has 1 value in synthetic_data",
        ),
        ({'real_data': REAL.assign(sex='man')}, 'has one value only'),
        ({'target_column': 'since', 'favourable_outcome': None}, 'is a date; turn it into'),
        ({'real_validation_data': REAL}, 'real_validation_data and real_data are the same rows'),
        (
            {'real_validation_data': SYNTHETIC.sample(frac=1)},
            'real_validation_data and synthetic_data are the same rows',
        ),
        ({'model': Ridge()}, 'model is a regressor, but'),
        (
            {'model': LogisticRegression(), 'target_column': 'skill', 'favourable_outcome': None},
            'model is a classifier, but',
        ),
        ({'metrics': 'AUC'}, 'must be a list of names'),
        ({'minimum_group_size': 0}, 'whole number of at least 1'),
        ({'random_state': True}, 'whole number of at least 0'),
        ({'random_state': 2**40}, 'random_state=1099511627776 must be at most 4294967295'),
        ({'intersections': 'no'}, "intersections='no' must be True or False"),
        ({'confidence_level': np.float32(1.5)}, 'must be between 0 and 1'),
        ({'model': LogisticRegression}, 'give an object: LogisticRegression()'),
        ({'model': 'XGBoost'}, "model='XGBoost' has no fit and predict"),
        ({'model': KMeans(2)}, "model is a clusterer, but target column 'hired' needs a class"),
        ({'metadata': {'tables': []}}, "metadata has no dict of 'tables'"),
        ({'metadata': {'columns': {'sex': 'categorical'}}}, "the 'columns' of the metadata must"),
        (
            {'synthetic_data': SYNTHETIC.assign(hired=None)},
            "target column 'hired' is empty in synthetic_data",
        ),
        (
            {'synthetic_data': SYNTHETIC.assign(skill='high')},
            "'skill' is a number, but no value of synthetic_data is one ('high')",
        ),
    ],
)
def test_bad_input_is_answered_by_what_where_and_what_to_do(changes, expected):
    text = message(**changes)
    assert expected in text
    assert text.startswith('1 problem with')


def test_a_target_of_many_classes_asks_for_the_favourable_one():
    many = np.array([f'c{place % 30}' for place in range(120)])
    tables = [table.assign(hired=many) for table in (REAL, SYNTHETIC, VALIDATION)]
    text = message(
        real_data=tables[0],
        synthetic_data=tables[1],
        real_validation_data=tables[2],
        favourable_outcome=None,
    )
    assert 'has 30 classes; name favourable_outcome' in text


def test_too_few_rows_to_hold_out_are_refused():
    few = pd.concat([REAL[REAL['hired'] == 'yes'][:1], REAL[REAL['hired'] == 'no'][:6]])
    assert 'too few rows to hold out' in message(real_data=few, real_validation_data=None)


def test_validation_rows_that_were_trained_on_are_warned_about():
    overlapping = pd.concat([REAL[:80], VALIDATION[:20]])
    with pytest.warns(UserWarning, match='80.0% of the validation rows have a twin in real_data'):
        result = audit(
            REAL, SYNTHETIC, hiring_metadata(), 'sex', 'hired', overlapping, 'yes',
            metrics=['Label parity ratio'],
        )  # fmt: skip
    assert any('twin' in note for note in result.notes)


def test_tables_of_few_values_repeat_themselves_without_a_warning():
    small = [table[['sex', 'hired']] for table in (REAL, SYNTHETIC, VALIDATION)]
    result = audit(
        small[0], small[1], None, 'sex', 'hired', small[2], 'yes', metrics=['Label parity ratio']
    )
    assert '100.0% of the validation rows have a twin in real_data, keys aside.' in result.notes


def test_columns_that_metadata_does_not_know_are_left_out_with_a_note():
    result = audit(
        REAL, SYNTHETIC.assign(extra=1), hiring_metadata(), 'sex', 'hired', VALIDATION, 'yes',
        metrics=['Label parity ratio'],
    )  # fmt: skip
    assert any("['extra']" in note for note in result.notes)


def test_settings_may_be_numbers_of_numpy_and_come_back_as_plain_ones():
    result = audit(
        REAL, SYNTHETIC, hiring_metadata(), 'sex', 'hired', VALIDATION, 'yes',
        metrics=['Label parity ratio'], confidence_level=np.float32(0.5),
        random_state=np.int64(3), intersections=np.True_,
    )  # fmt: skip
    assert type(result.settings['confidence_level']) is float
    assert json.dumps([result.settings['confidence_level'], result.settings['random_state']])
