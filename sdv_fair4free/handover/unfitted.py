"""A synthesizer that is not fitted yet, with the settings of a file: none that asks too much."""

from __future__ import annotations

import warnings
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any, TypeVar

import pandas as pd
import sdv.cag
from sdv.metadata import Metadata

from sdv_fair4free.core.config import StudentConfig, TeacherConfig, TrainingConfig, is_number
from sdv_fair4free.core.training import batch_size_for
from sdv_fair4free.handover.archive import MANIFEST
from sdv_fair4free.handover.errors import HandoverError
from sdv_fair4free.handover.manifest import Manifest
from sdv_fair4free.handover.manifest_parts import MOST_WIDTH
from sdv_fair4free.handover.patterns import SDTYPES, width

if TYPE_CHECKING:
    from sdv_fair4free.synthesizer import Fair4FreeSynthesizer

MOST_OF_A_SETTING = 2**24
"""A file must not ask for training without end, or for memory that nobody has."""
MOST_STEPS = 2**20
MOST_POOL = 2**20
MOST_ROWS = 2**25
"""Of a distillation: half a million are usual."""
MOST_PICTURE_VALUES = 2**27
"""Numbers of the pictures that a step of a distillation paints; 128 of the largest are usual."""
MOST_CHARACTERS = 200
"""Of an id that a pattern makes, and of the pattern."""

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
        most = MOST_WIDTH if item.name.endswith('width') else MOST_OF_A_SETTING
        if is_number(value) and value > most:
            raise HandoverError(f'{kind.__name__}.{item.name}={value!r} is too large.')
    return config


def unfitted(manifest: Manifest, of: type[Fair4FreeSynthesizer] | None) -> Fair4FreeSynthesizer:
    """A synthesizer with metadata, settings and constraints of a file.

    Args:
        manifest: Of the file.
        of: The class to make one of; None for ours.

    Raises:
        HandoverError: If what it asks for is unknown, or has no end; or if the class is one for
            pictures and the file has none, or the other way round.
    """
    of = _class_for(manifest, of)
    _check_patterns(manifest.metadata)
    given = manifest.parameters.model_dump()
    if given['teacher'] is not None:
        # Files of before there was a blur were fitted without it.
        given['teacher'] = _config(TeacherConfig, {'blur': 0.0, **given['teacher']})
    if isinstance(given['student'], dict):
        given['student'] = _config(StudentConfig, given['student'])
    with warnings.catch_warnings():
        # The owner was told when it was fitted, and these metadata are in the file already.
        warnings.filterwarnings('ignore', message='No fairness is applied')
        warnings.filterwarnings('ignore', message='We strongly recommend saving the metadata')
        metadata = Metadata.load_from_dict(manifest.metadata)
        if manifest.picture is not None:
            given['image_column'] = manifest.picture.image_column
            given['image_size'] = manifest.picture.image_size
        synthesizer = of(metadata, **given)
    columns = metadata.tables[synthesizer._table_name].columns
    if manifest.original_columns and len(manifest.original_columns) != len(columns):
        raise HandoverError(f'{MANIFEST} gives original names to other columns than there are.')
    _check_steps(synthesizer, manifest)
    if manifest.picture is not None:
        place = manifest.picture.described
        if place is not None and place > len(columns):
            raise HandoverError(f'{MANIFEST} puts the column of pictures beyond all others.')
        synthesizer._image_place = place  # type: ignore[attr-defined]
    constraints = [
        getattr(sdv.cag, part.class_name).load_constraint_from_dict(part.parameters)
        for part in manifest.constraints
    ]
    if constraints:
        synthesizer.add_constraints(constraints)
    synthesizer._original_columns = pd.Index(manifest.original_columns)
    return synthesizer


def _class_for(
    manifest: Manifest, of: type[Fair4FreeSynthesizer] | None
) -> type[Fair4FreeSynthesizer]:
    """The class to make one of, which must be one for pictures if and only if there are any."""
    from sdv_fair4free.images.synthesizer import Fair4FreeImageSynthesizer
    from sdv_fair4free.synthesizer import Fair4FreeSynthesizer

    pictured = manifest.picture is not None
    if of is None:
        return Fair4FreeImageSynthesizer if pictured else Fair4FreeSynthesizer
    if issubclass(of, Fair4FreeImageSynthesizer) != pictured:
        told, name = (
            ('has pictures', 'Fair4FreeImageSynthesizer')
            if pictured
            else ('has no pictures', 'Fair4FreeSynthesizer')
        )
        raise HandoverError(f'The file {told}: open it with {name}.from_{manifest.kind}.')
    return of


def _check_steps(synthesizer: Fair4FreeSynthesizer, manifest: Manifest) -> None:
    """Refuse settings by which a student would be distilled for ever, or in memory without end."""
    student = synthesizer._settings(synthesizer.teacher, synthesizer.student)[1]
    epochs = synthesizer.epochs or student.training.epochs
    size = synthesizer.batch_size or student.training.batch_size
    rows = epochs * student.pool
    if rows > MOST_ROWS or student.pool > MOST_POOL or rows / size + epochs > MOST_STEPS:
        raise HandoverError(
            'the student of the file would be distilled for ever: an epoch may have at most '
            f'{MOST_POOL:,} rows, and all of them together {MOST_ROWS:,}.'
        )
    picture = manifest.picture
    if picture is None:
        return
    painted = batch_size_for(student.pool, replace(student.training, batch_size=size))
    if painted * picture.height * picture.width * picture.channels > MOST_PICTURE_VALUES:
        raise HandoverError(
            f'the student of the file would paint {painted:,} pictures at once, too many for '
            'memory: lower its pool, or its batch_size.'
        )


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
