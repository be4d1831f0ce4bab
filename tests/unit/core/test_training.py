import math

import pytest
import torch
from torch import nn

from sdv_fair4free.core.config import StudentConfig, TeacherConfig, TrainingConfig
from sdv_fair4free.core.training import (
    MOST_STEPS,
    Callback,
    NonFiniteLossError,
    batch_size_for,
    shuffled_batches,
    train,
)


class Line(nn.Module):
    """y = slope * x."""

    def __init__(self):
        super().__init__()
        self.slope = nn.Parameter(torch.zeros(1))


X = torch.linspace(-1, 1, 64)


def fit(loss, epochs=30, callbacks=(), patience=100, held_out=None, module=None):
    module = module or Line()
    config = TrainingConfig(
        epochs=epochs, learning_rate=0.05, weight_decay=0.0, width=1, patience=patience
    )
    history = train(
        stage='line',
        module=module,
        loss=lambda batch, training: loss(module, batch, training),
        epoch_of_batches=lambda: [X] * 8,
        steps_per_epoch=8,
        held_out=held_out or [X],
        config=config,
        callbacks=callbacks,
    )
    return module, history


def squared(module, x, training):
    return {'misfit': (module.slope * x - 3 * x).square().mean()}


class Ear(Callback):
    def __init__(self, stop_at=None):
        self.heard, self.stop_at = [], stop_at

    def on_fit_start(self, stage, epochs):
        self.heard.append(('start', stage, epochs))

    def on_epoch_end(self, stage, epoch, losses):
        self.heard.append((epoch, sorted(losses)))
        return epoch == self.stop_at

    def on_fit_end(self, stage):
        self.heard.append(('end', stage))


def test_it_finds_the_slope():
    module, history = fit(squared, epochs=60)
    assert module.slope.item() == pytest.approx(3.0, abs=0.05)
    assert {record.term for record in history} == {'misfit', 'total'}


def test_callbacks_hear_every_epoch_and_may_stop():
    ear = Ear(stop_at=2)
    fit(squared, callbacks=[ear])
    assert ear.heard == [
        ('start', 'line', 30),
        (0, ['misfit', 'total']),
        (1, ['misfit', 'total']),
        (2, ['misfit', 'total']),
        ('end', 'line'),
    ]


class FailsAt(Ear):
    """Fails at some moments."""

    def __init__(self, *moments):
        super().__init__()
        self.moments = moments

    def on_fit_start(self, stage, epochs):
        super().on_fit_start(stage, epochs)
        self.fail('start')

    def on_epoch_end(self, stage, epoch, losses):
        self.fail('epoch')

    def on_fit_end(self, stage):
        super().on_fit_end(stage)
        self.fail('end')

    def fail(self, moment):
        if moment in self.moments:
            raise OSError(moment)


@pytest.mark.parametrize(
    ('moments', 'first', 'ends'),
    [
        (('end',), 'end', 2),
        (('epoch',), 'epoch', 2),
        (('epoch', 'end'), 'epoch', 2),
        (('start',), 'start', 1),
        (('start', 'end'), 'start', 1),
    ],
)
def test_all_who_were_told_of_a_start_hear_of_the_end_and_the_first_failure_is_raised(
    moments, first, ends, caplog
):
    ears = [FailsAt(*moments), Ear()]
    with pytest.raises(OSError, match=first):
        fit(squared, callbacks=ears)
    assert [ear.heard[-1:] for ear in ears] == [[('end', 'line')]] * ends + [[]] * (2 - ends)
    logged = [record.exc_info[1].args for record in caplog.records]
    assert logged == [(moment,) for moment in moments if moment != first]


@pytest.mark.parametrize('wish', ['go on', 0, [True]])
def test_a_wish_that_is_none_is_refused_by_name(wish):
    class Wishing(Callback):
        def on_epoch_end(self, stage, epoch, losses):
            return wish

    with pytest.raises(TypeError, match=r'Wishing.on_epoch_end .* None, True or False'):
        fit(squared, callbacks=[Wishing()])


def test_what_one_callback_does_to_the_losses_others_do_not_hear():
    class Emptying(Callback):
        def on_epoch_end(self, stage, epoch, losses):
            losses.clear()

    ear = Ear(stop_at=0)
    fit(squared, callbacks=[Emptying(), ear])
    assert ear.heard[1] == (0, ['misfit', 'total'])


def test_a_loss_that_is_not_finite_is_named_and_callbacks_are_told_of_the_end():
    def broken(module, x, training):
        return {'fine': module.slope.sum() * 0 + 1, 'broken': (module.slope.sum() - 1).log()}

    ear = Ear()
    with pytest.raises(NonFiniteLossError, match=r"'broken' of stage 'line' is nan"):
        fit(broken, callbacks=[ear])
    assert ear.heard[-1] == ('end', 'line')


def test_the_weights_of_the_best_epoch_are_kept_and_patience_ends_the_run():
    seen = []

    def turns_worse(module, x, training):
        held_out = (module.slope - 1.0).square().sum()  # training goes on to 3, past the best
        if not training:
            seen.append(float(held_out))
            return {'misfit': held_out}
        return squared(module, x, training)

    module, _ = fit(turns_worse, epochs=100, patience=3)
    assert (module.slope.item() - 1.0) ** 2 == pytest.approx(min(seen))
    assert len(seen) == seen.index(min(seen)) + 1 + 3 < 100


def test_the_held_out_loss_is_a_mean_over_rows_not_over_batches():
    def share(module, x, training):
        return {'mean': x.mean() + 0 * module.slope.sum()}

    _, history = fit(share, epochs=1, held_out=[torch.zeros(99), torch.ones(1)])
    assert history[0].held_out_loss == pytest.approx(0.01)


@pytest.mark.parametrize(('rows', 'size'), [(1, 1), (20, 20), (100, 32), (1600, 100), (10**6, 512)])
def test_batches_shrink_with_the_table(rows, size):
    assert batch_size_for(rows, TrainingConfig()) == size


@pytest.mark.parametrize('rows', [1, 7, 100, 50_000])
def test_an_epoch_passes_over_small_tables_again_and_over_large_ones_in_part(rows):
    size = batch_size_for(rows, TrainingConfig(batch_size=64))
    batches = shuffled_batches(torch.arange(rows), size, torch.Generator().manual_seed(0))
    assert {len(batch) for batch in batches} == {size}
    assert 48 <= len(batches) <= MOST_STEPS
    counts = torch.bincount(torch.cat(batches), minlength=rows)
    assert counts.max() - counts.min() <= 1


@pytest.mark.parametrize(
    ('config', 'settings', 'complaint'),
    [
        (TrainingConfig, {'epochs': 0}, 'epochs=0 must be a number above 0'),
        (TrainingConfig, {'epochs': 1.5}, 'epochs=1.5 must be a whole number'),
        (TrainingConfig, {'dropout': 1.0}, 'dropout=1.0 must be a number from 0 to below 1'),
        (TrainingConfig, {'width': math.nan}, 'width=nan must be a number above 0'),
        (TeacherConfig, {'divergence_weight': -1.0}, 'divergence_weight=-1.0'),
        (StudentConfig, {'pool': 0}, 'pool=0'),
    ],
)
def test_settings_out_of_range_are_refused_by_name(config, settings, complaint):
    with pytest.raises(ValueError, match=complaint):
        config(**settings)


def test_all_settings_out_of_range_are_named_at_once():
    with pytest.raises(ValueError, match=r'epochs=0.*; dropout=2'):
        TrainingConfig(epochs=0, dropout=2)


def test_an_epoch_of_very_many_rows_draws_them_from_all():
    rows = torch.arange(200_000) + 7
    batches = shuffled_batches(rows, 8, torch.Generator().manual_seed(0))
    drawn = torch.cat(batches)
    assert {len(batch) for batch in batches} == {8}
    assert len(batches) == MOST_STEPS
    assert len(drawn.unique()) > 0.97 * len(drawn)
    assert (drawn.min(), drawn.max()) >= (7, 190_000)
