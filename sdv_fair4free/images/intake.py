"""Pictures and attributes on their way in: what they are given as, and every problem at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from sdv.errors import InvalidDataError, SynthesizerInputError
from sdv.metadata import Metadata

from sdv_fair4free.core.config import is_whole
from sdv_fair4free.images.checks import SIDES, ImageError, image_problems
from sdv_fair4free.images.reading import read_images
from sdv_fair4free.pictures import Pictures
from sdv_fair4free.validation import as_list

if TYPE_CHECKING:
    from sdv_fair4free.images.synthesizer import Fair4FreeImageSynthesizer


NO_ATTRIBUTE = 'describe at least one attribute that is learnt: of categories, numbers or dates.'


def image_parameter_problems(image_column: Any, image_size: Any, roles: Sequence[Any]) -> list[str]:
    """What is wrong with the parameters that only pictures have, a sentence each.

    Args:
        image_column: What was given as the column of files.
        image_size: What was given as the size of files.
        roles: Sensitive columns and targets as given.
    """
    problems = []
    if not isinstance(image_column, str) or not image_column:
        problems.append(f'image_column={image_column!r} must be the name of a column.')
    elif any(
        image_column in as_list(role) for role in roles if isinstance(role, str | list | tuple)
    ):
        problems.append(
            f'image_column={image_column!r} is also a sensitive or target column; pictures are '
            'neither.'
        )
    if image_size is not None and not (
        isinstance(image_size, tuple | list)
        and len(image_size) == 2
        and all(is_whole(side) and SIDES[0] <= side <= SIDES[1] for side in image_size)
    ):
        problems.append(
            f'image_size={image_size!r} must be (height, width), each from {SIDES[0]} to '
            f'{SIDES[1]} pixels; or None.'
        )
    return problems


def described_images(metadata: Metadata, image_column: str) -> tuple[Metadata, int | None]:
    """Metadata of the attributes alone.

    Args:
        metadata: As given, left as they are.
        image_column: The column of files, which may be described or not.

    Returns:
        The metadata without the column, and its place among the columns; None if it has none.

    Raises:
        SynthesizerInputError: If there is no other column.
    """
    tables = getattr(metadata, 'tables', {})
    if len(tables) != 1:  # SDV has its own words for that
        return metadata, None
    ((name, table),) = tables.items()
    if image_column not in table.columns:
        return metadata, None
    if len(table.columns) == 1:
        raise SynthesizerInputError(
            f"The metadata describe no column but '{image_column}', which holds the pictures; "
            f'{NO_ATTRIBUTE}'
        )
    place = list(table.columns).index(image_column)
    told = metadata.to_dict()
    entry = told['tables'][name]
    entry['columns'] = {key: told for key, told in entry['columns'].items() if key != image_column}
    if entry.get('primary_key') == image_column:
        del entry['primary_key']
    alternate = [key for key in entry.get('alternate_keys', []) if key != image_column]
    entry.pop('alternate_keys', None)
    if alternate:
        entry['alternate_keys'] = alternate
    return Metadata.load_from_dict(told), place


def without(data: Any, image_column: str) -> Any:
    """The tables without the column of files; what are no tables is SDV's to complain of."""
    if isinstance(data, Pictures):
        data = data.data
    if not isinstance(data, Mapping):
        return data
    return {
        name: table.drop(columns=_files(table, image_column))
        if isinstance(table, pd.DataFrame)
        else table
        for name, table in data.items()
    }


def _files(table: pd.DataFrame, image_column: str) -> list[Any]:
    """The column of files, if there is one: names that are whole numbers count as their text."""
    return [name for name in table if str(name) == image_column]


def read_pictures(
    synthesizer: Fair4FreeImageSynthesizer,
    data: Any,
    images: Any,
    *,
    check: Callable[[Any], None] | None = None,
    shape: tuple[int, ...] | None = None,
) -> tuple[Any, NDArray[np.uint8] | None]:
    """Attributes and pictures, however they are given.

    Args:
        synthesizer: Knows its column of files.
        data: Tables, or attributes and pictures together.
        images: The pictures; None for those of ``data``, or for files.
        check: Raises for attributes that cannot be used; asked where pictures have problems, to
            tell all at once.
        shape: (height, width, channels) that the pictures must have; None for any.

    Returns:
        The tables without the column of files, and (rows, height, width, channels) pictures; None
        where ``data`` are no tables, of which SDV is to complain.

    Raises:
        InvalidDataError: Listing every problem of table and pictures at once.
    """
    if isinstance(data, Pictures):
        data, images = data.data, data.images if images is None else images
    tables = without(data, synthesizer.image_column)
    whole = isinstance(data, Mapping) and len(data) == 1
    table = next(iter(data.values())) if whole else None
    if not isinstance(table, pd.DataFrame):
        return tables, None
    problems: list[str] = []
    files = _files(table, synthesizer.image_column)
    if images is None and files:
        try:
            images = read_images(table[files[0]], size=synthesizer.image_size)
        except ImageError as error:
            problems.append(str(error))
    elif images is None:
        problems.append(
            f"there are no images: give an array, or a column '{synthesizer.image_column}' "
            'of files (image_column names another).'
        )
    if not problems:
        problems = image_problems(images, len(table))
    if not problems:
        images = images[..., np.newaxis] if images.ndim == 3 else images
        problems = _shape_problems(images.shape[1:], shape)
    if problems:
        if check is not None:
            try:
                check(tables)
            except InvalidDataError as error:
                problems += error.errors
        raise InvalidDataError(problems)
    read: NDArray[np.uint8] = images
    return tables, read


def _shape_problems(given: tuple[int, ...], wanted: tuple[int, ...] | None) -> list[str]:
    if wanted is None or given == wanted:
        return []
    (height, width, channels), known = given, wanted
    return [
        f'images are {height} pixels high and {width} wide, of {channels} '
        f'channel{"s" if channels > 1 else ""}; those that were learnt are {known[0]} high and '
        f'{known[1]} wide, of {known[2]}.'
    ]


def as_tensor(images: NDArray[np.uint8]) -> torch.Tensor:
    """(rows, channels, height, width) of (rows, height, width, channels) pictures."""
    # The same memory, seen otherwise, where torch can have it.
    plain = images.flags.writeable and images.flags.c_contiguous
    return torch.from_numpy(images if plain else images.copy()).permute(0, 3, 1, 2)


def as_array(pictures: torch.Tensor) -> NDArray[np.uint8]:
    """(rows, height, width, channels) of (rows, channels, height, width) pictures."""
    array: NDArray[np.uint8] = pictures.permute(0, 2, 3, 1).contiguous().numpy()
    return array
