"""How alike the groups are where the outcome is a number: means, distances, absolute errors."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from sdv_fair4free.metrics.bootstrap import (
    Resampler,
    divide,
    parity_is_plausible,
    ranks_in_bins,
    spread,
)
from sdv_fair4free.metrics.comparison import enough, holding
from sdv_fair4free.metrics.rows import Row, figure_row, group_rows, insufficient, no_figure

_GRID = 256


@dataclass(frozen=True, kw_only=True)
class Means:
    """A number for every row, and the group of the row.

    Attributes:
        values (numpy.ndarray): (rows,)
        groups (numpy.ndarray): (rows,) places in ``labels``.
        labels (tuple[str, ...]): Names of the groups.
        minimum (int): Groups of fewer rows are not compared.
        resampler (Resampler): Of these rows.
        level (float): Of confidence.
        scale (float): What counts as a large number: a difference of it has the score 0.
    """

    values: np.ndarray
    groups: np.ndarray
    labels: tuple[str, ...]
    minimum: int
    resampler: Resampler
    level: float
    scale: float = 1.0

    @property
    def counts(self) -> np.ndarray:
        """Rows of each group."""
        return np.bincount(self.groups, minlength=len(self.labels))

    @property
    def kept(self) -> np.ndarray:
        """Which groups have enough rows."""
        return enough(self.counts, self.minimum)

    def draws(self) -> np.ndarray:
        """(samples, groups) the mean in every bootstrap sample."""
        return self.resampler.means(self.values, self.groups, len(self.labels))

    def by_group(self, metric: str) -> list[Row]:
        """The mean of every group, small ones with a reason instead of a value."""
        from fairlearn.metrics import mean_prediction

        return group_rows(
            metric,
            self.labels,
            self._frame(mean_prediction).by_group.reindex(range(len(self.labels))).to_numpy(float),
            self.draws(),
            self.counts,
            self.kept,
            self.level,
        )

    def difference(self, metric: str) -> Row:
        """Largest mean of a group minus smallest; best 0."""
        from fairlearn.metrics import mean_prediction

        if (row := self._too_few(metric)) is not None:
            return row
        draws = self.draws()[:, self.kept]
        value = float(self._frame(mean_prediction, self.kept[self.groups]).difference())
        sums = np.bincount(self.groups, self.values, len(self.labels))
        chance = spread(draws - divide(sums, self.counts)[self.kept])
        return self._row(metric, value, spread(draws), value, chance)

    def largest(self, metric: str) -> Row:
        """Largest mean of a group; best 0."""
        from fairlearn.metrics import mean_prediction

        if (row := self._too_few(metric, needed=1)) is not None:
            return row
        value = float(self._frame(mean_prediction, self.kept[self.groups]).group_max())
        return self._row(metric, value, self.draws()[:, self.kept].max(axis=1))

    def distance(self, metric: str) -> Row:
        """Largest Wasserstein-1 distance of a group's values from those of the others; best 0."""
        from scipy.stats import wasserstein_distance

        if (row := self._too_few(metric)) is not None:
            return row
        kept = np.flatnonzero(self.kept)
        rows = self.kept[self.groups]
        values, groups = self.values[rows], self.groups[rows]
        value = max(
            wasserstein_distance(values[groups == group], values[groups != group]) for group in kept
        )
        draws, gap, chance = self._distance_draws(kept)
        return self._row(metric, value, draws, gap, chance)

    def _distance_draws(self, kept: np.ndarray) -> tuple[np.ndarray, float, np.ndarray]:
        """The distance in every sample; that of the table, on the same grid; and that by chance.

        By chance: of samples from which the difference of the table's own distributions is taken.
        """
        bins, edges = ranks_in_bins(self.values, _GRID)
        if len(edges) < 2:
            nothing = np.zeros(self.resampler.samples)
            return nothing, 0.0, nothing
        shape = (len(self.labels), len(edges))
        cells = np.ravel_multi_index((self.groups, bins), shape)
        own = np.bincount(cells, minlength=int(np.prod(shape))).reshape(1, *shape)
        gap = _gaps(own[:, kept].astype(float))
        gaps = _gaps(self.resampler.counts(cells, shape)[:, kept])
        draws, (point,), chance = (
            (np.abs(part) * np.diff(edges)).sum(axis=-1).max(axis=1)
            for part in (gaps, gap, gaps - gap)
        )
        return draws, float(point), chance

    def _frame(self, function: Callable[..., float], rows: np.ndarray | None = None) -> Any:
        from fairlearn.metrics import MetricFrame

        rows = np.ones(len(self.values), bool) if rows is None else rows
        values = self.values[rows]
        return MetricFrame(
            metrics=function,
            y_true=values,
            y_pred=values,
            sensitive_features=pd.Series(self.groups[rows], name='group'),
        )

    def _too_few(self, metric: str, needed: int = 2) -> Row | None:
        if self.kept.sum() >= needed:
            return None
        small = self.counts[~self.kept]
        return no_figure(
            metric, insufficient(small.max()) if len(small) else 'one group only', best=0
        )

    def _row(
        self,
        metric: str,
        value: float,
        draws: np.ndarray,
        gap: float = np.nan,
        chance: np.ndarray | None = None,
    ) -> Row:
        """A figure; with the gap, and what chance makes of none, its interval may hold parity."""
        score = max(0.0, 1 - value / self.scale) if self.scale > 0 else np.nan
        count = self.counts[self.kept].sum()
        row = figure_row(metric, value, score, count, best=0, draws=draws, level=self.level)
        if chance is not None and parity_is_plausible([gap], [chance], self.level):
            return holding(0.0, row, draws, self.level)
        return row


def _gaps(counts: np.ndarray) -> np.ndarray:
    """How a group's distribution differs from the others', signed: (samples, groups, edges - 1)."""
    others = counts.sum(axis=1, keepdims=True) - counts
    return np.asarray((_shares_below(counts) - _shares_below(others))[..., :-1])


def _shares_below(counts: np.ndarray) -> np.ndarray:
    below = np.cumsum(counts, axis=-1)
    return divide(below, np.broadcast_to(below[..., -1:], below.shape))
