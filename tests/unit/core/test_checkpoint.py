import numpy as np
import pytest
import torch
from torch import nn

from sdv_fair4free.core.checkpoint import CheckpointError, Checkpoints, digest
from sdv_fair4free.core.config import StudentConfig, TrainingConfig
from sdv_fair4free.core.layout import Layout
from sdv_fair4free.core.noise import Noise
from sdv_fair4free.core.schema import Schema
from sdv_fair4free.core.training import Callback, train

TOLD = {'the rows': torch.arange(6), 'student': StudentConfig()}
X = torch.linspace(-1, 1, 64)[:, None]


class Bored(Callback):
    """Stops, or gives up, at an epoch."""

    def __init__(self, epoch=None, error=None):
        self.epoch, self.error, self.heard = epoch, error, []

    def on_epoch_end(self, stage, epoch, losses):
        self.heard.append(epoch)
        if epoch == self.epoch and self.error:
            raise self.error
        return epoch == self.epoch


def fit(checkpoints=None, callback=None, epochs=6, patience=9):
    """Two stages, one after the other, whose batches and dropout come from one stream."""
    stream = torch.Generator().manual_seed(1)
    module, histories = nn.Linear(1, 1), []
    with torch.no_grad():
        module.weight.fill_(1.0)
        module.bias.fill_(0.0)

    def loss(batch, training):
        kept = torch.rand(batch.shape, generator=stream) < 0.5 if training else 1.0
        return {'misfit': (module(batch * kept) - 3 * batch).square().mean()}

    for stage in ('first', 'second'):
        histories += train(
            stage=stage,
            module=module,
            loss=loss,
            epoch_of_batches=lambda: X[torch.randperm(64, generator=stream)].split(16),
            steps_per_epoch=4,
            held_out=[X],
            config=TrainingConfig(epochs=epochs, learning_rate=0.05, width=1, patience=patience),
            callbacks=[] if callback is None else [callback],
            checkpoints=checkpoints,
            streams=[stream],
        )
    return module.weight.item(), histories, stream.get_state().tolist()


def opened(folder, **changes):
    return Checkpoints.opened(folder, {**TOLD, **changes}, seed=7)


@pytest.mark.parametrize('epoch', [0, 1, 4, 5])
def test_training_goes_on_to_the_same_end_bit_for_bit(tmp_path, epoch):
    whole = fit()
    with pytest.raises(InterruptedError):
        fit(opened(tmp_path), Bored(epoch, InterruptedError()))
    watcher = Bored()
    assert fit(opened(tmp_path), watcher) == whole
    # An epoch that not everybody has heard of is done again; no other is.
    assert watcher.heard == [*range(epoch, 6), *range(6)]
    assert fit(opened(tmp_path), Bored(0, AssertionError())) == whole  # nothing is left to do


def test_a_stage_that_was_stopped_stays_so(tmp_path):
    whole = fit(callback=Bored(2))
    with pytest.raises(InterruptedError):
        fit(opened(tmp_path), _FailsLater(2))
    assert fit(opened(tmp_path), Bored(2)) == whole


class _FailsLater(Bored):
    def on_fit_end(self, stage):
        if stage == 'first':
            raise InterruptedError


def test_patience_is_counted_across_an_interruption(tmp_path):
    whole = fit(epochs=40, patience=2)
    last = max(record.epoch for record in whole[1] if record.stage == 'first')
    assert last < 39
    with pytest.raises(InterruptedError):
        fit(opened(tmp_path), Bored(last - 1, InterruptedError()), epochs=40, patience=2)
    assert fit(opened(tmp_path), epochs=40, patience=2) == whole


def test_a_stage_that_has_ended_keeps_no_optimiser_and_no_file_keeps_rows(tmp_path):
    with pytest.raises(InterruptedError):
        fit(opened(tmp_path), Bored(4, InterruptedError()))
    under_way = torch.load(tmp_path / 'fair4free-stage-1.pt', weights_only=True)
    assert {'weights', 'optimiser', 'streams', 'history'} <= set(under_way)
    fit(opened(tmp_path))
    ended = torch.load(tmp_path / 'fair4free-stage-1.pt', weights_only=True)
    assert not {'weights', 'optimiser'} & set(ended)
    told = torch.load(tmp_path / 'fair4free-fit.pt', weights_only=True)
    assert set(told) == {'digests', 'seed'}
    assert {len(value) for value in told['digests'].values()} == {64}  # hashes, and nothing else


def test_another_fit_is_refused_by_the_names_of_what_differs(tmp_path):
    opened(tmp_path)
    with pytest.raises(CheckpointError, match=r'differs in the rows\. Delete the files') as caught:
        opened(tmp_path, **{'the rows': torch.arange(1, 7)})
    assert str(tmp_path) in str(caught.value)
    assert 'name another checkpoint_dir' in str(caught.value)
    with pytest.raises(CheckpointError, match='differs in student, epochs'):
        opened(tmp_path, student=StudentConfig(pool=5), epochs=3)
    assert opened(tmp_path).seed == 7


def test_the_seed_is_that_of_the_fit_that_was_begun(tmp_path):
    Checkpoints.opened(tmp_path / 'new' / 'folder', TOLD, seed=2**62 - 1)
    assert Checkpoints.opened(tmp_path / 'new' / 'folder', TOLD, seed=1).seed == 2**62 - 1


def test_only_checkpoints_are_removed_and_none_that_lost_its_fit_is_used(tmp_path):
    others = ['notes.pt', 'fair4free.csv', 'fair4free-fit.pt.txt']
    for name in others:
        (tmp_path / name).write_text('mine')
    whole = fit(opened(tmp_path))
    (tmp_path / '.fair4free-stage-1.pt.99.tmp').write_text('left by a process that was killed')
    (tmp_path / 'fair4free-fit.pt').unlink()
    watcher = Bored()
    assert fit(opened(tmp_path), watcher) == whole
    assert len(watcher.heard) == 12
    opened(tmp_path).remove()
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(others)


@pytest.mark.parametrize('damage', [b'', b'no checkpoint', 'half'])
@pytest.mark.parametrize('name', ['fair4free-fit.pt', 'fair4free-stage-1.pt'])
def test_a_damaged_file_is_named(tmp_path, name, damage):
    fit(opened(tmp_path))
    path = tmp_path / name
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2] if damage == 'half' else damage)
    with pytest.raises(CheckpointError, match=r'is damaged, or no checkpoint\. Delete') as caught:
        fit(opened(tmp_path))
    assert str(path) in str(caught.value)


def test_a_checkpoint_of_another_stage_is_refused(tmp_path):
    fit(opened(tmp_path))
    (tmp_path / 'fair4free-stage-2.pt').replace(tmp_path / 'fair4free-stage-1.pt')
    with pytest.raises(CheckpointError, match="is not of the stage 'first'"):
        fit(opened(tmp_path))


def test_a_digest_tells_values_kinds_and_places_apart():
    parts = [
        torch.zeros(2),
        torch.zeros(2, dtype=torch.int32),
        torch.zeros(1, 2),
        [torch.zeros(1), torch.zeros(1)],
        'a',
        ['a'],
        [['a']],
        None,
        0,
        0.5,
        StudentConfig(),
        StudentConfig(pool=5),
        Layout.of((2, 3)),
        Layout.of((3, 2)),
    ]
    assert len({digest(part) for part in parts}) == len(parts)
    assert [digest(part) for part in parts] == [digest(part) for part in parts]
    assert digest(np.int64(3)) == digest(3)
    with pytest.raises(TypeError, match='object cannot be told by a hash'):
        digest(object())


@pytest.mark.parametrize('drawn', [0, 5, 1024, 3000])
def test_a_stream_of_noise_goes_on_where_it_was(drawn):
    schema = Schema(x=Layout.of((2, 3)), latent=1)
    noise, other = Noise(schema, 4), Noise(schema, 4)
    noise.draw(drawn)
    other.draw(77)
    other.set_state(noise.get_state())
    for here, there in zip(noise.draw(1500, cells=2), other.draw(1500, cells=2), strict=True):
        assert torch.equal(here, there)
