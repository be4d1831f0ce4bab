"""Grey images in colours that go with their labels more or less often."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sdv_fair4free.core.config import is_number, is_whole
from sdv_fair4free.images.checks import raise_if

RGB = tuple[int, int, int]
"""Red, green and blue, 0 to 255 each."""

PALETTE: dict[str, RGB] = {
    'red': (255, 0, 0),
    'green': (0, 255, 0),
    'blue': (0, 0, 255),
    'yellow': (255, 255, 0),
    'magenta': (255, 0, 255),
    'cyan': (0, 255, 255),
    'white': (255, 255, 255),
    'orange': (255, 128, 0),
    'violet': (128, 0, 255),
    'azure': (0, 128, 255),
}
"""Ten hues by name: none is another one made darker, as strokes are where they end."""


def first_colours(count: int) -> dict[str, RGB]:
    """The first few of ``PALETTE``."""
    return dict(list(PALETTE.items())[:count])


class Coloured(NamedTuple):
    """What :func:`coloured` gives, row for row.

    Attributes:
        images: (rows, height, width, 3) uint8.
        labels: (rows,) whole numbers: those given, some replaced by noise.
        colors: (rows,) names from the palette.
    """

    images: NDArray[np.uint8]
    labels: NDArray[np.int64]
    colors: NDArray[np.object_]


def coloured(
    images: NDArray[np.uint8],
    labels: NDArray[Any],
    *,
    correlation: float | None,
    num_labels: int | None = None,
    palette: Mapping[str, RGB] = PALETTE,
    label_noise: float = 0.0,
    random_state: int | np.random.Generator = 0,
) -> Coloured:
    """Paint grey images, bright on black, in colours that follow their labels.

    The colour of label ``k`` is number ``floor(k * colours / labels)`` of the palette. A row has
    that of its label with probability ``correlation``, and each of the others equally often
    otherwise. Colours follow the labels after the noise. The same ``random_state`` gives the same
    luck at every correlation: more of it takes colours away from those that are not of the label,
    and paints no row otherwise.

    Args:
        images: (rows, height, width) uint8.
        labels: (rows,) whole numbers from 0.
        correlation: Probability that a row has the colour of its label, 0 to 1; None draws every
            colour equally often, whatever the label.
        num_labels: How many labels there may be; None for those up to the largest.
        palette: From names of colours, two or more, to red, green and blue from 0 to 255.
        label_noise: Probability that a label is replaced by one of the others, 0 to 1.
        random_state: Seed, 0 or more, or what to draw from.

    Raises:
        ImageError: Listing every problem at once.
    """
    images, labels = np.asarray(images), np.asarray(labels)
    raise_if(
        [
            *_array_problems(images, labels, num_labels),
            *_law_problems(correlation, palette, label_noise, random_state),
        ],
        'the colouring',
    )
    count = int(labels.max(initial=-1)) + 1 if num_labels is None else num_labels
    rng = np.random.default_rng(random_state)
    # All luck is drawn whatever the probabilities are, so that seeds mean the same at all of them.
    noise, other_label, luck, other_color = rng.random((4, len(labels)))
    told = _or_another(labels.astype(np.int64), count, noise >= label_noise, other_label)
    own = told * len(palette) // max(count, 1)
    chance = 1 / len(palette) if correlation is None else correlation
    colors = _or_another(own, len(palette), luck < chance, other_color)
    names = np.array(list(palette), dtype=object)
    return Coloured(_painted(images, colors, palette), told, names[colors])


def _or_another(
    own: NDArray[np.int64], count: int, kept: NDArray[np.bool_], luck: NDArray[np.float64]
) -> NDArray[np.int64]:
    """Each number where it is kept, one of the others below ``count`` where it is not."""
    steps = 1 + (luck * (count - 1)).astype(np.int64)
    return np.where(kept, own, (own + steps) % max(count, 1))


def _painted(
    images: NDArray[np.uint8], colors: NDArray[np.int64], palette: Mapping[str, RGB]
) -> NDArray[np.uint8]:
    hues = np.array(list(palette.values()), dtype=np.uint16)[colors]
    painted = np.empty((*images.shape, 3), dtype=np.uint8)
    for channel in range(3):  # a channel at a time: products need twice the memory
        painted[..., channel] = (images * hues[:, channel, None, None] + 127) // 255
    return painted


def _array_problems(
    images: NDArray[Any], labels: NDArray[Any], num_labels: int | None
) -> list[str]:
    problems = []
    if images.dtype != np.uint8 or images.ndim != 3:
        problems.append(
            f'images are of type {images.dtype} in the shape {images.shape}; grey ones of type '
            'uint8 in (rows, height, width) can be painted.'
        )
    if labels.dtype.kind not in 'iu' or labels.ndim != 1:
        problems.append(
            f'labels are of type {labels.dtype} in the shape {labels.shape}; give one whole '
            'number for each image.'
        )
    elif images.ndim and len(images) != len(labels):
        problems.append(f'there are {len(images):,} images and {len(labels):,} labels.')
    if num_labels is not None and not (is_whole(num_labels) and num_labels >= 1):
        problems.append(f'num_labels={num_labels!r} must be a whole number of at least 1, or None.')
    elif labels.dtype.kind in 'iu' and labels.size:
        low, high = int(labels.min()), int(labels.max())
        if low < 0 or (num_labels is not None and high >= num_labels):
            most = '' if num_labels is None else f' to {num_labels - 1}'
            problems.append(f'labels go from {low} to {high}; number them from 0{most}.')
    return problems


def _law_problems(
    correlation: float | None, palette: Mapping[str, RGB], label_noise: float, random_state: Any
) -> list[str]:
    problems = [
        f'{name}={value!r} must be a probability from 0 to 1{alternative}.'
        for name, value, alternative in (
            ('correlation', correlation, ', or None for colours that do not follow the labels'),
            ('label_noise', label_noise, ''),
        )
        if not (value is None and alternative) and not (is_number(value) and 0 <= value <= 1)
    ]
    if len(palette) < 2:
        problems.append(f'palette has {len(palette)} colours; give two or more.')
    problems += [
        f'colour {name!r} is {rgb!r}; give (red, green, blue), whole numbers from 0 to 255.'
        for name, rgb in palette.items()
        if len(rgb) != 3 or not all(is_whole(part) and 0 <= part <= 255 for part in rgb)
    ]
    if not isinstance(random_state, np.random.Generator) and not (
        is_whole(random_state) and random_state >= 0
    ):
        problems.append(f'random_state={random_state!r} must be a whole number of at least 0.')
    return problems
