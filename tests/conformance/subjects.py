"""Who is checked: our synthesizer, and SDV's TVAE as a control."""

from __future__ import annotations

import copy
import functools
from typing import Any

import pandas as pd
from sdv.metadata import Metadata
from sdv.single_table import TVAESynthesizer
from sdv.single_table.base import BaseSingleTableSynthesizer

from sdv_fair4free import Fair4FreeSynthesizer, StudentConfig, TeacherConfig, TrainingConfig

from .example import NAME, people, people_metadata
from .registry import Make, seed_everything

TINY = TrainingConfig(epochs=2, width=16, depth=1, batch_size=64, learning_rate=1e-2, patience=1)


def ours(metadata: Metadata, **parameters: Any) -> Fair4FreeSynthesizer:
    """Ours; fair wherever the table has the two columns that it takes."""
    roles = {'sensitive_columns': ['group'], 'target_column': 'outcome'}
    fair = set(metadata.tables[NAME].columns) >= {'group', 'outcome'}
    defaults = {
        **(roles if fair else {}),
        'teacher': TeacherConfig(representation=TINY, decoder=TINY),
        'student': StudentConfig(training=TINY, pool=512),
        'enable_gpu': False,
    }
    return Fair4FreeSynthesizer(metadata, **{**defaults, **parameters})


def tvae(metadata: Metadata, **parameters: Any) -> TVAESynthesizer:
    """SDV's own."""
    return TVAESynthesizer(metadata, **{'epochs': 2, 'enable_gpu': False, **parameters})


def fit(
    make: Make, table: pd.DataFrame, metadata: Metadata, **parameters: Any
) -> BaseSingleTableSynthesizer:
    """One that is fitted to a table."""
    synthesizer = make(metadata, **parameters)
    synthesizer.fit({NAME: table})
    return synthesizer


def learnt(make: Make, table: pd.DataFrame, metadata: Metadata) -> BaseSingleTableSynthesizer:
    """One that had the time to learn something: for TVAE, its default of 300 epochs."""
    return fit(make, table, metadata, epochs=10 if make is ours else 300)


@functools.cache
def _fitted(make: Make) -> BaseSingleTableSynthesizer:
    seed_everything()
    return fit(make, people(), people_metadata())


def shared(make: Make) -> BaseSingleTableSynthesizer:
    """Fitted to the example once, for checks that only sample; at the start of its stream."""
    synthesizer = _fitted(make)
    synthesizer.reset_sampling()
    return synthesizer


def own(make: Make) -> BaseSingleTableSynthesizer:
    """The same, for checks that change it."""
    return copy.deepcopy(shared(make))


def rows_of(synthesizer: BaseSingleTableSynthesizer, rows: int, **options: Any) -> pd.DataFrame:
    """The next rows of its stream."""
    return synthesizer.sample(rows, **options)[NAME]
