"""Several reports on the same question, side by side."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from sdv_fair4free.metrics.audit import Audit
from sdv_fair4free.metrics.leakage import INFORMATION
from sdv_fair4free.reports.plots import CONSTANT, REAL
from sdv_fair4free.reports.score import fairness_score, overall_score, source_scores
from sdv_fair4free.validation import listed

if TYPE_CHECKING:
    from sdv_fair4free.reports.fairness_report import FairnessReport

# Reports that differ in one of these have measured different things.
_QUESTION = (
    'sensitive_columns',
    'target_column',
    'favourable_outcome',
    'classes',
    'minimum_group_size',
    'confidence_level',
    'random_state',
    'withheld_columns',
)
_REAL_ROWS = ('real', 'validation')
# Counted behind these rates of the real model: people, and those who had the outcome or not.
_COUNTED = (
    'Selection rate',
    'True positive rate',
    'False positive rate',
    'Prediction mean',
)


def beside(
    name: str, report: FairnessReport, others: Mapping[str, FairnessReport] | None
) -> dict[str, FairnessReport]:
    """A report and others under their names.

    Args:
        name (str): Of the first.
        report (FairnessReport): The first.
        others (mapping or None): From name to report.

    Raises:
        ValueError: If one of the others has the name of the first, and would take its place.
    """
    others = others or {}
    if name in others:
        raise ValueError(
            f"'{name}' is the name of this report and of one of the others: give one of them "
            'another name (this one has the argument name).'
        )
    return {name: report, **others}


def comparison(reports: Mapping[str, FairnessReport]) -> pd.DataFrame:
    """The scores of real rows, of every report's table, and of the constant classifier.

    Args:
        reports (mapping): From the name of a synthetic table to its report; at least one.

    Raises:
        ValueError: If the reports answer different questions, or two sources have one name.
    """
    require_same_question(reports)
    first = next(iter(reports.values())).get_audit()
    scores = {REAL: source_scores(first, 'real')}
    scores |= {
        name: source_scores(report.get_audit(), 'synthetic') for name, report in reports.items()
    }
    scores[CONSTANT] = source_scores(first, 'constant')
    totals = {
        name: {'Overall': overall_score(parts), 'Fairness': fairness_score(parts), **parts}
        for name, parts in scores.items()
    }
    # It makes no table, so half of its fairness is unknown: a mean of the rest is not comparable.
    totals[CONSTANT]['Fairness'] = float('nan')
    return pd.DataFrame.from_dict(totals, orient='index')


def require_same_question(reports: Mapping[str, FairnessReport]) -> None:
    """Refuse to set figures beside each other that cannot be compared."""
    problems = [
        f"'{name}' is the name of another row; choose a different one."
        for name in reports
        if name in (REAL, CONSTANT)
    ]
    (first, report), *others = reports.items()
    for name, other in others:
        problems += _differences(first, report, name, other)
    if problems:
        raise ValueError(
            listed(problems, 'reports that are to be compared')
            + '\nMeasure all tables with the same question, settings and real rows.'
        )


def _differences(first: str, report: FairnessReport, name: str, other: FairnessReport) -> list[str]:
    """Everything that two reports were asked, or measured with, differently."""
    ours, theirs = report.get_audit(), other.get_audit()
    found = [
        f"'{first}' has {key} {ours.settings.get(key)!r}, '{name}' has "
        f'{theirs.settings.get(key)!r}.'
        for key in _unlike(ours.settings, theirs.settings)
    ]
    models = _model_of(report), _model_of(other)
    if models[0] != models[1]:
        found.append(f"'{first}' trains the model {models[0]}, '{name}' {models[1]}.")
    counts = ours.settings['rows'], theirs.settings['rows']
    rows = [
        f"'{first}' was measured with {counts[0][kind]} {kind} rows, '{name}' with "
        f'{counts[1][kind]}.'
        for kind in _REAL_ROWS
        if counts[0][kind] != counts[1][kind]
    ]
    # Other questions count other things in the same rows; only the same ones show other rows.
    if not found and not rows and not _same_people(ours, theirs):
        rows = [
            f"'{first}' and '{name}' were measured with different real or validation rows: as "
            'many, but not the same people.'
        ]
    return found + rows


def _unlike(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> list[str]:
    """The settings that differ; groups that follow from other sensitive columns are not named."""
    # Older reports know of no withheld columns, which is none.
    keys = [key for key in _QUESTION if (ours.get(key) or None) != (theirs.get(key) or None)]
    if 'sensitive_columns' not in keys and ours['groupings'] != theirs['groupings']:
        keys.append('groupings')
    return keys


def _model_of(report: FairnessReport) -> str:
    """A model by its class and everything it was set to."""
    model = report.model
    if model is None:
        return str(report.get_audit().settings['model'])
    settings = model.get_params() if hasattr(model, 'get_params') else vars(model)
    words = ', '.join(f'{name}={value!r}' for name, value in sorted(settings.items()))
    return f'{type(model).__name__}({words})'


def _same_people(ours: Audit, theirs: Audit) -> bool:
    """Whether the real figures agree that involve no model, for models may differ by machine."""
    first, second = _fingerprint(ours), _fingerprint(theirs)
    return first.index.equals(second.index) and np.allclose(
        first, second, rtol=1e-9, atol=1e-12, equal_nan=True
    )


def _fingerprint(audit: Audit) -> pd.Series:
    """What is counted in the real rows, and in the validation rows."""
    figures, groups, constant = audit.figures, audit.groups, audit.constant
    of_table = (figures['Property'] == 'Label Parity') | (figures['Metric'] == INFORMATION)
    useless = constant['Property'] == 'Utility Retained'
    real = groups['Source'] == 'real'
    keys = ['Metric', 'Column', 'Sensitive', 'Outcome']
    parts = [
        figures[of_table & (figures['Source'] == 'real')].set_index(keys)['Value'],
        constant[useless].set_index(keys)['Value'],
        groups[real & groups['Metric'].isin(_COUNTED)].set_index(
            ['Metric', 'Column', 'Group', 'Outcome']
        )['Count'],
    ]
    return pd.concat([part.set_axis(part.index.map(str)).astype(float) for part in parts])
