"""Pictures that lie in files: a column names them, and what is sampled is written as a folder."""

import numpy as np
import pandas as pd
import pytest
from pictured import digits, digits_metadata, drawn, picture_synthesizer, plain_pictures
from sdv.errors import InvalidDataError, SamplingError
from sdv.evaluation import run_diagnostic
from sdv.metadata import Metadata

from sdv_fair4free.images.files import write_images


@pytest.mark.parametrize('described', [True, False])
def test_files_are_the_same_as_an_array(fitted_digits, tmp_path, described):
    given = digits()
    written = write_images(tmp_path / 'in', given)
    paths = [str(tmp_path / 'in' / name) for name in written['file_name']]
    metadata = digits_metadata(image={'sdtype': 'unknown', 'pii': True}) if described else None
    synthesizer = picture_synthesizer(metadata)
    synthesizer.fit({'digits': given.table.assign(image=paths)})
    made, expected = drawn(synthesizer), drawn(fitted_digits)
    assert (made.images == expected.images).all()
    named = [f'{number:06d}.png' for number in range(40)]
    assert ('image' in made.table) == described
    if described:
        assert made.table.pop('image').tolist() == named
    pd.testing.assert_frame_equal(made.table, expected.table)


def test_files_of_several_sizes_are_brought_to_one(tmp_path):
    parts = [plain_pictures(60, 20, 30, 3), plain_pictures(60, 40, 24, 3, seed=1)]
    paths, tables = [], []
    for number, given in enumerate(parts):
        folder = tmp_path / str(number)
        names = write_images(folder, given)['file_name']
        paths += [folder / name for name in names]
        tables.append(given.table)
    table = pd.concat(tables, ignore_index=True).assign(photo=paths)
    synthesizer = picture_synthesizer(image_column='photo', image_size=(9, 13))
    synthesizer.fit({'digits': table})
    made = synthesizer.sample(5)
    assert made.images.shape == (5, 9, 13, 3)
    assert list(made.table) == ['high', 'color']
    with pytest.raises(InvalidDataError, match='2 sizes'):
        picture_synthesizer(image_column='photo').fit({'digits': table})


def test_transformers_are_chosen_where_files_are_a_column(tmp_path):
    given = digits(60)
    synthesizer = picture_synthesizer(digits_metadata(image={'sdtype': 'id'}))
    data = {'digits': given.table.assign(image='missing.png')}
    synthesizer.validate(data)
    synthesizer.auto_assign_transformers(data)
    assert {*synthesizer.get_transformers()} == {'high', 'color'}


def test_a_column_of_files_may_have_a_number_for_a_name(tmp_path):
    given = digits(100)
    names = write_images(tmp_path / 'in', given)['file_name']
    table = given.table.assign(files=[tmp_path / 'in' / name for name in names])
    columns = {'0': {'sdtype': 'boolean'}, '1': {'sdtype': 'categorical'}, '2': {'sdtype': 'id'}}
    synthesizer = picture_synthesizer(
        Metadata.load_from_dict({'tables': {'digits': {'columns': columns}}}),
        sensitive_columns='1',
        target_column='0',
        image_column='2',
    )
    synthesizer.fit({'digits': table.set_axis([0, 1, 2], axis=1)})
    made = drawn(synthesizer, 3)
    assert [*map(str, made.table)] == ['0', '1', '2']
    assert made.table.iloc[:, 2].tolist() == ['000000.png', '000001.png', '000002.png']


@pytest.mark.parametrize(
    ('entry', 'key'),
    [
        ({'sdtype': 'id'}, True),
        ({'sdtype': 'id'}, False),
        ({'sdtype': 'categorical'}, False),
        ({'sdtype': 'unknown', 'pii': True}, False),
    ],
)
@pytest.mark.parametrize('place', ['first', 'last'])
def test_a_column_of_files_that_is_described_names_the_files(tmp_path, entry, key, place):
    given = digits()
    names = write_images(tmp_path / 'in', given)['file_name']
    told = digits_metadata().to_dict()
    columns = told['tables']['digits']['columns']
    table = given.table.copy()
    paths = [str(tmp_path / 'in' / name) for name in names]
    if place == 'first':
        columns = {'image': entry, **columns}
        table.insert(0, 'image', paths)
    else:
        columns = {**columns, 'image': entry}
        table['image'] = paths
    told['tables']['digits']['columns'] = columns
    if key:
        told['tables']['digits']['primary_key'] = 'image'
    metadata = Metadata.load_from_dict(told)
    synthesizer = picture_synthesizer(metadata)
    synthesizer.fit({'digits': table})
    made = drawn(synthesizer, 60)
    assert list(made.table) == list(table)
    assert made.table['image'].tolist() == [f'{number:06d}.png' for number in range(60)]
    assert 'image' not in synthesizer.get_metadata().to_dict()['tables']['digits']['columns']
    if entry['sdtype'] != 'categorical':  # names are not among the real ones
        report = run_diagnostic({'digits': table}, made.data, metadata, verbose=False)
        assert report.get_score() == 1.0
    assert drawn(synthesizer, 0).table.columns.equals(table.columns)
    # The way round: what is sampled is written, read and learnt again.
    synthesizer.save_images(tmp_path / 'out', made)
    written = pd.read_csv(tmp_path / 'out' / 'metadata.csv')
    again = write_again(written, tmp_path / 'out')
    twin = picture_synthesizer(metadata)
    twin.fit({'digits': again[list(table)]})


def write_again(written, folder):
    return written.assign(image=[folder / name for name in written['file_name']])


def test_a_folder_of_pictures_is_what_was_sampled(fitted_digits, tmp_path):
    from PIL import Image

    made = drawn(fitted_digits, 12)
    written = fitted_digits.save_images(tmp_path / 'a', made)
    told = pd.read_csv(tmp_path / 'a' / 'metadata.csv')
    assert list(told) == ['file_name', 'high', 'color']
    pd.testing.assert_frame_equal(told, written.astype(told.dtypes))
    for name, high, image in zip(told['file_name'], told['high'], made.images, strict=True):
        assert name.split('/')[0] == str(high)  # folders of outcomes, as ImageFolder wants
        with Image.open(tmp_path / 'a' / name) as file:
            assert (np.asarray(file) == image).all()
    assert told['color'].tolist() == made.table['color'].tolist()
    flat = fitted_digits.save_images(tmp_path / 'b', made, by='color')
    assert {name.split('/')[0] for name in flat['file_name']} <= {'red', 'green'}


def test_pictures_are_sampled_as_they_are_written(fitted_digits, tmp_path):
    fitted_digits.reset_sampling()
    written = fitted_digits.save_images(tmp_path / 'a', num_rows=9, fairness_strength=0.0)
    expected = drawn(fitted_digits, 9, fairness_strength=0.0).table
    pd.testing.assert_frame_equal(written.drop(columns='file_name'), expected)
    assert len([*(tmp_path / 'a').glob('*/*.png')]) == 9
    with pytest.raises(ValueError, match='leave out pictures'):
        fitted_digits.save_images(tmp_path / 'c', drawn(fitted_digits, 2), num_rows=4)
    with pytest.raises(ValueError, match='not empty'):
        fitted_digits.save_images(tmp_path / 'a', num_rows=1)
    with pytest.raises(SamplingError):
        picture_synthesizer().save_images(tmp_path / 'd')
    assert not (tmp_path / 'd').exists()


def test_grey_pictures_of_no_target_lie_in_one_folder(tmp_path):
    from PIL import Image

    with pytest.warns(UserWarning, match='No fairness'):
        synthesizer = picture_synthesizer(sensitive_columns=None, target_column=None)
    synthesizer.fit(plain_pictures(100, 9, 13, 1))
    made = synthesizer.sample(3)
    written = synthesizer.save_images(tmp_path / 'a', made)
    assert written['file_name'].tolist() == ['000000.png', '000001.png', '000002.png']
    with Image.open(tmp_path / 'a' / '000001.png') as file:
        assert file.mode == 'L'
        assert (np.asarray(file) == made.images[1, ..., 0]).all()
