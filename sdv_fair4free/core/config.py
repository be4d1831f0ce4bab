"""Settings of the stages, each written once. All are validated where they are made."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from numbers import Integral, Real
from typing import Any, TypeGuard, TypeVar

STUDENT_SIZES = ('small', 'medium', 'large')
"""Names of students that are made for a purpose, see :meth:`StudentConfig.of_size`."""
PRECISIONS = ('single', 'half')


def is_whole(value: object) -> TypeGuard[int]:
    """Whether it is a whole number; True and False are none."""
    return isinstance(value, Integral) and not isinstance(value, bool)


def is_number(value: object) -> TypeGuard[float]:
    """Whether it is a real number; True and False are none."""
    return isinstance(value, Real) and not isinstance(value, bool)


def _problems(
    config: object,
    positive: tuple[str, ...],
    shares: tuple[str, ...] = (),
    weights: tuple[str, ...] = (),
) -> list[str]:
    """Name every setting that is out of its range."""
    found = []
    for name in positive:
        value = getattr(config, name)
        if not is_number(value) or not 0 < value < math.inf:
            found.append(f'{name}={value!r} must be a number above 0')
    for name in shares:
        value = getattr(config, name)
        if not is_number(value) or not 0 <= value < 1:
            found.append(f'{name}={value!r} must be a number from 0 to below 1')
    for name in weights:
        value = getattr(config, name)
        if value is not None and (not is_number(value) or not 0 <= value < math.inf):
            found.append(f'{name}={value!r} must be a number of at least 0')
    for item in fields(config):  # type: ignore[arg-type]
        value = getattr(config, item.name)
        if item.type == 'int' and not is_whole(value):
            found.append(f'{item.name}={value!r} must be a whole number')
        if item.type == 'TrainingConfig' and not isinstance(value, TrainingConfig):
            found.append(f'{item.name}={value!r} must be a TrainingConfig')
    return found


@dataclass(frozen=True, kw_only=True)
class TrainingConfig:
    """How one network is trained.

    Attributes:
        epochs: Most passes; fewer where the held-out loss stops falling.
        batch_size: Rows per step; small tables use less.
        learning_rate: Highest rate; it rises and falls once over the run.
        weight_decay: Of AdamW.
        dropout: Share of hidden units silenced while training, to the nearest 1/256.
        width: Hidden units per layer.
        depth: Residual blocks.
        patience: Epochs without a lower held-out loss before training stops.

    Raises:
        ValueError: If any of them is out of its range, naming all that are.
    """

    epochs: int = 8
    batch_size: int = 512
    learning_rate: float = 6e-3
    weight_decay: float = 1e-2
    dropout: float = 0.1
    width: int = 256
    depth: int = 2
    patience: int = 4

    def __post_init__(self) -> None:
        found = _problems(
            self,
            ('epochs', 'batch_size', 'learning_rate', 'width', 'depth', 'patience'),
            ('dropout', 'weight_decay'),
        )
        if found:
            raise ValueError('; '.join(found))


@dataclass(frozen=True, kw_only=True)
class TeacherConfig:
    """The teacher: a fair representation, then a decoder.

    Attributes:
        representation: Training of the encoder q(z | x, s).
        decoder: Training of p(x | u, s) and of the target heads.
        painter: Training of p(picture | u, s), which goes on from the representation's.
        reconstruction_weight: Weight of rebuilding ``x`` from ``z`` and ``s``, per column.
        divergence_weight: Weight of the Kullback-Leibler divergence of q(z | x, s) from N(0, I).
        dependence_penalty: Name of what tells how much ``z`` and ``s`` depend on each other; None
            takes 'distance_covariance'. Plug-ins may provide others.
        dependence_weight: Its weight, given ``y`` where the criterion says so. None takes 10 where
            a penalty is named or no map does its work, else 0: transport takes its place for
            demographic parity, levelling under the other criteria.
        dependence_batch: Rows on which the penalty is estimated; below some 2000 rows the estimate
            of distance covariance is too noisy to see what is left.
        held_out: Share of rows that only decide when to stop, of which 20,000 suffice; 0 watches
            the training rows.
        latent: Dimensions of ``z``; None takes as many as the targets ask for.
        transport: What makes ``u`` of ``z``: 'conditional' carries ``z`` to the same Gaussian given
            every value of ``s``; 'pooled' carries all rows together, so that the penalty alone
            makes it fair; None takes a draw from q(z | x, s) as it is.
        autoregressive: Whether the decoder lets a column see the columns before it.
        blur: Standard deviation of the noise on ``u`` that decoder and heads learn with, in that of
            ``u``. Only where transport has made ``u`` Gaussian given ``s`` among the rows as they
            are: there it stays so. Of pictures there is none. More of it makes rows more like real
            ones; what they tell of the target stays as sharp until heads cannot make up for it any
            more.
        target_weight: Weight of telling the targets, in nats; of pictures, beside the likelihood of
            a whole picture.
        picture_weight: Of pictures, weight of painting them again and of the divergence that goes
            with it, both in nats per pixel value; ``divergence_weight`` multiplies the latter.
        picture_width: Of pictures, channels of the maps of half their size.
        draws: Of pictures, latents drawn of each row: the decoder learns from all of them.
        dream_weight: Of pictures, weight of encoding those painted with the sensitive values of
            other rows to the same latent, in the unit of the divergence.

    Raises:
        ValueError: If any of them is out of its range, naming all that are.
    """

    representation: TrainingConfig = TrainingConfig(
        epochs=5, learning_rate=2e-2, dropout=0.5, patience=3
    )
    decoder: TrainingConfig = TrainingConfig(epochs=7, learning_rate=1.2e-2)
    painter: TrainingConfig = TrainingConfig()
    reconstruction_weight: float = 0.01
    divergence_weight: float = 0.001
    dependence_penalty: str | None = None
    dependence_weight: float | None = None
    dependence_batch: int = 2048
    held_out: float = 0.1
    latent: int | None = None
    transport: str | None = 'conditional'
    autoregressive: bool = True
    blur: float = 0.3
    target_weight: float = 1.0
    picture_weight: float = 50.0
    picture_width: int = 32
    draws: int = 4
    dream_weight: float = 0.3

    def __post_init__(self) -> None:
        found = _problems(
            self,
            ('dependence_batch', 'picture_width', 'draws'),
            ('held_out',),
            (
                'reconstruction_weight',
                'divergence_weight',
                'dependence_weight',
                'target_weight',
                'picture_weight',
                'dream_weight',
                'blur',
            ),
        )
        if self.latent is not None and not (is_whole(self.latent) and self.latent >= 1):
            found.append(f'latent={self.latent!r} must be a whole number of at least 1, or None')
        if self.transport not in ('conditional', 'pooled', None):
            found.append(f"transport={self.transport!r} must be 'conditional', 'pooled' or None")
        if self.dependence_penalty is not None and not isinstance(self.dependence_penalty, str):
            found.append(f'dependence_penalty={self.dependence_penalty!r} must be a name, or None')
        if not isinstance(self.autoregressive, bool):
            found.append(f'autoregressive={self.autoregressive!r} must be True or False')
        if found:
            raise ValueError('; '.join(found))

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Out of a pickle; those of before there was a blur were fitted without it."""
        self.__dict__.update({'blur': 0.0, **state})

    @classmethod
    def for_pictures(cls) -> TeacherConfig:
        """What :class:`~sdv_fair4free.Fair4FreeImageSynthesizer` takes where nothing is given."""
        return cls(
            representation=TrainingConfig(
                epochs=12, batch_size=128, learning_rate=2e-3, dropout=0.0, patience=12
            ),
            decoder=TrainingConfig(
                epochs=30, batch_size=256, learning_rate=3e-3, dropout=0.0, width=128, patience=8
            ),
            painter=TrainingConfig(
                epochs=6, batch_size=128, learning_rate=1e-3, dropout=0.0, patience=3
            ),
            reconstruction_weight=0.5,
            divergence_weight=1.0,
            dependence_weight=100.0,
            target_weight=10.0,
            latent=16,
            blur=0.0,
        )

    @classmethod
    def as_published(cls, dependence_weight: float = 10.0) -> TeacherConfig:
        """A teacher after the papers: a variational autoencoder with the penalty, and nothing else.

        A latent of many dimensions whose distance covariance with ``s`` is a penalty, no transport,
        and columns drawn independently of each other given ``z`` and ``s`` (arXiv 2410.01423 and
        2408.10755, which leave sizes and weights open: those here are ours).

        Args:
            dependence_weight: Weight of the penalty.

        Returns:
            The teacher's settings. Its student is ours: it learns the distributions of that
            teacher, and has no loss on the latent of its own.
        """
        gently = TrainingConfig(epochs=15, learning_rate=3e-3)
        return cls(
            representation=gently,
            decoder=gently,
            painter=gently,
            reconstruction_weight=1.0,
            divergence_weight=0.1,
            dependence_weight=dependence_weight,
            latent=16,
            transport=None,
            autoregressive=False,
        )


@dataclass(frozen=True, kw_only=True)
class StudentConfig:
    """The student: a smaller network of the same interface.

    Attributes:
        network: Name of what it is made of: 'masked' is the decoder of its teacher, with fewer
            units. Plug-ins may provide others.
        training: Its training; an epoch is one pool of rows that the teacher draws. The width is
            the most that it may have.
        share: Most parameters, as a share of those of the teacher's generator; the width is lowered
            until that is met, but not below one unit per column.
        pool: Rows that the teacher draws for each epoch.
        quality_weight: Weight of the quality (fairness) loss of distillation with data.
        precision: Of the weights once they are trained: 'single' leaves them as they are, 'half'
            rounds them to 16 bits, so that they take two bytes each wherever they are stored and
            are bit for bit the same in memory. Sampling computes in single precision; training
            takes bfloat16 for matrix products where the hardware has it.
        picture_width: Of pictures, the most channels of the maps of half their size; lowered until
            the whole student has at most ``share`` of the parameters of the teacher's generator.

    Raises:
        ValueError: If any of them is out of its range, naming all that are.
    """

    network: str = 'masked'
    training: TrainingConfig = TrainingConfig(
        epochs=12,
        learning_rate=3e-2,
        dropout=0.0,
        width=128,
        patience=12,
    )
    share: float = 1 / 3
    pool: int = 16384
    quality_weight: float = 1.0
    precision: str = 'single'
    picture_width: int = 32

    def __post_init__(self) -> None:
        found = _problems(self, ('pool', 'share', 'picture_width'), weights=('quality_weight',))
        if not isinstance(self.network, str):
            found.append(f'network={self.network!r} must be a name')
        if self.precision not in PRECISIONS:
            found.append(f"precision={self.precision!r} must be 'single' or 'half'")
        if found:
            raise ValueError('; '.join(found))

    @classmethod
    def for_pictures(cls) -> StudentConfig:
        """What :class:`~sdv_fair4free.Fair4FreeImageSynthesizer` takes where nothing is given."""
        training = TrainingConfig(
            epochs=100, batch_size=128, learning_rate=4e-3, dropout=0.0, width=128, patience=100
        )
        return cls(training=training, pool=4096)

    @classmethod
    def of_size(cls, size: str, *, pictures: bool = False) -> StudentConfig:
        """The settings of a size by its name.

        Args:
            size: 'large' is the default; 'medium' and 'small' are at most 96 and 64 units wide, of
                one block, with weights of half precision, and 'small' has at most a fifth of the
                teacher's parameters. They are trained for longer, in smaller
                batches: a narrow network needs more steps, and each costs it less. What each keeps
                of its teacher, :func:`~sdv_fair4free.compare_teacher_and_student` tells.
            pictures: Whether it paints: then 'medium' and 'small' differ from 'large' in their
                precision alone, and 'small' in its share too.

        Raises:
            ValueError: If there is no such size.
        """
        usual = cls.for_pictures() if pictures else cls()
        widths = {'small': 64, 'medium': 96}
        if size == 'large':
            return usual
        if pictures and size in widths:
            share = 1 / 5 if size == 'small' else usual.share
            return replace(usual, share=share, precision='half')
        if size in widths:
            training = replace(
                usual.training,
                epochs=24,
                patience=24,
                batch_size=128,
                learning_rate=2e-2,
                width=widths[size],
                depth=1,
            )
            share = 1 / 5 if size == 'small' else usual.share
            return replace(usual, training=training, share=share, precision='half')
        raise ValueError(f'size={size!r} must be one of {", ".join(map(repr, STUDENT_SIZES))}')

    @classmethod
    def of(cls, student: StudentConfig | str | None, *, pictures: bool = False) -> StudentConfig:
        """The settings that are meant: given as such, by the name of a size, or None (default).

        Args:
            student: What was given.
            pictures: Whether it paints.

        Raises:
            ValueError: If there is no size of that name.
        """
        if isinstance(student, str):
            return cls.of_size(student, pictures=pictures)
        if student is None:
            return cls.of_size('large', pictures=pictures)
        return student


Config = TypeVar('Config', TeacherConfig, StudentConfig)


def with_training(config: Config, changes: Mapping[str, int | None]) -> Config:
    """The settings of a teacher or student with some settings of all its stages changed.

    Args:
        config: The settings.
        changes: New values by name; None leaves a setting as it is.
    """
    given: dict[str, Any] = {k: value for k, value in changes.items() if value is not None}
    stages: dict[str, Any] = {
        item.name: replace(getattr(config, item.name), **given)
        for item in fields(config)
        if item.type == 'TrainingConfig'
    }
    return replace(config, **stages)
