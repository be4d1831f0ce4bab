"""A log of runs in the files of MLflow's file store, written without MLflow.

::

    EXPERIMENT/meta.yaml
    EXPERIMENT/RUN/meta.yaml       when the run began and ended, and how it stands
    EXPERIMENT/RUN/metrics/NAME    a line for each epoch: time, value, step
    EXPERIMENT/RUN/params/NAME     a value
    EXPERIMENT/RUN/tags/NAME       a value
"""

import json
import os
import time
import uuid
from pathlib import Path
from typing import Any

from sdv_fair4free.plugins import hookimpl

FOLDER = 'FAIR4FREE_RUNS'
"""The environment variable that says where to; unset, nothing is written."""

EXPERIMENT = 'sdv-fair4free'
"""Name and id of the experiment that all runs belong to."""

RUNNING, FINISHED = 1, 3
"""MLflow's numbers. Whether a stage ended well its end does not tell, so none is called failed."""

_PARTS = ('metrics', 'params', 'tags', 'artifacts')


class RunLog:
    """One run for each stage of each fit."""

    def __init__(self) -> None:
        self._run: Path | None = None
        self._about: dict[str, Any] = {}

    @hookimpl
    def on_fit_start(self, stage, epochs):
        """Open a run for the stage."""
        place = os.environ.get(FOLDER)
        self._run = None
        if not place:
            return
        experiment = _experiment_in(Path(place).resolve())
        name = uuid.uuid4().hex
        run = experiment / name
        for part in _PARTS:
            (run / part).mkdir(parents=True)
        self._run, self._about = run, _about_run(run, stage)
        _write_yaml(run / 'meta.yaml', self._about)
        told = {
            'params/stage': stage,
            'params/epochs': str(epochs),
            'tags/mlflow.runName': self._about['run_name'],
        }
        for where, value in told.items():
            (run / where).write_text(value, encoding='utf-8')

    @hookimpl
    def on_epoch_end(self, stage, epoch, losses):
        """Note every term of the held-out loss. Returning True would end the stage."""
        if self._run is not None:
            now = _milliseconds()
            for term, value in losses.items():
                with (self._run / 'metrics' / term.replace(' ', '-')).open(
                    'a', encoding='utf-8'
                ) as written:
                    written.write(f'{now} {value} {epoch}\n')

    @hookimpl
    def on_fit_end(self, stage):
        """Say that it is over."""
        if self._run is not None:
            ended = {'end_time': _milliseconds(), 'status': FINISHED}
            _write_yaml(self._run / 'meta.yaml', {**self._about, **ended})


def _experiment_in(root: Path) -> Path:
    """The folder of the experiment; made, and described, by whoever comes first."""
    folder = root / EXPERIMENT
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / 'meta.yaml').exists():
        now = _milliseconds()
        about = {
            'artifact_location': folder.as_uri(),
            'creation_time': now,
            'experiment_id': EXPERIMENT,
            'last_update_time': now,
            'lifecycle_stage': 'active',
            'name': EXPERIMENT,
        }
        _write_yaml(folder / 'meta.yaml', about)
    return folder


def _about_run(run: Path, stage: str) -> dict[str, Any]:
    """What MLflow asks of a run that is under way."""
    return {
        'artifact_uri': (run / 'artifacts').as_uri(),
        'end_time': None,
        'entry_point_name': '',
        'experiment_id': EXPERIMENT,
        'lifecycle_stage': 'active',
        'run_id': run.name,
        'run_name': f'{stage.replace(" ", "-")}-{run.name[:8]}',
        'run_uuid': run.name,  # what versions before 3 call it
        'source_name': '',
        'source_type': 4,  # a script on this machine
        'source_version': '',
        'start_time': _milliseconds(),
        'status': RUNNING,
        'tags': [],
        'user_id': '',  # of nobody's concern
    }


def _write_yaml(path: Path, values: dict[str, Any]) -> None:
    """Write a flat mapping. JSON's texts, numbers, lists and null are YAML's as well.

    Nobody meets half a file: it is moved into place when it is whole.
    """
    unfinished = path.with_name(f'{path.name}.{uuid.uuid4().hex}')
    lines = [f'{name}: {json.dumps(value)}\n' for name, value in values.items()]
    unfinished.write_text(''.join(lines), encoding='utf-8')
    unfinished.replace(path)


def _milliseconds() -> int:
    return int(time.time() * 1000)
