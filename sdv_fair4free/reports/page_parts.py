"""Parts of the page of a fairness report: each a figure or a table with its explanation."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import TYPE_CHECKING

import pandas as pd

from sdv_fair4free.html import breakable, figure_block, folded, key, table_block
from sdv_fair4free.metrics.audit import Audit
from sdv_fair4free.metrics.leakage import DISTANCE, RECOVERY
from sdv_fair4free.reports.cells import NO_CELL, figure_cell, number
from sdv_fair4free.reports.figure_lines import (
    FigureLine,
    figure_lines,
    plugin_lines,
    proxies_of,
    strongest_proxies,
)
from sdv_fair4free.reports.plots import (
    CONSTANT,
    REAL,
    bar_figure,
    figure_values,
    group_values,
    utility_bars,
)
from sdv_fair4free.reports.sentences import listed_groups

if TYPE_CHECKING:
    from sdv_fair4free.reports.fairness_report import FairnessReport

Colours = Mapping[str, str]
_HEADINGS = {
    'Label Parity': 'In the table: outcomes by {}',
    'Model Parity': 'On real people: decisions by {}',
    'Error Parity': 'On real people: right and wrong by {}',
}
_CAPTIONS = {
    'Label Parity': 'Outcomes as they are written in each table.',
    'Model Parity': 'A model is trained on each table and decides about the same real people.',
    'Error Parity': 'Of those who really had the favourable outcome (true positives), and of those '
    'who had not (false positives), how many does the same model decide favourably about?',
}
_HEADINGS_OF_NUMBERS = {
    **_HEADINGS,
    'Model Parity': 'On real people: predictions by {}',
    'Error Parity': 'On real people: too much or too little by {}',
}
_CAPTIONS_OF_NUMBERS = {
    'Label Parity': 'Mean of the outcomes as they are written in each table.',
    'Model Parity': 'A model is trained on each table and predicts a number for the same real '
    'people.',
    'Error Parity': 'By how much does the model predict too much, on average? Bars on the other '
    'side of 0: it predicts too little.',
}
_EACH_OUTCOME = ' Each outcome is counted as the favourable one in turn, against all others.'


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
    kind = audits[REAL].settings['target_kind']
    headings = _HEADINGS_OF_NUMBERS if kind == 'numeric' else _HEADINGS
    caption = (_CAPTIONS_OF_NUMBERS if kind == 'numeric' else _CAPTIONS)[name]
    each = _EACH_OUTCOME if kind == 'multiclass' else ''
    alike = ' for one outcome' if kind == 'multiclass' else ''
    manner = ''
    if bars['Value'].notna().any():
        lines = '; lines are intervals' if bars['Low'].notna().any() else ''
        manner = f' Bars of equal length{alike} mean parity{lines}.'
    return figure_block(
        bar_figure(bars, ['Group'], colours, horizontal=True),
        headings[name].format(column),
        f'{caption}{each}{manner}',
        spread_in_words(bars),
        folded('All groups with counts and intervals', _group_table(bars, column, colours)),
        level=4,
        legend=_legend(bars, colours),
    )


def leakage_figures(audits: Mapping[str, Audit], colours: Colours) -> str:
    """What gives the sensitive columns away, one figure for each of them."""
    # Mutual information is in the table.
    bars = figure_values(audits, 'Proxy Leakage', [RECOVERY, DISTANCE])
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
                'and how strongly single columns are related to it. Shorter bars give less away.',
                strongest_in_words(audits, sensitive),
                level=4,
                legend=_legend(part, colours),
            )
        )
    return ''.join(blocks)


def strongest_in_words(audits: Mapping[str, Audit], sensitive: str) -> str:
    """What gives one sensitive column away, all columns together and the strongest alone.

    Args:
        audits (mapping): From the label of a source to the audit it is read from.
        sensitive (str): The sensitive column.
    """
    sentences = []
    for label, audit in audits.items():
        proxies = strongest_proxies(proxies_of(audit, 'real' if label == REAL else 'synthetic'))
        rows = {
            row['Metric']: row for _, row in proxies.iterrows() if row['Sensitive'] == sensitive
        }
        said = []
        if RECOVERY in rows:
            said.append(f'all other columns together: {_known(rows[RECOVERY], "AUC")}')
        if DISTANCE in rows:
            row = rows[DISTANCE]
            measure = f'{row["Column"]}, distance correlation'
            said.append(f'strongest single column: {_known(row, measure)}')
        sentences.append(f'{label}, {"; ".join(said)}.')
    return ' '.join(sentences)


def _known(row: pd.Series, name: str) -> str:
    return str(row['Error']) if pd.isna(row['Value']) else f'{name} {number(row["Value"], 2)}'


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
    return key(colours[source]) + breakable('Constant' if source == CONSTANT else source)


def figures_table(reports: Mapping[str, FairnessReport], name: str, colours: Colours) -> str:
    """The figures that count in the score of a property, one column for each source."""
    return _lines_table(figure_lines(reports, name), f'{name}: the figures that count', colours)


def plugin_figures_table(reports: Mapping[str, FairnessReport], colours: Colours) -> str:
    """The figures that plug-ins add, one column for each source; an empty text if there are none.

    Args:
        reports (mapping): From the name of a synthetic table to its report.
        colours (mapping): From label to colour.
    """
    lines = plugin_lines(reports)
    return _lines_table(lines, 'Figures of plug-ins', colours) if lines else ''


def _lines_table(lines: list[FigureLine], title: str, colours: Colours) -> str:
    sources = list(dict.fromkeys(label for line in lines for label in line.cells))
    rows = [
        [
            f'{escape(line.metric)}<br><small>{escape(line.subject)}</small>',
            *(line.cells.get(source, NO_CELL).as_html() for source in sources),
            line.best,
        ]
        for line in lines
    ]
    head = ['', *(column_heading(source, colours) for source in sources), 'Best']
    return table_block(title, head, rows, wrap=True)


def _legend(bars: pd.DataFrame, colours: Colours) -> dict[str, str]:
    return {str(source): colours[str(source)] for source in bars['Source'].unique()}


def _group_table(bars: pd.DataFrame, column: str, colours: Colours) -> str:
    sources = list(dict.fromkeys(bars['Source']))
    rows = []
    for (metric, group), part in bars.groupby(['Metric', 'Group'], sort=False):
        found = {
            row['Source']: figure_cell(row, f'n = {int(row["Count"]):,}')
            for _, row in part.iterrows()
        }
        cells = [found.get(source, NO_CELL).as_html() for source in sources]
        rows.append([f'{escape(str(group))}<br><small>{escape(str(metric))}</small>', *cells])
    head = [escape(column), *(column_heading(source, colours) for source in sources)]
    return table_block(f'{column}: every group', head, rows, wrap=True)


def spread_in_words(bars: pd.DataFrame) -> str:
    """Lowest and highest group of each source and metric, and the groups too small to judge.

    Groups are compared by one outcome: of several, by the one whose rates are farthest apart.

    Args:
        bars (pandas.DataFrame): From ``group_values``, of one sensitive column or crossing.
    """
    sentences = []
    for (source, metric), part in bars.groupby(['Source', 'Metric'], sort=False):
        several = len(set(part['Outcome'])) > 1
        said = []
        known = _farthest_apart(part[part['Value'].notna()])
        if len(known) == 1:
            only = known.iloc[0]
            said.append(f'{number(only["Value"], 2)} ({only["Group"]}), one group only')
        elif len(known):
            values = known['Value'].to_numpy()
            low, high = known.iloc[values.argmin()], known.iloc[values.argmax()]
            said.append(
                f'{"farthest apart " if several else ""}from {number(low["Value"], 2)} '
                f'({low["Group"]}) to {number(high["Value"], 2)} ({high["Group"]})'
            )
        small = part.loc[part['Error'].notna(), 'Group'].tolist()
        if small:
            groups = f'{len(small)} group{"s" if len(small) > 1 else ""}'
            said.append(f'insufficient data for {groups} ({listed_groups(small)})')
        sentences.append(f'{source}, {_inside(str(metric))}: {"; ".join(said)}.')
    return ' '.join(sentences)


def _farthest_apart(bars: pd.DataFrame) -> pd.DataFrame:
    """The bars of the outcome in which the groups differ most."""
    outcomes = [part for _, part in bars.groupby('Outcome', dropna=False, sort=False)]
    spread = [part['Value'].max() - part['Value'].min() for part in outcomes]
    return outcomes[spread.index(max(spread))] if outcomes else bars


def _inside(metric: str) -> str:
    """The name of a rate within a sentence."""
    return metric[0].lower() + metric[1:]
