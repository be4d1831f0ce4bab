"""Every figure by name, the property of a report it belongs to, and the columns of the frames."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from sdv_fair4free.metrics.comparison import CALIBRATION_GAP, LABEL_COMPARISONS, MODEL_COMPARISONS
from sdv_fair4free.metrics.counterfactual import CHANGE, FLIP_RATE
from sdv_fair4free.metrics.leakage import DISTANCE, INFORMATION, RECOVERY
from sdv_fair4free.metrics.tables import ERROR_MEANS, LABEL_MEANS, PREDICTION_MEANS
from sdv_fair4free.metrics.utility import OF_CLASSES, OF_NUMBERS
from sdv_fair4free.validation import is_number

Compute = Callable[[np.ndarray, np.ndarray, np.ndarray], float]
"""From (rows,) outcomes, (rows,) decisions and (rows,) groups, numbered from 0, to a figure."""
PROPERTIES = ('Label Parity', 'Proxy Leakage', 'Model Parity', 'Error Parity', 'Utility Retained')
"""Those of a report, in the order of its page."""
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
"""Columns of the figures of an audit: one row for each figure."""
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
"""Columns of what an audit tells of each group: one row for each group and figure."""
SOURCES = ('real', 'synthetic')
CONSTANT = 'constant'
LABELS = (*LABEL_COMPARISONS, *LABEL_MEANS)
LEAKAGE = (DISTANCE, INFORMATION, RECOVERY)
OF_PLUGINS = ('Label Parity', 'Model Parity', 'Error Parity')
"""Properties that plug-ins may have figures of: those that compare groups."""


@dataclass(frozen=True, kw_only=True)
class FairnessFigure:
    """A figure of fairness, as plug-ins provide it.

    Attributes:
        topic: The property of a report that it belongs to. Label Parity: both outcomes and
            decisions are the outcomes written in a table. Model and Error Parity: outcomes of real
            people whom neither generator nor model has seen, and what a model of a table decides
            about them.
        compute: The figure. Rows are those of groups that are large enough to be compared, of which
            there are two or more. Outcomes and decisions are 1 for the favourable outcome and 0 for
            others or, with ``numeric``, numbers. NaN where there is no figure. It is called once
            more for each bootstrap sample, and must not keep or change what it is given. None for
            figures of the audit itself, which are functions of counts.
        best: Its best value.
        worst: The value from which on the score is 0.
        definition: What it means, a sentence or two for readers who are no statisticians.
        numeric: Whether it is about targets that are numbers, and not about those of classes.

    Raises:
        ValueError: If they do not fit together.
    """

    topic: str
    compute: Compute | None = None
    best: float = 0.0
    worst: float = 1.0
    definition: str = ''
    numeric: bool = False

    def __post_init__(self) -> None:
        if self.compute is None:
            return
        found = []
        if self.topic not in OF_PLUGINS:
            found.append(f'topic={self.topic!r} must be one of {", ".join(OF_PLUGINS)}')
        if not callable(self.compute):
            found.append(f'compute={self.compute!r} must be a function')
        ends = (self.best, self.worst)
        if not all(is_number(end) and math.isfinite(end) for end in ends) or len({*ends}) < 2:
            found.append(f'best={self.best!r} and worst={self.worst!r} must be two numbers')
        if not (isinstance(self.definition, str) and self.definition):
            found.append('definition must say what the figure means')
        if found:
            raise ValueError('; '.join(found))

    def score(self, value: float) -> float:
        """The value on a scale from 0 to 1, best 1."""
        return float(np.clip((value - self.worst) / (self.best - self.worst), 0, 1))


METRICS: dict[str, str] = {
    **{name: comparison.topic for name, comparison in LABEL_COMPARISONS.items()},
    **dict.fromkeys(LABEL_MEANS, 'Label Parity'),
    **dict.fromkeys(LEAKAGE, 'Proxy Leakage'),
    **{name: comparison.topic for name, comparison in MODEL_COMPARISONS.items()},
    **dict.fromkeys((FLIP_RATE, CHANGE, *PREDICTION_MEANS), 'Model Parity'),
    **dict.fromkeys((CALIBRATION_GAP, *ERROR_MEANS), 'Error Parity'),
    **dict.fromkeys((*OF_CLASSES, *OF_NUMBERS), 'Utility Retained'),
}
"""Every figure of the audit itself, and the property of a report that it belongs to."""
FIGURES = {name: FairnessFigure(topic=topic) for name, topic in METRICS.items()}
"""The same, as the door for plug-ins has them."""
MODELS = tuple(name for name in METRICS if name not in (*LABELS, *LEAKAGE))
