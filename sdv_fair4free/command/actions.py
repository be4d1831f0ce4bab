"""What ``fit``, ``sample`` and ``demo`` do, once the command line is understood."""

import argparse
import sys
import warnings
from collections import Counter
from pathlib import Path

import pandas as pd
from sdv.metadata import Metadata
from sdv.utils import load_synthesizer

from sdv_fair4free.command.files import (
    CommandError,
    read_metadata,
    read_table,
    replacing,
    require_writable,
)
from sdv_fair4free.synthesizer import Fair4FreeSynthesizer

# A column of more different values than this names no groups and no outcome.
_MOST_VALUES = 50


def fit(options: argparse.Namespace) -> None:
    """Fit a synthesizer to a CSV file and save it."""
    require_writable(options.output)
    if options.metadata is not None:
        metadata = read_metadata(options.metadata, options.table)
        ((table, description),) = metadata.tables.items()
        data = read_table(options.data, description.columns)
    else:
        table = options.table or options.data.stem
        data = read_table(options.data)
        metadata = Metadata.detect_from_dataframes({table: data})
    sensitive = _column_names(options.sensitive, data)
    _require_columns([*sensitive, options.target], data, options.data)
    if options.metadata is None:
        _settle_detection(metadata, table, data, [*sensitive, options.target])
        _say(options, _describe_detection(metadata, table))

    with warnings.catch_warnings():
        # The metadata are ours, made a moment ago: SDV's advice to save them is not for the user.
        warnings.filterwarnings('ignore', message='We strongly recommend saving the metadata')
        synthesizer = Fair4FreeSynthesizer(
            metadata,
            sensitive_columns=sensitive,
            target_column=options.target,
            fairness_criterion=options.criterion,
            fairness_strength=options.strength,
            fairness_scope=options.scope,
            favourable_outcome=_favourable(options.favourable, data[options.target]),
            distillation=None if options.distillation == 'none' else options.distillation,
            random_state=options.seed,
            verbose=not options.quiet,
        )
        synthesizer.fit({table: data})
    with replacing(options.output) as temporary:
        synthesizer.save(str(temporary))
    _say(options, f'Wrote {options.output}, fitted to {len(data):,} rows.')


def sample(options: argparse.Namespace) -> None:
    """Draw rows from a saved synthesizer into a CSV file."""
    require_writable(options.output)
    with options.model.open('rb'):  # a missing or closed file is told apart from a broken one
        pass
    try:
        synthesizer = load_synthesizer(str(options.model))
    except Exception as error:  # bytes that are no pickle may raise anything
        raise CommandError(f'{options.model} is not a saved synthesizer: {error}') from error
    if not isinstance(synthesizer, Fair4FreeSynthesizer):
        raise CommandError(
            f'{options.model} holds a {type(synthesizer).__name__}, not a Fair4FreeSynthesizer.'
        )
    (rows,) = synthesizer.sample(options.rows, fairness_strength=options.strength).values()
    with replacing(options.output) as temporary:
        rows.to_csv(temporary, index=False)
    _say(options, f'Wrote {options.output}, {len(rows):,} synthetic rows.')


def demo(options: argparse.Namespace) -> None:
    """Show the main job on two tables that need no download."""
    from sdv_fair4free.demo import run_demo  # plotly and the judges: not needed by fit and sample

    summary = run_demo(options.output, rows=options.rows, verbose=not options.quiet)
    table = summary.to_string(index=False, float_format='{:.3f}'.format)
    sys.stdout.write(f'{table}\n\nOpen {options.output / "demo.html"} in a browser.\n')


def _say(options: argparse.Namespace, message: str) -> None:
    if not options.quiet:
        sys.stderr.write(f'{message}\n')


def _column_names(arguments: list[str], data: pd.DataFrame) -> list[str]:
    """``--sensitive sex,race --sensitive age``; a column may have a comma in its own name."""
    names = [
        name.strip()
        for argument in arguments
        for name in ([argument] if argument in data.columns else argument.split(','))
    ]
    return list(dict.fromkeys(names))


def _require_columns(names: list[str], data: pd.DataFrame, path: Path) -> None:
    unknown = [name for name in names if name not in data.columns]
    if unknown:
        raise CommandError(f'{path} has no column {unknown[0]!r}; it has {[*data.columns]}.')


def _settle_detection(
    metadata: Metadata, table: str, data: pd.DataFrame, discrete: list[str]
) -> None:
    """Mend what SDV cannot know: groups and outcomes are categories, and 1 comes before 2."""
    for name, column in metadata.tables[table].columns.items():
        if name in discrete and column['sdtype'] not in ('categorical', 'boolean'):
            values = data[name].nunique()
            if values > _MOST_VALUES:
                raise CommandError(
                    f'Column {name!r} has {values:,} different values, too many for groups or '
                    'outcomes; cut it into bands first, or describe it with --metadata.'
                )
            if metadata.tables[table].primary_key == name:
                metadata.remove_primary_key(table)
            metadata.update_column(name, table, sdtype='categorical')
        elif column['sdtype'] == 'ordinal':
            # SDV notes the values in their order of appearance.
            ordered = sorted(column['range_values'])
            metadata.update_column(name, table, sdtype='ordinal', range_values=ordered)


def _describe_detection(metadata: Metadata, table: str) -> str:
    sdtypes = Counter(column['sdtype'] for column in metadata.tables[table].columns.values())
    counted = ', '.join(f'{number} {sdtype}' for sdtype, number in sdtypes.most_common())
    return f'No --metadata: SDV detected {counted}. Name a metadata file if that is wrong.'


def _favourable(text: str | None, target: pd.Series) -> object:
    """The value of the target column that is written like ``text``."""
    if text is None:
        return None
    values = {str(value): value for value in target.dropna().unique()}
    if text not in values:
        raise CommandError(
            f'Column {target.name!r} has no value {text!r}; it has {sorted(values)[:10]}.'
        )
    return values[text]
