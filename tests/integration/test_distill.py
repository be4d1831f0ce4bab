"""A student distilled anew from a fitted teacher, without any data."""

import copy

import pytest
import torch
from conftest import SMALL_STUDENT, hiring_metadata, hiring_table, sample_hiring, small_synthesizer
from sdv.errors import SamplingError, SynthesizerInputError

from sdv_fair4free import Fair4FreeSynthesizer, StudentConfig
from sdv_fair4free.core.config import STUDENT_SIZES
from sdv_fair4free.core.training import TrainingConfig
from sdv_fair4free.options import drawing_from_teacher
from sdv_fair4free.plugins import hookimpl, manager

QUICK = StudentConfig(training=TrainingConfig(epochs=2, width=32, depth=1), pool=1024)


@pytest.fixture
def synthesizer(fitted):
    """A fitted synthesizer of one's own."""
    return copy.deepcopy(fitted)


def weights(model):
    return {name: value.clone() for name, value in model.state_dict().items()}


def same(ours, theirs):
    return ours.keys() == theirs.keys() and all(torch.equal(ours[k], theirs[k]) for k in ours)


def test_the_new_student_takes_the_place_of_the_old_and_the_teacher_stays(synthesizer):
    before, teacher = sample_hiring(synthesizer, 200), weights(synthesizer._model.teacher)
    losses = synthesizer.get_loss_values()
    synthesizer.distill(QUICK)
    assert not synthesizer.sample(200)['hiring'].equals(before)
    assert same(weights(synthesizer._model.teacher), teacher)
    anew = synthesizer.get_loss_values()
    assert anew[anew['Stage'] == 'student']['Epoch'].max() == 1
    of_teacher = losses[losses['Stage'] != 'student']
    assert anew[anew['Stage'] != 'student'].equals(of_teacher)
    assert set(synthesizer.get_info()['parameter_counts']) == {'teacher', 'student'}


def test_the_parameters_say_what_was_done(synthesizer):
    synthesizer.distill(QUICK, random_state=3)
    parameters = synthesizer.get_parameters()
    assert (parameters['student'], parameters['distillation']) == (QUICK, 'data_free')
    assert Fair4FreeSynthesizer(hiring_metadata(), **parameters).get_parameters() == parameters
    synthesizer.distill('small', epochs=1)
    made = synthesizer.get_parameters()['student']
    assert made.training.epochs == 1
    assert made.precision == StudentConfig.of_size('small').precision
    losses = synthesizer.get_loss_values()
    assert losses[losses['Stage'] == 'student']['Epoch'].max() == 0


def test_a_teacher_without_a_student_gets_one(undistilled):
    synthesizer = copy.deepcopy(undistilled)
    from_teacher = sample_hiring(synthesizer, 200)
    synthesizer.distill()
    assert synthesizer.get_parameters()['distillation'] == 'data_free'
    assert synthesizer.get_parameters()['student'] == SMALL_STUDENT  # as it was made with
    assert not sample_hiring(synthesizer, 200).equals(from_teacher)
    with drawing_from_teacher():
        assert sample_hiring(synthesizer, 200).equals(from_teacher)


def test_the_same_seed_gives_the_same_student_and_sampling_starts_anew(synthesizer):
    synthesizer.distill(QUICK, random_state=1)
    first = synthesizer.sample(100)['hiring']
    one = weights(synthesizer._model.student)
    synthesizer.distill(QUICK, random_state=1)
    assert same(weights(synthesizer._model.student), one)
    assert synthesizer.sample(100)['hiring'].equals(first)
    synthesizer.distill(QUICK, random_state=2)
    assert not same(weights(synthesizer._model.student), one)


def test_distilling_leaves_the_global_streams_alone(synthesizer):
    before = torch.get_rng_state()
    synthesizer.distill(QUICK)
    assert torch.equal(torch.get_rng_state(), before)


def test_what_fails_or_is_interrupted_leaves_all_as_it_was(synthesizer):
    class Impatient:
        @hookimpl
        def on_epoch_end(self, stage, epoch, losses):
            raise KeyboardInterrupt

    before, parameters = sample_hiring(synthesizer, 100), synthesizer.get_parameters()
    losses = synthesizer.get_loss_values()
    plugin = Impatient()
    manager().register(plugin)
    try:
        with pytest.raises(KeyboardInterrupt):
            synthesizer.distill(QUICK)
    finally:
        manager().unregister(plugin)
    assert synthesizer.get_parameters() == parameters
    assert synthesizer.get_loss_values().equals(losses)
    assert sample_hiring(synthesizer, 100).equals(before)


def test_plug_ins_and_progress_bars_hear_of_it(synthesizer, capfd):
    heard = []

    class Diary:
        @hookimpl
        def on_epoch_end(self, stage, epoch, losses):
            heard.append((stage, epoch))

    plugin = Diary()
    manager().register(plugin)
    try:
        synthesizer.distill(QUICK)
        assert capfd.readouterr() == ('', '')
        synthesizer.verbose = True
        synthesizer.distill(QUICK)
    finally:
        manager().unregister(plugin)
    assert heard == [('student', 0), ('student', 1)] * 2
    assert 'Student' in capfd.readouterr().err


def test_a_synthesizer_that_is_not_fitted_is_refused_as_when_sampling():
    with pytest.raises(SamplingError, match='not been fitted'):
        small_synthesizer().distill()


def test_bad_arguments_are_named_at_once(fitted):
    with pytest.raises(SynthesizerInputError) as caught:
        fitted.distill('smal', epochs=0, batch_size=1.5, random_state=-1)
    message = str(caught.value)
    assert message.startswith('4 problems with the arguments of distill:')
    assert "Did you mean 'small'?" in message


def test_a_student_that_was_handed_over_has_nothing_to_be_distilled_from(synthesizer):
    expected, info = sample_hiring(synthesizer, 100), synthesizer.get_info()
    synthesizer._model.teacher = synthesizer._model.representation = None
    assert sample_hiring(synthesizer, 100).equals(expected)
    assert synthesizer.get_info()['sensitive_groups'] == info['sensitive_groups']
    assert set(synthesizer.get_info()['weight_bytes']) == {'student'}
    balanced = synthesizer.sample(1024, sensitive_distribution='uniform')['hiring']
    assert balanced['sex'].eq('woman').mean() == pytest.approx(0.5, abs=0.01)
    with pytest.raises(SynthesizerInputError, match='without its teacher'):
        synthesizer.distill()
    with drawing_from_teacher(), pytest.raises(SynthesizerInputError):
        synthesizer.sample(1)


@pytest.mark.parametrize('size', STUDENT_SIZES)
def test_a_size_is_taken_by_its_name_and_stored_as_given(size):
    synthesizer = small_synthesizer(student=size, epochs=1)
    assert synthesizer.get_parameters()['student'] == size
    synthesizer.fit({'hiring': hiring_table(300)})
    info = synthesizer.get_info()
    each = 4 if StudentConfig.of_size(size).precision == 'single' else 2
    assert info['weight_bytes']['student'] == each * info['parameter_counts']['student']
    assert len(sample_hiring(synthesizer, 20)) == 20


def test_smaller_sizes_take_fewer_bytes_of_one_teacher(fitted):
    info = []
    for size in STUDENT_SIZES:
        synthesizer = copy.deepcopy(fitted)
        synthesizer.distill(size, epochs=1)
        info.append(synthesizer.get_info()['weight_bytes'])
    small, medium, large = (taken['student'] for taken in info)
    assert small < medium < large < info[0]['teacher']
