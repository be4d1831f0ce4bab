"""Pictures to try things on: coloured digits, which need no download, and folders of your own."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sdv.metadata import Metadata
from sklearn.datasets import load_digits

from sdv_fair4free.core.config import is_whole
from sdv_fair4free.images.celeba import PICTURES, official_test, read_attributes
from sdv_fair4free.images.checks import ImageError, raise_if, size_of
from sdv_fair4free.images.colours import PALETTE, coloured, first_colours
from sdv_fair4free.images.files import read_images
from sdv_fair4free.images.idx import read_mnist
from sdv_fair4free.pictures import Pictures
from sdv_fair4free.validation import nearest, whole_problems

__all__ = [
    'PALETTE',
    'ImageSplit',
    'coloured',
    'load_celeba',
    'load_coloured_digits',
    'load_coloured_mnist',
]

TEST_SHARE = 5
"""One row in so many is kept for testing where nobody has split them."""


@dataclass(frozen=True, kw_only=True)
class ImageSplit:
    """Pictures to learn from and pictures to test on.

    Attributes:
        metadata: Of the table of attributes; it has no column for the image.
        train: What to learn from.
        test: What to test on.
    """

    metadata: Metadata
    train: Pictures
    test: Pictures


@dataclass(frozen=True, kw_only=True)
class _Task:
    """What is asked of a digit, and what is usual then."""

    column: str
    sdtype: str
    num_labels: int
    label_noise: float


_TASKS = {
    'digit': _Task(column='digit', sdtype='categorical', num_labels=10, label_noise=0.0),
    'half': _Task(column='high', sdtype='boolean', num_labels=2, label_noise=0.25),
}

_Grey = tuple[NDArray[np.uint8], NDArray[Any]]


def load_coloured_digits(
    *,
    task: str = 'digit',
    num_colors: int = 2,
    correlation: float | None = 0.9,
    test_correlation: float | None = None,
    label_noise: float | None = None,
    random_state: int = 0,
) -> ImageSplit:
    """The 1,797 handwritten digits of 8 x 8 pixels that scikit-learn carries, coloured.

    One in five is for testing. So small a set shows how things work; with more than a few colours,
    some hardly occur with some digits. Task 'half' is that of :func:`load_coloured_mnist`.

    Args:
        task: 'digit', which of ten (column ``digit``); or 'half', whether 5 or more (``high``).
        num_colors: 2 to 10.
        correlation: Probability that a row of training has the colour of its label, see
            :func:`coloured`.
        test_correlation: The same of testing; None for colours without regard to the label.
        label_noise: Probability that a label is replaced by another, in training and testing; None
            for 0 with digits and .25 with halves.
        random_state: Seed of split, noise and colours.

    Returns:
        The table is called ``digits``; ``color`` is sensitive and ``digit`` or ``high`` the target.

    Raises:
        ImageError: Listing every problem with the arguments at once.
    """
    chosen = _chosen(task, num_colors, random_state)
    digits = load_digits()
    images = np.rint(digits.images * (255 / 16)).astype(np.uint8)
    return _coloured_split(
        {'train': (images, digits.target)},
        'digits',
        chosen,
        num_colors=num_colors,
        correlations=(correlation, test_correlation),
        label_noise=label_noise,
        random_state=random_state,
    )


def load_coloured_mnist(
    folder: str | os.PathLike[str],
    *,
    task: str = 'digit',
    num_colors: int | None = None,
    correlation: float | None = 0.9,
    test_correlation: float | None = None,
    label_noise: float | None = None,
    random_state: int = 0,
) -> ImageSplit:
    """MNIST from a folder of your own, in colours that follow the label in training alone.

    Task 'half' is Coloured MNIST (Arjovsky, Bottou, Gulrajani and Lopez-Paz 2019, Invariant Risk
    Minimization, arXiv 1907.02893, section 5.2): the label is whether the digit is 5 or more,
    flipped for one row in four, and the colour, red or green, follows the flipped label. They learn
    from two environments, in which it does with probability .8 and .9, and test where it does with
    .1 (``test_correlation=.1``); here one with .9 is learnt from, and the test's colours are drawn
    without regard to the label. A model that reads the colour alone is right in 90 % of training,
    one that reads the shape alone in 75 %.

    Args:
        folder: Holds MNIST's idx files, of train, of t10k or of both, packed by gzip or not. With
            both, t10k is for testing; with one, one row in five of it.
        task: 'digit', which of ten (column ``digit``); or 'half', whether 5 or more (``high``).
        num_colors: 2 to 10; None for ten digits in ten colours and halves in two.
        correlation: Probability that a row of training has the colour of its label, see
            :func:`coloured`.
        test_correlation: The same of testing; None for colours without regard to the label.
        label_noise: Probability that a label is replaced by another, in training and testing; None
            for 0 with digits and .25 with halves.
        random_state: Seed of split, noise and colours.

    Returns:
        The table is called ``mnist``; ``color`` is sensitive and ``digit`` or ``high`` the target.

    Raises:
        ImageError: Listing every problem with the arguments, or with the files, at once.
    """
    if num_colors is None and task in _TASKS:
        num_colors = _TASKS[task].num_labels
    chosen = _chosen(task, num_colors, random_state)
    return _coloured_split(
        read_mnist(Path(folder)),
        'mnist',
        chosen,
        num_colors=num_colors or chosen.num_labels,
        correlations=(correlation, test_correlation),
        label_noise=label_noise,
        random_state=random_state,
    )


def load_celeba(
    folder: str | os.PathLike[str],
    attributes: Sequence[str],
    *,
    size: int = 64,
    rows: int | None = None,
    random_state: int = 0,
) -> ImageSplit:
    """CelebA from a folder of your own (Liu, Luo, Wang and Tang 2015, arXiv 1411.7766).

    Its owners allow research that is not commercial, and no other use: read their terms first.

    The faces are cut to the square in the middle and made smaller. Testing takes the official test
    part where ``list_eval_partition.txt`` or ``.csv`` tells it, otherwise one picture in five by
    chance, which may show persons of training.

    Args:
        folder: Holds ``img_align_celeba`` with the pictures, and ``list_attr_celeba.txt`` or
            ``.csv``.
        attributes: Names of attributes, such as ``['Male', 'Smiling']``: boolean columns.
        size: Height and width, 8 to 128 pixels.
        rows: How many pictures are drawn and read, one in five of them for testing; None for all.
        random_state: Seed of what is drawn and of the split.

    Returns:
        The table is called ``celeba``.

    Raises:
        ImageError: Listing every problem with the arguments, the lists or the pictures at once.
        ImportError: If Pillow is not installed.
    """
    folder = Path(folder)
    attributes = [attributes] if isinstance(attributes, str) else list(attributes)
    problems = whole_problems('random_state', random_state, 0, or_none=False)
    raise_if(problems + whole_problems('rows', rows, TEST_SHARE), 'the arguments')
    sides = size_of(size)
    table = read_attributes(folder, attributes)
    rng = np.random.default_rng(random_state)
    order = rng.permutation(len(table))
    of_test = official_test(folder, table.index)
    if of_test is None:
        of_test = np.zeros(len(table), dtype=bool)
        of_test[order[: len(table) // TEST_SHARE]] = True
    wanted = {'train': order[~of_test[order]], 'test': order[of_test[order]]}
    counts = {part: len(places) for part, places in wanted.items()}
    if rows is not None:
        counts = {'train': rows - rows // TEST_SHARE, 'test': rows // TEST_SHARE}
    for part, count in counts.items():
        if not 0 < count <= len(wanted[part]):
            raise ImageError(
                f'{max(count, 1):,} pictures are needed for {part}, and {len(wanted[part]):,} are '
                f'listed; ask for fewer rows, or check the lists in {str(folder)!r}.'
            )
    # In the order of the list, which is also that of the disk; in one array, for one look at all.
    places = [np.sort(wanted[part][:count]) for part, count in counts.items()]
    chosen = table.iloc[np.concatenate(places)]
    images = read_images(chosen.index, folder=folder / PICTURES, size=sides, channels=3)
    chosen, cut = chosen.reset_index(drop=True), len(places[0])
    parts = {
        'train': Pictures({'celeba': chosen[:cut]}, images[:cut]),
        'test': Pictures({'celeba': chosen[cut:].reset_index(drop=True)}, images[cut:]),
    }
    metadata = _metadata('celeba', dict.fromkeys(attributes, 'boolean'))
    return ImageSplit(metadata=metadata, train=parts['train'], test=parts['test'])


def _chosen(task: str, num_colors: int | None, random_state: int) -> _Task:
    """The task of this name, if the rest is right, too."""
    problems = whole_problems('random_state', random_state, 0, or_none=False)
    if task not in _TASKS:
        allowed = ' or '.join(map(repr, _TASKS))
        problems.append(f'task={task!r} must be {allowed}.{nearest(task, _TASKS)}')
    elif not is_whole(num_colors) or not 2 <= num_colors <= len(PALETTE):
        problems.append(f'num_colors={num_colors!r} must be a whole number, 2 to {len(PALETTE)}.')
    raise_if(problems, 'the arguments')
    return _TASKS[task]


def _coloured_split(
    grey: dict[str, _Grey],
    name: str,
    task: _Task,
    *,
    num_colors: int,
    correlations: tuple[float | None, float | None],
    label_noise: float | None,
    random_state: int,
) -> ImageSplit:
    """Split where there is one part only, then paint each part with luck of its own."""
    splitting, *painting = map(np.random.default_rng, np.random.SeedSequence(random_state).spawn(3))
    if len(grey) == 2:
        parts = list(grey.values())
    else:
        ((images, digits),) = grey.values()
        order = splitting.permutation(len(images))
        of_test, of_train = np.split(order, [len(images) // TEST_SHARE])
        parts = [(images[rows], digits[rows]) for rows in (of_train, of_test)]
    made = []
    for (images, digits), correlation, rng in zip(parts, correlations, painting, strict=True):
        labels = digits.astype(np.int64)
        painted = coloured(
            images,
            labels if task.column == 'digit' else (labels >= 5).astype(np.int64),
            correlation=correlation,
            num_labels=task.num_labels,
            palette=first_colours(num_colors),
            label_noise=task.label_noise if label_noise is None else label_noise,
            random_state=rng,
        )
        told = painted.labels if task.sdtype == 'categorical' else painted.labels == 1
        table = pd.DataFrame({task.column: told, 'color': painted.colors})
        made.append(Pictures({name: table}, painted.images))
    metadata = _metadata(name, {task.column: task.sdtype, 'color': 'categorical'})
    return ImageSplit(metadata=metadata, train=made[0], test=made[1])


def _metadata(name: str, sdtypes: dict[str, str]) -> Metadata:
    columns = {column: {'sdtype': sdtype} for column, sdtype in sdtypes.items()}
    return Metadata.load_from_dict(
        {
            'tables': {name: {'columns': columns}},
            'relationships': [],
            'METADATA_SPEC_VERSION': 'V2',
        }
    )
