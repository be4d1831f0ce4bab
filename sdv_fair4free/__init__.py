"""Fair4Free for the Synthetic Data Vault: fair synthetic tables, without handing over the data.

``sdv`` is imported first and our own modules only when asked for: the loaders of SDV, RDT and
SDMetrics add-ons run inside ``import sdv`` and must find these modules not yet begun.
"""

import importlib
from typing import Any

import sdv  # noqa: F401

from sdv_fair4free._version import __version__

_HOME = {
    'Fair4FreeSynthesizer': 'synthesizer',
    'StudentConfig': 'core.config',
    'TeacherConfig': 'core.config',
    'TrainingConfig': 'core.config',
}

__all__ = [
    'Fair4FreeSynthesizer',
    'StudentConfig',
    'TeacherConfig',
    'TrainingConfig',
    '__version__',
]


def __getattr__(name: str) -> Any:
    """Import a public name at its first use."""
    if name in _HOME:
        return getattr(importlib.import_module(f'{__name__}.{_HOME[name]}'), name)
    raise AttributeError(f'module {__name__!r} has no attribute {name!r}')


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
