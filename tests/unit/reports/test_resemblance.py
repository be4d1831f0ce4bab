import numpy as np
import pandas as pd
import pytest
from conftest import hiring_metadata, hiring_table
from sdmetrics.column_pairs import ContingencySimilarity
from sdmetrics.single_column import TVComplement

from sdv_fair4free.reports.privacy import closest_records
from sdv_fair4free.reports.resemblance import measure_quality, unless_impossible


def letters(first: str, second: str) -> pd.DataFrame:
    return pd.DataFrame({'a': list(first) * 30, 'b': list(second) * 30})


COLUMNS = {name: {'sdtype': 'categorical'} for name in 'ab'}


def test_shapes_are_of_columns_and_trends_of_pairs():
    """The columns of the synthetic table are perfect, and their relation is lost altogether."""
    real, synthetic = letters('xxyy', 'xxyy'), letters('xxyy', 'xyxy')
    holdout = letters('xxxy', 'xxyy')
    quality = measure_quality(real, synthetic, holdout, {'columns': COLUMNS})
    assert quality.column_shapes == 1
    pairs = ContingencySimilarity.compute(real, synthetic)
    assert quality.pair_trends_all == quality.pair_trends == pytest.approx(pairs)
    assert pairs == pytest.approx(0.5)
    shape = TVComplement.compute(real['a'], holdout['a'])
    assert shape == pytest.approx(0.75)
    assert quality.holdout_column_shapes == pytest.approx((shape + 1) / 2)
    assert quality.columns.loc['a'].tolist() == pytest.approx([1, 0.75])
    assert quality.holdout_pair_trends_all == pytest.approx(
        ContingencySimilarity.compute(real, holdout)
    )


def test_without_a_holdout_there_is_no_yardstick():
    table = letters('xxyy', 'xxyy')
    quality = measure_quality(table, table, None, {'columns': COLUMNS})
    assert np.isnan([quality.holdout_column_shapes, quality.holdout_pair_trends_all]).all()
    assert list(quality.columns) == ['synthetic']


def test_unrelated_columns_have_no_strong_pair_but_all_pairs():
    real = letters('xxyy', 'xyxy')
    quality = measure_quality(real, real, None, {'columns': COLUMNS})
    assert np.isnan(quality.pair_trends)
    assert quality.pair_trends_all == 1


def test_a_failure_is_told_and_not_thrown():
    table = hiring_table(60)
    keys = {'person_id': hiring_metadata().to_dict()['tables']['hiring']['columns']['person_id']}
    privacy, notes = unless_impossible('Privacy', closest_records, table, table, table, keys)
    assert privacy is None
    assert notes == [
        'Privacy was not measured: ValueError: privacy: no column is numerical, categorical or a '
        'date; none to compare.'
    ]
    assert unless_impossible('Sum', sum, [1, 2]) == (3, [])
