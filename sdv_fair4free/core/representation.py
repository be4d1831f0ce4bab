"""The fair representation: a variational encoder that tells the target, under the penalty.

q(z | x, s) predicts ``y`` and rebuilds ``x``, with the distance covariance of ``z`` and ``s`` as a
penalty (Fair4Free, arXiv 2410.01423, section 3; the penalty is that of FairDisCo, Liu et al. 2022).
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from sdv_fair4free.core.config import TeacherConfig, TrainingConfig
from sdv_fair4free.core.dependence import Penalty, dependence_within
from sdv_fair4free.core.likelihood import bounded, negative_log_likelihood
from sdv_fair4free.core.networks import (
    Decoder,
    Encoder,
    Linear,
    reset_parameters,
)
from sdv_fair4free.core.pictures import Eye, Painter, as_bytes, painting_loss
from sdv_fair4free.core.rows import Rows
from sdv_fair4free.core.schema import Schema
from sdv_fair4free.core.training import Losses, autocast

EVALUATION_BATCH = 4096
LEAST_SPREAD = 0.1
"""Of one dimension of the means of q(z | x, s), below which it tells too little to be pressed."""
HEAD_WIDTH = 32


class Representation(nn.Module):
    """q(z | x, s), p(y | z) and, to keep ``z`` about the row, independent heads p(x | z, s).

    With one target of few classes ``z`` is its log odds against the first class, so that no head
    can add to what ``z`` knows; else a small network reads the targets from ``z``.
    """

    def __init__(
        self,
        schema: Schema,
        config: TrainingConfig,
        seed: torch.Generator,
        picture_width: int = 1,
    ) -> None:
        super().__init__()
        self.schema = schema
        eye = None
        self.painter: Painter | None = None
        if schema.picture is not None:
            eye = Eye(schema.picture, picture_width, config.width)
            self.painter = Painter(schema.picture, schema.context, picture_width)
        self.encoder = Encoder(
            schema.x, schema.s.width, schema.latent, config.width, config.depth, config.dropout, eye
        )
        self.rebuild = Linear(schema.latent + schema.s.width, schema.x.tokens, gain=0.1)
        self.prior_log_odds: nn.Parameter | None = None
        self.head: Decoder | None = None
        # A picture is more than its outcome.
        if schema.y.sizes == (schema.latent + 1,) and schema.picture is None:
            self.prior_log_odds = nn.Parameter(torch.zeros(schema.latent))
        elif schema.y.sizes:
            self.head = Decoder(schema.y, schema.latent, HEAD_WIDTH, 1, 0.0)
        self.x_membership = schema.x.membership()
        self.y_membership = schema.y.membership()
        self.steps: Tensor
        self.ramp_steps = 0
        if schema.picture is not None:
            self.register_buffer('steps', torch.zeros(()))
        reset_parameters(self, seed)

    def target_loss(self, z: Tensor, y: Tensor) -> Tensor:
        """(rows,): -log p(y | z), summed over targets; ``y`` is (rows, targets) codes."""
        at = self.schema.y.at(y)
        return negative_log_likelihood(self.target_logits(z, at), at, self.y_membership)

    def target_logits(self, z: Tensor, y_at: Tensor) -> Tensor:
        """(rows, tokens of y) logits, of each target given those before it."""
        if self.head is not None:
            logits: Tensor = self.head(y_at, z)
            return logits
        assert self.prior_log_odds is not None
        odds = z + self.prior_log_odds
        return bounded(torch.cat([torch.zeros_like(odds[:, :1]), odds], dim=1))

    def ramp(self, training: bool) -> Tensor:
        """From 0 to 1 over the first ``ramp_steps`` steps of training.

        A latent that is pressed to tell nothing before it tells anything never tells anything
        (Bowman et al. 2016).
        """
        if training:
            self.steps += 1
        told = self.steps / max(self.ramp_steps, 1) if training else torch.ones_like(self.steps)
        return told.clamp(max=1.0)

    def share_head_with(self, other: Representation) -> None:
        """Take over the head of another, frozen: ``z`` of both then means the same."""
        self.prior_log_odds, self.head = other.prior_log_odds, other.head
        for part in (self.prior_log_odds, self.head):
            if part is not None:
                part.requires_grad_(False)

    def reconstruction(self, z: Tensor, x_at: Tensor, s_marks: Tensor) -> Tensor:
        """(rows,): mean over columns of -log p(x | z, s)."""
        logits = self.rebuild(torch.cat([z, s_marks], dim=1))
        loss = negative_log_likelihood(logits, x_at, self.x_membership)
        return loss / max(len(self.schema.x.sizes), 1)

    def stratum_scores(self, z: Tensor) -> Tensor:
        """(rows, strata): log p(stratum | z) of the one target."""
        (strata,) = self.schema.strata
        none_before = torch.zeros(len(z), 1, dtype=torch.int64, device=z.device)
        shares = self.target_logits(z, none_before).softmax(1)
        sums = shares.new_zeros(len(z), int(strata.max()) + 1)
        return sums.index_add_(1, strata.to(z.device), shares).clamp(min=1e-30).log()

    @torch.no_grad()
    def encode(
        self,
        rows: Rows,
        noise: torch.Generator | None = None,
        index: Tensor | None = None,
        shown: Tensor | None = None,
    ) -> Tensor:
        """Encode rows.

        Args:
            rows: The real rows.
            noise: Draws from q(z | x, s); None takes its mean.
            index: Which rows; None takes all.
            shown: (columns,) 1 for columns that the encoder sees; None shows all.

        Returns:
            (rows, latent).
        """
        parts = []
        if index is None:
            index = torch.arange(len(rows))
        for part in index.to(rows.x.device).split(self.schema.rows_at_once(EVALUATION_BATCH)):
            x_at, marks = self.schema.x.at(rows.x[part]), rows.marks(self.schema.s, part)
            seen = None if shown is None else shown.to(marks).expand(x_at.shape).contiguous()
            z, log_var = self.encoder(x_at, marks, None, rows.values(part), seen)
            if noise is not None:
                normal = torch.randn(z.shape, generator=noise, device=z.device)
                z = z + (0.5 * log_var).exp() * normal
            parts.append(z)
        return torch.cat(parts)

    @torch.no_grad()
    def reconstruct(self, rows: Rows) -> Tensor:
        """Pictures painted from the latents of the rows they came with.

        Returns:
            (rows, channels, height, width) uint8, on the CPU.
        """
        assert self.painter is not None
        assert rows.pictures is not None
        painted = torch.empty_like(rows.pictures, device='cpu')
        index = torch.arange(len(rows), device=rows.x.device)
        for part in index.split(self.schema.rows_at_once(EVALUATION_BATCH)):
            z, marks = self.encode(rows, index=part), rows.marks(self.schema.s, part)
            painted[part.cpu()] = as_bytes(self.painter(self.schema.context_of(z, marks))).cpu()
        return painted


def representation_loss(
    model: Representation,
    rows: Rows,
    strata: Tensor,
    weights: Tensor,
    masks: Callable[[Tensor], list[Tensor]],
    penalty: Penalty,
    penalty_weight: float,
    config: TeacherConfig,
    dropout: torch.Generator,
    fitted: Tensor,
    hide_columns: bool = False,
    resampled: bool = False,
    outcomes: Callable[[Tensor], list[Tensor]] | None = None,
) -> Callable[[Tensor, bool], Losses]:
    """The loss of the encoder, as :func:`~sdv_fair4free.core.training.train` takes it.

    Args:
        model: What is trained.
        rows: The real rows.
        strata: (rows,) strata of ``y``.
        weights: (rows,) positive.
        masks: From strata to the masks of rows within which ``z`` must not depend on ``s``.
        penalty: How much ``z`` and ``s`` depend on each other within them.
        penalty_weight: Its weight; 0 for none.
        config: Weights of the terms.
        dropout: Of dropout, latents and the wide batches of the penalty; where the rows are.
        fitted: Rows to train on, which the wide batches are drawn from.
        hide_columns: Whether each row shows a random choice of its columns only: all choices are
            then learnt at once.
        resampled: Whether batches to train on are drawn by the weights already.
        outcomes: From strata to a mask for each; None for ``masks``.
    """
    schema, device = model.schema, rows.x.device
    outcomes = masks if outcomes is None else outcomes

    def encode(
        index: Tensor, noise: torch.Generator | None
    ) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor | None]:
        x_at, s_marks = schema.x.at(rows.x[index]), rows.marks(schema.s, index)
        shown = None
        if hide_columns:
            share = torch.rand(len(index), 1, generator=dropout, device=device)
            luck = torch.rand(len(index), len(schema.x.sizes), generator=dropout, device=device)
            shown = (luck < share).float()
        values = rows.values(index)
        with autocast(device):
            mean, log_var = model.encoder(x_at, s_marks, noise, values, shown)
        return x_at, s_marks, mean, log_var, values

    def dream(z: Tensor, x_at: Tensor, s_marks: Tensor, noise: torch.Generator | None) -> Tensor:
        """(rows,): -log q(z | picture, s), of a picture painted from ``z`` and the s of others."""
        assert model.painter is not None
        luck = torch.rand(len(z), generator=dropout, device=device) if noise is not None else None
        order = torch.arange(len(z)).roll(1) if luck is None else luck.argsort()
        others, z = s_marks[order], z.detach()
        with torch.no_grad(), autocast(device):
            painted = model.painter(schema.context_of(z, others))
        with autocast(device):
            mean, log_var = model.encoder(x_at, others, noise, painted)
        surprise: Tensor = 0.5 * ((z - mean).square() * (-log_var).exp() + log_var).sum(1)
        return surprise

    def of_pictures(
        seen: tuple[Tensor, Tensor, Tensor, Tensor],
        values: Tensor,
        z: Tensor,
        weight: Tensor,
        within: list[list[Tensor]],
        training: bool,
    ) -> Losses:
        """The terms that only pictures have, or have otherwise."""
        x_at, s_marks, mean, log_var = seen
        assert schema.picture is not None
        assert model.painter is not None
        with autocast(device):
            painted = model.painter(schema.context_of(z, s_marks))
        parts = {'picture': config.picture_weight * painting_loss(painted, values, weight)}
        ramp = model.ramp(training)
        per_value = config.picture_weight / schema.picture.values
        divergence = 0.5 * (mean.square() + log_var.exp() - 1.0 - log_var).sum(1)
        scale = ramp * config.divergence_weight * per_value
        parts['divergence'] = scale * (weight * divergence).mean()
        if penalty_weight and schema.s.columns:
            # Without a unit, so that a latent that shrinks gains nothing. Wide batches of pictures
            # cost too much; the many small ones err both ways.
            even = mean / mean.detach().std(0, correction=0).clamp(min=LEAST_SPREAD)
            found = [dependence_within(even, s_marks, some, penalty) for some in within]
            parts['dependence'] = ramp * penalty_weight * torch.stack(found).mean()
            if config.dream_weight:
                lost = dream(z, x_at, s_marks, dropout if training else None)
                parts['dream'] = ramp * config.dream_weight * per_value * lost.mean()
        return parts

    def loss(batch: Tensor, training: bool) -> Losses:
        noise = dropout if training else None
        index = batch.to(device)
        x_at, s_marks, mean, log_var, values = encode(index, noise)
        z = mean
        if training:
            normal = torch.randn(mean.shape, generator=dropout, device=device)
            z = mean + (0.5 * log_var).exp() * normal
        weight = torch.ones_like(z[:, 0]) if training and resampled else weights[index]
        parts: Losses = {}
        if schema.y.sizes:
            told = (weight * model.target_loss(z, rows.y[index])).mean()
            scale = config.target_weight
            if schema.picture is not None:
                scale *= config.picture_weight / schema.picture.values
            parts['target'] = told if scale == 1 else scale * told
        if config.reconstruction_weight:
            with autocast(device):
                rebuilt = model.reconstruction(z, x_at, s_marks)
            parts['reconstruction'] = config.reconstruction_weight * (weight * rebuilt).mean()
        if values is not None:
            # Watched rows are as they are: balanced, by no weight, within each outcome alone.
            within = [outcomes(strata[index])]
            if training and resampled:
                within.append(masks(strata[index]))
            parts |= of_pictures(
                (x_at, s_marks, mean, log_var), values, z, weight, within, training
            )
            return parts
        if config.divergence_weight:
            divergence = 0.5 * (mean.square() + log_var.exp() - 1.0 - log_var).sum(1)
            parts['divergence'] = config.divergence_weight * (weight * divergence).mean()
        if penalty_weight and schema.s.columns:
            wide = index
            if training:
                size = min(config.dependence_batch, len(fitted))
                chosen = torch.randint(len(fitted), (size,), generator=dropout, device=device)
                wide = fitted[chosen]
            _, marks, means, _, _ = encode(wide, None)
            found = dependence_within(means, marks, masks(strata[wide]), penalty)
            parts['dependence'] = penalty_weight * found
        return parts

    return loss
