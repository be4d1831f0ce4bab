"""CelebA's lists: which attributes each picture has, and which part it belongs to."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sdv_fair4free.images.checks import ImageError, raise_if, some
from sdv_fair4free.validation import nearest

PICTURES = 'img_align_celeba'
ATTRIBUTES = 'list_attr_celeba'
PARTITION = 'list_eval_partition'
_OFFICIAL_TEST = 2


def read_attributes(folder: Path, attributes: Sequence[str]) -> pd.DataFrame:
    """Read the attributes asked for.

    Args:
        folder: Holds ``list_attr_celeba.txt`` (how many, their names, then one line each) or
            ``list_attr_celeba.csv`` (the same with commas and a heading).
        attributes: Their names.

    Returns:
        A boolean column for each; the index names the files.

    Raises:
        ImageError: Listing every problem at once.
    """
    path = _found(folder, ATTRIBUTES)
    if path is None:
        raise ImageError(
            f"'{folder / ATTRIBUTES}.txt' is missing, and .csv, too: put CelebA's list of "
            'attributes there.'
        )
    with path.open(encoding='utf-8-sig') as lines:
        first = lines.readline()
        of_csv = path.suffix == '.csv'
        names = first.strip().split(',')[1:] if of_csv else lines.readline().split()
    problems = [] if attributes else ['attributes are none; name one or more.']
    problems += [
        f"attribute '{name}' is not in '{path.name}'.{nearest(name, names)}"
        for name in attributes
        if name not in names
    ]
    problems += [
        f"attribute '{name}' is named twice; name it once."
        for name in dict.fromkeys(attributes)
        if list(attributes).count(name) > 1
    ]
    raise_if(problems, 'the attributes')
    table = pd.read_csv(
        path,
        sep=',' if of_csv else r'\s+',
        skiprows=1 if of_csv else 2,
        names=['file', *names],
        usecols=['file', *attributes],
        dtype={'file': str},
        index_col='file',
    )[list(attributes)]
    if not of_csv and first.strip() != str(len(table)):
        problems.append(
            f"'{path}' says in its first line that it lists {first.strip()!r} pictures, and lists "
            f'{len(table):,}; fetch it again, or correct the line.'
        )
    values = table.isin([-1, 1]).all()
    problems += [
        f"attribute '{name}' of '{path}' has other values than -1 and 1: "
        f'{some(table.loc[~table[name].isin([-1, 1]), name].unique())}.'
        for name in values.index[~values]
    ]
    raise_if(problems, "CelebA's attributes")
    return table == 1


def official_test(folder: Path, files: pd.Index) -> NDArray[np.bool_] | None:
    """Which pictures are of the official test part; None if there is no list of the parts.

    Persons of one part are in no other, so that this is to be had rather than a split by chance.

    Args:
        folder: May hold ``list_eval_partition.txt`` or ``.csv``.
        files: Names of the pictures.

    Raises:
        ImageError: If pictures are not in the list.
    """
    path = _found(folder, PARTITION)
    if path is None:
        return None
    of_csv = path.suffix == '.csv'
    parts = pd.read_csv(
        path,
        sep=',' if of_csv else r'\s+',
        skiprows=int(of_csv),
        names=['file', 'part'],
        dtype={'file': str},
        index_col='file',
    )['part']
    unlisted = files.difference(parts.index)
    if len(unlisted):
        raise ImageError(f"'{path}' does not list {some(unlisted)}; fetch it again, or remove it.")
    of_test: NDArray[np.bool_] = (parts.reindex(files) == _OFFICIAL_TEST).to_numpy()
    return of_test


def _found(folder: Path, stem: str) -> Path | None:
    paths = [folder / f'{stem}{ending}' for ending in ('.txt', '.csv')]
    return next((path for path in paths if path.is_file()), None)
