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


def floors(mean: dict[Any, Any]) -> list[Floor]:
    """Hold the means over seeds against what was asked.

    Args:
        mean: Rows of the benchmark by name, figures as columns.
    """
    student, teacher = mean['student, strength 1'], mean['teacher, strength 1']
    plain = mean['student, no sensitive columns']
    plain_teacher = mean['teacher, no sensitive columns']
    tvae = mean['SDV TVAE, defaults']
    share = student['parameters'] / teacher['parameters']
    plain_share = plain['parameters'] / plain_teacher['parameters']
    lost = {
        name: max(teacher[name] - student[name], plain_teacher[name] - plain[name])
        for name in ('AUC', 'pairs')
    }
    speedup = tvae['fit s'] / student['fit s']
    return [
        Floor(
            asked='demographic parity, one sensitive column: AUC .870 at DPR .90',
            measured=f'AUC {student["AUC"]:.3f} at DPR {student["DPR"]:.3f}',
            met=bool(student['AUC'] >= 0.870 and student['DPR'] >= 0.90),
        ),
        Floor(
            asked='no sensitive columns: AUC .905, pair trends .970',
            measured=f'AUC {plain["AUC"]:.3f}, pair trends {plain["pairs"]:.3f}',
            met=bool(plain['AUC'] >= 0.905 and plain['pairs'] >= 0.970),
        ),
        Floor(
            asked='with fairness on: shapes .985, pair trends .965',
            measured=f'shapes {student["shapes"]:.3f}, pair trends {student["pairs"]:.3f}',
            met=bool(student['shapes'] >= 0.985 and student['pairs'] >= 0.965),
        ),
        Floor(
            asked="fit, teacher and student: at most 1/5 of TVAE's time",
            measured=f'{student["fit s"]:.1f} s against {tvae["fit s"]:.1f} s, 1/{speedup:.1f}',
            met=bool(speedup >= 5),
        ),
        Floor(
            asked='sample as many rows as train: no slower than TVAE',
            measured=f'{student["sample s"]:.2f} s against {tvae["sample s"]:.2f} s',
            met=bool(student['sample s'] <= tvae['sample s']),
        ),
        Floor(
            asked="student: at most 1/3 of the teacher's parameters",
            measured=f'{share:.3f} with fairness, {plain_share:.3f} without',
            met=bool(max(share, plain_share) <= 1 / 3),
        ),
        Floor(
            asked='student: AUC and pair trends within .01 of the teacher',
            measured=f'at most {lost["AUC"]:.4f} and {lost["pairs"]:.4f} below',
            met=bool(max(lost.values()) <= 0.01),
        ),
    ]


def markdown(table: str, rows: Sequence[dict[str, dict[str, float]]], target_rows: str) -> str:
    """The page.

    Args:
        table: Name of the benchmark table.
        rows: For each seed, the rows by name.
        target_rows: A sentence on the table and its split.
    """
    order = list(rows[0])
    frames = pd.concat([pd.DataFrame(one).T for one in rows], keys=range(len(rows)))
    mean = frames.groupby(level=1).mean().T.to_dict()
    spread = frames.groupby(level=1).std(ddof=1).T.to_dict()
    lines = [
        '# Benchmarks',
        '',
        'Written by `make bench`; no figure is typed by hand.',
        '',
        f'{date.today():%Y-%m-%d}, {os.cpu_count()} cores ({_processor()}), {len(rows)} seeds, '
        f'no GPU used by ours ({torch.get_num_threads()} threads). '
        + ', '.join(f'{name} {version(name)}' for name in PACKAGES)
        + '.',
        '',
        f'## {table}',
        '',
        target_rows,
        '',
        'A gradient-boosted model (scikit-learn defaults) is trained on the rows named at the left '
        'and tested on real test rows. AUC: area under the ROC curve. DPR, EOR: demographic parity '
        'ratio and equalized odds ratio of its decisions at 0.5 (fairlearn), best 1. label DPR: '
        'the same ratio of the labels in the table itself. shapes, pairs: the SDMetrics quality '
        'report with its defaults; pairs (all): with both thresholds at 0, so that every pair '
        'counts. Times are of this run on a shared machine: read them as ratios.',
        '',
        '| rows | ' + ' | '.join(SHOWN) + ' |',
        '|---|' + '---|' * len(SHOWN),
    ]
    for name in order:
        cells = [_cell(mean[name].get(k), spread[name].get(k), f) for k, f in SHOWN.items()]
        lines.append(f'| {name} | ' + ' | '.join(cells) + ' |')
    lines += [
        '',
        '## What was asked',
        '',
        '| at least | measured | met |',
        '|---|---|---|',
        *(
            f'| {floor.asked} | {floor.measured} | {"yes" if floor.met else "no"} |'
            for floor in floors(mean)
        ),
        '',
        'What these figures do not say: how another model, another threshold, or other people '
        'would fare. The tables record historical injustice; they are benchmarks, not facts about '
        'people.',
        '',
    ]
    return '\n'.join(lines)


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
