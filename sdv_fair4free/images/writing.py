"""Pictures as a folder of files with their attributes beside them."""

from __future__ import annotations

import os
import shutil
import unicodedata
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
import pandas as pd

from sdv_fair4free.images.checks import checked_images, raise_if
from sdv_fair4free.pictures import Pictures
from sdv_fair4free.validation import nearest

ATTRIBUTES = 'metadata.csv'
"""The file of attributes, as Hugging Face's ``imagefolder`` looks for it."""

FILE_NAME = 'file_name'
"""Its first column: where the image is, seen from that file."""

_UNFINISHED = '.unfinished'
_MISSING = 'missing'
_MOST_BYTES = 200
_RESERVED = {
    'con',
    'prn',
    'aux',
    'nul',
    *(f'{port}{i}' for port in ('com', 'lpt') for i in range(10)),
}


def write_images(
    folder: str | os.PathLike[str], pictures: Pictures, *, by: str | None = None
) -> pd.DataFrame:
    """Write all pictures at once; see :class:`ImageFolder`.

    Returns:
        What is in ``metadata.csv``.
    """
    with ImageFolder(folder, by=by) as written:
        written.add(pictures)
    return written.table


class ImageFolder:
    """A folder of pictures, written in parts: only one part need be in memory.

    There is a PNG file for each picture, ``000000.png`` and so on or, with ``by``,
    ``<class>/000000.png``, and ``metadata.csv`` with the column ``file_name`` and the attributes.
    Hugging Face's ``load_dataset('imagefolder', data_dir=folder)`` reads it, and, with ``by``,
    torchvision's ``ImageFolder``. Nothing half-done is taken for whole: pictures are written to
    ``.unfinished`` within the folder, which goes if something fails, and are moved when all are
    there; the attributes come last::

        with ImageFolder('pictures', by='digit') as written:
            for _ in range(10):
                written.add(synthesizer.sample(1000))

    Args:
        folder: It must be empty, if it is there.
        by: Column whose values become folders. Their names keep letters, digits and dashes of any
            script; other characters become ``_``, and what would then be the same is numbered.

    Attributes:
        table: What was written to ``metadata.csv``; empty before.

    Raises:
        ImageError: If the folder is not empty, or is a file.
        ImportError: If Pillow is not installed.
    """

    def __init__(self, folder: str | os.PathLike[str], *, by: str | None = None) -> None:
        from sdv_fair4free.images import pillow  # noqa: F401 - told before any picture is made

        self.folder = Path(folder).resolve()
        self.by = by
        self.table = pd.DataFrame({FILE_NAME: pd.Series(dtype=object)})
        self._names = _ClassNames()
        self._tables: list[pd.DataFrame] = []
        self._shape: tuple[int, ...] | None = None
        self._count = 0

    @property
    def _unfinished(self) -> Path:
        return self.folder / _UNFINISHED

    def __enter__(self) -> ImageFolder:
        self._existed = self.folder.exists()
        raise_if(_folder_problems(self.folder), 'the folder')
        self._unfinished.mkdir(parents=True)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            if kind is None:
                self._finish()
        finally:
            shutil.rmtree(self._unfinished)
            if not self._existed and not any(self.folder.iterdir()):
                self.folder.rmdir()

    def add(self, pictures: Pictures) -> None:
        """Write a part.

        Raises:
            ImageError: Listing every problem at once: no column ``by``, one that is called
                ``file_name``, or other columns or another shape than in the parts before.
        """
        from sdv_fair4free.images.pillow import Image

        table = pictures.table.reset_index(drop=True)
        images = checked_images(pictures.images, len(table))
        raise_if(self._part_problems(table, images.shape[1:]), 'the pictures')
        names = [f'{number:06d}.png' for number in range(self._count, self._count + len(table))]
        if self.by is not None:
            classes = self._names.of(table[self.by])
            for name in set(classes):
                (self._unfinished / name).mkdir(exist_ok=True)
            names = [f'{of}/{name}' for of, name in zip(classes, names, strict=True)]
        for name, image in zip(names, images, strict=True):
            pixels = image[..., 0] if image.shape[-1] == 1 else image
            Image.fromarray(pixels).save(self._unfinished / name, format='PNG')
        table.insert(0, FILE_NAME, pd.Series(names, dtype=object))
        if not self._tables or len(table):
            self._tables.append(table)
        self._count += len(table)
        self._shape = images.shape[1:]

    def _part_problems(self, table: pd.DataFrame, shape: tuple[int, ...]) -> list[str]:
        problems = []
        if self.by is not None and self.by not in table:
            problems.append(f"by='{self.by}' is no column.{nearest(self.by, table.columns)}")
        if FILE_NAME in table:
            problems.append(
                f"'{FILE_NAME}' is the column that names the files; drop or rename that of the "
                'table.'
            )
        if self._tables and list(table) != list(self._tables[0].columns[1:]):
            problems.append(
                f'columns are {list(table)}, and were {list(self._tables[0].columns[1:])} in the '
                'part before; all parts must be of one table.'
            )
        if self._shape not in (None, shape):
            problems.append(f'images have the shape {shape}, and had {self._shape} before.')
        return problems

    def _finish(self) -> None:
        made = list(self._unfinished.iterdir())
        if self._tables:
            self.table = pd.concat(self._tables, ignore_index=True)
        attributes = self._unfinished / ATTRIBUTES
        # Before anything is moved: if this fails, nothing is left.
        self.table.to_csv(attributes, index=False)
        for path in [*made, attributes]:
            path.rename(self.folder / path.name)


def _folder_problems(folder: Path) -> list[str]:
    if not folder.exists():
        return []
    if not folder.is_dir():
        return [f"'{folder}' is a file; name a folder."]
    if (folder / _UNFINISHED).exists():
        return [
            f"'{folder}' holds pictures whose writing was cut off, or is still going on; remove "
            'the folder, or name another.'
        ]
    if any(folder.iterdir()):
        return [
            f"'{folder}' is not empty, and pictures of several samples would be mixed; empty it, "
            'or name another folder.'
        ]
    return []


class _ClassNames:
    """Names of folders for values: safe on every system, and one for each."""

    def __init__(self) -> None:
        self._names: dict[Any, str] = {}
        self._taken = {ATTRIBUTES}

    def of(self, values: pd.Series) -> list[str]:
        """(rows,) names of folders; the same value always has the same."""
        codes, distinct = pd.factorize(values.astype(object))
        # The code of missing values is -1: the last name. It is the first to be given.
        missing = [self._name(None)] if (codes < 0).any() else []
        names = [self._name(value) for value in distinct] + missing
        return np.array(names, dtype=object)[codes].tolist() if names else []

    def _name(self, value: Any) -> str:
        if value not in self._names:
            self._names[value] = self._free(_safe(value))
        return self._names[value]

    def _free(self, name: str) -> str:
        """The name, numbered if another one differs in nothing that all systems tell apart."""
        number, free = 1, name
        while _told_apart(free) in self._taken:
            number += 1
            free = f'{name}_{number}'
        self._taken.add(_told_apart(free))
        return free


def _told_apart(name: str) -> str:
    return unicodedata.normalize('NFKC', name).casefold()


def _safe(value: Any) -> str:
    if value is None:
        return _MISSING
    if isinstance(value, float) and value.is_integer():
        value = int(value)  # a column of whole numbers, some of them missing
    text = unicodedata.normalize('NFC', str(value))
    text = ''.join(
        letter if unicodedata.category(letter)[0] in 'LMN' or letter in '_.- ' else '_'
        for letter in text
    )
    text = text.encode()[:_MOST_BYTES].decode(errors='ignore')
    # A dot or __ in front hides a folder from loaders; Windows drops dots and spaces at the end.
    text = text.lstrip('._ ').rstrip('. ')
    if text.split('.')[0].strip().casefold() in _RESERVED:
        text += '_'
    return text or 'class'
