"""Coloured digits of 8 x 8 pixels, and synthesizers of them that are fitted in a second or two."""

import numpy as np
import pandas as pd
from sdv.metadata import Metadata

from sdv_fair4free import (
    Fair4FreeImageSynthesizer,
    StudentConfig,
    TeacherConfig,
    TrainingConfig,
)
from sdv_fair4free.images.datasets import load_coloured_digits
from sdv_fair4free.pictures import Pictures

TINY = TrainingConfig(
    epochs=1, width=16, depth=1, batch_size=64, learning_rate=3e-3, dropout=0.0, patience=2
)
TEACHER = TeacherConfig(representation=TINY, decoder=TINY, latent=4, picture_width=4, draws=2)
STUDENT = StudentConfig(training=TINY, pool=512, picture_width=4)
LONGER = TrainingConfig(
    epochs=6, width=32, depth=1, batch_size=32, learning_rate=1e-2, dropout=0.0, patience=6
)
BETTER = TeacherConfig(
    representation=LONGER,
    decoder=LONGER,
    latent=6,
    picture_width=8,
    draws=2,
    dependence_weight=100.0,
)
PUPIL = StudentConfig(training=LONGER, pool=2048, picture_width=8)


def digits(rows=300, start=0, **arguments):
    """Digits, 'high' from 5 on with some noise; most of the high ones have one colour, red or not.

    Everything but the background is of the colour.
    """
    train = load_coloured_digits(task='half', **arguments).train
    return part(train, slice(start, start + rows))


def digits_with_canary():
    """The same 300, one of them replaced by noise."""
    given = digits()
    noise = np.random.default_rng(99).integers(0, 256, (8, 8, 3), dtype=np.uint8)
    images = given.images.copy()
    images[7] = noise
    return Pictures(given.data, images)


def part(pictures, rows):
    """Some of them, with a fresh index."""
    tables = {
        name: table.iloc[rows].reset_index(drop=True) for name, table in pictures.data.items()
    }
    return Pictures(tables, pictures.images[rows])


def with_columns(pictures, **columns):
    """The same with more columns in the table."""
    tables = {name: table.assign(**columns) for name, table in pictures.data.items()}
    return Pictures(tables, pictures.images)


def digits_metadata(**more):
    """Of digits, and of more columns by name and entry."""
    columns = {'high': {'sdtype': 'boolean'}, 'color': {'sdtype': 'categorical'}, **more}
    return Metadata.load_from_dict({'tables': {'digits': {'columns': columns}}})


def picture_synthesizer(metadata=None, **parameters):
    """One that is fitted in a second or two."""
    defaults = {
        'sensitive_columns': ['color'],
        'target_column': 'high',
        'teacher': TEACHER,
        'student': STUDENT,
    }
    return Fair4FreeImageSynthesizer(metadata or digits_metadata(), **{**defaults, **parameters})


def fitted_pictures(pictures=None, metadata=None, **parameters):
    """The same, fitted to digits."""
    synthesizer = picture_synthesizer(metadata, **parameters)
    synthesizer.fit(digits() if pictures is None else pictures)
    return synthesizer


def opened(path, kind='student', **options):
    """One that was handed over in a file."""
    return getattr(Fair4FreeImageSynthesizer, f'from_{kind}')(path, **options)


def drawn(synthesizer, rows=40, **options):
    """Pictures from the start of the stream."""
    synthesizer.reset_sampling()
    return synthesizer.sample(rows, **options)


def redness(images):
    """(rows,): the mean of red less that of green; above 0 for what is rather red."""
    means = images.astype(float).mean(axis=(1, 2))
    return means[:, 0] - means[:, 1]


def plain_pictures(rows, height, width, channels, seed=0):
    """Bright and dark halves by 'high', of the colour by 'color', on noise; of any shape."""
    rng = np.random.default_rng(seed)
    color = rng.choice(['green', 'red'], size=rows)
    high = rng.random(rows) < np.where(color == 'red', 0.8, 0.2)
    images = rng.integers(0, 60, (rows, height, width, channels))
    images[:, : height // 2] += 120 * high[:, None, None, None]
    images[..., 0] += 60 * (color == 'red')[:, None, None]
    table = pd.DataFrame({'high': high, 'color': color})
    return Pictures({'digits': table}, images.astype(np.uint8))


def same_pictures(one, other):
    """Whether tables and pictures are the same, bit for bit."""
    assert one.data.keys() == other.data.keys()
    for name, table in one.data.items():
        pd.testing.assert_frame_equal(table, other.data[name])
    return bool((one.images == other.images).all()) and one.images.shape == other.images.shape
