import numpy as np
import pandas as pd
import pytest
from conftest import hiring_metadata, hiring_table

from sdv_fair4free.metrics.audit import audit
from sdv_fair4free.metrics.checks import FairnessInputError
from sdv_fair4free.metrics.overlap import overlap

REAL, SYNTHETIC, VALIDATION = (hiring_table(400, seed) for seed in range(3))


def judged(validation, synthetic=SYNTHETIC):
    return audit(
        REAL, synthetic, hiring_metadata(), 'sex', 'hired', validation, 'yes',
        metrics=['Label parity ratio'], bootstrap_samples=0,
    )  # fmt: skip


@pytest.mark.parametrize(
    ('validation', 'synthetic', 'table'),
    [
        (REAL[:200], SYNTHETIC, 'real_data'),
        (pd.concat([REAL, VALIDATION[:3]]), SYNTHETIC, 'real_data'),
        (VALIDATION, pd.concat([SYNTHETIC, VALIDATION]), 'synthetic_data'),
    ],
)
def test_validation_rows_that_are_not_new_are_refused(validation, synthetic, table):
    with pytest.raises(FairnessInputError, match=f'are in {table} too.*give real rows that'):
        judged(validation, synthetic)


@pytest.mark.parametrize('share', [0.1, 0.4])
def test_a_part_that_is_not_new_is_warned_about_with_what_would_be_usual(share):
    taken = int(share * 400)
    mixed = pd.concat([REAL[:taken], VALIDATION[taken:]])
    with pytest.warns(UserWarning, match=r'twin in real_data, keys aside; 0.0% would be usual'):
        assert any('give real rows' in note for note in judged(mixed).notes)


def test_validation_rows_among_the_synthetic_ones_are_warned_about():
    with pytest.warns(UserWarning, match='twin in synthetic_data'):
        judged(VALIDATION, pd.concat([SYNTHETIC, VALIDATION[:100]]))


@pytest.mark.parametrize('values', [2, 30, 1000])
def test_independent_rows_of_few_values_are_innocent(values):
    rng = np.random.default_rng(0)
    tables = {
        name: pd.DataFrame({'x': rng.integers(values, size=500), 'y': rng.integers(4, size=500)})
        for name in ('real', 'synthetic', 'validation')
    }
    problems, notes = overlap(tables)
    assert not problems
    assert len(notes) == 1
    assert 'usual' not in notes[0]
