"""``python -m sdv_fair4free.benchmark.quoted``: figures of the page that docs/criterion.md repeats.

Its tables name the rows; their figures are taken from the benchmarks, so that nobody types them.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Collection, Sequence
from pathlib import Path

SOURCES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ('## How far it reaches', ('rows', 'what the model reads')),
    ('## How far it reaches', ('rows with',)),
    ('## Adult, sex', ('rows',)),
    ('## One model, any strength', ('strength',)),
)
"""Sections of the benchmarks, and the heads of the columns that name the rows of a table there:
the first of the section that begins with them."""


def cells_of(line: str) -> list[str]:
    """The cells of a line of a Markdown table."""
    return [cell.strip() for cell in line.strip('|').split('|')]


def rows_of(table: Sequence[str], named_by: int) -> dict[tuple[str, ...], dict[str, str]]:
    """The lines of a Markdown table by their first cells: figures by the head of their column."""
    head, _, *lines = map(cells_of, table)
    return {tuple(line[:named_by]): dict(zip(head, line, strict=True)) for line in lines}


def table_below(page: str, heading: str, first: Sequence[str]) -> list[str]:
    """The lines of the first table of a section whose columns begin with these."""
    lines = page.split(f'\n{heading}\n', 1)[1].splitlines()
    start = next(
        place
        for place, line in enumerate(lines)
        if line.startswith('|') and cells_of(line)[: len(first)] == [*first]
    )
    end = next((i for i, line in enumerate(lines) if i > start and line[:1] != '|'), len(lines))
    return lines[start:end]


def with_figures(page: str, benchmarks: str) -> str:
    """The page, the cells of its tables taken from those of the benchmarks.

    Raises:
        KeyError: If a table names a row or a column that the benchmarks do not have.
    """
    known = {
        first: rows_of(table_below(benchmarks, heading, first), len(first))
        for heading, first in SOURCES
    }
    made: list[str] = []
    head: list[str] = []
    for line in page.split('\n'):
        cells = cells_of(line)
        if not line.startswith('|'):
            head = []
        elif not head:
            head = cells
        elif (first := _named_by(head, known)) and not set(line) <= set('|-'):
            figures = known[first][tuple(cells[: len(first)])]
            line = f'| {" | ".join(figures[name] for name in head)} |'
        made.append(line)
    return '\n'.join(made)


def _named_by(head: Sequence[str], known: Collection[tuple[str, ...]]) -> tuple[str, ...] | None:
    """The columns that name the rows of a table of this head; None if it is no quotation."""
    return next((first for first in known if (*head[: len(first)],) == first), None)


def main(argv: list[str] | None = None) -> int:
    """Write the figures into the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--benchmarks', type=Path, default=Path('docs/benchmarks.md'))
    parser.add_argument('--page', type=Path, default=Path('docs/criterion.md'))
    given = parser.parse_args(argv)
    page, benchmarks = (path.read_text('utf-8') for path in (given.page, given.benchmarks))
    given.page.write_text(with_figures(page, benchmarks), encoding='utf-8')
    sys.stdout.write(f'{given.page}\n')
    return 0


if __name__ == '__main__':
    sys.exit(main())
