"""Where to train: a device on which a step can be taken, or the CPU."""

import pytest
import torch

from sdv_fair4free.core import devices
from sdv_fair4free.core.devices import can_train_on, training_device


def test_the_processor_can_always_be_trained_on():
    assert can_train_on('cpu')
    assert training_device(False) == torch.device('cpu')


def test_what_lacks_a_part_of_a_step_is_left_alone(caplog):
    caplog.set_level('INFO')
    can_train_on.cache_clear()
    assert not can_train_on('meta')  # has neither a generator nor values
    assert 'Training on the CPU, for torch cannot train on meta' in caplog.text


@pytest.mark.parametrize(('can', 'expected'), [(True, 'mps'), (False, 'cpu')])
def test_an_apple_gpu_is_taken_where_a_step_can_be_taken_there(monkeypatch, can, expected):
    monkeypatch.setattr(torch.cuda, 'is_available', lambda: False)
    monkeypatch.setattr(torch.backends.mps, 'is_available', lambda: True)
    monkeypatch.setattr(devices, 'can_train_on', lambda kind: can)
    assert training_device(True).type == expected
    assert training_device(False).type == 'cpu'


def test_a_trial_leaves_the_global_stream_alone():
    before = torch.get_rng_state()
    can_train_on.cache_clear()
    can_train_on('cpu')
    assert torch.equal(before, torch.get_rng_state())
