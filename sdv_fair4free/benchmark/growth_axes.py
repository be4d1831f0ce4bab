"""What grows, and how far."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


class Size(NamedTuple):
    """Of a made-up table."""

    rows: int
    columns: int
    categories: int


class Step(NamedTuple):
    """One place on an axis.

    Attributes:
        size: Of what grows.
        fitted: The table.
        sampled: Rows drawn.
        fit_shown: Whether the fit is of that size too; if not, only the sample is.
    """

    size: int
    fitted: Size
    sampled: int
    fit_shown: bool = True


@dataclass(frozen=True, kw_only=True)
class Axis:
    """One thing that grows while the others stay.

    Attributes:
        name: What grows: 'rows', 'columns', 'categories'.
        told: What stays, for readers.
        steps: From small to large.
    """

    name: str
    told: str
    steps: tuple[Step, ...]


K, M = 1_000, 1_000_000
COLUMNS, CATEGORIES = 10, 10
"""Of the tables in which they do not grow."""

AXES = (
    Axis(
        name='rows',
        told=f'{COLUMNS} columns, at most {CATEGORIES} categories in one of them; as many rows are '
        'sampled as were fitted to, and 10,000,000 from the fit to 100,000.',
        steps=(
            *(Step(n, Size(n, COLUMNS, CATEGORIES), n) for n in (10 * K, 100 * K, M)),
            Step(10 * M, Size(100 * K, COLUMNS, CATEGORIES), 10 * M, fit_shown=False),
        ),
    ),
    Axis(
        name='columns',
        told=f'10,000 rows, at most {CATEGORIES} categories in one of them; 100,000 rows are '
        'sampled.',
        steps=tuple(Step(n, Size(10 * K, n, CATEGORIES), 100 * K) for n in (10, 50, 200)),
    ),
    Axis(
        name='categories',
        told=f'Categories of one column, all of them in the table. 100,000 rows, {COLUMNS} '
        'columns; 100,000 rows are sampled.',
        steps=tuple(Step(n, Size(100 * K, COLUMNS, n), 100 * K) for n in (10, K, 50 * K)),
    ),
)
"""What is measured. Axes meet in the smallest tables, which are fitted once."""
