"""Decisions of several classes, alike for all groups: each class against the rest."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

MINIMUM_ROWS = 30
FIGURES = ('DPR', 'EOR', 'EOD', 'TPR ratio')


@dataclass(frozen=True, kw_only=True)
class ClassParity:
    """How alike groups are treated, for each class against the rest.

    Attributes:
        by_class (pandas.DataFrame): Index: the classes. ``DPR``, demographic parity ratio: smallest
            share of a group decided for the class over the largest, in [0, 1], **best 1**. ``EOR``,
            equalized odds ratio: the worse of the ratios of true and of false positive rates, in
            [0, 1], **best 1**. ``EOD``, equalized odds difference, in [0, 1], **best 0**. ``TPR
            ratio``: that of the true positive rates alone, in [0, 1], **best 1**. NaN where too few
            groups have enough rows, or nobody is decided for the class.
        left_out (tuple[str, ...]): Groups and classes that were left out of everything for having
            too few rows, with their number of rows.
        left_out_of_errors (tuple[str, ...]): And pairs of class and group that were left out of
            all but ``DPR``.
        never_decided (tuple[str, ...]): Classes that nobody was decided for: they have no ratio,
            and so do not count in the mean, which flatters who forgets them.
    """

    by_class: pd.DataFrame
    left_out: tuple[str, ...] = ()
    left_out_of_errors: tuple[str, ...] = ()
    never_decided: tuple[str, ...] = ()

    def remark(self, figure: str) -> str:
        """What was left out of a figure, in a few words; nothing if nothing was."""
        pairs = () if figure == 'DPR' else self.left_out_of_errors
        parts = [_few(self.left_out), _few(pairs)]
        said = '; '.join(part for part in parts if part)
        few = f'too few rows, left out: {said}' if said else ''
        never = f'never decided for: {_few(self.never_decided)}' if self.never_decided else ''
        return '; '.join(part for part in (few, never) if part)

    def mean(self, figure: str) -> float:
        """Mean over the classes that have the figure; NaN if none has."""
        return float(self.by_class[figure].mean())

    def worst(self, figure: str) -> float:
        """The figure of the class that has the worst one; NaN if none has."""
        values = self.by_class[figure]
        return float(values.max() if figure == 'EOD' else values.min())


def class_parity(
    truth: ArrayLike,
    decisions: ArrayLike,
    groups: ArrayLike,
    classes: Sequence[str] | None = None,
    minimum_rows: int = MINIMUM_ROWS,
) -> ClassParity:
    """Compare the groups, for each class against the rest; fairlearn computes rates and ratios.

    Of a good classifier of many classes false positives are so rare that the ratio of their rates,
    and with it EOR, is mostly chance: read EOD and the ratio of true positive rates beside it.

    Args:
        truth (array): (rows,) the real classes.
        decisions (array): (rows,) those decided for. With the real classes here DPR is the parity
            of the labels themselves.
        groups (array): (rows,) the sensitive groups.
        classes (sequence of str or None): Those to judge; None for all that are in ``truth``.
        minimum_rows (int): Groups and classes of fewer rows are left out; and from EOR, EOD and
            the TPR ratio of a class groups with fewer rows of that class, or outside it.

    Returns:
        ClassParity: The figures by class.
    """
    truth, decisions, groups = (
        pd.Series(np.asarray(part, dtype=object)) for part in (truth, decisions, groups)
    )
    names = [*(sorted(truth.unique(), key=str) if classes is None else classes)]
    counts, sizes = truth.value_counts(), groups.value_counts()
    left_out = [
        f'group {name} ({size} rows)' for name, size in sizes.items() if size < minimum_rows
    ]
    pairs: list[str] = []
    never = []
    large = groups.isin(sizes.index[sizes >= minimum_rows]).to_numpy()
    rows = {}
    for name in names:
        if counts.get(name, 0) < minimum_rows:
            left_out.append(f'class {name} ({counts.get(name, 0)} rows)')
            rows[name] = dict.fromkeys(FIGURES, np.nan)
            continue
        true, decided = ((part == name).to_numpy(int)[large] for part in (truth, decisions))
        own = groups[large].reset_index(drop=True)
        never += [] if decided.any() else [f'class {name}']
        enough = [
            group
            for group, inside in pd.Series(true).groupby(own)
            if minimum_rows <= inside.sum() <= len(inside) - minimum_rows
        ]
        pairs += [f'{group} in class {name}' for group in own.unique() if group not in enough]
        judged = own.isin(enough).to_numpy()
        rows[name] = {
            'DPR': _parity('demographic_parity_ratio', true, decided, own),
            **_odds(true[judged], decided[judged], own[judged]),
        }
    by_class = pd.DataFrame.from_dict(rows, orient='index', columns=[*FIGURES])
    return ClassParity(
        by_class=by_class.astype(float),
        left_out=tuple(left_out),
        left_out_of_errors=tuple(pairs),
        never_decided=tuple(never),
    )


def _few(names: Sequence[str]) -> str:
    """At most three, and how many more there are."""
    more = f' and {len(names) - 3} more' if len(names) > 3 else ''
    return ', '.join(names[:3]) + more


def _odds(true: np.ndarray, decided: np.ndarray, groups: pd.Series) -> dict[str, float]:
    """What compares the rates of error."""
    from fairlearn.metrics import MetricFrame, true_positive_rate

    if groups.nunique() < 2:
        return dict.fromkeys(FIGURES[1:], np.nan)
    rates = MetricFrame(
        metrics=true_positive_rate, y_true=true, y_pred=decided, sensitive_features=groups
    )
    return {
        'EOR': _parity('equalized_odds_ratio', true, decided, groups),
        'EOD': _parity('equalized_odds_difference', true, decided, groups),
        'TPR ratio': float(rates.ratio()),
    }


def _parity(name: str, true: np.ndarray, decided: np.ndarray, groups: pd.Series) -> float:
    """One of fairlearn's figures; NaN with a single group, or where nobody is decided for."""
    from fairlearn import metrics

    if groups.nunique() < 2 or not decided.any():
        return float('nan')
    figure: Callable[..., float] = getattr(metrics, name)
    return float(figure(true, decided, sensitive_features=groups))
