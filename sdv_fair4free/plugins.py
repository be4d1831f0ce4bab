"""The door for plug-ins: hooks that several of them may answer (pluggy).

A package takes part through an entry point of the group ``sdv_fair4free``, a script through
``manager().register(plugin)``. Either marks its functions with ``hookimpl``::

    from sdv_fair4free.plugins import hookimpl, manager

    class Diary:
        @hookimpl
        def on_epoch_end(self, stage, epoch, losses):
            ...

    manager().register(Diary())
"""

from __future__ import annotations

import functools

import pluggy

from sdv_fair4free.core.training import Callback

PROJECT = 'sdv_fair4free'
hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


class TrainingHooks:
    """Hooks that watch training. An exception raised in one ends the fit.

    A fit that goes on from a checkpoint tells of what it does itself: nothing of stages that had
    ended, and of one that was under way the epochs that follow.
    """

    @hookspec
    def on_fit_start(self, stage: str, epochs: int) -> None:
        """Hear that a stage ('representation', 'decoder', 'student' or another) begins.

        Args:
            stage: Its name.
            epochs: The most that it will take.
        """

    @hookspec
    def on_epoch_end(self, stage: str, epoch: int, losses: dict[str, float]) -> bool | None:
        """Hear of an epoch, and stop the stage by returning True.

        Args:
            stage: Its name.
            epoch: From 0.
            losses: Held-out loss by term, and their sum as 'total'; lower is better.
        """

    @hookspec
    def on_fit_end(self, stage: str) -> None:
        """Hear that a stage has ended, whatever the reason.

        Args:
            stage: Its name.
        """


@functools.cache
def manager() -> pluggy.PluginManager:
    """The one plug-in manager, with the plug-ins that are installed."""
    made = pluggy.PluginManager(PROJECT)
    made.add_hookspecs(TrainingHooks)
    made.load_setuptools_entrypoints(PROJECT)
    return made


class PluginCallbacks(Callback):
    """Passes on what happens in training to the plug-ins."""

    def on_fit_start(self, stage: str, epochs: int) -> None:
        """Tell all of them."""
        manager().hook.on_fit_start(stage=stage, epochs=epochs)

    def on_epoch_end(self, stage: str, epoch: int, losses: dict[str, float]) -> bool:
        """Tell all of them; one that wants to stop is enough."""
        return any(manager().hook.on_epoch_end(stage=stage, epoch=epoch, losses=losses))

    def on_fit_end(self, stage: str) -> None:
        """Tell all of them."""
        manager().hook.on_fit_end(stage=stage)
