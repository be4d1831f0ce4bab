"""The figures of one table of rows, whoever made it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from sdv.metadata import Metadata
from sklearn.linear_model import LogisticRegression

from sdv_fair4free.benchmark.kept import Row, digest_of
from sdv_fair4free.benchmark.limits import MINIMUM_GROUP, bound, parity_by_chance
from sdv_fair4free.evaluation import judge_scores, label_parity
from sdv_fair4free.metrics.audit import audit
from sdv_fair4free.metrics.features import Columns
from sdv_fair4free.metrics.groupings import group_labels
from sdv_fair4free.metrics.leakage import RECOVERY
from sdv_fair4free.reports.manifold import density_and_coverage
from sdv_fair4free.reports.privacy import closest_records
from sdv_fair4free.reports.resemblance import measure_quality, modelled_columns
from sdv_fair4free.tstr import tstr_scores

REAL, CONSTANT = 'Real rows', 'Constant classifier'
BOUND, CHANCE = 'Bound: repaired scores', 'Blind decisions, by chance'
REFERENCES = (REAL, CONSTANT, BOUND, CHANCE)
BY_GROUP = 'By Group'
LINEAR = ('AUC', 'DPR', 'EOR', 'F1', 'Accuracy')
"""What is told of a linear model."""
FIGURES = (
    'AUC',
    'DPR',
    'EOR',
    'DPD',
    'EOD',
    'F1',
    'Accuracy',
    'Selection Rate',
    *(f'Linear {name}' for name in LINEAR),
    'Label DPR',
    'Sensitive AUC',
    'Column Shapes',
    'Column Pair Trends',
    'All Pair Trends',
    'Density',
    'Coverage',
    'Nearer To Train',
    'Copies',
    'Test Copies',
)
"""What is told of every table, in this order."""
PARTS = ('trees', 'linear', 'labels', 'sensitive', 'quality', 'privacy', 'manifold')
"""What they are measured by."""


@dataclass(frozen=True, kw_only=True)
class Question:
    """A split of a real table, and what is asked of every synthetic one.

    Attributes:
        name: Of the table.
        train: Real rows to learn from.
        test: Real rows to judge on.
        metadata: Of the table.
        sensitive: Columns that name the groups; without any, nothing is said of fairness.
        target: The outcome; '' without one, and then only parts that need none can be judged.
        favourable: Its value that people hope for.
        num_rows: Rows to draw.
    """

    name: str
    train: pd.DataFrame
    test: pd.DataFrame
    metadata: Metadata
    sensitive: tuple[str, ...]
    target: str
    favourable: object
    num_rows: int

    @property
    def _columns(self) -> Columns:
        return modelled_columns(self._described)

    @cached_property
    def _described(self) -> dict[str, Any]:
        described: dict[str, Any] = self.metadata.tables[self.name].to_dict()
        return described

    def groups(self, table: pd.DataFrame) -> pd.DataFrame:
        """(rows, sensitive columns) groups; numbers are cut at the quartiles of ``train``."""
        return group_labels(self.train, table, self._described['columns'], self.sensitive)

    @cached_property
    def _test_groups(self) -> pd.DataFrame:
        return self.groups(self.test)

    def references(self) -> list[Row]:
        """Rows that no synthesizer makes: the real data, and yardsticks for what can be had."""
        blind, _, _ = parity_by_chance(self.test[self.target], self._test_groups, self.favourable)
        alike = np.nan if np.isnan(blind) else 1.0
        return [
            {'Synthesizer': REAL, **self.judge(self.train)},
            # Everybody is treated alike, and nobody is told apart: fairness alone is no merit.
            {'Synthesizer': CONSTANT, 'AUC': 0.5, 'DPR': alike, 'EOR': alike},
            {'Synthesizer': BOUND, **self._bound()},
            {'Synthesizer': CHANCE, 'DPR': blind},
        ]

    def _bound(self) -> Row:
        """The fair model of real rows; on few rows there may be none, and the others go on."""
        asked = (self.target, self.favourable, self.metadata)
        groups = self.groups(self.train), self._test_groups
        try:
            return {**bound(self.train, self.test, *asked, *groups)}
        except ValueError as error:
            return {'Error': f'{type(error).__name__}: {error}'}

    def judge(self, table: pd.DataFrame, parts: Sequence[str] = PARTS) -> Row:
        """The figures of a table by these parts; what cannot be measured is left out, and why."""
        figures: Row = {}
        reasons = []
        for part in parts:
            try:
                figures |= getattr(self, f'_of_{part}')(table)
            except Exception as error:
                reasons.append(f'{type(error).__name__}: {error}')
        if reasons:
            figures['Error'] = '; '.join(dict.fromkeys(reasons))
        return figures

    def _of_trees(self, table: pd.DataFrame) -> Row:
        """What boosted trees make of the table, on real rows."""
        return self._of_model(table, None)

    def _of_linear(self, table: pd.DataFrame) -> Row:
        figures = self._of_model(table, LogisticRegression(max_iter=1000))
        return {f'Linear {name}': figures[name] for name in LINEAR if name in figures}

    def _of_model(self, table: pd.DataFrame, model: Any) -> Row:
        asked = (self.target, self.favourable, self.metadata, model)
        truth, scores = tstr_scores(table, self.test, *asked)
        known = self.test[self.target].notna().to_numpy()
        judged = judge_scores(truth, scores, self._test_groups[known], MINIMUM_GROUP)
        figures: Row = {
            'AUC': judged.auc,
            'F1': judged.f1,
            'Accuracy': judged.accuracy,
            'Selection Rate': judged.selection_rate,
        }
        if not self.sensitive:
            return figures
        *_, fair = judged.groups.values()
        rates = fair.by_group.rename_axis('Group').reset_index()
        return {
            **figures,
            'DPR': fair.demographic_parity_ratio,
            'EOR': fair.equalized_odds_ratio,
            'DPD': fair.demographic_parity_difference,
            'EOD': fair.equalized_odds_difference,
            BY_GROUP: rates.to_dict('records'),
        }

    def _of_labels(self, table: pd.DataFrame) -> Row:
        asked = (self.target, [*self.sensitive], self.favourable)
        *_, parity = label_parity(table.assign(**self.groups(table)), *asked).values()
        return {'Label DPR': parity.ratio}

    def _of_quality(self, table: pd.DataFrame) -> Row:
        quality = measure_quality(self.train, table, None, self._described)
        return {
            'Column Shapes': quality.column_shapes,
            'Column Pair Trends': quality.pair_trends,
            'All Pair Trends': quality.pair_trends_all,
        }

    def _of_privacy(self, table: pd.DataFrame) -> Row:
        privacy = closest_records(self.train, self.test, table, self._columns)
        return {
            'Nearer To Train': privacy.nearer_to_train,
            'Copies': privacy.copies,
            'Test Copies': privacy.holdout_copies,
        }

    def _of_manifold(self, table: pd.DataFrame) -> Row:
        manifold = density_and_coverage(self.train, table, self._columns)
        return {'Density': manifold.density, 'Coverage': manifold.coverage}

    def _of_sensitive(self, table: pd.DataFrame) -> Row:
        """How well the sensitive columns are told from the others: the best told of them."""
        found = audit(
            self.train,
            table,
            self.metadata,
            list(self.sensitive),
            self.target,
            self.test,
            self.favourable,
            bootstrap_samples=0,
            metrics=[RECOVERY],
            table_name=self.name,
        ).figures
        values = found.loc[found['Source'] == 'synthetic', 'Value']
        return {'Sensitive AUC': float(values.max())}

    @cached_property
    def fingerprint(self) -> str:
        """Changes with the rows and with what is asked; not with the synthesizers."""
        asked = (self.sensitive, self.target, self.favourable, self.num_rows)
        told = repr((asked, self.metadata.to_dict(), digest_of(self.train, self.test)))
        return hashlib.sha256(told.encode()).hexdigest()[:16]
