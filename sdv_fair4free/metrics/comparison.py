"""How alike the groups are: rates by group, their ratios and differences.

fairlearn computes every figure; the bootstrap recomputes the same from counts of (group, outcome,
decision), of which all of these are functions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from sdv_fair4free.metrics.bootstrap import Resampler, divide, parity_is_plausible, spread
from sdv_fair4free.metrics.rows import (
    SMALLEST_DENOMINATOR,
    Row,
    figure_row,
    group_rows,
    insufficient,
    no_figure,
)

# From counts (..., group, outcome, decision): rows that are counted, and rows they are counted of.
_PARTS: dict[str, Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]] = {
    'Selection rate': lambda c: (c[..., 1].sum(-1), c.sum((-1, -2))),
    'True positive rate': lambda c: (c[..., 1, 1], c[..., 1, :].sum(-1)),
    'False positive rate': lambda c: (c[..., 0, 1], c[..., 0, :].sum(-1)),
    'Precision': lambda c: (c[..., 1, 1], c[..., 1].sum(-1)),
    'Accuracy': lambda c: (c[..., 0, 0] + c[..., 1, 1], c.sum((-1, -2))),
}


@dataclass(frozen=True)
class Comparison:
    """A figure that sets the groups' rates against each other.

    Attributes:
        topic (str): The property of a report that it belongs to.
        rates (tuple[str, ...]): Rates it is made of; the worst of them counts.
        manner (str): 'ratio' (smallest over largest), 'difference', or 'smallest'.
    """

    topic: str
    rates: tuple[str, ...]
    manner: str

    @property
    def best(self) -> float:
        """The best value."""
        return 0.0 if self.manner == 'difference' else 1.0

    def score(self, value: float) -> float:
        """The value on a scale from 0 to 1, best 1."""
        return 1 - value if self.manner == 'difference' else value


_ODDS = ('True positive rate', 'False positive rate')
LABEL_COMPARISONS = {
    'Label parity ratio': Comparison('Label Parity', ('Selection rate',), 'ratio'),
    'Label parity difference': Comparison('Label Parity', ('Selection rate',), 'difference'),
}
MODEL_COMPARISONS = {
    'Demographic parity ratio': Comparison('Model Parity', ('Selection rate',), 'ratio'),
    'Demographic parity difference': Comparison('Model Parity', ('Selection rate',), 'difference'),
    'Equalized odds ratio': Comparison('Error Parity', _ODDS, 'ratio'),
    'Equalized odds difference': Comparison('Error Parity', _ODDS, 'difference'),
    'Equal opportunity ratio': Comparison('Error Parity', _ODDS[:1], 'ratio'),
    'Equal opportunity difference': Comparison('Error Parity', _ODDS[:1], 'difference'),
    'Predictive parity ratio': Comparison('Error Parity', ('Precision',), 'ratio'),
    'Predictive parity difference': Comparison('Error Parity', ('Precision',), 'difference'),
    'Worst-group accuracy': Comparison('Error Parity', ('Accuracy',), 'smallest'),
}
CALIBRATION_GAP = 'Calibration gap'


@dataclass(frozen=True, kw_only=True)
class Rates:
    """The rates of every group in one table, and how sure they are.

    Attributes:
        outcome (numpy.ndarray): (rows,) 1 for the favourable outcome, else 0.
        decision (numpy.ndarray): (rows,) the same of the decision.
        groups (numpy.ndarray): (rows,) places in ``labels``.
        labels (tuple[str, ...]): Names of the groups, also of those without a row.
        minimum (int): Groups of fewer rows are not compared.
        counts (numpy.ndarray): (groups, outcome, decision) rows.
        sampled (numpy.ndarray): (samples, groups, outcome, decision) rows.
        names (tuple[str, ...]): The rates that are wanted.
    """

    outcome: np.ndarray
    decision: np.ndarray
    groups: np.ndarray
    labels: tuple[str, ...]
    minimum: int
    counts: np.ndarray
    sampled: np.ndarray
    names: tuple[str, ...] = tuple(_PARTS)
    _frames: dict[bytes, Any] = field(default_factory=dict, repr=False)

    def behind(self, rate: str) -> np.ndarray:
        """Rows of each group that a rate is a share of."""
        return _PARTS[rate](self.counts)[1]

    def size(self, rate: str) -> np.ndarray:
        """The number that must be large enough: rows, or the rows behind the rate if those are."""
        rows = self.counts.sum((1, 2))
        return np.where(rows < self.minimum, rows, self.behind(rate))

    def enough(self, rate: str) -> np.ndarray:
        """Whether each group has enough rows, and enough behind the rate."""
        return enough(self.counts.sum((1, 2)), self.minimum) & (
            self.behind(rate) >= min(SMALLEST_DENOMINATOR, self.minimum)
        )

    def frame(self, kept: np.ndarray) -> Any:
        """Fairlearn's MetricFrame of the rates of some groups, built once."""
        from fairlearn.metrics import MetricFrame

        key = kept.tobytes()
        if key not in self._frames:
            rows = kept[self.groups]
            self._frames[key] = MetricFrame(
                metrics={rate: _function(rate) for rate in self.names},
                y_true=self.outcome[rows],
                y_pred=self.decision[rows],
                sensitive_features=pd.Series(self.groups[rows], name='group'),
            )
        return self._frames[key]

    def draws(self, rate: str) -> np.ndarray:
        """(samples, groups) the rate in every bootstrap sample."""
        return divide(*_PARTS[rate](self.sampled))


def enough(rows: np.ndarray, minimum: int) -> np.ndarray:
    """Whether each group has at least the minimum of rows."""
    return rows >= max(1, minimum)


def rates_of(
    outcome: np.ndarray,
    decision: np.ndarray,
    groups: np.ndarray,
    labels: tuple[str, ...],
    minimum: int,
    resampler: Resampler,
    names: tuple[str, ...] = tuple(_PARTS),
) -> Rates:
    """Count what happened to whom; see ``Rates`` for the arguments."""
    shape = (len(labels), 2, 2)
    cells = np.ravel_multi_index((groups, outcome, decision), shape)
    counts = np.bincount(cells, minlength=int(np.prod(shape))).reshape(shape)
    return Rates(
        outcome=outcome,
        decision=decision,
        groups=groups,
        labels=labels,
        minimum=minimum,
        counts=counts,
        sampled=resampler.counts(cells, shape),
        names=names,
    )


def compare(
    rates: Rates, comparisons: Mapping[str, Comparison], names: Sequence[str], level: float
) -> list[Row]:
    """The figures of ``names``, over the groups with enough rows.

    Args:
        rates: Of every group.
        comparisons: From name to figure.
        names: Those wanted.
        level: Of confidence.
    """
    return [_compare(rates, name, comparisons[name], level) for name in names]


def _compare(rates: Rates, name: str, comparison: Comparison, level: float) -> Row:
    kept = np.logical_and.reduce([rates.enough(rate) for rate in comparison.rates])
    if kept.sum() < (1 if comparison.manner == 'smallest' else 2):
        sizes = np.min([rates.size(rate) for rate in comparison.rates], axis=0)
        reason = insufficient(sizes[~kept].max()) if (~kept).any() else 'one group only'
        return no_figure(name, reason, best=comparison.best)
    value = _point(rates.frame(kept), comparison)
    draws = np.array([_spread(rates.draws(rate)[:, kept], comparison) for rate in comparison.rates])
    worst = np.fmax if comparison.manner == 'difference' else np.fmin
    sampled = worst.reduce(draws)
    row = figure_row(
        name,
        value,
        comparison.score(value),
        rates.counts[kept].sum(),
        best=comparison.best,
        draws=sampled,
        level=level,
        error='undefined: 0 in every group' if np.isnan(value) else None,
    )
    if comparison.manner != 'smallest' and _by_chance(rates, comparison, kept, level):
        row = holding(comparison.best, row, sampled, level)
    return row


def _by_chance(rates: Rates, comparison: Comparison, kept: np.ndarray, level: float) -> bool:
    """Whether the groups' rates may all be equal; a ratio of 1 and a difference of 0 are one."""
    own = [divide(*_PARTS[rate](rates.counts))[kept] for rate in comparison.rates]
    drawn = [rates.draws(rate)[:, kept] for rate in comparison.rates]
    centred = [spread(part - rate) for part, rate in zip(drawn, own, strict=True)]
    return parity_is_plausible([float(spread(rate)) for rate in own], centred, level)


def holding(parity: float, row: Row, draws: np.ndarray, level: float) -> Row:
    """The row, with an interval that holds parity as well, if it has one.

    Near parity the correction of ``interval`` takes off too much at the other end, for the samples
    are beyond the value for a reason that the truth shares: the plain percentiles are kept, too.

    Args:
        parity (float): The best value.
        row (dict): A figure.
        draws (numpy.ndarray): (samples,) the figure in every sample.
        level (float): Of confidence.
    """
    if np.isnan(row['Low']):
        return row
    low, high = np.nanquantile(draws, [(1 - level) / 2, (1 + level) / 2])
    return {**row, 'Low': min(row['Low'], low, parity), 'High': max(row['High'], high, parity)}


def _point(frame: Any, comparison: Comparison) -> float:
    """The figure as fairlearn has it; of several rates the worst, as in its equalized odds."""
    rates = list(comparison.rates)
    if comparison.manner == 'smallest':
        return float(min(frame.group_min()[rates]))
    if comparison.manner == 'difference':
        return float(max(frame.difference()[rates]))
    return float(min(frame.ratio()[rates]))


def _function(rate: str) -> Callable[..., float]:
    from fairlearn import metrics as fairness
    from sklearn.metrics import accuracy_score, precision_score

    functions: dict[str, Callable[..., float]] = {
        'Selection rate': fairness.selection_rate,
        'True positive rate': fairness.true_positive_rate,
        'False positive rate': fairness.false_positive_rate,
        'Precision': lambda truth, said: float(precision_score(truth, said, zero_division=0)),
        'Accuracy': accuracy_score,
    }
    return functions[rate]


def _spread(draws: np.ndarray, comparison: Comparison) -> np.ndarray:
    """(samples,) the figure from (samples, groups) rates; NaN if a group has none."""
    smallest: np.ndarray = draws.min(axis=1)
    largest: np.ndarray = draws.max(axis=1)
    if comparison.manner == 'smallest':
        return smallest
    return largest - smallest if comparison.manner == 'difference' else divide(smallest, largest)


def rates_by_group(rates: Rates, names: Mapping[str, str], level: float) -> list[Row]:
    """The rates of all groups, small ones with a reason instead of a value.

    Args:
        rates: Of every group.
        names: From rate to the name it is shown under.
        level: Of confidence.
    """
    large = enough(rates.counts.sum((1, 2)), rates.minimum)
    values = np.full((len(rates.labels), len(names)), np.nan)
    if large.any():
        values[large] = rates.frame(large).by_group[list(names)].to_numpy(float)
    return [
        row
        for place, (rate, name) in enumerate(names.items())
        for row in group_rows(
            name,
            rates.labels,
            values[:, place],
            rates.draws(rate),
            rates.size(rate),
            rates.enough(rate),
            level,
        )
    ]
