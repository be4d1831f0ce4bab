"""``python -m sdv_fair4free.benchmark.reach``: how far the fairness of a fair table reaches.

Two things that independence in the whole table does not promise, measured on Adult with the
defaults: that a model which is not given the sensitive column decides evenly, and that the outcome
is independent of the group within a part of the table.
"""

from __future__ import annotations

import argparse
import sys
import warnings
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.metrics import mutual_info_score

from sdv_fair4free._version import __version__
from sdv_fair4free.benchmark.kept import machine
from sdv_fair4free.benchmark.page import cell
from sdv_fair4free.benchmark.parts import REACH, part_written
from sdv_fair4free.benchmark.suite import unfitted
from sdv_fair4free.benchmark.tasks import Task
from sdv_fair4free.evaluation import evaluate_tstr
from sdv_fair4free.metrics.features import MODELLED, describe
from sdv_fair4free.metrics.proxy_columns import bins_of

REAL, FAIR, HIDDEN = 'Real rows', 'Student', 'Student, scope all'
SMALLEST_PART = 500
"""Real rows of each group that a part of the table must have to be shown."""


def others(task: Task) -> list[str]:
    """The columns that models read, but for the sensitive one and the target."""
    columns, keys = describe(task.metadata)
    return [
        str(name)
        for name, described in columns.items()
        if described.get('sdtype') in MODELLED
        and name not in (*keys, task.sensitive_column, task.target_column)
    ]


def strongest_proxy(task: Task) -> str:
    """The column that tells most of the sensitive one in the real rows (mutual information)."""
    told = bins_of(task.train[task.sensitive_column].astype(object))
    candidates = {name: mutual_info_score(told, bins_of(task.train[name])) for name in others(task)}
    return max(candidates, key=lambda name: candidates[name])


def judged(table: pd.DataFrame, task: Task, withheld: Sequence[str]) -> dict[str, float]:
    """AUC and parity on real test rows of a model that is not given some columns."""
    found = evaluate_tstr(
        table,
        task.test,
        task.target_column,
        task.sensitive_column,
        task.favourable,
        metadata=task.metadata,
        withheld_columns=withheld,
    )
    groups = found.groups[task.sensitive_column]
    return {'AUC': found.auc, 'DPR': groups.demographic_parity_ratio}


def common_parts(task: Task) -> dict[str, str]:
    """The most frequent value of each other column, where enough people of each group have it."""
    parts = {}
    groups = task.train[task.sensitive_column].unique()
    for name in others(task):
        value = task.train[name].mode()[0]
        counts = task.train.loc[task.train[name] == value, task.sensitive_column].value_counts()
        if counts.reindex(groups, fill_value=0).min() >= SMALLEST_PART:
            parts[name] = value
    return parts


def shares(table: pd.DataFrame, task: Task, parts: dict[str, str]) -> pd.DataFrame:
    """(parts, groups): share of favourable outcomes, and in the first row of the whole table."""
    favourable = table[task.target_column] == task.favourable
    groups = table[task.sensitive_column]
    made = {'the whole table': favourable.groupby(groups).mean()}
    for name, value in parts.items():
        inside = table[name] == value
        made[f'{name} = {value}'] = favourable[inside].groupby(groups[inside]).mean()
    return pd.DataFrame(made).T


def measured(task: Task, seeds: int) -> tuple[pd.DataFrame, pd.DataFrame, list[pd.DataFrame]]:
    """Fit for each seed, and measure.

    Returns:
        Figures by rows, by what the model is not given, and by seed; the shares of the real rows
        and those of the fair ones of each seed.
    """
    sensitive, proxy = task.sensitive_column, strongest_proxy(task)
    withheld = {
        'all columns': [],
        f'all but {sensitive}': [sensitive],
        f'all but {sensitive} and {proxy}': [sensitive, proxy],
    }
    parts = common_parts(task)
    figures, fair_shares = [], []
    for seed in range(seeds):
        tables = {REAL: task.train} if seed == 0 else {}
        for name, scope in ((FAIR, 'target'), (HIDDEN, 'all')):
            synthesizer = unfitted(task, [sensitive], fairness_scope=scope, random_state=seed)
            synthesizer.fit({task.name: task.train})
            tables[name] = synthesizer.sample(len(task.train))[task.name]
        fair_shares.append(shares(tables[FAIR], task, parts))
        figures += [
            {'rows': name, 'read': read, 'seed': seed, **judged(table, task, left)}
            for name, table in tables.items()
            for read, left in withheld.items()
        ]
    return pd.DataFrame(figures), shares(task.train, task, parts), fair_shares


def markdown(
    task: Task, figures: pd.DataFrame, real: pd.DataFrame, fair: Sequence[pd.DataFrame]
) -> str:
    """The part of the page."""
    seeds = figures['seed'].nunique()
    lines = [
        '## How far it reaches',
        '',
        'Written by `python -m sdv_fair4free.benchmark.reach`; no figure is typed by hand. '
        f'{task.name.capitalize()}, {task.sensitive_column}, the defaults, {seeds} seeds; '
        f'{date.today():%Y-%m-%d}, {machine()}; sdv-fair4free {__version__}.',
        '',
        'A boosted model learns from the rows named at the left and is tested on real test rows, '
        'as above. First it reads all columns, as in all other figures of models of tables on '
        'this page. Then it is not given the sensitive column, and then neither that nor the '
        'column that tells most of it.',
        '',
        '| rows | what the model reads | AUC | DPR |',
        '|---|---|---|---|',
    ]
    for (rows, read), told in figures.groupby(['rows', 'read'], sort=False):
        cells = [cell(told[name].mean(), told[name].std(), '.3f') for name in ('AUC', 'DPR')]
        lines.append(f'| {rows} | {read} | {" | ".join(cells)} |')
    groups = [str(name) for name in real.columns]
    means = np.mean([table.to_numpy() for table in fair], axis=0)
    spreads = np.std([table.to_numpy() for table in fair], axis=0, ddof=1 if seeds > 1 else 0)
    lines += [
        '',
        'The outcome is independent of the group in the whole table. These are the shares of '
        'favourable outcomes in parts of it: the most frequent value of each column that at least '
        f'{SMALLEST_PART} real rows of each group have.',
        '',
        f'| rows with | {" | ".join(f"real, {name}" for name in groups)} | '
        f'{" | ".join(f"fair, {name}" for name in groups)} |',
        '|---|' + '---|' * (2 * len(groups)),
    ]
    for place, part in enumerate(real.index):
        cells = [f'{share:.3f}' for share in real.iloc[place]]
        cells += [
            cell(mean, spread, '.3f')
            for mean, spread in zip(means[place], spreads[place], strict=True)
        ]
        lines.append(f'| {part} | {" | ".join(cells)} |')
    return '\n'.join(lines)


def main(argv: list[str] | None = None) -> int:
    """Measure, and write the part of the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--data', type=Path, required=True, help='holds Adult')
    parser.add_argument('--seeds', type=int, default=5)
    parser.add_argument('--output', type=Path, required=True)
    given = parser.parse_args(argv)
    warnings.filterwarnings('ignore')
    task = Task.load(given.data)
    part_written(given.output, REACH, markdown(task, *measured(task, given.seeds)))
    sys.stdout.write(f'{given.output}\n')
    return 0


if __name__ == '__main__':
    sys.exit(main())
