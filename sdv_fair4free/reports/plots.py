"""Figures of a fairness report, as SDMetrics draws them: real rows dark, synthetic green."""

from collections.abc import Collection, Mapping, Sequence

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots
from sdmetrics.reports.utils import PlotConfig

from sdv_fair4free.html import plain_label
from sdv_fair4free.metrics.audit import Audit

REAL, SYNTHETIC, CONSTANT = 'Real', 'Synthetic', 'Constant classifier'
COLOURS = {
    REAL: PlotConfig.DATACEBO_DARK,
    SYNTHETIC: PlotConfig.DATACEBO_GREEN,
    CONSTANT: '#9A9AAE',
}
# Synthetic tables of other makers, in the order in which they are named.
OTHER_COLOURS = (PlotConfig.DATACEBO_BLUE, PlotConfig.ORANGE, '#8A63D2', '#B7A100', '#D2568F')
GROUP_METRICS: dict[str, tuple[str, ...]] = {
    'Label Parity': ('Label rate', 'Label mean'),
    'Model Parity': ('Selection rate', 'Prediction mean'),
    'Error Parity': ('True positive rate', 'False positive rate', 'Residual mean'),
}
# More columns than these are named in the details; the figure shows those that give most away.
_MOST_COLUMNS = 7
_GRID = '#e0e0ea'


def property_figure(audit: Audit, name: str, score: float) -> go.Figure:
    """What ``get_visualization`` returns for a property.

    Args:
        audit (Audit): The figures.
        name (str): The property.
        score (float): Its score, for the title.

    Returns:
        plotly.graph_objects.Figure: Bars with bootstrap intervals, real beside synthetic.
    """
    both = {REAL: audit, SYNTHETIC: audit}
    if name in GROUP_METRICS:
        figure = bar_figure(group_values(both, name), ['Column', 'Group'])
    elif name == 'Proxy Leakage':
        figure = bar_figure(figure_values(both, name), ['Sensitive', 'Column'])
    else:
        figure = utility_bars({**both, CONSTANT: audit})
    figure.update_layout(
        title=f'Fairness: {name} (Average Score={round(score, 2)})',
        plot_bgcolor=PlotConfig.BACKGROUND_COLOR,
        margin={'t': 150},
        font={'size': PlotConfig.FONT_SIZE},
    )
    return figure


def utility_bars(
    audits: Mapping[str, Audit], colours: Mapping[str, str] = COLOURS, horizontal: bool = False
) -> go.Figure:
    """Quality of the models: in one panel where all is between 0 and 1, as it is for classes."""
    bars = figure_values(audits, 'Utility Retained')
    if len(bars['Outcome'].unique()) > 1:
        bars['Column'] = bars['Outcome'].astype(str)
    elif bars['Value'].between(0, 1).all():
        bars['Column'] = bars['Metric']
        bars['Metric'] = ''
    return bar_figure(bars, ['Column'], colours, horizontal)


def group_values(audits: Mapping[str, Audit], name: str) -> pd.DataFrame:
    """The rates of groups that a property is about, one row for each bar.

    Args:
        audits (mapping): From the label of a source to the audit it is read from; ``REAL`` gives
            the real rows of its audit, any other label the synthetic ones.
        name (str): The property.

    Returns:
        pandas.DataFrame: The columns of ``Audit.groups``, with the label as ``Source``.
    """
    parts = [
        audit.groups[audit.groups['Source'] == ('real' if label == REAL else 'synthetic')].assign(
            Source=label
        )
        for label, audit in audits.items()
    ]
    bars = _stacked(parts)
    bars = bars[bars['Metric'].isin(GROUP_METRICS[name])]
    bars = bars.assign(Group=bars['Group'].astype(str))
    if len(bars['Outcome'].unique()) > 1:
        bars['Group'] = bars['Group'] + ': ' + bars['Outcome'].astype(str)
    return bars.reset_index(drop=True)


def figure_values(
    audits: Mapping[str, Audit], name: str, metrics: Collection[str] | None = None
) -> pd.DataFrame:
    """The figures of a property that counts no groups, one row for each bar.

    As ``group_values``, with the columns of ``Audit.figures``. Of the columns that give a sensitive
    column away, those that do so most, the strongest first.

    Args:
        audits (mapping): As in ``group_values``; ``CONSTANT`` gives the constant classifier.
        name (str): The property.
        metrics (collection of str or None): The figures that are drawn; None for all.

    Returns:
        pandas.DataFrame: The rows, with the label as ``Source``.
    """
    parts = []
    for label, audit in audits.items():
        figures = audit.constant if label == CONSTANT else audit.figures
        source = {REAL: 'real', CONSTANT: 'constant'}.get(label, 'synthetic')
        chosen = figures[(figures['Property'] == name) & (figures['Source'] == source)]
        parts.append(chosen.assign(Source=label))
    bars = _stacked(parts)
    if metrics is not None:
        bars = bars[bars['Metric'].isin(metrics)].reset_index(drop=True)
    if name == 'Proxy Leakage':
        together = bars['Column'] == bars['Sensitive']
        bars['Column'] = bars['Column'].where(~together, 'all together')
        strongest = bars.groupby(['Sensitive', 'Column'])['Value'].max()
        most = strongest.groupby('Sensitive', group_keys=False).nlargest(_MOST_COLUMNS).index
        places = pd.MultiIndex.from_frame(bars[['Sensitive', 'Column']])
        bars = bars[places.isin(most)]
        order = {place: rank for rank, place in enumerate(most)}
        ranks = [order[place] for place in places[places.isin(most)]]
        bars = bars.assign(rank=ranks).sort_values('rank', kind='stable').drop(columns='rank')
    return bars.reset_index(drop=True)


def bar_figure(
    bars: pd.DataFrame,
    labels: Sequence[str],
    colours: Mapping[str, str] = COLOURS,
    horizontal: bool = False,
) -> go.Figure:
    """Bars with intervals, one panel for each metric.

    Args:
        bars (pandas.DataFrame): With ``Source``, ``Metric``, ``Value``, ``Low``, ``High``,
            ``Count``, ``Error`` and the labels.
        labels (sequence of str): One or two columns that name a bar, the outer one first.
        colours (mapping): From source to colour.
        horizontal (bool): Bars from left to right, for narrow screens and long names.
    """
    metrics = list(dict.fromkeys(bars['Metric']))
    if horizontal:
        # A panel is as high as its bars are many; its title and axis need 70 pixels.
        weights = [int((bars['Metric'] == metric).sum()) for metric in metrics]
        height = 90 + sum(20 * weight + 70 for weight in weights)
        figure = make_subplots(
            rows=len(metrics),
            row_heights=weights,
            subplot_titles=metrics,
            vertical_spacing=min(0.3, 70 / height) if len(metrics) > 1 else 0,
        )
        figure.update_layout(height=height)
    else:
        figure = make_subplots(cols=len(metrics), subplot_titles=metrics)
    for panel, metric in enumerate(metrics, start=1):
        place = {'row': panel if horizontal else 1, 'col': 1 if horizontal else panel}
        for source, part in bars[bars['Metric'] == metric].groupby('Source', sort=False):
            figure.add_trace(
                _bar(part, labels, str(source), colours, horizontal, panel == 1), **place
            )
        _scale(figure, bars[bars['Metric'] == metric], horizontal, place)
    figure.update_layout(barmode='group')
    return figure


def _bar(
    part: pd.DataFrame,
    labels: Sequence[str],
    source: str,
    colours: Mapping[str, str],
    horizontal: bool,
    first: bool,
) -> go.Bar:
    names = [part[label].astype(str).map(plain_label).tolist() for label in labels]
    places = names if len(names) > 1 else names[0]
    interval = {
        'type': 'data',
        'symmetric': False,
        'array': (part['High'] - part['Value']).clip(lower=0),
        'arrayminus': (part['Value'] - part['Low']).clip(lower=0),
        'color': '#6b6b80',
        'thickness': 1.5,
        'width': 4,
    }
    remark = part['Error'].where(part['Error'].notna(), 'n = ' + part['Count'].map(_count))
    along, across = ('x', 'y') if horizontal else ('y', 'x')
    label = plain_label(source)
    return go.Bar(
        **{across: places, along: part['Value']},
        **({f'error_{along}': interval} if part['Low'].notna().any() else {}),
        name=label,
        legendgroup=source,
        showlegend=first,
        orientation='h' if horizontal else 'v',
        marker_color=colours[source],
        customdata=remark,
        hovertemplate=f'%{{{across}}}: %{{{along}:.3f}} (%{{customdata}})<extra>{label}</extra>',
    )


def _scale(figure: go.Figure, bars: pd.DataFrame, horizontal: bool, place: dict[str, int]) -> None:
    """From 0 to 1 where the figures are shares; as wide as needed where they are not."""
    lowest, highest = bars[['Value', 'Low']].min().min(), bars[['Value', 'High']].max().max()
    beyond = lowest < 0 or highest > 1  # neither, where no group has enough rows for a bar
    shares = {'rangemode': 'tozero'} if beyond else {'range': [0, 1]}
    along, across = (
        (figure.update_xaxes, figure.update_yaxes)
        if horizontal
        else (figure.update_yaxes, figure.update_xaxes)
    )
    along(gridcolor=_GRID, **shares, **place)
    across(automargin=True, **({'autorange': 'reversed'} if horizontal else {}), **place)


def _stacked(parts: list[pd.DataFrame]) -> pd.DataFrame:
    """The parts below each other; columns of nothing but None keep pandas from guessing a type."""
    return pd.concat([part.astype({'Error': object}) for part in parts], ignore_index=True)


def _count(number: float) -> str:
    return 'unknown' if pd.isna(number) else f'{int(number):,}'
