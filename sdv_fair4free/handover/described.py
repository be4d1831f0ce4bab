"""Metadata and parameters of a synthesizer, without values of the table that are not told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, is_dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from sdv_fair4free.core.config import TeacherConfig
from sdv_fair4free.core.criteria import PENALTY
from sdv_fair4free.handover.manifest_parts import Parameters, Scalar

if TYPE_CHECKING:
    from sdv_fair4free.synthesizer import Fair4FreeSynthesizer

_TOLD_OF_COLUMNS = (
    'sdtype',
    'pii',
    'datetime_format',
    'regex_format',
    'decimal_places',
    'range_is_nullable',
    'high_cardinality',
)
"""What metadata say of a column that is no value of it; ranges are."""

_OF_PROTOCOL_1 = {
    'teacher': {
        'representation',
        'decoder',
        'reconstruction_weight',
        'divergence_weight',
        'dependence_weight',
        'dependence_batch',
        'held_out',
        'latent',
        'transport',
        'autoregressive',
    },
    'student': {'training', 'share', 'pool', 'quality_weight', 'precision'},
}
"""Settings that readers of protocol 1 know; others are told where they are not the default."""
_OF_PLUGINS = {'dependence_penalty'}
"""Settings that name a plug-in's part of the fit: where the data are not, nobody needs it."""


def told_metadata(
    synthesizer: Fair4FreeSynthesizer, categories: Mapping[str, tuple[Any, ...]]
) -> dict[str, Any]:
    """The metadata without ranges, and with those categories only that are told.

    Args:
        synthesizer: Fitted.
        categories: From column to what is told of its values.
    """
    metadata: dict[str, Any] = synthesizer._original_metadata.to_dict()
    columns = metadata['tables'][synthesizer._table_name]['columns']
    for name, entry in columns.items():
        told = {key: entry[key] for key in _TOLD_OF_COLUMNS if key in entry}
        if 'range_values' in entry and name in categories:
            told['range_values'] = _in_order(entry['range_values'], categories[name])
        columns[name] = told
    return metadata


def _in_order(described: list[Any], told: tuple[Any, ...]) -> list[Scalar]:
    """The values that are told, in the order of the metadata."""
    present = [value for value in told if not pd.isna(value)]
    kept = [value for value in described if value in present]
    return [*kept, *(value for value in present if value not in kept)]


def parameters_of(synthesizer: Fair4FreeSynthesizer) -> Parameters:
    """The arguments as JSON has them; a settings object becomes a mapping."""
    plain: dict[str, Any] = {}
    paints = synthesizer._model.generator.schema.picture is not None
    for name, value in synthesizer.get_parameters().items():
        if name not in Parameters.model_fields:
            continue
        if isinstance(value, TeacherConfig) and value.dependence_penalty is not None:
            # The penalty is not told, and without it no weight would mean another one.
            weight = PENALTY if value.dependence_weight is None else value.dependence_weight
            value = replace(value, dependence_weight=weight)
        if is_dataclass(value) and not isinstance(value, type):
            # A file that tells of no blur is of before there was one.
            usual = {} if paints else {**asdict(type(value)()), 'blur': 0.0}
            value = {
                key: set_to
                for key, set_to in asdict(value).items()
                if (key in _OF_PROTOCOL_1[name] or key not in usual or set_to != usual[key])
                and key not in _OF_PLUGINS
            }
        elif isinstance(value, tuple):
            value = list(value)
        elif isinstance(value, np.generic):
            value = value.item()
        plain[name] = value
    locales = plain['locales']
    plain['locales'] = [locales] if isinstance(locales, str) else list(locales)
    plain['fairness_strength'] = float(plain['fairness_strength'])
    return Parameters(**plain)
