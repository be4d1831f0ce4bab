"""The page of a fairness report: one HTML file that needs no network."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from itertools import cycle
from typing import TYPE_CHECKING

import pandas as pd

from sdv_fair4free.html import document, folded, table_block
from sdv_fair4free.metrics.audit import Audit
from sdv_fair4free.reports.comparison import comparison
from sdv_fair4free.reports.page_parts import (
    column_heading,
    figures_table,
    leakage_figures,
    privacy_section,
    quality_section,
    rate_figures,
    utility_figure,
)
from sdv_fair4free.reports.plots import COLOURS, CONSTANT, OTHER_COLOURS, REAL, SYNTHETIC
from sdv_fair4free.reports.text import number, parity_figures, verdict
from sdv_fair4free.reports.words import DEFINITIONS, LIMITS, PROPERTY_MEANING

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
    (name, report), *_ = reports.items()
    scores = comparison(reports)
    settings = report.get_audit().settings
    rows = settings['rows']
    lead = (
        f'Target <b>{escape(str(settings["target_column"]))}</b>, groups by '
        f'<b>{escape(", ".join(settings["sensitive_columns"]))}</b>. {rows["real"]:,} real rows, '
        f'{rows["synthetic"]:,} synthetic ones; tested on {rows["validation"]:,} real rows '
        + (
            'that neither model nor synthesizer has seen.'
            if report.tested_on_unseen
            else 'kept from the models. No validation rows were given, so <b>the synthesizer may '
            'have seen them</b>, which flatters its rows.'
        )
    )
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
        + _section('definitions', 'What the words mean', _definitions())
        + _limits()
        + _remarks(report)
    )
    return document(
        f'Fairness report: {name}', f'How fair are the {name.lower()} rows?', lead, body
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
    sentences = ''.join(f'<li>{escape(sentence)}</li>' for sentence in verdict(report, name))
    head = ['', *(column_heading(str(source), colours) for source in scores.index)]
    table = table_block(
        'Scores, from 0 to 1; 1 is best',
        head,
        [[escape(str(title)), *map(number, column)] for title, column in scores.items()],
        wrap=True,
    )
    return (
        f'<ul class="tiles">{tiles}</ul><ul>{sentences}</ul>{table}'
        '<p class="small">Overall is the harmonic mean of Fairness and Utility Retained. The '
        'constant classifier answers everybody alike: fair, of no use, and so 0 overall.</p>'
    )


def _tiles(report: FairnessReport, scores: pd.Series) -> str:
    tiles = [
        ('Overall score', number(scores['Overall'], 2), '0 to 1; constant classifier: 0'),
        *(
            (
                f'{row["Metric"]}, {row["Column"]}',
                number(row['Synthetic Value'], 2),
                f'real rows: {number(row["Real Value"], 2)}; {row["Best"]:g} is parity',
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
    settings = audits[REAL].settings
    parts = []
    for name in ('Label Parity', 'Model Parity', 'Error Parity'):
        parts.append(f'<h3>{name}</h3><p>{escape(PROPERTY_MEANING[name])}</p>')
        parts += [
            rate_figures(audits, name, column, colours)
            for column in settings['groupings']
            if name != 'Error Parity' or column in settings['sensitive_columns']
        ]
        table = figures_table(reports, name, colours)
        long = name == 'Error Parity'
        parts.append(folded('The figures that count in the score', table) if long else table)
    parts.append(f'<h3>Proxy Leakage</h3><p>{escape(PROPERTY_MEANING["Proxy Leakage"])}</p>')
    parts.append(leakage_figures(audits, colours))
    parts.append(figures_table(reports, 'Proxy Leakage', colours))
    return ''.join(parts)


def _utility(reports: Mapping[str, FairnessReport], colours: dict[str, str]) -> str:
    return (
        f'<p>{escape(PROPERTY_MEANING["Utility Retained"])}</p>'
        + utility_figure(_audits(reports), colours)
        + figures_table(reports, 'Utility Retained', colours)
    )


def _audits(reports: Mapping[str, FairnessReport]) -> dict[str, Audit]:
    audits = {name: report.get_audit() for name, report in reports.items()}
    return {REAL: next(iter(audits.values())), **audits}


def _definitions() -> str:
    entries = ''.join(
        f'<dt>{escape(word)}</dt><dd>{escape(meaning)}</dd>'
        for word, meaning in {**DEFINITIONS, **PROPERTY_MEANING}.items()
    )
    return f'<dl>{entries}</dl>'


def _limits() -> str:
    entries = ''.join(f'<li>{escape(limit)}</li>' for limit in LIMITS)
    return (
        '<section class="note" aria-labelledby="limits"><h2 id="limits">What this does not promise'
        f'</h2><ul>{entries}</ul></section>'
    )


def _remarks(report: FairnessReport) -> str:
    audit = report.get_audit()
    settings = audit.settings
    remarks = [
        *audit.notes,
        f'Groups of fewer than {settings["minimum_group_size"]} rows get no figure. Intervals: '
        f'{settings["confidence_level"]:.0%}, {settings["bootstrap_samples"]} redraws. Seed '
        f'{settings["random_state"]}. Model: {settings["model"]}.',
    ]
    entries = ''.join(f'<li>{escape(remark)}</li>' for remark in remarks)
    return _section('remarks', 'How it was measured', f'<ul>{entries}</ul>')
