"""Coloured digits, those that are always at hand and those of MNIST: split, biased, described."""

import gzip
import os
import struct
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import scipy.stats
from grey_pictures import grey, independence, is_near, share_of_own

from sdv_fair4free.images.checks import ImageError
from sdv_fair4free.images.colours import PALETTE
from sdv_fair4free.images.datasets import load_coloured_digits, load_coloured_mnist

MNIST = Path(
    os.environ.get('FAIR4FREE_MNIST', Path(__file__).parents[4] / 'shared' / 'data' / 'mnist')
)


@pytest.mark.parametrize(('task', 'column'), [('digit', 'digit'), ('half', 'high')])
def test_digits_agree_with_their_metadata(task, column):
    split = load_coloured_digits(task=task)
    split.metadata.validate()
    ((_, description),) = split.metadata.tables.items()
    assert list(description.columns) == [column, 'color']
    for pictures in (split.train, split.test):
        split.metadata.validate_data(pictures.data)
        assert list(pictures.table) == [column, 'color']
        assert pictures.table.index.equals(pd.RangeIndex(len(pictures.images)))
        assert pictures.images.dtype == np.uint8
        assert pictures.images.shape[1:] == (8, 8, 3)
    assert (len(split.train.table), len(split.test.table)) == (1438, 359)


def test_digits_are_biased_in_training_and_not_in_testing():
    split = load_coloured_digits()
    assert is_near(share_of_own(split.train, 'digit', 10, 2), 0.9, 1438)
    assert independence(split.test.table['digit'], split.test.table['color']) > 0.01
    against = load_coloured_digits(test_correlation=0.1)
    assert is_near(share_of_own(against.test, 'digit', 10, 2), 0.1, 359)


def test_test_colours_are_as_independent_as_shuffled_ones():
    table = load_coloured_digits(num_colors=10).test.table
    rng = np.random.default_rng(0)

    def statistic(colors):
        return scipy.stats.chi2_contingency(pd.crosstab(table['digit'], colors)).statistic

    shuffled = [statistic(rng.permutation(table['color'])) for _ in range(200)]
    assert np.mean(np.array(shuffled) >= statistic(table['color'])) > 0.02


def test_digits_of_training_and_testing_are_all_digits_once():
    split = load_coloured_digits()
    # The brightest channel is the grey image, whatever the colour.
    seen = np.concatenate([split.train.images.max(-1), split.test.images.max(-1)])
    assert len(seen) == 1797
    assert seen.max() == 255
    other = load_coloured_digits(random_state=1)
    again = np.concatenate([other.train.images.max(-1), other.test.images.max(-1)])

    def in_order(images):
        rows = images.reshape(len(images), -1)
        return rows[np.lexsort(rows.T)]

    assert (in_order(seen) == in_order(again)).all()
    assert not (seen == again).all()


def test_the_seed_decides_the_digits_and_strength_of_colour_moves_no_row():
    first, again, weaker = (
        load_coloured_digits(correlation=correlation) for correlation in (0.9, 0.9, 0.5)
    )
    for a, b in ((first.train, again.train), (first.test, again.test), (first.test, weaker.test)):
        pd.testing.assert_frame_equal(a.table, b.table)
        assert (a.images == b.images).all()
    pd.testing.assert_series_equal(first.train.table['digit'], weaker.train.table['digit'])


def test_every_problem_of_the_arguments_is_told_at_once():
    with pytest.raises(ImageError) as told:
        load_coloured_digits(num_colors=11, random_state=-1)
    assert 'num_colors=11 must be a whole number, 2 to 10' in str(told.value)
    assert 'random_state=-1' in str(told.value)
    with pytest.raises(ImageError, match=r"must be 'digit' or 'half'\. Did you mean 'half'"):
        load_coloured_digits(task='halves')


def write_idx(path, numbers):
    header = struct.pack(f'>{1 + numbers.ndim}I', 0x800 + numbers.ndim, *numbers.shape)
    content = header + numbers.astype(np.uint8).tobytes()
    path.write_bytes(gzip.compress(content) if path.suffix == '.gz' else content)


def write_mnist(folder, part, rows, ending='', seed=0, mark='-'):
    images, labels = grey(rows, seed)
    write_idx(folder / f'{part}-images{mark}idx3-ubyte{ending}', images)
    write_idx(folder / f'{part}-labels{mark}idx1-ubyte{ending}', labels)
    return images, labels


@pytest.mark.parametrize(('ending', 'mark'), [('', '-'), ('.gz', '-'), ('', '.')])
def test_both_parts_of_mnist_are_training_and_testing(tmp_path, ending, mark):
    grey_train, digits = write_mnist(tmp_path, 'train', 300, ending, mark=mark)
    grey_test, _ = write_mnist(tmp_path, 't10k', 50, ending, seed=1, mark=mark)
    split = load_coloured_mnist(tmp_path)
    assert (split.train.table['digit'] == digits).all()
    assert (split.train.images.max(-1) == grey_train).all()
    assert (split.test.images.max(-1) == grey_test).all()
    assert set(split.train.table['color']) == set(PALETTE)
    split.metadata.validate_data(split.train.data)


@pytest.mark.parametrize('part', ['train', 't10k'])
def test_one_part_of_mnist_is_split(tmp_path, part):
    write_mnist(tmp_path, part, 100)
    first, again, other = (load_coloured_mnist(tmp_path, random_state=s) for s in (3, 3, 4))
    assert (len(first.train.images), len(first.test.images)) == (80, 20)
    assert (first.train.images == again.train.images).all()
    assert not (first.train.images.max(-1) == other.train.images.max(-1)).all()


def test_files_that_a_browser_has_unpacked_are_read_whatever_their_names(tmp_path):
    _, digits = write_mnist(tmp_path, 'train', 50)
    write_mnist(tmp_path, 't10k', 10)
    for path in list(tmp_path.iterdir()):
        path.rename(f'{path}.gz')
    assert (load_coloured_mnist(tmp_path).train.table['digit'] == digits).all()


def test_damaged_files_are_all_named(tmp_path):
    write_mnist(tmp_path, 'train', 20, '.gz')
    write_mnist(tmp_path, 't10k', 20)
    packed = tmp_path / 'train-images-idx3-ubyte.gz'
    packed.write_bytes(packed.read_bytes()[:200])
    (tmp_path / 'train-labels-idx1-ubyte.gz').write_bytes(b'\0\0')
    short = tmp_path / 't10k-images-idx3-ubyte'
    short.write_bytes(short.read_bytes()[:-1])
    write_idx(tmp_path / 't10k-labels-idx1-ubyte', np.zeros((2, 2)))
    with pytest.raises(ImageError) as told:
        load_coloured_mnist(tmp_path)
    for part in (
        '4 problems with MNIST in',
        "train-images-idx3-ubyte.gz' cannot be unpacked",
        "train-labels-idx1-ubyte.gz' has 2 bytes, which is no idx file",
        "t10k-images-idx3-ubyte' says that it holds 20 x 8 x 8 numbers, and holds 1,279",
        "t10k-labels-idx1-ubyte' begins with the number 2050, where 2049 says",
    ):
        assert part in str(told.value)


def test_files_that_are_missing_or_do_not_belong_together_are_named(tmp_path):
    with pytest.raises(ImageError, match='there is no MNIST in'):
        load_coloured_mnist(tmp_path)
    write_mnist(tmp_path, 'train', 20)
    (tmp_path / 'train-labels-idx1-ubyte').unlink()
    with pytest.raises(ImageError, match="'train-labels-idx1-ubyte' is missing"):
        load_coloured_mnist(tmp_path)
    write_idx(tmp_path / 'train-labels-idx1-ubyte', np.arange(21))
    with pytest.raises(ImageError) as told:
        load_coloured_mnist(tmp_path)
    assert 'holds 20 images and' in str(told.value)
    assert '21 labels; they do not belong together' in str(told.value)
    assert 'has labels up to 20, which are no digits' in str(told.value)


@pytest.mark.skipif(
    not (MNIST / 't10k-images-idx3-ubyte.gz').exists(),
    reason='MNIST is not at hand (see FAIR4FREE_MNIST)',
)
def test_coloured_mnist_is_as_published(tmp_path):
    # One part alone, so that the split is the same wherever the rest is at hand, too.
    for path in MNIST.glob('t10k-*'):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    digits = load_coloured_mnist(tmp_path)
    assert digits.train.images.shape == (8000, 28, 28, 3)
    assert digits.test.images.shape == (2000, 28, 28, 3)
    assert is_near(share_of_own(digits.train, 'digit', 10, 10), 0.9, 8000)
    assert independence(digits.test.table['digit'], digits.test.table['color']) > 0.01
    halves = load_coloured_mnist(tmp_path, task='half')
    assert halves.train.table['high'].dtype == bool
    assert set(halves.train.table['color']) == {'red', 'green'}
    assert is_near(share_of_own(halves.train, 'high', 2, 2), 0.9, 8000)
    assert independence(halves.test.table['high'], halves.test.table['color']) > 0.01
    # Rows are the same ones, so that the label without its noise is known.
    truly = digits.train.table['digit'] >= 5
    assert is_near((halves.train.table['high'] != truly).mean(), 0.25, 8000)
    assert (halves.train.images.max(-1) == digits.train.images.max(-1)).all()
