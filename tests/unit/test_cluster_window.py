"""How many parts are given out at a time: as many as the cluster has threads for at that moment."""

from types import SimpleNamespace

import pytest

pytest.importorskip('distributed')
pytest.importorskip('pyarrow')
import distributed
from sdv.errors import SamplingError

from sdv_fair4free.cluster import AHEAD, ROUNDS, write_on_cluster

PARTS = 30


class Future:
    """Of a part that is always made."""

    status = 'finished'

    def cancelled(self):
        return False

    def exception(self):
        return None


class Cluster:
    """In place of a client: a part is done whenever one is waited for, the first one first."""

    loop = None

    def __init__(self, threads):
        self.threads = threads  # from how many parts are done
        self.waiting, self.at_work, self.parts = [], [], []

    def nthreads(self):
        return {'worker': self.threads(len(self.at_work))}

    def run(self, *_, **__):
        return {}

    def scatter(self, payload, **_):
        return payload

    def submit(self, function, sent, sources, job, part, **_):
        self.parts.append(part)
        return Future()

    def add(self, future):
        self.waiting.append(future)

    def __next__(self):
        self.at_work.append(len(self.waiting))
        return self.waiting.pop(0)

    def cancel(self, futures):
        assert futures == []


def given_out(monkeypatch, threads):
    """How many parts were given out whenever one was waited for."""
    cluster = Cluster(threads)
    monkeypatch.setattr(distributed, 'as_completed', lambda loop: cluster)
    write_on_cluster(cluster, SimpleNamespace(), SimpleNamespace(), range(PARTS))
    assert cluster.parts == [*range(PARTS)]
    return cluster.at_work


def test_few_parts_are_given_out_however_many_there_are(monkeypatch):
    assert given_out(monkeypatch, lambda done: 1) == [AHEAD] * (PARTS - 1) + [1]


def test_workers_that_come_and_go_are_counted_each_time(monkeypatch):
    at_work = given_out(monkeypatch, lambda done: 3 if 5 <= done < 20 else 1)
    grown = 3 * AHEAD
    assert at_work[:5] == [AHEAD] * 5
    assert at_work[5:20] == [grown] * 15
    # What was given out is done; no more is given out until so few are at work.
    shrinking = [*range(grown - 1, AHEAD, -1)]
    assert at_work[20:] == [*shrinking, *[AHEAD] * (PARTS - 21 - len(shrinking)), 1]


class Lost(Future):
    """Of a part that was lost with the worker that made it."""

    status = 'lost'


def test_what_is_lost_is_sent_out_again_but_not_for_ever(monkeypatch):
    monkeypatch.setitem(globals(), 'Future', Lost)
    cluster = Cluster(lambda done: 1)
    monkeypatch.setattr(distributed, 'as_completed', lambda loop: cluster)
    monkeypatch.setattr(cluster, 'cancel', lambda futures: cluster.waiting.clear())
    with pytest.raises(SamplingError, match=f'lost what it samples from {ROUNDS} times'):
        write_on_cluster(cluster, SimpleNamespace(), SimpleNamespace(), range(PARTS))
    assert cluster.parts == [0, 1] * ROUNDS
