"""A hash of what fitted objects hold: the same in every process, and after saving and loading."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Set
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd
import torch

STREAMS = frozenset(
    {'random_states', 'faker', 'generator', 'generated', '_counter', '_remaining_samples', 'first'}
)
"""Attributes of transformers that tell how far a stream has come, and not of what."""


def fingerprint(part: object) -> str:
    """SHA-256 of numbers, texts, arrays, tables, and of the attributes of objects.

    Attributes that tell how far a random stream has come are left out.
    """
    found = hashlib.sha256()
    _feed(found, part, [])
    return found.hexdigest()


def _feed(found: Any, part: Any, above: list[int]) -> None:
    if id(part) in above:  # something that holds itself
        found.update(b'above;')
        return
    above = [*above, id(part)]
    if isinstance(part, torch.Tensor):
        part = part.detach().cpu().numpy()
    if isinstance(part, np.ndarray) and part.dtype != object:
        found.update(f'{part.dtype}{part.shape}'.encode())
        found.update(np.ascontiguousarray(part).tobytes())
    elif isinstance(part, pd.DataFrame):
        found.update(f'table{part.shape}'.encode())
        for name, values in part.items():
            _feed(found, [str(name), str(values.dtype), *values.astype(object).to_numpy()], above)
    elif isinstance(part, pd.Series | pd.Index):
        _feed(found, [str(part.dtype), *part.astype(object).to_numpy()], above)
    elif isinstance(part, list | tuple | np.ndarray):
        found.update(f'[{len(part)}'.encode())
        for item in part:
            _feed(found, item, above)
    elif isinstance(part, Mapping | MappingProxyType):
        found.update(f'{{{len(part)}'.encode())
        # Of one order wherever it was filled; what stands for a missing value cannot be sorted.
        for key in sorted(part, key=repr):
            found.update(f'{key!r}:'.encode())
            _feed(found, part[key], above)
    elif isinstance(part, Set):
        found.update(repr(sorted(map(repr, part))).encode())
    elif hasattr(part, '__dict__') and not isinstance(part, type) and not callable(part):
        kept = {name: value for name, value in vars(part).items() if name not in STREAMS}
        found.update(type(part).__qualname__.encode())
        _feed(found, kept, above)
    else:
        name = getattr(part, '__qualname__', None)  # a function is no more than its name
        found.update(f'{name or repr(part)};'.encode())
