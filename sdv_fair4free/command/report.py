"""What ``report`` does: judge a synthetic table from CSV files."""

import argparse
import sys
from contextlib import redirect_stdout

import pandas as pd
from sdv.metadata import Metadata

from sdv_fair4free.command.columns import column_names, favourable, read_described, say
from sdv_fair4free.command.errors import CommandError
from sdv_fair4free.command.files import read_table, require_writable
from sdv_fair4free.files import replacing
from sdv_fair4free.reports.evaluate import evaluate_fairness
from sdv_fair4free.reports.fairness_report import FairnessReport
from sdv_fair4free.reports.plots import CONSTANT, REAL
from sdv_fair4free.reports.text import report_as_text


def report(options: argparse.Namespace) -> None:
    """Judge one or several synthetic tables and write what was found."""
    _require_names(options)
    _require_outputs(options)
    real, metadata, sensitive = read_described(options, options.real)
    reports = _reports(options, real, metadata, sensitive)
    first, *_ = reports.values()
    others = {name: other for name, other in reports.items() if name != options.name}
    if options.html is not None:
        with replacing(options.html) as temporary:
            first.to_html(temporary, others=others, name=options.name)
        say(options, f'Wrote {options.html}; open it in a browser.')
    if options.markdown is not None:
        with replacing(options.markdown) as temporary:
            temporary.write_text(first.to_markdown(others, options.name), encoding='utf-8')
        say(options, f'Wrote {options.markdown}.')
    if not options.quiet:
        sys.stdout.write(report_as_text(reports))


def _require_names(options: argparse.Namespace) -> None:
    """Refuse names that would not tell the tables apart, before anything is computed."""
    names = [options.name, *(name for name, _ in options.compare)]
    if len(set(names)) < len(names):
        raise CommandError(f'Every synthetic table needs a name of its own, not {names}.')
    taken = [name for name in names if name in (REAL, CONSTANT)]
    if taken:
        raise CommandError(
            f'{taken[0]!r} is the name of another row of the report; choose a different one.'
        )


def _require_outputs(options: argparse.Namespace) -> None:
    """Refuse an output that cannot be written, or that would replace another file in use."""
    used = {
        path.resolve(): f'a file to read ({path})'
        for path in (
            options.real,
            options.synthetic,
            options.validation,
            options.metadata,
            *(path for _, path in options.compare),
        )
        if path is not None
    }
    for option in ('html', 'markdown'):
        path = getattr(options, option)
        if path is None:
            continue
        require_writable(path)
        if path.resolve() in used:
            raise CommandError(
                f'--{option} {path} is also {used[path.resolve()]}; name another file.'
            )
        used[path.resolve()] = f'--{option}'


def _reports(
    options: argparse.Namespace, real: pd.DataFrame, metadata: Metadata, sensitive: list[str]
) -> dict[str, FairnessReport]:
    ((_, description),) = metadata.tables.items()
    columns = None if options.metadata is None else description.columns
    validation = None if options.validation is None else read_table(options.validation, columns)
    reports = {}
    for name, path in [(options.name, options.synthetic), *options.compare]:
        synthetic = read_table(path, columns)
        say(options, f'{name}: {len(synthetic):,} rows of {path}')
        with redirect_stdout(sys.stderr):  # progress is for people; the result is not
            reports[name] = evaluate_fairness(
                real,
                synthetic,
                metadata,
                sensitive_columns=sensitive,
                target_column=options.target,
                real_validation_data=validation,
                favourable_outcome=favourable(options.favourable, real[options.target]),
                minimum_group_size=options.smallest_group,
                withheld_columns=column_names(options.withhold, real),
                random_state=options.seed,
                verbose=not options.quiet,
            )
    return reports
