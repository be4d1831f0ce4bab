"""Quality and privacy on the page of a fairness report: like the real rows, and not copies?"""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import TYPE_CHECKING

import pandas as pd
import plotly.graph_objects as go
from sdmetrics.reports.utils import PlotConfig

from sdv_fair4free.html import figure_block, key, plain_label, table_block
from sdv_fair4free.reports.cells import Cell, interval, number
from sdv_fair4free.reports.page_parts import Colours, column_heading
from sdv_fair4free.reports.plots import REAL

if TYPE_CHECKING:
    from sdv_fair4free.reports.fairness_report import FairnessReport


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
        *(column_heading(name, colours) for name in known),
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
            name='Real test rows' if name == REAL else plain_label(name),
            x=column.reindex(order),
            y=[plain_label(label) for label in order],
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
            '<p>It was not measured. It takes real validation rows which the synthesizer has not '
            'seen; if there were some, the remarks say why.</p>'
        )
    first, *_ = known.values()
    rows = [
        [
            'Nearer to train (0.5 is ideal)',
            '0.500',
            *(
                Cell(number(one.nearer_to_train), (interval(one.low, one.high),)).as_html()
                for one in known.values()
            ),
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
        *(column_heading(name, colours) for name in known),
    ]
    alone = len(known) == 1
    notes = [one.note if alone else f'{name}: {one.note}' for name, one in known.items()]
    return (
        table_block('Nearness to the rows learnt from', head, rows, wrap=True)
        + f'<p class="small">{escape(" ".join(notes))}</p>'
    )
