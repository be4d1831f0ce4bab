"""Ctrl-C at any moment leaves a synthesizer that works, or one that says that it is not fitted."""

import inspect
import sys
import threading
from contextlib import contextmanager
from math import inf

import pytest
from conftest import hiring_table, sample_hiring
from sdv.errors import NotFittedError, SamplingError
from sdv.metadata import Metadata
from tiny import (
    Interrupter,
    badge_metadata,
    badge_table,
    plugged_in,
    tiny_synthesizer,
)

from sdv_fair4free.locks import one_at_a_time

OLD, NEW = badge_table(200, seed=1), badge_table(300)


@pytest.fixture(scope='module')
def fresh():
    return fitted(NEW)


def fitted(table):
    synthesizer = tiny_synthesizer(badge_metadata())
    synthesizer.fit({'hiring': table})
    return synthesizer


class Moment:
    """Presses Ctrl-C at a call of a function, whichever it is; or only counts the calls."""

    def __init__(self, at=None):
        self.at, self.calls, self.pressed = at, 0, False

    def __call__(self, frame, event, argument):
        self.calls += event == 'call'
        generator = frame.f_code.co_flags & inspect.CO_GENERATOR  # Python ignores what one that is
        if event == 'call' and self.calls >= (self.at or inf) and not generator:  # closed raises
            self.pressed = True
            sys.setprofile(None)
            raise KeyboardInterrupt

    @contextmanager
    def watching(self):
        sys.setprofile(self)
        try:
            yield
        except KeyboardInterrupt:
            assert self.pressed
        finally:
            sys.setprofile(None)


def moments(job, count):
    """Moments spread over all of a job."""
    whole = Moment()
    with whole.watching():
        job()
    return [round(whole.calls * (place + 0.5) / count) for place in range(count)]


def says_that_it_is_not_fitted(synthesizer):
    assert synthesizer.get_info()['is_fit'] is False
    with pytest.raises(SamplingError, match='has not been fitted'):
        synthesizer.sample(5)
    with pytest.raises(NotFittedError):
        synthesizer.get_loss_values()
    return True


@pytest.mark.parametrize('stage', ['representation', 'decoder', 'student'])
def test_a_fit_interrupted_in_training_is_none_and_may_be_done_again(fresh, stage):
    synthesizer = tiny_synthesizer(badge_metadata())
    with plugged_in(Interrupter((stage, 1))), pytest.raises(KeyboardInterrupt):
        synthesizer.fit({'hiring': NEW.copy()})
    assert says_that_it_is_not_fitted(synthesizer)
    synthesizer.fit({'hiring': NEW.copy()})
    assert sample_hiring(synthesizer, 50).equals(sample_hiring(fresh, 50))


def test_a_refit_interrupted_in_training_keeps_nothing_that_could_be_sampled(fresh):
    synthesizer = fitted(OLD)
    with plugged_in(Interrupter(('decoder', 1))), pytest.raises(KeyboardInterrupt):
        synthesizer.fit({'hiring': NEW.copy()})
    assert says_that_it_is_not_fitted(synthesizer)
    synthesizer.fit({'hiring': NEW.copy()})
    assert sample_hiring(synthesizer, 50).equals(sample_hiring(fresh, 50))


def test_a_refit_interrupted_in_preprocessing_is_the_old_one_or_none(fresh):
    def preprocessing_only():
        with plugged_in(Interrupter(('representation', 0))), pytest.raises(KeyboardInterrupt):
            tiny_synthesizer(badge_metadata()).fit({'hiring': NEW.copy()})

    synthesizer = fitted(OLD)
    old = sample_hiring(synthesizer, 50)
    whole = Moment()
    with whole.watching():
        preprocessing_only()
    table, states = NEW.copy(), []
    for place in range(8):
        moment = Moment(round(whole.calls * 0.8 * (place + 0.01) / 8) + 1)
        with moment.watching():
            synthesizer.fit({'hiring': table})
        assert moment.pressed
        states.append(synthesizer.get_info()['is_fit'])
        if states[-1]:
            assert sample_hiring(synthesizer, 50).equals(old)
        else:
            assert says_that_it_is_not_fitted(synthesizer)
    assert states == sorted(states, reverse=True)  # once it has begun there is no way back
    assert not states[-1]
    assert table.equals(NEW)
    synthesizer.fit({'hiring': table})
    assert sample_hiring(synthesizer, 50).equals(sample_hiring(fresh, 50))


@pytest.mark.filterwarnings('ignore:This model has already been fitted')
def test_steps_of_a_refit_that_are_interrupted_leave_nothing_either(fresh):
    synthesizer = fitted(OLD)
    processed = synthesizer.preprocess({'hiring': NEW.copy()})
    with plugged_in(Interrupter(('decoder', 1))), pytest.raises(KeyboardInterrupt):
        synthesizer.fit_processed_data(processed)
    assert says_that_it_is_not_fitted(synthesizer)
    synthesizer.fit_processed_data(processed)
    assert sample_hiring(synthesizer, 50).equals(sample_hiring(fresh, 50))


def test_column_names_that_are_numbers_come_back_whatever_happens():
    columns = {'0': 'numerical', '1': 'categorical', '2': 'categorical'}
    described = {name: {'sdtype': sdtype} for name, sdtype in columns.items()}
    metadata = Metadata.load_from_dict({'tables': {'hiring': {'columns': described}}})
    table = hiring_table(200)[['skill', 'sex', 'hired']].set_axis([0, 1, 2], axis=1)
    synthesizer = tiny_synthesizer(metadata, sensitive_columns='1', target_column='2')
    with plugged_in(Interrupter(('decoder', 1))), pytest.raises(KeyboardInterrupt):
        synthesizer.fit({'hiring': table})
    assert list(table.columns) == [0, 1, 2]
    synthesizer.fit({'hiring': table})
    assert list(table.columns) == list(synthesizer.sample(5)['hiring'].columns) == [0, 1, 2]


def test_sampling_that_is_interrupted_goes_on_with_whole_rows_and_new_keys(fresh):
    expected = sample_hiring(fresh, 60)
    for at in moments(lambda: fresh.sample(60), 8):
        fresh.reset_sampling()
        before = fresh.sample(20)['hiring']
        moment = Moment(at)
        with moment.watching():
            fresh.sample(60)
        assert moment.pressed
        after = fresh.sample(20)['hiring']
        assert len(after) == 20
        assert after.drop(columns=['bonus', 'email']).notna().all(axis=None)
        assert not set(before['person_id']) & set(after['person_id'])
        assert not set(before['code']) & set(after['code'])
        assert sample_hiring(fresh, 60).equals(expected)
        assert another_thread_may_sample(fresh)


def another_thread_may_sample(synthesizer):
    """Whether the interrupted call has left the lock."""
    got = []

    def try_it():
        got.append(one_at_a_time.acquire(timeout=5))
        if got[0]:
            one_at_a_time.release()

    thread = threading.Thread(target=try_it)
    thread.start()
    thread.join()
    return got == [True]
