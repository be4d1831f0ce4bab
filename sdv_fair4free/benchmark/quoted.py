"""``python -m sdv_fair4free.benchmark.quoted``: figures of the page that docs/criterion.md repeats.

Its tables name the rows; their figures are taken from the benchmarks, so that nobody types them.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

SOURCES = (('## Adult, sex', 'rows'), ('## One model, any strength', 'strength'))
"""The first table of each of these sections of the benchmarks, by the head of its first column."""


def rows_of(table: Sequence[str]) -> dict[str, dict[str, str]]:
    """The lines of a Markdown table by their first cell: figures by the head of their column."""
    head, _, *lines = ([cell.strip() for cell in line.strip('|').split('|')] for line in table)
    return {line[0]: dict(zip(head, line, strict=True)) for line in lines}


def table_below(page: str, heading: str) -> list[str]:
    """The lines of the first table of a section."""
    lines = page.split(f'\n{heading}\n', 1)[1].splitlines()
    start = next(place for place, line in enumerate(lines) if line.startswith('|'))
    end = next((i for i, line in enumerate(lines) if i > start and line[:1] != '|'), len(lines))
    return lines[start:end]


def with_figures(page: str, benchmarks: str) -> str:
    """The page, the cells of its tables taken from those of the benchmarks.

    Raises:
        KeyError: If a table names a row or a column that the benchmarks do not have.
    """
    known = {first: rows_of(table_below(benchmarks, heading)) for heading, first in SOURCES}
    made: list[str] = []
    head: list[str] = []
    for line in page.split('\n'):
        cells = [cell.strip() for cell in line.strip('|').split('|')]
        if not line.startswith('|'):
            head = []
        elif not head:
            head = cells
        elif head[0] in known and not set(line) <= set('|-'):
            figures = known[head[0]][cells[0]]
            line = f'| {" | ".join(figures[name] for name in head)} |'
        made.append(line)
    return '\n'.join(made)


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
