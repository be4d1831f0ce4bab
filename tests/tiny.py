"""Fits of a second or less, for tests of the life cycle; and plug-ins that interrupt them."""

from contextlib import contextmanager

import pandas as pd
from conftest import hiring_metadata, hiring_table, small_synthesizer
from sdv.metadata import Metadata

from sdv_fair4free import Fair4FreeSynthesizer, StudentConfig, TeacherConfig, TrainingConfig
from sdv_fair4free.plugins import hookimpl, manager

TINY = TrainingConfig(epochs=3, width=16, depth=1, batch_size=128, learning_rate=1e-2)


def tiny_synthesizer(metadata: Metadata | None = None, **parameters) -> Fair4FreeSynthesizer:
    settings = {
        'teacher': TeacherConfig(representation=TINY, decoder=TINY),
        'student': StudentConfig(training=TINY, pool=1024),
    }
    return small_synthesizer(metadata, **{**settings, **parameters})


def badge_table(rows: int = 300, seed: int = 0) -> pd.DataFrame:
    """The hiring table with all that is made up: a key of its own, regexes, personal data."""
    table = hiring_table(rows, seed)
    numbers = pd.Series(range(rows))
    return table.assign(
        code=numbers.map('KEY-{:04d}'.format),
        badge=numbers.map('B{:06d}'.format),
        phone='1',
        email=(numbers % 50).map('person{}@mail.example'.format).where(numbers % 4 > 0),
    )


def badge_metadata() -> Metadata:
    told = hiring_metadata().to_dict()
    table = told['tables']['hiring']
    table['columns'] |= {
        'code': {'sdtype': 'id', 'regex_format': '[A-Z]{3}-[0-9]{4}'},
        'badge': {'sdtype': 'id', 'regex_format': 'B[0-9]{6}'},
        'phone': {'sdtype': 'phone_number', 'pii': True},
        'email': {'sdtype': 'email', 'pii': True},
    }
    table['alternate_keys'] = ['code']
    return Metadata.load_from_dict(told)


class Interrupter:
    """Presses Ctrl-C at the first time that it hears of each of some epochs."""

    def __init__(self, *moments):
        self.moments, self.heard = list(moments), []

    @hookimpl
    def on_epoch_end(self, stage, epoch, losses):
        self.heard.append((stage, epoch))
        if (stage, epoch) in self.moments:
            self.moments.remove((stage, epoch))
            raise KeyboardInterrupt


@contextmanager
def plugged_in(plugin):
    manager().register(plugin)
    try:
        yield plugin
    finally:
        manager().unregister(plugin)
