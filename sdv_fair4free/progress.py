"""Progress bars for training, in SDV's manner: tqdm, only when asked for."""

from __future__ import annotations

from tqdm import tqdm

from sdv_fair4free.core.training import Callback

LABELS = {
    'balance': 'Teacher (balance)',
    'representation': 'Teacher (representation)',
    'columns hidden': 'Teacher (columns hidden)',
    'transport': 'Teacher (transport)',
    'observed latent': 'Teacher (observed latent)',
    'decoder': 'Teacher (decoder)',
    'painter': 'Teacher (painter)',
    'student': 'Student',
}
"""What every stage of a fit is called for readers, in the order in which stages come. Tables have
no painter; each of the others comes only where the settings ask for it."""


class ProgressBars(Callback):
    """One bar for each stage, with the held-out loss beside it."""

    def __init__(self) -> None:
        self._bar: tqdm[None] | None = None

    def on_fit_start(self, stage: str, epochs: int) -> None:
        """Open a bar."""
        self._bar = tqdm(total=epochs, desc=LABELS.get(stage, stage), unit='epoch')

    def on_epoch_end(self, stage: str, epoch: int, losses: dict[str, float]) -> None:
        """Move on by an epoch."""
        assert self._bar is not None
        self._bar.set_postfix(loss=f'{losses["total"]:.4f}', refresh=False)
        self._bar.update(epoch + 1 - self._bar.n)  # those before may lie in a checkpoint

    def on_fit_end(self, stage: str) -> None:
        """Close the bar, at the epoch reached: an early stop is an end, not a failure."""
        assert self._bar is not None
        self._bar.total = self._bar.n
        self._bar.close()
