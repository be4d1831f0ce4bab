"""What a GPU must do as a CPU does; skipped where there is none."""

import warnings

import numpy as np
import pytest
import torch
from conftest import hiring_table, small_synthesizer
from scipy.stats import ks_2samp

from sdv_fair4free.core.devices import training_device
from sdv_fair4free.core.replay import Step

ROWS = 4000

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(training_device(True).type == 'cpu', reason='no GPU here'),
]


@pytest.fixture(scope='module')
def both():
    """The same fit on the CPU and on the GPU."""
    made = {}
    for enable_gpu in (False, True):
        made[enable_gpu] = small_synthesizer(enable_gpu=enable_gpu, random_state=1)
        made[enable_gpu].fit({'hiring': hiring_table(ROWS)})
    return made


def test_tables_from_cpu_and_gpu_agree(both):
    on_cpu, on_gpu = (both[place].sample(ROWS)['hiring'] for place in (False, True))
    for column in ('skill', 'bonus'):
        apart = ks_2samp(on_cpu[column].dropna(), on_gpu[column].dropna()).statistic
        assert apart < 0.08, column
    for column in ('sex', 'grade', 'remote', 'hobby', 'hired'):
        shares = [table[column].value_counts(normalize=True) for table in (on_cpu, on_gpu)]
        assert shares[0].sub(shares[1], fill_value=0).abs().max() < 0.06, column
    for table in (on_cpu, on_gpu):
        rates = table.groupby('sex')['hired'].apply(lambda part: (part == 'yes').mean())
        assert rates.max() - rates.min() < 0.05


def test_losses_from_cpu_and_gpu_agree(both):
    last = {
        place: made.get_loss_values()
        .query("Term == 'total'")
        .groupby('Stage')['Held-out Loss']
        .min()
        for place, made in both.items()
    }
    assert np.allclose(last[False], last[True], rtol=0.1, atol=0.05)


@pytest.mark.parametrize('criterion', ['equalized_odds', 'demographic_parity'])
def test_a_sensitive_number_is_balanced_and_carried(criterion):
    made = small_synthesizer(
        sensitive_columns=['sex', 'skill'], fairness_criterion=criterion, enable_gpu=True
    )
    made.fit({'hiring': hiring_table(ROWS)})
    assert len(made.sample(100)['hiring']) == 100


@pytest.mark.skipif(not torch.cuda.is_available(), reason='only CUDA records')
@pytest.mark.parametrize('distillation', ['data_free', 'with_data'])
def test_the_steps_of_every_stage_are_recorded(monkeypatch, distillation):
    recorded, record = [], Step._record

    def watched(step, batch):
        recorded.append(record(step, batch))
        return recorded[-1]

    monkeypatch.setattr(Step, '_record', watched)
    made = small_synthesizer(enable_gpu=True, distillation=distillation)
    made.fit({'hiring': hiring_table(ROWS)})
    stages = made.get_loss_values()['Stage'].nunique()
    assert recorded == [True] * stages


@pytest.mark.skipif(not torch.cuda.is_available(), reason='only CUDA tells of it')
def test_nothing_waits_for_the_gpu_but_once_an_epoch(recwarn):
    """Twice as many batches of as many rows in all make the host wait no more often."""

    def waits(batch_size):
        recwarn.clear()
        warnings.simplefilter('always')  # else each line is told of once only
        synthesizer = small_synthesizer(enable_gpu=True, batch_size=batch_size)
        torch.cuda.set_sync_debug_mode('warn')
        try:
            synthesizer.fit({'hiring': hiring_table(ROWS)})
        finally:
            torch.cuda.set_sync_debug_mode('default')
        return sum('synchronizing CUDA operation' in str(each.message) for each in recwarn)

    few, many = waits(64), waits(32)
    assert many <= few + 5
