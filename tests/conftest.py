"""Shared tables and models. SDV writes a settings file when imported: here, to a scratch folder."""

import os
import tempfile

os.environ.setdefault('XDG_DATA_HOME', tempfile.mkdtemp(prefix='sdv-fair4free-tests-'))

import numpy as np
import pandas as pd
import pytest
from handed_over import ugly_synthesizer
from pictured import BETTER, PUPIL, digits, digits_with_canary, fitted_pictures
from sdv.metadata import Metadata
from taught import schema, teach
from ugly import ugly_table

from sdv_fair4free import (
    Fair4FreeImageSynthesizer,
    Fair4FreeSynthesizer,
    FairnessReport,
    StudentConfig,
    TeacherConfig,
    TrainingConfig,
    evaluate_fairness,
)
from sdv_fair4free.core.teacher import TrainedTeacher
from sdv_fair4free.datasets import simulate_loans

SMALL = TrainingConfig(epochs=10, width=64, depth=1, batch_size=128, learning_rate=1e-2, patience=4)
SMALL_TEACHER = TeacherConfig(representation=SMALL, decoder=SMALL)
SMALL_STUDENT = StudentConfig(training=SMALL, pool=8192)
LOAN_QUESTION = {
    'sensitive_columns': ['sex', 'region'],
    'target_column': 'approved',
    'favourable_outcome': 'yes',
    'bootstrap_samples': 20,
    'verbose': False,
}


def hiring_table(rows: int = 1500, seed: int = 0) -> pd.DataFrame:
    """A table whose bias is known: hired depends on skill, and on sex by a penalty of 1.5 logits.

    ``hobby`` is a proxy of sex; ``bonus`` is missing far more often for women than for men.
    """
    rng = np.random.default_rng(seed)
    woman = rng.random(rows) < 0.4
    skill = rng.normal(size=rows)
    hobby = np.where(rng.random(rows) < np.where(woman, 0.8, 0.2), 'knitting', 'football')
    bonus = np.exp(rng.normal(size=rows) + 0.5 * skill).round(2)
    bonus[rng.random(rows) < np.where(woman, 0.6, 0.1)] = np.nan
    chance = 1 / (1 + np.exp(-(2 * skill + 0.5 - 1.5 * woman)))
    return pd.DataFrame(
        {
            'person_id': np.arange(rows),
            'sex': np.where(woman, 'woman', 'man'),
            'grade': rng.choice(['low', 'middle', 'high'], p=[0.5, 0.3, 0.2], size=rows),
            'remote': rng.random(rows) < 0.5,
            'skill': skill.round(3),
            'bonus': bonus,
            'hobby': hobby,
            'since': pd.Timestamp('2020-01-01') + pd.to_timedelta(rng.integers(0, 900, rows), 'D'),
            'hired': np.where(rng.random(rows) < chance, 'yes', 'no'),
        }
    )


def hiring_metadata() -> Metadata:
    """Metadata of the hiring table, never detected: detection is SDV's business."""
    return Metadata.load_from_dict(
        {
            'METADATA_SPEC_VERSION': 'V2',
            'relationships': [],
            'tables': {
                'hiring': {
                    'primary_key': 'person_id',
                    'columns': {
                        'person_id': {'sdtype': 'id'},
                        'sex': {'sdtype': 'categorical'},
                        'grade': {'sdtype': 'ordinal', 'range_values': ['low', 'middle', 'high']},
                        'remote': {'sdtype': 'boolean'},
                        'skill': {'sdtype': 'numerical'},
                        'bonus': {'sdtype': 'numerical'},
                        'hobby': {'sdtype': 'categorical'},
                        'since': {'sdtype': 'datetime'},
                        'hired': {'sdtype': 'categorical'},
                    },
                }
            },
        }
    )


def small_synthesizer(metadata: Metadata | None = None, **parameters) -> Fair4FreeSynthesizer:
    """A synthesizer that trains in a second or two."""
    defaults = {
        'sensitive_columns': ['sex'],
        'target_column': 'hired',
        'teacher': SMALL_TEACHER,
        'student': SMALL_STUDENT,
    }
    return Fair4FreeSynthesizer(metadata or hiring_metadata(), **{**defaults, **parameters})


@pytest.fixture
def hiring() -> pd.DataFrame:
    return hiring_table()


@pytest.fixture
def metadata() -> Metadata:
    return hiring_metadata()


@pytest.fixture(scope='session')
def fitted() -> Fair4FreeSynthesizer:
    """Fitted once; tests that sample from it reset it first and change nothing else."""
    synthesizer = small_synthesizer()
    synthesizer.fit({'hiring': hiring_table()})
    return synthesizer


@pytest.fixture(scope='session')
def undistilled() -> Fair4FreeSynthesizer:
    """As ``fitted``, without a student; tests start its stream anew and change nothing else."""
    synthesizer = small_synthesizer(distillation=None)
    synthesizer.fit({'hiring': hiring_table()})
    return synthesizer


@pytest.fixture(scope='session')
def ugly() -> Fair4FreeSynthesizer:
    """Fitted to every kind of column; tests start its stream anew and change nothing else."""
    synthesizer = ugly_synthesizer()
    synthesizer.fit({'staff': ugly_table()})
    return synthesizer


@pytest.fixture(scope='session')
def fitted_digits() -> Fair4FreeImageSynthesizer:
    """Fitted to 300 digits, hardly; tests start its stream anew and change nothing else."""
    return fitted_pictures()


@pytest.fixture(scope='session')
def canary_digits() -> Fair4FreeImageSynthesizer:
    """Fitted to 300 digits, one of them a canary of noise; tests start its stream anew."""
    return fitted_pictures(digits_with_canary())


@pytest.fixture(scope='session')
def learnt_digits() -> Fair4FreeImageSynthesizer:
    """Fitted to all digits, until colours are told from each other."""
    return fitted_pictures(digits(2000), teacher=BETTER, student=PUPIL)


@pytest.fixture(scope='session')
def loan_tables() -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, pd.DataFrame, Metadata]:
    """Real training and test rows, and two strangers' tables: without the bias, and with it."""
    real, metadata = simulate_loans(1800)
    fairer, _ = simulate_loans(1200, bias=0.0, random_state=1)
    biased, _ = simulate_loans(1200, bias=1.0, random_state=2)
    return real[:1200], real[1200:], fairer, biased, metadata


@pytest.fixture(scope='session')
def fair_report(loan_tables) -> FairnessReport:
    """A report on the table without the bias."""
    real, test, fairer, _, metadata = loan_tables
    return evaluate_fairness(real, fairer, metadata, real_validation_data=test, **LOAN_QUESTION)


@pytest.fixture(scope='session')
def biased_report(loan_tables) -> FairnessReport:
    """A report on the table with the bias."""
    real, test, _, biased, metadata = loan_tables
    return evaluate_fairness(real, biased, metadata, real_validation_data=test, **LOAN_QUESTION)


@pytest.fixture(scope='session')
def teacher() -> TrainedTeacher:
    """Of made-up codes; nothing changes it."""
    return teach(schema())


@pytest.fixture
def in_this_thread():
    """Dask reads its partitions one after the other, in this thread."""
    with pytest.importorskip('dask').config.set(scheduler='synchronous'):
        yield


@pytest.fixture
def small_sample(monkeypatch):
    """To this sample a table of a thousand rows is what one of a million is to ours."""
    monkeypatch.setattr('sdv_fair4free.lazy.plan.SAMPLE_ROWS', 200)


def sample_hiring(synthesizer, rows, **options):
    """Rows of the hiring table from the start of the stream."""
    synthesizer.reset_sampling()
    return synthesizer.sample(rows, **options)['hiring']


def asked(synthesizer, *conditions, **options):
    """Rows of the hiring table that meet conditions, from the start of the stream."""
    synthesizer.reset_sampling()
    return synthesizer.sample_from_conditions(list(conditions), **options)['hiring']


def small_plain(metadata):
    with pytest.warns(UserWarning, match='No fairness is applied'):
        return small_synthesizer(metadata, sensitive_columns=None, target_column=None)
