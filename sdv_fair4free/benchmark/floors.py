"""What was asked of the figures, and whether they met it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from sdv_fair4free.benchmark.default_fits import OWN_ROWS
from sdv_fair4free.benchmark.judge import BOUND, REAL
from sdv_fair4free.benchmark.suite import OTHER_SPLITS, TVAE, Section

FAIR = {'AUC': 0.880, 'DPR': 0.95}
ODDS = {'AUC': 0.900, 'EOR': 0.85}
PLAIN = {'AUC': 0.915, 'Column Pair Trends': 0.985}
QUALITY = {
    'Column Shapes': 0.99,
    'Column Pair Trends': 0.98,
    'All Pair Trends': 0.975,
    'Coverage': 0.96,
}
OTHER_GROUPS = {'DPR': 0.90}
OWN = {'DPR': 0.97, 'EOR': 0.97}
HIDDEN = 0.53
FROM_BOUND = {'DPR': 0.03, 'AUC': 0.02}
FIT_SHARE = 1 / 5
PARAMETER_SHARE = 1 / 3
LOST = 0.01
SMALL_BYTES, TIMES_AS_FAST = 200_000, 2
REPORT_SECONDS, REPORT_MB = 60, 2000
PUBLISHED = {'DPR': 0.326, 'EOR': 0.261}
"""The floors; tests/integration/test_adult.py holds one seed against some of the same."""


@dataclass(frozen=True, kw_only=True)
class Floor:
    """One figure that was asked for."""

    asked: str
    measured: str
    met: bool


def floor_table(head: str, floors: Sequence[Floor]) -> list[str]:
    """What was asked and whether it was met, as lines of Markdown."""
    return [
        f'| {head} | measured | met |',
        '|---|---|---|',
        *(
            f'| {floor.asked} | {floor.measured} | {"yes" if floor.met else "no"} |'
            for floor in floors
        ),
    ]


def floors(
    adult: Sequence[Section],
    compas: Sequence[Section],
    own: pd.DataFrame,
    sizes: pd.DataFrame,
    report_cost: Mapping[str, Any],
) -> list[Floor]:
    """Hold means over seeds against what was asked.

    Args:
        adult: Sections of :func:`sdv_fair4free.benchmark.suite.adult`.
        compas: Sections of :func:`sdv_fair4free.benchmark.suite.compas`.
        own: Figures of the tables' own split.
        sizes: Figures of the teacher and of students of every size.
        report_cost: What the fairness report costs.
    """
    sex, *others = (_means(section) for section in adult)
    return [
        _at_least('Adult, sex, demographic parity', FAIR, sex['Student']),
        *(
            _at_least(
                section.title,
                FAIR if section.title.endswith(OTHER_SPLITS) else OTHER_GROUPS,
                mean['Student'],
            )
            for section, mean in zip(adult[1:], others, strict=True)
        ),
        _at_least('Adult, sex, equalized odds', ODDS, sex['Student, equalized odds']),
        _at_least('Adult, sex, quality', QUALITY, sex['Student']),
        _at_least('Adult, no sensitive columns', PLAIN, sex['Student, no sensitive columns']),
        Floor(
            asked='Adult, copies: no more frequent than among real test rows',
            measured=f'{sex["Student"]["Copies"]:.4f} against {sex[REAL]["Test Copies"]:.4f}',
            met=bool(sex['Student']['Copies'] <= sex[REAL]['Test Copies']),
        ),
        _at_least(
            f"Adult, the table's own split, {OWN_ROWS:,} rows",
            OWN,
            own[[*OWN]].mean(skipna=False).to_dict(),
        ),
        Floor(
            asked=f'Adult, sex hidden (scope all): told with an AUC of at most {HIDDEN}',
            measured=f'{sex["Student, scope all"]["Sensitive AUC"]:.4f}',
            met=bool(sex['Student, scope all']['Sensitive AUC'] <= HIDDEN),
        ),
        *(_near_bound(section) for section in compas),
        *_of_student(sex),
        *_of_small(sizes),
        *_of_report(report_cost),
    ]


def _means(section: Section) -> dict[Any, Any]:
    table = section.comparison.table.drop(columns=['Seed', 'Error'])
    # A seed that failed leaves no mean: the others do not speak for it.
    means = table.groupby('Synthesizer').agg(lambda figures: figures.mean(skipna=False))
    return means.T.to_dict()


def _at_least(what: str, asked: Mapping[str, float], row: Mapping[Any, float]) -> Floor:
    return Floor(
        asked=f'{what}: ' + ', '.join(f'{name} {least:.3f}' for name, least in asked.items()),
        measured=', '.join(f'{name} {row[name]:.4f}' for name in asked),
        met=all(row[name] >= least for name, least in asked.items()),
    )


def _near_bound(section: Section) -> Floor:
    means = _means(section)
    student, limit = means['Student'], means[BOUND]
    return Floor(
        asked=f'{section.title}: '
        + ', '.join(f'{name} at most {most} below the bound' for name, most in FROM_BOUND.items()),
        measured=', '.join(
            f'{name} {student[name]:.4f} against {limit[name]:.4f}' for name in FROM_BOUND
        ),
        met=all(limit[name] - student[name] <= most for name, most in FROM_BOUND.items()),
    )


def _of_student(mean: Mapping[Any, Any]) -> list[Floor]:
    """The student beside its teacher and beside TVAE."""
    pairs = [
        (mean['Student'], mean['Teacher']),
        (mean['Student, no sensitive columns'], mean['Teacher, no sensitive columns']),
    ]
    shares = [student['Student Parameters'] / student['Teacher Parameters'] for student, _ in pairs]
    lost = {
        name: max(teacher[name] - student[name] for student, teacher in pairs)
        for name in ('AUC', 'Column Pair Trends')
    }
    student, tvae = mean['Student'], mean[TVAE]
    fit_share = student['Fit Seconds'] / tvae['Fit Seconds']
    return [
        Floor(
            asked=f"student: at most 1/{1 / PARAMETER_SHARE:.0f} of the teacher's parameters",
            measured=f'{shares[0]:.3f} with fairness, {shares[1]:.3f} without',
            met=max(shares) <= PARAMETER_SHARE,
        ),
        Floor(
            asked=f'student: AUC and pair trends at most {LOST} below the teacher',
            measured=', '.join(f'{value:.4f}' for value in lost.values()) + ' below at most',
            met=max(lost.values()) <= LOST,
        ),
        Floor(
            asked=f"fit, teacher and student: at most 1/{1 / FIT_SHARE:.0f} of TVAE's time",
            measured=f'{student["Fit Seconds"]:.1f} s against {tvae["Fit Seconds"]:.1f} s, a share '
            f'of 1/{1 / fit_share:.1f}',
            met=bool(fit_share <= FIT_SHARE),
        ),
    ]


def _of_small(sizes: pd.DataFrame) -> list[Floor]:
    """The smallest student beside its teacher."""
    means = sizes.groupby('Generator').mean(numeric_only=True).reindex(['small', 'teacher'])
    if sizes['Error'].notna().any():
        means[:] = float('nan')  # as above: the other seeds do not speak for one that failed
    small, teacher = means.to_dict('records')
    lost = {name: teacher[name] - small[name] for name in ('AUC', 'Column Pair Trends')}
    times = small['Rows Per Second'] / teacher['Rows Per Second']
    return [
        Floor(
            asked=f'small student: at most {SMALL_BYTES / 1000:.0f} kB of weights',
            measured=f'{small["Weight Bytes"] / 1000:.1f} kB',
            met=bool(small['Weight Bytes'] <= SMALL_BYTES),
        ),
        Floor(
            asked=f'small student: AUC and pair trends within {LOST} of the teacher',
            measured=', '.join(f'{-value:+.4f}' for value in lost.values()),
            met=all(abs(value) <= LOST for value in lost.values()),
        ),
        Floor(
            asked=f'small student: samples at least {TIMES_AS_FAST} times as fast as the teacher',
            measured=f'{times:.2f} times',
            met=bool(times >= TIMES_AS_FAST),
        ),
    ]


def _of_report(cost: Mapping[str, Any]) -> list[Floor]:
    return [
        Floor(
            asked=f'fairness report: at most {REPORT_SECONDS} s and {REPORT_MB} MB',
            measured=f'{cost["seconds"]:.1f} s, {cost["peak_mb"]:.0f} MB',
            met=bool(cost['seconds'] <= REPORT_SECONDS and cost['peak_mb'] < REPORT_MB),
        ),
        *(
            Floor(
                asked=f'Adult, real rows, {name}: {published:.3f} within .005',
                measured=f'{cost[name]:.4f}',
                met=abs(cost[name] - published) <= 0.005,
            )
            for name, published in PUBLISHED.items()
        ),
    ]
