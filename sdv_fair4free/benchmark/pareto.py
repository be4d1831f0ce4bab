"""Utility against fairness, a point for each synthesizer."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from sdmetrics.visualization import PlotConfig

SMALLEST, LARGEST = 12.0, 44.0
"""Diameters of the points, in pixels, for the least and the longest time."""


def draw_pareto(table: pd.DataFrame, references: Collection[str]) -> go.Figure:
    """Draw AUC over demographic parity ratio; the size of a point is the time to fit.

    Args:
        table: Columns Synthesizer, AUC, DPR, Fit Seconds, Error.
        references: Names of the rows that no synthesizer makes.
    """
    drawn = table[table['Error'].isna()]
    means = drawn.groupby('Synthesizer', sort=False)[['AUC', 'DPR', 'Fit Seconds']].agg(
        ['mean', 'std']
    )
    means = means[means['AUC', 'mean'].notna() & means['DPR', 'mean'].notna()]
    sizes = _diameters(means['Fit Seconds', 'mean'])
    figure = go.Figure()
    for place, (name, row) in enumerate(means.iterrows()):
        fixed = name in references
        seconds = row['Fit Seconds', 'mean']
        told = '' if np.isnan(seconds) else f'<br>fitted in {seconds:.1f} s'
        figure.add_scatter(
            x=[row['DPR', 'mean']],
            y=[row['AUC', 'mean']],
            error_x={'array': [row['DPR', 'std']], 'thickness': 1},
            error_y={'array': [row['AUC', 'std']], 'thickness': 1},
            mode='markers+text',
            name=str(name),
            text=[str(name)],
            textposition='bottom center',
            hovertemplate=f'{name}<br>DPR %{{x:.3f}}<br>AUC %{{y:.3f}}{told}<extra></extra>',
            marker={
                'size': sizes[place],
                'symbol': 'x' if fixed else 'circle',
                'color': PlotConfig.DATACEBO_DARK if fixed else PlotConfig.DATACEBO_GREEN,
                'line': {'color': PlotConfig.DATACEBO_DARK, 'width': 1},
            },
        )
    figure.update_xaxes(
        title_text='Demographic parity ratio of a model, on real people', range=[0, 1.1]
    )
    figure.update_yaxes(title_text='AUC on real people', range=[0.45, 1.0])
    figure.update_layout(
        title='Utility against fairness; the larger the point, the longer the fit',
        template='plotly_white',
        plot_bgcolor=PlotConfig.BACKGROUND_COLOR,
        font={'size': PlotConfig.FONT_SIZE},
        showlegend=False,
    )
    return figure


def _diameters(seconds: pd.Series) -> list[float]:
    """Growing with the logarithm of the time; rows without a time get the smallest."""
    logs = np.log1p(seconds.to_numpy(dtype=float))
    most = np.nanmax(logs) if np.isfinite(logs).any() else 1.0
    share = np.nan_to_num(logs / max(most, 1e-9))
    return [float(SMALLEST + (LARGEST - SMALLEST) * part) for part in share]
