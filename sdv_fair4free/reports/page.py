"""The page of a fairness report: one HTML file that needs no network."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape
from itertools import cycle
from typing import TYPE_CHECKING

import pandas as pd

from sdv_fair4free.html import document, folded, table_block
from sdv_fair4free.metrics.audit import PROPERTIES, Audit
from sdv_fair4free.reports.cells import number
from sdv_fair4free.reports.comparison import comparison
from sdv_fair4free.reports.definitions import definitions
from sdv_fair4free.reports.page_parts import (
    column_heading,
    figures_table,
    leakage_figures,
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

if TYPE_CHECKING:
    from sdv_fair4free.reports.fairness_report import FairnessReport


def build_report_page(reports: Mapping[str, FairnessReport]) -> str:
    """The whole page.

    Args:
        reports (mapping): From the name of a synthetic table to its report. The first is the one
            the page is about; the others stand beside it.

    Returns:
        str: HTML; it loads nothing from elsewhere.

    Raises:
        ValueError: If the reports answer different questions.
    """
    name, *_ = reports
    scores = comparison(reports)
    colours = _colours(reports)
    body = (
        _section('summary', 'In short', _summary(reports, scores, colours))
        + _section('fairness', 'Fairness', _fairness(reports, colours))
        + _section('utility', 'Utility', _utility(reports, colours))
        + _section(
            'quality',
            'Quality',
            '<p>Is the table still like the real one?</p>' + quality_section(reports, colours),
        )
        + _section(
            'privacy',
            'Privacy',
            '<p>Does the synthesizer repeat the rows it has learnt from?</p>'
            + privacy_section(reports, colours),
        )
        + _section('definitions', 'What the words mean', _definitions(reports))
        + _limits()
        + _section('remarks', 'How it was measured', _list(remarks(reports)))
    )
    return document(
        f'Fairness report: {name}', f'How fair are the {name} rows?', _lead(reports), body
    )


def _lead(reports: Mapping[str, FairnessReport]) -> str:
    """The question, and the rows that answer it."""
    (_, report), *others = reports.items()
    settings = report.get_audit().settings
    rows = settings['rows']
    if others:
        counts = {name: one.get_audit().settings['rows'] for name, one in reports.items()}
        synthetic = ', '.join(f'{name} {count["synthetic"]:,}' for name, count in counts.items())
        synthetic = f'synthetic ones: {synthetic}'
    else:
        synthetic = f'{rows["synthetic"]:,} synthetic ones'
    favourable = {
        'binary': f' (favourable outcome: <b>{escape(str(settings["favourable_outcome"]))}</b>)',
        'multiclass': ' (each of its outcomes against all others)',
        'numeric': ' (a number)',
    }[settings['target_kind']]
    return (
        f'Target <b>{escape(str(settings["target_column"]))}</b>{favourable}, groups by '
        f'<b>{escape(", ".join(settings["sensitive_columns"]))}</b>. {rows["real"]:,} real rows, '
        f'{escape(synthetic)}; tested on {rows["validation"]:,} real rows '
        + (
            'that neither model nor synthesizer has seen.'
            if all(one.tested_on_unseen for one in reports.values())
            else 'kept from the models. No validation rows were given, so <b>the synthesizer may '
            'have seen them</b>, which flatters its rows.'
        )
    )


def _colours(reports: Mapping[str, FairnessReport]) -> dict[str, str]:
    first, *others = reports
    return {
        REAL: COLOURS[REAL],
        first: COLOURS[SYNTHETIC],
        **dict(zip(others, cycle(OTHER_COLOURS), strict=False)),
        CONSTANT: COLOURS[CONSTANT],
    }


def _section(name: str, heading: str, content: str) -> str:
    return (
        f'<section aria-labelledby="{name}"><h2 id="{name}">{escape(heading)}</h2>'
        f'{content}</section>'
    )


def _summary(
    reports: Mapping[str, FairnessReport], scores: pd.DataFrame, colours: dict[str, str]
) -> str:
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


def _fairness(reports: Mapping[str, FairnessReport], colours: dict[str, str]) -> str:
    audits = _audits(reports)
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


def _utility(reports: Mapping[str, FairnessReport], colours: dict[str, str]) -> str:
    numeric = is_numeric(next(iter(reports.values())))
    return (
        f'<p>{escape(property_meaning("Utility Retained", numeric))}</p>'
        + utility_figure(_audits(reports), colours)
        + figures_table(reports, 'Utility Retained', colours)
    )


def _audits(reports: Mapping[str, FairnessReport]) -> dict[str, Audit]:
    audits = {name: report.get_audit() for name, report in reports.items()}
    return {REAL: next(iter(audits.values())), **audits}


def _definitions(reports: Mapping[str, FairnessReport]) -> str:
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
    entries = ''.join(
        f'<dt>{escape(word)}</dt><dd>{escape(meaning)}</dd>'
        for word, meaning in {**asked, **words}.items()
    )
    return f'<dl>{entries}</dl>'


def _limits() -> str:
    return (
        '<section class="note" aria-labelledby="limits"><h2 id="limits">What this does not promise'
        f'</h2>{_list(LIMITS)}</section>'
    )


def _list(sentences: Iterable[str]) -> str:
    return f'<ul>{"".join(f"<li>{escape(sentence)}</li>" for sentence in sentences)}</ul>'
