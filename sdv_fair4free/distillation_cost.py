"""What distillation costs: a fitted teacher and students of several sizes, side by side."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots
from sdmetrics.visualization import PlotConfig
from tqdm import tqdm

from sdv_fair4free.benchmark.cost import race
from sdv_fair4free.benchmark.judge import Question
from sdv_fair4free.benchmark.kept import Row
from sdv_fair4free.core.config import STUDENT_SIZES, StudentConfig
from sdv_fair4free.curve import COLOURS, FAIRNESS, UTILITY
from sdv_fair4free.given_tables import outcome_problems, table_problems
from sdv_fair4free.metrics.checks import FairnessInputError
from sdv_fair4free.options import drawing_from_teacher
from sdv_fair4free.synthesizer import Fair4FreeSynthesizer
from sdv_fair4free.validation import as_list, listed, student_problems, whole_problems

TEACHER, STUDENT = 'teacher', 'student'
OF_ROWS = ('Column Shapes', 'Column Pair Trends', 'All Pair Trends')
OF_MODEL = ('AUC', 'DPR', 'EOR')
COSTS = ('Rows Per Second', 'Weight Bytes', 'Distillation Seconds')
NUMBERS = [*OF_ROWS, *OF_MODEL, *COSTS]
Tables = Mapping[str, pd.DataFrame]
"""Tables by their names, as SDV takes them; one of them."""


@dataclass(frozen=True, kw_only=True)
class DistillationCost:
    """What :func:`compare_teacher_and_student` found.

    Attributes:
        table (pandas.DataFrame): One row for the teacher and one for each student: ``Generator``;
            ``Column Shapes``, ``Column Pair Trends`` (related pairs, SDMetrics' default) and ``All
            Pair Trends``, of the rows drawn, in [0, 1], **best 1**; of a boosted model that is
            trained on those rows, on real rows: ``AUC``, ``DPR`` and ``EOR``, demographic parity
            and equalized odds ratio of the crossed groups, in [0, 1], **best 1**; ``Rows Per
            Second`` that ``sample`` makes, the median of its turns; ``Weight Bytes`` of what rows
            are drawn from, as they are stored (the teacher's encoder is not counted);
            ``Distillation Seconds``, NaN for the teacher; ``Error``, None or why figures are
            missing. What was not asked, because there is no sensitive column, no outcome of
            categories, no favourable one or no validation table, is NaN.
        figure (plotly.graph_objects.Figure): The same, drawn.
    """

    table: pd.DataFrame
    figure: go.Figure


def compare_teacher_and_student(
    synthesizer: Fair4FreeSynthesizer,
    data: Tables,
    real_validation_data: Tables | None = None,
    *,
    sizes: Mapping[str, StudentConfig | str | None] | Sequence[str] | str | None = STUDENT_SIZES,
    favourable_outcome: object = None,
    num_rows: int | None = None,
    timed_rows: int | None = None,
    turns: int = 3,
    random_state: int = 0,
    verbose: bool = True,
) -> DistillationCost:
    """Distil students of several sizes from a fitted teacher, and judge all of them alike.

    Teacher and students draw from the same random numbers and at the synthesizer's own
    ``fairness_strength``; they are timed in turns, after a warm-up. The synthesizer itself stays as
    it is, its student and its stream of samples included. It shows this teacher on these rows:
    differences of a few thousandths are noise. Times are of this machine: read them as ratios.

    Args:
        synthesizer (Fair4FreeSynthesizer): Fitted, with its teacher.
        data (dict[str, pandas.DataFrame]): The rows that it was fitted to, for quality.
        real_validation_data (dict[str, pandas.DataFrame] or None): Real rows that it has not seen,
            for utility and fairness; None leaves them out.
        sizes (sequence of str, dict or None): 'small', 'medium' or 'large', see
            :meth:`~sdv_fair4free.StudentConfig.of_size`; or from a name to such a size or a
            :class:`~sdv_fair4free.StudentConfig`. None judges the student that there is.
        favourable_outcome (object): The value of the target that people hope for; None takes the
            synthesizer's.
        num_rows (int or None): Rows to judge; None takes as many as ``data`` has.
        timed_rows (int or None): Rows to time; None takes ``num_rows``.
        turns (int): How often each is timed.
        random_state (int): Seed of distillation and of the rows judged.
        verbose (bool): Whether to show a progress bar.

    Returns:
        DistillationCost: The table and the figure.

    Raises:
        ValueError: Listing every problem with the arguments at once.
    """
    asked = None if sizes is None else _named(sizes)
    favourable = favourable_outcome
    if favourable is None and isinstance(synthesizer, Fair4FreeSynthesizer):
        favourable = synthesizer.favourable_outcome
    problems = _setting_problems(asked, num_rows, timed_rows, turns, random_state)
    problems += _problems(synthesizer, asked is None, data, real_validation_data, favourable)
    if problems:
        raise FairnessInputError(listed(problems, 'the arguments'))
    question = _question(synthesizer, data, real_validation_data, favourable, num_rows)
    parts = ['quality', 'trees'] if question.target and len(question.test) else ['quality']
    with tqdm(total=2 * len(asked or '1') + 2, desc='Compare', disable=not verbose) as bar:
        fitted = {TEACHER: copy.deepcopy(synthesizer)}
        for name, student in ({STUDENT: None} if asked is None else asked).items():
            fitted[name] = copy.deepcopy(synthesizer)
            if asked is not None:
                fitted[name].verbose = False  # there is a bar already
                fitted[name].distill(student, random_state=random_state)
            bar.update()
        samplers = {name: _sampler(made, name == TEACHER) for name, made in fitted.items()}
        seconds = race(samplers, timed_rows or question.num_rows, turns).median()
        bar.update()
        rows = []
        for name, made in fitted.items():
            made._set_random_state(random_state)
            table = samplers[name](question.num_rows)[question.name]
            rows.append(
                {
                    'Generator': name,
                    'Error': None,
                    **question.judge(table, parts),
                    'Rows Per Second': (timed_rows or question.num_rows) / seconds[name],
                    **_costs(made, name == TEACHER),
                }
            )
            bar.update()
    found = pd.DataFrame(rows, columns=['Generator', *NUMBERS, 'Error'])
    found[NUMBERS] = found[NUMBERS].astype(float)
    return DistillationCost(table=found, figure=_drawn(found))


def _named(sizes: Any) -> dict[str, Any]:
    """The students that are asked for, by name."""
    if isinstance(sizes, Mapping):
        return dict(sizes)
    return {str(size): size for size in (sizes if isinstance(sizes, list | tuple) else [sizes])}


def _sampler(synthesizer: Fair4FreeSynthesizer, from_teacher: bool) -> Callable[[int], Tables]:
    def sample(rows: int) -> Tables:
        with drawing_from_teacher() if from_teacher else nullcontext():
            tables: Tables = synthesizer.sample(rows)
        return tables

    return sample


def _costs(synthesizer: Fair4FreeSynthesizer, of_teacher: bool) -> Row:
    info = synthesizer.get_info()
    return {
        'Weight Bytes': info['weight_bytes'][TEACHER if of_teacher else STUDENT],
        'Distillation Seconds': np.nan if of_teacher else info['fit_seconds'][STUDENT],
    }


def _question(
    synthesizer: Fair4FreeSynthesizer,
    data: Tables,
    validation: Tables | None,
    favourable: object,
    num_rows: int | None,
) -> Question:
    """What is asked of every table of rows; not of an outcome, where there is none to ask of."""
    ((name, real),) = data.items()
    targets = as_list(synthesizer.target_column)
    return Question(
        name=name,
        train=real,
        test=real[:0] if validation is None else validation[name],
        metadata=synthesizer.metadata,
        sensitive=tuple(as_list(synthesizer.sensitive_columns)),
        target='' if favourable is None else targets[0],
        favourable=favourable,
        num_rows=num_rows or len(real),
    )


def _setting_problems(
    asked: Mapping[str, object] | None,
    num_rows: object,
    timed_rows: object,
    turns: object,
    random_state: object,
) -> list[str]:
    problems = whole_problems('num_rows', num_rows, 1)
    problems += whole_problems('timed_rows', timed_rows, 1)
    problems += whole_problems('turns', turns, 1, or_none=False)
    problems += whole_problems('random_state', random_state, 0, or_none=False)
    if asked is not None and not asked:
        problems.append('sizes is empty; name at least one, or None for the student that there is.')
    for name, student in (asked or {}).items():
        problems += student_problems(f'sizes[{name!r}]', student)
        if name == TEACHER:
            problems.append(f'sizes: {name!r} is the name of another row; choose a different one.')
    return problems


def _problems(
    synthesizer: object,
    as_it_is: bool,
    data: object,
    validation: object,
    favourable: object,
) -> list[str]:
    """Problems of the synthesizer, and of the tables that must fit it."""
    if not isinstance(synthesizer, Fair4FreeSynthesizer):
        return [f'synthesizer={synthesizer!r} must be a fitted Fair4FreeSynthesizer.']
    info, problems = synthesizer.get_info(), []
    if not info['is_fit']:
        problems.append('the synthesizer is not fitted; call fit first.')
    elif TEACHER not in info['weight_bytes']:
        problems.append('the synthesizer holds no teacher; compare where the teacher is.')
    elif as_it_is and STUDENT not in info['weight_bytes']:
        problems.append('sizes is None but the synthesizer has no student; name sizes to distil.')
    targets = as_list(synthesizer.target_column)
    asked_of_target = favourable is not None
    if asked_of_target and len(targets) != 1:
        problems.append(
            f'favourable_outcome={favourable!r} is given, but the synthesizer has no, or more than '
            'one, target_column; leave it out.'
        )
    ((name, described),) = synthesizer.metadata.tables.items()
    tables = {'data': data} | ({} if validation is None else {'real_validation_data': validation})
    for told, part in tables.items():
        found = table_problems(told, part, name, [*described.columns])
        if not found and isinstance(part, Mapping) and asked_of_target and len(targets) == 1:
            sdtype = described.columns[targets[0]]['sdtype']
            found = outcome_problems(told, part[name][targets[0]], sdtype, favourable)
        problems += found
    return list(dict.fromkeys(problems))


def _drawn(table: pd.DataFrame) -> go.Figure:
    """Two panels over the generators, the smallest first: what they are worth, and their speed."""
    drawn = table.sort_values('Weight Bytes')
    places = [
        f'{row["Generator"]}<br>{row["Weight Bytes"] / 1000:,.0f} kB' for _, row in drawn.iterrows()
    ]
    figure = make_subplots(
        cols=2,
        column_widths=[0.62, 0.38],
        subplot_titles=('Quality, utility, fairness', 'Speed'),
        horizontal_spacing=0.12,
    )
    for name, colour in zip((*FAIRNESS, *UTILITY), COLOURS, strict=True):
        if drawn[name].notna().any():
            figure.add_scatter(
                x=places,
                y=drawn[name],
                name=name,
                mode='lines+markers',
                line_color=colour,
                row=1,
                col=1,
            )
    figure.add_bar(
        x=places,
        y=drawn['Rows Per Second'],
        marker_color=PlotConfig.DATACEBO_GREEN,
        showlegend=False,
        row=1,
        col=2,
    )
    figure.update_yaxes(range=[None, 1.01], col=1)
    figure.update_yaxes(title_text='rows per second', rangemode='tozero', col=2)
    figure.update_layout(
        title='What distillation costs',
        template='plotly_white',
        plot_bgcolor=PlotConfig.BACKGROUND_COLOR,
        font={'size': PlotConfig.FONT_SIZE},
        legend_title_text='',
        margin={'t': 120},
    )
    return figure
