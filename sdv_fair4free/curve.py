"""What fairness costs: one fitted model, sampled at several strengths, judged on held-out rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots
from sdmetrics.visualization import PlotConfig
from tqdm import tqdm

from sdv_fair4free.evaluation import judge_scores
from sdv_fair4free.given_tables import outcome_problems, table_problems
from sdv_fair4free.metrics.checks import FairnessInputError
from sdv_fair4free.metrics.groupings import group_labels
from sdv_fair4free.reports.resemblance import measure_quality
from sdv_fair4free.synthesizer import Fair4FreeSynthesizer
from sdv_fair4free.tstr import tstr_scores
from sdv_fair4free.validation import as_list, listed, strength_problems, whole_problems

UTILITY = ('AUC', 'Column Shapes', 'Column Pair Trends')
FAIRNESS = ('DPR', 'EOR')
COLOURS = (PlotConfig.DATACEBO_DARK, PlotConfig.DATACEBO_GREEN, '#0a7cff', '#e07a1f', '#8a5cd1')


@dataclass(frozen=True, kw_only=True)
class FairnessUtilityCurve:
    """Figures by strength.

    Attributes:
        table (pandas.DataFrame): One row for each strength: ``Strength``; ``AUC`` of a model that
            is trained on the synthetic rows, on real rows, **best 1**; ``DPR`` and ``EOR``, its
            demographic parity and equalized odds ratios (of the crossed groups, if there are
            several sensitive columns; numbers and dates are cut at their quartiles), **best 1**;
            ``Column Shapes`` and ``Column Pair Trends`` (all pairs) of SDMetrics, **best 1**. The
            row without a strength is of the real rows.
        figure (plotly.graph_objects.Figure): The same, drawn.
    """

    table: pd.DataFrame
    figure: go.Figure


def fairness_utility_curve(
    synthesizer: Fair4FreeSynthesizer,
    real_data: Mapping[str, pd.DataFrame],
    real_validation_data: Mapping[str, pd.DataFrame],
    *,
    favourable_outcome: object,
    strengths: Sequence[float] = (0.0, 0.25, 0.5, 0.75, 1.0),
    num_rows: int | None = None,
    random_state: int = 0,
    model: Any = None,
    verbose: bool = True,
) -> FairnessUtilityCurve:
    """Sample a fitted synthesizer at several strengths and judge each table on held-out rows.

    All strengths start from the same random numbers, so that what differs is the strength. It shows
    this model on these rows: differences of a few hundredths between neighbours are noise.

    Args:
        synthesizer (Fair4FreeSynthesizer): Fitted, with sensitive columns and one target of
            categories. Its own stream of samples is reset at the end.
        real_data (dict[str, pandas.DataFrame]): The rows that it was fitted to, for quality.
        real_validation_data (dict[str, pandas.DataFrame]): Real rows that it has not seen.
        favourable_outcome (object): The value of the target that people hope for.
        strengths (sequence of float): From 0 (the table as it is) to 1.
        num_rows (int or None): Rows to draw for each; None takes as many as ``real_data`` has.
        random_state (int): Seed of sampling.
        model (object or None): A scikit-learn classifier, as
            :func:`~sdv_fair4free.evaluation.evaluate_tstr` takes it.
        verbose (bool): Whether to show a progress bar.

    Returns:
        FairnessUtilityCurve: The table and the figure.

    Raises:
        ValueError: Listing every problem with the arguments at once.
    """
    sensitive = as_list(synthesizer.sensitive_columns)
    problems = _problems(
        synthesizer, real_data, real_validation_data, favourable_outcome, strengths, num_rows
    )
    if problems:
        raise FairnessInputError(listed(problems, 'the arguments'))
    (name,) = real_data
    (target,) = as_list(synthesizer.target_column)
    described = synthesizer.metadata.tables[name].to_dict()
    real, unseen = real_data[name], real_validation_data[name]
    known = unseen[target].notna().to_numpy()
    groups_of_unseen = group_labels(real, unseen, described['columns'], sensitive)[known]

    def figures(strength: float, table: pd.DataFrame) -> dict[str, float]:
        truth, scores = tstr_scores(
            table, unseen, target, favourable_outcome, synthesizer.metadata, model
        )
        judged = judge_scores(truth, scores, groups_of_unseen)
        *_, groups = judged.groups.values()
        resemblance = measure_quality(real, table, None, described)
        return {
            'Strength': strength,
            'AUC': judged.auc,
            'DPR': groups.demographic_parity_ratio,
            'EOR': groups.equalized_odds_ratio,
            'Column Shapes': resemblance.column_shapes,
            'Column Pair Trends': resemblance.pair_trends_all,
        }

    rows = []
    try:
        for strength in tqdm(strengths, desc='Strength', disable=not verbose):
            synthesizer._set_random_state(random_state)
            made = synthesizer.sample(num_rows or len(real), fairness_strength=strength)[name]
            rows.append(figures(float(strength), made))
    finally:
        synthesizer.reset_sampling()
    rows.append(figures(np.nan, real))
    table = pd.DataFrame(rows)
    return FairnessUtilityCurve(table=table, figure=_drawn(table))


def _problems(
    synthesizer: Fair4FreeSynthesizer,
    real_data: object,
    validation: object,
    favourable: object,
    strengths: Sequence[float],
    num_rows: object,
) -> list[str]:
    problems = [problem for strength in strengths for problem in strength_problems(strength)]
    problems += whole_problems('num_rows', num_rows, 1)
    if not len(strengths):
        problems.append('strengths is empty; name at least one.')
    if not synthesizer.get_info()['is_fit']:
        problems.append('the synthesizer is not fitted; call fit first.')
    sensitive, targets = (
        as_list(names) for names in (synthesizer.sensitive_columns, synthesizer.target_column)
    )
    if not sensitive or len(targets) != 1:
        problems.append('the synthesizer needs sensitive_columns and one target_column.')
        return problems
    ((name, described),) = synthesizer.metadata.tables.items()
    sdtype = described.columns[targets[0]]['sdtype']
    for told, data in (('real_data', real_data), ('real_validation_data', validation)):
        found = table_problems(told, data, name, [*sensitive, *targets])
        if not found and isinstance(data, Mapping):
            found = outcome_problems(told, data[name][targets[0]], sdtype, favourable)
        problems += found
    return list(dict.fromkeys(problems))


def _drawn(table: pd.DataFrame) -> go.Figure:
    """Two panels over the strength: fairness, and utility with quality; dashed: the real rows."""
    real = table[table['Strength'].isna()].iloc[0]
    drawn = table.dropna(subset='Strength').sort_values('Strength')
    colours = dict(zip((*FAIRNESS, *UTILITY), COLOURS, strict=True))
    figure = make_subplots(
        cols=2,
        subplot_titles=('Fairness towards real people', 'Utility and quality'),
        horizontal_spacing=0.09,
    )
    for column, names in enumerate((FAIRNESS, UTILITY), start=1):
        for name in names:
            figure.add_scatter(
                x=drawn['Strength'],
                y=drawn[name],
                name=name,
                mode='lines+markers',
                line_color=colours[name],
                row=1,
                col=column,
            )
            figure.add_hline(
                y=real[name],
                line={'color': colours[name], 'dash': 'dash', 'width': 1},
                row=1,
                col=column,
            )
    figure.update_xaxes(title_text='fairness_strength')
    figure.update_yaxes(range=[0, 1.02], col=1)
    figure.update_layout(
        title='What fairness costs (dashed: the real rows)',
        template='plotly_white',
        plot_bgcolor=PlotConfig.BACKGROUND_COLOR,
        font={'size': PlotConfig.FONT_SIZE},
        legend_title_text='',
        margin={'t': 120},
    )
    return figure
