"""The parts of a file and its manifest, from a draft."""

from __future__ import annotations

import importlib.metadata
from dataclasses import asdict
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from sdv_fair4free.columns import Column
from sdv_fair4free.core.schema import Schema
from sdv_fair4free.core.shape import GeneratorShape
from sdv_fair4free.handover.archive import COLUMNS, TABLE, WEIGHTS, digest
from sdv_fair4free.handover.arrays import pack
from sdv_fair4free.handover.decoded import made_up_table
from sdv_fair4free.handover.described import parameters_of, told_metadata
from sdv_fair4free.handover.manifest import Manifest, protocol_for
from sdv_fair4free.handover.manifest_parts import (
    ColumnPart,
    ConstraintPart,
    Digest,
    GroupsPart,
    NetworkPart,
    PicturePart,
    Provenance,
)
from sdv_fair4free.handover.weights import weights_of

if TYPE_CHECKING:
    from sdv_fair4free.handover.draft import Draft

_PACKAGES = ('sdv-fair4free', 'sdv', 'rdt', 'torch', 'pandas', 'numpy', 'safetensors')


def written(draft: Draft) -> tuple[Manifest, dict[str, bytes]]:
    """The manifest, without figures and evidence, and the parts."""
    twin, model = draft.twin, draft.twin._model
    generator = getattr(model, draft.kind)
    table = made_up_table(draft)
    parts = {
        TABLE: table.model_dump_json(indent=1).encode(),
        COLUMNS: pack(_column_arrays(draft)),
        WEIGHTS: pack(weights_of(generator)),
    }
    shape = asdict(GeneratorShape.of(generator))
    picture = _picture(twin, generator.schema, shape.pop('picture_width'))
    columns = _columns(draft)
    newer = generator.schema.direct or any(column.two_steps for column in columns)
    manifest = Manifest(
        format='sdv-fair4free',
        protocol=protocol_for(picture is not None, newer),
        kind='teacher' if draft.kind == 'teacher' else 'student',
        packages={name: importlib.metadata.version(name) for name in _PACKAGES},
        metadata=told_metadata(
            twin,
            {name: told for name, told in draft.categories.items() if not draft.is_id(name)},
        ),
        parameters=parameters_of(twin),
        constraints=[
            ConstraintPart(**constraint.get_constraint_dict())
            for constraint in twin._chained_constraints
        ],
        original_columns=[
            name if isinstance(name, str) else int(name) for name in twin._original_columns
        ],
        columns=columns,
        order=list(model.encoding.order),
        network=NetworkPart(
            latent=generator.schema.latent,
            decoder_sees_s=generator.schema.decoder_sees_s,
            autoregressive=generator.schema.autoregressive,
            # Named only where it is so: older protocols do not know it.
            **({'direct': True} if generator.schema.direct else {}),
            **shape,
        ),
        groups=GroupsPart(
            counts=list(model.group_counts),
            trust=[None if np.isnan(trust) else trust for trust in model.group_trust],
            missing={
                name: count
                for name, count in model.missing_counts.items()
                if not 0 < count < draft.disclosure.min_category_count
            },
        ),
        provenance=Provenance(
            class_name=type(twin).__name__,
            created=twin._creation_date,
            fitted=twin._fitted_date,
            exported=datetime.now(timezone.utc).isoformat(timespec='seconds'),
            rows=model.rows,
            columns=len(draft.described['columns']),
            seconds=dict(model.fit_seconds),
            parameter_counts=draft.parameter_counts,
            parent=twin._parent,
        ),
        disclosure=draft.disclosure.published(),
        figures=None,
        evidence=None,
        parts={
            name: Digest(bytes=len(content), sha256=digest(content))
            for name, content in parts.items()
        },
        picture=picture,
    )
    return manifest, parts


def _picture(twin: Any, schema: Schema, painter_width: int) -> PicturePart | None:
    """What is told of pictures; None where there are none."""
    if schema.picture is None:
        return None
    return PicturePart(
        channels=1 if schema.picture.channels == 1 else 3,
        height=schema.picture.height,
        width=schema.picture.width,
        painter_width=painter_width,
        image_column=twin.image_column,
        image_size=None if twin.image_size is None else tuple(twin.image_size),
        described=twin._image_place,
    )


def _columns(draft: Draft) -> list[ColumnPart]:
    encoding = draft.twin._model.encoding
    roles: list[tuple[Literal['x', 's', 'y'], tuple[Column, ...]]] = [
        ('x', encoding.x),
        ('s', encoding.s),
        ('y', encoding.y),
    ]
    return [
        ColumnPart(
            name=column.name,
            role=role,
            size=column.size,
            scale=column.spans is not None,
            quantiles=column.has_position,
            # Named only where it is so: older protocols have no such field.
            **({} if column.digits is None else {'two_steps': True}),
        )
        for role, columns in roles
        for column in columns
    ]


def _column_arrays(draft: Draft) -> dict[str, Any]:
    """By place among the columns: ends of tokens in rank and in value, present ones only."""
    encoding = draft.twin._model.encoding
    arrays = {}
    for place, column in enumerate((*encoding.x, *encoding.s, *encoding.y)):
        if column.spans is not None:
            present = ~np.isnan(column.spans[:, 0])
            arrays[f'{place}.spans'] = np.nan_to_num(column.spans)
            arrays[f'{place}.present'] = present.astype(np.int64)
        if column.has_position:
            arrays[f'{place}.bounds'] = draft.transformers[column.name].quantiles.bounds
    return arrays
