"""Which plug-ins there are, and from where they come."""

from __future__ import annotations

import functools
from dataclasses import dataclass, field
from importlib.metadata import entry_points
from typing import Any

import pluggy

from sdv_fair4free._version import __version__
from sdv_fair4free.plugins.built_in import BuiltIn
from sdv_fair4free.plugins.errors import PluginError
from sdv_fair4free.plugins.hooks import PROJECT, Hooks

BUILT_IN = 'built in'
"""Name of the plug-in that holds what this package has itself."""


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
        if name is None and isinstance(plugin, type):
            raise PluginError(
                f'{plugin.__name__} is a class: register an instance, {plugin.__name__}().'
            )
        called = name or self._called(plugin)
        if self.has_plugin(called) or self.is_registered(plugin):
            raise PluginError(
                f"plug-in '{called}' of {origin or _module_of(plugin)} is registered already, from "
                f'{self.origins.get(called, "elsewhere")}: remove one of them.'
            )
        try:
            super().register(plugin, called)
            self.check_pending()  # of hooks that there are not
        except pluggy.PluginValidationError as error:
            if self.has_plugin(called):
                self.unregister(name=called)
            hooks = ', '.join(name for name in vars(Hooks) if not name.startswith('_'))
            raise PluginError(
                f"plug-in '{called}' of {origin or _module_of(plugin)} does not fit: "
                f'{" ".join(str(error).split())}. The hooks are {hooks}.'
            ) from error
        self.origins[called] = origin or _module_of(plugin)
        return called

    def unregister(self, plugin: Any = None, name: str | None = None) -> Any:
        """Leave a plug-in out again; given itself, or its name."""
        left = super().unregister(plugin, name)
        for gone in [known for known in self.origins if not self.has_plugin(known)]:
            del self.origins[gone]
        return left

    @staticmethod
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
        broken: From the name of an entry point to why it is not among them.
    """

    manager: Manager
    broken: dict[str, str] = field(default_factory=dict)


@functools.cache
def loaded() -> Loaded:
    """What is built in, then the plug-ins of the packages that are installed."""
    made = Loaded(manager=Manager())
    made.manager.register(BuiltIn(), BUILT_IN, f'sdv-fair4free {__version__}')
    for point in sorted(entry_points(group=PROJECT), key=lambda point: point.name):
        origin = point.value if point.dist is None else f'{point.dist.name} {point.dist.version}'
        try:
            made.manager.register(point.load(), point.name, origin)
        except PluginError as error:
            made.broken[point.name] = str(error)
        except Exception as error:  # a package of somebody else's, which may fail in any way
            made.broken[point.name] = (
                f"plug-in '{point.name}' of {origin} cannot be loaded: "
                f'{type(error).__name__}: {error}.'
            )
    return made


def manager() -> Manager:
    """The one plug-in manager, with the plug-ins that are installed.

    Raises:
        PluginError: If one that is installed cannot be used: what it would change is not to be
            left out in silence.
    """
    found = loaded()
    if found.broken:
        raise PluginError(
            '\n'.join([*found.broken.values(), 'Mend or uninstall the packages named above.'])
        )
    return found.manager
