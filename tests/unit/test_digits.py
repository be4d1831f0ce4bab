import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from sdv_fair4free.core.evidence import Known
from sdv_fair4free.digits import Digits


@given(values=st.integers(1, 300), has_missing=st.booleans())
def test_every_code_is_a_run_and_a_place_of_its_own(values, has_missing):
    digits = Digits(values=values, has_missing=has_missing)
    codes = np.arange(values + has_missing)
    parts = digits.parts(codes)
    assert (parts >= 0).all()
    assert (parts < digits.sizes).all()
    assert len(np.unique(parts, axis=0)) == len(codes)
    assert (digits.whole(parts) == codes).all()
    assert sum(digits.sizes) <= 2 * values**0.5 + 3
    # Neighbours lie in one run, or in the next.
    assert set(np.diff(parts[:values, 0]).tolist()) <= {0, 1}


@given(values=st.integers(1, 300), has_missing=st.booleans())
def test_every_run_and_place_is_a_code(values, has_missing):
    digits = Digits(values=values, has_missing=has_missing)
    runs, places = digits.sizes
    every = np.stack(np.meshgrid(np.arange(runs), np.arange(places)), axis=-1).reshape(-1, 2)
    codes = digits.whole(every)
    assert set(codes.tolist()) == set(range(values + has_missing))
    assert (digits.parts(codes)[:, 0] == every[:, 0]).all()
    if has_missing:
        assert ((codes == values) == (every[:, 0] == runs - 1)).all()


def test_runs_and_places_are_told_where_they_lie():
    ends = np.arange(51) / 50
    spans = np.concatenate([np.stack([ends[:-1], ends[1:]], axis=1), [[np.nan, np.nan]]])
    digits = Digits(values=50, has_missing=True)
    runs, places = digits.features(spans)
    assert (len(runs), len(places)) == digits.sizes
    for told in (runs[:-1], places):
        assert (told.sum(1).diff() > 0).all()
    assert (runs[-1] == 0).all()


@pytest.mark.parametrize('codes', [[3, -1, 49, 50, 3], [-1, -1], [50]])
def test_what_is_known_of_a_code_is_known_of_its_steps(codes):
    digits = Digits(values=50, has_missing=True)
    codes = torch.tensor(codes)
    positions = torch.linspace(0, 0.9, len(codes))
    run, place = digits.known(Known.of_codes(codes, 51, positions))
    known = codes >= 0
    parts = torch.from_numpy(digits.parts(codes[known].numpy()))
    for told, part, size in zip((run, place), parts.unbind(1), digits.sizes, strict=True):
        assert told.sets.shape[1] == size
        assert (told.allowed()[~known]).all()
        assert (told.allowed()[known].sum(1) == 1).all()
        assert told.has(torch.zeros_like(codes).masked_scatter(known, part))[known].all()
    assert torch.equal(place.positions, positions)
    assert run.positions.isnan().all()
