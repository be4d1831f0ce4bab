"""Images as one array: what is wrong with it, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sdv_fair4free.core.config import is_whole
from sdv_fair4free.validation import listed

SIDES = (8, 128)
"""The shortest and the longest side of an image, in pixels."""

CHANNELS = (1, 3)
"""Grey; red, green and blue."""

_MOST_SHOWN = 3


class ImageError(ValueError):
    """Images, or files of images, that cannot be used as they are; the message lists why."""


def raise_if(problems: Sequence[str], subject: str) -> None:
    """Raise one error that lists all problems; nothing if there are none."""
    if problems:
        raise ImageError(listed(problems, subject))


def some(values: Iterable[Any]) -> str:
    """The first few of them, and how many more there are."""
    shown = [str(value) for value in values]
    more = f' and {len(shown) - _MOST_SHOWN:,} more' if len(shown) > _MOST_SHOWN else ''
    return ', '.join(shown[:_MOST_SHOWN]) + more


def checked_images(images: Any, rows: int) -> NDArray[np.uint8]:
    """Images in the one shape that they have here.

    Args:
        images: uint8 array (rows, height, width, channels), or (rows, height, width) for grey.
        rows: Of the table that they go with.

    Returns:
        (rows, height, width, channels) uint8, the same memory as that given.

    Raises:
        ImageError: Listing every problem at once.
    """
    raise_if(image_problems(images, rows), 'the images')
    checked: NDArray[np.uint8] = images[..., np.newaxis] if images.ndim == 3 else images
    return checked


def image_problems(images: Any, rows: int) -> list[str]:
    """What is wrong with images, a sentence each; see :func:`checked_images`."""
    if not isinstance(images, np.ndarray):
        return [
            f'images are a {type(images).__name__}; give one numpy array (rows, height, width, '
            'channels) of type uint8, or use read_images for files.'
        ]
    problems = _type_problems(images)
    if images.ndim not in (3, 4):
        return [
            *problems,
            f'images have the shape {images.shape}; give (rows, height, width, channels), or '
            '(rows, height, width) for grey.',
        ]
    if len(images) != rows:
        problems.append(f'there are {len(images):,} images for {rows:,} rows; give one for each.')
    _, height, width, *channels = images.shape
    if channels and channels[0] not in CHANNELS:
        complaint = f'images have {channels[0]} channels in the shape {images.shape}'
        if height in CHANNELS:
            # The sides are in other places, and would only be complained of by mistake.
            return [*problems, f'{complaint}; put them last: images.transpose(0, 2, 3, 1).']
        advice = 'drop the transparency: images[..., :3]' if channels[0] == 4 else 'give 1 or 3'
        problems.append(f'{complaint}; {advice}.')
    return problems + side_problems('images', height, width)


def side_problems(subject: str, height: int, width: int) -> list[str]:
    """A problem if a side is too short or too long."""
    if all(SIDES[0] <= side <= SIDES[1] for side in (height, width)):
        return []
    return [
        f'{subject} are {height} pixels high and {width} wide; each side must have '
        f'{SIDES[0]} to {SIDES[1]}.'
    ]


def size_of(size: Any) -> tuple[int, int]:
    """Height and width, of both or of the side of a square.

    Raises:
        ImageError: If it is neither, or too small or large.
    """
    sides = (size, size) if is_whole(size) else size
    if not isinstance(sides, tuple | list) or len(sides) != 2 or not all(map(is_whole, sides)):
        raise ImageError(f'size={size!r} must be (height, width) in pixels, or one whole number.')
    height, width = (int(side) for side in sides)
    raise_if(side_problems(f'images of size={size!r}', height, width), 'the size')
    return height, width


def _type_problems(images: NDArray[Any]) -> list[str]:
    if images.dtype == np.uint8:
        return []
    complaint = f'images are of type {images.dtype}, not uint8'
    if images.dtype == np.bool_:
        return [f'{complaint}; write images.astype(np.uint8) * 255.']
    if images.dtype.kind not in 'iuf':
        return [f'{complaint}; give numbers from 0 to 255.']
    low, high = (float(images.min()), float(images.max())) if images.size else (0.0, 0.0)
    within = low >= 0 and high <= 255  # not so where some are no numbers
    if images.dtype.kind == 'f' and within and high <= 1:
        advice = 'multiply by 255 and round: (images * 255).round().astype(np.uint8)'
    elif not within:
        advice = f'they go from {low:g} to {high:g}: bring them to whole numbers from 0 to 255'
    elif images.dtype.kind == 'f':
        advice = 'round: images.round().astype(np.uint8)'
    else:
        advice = 'write images.astype(np.uint8)'
    return [f'{complaint}; {advice}.']
