"""Files in and out: tables and metadata that are read with care."""

import json
import os
from pathlib import Path
from typing import Any

import pandas as pd
from sdv.metadata import InvalidMetadataError, Metadata

from sdv_fair4free.command.errors import CommandError

# What an empty cell may look like in a column of numbers or dates. A category may well be 'NA'.
_MISSING = ['', 'NA', 'N/A', '#N/A', '<NA>', 'NaN', 'nan', 'None', 'NULL', 'null', 'NaT']


def read_table(path: Path, columns: dict[str, dict[str, Any]] | None = None) -> pd.DataFrame:
    """Read a CSV file.

    Args:
        path (pathlib.Path): The file.
        columns (dict or None): The columns as the metadata describes them. Then columns of text
            stay text (``007``, ``NA``) and only their empty cells are missing. Without it, pandas
            decides.

    Returns:
        pandas.DataFrame: The table, at least one row.

    Raises:
        CommandError: If the file is no CSV file or has no rows.
        OSError: If it cannot be opened.
    """
    options: dict[str, Any] = {'low_memory': False}  # one type per column, not one per piece of it
    if columns is not None:
        text = {name for name, column in columns.items() if _is_text(column)}
        options['dtype'] = dict.fromkeys(text, str)
        options['keep_default_na'] = False
        options['na_values'] = {name: [''] if name in text else _MISSING for name in columns}
    try:
        table: pd.DataFrame = pd.read_csv(path, **options)
    except (pd.errors.EmptyDataError, pd.errors.ParserError, UnicodeDecodeError) as error:
        raise CommandError(f'{path} cannot be read as a CSV file in UTF-8: {error}') from error
    if table.empty:
        raise CommandError(f'{path} has no rows below its header.')
    return table


def _is_text(column: dict[str, Any]) -> bool:
    sdtype = column.get('sdtype')
    if sdtype in ('numerical', 'datetime', 'boolean'):
        return False
    if sdtype == 'id':
        return 'regex_format' in column
    return all(isinstance(value, str) for value in column.get('range_values', []))


def read_metadata(path: Path, table: str | None) -> Metadata:
    """Read SDV metadata from JSON and keep one table of it.

    Args:
        path (pathlib.Path): The file.
        table (str or None): The table to keep; may be None if there is only one.

    Returns:
        sdv.metadata.Metadata: Metadata of one table.

    Raises:
        CommandError: If the file is not SDV metadata, or which table is meant is unclear.
        OSError: If it cannot be opened.
    """
    try:
        description = json.loads(path.read_text(encoding='utf-8'))
        tables = description.get('tables', {table or path.stem: description})
        if table is None and len(tables) == 1:
            (table,) = tables
        if table not in tables:
            raise CommandError(f'{path} describes the tables {[*tables]}; choose one with --table.')
        if 'tables' in description:
            description |= {'tables': {table: tables[table]}, 'relationships': []}
        return Metadata.load_from_dict(description, single_table_name=table)
    except (ValueError, KeyError, TypeError, AttributeError, InvalidMetadataError) as error:
        raise CommandError(f'{path} cannot be read as SDV metadata: {error}') from error


def require_writable(path: Path) -> None:
    """Refuse an impossible output before hours of work go into it.

    Raises:
        CommandError: If ``path`` is a folder, or its own folder is missing or closed to us.
    """
    if path.is_dir():
        raise CommandError(f'{path} is a folder; name a file to write.')
    _require_place(path)


def require_new_folder(path: Path) -> None:
    """Refuse an output that is no empty folder and cannot become one.

    Raises:
        CommandError: If ``path`` is a file or not empty, or its own folder is missing or closed.
    """
    if path.exists() and not path.is_dir():
        raise CommandError(f'{path} is a file; pictures are written to a folder: name one.')
    if path.is_dir() and any(path.iterdir()):
        raise CommandError(f'{path} is not empty; name another folder for the pictures.')
    _require_place(path)


def _require_place(path: Path) -> None:
    if not path.resolve().parent.is_dir():
        raise CommandError(f'The folder of {path} does not exist; make it first.')
    if not os.access(path.resolve().parent, os.W_OK):
        raise CommandError(f'No permission to write into the folder of {path}.')
