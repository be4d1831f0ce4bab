"""A fairness report as sentences: what was found, and what was not measured."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import pandas as pd

from sdv_fair4free.metrics.rows import WORST_CLASS
from sdv_fair4free.reports.cells import interval, number
from sdv_fair4free.reports.comparison import comparison
from sdv_fair4free.reports.figure_lines import strongest_proxies
from sdv_fair4free.reports.plots import CONSTANT, GROUP_METRICS
from sdv_fair4free.reports.score import FAIRNESS_PROPERTIES, source_scores

if TYPE_CHECKING:
    from sdv_fair4free.reports.fairness_report import FairnessReport

_MOST_NAMED = 3


def is_numeric(report: FairnessReport) -> bool:
    """Whether the outcome is a number."""
    return bool(report.get_audit().settings['target_kind'] == 'numeric')


def parity_figures(report: FairnessReport) -> pd.DataFrame:
    """One row per grouping: the main figure of Model Parity; of means, where the target is one."""
    details = report.get_details('Model Parity')
    metric = 'Prediction mean difference' if is_numeric(report) else 'Demographic parity ratio'
    return pd.DataFrame(details[(details['Metric'] == metric) & details['Headline'].astype(bool)])


def verdict(report: FairnessReport, name: str = 'Synthetic') -> list[str]:
    """The main figures as sentences.

    Args:
        report (FairnessReport): Generated.
        name (str): What to call its table.
    """
    sentences = [
        *_lost_groups(report, name),
        *(_parity_sentence(report, row, name) for _, row in parity_figures(report).iterrows()),
        *_scores_in_words(report),
    ]
    quality, privacy = report.get_quality(), report.get_privacy()
    if quality is not None:
        sentences.append(
            f'Quality: columns are {quality.column_shapes:.0%} and pairs of columns '
            f'{quality.pair_trends_all:.0%} alike to the real ones (SDMetrics).'
        )
    if privacy is not None:
        sentences.append(
            f'Privacy: {privacy.nearer_to_train:.1%} of the rows are nearer to training rows than '
            f'to unseen real ones (interval {privacy.low:.1%} to {privacy.high:.1%}; 50% is ideal, '
            f'100% is copying); {privacy.copies:.2%} are copies of a training row (of unseen real '
            f'rows, {privacy.holdout_copies:.2%}).'
        )
    return sentences


def missing_scores(reports: Mapping[str, FairnessReport]) -> list[str]:
    """Which tables have no score of a property, so that their Fairness is the mean of fewer."""
    scores = comparison(reports).drop(index=CONSTANT)
    tables: dict[tuple[str, ...], list[str]] = {}
    for name, row in scores.iterrows():
        missing = tuple(title for title in FAIRNESS_PROPERTIES if math.isnan(row[title]))
        if missing and not math.isnan(row['Fairness']):
            tables.setdefault(missing, []).append(str(name))
    return [
        f'No score of {", ".join(missing)}: {", ".join(names)}. Fairness is then the mean of the '
        'other properties; do not compare it with that of tables which have all.'
        for missing, names in tables.items()
    ]


def remarks(reports: Mapping[str, FairnessReport]) -> list[str]:
    """What the reader of the figures should know; what only some reports say, with their names."""
    said: dict[str, list[str]] = {}
    for name, report in reports.items():
        audit = report.get_audit()
        settings = audit.settings
        redraws = settings['bootstrap_samples']
        intervals = f'{settings["confidence_level"]:.0%}, {redraws} redraws' if redraws else 'none'
        manner = (
            f'Groups of fewer than {settings["minimum_group_size"]} rows get no figure. Intervals: '
            f'{intervals}. Seed {settings["random_state"]}. Model: {settings["model"]}.'
        )
        for remark in dict.fromkeys([*audit.notes, manner]):
            said.setdefault(remark, []).append(name)
    return [
        remark if len(names) == len(reports) else f'{", ".join(names)}: {remark}'
        for remark, names in said.items()
    ]


def listed_groups(groups: Sequence[str]) -> str:
    """The first few by name, the others by number."""
    named, more = groups[:_MOST_NAMED], len(groups) - _MOST_NAMED
    return '; '.join(named) + (f'; and {more} more' if more > 0 else '')


def _lost_groups(report: FairnessReport, name: str) -> list[str]:
    """Groups that the real table has and the synthetic one has not: they must not go unnoticed."""
    audit = report.get_audit()
    sentences = []
    for column in audit.settings['sensitive_columns']:
        rows = audit.groups[
            (audit.groups['Column'] == column)
            & audit.groups['Metric'].isin(GROUP_METRICS['Label Parity'])
        ].drop_duplicates(['Source', 'Group'])
        real, synthetic = (
            rows[rows['Source'] == source].set_index('Group') for source in ('real', 'synthetic')
        )
        judged = real.index[real['Error'].isna()]
        lost = synthetic.loc[synthetic['Error'].notna() & synthetic.index.isin(judged), 'Count']
        if len(lost):
            groups = [f'{group}, n = {count:,}' for group, count in lost.items()]
            sentences.append(
                f'Missing groups: the {name} rows hold too few of some groups of {column} to judge '
                f'their outcomes ({listed_groups(groups)}). The figures of Label Parity and '
                'Proxy Leakage are not about these groups.'
            )
    return sentences


def _parity_sentence(report: FairnessReport, row: pd.Series, name: str) -> str:
    numeric = is_numeric(report)
    digits = 3 if numeric else 2
    start = f'Fairness by {row["Column"]}: '
    if math.isnan(row['Synthetic Value']):
        return f'{start}no figure, {row["Error"]}.'
    if math.isnan(row['Real Value']):
        real = 'trained on the real rows, there is no figure'
    else:
        worst = row['Outcome'] == WORST_CLASS
        unit = '' if numeric else ' times for the outcome worst there' if worst else ' times'
        real = f'trained on the real rows, {number(row["Real Value"], digits)}{unit}'
    if numeric:
        deed = 'predicts on average {} more for the group with the highest mean than for the one '
        deed += 'with the lowest'
    elif row['Outcome'] == WORST_CLASS:
        deed = 'predicts the outcome it spreads most unevenly {} times as often for the group that '
        deed += 'gets it least as for the one that gets it most'
    else:
        deed = 'decides favourably about the worst-off group {} times as often as about the '
        deed += 'best-off one'
    between = interval(row['Low'], row['High'], digits)
    settings = report.get_audit().settings
    return (
        f'{start}a model trained on the {name} rows '
        + deed.format(number(row['Synthetic Value'], digits))
        + (f' (interval {between})' if between else '')
        + f'; {real} ({0 if numeric else 1} is parity; tested on '
        f'{settings["rows"]["validation"]:,} real rows{_left_out(report, row["Column"])}).'
    )


def _left_out(report: FairnessReport, column: str) -> str:
    """How many groups are too small to be among the worst-off and best-off of a sentence."""
    groups = report.get_audit().groups
    part = groups[
        (groups['Source'] == 'synthetic')
        & (groups['Column'] == column)
        & groups['Metric'].isin(GROUP_METRICS['Model Parity'])
        & groups['Error'].notna()
    ]
    small = part['Group'].nunique()
    return f', without {small} group{"s" if small > 1 else ""} too small to judge' if small else ''


def _scores_in_words(report: FairnessReport) -> list[str]:
    scores = report.get_properties().set_index('Property')['Score']
    sentences = []
    utility, leakage = scores['Utility Retained'], scores['Proxy Leakage']
    if math.isnan(utility):
        reasons = report.get_details('Utility Retained')['Error'].dropna().unique()
        sentences.append(f'Utility: no score, {"; ".join(reasons)}.')
    else:
        sentences.append(
            f'Utility: it keeps {utility:.0%} of what a model trained on the real rows knows '
            'beyond answering everybody alike.'
        )
    if not math.isnan(leakage):
        real = source_scores(report.get_audit(), 'real')['Proxy Leakage']
        sentences.append(
            f'Proxies: the score against leakage of sensitive columns is {leakage:.2f} '
            f'(real rows: {number(real, 2)}; 1 is no leakage){_unknown_leakage(report)}.'
        )
    return sentences


def _unknown_leakage(report: FairnessReport) -> str:
    proxies = strongest_proxies(report.get_details('Proxy Leakage'))
    unknown = proxies[proxies['Synthetic Value'].isna()]
    reasons = [
        f'{row["Metric"]} of {row["Sensitive"]} ({row["Error"]})' for _, row in unknown.iterrows()
    ]
    return f'; not measured: {", ".join(reasons)}' if reasons else ''
