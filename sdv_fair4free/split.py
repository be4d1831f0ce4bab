"""Very many categories as two columns of few values: which group, and which member of it.

A network that tells each of n categories apart needs memory and time for n of them with every row;
for two columns of about sqrt(n) values each, drawn one after the other, it needs a small part of
that (a hierarchical softmax of two levels: Goodman 2001).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

MOST_LABELS = 2048
"""Categories that one column tells apart; more are split."""

Labels = NDArray[np.int64]
"""An array of labels, whole numbers from 0."""


@dataclass(frozen=True, kw_only=True)
class Split:
    """Labels by group and member.

    Attributes:
        group: (labels,) the group of each.
        member: (labels,) its place in the group: the most frequent one comes first.
        label: (groups, members) the label of each place; where a group has fewer members, its own
            over again.
    """

    group: Labels
    member: Labels
    label: Labels

    @classmethod
    def of(cls, categories: Sequence[Any], counts: Labels) -> Split:
        """Group categories that are next to each other in their order, into groups of equal rows.

        Neighbours often have something in common (post codes, product numbers), and groups of
        equal rows are told apart best. Missing values are a group of their own.

        Args:
            categories: One by label.
            counts: (labels,) their rows.
        """
        missing = np.array([pd.api.types.is_scalar(c) and pd.isna(c) for c in categories])
        order = np.array(
            sorted(np.flatnonzero(~missing).tolist(), key=lambda i: _sorting_key(categories[i]))
        )
        rows = np.maximum(counts[order], 1)
        groups = int(np.ceil(np.sqrt(len(order))))
        by_rows = ((rows.cumsum() - rows / 2) * groups // rows.sum()).astype(np.int64)
        # Many rare neighbours would make one group of most categories: cut it to twice the usual.
        place = np.arange(len(order)) - np.searchsorted(by_rows, by_rows)
        _, group_of = np.unique(by_rows * len(order) + place // (2 * groups), return_inverse=True)
        group = np.full(len(categories), group_of.max() + 1)
        group[order] = group_of
        by_count = np.lexsort((-counts, group))
        first = np.searchsorted(group[by_count], group[by_count])
        member = np.empty(len(categories), dtype=np.int64)
        member[by_count] = np.arange(len(categories)) - first
        sizes = np.bincount(group)
        starts = np.cumsum(sizes) - sizes
        places = starts[:, None] + np.arange(sizes.max()) % sizes[:, None]
        return cls(group=group, member=member, label=by_count[places])

    def parts(self, labels: Labels) -> Labels:
        """(rows, 2) groups and members of (rows,) labels."""
        return np.stack([self.group[labels], self.member[labels]], axis=1)

    def whole(self, group: Labels, member: Labels) -> Labels:
        """(rows,) labels of groups and members."""
        label: Labels = self.label[group, member]
        return label


def _sorting_key(value: Any) -> tuple[bool, float, str]:
    """Numbers by size, and all else by its text."""
    if isinstance(value, int | float | np.number):
        return False, float(value), ''
    return True, 0.0, str(value)
