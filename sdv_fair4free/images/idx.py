"""MNIST's own files: idx, packed by gzip or not.

The format is that of http://yann.lecun.com/exdb/mnist (LeCun, Cortes and Burges): two bytes of 0,
the type of the numbers (8 for uint8), how many sides there are, each side in four bytes, then the
numbers.
"""

from __future__ import annotations

import gzip
import math
import struct
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sdv_fair4free.images.checks import ImageError, raise_if

PARTS = ('train', 't10k')
"""As the files call them: 60,000 images and 10,000."""

_KINDS = {'images': 3, 'labels': 1}
_UINT8 = 8
_PACKED = b'\x1f\x8b'


def read_mnist(folder: str | Path) -> dict[str, tuple[NDArray[np.uint8], NDArray[np.uint8]]]:
    """Read what there is of MNIST in a folder.

    Args:
        folder: Holds ``train-images-idx3-ubyte`` and ``train-labels-idx1-ubyte``, or the same of
            ``t10k``, or all four; with ``.gz`` or without, and with a dot or a dash before ``idx``.

    Returns:
        From 'train' and 't10k', as far as they are there, to images (rows, height, width) and
        labels (rows,).

    Raises:
        ImageError: If there is neither, a half is missing, or a file is damaged: all at once.
    """
    folder = Path(folder)
    found = {part: {kind: _find(folder, part, kind) for kind in _KINDS} for part in PARTS}
    parts = {part: paths for part, paths in found.items() if any(paths.values())}
    if not parts:
        raise ImageError(
            f"there is no MNIST in '{folder}': put train-images-idx3-ubyte and "
            'train-labels-idx1-ubyte there, or the same of t10k, with .gz or without.'
        )
    read, problems = {}, []
    for part, paths in parts.items():
        arrays = {}
        for kind, path in paths.items():
            if path is None:
                name = f'{part}-{kind}-idx{_KINDS[kind]}-ubyte'
                problems.append(f"'{name}' is missing in '{folder}', with .gz or without.")
                continue
            try:
                arrays[kind] = read_idx(path, _KINDS[kind])
            except ImageError as error:
                problems.append(str(error))
        if len(arrays) == len(_KINDS):
            problems += _pair_problems(arrays['images'], arrays['labels'], paths)
            read[part] = (arrays['images'], arrays['labels'])
    raise_if(problems, f"MNIST in '{folder}'")
    return read


def read_idx(path: Path, dimensions: int) -> NDArray[np.uint8]:
    """Read one file of uint8 numbers.

    Args:
        path: Of the file.
        dimensions: How many sides it must have: 3 for images, 1 for labels.

    Raises:
        ImageError: Naming the file and what is wrong with it.
    """
    content = _unpacked(path)
    magic = (_UINT8 << 8) + dimensions
    start = 4 * (1 + dimensions)
    if len(content) < start:
        raise ImageError(
            f"'{path}' has {len(content)} bytes, which is no idx file; fetch it again."
        )
    found, *shape = struct.unpack(f'>{1 + dimensions}I', content[:start])
    if found != magic:
        raise ImageError(
            f"'{path}' begins with the number {found}, where {magic} says that it holds "
            f'{dimensions}-dimensional uint8 numbers; it is another file.'
        )
    told = ' x '.join(f'{side:,}' for side in shape)
    if len(content) - start != math.prod(shape):
        raise ImageError(
            f"'{path}' says that it holds {told} numbers, and holds {len(content) - start:,}; "
            'fetch it again.'
        )
    return np.frombuffer(content, dtype=np.uint8, offset=start).reshape(shape)


def _find(folder: Path, part: str, kind: str) -> Path | None:
    stems = [f'{part}-{kind}{mark}idx{_KINDS[kind]}-ubyte' for mark in '-.']
    paths = [folder / f'{stem}{ending}' for stem in stems for ending in ('', '.gz')]
    return next((path for path in paths if path.is_file()), None)


def _unpacked(path: Path) -> bytes:
    content = path.read_bytes()
    # Browsers unpack some downloads and leave their names: what is inside decides.
    if not content.startswith(_PACKED):
        return content
    try:
        return gzip.decompress(content)
    except (OSError, EOFError, zlib.error) as error:
        raise ImageError(f"'{path}' cannot be unpacked ({error}); fetch it again.") from error


def _pair_problems(
    images: NDArray[np.uint8], labels: NDArray[np.uint8], paths: dict[str, Path | None]
) -> list[str]:
    problems = []
    if len(images) != len(labels):
        problems.append(
            f"'{paths['images']}' holds {len(images):,} images and '{paths['labels']}' "
            f'{len(labels):,} labels; they do not belong together.'
        )
    if labels.max(initial=0) > 9:
        problems.append(
            f"'{paths['labels']}' has labels up to {labels.max()}, which are no digits: another "
            'data set of the same format, maybe.'
        )
    return problems
