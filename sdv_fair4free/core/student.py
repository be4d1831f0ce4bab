"""An untrained student: a smaller network of the same interface as its teacher's."""

from __future__ import annotations

import copy
from collections.abc import Callable

import torch

from sdv_fair4free.core.config import StudentConfig
from sdv_fair4free.core.generator import RowGenerator
from sdv_fair4free.core.networks import Decoder
from sdv_fair4free.core.pictures import Painter

HEAD_WIDTH = 12
"""Hidden units of a student's target heads: what they learn is smooth, and without noise."""
StudentBuilder = Callable[[RowGenerator, StudentConfig, torch.Generator], RowGenerator]
"""From a teacher, the settings and all randomness to an untrained student of the teacher's schema,
on the teacher's device."""


def masked_student(
    teacher: RowGenerator, config: StudentConfig, generator: torch.Generator
) -> RowGenerator:
    """A student of the teacher's interface and at most its share of weights, untrained.

    Args:
        teacher: Whose laws of ``s`` it takes over.
        config: Its share and its most units.
        generator: Draws the first weights.
    """
    schema, settings = teacher.schema, config.training

    def count(width: int) -> int:
        return Decoder.parameter_count(
            schema.x, schema.context, width, settings.depth, schema.x_direct
        )

    heads = sum(
        Decoder.parameter_count(schema.y, inputs, HEAD_WIDTH, 1, schema.direct)
        for inputs in (schema.latent, schema.latent + schema.s.width)
        if teacher.fair_head is not None
    )
    copied = sum(_count(part) for part in (teacher.law, teacher.observed) if part is not None)
    painters = 0 if teacher.painter is None else _count(teacher.painter)
    budget = config.share * (teacher.parameter_count() - painters) - heads - copied
    fitting = [width for width in range(1, settings.width + 1) if count(width) <= budget]
    width = max(fitting, default=1) if schema.x.sizes or schema.picture is None else 1
    # What is copied may be more than its share: the painter makes room for all of it.
    left = config.share * teacher.parameter_count() - heads - copied - count(width)
    return RowGenerator(
        teacher.schema,
        # Laws of s are small already, and the student is asked about the same people: a copy.
        copy.deepcopy(teacher.law).cpu().requires_grad_(False),
        copy.deepcopy(teacher.observed).cpu().requires_grad_(False) if teacher.observed else None,
        width=width,
        depth=settings.depth,
        head_width=HEAD_WIDTH,
        dropout=settings.dropout,
        seed=generator,
        picture_width=_painter_width(teacher, config, left),
    ).to(teacher.device)


def _painter_width(teacher: RowGenerator, config: StudentConfig, weights: float) -> int:
    """The width of the largest painter of at most so many ``weights``."""
    schema = teacher.schema
    if schema.picture is None:
        return 1
    widths = range(1, config.picture_width + 1)
    shape, context = schema.picture, schema.context
    fitting = [
        width for width in widths if Painter.parameter_count(shape, context, width) <= weights
    ]
    return max(fitting, default=1)


def _count(module: torch.nn.Module) -> int:
    return sum(weight.numel() for weight in module.parameters())


NETWORKS: dict[str, StudentBuilder] = {'masked': masked_student}
"""By the name that a student's settings give."""
