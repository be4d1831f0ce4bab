"""The fairness report: the frame of SDMetrics' reports around one audit of two tables."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Mapping, Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any

import pandas as pd
import plotly.graph_objects as go
from sdmetrics.reports.base_unified_report import BaseUnifiedReport
from sdmetrics.visualization import set_plotly_config

from sdv_fair4free._version import __version__
from sdv_fair4free.metrics.audit import PROPERTIES, Audit
from sdv_fair4free.metrics.checks import raise_if
from sdv_fair4free.reports.inputs import chosen_table, column_mismatches, validation_table
from sdv_fair4free.reports.measurement import QUESTION, measure
from sdv_fair4free.reports.nearness import Privacy
from sdv_fair4free.reports.properties import AuditProperty
from sdv_fair4free.reports.resemblance import Quality
from sdv_fair4free.reports.score import overall_score, source_scores


class FairnessReport(BaseUnifiedReport):
    """Is a synthetic table fair, and is what is fair about it of any use?

    Five properties, each from 0 to 1, **best 1**: Label Parity (equal outcomes in the table), Proxy
    Leakage (the other columns do not give the sensitive ones away), Model Parity (a model trained
    on the table decides alike for all groups), Error Parity (and errs alike), Utility Retained (and
    is as good as one trained on real rows). Models are always tested on real rows.

    The overall score is the harmonic mean of fairness (the mean of the first four) and of Utility
    Retained, in [0, 1], **best 1**. A model that answers everybody alike favours no group, retains
    no utility, and so scores 0; its row is in ``compare()``, and on every page.

    It judges one question about one table with one kind of model, and certifies nothing.

    Args:
        sensitive_columns (str or sequence of str): The columns that name the groups.
        target_column (str): The outcome to predict.
        real_validation_data (pandas.DataFrame, dict of tables or None): Real rows to test on, which
            the synthesizer has not seen. None: ``audit`` says what it does then; privacy is not
            measured.
        favourable_outcome (object): The value of the target that people hope for.
        intersections (bool): Judge crossings of several sensitive columns as well.
        model (object or None): A scikit-learn estimator, not yet fitted; None for the default.
        bootstrap_samples (int): Redraws behind each interval, at least 0.
        confidence_level (float): Of the intervals, in (0, 1).
        minimum_group_size (int): Smaller groups are shown as 'insufficient data'.
        random_state (int): Seed; the same input gives the same figures.
        table_name (str or None): The table to judge; needed only if there are several.
        include_quality (bool): Measure SDMetrics' quality too, for the page.
        include_privacy (bool): Measure the distance to the closest record too, for the page.
        withheld_columns (str or sequence of str): Columns that the models are not given, such as
            the sensitive ones where a decision may not use them: a model that may read them can
            make up for what other columns tell of the group, and one that may not cannot.
    """

    def __init__(
        self,
        sensitive_columns: str | Sequence[str],
        target_column: str,
        real_validation_data: pd.DataFrame | Mapping[str, pd.DataFrame] | None = None,
        favourable_outcome: Any = None,
        intersections: bool = True,
        model: Any = None,
        bootstrap_samples: int = 200,
        confidence_level: float = 0.95,
        minimum_group_size: int = 50,
        random_state: int = 0,
        table_name: str | None = None,
        include_quality: bool = True,
        include_privacy: bool = True,
        withheld_columns: str | Sequence[str] = (),
    ) -> None:
        super().__init__()
        self.sensitive_columns = sensitive_columns
        self.target_column = target_column
        self.real_validation_data = real_validation_data
        self.favourable_outcome = favourable_outcome
        self.intersections = intersections
        self.model = model
        self.bootstrap_samples = bootstrap_samples
        self.confidence_level = confidence_level
        self.minimum_group_size = minimum_group_size
        self.random_state = random_state
        self.table_name = table_name
        self.include_quality = include_quality
        self.include_privacy = include_privacy
        self.withheld_columns = withheld_columns
        self._audit: Audit | None = None
        self._quality: Quality | None = None
        self._privacy: Privacy | None = None
        self._holds_validation = True
        self.tested_on_unseen = False
        self._properties = {name: AuditProperty(name) for name in PROPERTIES}
        self.report_info['sdv_fair4free_version'] = __version__

    def generate(
        self,
        real_data: dict[str, pd.DataFrame],
        synthetic_data: dict[str, pd.DataFrame],
        metadata: dict[str, Any],
        constraints: list[dict[str, Any]] | None = None,
        verbose: bool = True,
    ) -> None:
        """Measure everything, once.

        Args:
            real_data (dict[str, pandas.DataFrame]): The rows the synthesizer has learnt from.
            synthetic_data (dict[str, pandas.DataFrame]): The rows to judge.
            metadata (dict): The metadata, from ``Metadata.to_dict()``.
            constraints (list[dict] or None): Not used; other reports have it.
            verbose (bool): Show progress and scores.

        Raises:
            ValueError: If the data cannot answer the question; the message lists every problem.
        """
        if not self._holds_validation:
            raise ValueError(
                'This report comes from a file, and files of reports hold no rows: build a new '
                'FairnessReport with real_validation_data to measure again.'
            )
        self._validate(real_data, synthetic_data, metadata, constraints)
        name = chosen_table(self.table_names, self.table_name)
        validation = validation_table(self.real_validation_data, name)
        self.tested_on_unseen = validation is not None
        measured = measure(
            real_data[name],
            synthetic_data[name],
            validation,
            metadata,
            name,
            {key: getattr(self, key) for key in QUESTION},
            include_quality=self.include_quality,
            include_privacy=self.include_privacy,
            verbose=verbose,
        )
        self._audit, self._quality, self._privacy = measured
        for part in self._properties.values():
            part.audit, part.table_name = self._audit, name
        with warnings.catch_warnings():
            # A property without any figure is NaN; that their mean is, too, needs no warning.
            warnings.filterwarnings('ignore', 'Mean of empty slice', RuntimeWarning)
            super().generate(real_data, synthetic_data, metadata, constraints, verbose=False)
        # Whole columns of real rows, of no further use.
        self._original_datetime_columns: dict[str, Any] = {}
        self._overall_score = overall_score(source_scores(self.get_audit(), 'synthetic'))
        self._print_results(verbose)

    @set_plotly_config  # type: ignore[untyped-decorator]
    def get_visualization(self, property_name: str, table_name: str | None = None) -> go.Figure:
        """The figure of a property: real beside synthetic, with intervals.

        Args:
            property_name (str): One of the five.
            table_name (str or None): Not needed: one table is judged.
        """
        self._validate_property_generated(property_name)
        name = chosen_table(self.table_names, self.table_name) if table_name is None else table_name
        self._check_table_names(name)
        return self._properties[property_name].get_visualization(name)

    def get_audit(self) -> Audit:
        """Every figure, every group and every remark, as tidy frames."""
        self._check_report_generated()
        assert self._audit is not None
        return self._audit

    def get_quality(self) -> Quality | None:
        """SDMetrics' quality; None if it was not asked for."""
        self._check_report_generated()
        return self._quality

    def get_privacy(self) -> Privacy | None:
        """The distance to the closest record; None if not asked for, or without a holdout."""
        self._check_report_generated()
        return self._privacy

    def compare(
        self, others: Mapping[str, FairnessReport] | None = None, name: str = 'Synthetic'
    ) -> pd.DataFrame:
        """The scores of all tables beside each other, and of the classifier that nothing can teach.

        Args:
            others (mapping or None): From the name of a synthesizer to its report on the same
                question and the same real rows.
            name (str): What to call the table of this report.

        Returns:
            pandas.DataFrame: Index: the real rows, this table, the others, 'Constant classifier'.
            Columns: ``Overall``, ``Fairness`` and the five properties, all in [0, 1], best 1. The
            constant classifier has no ``Fairness``: it makes no table, so two of its four parts are
            unknown, and the mean of the others would stand above everybody's.

        Raises:
            ValueError: If a report answers another question, or two have one name.
        """
        from sdv_fair4free.reports.comparison import beside, comparison

        return comparison(beside(name, self, others))

    def to_dict(self) -> dict[str, Any]:
        """Everything that was measured, in plain lists, numbers and words that JSON can hold."""
        from sdv_fair4free.reports.text import report_as_dict

        return report_as_dict(self)

    def to_markdown(
        self, others: Mapping[str, FairnessReport] | None = None, name: str = 'Synthetic'
    ) -> str:
        """A summary to read as plain text.

        Args:
            others (mapping or None): Reports to set beside this one, by the name to show.
            name (str): What to call this one.
        """
        from sdv_fair4free.reports.comparison import beside
        from sdv_fair4free.reports.text import report_as_markdown

        return report_as_markdown(beside(name, self, others))

    def to_html(
        self,
        path: str | Path,
        others: Mapping[str, FairnessReport] | None = None,
        name: str = 'Synthetic',
    ) -> None:
        """Write one page that opens in any browser, without a network.

        Args:
            path (str or pathlib.Path): The file to write.
            others (mapping or None): See ``compare``.
            name (str): What to call the table of this report.
        """
        from sdv_fair4free.reports.comparison import beside
        from sdv_fair4free.reports.page import build_report_page

        Path(path).write_text(build_report_page(beside(name, self, others)), encoding='utf-8')

    def _validate_metadata_matches_data(
        self,
        real_data: dict[str, pd.DataFrame],
        synthetic_data: dict[str, pd.DataFrame],
        metadata: dict[str, Any],
    ) -> None:
        raise_if(column_mismatches(real_data, synthetic_data, metadata))
        super()._validate_metadata_matches_data(real_data, synthetic_data, metadata)

    def _print_results(self, verbose: bool) -> None:
        if not verbose:
            return
        lines = [
            f'{name} Score: {score:.2%}'
            for name, score in self.get_properties().itertuples(index=False)
        ]
        constant = self.compare().loc['Constant classifier']
        lines += [
            '',
            'Overall Score (harmonic mean of fairness and utility): '
            f'{self._overall_score:.2%}; of the constant classifier: {constant["Overall"]:.2%}',
        ]
        sys.stdout.write('\n'.join(lines) + '\n\n')

    def __copy__(self) -> FairnessReport:
        """A copy in memory keeps its validation rows; only files must not hold them."""
        twin = type(self).__new__(type(self))
        twin.__dict__.update(self.__dict__)
        return twin

    def __deepcopy__(self, memo: dict[int, Any]) -> FairnessReport:
        """As ``__copy__``, with a copy of everything that is held."""
        twin = type(self).__new__(type(self))
        memo[id(self)] = twin
        twin.__dict__.update(deepcopy(self.__dict__, memo))
        return twin

    def __getstate__(self) -> dict[str, Any]:
        """A saved report holds figures only: no row of anybody."""
        return {**self.__dict__, 'real_validation_data': None, '_holds_validation': False}
