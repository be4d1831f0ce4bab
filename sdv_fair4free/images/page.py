"""The page of a report on pictures: one HTML file that needs no network."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from html import escape
from typing import TYPE_CHECKING

import numpy as np
import plotly.graph_objects as go

from sdv_fair4free.html import (
    breakable,
    document,
    figure_block,
    folded,
    key,
    plain_label,
    table_block,
)
from sdv_fair4free.images import definitions as of
from sdv_fair4free.images.measure import CONSTANT, by_rows
from sdv_fair4free.images.question import HELD_OUT, REAL, SYNTHETIC, TEACHER
from sdv_fair4free.images.strips import grid_block
from sdv_fair4free.reports.cells import number
from sdv_fair4free.reports.plots import COLOURS, OTHER_COLOURS
from sdv_fair4free.reports.plots import CONSTANT as CONSTANT_COLOUR
from sdv_fair4free.reports.plots import REAL as REAL_COLOUR
from sdv_fair4free.reports.plots import SYNTHETIC as SYNTHETIC_COLOUR

if TYPE_CHECKING:
    from sdv_fair4free.images.report import ImageReport

_SOURCES = {
    REAL: COLOURS[REAL_COLOUR],
    HELD_OUT: '#6b6b80',
    TEACHER: OTHER_COLOURS[0],
    SYNTHETIC: COLOURS[SYNTHETIC_COLOUR],
    CONSTANT: COLOURS[CONSTANT_COLOUR],
}
_ACCURACIES = {of.ACCURACY: 'everybody', of.MINORITY: 'minority', of.MAJORITY: 'majority'}
_PARITIES = [name for title in of.PARITY_NAMES.values() for name in (title, of.worst(title))]


def image_page(report: ImageReport) -> str:
    """The whole page.

    Args:
        report (ImageReport): What was measured.

    Returns:
        str: HTML; it loads nothing from elsewhere.
    """
    grids = ''.join(grid_block(grid) for grid in report.grids)
    body = (
        _section('summary', 'In short', _summary(report))
        + _section(
            'pictures',
            'Pictures',
            '<p>Figures do not see everything. Look at the pictures.</p>' + grids,
        )
        + _section(
            'likeness',
            'Likeness',
            '<p>Are they like real pictures, and as varied? The column of real pictures is the '
            'yardstick: pictures the synthesizer has learnt from, compared with the same held-out '
            'ones.</p>'
            + _table(
                report, 'As seen from held-out real pictures', [of.FRECHET, of.DENSITY, of.COVERAGE]
            ),
        )
        + _section('fairness', 'Fairness and use', _models(report))
        + _section(
            'labels',
            'Labels',
            '<p>Are the classes equally frequent in all groups, in the attributes themselves?</p>'
            + _table(report, 'Parity of the labels', [of.LABELS, of.LABELS_WORST]),
        )
        + _latent(report)
        + _section('definitions', 'What the words mean', _definitions(report))
        + f'<section class="note" aria-labelledby="limits"><h2 id="limits">What this does not '
        f'promise</h2>{_list(of.LIMITS)}</section>'
        + _section('remarks', 'How it was measured', _list(report.notes))
    )
    return document(
        'Report on pictures', 'How fair are the synthetic pictures?', _lead(report), body
    )


def accuracy_bars(report: ImageReport) -> go.Figure:
    """Accuracy of the judges trained on each source: everybody, minority, majority."""
    figure = go.Figure()
    for source, colour in _SOURCES.items():
        values = [by_rows(report.figures, title).get(source, np.nan) for title in _ACCURACIES]
        if not np.isnan(values).all():
            figure.add_bar(
                x=values,
                y=[*_ACCURACIES.values()],
                name=plain_label(source),
                orientation='h',
                marker_color=colour,
                text=[number(value, 2) for value in values],
            )
    figure.update_layout(
        title='Accuracy on held-out real pictures, by what the judge was trained on',
        xaxis={'range': [0, 1], 'title': 'Accuracy; 1 is best', 'fixedrange': True},
        yaxis={'autorange': 'reversed', 'fixedrange': True},
        height=130 + 75 * len(figure.data),
    )
    return figure


def _lead(report: ImageReport) -> str:
    """The question, and the rows that answer it."""
    settings = report.settings
    judged = settings['judged']
    aim = (
        f' (favourable outcome: <b>{escape(judged[0])}</b>)'
        if len(judged) == 1
        else f' ({len(judged)} classes, each against the rest)'
    )
    rows = settings['rows']
    made = ', '.join(f'{rows[name]:,} {name}' for name in (SYNTHETIC, TEACHER) if name in rows)
    return (
        f'Target <b>{escape(str(settings["target_column"]))}</b>{aim}, groups by '
        f'<b>{escape(", ".join(map(str, settings["sensitive_columns"])))}</b>. '
        f'{rows[REAL]:,} real pictures, {made}; tested on {rows[HELD_OUT]:,} real pictures that '
        'neither judge nor synthesizer has seen.'
    )


def _summary(report: ImageReport) -> str:
    tiles = ''.join(
        f'<li>{escape(title)} <b>{escape(figure)}</b> <small>{escape(remark)}</small></li>'
        for title, figure, remark in _tiles(report)
    )
    return f'<ul class="tiles">{tiles}</ul>{_list(_verdict(report))}'


def _tiles(report: ImageReport) -> list[tuple[str, str, str]]:
    grouping = report.settings['groupings'][-1]
    asked = [
        (of.MINORITY, '', SYNTHETIC, 'trained on real pictures'),
        (of.ACCURACY, '', SYNTHETIC, 'trained on real pictures'),
        (of.PARITY_NAMES['DPR'], grouping, SYNTHETIC, 'trained on real pictures'),
        (of.FRECHET, '', SYNTHETIC, 'of real pictures'),
    ]
    tiles = []
    for name, about, source, yardstick in asked:
        values = by_rows(report.figures, name, about)
        best = of.DEFINITIONS[name].best
        digits = 3 if name == of.FRECHET else 2
        remark = f'{yardstick}: {number(values[REAL], digits)}; best {best:g}'
        tiles.append((name, number(values[source], digits), remark))
    recovered = by_rows(report.figures, of.RECOVERED, grouping)
    if recovered:
        value = number(recovered[HELD_OUT], 2)
        tiles.append((f'{of.RECOVERED}, {grouping}', value, 'best 0.5; at most 0.55 is good'))
    return tiles


def _verdict(report: ImageReport) -> list[str]:
    """The main figures as sentences."""
    figures, grouping = report.figures, report.settings['groupings'][-1]
    minority, overall = (by_rows(figures, name) for name in (of.MINORITY, of.ACCURACY))
    parity = by_rows(figures, of.PARITY_NAMES['DPR'], grouping)
    distance = by_rows(figures, of.FRECHET)
    sentences = []
    if not np.isnan(minority[REAL]):
        gain = 100 * (minority[SYNTHETIC] - minority[REAL])
        sentences.append(
            'Of held-out pictures that go against the bias of the real ones, a judge trained on '
            f'synthetic pictures has {minority[SYNTHETIC]:.1%} right, one trained on real pictures '
            f'{minority[REAL]:.1%}: {abs(gain):.1f} points {"more" if gain >= 0 else "less"}.'
        )
    sentences.append(
        f'Of all held-out pictures they have {overall[SYNTHETIC]:.1%} and {overall[REAL]:.1%} '
        f'right; always answering the commonest class, {overall[CONSTANT]:.1%}.'
    )
    if not np.isnan(parity[SYNTHETIC]):
        sentences.append(
            f'The demographic parity ratio of the decisions, by {grouping}, is '
            f'{number(parity[SYNTHETIC], 2)} trained on synthetic pictures and '
            f'{number(parity[REAL], 2)} trained on real ones; decisions without a fault would have '
            f'{number(parity[HELD_OUT], 2)}.'
        )
    others = f', those of the teacher {number(distance[TEACHER])}' if TEACHER in distance else ''
    sentences.append(
        f'From held-out real pictures the synthetic ones are {number(distance[SYNTHETIC])} away '
        f'(Frechet distance){others}, and the real training pictures {number(distance[REAL])}.'
    )
    sizes = by_rows(figures, of.PARAMETERS)
    if SYNTHETIC in sizes and TEACHER in sizes:
        sentences.append(
            f'The student has {sizes[SYNTHETIC]:,.0f} parameters, '
            f'{sizes[SYNTHETIC] / sizes[TEACHER]:.0%} of the {sizes[TEACHER]:,.0f} of the teacher.'
        )
    return sentences


def _models(report: ImageReport) -> str:
    words = ' '.join(
        f'{name.capitalize()}: '
        + ', '.join(f'{source} {number(value, 2)}' for source, value in found.items())
        + '.'
        for title, name in _ACCURACIES.items()
        if (found := by_rows(report.figures, title))
    )
    bars = accuracy_bars(report)
    return (
        figure_block(
            bars,
            'How good is a judge trained on each source?',
            'A small network is trained on each source and tested on the same held-out real '
            'pictures (train on synthetic, test on real). The minority are pictures whose class '
            'and group rarely go together in the real training pictures.',
            words,
            legend={str(bar.name): bar.marker.color for bar in bars.data},
        )
        + '<h3>Are the groups treated alike?</h3><p>The decisions of the same judges about the '
        'same pictures. The column of held-out pictures says what a judge without a fault would '
        'have: the parity of their labels, which chance keeps below 1.</p>'
        + _table(report, 'Parity of the decisions', _PARITIES)
        + folded(
            'Accuracy of every group', _table(report, 'Accuracy by group', [of.GROUP_ACCURACY])
        )
    )


def _latent(report: ImageReport) -> str:
    if not len(report.figures[report.figures['Figure'] == of.RECOVERED]):
        return ''
    return _section(
        'latent',
        'Latent',
        '<p>Can the sensitive value be told from what the pictures are drawn from?</p>'
        + _table(report, 'AUC of recovering the sensitive value', [of.RECOVERED, of.WITHIN]),
    )


def _table(report: ImageReport, caption: str, names: Sequence[str]) -> str:
    """Figures, one column for each source; what limits several of them stands below, once."""
    figures = report.figures[report.figures['Figure'].isin(names)]
    sources = [source for source in _SOURCES if source in set(figures['Rows'])]
    lines, limited = [], defaultdict(list)
    for (name, about), part in figures.groupby(['Figure', 'Of'], sort=False):
        values = part.set_index('Rows')['Value']
        lines.append(
            [
                escape(str(name)) + (f'<br><small>{escape(str(about))}</small>' if about else ''),
                *(number(values.get(source, np.nan)) for source in sources),
                number(part['Best'].iloc[0], 1),
            ]
        )
        for source, note in zip(part['Rows'], part['Note'], strict=True):
            limited[note].append((str(name), str(about), str(source)))
    head = ['', *(key(_SOURCES[source]) + breakable(source) for source in sources), 'Best']
    below = ''.join(
        f'<p class="small">{escape(_subjects(about))}: {escape(note)}.</p>'
        for note, about in limited.items()
        if note
    )
    return table_block(caption, head, lines, wrap=True) + below


def _subjects(about: Sequence[tuple[str, str, str]]) -> str:
    """The figures, what they are about and the sources that a note belongs to, each once."""
    parts = (dict.fromkeys(part for part in column if part) for column in zip(*about, strict=True))
    return '; '.join(', '.join(part) for part in parts if part)


def _definitions(report: ImageReport) -> str:
    shown = report.figures.drop_duplicates('Figure')
    entries = ''.join(
        f'<dt>{escape(row["Figure"])}</dt><dd>{escape(row["Meaning"])}</dd>'
        for _, row in shown.iterrows()
        if not row['Figure'].endswith('worst class')
    )
    return f'<dl>{entries}</dl>'


def _section(name: str, heading: str, content: str) -> str:
    return (
        f'<section aria-labelledby="{name}"><h2 id="{name}">{escape(heading)}</h2>'
        f'{content}</section>'
    )


def _list(sentences: Iterable[str]) -> str:
    return f'<ul>{"".join(f"<li>{escape(sentence)}</li>" for sentence in sentences)}</ul>'
