"""What this package answers itself, through the door that plug-ins use.

Everything is imported where it is asked for: what is judged needs no networks, nor the other way.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from sdv_fair4free.plugins.hooks import hookimpl

if TYPE_CHECKING:
    from sdv_fair4free.codecs import ColumnCodec
    from sdv_fair4free.core.criteria import Criterion
    from sdv_fair4free.core.dependence import Penalty
    from sdv_fair4free.core.student import StudentBuilder
    from sdv_fair4free.exporters import Exporter
    from sdv_fair4free.metrics.catalogue import FairnessFigure
    from sdv_fair4free.reports.sections import ReportSection


class BuiltIn:
    """The answers of this package; see :class:`~sdv_fair4free.plugins.hooks.Hooks`."""

    @hookimpl
    def fairness_metrics(self) -> Mapping[str, FairnessFigure]:
        """The figures of the audit."""
        from sdv_fair4free.metrics.catalogue import FIGURES

        return FIGURES

    @hookimpl
    def report_sections(self) -> Mapping[str, ReportSection]:
        """The sections of the page."""
        from sdv_fair4free.reports.sections import SECTIONS

        return SECTIONS

    @hookimpl
    def dependence_penalties(self) -> Mapping[str, Penalty]:
        """The penalty of the papers."""
        from sdv_fair4free.core.dependence import PENALTIES

        return PENALTIES

    @hookimpl
    def fairness_criteria(self) -> Mapping[str, Criterion]:
        """The three criteria."""
        from sdv_fair4free.core.criteria import CRITERIA

        return CRITERIA

    @hookimpl
    def column_codecs(self) -> Mapping[str, ColumnCodec]:
        """Tokens of numbers and dates, labels of categories."""
        from sdv_fair4free.codecs import CODECS

        return CODECS

    @hookimpl
    def student_networks(self) -> Mapping[str, StudentBuilder]:
        """The masked network."""
        from sdv_fair4free.core.student import NETWORKS

        return NETWORKS

    @hookimpl
    def artefact_exporters(self) -> Mapping[str, Exporter]:
        """Files that are handed over, and SDV's own."""
        from sdv_fair4free.exporters import EXPORTERS

        return EXPORTERS


def kind_of(question: str) -> type | None:
    """The class of what is provided in answer to a question; None where any function will do."""
    if question == 'fairness_metrics':
        from sdv_fair4free.metrics.catalogue import FairnessFigure

        return FairnessFigure
    if question == 'report_sections':
        from sdv_fair4free.reports.sections import ReportSection

        return ReportSection
    if question == 'fairness_criteria':
        from sdv_fair4free.core.criteria import Criterion

        return Criterion
    if question == 'column_codecs':
        from sdv_fair4free.codecs import ColumnCodec

        return ColumnCodec
    return None
