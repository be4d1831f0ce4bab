"""Which groups and classes leave a comparison, in words."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sdv_fair4free.metrics.case import Case
from sdv_fair4free.metrics.comparison import MODEL_COMPARISONS, enough
from sdv_fair4free.metrics.groupings import Grouping
from sdv_fair4free.metrics.models import Predictions
from sdv_fair4free.metrics.rows import SMALLEST_DENOMINATOR, wanted

_SHOWN = 8
_OF = {
    'True positive rate': 'validation rows with that outcome',
    'False positive rate': 'validation rows without that outcome',
    'Precision': 'validation rows to which the model of {source} rows gives that outcome',
}


def note_groups(
    case: Case, grouping: Grouping, source: str, said: Predictions, chosen: Sequence[str] | None
) -> None:
    """Note the groups that have enough rows, but not enough of those that a rate is a share of.

    Args:
        case: The question.
        grouping: The groups.
        source: The table that the model learnt from.
        said: Its answers on the validation rows that have an outcome.
        chosen: Names of the figures wanted; None for all.
    """
    least = min(SMALLEST_DENOMINATOR, case.settings['minimum_group_size'])
    known = case.target.known('validation')
    groups = grouping.codes['validation'][known]
    large = enough(grouping.counts_of('validation', known), case.settings['minimum_group_size'])
    rare = rare_classes(case)
    few: dict[str, list[str]] = {rate: [] for rate in _OF}
    for outcome in case.target.judged:
        label = case.target.classes[outcome]
        favourable = case.target.outcome['validation'][known] == outcome
        behind = {
            'True positive rate': favourable,
            'False positive rate': ~favourable,
            'Precision': said.decisions == outcome,
        }
        for rate, rows in behind.items() if label not in rare else ():
            counts = np.bincount(groups[rows], minlength=len(grouping.labels))
            few[rate] += [
                f'{grouping.labels[code]} ({label!r}: n = {counts[code]})'
                for code in np.flatnonzero(large & (counts < least))
            ]
    names = wanted(MODEL_COMPARISONS, chosen)
    for rate, found in few.items():
        figures = [name for name in names if rate in MODEL_COMPARISONS[name].rates]
        if found and figures:
            case.note(
                f"Groups of '{grouping.name}' with fewer than {least} "
                f'{_OF[rate].format(source=source)} are left out of {", ".join(figures)}: '
                f'{_shown(found)}.'
            )


def rare_classes(case: Case) -> dict[str, int]:
    """Of several classes, those too rare to speak for all in 'worst class', with their rows.

    In a few rows a rate of 0 is luck. They are the same for every source, so that the worst classes
    of two tables can be compared.
    """
    if case.target.kind != 'multiclass':
        return {}
    tables = ('real', 'synthetic', 'validation')
    count = len(case.target.classes)
    members = np.min(
        [
            np.bincount(case.target.outcome[table][case.target.known(table)], minlength=count)
            for table in tables
        ],
        axis=0,
    )
    return {
        case.target.classes[code]: int(members[code])
        for code in case.target.judged
        if members[code] < case.settings['minimum_group_size']
    }


def note_classes(case: Case) -> None:
    """Note the classes that do not count for 'worst class'."""
    rare = rare_classes(case)
    if rare:
        shown = _shown([f'{name} (n = {count})' for name, count in rare.items()])
        minimum = case.settings['minimum_group_size']
        case.note(
            f"Classes of '{case.target.name}' with fewer than {minimum} real, synthetic or "
            f'validation rows do not count as the worst class: {shown}.'
        )


def _shown(found: Sequence[str]) -> str:
    more = f' and {len(found) - _SHOWN} more' if len(found) > _SHOWN else ''
    return ', '.join(found[:_SHOWN]) + more
