"""The random numbers of sampling."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from sdv_fair4free.core.schema import Schema

BLOCK = 1024
"""Points of the Sobol sequence that are shuffled among themselves; a power of two."""


class Noise:
    """The random numbers of sampling: a private stream, the same for the same seed.

    Groups, latents and targets come from a scrambled Sobol sequence: their joint shares are then
    far closer to what was asked than independent draws would be (an error of about 1/n instead of
    1/sqrt(n)), and the noise of a label no longer decides whether a sample looks fair. The points
    of the sequence are shuffled in blocks, so that a row's place tells nothing about it. Cells of
    ``x`` take independent uniforms.
    """

    def __init__(self, schema: Schema, seed: int) -> None:
        self.latent, self.dimensions = schema.latent, schema.roots
        self.seed(seed)

    def seed(self, seed: int) -> None:
        """Start the stream anew."""
        self._sobol = torch.quasirandom.SobolEngine(self.dimensions, scramble=True, seed=seed)
        self._pending = torch.empty(0, self.dimensions, dtype=torch.float64)
        self._order = torch.Generator().manual_seed(seed + 1)
        self._cells = torch.Generator().manual_seed(seed)

    def roots(self, rows: int) -> tuple[Tensor, Tensor, Tensor]:
        """Draw what a row starts from.

        Returns:
            Uniforms for the group, (rows,), Gaussian ``u``, (rows, latent), and uniforms for the
            targets, (rows, targets).
        """
        blocks = -(-max(0, rows - len(self._pending)) // BLOCK)
        fresh = self._sobol.draw(blocks * BLOCK, dtype=torch.float64) if blocks else self._pending
        order = torch.rand(blocks, BLOCK, generator=self._order).argsort(dim=1)
        order = (order + BLOCK * torch.arange(blocks)[:, None]).flatten()
        points = torch.cat([self._pending, fresh[order]]).clamp(1e-9, 1 - 1e-9)
        points, self._pending = points[:rows], points[rows:]
        end = 1 + self.latent
        u = torch.special.ndtri(points[:, 1:end]).float()
        return points[:, 0].contiguous(), u, points[:, end:].float()

    def cells(self, rows: int, columns: int) -> Tensor:
        """(rows, columns) independent uniforms in [0, 1), row after row."""
        return torch.rand(rows, columns, generator=self._cells)

    def __getstate__(self) -> dict[str, Any]:
        streams = {name: getattr(self, name).get_state() for name in ('_order', '_cells')}
        return {**self.__dict__, **streams}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        for name in ('_order', '_cells'):
            generator = torch.Generator()
            generator.set_state(state[name])
            setattr(self, name, generator)
