"""Tables in partitions: fitted as the same rows in memory would be, bit for bit, wherever."""

import os
import signal
import threading
import time
import warnings

import numpy as np
import pytest
from conftest import SMALL_STUDENT, SMALL_TEACHER, hiring_metadata, hiring_table, small_synthesizer
from partitioned import QUICK, ROWS, assert_same, cut
from sdv.utils import load_synthesizer

from sdv_fair4free import Fair4FreeSynthesizer
from sdv_fair4free.core.training import Callback

pytest.importorskip('distributed')
import dask
from distributed import Client, LocalCluster

pytestmark = pytest.mark.usefixtures('in_this_thread')


@pytest.fixture(scope='module')
def in_memory():
    synthesizer = small_synthesizer(**QUICK)
    synthesizer.fit({'hiring': hiring_table(ROWS)})
    return synthesizer


@pytest.mark.parametrize('partitions', [1, 3, 7])
def test_a_table_that_the_sample_holds_is_fitted_as_in_memory_bit_for_bit(partitions, in_memory):
    synthesizer = small_synthesizer(**QUICK)
    synthesizer.fit({'hiring': cut(hiring_table(ROWS), partitions)})
    assert_same(synthesizer, in_memory)


def test_a_folder_and_a_file_of_parquet_are_tables_too(tmp_path, in_memory):
    whole, folder = hiring_table(ROWS), tmp_path / 'hiring'
    folder.mkdir()
    for number, part in enumerate(np.array_split(np.arange(ROWS), 3)):
        whole.iloc[part].to_parquet(folder / f'part-{number}.parquet')
    whole.to_parquet(tmp_path / 'hiring.parquet')
    for data in (folder, {'hiring': str(folder)}, {'hiring': tmp_path / 'hiring.parquet'}):
        synthesizer = small_synthesizer(**QUICK)
        synthesizer.fit(data)
        assert_same(synthesizer, in_memory)


def test_a_dask_table_needs_no_name_and_threads_change_nothing(in_memory):
    synthesizer = small_synthesizer(**QUICK)
    with dask.config.set(scheduler='threads', num_workers=2):
        synthesizer.fit(cut(hiring_table(ROWS), 5))
    assert_same(synthesizer, in_memory)


def test_what_is_saved_knows_nothing_of_dask(tmp_path, in_memory):
    synthesizer = small_synthesizer(**QUICK)
    synthesizer.fit(cut(hiring_table(ROWS), 2))
    synthesizer.save(tmp_path / 'model.pkl')
    assert synthesizer._lazy is None
    assert b'dask' not in (tmp_path / 'model.pkl').read_bytes()
    assert_same(load_synthesizer(tmp_path / 'model.pkl'), in_memory)


def test_a_fit_that_was_interrupted_goes_on_in_partitions(tmp_path, small_sample):
    class InterruptedFitError(Exception):
        pass

    class Stopping(Fair4FreeSynthesizer):
        stop = True

        def _callbacks(self):
            return [Stopper()] if self.stop else []

    class Stopper(Callback):
        def on_epoch_end(self, stage, epoch, losses):
            if stage == 'decoder' and epoch == 1:
                raise InterruptedFitError

    def fit(stop, **parameters):
        synthesizer = Stopping(
            hiring_metadata(),
            sensitive_columns='sex',
            target_column='hired',
            teacher=SMALL_TEACHER,
            student=SMALL_STUDENT,
            epochs=3,
            **parameters,
        )
        synthesizer.stop = stop
        synthesizer.fit({'hiring': cut(hiring_table(ROWS), 3)})
        return synthesizer

    with pytest.raises(InterruptedFitError):
        fit(True, checkpoint_dir=tmp_path)
    assert [*tmp_path.glob('*.pt')]
    assert not [*tmp_path.glob('fair4free-codes-*')]
    assert_same(fit(False, checkpoint_dir=tmp_path), fit(False))
    assert not [*tmp_path.iterdir()]


def test_a_cluster_of_two_processes_fits_the_same_model(small_sample):
    table = cut(hiring_table(ROWS), 4)
    here = small_synthesizer(**QUICK)
    here.fit({'hiring': table})
    there = small_synthesizer(**QUICK)
    with (
        dask.config.set(scheduler=None),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter('ignore')  # of a cluster that starts and ends on a busy machine
        with (
            LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,
            Client(cluster),
        ):
            there.fit({'hiring': table})
    assert_same(here, there)


def test_a_worker_that_is_killed_while_a_table_is_read_changes_nothing(small_sample, tmp_path):
    table = cut(hiring_table(ROWS), 40)
    here = small_synthesizer(**QUICK)
    here.fit({'hiring': table})
    there = small_synthesizer(checkpoint_dir=tmp_path, **QUICK)
    killed = []

    def kill(victim):
        while not [*tmp_path.glob('fair4free-codes-*/*')]:  # the second reading has begun
            time.sleep(0.002)
        os.kill(victim, getattr(signal, 'SIGKILL', signal.SIGTERM))
        killed.append(victim)

    with (
        dask.config.set(scheduler=None),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter('ignore')  # of a cluster that starts and ends on a busy machine
        with (
            LocalCluster(
                n_workers=2, threads_per_worker=1, dashboard_address=None, silence_logs=50
            ) as cluster,
            Client(cluster) as client,
        ):
            victim, *_ = client.run(os.getpid).values()
            killer = threading.Thread(target=kill, args=(victim,), daemon=True)
            killer.start()
            there.fit({'hiring': table})
            killer.join(60)
            assert killed == [victim]
            assert victim not in client.run(os.getpid).values()
    assert_same(here, there)
