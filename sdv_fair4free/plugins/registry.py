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
            PluginError: If it does not fit the hooks, or its name is taken.
        """
        if isinstance(plugin, type):
            raise PluginError(
                f'{plugin.__name__} is a class: register an instance, {plugin.__name__}().'
            )
        called, origin = name or _called(plugin), origin or _module_of(plugin)
        if self.has_plugin(called) or self.is_registered(plugin):
            raise PluginError(
                f"plug-in '{called}' of {origin} is registered already, from "
                f'{self.origins.get(called, "elsewhere")}: remove one of them.'
            )
        try:
            super().register(plugin, called)
            self.check_pending()  # of hooks that there are not
            self._refuse_order(called)
        except Exception as error:  # what a plug-in is made of may fail in any way
            if self.has_plugin(called):
                super().unregister(name=called)
            raise PluginError(
                f"plug-in '{called}' of {origin} does not fit: {' '.join(str(error).split())}. "
                f'The hooks are {", ".join(HOOKS)}.'
            ) from error
        self.origins[called] = origin
        return called

    def unregister(self, plugin: Any = None, name: str | None = None) -> Any:
        """Leave a plug-in out again; given itself, or its name."""
        left = super().unregister(plugin, name)
        for gone in [known for known in self.origins if not self.has_plugin(known)]:
            del self.origins[gone]
        return left

    def _refuse_order(self, called: str) -> None:
        for hook in HOOKS:
            for found in getattr(self.hook, hook).get_hookimpls():
                asked = (found.hookwrapper, getattr(found, 'wrapper', False))
                if found.plugin_name == called and any((*asked, found.tryfirst, found.trylast)):
                    raise ValueError(
                        f'{hook} asks for an order or wraps others, but each plug-in is asked by '
                        'itself; leave out wrapper, hookwrapper, tryfirst and trylast'
                    )


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


_loading = threading.Lock()


def loaded() -> Loaded:
    """What is built in, then the plug-ins of the packages that are installed."""
    with _loading:
        return _loaded()


@functools.cache
def _loaded() -> Loaded:
    made, broken = Manager(), []
    made.register(BuiltIn(), BUILT_IN, f'sdv-fair4free {__version__}')
    for point in sorted(entry_points(group=PROJECT), key=lambda point: point.name):
        try:
            made.register(point.load(), point.name, _origin(point))
        except PluginError as error:
            broken.append(str(error))
        except Exception as error:  # a package of somebody else's, which may fail in any way
            broken.append(
                f"plug-in '{point.name}' of {_origin(point)} cannot be loaded: "
                f'{type(error).__name__}: {error}.'
            )
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
