"""A small classifier of pictures, trained in the run: what a report sees pictures with."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from sdv_fair4free.core.networks import Conv, Linear, reset_parameters

SIDES = (8, 128)
"""Least and most pixels of a side."""
_CHANNELS = (16, 32, 64)
_COUNTED_AT_ONCE = 256
_LAST_MAP, _LARGE = 8, 64
_FEWEST_STEPS = 300
_AT_ONCE = 500


def _bent(h: Tensor) -> Tensor:
    """A leaky rectifier: units of an unleaky one die in so short a training."""
    return F.leaky_relu(h, 0.1)


class _Network(nn.Module):
    """Convolutions until a map is at most 8 x 8 (at least two), then one hidden layer."""

    def __init__(self, shape: tuple[int, ...], hidden: int, classes: int) -> None:
        super().__init__()
        height, width, channels = shape
        self.mean, self.spread = 127.5, 127.5
        self.maps = nn.ModuleList()
        for outputs in _CHANNELS:
            if len(self.maps) > 1 and max(height, width) <= _LAST_MAP:
                break
            stride = 4 if max(height, width) > _LARGE else 2  # large maps take most of the time
            # With a stride of 2 it sees 3 x 3 pixels at a time, with one of 4 it sees 5 x 5.
            size = 2 * (stride // 2) + 1
            self.maps.append(Conv(channels, outputs, stride, math.sqrt(2), size))
            height, width, channels = -(-height // stride), -(-width // stride), outputs
        self.hidden = Linear(height * width * channels, hidden, gain=math.sqrt(2))
        self.last = Linear(hidden, classes)

    def look_at(self, pixels: NDArray[np.uint8]) -> None:
        """Learn what is grey and what is a strong contrast in these pictures."""
        parts = range(0, len(pixels), _COUNTED_AT_ONCE)  # numpy would make eight bytes of each
        counts = np.zeros(256, dtype=np.int64)
        for start in parts:
            counts += np.bincount(pixels[start : start + _COUNTED_AT_ONCE].ravel(), minlength=256)
        values = np.arange(256)
        self.mean = float(np.average(values, weights=counts))
        variance = float(np.average((values - self.mean) ** 2, weights=counts))
        self.spread = max(math.sqrt(variance), 1.0)

    def features(self, images: Tensor) -> Tensor:
        """(rows, hidden) of uint8 pictures (rows, height, width, channels)."""
        h = (images.permute(0, 3, 1, 2).float() - self.mean) / self.spread
        for convolve in self.maps:
            h = _bent(convolve(h))
        return _bent(self.hidden(h.flatten(1)))

    def forward(self, images: Tensor) -> Tensor:
        """(rows, classes) logits."""
        logits: Tensor = self.last(self.features(images))
        return logits


class PictureJudge:
    """A small convolutional classifier, and the features it has learnt to look at.

    It is made to be quick and the same for everybody, not to be the best there is: 8 000 pictures
    of 28 x 28 pixels take some ten seconds on two cores. Weights and batches come from a generator
    of its own: the same pictures, labels and seed give the same judge on the same machine, and
    nobody else's random numbers change.

    Args:
        hidden (int): Units of the layer before the last, whose values are the features.

    Attributes:
        classes (numpy.ndarray): The labels it was taught, sorted.
    """

    classes: NDArray[Any]
    _shape: tuple[int, ...]
    _network: _Network

    def __init__(self, hidden: int = 64) -> None:
        self.hidden = hidden

    def fit(
        self,
        images: NDArray[np.uint8],
        labels: ArrayLike,
        *,
        seed: int = 0,
        epochs: int = 8,
        batch_size: int = 128,
        learning_rate: float = 2e-3,
    ) -> PictureJudge:
        """Learn to tell the labels of pictures (Adam, its step falling to 0 along a cosine).

        Args:
            images (numpy.ndarray): (rows, height, width, channels) uint8, of 1 or 3 channels and
                sides of 8 to 128 pixels.
            labels (array): (rows,) of any number of classes; all text or all numbers, none missing.
            seed (int): Of the first weights and of the batches.
            epochs (int): Passes over the pictures; few pictures are passed over more often, until
                there were 300 batches.
            batch_size (int): Pictures in a batch.
            learning_rate (float): Of Adam.

        Returns:
            PictureJudge: Itself.

        Raises:
            ValueError: If pictures or labels are not as described; the message lists every reason.
        """
        labels = np.asarray(labels)
        problems = picture_problems('images', images)
        if labels.ndim != 1 or len(labels) != len(images):
            problems.append(
                f'labels have the shape {labels.shape}; give one label for each of the '
                f'{len(images)} pictures.'
            )
        elif not len(labels):
            problems.append('there are no pictures to learn from.')
        if problems:
            raise ValueError(' '.join(problems))
        self.classes, codes = np.unique(labels, return_inverse=True)
        self._shape = images.shape[1:]
        generator = torch.Generator().manual_seed(seed)
        self._network = _Network(self._shape, self.hidden, len(self.classes))
        reset_parameters(self._network, generator)
        self._network.look_at(images)
        targets = torch.from_numpy(codes.astype(np.int64))
        per_epoch = -(-len(images) // batch_size)
        passes = max(epochs, -(-_FEWEST_STEPS // per_epoch))
        optimizer = torch.optim.Adam(self._network.parameters(), lr=learning_rate)
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, passes * per_epoch)
        pixels = _tensor(images)
        for _ in range(passes):
            for rows in torch.randperm(len(pixels), generator=generator).split(batch_size):
                loss = F.cross_entropy(self._network(pixels[rows]), targets[rows])
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                schedule.step()
        self._scale = 1.0
        spread = float(np.sqrt(self.features(images).var(axis=0).sum()))
        self._scale = spread or 1.0
        return self

    def probabilities(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """(rows, classes): how likely each class is, in the order of ``classes``."""
        return self._in_parts(lambda part: self._network(part).softmax(dim=1), images)

    def predict(self, images: NDArray[np.uint8]) -> NDArray[Any]:
        """(rows,): the likeliest class of each picture."""
        predicted: NDArray[Any] = self.classes[self.probabilities(images).argmax(axis=1)]
        return predicted

    def features(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """(rows, hidden): what the layer before the last says of each picture.

        All are divided by one number, so that their variances over the pictures it has learnt from
        sum to 1: distances of two judges are on about the same scale.
        """
        return self._in_parts(self._network.features, images) / np.float32(self._scale)

    def _in_parts(
        self, answer: Callable[[Tensor], Tensor], images: NDArray[np.uint8]
    ) -> NDArray[np.float32]:
        """Ask about some pictures at a time, with nothing recorded for gradients."""
        problems = picture_problems('images', images)
        if not problems and images.shape[1:] != self._shape:
            problems.append(
                f'images are of {images.shape[1:]}; the judge has learnt from {self._shape}.'
            )
        if problems:
            raise ValueError(' '.join(problems))
        with torch.inference_mode():
            parts = [answer(part) for part in _tensor(images).split(_AT_ONCE)]
            return np.asarray(torch.cat(parts).numpy())


def picture_problems(name: str, images: object) -> list[str]:
    """What makes an argument no pictures at all.

    Args:
        name: Of the argument.
        images: Its value.
    """
    if not isinstance(images, np.ndarray) or images.dtype != np.uint8:
        kind = images.dtype if isinstance(images, np.ndarray) else type(images).__name__
        return [f'{name} are {kind}; give a numpy array of uint8, from 0 to 255.']
    least, most = SIDES
    if images.ndim != 4 or images.shape[3] not in (1, 3):
        return [
            f'{name} have the shape {images.shape}; give (rows, height, width, channels), with 1 '
            'channel (grey) or 3 (red, green, blue).'
        ]
    if not all(least <= side <= most for side in images.shape[1:3]):
        height, width = images.shape[1:3]
        return [f'{name} are of {height} x {width} pixels; sides must be {least} to {most}.']
    return []


def _tensor(images: NDArray[np.uint8]) -> Tensor:
    """The pictures as torch has them; what numpy may not write to, torch warns about."""
    contiguous = np.ascontiguousarray(images)
    return torch.from_numpy(contiguous if contiguous.flags.writeable else contiguous.copy())
