"""Write what was measured as a Markdown page. No figure in it is typed by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from importlib.metadata import version
from typing import Any

import pandas as pd

from sdv_fair4free.benchmark.default_fits import OWN_ROWS, TIMED_ROWS
from sdv_fair4free.benchmark.floors import Floor, floor_table
from sdv_fair4free.benchmark.judge import REAL
from sdv_fair4free.benchmark.kept import LIBRARIES, machine
from sdv_fair4free.benchmark.limits import MINIMUM_GROUP
from sdv_fair4free.benchmark.suite import TVAE, Section
from sdv_fair4free.core.devices import training_device

SHOWN = (REAL, TVAE, 'Student', 'Teacher')
"""Rows whose rates are shown group by group."""
TABLES: tuple[dict[str, str], ...] = (
    dict.fromkeys(
        (
            'AUC',
            'DPR',
            'DPD',
            'EOR',
            'EOD',
            'F1',
            'Accuracy',
            'Selection Rate',
            'Label DPR',
            'Sensitive AUC',
        ),
        '.3f',
    ),
    dict.fromkeys(
        ('Linear AUC', 'Linear DPR', 'Linear EOR', 'Linear F1', 'Linear Accuracy'), '.3f'
    ),
    {
        'Column Shapes': '.4f',
        'Column Pair Trends': '.4f',
        'All Pair Trends': '.4f',
        'Density': '.3f',
        'Coverage': '.3f',
        'Nearer To Train': '.3f',
        'Copies': '.4f',
        'Test Copies': '.4f',
    },
    {
        'Fit Seconds': '.1f',
        'Teacher Seconds': '.1f',
        'Student Seconds': '.1f',
        'Sample Seconds': '.2f',
        'Peak MB': ',.0f',
        'Teacher Parameters': ',.0f',
        'Student Parameters': ',.0f',
    },
)
SIZES = {
    'Column Shapes': '.4f',
    'Column Pair Trends': '.4f',
    'All Pair Trends': '.4f',
    'AUC': '.3f',
    'DPR': '.3f',
    'EOR': '.3f',
    'kB': ',.0f',
    'Rows Per Second': ',.0f',
    'Distillation Seconds': '.1f',
}
"""What is shown of teacher and students side by side."""
KEY = (
    'Means and standard deviations over seeds. A gradient-boosted model (scikit-learn defaults) '
    'is trained on the rows named at the left and tested on real test rows. It reads all columns, '
    'the sensitive ones too; [how far it reaches](#how-far-it-reaches) has models that may not. '
    'AUC: area under the '
    'ROC curve. DPR, EOR: demographic parity ratio and equalized odds ratio of its decisions at '
    '0.5 (fairlearn), best 1, over groups of at least 50 test rows; DPD, EOD: the differences, '
    'best 0. F1, accuracy: of the same decisions. Linear: the same of a logistic regression. '
    'Label DPR: the parity of the labels in the table itself. Sensitive AUC: how well the '
    'sensitive columns are told from the others, best .5. Column Shapes, Column Pair Trends: '
    'the SDMetrics quality report with its defaults; All Pair Trends: with both thresholds at '
    '0, so that every pair counts. Density, Coverage: Naeem et al. 2020, 2000 rows. Nearer To '
    'Train: share of rows nearer to a training row than to a test row, best .5. Copies: share '
    'of rows that are training rows; Test Copies: of real test rows that are. The bound is a model '
    'of real rows whose scores are repaired to the barycentre of the groups, with training rows '
    'alone; on few test rows, and by giving up AUC, a table may do better. Blind decisions choose '
    'everybody with the same probability. Decisions are counted for the event that a table names; '
    'of COMPAS that is to be arrested again, which nobody hopes for. "Published teacher" is one '
    'after the papers, with sizes of ours. "No sensitive columns" is fairness turned off: none is '
    'named, and all are in the table. Times are of this run on a shared machine: read them as '
    'ratios. A student and a teacher of one line of fits share its time.'
)


def markdown(
    sections: Sequence[Section],
    own: pd.DataFrame,
    by_strength: pd.DataFrame,
    sizes: pd.DataFrame,
    report_cost: Mapping[str, Any],
    floors: Sequence[Floor],
) -> str:
    """The page.

    Args:
        sections: Comparisons.
        own: Figures of the tables' own split, a row for each seed.
        by_strength: Figures of each strength and seed.
        sizes: Figures of the teacher and of students of every size, by seed.
        report_cost: As :func:`sdv_fair4free.benchmark.report_cost.measure` returns it.
        floors: What was asked, and whether it was met.
    """
    lines = [
        '# Benchmarks',
        '',
        'Written by `make bench`; no figure is typed by hand. What a million rows cost, and the '
        'bytes of the weights, are in [benchmarks-sampling.md](benchmarks-sampling.md); rare '
        'conditions, and 50,000 categories in a million rows, in '
        '[benchmarks-tables.md](benchmarks-tables.md).',
        '',
        f'{date.today():%Y-%m-%d}, {machine()}, trained on {training_device(True).type}. '
        + ', '.join(f'{name} {version(name)}' for name in ('sdv-fair4free', *LIBRARIES))
        + '.',
        '',
        '## What was asked',
        '',
        *floor_table('at least', floors),
        '',
        '## How to read the tables',
        '',
        KEY,
        '',
    ]
    for section in sections:
        mean, low, high = section.chance
        lines += [
            f'## {section.title}',
            '',
            f'{section.told} Decisions that look at nobody would have a DPR of {mean:.3f} on '
            f'{section.chance_on} (5 to 95 %: {low:.3f} to {high:.3f}).',
            '',
            *(line for shown in TABLES for line in _table(section, shown)),
            *_failures(section.comparison.table, 'Synthesizer'),
            *_by_group(section),
        ]
    lines += [
        "## The tables' own split",
        '',
        f'As in the papers, test rows are synthetic too: a model trained on {OWN_ROWS:,} rows and '
        f'tested on as many others (numbers of ours), {len(own)} seeds. Not to be mixed with the '
        'figures above.',
        '',
        '| AUC | DPR | EOR |',
        '|---|---|---|',
        '| '
        + ' | '.join(
            cell(own[name].mean(), own[name].std(), '.3f') for name in ('AUC', 'DPR', 'EOR')
        )
        + ' |',
        '',
        *_strengths(by_strength),
        *_sizes(sizes),
        *_report(report_cost),
        'What these figures do not say: how another model, another threshold, or other people '
        'would fare. The tables record historical injustice; they are benchmarks, not facts about '
        'people.',
        '',
    ]
    return '\n'.join(lines)


def _table(section: Section, shown: Mapping[str, str]) -> list[str]:
    table = section.comparison.table
    names = [name for name in shown if name in table]
    groups = table.groupby('Synthesizer', sort=False)
    means, spreads = groups[names].mean(), groups[names].std(ddof=1)
    seeds = groups.size()
    lines = [
        '| rows | seeds | ' + ' | '.join(names) + ' |',
        '|---|---|' + '---|' * len(names),
    ]
    for row in means.index:
        if means.loc[row].isna().all():
            continue
        cells = [cell(means.loc[row, k], spreads.loc[row, k], shown[k]) for k in names]
        lines.append(f'| {row} | {seeds[row]} | ' + ' | '.join(cells) + ' |')
    return [*lines, '']


def _failures(table: pd.DataFrame, name: str) -> list[str]:
    failed = table.dropna(subset='Error')
    lines = [f'{row[name]}, seed {row["Seed"]}: {row["Error"]}' for _, row in failed.iterrows()]
    return [*lines, ''] if lines else []


def _by_group(section: Section) -> list[str]:
    """How often each group is chosen, group by group, with counts."""
    rates = section.comparison.by_group
    means = rates.pivot_table('selection_rate', 'Group', 'Synthesizer')
    means['rows'] = rates.groupby('Group')['count'].mean()
    names = [name for name in SHOWN if name in means]
    lines = [
        'Share of each group that the boosted model chooses; a star marks groups that are too '
        'small to count in the ratios.',
        '',
        '| group | test rows | ' + ' | '.join(names) + ' |',
        '|---|---|' + '---|' * len(names),
    ]
    for group, told in means.sort_values('rows', ascending=False).iterrows():
        star = ' *' if told['rows'] < MINIMUM_GROUP else ''
        cells = [f'{told[name]:.3f}' for name in names]
        lines.append(f'| {group}{star} | {told["rows"]:,.0f} | ' + ' | '.join(cells) + ' |')
    return [*lines, '']


def _strengths(table: pd.DataFrame) -> list[str]:
    names = ('AUC', 'DPR', 'EOR', 'Column Shapes', 'Column Pair Trends')
    groups = table.groupby('Strength')[[*names]]
    means, spreads = groups.mean(), groups.std()
    back = (-means['DPR'].diff()).max()
    lines = [
        '## One model, any strength',
        '',
        f'Adult, sex: `fairness_utility_curve`, {table["Seed"].nunique()} seeds; trends of all '
        'pairs. The largest step back of the mean DPR from one strength to the next: '
        f'{max(back, 0):.3f}.',
        '',
        '| strength | ' + ' | '.join(names) + ' |',
        '|---|' + '---|' * len(names),
    ]
    for strength in means.index:
        mean, spread = means.loc[strength], spreads.loc[strength]
        cells = [cell(mean[name], spread[name], '.3f') for name in names]
        lines.append(f'| {strength:.1f} | ' + ' | '.join(cells) + ' |')
    return [*lines, '']


def _sizes(table: pd.DataFrame) -> list[str]:
    table = table.assign(kB=table['Weight Bytes'] / 1000)
    groups = table.groupby('Generator', sort=False)[[*SIZES]]
    means, spreads = groups.mean(), groups.std()
    lines = [
        '## Student sizes',
        '',
        f'Adult, sex: `compare_teacher_and_student`, {table["Seed"].nunique()} seeds. Each size is '
        f'distilled from the same teacher. Speed is that of {TIMED_ROWS:,} rows, in turns; bytes '
        'are those of the weights that rows are drawn from, as they are stored.',
        '',
        '| | ' + ' | '.join(SIZES) + ' |',
        '|---|' + '---|' * len(SIZES),
    ]
    for name in means.index:
        cells = [cell(means.loc[name, k], spreads.loc[name, k], SIZES[k]) for k in SIZES]
        lines.append(f'| {name} | ' + ' | '.join(cells) + ' |')
    # What failed has no figures, and so no name but this.
    return [*lines, '', *_failures(table.fillna({'Generator': 'fit'}), 'Generator')]


def _report(cost: Mapping[str, Any]) -> list[str]:
    return [
        '## The fairness report',
        '',
        f'`evaluate_fairness` and `to_html`, with quality and privacy: '
        f'{cost["real_rows"]:,} real and {cost["synthetic_rows"]:,} synthetic rows '
        f"(SDV's GaussianCopula, defaults), {cost['validation_rows']:,} validation rows, "
        f'{cost["columns"]} columns, {cost["sensitive_columns"]} sensitive columns and their '
        f'crossing: {cost["seconds"]:.1f} s, {cost["peak_mb"]:.0f} MB (of which '
        f'{cost["peak_before_mb"]:.0f} MB before it began).',
        '',
    ]


def cell(mean: float | None, spread: float | None, shown_as: str) -> str:
    """A mean and the standard deviation over seeds, where there are several."""
    if mean is None or pd.isna(mean):
        return ''
    if spread is None or pd.isna(spread) or spread == 0:
        return f'{mean:{shown_as}}'
    return f'{mean:{shown_as}} ± {spread:{shown_as}}'
