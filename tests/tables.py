"""Tables of one theme each: fitted quickly, and checked as SDV checks them."""

import warnings

import numpy as np
import pandas as pd
from conftest import hiring_table  # noqa: F401 - SDV's settings go to a scratch folder first
from sdv.evaluation import run_diagnostic
from sdv.metadata import Metadata

from sdv_fair4free import (
    Fair4FreeSynthesizer,
    StudentConfig,
    TeacherConfig,
    TrainingConfig,
)

TINY = TrainingConfig(epochs=2, width=16, depth=1, batch_size=256, learning_rate=1e-2, patience=4)
ROWS = 300
RNG = np.random.default_rng(0)
NOISE = RNG.normal(size=ROWS)
GAPS = RNG.random(ROWS) < 0.2
FEW = RNG.integers(0, 5, ROWS)
LETTERS = np.array(list('abcde'))[FEW]


def described(columns, **table) -> Metadata:
    """Metadata of a table 't': sdtypes, or entries, by column."""
    entries = {
        name: {'sdtype': entry} if isinstance(entry, str) else entry
        for name, entry in columns.items()
    }
    return Metadata.load_from_dict({'tables': {'t': {'columns': entries, **table}}})


def fitted_to(table, metadata, constraints=(), **parameters) -> Fair4FreeSynthesizer:
    with warnings.catch_warnings():
        warnings.filterwarnings('ignore', message='No fairness is applied')
        warnings.filterwarnings('ignore', message='We strongly recommend saving the metadata')
        synthesizer = Fair4FreeSynthesizer(
            metadata,
            teacher=TeacherConfig(representation=TINY, decoder=TINY),
            student=StudentConfig(training=TINY, pool=256),
            **parameters,
        )
        if constraints:
            synthesizer.add_constraints(list(constraints))
        synthesizer.fit({'t': table})
    return synthesizer


def made_by(synthesizer, rows=ROWS) -> pd.DataFrame:
    synthesizer.reset_sampling()
    return synthesizer.sample(rows)['t']


def made_like(table, metadata, rows=ROWS, constraints=(), **parameters) -> pd.DataFrame:
    """A made-up table that passes all of SDV's checks and has the types of the real one."""
    made = made_by(fitted_to(table, metadata, constraints, **parameters), rows)
    assert_like(table, made, metadata, rows)
    return made


def assert_like(table, made, metadata, rows=ROWS) -> None:
    assert len(made) == rows
    assert list(made) == [name for name in metadata.tables['t'].columns if name in table]
    for name, values in table.items():
        if isinstance(values.dtype, pd.CategoricalDtype):
            assert isinstance(made[name].dtype, pd.CategoricalDtype)
        else:
            assert made[name].dtype == values.dtype, name
    with warnings.catch_warnings():
        # SDV's checks warn of divisions by no rows, and of formats that they could not verify.
        warnings.simplefilter('ignore')
        metadata.validate_data({'t': made})
        report = run_diagnostic({'t': table}, {'t': made}, metadata, verbose=False)
    assert report.get_score() == 1.0, report.get_details('Data Validity', table_name='t')


def column(values, entry, rows=ROWS, **parameters) -> pd.Series:
    """One made-up column, beside one of plain numbers."""
    values = pd.Series(values)
    table = pd.DataFrame({'v': values, 'w': np.resize(NOISE, len(values))})
    return made_like(table, described({'v': entry, 'w': 'numerical'}), rows, **parameters)['v']
