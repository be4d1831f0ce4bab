"""The door for plug-ins (pluggy): hooks that several of them may answer, one question each.

A package takes part through an entry point of the group ``sdv_fair4free``, a script through
``manager().register(plugin)``. Either marks its functions with ``hookimpl``::

    from sdv_fair4free.plugins import hookimpl, manager

    class Diary:
        @hookimpl
        def on_epoch_end(self, stage, epoch, losses):
            ...

    manager().register(Diary())

:class:`~sdv_fair4free.plugins.hooks.Hooks` lists the questions. What this package has of each comes
through the same door, see :mod:`~sdv_fair4free.plugins.built_in`; ``sdv-fair4free plugins`` tells
what is active, and from where.
"""

from sdv_fair4free.plugins.answers import Provided, chosen, names_of, provided
from sdv_fair4free.plugins.errors import PluginError
from sdv_fair4free.plugins.hooks import PROJECT, Hooks, hookimpl
from sdv_fair4free.plugins.registry import manager

__all__ = [
    'PROJECT',
    'Hooks',
    'PluginError',
    'Provided',
    'chosen',
    'hookimpl',
    'manager',
    'names_of',
    'provided',
]
