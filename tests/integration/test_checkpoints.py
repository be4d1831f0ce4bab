"""A fit that was interrupted and goes on ends as one that was not."""

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pandas as pd
import pytest
import torch
from conftest import hiring_table, sample_hiring
from sdv.errors import SamplingError, SynthesizerInputError
from tiny import Interrupter, plugged_in, tiny_synthesizer

from sdv_fair4free import Fair4FreeSynthesizer
from sdv_fair4free.progress import LABELS

ROWS = 300
FITS = {
    'data free': {},
    'with data': {'distillation': 'with_data'},
    'levelled': {'fairness_criterion': 'equalized_odds'},
    'numbers': {
        'fairness_criterion': 'equalized_odds',
        'sensitive_columns': ['sex', 'bonus'],
        'distillation': None,
    },
}
STAGES = {
    'data free': ['representation', 'decoder', 'student'],
    'with data': ['representation', 'decoder', 'student'],
    'levelled': ['representation', 'columns hidden', 'observed latent', 'decoder', 'student'],
    'numbers': ['balance', 'representation', 'transport', 'observed latent', 'decoder'],
}


def fitted(**parameters):
    synthesizer = tiny_synthesizer(**parameters)
    synthesizer.fit({'hiring': hiring_table(ROWS)})
    return synthesizer


def same(one, other):
    return one.get_loss_values().equals(other.get_loss_values()) and sample_hiring(one, 200).equals(
        sample_hiring(other, 200)
    )


@pytest.mark.parametrize('fit', FITS)
def test_a_fit_interrupted_in_every_stage_ends_as_one_that_was_not(tmp_path, fit):
    whole = fitted(**FITS[fit])
    epochs = whole.get_loss_values()[['Stage', 'Epoch']].drop_duplicates()
    epochs = list(epochs.itertuples(index=False, name=None))
    stages = STAGES[fit]
    assert list(dict.fromkeys(stage for stage, _ in epochs)) == stages
    with plugged_in(Interrupter(*((stage, 1) for stage in stages))) as plugin:
        for _ in stages:
            with pytest.raises(KeyboardInterrupt):
                fitted(**FITS[fit], checkpoint_dir=tmp_path)
        resumed = fitted(**FITS[fit], checkpoint_dir=tmp_path)
    assert same(resumed, whole)
    assert os.listdir(tmp_path) == []
    # The epoch in which Ctrl-C came is done again, and no other.
    again = [(stage, 1) for stage in stages]
    assert sorted(plugin.heard) == sorted(epochs + again)


def test_every_stage_that_a_table_can_have_is_among_these():
    of_tables = [stage for stage in LABELS if stage != 'painter']
    assert {stage for stages in STAGES.values() for stage in stages} == {*of_tables}
    for stages in STAGES.values():
        assert stages == [stage for stage in LABELS if stage in stages]


def test_a_checkpoint_costs_nothing_of_the_result(tmp_path):
    assert same(fitted(checkpoint_dir=tmp_path), fitted())
    assert os.listdir(tmp_path) == []


def interrupt(folder, **parameters):
    with plugged_in(Interrupter(('decoder', 1))), pytest.raises(KeyboardInterrupt):
        fitted(checkpoint_dir=folder, **parameters)


def test_a_fresh_seed_is_kept_by_the_fit_that_was_begun_with_it(tmp_path):
    interrupt(tmp_path, random_state=None)
    seed = torch.load(tmp_path / 'fair4free-fit.pt', weights_only=True)['seed']
    resumed = fitted(checkpoint_dir=tmp_path, random_state=None)
    assert same(resumed, fitted(random_state=seed))
    assert not same(resumed, fitted(checkpoint_dir=tmp_path, random_state=None))


@pytest.mark.parametrize(
    ('parameters', 'named'),
    [
        ({'random_state': 1}, 'differs in random_state'),
        ({'random_state': None}, 'differs in random_state'),
        ({'epochs': 2}, 'differs in teacher, student'),
        ({'distillation': None}, 'differs in distillation'),
        ({'fairness_scope': 'all'}, 'differs in the columns'),
        ({'sensitive_columns': ['sex', 'grade']}, 'differs in the rows, the columns'),
    ],
)
def test_the_checkpoint_of_another_fit_is_refused_before_training(tmp_path, parameters, named):
    interrupt(tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    synthesizer = tiny_synthesizer(**parameters, checkpoint_dir=str(tmp_path))
    with plugged_in(Interrupter()) as plugin, pytest.raises(SynthesizerInputError) as caught:
        synthesizer.fit({'hiring': hiring_table(ROWS)})
    assert plugin.heard == []
    assert named in str(caught.value)
    assert 'name another checkpoint_dir' in str(caught.value)
    assert before == {path.name: path.read_bytes() for path in tmp_path.iterdir()}


def test_other_rows_are_another_fit_and_sampling_settings_are_not(tmp_path):
    interrupt(tmp_path)
    other = tiny_synthesizer(checkpoint_dir=tmp_path)
    with pytest.raises(SynthesizerInputError, match='differs in the rows'):
        other.fit({'hiring': hiring_table(ROWS)[::-1]})
    assert fitted(checkpoint_dir=tmp_path, fairness_strength=0.3).fairness_strength == 0.3
    assert os.listdir(tmp_path) == []


def test_distilling_anew_writes_no_checkpoint(tmp_path):
    synthesizer = fitted(checkpoint_dir=tmp_path)
    with plugged_in(Interrupter(('student', 1))), pytest.raises(KeyboardInterrupt):
        synthesizer.distill()
    assert os.listdir(tmp_path) == []
    assert same(synthesizer, fitted())


@pytest.mark.parametrize(
    ('folder', 'problem'),
    [
        (5, 'checkpoint_dir=5 must be the path of a folder, or None'),
        ('', "checkpoint_dir='' must be the path of a folder, or None"),
        (b'there', "checkpoint_dir=b'there' must be the path of a folder, or None"),
        (Path(__file__), 'is a file; name a folder'),
    ],
)
def test_a_folder_that_is_none_is_refused_with_all_other_problems(folder, problem):
    with pytest.raises(SynthesizerInputError, match='2 problems') as caught:
        tiny_synthesizer(checkpoint_dir=folder, epochs=0)
    assert problem in str(caught.value)


def test_the_folder_is_a_parameter_that_is_never_handed_over(tmp_path):
    folder = tmp_path / 'of-the-owner'
    synthesizer = fitted(checkpoint_dir=folder)
    assert synthesizer.get_parameters()['checkpoint_dir'] == folder
    for export, opened in (
        (synthesizer.export_teacher, Fair4FreeSynthesizer.from_teacher),
        (synthesizer.export, Fair4FreeSynthesizer.from_student),
    ):
        path = tmp_path / 'handed-over'
        export(path)
        assert b'of-the-owner' not in path.read_bytes()
        assert b'checkpoint_dir' not in path.read_bytes()
        assert opened(path).get_parameters()['checkpoint_dir'] is None
        path.unlink()


SCRIPT = """
    import signal
    import sys
    import pandas as pd
    from tiny import TINY, tiny_synthesizer, plugged_in
    from conftest import hiring_table, sample_hiring
    from sdv_fair4free import StudentConfig
    from sdv_fair4free.plugins import hookimpl

    class Teller:
        @hookimpl
        def on_epoch_end(self, stage, epoch, losses):
            print(stage, epoch, flush=True)

    signal.signal(signal.SIGINT, signal.default_int_handler)  # where the tests ignore it
    folder, output = sys.argv[1:]
    synthesizer = tiny_synthesizer(
        checkpoint_dir=folder or None, student=StudentConfig(training=TINY, pool=1024), epochs=40
    )
    with plugged_in(Teller()):
        synthesizer.fit({'hiring': hiring_table(300)})
    synthesizer.get_loss_values().to_pickle(output + '.losses')
    sample_hiring(synthesizer, 200).to_pickle(output + '.rows')
"""


@pytest.mark.slow
def test_a_process_stopped_by_ctrl_c_is_gone_on_with_in_another(tmp_path):
    script, tests = tmp_path / 'fit.py', Path(__file__).parents[1]
    script.write_text(textwrap.dedent(SCRIPT))
    settings = {**os.environ, 'PYTHONPATH': os.pathsep.join([str(tests.parent), str(tests)])}
    folder = tmp_path / 'checkpoints'

    def started(*arguments):
        return subprocess.Popen(
            [sys.executable, str(script), *map(str, arguments)],
            env=settings,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    first = started(folder, tmp_path / 'first')
    for line in first.stdout:
        if line == 'decoder 3\n':
            first.send_signal(signal.SIGINT)
            break
    said, complaint = first.communicate(timeout=120)
    assert first.returncode != 0
    assert complaint.rstrip().endswith('KeyboardInterrupt')
    assert 'student' not in said  # it was in the middle of the teacher
    assert {'fair4free-stage-1.pt', 'fair4free-stage-2.pt'} <= set(os.listdir(folder))
    heard = {}
    for name, place in (('resumed', folder), ('whole', '')):
        process = started(place, tmp_path / name)
        said, complaint = process.communicate(timeout=300)
        assert process.returncode == 0, complaint
        heard[name] = said.splitlines()
    assert os.listdir(folder) == []
    assert heard['resumed'][0].startswith('decoder ')
    assert heard['whole'][-len(heard['resumed']) :] == heard['resumed']
    for part in ('losses', 'rows'):
        resumed, whole = (pd.read_pickle(tmp_path / f'{name}.{part}') for name in heard)
        assert resumed.equals(whole)


@pytest.mark.gpu
def test_a_fit_on_a_gpu_goes_on_too(tmp_path):
    if not (torch.cuda.is_available() or torch.backends.mps.is_available()):
        pytest.skip('no GPU here')
    with plugged_in(Interrupter(('representation', 1), ('decoder', 1), ('student', 1))) as plugin:
        for _ in range(3):
            with pytest.raises(KeyboardInterrupt):
                fitted(enable_gpu=True, checkpoint_dir=tmp_path)
        resumed = fitted(enable_gpu=True, checkpoint_dir=tmp_path)
    assert plugin.heard.count(('representation', 0)) == 1
    assert len(sample_hiring(resumed, 50)) == 50
    assert os.listdir(tmp_path) == []


def test_what_was_interrupted_says_that_it_is_not_fitted(tmp_path):
    synthesizer = tiny_synthesizer(checkpoint_dir=tmp_path)
    with plugged_in(Interrupter(('student', 1))), pytest.raises(KeyboardInterrupt):
        synthesizer.fit({'hiring': hiring_table(ROWS)})
    with pytest.raises(SamplingError, match='has not been fitted'):
        synthesizer.sample(5)
    synthesizer.fit({'hiring': hiring_table(ROWS)})  # the same object may go on as well
    assert same(synthesizer, fitted())
