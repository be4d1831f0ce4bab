"""Columns as the command line names them, and what SDV cannot know about them."""

import argparse
import sys
from collections import Counter
from pathlib import Path

import pandas as pd
from sdv.metadata import Metadata

from sdv_fair4free.command.errors import CommandError
from sdv_fair4free.command.files import read_metadata, read_table
from sdv_fair4free.metrics.features import label_of, number_of

# A column of more different values than this names no groups and no outcome.
_MOST_VALUES = 50


def say(options: argparse.Namespace, message: str) -> None:
    """A remark on the way, unless asked to be quiet."""
    if not options.quiet:
        sys.stderr.write(f'{message}\n')


def column_names(arguments: list[str], data: pd.DataFrame) -> list[str]:
    """``--sensitive sex,race --sensitive age``; a column may have a comma in its own name."""
    names = [
        name.strip()
        for argument in arguments
        for name in ([argument] if argument in data.columns else argument.split(','))
    ]
    return list(dict.fromkeys(names))


def require_columns(names: list[str], data: pd.DataFrame, path: Path) -> None:
    """Refuse a name that the table does not have."""
    unknown = [name for name in names if name not in data.columns]
    if unknown:
        raise CommandError(f'{path} has no column {unknown[0]!r}; it has {[*data.columns]}.')


def read_described(
    options: argparse.Namespace, path: Path
) -> tuple[pd.DataFrame, Metadata, list[str]]:
    """The rows of a CSV file, their metadata, given or detected, and the sensitive columns."""
    if options.metadata is not None:
        metadata = read_metadata(options.metadata, options.table)
        ((table, description),) = metadata.tables.items()
        data = read_table(path, description.columns)
    else:
        table = options.table or path.stem
        data = read_table(path)
        metadata = Metadata.detect_from_dataframes({table: data})
    sensitive = column_names(options.sensitive, data)
    require_columns([*sensitive, options.target], data, path)
    if options.metadata is None:
        # Numbers and dates may be outcomes and groups as they are.
        detected = metadata.tables[table].columns
        names = [*sensitive, options.target]
        discrete = [
            name for name in names if detected[name]['sdtype'] not in ('numerical', 'datetime')
        ]
        settle_detection(metadata, table, data, discrete)
        say(options, describe_detection(metadata, table))
    return data, metadata, sensitive


def settle_detection(
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


def describe_detection(metadata: Metadata, table: str) -> str:
    """What SDV made of the columns, in a sentence."""
    sdtypes = Counter(column['sdtype'] for column in metadata.tables[table].columns.values())
    counted = ', '.join(f'{number} {sdtype}' for sdtype, number in sdtypes.most_common())
    return f'No --metadata: SDV detected {counted}. Name a metadata file if that is wrong.'


def favourable(text: str | None, target: pd.Series) -> object:
    """The value of the target column that is written like ``text``."""
    if text is None:
        return None
    known = target.dropna().unique()
    # A blank cell makes pandas read 1 as 1.0, or makes it write 1.0 into the file.
    labels = {label_of(value): value for value in known}
    values = labels | {str(value): value for value in known}
    if text in values:
        return values[text]
    number = number_of(text)
    twins = [value for label, value in labels.items() if number_of(label) == number]
    if number is None or len(twins) != 1:
        raise CommandError(
            f'Column {target.name!r} has no value {text!r}; it has {sorted(labels)[:10]}.'
        )
    return twins[0]
