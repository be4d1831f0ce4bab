"""Pictures side by side, as PNG files that a page holds in itself."""

from __future__ import annotations

import base64
import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np
from numpy.typing import NDArray

_SIGNATURE = b'\x89PNG\r\n\x1a\n'
_COLOUR_TYPES = {1: 0, 3: 2}
_WHITE = 255
_SHOWN_PIXELS = 56


@dataclass(frozen=True, kw_only=True)
class Grid:
    """Pictures in rows and columns.

    Attributes:
        heading (str): What they are.
        caption (str): What to look for.
        rows (tuple[str, ...]): What each row shows: a group.
        columns (tuple[str, ...]): What each column shows: a class; empty where it has no name.
        images (numpy.ndarray): (rows, columns, height, width, channels) uint8.
        absent (numpy.ndarray): (rows, columns) True where there was no such picture.
    """

    heading: str
    caption: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    images: NDArray[np.uint8]
    absent: NDArray[np.bool_]


def png_bytes(image: NDArray[np.uint8]) -> bytes:
    """A picture as a PNG file (ISO/IEC 15948), 8 bits a channel, without filters.

    Args:
        image (numpy.ndarray): (height, width, channels) uint8, of 1 or 3 channels.
    """
    height, width, channels = image.shape
    header = struct.pack('>IIBBBBB', width, height, 8, _COLOUR_TYPES[channels], 0, 0, 0)
    lines = np.zeros((height, 1 + width * channels), np.uint8)  # each begins with its filter, 0
    lines[:, 1:] = image.reshape(height, -1)
    parts = ((b'IHDR', header), (b'IDAT', zlib.compress(lines.tobytes(), 9)), (b'IEND', b''))
    return _SIGNATURE + b''.join(
        struct.pack('>I', len(data)) + name + data + struct.pack('>I', zlib.crc32(name + data))
        for name, data in parts
    )


def strip(images: NDArray[np.uint8], absent: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Pictures side by side, with a white pixel around each; absent ones are white.

    Args:
        images: (columns, height, width, channels).
        absent: (columns,)
    """
    images = np.where(absent[:, None, None, None], np.uint8(_WHITE), images)
    margins = ((0, 0), (1, 1), (1, 1), (0, 0))
    return np.concatenate([*np.pad(images, margins, constant_values=_WHITE)], axis=1)


def grid_block(grid: Grid, level: int = 3) -> str:
    """A grid as HTML: a heading, what to look for, and a strip of pictures for each row."""
    return (
        f'<figure><figcaption><h{level}>{escape(grid.heading)}</h{level}>'
        f'<p>{escape(grid.caption)}</p></figcaption>'
        f'<div class="strips">{_named_columns(grid)}'
        f'{"".join(_strip_block(grid, row) for row in range(len(grid.rows)))}</div></figure>'
    )


def _named_columns(grid: Grid) -> str:
    if not any(grid.columns):
        return ''
    names = ''.join(f'<span>{escape(name)}</span>' for name in grid.columns)
    return f'<b></b><div class="columns" style="{_width(grid)}" aria-hidden="true">{names}</div>'


def _strip_block(grid: Grid, row: int) -> str:
    """One row: the name of the group, then its pictures as one PNG."""
    picture = strip(grid.images[row], grid.absent[row])
    data = base64.b64encode(png_bytes(picture)).decode('ascii')
    height, width = picture.shape[:2]
    alt = f'{grid.heading}, {grid.rows[row]}: {_listed(grid.columns, grid.absent[row])}'
    return (
        f'<b>{escape(grid.rows[row])}</b><img src="data:image/png;base64,{data}" '
        f'width="{width}" height="{height}" style="{_width(grid)}" alt="{escape(alt)}">'
    )


def _listed(columns: Sequence[str], absent: NDArray[np.bool_]) -> str:
    """What a strip shows, for readers without eyes."""
    if not any(columns):
        return f'{(~absent).sum()} pictures.'
    shown = [name for name, gone in zip(columns, absent, strict=True) if not gone]
    gone = [name for name, gone in zip(columns, absent, strict=True) if gone]
    return f'{", ".join(shown) or "nothing"}{f"; none of {chr(44).join(gone)}" if gone else ""}.'


def _width(grid: Grid) -> str:
    return f'width:{max(_SHOWN_PIXELS, grid.images.shape[3]) * grid.images.shape[1]}px'
