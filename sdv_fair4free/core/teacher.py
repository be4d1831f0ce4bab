"""The teacher: reads the rows. A fair representation first, then a decoder from it.

1. Representation: a variational encoder q(z | x, s) that predicts ``y`` and rebuilds ``x``, with
   the distance covariance of ``z`` and ``s`` as a penalty (Fair4Free, arXiv 2410.01423, section 3;
   the penalty is that of FairDisCo, Liu et al. 2022).
2. Transport makes ``u`` out of ``z``, exactly Gaussian in every group.
3. Decoder and heads: p(x | u, s), p(y | u), p(y | u, s).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from sdv_fair4free.core.config import TeacherConfig, TrainingConfig
from sdv_fair4free.core.criteria import Criterion, balancing_weights
from sdv_fair4free.core.dependence import distance_covariance
from sdv_fair4free.core.generator import RowGenerator, Schema
from sdv_fair4free.core.layout import Layout
from sdv_fair4free.core.networks import (
    Encoder,
    Linear,
    bounded,
    negative_log_likelihood,
    reset_parameters,
)
from sdv_fair4free.core.training import (
    Callback,
    Losses,
    Record,
    autocast,
    batch_size_for,
    generator_on,
    shuffled_batches,
    train,
)
from sdv_fair4free.core.transport import quantile_maps, transport

EVALUATION_BATCH = 4096
HEAD_WIDTH = 32


@dataclass(frozen=True, kw_only=True)
class Rows:
    """The real rows, as codes.

    Attributes:
        x: (rows, columns of x) integers.
        s: (rows, columns of s) integers.
        y: (rows,) int64; zeros without a target.
    """

    x: Tensor
    s: Tensor
    y: Tensor

    def __len__(self) -> int:
        return len(self.x)

    def groups(self) -> tuple[Tensor, Tensor]:
        """The combinations of ``s`` that occur, (groups, columns), and each row's, (rows,)."""
        if self.s.shape[1] == 0:
            return self.s[:1].long(), torch.zeros(len(self.s), dtype=torch.int64)
        groups, group = torch.unique(self.s.long(), dim=0, return_inverse=True)
        return groups, group


@dataclass(frozen=True, kw_only=True)
class TrainedTeacher:
    """A teacher and what its fit leaves behind.

    Attributes:
        generator: Draws rows; all that a student needs.
        encoder: The representation; None where nothing needs one.
        history: Losses by stage, epoch and term.
        u: (rows, latent): the transported latents of the real rows. For distillation with data;
            not part of the teacher, and never stored with it.
    """

    generator: RowGenerator
    encoder: Representation | None
    history: list[Record]
    u: Tensor


class Representation(nn.Module):
    """q(z | x, s), p(y | z) and, to keep ``z`` about the row, independent heads p(x | z, s).

    ``z`` is the target's log odds against its first class, so no head can add to what ``z`` knows.
    """

    def __init__(self, schema: Schema, config: TrainingConfig, seed: torch.Generator) -> None:
        super().__init__()
        inputs = Layout(
            sizes=schema.x.sizes + schema.s.sizes,
            features=torch.block_diag(schema.x.features, schema.s.features),
        )
        self.schema = schema
        self.encoder = Encoder(inputs, schema.latent, config.width, config.depth, config.dropout)
        self.rebuild = Linear(schema.latent + schema.s.tokens, schema.x.tokens, gain=0.1)
        self.prior_log_odds = nn.Parameter(torch.zeros(schema.latent))
        self.membership: Tensor
        self.register_buffer('membership', schema.x.membership(), persistent=False)
        reset_parameters(self, seed)

    def log_probabilities(self, z: Tensor) -> Tensor:
        """(rows, classes): log p(y | z)."""
        odds = z + self.prior_log_odds
        logits: Tensor = torch.cat([torch.zeros_like(odds[:, :1]), odds], dim=1)
        return logits.log_softmax(1)

    def reconstruction(self, z: Tensor, x_hot: Tensor, s_hot: Tensor) -> Tensor:
        """(rows,): mean over columns of -log p(x | z, s)."""
        logits = bounded(self.rebuild(torch.cat([z, s_hot.float()], dim=1)))
        loss = negative_log_likelihood(logits, x_hot, self.membership)
        return loss / max(self.membership.shape[1], 1)

    @torch.no_grad()
    def means(self, rows: Rows, schema: Schema) -> Tensor:
        """(rows, latent): the mean of q(z | x, s) of each row."""
        parts = []
        for x, s in zip(
            rows.x.split(EVALUATION_BATCH), rows.s.split(EVALUATION_BATCH), strict=True
        ):
            hot = torch.cat([schema.x.hot(x), schema.s.hot(s)], dim=1)
            parts.append(self.encoder(hot)[0])
        return torch.cat(parts)


def fit_teacher(
    rows: Rows,
    schema: Schema,
    *,
    criterion: Criterion,
    favourable: int,
    config: TeacherConfig,
    generator: torch.Generator,
    callbacks: Sequence[Callback] = (),
) -> TrainedTeacher:
    """Fit a teacher to rows.

    Args:
        rows: The real rows, on the device to train on.
        schema: Their shape.
        criterion: Where ``z`` must not depend on ``s``.
        favourable: Class of ``y`` that a criterion may single out.
        config: Sizes, weights, training.
        generator: All the randomness there is (a CPU generator).
        callbacks: Hear of each epoch.

    Returns:
        The teacher; it holds no row.
    """
    groups, group = rows.groups()
    shares = torch.bincount(group, minlength=len(groups)) / len(group)
    balanced = criterion.balanced and schema.latent > 0
    weights = balancing_weights(rows.y, group) if balanced else torch.ones(len(group))
    weights = weights.to(rows.x.device)

    shuffled = torch.randperm(len(rows), generator=generator)
    watched = max(1, round(config.held_out * len(rows))) if config.held_out else 0
    # Too few rows to spare any: then the training rows are watched, and only ending is at stake.
    held_out, fitted = shuffled[:watched], shuffled[watched:]
    if watched == 0 or len(fitted) == 0:
        held_out = fitted = shuffled

    history: list[Record] = []
    representation = None
    u = rows.x.new_zeros(len(rows), 0, dtype=torch.float32)
    if schema.latent:
        representation = Representation(schema, config.representation, generator).to(rows.x.device)
        history += train(
            stage='representation',
            module=representation,
            loss=_representation_loss(
                representation, rows, weights, criterion, favourable, config, generator, fitted
            ),
            config=config.representation,
            callbacks=callbacks,
            **_batches(fitted, held_out, config.representation, generator),
        )
        u = transport(
            representation.means(rows, schema).cpu(), group.cpu(), weights.cpu(), generator
        ).to(rows.x.device)

    rows_of = RowGenerator(
        schema,
        groups,
        shares,
        quantile_maps(u.cpu(), group.cpu()) if balanced else None,
        width=config.decoder.width,
        depth=config.decoder.depth,
        head_width=HEAD_WIDTH,
        dropout=config.decoder.dropout,
        seed=generator,
    ).to(rows.x.device)
    history += train(
        stage='decoder',
        module=rows_of,
        loss=_decoder_loss(rows_of, rows, u, weights, generator),
        config=config.decoder,
        callbacks=callbacks,
        **_batches(fitted, held_out, config.decoder, generator),
    )
    return TrainedTeacher(generator=rows_of, encoder=representation, history=history, u=u)


def _batches(
    fitted: Tensor, held_out: Tensor, config: TrainingConfig, generator: torch.Generator
) -> dict[str, Any]:
    size = batch_size_for(len(fitted), config)
    steps = len(shuffled_batches(fitted, size, torch.Generator()))
    return {
        'epoch_of_batches': lambda: shuffled_batches(fitted, size, generator),
        'steps_per_epoch': steps,
        'held_out': held_out.split(EVALUATION_BATCH),
    }


def _representation_loss(
    model: Representation,
    rows: Rows,
    weights: Tensor,
    criterion: Criterion,
    favourable: int,
    config: TeacherConfig,
    generator: torch.Generator,
    fitted: Tensor,
) -> Callable[[Tensor, bool], Losses]:
    schema = model.schema
    dropout = generator_on(rows.x.device, generator)
    penalty = config.dependence_weight
    if penalty is None:
        penalty = criterion.dependence_weight

    def encode(index: Tensor, noise: torch.Generator | None) -> tuple[Tensor, ...]:
        index = index.to(rows.x.device)
        x_hot, s_hot = schema.x.hot(rows.x[index]), schema.s.hot(rows.s[index])
        with autocast(rows.x.device):
            mean, log_var = model.encoder(torch.cat([x_hot, s_hot], dim=1), noise)
        return index, x_hot, s_hot, mean, log_var

    def loss(batch: Tensor, training: bool) -> Losses:
        noise = dropout if training else None
        index, x_hot, s_hot, mean, log_var = encode(batch, noise)
        z = mean
        if training:
            normal = torch.randn(mean.shape, generator=dropout, device=mean.device)
            z = mean + (0.5 * log_var).exp() * normal
        weight = weights[index]
        target = F.nll_loss(model.log_probabilities(z), rows.y[index], reduction='none')
        parts = {'target': (weight * target).mean()}
        if config.reconstruction_weight:
            with autocast(rows.x.device):
                rebuilt = model.reconstruction(z, x_hot, s_hot)
            parts['reconstruction'] = config.reconstruction_weight * (weight * rebuilt).mean()
        if config.divergence_weight:
            divergence = 0.5 * (mean.square() + log_var.exp() - 1.0 - log_var).sum(1)
            parts['divergence'] = config.divergence_weight * (weight * divergence).mean()
        if penalty:
            wide = batch
            if training:
                chosen = torch.randint(
                    len(fitted), (min(config.dependence_batch, len(fitted)),), generator=generator
                )
                wide = fitted[chosen]
            parts['dependence'] = penalty * _dependence(
                encode(wide, None), rows, criterion, favourable
            )
        return parts

    return loss


def _dependence(
    encoded: tuple[Tensor, ...], rows: Rows, criterion: Criterion, favourable: int
) -> Tensor:
    """Mean over the strata of the distance covariance of ``z`` and ``s``."""
    index, _, s_hot, mean, _ = encoded
    found = [
        distance_covariance(mean[stratum], s_hot[stratum])
        for stratum in criterion.strata(rows.y[index], favourable)
        if int(stratum.sum()) >= 4
    ]
    return torch.stack(found).mean() if found else mean.sum() * 0.0


def _decoder_loss(
    model: RowGenerator, rows: Rows, u: Tensor, weights: Tensor, generator: torch.Generator
) -> Callable[[Tensor, bool], Losses]:
    schema = model.schema
    dropout = generator_on(rows.x.device, generator)

    def loss(batch: Tensor, training: bool) -> Losses:
        index = batch.to(rows.x.device)
        x_hot, s_hot = schema.x.hot(rows.x[index]), schema.s.hot(rows.s[index])
        with autocast(rows.x.device):
            logits = model.decoder(
                x_hot, model.context(u[index], s_hot), dropout if training else None
            )
        likelihood = model.decoder.negative_log_likelihood(logits, x_hot)
        # p(x | u, s) is the same under the weights where u tells what there is to tell about y; the
        # columns are learnt, like the plain head, from the rows as they are.
        parts = {'columns': likelihood.mean()}
        if model.fair_head is not None:
            fair, plain = model.target_logits(u[index], s_hot)
            fair_loss = F.nll_loss(fair, rows.y[index], reduction='none')
            plain_loss = F.nll_loss(plain, rows.y[index], reduction='none')
            parts['target'] = (weights[index] * fair_loss).mean()
            parts['plain target'] = plain_loss.mean()
        return parts

    return loss
