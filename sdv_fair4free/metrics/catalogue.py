"""Every figure by name, the property of a report it belongs to, and the columns of the frames."""

from __future__ import annotations

from sdv_fair4free.metrics.comparison import CALIBRATION_GAP, LABEL_COMPARISONS, MODEL_COMPARISONS
from sdv_fair4free.metrics.counterfactual import CHANGE, FLIP_RATE
from sdv_fair4free.metrics.leakage import DISTANCE, INFORMATION, RECOVERY
from sdv_fair4free.metrics.tables import ERROR_MEANS, LABEL_MEANS, PREDICTION_MEANS
from sdv_fair4free.metrics.utility import OF_CLASSES, OF_NUMBERS

PROPERTIES = ('Label Parity', 'Proxy Leakage', 'Model Parity', 'Error Parity', 'Utility Retained')
FIGURE_COLUMNS = (
    'Property',
    'Metric',
    'Column',
    'Sensitive',
    'Outcome',
    'Source',
    'Value',
    'Low',
    'High',
    'Best',
    'Score',
    'Count',
    'Headline',
    'Error',
)
GROUP_COLUMNS = (
    'Column',
    'Group',
    'Count',
    'Source',
    'Metric',
    'Outcome',
    'Value',
    'Low',
    'High',
    'Error',
)
SOURCES = ('real', 'synthetic')
CONSTANT = 'constant'
LABELS = (*LABEL_COMPARISONS, *LABEL_MEANS)
LEAKAGE = (DISTANCE, INFORMATION, RECOVERY)
METRICS: dict[str, str] = {
    **{name: comparison.topic for name, comparison in LABEL_COMPARISONS.items()},
    **dict.fromkeys(LABEL_MEANS, 'Label Parity'),
    **dict.fromkeys(LEAKAGE, 'Proxy Leakage'),
    **{name: comparison.topic for name, comparison in MODEL_COMPARISONS.items()},
    **dict.fromkeys((FLIP_RATE, CHANGE, *PREDICTION_MEANS), 'Model Parity'),
    **dict.fromkeys((CALIBRATION_GAP, *ERROR_MEANS), 'Error Parity'),
    **dict.fromkeys((*OF_CLASSES, *OF_NUMBERS), 'Utility Retained'),
}
"""Every figure there is, and the property of a report that it belongs to."""
MODELS = tuple(name for name in METRICS if name not in (*LABELS, *LEAKAGE))
