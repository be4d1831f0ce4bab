"""The page of the demonstration: one HTML file that needs no network, plotly.js inside."""

from html import escape

import pandas as pd
import plotly.graph_objects as go
from sdmetrics.reports.utils import PlotConfig

from sdv_fair4free.demo import FAIR, REAL, UNFAIR, Result, report_name, summarise
from sdv_fair4free.html import document, figure_block, key, table_block

_COLOURS = {
    REAL: PlotConfig.DATACEBO_DARK,
    UNFAIR: PlotConfig.DATACEBO_BLUE,
    FAIR: PlotConfig.DATACEBO_GREEN,
}
_HEADINGS = {
    'trained_on': 'Rows',
    'auc': 'AUC',
    'demographic_parity_ratio': 'Demographic parity',
    'equalized_odds_ratio': 'Equalized odds',
    'label_parity': 'Label parity',
    'column_shapes': 'Column shapes',
    'column_pair_trends': 'Pair trends',
}

_INTRODUCTION = """
<p>Each table below is shown three times. <b>Real</b> rows carry a bias. <b>Strength 0</b> is
synthetic data that copies the real table, bias included. <b>Strength 1</b> is synthetic data from
<em>the same fitted model</em> in which the outcome no longer depends on the group.</p>
<p>Strength is a dial: any value between 0 and 1 may be chosen whenever rows are drawn, and the
model is not fitted again.</p>
<p>How to read the tables. <b>AUC</b>: how well a model ranks real people; 0.5 is chance.
<b>Demographic parity</b>: the model's rate of favourable decisions in the worst-off group, divided
by that in the best-off one. <b>Equalized odds</b>: the same for its true and its false positive
rates, whichever is worse. <b>Label parity</b>: as demographic parity, but for the outcomes written
in the table. <b>Column shapes</b> and <b>pair trends</b>: how alike columns, and pairs of columns,
are to the real ones (SDMetrics). In all of them 1 is best.</p>
"""

_LIMITS = """
<section class="note" aria-labelledby="limits"><h2 id="limits">What this does not promise</h2><ul>
<li>Strength 1 aims at one idea of fairness: equal rates of the favourable outcome
(demographic parity), between the groups of the named column only. Groups not named may still
be treated unequally, and equal error rates (equalized odds) are another aim that can
contradict it.</li>
<li>Equal rates are not always right. If groups truly differ in what the outcome needs, a person
who knows the matter has to decide what is fair. It is no legal opinion either.</li>
<li>Fairness has a price: the AUC at strength 1 is measured against real, biased decisions, so it
falls as the bias is taken out.</li>
<li>The figures hold for one kind of model, one split and one seed. Small groups move by
chance.</li>
<li>Synthetic rows are not anonymous by themselves: no formal privacy guarantee is given here.</li>
</ul></section>
"""


def build_page(results: list[Result]) -> str:
    """The whole page.

    Args:
        results (list[Result]): What ``run_case`` measured.

    Returns:
        str: HTML; it loads nothing from elsewhere.
    """
    sections = ''.join(_section(result) for result in results)
    return document(
        'Fair synthetic tables: a demonstration',
        'The same table, unfair and fair',
        'Synthetic rows from <code>Fair4FreeSynthesizer</code>, and what a model learns from '
        'them when it is tested on real people.',
        f'{_INTRODUCTION}{sections}{_LIMITS}',
    )


def _section(result: Result) -> str:
    case = result.case
    outcomes = {label: parity.by_group for label, parity in result.parity.items()}
    (sensitive,) = case.roles.sensitive_columns
    decisions = {label: one.groups[sensitive].by_group for label, one in result.evaluation.items()}
    rows, tested = len(result.rows[FAIR]), result.test_rows
    figures = [
        figure_block(
            _group_bars(outcomes, case.outcome),
            f'In the table: how many are {case.outcome}, by {sensitive}',
            f'The share of rows {case.outcome} in each table ({len(result.rows[REAL]):,} real '
            f'rows, {rows:,} synthetic ones). Bars of equal height mean equal outcomes.',
            _rates_in_words(outcomes, case.outcome),
        ),
        figure_block(
            _group_bars(decisions, case.outcome),
            f'On real people: how many a model would decide are {case.outcome}, by {sensitive}',
            f'A model is trained on each table and then decides about the same {tested:,} real '
            'people, whom neither it nor the synthesizer has seen (train on synthetic, test on '
            'real). This is the figure that matters: it shows the bias of the table passed on, '
            'or not.',
            _rates_in_words(decisions, case.outcome),
        ),
    ]
    if len(result.dial) > 2:
        figures.append(_dial_figure(result))
    figures.append(_shapes_figure(result))
    return (
        f'<section aria-labelledby="{case.name}"><h2 id="{case.name}">{escape(case.title)}</h2>'
        f'<p>{escape(case.story)}</p>{_summary(result)}{"".join(figures)}'
        f'<p><a href="{report_name(case)}">The fairness report on this table</a>: every group with '
        'counts and intervals, proxies, errors, quality and privacy.</p></section>'
    )


def _group_bars(by_group: dict[str, pd.DataFrame], outcome: str) -> go.Figure:
    """Real, strength 0 and strength 1 side by side; in each, one bar per group."""
    bars = [
        go.Bar(
            name=label,
            x=[[label] * len(rates), [str(group) for group in rates.index]],
            y=rates['selection_rate'],
            marker_color=_COLOURS[label],
            text=[f'{rate:.0%}' for rate in rates['selection_rate']],
            textposition='outside',
            cliponaxis=False,
            customdata=rates['count'],
            hovertemplate='%{x}: %{y:.1%} of %{customdata:,}<extra></extra>',
        )
        for label, rates in by_group.items()
    ]
    figure = go.Figure(bars, layout={'height': 360, 'showlegend': False})
    figure.update_yaxes(
        tickformat='.0%', rangemode='tozero', gridcolor='#e6e6ee', title=f'Share {outcome}'
    )
    return figure


def _rates_in_words(by_group: dict[str, pd.DataFrame], outcome: str) -> str:
    sentences = (
        f'{label}: '
        + ', '.join(f'{group} {rate:.0%}' for group, rate in rates['selection_rate'].items())
        + '.'
        for label, rates in by_group.items()
    )
    return f'Share {outcome}. ' + ' '.join(sentences)


def _dial_figure(result: Result) -> str:
    names = {'demographic_parity_ratio': 'Demographic parity ratio', 'auc': 'AUC'}
    colours = {'demographic_parity_ratio': PlotConfig.DATACEBO_GREEN, 'auc': '#000036'}
    lines = [
        go.Scatter(
            name=name,
            x=result.dial.index,
            y=result.dial[column],
            mode='lines+markers',
            line={'color': colours[column], 'width': 3},
            marker={'size': 9, 'line': {'width': 1, 'color': PlotConfig.DATACEBO_DARK}},
        )
        for column, name in names.items()
    ]
    figure = go.Figure(lines, layout={'height': 340, 'hovermode': 'x unified'})
    figure.update_xaxes(title='fairness_strength', tickvals=list(result.dial.index))
    figure.update_yaxes(range=[0, 1.05], gridcolor='#e6e6ee')
    words = ' '.join(
        f'Strength {strength:g}: parity {row["demographic_parity_ratio"]:.2f}, AUC '
        f'{row["auc"]:.2f}.'
        for strength, row in result.dial.iterrows()
    )
    return figure_block(
        figure,
        'Turning the dial',
        'Demographic parity ratio (smallest rate of favourable decisions over the largest; 1 is '
        'parity) and AUC (how well the model ranks real people; 1 is best, 0.5 is chance) of a '
        'model trained on rows drawn at each strength, from one fitted synthesizer.',
        words,
    )


def _shapes_figure(result: Result) -> str:
    symbols = {REAL: 'line-ns-open', UNFAIR: 'circle', FAIR: 'diamond'}
    labels = {REAL: 'Real test rows (yardstick)', UNFAIR: UNFAIR, FAIR: FAIR}
    order = result.shapes[FAIR].sort_values().index
    dots = [
        go.Scatter(
            name=labels[label],
            x=scores.reindex(order),
            y=list(order),
            mode='markers',
            marker={
                'color': _COLOURS[label],
                'symbol': symbols[label],
                'size': 12,
                'line': {'width': 2 if label == REAL else 1, 'color': PlotConfig.DATACEBO_DARK},
            },
            hovertemplate='%{y}: %{x:.3f}<extra>' + label + '</extra>',
        )
        for label, scores in result.shapes.items()
    ]
    figure = go.Figure(dots, layout={'height': 120 + 28 * len(order)})
    lowest = min(scores.min() for scores in result.shapes.values())
    figure.update_xaxes(range=[lowest - 0.03, 1.01], gridcolor='#e6e6ee', title='Column shape')
    figure.update_yaxes(gridcolor='#e6e6ee', automargin=True)
    words = ' '.join(
        f'{labels[label]}: mean {scores.mean():.3f}, lowest {scores.min():.3f} ({scores.idxmin()}).'
        for label, scores in result.shapes.items()
    )
    return figure_block(
        figure,
        'Is the table still like the real one?',
        'How alike the values of each column are to the real training rows (SDMetrics column '
        'shapes; 1 is the same distribution). Other real rows give the yardstick: no synthetic '
        'table need do better than that.',
        words,
    )


def _summary(result: Result) -> str:
    summary = summarise(result).drop(columns='table')
    return (
        '<p>A model is trained on these rows and tested on real ones; 1 is best in every column. '
        'The last two compare the table with the real training rows (for Real: the test rows).</p>'
    ) + table_block(
        'Summary of the figures',
        [_HEADINGS[name] for name in summary.columns],
        [
            [f'{key(_COLOURS[label])}{label}', *(f'{figure:.3f}' for figure in figures)]
            for label, *figures in summary.itertuples(index=False)
        ],
    )
