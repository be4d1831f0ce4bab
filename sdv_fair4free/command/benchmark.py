"""What ``benchmark`` does: synthesizers side by side on the caller's own table."""

import argparse
import sys
from typing import Any

import sdv.single_table

from sdv_fair4free.benchmark.compare import compare_synthesizers
from sdv_fair4free.command.columns import favourable, read_described, say
from sdv_fair4free.command.errors import CommandError
from sdv_fair4free.command.files import read_table, require_writable
from sdv_fair4free.files import replacing
from sdv_fair4free.synthesizer import Fair4FreeSynthesizer
from sdv_fair4free.validation import nearest

OURS = 'Fair4Free'


def benchmark(options: argparse.Namespace) -> None:
    """Fit synthesizers on the same rows, judge them on the same others, write what was found."""
    entries = {name: _synthesizer(name) for name in _names(options.synthesizers)}
    for path in (options.csv, options.html):
        if path is not None:
            require_writable(path)
    if options.new_splits and options.validation is not None:
        raise CommandError('--new-splits holds rows of --data out; leave it or --validation out.')
    data, metadata, sensitive = read_described(options, options.data)
    outcome = favourable(options.favourable, data[options.target])
    if outcome is None:
        raise CommandError(
            f'Name the outcome that people hope for: --favourable, one of '
            f'{[*data[options.target].dropna().unique()[:10]]}.'
        )
    ((table, description),) = metadata.tables.items()
    columns = None if options.metadata is None else description.columns
    unseen = None
    if options.validation is not None:
        unseen = {table: read_table(options.validation, columns)}
    found = compare_synthesizers(
        {table: data},
        metadata,
        entries,
        sensitive_columns=sensitive,
        target_column=options.target,
        favourable_outcome=outcome,
        real_validation_data=unseen,
        new_split_for_each_seed=options.new_splits,
        seeds=range(options.seeds),
        folder=options.folder,
        verbose=not options.quiet,
    )
    if options.csv is not None:
        with replacing(options.csv) as temporary:
            found.table.to_csv(temporary, index=False)
        say(options, f'Wrote {options.csv}.')
    if options.html is not None:
        with replacing(options.html) as temporary:
            found.figure.write_html(temporary, include_plotlyjs=True)
        say(options, f'Wrote {options.html}; open it in a browser.')
    means = found.summary().xs('mean', axis=1, level=1)
    sys.stdout.write(f'{means.to_string(float_format="{:.3f}".format)}\n')
    failed = found.table.dropna(subset='Error')
    for _, row in failed.iterrows():
        sys.stderr.write(f'{row["Synthesizer"]}, seed {row["Seed"]}: {row["Error"]}\n')


def _names(arguments: list[str]) -> list[str]:
    names = [name.strip() for argument in arguments for name in argument.split(',')]
    return list(dict.fromkeys(names)) or [OURS, 'GaussianCopula']


def _synthesizer(name: str) -> Any:
    if name == OURS:
        return Fair4FreeSynthesizer
    known = {
        made.removesuffix('Synthesizer')
        for made in vars(sdv.single_table)
        if made.endswith('Synthesizer')
    } - {'DayZ'}  # it is sold apart: here it can only fail
    if name not in known:
        raise CommandError(
            f'There is no synthesizer {name!r}; there are {", ".join(sorted(known))}.'
            f'{nearest(name, known)}'
        )
    return getattr(sdv.single_table, f'{name}Synthesizer')
