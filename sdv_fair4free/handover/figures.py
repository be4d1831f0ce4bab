"""Figures of the generator that is handed over, measured where the data are."""

from __future__ import annotations

import copy
import math
import re
import warnings
from collections.abc import Mapping
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd
from sdv.errors import SynthesizerInputError

from sdv_fair4free.given_tables import table_problems
from sdv_fair4free.handover.measured import QUALITY, ExportFigures, Figure, Question
from sdv_fair4free.metrics.catalogue import PROPERTIES
from sdv_fair4free.metrics.checks import FairnessInputError
from sdv_fair4free.options import drawing_from_teacher
from sdv_fair4free.reports.evaluate import evaluate_fairness
from sdv_fair4free.reports.fairness_report import FairnessReport
from sdv_fair4free.reports.resemblance import (
    Quality,
    measure_quality,
    modelled_columns,
    unless_impossible,
)
from sdv_fair4free.reports.score import that_count
from sdv_fair4free.validation import as_list, listed

if TYPE_CHECKING:
    from sdv_fair4free.synthesizer import Fair4FreeSynthesizer

PICTURES = (
    'Pictures: how like the real ones, how varied and how fair they are. These figures are of the '
    'attributes alone; evaluate_images measures pictures.'
)
DIGITS = 4
"""Of every figure: more are noise, and would tell how many people are behind it."""
# "insufficient data (n = 3)" tells of three people, perhaps of a value that is held back.
_COUNT = re.compile(r' \(n = \d+\)')
Tables = Mapping[str, pd.DataFrame]


def measured_figures(
    synthesizer: Fair4FreeSynthesizer,
    data: Tables,
    holdout: Tables,
    kind: Literal['teacher', 'student'],
    *,
    random_state: int = 0,
) -> dict[str, Any]:
    """Measure the rows of a generator: quality, utility, and fairness of labels and of models.

    It draws as many rows as there are training rows, at the synthesizer's own strength, and has
    :func:`~sdv_fair4free.evaluate_fairness` judge them, once for each target. What cannot be
    measured is left out, with the reason; a warning says more than the result, which is for others
    and names neither values of columns nor small groups.

    Args:
        synthesizer: Fitted. It is left as it is, its random stream included. Hand over the one that
            others will get: what an export takes out of it, its rows do not have.
        data: The rows it was fitted on, under the name of the table. Keys are not needed.
        holdout: Real rows of the same kind that it has not seen, likewise.
        kind: Which generator to draw from.
        random_state: Seed of everything drawn, 0 or more.

    Returns:
        Plain JSON; :meth:`~sdv_fair4free.handover.measured.ExportFigures.from_dict` reads it.

    Raises:
        SynthesizerInputError: Listing every problem with the tables at once.
    """
    ((name, entry),) = synthesizer.get_metadata().to_dict()['tables'].items()
    given = {'data': _plain(data), 'holdout': _plain(holdout)}
    columns = [str(column) for column in modelled_columns(entry)]
    problems = [
        problem
        for told, tables in given.items()
        for problem in table_problems(told, tables, name, columns)
    ]
    if getattr(synthesizer._model, kind) is None:
        problems.append(f'kind={kind!r}: the synthesizer holds no {kind}.')
    if problems:
        raise SynthesizerInputError(listed(problems, 'the figures of the generator'))
    real, strangers = given['data'][name], given['holdout'][name]
    synthetic = _drawn(synthesizer, name, len(real), kind, random_state)
    figures, left_out = _of_quality(real, synthetic, strangers, entry)
    questions = []
    sensitive = as_list(synthesizer.sensitive_columns)
    targets = as_list(synthesizer.target_column) if sensitive else []
    for target in targets:
        favourable = synthesizer.favourable_outcome
        try:
            report = evaluate_fairness(
                real,
                synthetic,
                synthesizer.get_metadata(),
                sensitive_columns=sensitive,
                target_column=target,
                real_validation_data=strangers,
                favourable_outcome=favourable,
                random_state=random_state,
                include_quality=False,
                include_privacy=False,
                verbose=False,
            )
        except FairnessInputError as error:
            left_out.append(
                f"Fairness and utility for the outcome '{target}': these rows cannot answer it."
            )
            warnings.warn(f'{left_out[-1]} {error}', stacklevel=2)
            continue
        questions.append(_question(report, target, favourable is not None))
        figures += _of_report(report, target)
    if synthesizer._model.generator.schema.picture is not None:
        left_out.append(PICTURES)
    if not targets:
        missing = 'target_column' if sensitive else 'sensitive_columns'
        left_out.append(f'Fairness and utility: the generator has no {missing}.')
    return ExportFigures(
        generator=kind,
        training_rows=len(real),
        holdout_rows=len(strangers),
        synthetic_rows=len(synthetic),
        fairness_strength=float(synthesizer.fairness_strength),
        random_state=int(random_state),
        questions=tuple(questions),
        figures=tuple(figures),
        left_out=tuple(left_out),
    ).to_dict()


def _plain(given: Any) -> Any:
    """The tables with names of columns as text, as SDV fits them; anything else as it is."""
    if not isinstance(given, Mapping):
        return given
    return {
        name: table.rename(columns=str).reset_index(drop=True)
        if isinstance(table, pd.DataFrame)
        else table
        for name, table in given.items()
    }


def _drawn(
    synthesizer: Fair4FreeSynthesizer, name: str, rows: int, kind: str, seed: int
) -> pd.DataFrame:
    trial = copy.deepcopy(synthesizer)
    trial._set_random_state(seed)
    with drawing_from_teacher() if kind == 'teacher' else nullcontext():
        table = trial.sample(rows)[name]
    return table.rename(columns=str)


def _of_quality(
    real: pd.DataFrame, synthetic: pd.DataFrame, holdout: pd.DataFrame, entry: Mapping[str, Any]
) -> tuple[list[Figure], list[str]]:
    """SDMetrics' quality, with that of unseen real rows as the yardstick."""
    quality: Quality | None
    quality, notes = unless_impossible(QUALITY, measure_quality, real, synthetic, holdout, entry)
    if quality is None:
        reason = 'Quality: SDMetrics cannot bear these rows.'
        warnings.warn(' '.join([reason, *notes]), stacklevel=3)
        return [], [reason]
    measured = {
        'Column shapes': (quality.column_shapes, quality.holdout_column_shapes),
        'Pair trends, all pairs': (quality.pair_trends_all, quality.holdout_pair_trends_all),
        'Pair trends, strongly related pairs': (quality.pair_trends, math.nan),
    }
    return [
        Figure(
            property='Quality', metric=metric, value=_number(value), real=_number(holdout), best=1.0
        )
        for metric, (value, holdout) in measured.items()
    ], []


def _question(report: FairnessReport, target: str, favourable_given: bool) -> Question:
    settings = report.get_audit().settings
    scores = report.get_properties().set_index('Property')['Score']
    return Question(
        target=target,
        kind=settings['target_kind'],
        favourable=settings['favourable_outcome'],
        favourable_given=favourable_given,
        model=settings['model'],
        tested_rows=settings['rows']['validation'],
        confidence_level=settings['confidence_level'],
        bootstrap_samples=settings['bootstrap_samples'],
        minimum_group_size=settings['minimum_group_size'],
        overall=_number(report.get_score()),
        scores={name: _number(scores[name]) for name in PROPERTIES},
    )


def _of_report(report: FairnessReport, target: str) -> list[Figure]:
    """The figures that count in the scores; of several proxies the strongest."""
    return [
        Figure(
            property=name,  # type: ignore[arg-type]  # one of PROPERTIES
            metric=row['Metric'],
            target=target,
            column=_text(row['Column']),
            sensitive=_text(row['Sensitive']),
            outcome=_text(row['Outcome']),
            value=_number(row['Synthetic Value']),
            low=_number(row['Low']),
            high=_number(row['High']),
            real=_number(row['Real Value']),
            best=float(row['Best']),
            reason=_reason(row.get('Error')),
        )
        for name in PROPERTIES
        for _, row in that_count(report.get_details(name), name).iterrows()
    ]


def _number(value: float) -> float | None:
    return float(f'{value:.{DIGITS}g}') if math.isfinite(value) else None


def _text(value: Any) -> str | None:
    return None if pd.isna(value) else str(value)


def _reason(error: Any) -> str | None:
    return None if pd.isna(error) else _COUNT.sub('', str(error))


__all__ = ['ExportFigures', 'measured_figures']
