"""Pictures with attributes in: arrays beside a table, of any shape; all problems at once."""

import numpy as np
import pandas as pd
import pytest
from conftest import hiring_table, small_synthesizer
from pictured import digits, drawn, picture_synthesizer, plain_pictures, same_pictures
from sdv.errors import InvalidDataError, InvalidDataTypeError, SamplingError, SynthesizerInputError
from sdv.metadata import Metadata

from sdv_fair4free import Fair4FreeImageSynthesizer, StudentConfig, TeacherConfig, TrainingConfig


def test_an_array_beside_a_table_is_the_same_as_both_together(fitted_digits):
    given = digits()
    table, images = given.table.copy(), given.images.copy()
    apart = picture_synthesizer()
    apart.fit(given.data, given.images)
    assert same_pictures(drawn(apart), drawn(fitted_digits))
    pd.testing.assert_frame_equal(given.table, table)  # what was given is left as it is
    assert (given.images == images).all()


@pytest.mark.parametrize(
    ('height', 'width', 'channels', 'rows'),
    [(8, 8, 1, 200), (9, 13, 1, 200), (9, 13, 3, 200), (8, 40, 3, 100), (128, 128, 3, 32)],
)
def test_pictures_of_every_shape_come_out_as_they_went_in(height, width, channels, rows):
    training = TrainingConfig(epochs=1, width=16, depth=1, batch_size=8, dropout=0.0)
    synthesizer = picture_synthesizer(
        teacher=TeacherConfig(
            representation=training, decoder=training, latent=2, picture_width=2, draws=1
        ),
        student=StudentConfig(training=training, pool=32, picture_width=2),
    )
    synthesizer.fit(plain_pictures(rows, height, width, channels))
    made = synthesizer.sample(3)
    assert made.images.shape == (3, height, width, channels)
    assert made.images.dtype == np.uint8
    assert made.images.flags.c_contiguous


def test_grey_pictures_may_have_no_axis_of_channels():
    given = plain_pictures(150, 9, 13, 1)
    flat, whole = picture_synthesizer(), picture_synthesizer()
    flat.fit(given.data, given.images[..., 0])
    whole.fit(given)
    assert flat.sample(2).images.shape == (2, 9, 13, 1)
    assert same_pictures(drawn(flat), drawn(whole))


def test_pictures_that_are_views_of_others_are_read_as_they_are_seen(fitted_digits):
    given = digits()
    turned = np.ascontiguousarray(given.images.transpose(3, 1, 2, 0)).transpose(3, 1, 2, 0)
    assert not turned.flags.c_contiguous
    synthesizer = picture_synthesizer()
    synthesizer.fit(given.data, turned)
    assert same_pictures(drawn(synthesizer), drawn(fitted_digits))


def test_the_order_of_an_index_is_no_matter(fitted_digits):
    given = digits()
    table = given.table.set_axis(np.arange(len(given.table))[::-1] * 7)
    synthesizer = picture_synthesizer()
    synthesizer.fit({'digits': table}, given.images)
    assert same_pictures(drawn(synthesizer), drawn(fitted_digits))


def test_every_problem_of_table_and_pictures_is_told_at_once(fitted_digits):
    given = digits()
    table = given.table.assign(color=given.table['color'].where(given.table.index > 3, None))
    for wrong, words in (
        (given.images[:-1].astype(float), ['not uint8', '299 images for 300 rows']),
        (given.images.transpose(0, 3, 1, 2), ['put them last']),
        (np.zeros((300, 4, 200, 3), np.uint8), ['4 pixels high and 200 wide']),
        (None, ["no images: give an array, or a column 'image'"]),
    ):
        synthesizer = picture_synthesizer()
        bad = table.assign(high=5, surplus=1)
        with pytest.raises(InvalidDataError) as told:
            synthesizer.fit({'digits': bad}, wrong)
        for word in [*words, 'surplus', 'high']:
            assert word in str(told.value)
        with pytest.raises(SamplingError, match='not been fit'):
            synthesizer.sample(1)


def test_what_is_no_table_is_for_sdv_to_complain_of():
    plain = small_synthesizer()
    for data in (None, 5, {}, {'digits': [1]}, {'a': hiring_table(9), 'b': hiring_table(9)}):
        kinds = (InvalidDataTypeError, AttributeError, TypeError)
        with pytest.raises(kinds) as expected:
            plain.fit(data)
        with pytest.raises(expected.type) as told:
            picture_synthesizer().fit(data, digits().images)
        assert str(told.value) == str(expected.value)
    with pytest.raises(InvalidDataError, match="'other', but the metadata describe 'digits'"):
        picture_synthesizer().fit({'other': digits().table}, digits().images)


def test_every_problem_of_the_parameters_of_pictures_is_told():
    with pytest.raises(SynthesizerInputError) as told:
        picture_synthesizer(image_column='color', image_size=(4, 200), fairness_strength=7)
    assert 'fairness_strength=7' in str(told.value)
    assert "image_column='color' is also" in str(told.value)
    assert 'image_size=(4, 200)' in str(told.value)
    for size in (28, (28,), (28.0, 28), 'large', (True, 28)):
        with pytest.raises(SynthesizerInputError, match='image_size'):
            picture_synthesizer(image_size=size)
    for roles in ({'sensitive_columns': 5}, {'target_column': {'high': 1}}):
        with pytest.raises(SynthesizerInputError, match='must be a column name or a list'):
            picture_synthesizer(**roles)
    for name in ('', None, 5):
        with pytest.raises(SynthesizerInputError, match='image_column'):
            picture_synthesizer(image_column=name)


@pytest.mark.filterwarnings('ignore:No fairness is applied')
def test_pictures_without_any_attribute_are_refused():
    """There is nothing that the generator of rows could draw."""
    plain = {'sensitive_columns': None, 'target_column': None}

    def described(name):
        table = {'primary_key': name, 'columns': {name: {'sdtype': 'id'}}}
        return Metadata.load_from_dict({'tables': {'digits': table}})

    with pytest.raises(SynthesizerInputError, match="no column but 'image'"):
        picture_synthesizer(described('image'), **plain)
    synthesizer = picture_synthesizer(described('key'), **plain)
    with pytest.raises(InvalidDataError, match='no column of the table is learnt'):
        synthesizer.fit({'digits': pd.DataFrame({'key': range(60)})}, digits(60).images)
    with pytest.raises(SamplingError, match='not been fit'):
        synthesizer.sample(2)


def test_all_parameters_come_back():
    given = {
        'image_column': 'photo',
        'image_size': (9, 13),
        'fairness_strength': 0.5,
        'random_state': 7,
        'distillation': 'with_data',
    }
    synthesizer = picture_synthesizer(**given)
    told = synthesizer.get_parameters()
    assert given.items() <= told.items()
    assert told.keys() >= {'sensitive_columns', 'teacher', 'student', 'checkpoint_dir', 'locales'}
    again = Fair4FreeImageSynthesizer(synthesizer.get_metadata(), **told)
    assert again.get_parameters() == told
