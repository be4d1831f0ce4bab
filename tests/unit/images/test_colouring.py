"""Grey pictures get colours that follow their labels as often as asked."""

import numpy as np
import pandas as pd
import pytest
import scipy.stats
from grey_pictures import grey, independence, is_near, own_color

from sdv_fair4free.images.checks import ImageError
from sdv_fair4free.images.colours import PALETTE, coloured, first_colours


@pytest.mark.parametrize('num_colors', [2, 3, 10])
@pytest.mark.parametrize('correlation', [0.0, 0.5, 0.9, 1.0])
def test_a_row_has_the_colour_of_its_label_as_often_as_asked(num_colors, correlation):
    images, labels = grey(20_000)
    made = coloured(images, labels, correlation=correlation, palette=first_colours(num_colors))
    own = made.colors == own_color(labels, 10, num_colors)
    assert is_near(own.mean(), correlation, len(labels))
    assert (made.labels == labels).all()
    if correlation < 1 and num_colors > 2:
        # The others are equally frequent among those that have not their own.
        steps = [list(PALETTE).index(color) for color in made.colors[~own]]
        steps -= labels[~own] * num_colors // 10
        counts = np.bincount(steps % num_colors, minlength=num_colors)[1:]
        assert scipy.stats.chisquare(counts).pvalue > 0.001


def test_without_correlation_colours_are_uniform_and_independent_of_the_label():
    images, labels = grey(20_000)
    made = coloured(images, labels, correlation=None)
    assert independence(labels, made.colors) > 0.001
    assert scipy.stats.chisquare(pd.Series(made.colors).value_counts()).pvalue > 0.001
    assert independence(labels, coloured(images, labels, correlation=0.2).colors) < 1e-6


def test_more_correlation_only_takes_colours_that_are_not_of_the_label_away():
    images, labels = grey(2000)
    own = own_color(labels, 10, 10)
    weaker, stronger = (coloured(images, labels, correlation=c).colors for c in (0.3, 0.7))
    changed = weaker != stronger
    assert changed.any()
    assert (stronger[changed] == own[changed]).all()


def test_label_noise_gives_other_labels_and_colours_follow_these():
    images, labels = grey(20_000)
    made = coloured(images, labels, correlation=1.0, label_noise=0.25)
    flipped = made.labels != labels
    assert is_near(flipped.mean(), 0.25, len(labels))
    steps = np.bincount((made.labels - labels)[flipped] % 10, minlength=10)[1:]
    assert scipy.stats.chisquare(steps).pvalue > 0.001
    assert (made.colors == own_color(made.labels, 10, 10)).all()


def test_pixels_are_the_grey_ones_in_their_colour():
    images, labels = grey(500)
    made = coloured(images, labels, correlation=0.5)
    hues = np.array([PALETTE[color] for color in made.colors])[:, None, None]
    assert np.abs(made.images - images[..., None] * (hues / 255)).max() <= 0.5
    white = made.colors == 'white'
    assert (made.images[white] == images[white][..., None]).all()


def test_no_hue_is_another_one_made_darker():
    hues = np.array(list(PALETTE.values()), dtype=float)
    hues /= np.linalg.norm(hues, axis=1, keepdims=True)
    cosines = hues @ hues.T - np.eye(len(hues))
    assert cosines.max() < 0.96


def test_the_seed_of_a_colouring_decides_everything_and_the_global_state_is_left_alone():
    images, labels = grey(300)
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    first, again, other = (
        coloured(images, labels, correlation=0.9, random_state=seed) for seed in (1, 1, 2)
    )
    assert all((a == b).all() for a, b in zip(first, again, strict=True))
    assert (first.colors != other.colors).any()
    assert (np.random.get_state()[1] == before).all()  # noqa: NPY002


def test_no_rows_are_coloured_too():
    made = coloured(np.zeros((0, 8, 8), np.uint8), np.zeros(0, int), correlation=0.9)
    assert made.images.shape == (0, 8, 8, 3)


def test_every_problem_of_a_colouring_is_told_at_once():
    images, labels = grey(10)
    with pytest.raises(ImageError) as told:
        coloured(
            images / 255,
            np.arange(9),
            correlation=1.5,
            num_labels=5,
            palette={'red': (300, 0, 0)},
            label_noise=-1,
            random_state=-1,
        )
    for part in (
        '8 problems with the colouring',
        'images are of type float64',
        '10 images and 9 labels',
        'labels go from 0 to 8; number them from 0 to 4.',
        'correlation=1.5 must be a probability from 0 to 1, or None',
        'label_noise=-1 must be a probability from 0 to 1.',
        'palette has 1 colours; give two or more',
        "colour 'red' is (300, 0, 0)",
        'random_state=-1',
    ):
        assert part in str(told.value)
    with pytest.raises(ImageError, match='labels are of type float64'):
        coloured(images, labels / 2, correlation=0.9)
    with pytest.raises(ImageError, match='num_labels=0 must be'):
        coloured(images, labels, correlation=0.9, num_labels=0)
