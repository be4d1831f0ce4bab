"""The sections of a report, in their order; plug-ins may add others."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from html import escape
from itertools import cycle
from typing import TYPE_CHECKING

import pandas as pd

from sdv_fair4free.html import folded, table_block
from sdv_fair4free.metrics.audit import PROPERTIES, Audit
from sdv_fair4free.metrics.of_plugins import added
from sdv_fair4free.plugins import Provided
from sdv_fair4free.reports.cells import number
from sdv_fair4free.reports.comparison import comparison
from sdv_fair4free.reports.definitions import definitions
from sdv_fair4free.reports.page_parts import (
    column_heading,
    figures_table,
    leakage_figures,
    plugin_figures_table,
    rate_figures,
    utility_figure,
)
from sdv_fair4free.reports.page_quality import privacy_section, quality_section
from sdv_fair4free.reports.plots import (
    COLOURS,
    CONSTANT,
    GROUP_METRICS,
    OTHER_COLOURS,
    REAL,
    SYNTHETIC,
)
from sdv_fair4free.reports.sentences import (
    is_numeric,
    missing_scores,
    parity_figures,
    remarks,
    verdict,
)
from sdv_fair4free.reports.words import LIMITS, property_meaning
from sdv_fair4free.validation import is_number

if TYPE_CHECKING:
    from sdv_fair4free.reports.fairness_report import FairnessReport

Reports = Mapping[str, 'FairnessReport']
"""From the name of a synthetic table to its report; the page is about the first."""


@dataclass(frozen=True, kw_only=True)
class ReportSection:
    """A section of a report.

    Attributes:
        heading: Plain text.
        place: Sections stand in this order. Those built in are at 100 (In short), 200 (Fairness),
            300 (Utility), 400 (Quality), 500 (Privacy), 600 (Figures of plug-ins), 700 (What the
            words mean), 800 (What this does not promise) and 900 (How it was measured).
        build: From the reports to HTML that loads nothing from elsewhere; an empty text leaves the
            section out. Everything that comes from the table has to be escaped. Markdown has the
            headings, texts, lists and tables of it, and leaves out what is drawn.
        note: Whether it stands apart, as a warning does.

    Raises:
        ValueError: If one of these is something else.
    """

    heading: str
    place: float
    build: Callable[[Reports], str]
    note: bool = False

    def __post_init__(self) -> None:
        placed = is_number(self.place) and math.isfinite(self.place)
        if not (isinstance(self.heading, str) and placed and callable(self.build)):
            raise ValueError('heading must be text, place a finite number, and build a function')


def _colours(reports: Reports) -> dict[str, str]:
    first, *others = reports
    return {
        REAL: COLOURS[REAL],
        first: COLOURS[SYNTHETIC],
        **dict(zip(others, cycle(OTHER_COLOURS), strict=False)),
        CONSTANT: COLOURS[CONSTANT],
    }


def _summary(reports: Reports) -> str:
    scores, colours = comparison(reports), _colours(reports)
    (name, report), *_ = reports.items()
    tiles = _tiles(report, comparison({name: report}).T[name])
    head = ['', *(column_heading(str(source), colours) for source in scores.index)]
    table = table_block(
        'Scores, from 0 to 1; 1 is best',
        head,
        [[escape(str(title)), *map(number, column)] for title, column in scores.items()],
        wrap=True,
    )
    return (
        f'<ul class="tiles">{tiles}</ul>{_list(verdict(report, name))}{table}'
        '<p class="small">Overall is the harmonic mean of Fairness and Utility Retained. The '
        'constant classifier answers everybody alike: it favours no group, is of no use, and so '
        'scores 0 overall. It has no table, so it has neither Label Parity nor Proxy Leakage.</p>'
        + ''.join(f'<p class="small">{escape(one)}</p>' for one in missing_scores(reports))
    )


def _tiles(report: FairnessReport, scores: pd.Series) -> str:
    tiles = [
        ('Overall score', number(scores['Overall'], 2), '0 to 1; constant classifier: 0'),
        *(
            (
                f'{row["Metric"]}, {row["Column"]}',
                number(row['Synthetic Value'], 2),
                f'real rows: {number(row["Real Value"], 2)}; {row["Best"]:g} is parity'
                if pd.notna(row['Synthetic Value'])
                else str(row['Error']),
            )
            for _, row in parity_figures(report).iterrows()
            if row['Column'] in report.get_audit().settings['sensitive_columns']
        ),
        (
            'Utility retained',
            number(scores['Utility Retained'], 2),
            '1: as good as a model trained on real rows',
        ),
    ]
    privacy = report.get_privacy()
    if privacy is not None:
        share = f'{privacy.nearer_to_train:.1%}'
        tiles.append(('Nearer to train', share, '50% is ideal, 100% is copying'))
    return ''.join(
        f'<li>{escape(title)} <b>{escape(figure)}</b> <small>{escape(remark)}</small></li>'
        for title, figure, remark in tiles
    )


def _fairness(reports: Reports) -> str:
    audits, colours = _audits(reports), _colours(reports)
    settings, numeric = audits[REAL].settings, is_numeric(next(iter(reports.values())))
    parts = []
    for name in ('Label Parity', 'Model Parity', 'Error Parity'):
        parts.append(f'<h3>{name}</h3><p>{escape(property_meaning(name, numeric))}</p>')
        parts += [
            rate_figures(audits, name, column, colours)
            for column in settings['groupings']
            if name != 'Error Parity' or column in settings['sensitive_columns']
        ]
        table = figures_table(reports, name, colours)
        long = name == 'Error Parity'
        parts.append(folded('The figures that count in the score', table) if long else table)
    meaning = property_meaning('Proxy Leakage', numeric)
    parts.append(f'<h3>Proxy Leakage</h3><p>{escape(meaning)}</p>')
    parts.append(leakage_figures(audits, colours))
    parts.append(figures_table(reports, 'Proxy Leakage', colours))
    return ''.join(parts)


def _utility(reports: Reports) -> str:
    colours = _colours(reports)
    numeric = is_numeric(next(iter(reports.values())))
    return (
        f'<p>{escape(property_meaning("Utility Retained", numeric))}</p>'
        + utility_figure(_audits(reports), colours)
        + figures_table(reports, 'Utility Retained', colours)
    )


def _audits(reports: Reports) -> dict[str, Audit]:
    audits = {name: report.get_audit() for name, report in reports.items()}
    return {REAL: next(iter(audits.values())), **audits}


def _definitions(reports: Reports) -> str:
    first, *_ = reports.values()
    audits = [report.get_audit() for report in reports.values()]
    drawn = {rate for rates in GROUP_METRICS.values() for rate in rates}
    rates = {rate for audit in audits for rate in audit.groups['Metric']} & drawn
    words = definitions(
        {metric for audit in audits for metric in audit.figures['Metric']} | rates,
        crossings=any(
            len(audit.settings['groupings']) > len(audit.settings['sensitive_columns'])
            for audit in audits
        ),
        quality=any(report.get_quality() is not None for report in reports.values()),
        privacy=any(report.get_privacy() is not None for report in reports.values()),
    )
    asked = {name: property_meaning(name, is_numeric(first)) for name in PROPERTIES}
    return _glossary({**asked, **words})


def _glossary(words: Mapping[str, str]) -> str:
    entries = ''.join(
        f'<dt>{escape(word)}</dt><dd>{escape(meaning)}</dd>' for word, meaning in words.items()
    )
    return f'<dl>{entries}</dl>'


def _quality(reports: Reports) -> str:
    intro = '<p>Is the table still like the real one?</p>'
    return intro + quality_section(reports, _colours(reports))


def _privacy(reports: Reports) -> str:
    intro = '<p>Does the synthesizer repeat the rows it has learnt from?</p>'
    return intro + privacy_section(reports, _colours(reports))


def _of_plugins(reports: Reports) -> str:
    table = plugin_figures_table(reports, _colours(reports))
    told = '<p>Plug-ins added these. They count in no score, so that scores stay comparable.</p>'
    shown = {
        metric for report in reports.values() for metric in report.get_audit().figures['Metric']
    }
    words = {name: entry.thing.definition for name, entry in added().items() if name in shown}
    return told + table + _glossary(words) if table else ''


def _list(sentences: Iterable[str]) -> str:
    return f'<ul>{"".join(f"<li>{escape(sentence)}</li>" for sentence in sentences)}</ul>'


def content_of(found: Provided, reports: Reports) -> str:
    """The HTML of a section; an empty text where it is left out.

    Raises:
        PluginError: If it is a plug-in's and fails, or gives no text.
    """
    content: str = found.guarded(found.thing.build, _no_text)(reports)
    return content


def _no_text(content: object, *_: object) -> str | None:
    """What is wrong with the content of a section."""
    return None if isinstance(content, str) else 'text'


SECTIONS: dict[str, ReportSection] = {
    'summary': ReportSection(heading='In short', place=100, build=_summary),
    'fairness': ReportSection(heading='Fairness', place=200, build=_fairness),
    'utility': ReportSection(heading='Utility', place=300, build=_utility),
    'quality': ReportSection(heading='Quality', place=400, build=_quality),
    'privacy': ReportSection(heading='Privacy', place=500, build=_privacy),
    'plugins': ReportSection(heading='Figures of plug-ins', place=600, build=_of_plugins),
    'definitions': ReportSection(heading='What the words mean', place=700, build=_definitions),
    'limits': ReportSection(
        heading='What this does not promise',
        place=800,
        build=lambda reports: _list(LIMITS),
        note=True,
    ),
    'remarks': ReportSection(
        heading='How it was measured', place=900, build=lambda reports: _list(remarks(reports))
    ),
}
"""Those that are built in, by their anchors."""
