"""What somebody who sees nothing but painted pictures finds out about the real ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from sklearn.neighbors import NearestNeighbors
from torch.nn import functional as F

from sdv_fair4free.handover.scored import Attack
from sdv_fair4free.pictures import Pictures

LONGEST_SIDE = 32
"""Pictures are compared at this size at most: more pixels cost memory, and tell no more people."""
Images = npt.NDArray[np.uint8]

NOT_GIVEN = (
    'how near painted pictures come to real ones: data and holdout were given without pictures. '
    'That is no sign of safety.'
)
BY_LIKELIHOOD = (
    'how likely the generator makes a picture: the attack of somebody who holds the file looks at '
    'the attributes alone. That is no sign of safety.'
)


def tables_of(data: Any) -> Any:
    """The tables of pictures with attributes; anything else as it is."""
    return data.data if isinstance(data, Pictures) else data


def nearest_pictures(synthetic: Images, training: Images, holdout: Images) -> Attack:
    """The attack of somebody who sees nothing but painted pictures.

    A picture is taken for one of the training if a painted one is near: the score is minus the
    root mean square difference of their pixels from the nearest, as in
    :func:`~sdv_fair4free.handover.attacks.black_box`. Pictures of more than 32 pixels a side are
    made smaller first.

    Args:
        synthetic: (rows, height, width, channels) what the attacker sees, at least one.
        training: Pictures that the generator has learnt from.
        holdout: As many that it has not.
    """
    points = [_points(images) for images in (synthetic, training, holdout)]
    search = NearestNeighbors(n_neighbors=1, algorithm='brute').fit(points[0])
    width = points[0].shape[1] ** 0.5
    # Brute force takes differences of squares: what differs by their rounding only is a tie.
    scores = [
        -np.round(search.kneighbors(part)[0][:, 0].astype(np.float64) / width, 4)
        for part in points[1:]
    ]
    return Attack.of(*scores)


def picture_problems(name: str, data: Any, shape: tuple[int, ...] | None) -> list[str]:
    """What is wrong with the pictures among the arguments of the evidence.

    Args:
        name: Of the argument.
        data: Tables, or pictures with attributes.
        shape: (height, width, channels) of what the generator paints; None where it paints nothing.
    """
    if not isinstance(data, Pictures):
        return []
    if shape is None:
        return [f'{name} has pictures, and the synthesizer paints none; give the tables alone.']
    from sdv_fair4free.images.checks import image_problems

    tables = data.data if isinstance(data.data, Mapping) else {}
    rows = len(next(iter(tables.values()))) if len(tables) == 1 else 0
    problems = [f'{name}: {problem}' for problem in image_problems(data.images, rows)]
    if not problems and data.images.shape[1:] != shape:
        problems.append(
            f'{name} has images of the shape {data.images.shape[1:]}; the synthesizer paints '
            f'{shape}.'
        )
    return problems


def _points(images: Images) -> npt.NDArray[np.float32]:
    """(rows, values) from 0 to 1 of pictures, made smaller if they are large."""
    _, height, width, _ = images.shape
    shrink = min(1.0, LONGEST_SIDE / max(height, width))
    size = (max(round(height * shrink), 1), max(round(width * shrink), 1))
    parts = []
    for part in np.array_split(images, max(1, len(images) // 1024)):
        values = torch.from_numpy(np.ascontiguousarray(part.transpose(0, 3, 1, 2))).float() / 255
        if shrink < 1:
            values = F.adaptive_avg_pool2d(values, size)
        parts.append(values.flatten(1))
    points: npt.NDArray[np.float32] = torch.cat(parts).numpy()
    return points
