"""Which pictures a report shows: a row for each group, a column for each class."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from sdv_fair4free.images.question import HELD_OUT, SYNTHETIC, TEACHER, Question, Sample
from sdv_fair4free.images.source import PictureSource
from sdv_fair4free.images.strips import Grid
from sdv_fair4free.metrics.features import labels_of

MOST_GROUPS, MOST_COLUMNS = 8, 10

_LIKE = 'Each row is a group, each column a class. '
_CAPTIONS = {
    HELD_OUT: (
        'Real',
        _LIKE + 'Real pictures that the synthesizer has not seen: how the others should look. '
        'White where there is no such picture.',
    ),
    TEACHER: (
        'Teacher',
        _LIKE + 'New pictures drawn from the teacher. Look for pictures that are no such class, '
        'for groups that are blurred more than others, and for pictures that are all alike.',
    ),
    SYNTHETIC: (
        'Synthetic',
        _LIKE + 'The pictures that were judged. They should be as sharp and as varied as those '
        'of the teacher, where there is one; look for the same faults.',
    ),
}


def picture_grids(
    question: Question, source: PictureSource | None, random_state: int
) -> list[Grid]:
    """All grids there are, in the order in which to read them.

    Args:
        question: The pictures, read.
        source: The synthesizer; None leaves reconstructions and counterfactuals out.
        random_state: Seed of which pictures are shown.
    """
    held_out = question.samples[HELD_OUT]
    groups = _commonest(held_out.crossed, MOST_GROUPS)
    columns = _columns(question, held_out)
    chosen = _chosen(held_out, groups, columns, random_state)
    grids = [_grid(HELD_OUT, held_out, chosen, groups, columns)]
    if source is not None:
        grids.append(_reconstructed(source, held_out, chosen, grids[0]))
    for name in (TEACHER, SYNTHETIC):
        if name in question.samples:
            sample = question.samples[name]
            rows = _chosen(sample, groups, columns, random_state)
            grids.append(_grid(name, sample, rows, groups, columns))
    if source is not None:
        grids.append(_counterfactual(source))
    return grids


def _commonest(labels: np.ndarray, most: int) -> list[str]:
    """The names of most rows, in the order in which they are sorted."""
    return sorted(pd.Series(labels).value_counts().index[:most])


def _columns(question: Question, sample: Sample) -> list[str]:
    """The classes, the commonest of many, and few of them several times."""
    common = {*_commonest(sample.classes, MOST_COLUMNS)}
    shown = [name for name in question.classes if name in common]
    return shown * max(1, MOST_COLUMNS // len(shown))


def _chosen(
    sample: Sample, groups: Sequence[str], columns: Sequence[str], random_state: int
) -> np.ndarray:
    """(groups, columns) places of random rows, no row twice; -1 where there is none left."""
    order = np.random.default_rng(random_state).permutation(len(sample))
    cells = pd.DataFrame({'group': sample.crossed[order], 'class': sample.classes[order]})
    rows = {cell: [*order[places]] for cell, places in cells.groupby([*cells]).indices.items()}
    return np.array(
        [
            [rows[group, name].pop(0) if rows.get((group, name)) else -1 for name in columns]
            for group in groups
        ]
    )


def _grid(
    name: str,
    sample: Sample,
    chosen: np.ndarray,
    groups: Sequence[str],
    columns: Sequence[str],
) -> Grid:
    heading, caption = _CAPTIONS[name]
    return Grid(
        heading=heading,
        caption=caption,
        rows=tuple(groups),
        columns=tuple(columns),
        images=sample.pictures.images[chosen],
        absent=chosen < 0,
    )


def _reconstructed(source: PictureSource, sample: Sample, chosen: np.ndarray, real: Grid) -> Grid:
    """The real ones, each through its own latent."""
    shown = sample.taken(chosen.clip(min=0).ravel())
    images = source.reconstruct(shown.pictures.data, shown.pictures.images)
    return Grid(
        heading='Reconstructed',
        caption='The same real pictures, each through its own latent and back with its own '
        'sensitive value. What is lost here no sample can have.',
        rows=real.rows,
        columns=real.columns,
        images=np.asarray(images).reshape(real.images.shape),
        absent=real.absent,
    )


def _counterfactual(source: PictureSource) -> Grid:
    """The same latents with every group's sensitive values."""
    groups, images = source.counterfactuals(MOST_COLUMNS)
    names = pd.DataFrame({name: labels_of(groups[name]) for name in groups}).fillna('missing')
    return Grid(
        heading='Counterfactual',
        caption='Each column is one latent, painted with the sensitive value of every group. Down '
        'a column only what the sensitive value means should change; where the class changes with '
        'it, or the shape, the latent is not fair.',
        rows=tuple(names.agg(', '.join, axis=1))[:MOST_GROUPS],
        columns=('',) * images.shape[1],
        images=images[:MOST_GROUPS],
        absent=np.zeros(images.shape[:2], dtype=bool)[:MOST_GROUPS],
    )
