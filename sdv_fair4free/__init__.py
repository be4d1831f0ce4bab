"""Fair4Free for the Synthetic Data Vault: fair synthetic tables, without handing over the data.

``sdv`` is imported first and our own modules only when asked for: the loaders of SDV, RDT and
SDMetrics add-ons run inside ``import sdv`` and must find these modules not yet begun. Only where
torch is missing, and with it all that sdv needs, it is left out: a file that was handed over can be
inspected there.
"""

import importlib
import sys
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from sdv_fair4free._version import __version__


def _is_being_imported(name: str) -> bool:
    spec = getattr(sys.modules.get(name), '__spec__', None)
    return bool(getattr(spec, '_initializing', False))


if TYPE_CHECKING:  # for editors and type checkers; below they are imported at first use
    from sdv_fair4free.benchmark.compare import compare_synthesizers
    from sdv_fair4free.core.config import StudentConfig, TeacherConfig, TrainingConfig
    from sdv_fair4free.curve import fairness_utility_curve
    from sdv_fair4free.distillation_cost import compare_teacher_and_student
    from sdv_fair4free.images.report import evaluate_images
    from sdv_fair4free.images.synthesizer import Fair4FreeImageSynthesizer
    from sdv_fair4free.reports.evaluate import evaluate_fairness
    from sdv_fair4free.reports.fairness_report import FairnessReport
    from sdv_fair4free.synthesizer import Fair4FreeSynthesizer

# A process that imports ctgan, deepecho or copulas before sdv (joblib's workers do, when TVAE fits)
# reaches us through RDT while they are half made; sdv needs them whole, and so has to wait.
if find_spec('torch') and not any(map(_is_being_imported, ('ctgan', 'deepecho', 'copulas'))):
    import sdv  # noqa: F401

_HOME = {
    'Fair4FreeImageSynthesizer': 'images.synthesizer',
    'Fair4FreeSynthesizer': 'synthesizer',
    'FairnessReport': 'reports.fairness_report',
    'StudentConfig': 'core.config',
    'TeacherConfig': 'core.config',
    'TrainingConfig': 'core.config',
    'compare_synthesizers': 'benchmark.compare',
    'compare_teacher_and_student': 'distillation_cost',
    'evaluate_fairness': 'reports.evaluate',
    'evaluate_images': 'images.report',
    'fairness_utility_curve': 'curve',
}

__all__ = [
    'Fair4FreeImageSynthesizer',
    'Fair4FreeSynthesizer',
    'FairnessReport',
    'StudentConfig',
    'TeacherConfig',
    'TrainingConfig',
    '__version__',
    'compare_synthesizers',
    'compare_teacher_and_student',
    'evaluate_fairness',
    'evaluate_images',
    'fairness_utility_curve',
]


def __getattr__(name: str) -> Any:
    """Import a public name at its first use."""
    if name in _HOME:
        importlib.import_module('sdv')
        return getattr(importlib.import_module(f'{__name__}.{_HOME[name]}'), name)
    raise AttributeError(f'module {__name__!r} has no attribute {name!r}')


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
