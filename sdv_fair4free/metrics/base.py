"""What every fairness metric has in common: it is one figure of an audit, in SDMetrics' shape."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from sdmetrics.errors import IncomputableMetricError
from sdmetrics.goal import Goal
from sdmetrics.single_table.base import SingleTableMetric
from sdmetrics.utils import get_table_data_from_dict


class FairnessMetric(SingleTableMetric):
    """One fairness figure of a synthetic table, beside the same figure of the real one.

    Every subclass is a view of one figure of ``sdv_fair4free.metrics.audit.audit``, and takes the
    same arguments. To compute several, call ``audit`` (or ``evaluate_fairness``): it trains each
    model once.

    Attributes:
        name (str): Name of the metric.
        goal (sdmetrics.goal.Goal): Whether more or less is better.
        min_value (float): Smallest value.
        max_value (float): Largest value.
        figure (str): The figure's name in ``Audit.figures``.
        numeric (bool or None): Whether it is about targets that are numbers (True), classes
            (False), or any (None).
    """

    min_value: Any = 0.0
    max_value: Any = 1.0
    figure: ClassVar[str] = ''
    numeric: ClassVar[bool | None] = False
    _reported: ClassVar[str] = 'Value'

    @classmethod
    def compute(
        cls,
        real_data: pd.DataFrame,
        synthetic_data: pd.DataFrame,
        metadata: Any = None,
        table_name: str | None = None,
        **parameters: Any,
    ) -> float:
        """Compute the figure of the synthetic table: the worst over all sensitive columns.

        Args:
            real_data (pandas.DataFrame): The rows the generator learnt from.
            synthetic_data (pandas.DataFrame): The rows it made.
            metadata (dict, sdv.metadata.Metadata or None): Nested or flat. Default: everything is
                read from the columns' types.
            table_name (str or None): Which table, if the metadata has several.
            **parameters: As ``compute_breakdown``.

        Returns:
            float: The figure; NaN if there are not enough rows to compute it.
        """
        breakdown = cls.compute_breakdown(
            real_data, synthetic_data, metadata, table_name, **parameters
        )
        return float(breakdown['score'])

    @classmethod
    def compute_breakdown(
        cls,
        real_data: pd.DataFrame,
        synthetic_data: pd.DataFrame,
        metadata: Any = None,
        table_name: str | None = None,
        *,
        sensitive_columns: str | Sequence[str],
        target_column: str,
        favourable_outcome: Any = None,
        real_validation_data: pd.DataFrame | None = None,
        **settings: Any,
    ) -> dict[str, Any]:
        """Compute the figure for every sensitive column, of the synthetic and of the real table.

        Args:
            real_data (pandas.DataFrame): The rows the generator learnt from.
            synthetic_data (pandas.DataFrame): The rows it made.
            metadata (dict, sdv.metadata.Metadata or None): Nested or flat.
            table_name (str or None): Which table, if the metadata has several.
            sensitive_columns (str or sequence of str): The columns that name the groups.
            target_column (str): The outcome.
            favourable_outcome (object or None): The value of the outcome that people hope for.
            real_validation_data (pandas.DataFrame or None): Real rows that neither generator nor
                model has seen. Default: a seeded quarter of ``real_data``.
            **settings: As ``audit``: ``intersections``, ``model``, ``bootstrap_samples``,
                ``confidence_level``, ``minimum_group_size``, ``random_state``,
                ``withheld_columns``.

        Returns:
            dict: ``score`` (as ``compute``); ``breakdown``, the rows of ``Audit.figures`` for both
                tables; ``groups``, the rates of every group; ``error``, why ``score`` is NaN, or
                None; ``notes``.

        Raises:
            FairnessInputError: If the tables or settings cannot answer the question.
            IncomputableMetricError: If the metric is about another kind of target.
        """
        from sdv_fair4free.metrics.audit import audit

        result = audit(
            get_table_data_from_dict(real_data),
            get_table_data_from_dict(synthetic_data),
            metadata,
            sensitive_columns,
            target_column,
            real_validation_data=get_table_data_from_dict(real_validation_data),
            favourable_outcome=favourable_outcome,
            metrics=[cls.figure],
            table_name=table_name,
            **settings,
        )
        if result.figures.empty:
            kind = 'a number' if cls.numeric else 'a class'
            raise IncomputableMetricError(
                f"{cls.name} needs a target that is {kind}, and '{target_column}' is not; "
                'set its sdtype, or use another metric.'
            )
        headline = result.figures[result.figures['Headline']]
        if headline.empty:  # of a plug-in's figure, which counts in no score but its own
            headline = result.figures[result.figures['Source'] == 'synthetic']
        computable = headline.dropna(subset=['Score'])
        error = None
        if computable.empty:
            score = np.nan
            error = str(headline['Error'].iloc[0])
        else:
            score = cls._raw(computable.iloc[int(computable['Score'].argmin())], result.settings)
        return {
            'score': score,
            'breakdown': result.figures,
            'groups': result.groups,
            'error': error,
            'notes': result.notes,
        }

    @classmethod
    def _raw(cls, row: pd.Series, settings: dict[str, Any]) -> float:
        """The value of the worst row, within the metric's bounds."""
        value = float(row[cls._reported])
        return float(np.clip(value, cls.min_value, cls.max_value))


class DistanceMetric(FairnessMetric):
    """A distance between groups of a numeric target, in its standard deviations (real table)."""

    goal = Goal.MINIMIZE
    max_value = float('inf')
    numeric = True

    @classmethod
    def _raw(cls, row: pd.Series, settings: dict[str, Any]) -> float:
        return float(row['Value'] / settings['target_scale'])

    @classmethod
    def normalize(cls, raw_score: float) -> float:
        """Map to [0, 1]: 1 where the groups agree, 0 from one standard deviation on."""
        if raw_score < 0:
            raise ValueError('`raw_score` must be between `min_value` and `max_value`.')
        return float(1 - np.minimum(raw_score, 1))
