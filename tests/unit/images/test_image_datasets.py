import gzip
import os
import struct
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import scipy.stats

from sdv_fair4free.images.celeba import ATTRIBUTES, PARTITION, PICTURES
from sdv_fair4free.images.checks import ImageError
from sdv_fair4free.images.colours import PALETTE, coloured, first_colours
from sdv_fair4free.images.datasets import load_celeba, load_coloured_digits, load_coloured_mnist

MNIST = Path(
    os.environ.get('FAIR4FREE_MNIST', Path(__file__).parents[4] / 'shared' / 'data' / 'mnist')
)


def grey(rows, seed=0, side=8):
    rng = np.random.default_rng(seed)
    return rng.integers(0, 256, (rows, side, side), dtype=np.uint8), rng.integers(0, 10, rows)


def own_color(labels, num_labels, num_colors):
    names = np.array(list(PALETTE)[:num_colors])
    return names[np.asarray(labels) * num_colors // num_labels]


def share_of_own(pictures, column, num_labels, num_colors):
    table = pictures.table
    own = own_color(table[column].astype(int), num_labels, num_colors)
    return (table['color'] == own).mean()


def independence(labels, colors):
    """p-value of a chi-square test."""
    return scipy.stats.chi2_contingency(pd.crosstab(labels, colors)).pvalue


def is_near(share, expected, rows):
    """Within four standard errors."""
    return abs(share - expected) <= 4 * np.sqrt(expected * (1 - expected) / rows)


# -- colouring -------------------------------------------------------------------------------


@pytest.mark.parametrize('num_colors', [2, 3, 10])
@pytest.mark.parametrize('correlation', [0.0, 0.5, 0.9, 1.0])
def test_a_row_has_the_colour_of_its_label_as_often_as_asked(num_colors, correlation):
    images, labels = grey(20_000)
    made = coloured(images, labels, correlation=correlation, palette=first_colours(num_colors))
    own = made.colors == own_color(labels, 10, num_colors)
    assert is_near(own.mean(), correlation, len(labels))
    assert (made.labels == labels).all()
    if correlation < 1 and num_colors > 2:
        # The others are equally frequent among those that have not their own.
        steps = [list(PALETTE).index(color) for color in made.colors[~own]]
        steps -= labels[~own] * num_colors // 10
        counts = np.bincount(steps % num_colors, minlength=num_colors)[1:]
        assert scipy.stats.chisquare(counts).pvalue > 0.001


def test_without_correlation_colours_are_uniform_and_independent_of_the_label():
    images, labels = grey(20_000)
    made = coloured(images, labels, correlation=None)
    assert independence(labels, made.colors) > 0.001
    assert scipy.stats.chisquare(pd.Series(made.colors).value_counts()).pvalue > 0.001
    assert independence(labels, coloured(images, labels, correlation=0.2).colors) < 1e-6


def test_more_correlation_only_takes_colours_that_are_not_of_the_label_away():
    images, labels = grey(2000)
    own = own_color(labels, 10, 10)
    weaker, stronger = (coloured(images, labels, correlation=c).colors for c in (0.3, 0.7))
    changed = weaker != stronger
    assert changed.any()
    assert (stronger[changed] == own[changed]).all()


def test_label_noise_gives_other_labels_and_colours_follow_these():
    images, labels = grey(20_000)
    made = coloured(images, labels, correlation=1.0, label_noise=0.25)
    flipped = made.labels != labels
    assert is_near(flipped.mean(), 0.25, len(labels))
    steps = np.bincount((made.labels - labels)[flipped] % 10, minlength=10)[1:]
    assert scipy.stats.chisquare(steps).pvalue > 0.001
    assert (made.colors == own_color(made.labels, 10, 10)).all()


def test_pixels_are_the_grey_ones_in_their_colour():
    images, labels = grey(500)
    made = coloured(images, labels, correlation=0.5)
    hues = np.array([PALETTE[color] for color in made.colors])[:, None, None]
    assert np.abs(made.images - images[..., None] * (hues / 255)).max() <= 0.5
    white = made.colors == 'white'
    assert (made.images[white] == images[white][..., None]).all()


def test_no_hue_is_another_one_made_darker():
    hues = np.array(list(PALETTE.values()), dtype=float)
    hues /= np.linalg.norm(hues, axis=1, keepdims=True)
    cosines = hues @ hues.T - np.eye(len(hues))
    assert cosines.max() < 0.96


def test_the_seed_of_a_colouring_decides_everything_and_the_global_state_is_left_alone():
    images, labels = grey(300)
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    first, again, other = (
        coloured(images, labels, correlation=0.9, random_state=seed) for seed in (1, 1, 2)
    )
    assert all((a == b).all() for a, b in zip(first, again, strict=True))
    assert (first.colors != other.colors).any()
    assert (np.random.get_state()[1] == before).all()  # noqa: NPY002


def test_no_rows_are_coloured_too():
    made = coloured(np.zeros((0, 8, 8), np.uint8), np.zeros(0, int), correlation=0.9)
    assert made.images.shape == (0, 8, 8, 3)


def test_every_problem_of_a_colouring_is_told_at_once():
    images, labels = grey(10)
    with pytest.raises(ImageError) as told:
        coloured(
            images / 255,
            np.arange(9),
            correlation=1.5,
            num_labels=5,
            palette={'red': (300, 0, 0)},
            label_noise=-1,
            random_state=-1,
        )
    for part in (
        '8 problems with the colouring',
        'images are of type float64',
        '10 images and 9 labels',
        'labels go from 0 to 8; number them from 0 to 4.',
        'correlation=1.5 must be a probability from 0 to 1, or None',
        'label_noise=-1 must be a probability from 0 to 1.',
        'palette has 1 colours; give two or more',
        "colour 'red' is (300, 0, 0)",
        'random_state=-1',
    ):
        assert part in str(told.value)
    with pytest.raises(ImageError, match='labels are of type float64'):
        coloured(images, labels / 2, correlation=0.9)
    with pytest.raises(ImageError, match='num_labels=0 must be'):
        coloured(images, labels, correlation=0.9, num_labels=0)


# -- the digits that are always at hand ------------------------------------------------------


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


# -- MNIST -----------------------------------------------------------------------------------


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


# -- CelebA ----------------------------------------------------------------------------------

NAMES = ['Bald', 'Male', 'Smiling', 'Young']


def write_celeba(folder, rows=20, csv=False, partition=None):
    Image = pytest.importorskip('PIL.Image')
    rng = np.random.default_rng(0)
    files = [f'{i:06d}.jpg' for i in range(1, rows + 1)]
    values = rng.choice([-1, 1], (rows, len(NAMES)))
    (folder / PICTURES).mkdir()
    for i, file in enumerate(files):
        # 178 x 218 as the real ones, each of one shade, with bars that the cut takes away.
        pixels = np.zeros((218, 178, 3), np.uint8)
        pixels[16:208] = 10 * i
        Image.fromarray(pixels).save(folder / PICTURES / file, quality=95)
    table = pd.DataFrame(values, columns=NAMES, index=pd.Index(files, name='image_id'))
    if csv:
        table.to_csv(folder / f'{ATTRIBUTES}.csv')
    else:
        lines = [' '.join([file, *map(str, row)]) for file, row in zip(files, values, strict=True)]
        text = '\n'.join([str(rows), ' '.join(NAMES) + ' ', *lines]) + '\n'
        (folder / f'{ATTRIBUTES}.txt').write_text(text)
    if partition is not None:
        lines = [f'{file} {part}\n' for file, part in zip(files, partition, strict=True)]
        (folder / f'{PARTITION}.txt').write_text(''.join(lines))
    return table


@pytest.mark.parametrize('csv', [False, True])
def test_faces_keep_their_attributes_and_their_pictures(tmp_path, csv):
    written = write_celeba(tmp_path, csv=csv)
    split = load_celeba(tmp_path, ['Smiling', 'Male'], size=16)
    split.metadata.validate_data(split.train.data)
    assert (len(split.train.table), len(split.test.table)) == (16, 4)
    seen = []
    for pictures in (split.train, split.test):
        assert pictures.images.shape[1:] == (16, 16, 3)
        assert (pictures.images.std(axis=(1, 2, 3)) < 2).all()  # nothing of the bars
        shades = np.rint(pictures.images.mean(axis=(1, 2, 3)) / 10).astype(int)
        expected = written.iloc[shades][['Smiling', 'Male']].to_numpy() == 1
        assert (pictures.table.to_numpy() == expected).all()
        seen += shades.tolist()
    assert sorted(seen) == list(range(20))


def test_only_the_pictures_asked_for_are_read(tmp_path):
    write_celeba(tmp_path)
    first, again, other = (
        load_celeba(tmp_path, ['Male'], size=8, rows=10, random_state=s) for s in (0, 0, 1)
    )
    assert (len(first.train.images), len(first.test.images)) == (8, 2)
    assert (first.train.images == again.train.images).all()
    shades = np.rint(first.train.images.mean(axis=(1, 2, 3)) / 10).astype(int)
    assert (shades != np.rint(other.train.images.mean(axis=(1, 2, 3)) / 10).astype(int)).any()
    shades = {*shades, *np.rint(first.test.images.mean(axis=(1, 2, 3)) / 10).astype(int)}
    for unread in set(range(20)) - shades:
        (tmp_path / PICTURES / f'{unread + 1:06d}.jpg').unlink()
    assert (load_celeba(tmp_path, ['Male'], size=8, rows=10).test.images == first.test.images).all()


def test_the_official_parts_are_kept(tmp_path):
    partition = [0] * 12 + [1] * 3 + [2] * 5
    write_celeba(tmp_path, partition=partition)
    split = load_celeba(tmp_path, ['Male'], size=8)
    shades = np.rint(split.test.images.mean(axis=(1, 2, 3)) / 10).astype(int)
    assert sorted(shades) == [15, 16, 17, 18, 19]
    assert len(split.train.images) == 15
    with pytest.raises(ImageError, match='24 pictures are needed for train, and 15 are listed'):
        load_celeba(tmp_path, ['Male'], size=8, rows=30)
    (tmp_path / f'{PARTITION}.txt').write_text('000001.jpg 0\n')
    with pytest.raises(ImageError, match=r'does not list 000002.jpg, .* and 16 more'):
        load_celeba(tmp_path, ['Male'], size=8)


def test_what_is_wrong_with_the_lists_of_faces_is_told(tmp_path):
    with pytest.raises(ImageError, match=r"list_attr_celeba.txt' is missing, and .csv, too"):
        load_celeba(tmp_path, ['Male'])
    write_celeba(tmp_path)
    with pytest.raises(ImageError) as told:
        load_celeba(tmp_path, ['male', 'Male', 'Male'])
    assert "attribute 'male' is not in 'list_attr_celeba.txt'. Did you mean 'Male'?" in str(
        told.value
    )
    assert "attribute 'Male' is named twice" in str(told.value)
    with pytest.raises(ImageError, match='attributes are none; name one or more'):
        load_celeba(tmp_path, [])
    with pytest.raises(ImageError, match='each side must have 8 to 128'):
        load_celeba(tmp_path, ['Male'], size=200)
    with pytest.raises(ImageError, match='rows=4 must be a whole number of at least 5'):
        load_celeba(tmp_path, ['Male'], rows=4)
    listing = tmp_path / f'{ATTRIBUTES}.txt'
    first, *lines = listing.read_text().splitlines()
    listing.write_text('\n'.join(['21', *lines[:-1], '000020.jpg 0 0 1 1']) + '\n')
    with pytest.raises(ImageError) as told:
        load_celeba(tmp_path, ['Male'])
    assert "that it lists '21' pictures, and lists 20" in str(told.value)
    assert "attribute 'Male' of" in str(told.value)
    assert 'has other values than -1 and 1: 0.' in str(told.value)
    (tmp_path / PICTURES / '000003.jpg').unlink()
    listing.write_text('\n'.join([first, *lines]) + '\n')
    with pytest.raises(ImageError, match=r'1 file is missing: .*000003.jpg'):
        load_celeba(tmp_path, ['Male'], size=8)
