"""Encoding and networks from the arrays of a file: none larger than the file that they are in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch

from sdv_fair4free.columns import Column
from sdv_fair4free.core.direct import count_pairs
from sdv_fair4free.core.noise import Noise
from sdv_fair4free.core.pictures import Painter, PictureShape
from sdv_fair4free.core.shape import GeneratorShape
from sdv_fair4free.encoding import Encoding
from sdv_fair4free.handover.archive import COLUMNS, MANIFEST, TABLE, WEIGHTS
from sdv_fair4free.handover.arrays import Array
from sdv_fair4free.handover.errors import HandoverError
from sdv_fair4free.handover.manifest import Manifest
from sdv_fair4free.handover.manifest_parts import PicturePart
from sdv_fair4free.handover.weights import put_weights
from sdv_fair4free.model import FairModel, no_losses
from sdv_fair4free.quantiles import KNOTS, Quantiles
from sdv_fair4free.transformers import DatetimeTokenizer, QuantileTokenizer
from sdv_fair4free.validation import as_list

MOST_FEATURES = 2**28
"""Numbers that describe the tokens to a network; a table this wide cannot be learnt either."""
ROUNDING = 1e-9
"""Shares are sums: they may miss 0 and 1 by so much."""


def encoding_of(
    manifest: Manifest, arrays: Mapping[str, Array], transformers: Mapping[Any, Any]
) -> Encoding:
    """The way between processed tables and codes; our quantiles take the place of SDV's.

    Raises:
        HandoverError: If manifest, arrays and what SDV has learnt do not fit together.
    """
    by_role: dict[str, list[Column]] = {'x': [], 's': [], 'y': []}
    expected = set()
    for place, part in enumerate(manifest.columns):
        names = [f'{place}.spans', f'{place}.present'] * part.scale
        names += [f'{place}.bounds'] * part.quantiles
        expected.update(names)
        missing = [name for name in names if name not in arrays]
        if missing:
            raise HandoverError(f"{COLUMNS} has no {', '.join(missing)} of column '{part.name}'.")
        transformer = transformers.get(part.name)
        spans = None
        if part.scale:
            spans = _spans(arrays[f'{place}.spans'], arrays[f'{place}.present'], part.size)
        if part.quantiles:
            if not isinstance(transformer, QuantileTokenizer | DatetimeTokenizer):
                raise HandoverError(f"column '{part.name}' is no number or date to SDV.")
            if spans is None:
                raise HandoverError(f"column '{part.name}' has quantiles, but no scale.")
            transformer.take(_quantiles(arrays[f'{place}.bounds'], spans))
        elif len(getattr(transformer, 'values_to_categories', ())) != part.size:
            raise HandoverError(
                f"{TABLE} shows SDV other categories of '{part.name}' than the {part.size} that "
                'the network has.'
            )
        dtype = None if part.quantiles else np.dtype(np.int64)
        column = Column(
            name=part.name,
            size=part.size,
            spans=spans,
            has_position=part.quantiles,
            dtype=dtype,
        )
        by_role[part.role].append(column.in_two_steps() if part.two_steps else column)
    unknown = sorted({*arrays} - expected)
    names = [part.name for part in manifest.columns]
    if unknown or sorted(names) != sorted(manifest.order) or len(set(names)) < len(names):
        raise HandoverError(f'{MANIFEST} and {COLUMNS} name different columns {unknown}.')
    roles = manifest.parameters
    sensitive = as_list(roles.sensitive_columns)
    targets = as_list(roles.target_column) if sensitive else []
    given = {role: [column.name for column in columns] for role, columns in by_role.items()}
    if given['s'] != sensitive or given['y'] != targets:
        raise HandoverError(f'{MANIFEST} gives other columns their roles than the parameters do.')
    return Encoding(
        order=tuple(manifest.order),
        x=tuple(by_role['x']),
        s=tuple(by_role['s']),
        y=tuple(by_role['y']),
    )


def _spans(spans: Array, present: Array, size: int) -> Any:
    if spans.shape != (size, 2) or present.shape != (size,):
        raise HandoverError(f'{COLUMNS} gives {spans.shape[0]} tokens to a column of {size}.')
    ends = np.where(present[:, None] != 0, spans.astype(np.float64), np.nan)
    if ((ends < -ROUNDING) | (ends > 1 + ROUNDING)).any():
        raise HandoverError(f'{COLUMNS} holds shares beyond 0 and 1.')
    return ends


def _quantiles(bounds: Array, spans: Any) -> Quantiles:
    has_missing = len(spans) == len(bounds) + 1
    rising = bounds.ndim == 2 and bool((np.diff(bounds.astype(np.float64), axis=1) >= 0).all())
    if bounds.shape[1:] != (KNOTS + 1,) or len(spans) - len(bounds) not in (0, 1) or not rising:
        raise HandoverError(f'{COLUMNS} holds quantiles that do not rise, or of an unknown shape.')
    return Quantiles.of_bounds(bounds.astype(np.float64), spans[: len(bounds)], has_missing)


def _picture_shape(part: PicturePart | None) -> PictureShape | None:
    if part is None:
        return None
    return PictureShape(channels=part.channels, height=part.height, width=part.width)


def model_of(manifest: Manifest, encoding: Encoding, weights: Mapping[str, Array]) -> FairModel:
    """The networks, of the sizes that the manifest names, with the weights of the file.

    Raises:
        HandoverError: If the two do not fit together, or the sizes ask for more than is there.
    """
    network = manifest.network
    features = sum(len(column.steps()) for column in encoding.x if column.spans is not None)
    tokens = sum(sum(column.steps()) for column in encoding.x)
    held = sum(array.size for array in weights.values())
    shape = GeneratorShape(
        width=network.width,
        depth=network.depth,
        head_width=network.head_width,
        observed=network.observed,
        picture_width=1 if manifest.picture is None else manifest.picture.painter_width,
    )
    # Nothing is made that the file does not fill: sizes alone must not ask for memory.
    sizes_of_x = [size for column in encoding.x for size in column.steps()]
    width = max(network.width, len(sizes_of_x))
    pairs = count_pairs(sizes_of_x, width) if network.direct and network.autoregressive else 0
    if width * (tokens + network.depth * width) + pairs > held:
        raise HandoverError('the network of the manifest is larger than the weights of the file.')
    if tokens * 32 * features > MOST_FEATURES or network.head_width**2 > held:
        raise HandoverError('the network of the manifest is too large.')
    scope = 'target' if network.decoder_sees_s else 'all'
    picture = _picture_shape(manifest.picture)
    schema = encoding.schema(
        scope, network.latent, network.autoregressive, picture=picture, direct=network.direct
    )
    if picture is not None:
        painter = Painter.parameter_count(picture, schema.context, shape.picture_width)
        if painter > held:
            raise HandoverError(
                'the painter of the manifest is larger than the weights of the file.'
            )
    if not {'law.groups', 'law.shares'} <= {*weights}:
        raise HandoverError(f'{WEIGHTS} does not tell the sensitive groups.')
    groups, shares = weights['law.groups'].astype(np.int64), weights['law.shares'].astype(float)
    if groups.ndim != 2 or shares.shape != groups.shape[:1]:
        raise HandoverError(f'{WEIGHTS} tells the sensitive groups in an unknown shape.')
    sizes = np.array([schema.s.columns[place].size for place in schema.s.categories])
    fits = groups.shape[1] == len(sizes) and len(groups) == len(manifest.groups.counts)
    if not fits or (groups < 0).any() or (groups >= sizes).any() or not (shares >= 0).all():
        raise HandoverError(f'{WEIGHTS} tells of sensitive groups that the columns do not have.')
    if len(manifest.groups.trust) != len(groups) or not shares.sum() > 0:
        raise HandoverError(f'{MANIFEST} tells of other sensitive groups than {WEIGHTS}.')
    generator = shape.untrained(schema, torch.from_numpy(groups), torch.from_numpy(shares))
    put_weights(generator, weights)
    generator.requires_grad_(False)
    teacher, student = (generator, None) if manifest.kind == 'teacher' else (None, generator)
    trust = [np.nan if share is None else share for share in manifest.groups.trust]
    return FairModel(
        encoding=encoding,
        teacher=teacher,
        representation=None,
        student=student,
        loss_values=no_losses(),
        noise=Noise(schema, manifest.parameters.random_state or 0),
        group_counts=tuple(manifest.groups.counts),
        group_trust=tuple(trust),
        missing_counts=dict(manifest.groups.missing),
        fit_seconds=dict(manifest.provenance.seconds),
        rows=manifest.provenance.rows,
        code_counts=None,
    )
