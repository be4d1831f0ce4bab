"""What the stages of a teacher share: rows and who watches, what is asked of them, training."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import torch
from torch import Tensor, nn

from sdv_fair4free.core.checkpoint import Checkpoints
from sdv_fair4free.core.config import TeacherConfig, TrainingConfig
from sdv_fair4free.core.criteria import (
    CRITERIA,
    PENALTY,
    Criterion,
    NobodyComparedError,
    strata_of,
)
from sdv_fair4free.core.dependence import Penalty
from sdv_fair4free.core.representation import EVALUATION_BATCH
from sdv_fair4free.core.rows import Rows
from sdv_fair4free.core.schema import Schema
from sdv_fair4free.core.training import (
    FEWEST_STEPS,
    MOST_HELD_OUT,
    Callback,
    Losses,
    Record,
    batch_size_for,
    generator_on,
    shuffled_batches,
    steps_per_epoch,
    train,
    weighted_batches,
)
from sdv_fair4free.core.transport import nested_levels


class Stages:
    """One fit of a teacher: what its stages are given, and how one is trained.

    The arguments are those of :func:`~sdv_fair4free.core.teacher.fit_teacher`.
    """

    def __init__(
        self,
        rows: Rows,
        schema: Schema,
        criterion: Criterion,
        favourable: int,
        config: TeacherConfig,
        generator: torch.Generator,
        penalty: Penalty,
        callbacks: Sequence[Callback],
        checkpoints: Checkpoints | None,
    ) -> None:
        self.rows, self.schema, self.config = rows, schema, config
        self.criterion, self.favourable = criterion, favourable
        self.generator, self.callbacks, self.checkpoints = generator, callbacks, checkpoints
        self.penalty = penalty
        self.device = rows.x.device
        self.noise = generator_on(self.device, generator)
        self.history: list[Record] = []
        shuffled = torch.randperm(len(rows), generator=generator).to(self.device)
        watched = min(max(1, round(config.held_out * len(rows))), MOST_HELD_OUT)
        watched = watched if config.held_out else 0
        # Too few rows to spare any: the training rows are watched, and only ending is at stake.
        self.held_out, self.fitted = shuffled[:watched], shuffled[watched:]
        if watched == 0 or len(self.fitted) == 0:
            self.held_out = self.fitted = shuffled
        # What is counted and ranked lies on the CPU, in double precision, which not all GPUs have.
        self.groups, self.group = (found.cpu() for found in rows.groups(schema.s))
        # Those without a value are a group of their own; numbers make no others.
        missing = schema.s.missing(rows.s).cpu()
        self.levels = nested_levels(torch.cat([self.groups[self.group], missing], dim=1))
        self.strata = strata_of(rows.y.cpu(), schema.strata)
        self.strata_count = int(self.strata.max()) + 1
        if not any(mask.any() for mask in self.masks(self.strata)):
            raise NobodyComparedError(
                'the fairness criterion compares no rows of this table: all its masks are empty. '
                f'Its outcomes have {torch.bincount(self.strata).tolist()} rows each. '
                'Choose another criterion, or an outcome that has rows'
            )
        # Pictures are made as in a world in which the outcome does not depend on s: where nearly
        # all pictures of a group show one outcome, its others have to be painted all the same.
        self.pictured = schema.picture is not None
        wanted = criterion.balanced or self.pictured
        self.balanced = wanted and bool(schema.y.sizes) and bool(schema.s.columns)
        # Numbers make no groups, and several outcomes at once are told too differently to level.
        self.levelled = (
            self.balanced
            and not self.pictured
            and config.transport == 'conditional'
            and not schema.s.numbers
            and len(schema.y.sizes) == 1
        )
        # Whether u is Gaussian given s among the rows as they are, and not under weights only.
        self.exact = config.transport == 'conditional' and not self.balanced
        # Under weights noise would mix rows by how frequent they are; a picture's decoder learns
        # from several draws of its latent, which are such noise already.
        self.blur = config.blur if self.exact and not self.pictured else 0.0
        named = config.dependence_penalty is not None
        spared = (self.levelled or self.exact) and not self.pictured and not named
        usual = 0.0 if spared else PENALTY
        self.penalty_weight = (
            usual if config.dependence_weight is None else config.dependence_weight
        )

    def masks(self, strata: Tensor) -> list[Tensor]:
        """Where the criterion wants ``z`` independent of ``s``, among rows of these strata."""
        return self.criterion.masks(strata, self.favourable, self.strata_count)

    def outcomes(self, strata: Tensor) -> list[Tensor]:
        """Where the latent of pictures, of which weights balance the outcome, is independent."""
        each = self.criterion if self.criterion.balanced else CRITERIA['equalized_odds']
        return each.masks(strata, self.favourable, self.strata_count)

    def train(
        self,
        stage: str,
        module: nn.Module,
        loss: Callable[[Tensor, bool], Losses],
        config: TrainingConfig,
        weights: Tensor | None = None,
        fewest: int = FEWEST_STEPS,
    ) -> None:
        """Train one stage on the rows, and keep its history.

        Given ``weights``, batches of rows with pictures are drawn by them: rows of large weight are
        seen more often, instead of counting for more where they are. An epoch has the ``fewest``
        steps at least.
        """
        size = batch_size_for(len(self.fitted), config)

        def epoch() -> list[Tensor]:
            if weights is None or not self.pictured:
                return shuffled_batches(self.fitted, size, self.generator, fewest)
            of_fitted = weights[self.fitted]
            return weighted_batches(self.fitted, of_fitted, size, self.generator)

        self.history += train(
            stage=stage,
            module=module,
            loss=loss,
            epoch_of_batches=epoch,
            steps_per_epoch=steps_per_epoch(len(self.fitted), size, fewest),
            held_out=self.held_out.split(self.schema.rows_at_once(EVALUATION_BATCH)),
            config=config,
            callbacks=self.callbacks,
            checkpoints=self.checkpoints,
            streams=[self.generator, self.noise],
        )

    def train_small(
        self,
        stage: str,
        module: nn.Module,
        loss: Callable[[Tensor, bool], Losses],
        config: TrainingConfig,
    ) -> None:
        """Train a small network of a law: in the batches of the encoder, at most twice as long."""
        most = self.config.representation
        epochs = min(config.epochs, 2 * most.epochs)
        self.train(stage, module, loss, replace(config, epochs=epochs, batch_size=most.batch_size))

    def marks(self) -> Tensor:
        """(rows, sensitive) what is told of the sensitive values of all rows."""
        return self.schema.s.marks(self.rows.s, self.rows.s_positions)
