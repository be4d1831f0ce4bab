"""A fairness report as Markdown, as a dictionary, and as text for a terminal."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from sdv_fair4free.metrics.audit import PROPERTIES
from sdv_fair4free.plugins import provided
from sdv_fair4free.reports.cells import NO_CELL, number
from sdv_fair4free.reports.comparison import comparison
from sdv_fair4free.reports.figure_lines import FigureLine, figure_lines, plugin_lines
from sdv_fair4free.reports.markdown import items, plain, section_as_markdown, table
from sdv_fair4free.reports.sections import SECTIONS, content_of
from sdv_fair4free.reports.sentences import is_numeric, missing_scores, remarks, verdict
from sdv_fair4free.reports.words import LIMITS, property_meaning

if TYPE_CHECKING:
    from sdv_fair4free.reports.fairness_report import FairnessReport


def report_as_dict(report: FairnessReport) -> dict[str, Any]:
    """Everything that was measured; only dicts, lists, text, numbers, booleans and None."""
    audit, quality, privacy = report.get_audit(), report.get_quality(), report.get_privacy()
    scores = report.get_properties().set_index('Property')['Score']
    whole = {
        'info': report.get_info(),
        'settings': audit.settings,
        'score': report.get_score(),
        'properties': {
            name: {'score': scores[name], 'details': _records(report.get_details(name))}
            for name in PROPERTIES
        },
        'comparison': comparison({'Synthetic': report}).to_dict(orient='index'),
        'groups': _records(audit.groups),
        'constant_classifier': _records(audit.constant),
        'quality': None
        if quality is None
        else {**asdict(quality), 'columns': quality.columns.to_dict(orient='index')},
        'privacy': None if privacy is None else asdict(privacy),
        'notes': audit.notes,
    }
    told: dict[str, Any] = _plain(whole)
    return told


def report_as_markdown(reports: Mapping[str, FairnessReport]) -> str:
    """The main figures as Markdown: sentences, scores, headline figures of all tables, limits.

    Sections of plug-ins stand at their places among them, in words and tables.

    Raises:
        PluginError: If such a section fails.
    """
    (name, report), *_ = reports.items()
    scores, place = comparison(reports).T, {key: each.place for key, each in SECTIONS.items()}
    summary = _headed(SECTIONS['summary'].heading, items(verdict(report, name)))
    summary += ['', '## Scores', '', 'From 0 to 1, best 1. Train on synthetic, test on real.', '']
    summary += table(['', *scores.columns], [[i, *map(number, row)] for i, *row in _rows(scores)])
    if missing := missing_scores(reports):
        summary += ['', *items(missing)]
    placed = [(place['summary'], summary)]
    for title in PROPERTIES:
        told = property_meaning(title, is_numeric(report))
        lines = [told, '', *_figures(figure_lines(reports, title))]
        where = 'utility' if title == 'Utility Retained' else 'fairness'
        placed.append((place[where], _headed(title, lines)))
    if added := plugin_lines(reports):
        lines = ['Plug-ins added these. They count in no score.', '', *_figures(added)]
        placed.append((place['plugins'], _headed('Figures of plug-ins', lines)))
    placed.append((place['limits'], _headed('What this does not promise', items(LIMITS))))
    placed.append((place['remarks'], _headed('Remarks', items(remarks(reports)))))
    placed += _sections_of_plugins(reports)
    lines = [f'# Fairness of {plain(name)} rows']
    for _, block in sorted(placed, key=lambda found: found[0]):
        lines += ['', *block]
    return '\n'.join(lines) + '\n'


def report_as_text(reports: Mapping[str, FairnessReport]) -> str:
    """Sentences and scores for a terminal."""
    (name, report), *_ = reports.items()
    scores = comparison(reports).T.to_string(float_format='{:.3f}'.format, na_rep='-')
    sentences = ''.join(f'* {sentence}\n' for sentence in verdict(report, name))
    return f'{sentences}\n{scores}\n'


def _sections_of_plugins(reports: Mapping[str, FairnessReport]) -> list[tuple[float, list[str]]]:
    """The place and the lines of each section that a plug-in adds."""
    found = [each for each in provided('report_sections').values() if not each.built_in]
    told = [(each.thing, content_of(each, reports)) for each in found]
    return [
        (
            section.place,
            _headed(section.heading, section_as_markdown(content) or ['Drawn, on the HTML page.']),
        )
        for section, content in told
        if content.strip()
    ]


def _headed(heading: str, lines: list[str]) -> list[str]:
    return [f'## {plain(heading)}', '', *lines]


def _figures(figures: list[FigureLine]) -> list[str]:
    sources = list(dict.fromkeys(label for line in figures for label in line.cells))
    return table(
        ['Figure', 'Of', *sources, 'Best'],
        [
            [
                line.metric,
                line.subject,
                *(line.cells.get(source, NO_CELL).as_text() for source in sources),
                line.best,
            ]
            for line in figures
        ],
    )


def _rows(table: pd.DataFrame) -> list[list[Any]]:
    return [list(row) for row in table.itertuples()]


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(key): value for key, value in row.items()} for row in frame.to_dict('records')]


def _plain(value: Any) -> Any:
    """JSON has no NaN, no numpy and no dates."""
    if isinstance(value, Mapping):
        return {str(key): _plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple | set | np.ndarray):
        return [_plain(entry) for entry in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, bool | int | str):
        return value
    return None if value is pd.NA or value is pd.NaT else str(value)
