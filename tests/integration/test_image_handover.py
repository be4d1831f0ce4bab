"""A generator of pictures handed over: what comes back, what does not leave, what is refused."""

import copy
import itertools
import json

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
    same_pictures,
    with_columns,
)
from sdv.errors import SynthesizerInputError
from sdv.evaluation import evaluate_quality
from test_handover import EXACT, as_told
from ugly import ugly_metadata, ugly_table

from sdv_fair4free import (
    Fair4FreeImageSynthesizer,
    Fair4FreeSynthesizer,
    evaluate_fairness,
)
from sdv_fair4free.handover.archive import read_archive
from sdv_fair4free.handover.errors import HandoverError
from sdv_fair4free.handover.evidence import privacy_evidence
from sdv_fair4free.handover.findings import PrivacyEvidence
from sdv_fair4free.handover.inventory import inspect_file
from sdv_fair4free.handover.manifest import Manifest
from sdv_fair4free.handover.painted import nearest_pictures
from sdv_fair4free.images.files import write_images
from sdv_fair4free.pictures import Pictures


@pytest.fixture(scope='module')
def fitted():
    """Fitted to 300 digits, one of them a canary of noise; tests start its stream anew."""
    return fitted_pictures(canary())


def canary():
    given = digits()
    noise = np.random.default_rng(99).integers(0, 256, (8, 8, 3), dtype=np.uint8)
    images = given.images.copy()
    images[7] = noise
    return Pictures(given.data, images)


def drawn(synthesizer, rows=60, **options):
    synthesizer.reset_sampling()
    return synthesizer.sample(rows, **options)


def written(synthesizer, path, kind='student', **options):
    return (synthesizer.export if kind == 'student' else synthesizer.export_teacher)(
        path, **options
    )


def opened(path, kind='student', **options):
    return getattr(Fair4FreeImageSynthesizer, f'from_{kind}')(path, **options)


@pytest.mark.parametrize('strength', [0.0, 1.0])
@pytest.mark.parametrize('kind', ['student', 'teacher'])
def test_what_comes_back_paints_what_was_handed_over(fitted, tmp_path, kind, strength):
    written(fitted, tmp_path / 'it', kind, **EXACT)
    back = opened(tmp_path / 'it', kind)
    assert type(back) is Fair4FreeImageSynthesizer
    assert back.get_parameters() == fitted.get_parameters()
    assert back._model.representation is None
    made = drawn(back, fairness_strength=strength)
    assert same_pictures(made, drawn(as_told(fitted, kind), fairness_strength=strength))
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
    assert same_pictures(drawn(back), drawn(as_told(synthesizer)))
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
    from sdv.metadata import Metadata

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


def test_a_student_is_distilled_where_the_pictures_are_not(fitted, tmp_path):
    fitted.export_teacher(tmp_path / 'teacher')
    back = opened(tmp_path / 'teacher', 'teacher', random_state=3)
    assert back._model.student is None
    back.distill(STUDENT)
    back.export(tmp_path / 'student')
    again = opened(tmp_path / 'student')
    assert same_pictures(drawn(again), drawn(back))
    told = inspect_file(tmp_path / 'student').manifest
    assert told.provenance.parent == inspect_file(tmp_path / 'teacher').file_digest
    with pytest.raises(SynthesizerInputError, match='without its teacher'):
        again.distill()
    with pytest.raises(SynthesizerInputError, match='never handed over'):
        back.encode(digits(20))
    with pytest.raises(SynthesizerInputError, match='never handed over'):
        again.reconstruct(digits(20))


def test_the_wrong_class_is_refused_both_ways(fitted, tmp_path):
    fitted.export(tmp_path / 'pictures')
    fitted.export_teacher(tmp_path / 'teacher')
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


def test_a_subclass_opens_files_as_itself(fitted, tmp_path):
    class Ours(Fair4FreeImageSynthesizer):
        pass

    fitted.export(tmp_path / 'it')
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


def test_no_picture_is_in_the_file(fitted, tmp_path):
    given = canary()
    for kind in ('student', 'teacher'):
        written(fitted, tmp_path / kind, kind, **EXACT)
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


def found(content, secrets):
    return [secret for secret in secrets if secret in content]


def test_the_manifest_tells_of_pictures_where_there_are_any_and_else_is_as_it_was(
    fitted, tmp_path, stored
):
    fitted.export(tmp_path / 'pictures')
    told = json.loads(read_archive(tmp_path / 'pictures').parts['manifest.json'])
    assert told['protocol'] == 3
    assert told['picture'] == {
        'channels': 3,
        'height': 8,
        'width': 8,
        'painter_width': fitted._model.student.painter.width,
        'image_column': 'image',
        'image_size': None,
        'described': None,
    }
    plain = small_synthesizer(epochs=1)
    plain.fit({'hiring': hiring_table(200)})
    plain.export(tmp_path / 'rows')
    parts = read_archive(tmp_path / 'rows').parts
    rows = json.loads(parts['manifest.json'])
    old = json.loads(read_archive(stored / 'protocol-1.student').parts['manifest.json'])
    assert rows['protocol'] == 3
    for kind in ('teacher', 'student'):
        assert {*rows['parameters'][kind]} == {*old['parameters'][kind]}
    assert {*rows} == {*old}
    assert {*rows} == {*told} - {'picture'}
    again = Manifest.model_validate_json(parts['manifest.json'])
    assert again.model_dump_json(indent=1).encode() == parts['manifest.json']


@pytest.mark.parametrize('newer', ['two_steps', 'direct'])
def test_a_file_of_protocol_1_tells_nothing_of_steps_nor_of_pairs(stored, newer):
    told = json.loads(read_archive(stored / 'protocol-1.student').parts['manifest.json'])
    (told['columns'][0] if newer == 'two_steps' else told['network'])[newer] = False
    with pytest.raises(ValueError, match='since protocol 3'):
        Manifest.model_validate(told)


def test_a_stored_file_of_protocol_1_is_written_again_byte_for_byte(stored):
    for kind in ('teacher', 'student'):
        content = read_archive(stored / f'protocol-1.{kind}').parts['manifest.json']
        made = Manifest.model_validate_json(content)
        assert b'picture' not in content
        assert json.loads(made.model_dump_json()) == json.loads(content)
        assert list(json.loads(made.model_dump_json())) == list(json.loads(content))


@pytest.mark.parametrize('protocol', [1, 2, 3])
def test_what_a_stored_file_opens_to_is_handed_on_in_its_protocol(stored, protocol, tmp_path):
    def kind_of(path):
        return json.loads(read_archive(path).parts['manifest.json'])['protocol']

    cls = Fair4FreeImageSynthesizer if protocol == 2 else Fair4FreeSynthesizer
    teacher = cls.from_teacher(stored / f'protocol-{protocol}.teacher')
    teacher.export_teacher(tmp_path / 'teacher')
    teacher.distill(epochs=1)
    teacher.export(tmp_path / 'student')
    cls.from_student(stored / f'protocol-{protocol}.student').export(tmp_path / 'again')
    for name in ('teacher', 'student', 'again'):
        assert kind_of(tmp_path / name) == protocol
        opened = cls.from_teacher if name == 'teacher' else cls.from_student
        opened(tmp_path / name)


@pytest.fixture
def stored(request):
    return request.path.parents[1] / 'data'


@pytest.mark.parametrize('kind', ['teacher', 'student'])
def test_a_stored_file_of_protocol_2_is_read(stored, kind):
    """Written once by tests/stored_files.py; every later version must read it."""
    path = stored / f'protocol-2.{kind}'
    assert path.stat().st_size < 60_000
    expected = np.load(f'{path}.npz')
    made = drawn(opened(path, kind), len(expected['images']))
    table = pd.DataFrame({name: expected[name] for name in ('high', 'color')})
    # Rounding differs between processors: now and then a row tips over.
    same = (made.table.astype(str) == table.astype(str)).all(axis=1).to_numpy()
    assert same.mean() > 0.95
    apart = np.abs(made.images.astype(int) - expected['images'])[same]
    assert np.quantile(apart, 0.99) <= 1
    assert inspect_file(path).manifest.protocol == 2


# -- what is measured, and said ---------------------------------------------------------------


def test_evidence_and_figures_are_measured_with_pictures(fitted, tmp_path):
    given, holdout = canary(), digits(250, start=500)
    fitted.export(tmp_path / 'it', data=given, holdout=holdout)
    manifest = inspect_file(tmp_path / 'it').manifest
    evidence = PrivacyEvidence.from_dict(manifest.evidence)
    assert evidence.to_dict() == manifest.evidence
    assert evidence.pictures.rows == 250
    assert evidence.pictures.low <= evidence.pictures.auc <= evidence.pictures.high
    assert evidence.pictures.low < 0.5 < evidence.pictures.high
    told = ' '.join(evidence.sentences())
    assert 'sees only the painted pictures is shown a training picture' in told
    assert any('how likely the generator makes a picture' in one for one in evidence.unmeasured)
    assert manifest.figures['questions'][0]['target'] == 'high'
    assert any('evaluate_images' in reason for reason in manifest.figures['left_out'])
    opened(tmp_path / 'it')


def test_evidence_of_tables_alone_says_that_pictures_were_not_measured(fitted, tmp_path):
    given, holdout = canary(), digits(250, start=500)
    fitted.export(tmp_path / 'it', data=given.data, holdout=holdout.data)
    evidence = inspect_file(tmp_path / 'it').manifest.evidence
    assert 'pictures' not in evidence
    assert any('were given without pictures' in reason for reason in evidence['unmeasured'])
    with pytest.raises(SynthesizerInputError, match='data alone has pictures'):
        fitted.export(tmp_path / 'no', data=given, holdout=holdout.data)
    wrong = Pictures(holdout.data, holdout.images[:-1])
    with pytest.raises(Exception, match='249 images for 250 rows'):
        fitted.export(tmp_path / 'no', data=given, holdout=wrong)
    with pytest.raises(SynthesizerInputError, match='holdout has images of the shape'):
        fitted.export(tmp_path / 'no', data=given, holdout=plain_pictures(100, 9, 13, 3))
    assert not (tmp_path / 'no').exists()


def test_evidence_of_files_is_that_of_arrays(fitted, tmp_path):
    given, holdout = canary(), digits(250, start=500)
    by_name = {}
    for name, pictures in (('data', given), ('holdout', holdout)):
        files = write_images(tmp_path / name, pictures)['file_name']
        paths = [tmp_path / name / file for file in files]
        by_name[name] = {'digits': pictures.table.assign(image=paths)}
    fitted.export(tmp_path / 'a', **by_name)
    fitted.export(tmp_path / 'b', data=given, holdout=holdout)
    one, other = (inspect_file(tmp_path / name).manifest.evidence for name in 'ab')
    assert one == other


def test_rows_without_pictures_have_evidence_as_ever(fitted, tmp_path):
    plain = small_synthesizer(epochs=1)
    plain.fit({'hiring': hiring_table(200)})
    evidence = privacy_evidence(
        plain, {'hiring': hiring_table(200)}, {'hiring': hiring_table(150, seed=1)}
    )
    assert evidence.pictures is None
    assert 'pictures' not in evidence.to_dict()
    assert not evidence.unmeasured
    given = Pictures({'hiring': hiring_table(200)}, np.zeros((200, 8, 8, 3), np.uint8))
    with pytest.raises(SynthesizerInputError, match='paints none'):
        privacy_evidence(plain, given, {'hiring': hiring_table(150, seed=1)})


def test_copies_of_pictures_are_found_out():
    given, others = digits(200).images, digits(200, start=400).images
    copied = nearest_pictures(np.concatenate([given, digits(100, start=800).images]), given, others)
    assert copied.auc > 0.99
    assert copied.low > 0.9
    fair = nearest_pictures(digits(300, start=800).images, given, others)
    assert fair.low < 0.5 < fair.high
    large = np.kron(given, np.ones((1, 8, 8, 1), np.uint8))
    apart = np.kron(others, np.ones((1, 8, 8, 1), np.uint8))
    assert nearest_pictures(large, large, apart).auc == pytest.approx(
        nearest_pictures(given, given, others).auc, abs=0.01
    )


def test_the_inventory_and_the_card_say_that_the_file_paints(fitted, tmp_path):
    fitted.export(tmp_path / 'it')
    listed = inspect_file(tmp_path / 'it')
    text = listed.to_text()
    assert 'It paints pictures of 8 x 8 pixels (height x width), in colour.' in text
    assert 'look at some' in text
    reveals = {item.name: item.reveals for item in listed.items}
    assert reveals['picture.height'] == 'the size of the real pictures'
    assert 'possibly like single ones' in reveals['painter.last.weight']
    assert all(reveals.values())
    for path in fitted.card(tmp_path / 'it'):
        card = path.read_text(encoding='utf-8')
        for words in (
            'pictures of 8 x 8 pixels',
            'look at some',
            'Fair4FreeImageSynthesizer.from_student',
            'To recognise people',
            '--output pictures',
        ):
            assert words in card.replace('\\', '')
    plain = small_synthesizer(epochs=1)
    plain.fit({'hiring': hiring_table(200)})
    plain.export(tmp_path / 'rows')
    (card,) = plain.card(tmp_path / 'rows', tmp_path / 'rows.md')
    for word in ('picture', 'Image', 'paint', 'dream'):  # nor are there settings of pictures
        assert word not in card.read_text(encoding='utf-8')
        assert word not in inspect_file(tmp_path / 'rows').to_text()


def test_tables_of_pictures_are_judged_like_any(fitted):
    given, test, made = canary(), digits(300, start=500), drawn(fitted, 300)
    report = evaluate_fairness(
        given.data,
        made.data,
        fitted.get_metadata(),
        sensitive_columns=['color'],
        target_column='high',
        favourable_outcome=True,
        real_validation_data=test.data,
        bootstrap_samples=20,
        verbose=False,
    )
    assert 0 <= report.get_score() <= 1
    quality = evaluate_quality(given.data, made.data, fitted.get_metadata(), verbose=False)
    assert 0 <= quality.get_score() <= 1


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


def test_what_is_sampled_next_is_not_changed_by_an_export(fitted, tmp_path):
    fitted.reset_sampling()
    fitted.sample(10)
    fitted.export(tmp_path / 'it', data=canary(), holdout=digits(100, start=500))
    after = fitted.sample(10)
    assert same_pictures(after, part(drawn(fitted, 20), slice(10, 20)))
