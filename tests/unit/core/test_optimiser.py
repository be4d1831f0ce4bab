import subprocess
import sys

import pytest
import torch
from torch import nn

from sdv_fair4free.core.config import TrainingConfig
from sdv_fair4free.core.optimiser import Optimiser

CONFIG = TrainingConfig(learning_rate=0.05, weight_decay=0.02)
STEPS = 30


def module():
    made = nn.Sequential(nn.Linear(3, 4), nn.Linear(4, 1), nn.Linear(1, 1))
    noise = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for weight in made.parameters():
            weight.normal_(generator=noise)
    made[2].requires_grad_(False)
    return made


def slope(made, step):
    """Leaves slopes in the weights, of the first layer not in every step."""
    noise = torch.Generator().manual_seed(step)
    rows = torch.randn(8, 3, generator=noise)
    made.zero_grad(set_to_none=True)
    hidden = made[0](rows) if step % 3 else torch.randn(8, 4, generator=noise)
    made[2](made[1](hidden)).square().mean().backward()


def test_steps_are_those_of_torchs_own_classes_to_the_bit():
    ours, theirs = module(), module()
    mine = Optimiser(ours, CONFIG, STEPS)
    other = torch.optim.AdamW(theirs.parameters(), lr=0.05, weight_decay=0.02, fused=True)
    for step in range(STEPS):
        other.param_groups[0]['lr'] = mine.rate()
        for made in (ours, theirs):
            slope(made, step)
        mine.step()
        other.step()
        for one, two in zip(ours.parameters(), theirs.parameters(), strict=True):
            assert torch.equal(one, two)


def test_the_rate_rises_over_a_tenth_of_the_steps_and_then_falls():
    made = Optimiser(module(), CONFIG, STEPS)
    rates = []
    for made.taken in range(STEPS):
        rates.append(made.rate())
    assert rates[:3] == pytest.approx([0.05 / 3, 0.1 / 3, 0.05])
    assert rates[3] == 0.05
    assert rates[3:] == sorted(rates[3:], reverse=True)
    assert 0 < rates[-1] < 0.001


def test_what_was_stopped_and_gone_on_with_is_what_was_not():
    whole, stopped, gone_on = module(), module(), module()
    first, second, third = (Optimiser(made, CONFIG, STEPS) for made in (whole, stopped, gone_on))
    for step in range(10):
        for made, optimiser in ((whole, first), (stopped, second)):
            slope(made, step)
            optimiser.step()
    gone_on.load_state_dict(stopped.state_dict())
    third.load_state_dict(second.state_dict())
    for step in range(10, 20):
        for made, optimiser in ((whole, first), (gone_on, third)):
            slope(made, step)
            optimiser.step()
    for one, two in zip(whole.parameters(), gone_on.parameters(), strict=True):
        assert torch.equal(one, two)


def test_nothing_is_compiled_nor_loaded_for_it():
    program = (
        'import sys, torch\n'
        'from sdv_fair4free.core.config import TrainingConfig\n'
        'from sdv_fair4free.core.optimiser import Optimiser\n'
        'made = torch.nn.Linear(2, 1)\n'
        'optimiser = Optimiser(made, TrainingConfig(), 4)\n'
        'made(torch.ones(1, 2)).sum().backward()\n'
        'optimiser.step()\n'
        "assert 'torch._dynamo' not in sys.modules\n"
    )
    subprocess.run([sys.executable, '-c', program], check=True, timeout=300)
