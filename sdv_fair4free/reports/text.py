"""A fairness report as sentences, as Markdown and as a dictionary."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from sdv_fair4free.metrics.audit import PROPERTIES
from sdv_fair4free.metrics.rows import WORST_CLASS
from sdv_fair4free.reports.comparison import comparison
from sdv_fair4free.reports.plots import CONSTANT, REAL
from sdv_fair4free.reports.score import source_scores, that_count
from sdv_fair4free.reports.words import LIMITS, PROPERTY_MEANING

if TYPE_CHECKING:
    from sdv_fair4free.reports.fairness_report import FairnessReport


def number(value: float, digits: int = 3) -> str:
    """A figure for a table; a dash where there is none."""
    if pd.isna(value):
        return '-'
    if abs(value) >= 10:
        return f'{value:,.1f}' if abs(value) < 100 else f'{value:,.0f}'
    return f'{value:.{digits}f}'


def with_interval(value: float, low: float, high: float) -> str:
    """A figure and, where there is one, its interval."""
    if pd.isna(value) or pd.isna(low):
        return number(value)
    return f'{number(value)} ({number(low)} to {number(high)})'


def parity_figures(report: FairnessReport) -> pd.DataFrame:
    """One row per grouping: the main figure of Model Parity; of means, where the target is one."""
    details = report.get_details('Model Parity')
    metric = 'Prediction mean difference' if _is_numeric(report) else 'Demographic parity ratio'
    return pd.DataFrame(details[(details['Metric'] == metric) & details['Headline'].astype(bool)])


def verdict(report: FairnessReport, name: str = 'Synthetic') -> list[str]:
    """The main figures as sentences.

    Args:
        report (FairnessReport): Generated.
        name (str): What to call its table.
    """
    sentences = [
        _parity_sentence(report, row, name.lower())
        for _, row in parity_figures(report).iterrows()
        if not math.isnan(row['Synthetic Value'])
    ]
    scores = report.get_properties().set_index('Property')['Score']
    utility = scores['Utility Retained']
    if not math.isnan(utility):
        sentences.append(
            f'Utility: it keeps {utility:.0%} of what a model trained on the real rows knows '
            'beyond answering everybody alike.'
        )
    leakage = scores['Proxy Leakage']
    if not math.isnan(leakage):
        real = source_scores(report.get_audit(), 'real')['Proxy Leakage']
        sentences.append(
            f'Proxies: the score against leakage of sensitive columns is {leakage:.2f} '
            f'(real rows: {number(real, 2)}; 1 is no leakage).'
        )
    quality, privacy = report.get_quality(), report.get_privacy()
    if quality is not None:
        sentences.append(
            f'Quality: columns are {quality.column_shapes:.0%} and pairs of columns '
            f'{quality.pair_trends_all:.0%} alike to the real ones (SDMetrics).'
        )
    if privacy is not None:
        sentences.append(
            f'Privacy: {privacy.nearer_to_train:.1%} of the rows are nearer to training rows than '
            f'to unseen real ones (50% is ideal, 100% is copying); {privacy.copies:.2%} are copies '
            f'of a training row (of unseen real rows, {privacy.holdout_copies:.2%}).'
        )
    return sentences


def _parity_sentence(report: FairnessReport, row: pd.Series, name: str) -> str:
    tested = report.get_audit().settings['rows']['validation']
    start = f'Fairness by {row["Column"]}: a model trained on the {name} rows '
    if _is_numeric(report):
        return (
            f'{start}predicts on average {number(row["Synthetic Value"])} more for one group than '
            f'for another{_between(row, 3)}; trained on the real rows, '
            f'{number(row["Real Value"])} (0 is parity; tested on {tested:,} real rows).'
        )
    deed = (
        'predicts the outcome it spreads most unevenly for'
        if row['Outcome'] == WORST_CLASS
        else 'decides favourably about'
    )
    return (
        f'{start}{deed} the worst-off group {number(row["Synthetic Value"], 2)} times as often as '
        f'for the best-off one{_between(row, 2)}; trained on the real rows, '
        f'{number(row["Real Value"], 2)} times (1 is parity; tested on {tested:,} real rows).'
    )


def _is_numeric(report: FairnessReport) -> bool:
    return bool(report.get_audit().settings['target_kind'] == 'numeric')


def report_as_dict(report: FairnessReport) -> dict[str, Any]:
    """Everything that was measured; only dicts, lists, text, numbers, booleans and None."""
    audit, quality, privacy = report.get_audit(), report.get_quality(), report.get_privacy()
    scores = report.get_properties().set_index('Property')['Score']
    whole = {
        'info': report.get_info(),
        'settings': audit.settings,
        'score': report.get_score(),
        'properties': {
            name: {'score': scores[name], 'details': _records(report.get_details(name))}
            for name in PROPERTIES
        },
        'comparison': comparison({'Synthetic': report}).to_dict(orient='index'),
        'groups': _records(audit.groups),
        'constant_classifier': _records(audit.constant),
        'quality': None
        if quality is None
        else {**asdict(quality), 'columns': quality.columns.to_dict(orient='index')},
        'privacy': None if privacy is None else asdict(privacy),
        'notes': audit.notes,
    }
    plain: dict[str, Any] = _plain(whole)
    return plain


def report_as_markdown(reports: Mapping[str, FairnessReport]) -> str:
    """The main figures as Markdown: sentences, scores, headline figures, limits."""
    scores = comparison(reports).T
    (name, report), *_ = reports.items()
    audit = report.get_audit()
    lines = [f'# Fairness of {name.lower()} rows', '']
    lines += [f'- {sentence}' for sentence in verdict(report, name)]
    lines += ['', '## Scores', '', 'From 0 to 1, best 1. Train on synthetic, test on real.', '']
    lines += _table(['', *scores.columns], [[i, *map(number, row)] for i, *row in _rows(scores)])
    for title in PROPERTIES:
        details = that_count(report.get_details(title), title)
        lines += ['', f'## {title}', '', PROPERTY_MEANING[title], '']
        head = ['Figure', 'Of', name, REAL, *([CONSTANT] if 'Constant Value' in details else [])]
        lines += _table(
            [*head, 'Best'],
            [
                [
                    row['Metric'],
                    subject(row),
                    row['Error'] if row.get('Error') else _cell(row),
                    number(row['Real Value']),
                    *([number(row['Constant Value'])] if 'Constant Value' in details else []),
                    f'{row["Best"]:g}',
                ]
                for _, row in details.iterrows()
            ],
        )
    lines += ['', '## What this does not promise', '', *(f'- {limit}' for limit in LIMITS)]
    if audit.notes:
        lines += ['', '## Remarks', '', *(f'- {note}' for note in audit.notes)]
    return '\n'.join(lines) + '\n'


def report_as_text(reports: Mapping[str, FairnessReport]) -> str:
    """Sentences and scores for a terminal."""
    (name, report), *_ = reports.items()
    scores = comparison(reports).T.to_string(float_format='{:.3f}'.format, na_rep='-')
    sentences = ''.join(f'* {sentence}\n' for sentence in verdict(report, name))
    return f'{sentences}\n{scores}\n'


def _between(row: pd.Series, digits: int) -> str:
    if pd.isna(row['Low']):
        return ''
    return f' (interval {number(row["Low"], digits)} to {number(row["High"], digits)})'


def _cell(row: pd.Series) -> str:
    return with_interval(row['Synthetic Value'], row['Low'], row['High'])


def subject(row: pd.Series) -> str:
    """What a figure is of: a column, and the sensitive column it is about if that is another."""
    parts = dict.fromkeys(str(row[key]) for key in ('Column', 'Sensitive') if row[key] is not None)
    return ' / '.join(parts)


def _rows(table: pd.DataFrame) -> list[list[Any]]:
    return [list(row) for row in table.itertuples()]


def _table(head: list[str], rows: list[list[Any]]) -> list[str]:
    lines = [head, ['---', *['---:'] * (len(head) - 1)], *rows]
    return [
        '| ' + ' | '.join(str(cell).replace('|', r'\|') for cell in line) + ' |' for line in lines
    ]


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(key): value for key, value in row.items()} for row in frame.to_dict('records')]


def _plain(value: Any) -> Any:
    """JSON has no NaN, no numpy and no dates."""
    if isinstance(value, Mapping):
        return {str(key): _plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple | set | np.ndarray):
        return [_plain(entry) for entry in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, bool | int | str):
        return value
    return None if value is pd.NA or value is pd.NaT else str(value)
