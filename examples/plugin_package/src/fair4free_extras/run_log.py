"""A log of runs in files as MLflow keeps them: ``metrics/NAME``, lines of time, value and step."""

import os
import time
import uuid
from pathlib import Path

from sdv_fair4free.plugins import hookimpl

FOLDER = 'FAIR4FREE_RUNS'
"""The environment variable that says where to; unset, nothing is written."""


class RunLog:
    """One folder for each stage of each fit."""

    def __init__(self) -> None:
        self._run: Path | None = None

    @hookimpl
    def on_fit_start(self, stage, epochs):
        """Open a folder for the stage."""
        place = os.environ.get(FOLDER)
        self._run = None
        if place:
            self._run = Path(place) / f'{stage.replace(" ", "-")}-{uuid.uuid4().hex[:8]}'
            (self._run / 'metrics').mkdir(parents=True)
            (self._run / 'params').mkdir()
            (self._run / 'params' / 'stage').write_text(stage)
            (self._run / 'params' / 'epochs').write_text(str(epochs))

    @hookimpl
    def on_epoch_end(self, stage, epoch, losses):
        """Note every term of the held-out loss. Returning True would end the stage."""
        if self._run is not None:
            now = int(time.time() * 1000)
            for term, value in losses.items():
                with (self._run / 'metrics' / term.replace(' ', '-')).open('a') as written:
                    written.write(f'{now} {value} {epoch}\n')

    @hookimpl
    def on_fit_end(self, stage):
        """Say that it is over, well or not."""
        if self._run is not None:
            (self._run / 'params' / 'status').write_text('ENDED')
