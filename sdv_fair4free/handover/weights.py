"""The weights of a generator as named arrays, and back."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor

from sdv_fair4free.core.generator import RowGenerator, at_rest
from sdv_fair4free.handover.arrays import Array
from sdv_fair4free.handover.errors import HandoverError


def weights_of(generator: RowGenerator) -> dict[str, Array]:
    """The trained weights, and the law of the sensitive columns; what follows from sizes is not."""
    return {
        name: (at_rest(value) if value.is_floating_point() else value).cpu().numpy()
        for name, value in generator.state_dict().items()
        if not follows(name)
    }


def follows(name: str) -> bool:
    """Whether a buffer follows from the columns and need not be stored."""
    return name.endswith('.centres')


def put_weights(generator: RowGenerator, arrays: Mapping[str, Array]) -> None:
    """Put stored weights into a generator of the same shape.

    Raises:
        HandoverError: If a name or a shape is not that of the generator.
    """
    expected = {name: value for name, value in generator.state_dict().items() if not follows(name)}
    problems = [f'{name!r} is unknown' for name in arrays if name not in expected]
    problems += [f'{name!r} is missing' for name in expected if name not in arrays]
    problems += [
        f'{name!r} has the shape {arrays[name].shape}, not {tuple(value.shape)}'
        for name, value in expected.items()
        if name in arrays and arrays[name].shape != tuple(value.shape)
    ]
    if problems:
        shown = '; '.join(problems[:5]) + (f' and {len(problems) - 5} more' * (len(problems) > 5))
        raise HandoverError(f'the weights do not fit the network: {shown}.')
    given: dict[str, Tensor] = {
        name: torch.from_numpy(np.array(array)).to(expected[name].dtype)
        for name, array in arrays.items()
    }
    infinite = [name for name, value in given.items() if not value.isfinite().all()]
    if infinite:
        raise HandoverError(f'the weights are beyond all numbers in {", ".join(infinite[:5])}.')
    generator.load_state_dict(given, strict=False)
