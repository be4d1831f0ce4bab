import itertools
import math

import pytest
import torch

from sdv_fair4free.core.networks import reset_parameters
from sdv_fair4free.core.pictures import (
    LEAST_VARIANCE,
    SMALLEST_SIDE,
    Eye,
    Painter,
    PictureShape,
    as_bytes,
    as_values,
    painting_loss,
)
from sdv_fair4free.core.training import weighted_batches

CONTEXT, WIDTH, OUTPUTS = 5, 6, 7
SHAPES = [
    PictureShape(channels=channels, height=height, width=width)
    for channels in (1, 3)
    for height, width in ((8, 8), (9, 13), (28, 28), (128, 128))
]


def seeded(module, seed=0):
    reset_parameters(module, torch.Generator().manual_seed(seed))
    return module.eval()


def some_values(shape, rows=3, seed=0):
    noise = torch.Generator().manual_seed(seed)
    return torch.rand(rows, shape.channels, shape.height, shape.width, generator=noise)


def some_context(rows=3, seed=0):
    return torch.randn(rows, CONTEXT, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize('shape', SHAPES, ids=str)
def test_what_is_painted_has_the_shape_of_the_pictures(shape):
    painted = seeded(Painter(shape, CONTEXT, WIDTH))(some_context())
    assert painted.shape == (3, shape.channels, shape.height, shape.width)
    assert painted.dtype == torch.float32
    assert (painted >= 0).all()
    assert (painted <= 1).all()
    assert PictureShape.of(painted) == shape
    assert painted[0].numel() == shape.values


@pytest.mark.parametrize('shape', SHAPES, ids=str)
def test_an_eye_sees_every_corner_of_a_picture(shape):
    eye, values = seeded(Eye(shape, WIDTH, OUTPUTS)), some_values(shape).requires_grad_()
    seen = eye(values)
    assert seen.shape == (3, OUTPUTS)
    (slope,) = torch.autograd.grad(seen[0].square().sum(), values)
    for row, column in ((0, 0), (0, -1), (-1, 0), (-1, -1)):
        assert (slope[0, :, row, column] != 0).all()
    assert (slope[1:] == 0).all()  # of its own picture, and of no other


@pytest.mark.parametrize('shape', SHAPES, ids=str)
def test_every_part_of_the_context_is_seen_in_every_corner_of_what_is_painted(shape):
    painter, context = seeded(Painter(shape, CONTEXT, WIDTH)), some_context().requires_grad_()
    painted = painter(context)
    for row, column in ((0, 0), (0, -1), (-1, 0), (-1, -1)):
        corner = painted[0, :, row, column].sum()
        (slope,) = torch.autograd.grad(corner, context, retain_graph=True)
        assert (slope[0] != 0).all()
        assert (slope[1:] == 0).all()


@pytest.mark.parametrize('width', [1, 2, 7])
@pytest.mark.parametrize('shape', SHAPES, ids=str)
def test_parameters_are_counted_without_making_any(shape, width):
    painter = Painter(shape, CONTEXT, width)
    real = sum(weight.numel() for weight in painter.parameters())
    assert Painter.parameter_count(shape, CONTEXT, width) == real


@pytest.mark.parametrize('shape', SHAPES, ids=str)
def test_maps_halve_until_they_are_small(shape):
    sides = shape.sides()
    assert sides[0] == (shape.height, shape.width)
    assert max(sides[-1]) <= SMALLEST_SIDE
    for (height, width), (low, narrow) in itertools.pairwise(sides):
        assert (low, narrow) == (math.ceil(height / 2), math.ceil(width / 2))


def test_weights_come_from_their_generator_alone():
    shape, before = SHAPES[1], torch.random.get_rng_state()
    for kind in (Eye, Painter):
        first, same = (seeded(kind(shape, WIDTH, OUTPUTS)).state_dict() for _ in range(2))
        other = seeded(kind(shape, WIDTH, OUTPUTS), seed=1).state_dict()
        assert all(torch.equal(first[name], same[name]) for name in first)
        weights = [name for name in first if name.endswith('weight')]
        assert weights
        assert not any(torch.equal(first[name], other[name]) for name in weights)
    assert torch.equal(before, torch.random.get_rng_state())


def test_every_byte_survives_the_way_to_numbers_and_back():
    every = torch.arange(256, dtype=torch.uint8).reshape(1, 1, 16, 16).expand(2, 3, 16, 16)
    values = as_values(every)
    assert values.min() == 0
    assert values.max() == 1
    assert torch.equal(as_bytes(values), every)
    assert every[0, 0, 0, 1] == 1  # what was given is left as it is
    assert as_bytes(torch.tensor([-1.0, 2.0])).tolist() == [0, 255]


def test_the_loss_is_least_for_equal_pictures():
    values = some_values(SHAPES[4])
    least = painting_loss(values, values)
    assert least == pytest.approx(0.5 * math.log(LEAST_VARIANCE))
    for seed in range(1, 5):
        assert painting_loss(some_values(SHAPES[4], seed=seed), values) > least


def test_twice_the_error_costs_the_logarithm_of_two():
    """Half the log of a mean square: what a Gaussian of the best variance says."""
    values, error = some_values(SHAPES[0]), 0.1 * some_values(SHAPES[0], seed=1)
    once, twice = (painting_loss(values + times * error, values) for times in (1, 2))
    assert float(twice - once) == pytest.approx(math.log(2), abs=0.01)
    sigma = error.square().mean().sqrt()
    likelihood = torch.distributions.Normal(values, sigma).log_prob(values + error).mean()
    constant = 0.5 * math.log(2 * math.pi) + 0.5
    assert float(once) == pytest.approx(float(-likelihood - constant), abs=0.01)


def test_weights_count_a_picture_as_often_as_they_say():
    values, painted = some_values(SHAPES[4], rows=2), some_values(SHAPES[4], rows=2, seed=1)
    weights = torch.tensor([1.5, 0.5])  # three of the first for each of the second
    often = [0, 0, 0, 1]
    weighed = painting_loss(painted, values, weights)
    assert float(weighed) == pytest.approx(float(painting_loss(painted[often], values[often])))
    even = painting_loss(painted, values, torch.ones(2))
    assert float(even) == pytest.approx(float(painting_loss(painted, values)))


def test_a_row_is_as_frequent_in_batches_as_its_weight_says():
    rows, generator = torch.arange(1000, 1240), torch.Generator().manual_seed(0)
    weights = torch.rand(240, generator=generator) + 0.05
    expected = 240 * weights / weights.sum()
    counts, epochs = torch.zeros(240), 200
    for _ in range(epochs):
        epoch = torch.cat(weighted_batches(rows, weights, 5, generator)) - 1000
        often = torch.bincount(epoch, minlength=240)
        # Each takes a row as often as it should, but for rounding up or down.
        assert ((often - expected).abs() < 1).all()
        counts += often
    assert ((counts / epochs - expected).abs() < 4.5 * 0.5 / epochs**0.5).all()


def test_even_weights_take_every_row_once():
    rows, generator = torch.arange(480), torch.Generator().manual_seed(0)
    batches = weighted_batches(rows, torch.ones(480), 10, generator)
    assert sorted(torch.cat(batches).tolist()) == rows.tolist()
    assert torch.cat(batches).tolist() != rows.tolist()
