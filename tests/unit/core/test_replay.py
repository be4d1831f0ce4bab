"""A training step, recorded and replayed where there is a GPU, taken one by one elsewhere."""

import copy

import pytest
import torch

from sdv_fair4free.core.networks import Perceptron, reset_parameters
from sdv_fair4free.core.replay import WARM_UP, Step

DEVICES = ['cpu', pytest.param('cuda', marks=pytest.mark.gpu)]
STEPS = WARM_UP + 5


@pytest.fixture(params=DEVICES)
def device(request):
    if request.param == 'cuda' and not torch.cuda.is_available():
        pytest.skip('no GPU of NVIDIA here')
    return torch.device(request.param)


def a_network(device):
    network = Perceptron(3, 2, width=8)
    reset_parameters(network, torch.Generator().manual_seed(0))
    return network.to(device)


def batches(device):
    source = torch.Generator().manual_seed(1)
    return [torch.randn(16, 3, generator=source).to(device) for _ in range(STEPS)]


def slopes(module):
    return torch.cat([each.grad.flatten() for each in module.parameters()])


def test_losses_and_slopes_are_of_the_batch_that_is_given(device):
    network = a_network(device)
    step = Step(lambda batch, _: {'size': network(batch).square().mean()}, network, device, [])
    for batch in batches(device):
        found = step(batch)['size'].clone()
        of_step = slopes(network).clone()
        alone = copy.deepcopy(network)
        alone.zero_grad()
        expected = alone(batch).square().mean()
        expected.backward()
        assert torch.allclose(found, expected, rtol=1e-4)
        assert torch.allclose(of_step, slopes(alone), rtol=1e-3, atol=1e-6)


def test_every_step_has_luck_of_its_own(device):
    network, noise = a_network(device), torch.Generator(device).manual_seed(0)

    def loss(batch, _):
        luck = torch.randn(batch.shape, generator=noise, device=device)
        return {'luck': luck.mean(), 'size': network(batch).mean()}

    step = Step(loss, network, device, [noise])
    batch = batches(device)[0]
    drawn = [float(step(batch)['luck']) for _ in range(STEPS)]
    assert len(set(drawn)) == STEPS
    assert len({float(step(batch)['size']) for _ in range(3)}) == 1


def test_what_cannot_be_recorded_is_done_step_by_step_with_the_same_luck(device):
    def drawn(stepwise):
        network, noise = a_network(device), torch.Generator(device).manual_seed(0)

        def loss(batch, _):
            luck = torch.randn(batch.shape, generator=noise, device=device)
            asked = float(luck.max())  # of the device, which no recording may
            return {'luck': luck.mean() + 0 * asked, 'size': network(batch).mean()}

        step = Step(loss, network, device, [noise]) if stepwise else lambda batch: loss(batch, True)
        return [float(step(batch)['luck'].detach()) for batch in batches(device)]

    assert drawn(stepwise=True) == drawn(stepwise=False)
