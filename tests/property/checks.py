"""What holds for every table: it is learnt and made up, or refused with the reason."""

from __future__ import annotations

import tempfile
import warnings
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sdv.errors import InvalidDataError, SynthesizerInputError
from sdv.evaluation import run_diagnostic
from sdv.metadata import Metadata
from sdv.sampling import Condition
from sdv.utils import load_synthesizer

from property.tables import Case
from sdv_fair4free import Fair4FreeSynthesizer

REFUSALS = (SynthesizerInputError, InvalidDataError)
EXPECTED = (
    'No fairness is applied',
    'We strongly recommend saving the metadata',
    'Some groups have too few rows',
    '.* hold ids, but are no keys',
    'The metadata lists columns in a different order',
    'The training data does not cover the full range',
)
"""Warnings that tell users something; any other is a fault."""


@contextmanager
def only_expected_warnings():
    with warnings.catch_warnings():
        warnings.simplefilter('error')
        warnings.simplefilter('ignore', DeprecationWarning)
        warnings.simplefilter('ignore', FutureWarning)
        for message in EXPECTED:
            warnings.filterwarnings('ignore', message=message)
        yield


def as_text(table: pd.DataFrame) -> pd.DataFrame:
    return table.rename(columns=str)


def same(left: pd.Series, right: pd.Series) -> np.ndarray:
    """(rows,) whether values are the same, or both missing."""
    left, right = (values.astype(object).reset_index(drop=True) for values in (left, right))
    gone = left.isna().to_numpy()
    equal = [a == b for a, b in zip(left[~gone], right[~gone], strict=True)]
    found = right.isna().to_numpy()
    found[~gone] = np.array([value is True or bool(value) for value in equal], dtype=bool)
    return found


def assert_like(real: pd.DataFrame, made: pd.DataFrame, metadata: Metadata, rows: int) -> None:
    """Made up as SDV wants it: rows, columns, order, types, keys, and all of its own checks."""
    assert len(made) == rows
    described = metadata.tables['t']
    assert list(map(str, made)) == list(described.columns)
    assert {*made} == {*real}
    real, made = as_text(real), as_text(made)
    for name in [described.primary_key, *described.alternate_keys]:
        if name is not None:
            assert made[name].notna().all(), name
            assert made[name].astype(object).is_unique, name
    for name, entry in described.columns.items():
        if real[name].notna().all():
            assert made[name].notna().all(), name
        if isinstance(real[name].dtype, pd.CategoricalDtype):
            assert isinstance(made[name].dtype, pd.CategoricalDtype), name
            if entry['sdtype'] in ('categorical', 'ordinal', 'boolean'):
                assert made[name].dtype == real[name].dtype, name
        else:
            assert made[name].dtype == real[name].dtype, name
    for name, entry in described.columns.items():
        present = real[name].dropna()
        if '%z' in entry.get('datetime_format', '') and made[name].isna().all() and len(present):
            # SDMetrics takes no dates at all for dates without an offset, of another type.
            made = made.assign(**{name: present.iloc[0]})
    with warnings.catch_warnings():
        # SDV's checks warn of divisions by no rows, and of formats that they could not verify.
        warnings.simplefilter('ignore')
        metadata.validate_data({'t': made})
        report = run_diagnostic({'t': real}, {'t': made}, metadata, verbose=False)
    assert report.get_score() == 1.0, report.get_details('Data Validity', table_name='t')


def fitted_to(case: Case, table: pd.DataFrame, metadata: Metadata) -> Fair4FreeSynthesizer:
    synthesizer = Fair4FreeSynthesizer(metadata, **case.parameters(table))
    if case.constraint != 'none':
        synthesizer.add_constraints(case.constraints())
    synthesizer.fit({'t': table})
    return synthesizer


def is_refused_with_the_reason(case: Case, error: Exception, metadata: Metadata) -> bool:
    """Whether an error says which column or parameter is wrong, and there can be such a problem.

    A table of at least a few rows is only refused for the sake of fairness.
    """
    message = str(error)
    names = metadata.tables['t'].columns
    parameters = ('sensitive_columns', 'target_column', 'favourable_outcome', 'fairness_criterion')
    named = any(f"'{name}'" in message for name in names) or any(
        name in message for name in parameters
    )
    return named and any(case.roles())


def check(case: Case) -> str:
    """Check everything that is promised of a table.

    Returns:
        What became of it: 'refused' or 'made', for statistics.
    """
    table, metadata = case.drawn()
    before = table.copy(deep=True)
    with only_expected_warnings():
        try:
            synthesizer = fitted_to(case, table, metadata)
        except REFUSALS as error:
            if is_refused_with_the_reason(case, error, metadata):
                return 'refused'
            raise
        pd.testing.assert_frame_equal(table, before)
        assert synthesizer.get_info()['is_fit']
        made = synthesizer.sample(case.made)['t']
        if case.made:
            assert_like(table, made, metadata, case.made)
        assert list(map(str, made)) == list(metadata.tables['t'].columns)
        synthesizer.reset_sampling()
        pd.testing.assert_frame_equal(synthesizer.sample(case.made)['t'], made)
        in_another_way(case, synthesizer, table, metadata)
        synthesizer.fit({'t': table})
        pd.testing.assert_frame_equal(synthesizer.sample(case.made)['t'], made)
        goes_on_alike_after_saving(synthesizer)
        rng = np.random.default_rng(case.seed)
        knows_rows(case, synthesizer, table, metadata, rng)
        meets_a_condition(case, synthesizer, table, rng)
        refuses_nonsense(case, synthesizer)
    return 'made'


def in_another_way(
    case: Case, synthesizer: Fair4FreeSynthesizer, table: pd.DataFrame, metadata: Metadata
) -> None:
    """Batches, other people and another strength give tables like any other."""
    options: dict[str, Any] = {'batch_size': case.batch}
    sensitive, targets = case.roles()
    columns = metadata.tables['t'].columns
    if any(columns[name]['sdtype'] in ('categorical', 'boolean', 'ordinal') for name in sensitive):
        options['sensitive_distribution'] = 'uniform'
    if sensitive and targets:
        options['fairness_strength'] = 0.25
    assert_like(table, synthesizer.sample(20, **options)['t'], metadata, 20)


def goes_on_alike_after_saving(synthesizer: Fair4FreeSynthesizer) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / 'synthesizer.pkl'
        synthesizer.save(path)
        loaded = load_synthesizer(path)
    here, there = (each.sample(5)['t'] for each in (synthesizer, loaded))
    pd.testing.assert_frame_equal(here, there)


def knows_rows(
    case: Case,
    synthesizer: Fair4FreeSynthesizer,
    table: pd.DataFrame,
    metadata: Metadata,
    rng: np.random.Generator,
) -> None:
    """Some columns of some real rows are completed; these come back as they are."""
    # SDMetrics takes a missing id for the text 'None', which breaks the pattern.
    groups = [
        [column.name]
        for column in case.columns
        if column.kind != 'pattern' or table[column.name].notna().all()
    ]
    groups += case.bound
    if not groups:
        return
    chosen = sorted(rng.choice(len(groups), rng.integers(1, len(groups) + 1), replace=False))
    names = [name for place in chosen for name in groups[place]]
    known = table.iloc[rng.integers(0, len(table), 6)][names]
    known.index = pd.Index([f'r{place}' for place in range(len(known))])
    made = synthesizer.sample_remaining_columns(known)['t']
    assert made.index.equals(known.index)
    for name in known:
        assert same(known[name], made[name]).all(), (name, known[name], made[name])
    assert_like(table, made, metadata, len(known))


def meets_a_condition(
    case: Case, synthesizer: Fair4FreeSynthesizer, table: pd.DataFrame, rng: np.random.Generator
) -> None:
    """A value of one real row is met."""
    name = case.columns[int(rng.integers(0, len(case.columns)))].name
    value: Any = table[name].iloc[int(rng.integers(0, len(table)))]
    asked = Condition({str(name): value}, num_rows=3)
    made = synthesizer.sample_from_conditions([asked])['t']
    assert len(made) == 3
    wanted = pd.Series([value] * 3, dtype=object)
    assert same(wanted, made[name]).all(), (name, value, made[name])


def refuses_nonsense(case: Case, synthesizer: Fair4FreeSynthesizer) -> None:
    """What cannot be made is refused by the name of its column, whatever the column is."""
    for column in case.modelled:
        asked = Condition({column.text: 'surely no value'}, num_rows=2)
        with pytest.raises(ValueError, match='Unable to sample any rows') as caught:
            synthesizer.sample_from_conditions([asked])
        assert f"'{column.text}'" in str(caught.value)
