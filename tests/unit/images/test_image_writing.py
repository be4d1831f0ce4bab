"""Pictures are written as a folder, in whole or in parts, with their attributes; or not at all."""

import os

import numpy as np
import pandas as pd
import pytest
from noise_pictures import noise, pictures

from sdv_fair4free.images.files import ImageError, ImageFolder, read_images, write_images
from sdv_fair4free.pictures import Pictures

pytest.importorskip('PIL')


def all_files(folder):
    return sorted(
        path.relative_to(folder).as_posix() for path in folder.rglob('*') if path.is_file()
    )


def test_attributes_are_beside_the_files_and_name_them_first(tmp_path):
    given = pictures(['a', 'b', 'a'], size=[1.5, np.nan, 2.0])
    table = write_images(tmp_path / 'new' / 'folder', given)
    folder = tmp_path / 'new' / 'folder'
    assert all_files(folder) == ['000000.png', '000001.png', '000002.png', 'metadata.csv']
    assert list(table) == ['file_name', 'label', 'size']
    pd.testing.assert_frame_equal(pd.read_csv(folder / 'metadata.csv'), table)
    pd.testing.assert_frame_equal(table.drop(columns='file_name'), given.table)
    assert 'file_name' not in given.table


def test_parts_make_the_folder_that_the_whole_makes(tmp_path):
    whole = pictures(list('abcabcabca'))
    expected = write_images(tmp_path / 'whole', whole, by='label')
    with ImageFolder(tmp_path / 'parts', by='label') as written:
        for rows in (slice(0, 4), slice(4, 4), slice(4, 10)):
            written.add(Pictures({'things': whole.table[rows]}, whole.images[rows]))
            assert not (tmp_path / 'parts' / 'metadata.csv').exists()
    pd.testing.assert_frame_equal(written.table, expected)
    names = all_files(tmp_path / 'whole')
    assert names == all_files(tmp_path / 'parts')
    for name in names:
        pair = [(tmp_path / folder / name).read_bytes() for folder in ('whole', 'parts')]
        assert pair[0] == pair[1]
    read = read_images(expected['file_name'], folder=tmp_path / 'parts')
    assert (read == whole.images).all()


def test_each_class_has_a_folder_as_loaders_of_classes_expect(tmp_path):
    given = pictures([True, False, True])
    table = write_images(tmp_path, given, by='label')
    assert table['file_name'].tolist() == ['True/000000.png', 'False/000001.png', 'True/000002.png']
    classes = sorted(entry.name for entry in os.scandir(tmp_path) if entry.is_dir())
    assert classes == ['False', 'True']


def test_any_label_is_a_safe_folder_of_its_own(tmp_path):
    expected = {
        'cat': 'cat',
        'Cat': 'Cat_2',
        'CAT': 'CAT_3',
        'cat_2': 'cat_2_2',
        None: 'missing',
        'missing': 'missing_2',
        '../up': 'up',
        'a/b': 'a_b',
        'a\\b': 'a_b_2',
        'a:b*?"<>|\n\0': 'a_b________',
        '.': 'class',
        '..': 'class_2',
        '': 'class_3',
        '/': 'class_4',
        '.hidden': 'hidden',
        '__hidden': 'hidden_2',
        'end. ': 'end',
        'nul': 'nul_',
        'COM1.x': 'COM1.x_',
        'metadata.csv': 'metadata.csv_2',
        'größe': 'größe',
        'GRÖSSE': 'GRÖSSE_2',
        'gro\u0308ße': 'größe_3',  # the same letters in other bytes
        'हिन्दी': 'हिन्दी',
        '数字': '数字',
        '🙂': 'class_5',
        'x' * 300: 'x' * 200,
        'x' * 301: 'x' * 200 + '_2',
        3.0: '3',
        0.5: '0.5',
        -1: '-1',
    }
    table = write_images(tmp_path, pictures(pd.Series(list(expected), dtype=object)), by='label')
    folders = table['file_name'].str.rpartition('/')[0]
    assert folders.tolist() == list(expected.values())
    assert folders.str.normalize('NFKC').str.casefold().is_unique
    assert len(all_files(tmp_path)) == len(expected) + 1


@pytest.mark.parametrize('missing', [None, np.nan, pd.NA, pd.NaT])
def test_missing_labels_have_one_folder(tmp_path, missing):
    labels = pd.Series(['a', missing, None], dtype=object)
    table = write_images(tmp_path, pictures(labels), by='label')
    assert table['file_name'].str.rpartition('/')[0].tolist() == ['a', 'missing', 'missing']


def test_whole_numbers_keep_their_folder_where_a_part_has_missing_ones(tmp_path):
    with ImageFolder(tmp_path, by='label') as written:
        written.add(pictures([3, 4]))
        written.add(pictures([4, np.nan]))
        written.add(pictures(pd.Categorical([3, 4], categories=[4, 3])))
    folders = written.table['file_name'].str.rpartition('/')[0]
    assert folders.tolist() == ['3', '4', '4', 'missing', '3', '4']


def test_a_folder_that_is_not_empty_is_left_as_it_is(tmp_path):
    (tmp_path / 'notes.txt').write_text('mine')
    with pytest.raises(ImageError, match='is not empty, and pictures of several samples'):
        write_images(tmp_path, pictures([1]))
    assert all_files(tmp_path) == ['notes.txt']
    with pytest.raises(ImageError, match='is a file; name a folder'):
        write_images(tmp_path / 'notes.txt', pictures([1]))
    (tmp_path / 'cut' / '.unfinished').mkdir(parents=True)
    with pytest.raises(ImageError, match='holds pictures whose writing was cut off'):
        write_images(tmp_path / 'cut', pictures([1]))


@pytest.mark.parametrize('existed', [False, True])
def test_nothing_half_done_remains(tmp_path, existed):
    folder = tmp_path / 'pictures'
    if existed:
        folder.mkdir()

    def interrupted():
        with ImageFolder(folder, by='label') as written:
            written.add(pictures(list('ab')))
            # What is there meanwhile is not to be taken for pictures of classes.
            assert os.listdir(folder) == ['.unfinished']
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert folder.exists() == existed
    # Nor does anything remain where the attributes cannot be written.
    with pytest.raises(UnicodeEncodeError):
        write_images(folder, pictures(['\ud800']), by='label')
    assert folder.exists() == existed
    assert all_files(tmp_path) == []
    write_images(folder, pictures(list('ab')), by='label')


def test_what_is_wrong_with_a_part_is_told(tmp_path):
    with ImageFolder(tmp_path / 'parts', by='label') as written:
        written.add(pictures([1]))
        other = pictures([1], file_name=['x']).table.rename(columns={'label': 'labels'})
        with pytest.raises(ImageError) as told:
            written.add(Pictures({'things': other}, noise(1, 9, 9, 1)))
        for part in (
            "by='label' is no column. Did you mean 'labels'?",
            "'file_name' is the column that names the files; drop or rename",
            "columns are ['labels', 'file_name'], and were ['label'] in the part before",
            'images have the shape (9, 9, 1), and had (8, 10, 3) before',
        ):
            assert part in str(told.value)
        with pytest.raises(ImageError, match='there are 2 images for 1 rows'):
            written.add(Pictures({'things': pd.DataFrame({'label': [1]})}, noise(2, 8, 10, 3)))
    assert len(written.table) == 1


def test_no_rows_make_a_folder_with_columns_and_no_pictures(tmp_path):
    write_images(tmp_path, pictures(pd.Series([], dtype=object)), by='label')
    assert all_files(tmp_path) == ['metadata.csv']
    assert list(pd.read_csv(tmp_path / 'metadata.csv')) == ['file_name', 'label']
