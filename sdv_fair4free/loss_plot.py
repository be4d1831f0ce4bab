"""The figure of ``get_loss_values_plot``."""

from __future__ import annotations

import pandas as pd
import plotly.express as px
import plotly.graph_objects as go
from sdmetrics.visualization import PlotConfig

from sdv_fair4free.progress import LABELS


def plot_losses(loss_values: pd.DataFrame, title: str) -> go.Figure:
    """Draw the total loss over epochs, a panel for each stage.

    Args:
        loss_values: As :meth:`Fair4FreeSynthesizer.get_loss_values` returns it.
        title: Of the figure.
    """
    totals = loss_values[loss_values['Term'] == 'total'].assign(
        Stage=lambda table: table['Stage'].replace(LABELS)
    )
    long = totals.melt(
        id_vars=['Stage', 'Epoch'],
        value_vars=['Training Loss', 'Held-out Loss'],
        var_name='Rows',
        value_name='Loss',
    )
    figure = px.line(
        long,
        x='Epoch',
        y='Loss',
        color='Rows',
        facet_col='Stage',
        markers=True,
        color_discrete_map={
            'Training Loss': PlotConfig.DATACEBO_DARK,
            'Held-out Loss': PlotConfig.DATACEBO_GREEN,
        },
    )
    figure.update_yaxes(matches=None, showticklabels=True)
    figure.update_xaxes(matches=None)
    figure.for_each_annotation(lambda note: note.update(text=note.text.removeprefix('Stage=')))
    figure.update_layout(
        title=title,
        template='plotly_white',
        legend_title_text='',
        plot_bgcolor=PlotConfig.BACKGROUND_COLOR,
        font={'size': PlotConfig.FONT_SIZE},
        margin={'t': 120},
    )
    return figure
