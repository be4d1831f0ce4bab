"""The teacher: reads the rows. A fair representation first, then a decoder from it.

1. Representation: an encoder of rows to ``z``, see :mod:`~sdv_fair4free.core.representation`.
2. Transport makes ``u`` out of ``z``, Gaussian given every value of ``s``.
3. Decoder and heads: p(x | u, s), p(y | u), p(y | u, s); and the law of ``s``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from sdv_fair4free.core.checkpoint import Checkpoints
from sdv_fair4free.core.conditional import AT_ONCE, fit_flow, learnt_shares
from sdv_fair4free.core.config import TeacherConfig
from sdv_fair4free.core.criteria import (
    Criterion,
    balancing_weights,
    shrunken_shares,
)
from sdv_fair4free.core.decoding import decoder_loss, painter_loss
from sdv_fair4free.core.dependence import Penalty, distance_covariance
from sdv_fair4free.core.generator import RowGenerator
from sdv_fair4free.core.levelling import Levelling, outcome_transport
from sdv_fair4free.core.networks import reset_parameters
from sdv_fair4free.core.representation import (
    EVALUATION_BATCH,
    HEAD_WIDTH,
    Representation,
    representation_loss,
)
from sdv_fair4free.core.rows import Rows
from sdv_fair4free.core.schema import Schema
from sdv_fair4free.core.sensitive import SensitiveLaw
from sdv_fair4free.core.stages import Stages
from sdv_fair4free.core.training import (
    Callback,
    Record,
    batch_size_for,
    steps_per_epoch,
)
from sdv_fair4free.core.transport import neighbourly, own_share, transport

FEWEST_OF_DECODER = 16
"""Steps of its epochs, at least. It tells whole rows, and to see each of a small table several
times an epoch is to learn them by heart; others tell one thing of a row, and need the steps."""
RAMP = 0.3
"""Share of the steps over which what presses the latent of pictures comes into force."""
MANY = 2**15
"""Rows that suffice to tell how often tokens come, for networks to begin with."""


@dataclass(frozen=True, kw_only=True)
class TrainedTeacher:
    """A teacher and what its fit leaves behind.

    Attributes:
        generator: Draws rows; all that a student needs.
        encoder: The representation; None where nothing needs one.
        history: Losses by stage, epoch and term.
        u: (rows, latent): the transported latents of the real rows. For distillation with data;
            not part of the teacher, and never stored with it.
        strata: (rows,) strata of the outcome, within which a criterion may compare the groups.
        group_counts: (groups,) rows of each crossing of sensitive categories.
        group_trust: (groups,) the share of what is learnt about the fairness of each that comes
            from its own rows, the rest from its parent group; NaN where no map looks at groups.
    """

    generator: RowGenerator
    encoder: Representation | None
    history: list[Record]
    u: Tensor
    strata: Tensor
    group_counts: Tensor
    group_trust: Tensor


def fit_teacher(
    rows: Rows,
    schema: Schema,
    *,
    criterion: Criterion,
    favourable: int,
    config: TeacherConfig,
    generator: torch.Generator,
    penalty: Penalty = distance_covariance,
    callbacks: Sequence[Callback] = (),
    checkpoints: Checkpoints | None = None,
) -> TrainedTeacher:
    """Fit a teacher to rows.

    Args:
        rows: The real rows, on the device to train on.
        schema: Their shape.
        criterion: Where ``z`` must not depend on ``s``.
        favourable: Stratum of ``y`` that a criterion may single out.
        config: Sizes, weights, training.
        generator: All the randomness there is (a CPU generator).
        penalty: How much ``z`` and ``s`` depend on each other.
        callbacks: Hear of each epoch.
        checkpoints: What each stage goes on from, and where it is written; None for neither.

    Returns:
        The teacher; it holds no row.
    """
    fit = _Fit(
        rows, schema, criterion, favourable, config, generator, penalty, callbacks, checkpoints
    )
    return fit.run()


class _Fit(Stages):
    """The stages of a teacher, one after the other."""

    def run(self) -> TrainedTeacher:
        """Fit all stages."""
        weights = self._weights()
        representation, u = None, self.rows.x.new_zeros(len(self.rows), 1, 0, dtype=torch.float32)
        if self.schema.latent:
            # Where maps of each group follow, the order within a group is all that matters: it is
            # learnt best from the rows as they are.
            plain = torch.ones_like(weights)
            representation = self._representation(plain if self.levelled else weights)
            u = self._latents(representation, weights)
        counts = torch.bincount(self.group, minlength=len(self.groups))
        law = SensitiveLaw(self.schema.s, self.groups, counts / counts.sum())
        reset_parameters(law, self.generator)
        observed = None
        if self.balanced and self.schema.latent:
            even = torch.ones_like(weights)
            observed = fit_flow(
                'observed latent',
                u,
                self.marks(),
                even,
                self.generator,
                self.noise,
                self.train_small,
                self.schema.observed_width,
            )
        # Without columns the decoder of columns has nothing to do.
        idle = self.pictured and not self.schema.x.sizes
        rows_of = RowGenerator(
            self.schema,
            law,
            observed,
            width=1 if idle else self.config.decoder.width,
            depth=self.config.decoder.depth,
            head_width=HEAD_WIDTH,
            dropout=self.config.decoder.dropout,
            seed=self.generator,
            picture_width=self.config.picture_width,
        ).to(self.device)
        rows_of.start_from(*self._shares(weights))
        loss = decoder_loss(rows_of, self.rows, u, weights, self.blur, self.noise)
        self.train('decoder', rows_of, loss, self.config.decoder, fewest=FEWEST_OF_DECODER)
        if rows_of.painter is not None and representation is not None:
            assert representation.painter is not None
            rows_of.painter.load_state_dict(representation.painter.state_dict())
            painting = painter_loss(rows_of, self.rows, u, weights, self.noise)
            self.train('painter', rows_of.painter, painting, self.config.painter, weights)
        return TrainedTeacher(
            generator=rows_of,
            encoder=representation,
            history=self.history,
            u=u[:, 0],
            strata=self.strata,
            group_counts=counts,
            group_trust=self._trust(counts),
        )

    def _weights(self) -> Tensor:
        """(rows,): those that balance the outcome over ``s``, where the criterion asks for it."""
        if not self.balanced:
            return torch.ones(len(self.rows), device=self.device)
        if self.schema.s.numbers:
            strata = self.strata.to(self.device)
            shares = learnt_shares(strata, self.marks(), self.generator, self.train_small)
        else:
            shares = shrunken_shares(self.strata, self.levels)
        return balancing_weights(self.strata, shares).to(self.device)

    def _shares(self, weights: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """How often each token of ``x``, and of ``y`` with and without weights, comes."""
        some = self.fitted[:MANY]
        x, y, weights = self.rows.x[some], self.rows.y[some], weights[some]
        even = torch.ones_like(weights)
        schema = self.schema
        return schema.x.shares(x, even), schema.y.shares(y, weights), schema.y.shares(y, even)

    def _trust(self, counts: Tensor) -> Tensor:
        """(groups,): how far ranks are a group's own, for the outcome where it has fewest rows."""
        if self.config.transport != 'conditional' or not self.schema.latent:
            return torch.full((len(counts),), torch.nan)
        if not self.levelled:
            return own_share(counts)
        members = [self.group[mask] for mask in self.masks(self.strata) if mask.any()]
        fewest = torch.stack([torch.bincount(part, minlength=len(counts)) for part in members])
        return own_share(fewest.min(dim=0).values)

    def _representation(
        self, weights: Tensor, full: Representation | None = None
    ) -> Representation:
        """Train an encoder; given the ``full`` one, a second that sees some columns at a time."""
        settings = self.config.representation
        model = Representation(self.schema, settings, self.generator, self.config.picture_width).to(
            self.device
        )
        size = batch_size_for(len(self.fitted), settings)
        some = self.rows.values(self.fitted[: self.schema.rows_at_once(EVALUATION_BATCH)])
        if model.painter is not None and some is not None:
            model.painter.start_from(some)
        steps = steps_per_epoch(len(self.fitted), size)
        model.ramp_steps = round(RAMP * settings.epochs * steps)
        if full is not None:
            model.share_head_with(full)
        loss = representation_loss(
            model,
            self.rows,
            self.strata.to(self.device),
            weights,
            self.masks,
            self.penalty,
            self.penalty_weight,
            self.config,
            self.noise,
            self.fitted,
            hide_columns=full is not None,
            resampled=self.pictured,
            outcomes=self.outcomes if self.pictured and self.balanced else None,
        )
        stage = 'representation' if full is None else 'columns hidden'
        self.train(stage, model, loss, settings, weights)
        return model

    def _latents(self, representation: Representation, weights: Tensor) -> Tensor:
        """(rows, draws, latent): ``u`` of the real rows; one draw, or several of pictures."""
        if self.config.transport is None:
            return representation.encode(self.rows, self.noise)[:, None]
        levels = self.levels
        if self.levelled:
            hidden = self._representation(torch.ones_like(weights), representation)
            levelling = Levelling(
                representation, hidden, self.rows, self.strata, levels, self.generator
            )
            masks = [mask for mask in self.masks(self.strata) if mask.any()]
            z = levelling.latents().cpu()
            u = outcome_transport(z, masks, levels, weights.cpu(), self.generator)
            return u.to(self.device)[:, None]
        z = representation.encode(self.rows)
        # Marks of all rows at once are the largest thing there is; only numbers ask for them.
        marks = self.marks() if self.schema.s.numbers else self.rows.s_positions[:, :0]
        ranks = self.schema.s.ranks(self.rows.s, self.rows.s_positions).cpu()
        draws, counted = 1, None
        if self.pictured:
            # What paints must know the places between the rows, too: draws from q(z | x, s), which
            # fill them, are carried along, and not means.
            draws = self.config.draws
            z = torch.cat([representation.encode(self.rows, self.noise) for _ in range(draws)])
            counted = torch.arange(len(z)) < len(self.rows)
            marks, ranks, weights = (
                part.repeat(draws, 1) for part in (marks, ranks, weights[:, None])
            )
            weights, levels = weights[:, 0], [level.repeat(draws) for level in levels]
        if self.config.transport == 'pooled':
            levels = levels[-1:]
        elif self.schema.s.numbers:
            # Ranks need groups; a smooth map takes out what numbers tell, then come ranks among
            # those with nearly the same number, then ranks within groups.
            flow = fit_flow(
                'transport', z, marks, weights, self.generator, self.noise, self.train_small
            )
            flow, parts = (
                flow.cpu(),
                zip(z.cpu().split(AT_ONCE), marks.cpu().split(AT_ONCE), strict=True),
            )
            z = torch.cat([flow(part, told) for part, told in parts])
            z = neighbourly(z, ranks, weights.cpu(), self.generator)
        u = transport(z.cpu(), levels, weights.cpu(), self.generator, counted).to(self.device)
        return u.view(draws, len(self.rows), -1).transpose(0, 1).contiguous()
