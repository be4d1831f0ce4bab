"""Parts of tables larger than memory, in rounds."""

import pytest
from sdv.errors import SynthesizerInputError

dask = pytest.importorskip('dask')

from sdv_fair4free.lazy import engine  # noqa: E402
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


def test_a_slow_round_is_as_wide_as_all_before_it():
    with dask.config.set(scheduler='threads', num_workers=4):
        rounds = computed(range(12), lambda part, number: part, lambda: [], slowly=True)
        assert [len(made) for made in rounds] == [1, 1, 2, 4, 4]


def test_a_worker_of_another_commit_makes_nothing(monkeypatch):
    with dask.config.set(scheduler='synchronous'):
        rounds = computed(range(2), lambda part, number: part, lambda: [])
        asked = iter(['of the client', 'of the worker'])
        monkeypatch.setattr(engine, 'sources', lambda: next(asked))
        with pytest.raises(SynthesizerInputError, match='another sdv-fair4free'):
            list(rounds)


def test_a_cluster_is_given_two_parts_for_each_thread_however_it_is_chosen():
    distributed = pytest.importorskip('distributed')
    with (
        distributed.LocalCluster(
            n_workers=1, threads_per_worker=3, processes=False, dashboard_address=':0'
        ) as cluster,
        distributed.Client(cluster, set_as_default=False) as client,
        dask.config.set(scheduler=client),
    ):
        assert engine.client_in_use() is client
        rounds = computed(range(8), lambda part, number: part + number, lambda: [])
        assert list(rounds) == [[0, 2, 4, 6, 8, 10], [12, 14]]
