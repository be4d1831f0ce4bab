import threading
import time

import pytest
import torch

from sdv_fair4free.core.workers import one_aside, side_by_side

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
            assert part - len(ended) <= 2 * threads + 1
            begun.append(part)
            yield part

    side_by_side(lambda part: ended.append(part), parts(), CPU)
    assert sorted(ended) == begun == list(range(20))


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


def test_a_worker_aside_takes_one_processor(threads):
    with one_aside() as worker:
        assert torch.get_num_threads() == max(threads - 1, 1)
        assert (worker is None) == (threads == 1)
        if worker is not None:
            assert worker.submit(torch.get_num_threads).result() == 1
    assert torch.get_num_threads() == threads
