"""The properties of the report: each shows its part of one audit, which is made only once."""

from typing import Any

import pandas as pd
import plotly.graph_objects as go
from sdmetrics.reports.multi_table._properties import BaseMultiTableProperty

from sdv_fair4free.metrics.audit import Audit
from sdv_fair4free.reports.plots import property_figure
from sdv_fair4free.reports.score import property_details, property_score


class AuditProperty(BaseMultiTableProperty):
    """One property of a fairness report.

    Attributes:
        name (str): One of ``sdv_fair4free.metrics.audit.PROPERTIES``.
        audit (Audit or None): What it reads its figures from; the report sets it.
        table_name (str or None): The table that was audited; the report sets it.
    """

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name
        self.audit: Audit | None = None
        self.table_name: str | None = None

    def _get_num_iterations(self, metadata: dict[str, Any]) -> int:
        return 1

    def _compute_average(self) -> float:
        """The score of the property; ``property_score`` says how."""
        return property_score(self.details, self.name)

    def _generate_details(
        self,
        real_data: dict[str, pd.DataFrame],
        synthetic_data: dict[str, pd.DataFrame],
        metadata: dict[str, Any],
        progress_bar: Any = None,
    ) -> None:
        if self.audit is None:
            raise ValueError(f'{self.name} has no audit to read; call FairnessReport.generate.')
        self.details = property_details(self.audit, self.name)
        self.details.insert(0, 'Table', self.table_name)
        if progress_bar:
            progress_bar.update()

    def get_visualization(self, table_name: str) -> go.Figure:
        """The figures of the property, real rows beside synthetic ones, with their intervals."""
        if self.audit is None or not self.is_computed:
            raise ValueError(f'{self.name} has no figures yet; call FairnessReport.generate first.')
        return property_figure(self.audit, self.name, self._compute_average())
