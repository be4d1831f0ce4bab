"""The page of a fairness report: one HTML file that needs no network."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from html import escape
from typing import TYPE_CHECKING

from sdv_fair4free.html import document
from sdv_fair4free.plugins import provided
from sdv_fair4free.reports.comparison import comparison
from sdv_fair4free.reports.sections import content_of

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
        PluginError: If a section that a plug-in adds fails.
    """
    name, *_ = reports
    comparison(reports)  # which refuses other questions before any section is made
    sections = sorted(provided('report_sections').values(), key=lambda found: found.thing.place)
    anchors = _anchors([found.name for found in sections])
    body = ''.join(
        _section(
            anchors[found.name],
            found.thing.heading,
            content_of(found, reports),
            'note' if found.thing.note else '',
        )
        for found in sections
    )
    return document(
        f'Fairness report: {name}', f'How fair are the {name} rows?', _lead(reports), body
    )


def _lead(reports: Mapping[str, FairnessReport]) -> str:
    """The question, and the rows that answer it."""
    (_, report), *others = reports.items()
    settings = report.get_audit().settings
    rows, withheld = settings['rows'], settings.get('withheld_columns')
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
        + (f' The models were not given <b>{escape(", ".join(withheld))}</b>.' if withheld else '')
    )


def _anchors(names: Iterable[str]) -> dict[str, str]:
    """By name an anchor, which has no spaces and is not that of another."""
    anchors: dict[str, str] = {}
    for name in names:
        anchor = re.sub(r'\W+', '-', name)
        while anchor in anchors.values():
            anchor += '-'
        anchors[name] = anchor
    return anchors


def _section(name: str, heading: str, content: str, kind: str) -> str:
    if not content.strip():
        return ''
    style = f' class="{kind}"' if kind else ''
    return (
        f'<section{style} aria-labelledby="{escape(name)}"><h2 id="{escape(name)}">'
        f'{escape(heading)}</h2>{content}</section>'
    )
