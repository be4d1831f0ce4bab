"""Several threads, one fitted model: each call draws what would have come next."""

import copy
import multiprocessing
import pickle
import sys
import threading

import cloudpickle
import numpy as np
import pandas as pd
import pytest
from tiny import badge_metadata, badge_table, tiny_synthesizer

from sdv_fair4free.locks import one_at_a_time

THREADS, CALLS, ROWS = 4, 5, 40


@pytest.fixture(scope='module')
def synthesizer():
    made = tiny_synthesizer(badge_metadata())
    made.fit({'hiring': badge_table()})
    return made


@pytest.fixture(autouse=True)
def _threads_that_take_turns_often():
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(usual)


def at_once(*jobs):
    """Run jobs in threads that start together; what each gave."""
    given, errors, start = [None] * len(jobs), [], threading.Barrier(len(jobs))

    def run(place, job):
        start.wait()
        try:
            given[place] = job()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=each) for each in enumerate(jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    return given


def several(synthesizer):
    return [synthesizer.sample(ROWS)['hiring'] for _ in range(CALLS)]


def test_threads_together_draw_what_one_would_have_drawn(synthesizer):
    synthesizer.reset_sampling()
    alone = [synthesizer.sample(ROWS)['hiring'] for _ in range(THREADS * CALLS)]
    synthesizer.reset_sampling()
    parts = at_once(*[lambda: several(synthesizer)] * THREADS)
    drawn = [table for part in parts for table in part]
    assert len(drawn) == len(alone)
    for table in drawn:
        assert sum(table.equals(other) for other in alone) == 1
    together = pd.concat(drawn)
    assert together['person_id'].is_unique
    assert together['code'].is_unique
    # What a thread drew later comes later.
    for part in parts:
        places = [[table.equals(other) for other in alone].index(True) for table in part]
        assert places == sorted(places)


def test_a_thread_that_resets_sampling_breaks_no_table_of_the_others(synthesizer):
    synthesizer.reset_sampling()
    alone = [synthesizer.sample(ROWS)['hiring'] for _ in range((THREADS - 1) * CALLS)]

    def reset():
        for _ in range(20):
            synthesizer.reset_sampling()

    *parts, _ = at_once(*[lambda: several(synthesizer)] * (THREADS - 1), reset)
    for part in parts:
        for table in part:
            assert sum(table.equals(other) for other in alone) == 1


def test_two_synthesizers_in_two_threads_do_not_disturb_each_other(synthesizer):
    other = copy.deepcopy(synthesizer)
    for each in (synthesizer, other):
        each.reset_sampling()
    alone = several(synthesizer)
    synthesizer.reset_sampling()
    fitting = tiny_synthesizer(badge_metadata())
    *parts, _ = at_once(
        lambda: several(synthesizer),
        lambda: several(other),
        lambda: fitting.fit({'hiring': badge_table()}),
    )
    for part in parts:
        assert all(table.equals(known) for table, known in zip(part, alone, strict=True))
    assert all(table.equals(known) for table, known in zip(several(fitting), alone, strict=True))


def test_the_global_random_state_is_left_alone_by_threads_that_sample(synthesizer):
    other = copy.deepcopy(synthesizer)
    state = np.random.get_state()[1].tolist()  # noqa: NPY002
    at_once(*[lambda: several(synthesizer), lambda: several(other)] * 2)
    assert state == np.random.get_state()[1].tolist()  # noqa: NPY002


def test_options_of_a_call_stay_in_its_thread(synthesizer):
    def women():
        return synthesizer.sample(ROWS, sensitive_distribution={'woman': 1})['hiring']

    made, plain = at_once(women, lambda: several(synthesizer))
    assert set(made['sex']) == {'woman'}
    assert {'woman', 'man'} == set(pd.concat(plain)['sex'])


@pytest.mark.parametrize(
    'copied',
    [
        copy.deepcopy,
        lambda made: pickle.loads(pickle.dumps(made)),
        lambda made: cloudpickle.loads(cloudpickle.dumps(made)),
    ],
    ids=['deepcopy', 'pickle', 'cloudpickle'],
)
def test_a_copy_goes_on_with_the_same_stream(synthesizer, copied):
    synthesizer.reset_sampling()
    synthesizer.sample(ROWS)
    other = copied(synthesizer)
    assert other.sample(ROWS)['hiring'].equals(synthesizer.sample(ROWS)['hiring'])


def _sampled(synthesizer):
    return len(synthesizer.sample(5)['hiring'])


@pytest.mark.skipif('fork' not in multiprocessing.get_all_start_methods(), reason='no fork here')
def test_a_process_that_is_forked_while_a_thread_samples_may_sample(synthesizer):
    inside, done = threading.Event(), threading.Event()

    def holds():
        with one_at_a_time:
            inside.set()
            done.wait(0.2)

    thread = threading.Thread(target=holds)
    thread.start()
    inside.wait()
    with multiprocessing.get_context('fork').Pool(1) as pool:
        assert pool.apply_async(_sampled, [synthesizer]).get(timeout=60) == 5
    thread.join()
