"""What is measured of a generator of pictures that is handed over, and what its file says."""

import numpy as np
import pytest
from conftest import hiring_table, small_synthesizer
from pictured import digits, digits_with_canary, drawn, opened, plain_pictures
from sdv.errors import SynthesizerInputError
from sdv.evaluation import evaluate_quality

from sdv_fair4free import evaluate_fairness
from sdv_fair4free.handover.evidence import privacy_evidence
from sdv_fair4free.handover.findings import PrivacyEvidence
from sdv_fair4free.handover.inventory import inspect_file
from sdv_fair4free.handover.painted import nearest_pictures
from sdv_fair4free.images.files import write_images
from sdv_fair4free.pictures import Pictures


def test_evidence_and_figures_are_measured_with_pictures(canary_digits, tmp_path):
    given, holdout = digits_with_canary(), digits(250, start=500)
    canary_digits.export(tmp_path / 'it', data=given, holdout=holdout)
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


def test_evidence_of_tables_alone_says_that_pictures_were_not_measured(canary_digits, tmp_path):
    given, holdout = digits_with_canary(), digits(250, start=500)
    canary_digits.export(tmp_path / 'it', data=given.data, holdout=holdout.data)
    evidence = inspect_file(tmp_path / 'it').manifest.evidence
    assert 'pictures' not in evidence
    assert any('were given without pictures' in reason for reason in evidence['unmeasured'])
    with pytest.raises(SynthesizerInputError, match='data alone has pictures'):
        canary_digits.export(tmp_path / 'no', data=given, holdout=holdout.data)
    wrong = Pictures(holdout.data, holdout.images[:-1])
    with pytest.raises(Exception, match='249 images for 250 rows'):
        canary_digits.export(tmp_path / 'no', data=given, holdout=wrong)
    with pytest.raises(SynthesizerInputError, match='holdout has images of the shape'):
        canary_digits.export(tmp_path / 'no', data=given, holdout=plain_pictures(100, 9, 13, 3))
    assert not (tmp_path / 'no').exists()


def test_evidence_of_files_is_that_of_arrays(canary_digits, tmp_path):
    given, holdout = digits_with_canary(), digits(250, start=500)
    by_name = {}
    for name, pictures in (('data', given), ('holdout', holdout)):
        files = write_images(tmp_path / name, pictures)['file_name']
        paths = [tmp_path / name / file for file in files]
        by_name[name] = {'digits': pictures.table.assign(image=paths)}
    canary_digits.export(tmp_path / 'a', **by_name)
    canary_digits.export(tmp_path / 'b', data=given, holdout=holdout)
    one, other = (inspect_file(tmp_path / name).manifest.evidence for name in 'ab')
    assert one == other


def test_rows_without_pictures_have_evidence_as_ever(canary_digits, tmp_path):
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


def test_the_inventory_and_the_card_say_that_the_file_paints(canary_digits, tmp_path):
    canary_digits.export(tmp_path / 'it')
    listed = inspect_file(tmp_path / 'it')
    text = listed.to_text()
    assert 'It paints pictures of 8 x 8 pixels (height x width), in colour.' in text
    assert 'look at some' in text
    reveals = {item.name: item.reveals for item in listed.items}
    assert reveals['picture.height'] == 'the size of the real pictures'
    assert 'possibly like single ones' in reveals['painter.last.weight']
    assert all(reveals.values())
    for path in canary_digits.card(tmp_path / 'it'):
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


def test_tables_of_pictures_are_judged_like_any(canary_digits):
    given, test, made = digits_with_canary(), digits(300, start=500), drawn(canary_digits, 300)
    report = evaluate_fairness(
        given.data,
        made.data,
        canary_digits.get_metadata(),
        sensitive_columns=['color'],
        target_column='high',
        favourable_outcome=True,
        real_validation_data=test.data,
        bootstrap_samples=20,
        verbose=False,
    )
    assert 0 <= report.get_score() <= 1
    quality = evaluate_quality(given.data, made.data, canary_digits.get_metadata(), verbose=False)
    assert 0 <= quality.get_score() <= 1
