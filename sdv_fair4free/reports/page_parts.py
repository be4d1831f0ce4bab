"""Parts of the page of a fairness report: each a figure or a table with its explanation."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import TYPE_CHECKING

import pandas as pd
import plotly.graph_objects as go
from sdmetrics.reports.utils import PlotConfig

from sdv_fair4free.html import figure_block, folded, key, table_block
from sdv_fair4free.metrics.audit import Audit
from sdv_fair4free.metrics.leakage import DISTANCE, RECOVERY
from sdv_fair4free.reports.plots import (
    CONSTANT,
    REAL,
    bar_figure,
    figure_values,
    group_values,
    utility_bars,
)
from sdv_fair4free.reports.score import that_count
from sdv_fair4free.reports.text import number, subject

if TYPE_CHECKING:
    from sdv_fair4free.reports.fairness_report import FairnessReport

Colours = Mapping[str, str]
_HEADINGS = {
    'Label Parity': ('In the table: outcomes by {}', 'Outcomes as they are written in each table.'),
    'Model Parity': (
        'On real people: decisions by {}',
        'A model is trained on each table and decides about the same real people.',
    ),
    'Error Parity': (
        'On real people: right and wrong by {}',
        'Of those who really had the favourable outcome (true positives), and of those who had not '
        '(false positives), how many does the same model decide favourably about?',
    ),
}

_ERRORS_OF_NUMBERS = 'By how much do the real values exceed what the model predicts, on average?'


def rate_figures(audits: Mapping[str, Audit], name: str, column: str, colours: Colours) -> str:
    """The rates of the groups of one sensitive column or crossing, with a table to open.

    Args:
        audits (mapping): From the label of a source to the audit it is read from.
        name (str): A property that is about groups.
        column (str): The sensitive column or crossing.
        colours (mapping): From label to colour.
    """
    bars = group_values(audits, name)
    bars = bars[bars['Column'] == column]
    if bars.empty:
        return ''
    heading, caption = _HEADINGS[name]
    if 'Residual mean' in set(bars['Metric']):
        caption = _ERRORS_OF_NUMBERS
    figure = bar_figure(bars, ['Group'], colours, horizontal=True)
    return figure_block(
        figure,
        heading.format(column),
        f'{caption} Bars of equal length mean parity; lines are intervals.',
        _spread(bars),
        folded('All groups with counts and intervals', _group_table(bars, column, colours)),
        level=4,
        legend=_legend(bars, colours),
    )


def leakage_figures(audits: Mapping[str, Audit], colours: Colours) -> str:
    """What gives the sensitive columns away, one figure for each of them."""
    bars = figure_values(audits, 'Proxy Leakage')
    bars = bars[bars['Metric'].isin([DISTANCE, RECOVERY])]  # mutual information is in the table
    blocks = []
    for sensitive in audits[REAL].settings['sensitive_columns']:
        part = bars[bars['Sensitive'] == sensitive]
        if part.empty:
            continue
        blocks.append(
            figure_block(
                bar_figure(part, ['Column'], colours, horizontal=True),
                f'What gives {sensitive} away',
                'How well it is recovered from all other columns together (AUC; 0.5 is chance), '
                'and how strongly single columns are related to it. Shorter bars hide more.',
                _strongest_proxies(part),
                level=4,
                legend=_legend(part, colours),
            )
        )
    return ''.join(blocks)


def _strongest_proxies(bars: pd.DataFrame) -> str:
    sentences = []
    for source, part in bars[bars['Value'].notna()].groupby('Source', sort=False):
        ordered = part.sort_values('Value', ascending=False).drop_duplicates('Metric')
        figures = (
            f'{row["Column"]} ({row["Metric"]} {number(row["Value"], 2)})'
            for _, row in ordered.iterrows()
        )
        sentences.append(f'{source}, strongest: {", ".join(figures)}.')
    return ' '.join(sentences)


def utility_figure(audits: Mapping[str, Audit], colours: Colours) -> str:
    """How good the models are, and the constant classifier beside them."""
    first = next(iter(audits.values()))
    bars = figure_values({**audits, CONSTANT: first}, 'Utility Retained')
    figure = utility_bars({**audits, CONSTANT: first}, colours, horizontal=True)
    words = ' '.join(
        f'{source}: '
        + ', '.join(f'{row["Metric"]} {number(row["Value"], 2)}' for _, row in part.iterrows())
        + '.'
        for source, part in bars.groupby('Source', sort=False)
    )
    return figure_block(
        figure,
        'How good is a model trained on each table?',
        'Trained on each table, tested on the same real rows (train on synthetic, test on real).',
        words,
        legend=_legend(bars, colours),
    )


def column_heading(source: str, colours: Colours) -> str:
    """The name of a source with its colour; a short one for the narrowest screens."""
    return key(colours[source]) + escape('Constant' if source == CONSTANT else source)


def figures_table(reports: Mapping[str, FairnessReport], name: str, colours: Colours) -> str:
    """The figures that count in the score of a property, one column for each source."""
    first, *_ = reports.values()
    details = first.get_details(name)
    rows = []
    keys = ['Metric', 'Column', 'Sensitive', 'Outcome']
    others = [report.get_details(name) for report in reports.values()]
    constant = 'Constant Value' in details
    for _, row in that_count(details, name).iterrows():
        cells = [number(row['Real Value'])]
        for other in others:
            same = (other[keys].astype(str) == row[keys].astype(str)).all(axis=1)
            found = other[same]
            cells.append(_cell(found.iloc[0]) if len(found) else '-')
        if constant:
            cells.append(number(row['Constant Value']))
        rows.append(
            [
                f'{escape(str(row["Metric"]))}<br><small>{escape(subject(row))}</small>',
                *cells,
                f'{row["Best"]:g}',
            ]
        )
    labels = [REAL, *reports, *([CONSTANT] if constant else [])]
    head = ['', *(column_heading(label, colours) for label in labels), 'Best']
    return table_block(f'{name}: the figures that count', head, rows, wrap=True)


def quality_section(reports: Mapping[str, FairnessReport], colours: Colours) -> str:
    """SDMetrics' column shapes and pair trends, with real rows as the yardstick."""
    measured = {name: report.get_quality() for name, report in reports.items()}
    known = {name: quality for name, quality in measured.items() if quality is not None}
    if not known:
        return '<p>It was not measured (<code>include_quality=False</code>).</p>'
    first, *_ = known.values()
    rows = [
        [
            'Column shapes',
            number(first.holdout_column_shapes),
            *(number(quality.column_shapes) for quality in known.values()),
        ],
        [
            'Pair trends, all pairs',
            number(first.holdout_pair_trends_all),
            *(number(quality.pair_trends_all) for quality in known.values()),
        ],
        [
            'Pair trends, strongly related pairs',
            '-',
            *(number(quality.pair_trends) for quality in known.values()),
        ],
    ]
    head = [
        '',
        f'{key(colours[REAL])}Real test rows',
        *(key(colours[name]) + escape(name) for name in known),
    ]
    return table_block(
        'Likeness to the real training rows, from 0 to 1', head, rows, wrap=True
    ) + _shapes_figure({name: quality.columns for name, quality in known.items()}, colours)


def _shapes_figure(columns: Mapping[str, pd.DataFrame], colours: Colours) -> str:
    first, *_ = columns.values()
    order = list(first['synthetic'].sort_values().index)
    scores = {name: frame['synthetic'] for name, frame in columns.items()}
    if 'holdout' in first:
        scores = {REAL: first['holdout'], **scores}
    dots = [
        go.Scatter(
            name='Real test rows' if name == REAL else name,
            x=column.reindex(order),
            y=order,
            mode='markers',
            marker={
                'color': colours[name],
                'symbol': 'line-ns-open' if name == REAL else 'circle',
                'size': 12,
                'line': {'width': 2 if name == REAL else 1, 'color': PlotConfig.DATACEBO_DARK},
            },
        )
        for name, column in scores.items()
    ]
    figure = go.Figure(dots, layout={'height': 120 + 28 * len(order)})
    lowest = min(column.min() for column in scores.values())
    figure.update_xaxes(range=[lowest - 0.03, 1.01], gridcolor='#e6e6ee', title='Column shape')
    figure.update_yaxes(gridcolor='#e6e6ee', automargin=True)
    words = ' '.join(
        f'{"Real test rows" if name == REAL else name}: lowest {column.min():.3f} '
        f'({column.idxmin()}).'
        for name, column in scores.items()
    )
    return figure_block(
        figure,
        'Column by column',
        'How alike the values of each column are to the real training rows (1: the same '
        'distribution). Other real rows give the yardstick: no table need do better.',
        words,
    )


def privacy_section(reports: Mapping[str, FairnessReport], colours: Colours) -> str:
    """Distance to the closest record and copies."""
    measured = {name: report.get_privacy() for name, report in reports.items()}
    known = {name: privacy for name, privacy in measured.items() if privacy is not None}
    if not known:
        return (
            '<p>It was not measured: that takes real validation rows which the synthesizer has not '
            'seen.</p>'
        )
    first, *_ = known.values()
    rows = [
        [
            'Nearer to train (0.5 is ideal)',
            '0.500',
            *(_with_interval(one.nearer_to_train, one.low, one.high) for one in known.values()),
        ],
        [
            'Copies of a training row',
            f'{first.holdout_copies:.2%}',
            *(f'{one.copies:.2%}' for one in known.values()),
        ],
        [
            'Median distance to a training row',
            number(first.holdout_distance),
            *(number(one.distance) for one in known.values()),
        ],
    ]
    head = [
        '',
        f'{key(colours[REAL])}Unseen real rows',
        *(key(colours[name]) + escape(name) for name in known),
    ]
    return (
        table_block('Nearness to the rows learnt from', head, rows, wrap=True)
        + f'<p class="small">{escape(first.note)}</p>'
    )


def _legend(bars: pd.DataFrame, colours: Colours) -> dict[str, str]:
    return {str(source): colours[str(source)] for source in bars['Source'].unique()}


def _cell(row: pd.Series) -> str:
    if row.get('Error'):
        return escape(str(row['Error']))
    return _with_interval(row['Synthetic Value'], row['Low'], row['High'])


def _with_interval(value: float, low: float, high: float) -> str:
    interval = '' if pd.isna(low) else f'<br><small>{number(low)} to {number(high)}</small>'
    return number(value) + interval


def _group_table(bars: pd.DataFrame, column: str, colours: Colours) -> str:
    sources = list(dict.fromkeys(bars['Source']))
    rows = []
    for (metric, group), part in bars.groupby(['Metric', 'Group'], sort=False):
        found = dict(zip(part['Source'], (row for _, row in part.iterrows()), strict=True))
        cells = [_group_cell(found[source]) if source in found else '-' for source in sources]
        rows.append([f'{escape(str(group))}<br><small>{escape(str(metric))}</small>', *cells])
    head = [escape(column), *(key(colours[source]) + escape(source) for source in sources)]
    return table_block(f'{column}: every group', head, rows, wrap=True)


def _group_cell(row: pd.Series) -> str:
    if row['Error'] is not None and not pd.isna(row['Error']):
        return escape(str(row['Error']))
    figure = _with_interval(row['Value'], row['Low'], row['High'])
    return f'{figure}<br><small>n = {int(row["Count"]):,}</small>'


def _spread(bars: pd.DataFrame) -> str:
    """Lowest and highest group of each source and metric, in words."""
    sentences = []
    for (source, metric), part in bars.groupby(['Source', 'Metric'], sort=False):
        known = part[part['Value'].notna()]
        if len(known):
            values = known['Value'].to_numpy()
            low, high = known.iloc[values.argmin()], known.iloc[values.argmax()]
            sentences.append(
                f'{source}, {str(metric).lower()}: from {number(low["Value"], 2)} ({low["Group"]}) '
                f'to {number(high["Value"], 2)} ({high["Group"]}).'
            )
        small = part['Error'].notna().sum()
        if small:
            sentences.append(f'{small} group{"s" if small > 1 else ""} with insufficient data.')
    return ' '.join(sentences)
