"""Write the measured rows as a Markdown page. No figure in it is typed by hand."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd
import torch

from sdv_fair4free.benchmark.measure import TVAE
from sdv_fair4free.model import training_device

SHOWN = {
    'AUC': '.3f',
    'DPR': '.3f',
    'EOR': '.3f',
    'label DPR': '.3f',
    'shapes': '.4f',
    'pairs': '.4f',
    'pairs (all)': '.4f',
    'fit s': '.1f',
    'sample s': '.2f',
    'parameters': ',.0f',
}
PACKAGES = ('sdv', 'rdt', 'sdmetrics', 'torch', 'scikit-learn', 'fairlearn', 'pandas', 'numpy')


@dataclass(frozen=True, kw_only=True)
class Floor:
    """One figure that was asked for."""

    asked: str
    measured: str
    met: bool


FAIR = {'AUC': 0.870, 'DPR': 0.90}
PLAIN = {'AUC': 0.905, 'pairs': 0.970}
QUALITY = {'shapes': 0.985, 'pairs': 0.965}
FIT_SHARE = 1 / 5
PARAMETER_SHARE = 1 / 3
LOST = 0.01
REPORT_SECONDS, REPORT_MB = 60, 2000
PUBLISHED = {'DPR': 0.326, 'EOR': 0.261}
"""The floors; tests/integration/test_adult.py holds one seed against the same."""


def floors(mean: dict[Any, Any]) -> list[Floor]:
    """Hold the means over seeds against what was asked.

    Args:
        mean: Rows of the benchmark by name, each a mapping from figure to mean.
    """
    student, teacher = mean['student, strength 1'], mean['teacher, strength 1']
    plain = mean['student, no sensitive columns']
    plain_teacher = mean['teacher, no sensitive columns']
    tvae = mean.get(TVAE)
    shares = {
        'with fairness': student['parameters'] / teacher['parameters'],
        'without': plain['parameters'] / plain_teacher['parameters'],
    }
    lost = {
        name: max(teacher[name] - student[name], plain_teacher[name] - plain[name])
        for name in ('AUC', 'pairs')
    }
    found = [
        _at_least('one sensitive column, demographic parity', FAIR, student),
        _at_least('no sensitive columns', PLAIN, plain),
        _at_least('one sensitive column, quality', QUALITY, student),
        Floor(
            asked=f"student: at most 1/{1 / PARAMETER_SHARE:.0f} of the teacher's parameters",
            measured=', '.join(f'{share:.3f} {which}' for which, share in shares.items()),
            met=max(shares.values()) <= PARAMETER_SHARE,
        ),
        Floor(
            asked=f'student: AUC and pair trends at most {LOST} below the teacher',
            measured=f'at most {lost["AUC"]:.4f} and {lost["pairs"]:.4f} below',
            met=max(lost.values()) <= LOST,
        ),
    ]
    if tvae is None:
        return found
    fit_share = student['fit s'] / tvae['fit s']
    return [
        *found,
        Floor(
            asked=f"fit, teacher and student: at most 1/{1 / FIT_SHARE:.0f} of TVAE's time",
            measured=f'{student["fit s"]:.1f} s against {tvae["fit s"]:.1f} s, a share of '
            f'1/{1 / fit_share:.1f}',
            met=bool(fit_share <= FIT_SHARE),
        ),
        Floor(
            asked='sample as many rows as train: no slower than TVAE',
            measured=f'{student["sample s"]:.2f} s against {tvae["sample s"]:.2f} s',
            met=bool(student['sample s'] <= tvae['sample s']),
        ),
    ]


def _at_least(what: str, asked: dict[str, float], row: dict[str, float]) -> Floor:
    return Floor(
        asked=f'{what}: ' + ', '.join(f'{name} {least:.3f}' for name, least in asked.items()),
        measured=', '.join(f'{name} {row[name]:.4f}' for name in asked),
        met=all(row[name] >= least for name, least in asked.items()),
    )


def markdown(
    table: str,
    rows: Sequence[dict[str, dict[str, float]]],
    target_rows: str,
    report_cost: dict[str, Any],
) -> str:
    """The page.

    Args:
        table: Name of the benchmark table.
        rows: Rows by name; a name that comes again was measured with another seed.
        target_rows: A sentence on the table and its split.
        report_cost: What the fairness report costs.
    """
    order = list(dict.fromkeys(name for part in rows for name in part))
    frames = pd.concat([pd.DataFrame(part).T for part in rows], keys=range(len(rows)))
    seeds = frames.groupby(level=1).size().to_dict()
    mean = frames.groupby(level=1).mean().T.to_dict()
    spread = frames.groupby(level=1).std(ddof=1).T.to_dict()
    lines = [
        '# Benchmarks',
        '',
        'Written by `make bench`; no figure is typed by hand.',
        '',
        f'{date.today():%Y-%m-%d}, {os.cpu_count()} cores ({_processor()}), '
        f'{torch.get_num_threads()} threads, trained on {training_device(True).type}. '
        + ', '.join(f'{name} {version(name)}' for name in PACKAGES)
        + '.',
        '',
        f'## {table}',
        '',
        target_rows,
        '',
        'Means and standard deviations over seeds. A gradient-boosted model (scikit-learn '
        'defaults) is trained on the rows named at the left and tested on real test rows. AUC: '
        'area under the ROC curve. DPR, EOR: demographic parity ratio and equalized odds ratio of '
        'its decisions at 0.5 (fairlearn), best 1. label DPR: the same ratio of the labels in the '
        'table itself. shapes, pairs: the SDMetrics quality report with its defaults; pairs (all): '
        'with both thresholds at 0, so that every pair counts. Times are of this run on a shared '
        'machine: read them as ratios.',
        '',
        '| rows | seeds | ' + ' | '.join(SHOWN) + ' |',
        '|---|---|' + '---|' * len(SHOWN),
    ]
    for name in order:
        cells = [_cell(mean[name].get(k), spread[name].get(k), f) for k, f in SHOWN.items()]
        lines.append(f'| {name} | {seeds[name]} | ' + ' | '.join(cells) + ' |')
    lines += [
        '',
        '## What was asked',
        '',
        '| at least | measured | met |',
        '|---|---|---|',
        *(f'| {floor.asked} | {floor.measured} | {_yes(floor.met)} |' for floor in floors(mean)),
        '',
        report_section(report_cost),
        'What these figures do not say: how another model, another threshold, or other people '
        'would fare. The tables record historical injustice; they are benchmarks, not facts about '
        'people.',
        '',
    ]
    return '\n'.join(lines)


def report_section(cost: dict[str, Any]) -> str:
    """What the fairness report costs, and what it says of real rows.

    Args:
        cost: As :func:`sdv_fair4free.benchmark.report_cost.measure` returns it.
    """
    return '\n'.join(
        [
            '## The fairness report',
            '',
            f'`evaluate_fairness` and `to_html`, with quality and privacy: '
            f'{cost["real_rows"]:,} real and {cost["synthetic_rows"]:,} synthetic rows '
            f"(SDV's GaussianCopula, defaults), {cost['validation_rows']:,} validation rows, "
            f'{cost["columns"]} columns, {cost["sensitive_columns"]} sensitive columns and their '
            'crossing.',
            '',
            '| asked | measured | met |',
            '|---|---|---|',
            f'| at most {REPORT_SECONDS} s | {cost["seconds"]:.1f} s | '
            f'{_yes(cost["seconds"] <= REPORT_SECONDS)} |',
            f'| peak memory below {REPORT_MB} MB | {cost["peak_mb"]:.0f} MB (of which '
            f'{cost["peak_before_mb"]:.0f} MB before it began) | '
            f'{_yes(cost["peak_mb"] < REPORT_MB)} |',
            *(
                f'| real rows, {name}: {published:.3f} within .005 | {cost[name]:.4f} | '
                f'{_yes(abs(cost[name] - published) <= 0.005)} |'
                for name, published in PUBLISHED.items()
            ),
            '',
        ]
    )


def _yes(met: bool) -> str:
    return 'yes' if met else 'no'


def _cell(mean: float | None, spread: float | None, shown_as: str) -> str:
    if mean is None or pd.isna(mean):
        return ''
    if spread is None or pd.isna(spread) or spread == 0:
        return f'{mean:{shown_as}}'
    return f'{mean:{shown_as}} ± {spread:{shown_as}}'


def _processor() -> str:
    """The processor's name, where the system tells it."""
    described = Path('/proc/cpuinfo')
    if described.exists():
        for line in described.read_text().splitlines():
            if line.startswith('model name'):
                return line.split(':', 1)[1].strip()
    return platform.processor() or platform.machine()
