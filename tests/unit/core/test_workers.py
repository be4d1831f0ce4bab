import threading
import time

import pytest
import torch

from sdv_fair4free.core.workers import alone, side_by_side

CPU = torch.device('cpu')


@pytest.fixture(params=[1, 2, 3])
def threads(request):
    before = torch.get_num_threads()
    torch.set_num_threads(request.param)
    yield request.param
    torch.set_num_threads(before)


def test_parts_come_back_in_their_order_and_threads_are_as_before(threads):
    def work(part):
        time.sleep(0.01 * (part % 3))
        return part, torch.get_num_threads()

    made = side_by_side(work, iter(range(20)), CPU)
    assert made == [(part, 1) for part in range(20)]
    assert torch.get_num_threads() == threads


def test_few_parts_are_made_before_they_are_needed(threads):
    begun, ended = [], []

    def parts():
        for part in range(20):
            assert part - len(ended) <= threads
            begun.append(part)
            yield part

    side_by_side(lambda part: ended.append(part), parts(), CPU)
    assert sorted(ended) == begun == list(range(20))


def test_threads_of_others_are_left_alone(threads):
    seen = []

    def work(part):
        other = threading.Thread(target=lambda: seen.append(torch.get_num_threads()))
        other.start()
        other.join()

    side_by_side(work, range(4), CPU)
    assert seen == [threads] * 4


def test_what_goes_wrong_is_told_and_threads_are_as_before(threads):
    def work(part):
        if part == 3:
            raise ZeroDivisionError('three')
        return part

    with pytest.raises(ZeroDivisionError, match='three'):
        side_by_side(work, range(100), CPU)
    assert torch.get_num_threads() == threads
    assert side_by_side(work, range(3), CPU) == [0, 1, 2]


def test_other_devices_get_one_part_at_a_time(threads):
    def work(part):
        assert threading.current_thread() is threading.main_thread()
        return part

    assert side_by_side(work, range(5), torch.device('meta')) == list(range(5))


def test_parts_that_fail_are_told(threads):
    def parts():
        yield 0
        raise LookupError('no more')

    with pytest.raises(LookupError, match='no more'):
        side_by_side(str, parts(), CPU)


def test_an_interrupt_ends_the_workers(threads):
    begun = []

    def work(part):
        begun.append(part)
        if part == 2:
            raise KeyboardInterrupt
        time.sleep(0.001)

    with pytest.raises(KeyboardInterrupt):
        side_by_side(work, range(10_000), CPU)
    assert len(begun) < 100
    assert not [t for t in threading.enumerate() if t.daemon and 'worker' in t.name]


def test_a_caller_that_is_interrupted_leaves_no_worker_behind(monkeypatch):
    before, begun, joined = torch.get_num_threads(), [], []
    join = threading.Thread.join

    def interrupted(thread, timeout=None):
        joined.append(thread)
        if len(joined) == 1:
            raise KeyboardInterrupt
        join(thread, timeout)

    def work(part):
        begun.append(part)
        time.sleep(0.05)

    monkeypatch.setattr(threading.Thread, 'join', interrupted)
    torch.set_num_threads(2)
    try:
        with pytest.raises(KeyboardInterrupt):
            side_by_side(work, range(10_000), CPU)
    finally:
        torch.set_num_threads(before)
    assert not any(thread.is_alive() for thread in joined)
    assert len(begun) <= 4


def test_alone_computes_on_one_processor(threads):
    assert alone(torch.get_num_threads, CPU) == 1
    assert torch.get_num_threads() == threads
