"""What the door for plug-ins lets in, and what it says of what it does not."""

import pytest
from plugged import answering, square_of_means
from tiny import plugged_in

from sdv_fair4free.codecs import ColumnCodec
from sdv_fair4free.command import main
from sdv_fair4free.core.criteria import Criterion
from sdv_fair4free.metrics.audit import METRICS
from sdv_fair4free.metrics.catalogue import FairnessFigure
from sdv_fair4free.plugins import PluginError, hookimpl, manager, names_of, provided
from sdv_fair4free.plugins.hooks import QUESTIONS
from sdv_fair4free.plugins.registry import Manager
from sdv_fair4free.reports.sections import ReportSection


def test_what_is_built_in_comes_through_the_same_door():
    for question in QUESTIONS:
        assert provided(question)
        assert all(entry.built_in for entry in provided(question).values())
    assert names_of('fairness_metrics') == list(METRICS)


@pytest.mark.parametrize('question', QUESTIONS)
def test_two_plugins_with_one_name_are_both_named(question):
    (taken, *_) = names_of(question)
    thing = provided(question)[taken].thing
    with (
        plugged_in(answering(question, {taken: thing})),
        pytest.raises(PluginError, match=f"'built in' and 'Answering' both provide '{taken}'"),
    ):
        provided(question)


@pytest.mark.parametrize('question', QUESTIONS)
@pytest.mark.parametrize('answer', [[1], 7, {1: print}, {'x': 7}])
def test_an_answer_of_another_kind_is_refused(question, answer):
    with (
        plugged_in(answering(question, answer)),
        pytest.raises(PluginError, match="plug-in 'Answering'") as caught,
    ):
        provided(question)
    assert question in str(caught.value)


def test_a_hook_that_fails_is_named():
    class Failing:
        @hookimpl
        def dependence_penalties(self):
            raise KeyError('lost')

    with (
        plugged_in(Failing()),
        pytest.raises(
            PluginError, match=r"'Failing' failed in dependence_penalties.*'lost'"
        ) as hit,
    ):
        provided('dependence_penalties')
    assert isinstance(hit.value.__cause__, KeyError)


def test_wrong_arguments_and_unknown_hooks_are_refused_and_leave_nothing_behind():
    class Wrong:
        @hookimpl
        def on_epoch_end(self, stage, epoch, loss):
            """The argument is called losses."""

    class Unknown:
        @hookimpl
        def on_epoch_over(self):
            """There is no such hook."""

    for plugin, named in ((Wrong(), 'loss'), (Unknown(), 'on_epoch_over')):
        before = manager().get_plugins()
        with pytest.raises(PluginError, match=type(plugin).__name__) as caught:
            manager().register(plugin)
        assert named in str(caught.value)
        assert 'on_epoch_end' in str(caught.value)
        assert manager().get_plugins() == before
        names_of('fairness_criteria')


def test_a_plugin_is_registered_once_and_as_an_instance():
    class Diary:
        @hookimpl
        def on_fit_end(self, stage):
            """Hear."""

    diary = Diary()
    with plugged_in(diary):
        with pytest.raises(PluginError, match=r"'Diary' of .* is registered already"):
            manager().register(diary)
        with pytest.raises(PluginError, match=r"'Diary' of .* is registered already"):
            manager().register(Diary())
        manager().register(Diary(), name='second')
        manager().unregister(name='second')
    with pytest.raises(PluginError, match='is a class: register an instance'):
        manager().register(Diary)
    assert not manager().is_registered(diary)


def test_whoever_registers_twice_is_told_how_to_leave_the_first_out():
    class Diary:
        @hookimpl
        def on_fit_end(self, stage):
            """Hear."""

    first, again = Diary(), Diary()
    with plugged_in(first):
        with pytest.raises(PluginError, match=r"manager\(\)\.unregister\(name='Diary'\)"):
            manager().register(again)
        with pytest.raises(PluginError, match="registered already, as 'Diary' from"):
            manager().register(first, name='other')
        with pytest.raises(PluginError, match=r"not registered as a plug-in\. .*'Diary'"):
            manager().unregister(again)
        assert manager().unregister(name='Diary') is first
        manager().register(again)
        manager().unregister(again)
        manager().register(first)
    with pytest.raises(PluginError, match="'nobody' is not registered"):
        manager().unregister(name='nobody')
    with pytest.raises(PluginError, match='stays'):
        manager().unregister(name='built in')
    assert names_of('fairness_criteria')


def test_a_blocked_plugin_is_told_that_it_is():
    class Diary:
        @hookimpl
        def on_fit_end(self, stage):
            """Hear."""

    of_its_own = Manager()
    of_its_own.register(Diary())
    of_its_own.set_blocked('Diary')
    assert not of_its_own.has_plugin('Diary')
    of_its_own.set_blocked('Nobody')
    of_its_own.set_blocked('Nobody')
    for called in ('Diary', 'Nobody'):
        with pytest.raises(PluginError, match=rf"kept out, by set_blocked\('{called}'\)"):
            of_its_own.register(Diary(), name=called)


def test_an_object_that_cannot_be_asked_for_its_name_is_refused():
    class Closed:
        def __getattr__(self, name):
            raise RuntimeError('shut')

    with pytest.raises(PluginError, match='a Closed cannot be registered: RuntimeError: shut'):
        manager().register(Closed())


def test_a_thing_without_a_name_is_refused():
    with plugged_in(answering('dependence_penalties', {' ': square_of_means})):
        with pytest.raises(PluginError, match=r"'Answering' .* without a name"):
            names_of('dependence_penalties')
        with pytest.raises(PluginError, match='without a name'):
            provided('dependence_penalties')


@pytest.mark.parametrize(
    'wrong',
    [
        lambda: ColumnCodec(sdtypes='numerical', make=print),
        lambda: Criterion(balanced='no', masks=print),
        lambda: ReportSection(heading='A', place='first', build=print),
        lambda: ReportSection(heading='A', place=float('nan'), build=print),
        lambda: ReportSection(heading='A', place=float('inf'), build=print),
        lambda: FairnessFigure(topic='Error Parity', compute=print, best='a', definition='A.'),
    ],
)
def test_what_a_plugin_is_made_of_is_looked_at(wrong):
    with pytest.raises(ValueError, match='must be'):
        wrong()


def test_orders_and_wrappers_are_refused():
    class First:
        @hookimpl(tryfirst=True)
        def on_fit_end(self, stage):
            """Wants to hear before others."""

    class Around:
        @hookimpl(wrapper=True)
        def dependence_penalties(self):
            return (yield)

    for plugin in (First(), Around()):
        with pytest.raises(PluginError, match='each plug-in is asked by itself'):
            manager().register(plugin)
        assert not manager().is_registered(plugin)


def test_a_plugin_that_falls_apart_when_looked_at_leaves_nothing_behind():
    class Cracked:
        @property
        def on_fit_end(self):
            raise KeyError('cracked')

    before = manager().get_plugins()
    with pytest.raises(PluginError, match="'Cracked'"):
        manager().register(Cracked())
    assert manager().get_plugins() == before
    assert main(['plugins', '--json']) == 0
