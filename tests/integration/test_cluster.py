"""The same folder from the workers of a cluster, whatever happens to them."""

import os
import signal
import sys
import threading
import time
from pathlib import Path

import cloudpickle
import numpy as np
import pandas as pd
import pytest
from rdt.transformers.base import BaseTransformer
from sdv.errors import SamplingError, SynthesizerInputError
from tiny import badge_metadata, badge_table, tiny_synthesizer

from sdv_fair4free import cluster_workers
from sdv_fair4free.cluster_workers import strangers

dask = pytest.importorskip('dask')
distributed = pytest.importorskip('distributed')
pytest.importorskip('pyarrow')

pytestmark = pytest.mark.filterwarnings(
    'ignore::ResourceWarning', 'ignore::pytest.PytestUnraisableExceptionWarning'
)

ROWS, SIZE = 3000, 100


@pytest.fixture(scope='module')
def synthesizer():
    made = tiny_synthesizer(badge_metadata())
    made.fit({'hiring': badge_table()})
    return made


@pytest.fixture(scope='module')
def client():
    """Two worker processes of one thread."""
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=':0', silence_logs=50
        ) as cluster,
        distributed.Client(cluster, set_as_default=False) as made,
    ):
        yield made


@pytest.fixture(scope='module')
def alone(synthesizer, tmp_path_factory):
    """The bytes of every file, made on one machine."""
    folder = tmp_path_factory.mktemp('alone')
    synthesizer.sample_to_parquet(folder, ROWS, SIZE, random_state=5)
    return contents(folder)


def contents(folder):
    return {file.name: file.read_bytes() for file in Path(folder).iterdir()}


def test_the_folder_is_that_of_one_machine(synthesizer, client, alone, tmp_path):
    made = synthesizer.sample_distributed(ROWS, tmp_path, client, SIZE, random_state=5)
    assert (made.made, made.num_rows, len(made.files)) == (30, ROWS, 30)
    assert contents(tmp_path) == alone
    # What is there is left, whoever made it; what is missing is made.
    for part in (3, 17):
        made.files[part].unlink()
    again = synthesizer.sample_distributed(ROWS, tmp_path, client, SIZE, random_state=5)
    assert again.made == 2
    assert contents(tmp_path) == alone
    assert synthesizer.sample_to_parquet(tmp_path, ROWS, SIZE).made == 0


def test_workers_are_sent_no_teacher(synthesizer):
    from sdv_fair4free.parts import part_sampler

    sampler, problems = part_sampler(synthesizer, ROWS, SIZE, seed=0)
    sent = cloudpickle.loads(cloudpickle.dumps(sampler)).twin._model
    assert not problems
    assert sent.student is not None
    assert sent.teacher is sent.representation is sent.code_counts is None
    assert len(sent.loss_values) == 0
    assert synthesizer._model.teacher is not None


def test_a_part_that_fails_is_named_and_the_others_stay(synthesizer, client, tmp_path):
    failing = FailsAfter(12)
    changed = cloudpickle.loads(cloudpickle.dumps(synthesizer))
    transformers = changed._data_processor._hyper_transformer.field_transformers
    failing.columns, failing.output_columns = transformers['phone'].columns, []
    transformers['phone'] = failing
    with pytest.raises(SamplingError, match=r'(?s)Part \d+ could not be made.*no more phones'):
        changed.sample_distributed(ROWS, tmp_path, client, SIZE, random_state=5)
    there = sorted(tmp_path.glob('part-*'))
    assert there
    assert sum(len(pd.read_parquet(file)) for file in there) == SIZE * len(there)


class FailsAfter(BaseTransformer):
    """Makes up phones for the first parts that a process makes, and then no more."""

    IS_GENERATOR = True

    def __init__(self, parts):
        super().__init__()
        self.left = parts

    def _reverse_transform(self, data):
        self.left -= 1
        if self.left < 0:
            raise ValueError('there are no more phones')
        return np.full(len(data), '1')


def test_workers_that_do_not_see_the_folder_are_refused(synthesizer, client, tmp_path):
    from sdv_fair4free.cluster import write_on_cluster

    folder, sampler = synthesizer._part_folder(tmp_path / 'table', ROWS, SIZE, 5, None, None)
    (tmp_path / 'table').rename(tmp_path / 'elsewhere')  # as where it is not mounted
    with pytest.raises(SamplingError, match='do not see'):
        write_on_cluster(client, folder, sampler, [0])
    with pytest.raises(SamplingError, match='client='):
        synthesizer.sample_distributed(ROWS, tmp_path / 'new', 'tcp://127.0.0.1:1', SIZE)
    assert not (tmp_path / 'new').exists()


def hide():
    sys.modules['sdv_fair4free'], kept = None, sys.modules['sdv_fair4free']
    sys.modules['kept_for_later'] = kept


def show():
    sys.modules['sdv_fair4free'] = sys.modules.pop('kept_for_later')


def test_workers_without_this_package_or_with_another_version_are_named(
    synthesizer, client, tmp_path, monkeypatch
):
    assert strangers(client) == []
    client.run(hide)
    try:
        with pytest.raises(SamplingError, match=r'tcp://.*, tcp://.* lack sdv-fair4free'):
            synthesizer.sample_distributed(ROWS, tmp_path / 'rows', client, SIZE)
        badge_table().to_parquet(tmp_path / 'badges.parquet')
        with (
            dask.config.set(scheduler=client),
            pytest.raises(SynthesizerInputError, match='lack sdv-fair4free'),
        ):
            tiny_synthesizer(badge_metadata()).fit({'hiring': str(tmp_path / 'badges.parquet')})
    finally:
        client.run(show)
    monkeypatch.setattr(cluster_workers, 'sources', lambda: 'of another commit')
    with pytest.raises(SamplingError, match='have another sdv-fair4free'):
        synthesizer.sample_distributed(ROWS, tmp_path / 'rows', client, SIZE)


def test_a_cluster_without_workers_is_not_waited_for_for_ever(synthesizer, tmp_path, monkeypatch):
    monkeypatch.setattr('sdv_fair4free.cluster.WAIT', 1)
    with (
        distributed.LocalCluster(n_workers=0, dashboard_address=':0', silence_logs=50) as cluster,
        distributed.Client(cluster, set_as_default=False) as client,
        pytest.raises(SamplingError, match='had no worker for 1 seconds'),
    ):
        synthesizer.sample_distributed(ROWS, tmp_path, client, SIZE, random_state=5)


@pytest.mark.slow
def test_a_cluster_that_starts_workers_as_they_are_needed_is_asked_for_some(
    synthesizer, alone, tmp_path
):
    with (
        distributed.LocalCluster(n_workers=0, dashboard_address=':0', silence_logs=50) as cluster,
        distributed.Client(cluster, set_as_default=False) as client,
    ):
        cluster.adapt(minimum=0, maximum=1)
        made = synthesizer.sample_distributed(ROWS, tmp_path, client, SIZE, random_state=5)
    assert made.made == 30
    assert contents(tmp_path) == alone


def test_a_worker_that_is_killed_loses_no_row(synthesizer, client, alone, tmp_path):
    folder = tmp_path / 'table'
    victim, *_ = client.run(os.getpid).values()

    def kill():
        while len(list(folder.glob('part-*'))) < 4:
            time.sleep(0.002)
        killed.append(len(list(folder.glob('part-*'))))
        os.kill(victim, getattr(signal, 'SIGKILL', signal.SIGTERM))

    killed = []
    killer = threading.Thread(target=kill, daemon=True)
    killer.start()
    made = synthesizer.sample_distributed(ROWS, folder, client, SIZE, random_state=5)
    killer.join()
    assert killed[0] < 30, 'it was killed in the middle'
    assert victim not in client.run(os.getpid).values()
    assert contents(folder) == alone
    table = pd.read_parquet(folder)
    assert table['person_id'].tolist() == list(range(ROWS))
    assert made.made == 30


@pytest.mark.slow
def test_without_a_client_a_cluster_is_started_and_closed(synthesizer, tmp_path):
    made = synthesizer.sample_distributed(200, tmp_path, batch_size=100, random_state=5)
    assert made.made == 2
    with pytest.raises(ValueError, match='No client'):
        distributed.Client.current()


class WaitsForAnother(BaseTransformer):
    """Makes up phones, on workers only when another worker is at it as well."""

    IS_GENERATOR = True

    def __init__(self, folder):
        super().__init__()
        self.folder, self.client = folder, os.getpid()

    def _reverse_transform(self, data):
        if os.getpid() != self.client:
            (self.folder / str(os.getpid())).touch()
            end = time.monotonic() + 120
            while len(list(self.folder.iterdir())) < 2:
                if time.monotonic() > end:
                    raise TimeoutError('no other worker makes parts')
                time.sleep(0.01)
        return np.full(len(data), '1')


@pytest.mark.slow
def test_workers_that_come_later_make_parts_as_well(synthesizer, tmp_path):
    changed, at_work = cloudpickle.loads(cloudpickle.dumps(synthesizer)), tmp_path / 'at work'
    at_work.mkdir()
    waiting = WaitsForAnother(at_work)
    transformers = changed._data_processor._hyper_transformer.field_transformers
    waiting.columns, waiting.output_columns = transformers['phone'].columns, []
    transformers['phone'] = waiting

    def grow():
        while not list(at_work.iterdir()):  # the only worker is at its first part
            time.sleep(0.01)
        cluster.scale(2)

    with (
        distributed.LocalCluster(
            n_workers=1, threads_per_worker=1, dashboard_address=':0', silence_logs=50
        ) as cluster,
        distributed.Client(cluster, set_as_default=False) as client,
    ):
        threading.Thread(target=grow, daemon=True).start()
        made = changed.sample_distributed(1000, tmp_path / 'parts', client, SIZE, random_state=5)
        assert {int(path.name) for path in at_work.iterdir()} == {*client.run(os.getpid).values()}
    assert made.made == 10
    changed.sample_to_parquet(tmp_path / 'alone', 1000, SIZE, random_state=5)
    assert contents(tmp_path / 'parts') == contents(tmp_path / 'alone')
