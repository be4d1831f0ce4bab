"""Open a file: a full synthesizer again, from data alone."""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd
import sdv

from sdv_fair4free.constraints import brought_back
from sdv_fair4free.handover.archive import COLUMNS, TABLE, WEIGHTS, read_archive
from sdv_fair4free.handover.arrays import unpack
from sdv_fair4free.handover.checked import check_favourable, read_manifest
from sdv_fair4free.handover.errors import HandoverError
from sdv_fair4free.handover.made_up import table_of
from sdv_fair4free.handover.manifest import MadeUpTable, Manifest, parsed
from sdv_fair4free.handover.rebuilt import encoding_of, model_of
from sdv_fair4free.handover.unfitted import unfitted
from sdv_fair4free.labels import CategoryEncoder
from sdv_fair4free.plugins import PluginError
from sdv_fair4free.transformers import QuantileTokenizer

if TYPE_CHECKING:
    from sdv_fair4free.synthesizer import Fair4FreeSynthesizer

TRIED_ROWS = 8


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
    except (HandoverError, PluginError):
        raise
    # SDV, pandas and torch refuse what does not fit together, each with errors of its own.
    except Exception as error:
        raise HandoverError(
            f'The parts of the file do not fit together ({type(error).__name__}: {error}).'
        ) from error


def _restored(
    manifest: Manifest, parts: Mapping[str, bytes], of: type[Fair4FreeSynthesizer] | None
) -> Fair4FreeSynthesizer:
    synthesizer = unfitted(manifest, of)
    told = parsed(MadeUpTable, parts[TABLE], TABLE)
    check_favourable(manifest, told)
    table = table_of(told)
    arrays = unpack(parts[COLUMNS], COLUMNS)
    _fit_sdv(synthesizer, manifest, table)
    transformers = synthesizer._data_processor._hyper_transformer.field_transformers
    encoding = encoding_of(manifest, arrays, transformers)
    _widen(synthesizer, transformers)
    synthesizer._model = model_of(manifest, encoding, unpack(parts[WEIGHTS], WEIGHTS))
    _try(synthesizer)
    synthesizer._fitted = True
    synthesizer._fitted_date = manifest.provenance.fitted
    synthesizer._creation_date = manifest.provenance.created
    synthesizer._fitted_sdv_version = sdv.__version__
    synthesizer._fitted_package_version = manifest.packages.get('sdv-fair4free')
    synthesizer._disclosure = manifest.disclosure
    synthesizer._constrained = {}
    synthesizer._parent = manifest.provenance.parent
    return synthesizer


def _try(synthesizer: Fair4FreeSynthesizer) -> None:
    """Draw a few rows, so that what cannot be drawn is said here and not in the middle of work."""
    model = synthesizer._model
    drawn = model.sample(TRIED_ROWS, fairness_strength=synthesizer.fairness_strength)
    table = synthesizer._data_processor.reverse_transform(drawn)
    for constraint in reversed(synthesizer._chained_constraints):
        table = brought_back(constraint, table)
    synthesizer._data_processor.reset_sampling()
    model.set_random_state(synthesizer.random_state or 0)


def _fit_sdv(synthesizer: Fair4FreeSynthesizer, manifest: Manifest, table: pd.DataFrame) -> None:
    """Let SDV learn categories, digits and formats from the made-up table."""
    table = synthesizer._validate_transform_constraints(table, enforce_constraint_fitting=True)
    with warnings.catch_warnings():
        # Remarks on formats of dates, and on columns of one value: not about the user's table.
        warnings.simplefilter('ignore')
        synthesizer._data_processor.asks_codecs = False
        synthesizer._data_processor.fit(table)
        synthesizer._data_processor.asks_codecs = True
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
