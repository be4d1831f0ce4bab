"""Faces of CelebA: attributes stay with their pictures; what is wrong with the lists is told."""

import numpy as np
import pandas as pd
import pytest

from sdv_fair4free.images.celeba import ATTRIBUTES, PARTITION, PICTURES
from sdv_fair4free.images.checks import ImageError
from sdv_fair4free.images.datasets import load_celeba

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
