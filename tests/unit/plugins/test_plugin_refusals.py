"""Plug-ins that would do nothing, or do it otherwise than meant, are refused when registered."""

import functools
import types

import pluggy
import pytest
from plugged import answering
from tiny import plugged_in

from sdv_fair4free.codecs import ColumnCodec, codec_for
from sdv_fair4free.core.training import Callback
from sdv_fair4free.plugins import PluginError, hookimpl, manager, provided

foreign = pluggy.HookimplMarker('sdv-fair4free')


def refused(plugin):
    """What is said of a plug-in that leaves nothing behind."""
    before = manager().get_plugins()
    with pytest.raises(PluginError, match=f"plug-in '{type(plugin).__name__}' of ") as caught:
        manager().register(plugin)
    assert manager().get_plugins() == before
    return str(caught.value)


class Unmarked:
    def on_epoch_end(self, stage, epoch, losses):
        return True


class HalfMarked:
    @hookimpl
    def on_fit_start(self, stage, epochs):
        """Hear."""

    def on_fit_end(self, stage):
        """Would hear, if it were marked."""


class MarkedForOthers:
    @foreign
    def dependence_penalties(self):
        return {}


class Inheriting(Unmarked):
    @hookimpl
    def on_fit_start(self, stage, epochs):
        """Hear."""


class WithProperty:
    @property
    def on_fit_end(self):
        return lambda stage: None


class WithPartial:
    on_fit_end = hookimpl(functools.partial(print, 'the end'))

    def __init__(self):
        self.on_fit_start = functools.partial(print, 'the start')


class Empty:
    """Answers nothing."""


@pytest.mark.parametrize(
    ('plugin', 'told'),
    [
        (Unmarked(), 'on_epoch_end is not marked'),
        (HalfMarked(), 'on_fit_end is not marked'),
        (
            MarkedForOthers(),
            "dependence_penalties is marked for the project 'sdv-fair4free', not for "
            "'sdv_fair4free'",
        ),
        (Inheriting(), 'on_epoch_end is not marked'),
        (WithProperty(), 'on_fit_end is a property, and only functions are asked'),
        (WithPartial(), 'on_fit_start is a partial, and only functions are asked; on_fit_end is a'),
        (Empty(), 'it answers none of the hooks'),
    ],
)
def test_a_plugin_that_would_not_be_asked_is_told_what_to_mark(plugin, told):
    said = refused(plugin)
    assert told in said
    assert 'mark its functions with sdv_fair4free.plugins.hookimpl' in said


def test_what_a_plugin_has_inherited_or_imported_need_not_be_marked():
    class Hears(Callback):
        @hookimpl
        def on_epoch_end(self, stage, epoch, losses):
            """Hear; start and end are those of the base, which do nothing."""

    module = types.ModuleType('imports')
    module.on_fit_end = hookimpl(types.FunctionType((lambda stage: None).__code__, {}))
    module.on_fit_start = Unmarked.on_epoch_end  # of another module
    for plugin in (Hears(), module):
        with plugged_in(plugin):
            assert manager().is_registered(plugin)


def test_a_function_may_answer_a_hook_of_another_name():
    class Renamed:
        @hookimpl(specname='on_fit_start')
        def on_fit_end(self, stage):
            """Hear of the start."""

    with plugged_in(Renamed()):
        assert not manager().hook.on_fit_end.get_hookimpls()
        assert len(manager().hook.on_fit_start.get_hookimpls()) == 1


@pytest.mark.parametrize('name', ['on_fit_end', 'on_fit_ended'])
def test_a_hook_that_need_not_be_there_is_refused(name):
    def hears(self, stage):
        """Would hear nothing where the name is misspelt."""

    well = {'dependence_penalties': hookimpl(lambda self: {})}
    said = refused(type('Optional', (), {**well, name: hookimpl(optionalhook=True)(hears)})())
    assert f'{name} is marked with optionalhook' in said


def test_partials_of_a_module_are_refused():
    module = types.ModuleType('partials')
    module.on_fit_end = functools.partial(print)
    with pytest.raises(PluginError, match='on_fit_end is a partial'):
        manager().register(module)


def keyword_only(self, *, stage):
    """Would fail when it is asked."""


def defaulted(self, stage=None):
    """Would always hear None."""


def starred(self, *told):
    """Would hear nothing."""


def double_starred(self, **told):
    """Would hear nothing."""


async def awaited(self, stage):
    """Would never run."""


def yielding(self, stage):
    """Would never run."""
    yield


@pytest.mark.parametrize(
    ('function', 'told'),
    [
        (keyword_only, 'on_fit_end has the parameters stage, which hear nothing'),
        (defaulted, 'on_fit_end has the parameters stage=None, which hear nothing'),
        (starred, r'on_fit_end has the parameters \*told, which hear nothing'),
        (double_starred, r'on_fit_end has the parameters \*\*told, which hear nothing'),
        (awaited, "on_fit_end is declared with 'async def'"),
        (yielding, 'on_fit_end yields'),
    ],
)
def test_functions_that_would_hear_nothing_are_refused(function, told):
    plugin = type('Deaf', (), {'on_fit_end': hookimpl(function)})()
    with pytest.raises(PluginError, match=f"'Deaf' of .*{told}"):
        manager().register(plugin)
    assert not manager().is_registered(plugin)


def test_a_function_may_hear_less_than_it_could_and_be_wrapped():
    heard = []

    def telling(function):
        @functools.wraps(function)
        def told(*args):
            return function(*args)

        return told

    class Wrapped:
        @hookimpl
        @telling
        def on_epoch_end(self, losses):
            heard.append(losses)

    with plugged_in(Wrapped()):
        from sdv_fair4free.plugins.callbacks import PluginCallbacks

        assert not PluginCallbacks().on_epoch_end('decoder', 0, {'total': 1.0})
    assert heard == [{'total': 1.0}]


class Unspeakable:
    def __repr__(self):
        raise KeyError('no words')


@pytest.mark.parametrize('answer', [Unspeakable(), {'x': Unspeakable()}, [Unspeakable()]])
def test_an_answer_that_cannot_be_shown_is_refused_by_name(answer):
    with (
        plugged_in(answering('dependence_penalties', answer)),
        pytest.raises(PluginError, match=r"plug-in 'Answering'.*Unspeakable instance"),
    ):
        provided('dependence_penalties')


def test_a_codec_that_makes_what_cannot_be_shown_is_named():
    codec = ColumnCodec(sdtypes=('text',), make=lambda name, described: Unspeakable())
    with (
        plugged_in(answering('column_codecs', {'odd': codec})),
        pytest.raises(PluginError, match=r"'Answering' has codec 'odd' make <Unspeakable instance"),
    ):
        codec_for('remark', {'sdtype': 'text'})


def test_an_error_that_cannot_be_told_is_named_all_the_same():
    class MuteError(Exception):
        def __str__(self):
            raise KeyError('mute')

    class Failing:
        @hookimpl
        def dependence_penalties(self):
            raise MuteError

    with (
        plugged_in(Failing()),
        pytest.raises(PluginError, match=r"'Failing' failed in dependence_penalties: MuteError"),
    ):
        provided('dependence_penalties')


def test_a_hook_that_exits_is_named():
    class Exiting:
        @hookimpl
        def dependence_penalties(self):
            raise SystemExit(1)

    with (
        plugged_in(Exiting()),
        pytest.raises(PluginError, match=r"'Exiting' failed in dependence_penalties: SystemExit"),
    ):
        provided('dependence_penalties')


def test_a_method_without_self_is_refused():
    class Selfless:
        @hookimpl
        def on_epoch_end(stage, epoch, losses):  # noqa: N805
            return False

    class Static:
        @staticmethod
        @hookimpl
        def on_epoch_end(stage, epoch, losses):
            return False

    told = refused(Selfless())
    assert "on_epoch_end lacks 'self': its 'stage' would be the plug-in itself" in told
    with plugged_in(Static()):
        assert manager().has_plugin('Static')
