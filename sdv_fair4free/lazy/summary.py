"""What is remembered of a table of any size: enough for SDV to learn its columns from.

A sample of rows in which every row is as likely as any other, the rows without which a value or an
end would be missing, and counts of all. Summaries of parts are put together into that of the whole,
in any order and any grouping.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sdv_fair4free.lazy.plan import Plan, in_order
from sdv_fair4free.lazy.table import stacked, without_categories

MOST_CATEGORIES = 1_000_000
"""Values of one column that are counted, and combinations of several; more are refused."""
COMPANY = 1000
"""Rows that constraints see beside those that they transform."""
_PRIORITY, _PART, _ROW = 'priority', 'part', 'row'


@dataclass(frozen=True, kw_only=True)
class Summary:
    """The summary of some parts of a table.

    Each row draws a priority; the ``plan.sample_rows`` lowest are the sample, a uniform one without
    replacement however the rows lie in parts (bottom-k: Cohen & Kaplan 2007). The share of rows
    below a quantile of a sample of k rows differs from its own by more than d with a probability of
    at most ``2 exp(-2 k d**2)``, at all quantiles at once (Massart 1990): of 200,000 rows, by more
    than 0.004 once in three hundred.

    Attributes:
        plan: What is kept.
        rows: The rows that are kept, as they came, those of the lowest priority first.
        marks: Of each its ``priority``, the number of its ``part``, its ``row`` there, and where on
            its scale the value of each column of ``plan.ordered`` lies.
        part_rows: Rows by the number of the part.
        counts: Rows of each value, by column of ``plan.categories``; missing values count as one.
        missing: Rows without a value, by column.
        categories: By column of type `category`, its categories.
    """

    plan: Plan
    rows: pd.DataFrame
    marks: pd.DataFrame
    part_rows: Mapping[int, int]
    counts: Mapping[str, pd.Series]
    missing: Mapping[str, int]
    categories: Mapping[str, pd.Index]

    @classmethod
    def of(cls, part: pd.DataFrame, number: int, plan: Plan, bound: int | None = None) -> Summary:
        """Summarise one part.

        Args:
            part: Its rows.
            number: Of the part; the rows of each number draw priorities of their own.
            plan: What to keep.
            bound: A priority that no row of the sample will exceed, if one is known.
        """
        part = part.drop(columns=[*plan.left_out])
        draws = np.random.default_rng([plan.seed, number])
        marks = pd.DataFrame(
            {
                _PRIORITY: draws.integers(2**63, size=len(part), dtype=np.int64),
                _PART: np.full(len(part), number),
                _ROW: np.arange(len(part)),
            }
        )
        categories = {
            str(name): values.cat.categories
            for name, values in part.items()
            if isinstance(values.dtype, pd.CategoricalDtype)
        }
        part = without_categories(part)
        places = {
            f'in order: {name}': in_order(part[name], entry) for name, entry in plan.ordered.items()
        }
        marks = marks.assign(**places)
        rows, marks = _kept(part, marks, plan, bound)
        return cls(
            plan=plan,
            rows=rows,
            marks=marks,
            part_rows={number: len(part)},
            counts={name: _counted(part[name]) for name in plan.categories},
            missing={str(name): int(count) for name, count in part.isna().sum().items()},
            categories=categories,
        )

    def merge(self, *others: Summary) -> Summary:
        """The summary of all these parts together; none may be in two of them."""
        all_of = [self, *others]
        rows, marks = _kept(
            stacked([summary.rows for summary in all_of]),
            stacked([summary.marks for summary in all_of]),
            self.plan,
        )
        categories: dict[str, pd.Index] = {}
        for summary in all_of:
            for name, known in summary.categories.items():
                before = categories.get(name, known)
                categories[name] = before if before.equals(known) else _united(before, known)
        return Summary(
            plan=self.plan,
            rows=rows,
            marks=marks,
            part_rows={n: rows for summary in all_of for n, rows in summary.part_rows.items()},
            counts={
                name: _added([summary.counts[name] for summary in all_of])
                for name in self.plan.categories
            },
            missing={
                name: sum(summary.missing.get(name, 0) for summary in all_of)
                for name in dict.fromkeys(n for summary in all_of for n in summary.missing)
            },
            categories=categories,
        )

    def __len__(self) -> int:
        return sum(self.part_rows.values())

    def bound(self) -> int | None:
        """The highest priority of the sample; None while any row is of it."""
        lowest = self.marks[_PRIORITY]
        size = self.plan.sample_rows
        return int(lowest.iloc[size - 1]) if len(lowest) >= size else None

    def rows_of(self, name: str, values: Sequence[Any]) -> NDArray[np.int64]:
        """(values,) rows of each of some values of a column."""
        known: dict[Any, int] = self.counts[name].to_dict()
        missing = sum(count for value, count in known.items() if pd.isna(value))
        counted = [missing if pd.isna(value) else known.get(value, 0) for value in values]
        return np.array(counted, dtype=np.int64)

    def overfull(self) -> list[tuple[str, ...]]:
        """Columns of more values, or combinations of columns of more, than can be counted."""
        found: list[tuple[str, ...]] = [
            (name,) for name, counts in self.counts.items() if len(counts) > MOST_CATEGORIES
        ]
        if len(self.rows) <= MOST_CATEGORIES:  # each combination has a row that is kept
            return found
        told = {name for (name,) in found}  # and its combinations with it
        return found + [
            names
            for names, _ in self.plan.crossings
            if len(names) > 1
            and told.isdisjoint(names)
            and _first_of_each(self.rows[[*names]], 1).sum() > MOST_CATEGORIES
        ]

    def without(self, names: Sequence[str]) -> Summary:
        """The summary of the other columns, in whatever memory those take."""
        plan = self.plan.without(names)
        rows, marks = _kept(self.rows.drop(columns=[*names]), self.marks, plan)
        return replace(
            self,
            plan=plan,
            rows=rows,
            marks=marks,
            counts={name: self.counts[name] for name in plan.categories},
            missing={name: count for name, count in self.missing.items() if name not in names},
            categories={name: all_ for name, all_ in self.categories.items() if name not in names},
        )

    def problems(self) -> list[str]:
        """Those of columns of more values, or combinations of more, than can be counted."""
        return [
            f"column '{names[0]}' has more than {MOST_CATEGORIES:,} different values, which would "
            'all be learnt as categories. If they are ids, make it a key, or give it a '
            'regex_format; if they are numbers or dates, describe it so; else merge rare ones.'
            if len(names) == 1
            else f'columns {", ".join(map(repr, names))} have more than {MOST_CATEGORIES:,} '
            'different combinations, each of which would have to be kept, for a constraint or for '
            'groups and outcomes. Do without that, or merge rare values.'
            for names in self.overfull()
        ]

    def table(self) -> pd.DataFrame:
        """The rows that are kept, in the order of the table, with a fresh index."""
        table = self.rows.iloc[self._order()].reset_index(drop=True)
        typed = {name: pd.CategoricalDtype(known) for name, known in self.categories.items()}
        return table.astype(typed)

    def sampled(self) -> NDArray[np.bool_]:
        """(rows of :meth:`table`,) whether each is of the sample, or only kept beside it."""
        order = self._order()
        sampled: NDArray[np.bool_] = order < self.plan.sample_rows
        return sampled

    def parts_kept(self) -> NDArray[np.int64]:
        """(rows of :meth:`table`,) the part of each."""
        parts: NDArray[np.int64] = self.marks[_PART].to_numpy()[self._order()]
        return parts

    def company(self) -> pd.DataFrame:
        """Some rows of :meth:`table`, with every combination of missing values among them."""
        some = np.arange(len(self.rows)) < COMPANY
        for names in self.plan.patterns:
            some |= _first_of_each(self.rows[list(names)].isna(), 1)
        return self.rows[some].reset_index(drop=True)

    def _order(self) -> NDArray[np.int64]:
        order: NDArray[np.int64] = np.lexsort((self.marks[_ROW], self.marks[_PART]))
        return order


def merged(summaries: Iterable[Summary]) -> Summary:
    """The summary of all."""
    first, *others = summaries
    return first.merge(*others) if others else first


def _kept(
    rows: pd.DataFrame, marks: pd.DataFrame, plan: Plan, bound: int | None = None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The rows that a summary keeps of these, the lowest priority first.

    What is kept of a whole is among what is kept of its parts, whatever the parts are: of each
    combination, and at each end, the rows of lowest priority.
    """
    order = np.lexsort((marks[_ROW], marks[_PART], marks[_PRIORITY]))
    rows = rows.iloc[order].reset_index(drop=True)
    marks = marks.iloc[order].reset_index(drop=True)
    kept = np.arange(len(rows)) < plan.sample_rows
    if bound is not None:
        kept &= (marks[_PRIORITY] <= bound).to_numpy()
    for names, most in plan.crossings:
        kept |= _first_of_each(rows[list(names)], most)
    for names in plan.patterns:
        kept |= _first_of_each(rows[list(names)].isna(), 1)
    for name in plan.ordered:
        place = marks[f'in order: {name}']
        missing = place.isna().to_numpy()
        kept |= missing & (missing.cumsum() == 1)
        if not missing.all():
            for end in (place.min(), place.max()):
                at_end = (place == end).fillna(False).to_numpy(dtype=bool)
                kept |= at_end & (at_end.cumsum() == 1)
    return rows[kept].reset_index(drop=True), marks[kept].reset_index(drop=True)


def _first_of_each(values: pd.DataFrame, most: int) -> NDArray[np.bool_]:
    """(rows,) whether a row is among the first so many of its combination of values."""
    if most == 1:
        return ~values.duplicated().to_numpy()
    place = values.groupby(list(values), dropna=False, sort=False, observed=True).cumcount()
    first: NDArray[np.bool_] = place.to_numpy() < most
    return first


def _counted(values: pd.Series) -> pd.Series:
    counts = values.astype(object).where(values.notna(), np.nan).value_counts(dropna=False)
    return counts.astype(np.int64)


def _added(counts: list[pd.Series]) -> pd.Series:
    together = pd.concat([some for some in counts if len(some)] or counts[:1])
    added: pd.Series = together.groupby(level=0, sort=False, dropna=False).sum()
    return added


def _united(some: pd.Index, others: pd.Index) -> pd.Index:
    """All categories, in an order that does not depend on which came first."""
    together: set[Any] = {*some, *others}
    ordered = sorted(together, key=lambda value: (type(value).__name__, str(value)))
    united: pd.Index = pd.Index(ordered)
    return united
