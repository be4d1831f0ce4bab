"""Pictures with attributes in, pictures with attributes out."""

import itertools
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch
from conftest import hiring_table, small_synthesizer
from pictured import (
    STUDENT,
    digits,
    digits_metadata,
    fitted_pictures,
    part,
    picture_synthesizer,
    plain_pictures,
    redness,
    same_pictures,
    with_columns,
)
from scipy.stats import chi2_contingency
from sdv.cag import FixedCombinations, Inequality
from sdv.errors import (
    InvalidDataError,
    InvalidDataTypeError,
    SamplingError,
    SynthesizerInputError,
)
from sdv.evaluation import run_diagnostic
from sdv.metadata import Metadata
from sdv.sampling import Condition, DataFrameCondition
from sdv.utils import load_synthesizer
from tiny import Interrupter, plugged_in

from sdv_fair4free import Fair4FreeImageSynthesizer, StudentConfig, TeacherConfig, TrainingConfig
from sdv_fair4free.core.criteria import CRITERIA
from sdv_fair4free.core.teacher import fit_teacher
from sdv_fair4free.images.files import write_images
from sdv_fair4free.options import drawing_from_teacher
from sdv_fair4free.pictures import Pictures

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


@pytest.fixture(scope='module')
def fitted():
    """Fitted to 300 digits, hardly; tests start its stream anew and change nothing else."""
    return fitted_pictures()


@pytest.fixture(scope='module')
def learnt():
    """Fitted to all digits, until colours are told from each other."""
    return fitted_pictures(digits(2000), teacher=BETTER, student=PUPIL)


def drawn(synthesizer, rows=40, **options):
    synthesizer.reset_sampling()
    return synthesizer.sample(rows, **options)


# -- in ---------------------------------------------------------------------------------------


def test_an_array_beside_a_table_is_the_same_as_both_together(fitted):
    given = digits()
    table, images = given.table.copy(), given.images.copy()
    apart = picture_synthesizer()
    apart.fit(given.data, given.images)
    assert same_pictures(drawn(apart), drawn(fitted))
    pd.testing.assert_frame_equal(given.table, table)  # what was given is left as it is
    assert (given.images == images).all()


@pytest.mark.parametrize('described', [True, False])
def test_files_are_the_same_as_an_array(fitted, tmp_path, described):
    given = digits()
    written = write_images(tmp_path / 'in', given)
    paths = [str(tmp_path / 'in' / name) for name in written['file_name']]
    metadata = digits_metadata(image={'sdtype': 'unknown', 'pii': True}) if described else None
    synthesizer = picture_synthesizer(metadata)
    synthesizer.fit({'digits': given.table.assign(image=paths)})
    made, expected = drawn(synthesizer), drawn(fitted)
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


def test_pictures_that_are_views_of_others_are_read_as_they_are_seen(fitted):
    given = digits()
    turned = np.ascontiguousarray(given.images.transpose(3, 1, 2, 0)).transpose(3, 1, 2, 0)
    assert not turned.flags.c_contiguous
    synthesizer = picture_synthesizer()
    synthesizer.fit(given.data, turned)
    assert same_pictures(drawn(synthesizer), drawn(fitted))


def test_the_order_of_an_index_is_no_matter(fitted):
    given = digits()
    table = given.table.set_axis(np.arange(len(given.table))[::-1] * 7)
    synthesizer = picture_synthesizer()
    synthesizer.fit({'digits': table}, given.images)
    assert same_pictures(drawn(synthesizer), drawn(fitted))


def test_every_problem_of_table_and_pictures_is_told_at_once(fitted):
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


# -- out --------------------------------------------------------------------------------------


def test_what_is_sampled_unpacks_and_reads_like_tables(fitted):
    made = drawn(fitted, 7)
    data, images = made
    assert isinstance(made, Pictures)
    assert list(data) == ['digits']
    assert list(data['digits']) == ['high', 'color']
    assert data['digits'].dtypes.equals(digits().table.dtypes)
    assert data['digits'].index.tolist() == list(range(7))
    assert images.shape == (7, 8, 8, 3)
    assert images.dtype == np.uint8
    assert made['digits'] is data['digits'] is made.table
    assert [*made.values()] == [made.table]
    assert made[1] is images


@pytest.mark.parametrize('rows', [0, 1])
def test_few_pictures_are_no_special_case(fitted, rows):
    made = drawn(fitted, rows)
    assert made.images.shape == (rows, 8, 8, 3)
    assert made.images.dtype == np.uint8
    assert list(made.table) == ['high', 'color']
    assert len(made.table) == rows


def test_a_seed_gives_the_same_pictures(fitted):
    again, other = fitted_pictures(), fitted_pictures(random_state=1)
    before = torch.random.get_rng_state()
    first, same = drawn(fitted), drawn(again)
    assert same_pictures(first, same)
    assert not (drawn(other).images == first.images).all()
    assert torch.equal(before, torch.random.get_rng_state())


def test_a_longer_sample_starts_like_a_shorter_one(fitted):
    short, long = drawn(fitted, 30), drawn(fitted, 90)
    assert same_pictures(part(long, slice(0, 30)), short)
    fitted.reset_sampling()
    parts = [fitted.sample(rows) for rows in (30, 25, 35)]
    assert (np.concatenate([made.images for made in parts])[:30] == long.images[:30]).all()
    assert not (parts[1].images[:25] == parts[0].images[:25]).all()


def test_rows_in_batches_are_whole_rows(fitted):
    whole, parts = drawn(fitted, 50), drawn(fitted, 50, batch_size=20)
    assert parts.images.shape == whole.images.shape
    assert same_pictures(part(parts, slice(0, 20)), part(whole, slice(0, 20)))
    assert same_pictures(parts, drawn(fitted, 50, batch_size=20))


def test_arguments_that_cannot_be_honoured_are_refused(fitted):
    for arguments in ({'num_rows': -1}, {'num_rows': 2.5}, {'num_rows': 3, 'fairness_strength': 2}):
        with pytest.raises(SamplingError):
            fitted.sample(**arguments)
    with pytest.raises(SamplingError, match='not been fit'):
        picture_synthesizer().sample(5)


def test_a_teacher_paints_other_pictures_than_its_student(fitted):
    students = drawn(fitted)
    with drawing_from_teacher():
        teachers = drawn(fitted)
    assert teachers.images.shape == students.images.shape
    assert not (teachers.images == students.images).all()
    alone = fitted_pictures(distillation=None)
    assert same_pictures(drawn(alone), teachers)


def test_conditions_are_honoured_and_seen(learnt):
    conditions = [
        Condition({'color': 'red', 'high': True}, num_rows=60),
        Condition({'color': 'green'}, num_rows=60),
        DataFrameCondition(pd.DataFrame({'high': [False] * 20})),
    ]
    learnt.reset_sampling()
    made = learnt.sample_from_conditions(conditions)
    assert made.images.shape == (140, 8, 8, 3)
    assert (made.table['color'][:60] == 'red').all()
    assert made.table['high'][:60].all()
    assert (made.table['color'][60:120] == 'green').all()
    assert not made.table['high'][120:].any()
    red = made.table['color'] == 'red'
    assert ((redness(made.images) > 0) == red).mean() > 0.9


def test_remaining_columns_are_of_the_rows_that_are_known(learnt):
    known = pd.DataFrame({'color': ['green', 'red'] * 30}, index=np.arange(60)[::-1] + 5)
    learnt.reset_sampling()
    made = learnt.sample_remaining_columns(known)
    assert made.table.index.equals(known.index)
    assert made.table['color'].equals(known['color'])
    assert ((redness(made.images) > 0) == (known['color'] == 'red')).mean() > 0.9
    # Files that are known are no condition: pictures are painted.
    learnt.reset_sampling()
    again = learnt.sample_remaining_columns(known.assign(image='a.png'))
    assert same_pictures(again, made)


def dependence(table):
    return chi2_contingency(pd.crosstab(table['color'], table['high'])).pvalue


def test_strength_takes_the_dependence_of_outcome_and_colour_away(learnt):
    real = digits(2000).table
    assert dependence(real) < 1e-20
    assert dependence(drawn(learnt, 1500, fairness_strength=0.0).table) < 1e-20
    assert dependence(drawn(learnt, 1500).table) > 0.01
    assert dependence(drawn(learnt, 1500, fairness_strength=1.0).table) > 0.01


def test_pictures_show_the_sensitive_value_of_their_row_at_every_strength(learnt):
    for strength in (0.0, 0.5, 1.0):
        made = drawn(learnt, 300, fairness_strength=strength)
        assert ((redness(made.images) > 0) == (made.table['color'] == 'red')).mean() > 0.9


def test_people_who_are_wanted_come(learnt):
    made = drawn(learnt, 200, sensitive_distribution={'red': 1})
    assert (made.table['color'] == 'red').all()
    assert (redness(made.images) > 0).mean() > 0.9
    wanted = pd.DataFrame({'color': ['green', 'green', 'green', 'red']})
    made = drawn(learnt, 400, sensitive_distribution=wanted)
    assert (made.table['color'] == 'green').mean() == pytest.approx(0.75, abs=0.1)
    with pytest.raises(SamplingError, match='purple'):
        learnt.sample(5, sensitive_distribution={'purple': 1})


def test_pictures_stay_with_their_rows_where_constraints_drop_others():
    """Two constraints that share a column: SDV draws rows, and keeps those that meet both."""
    given = digits(2000)
    rng = np.random.default_rng(0)
    # Nothing but the colour is told by the picture, and nothing by these numbers.
    low = rng.integers(0, 50, len(given.table))
    middle = low + rng.integers(0, 50, len(low))
    given = with_columns(given, low=low, middle=middle, high_end=middle + rng.integers(0, 30))
    metadata = digits_metadata(
        low={'sdtype': 'numerical'},
        middle={'sdtype': 'numerical'},
        high_end={'sdtype': 'numerical'},
    )
    synthesizer = picture_synthesizer(metadata, teacher=BETTER, distillation=None)
    with pytest.warns(UserWarning, match='drawn again'):
        synthesizer.add_constraints(
            [
                Inequality(low_column_name='low', high_column_name='middle'),
                Inequality(low_column_name='middle', high_column_name='high_end'),
            ]
        )
    synthesizer.fit(given)
    assert synthesizer._reject_sampling_constraints
    for made in (drawn(synthesizer, 300), drawn(synthesizer, 300, batch_size=70)):
        assert made.images.shape[0] == 300
        assert (made.table['low'] <= made.table['middle']).all()
        assert (made.table['middle'] <= made.table['high_end']).all()
        assert ((redness(made.images) > 0) == (made.table['color'] == 'red')).mean() > 0.9


def test_a_constraint_that_makes_columns_of_its_own_changes_no_picture():
    given = digits()
    shade = np.where(given.table['color'] == 'red', 'warm', 'cold')
    given = with_columns(given, a=shade, b=np.char.add(shade.astype(str), '!'))
    metadata = digits_metadata(a={'sdtype': 'categorical'}, b={'sdtype': 'categorical'})
    synthesizer = picture_synthesizer(metadata)
    synthesizer.add_constraints([FixedCombinations(column_names=['a', 'b'])])
    synthesizer.fit(given)
    made = drawn(synthesizer, 50)
    assert (made.table['b'] == made.table['a'] + '!').all()
    assert list(made.table) == ['high', 'color', 'a', 'b']
    assert len(made.images) == 50


# -- every kind of model ----------------------------------------------------------------------


@pytest.mark.filterwarnings('ignore:No fairness is applied')
@pytest.mark.parametrize(
    'parameters',
    [
        {'sensitive_columns': None, 'target_column': None},
        {'sensitive_columns': None, 'target_column': 'high'},
        {'fairness_scope': 'all'},
        {'fairness_scope': 'all', 'target_column': None},
        {'fairness_criterion': 'equalized_odds'},
        {'fairness_criterion': 'equal_opportunity', 'favourable_outcome': True},
        {'sensitive_columns': ['color', 'site']},
        {'sensitive_columns': ['age'], 'target_column': 'high'},
        {'sensitive_columns': ['age', 'color'], 'target_column': ['high', 'site']},
        {'target_column': 'age', 'fairness_criterion': 'equalized_odds'},
        {'distillation': None},
        {'distillation': 'with_data'},
        {'student': 'small', 'epochs': 1},
    ],
    ids=str,
)
def test_every_kind_of_model_paints(parameters):
    rng = np.random.default_rng(0)
    given = with_columns(
        digits(), age=rng.normal(40, 9, 300).round(1), site=rng.choice(['a', 'b', 'c'], 300)
    )
    metadata = digits_metadata(age={'sdtype': 'numerical'}, site={'sdtype': 'categorical'})
    synthesizer = fitted_pictures(given, metadata, **parameters)
    made = drawn(synthesizer, 30)
    assert made.images.shape == (30, 8, 8, 3)
    assert made.images.std() > 0
    assert list(made.table) == list(given.table)
    assert made.table['age'].between(given.table['age'].min(), given.table['age'].max()).all()
    assert same_pictures(drawn(synthesizer, 30), made)
    some = synthesizer.sample_remaining_columns(given.table[['site', 'age']][:5])
    assert some.images.shape == (5, 8, 8, 3)
    assert synthesizer.encode(given).shape == (300, 4)
    assert synthesizer.reconstruct(part(given, slice(0, 9))).shape == (9, 8, 8, 3)
    counts = synthesizer.get_info()['parameter_counts']
    if parameters.get('distillation', 'data_free'):
        assert 0 < counts['student'] < counts['teacher']


def test_attributes_of_every_kind_come_with_pictures():
    rows, rng = 240, np.random.default_rng(0)
    given = with_columns(
        digits(rows),
        key=[f'K-{i:04d}' for i in range(rows)],
        mail=[f'person{i}@mail.example' for i in range(rows)],
        size=rng.normal(3, 1, rows).round(2),
        count=pd.array(rng.integers(0, 5, rows), dtype='Int64'),
        seen=pd.Timestamp('2020-01-01') + pd.to_timedelta(rng.integers(0, 900, rows), 'D'),
        grade=rng.choice(['low', 'high'], rows),
        pen=pd.Categorical(rng.choice(['ink', 'lead'], rows)),
    )
    for name in ('size', 'count', 'seen', 'pen'):
        given.table.loc[rng.random(rows) < 0.2, name] = None
    told = digits_metadata(
        key={'sdtype': 'id', 'regex_format': r'K-\d{4}'},
        mail={'sdtype': 'email', 'pii': True},
        size={'sdtype': 'numerical'},
        count={'sdtype': 'numerical'},
        seen={'sdtype': 'datetime'},
        grade={'sdtype': 'ordinal', 'range_values': ['low', 'high']},
        pen={'sdtype': 'categorical'},
    ).to_dict()
    told['tables']['digits']['primary_key'] = 'key'
    metadata = Metadata.load_from_dict(told)
    synthesizer = fitted_pictures(given, metadata)
    made = drawn(synthesizer, 200)
    assert made.table.dtypes.equals(given.table.dtypes)
    assert made.table['key'].is_unique
    assert made.table['mail'].str.contains('@').all()
    for name in ('size', 'count', 'seen', 'pen'):
        assert made.table[name].isna().any()
    assert made.images.shape == (200, 8, 8, 3)
    report = run_diagnostic(given.data, made.data, metadata, verbose=False)
    assert report.get_score() == 1.0


def test_column_names_that_are_numbers_come_back():
    given = digits()
    metadata = Metadata.load_from_dict(
        {
            'tables': {
                'digits': {'columns': {'0': {'sdtype': 'boolean'}, '1': {'sdtype': 'categorical'}}}
            }
        }
    )
    synthesizer = picture_synthesizer(metadata, sensitive_columns=['1'], target_column='0')
    table = given.table.set_axis([0, 1], axis=1)
    synthesizer.fit({'digits': table}, given.images)
    made = drawn(synthesizer, 5)
    assert list(made.table) == [0, 1]
    assert made.images.shape == (5, 8, 8, 3)
    known = synthesizer.sample_remaining_columns(table[[1]][:4])
    assert list(known.table) == [0, 1]
    assert known.table[1].equals(table[1][:4])
    assert list(synthesizer.sample_from_conditions([Condition({1: 'red'}, 3)]).table) == [0, 1]


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


# -- keeping, going on ------------------------------------------------------------------------


def test_another_student_is_distilled_from_the_same_teacher():
    synthesizer = fitted_pictures(digits(200), distillation=None)
    teachers = drawn(synthesizer)
    synthesizer.distill(STUDENT, random_state=3)
    first = drawn(synthesizer)
    assert not (first.images == teachers.images).all()
    synthesizer.distill(STUDENT, random_state=3)
    assert same_pictures(drawn(synthesizer), first)
    with drawing_from_teacher():
        assert drawn(synthesizer).images.shape == teachers.images.shape
    counts = synthesizer.get_info()['parameter_counts']
    assert counts['student'] <= counts['teacher'] / 2


def test_what_is_saved_and_loaded_paints_the_same(fitted, tmp_path):
    fitted.save(str(tmp_path / 'it.pkl'))
    loaded = load_synthesizer(str(tmp_path / 'it.pkl'))
    assert type(loaded) is Fair4FreeImageSynthesizer
    assert loaded.get_parameters() == fitted.get_parameters()
    assert same_pictures(drawn(loaded), drawn(fitted))
    given = digits(20)
    assert (loaded.encode(given) == fitted.encode(given)).all()
    assert loaded.sample(3).images.shape == (3, 8, 8, 3)


def test_no_picture_is_kept(fitted, tmp_path):
    fitted.save(str(tmp_path / 'it.pkl'))
    assert fitted._images is None
    content = (tmp_path / 'it.pkl').read_bytes()
    for image in digits().images:
        assert image.tobytes() not in content
        assert np.ascontiguousarray(image.transpose(2, 0, 1)).tobytes() not in content


@pytest.mark.parametrize(
    'parameters', [{}, {'distillation': 'with_data', 'fairness_criterion': 'equalized_odds'}]
)
def test_a_fit_that_was_interrupted_goes_on_bit_for_bit(tmp_path, parameters):
    whole = fitted_pictures(digits(200), **parameters)
    stages = [*dict.fromkeys(whole.get_loss_values()['Stage'])]
    assert {'representation', 'decoder', 'student'} <= {*stages}
    with plugged_in(Interrupter(*((stage, 0) for stage in stages))):
        for _ in stages:
            with pytest.raises(KeyboardInterrupt):
                fitted_pictures(digits(200), checkpoint_dir=tmp_path, **parameters)
        resumed = fitted_pictures(digits(200), checkpoint_dir=tmp_path, **parameters)
    assert resumed.get_loss_values().equals(whole.get_loss_values())
    assert same_pictures(drawn(resumed), drawn(whole))
    assert not [*tmp_path.iterdir()]


def test_a_checkpoint_of_other_pictures_is_refused(tmp_path):
    with plugged_in(Interrupter(('decoder', 0))), pytest.raises(KeyboardInterrupt):
        fitted_pictures(digits(200), checkpoint_dir=tmp_path)
    given = digits(200)
    given.images[5, 3, 3, 0] ^= 1
    with pytest.raises(SynthesizerInputError, match='rows'):
        fitted_pictures(given, checkpoint_dir=tmp_path)


def test_another_fit_forgets_the_first():
    synthesizer = fitted_pictures(digits(200))
    synthesizer.fit(plain_pictures(150, 9, 13, 1))
    again = fitted_pictures(plain_pictures(150, 9, 13, 1))
    assert synthesizer.sample(2).images.shape == (2, 9, 13, 1)
    assert same_pictures(drawn(synthesizer), drawn(again))


def test_a_fit_that_fails_leaves_nothing_behind():
    synthesizer = fitted_pictures(digits(200))
    with plugged_in(Interrupter(('representation', 0))), pytest.raises(KeyboardInterrupt):
        synthesizer.fit(digits(200))
    with pytest.raises(SamplingError, match='not been fit'):
        synthesizer.sample(1)
    assert synthesizer._images is None


def test_processed_rows_are_fitted_with_their_pictures(fitted):
    given, synthesizer = digits(), picture_synthesizer()
    processed = synthesizer.preprocess(given.data)
    synthesizer.fit_processed_data(processed, given.images)
    assert same_pictures(drawn(synthesizer), drawn(fitted))
    assert synthesizer._images is None
    other = picture_synthesizer()
    processed = other.preprocess(given.data)
    with pytest.raises(InvalidDataError, match='no images'):
        other.fit_processed_data(processed)
    with pytest.raises(InvalidDataError, match='299 images'):
        other.fit_processed_data(processed, given.images[:-1])


def test_transformers_are_chosen_where_files_are_a_column(tmp_path):
    given = digits(60)
    synthesizer = picture_synthesizer(digits_metadata(image={'sdtype': 'id'}))
    data = {'digits': given.table.assign(image='missing.png')}
    synthesizer.validate(data)
    synthesizer.auto_assign_transformers(data)
    assert {*synthesizer.get_transformers()} == {'high', 'color'}


# -- what is seen -----------------------------------------------------------------------------


def test_latents_and_reconstructions_are_of_their_rows(learnt):
    given = digits(2000)
    latents, painted = learnt.encode(given), learnt.reconstruct(given.data, given.images)
    assert latents.shape == (len(given.table), 6)
    assert latents.dtype == np.float32
    assert painted.shape == given.images.shape
    assert painted.dtype == np.uint8
    order = np.random.default_rng(0).permutation(len(given.table))[:50]
    some = part(given, order)
    np.testing.assert_allclose(learnt.encode(some), latents[order], atol=1e-4)
    close = np.abs(learnt.reconstruct(some).astype(int) - painted[order])
    assert close.max() <= 1  # what rounding moves
    red = given.table['color'] == 'red'
    assert ((redness(painted) > 0) == red).mean() > 0.95
    # Nearer to its own picture than to another of the same colour.
    real, made = given.images.astype(float), painted.astype(float)
    own = ((made - real) ** 2).mean(axis=(1, 2, 3))
    places = np.flatnonzero(red)
    other = ((made[places] - real[np.roll(places, 1)]) ** 2).mean(axis=(1, 2, 3))
    assert (own[places] < other).mean() > 0.6


def test_latents_need_no_target_and_no_files_beside_an_array(fitted):
    given = digits(20)
    with_files = given.table.assign(image='nowhere.png')
    assert (fitted.encode({'digits': with_files}, given.images) == fitted.encode(given)).all()
    other = given.table.assign(high=~given.table['high'])
    assert (fitted.encode({'digits': other}, given.images) == fitted.encode(given)).all()


def test_latents_are_refused_with_every_problem(fitted):
    given = digits(20)
    with pytest.raises(InvalidDataError, match='19 images for 20 rows'):
        fitted.encode(given.data, given.images[1:])
    with pytest.raises(SamplingError, match='not been fit'):
        picture_synthesizer().encode(given)
    other = plain_pictures(20, 9, 13, 3)
    with pytest.raises(InvalidDataError, match='9 pixels high and 13 wide') as told:
        fitted.encode({'digits': other.table.assign(surplus=1)}, other.images)
    assert 'surplus' in str(told.value)
    with pytest.raises(InvalidDataError, match='8 wide, of 1 channel; those'):
        fitted.reconstruct(plain_pictures(20, 8, 8, 1))
    with pytest.raises(InvalidDataError, match="'color' has 20 rows with values that were not"):
        fitted.encode({'digits': given.table.assign(color='mauve')}, given.images)
    for data in (None, {}, 5):
        with pytest.raises(InvalidDataError, match='must be pictures, or one table'):
            fitted.encode(data, given.images)


def test_a_single_picture_has_a_latent(learnt):
    given = digits(30)
    alone = [learnt.encode(part(given, slice(row, row + 1))) for row in range(3)]
    np.testing.assert_allclose(np.concatenate(alone), learnt.encode(given)[:3], atol=1e-4)
    one = learnt.reconstruct(part(given, slice(0, 1)))
    assert one.shape == (1, 8, 8, 3)


def test_counterfactuals_differ_by_the_group_alone(learnt):
    learnt.reset_sampling()
    groups, images = learnt.counterfactuals(100)
    assert groups['color'].tolist() == ['green', 'red']
    assert images.shape == (2, 100, 8, 8, 3)
    assert images.dtype == np.uint8
    for color, painted in zip(groups['color'], images, strict=True):
        assert ((redness(painted) > 0) == (color == 'red')).mean() > 0.9
    with drawing_from_teacher():
        _, of_teacher = learnt.counterfactuals(100)
    # The same stroke: brightness is alike within a column, and less so across columns.
    bright = of_teacher.max(axis=4).astype(float).reshape(2, 100, -1)
    same = ((bright[0] - bright[1]) ** 2).mean(axis=1)
    other = ((bright[0] - np.roll(bright[1], 1, axis=0)) ** 2).mean(axis=1)
    assert (same < other).mean() > 0.7
    learnt.reset_sampling()
    assert (learnt.counterfactuals(100)[1] == images).all()
    for rows in (0, 2.5, None):
        with pytest.raises(SamplingError, match='num_rows'):
            learnt.counterfactuals(rows)


def test_counterfactuals_cross_all_categories_and_keep_numbers():
    rng = np.random.default_rng(0)
    given = with_columns(digits(), age=rng.normal(40, 9, 300), site=rng.choice(['a', 'b'], 300))
    metadata = digits_metadata(age={'sdtype': 'numerical'}, site={'sdtype': 'categorical'})
    synthesizer = fitted_pictures(given, metadata, sensitive_columns=['age', 'site', 'color'])
    groups, images = synthesizer.counterfactuals(7)
    assert list(groups) == ['site', 'color']
    crossed = {*itertools.product(['a', 'b'], ['green', 'red'])}
    assert {*groups.itertuples(index=False, name=None)} == crossed
    assert images.shape == (4, 7, 8, 8, 3)
    numbers = fitted_pictures(given, metadata, sensitive_columns=['age'])
    with pytest.raises(SynthesizerInputError, match='no groups'):
        numbers.counterfactuals(3)


def permutation_p(latents, s, times=200):
    """Of distance covariance: the share of orders in which chance alone gives as much."""

    def centred(rows):
        apart = np.sqrt(((rows[:, None] - rows[None]) ** 2).sum(-1))
        return apart - apart.mean(0) - apart.mean(1)[:, None] + apart.mean()

    of_latents, rng = centred(latents), np.random.default_rng(0)
    of_s = centred(s[:, None].astype(float))
    found = (of_latents * of_s).mean()
    orders = (rng.permutation(len(s)) for _ in range(times))
    chance = [(of_latents * of_s[np.ix_(order, order)]).mean() for order in orders]
    return (1 + sum(value >= found for value in chance)) / (1 + times)


def balanced_rows(table, each=60, seed=0):
    """As many of every crossing of colour and outcome."""
    cells = table.groupby(['color', 'high']).groups.values()
    rng = np.random.default_rng(seed)
    return np.concatenate([rng.choice(rows, min(map(len, cells)), False)[:each] for rows in cells])


def test_what_the_teacher_makes_of_real_pictures_does_not_tell_the_colour(learnt):
    given = digits(2000)
    places = balanced_rows(given.table)
    red = (given.table['color'] == 'red').to_numpy()[places]
    assert permutation_p(given.images[places].reshape(len(places), -1) / 255, red) < 0.01
    rows = learnt._rows_of(given, None)
    fit = fit_teacher(
        rows,
        learnt._model.generator.schema,
        criterion=CRITERIA['demographic_parity'],
        favourable=0,
        config=BETTER,
        generator=torch.Generator().manual_seed(0),
    )
    assert permutation_p(fit.u.numpy()[places], red) > 0.01
    plain = replace(BETTER, dependence_weight=0.0, dream_weight=0.0, transport=None)
    unfair = fit_teacher(
        rows,
        learnt._model.generator.schema,
        criterion=CRITERIA['demographic_parity'],
        favourable=0,
        config=plain,
        generator=torch.Generator().manual_seed(0),
    )
    assert permutation_p(unfair.u.numpy()[places], red) < 0.01


# -- files ------------------------------------------------------------------------------------


def test_a_folder_of_pictures_is_what_was_sampled(fitted, tmp_path):
    from PIL import Image

    made = drawn(fitted, 12)
    written = fitted.save_images(tmp_path / 'a', made)
    told = pd.read_csv(tmp_path / 'a' / 'metadata.csv')
    assert list(told) == ['file_name', 'high', 'color']
    pd.testing.assert_frame_equal(told, written.astype(told.dtypes))
    for name, high, image in zip(told['file_name'], told['high'], made.images, strict=True):
        assert name.split('/')[0] == str(high)  # folders of outcomes, as ImageFolder wants
        with Image.open(tmp_path / 'a' / name) as file:
            assert (np.asarray(file) == image).all()
    assert told['color'].tolist() == made.table['color'].tolist()
    flat = fitted.save_images(tmp_path / 'b', made, by='color')
    assert {name.split('/')[0] for name in flat['file_name']} <= {'red', 'green'}


def test_pictures_are_sampled_as_they_are_written(fitted, tmp_path):
    fitted.reset_sampling()
    written = fitted.save_images(tmp_path / 'a', num_rows=9, fairness_strength=0.0)
    expected = drawn(fitted, 9, fairness_strength=0.0).table
    pd.testing.assert_frame_equal(written.drop(columns='file_name'), expected)
    assert len([*(tmp_path / 'a').glob('*/*.png')]) == 9
    with pytest.raises(ValueError, match='leave out pictures'):
        fitted.save_images(tmp_path / 'c', drawn(fitted, 2), num_rows=4)
    with pytest.raises(ValueError, match='not empty'):
        fitted.save_images(tmp_path / 'a', num_rows=1)
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
