"""p(s) p(u) p(y | u) p(x | u, s): what teacher and student both are, and how rows are drawn.

``u`` is standard Gaussian noise, independent of ``s``. ``y`` is drawn from ``u`` alone, so it is
independent of ``s`` by construction; ``x`` is not told ``y``, so no path leads back.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from sdv_fair4free.core.layout import Layout
from sdv_fair4free.core.networks import Decoder, Perceptron, reset_parameters
from sdv_fair4free.core.sampling import FoldedDecoder, draw
from sdv_fair4free.core.transport import through_maps

BLOCK = 1024
"""Points of the Sobol sequence that are shuffled among themselves; a power of two."""
CHUNK = 8192
"""Rows drawn at a time: large enough for the processor, small enough for its cache."""


@dataclass(frozen=True, kw_only=True)
class Schema:
    """The shape of a table, as the networks see it.

    Attributes:
        x: Tokens of the columns to generate.
        s: Tokens of the sensitive columns; no columns if fairness is off.
        classes: Classes of the target; 0 without one.
        latent: Dimensions of ``u``; 0 where nothing needs it.
        decoder_sees_s: Whether ``x`` may depend on ``s`` (``fairness_scope='target'``).
    """

    x: Layout
    s: Layout
    classes: int
    latent: int
    decoder_sees_s: bool

    @property
    def context(self) -> int:
        """Dimensions of what every column of ``x`` may depend on."""
        return self.latent + (self.s.tokens if self.decoder_sees_s else 0)


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """Rows drawn from a generator.

    Attributes:
        x: (rows, columns of x) int64 codes.
        s: (rows, columns of s) int64 codes.
        y: (rows,) int64 classes; zeros without a target.
        positions: (rows, columns of x) in [0, 1): where inside its token each value lies.
    """

    x: Tensor
    s: Tensor
    y: Tensor
    positions: Tensor


class Noise:
    """The random numbers of sampling: a private stream, the same for the same seed.

    Groups, latents and targets come from a scrambled Sobol sequence: their joint shares are then
    far closer to what was asked than independent draws would be (an error of about 1/n instead of
    1/sqrt(n)), and the noise of a label no longer decides whether a sample looks fair. The points
    of the sequence are shuffled in blocks, so that a row's place tells nothing about it. Cells of
    ``x`` take independent uniforms.
    """

    def __init__(self, latent: int, seed: int) -> None:
        self.latent = latent
        self.seed(seed)

    def seed(self, seed: int) -> None:
        """Start the stream anew."""
        self._sobol = torch.quasirandom.SobolEngine(self.latent + 2, scramble=True, seed=seed)
        self._pending = torch.empty(0, self.latent + 2, dtype=torch.float64)
        self._order = torch.Generator().manual_seed(seed + 1)
        self._cells = torch.Generator().manual_seed(seed)

    def roots(self, rows: int) -> tuple[Tensor, Tensor, Tensor]:
        """Draw what a row starts from.

        Returns:
            Uniforms for the group, (rows,), Gaussian ``u``, (rows, latent), and uniforms for the
            target, (rows,).
        """
        blocks = -(-max(0, rows - len(self._pending)) // BLOCK)
        fresh = self._sobol.draw(blocks * BLOCK, dtype=torch.float64) if blocks else self._pending
        order = torch.rand(blocks, BLOCK, generator=self._order).argsort(dim=1)
        order = (order + BLOCK * torch.arange(blocks)[:, None]).flatten()
        points = torch.cat([self._pending, fresh[order]]).clamp(1e-9, 1 - 1e-9)
        points, self._pending = points[:rows], points[rows:]
        u = torch.special.ndtri(points[:, 1:-1]).float()
        return points[:, 0].contiguous(), u, points[:, -1].float()

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


def stacked(columns: list[Tensor], rows: Tensor) -> Tensor:
    """(rows, columns) int64 of columns of codes, of which there may be none."""
    return torch.stack(columns, dim=1) if columns else rows.new_zeros(len(rows), 0).long()


class RowGenerator(nn.Module):
    """Decoder, target heads and the law of the sensitive columns.

    Args:
        schema: The shape of the table.
        groups: (groups, columns of s) int64: the combinations of sensitive values that exist.
        group_shares: (groups,) their shares, p(s).
        observed_u: (groups, knots, latent) quantiles of ``u`` among the real rows of each group, as
            :func:`~sdv_fair4free.core.transport.quantile_maps` gives them; None where ``u`` is
            standard Gaussian among them.
        width: Hidden units of the decoder.
        depth: Its residual blocks.
        head_width: Hidden units of the target heads.
        dropout: While training.
        seed: Source of the first weights.
    """

    groups: Tensor
    group_shares: Tensor
    observed_u: Tensor | None

    def __init__(
        self,
        schema: Schema,
        groups: Tensor,
        group_shares: Tensor,
        observed_u: Tensor | None,
        *,
        width: int,
        depth: int,
        head_width: int,
        dropout: float,
        seed: torch.Generator,
    ) -> None:
        super().__init__()
        self.schema = schema
        self.decoder = Decoder(schema.x, schema.context, width, depth, dropout)
        self.fair_head = self.plain_head = None
        if schema.latent and schema.classes:
            self.fair_head = Perceptron(schema.latent, schema.classes, head_width)
            self.plain_head = Perceptron(
                schema.latent + schema.s.tokens, schema.classes, head_width
            )
        self.register_buffer('groups', groups)
        self.register_buffer('group_shares', group_shares.float())
        self.register_buffer('observed_u', observed_u)
        reset_parameters(self, seed)

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return self.groups.device

    def parameter_count(self) -> int:
        """Number of trained weights."""
        return sum(weight.numel() for weight in self.parameters())

    def context(self, u: Tensor, s_hot: Tensor) -> Tensor:
        """(rows, context): what every column of ``x`` may depend on."""
        return torch.cat([u, s_hot], dim=1) if self.schema.decoder_sees_s else u

    def latents(self, noise: Tensor, group: Tensor, fairness_strength: float) -> Tensor:
        """(rows, latent): ``u`` for Gaussian noise.

        At strength 1 that is the noise. At 0 it is carried to where the real rows of the group lie,
        where a criterion has made ``u`` Gaussian under weights only; between, part of the way.
        """
        if self.observed_u is None or fairness_strength == 1.0:
            return noise
        observed = through_maps(noise, group, self.observed_u)
        return fairness_strength * noise + (1 - fairness_strength) * observed

    def target_logits(self, u: Tensor, s_hot: Tensor) -> tuple[Tensor, Tensor]:
        """Log probabilities of the target, fair p(y | u) and plain p(y | u, s): (rows, classes)."""
        assert self.fair_head is not None
        assert self.plain_head is not None
        fair = self.fair_head(u).float().log_softmax(1)
        plain = self.plain_head(torch.cat([u, s_hot], dim=1)).float().log_softmax(1)
        return fair, plain

    @torch.no_grad()
    def chunks(
        self,
        rows: int,
        noise: Noise,
        fairness_strength: float = 1.0,
        group_shares: Tensor | None = None,
    ) -> Iterator[Drawn]:
        """Draw rows, a chunk at a time.

        Args:
            rows: How many.
            noise: All the randomness there is.
            fairness_strength: 1 draws ``y`` from p(y | u), 0 from p(y | u, s) with ``u`` as among
                the real rows; between them the two are mixed in log space.
            group_shares: (groups,) shares to use instead of those observed.

        Yields:
            Chunks on the CPU, ``rows`` in all.
        """
        folded = FoldedDecoder.of(self.decoder)
        shares = self.group_shares if group_shares is None else group_shares
        shares = shares.cpu().double()
        bounds = shares.cumsum(0) / shares.sum()
        for start in range(0, rows, CHUNK):
            count = min(CHUNK, rows - start)
            group_uniforms, u, target_uniforms = noise.roots(count)
            cells = noise.cells(count, 2 * len(self.schema.x.sizes))
            group = torch.searchsorted(bounds, group_uniforms, right=True)
            group = group.clamp(max=len(bounds) - 1).to(self.device)
            s = self.groups[group]
            s_hot = self.schema.s.hot(s)
            u = self.latents(u.to(self.device), group, fairness_strength)
            uniforms, positions = cells.chunk(2, dim=1)
            drawn = folded.draws(self.context(u, s_hot), uniforms.to(self.device))
            x = stacked([codes for _, codes in drawn], u)
            y = s.new_zeros(count)
            if self.fair_head is not None:
                fair, plain = self.target_logits(u, s_hot)
                mixed = fairness_strength * fair + (1 - fairness_strength) * plain
                y = draw(mixed.clamp(min=-30.0), target_uniforms.to(self.device))
            yield Drawn(x=x.cpu(), s=s.cpu(), y=y.cpu(), positions=positions)

    def draw(
        self,
        rows: int,
        noise: Noise,
        fairness_strength: float = 1.0,
        group_shares: Tensor | None = None,
    ) -> Drawn:
        """Draw rows at once; see :meth:`chunks`."""
        parts = list(self.chunks(rows, noise, fairness_strength, group_shares))
        return Drawn(
            x=torch.cat([part.x for part in parts]),
            s=torch.cat([part.s for part in parts]),
            y=torch.cat([part.y for part in parts]),
            positions=torch.cat([part.positions for part in parts]),
        )
