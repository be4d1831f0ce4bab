"""Parts of tables larger than memory, in rounds."""

import pytest

dask = pytest.importorskip('dask')

from sdv_fair4free.lazy.engine import computed  # noqa: E402


def test_every_round_is_as_wide_as_what_is_there_by_then():
    widths = []
    with dask.config.set(scheduler='threads', num_workers=1):
        rounds = computed(range(8), lambda part, number, shift: (part, number, shift), lambda: [10])
        for made in rounds:
            widths.append(len(made))
            assert all(part == number and shift == 10 for part, number, shift in made)
            dask.config.set(num_workers=3)
    assert widths == [1, 3, 3, 1]
