"""Image files into one array."""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from sdv_fair4free.images.checks import CHANNELS, ImageError, raise_if, side_problems, size_of, some

if TYPE_CHECKING:
    from PIL.Image import Image

T = TypeVar('T')

_FORMATS = ('PNG', 'JPEG')
_ORIENTATION = 0x0112
_SIDEWAYS = (5, 6, 7, 8)
_DEEP = ('I', 'I;16', 'I;16B', 'I;16L', 'I;16N')
"""How Pillow calls the grey of 16 bits; older ones hold it in 32."""

_GREY = ('1', 'L', 'LA', *_DEEP)
_MOST_REASONS = 5
_TRANSPARENT = ('LA', 'PA', 'RGBA')


def read_images(
    paths: Iterable[Any],
    *,
    folder: str | os.PathLike[str] | None = None,
    size: int | tuple[int, int] | None = None,
    channels: int | None = None,
) -> NDArray[np.uint8]:
    """Read PNG and JPEG files, as they are meant to be seen.

    They are turned as their camera says, and what is transparent lies on white. 16 bits become 8.

    Args:
        paths: Of the files: a column of a table, say.
        folder: Where paths that are not absolute begin; None for the working directory.
        size: (height, width) in pixels, or the side of a square: what is beyond these proportions
            is cut off on both sides alike, then the image is made larger or smaller. None leaves
            them as they are; they must then all be of one size.
        channels: 1 for grey, 3 for red, green and blue; None for 1 if all files are grey, else 3.

    Returns:
        (rows, height, width, channels) uint8. Beside it only one image is in memory at a time.

    Raises:
        ImageError: Listing every problem at once: files that are missing, damaged, too large or no
            images, and images of several sizes.
        ImportError: If Pillow is not installed.
    """
    if channels is not None and channels not in CHANNELS:
        raise ImageError(f'channels={channels!r} must be 1 (grey), 3 (colours), or None.')
    sides = None if size is None else size_of(size)
    files = [_path(path, folder) for path in paths]
    if not files:
        raise ImageError('there are no image files to read; name one or more.')
    faults = _Faults()
    headers = [_header(path, faults) for path in files]
    heads = [header for header in headers if header is not None]
    problems = [] if sides else _size_problems(heads)
    images = None
    if heads and not problems:
        height, width = sides or (heads[0].height, heads[0].width)
        if channels is None:
            channels = 1 if all(header.grey for header in heads) else 3
        images = np.empty((len(files), height, width, channels), dtype=np.uint8)
    for row, (path, header) in enumerate(zip(files, headers, strict=True)):
        # All are read to the end in any case: the damage of some shows only there.
        if path is not None and header is not None:
            place = None if images is None else images[row]
            _with_image(path, partial(_put, place=place), faults)
    raise_if(faults.problems() + problems, 'the image files')
    assert images is not None  # no header would be a fault
    return images


@dataclass(frozen=True)
class _Header:
    """How a file is seen, told before its pixels are read."""

    height: int
    width: int
    grey: bool


@dataclass
class _Faults:
    """Files that cannot be read, by what is wrong with them."""

    nameless: int = 0
    missing: list[Path] = field(default_factory=list)
    others: dict[str, list[Path]] = field(default_factory=dict)

    def problems(self) -> list[str]:
        """A sentence for each kind."""
        problems = []
        if self.nameless:
            problems.append(f'{_counted(self.nameless, "row")} without a path; leave these out.')
        if self.missing:
            problems.append(
                f'{_counted(len(self.missing), "file")} missing: {some(self.missing)}. Relative '
                'paths begin at folder=, or in the working directory.'
            )
        reasons = list(self.others.items())
        problems += [
            f'{_counted(len(paths), "file")} not readable ({reason}): {some(paths)}.'
            for reason, paths in reasons[:_MOST_REASONS]
        ]
        rest = [path for _, paths in reasons[_MOST_REASONS:] for path in paths]
        if rest:
            problems.append(
                f'{_counted(len(rest), "more file")} not readable, for other reasons: {some(rest)}.'
            )
        return problems


def _counted(count: int, noun: str) -> str:
    return f'{count:,} {noun}s are' if count > 1 else f'1 {noun} is'


def _path(path: Any, folder: str | os.PathLike[str] | None) -> Path | None:
    """None if it is no path: a missing value."""
    if not isinstance(path, str | os.PathLike) or not str(path):
        return None
    return Path(path) if folder is None else Path(folder) / path


def _with_image(path: Path, use: Callable[[Image], T], faults: _Faults) -> T | None:
    """What ``use`` makes of an image; None, with a fault written down, if it cannot be read."""
    from sdv_fair4free.images.pillow import Image, UnidentifiedImageError

    try:
        with Image.open(path, formats=_FORMATS) as image:
            return use(image)
    except FileNotFoundError:
        faults.missing.append(path)
    except UnidentifiedImageError:
        faults.others.setdefault('no PNG or JPEG image', []).append(path)
    except (
        # What Pillow raises for damaged files is not of one type.
        *(OSError, SyntaxError, ValueError, EOFError, struct.error, zlib.error),
        Image.DecompressionBombError,
    ) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        faults.others.setdefault(reason or type(error).__name__, []).append(path)
    return None


def _header(path: Path | None, faults: _Faults) -> _Header | None:
    if path is None:
        faults.nameless += 1
        return None
    return _with_image(path, _seen, faults)


def _seen(image: Image) -> _Header:
    width, height = image.size
    if image.getexif().get(_ORIENTATION) in _SIDEWAYS:
        width, height = height, width
    return _Header(height=height, width=width, grey=_is_grey(image))


def _is_grey(image: Image) -> bool:
    if image.mode != 'P':
        return image.mode in _GREY
    shades = np.array(image.getpalette() or []).reshape(-1, 3)
    return bool((shades == shades[:, :1]).all())


def _size_problems(headers: list[_Header]) -> list[str]:
    """What is wrong with images that shall keep their size."""
    if not headers:
        return []
    rows = np.array([(header.height, header.width) for header in headers])
    sizes, counts = np.unique(rows, axis=0, return_counts=True)
    if len(sizes) == 1:
        problems = side_problems('all images', *map(int, sizes[0]))
        return [f'{problem} size=(height, width) resizes them.' for problem in problems]
    shown = some(
        f'{counts[kind]:,} of {sizes[kind][0]} x {sizes[kind][1]}'
        for kind in np.argsort(-counts, kind='stable')
    )
    return [
        f'images are of {len(sizes):,} sizes (height x width): {shown}. size=(height, width) '
        'resizes all to one.'
    ]


def _put(image: Image, place: NDArray[np.uint8] | None) -> None:
    """Read pixels into their place in the array, if there is one."""
    from sdv_fair4free.images.pillow import Image, ImageOps

    image.load()
    if place is None:
        return
    height, width, channels = place.shape
    seen = ImageOps.exif_transpose(image)
    if seen.mode in _DEEP:
        if 'transparency' in seen.info:
            raise ValueError('16 bits with a transparent shade; save it with 8')
        # Converting would cut all above 255 off.
        deep = np.asarray(seen).astype(np.uint32)
        seen = Image.fromarray(((deep + 128) // 257).astype(np.uint8))
    if seen.mode in _TRANSPARENT or 'transparency' in seen.info:
        seen = seen.convert('RGBA')
        seen = Image.alpha_composite(Image.new('RGBA', seen.size, 'white'), seen)
    if seen.mode == 'P':
        seen = seen.convert('RGB')
    seen = seen.convert('L' if channels == 1 else 'RGB')
    if seen.size != (width, height):
        # Cut first: resizing a part alone mixes what is beside it into the edge.
        seen = seen.crop(_middle(seen, height, width))
        seen = seen.resize((width, height), Image.Resampling.LANCZOS)
    place[...] = np.asarray(seen).reshape(place.shape)


def _middle(image: Image, height: int, width: int) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of the largest part in the middle with these proportions."""
    scale = min(image.width / width, image.height / height)
    kept = (max(round(width * scale), 1), max(round(height * scale), 1))
    left, top = (image.width - kept[0]) // 2, (image.height - kept[1]) // 2
    return left, top, left + kept[0], top + kept[1]
