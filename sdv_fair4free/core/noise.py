"""The random numbers of sampling."""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from torch import Tensor

from sdv_fair4free.core.schema import Schema

BLOCK = 1024
"""Points of the Sobol sequence that are shuffled among themselves; a power of two."""
BELOW_ONE = 1.0 - 2.0**-24
"""The largest number of single precision below 1."""
MOST_COLUMNS = 64
"""Columns of ``x`` that take part in the sequence; the points of many dimensions fill badly."""


class Drawing(NamedTuple):
    """The random numbers of some rows.

    Attributes:
        group: (rows,) uniforms.
        u: (rows, latent) Gaussian.
        targets: (rows, targets) uniforms.
        columns: (rows, columns of x) uniforms.
        cells: (rows, as many as asked for) uniforms, independent.
    """

    group: Tensor
    u: Tensor
    targets: Tensor
    columns: Tensor
    cells: Tensor


class Noise:
    """The random numbers of sampling: a private stream, the same for the same seed.

    Groups, latents, targets and columns come from a scrambled Sobol sequence: their joint shares
    are then closer to what was asked than independent draws would be (for groups and targets an
    error of about 1/n instead of 1/sqrt(n)), and the noise of a label no longer decides whether a
    sample looks fair. The points of the sequence are shuffled in blocks, so that a row's place
    tells nothing about it. Where inside a token a value lies takes independent uniforms.
    """

    def __init__(self, schema: Schema, seed: int) -> None:
        self.latent, self.targets = schema.latent, len(schema.y.sizes)
        self.columns = len(schema.x.sizes)
        self.dimensions = 1 + self.latent + self.targets + min(self.columns, MOST_COLUMNS)
        self.seed(seed)

    def seed(self, seed: int) -> None:
        """Start the stream anew."""
        self._sobol = torch.quasirandom.SobolEngine(self.dimensions, scramble=True, seed=seed)
        self._pending = torch.empty(0, self.dimensions, dtype=torch.float64)
        self._order = torch.Generator().manual_seed(seed + 1)
        self._cells = torch.Generator().manual_seed(seed)

    def draw(self, rows: int, cells: int = 0) -> Drawing:
        """Draw the numbers of the next rows, with so many independent ``cells`` each."""
        blocks = -(-max(0, rows - len(self._pending)) // BLOCK)
        fresh = self._sobol.draw(blocks * BLOCK, dtype=torch.float64) if blocks else self._pending
        order = torch.rand(blocks, BLOCK, generator=self._order).argsort(dim=1)
        order = (order + BLOCK * torch.arange(blocks)[:, None]).flatten()
        points = torch.cat([self._pending, fresh[order]]).clamp(1e-9, 1 - 1e-9)
        points, self._pending = points[:rows], points[rows:]
        sizes = [1, self.latent, self.targets, self.dimensions - 1 - self.latent - self.targets]
        group, u, targets, columns = points.split(sizes, dim=1)
        others = self.columns - columns.shape[1]
        # One call for all that is independent, row after row: a longer sample starts alike.
        uniforms = torch.rand(rows, others + cells, generator=self._cells)
        return Drawing(
            group=group[:, 0].contiguous(),
            u=torch.special.ndtri(u).float(),
            targets=targets.float(),
            columns=torch.cat([columns.float().clamp(max=BELOW_ONE), uniforms[:, :others]], dim=1),
            cells=uniforms[:, others:],
        )

    def fresh_seed(self) -> int:
        """The seed of a stream of its own; the next each time."""
        return int(torch.randint(2**62, (1,), generator=self._cells))

    def branch(self) -> torch.Generator:
        """A stream of its own, for rows that take more numbers than others; the next each time."""
        return torch.Generator().manual_seed(self.fresh_seed())

    def get_state(self) -> dict[str, Any]:
        """Where the stream is, in plain tensors and numbers."""
        return {
            'drawn': self._sobol.num_generated,
            'pending': self._pending.clone(),  # a part of more, which is not to be kept
            'order': self._order.get_state(),
            'cells': self._cells.get_state(),
        }

    def set_state(self, state: dict[str, Any]) -> None:
        """Go to where a stream of the same schema and seed was."""
        self._sobol.reset()
        if state['drawn']:
            self._sobol.fast_forward(state['drawn'])
        self._pending = state['pending']
        self._order.set_state(state['order'])
        self._cells.set_state(state['cells'])

    def __getstate__(self) -> dict[str, Any]:
        streams = {name: getattr(self, name).get_state() for name in ('_order', '_cells')}
        return {**self.__dict__, **streams}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        for name in ('_order', '_cells'):
            generator = torch.Generator()
            generator.set_state(state[name])
            setattr(self, name, generator)
