"""The figures of one table of rows, whoever made it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property

import pandas as pd
from sdv.metadata import Metadata
from sklearn.linear_model import LogisticRegression

from sdv_fair4free.benchmark.kept import Row, digest_of
from sdv_fair4free.benchmark.limits import bound, parity_by_chance
from sdv_fair4free.evaluation import evaluate_tstr, label_parity
from sdv_fair4free.metrics.audit import audit
from sdv_fair4free.metrics.features import Columns
from sdv_fair4free.metrics.leakage import RECOVERY
from sdv_fair4free.reports.manifold import density_and_coverage
from sdv_fair4free.reports.privacy import closest_records
from sdv_fair4free.reports.resemblance import measure_quality, modelled_columns

REAL, CONSTANT = 'Real rows', 'Constant classifier'
BOUND, CHANCE = 'Bound: repaired scores', 'Blind decisions, by chance'
REFERENCES = (REAL, CONSTANT, BOUND, CHANCE)


@dataclass(frozen=True, kw_only=True)
class Question:
    """A split of a real table, and what is asked of every synthetic one.

    Attributes:
        name: Of the table.
        train: Real rows to learn from.
        test: Real rows to judge on.
        metadata: Of the table.
        sensitive: Columns that name the groups.
        target: The outcome.
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
        return modelled_columns(self.metadata.tables[self.name].to_dict())

    def references(self) -> list[Row]:
        """Rows that no synthesizer makes: the real data, and yardsticks for what can be had."""
        asked = (self.target, self.sensitive, self.favourable)
        repaired = bound(self.train, self.test, *asked, self.metadata)
        blind, _, _ = parity_by_chance(self.test, *asked)
        return [
            {'Synthesizer': REAL, **self.judge(self.train)},
            # Everybody is treated alike, and nobody is told apart: fairness alone is no merit.
            {'Synthesizer': CONSTANT, 'AUC': 0.5, 'DPR': 1.0, 'EOR': 1.0},
            {'Synthesizer': BOUND, **repaired},
            {'Synthesizer': CHANCE, 'DPR': blind},
        ]

    def judge(self, table: pd.DataFrame) -> Row:
        """The figures of a table."""
        described = self.metadata.tables[self.name].to_dict()
        quality = measure_quality(self.train, table, None, described)
        privacy = closest_records(self.train, self.test, table, self._columns)
        manifold = density_and_coverage(self.train, table, self._columns)
        *_, parity = label_parity(
            table, self.target, list(self.sensitive), self.favourable
        ).values()
        return {
            **self._of_models(table),
            'Label DPR': parity.ratio,
            'Sensitive AUC': self._recovered(table),
            'Column Shapes': quality.column_shapes,
            'Column Pair Trends': quality.pair_trends,
            'All Pair Trends': quality.pair_trends_all,
            'Density': manifold.density,
            'Coverage': manifold.coverage,
            'Nearer To Train': privacy.nearer_to_train,
            'Copies': privacy.copies,
            'Test Copies': privacy.holdout_copies,
        }

    def _of_models(self, table: pd.DataFrame) -> Row:
        """What models make of the table, on real rows."""
        figures: Row = {}
        for label, model in (('', None), ('Linear ', LogisticRegression(max_iter=1000))):
            judged = evaluate_tstr(
                table,
                self.test,
                self.target,
                list(self.sensitive),
                self.favourable,
                metadata=self.metadata,
                model=model,
            )
            *_, groups = judged.groups.values()
            figures |= {
                f'{label}AUC': judged.auc,
                f'{label}DPR': groups.demographic_parity_ratio,
                f'{label}EOR': groups.equalized_odds_ratio,
            }
            if model is None:
                figures |= {
                    'DPD': groups.demographic_parity_difference,
                    'EOD': groups.equalized_odds_difference,
                    'F1': judged.f1,
                    'Accuracy': judged.accuracy,
                }
        return figures

    def _recovered(self, table: pd.DataFrame) -> float:
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
        return float(found.loc[found['Source'] == 'synthetic', 'Value'].max())

    @cached_property
    def fingerprint(self) -> str:
        """Changes with the rows and with what is asked; not with the synthesizers."""
        asked = (self.sensitive, self.target, self.favourable, self.num_rows)
        told = repr((asked, self.metadata.to_dict(), digest_of(self.train, self.test)))
        return hashlib.sha256(told.encode()).hexdigest()[:16]
