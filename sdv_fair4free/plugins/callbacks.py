"""Plug-ins that watch training."""

from __future__ import annotations

import numpy as np

from sdv_fair4free.core.training import Callback
from sdv_fair4free.plugins.answers import ask


class PluginCallbacks(Callback):
    """Passes on what happens in training to the plug-ins."""

    def on_fit_start(self, stage: str, epochs: int) -> None:
        """Tell all of them."""
        ask('on_fit_start', stage=stage, epochs=epochs)

    def on_epoch_end(self, stage: str, epoch: int, losses: dict[str, float]) -> bool:
        """Tell all of them; one that wants to stop is enough."""
        return any(ask('on_epoch_end', _no_wish, stage=stage, epoch=epoch, losses=losses))

    def on_fit_end(self, stage: str) -> None:
        """Tell all of them."""
        ask('on_fit_end', stage=stage)


def _no_wish(answer: object) -> str | None:
    """What the answer to ``on_epoch_end`` must be, if it is not that."""
    return None if isinstance(answer, bool | np.bool_) else 'None, True or False'
