"""What those hear who watch training, and what they may answer."""

import re
from pathlib import Path

import numpy as np
import pytest
from conftest import hiring_table
from tiny import plugged_in, tiny_synthesizer

from sdv_fair4free.plugins import PluginError, hookimpl
from sdv_fair4free.plugins.callbacks import PluginCallbacks
from sdv_fair4free.plugins.hooks import Hooks
from sdv_fair4free.progress import LABELS


def watching(name, function):
    return type(name, (), {'on_epoch_end': hookimpl(function)})()


def heard(losses):
    return PluginCallbacks().on_epoch_end('decoder', 0, losses)


def test_each_plugin_has_losses_of_its_own():
    seen = []

    def emptying(self, losses):
        seen.append(losses.pop('total'))
        losses.clear()

    losses = {'columns': 1.0, 'total': 2.0}
    with plugged_in(watching('First', emptying)), plugged_in(watching('Second', emptying)):
        assert not heard(losses)
    assert seen == [2.0, 2.0]
    assert losses == {'columns': 1.0, 'total': 2.0}


@pytest.mark.parametrize(
    ('answer', 'stops'), [(None, False), (False, False), (True, True), (np.bool_(True), True)]
)
def test_true_alone_stops(answer, stops):
    with plugged_in(watching('Watching', lambda self, epoch: answer)):
        assert heard({'total': 1.0}) is stops


REFUSED = r"plug-in 'Watching' answers on_epoch_end with .*it must be None, True or False"


@pytest.mark.parametrize('answer', ['go on', 0, np.array([True, False]), {'stop': False}])
def test_any_other_answer_is_refused_by_name(answer):
    with (
        plugged_in(watching('Watching', lambda self, epoch: answer)),
        pytest.raises(PluginError, match=REFUSED),
    ):
        heard({'total': 1.0})


def test_a_coroutine_is_no_wish_to_stop():
    async def later():
        return False

    answer = later()
    with (
        plugged_in(watching('Watching', lambda self, epoch: answer)),
        pytest.raises(PluginError, match=REFUSED),
    ):
        heard({'total': 1.0})
    answer.close()


def test_the_stages_that_may_come_are_named_in_their_order_wherever_they_are_described():
    described = Hooks.on_fit_start.__doc__
    assert re.findall("'([a-z ]+)'", described) == [*LABELS]
    page = (Path(__file__).parents[3] / 'docs' / 'plug-ins.md').read_text(encoding='utf-8')
    table = page.partition('| stage | what is trained |')[2].partition('\n\n')[0]
    assert re.findall('^[|] `([a-z ]+)`', table, re.MULTILINE) == [*LABELS]


@pytest.mark.parametrize(
    ('settings', 'stages'),
    [
        ({}, ['representation', 'decoder', 'student']),
        (
            {'fairness_criterion': 'equalized_odds'},
            ['representation', 'columns hidden', 'observed latent', 'decoder', 'student'],
        ),
        (
            {'fairness_criterion': 'equalized_odds', 'sensitive_columns': 'skill'},
            ['balance', 'representation', 'transport', 'observed latent', 'decoder', 'student'],
        ),
    ],
)
def test_stages_of_tables_come_in_the_order_that_is_described(settings, stages):
    began, ended = [], []

    class Hearing:
        @hookimpl
        def on_fit_start(self, stage):
            began.append(stage)

        @hookimpl
        def on_fit_end(self, stage):
            ended.append(stage)

    with plugged_in(Hearing()):
        tiny_synthesizer(**settings).fit({'hiring': hiring_table(400, seed=1)})
    assert began == ended == stages == [stage for stage in LABELS if stage in stages]
