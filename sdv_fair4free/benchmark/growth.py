"""How time and memory grow with rows, columns and categories, beside SDV's TVAE where it can run.

``python -m sdv_fair4free.benchmark.growth --folder RESULTS --output PAGE``. Every fit and every
sample is measured in a process of its own, on tables of
:func:`~sdv_fair4free.benchmark.made_up.made_up`, and kept in the results: a run that was stopped is
gone on with.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import pandas as pd

from sdv_fair4free.benchmark.alone import (
    OURS,
    PART,
    TVAE,
    fitted_alone,
    handed_over,
    sampled_alone,
)
from sdv_fair4free.benchmark.growth_axes import AXES, Axis, Size
from sdv_fair4free.benchmark.growth_page import FOLDER, figures, section
from sdv_fair4free.benchmark.kept import Kept, Row
from sdv_fair4free.benchmark.made_up import made_up
from sdv_fair4free.benchmark.parts import GROWTH, part_written

LIMIT = 900
"""Seconds for each fit, and for all draws of each sample."""
TVAE_EPOCHS = 1
"""All cost the same; its 300 would take hours where there are a million rows."""
TVAE_MOST_GB = 4
TURNS = 3
COLUMNS = (
    *('Synthesizer', 'Rows', 'Columns', 'Categories', 'Sampled'),
    *('Seconds', 'Peak MB', 'Measured', 'Note', 'Error'),
)


def results(
    axes: Sequence[Axis], folder: Path, *, limit: float = LIMIT, epochs: int | None = None
) -> pd.DataFrame:
    """What each fit and each sample costs, a row for each, for ours and for TVAE.

    Args:
        axes: What grows.
        folder: Where results are kept.
        limit: Seconds for each fit and each sample.
        epochs: Of ours; None for the defaults.

    Returns:
        ``COLUMNS``: the synthesizer, the size of the table that it was fitted to, the rows sampled
        (NaN for the fit itself), the figures, and why there is none: 'Note' for a good reason.
    """
    kept = Kept(folder)
    rows: list[Row] = []
    for name, most in ((OURS, epochs), (TVAE, TVAE_EPOCHS)):
        for size, samples in _together(axes).items():
            sys.stderr.write(f'{name}, {size}\n')
            reason = _too_large(size) if name == TVAE else None
            if reason is None:
                key = ('growth', name, size, samples, most, limit, TURNS)
                made = kept.or_made(key, partial(_measured, name, size, samples, most, limit))
            else:
                made = [{'Note': reason}]
            rows += [{'Synthesizer': name, **_told(size), **row} for row in made]
    return pd.DataFrame(rows).reindex(columns=[*COLUMNS])


def _together(axes: Sequence[Axis]) -> dict[Size, tuple[int, ...]]:
    """The rows to sample by what is fitted: axes share fits."""
    wanted: dict[Size, set[int]] = {}
    for axis in axes:
        for step in axis.steps:
            wanted.setdefault(step.fitted, set()).add(step.sampled)
    return {size: tuple(sorted(samples)) for size, samples in wanted.items()}


def _told(size: Size) -> Row:
    return {name.capitalize(): value for name, value in size._asdict().items()}


def _measured(
    name: str, size: Size, samples: Sequence[int], epochs: int | None, limit: float
) -> list[Row]:
    """The fit, and the samples if it has come to its end."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        handed_over(made_up(*size), folder)
        rows = [fitted_alone(folder, name, epochs=epochs, limit=limit)]
        if 'Seconds' in rows[0]:
            for count in samples:
                turns = TURNS if count <= PART else 1
                drawn = sampled_alone(folder, name, count, turns=turns, limit=limit)
                rows.append({'Sampled': count, **drawn})
    return rows


def _too_large(size: Size) -> str | None:
    """Why TVAE is not tried: it holds a number for each category of each row."""
    gigabytes = 8 * size.rows * size.categories / 1e9
    if gigabytes <= TVAE_MOST_GB:
        return None
    return (
        f'not tried, it would hold {size.rows:,} x {size.categories:,} numbers of 8 bytes, '
        f'{gigabytes:,.0f} GB'
    )


def main(argv: list[str] | None = None) -> int:
    """Measure, draw the figures, and write the part of the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--folder', type=Path, required=True, help='where results are kept')
    parser.add_argument('--limit', type=float, default=LIMIT, help='seconds for each measurement')
    parser.add_argument('--output', type=Path, required=True, help='figures go beside it')
    given = parser.parse_args(argv)
    written(results(AXES, given.folder, limit=given.limit), AXES, given.output)
    sys.stdout.write(f'{given.output}\n')
    return 0


def written(table: pd.DataFrame, axes: Sequence[Axis], output: Path) -> None:
    """Write the part of the page, and the figures beside it."""
    drawn = figures(table, axes, TVAE_EPOCHS)
    images = output.parent / FOLDER
    images.mkdir(exist_ok=True)
    for file, content in drawn.items():
        (images / file).write_text(content, encoding='utf-8')
    part_written(output, GROWTH, section(table, axes, drawn, TVAE_EPOCHS))


if __name__ == '__main__':
    sys.exit(main())
