"""Hashes of keys, by which partitions are told to share some."""

import numpy as np
import pandas as pd
import pytest

from sdv_fair4free.lazy.codes import hashed

WHOLE = [3, -7, 0, 2**40]


@pytest.mark.parametrize('dtype', ['int8', 'float64', 'Int64', 'Float64', 'float32', 'object'])
def test_a_key_has_one_hash_whatever_type_its_partition_took(dtype):
    keys = WHOLE[:3] if dtype == 'int8' else WHOLE
    found = hashed(pd.Series(keys, dtype=dtype))
    assert found.tolist() == hashed(pd.Series(keys, dtype='int64')).tolist()


def test_a_number_beside_others_that_are_not_whole_has_the_same_hash():
    found = hashed(pd.Series([3.0, 3.5, np.nan, np.inf, 1e300, -0.0]))
    assert found[[0, 5]].tolist() == hashed(pd.Series([3, 0])).tolist()
    assert len(set(found.tolist())) == len(found)


def test_whole_numbers_too_large_for_floats_stay_apart():
    assert len(set(hashed(pd.Series([2**62, 2**62 + 1, 2**62 - 1])).tolist())) == 3
