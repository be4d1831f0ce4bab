"""The log of runs in the example of a plug-in package is laid out as MLflow's file store."""

import importlib.util
import re
from pathlib import Path

import pytest

yaml = pytest.importorskip('yaml')

SOURCE = Path(__file__).parents[2] / 'examples/plugin_package/src/fair4free_extras/run_log.py'
OF_AN_EXPERIMENT = {'artifact_location', 'experiment_id', 'lifecycle_stage', 'name'}
OF_A_RUN = {
    'artifact_uri',
    'end_time',
    'experiment_id',
    'lifecycle_stage',
    'run_id',
    'run_name',
    'run_uuid',
    'start_time',
    'status',
    'user_id',
}


@pytest.fixture
def run_log():
    spec = importlib.util.spec_from_file_location('run_log_of_the_example', SOURCE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def root(tmp_path, monkeypatch, run_log):
    root = tmp_path / 'my runs'
    monkeypatch.setenv(run_log.FOLDER, str(root))
    return root


def logged(log, stage='decoder', ended=True):
    log.on_fit_start(stage=stage, epochs=5)
    log.on_epoch_end(stage=stage, epoch=0, losses={'total': 2.5, 'held out': 1.0})
    log.on_epoch_end(stage=stage, epoch=1, losses={'total': 1.5, 'held out': 0.5})
    if ended:
        log.on_fit_end(stage=stage)


def described(folder):
    return yaml.safe_load((folder / 'meta.yaml').read_text(encoding='utf-8'))


def runs_of(experiment):
    return [folder for folder in experiment.iterdir() if folder.is_dir()]


def test_the_experiment_lies_in_a_folder_of_its_id_that_says_what_mlflow_asks(root, run_log):
    logged(run_log.RunLog())
    (experiment,) = root.iterdir()
    about = described(experiment)
    assert about.keys() >= OF_AN_EXPERIMENT
    assert about['experiment_id'] == experiment.name
    assert re.fullmatch(r'[a-zA-Z0-9][\w-]{0,63}', experiment.name)
    assert about['lifecycle_stage'] == 'active'
    assert about['artifact_location'] == experiment.as_uri()


def test_a_run_lies_in_a_folder_of_its_id_that_says_what_mlflow_asks(root, run_log):
    logged(run_log.RunLog())
    (run,) = runs_of(root / run_log.EXPERIMENT)
    about = described(run)
    assert about.keys() >= OF_A_RUN
    assert about['run_id'] == about['run_uuid'] == run.name
    assert re.fullmatch('[0-9a-f]{32}', run.name)
    assert about['experiment_id'] == run_log.EXPERIMENT
    assert about['status'] == run_log.FINISHED
    assert about['start_time'] <= about['end_time']
    assert about['artifact_uri'] == (run / 'artifacts').as_uri()
    assert {part.name for part in run.iterdir() if part.is_dir()} == {
        'artifacts',
        'metrics',
        'params',
        'tags',
    }


def test_each_figure_is_lines_of_time_value_and_step(root, run_log):
    logged(run_log.RunLog())
    (run,) = runs_of(root / run_log.EXPERIMENT)
    started = described(run)['start_time']
    for name, values in {'total': [2.5, 1.5], 'held-out': [1.0, 0.5]}.items():
        lines = [line.split(' ') for line in (run / 'metrics' / name).read_text().splitlines()]
        assert [float(value) for _, value, _ in lines] == values
        assert [int(step) for *_, step in lines] == [0, 1]
        assert all(int(moment) >= started for moment, *_ in lines)
    assert (run / 'params' / 'stage').read_text() == 'decoder'
    assert (run / 'params' / 'epochs').read_text() == '5'
    assert (run / 'tags' / 'mlflow.runName').read_text() == described(run)['run_name']


def test_a_stage_that_has_not_ended_is_running(root, run_log):
    logged(run_log.RunLog(), ended=False)
    (run,) = runs_of(root / run_log.EXPERIMENT)
    assert described(run)['status'] == run_log.RUNNING
    assert described(run)['end_time'] is None


def test_runs_of_several_fits_are_of_one_experiment_and_keep_apart(root, run_log):
    for log in (run_log.RunLog(), run_log.RunLog()):
        for stage in ('decoder', 'student'):
            logged(log, stage)
    (experiment,) = root.iterdir()
    stages = [(run / 'params' / 'stage').read_text() for run in runs_of(experiment)]
    assert sorted(stages) == ['decoder', 'decoder', 'student', 'student']
    assert {path.name for path in experiment.iterdir() if path.is_file()} == {'meta.yaml'}


def test_without_the_variable_nothing_is_written(tmp_path, monkeypatch, run_log):
    monkeypatch.delenv(run_log.FOLDER, raising=False)
    monkeypatch.chdir(tmp_path)
    logged(run_log.RunLog())
    assert not [*tmp_path.iterdir()]
