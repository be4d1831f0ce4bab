"""Export: a fitted synthesizer as one file that holds no row."""

from __future__ import annotations

import copy
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import pandas as pd
import torch
from pydantic import ValidationError
from rdt.transformers import AnonymizedFaker, RegexGenerator
from sdv.cag import OneHotEncoding
from sdv.errors import SamplingError

from sdv_fair4free.album import NUMBER, kept_in_album
from sdv_fair4free.codecs import usual_transformers
from sdv_fair4free.handover.archive import MANIFEST, write_archive
from sdv_fair4free.handover.coarsening import Coarsening
from sdv_fair4free.handover.draft import Draft
from sdv_fair4free.handover.errors import HandoverError
from sdv_fair4free.handover.evidence import Tables, privacy_evidence
from sdv_fair4free.handover.figures import measured_figures
from sdv_fair4free.handover.finished import other_rows
from sdv_fair4free.handover.manifest import Manifest
from sdv_fair4free.handover.manifest_parts import ConstraintPart, Disclosure
from sdv_fair4free.handover.painted import tables_of
from sdv_fair4free.handover.parts import written
from sdv_fair4free.handover.reading import restored
from sdv_fair4free.labels import CategoryEncoder, OrdinalLabelEncoder
from sdv_fair4free.pictures import Pictures
from sdv_fair4free.split import MOST_LABELS
from sdv_fair4free.transformers import DatetimeTokenizer, QuantileTokenizer
from sdv_fair4free.validation import listed

if TYPE_CHECKING:
    from sdv_fair4free.synthesizer import Fair4FreeSynthesizer

OURS = (CategoryEncoder, OrdinalLabelEncoder, QuantileTokenizer, DatetimeTokenizer)
CHECKED_ROWS = 256
"""Rows that the file and the synthesizer must draw alike before it is written."""
PAINTED_ROWS = 32
"""Of these, pictures that they must paint alike."""


def export(
    synthesizer: Fair4FreeSynthesizer,
    path: str | os.PathLike[str],
    kind: str,
    coarsening: Coarsening,
    *,
    data: Tables | None = None,
    holdout: Tables | None = None,
    canaries: Tables | None = None,
) -> Disclosure:
    """Write a teacher or a student; see ``export_teacher`` and ``export`` of the synthesizer.

    Returns:
        What was held back.

    Raises:
        SamplingError: If it is not fitted.
        HandoverError: With every reason why it cannot be written.
        SynthesizerInputError: If ``data`` and ``holdout`` are not such tables.
    """
    if not synthesizer._fitted:
        raise SamplingError('This synthesizer has not been fitted: fit it, then export it.')
    if getattr(synthesizer._model, kind) is None:
        other = 'distill a student first, or export_teacher' if kind == 'student' else 'export it'
        raise HandoverError(f'There is no {kind} to export: {other}.')
    problems = _problems(synthesizer) + _foreign_parts(synthesizer, kind)
    if (data is None) != (holdout is None) or (canaries is not None and data is None):
        problems.append('data and holdout go together, and canaries with them: evidence needs all.')
    target = Path(path)
    if target.is_dir() or not target.resolve().parent.is_dir():
        problems.append(f'{target} cannot be written: name a file in a folder that is there.')
    if problems:
        raise HandoverError(listed(problems, 'the export'))
    try:
        # Fakers and quantiles are changed on the way: those of a copy.
        draft = Draft(copy.deepcopy(synthesizer), kind, coarsening)
        manifest, parts = written(draft)
    except (TypeError, ValidationError) as error:
        raise HandoverError(
            f'The table has values or types that cannot be written as data: {error}'
        ) from error
    opened = _checked(draft, manifest, parts)
    if data is not None and holdout is not None:
        # Figures and attacks are about what leaves, as others will open it.
        evidence = privacy_evidence(
            opened,
            _as_told(draft, opened, data),
            _as_told(draft, opened, holdout),
            canaries=None if canaries is None else _as_told(draft, opened, canaries),
        )
        measured = {
            'evidence': evidence.published(draft.disclosure.min_category_count).to_dict(),
            'figures': measured_figures(opened, tables_of(data), tables_of(holdout), manifest.kind),
        }
        manifest = manifest.model_copy(update=measured)
    write_archive(path, manifest.model_dump_json(indent=1).encode(), parts)
    return draft.disclosure


def _foreign_parts(synthesizer: Fair4FreeSynthesizer, kind: str) -> list[str]:
    """Why the networks cannot be written as data: a plug-in's are code."""
    parts = getattr(synthesizer._model, kind).modules()
    known = ('sdv_fair4free.core.', 'torch.nn.')
    foreign = {type(part).__name__ for part in parts if not type(part).__module__.startswith(known)}
    if not foreign:
        return []
    return [
        f'the {kind} is made of {", ".join(sorted(foreign))}, which a file without code cannot '
        "hold; distil one of StudentConfig(network='masked')."
    ]


def _usual(described: Mapping[str, Any] | None, transformer: Any) -> bool:
    """Whether a column has the transformer that it will have where the file is opened."""
    if described is None:  # a constraint makes it
        return True
    usual = usual_transformers().get(described['sdtype'])
    if usual is not None:
        return type(transformer) is type(usual)
    # SDV has others learnt like categories, unless they are personal data.
    return described['sdtype'] in ('id', 'unknown') or not described.get('pii', True)


def _problems(synthesizer: Fair4FreeSynthesizer) -> list[str]:
    """Why what SDV does around the networks cannot be written as data."""
    transformers = synthesizer._data_processor._hyper_transformer.field_transformers
    encoding = synthesizer._model.encoding
    columns = {column.name: column for column in (*encoding.x, *encoding.s, *encoding.y)}
    problems, modelled = [], set()
    described = synthesizer._get_table_metadata().columns
    for name, transformer in transformers.items():
        parts = [] if transformer is None else transformer.get_output_columns()
        parts = [part for part in (parts or [name]) if part in columns]
        modelled.update([name] if parts else [])
        if len(parts) > 1 and isinstance(transformer, CategoryEncoder):
            problems.append(_too_many(name, transformer))
        elif parts and type(transformer) not in OURS:
            problems.append(
                f"column '{name}' is transformed by {type(transformer).__name__}, which cannot be "
                'written as data; keep the default transformer of modelled columns, '
                'or fit without the plug-in whose codec it is.'
            )
        elif parts and columns[parts[0]].quantiles is not None:
            problems.append(_too_many(name, transformer))
        elif parts and not _usual(described.get(name), transformer):
            problems.append(
                f"column '{name}' has the transformer {type(transformer).__name__}, which is not "
                'the one of its sdtype; keep the default transformer of modelled columns, '
                'or fit without the plug-in whose codec it is.'
            )
    problems += [
        f"column '{name}' is made up by {type(transformer).__name__}, which may hold real values; "
        "keep SDV's own choice."
        for name, transformer in transformers.items()
        if name not in modelled
        and transformer is not None
        and type(transformer) not in (AnonymizedFaker, RegexGenerator)
    ]
    known = get_args(ConstraintPart.model_fields['class_name'].annotation)
    problems += [
        f'{type(constraint).__name__} {_not_data(constraint)}; leave the constraint out, or hand '
        'over one of ' + ', '.join(known) + '.'
        for constraint in synthesizer._chained_constraints
        if type(constraint).__name__ not in known
    ]
    problems += [
        f'{type(constraint).__name__} shares columns with another constraint, so that SDV enforces '
        'it by rejection, which cannot be carried over; keep one of the two.'
        for constraint in synthesizer._reject_sampling_constraints
    ]
    return problems


def _too_many(name: str, transformer: Any) -> str:
    return (
        f"column '{name}' has {len(transformer.values_to_categories):,} categories, and with more "
        f'than {MOST_LABELS:,} the rare ones cannot be taken out of the weights; merge rare ones '
        'before fitting, or describe numbers as numerical.'
    )


def _not_data(constraint: Any) -> str:
    if isinstance(constraint, OneHotEncoding):
        # SDV takes the largest of several numbers, which a made-up table shows one by one.
        return (
            'is enforced among numbers that are not handed over together (one column of categories '
            'tells the same)'
        )
    return 'is code, and a file that runs code is refused'


def _as_told(draft: Draft, opened: Fair4FreeSynthesizer, given: Tables) -> Tables:
    tables: Mapping[str, pd.DataFrame] = tables_of(given)
    told = {name: draft.as_told(table, opened) for name, table in tables.items()}
    return Pictures(told, given.images) if isinstance(given, Pictures) else told


def _checked(draft: Draft, manifest: Manifest, parts: Mapping[str, bytes]) -> Fair4FreeSynthesizer:
    """Open what would be written, and draw from it what the synthesizer draws.

    Raises:
        HandoverError: If the two differ, in what is drawn or in the rows that SDV makes of it: what
            SDV learns from the made-up table is then not what it learnt from the real one.
    """
    opened = restored({MANIFEST: manifest.model_dump_json().encode(), **parts})
    mine, theirs = draft.twin._model, opened._model
    drawn, painted = [], []
    for model in (mine, theirs):
        model.set_random_state(0)
        with kept_in_album() as album:
            rows = model.sample(
                CHECKED_ROWS,
                fairness_strength=draft.twin.fairness_strength,
                from_teacher=draft.kind == 'teacher',
            )
            numbers = rows.pop(NUMBER).to_numpy()
        drawn.append(rows)
        if manifest.picture is not None:
            painted.append(album.paint(numbers[:PAINTED_ROWS]))
    here, there = drawn
    different = [str(name) for name in here if not here[name].equals(there[name])]
    if painted and not torch.equal(*painted):
        different.append('the pictures')
    different += draft.told_otherwise(opened)
    different += _other_fakers(draft.twin, opened)
    if different:
        raise HandoverError(
            'What the file draws differs from what the synthesizer draws in '
            f'{", ".join(different)}: it was not written.'
        )
    problems = other_rows(draft, opened, there)
    if problems:
        raise HandoverError(
            'The rows of the file would be other ones than those of the synthesizer: '
            f'{"; ".join(problems)}. It was not written. Fit again with this version, or leave out '
            'the constraints on these columns.'
        )
    return opened


def _other_fakers(twin: Fair4FreeSynthesizer, opened: Fair4FreeSynthesizer) -> list[str]:
    """Columns that SDV would make up otherwise where the file is opened."""
    mine, theirs = (
        made._data_processor._hyper_transformer.field_transformers for made in (twin, opened)
    )
    return [
        str(name)
        for name, transformer in mine.items()
        if isinstance(transformer, AnonymizedFaker | RegexGenerator)
        and repr(transformer) != repr(theirs.get(name))
    ]
