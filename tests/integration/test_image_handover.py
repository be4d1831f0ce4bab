"""A generator of pictures handed over: what comes back, what does not leave, what is refused."""

import copy
import itertools
import json

import numpy as np
import pytest
import torch
from conftest import hiring_table, small_synthesizer
from handed_over import EXACT, as_told
from pictured import (
    STUDENT,
    digits,
    digits_metadata,
    digits_with_canary,
    drawn,
    fitted_pictures,
    opened,
    part,
    picture_synthesizer,
    plain_pictures,
    same_pictures,
    with_columns,
)
from sdv.errors import SynthesizerInputError
from sdv.metadata import Metadata
from searched import found
from ugly import ugly_metadata, ugly_table

from sdv_fair4free import Fair4FreeImageSynthesizer, Fair4FreeSynthesizer
from sdv_fair4free.handover.archive import read_archive
from sdv_fair4free.handover.errors import HandoverError
from sdv_fair4free.handover.inventory import inspect_file
from sdv_fair4free.images.files import write_images


def written(synthesizer, path, kind='student', **options):
    return (synthesizer.export if kind == 'student' else synthesizer.export_teacher)(
        path, **options
    )


@pytest.mark.parametrize('strength', [0.0, 1.0])
@pytest.mark.parametrize('kind', ['student', 'teacher'])
def test_what_comes_back_paints_what_was_handed_over(canary_digits, tmp_path, kind, strength):
    written(canary_digits, tmp_path / 'it', kind, **EXACT)
    back = opened(tmp_path / 'it', kind)
    assert type(back) is Fair4FreeImageSynthesizer
    assert back.get_parameters() == canary_digits.get_parameters()
    assert back._model.representation is None
    made = drawn(back, 60, fairness_strength=strength)
    assert same_pictures(made, drawn(as_told(canary_digits, kind), 60, fairness_strength=strength))
    assert len(np.unique(made.images, axis=0)) > 50


@pytest.mark.filterwarnings('ignore:No fairness is applied')
@pytest.mark.parametrize(
    'parameters',
    [
        {'fairness_scope': 'all'},
        {'sensitive_columns': None, 'target_column': None},
        {'sensitive_columns': ['age', 'site'], 'target_column': ['high', 'color']},
        {'student': 'small', 'epochs': 1, 'image_column': 'photo', 'image_size': (8, 8)},
    ],
    ids=str,
)
def test_every_kind_of_model_comes_back(parameters, tmp_path):
    rng = np.random.default_rng(0)
    given = with_columns(
        digits(), age=rng.normal(40, 9, 300).round(1), site=rng.choice(['a', 'b', 'c'], 300)
    )
    metadata = digits_metadata(age={'sdtype': 'numerical'}, site={'sdtype': 'categorical'})
    synthesizer = fitted_pictures(given, metadata, **parameters)
    synthesizer.export(tmp_path / 'it', **EXACT)
    back = opened(tmp_path / 'it')
    assert back.get_parameters() == synthesizer.get_parameters()
    assert same_pictures(drawn(back, 60), drawn(as_told(synthesizer), 60))
    if parameters.get('sensitive_columns', True):
        groups, images = back.counterfactuals(4)
        assert images.shape == (len(groups), 4, 8, 8, 3)


@pytest.mark.parametrize('described', [True, False])
def test_the_column_of_files_comes_back(tmp_path, described):
    given = digits(200)
    metadata = digits_metadata(image={'sdtype': 'id'}).to_dict()
    columns = metadata['tables']['digits']['columns']
    columns = {'image': columns.pop('image'), **columns}
    metadata['tables']['digits']['columns'] = columns if described else digits_columns()

    synthesizer = picture_synthesizer(Metadata.load_from_dict(metadata))
    names = write_images(tmp_path / 'in', given)['file_name']
    table = given.table
    table.insert(0, 'image', [str(tmp_path / 'in' / name) for name in names])
    synthesizer.fit({'digits': table})
    synthesizer.export(tmp_path / 'it')
    made = drawn(opened(tmp_path / 'it'), 5)
    assert list(made.table) == (['image'] * described) + ['high', 'color']
    content = (tmp_path / 'it').read_bytes()
    assert b'in/000' not in content  # no name of a real file
    assert inspect_file(tmp_path / 'it').manifest.picture.described == (0 if described else None)


def digits_columns():
    return digits_metadata().to_dict()['tables']['digits']['columns']


@pytest.mark.parametrize(('height', 'width', 'channels'), [(9, 13, 1), (8, 40, 3)])
def test_pictures_of_other_shapes_come_back(height, width, channels, tmp_path):
    synthesizer = fitted_pictures(plain_pictures(150, height, width, channels))
    synthesizer.export(tmp_path / 'it', **EXACT)
    back = opened(tmp_path / 'it')
    assert same_pictures(drawn(back, 9), drawn(as_told(synthesizer), 9))
    told = inspect_file(tmp_path / 'it').manifest.picture
    assert (told.height, told.width, told.channels) == (height, width, channels)


def test_a_student_is_distilled_where_the_pictures_are_not(canary_digits, tmp_path):
    canary_digits.export_teacher(tmp_path / 'teacher')
    back = opened(tmp_path / 'teacher', 'teacher', random_state=3)
    assert back._model.student is None
    back.distill(STUDENT)
    back.export(tmp_path / 'student')
    again = opened(tmp_path / 'student')
    assert same_pictures(drawn(again, 60), drawn(back, 60))
    told = inspect_file(tmp_path / 'student').manifest
    assert told.provenance.parent == inspect_file(tmp_path / 'teacher').file_digest
    with pytest.raises(SynthesizerInputError, match='without its teacher'):
        again.distill()
    with pytest.raises(SynthesizerInputError, match='never handed over'):
        back.encode(digits(20))
    with pytest.raises(SynthesizerInputError, match='never handed over'):
        again.reconstruct(digits(20))


def test_the_wrong_class_is_refused_both_ways(canary_digits, tmp_path):
    canary_digits.export(tmp_path / 'pictures')
    canary_digits.export_teacher(tmp_path / 'teacher')
    with pytest.raises(HandoverError, match=r'with Fair4FreeImageSynthesizer\.from_student'):
        Fair4FreeSynthesizer.from_student(tmp_path / 'pictures')
    with pytest.raises(HandoverError, match=r'with Fair4FreeImageSynthesizer\.from_teacher'):
        Fair4FreeSynthesizer.from_teacher(tmp_path / 'teacher')
    with pytest.raises(HandoverError, match='open it with from_student'):
        opened(tmp_path / 'pictures', 'teacher')
    plain = small_synthesizer(epochs=1)
    plain.fit({'hiring': hiring_table(200)})
    plain.export(tmp_path / 'rows')
    with pytest.raises(HandoverError, match=r'no pictures: .* Fair4FreeSynthesizer\.from_student'):
        opened(tmp_path / 'rows')


def test_a_subclass_opens_files_as_itself(canary_digits, tmp_path):
    class Ours(Fair4FreeImageSynthesizer):
        pass

    canary_digits.export(tmp_path / 'it')
    assert type(Ours.from_student(tmp_path / 'it')) is Ours


def test_rare_sensitive_values_are_taken_out_of_what_paints(tmp_path):
    given = digits()
    color = given.table['color'].astype(object)
    color[:6], color[6:12] = 'mauve', 'ochre'
    given = with_columns(given, color=color)
    synthesizer = fitted_pictures(given)
    held = synthesizer.export(tmp_path / 'it', min_category_count=10)
    assert held['merged_values'] == {'color': 2}
    content = (tmp_path / 'it').read_bytes()
    assert b'mauve' not in content
    assert b'ochre' not in content
    back = opened(tmp_path / 'it')
    made = drawn(back, 400)
    assert {*made.table['color']} == {'red', 'green', '<rare>'}
    painter = back._model.student.painter
    before = synthesizer._model.student.painter
    assert painter.first.weight.shape[1] == before.first.weight.shape[1] - 1
    assert painter.told.weight.shape[1] == painter.first.weight.shape[1]
    # Who was not merged is painted as before: the same latents, the same colour.
    u = np.random.default_rng(0).normal(size=(5, 4)).astype(np.float32)
    for name in ('red', 'green'):
        one, other = (of_color(made, u, name) for made in (as_told(synthesizer), back))
        assert np.abs(one.astype(int) - other).max() <= 1
    groups, images = back.counterfactuals(3)
    assert len(groups) == 3
    assert images.shape == (3, 3, 8, 8, 3)


def of_color(synthesizer, u, name):
    """What the student paints of latents with a colour."""
    transformer = synthesizer._data_processor._hyper_transformer.field_transformers['color']
    s = torch.full((len(u), 1), int(transformer.categories_to_values[name]))
    painted = synthesizer._model.student.paint(torch.from_numpy(u), s, torch.zeros(len(u), 1))
    return painted.numpy()


def test_no_picture_is_in_the_file(canary_digits, tmp_path):
    given = digits_with_canary()
    for kind in ('student', 'teacher'):
        written(canary_digits, tmp_path / kind, kind, **EXACT)
        parts = read_archive(tmp_path / kind).parts
        content = (tmp_path / kind).read_bytes() + b''.join(parts.values())
        for image in given.images[:20]:  # the canary is among them
            assert not found(content, ways_to_write(image))


def ways_to_write(image):
    """Its rows of pixels, in the types and orders that somebody might store them in."""
    for pixels in (image, image.transpose(2, 0, 1)):
        lines = pixels.reshape(8, -1) if pixels is image else pixels.reshape(-1, 8)
        for line in np.ascontiguousarray(lines):
            if len(np.unique(line)) < 4:
                continue  # as black as many others
            yield line.tobytes()
            for dtype, scaled in itertools.product(('f2', 'f4', 'f8'), (1, 255)):
                yield (line / scaled).astype(dtype).tobytes()
            yield json.dumps(line.tolist()).encode()
            yield line.tobytes().hex().encode()


def test_every_kind_of_column_is_handed_over_beside_pictures(tmp_path):
    table = ugly_table(300)
    rng = np.random.default_rng(0)
    images = rng.integers(0, 90, (300, 8, 8, 1), dtype=np.uint8)
    images[table['sex'] == 'woman'] += 100
    synthesizer = picture_synthesizer(
        ugly_metadata(), sensitive_columns=['sex'], target_column='hired'
    )
    synthesizer.fit({'staff': table}, images)
    synthesizer.export(tmp_path / 'it')
    made = drawn(opened(tmp_path / 'it'), 100)
    assert list(made.table) == list(table)
    assert made.images.shape == (100, 8, 8, 1)
    assert b'Quixotry' not in (tmp_path / 'it').read_bytes()
    copy.deepcopy(synthesizer).export(tmp_path / 'again')


def test_what_is_sampled_next_is_not_changed_by_an_export(canary_digits, tmp_path):
    canary_digits.reset_sampling()
    canary_digits.sample(10)
    canary_digits.export(tmp_path / 'it', data=digits_with_canary(), holdout=digits(100, start=500))
    after = canary_digits.sample(10)
    assert same_pictures(after, part(drawn(canary_digits, 20), slice(10, 20)))
