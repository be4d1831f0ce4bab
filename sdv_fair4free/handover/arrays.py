"""Named arrays as safetensors: names, shapes and numbers, and nothing that could run."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load, save

from sdv_fair4free.handover.errors import HandoverError

Array = NDArray[np.generic]

KNOWN_TYPES = ('float16', 'float32', 'float64', 'int64')


def pack(arrays: Mapping[str, Array]) -> bytes:
    """The bytes of named arrays."""
    # In order of their names: the same arrays make the same bytes.
    return save({name: np.ascontiguousarray(arrays[name]) for name in sorted(arrays)})


def unpack(content: bytes, part: str) -> dict[str, Array]:
    """Named arrays, finite all of them.

    Raises:
        HandoverError: If the bytes are damaged or hold what no generator has.
    """
    try:
        arrays: dict[str, Array] = load(content)
    # The header is not ours to trust: unknown types raise KeyError, bad sizes ValueError.
    except (SafetensorError, KeyError, ValueError, TypeError, OverflowError) as error:
        raise HandoverError(f'{part} is damaged: {type(error).__name__}: {error}') from error
    if pack(arrays) != content:
        raise HandoverError(f'{part} is damaged, or holds more than its arrays.')
    for name, array in arrays.items():
        if str(array.dtype) not in KNOWN_TYPES:
            raise HandoverError(f'{part}: {name!r} has the unknown type {array.dtype}.')
        if array.dtype.kind == 'f' and not np.isfinite(array).all():
            raise HandoverError(f'{part}: {name!r} holds numbers that are not finite.')
    return arrays
