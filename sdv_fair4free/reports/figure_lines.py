"""The figures that count in the score of a property, each source with its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from sdv_fair4free.metrics.audit import METRICS, Audit
from sdv_fair4free.metrics.catalogue import OF_PLUGINS
from sdv_fair4free.metrics.rows import WORST_CLASS
from sdv_fair4free.reports.cells import Cell, figure_cell
from sdv_fair4free.reports.plots import CONSTANT, REAL

if TYPE_CHECKING:
    from sdv_fair4free.reports.fairness_report import FairnessReport

_PROXIES = 'Proxy Leakage'
_KEYS = ['Metric', 'Column', 'Sensitive', 'Outcome']


@dataclass(frozen=True)
class FigureLine:
    """One figure, of all sources.

    Attributes:
        metric (str): Its name.
        subject (str): The column it is about.
        cells (dict[str, Cell]): From the label of a source to its figure.
        best (str): The best value.
    """

    metric: str
    subject: str
    cells: dict[str, Cell]
    best: str


def figure_lines(reports: Mapping[str, FairnessReport], name: str) -> list[FigureLine]:
    """The figures that count in the score of one property, for a table of all sources.

    Of several proxies the strongest counts, and it need not be the same column in every table: each
    source shows its own, with the name of the column.

    Args:
        reports (mapping): From the name of a synthetic table to its report.
        name (str): The property.
    """
    return _lines(reports, name, of_plugins=False)


def plugin_lines(reports: Mapping[str, FairnessReport]) -> list[FigureLine]:
    """The figures that plug-ins add, for a table of all sources; of several classes the worst."""
    return [line for name in OF_PLUGINS for line in _lines(reports, name, of_plugins=True)]


def _lines(
    reports: Mapping[str, FairnessReport], name: str, *, of_plugins: bool
) -> list[FigureLine]:
    keys = ['Metric', 'Sensitive'] if name == _PROXIES else _KEYS
    sources = {
        label: {tuple(map(str, row[keys])): row for _, row in figures.iterrows()}
        for label, figures in _by_source(reports, name).items()
    }
    counted = {
        key: row
        for report in reports
        for key, row in sources[report].items()
        if (_of_plugin(row, reports[report]) if of_plugins else row['Headline'])
    }
    return [
        FigureLine(
            metric=row['Metric'],
            subject=str(row['Sensitive'] if name == _PROXIES else row['Column']),
            cells={label: _cell(found.get(key), name) for label, found in sources.items()},
            best=f'{row["Best"]:g}',
        )
        for key, row in counted.items()
    ]


def _of_plugin(row: pd.Series, report: FairnessReport) -> bool:
    """Whether it is a figure of a plug-in and, of several classes, that of the worst."""
    several = report.get_audit().settings['target_kind'] == 'multiclass'
    return row['Metric'] not in METRICS and (not several or row['Outcome'] == WORST_CLASS)


def strongest_proxies(figures: pd.DataFrame) -> pd.DataFrame:
    """What gives each sensitive column of one table away most, by every measure.

    Args:
        figures (pandas.DataFrame): Of the proxies of one table: ``Metric``, ``Sensitive``,
            ``Score`` and more.

    Returns:
        pandas.DataFrame: One row for each measure and sensitive column; one without a score where
        the measure has none.
    """
    return (
        figures.sort_values('Score', kind='stable', na_position='last')
        .drop_duplicates(['Metric', 'Sensitive'])
        .sort_index()
    )


def proxies_of(audit: Audit, source: str) -> pd.DataFrame:
    """The figures of proxies of one table.

    Args:
        audit (Audit): The figures.
        source (str): 'real' or 'synthetic'.
    """
    figures = audit.figures
    return figures[(figures['Property'] == _PROXIES) & (figures['Source'] == source)]


def _by_source(reports: Mapping[str, FairnessReport], name: str) -> dict[str, pd.DataFrame]:
    first = next(iter(reports.values())).get_audit()
    real = first.figures[first.figures['Source'] == 'real']
    constant = first.constant[first.constant['Property'] == name]
    frames = {
        REAL: real[real['Property'] == name],
        # The details say why a figure is missing, and what its score makes of that.
        **{
            label: report.get_details(name).rename(columns={'Synthetic Value': 'Value'})
            for label, report in reports.items()
        },
    }
    if name == _PROXIES:
        return {label: strongest_proxies(frame) for label, frame in frames.items()}
    # What is of tables and not of models, the constant classifier does not have.
    return frames | ({CONSTANT: constant.assign(Low=np.nan, High=np.nan)} if len(constant) else {})


def _cell(row: pd.Series | None, name: str) -> Cell:
    if row is None:
        return Cell('-')
    return figure_cell(row, *([row['Column']] if name == _PROXIES and not _together(row) else []))


def _together(row: pd.Series) -> bool:
    """Whether it is about all other columns at once, so that it has no column to name."""
    return bool(row['Column'] == row['Sensitive'])
