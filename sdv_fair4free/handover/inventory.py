"""Everything that is in a file, and what it reveals: for those who must allow it to leave.

Neither torch nor sdv is needed to read it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from sdv_fair4free.handover.archive import (
    COLUMNS,
    MANIFEST,
    PARTS,
    TABLE,
    WEIGHTS,
    parse_json,
    read_archive,
)
from sdv_fair4free.handover.arrays import unpack
from sdv_fair4free.handover.checked import check_favourable, read_manifest
from sdv_fair4free.handover.manifest import LOOK_AT_SOME, MadeUpTable, Manifest, parsed
from sdv_fair4free.handover.manifest_parts import ColumnPart, Disclosure

_SHOWN = 48
"""Characters of a value in the text; the JSON has all."""


@dataclass(frozen=True, kw_only=True)
class Item:
    """One thing in the file.

    Attributes:
        part: The part of the archive.
        name: Where in it.
        kind: 'text', 'number', 'list' or 'array', of ``count`` values.
        count: How many values.
        value: The value, the values, or of an array its type, shape, least and greatest number.
        reveals: What it tells of the real table.
    """

    part: str
    name: str
    kind: str
    count: int
    value: Any
    reveals: str


@dataclass(frozen=True, kw_only=True)
class Inventory:
    """All things in a file.

    Attributes:
        file_bytes: Its size.
        file_digest: Its SHA-256; compare it with the sender's.
        manifest: Its manifest.
        items: Everything, in the order of the file.
    """

    file_bytes: int
    file_digest: str
    manifest: Manifest
    items: tuple[Item, ...]

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON."""
        return {
            'file_bytes': self.file_bytes,
            'file_digest': self.file_digest,
            'items': [asdict(item) for item in self.items],
        }

    def to_text(self) -> str:
        """As a page of text; long lists are cut, which :meth:`to_dict` does not."""
        told = self.manifest
        tables = told.metadata.get('tables')
        names = ', '.join(map(str, tables)) if isinstance(tables, dict) else '?'
        lines = [
            f'{told.kind} of {names}, protocol '
            f'{told.protocol}, fitted to {told.provenance.rows:,} rows on '
            f'{told.provenance.fitted}, exported {told.provenance.exported}',
            f'{self.file_bytes:,} bytes, SHA-256 {self.file_digest}',
            *(
                [f'It paints {told.picture.in_words()}. {LOOK_AT_SOME}']
                if told.picture is not None
                else []
            ),
            f'Values are cut here after {_SHOWN} characters; --json lists all of them in full.',
        ]
        for part in (MANIFEST, *PARTS):
            own = [item for item in self.items if item.part == part]
            lines += ['', f'{part}: {len(own)} entries, {sum(item.count for item in own):,} values']
            width = max((len(item.name) for item in own), default=0)
            lines += [
                f'  {item.name:<{width}}  {_short(item):<{_SHOWN}}  {item.reveals}' for item in own
            ]
        return '\n'.join(map(_printable, lines)) + '\n'


def inspect_file(path: str | os.PathLike[str]) -> Inventory:
    """List every text, number and array in a file that was handed over.

    Args:
        path: What ``export`` or ``export_teacher`` of a synthesizer wrote.

    Returns:
        The inventory.

    Raises:
        HandoverError: If it is no such file, or is damaged.
        OSError: If it cannot be opened.
    """
    archive = read_archive(path)
    parts = archive.parts
    manifest = read_manifest(parts)
    table = parsed(MadeUpTable, parts[TABLE], TABLE)
    check_favourable(manifest, table)
    items = [
        *_of_json(MANIFEST, parse_json(parts[MANIFEST], MANIFEST), '', manifest),
        *_of_table(table, manifest),
        *_of_arrays(COLUMNS, parts[COLUMNS], manifest),
        *_of_arrays(WEIGHTS, parts[WEIGHTS], manifest),
    ]
    return Inventory(
        file_bytes=archive.bytes,
        file_digest=archive.digest,
        manifest=manifest,
        items=tuple(items),
    )


def _printable(line: str) -> str:
    """Names are a stranger's: none may clear a screen, or begin a line of its own."""
    return ''.join(
        letter if letter.isprintable() else letter.encode('unicode_escape').decode()
        for letter in line
    )


def _short(item: Item) -> str:
    if isinstance(item.value, list):
        text = f'{item.count} values: ' + ', '.join(map(str, item.value[:20]))
    else:
        text = str(item.value)
    text = ' '.join(text.split())
    return text if len(text) <= _SHOWN else text[: _SHOWN - 3] + '...'


def _of_json(part: str, found: Any, name: str, manifest: Manifest) -> Iterator[Item]:
    """Every leaf; a list of plain values is one."""
    plain = isinstance(found, list) and not any(isinstance(one, dict | list) for one in found)
    if isinstance(found, dict) and found:
        for key, value in found.items():
            yield from _of_json(part, value, f'{name}.{key}' if name else key, manifest)
    elif isinstance(found, list) and found and not plain:
        for place, value in enumerate(found):
            yield from _of_json(part, value, f'{name}[{place}]', manifest)
    else:
        number = isinstance(found, int | float) and not isinstance(found, bool)
        kind = 'list' if plain else 'number' if number else 'text'
        count = len(found) if plain else 1
        reveals = _told_by_manifest(name)
        yield Item(part=part, name=name, kind=kind, count=count, value=found, reveals=reveals)


_BY_MANIFEST = (
    ('metadata', 'range_values', 'categories of the column, in their order'),
    ('metadata', '', 'names, types and formats of the columns'),
    ('parameters', 'favourable_outcome', 'a category of the target'),
    ('parameters', '', 'a setting'),
    ('constraints', '', 'a rule that every real row follows'),
    ('columns', '.size', 'how many categories or quantiles the column has'),
    ('columns', '.two_steps', 'in how many steps the network tells the column'),
    ('columns', '', 'the role of the column'),
    ('order', '', 'names of the columns'),
    ('original_columns', '', 'names of the columns'),
    ('picture.image_column', '', 'the name of the column of files'),
    ('picture.described', '', 'the place of the column of files'),
    ('picture.painter_width', '', 'the size of a network'),
    ('picture', '', 'the size of the real pictures'),
    ('groups.counts', '', 'real rows in each crossing of sensitive categories'),
    ('groups.missing', '', 'real rows without a value'),
    ('groups.trust', '', 'which groups are rare'),
    ('provenance.rows', '', 'how many real rows there are'),
    ('provenance', '', 'when it was made, and at what cost'),
    ('disclosure.merged', '', 'how many values and rows are rare, not which'),
    ('disclosure', '', 'what was held back'),
    ('figures', '', 'a figure measured on real rows'),
    ('evidence', '', 'how well attacks on real rows succeed'),
)


def _told_by_manifest(name: str) -> str:
    for start, inside, reveals in _BY_MANIFEST:
        if name.startswith(start) and inside in name:
            return reveals
    return 'nothing of the table'


def _of_table(table: MadeUpTable, manifest: Manifest) -> Iterator[Item]:
    columns = {column.name: column for column in manifest.columns}
    held, sdtypes = manifest.disclosure, _sdtypes(manifest)
    for column in table.columns:
        name = column.name
        if name in held.made_up:
            reveals = 'the type alone, and how many there are: the values are made up'
            if name in columns and sdtypes.get(name) == 'id':
                reveals = (
                    'the type alone, and how many ids, or groups of ids, are in at least '
                    f'{held.min_category_count} rows: the values are made up'
                )
            if name in columns and sdtypes.get(name) != 'id':
                reveals = 'texts that several rows share; all others are held back'
        elif name in columns and columns[name].quantiles:
            reveals = (
                'the digits or the format, and about the quantiles of '
                f'{COLUMNS}; nothing between them; whether values are missing'
            )
        elif name in columns:
            reveals = f'every category that at least {held.min_category_count} rows have'
        else:
            reveals = 'values that a constraint brings back to the form of the table'
        yield Item(
            part=TABLE,
            name=f'{name}.values',
            kind='list',
            count=len(column.values),
            value=list(column.values),
            reveals=reveals,
        )
        if column.categories is not None:
            yield Item(
                part=TABLE,
                name=f'{name}.categories',
                kind='list',
                count=len(column.categories),
                value=list(column.categories),
                reveals='the same categories, in order',
            )
        yield Item(
            part=TABLE,
            name=f'{name}.dtype',
            kind='text',
            count=1,
            value=f'{column.dtype}{", ordered" if column.ordered else ""}',
            reveals='the type',
        )


def _sdtypes(manifest: Manifest) -> dict[str, Any]:
    """Of each column, as far as the metadata are well formed."""
    tables = manifest.metadata.get('tables')
    found: dict[str, Any] = {}
    for table in tables.values() if isinstance(tables, dict) else ():
        columns = table.get('columns') if isinstance(table, dict) else None
        for name, column in columns.items() if isinstance(columns, dict) else ():
            found[name] = column.get('sdtype') if isinstance(column, dict) else None
    return found


def _missing(column: ColumnPart | None, held: Disclosure) -> str:
    if column is not None and column.role == 's':
        return 'there is one if any row lacks a value: the column is sensitive'
    return f'there is one if at least {held.min_category_count} rows lack a value'


def _of_arrays(part: str, content: bytes, manifest: Manifest) -> Iterator[Item]:
    held = manifest.disclosure
    least = held.min_quantile_count
    for name, array in sorted(unpack(content, part).items()):
        place, _, what = name.partition('.')
        reveals = 'what the network learnt: tendencies, and possibly traces of single rows'
        if part == COLUMNS:
            known = place.isdigit() and int(place) < len(manifest.columns)
            known_column = manifest.columns[int(place)] if known else None
            column = known_column.name if known_column else '?'
            reveals = {
                'bounds': f"quantiles of '{column}', each a mean of, or shared by, {least} rows",
                'spans': f"shares of rows below each value of '{column}'",
                'present': f"which token of '{column}' means missing; "
                + _missing(known_column, held),
            }.get(what, 'unknown')
        elif name.startswith('painter.'):
            reveals = 'how pictures are painted: like the real ones, possibly like single ones'
        elif name == 'law.groups':
            reveals = 'which crossings of sensitive categories exist'
        elif name == 'law.shares':
            reveals = 'their shares'
        ends = f' from {array.min():.6g} to {array.max():.6g}' if array.size else ''
        yield Item(
            part=part,
            name=name,
            kind='array',
            count=int(array.size),
            value=f'{array.dtype} {list(array.shape)}{ends}',
            reveals=reveals,
        )
