"""Which plug-ins there are, and from where they come."""

from __future__ import annotations

import functools
import threading
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from typing import Any

import pluggy

from sdv_fair4free._version import __version__
from sdv_fair4free.plugins.built_in import BuiltIn
from sdv_fair4free.plugins.errors import PluginError
from sdv_fair4free.plugins.hooks import PROJECT, Hooks
from sdv_fair4free.plugins.signatures import signature_problem, unmarked
from sdv_fair4free.plugins.spoken import said, shown

BUILT_IN = 'built in'
"""Name of the plug-in that holds what this package has itself."""
HOOKS = tuple(name for name in vars(Hooks) if not name.startswith('_'))


class Manager(pluggy.PluginManager):
    """Pluggy's manager, which refuses what answers a question that nobody asks.

    Attributes:
        origins: From the name of a plug-in to the package or the module that it comes from.
    """

    def __init__(self) -> None:
        super().__init__(PROJECT)
        self.origins: dict[str, str] = {}
        self.add_hookspecs(Hooks)

    def register(self, plugin: Any, name: str | None = None, origin: str | None = None) -> str:
        """Take a plug-in in.

        Args:
            plugin: A module, or an object whose functions are marked with ``hookimpl``.
            name: What to call it; None for a name of its own.
            origin: Where it comes from; None for its module.

        Returns:
            Its name.

        Raises:
            PluginError: If it does not fit the hooks, is registered or blocked already, or its name
                is taken.
        """
        if isinstance(plugin, type):
            who = f"plug-in '{name}' of {origin}" if name and origin else plugin.__name__
            raise PluginError(
                f'{who} is a class: register an instance, {plugin.__name__}(), or name one in the '
                'entry point.'
            )
        try:
            called, origin = name or _called(plugin), origin or _module_of(plugin)
            known = called if self.has_plugin(called) else self.get_name(plugin)
        except Exception as error:  # of an object that cannot even be asked for its name
            raise PluginError(
                f'a {type(plugin).__name__} cannot be registered: {said(error)}'
            ) from error
        if known is not None:
            raise PluginError(
                f"plug-in '{called}' of {origin} is registered already, as '{known}' from "
                f'{self.origins[known]}. Leave that one out first, with '
                f"manager().unregister(name='{known}'); of two packages, uninstall one."
            )
        if self.is_blocked(called):
            raise PluginError(
                f"plug-in '{called}' of {origin} is kept out, by set_blocked('{called}')."
            )
        try:
            super().register(plugin, called)
            self.check_pending()  # of hooks that there are not
            self._refuse_optional(called)
            self._refuse_order(called)
            self._refuse_deaf(called)
            self._refuse_silent(called, plugin)
        except (Exception, SystemExit) as error:  # what a plug-in is made of may fail in any way
            if self.has_plugin(called):
                super().unregister(name=called)
            if isinstance(error, PluginError):
                raise
            told = str(error) if isinstance(error, pluggy.PluginValidationError) else said(error)
            raise PluginError(
                f"plug-in '{called}' of {origin} does not fit: {' '.join(told.split())}. "
                f'The hooks are {", ".join(HOOKS)}.'
            ) from error
        self.origins[called] = origin
        return called

    def unregister(self, plugin: Any = None, name: str | None = None) -> Any:
        """Leave a plug-in out again.

        Args:
            plugin: The plug-in itself; None where its name is given.
            name: Its name; None for that of ``plugin``.

        Returns:
            The plug-in.

        Raises:
            PluginError: If it is not registered, or built in.
        """
        called = name if name is not None else self.get_name(plugin)
        if called is None or not self.has_plugin(called):
            who = shown(plugin) if name is None else f"'{name}'"
            others = ', '.join(repr(known) for known in self.origins if known != BUILT_IN)
            raise PluginError(
                f'{who} is not registered as a plug-in. Registered are: {others or "none"}.'
            )
        if called == BUILT_IN:
            raise PluginError(f"'{BUILT_IN}' is what this package has itself, and stays.")
        left = super().unregister(name=called)
        for gone in [known for known in self.origins if not self.has_plugin(known)]:
            del self.origins[gone]
        return left

    def set_blocked(self, name: str) -> None:
        """Keep a plug-in out from now on, whether it is in or not.

        Args:
            name: Its name.
        """
        if self.is_blocked(name):
            return
        if not self.has_plugin(name):
            super().register(object(), name)  # pluggy leaves out what it blocks, and finds this
        super().set_blocked(name)

    def _refuse_optional(self, called: str) -> None:
        plugin = self.get_plugin(called)
        for hook in self.get_hookcallers(plugin) or ():
            if any(one.optionalhook for one in hook.get_hookimpls() if one.plugin is plugin):
                raise pluggy.PluginValidationError(
                    plugin,
                    f'{hook.name} is marked with optionalhook, with which a hook that there is not '
                    'would pass in silence; leave it out',
                )

    def _refuse_order(self, called: str) -> None:
        for hook, found in self._answers_of(called):
            asked = (found.hookwrapper, getattr(found, 'wrapper', False))
            if any((*asked, found.tryfirst, found.trylast)):
                raise pluggy.PluginValidationError(
                    found.plugin,
                    f'{hook} asks for an order or wraps others, but each plug-in is asked by '
                    'itself; leave out wrapper, hookwrapper, tryfirst and trylast',
                )

    def _refuse_deaf(self, called: str) -> None:
        problems = [
            signature_problem(hook, one.function, vars(Hooks)[hook])
            for hook, one in self._answers_of(called)
        ]
        if found := [problem for problem in problems if problem]:
            raise pluggy.PluginValidationError(self.get_plugin(called), '; '.join(found))

    def _refuse_silent(self, called: str, plugin: Any) -> None:
        answered = [hook for hook, _ in self._answers_of(called)]
        silent = unmarked(plugin, [hook for hook in HOOKS if hook not in answered])
        if silent or not answered:
            told = '; '.join(silent) or 'it answers none of the hooks'
            raise pluggy.PluginValidationError(
                plugin, f'{told}: mark its functions with sdv_fair4free.plugins.hookimpl'
            )

    def _answers_of(self, called: str) -> list[tuple[str, Any]]:
        """By hook the functions of a plug-in."""
        return [
            (hook, found)
            for hook in HOOKS
            for found in getattr(self.hook, hook).get_hookimpls()
            if found.plugin_name == called
        ]


def _called(plugin: Any) -> str:
    return str(getattr(plugin, '__name__', None) or type(plugin).__name__)


def _module_of(plugin: Any) -> str:
    named = getattr(plugin, '__name__', None)
    return str(named or type(plugin).__module__)


@dataclass(frozen=True, kw_only=True)
class Loaded:
    """The plug-ins of this process, and those that cannot be.

    Attributes:
        manager: With all that are well.
        broken: Why others are not among them.
    """

    manager: Manager
    broken: tuple[str, ...]


_lock = threading.RLock()
_being_loaded: list[EntryPoint] = []
"""The one whose package is imported at this moment, by the thread that holds the lock."""


def loaded() -> Loaded:
    """What is built in, then the plug-ins of the packages that are installed.

    Raises:
        PluginError: If a package asks for them while it is loaded as one of them.
    """
    with _lock:
        if _being_loaded:
            (point,) = _being_loaded
            raise PluginError(
                f"plug-in '{point.name}' of {_origin(point)} asks for plug-ins while it is loaded, "
                'when they are not known yet: leave manager().register out, since the entry point '
                'registers it, and ask for what others provide in its functions, when they are '
                'called.'
            )
        return _loaded()


@functools.cache
def _loaded() -> Loaded:
    made, broken = Manager(), []
    made.register(BuiltIn(), BUILT_IN, f'sdv-fair4free {__version__}')
    for point in sorted(entry_points(group=PROJECT), key=lambda point: point.name):
        _being_loaded.append(point)
        try:
            if not point.pattern.match(point.value):
                raise ValueError(
                    f"its entry point is '{point.value}', and must name a module, or module:object"
                )
            made.register(point.load(), point.name, _origin(point))
        except PluginError as error:
            broken.append(str(error))
        except (Exception, SystemExit) as error:  # of somebody else's, which may fail in any way
            broken.append(
                f"plug-in '{point.name}' of {_origin(point)} cannot be loaded: {said(error)}."
            )
        finally:
            _being_loaded.clear()
    return Loaded(manager=made, broken=tuple(broken))


def _origin(point: EntryPoint) -> str:
    return point.value if point.dist is None else f'{point.dist.name} {point.dist.version}'


def manager() -> Manager:
    """The one plug-in manager, with the plug-ins that are installed.

    Raises:
        PluginError: If one that is installed cannot be used: what it would change is not to be
            left out in silence.
    """
    found = loaded()
    if found.broken:
        raise PluginError('\n'.join([*found.broken, 'Mend or uninstall the packages named above.']))
    return found.manager
