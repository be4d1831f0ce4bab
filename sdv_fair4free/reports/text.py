"""A fairness report as Markdown, as a dictionary, and as text for a terminal."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from sdv_fair4free.metrics.audit import PROPERTIES
from sdv_fair4free.reports.cells import number
from sdv_fair4free.reports.comparison import comparison
from sdv_fair4free.reports.figure_lines import FigureLine, figure_lines, plugin_lines
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
    plain: dict[str, Any] = _plain(whole)
    return plain


def report_as_markdown(reports: Mapping[str, FairnessReport]) -> str:
    """The main figures as Markdown: sentences, scores, headline figures of all tables, limits."""
    scores = comparison(reports).T
    (name, report), *_ = reports.items()
    lines = [f'# Fairness of {_plain_markdown(name)} rows', '']
    lines += _items(verdict(report, name))
    lines += ['', '## Scores', '', 'From 0 to 1, best 1. Train on synthetic, test on real.', '']
    lines += _table(['', *scores.columns], [[i, *map(number, row)] for i, *row in _rows(scores)])
    if missing := missing_scores(reports):
        lines += ['', *_items(missing)]
    for title in PROPERTIES:
        lines += ['', f'## {title}', '', property_meaning(title, is_numeric(report)), '']
        lines += _figures(figure_lines(reports, title))
    if added := plugin_lines(reports):
        told = 'Plug-ins added these. They count in no score.'
        lines += ['', '## Figures of plug-ins', '', told, '', *_figures(added)]
    lines += ['', '## What this does not promise', '', *_items(LIMITS)]
    lines += ['', '## Remarks', '', *_items(remarks(reports))]
    return '\n'.join(lines) + '\n'


def report_as_text(reports: Mapping[str, FairnessReport]) -> str:
    """Sentences and scores for a terminal."""
    (name, report), *_ = reports.items()
    scores = comparison(reports).T.to_string(float_format='{:.3f}'.format, na_rep='-')
    sentences = ''.join(f'* {sentence}\n' for sentence in verdict(report, name))
    return f'{sentences}\n{scores}\n'


def _figures(figures: list[FigureLine]) -> list[str]:
    sources = list(dict.fromkeys(label for line in figures for label in line.cells))
    return _table(
        ['Figure', 'Of', *sources, 'Best'],
        [
            [
                line.metric,
                line.subject,
                *(line.cells[source].as_text() for source in sources),
                line.best,
            ]
            for line in figures
        ],
    )


def _rows(table: pd.DataFrame) -> list[list[Any]]:
    return [list(row) for row in table.itertuples()]


def _items(sentences: Iterable[str]) -> list[str]:
    return [f'- {_plain_markdown(sentence)}' for sentence in sentences]


def _table(head: list[str], rows: list[list[Any]]) -> list[str]:
    lines = [head, ['---', *['---:'] * (len(head) - 1)], *rows]
    return [
        '| ' + ' | '.join(_plain_markdown(str(cell)).replace('|', r'\|') for cell in line) + ' |'
        for line in lines
    ]


def _plain_markdown(text: str) -> str:
    """Names of columns and tables are not markup."""
    return text.replace('<', r'\<')


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
