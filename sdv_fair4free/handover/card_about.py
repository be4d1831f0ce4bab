"""What a card says of a file itself: what it is, what it is for, and its columns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from sdv_fair4free.handover.card_blocks import Grid, Items, Paragraph, Section
from sdv_fair4free.handover.errors import HandoverError
from sdv_fair4free.handover.manifest import LOOK_AT_SOME, Manifest
from sdv_fair4free.handover.manifest_parts import ColumnPart
from sdv_fair4free.reports.cells import Cell


class _Column(BaseModel):
    model_config = ConfigDict(extra='ignore')
    sdtype: str


class _Table(BaseModel):
    model_config = ConfigDict(extra='ignore')
    columns: dict[str, _Column]


_TABLES = TypeAdapter(dict[str, _Table])


def described(manifest: Manifest) -> tuple[str, dict[str, str]]:
    """The name of the table, and the sdtype of each of its columns.

    Raises:
        HandoverError: If the metadata of the file do not describe one table.
    """
    try:
        tables = _TABLES.validate_python(manifest.metadata.get('tables'))
    except ValidationError as error:
        raise HandoverError('The metadata of the file describe no columns.') from error
    if len(tables) != 1:
        raise HandoverError(f'The metadata of the file describe {len(tables)} tables, not one.')
    ((name, table),) = tables.items()
    return name, {column: entry.sdtype for column, entry in table.columns.items()}


def names(columns: str | Iterable[str] | None) -> list[str]:
    """Names of columns, as a list."""
    return [columns] if isinstance(columns, str) else list(columns or ())


def roles(manifest: Manifest) -> tuple[list[str], list[str]]:
    """The sensitive columns, and the targets; without the former there are none of the latter."""
    sensitive = names(manifest.parameters.sensitive_columns)
    return sensitive, names(manifest.parameters.target_column) if sensitive else []


def quoted(columns: Iterable[str]) -> str:
    """Names in a sentence."""
    return ', '.join(f"'{name}'" for name in columns)


def identity(manifest: Manifest, file_digest: str, file_bytes: int) -> Section:
    """What it is: of which table, when, by what."""
    table, columns = described(manifest)
    told = manifest.provenance
    if manifest.kind == 'teacher':
        what = 'a teacher: it draws synthetic rows, and students are distilled from it without data'
    else:
        way = {
            'data_free': ' without reading a row',
            'with_data': ' with the help of the real rows',
        }.get(manifest.parameters.distillation or '', '')
        what = f'a student: it draws synthetic rows, and was distilled from a teacher{way}'
    facts = {
        'Made by': told.class_name,
        'Made, fitted, exported': ', '.join(
            date or 'unknown' for date in (told.created, told.fitted, told.exported)
        ),
        'Learnt from': f'{told.rows:,} real rows of {told.columns:,} columns',
        'Weights of the networks': ', '.join(
            f'{name} {count:,}' for name, count in told.parameter_counts.items()
        ),
        'Time to train': ', '.join(
            f'{name} {seconds:,.0f} s' for name, seconds in told.seconds.items()
        ),
        'Written by': ', '.join(f'{name} {version}' for name, version in manifest.packages.items()),
        'Format': f'{manifest.format}, protocol {manifest.protocol}',
        'Distilled from the file': told.parent or 'none: its teacher was at hand',
        'Size of this file': f'{file_bytes:,} bytes',
        'SHA-256 of this file': file_digest,
    }
    paragraphs = [
        Paragraph(
            f"The file holds {what}. It is of the table '{table}' and holds no row of it: "
            'weights of networks, the categories and averaged quantiles of '
            f'{len(columns):,} columns, and the shares of groups.'
        )
    ]
    if manifest.picture is not None:
        facts['Paints'] = manifest.picture.in_words()
        paragraphs.append(
            Paragraph(
                f'With each row it paints a picture: {manifest.picture.in_words()}. It holds no '
                f'picture, but weights that were learnt from real ones. {LOOK_AT_SOME}'
            )
        )
    if manifest.kind == 'teacher' and told.parent is None:
        del facts['Distilled from the file']
    return Section(
        'what',
        'What it is',
        [
            *paragraphs,
            Grid(
                'Where it comes from',
                ['Fact', 'Value'],
                [[Cell(name), Cell(value or '-')] for name, value in facts.items()],
            ),
            Paragraph(
                'Compare the SHA-256 with the sender over another way. It finds damage and '
                'mix-ups; it is no signature.'
            ),
        ],
    )


def purpose(manifest: Manifest) -> list[Section]:
    """What it is for, and what it must not be used for."""
    sensitive, targets = roles(manifest)
    fair = quoted(targets) or 'the outcome'
    uses = [
        'To draw rows that are like the real table where the real table must stay at home: for '
        'research, teaching, and testing of software.',
    ]
    if sensitive:
        uses.append(
            f'To train models of {fair} that depend less on {quoted(sensitive)} than models of '
            'the real rows do - and to measure on real people whether they do, before anybody is '
            'judged by them.'
        )
    if manifest.kind == 'teacher':
        uses.append('To distil smaller students from it, without the data.')
    misuses = [
        'For decisions about individual people. No synthetic row is anybody, and nothing about '
        'anybody follows from one.',
        'To find out who was in the real table, or anything about somebody who was: by linking '
        'rows to other data, by attacks on the weights, or in any other way.',
        'To claim that a model, or a decision, is fair. That has to be measured, on real people '
        'and for the use at hand.',
        *(
            ['To recognise people, or to show pictures as if they were of somebody.']
            if manifest.picture is not None
            else []
        ),
        'As statistics of rare groups or rare values. Those were merged, averaged or left out, '
        'and what is left of them is learnt from few rows.',
    ]
    if sensitive:
        misuses.append(
            f'As fair for another outcome than {fair}, or to groups that no sensitive column names.'
        )
    return [
        Section(
            'purpose',
            'What it is for',
            [
                Paragraph(
                    'The file says nothing of the purpose its owner has in mind: the owner should '
                    'add that here. The following is what such a file is made for.'
                ),
                Items(uses),
            ],
        ),
        Section('misuse', 'What it must not be used for', [Items(misuses)], warning=True),
    ]


def columns_told(manifest: Manifest) -> Section:
    """Every column: its kind, its role, and what the file tells of its values."""
    _, sdtypes = described(manifest)
    modelled = {column.name: column for column in manifest.columns}
    made = [name for name in modelled if name not in sdtypes]
    rows = [
        [
            Cell(name),
            Cell(sdtype),
            Cell(_role(name, manifest, modelled)),
            Cell(_told(name, sdtype, manifest, modelled)),
        ]
        for name, sdtype in {**sdtypes, **dict.fromkeys(made, 'made by a constraint')}.items()
    ]
    return Section(
        'columns',
        'Columns',
        [
            Grid(
                'What is modelled, and what the file tells of it',
                ['Column', 'sdtype', 'Role', 'The file tells'],
                rows,
            )
        ],
    )


def _role(name: str, manifest: Manifest, modelled: Mapping[str, ColumnPart]) -> str:
    sensitive, targets = roles(manifest)
    if name in sensitive:
        return 'sensitive'
    if name in targets:
        return 'target'
    if name in modelled:
        return 'modelled'
    return 'made up by SDV' if name in manifest.disclosure.made_up else 'made by a constraint'


def _told(name: str, sdtype: str, manifest: Manifest, modelled: Mapping[str, ColumnPart]) -> str:
    held = manifest.disclosure
    if name not in modelled:
        if name in held.made_up:
            return 'nothing: values are made up'
        return 'nothing by itself: a constraint makes it of other columns'
    column = modelled[name]
    if column.quantiles:
        least = held.min_quantile_count
        if least == 1:
            return f'{column.size:,} steps of its range; their ends may be values of single rows'
        digits = held.extreme_digits
        return (
            f'{column.size:,} steps of its range; their ends are means of at least {least:,} rows, '
            'or values that as many share'
            + (f'; the outermost are rounded to {digits} digits' if digits is not None else '')
        )
    if name in held.made_up and sdtype == 'id':
        return (
            f'that there are {column.size:,} ids, or groups of rare ids, of at least '
            f'{held.min_category_count:,} rows each; the values are made up'
        )
    merged = held.merged_values.get(name, 0)
    texts = 'free text: ' if name in held.made_up else ''
    told = f'{texts}{column.size:,} value{"s" if column.size > 1 else ""}'
    if merged:
        rows = held.in_words(held.merged_rows.get(name, 0))
        told += f'; {merged:,} rare one{"s" if merged > 1 else ""} ({rows}) merged'
    return told
