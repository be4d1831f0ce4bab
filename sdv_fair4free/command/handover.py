"""What ``export``, ``distill``, ``inspect`` and ``card`` do.

``inspect`` needs neither torch nor sdv: what only others need is imported there.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sdv_fair4free.command.errors import CommandError

if TYPE_CHECKING:
    from sdv_fair4free.synthesizer import Fair4FreeSynthesizer


_HELD_BACK = ('min_category_count', 'min_quantile_count', 'extreme_digits')
"""What says how much a file holds back; what is not given is for the synthesizer to decide."""


def export(options: argparse.Namespace) -> None:
    """Write the student, or the teacher, of a saved synthesizer to a file that holds no row."""
    from sdv_fair4free.command.actions import loaded
    from sdv_fair4free.command.columns import say
    from sdv_fair4free.command.files import require_writable

    require_writable(options.output)
    if options.exporter is not None:
        _export_as(options)
        return
    if (options.data is None) != (options.holdout is None):
        raise CommandError('--data and --holdout go together: evidence needs both.')
    synthesizer = loaded(options.model)
    write = synthesizer.export_teacher if options.teacher else synthesizer.export
    held = write(
        options.output,
        **{name: getattr(options, name) for name in _HELD_BACK if getattr(options, name)},
        data=_table(synthesizer, options.data),
        holdout=_table(synthesizer, options.holdout),
        canaries=_table(synthesizer, options.canaries),
    )
    say(options, f'Wrote {options.output}, {options.output.stat().st_size:,} bytes.')
    for name, merged in held['merged_values'].items():
        rows = _rows(held, held['merged_rows'][name])
        say(options, f'  {name}: {merged:,} rare values of {rows} were merged.')
    if held['groups_left_out']:
        say(
            options,
            f'  {held["groups_left_out"]:,} rare crossings of sensitive categories, of '
            f'{_rows(held, held["rows_left_out"])}, were left out.',
        )
    say(options, f'List all it holds with: sdv-fair4free inspect {options.output}')


def _export_as(options: argparse.Namespace) -> None:
    """Write what an exporter of a plug-in makes; it is refused what it would not heed."""
    from sdv_fair4free.command.actions import loaded
    from sdv_fair4free.command.columns import say

    unheeded = ('teacher', *_HELD_BACK, 'data', 'holdout', 'canaries')
    given = [f'--{name.replace("_", "-")}' for name in unheeded if getattr(options, name)]
    if given:
        raise CommandError(
            f'--as {options.exporter} does not heed {", ".join(given)}: leave them out, or --as.'
        )
    loaded(options.model).export_as(options.exporter, options.output)
    say(options, f'Wrote {options.output}, as {options.exporter}.')


def _rows(held: dict[str, Any], rows: int | None) -> str:
    """How many; a file that was handed over does not tell how few."""
    return f'fewer than {held["min_category_count"]:,} rows' if rows is None else f'{rows:,} rows'


def _table(synthesizer: Fair4FreeSynthesizer, path: Path | None) -> dict[str, Any] | None:
    import pandas as pd

    from sdv_fair4free.command.files import read_table

    if path is None:
        return None
    ((name, described),) = synthesizer.get_metadata().tables.items()
    table = read_table(path, described.columns)
    files = getattr(synthesizer, 'image_column', None)
    if isinstance(files, str) and files in table:
        # They begin where the table is, not where the command was given.
        paths = [path.parent / file if isinstance(file, str) else None for file in table[files]]
        table = table.assign(**{files: pd.Series(paths, table.index, dtype=object)})
    return {name: table}


def distill(options: argparse.Namespace) -> None:
    """Distil a student from a teacher that was handed over, and write it."""
    from sdv_fair4free.command.columns import say
    from sdv_fair4free.command.files import require_writable
    from sdv_fair4free.handover.reading import opened

    require_writable(options.output)
    synthesizer = opened(options.model, 'teacher')  # of the class that the file is for
    synthesizer.verbose = not options.quiet
    synthesizer.distill(options.size, epochs=options.epochs, random_state=options.seed)
    synthesizer.export(options.output)
    say(options, f'Wrote {options.output}, {options.output.stat().st_size:,} bytes.')


def inspect(options: argparse.Namespace) -> None:
    """List what a file holds, and what it reveals."""
    from sdv_fair4free.handover.inventory import inspect_file

    found = inspect_file(options.model)
    if not options.json:
        # A terminal that does not know a letter shows its number.
        encoding = sys.stdout.encoding or 'utf-8'
        sys.stdout.write(found.to_text().encode(encoding, 'backslashreplace').decode(encoding))
        return
    json.dump(found.to_dict(), sys.stdout, indent=1)
    sys.stdout.write('\n')


def card(options: argparse.Namespace) -> None:
    """Write the card of a file."""
    from sdv_fair4free.handover.card import write_card

    if not os.access(options.output.resolve().parent, os.W_OK):
        raise CommandError(f'The folder of {options.output} is missing, or closed to us.')
    write_card(options.model, options.output)
    if not options.quiet:
        sys.stderr.write(f'Wrote {options.output}.\n')
