"""A generator of pictures is saved, distilled, interrupted, fitted anew, and keeps no picture."""

import numpy as np
import pytest
from pictured import (
    STUDENT,
    digits,
    drawn,
    fitted_pictures,
    picture_synthesizer,
    plain_pictures,
    same_pictures,
)
from sdv.errors import InvalidDataError, SamplingError, SynthesizerInputError
from sdv.utils import load_synthesizer
from tiny import Interrupter, plugged_in

from sdv_fair4free import Fair4FreeImageSynthesizer
from sdv_fair4free.options import drawing_from_teacher
from sdv_fair4free.progress import LABELS


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


def test_what_is_saved_and_loaded_paints_the_same(fitted_digits, tmp_path):
    fitted_digits.save(str(tmp_path / 'it.pkl'))
    loaded = load_synthesizer(str(tmp_path / 'it.pkl'))
    assert type(loaded) is Fair4FreeImageSynthesizer
    assert loaded.get_parameters() == fitted_digits.get_parameters()
    assert same_pictures(drawn(loaded), drawn(fitted_digits))
    given = digits(20)
    assert (loaded.encode(given) == fitted_digits.encode(given)).all()
    assert loaded.sample(3).images.shape == (3, 8, 8, 3)


def test_no_picture_is_kept(fitted_digits, tmp_path):
    fitted_digits.save(str(tmp_path / 'it.pkl'))
    assert fitted_digits._images is None
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


def test_pictures_have_a_painter_and_every_stage_of_theirs_has_a_label(fitted_digits):
    stages = [*dict.fromkeys(fitted_digits.get_loss_values()['Stage'])]
    assert stages == ['representation', 'observed latent', 'decoder', 'painter', 'student']
    assert stages == [stage for stage in LABELS if stage in stages]
    panels = {note.text for note in fitted_digits.get_loss_values_plot().layout.annotations}
    assert panels == {LABELS[stage] for stage in stages}


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


def test_processed_rows_are_fitted_with_their_pictures(fitted_digits):
    given, synthesizer = digits(), picture_synthesizer()
    processed = synthesizer.preprocess(given.data)
    synthesizer.fit_processed_data(processed, given.images)
    assert same_pictures(drawn(synthesizer), drawn(fitted_digits))
    assert synthesizer._images is None
    other = picture_synthesizer()
    processed = other.preprocess(given.data)
    with pytest.raises(InvalidDataError, match='no images'):
        other.fit_processed_data(processed)
    with pytest.raises(InvalidDataError, match='299 images'):
        other.fit_processed_data(processed, given.images[:-1])
