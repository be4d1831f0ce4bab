"""Open a file: a full synthesizer again, from data alone."""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping
from dataclasses import fields
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import pandas as pd
import sdv
import sdv.cag
import torch
from sdv.metadata import Metadata

from sdv_fair4free.core.config import StudentConfig, TeacherConfig, TrainingConfig, is_number
from sdv_fair4free.core.noise import Noise
from sdv_fair4free.core.shape import GeneratorShape
from sdv_fair4free.encoding import Column, Encoding
from sdv_fair4free.handover.archive import COLUMNS, MANIFEST, TABLE, WEIGHTS, read_archive
from sdv_fair4free.handover.arrays import Array, unpack
from sdv_fair4free.handover.checked import read_manifest
from sdv_fair4free.handover.errors import HandoverError
from sdv_fair4free.handover.made_up import table_of
from sdv_fair4free.handover.manifest import MadeUpTable, Manifest, parsed
from sdv_fair4free.handover.patterns import SDTYPES, width
from sdv_fair4free.handover.weights import put_weights
from sdv_fair4free.model import FairModel, no_losses
from sdv_fair4free.quantiles import KNOTS, Quantiles
from sdv_fair4free.transformers import CategoryEncoder, DatetimeTokenizer, QuantileTokenizer
from sdv_fair4free.validation import as_list

if TYPE_CHECKING:
    from sdv_fair4free.synthesizer import Fair4FreeSynthesizer

MOST_OF_A_SETTING = 2**24
"""A file must not ask for training without end, or for memory that nobody has."""
MOST_STEPS = 2**20
MOST_ROWS = 2**30
"""Of a distillation."""
MOST_CHARACTERS = 200
"""Of an id that a pattern makes, and of the pattern."""
MOST_FEATURES = 2**28
"""Numbers that describe the tokens to a network; a table this wide cannot be learnt either."""


TRIED_ROWS = 8
ROUNDING = 1e-9
"""Shares are sums: they may miss 0 and 1 by so much."""


def opened(
    path: str | os.PathLike[str],
    kind: str | None = None,
    of: type[Fair4FreeSynthesizer] | None = None,
) -> Fair4FreeSynthesizer:
    """Read a file and make a synthesizer of it.

    Args:
        path: What ``export`` or ``export_teacher`` wrote.
        kind: 'teacher' or 'student', which it must hold; None for either.
        of: The class to make one of; None for ours. The file has no say in it.

    Raises:
        HandoverError: If it is no such file, or anything about it is not as it should be.
        OSError: If it cannot be opened.
    """
    archive = read_archive(path)
    synthesizer = restored(archive.parts, kind, of)
    if synthesizer._model.teacher is not None:
        synthesizer._parent = archive.digest
    return synthesizer


def restored(
    parts: Mapping[str, bytes],
    kind: str | None = None,
    of: type[Fair4FreeSynthesizer] | None = None,
) -> Fair4FreeSynthesizer:
    """A synthesizer from the parts of a file.

    Raises:
        HandoverError: If anything about them is not as it should be.
    """
    manifest = read_manifest(parts)
    if kind is not None and manifest.kind != kind:
        raise HandoverError(f'The file holds a {manifest.kind}: open it with from_{manifest.kind}.')
    try:
        return _restored(manifest, parts, of)
    except HandoverError:
        raise
    # SDV, pandas and torch refuse what does not fit together, each with errors of its own.
    except Exception as error:
        raise HandoverError(
            f'The parts of the file do not fit together ({type(error).__name__}: {error}).'
        ) from error


def _restored(
    manifest: Manifest, parts: Mapping[str, bytes], of: type[Fair4FreeSynthesizer] | None
) -> Fair4FreeSynthesizer:
    synthesizer = _unfitted(manifest, of)
    table = table_of(parsed(MadeUpTable, parts[TABLE], TABLE))
    arrays = unpack(parts[COLUMNS], COLUMNS)
    _fit_sdv(synthesizer, manifest, table)
    transformers = synthesizer._data_processor._hyper_transformer.field_transformers
    encoding = _encoding(manifest, arrays, transformers)
    _widen(synthesizer, transformers)
    synthesizer._model = _model(manifest, encoding, unpack(parts[WEIGHTS], WEIGHTS))
    _try(synthesizer)
    synthesizer._fitted = True
    synthesizer._fitted_date = manifest.provenance.fitted
    synthesizer._creation_date = manifest.provenance.created
    synthesizer._fitted_sdv_version = sdv.__version__
    synthesizer._fitted_package_version = manifest.packages.get('sdv-fair4free')
    synthesizer._disclosure = manifest.disclosure
    synthesizer._parent = manifest.provenance.parent
    return synthesizer


def _try(synthesizer: Fair4FreeSynthesizer) -> None:
    """Draw a few rows, so that what cannot be drawn is said here and not in the middle of work."""
    model = synthesizer._model
    drawn = model.sample(TRIED_ROWS, fairness_strength=synthesizer.fairness_strength)
    table = synthesizer._data_processor.reverse_transform(drawn)
    synthesizer.reverse_transform_constraints(table)
    synthesizer._data_processor.reset_sampling()
    model.set_random_state(synthesizer.random_state or 0)


Config = TypeVar('Config', TeacherConfig, StudentConfig, TrainingConfig)


def _config(kind: type[Config], given: dict[str, Any]) -> Config:
    """Settings from a mapping; unknown names are refused by the class itself."""
    stages = {
        item.name: _config(TrainingConfig, given[item.name])
        for item in fields(kind)
        if item.type == 'TrainingConfig' and isinstance(given.get(item.name), dict)
    }
    config = kind(**{**given, **stages})
    for item in fields(config):
        value = getattr(config, item.name)
        if is_number(value) and value > MOST_OF_A_SETTING:
            raise HandoverError(f'{kind.__name__}.{item.name}={value!r} is too large.')
    return config


def _unfitted(manifest: Manifest, of: type[Fair4FreeSynthesizer] | None) -> Fair4FreeSynthesizer:
    from sdv_fair4free.synthesizer import Fair4FreeSynthesizer

    _check_patterns(manifest.metadata)
    given = manifest.parameters.model_dump()
    if given['teacher'] is not None:
        given['teacher'] = _config(TeacherConfig, given['teacher'])
    if isinstance(given['student'], dict):
        given['student'] = _config(StudentConfig, given['student'])
    with warnings.catch_warnings():
        # The owner was told when it was fitted, and these metadata are in the file already.
        warnings.filterwarnings('ignore', message='No fairness is applied')
        warnings.filterwarnings('ignore', message='We strongly recommend saving the metadata')
        metadata = Metadata.load_from_dict(manifest.metadata)
        synthesizer = (of or Fair4FreeSynthesizer)(metadata, **given)
    columns = metadata.tables[synthesizer._table_name].columns
    if manifest.original_columns and len(manifest.original_columns) != len(columns):
        raise HandoverError(f'{MANIFEST} gives original names to other columns than there are.')
    _check_steps(synthesizer)
    constraints = [
        getattr(sdv.cag, part.class_name).load_constraint_from_dict(part.parameters)
        for part in manifest.constraints
    ]
    if constraints:
        synthesizer.add_constraints(constraints)
    synthesizer._original_columns = pd.Index(manifest.original_columns)
    return synthesizer


def _check_steps(synthesizer: Fair4FreeSynthesizer) -> None:
    """Refuse settings by which a student would be distilled for ever."""
    student = StudentConfig.of(synthesizer.student)
    epochs = synthesizer.epochs or student.training.epochs
    size = synthesizer.batch_size or student.training.batch_size
    if epochs * max(student.pool / size, 1) > MOST_STEPS or epochs * student.pool > MOST_ROWS:
        raise HandoverError('the student of the file would be distilled for ever.')


def _check_patterns(metadata: dict[str, Any]) -> None:
    """Refuse patterns of ids that make endless texts; all else SDV checks itself."""
    for table in metadata.get('tables', {}).values():
        for name, column in table.get('columns', {}).items():
            pattern = column.get('regex_format', '')
            if len(pattern) > MOST_CHARACTERS or width(pattern) > MOST_CHARACTERS:
                raise HandoverError(f"column '{name}' has a pattern of endless ids.")
            if column.get('sdtype') not in SDTYPES:
                raise HandoverError(
                    f"column '{name}' is of the sdtype {column.get('sdtype')!r}, which cannot be "
                    'handed over: others would have to run a faker that we do not know. Choose a '
                    "known one, such as 'name', or 'id'."
                )


def _fit_sdv(synthesizer: Fair4FreeSynthesizer, manifest: Manifest, table: pd.DataFrame) -> None:
    """Let SDV learn categories, digits and formats from the made-up table."""
    table = synthesizer._validate_transform_constraints(table, enforce_constraint_fitting=True)
    with warnings.catch_warnings():
        # Remarks on formats of dates, and on columns of one value: not about the user's table.
        warnings.simplefilter('ignore')
        synthesizer._data_processor.fit(table)
    # The made-up table shows categories in the order of their codes.
    processed = synthesizer._data_processor.transform(table)
    transformers = synthesizer._data_processor._hyper_transformer.field_transformers
    for name, transformer in transformers.items():
        if isinstance(transformer, CategoryEncoder):
            known = transformer.values_to_categories
            transformer.renumber([known[code] for code in pd.unique(processed[name])])


def _widen(synthesizer: Fair4FreeSynthesizer, transformers: Mapping[Any, Any]) -> None:
    """Let numbers that a constraint has made reach the ends of their quantiles.

    A constraint cuts its made-up rows to the range of the columns it came from, so that differences
    of two columns need not be seen in full.
    """
    for name, formatter in synthesizer._data_processor.formatters.items():
        transformer = transformers.get(name)
        if not isinstance(transformer, QuantileTokenizer) or not synthesizer._chained_constraints:
            continue
        quantiles = transformer.quantiles
        if formatter.enforce_min_max_values and quantiles is not None and len(quantiles.bounds):
            formatter._min_value = min(formatter._min_value, quantiles.bounds.min())
            formatter._max_value = max(formatter._max_value, quantiles.bounds.max())


def _encoding(
    manifest: Manifest, arrays: Mapping[str, Array], transformers: Mapping[Any, Any]
) -> Encoding:
    """The way between processed tables and codes; our quantiles take the place of SDV's."""
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
        by_role[part.role].append(
            Column(
                name=part.name,
                size=part.size,
                spans=spans,
                has_position=part.quantiles,
                dtype=dtype,
            )
        )
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


def _model(manifest: Manifest, encoding: Encoding, weights: Mapping[str, Array]) -> FairModel:
    network = manifest.network
    features = sum(column.spans is not None for column in encoding.x)
    tokens = sum(column.size for column in encoding.x)
    held = sum(array.size for array in weights.values())
    shape = GeneratorShape(
        width=network.width,
        depth=network.depth,
        head_width=network.head_width,
        observed=network.observed,
    )
    # Nothing is made that the file does not fill: sizes alone must not ask for memory.
    if network.width * (tokens + network.depth * network.width) > held:
        raise HandoverError('the network of the manifest is larger than the weights of the file.')
    if tokens * 32 * features > MOST_FEATURES or network.head_width**2 > held:
        raise HandoverError('the network of the manifest is too large.')
    scope = 'target' if network.decoder_sees_s else 'all'
    schema = encoding.schema(scope, network.latent, network.autoregressive)
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
