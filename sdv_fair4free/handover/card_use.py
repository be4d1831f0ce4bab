"""What a card says of the use of a file: licences, how to open it, how it was made."""

from __future__ import annotations

from sdv_fair4free.handover.card_about import described
from sdv_fair4free.handover.card_blocks import Code, Items, Paragraph, Section
from sdv_fair4free.handover.manifest import Manifest

FILE = 'FILE'
"""Stands for the name of the file: who has it may call it anything."""
_STUDENT = 'student.fair4free'


def licences() -> Section:
    """Whose rights are touched."""
    return Section(
        'licences',
        'Licences',
        [
            Items(
                [
                    'The data: under which licence, and on which legal ground, the real table was '
                    'held, and what may be done with rows that are made after it, is not known '
                    'here. The owner must say.',
                    'The code of sdv-fair4free: MIT, see its file LICENSE.',
                    'What reads the file: safetensors (Apache-2.0) and pydantic (MIT).',
                    'To open it, sdv and rdt are needed. They are under the Business Source '
                    'License 1.1 of DataCebo, which is no open-source licence: to offer synthetic '
                    'data to third parties as a commercial service needs a licence from them.',
                ]
            )
        ],
    )


def reproduction(manifest: Manifest, file_digest: str) -> Section:
    """How to look into it, to draw from it, and how it was made."""
    table, _ = described(manifest)
    seed = manifest.parameters.random_state
    training = 'no seed was set' if seed is None else f'the seed of its training is {seed}'
    return Section(
        'reproduction',
        'How to open it, and how it was made',
        [
            Paragraph(f'{FILE} stands for the name of this file. From a shell:'),
            Code('sh', _shell(manifest, file_digest)),
            Paragraph('In Python:'),
            Code('python', _opening(manifest, table)),
            Paragraph(
                'With the same versions, on one machine, the first rows drawn from the opened file '
                f'are the same every time. It was made in the following way ({training}). The '
                'metadata, and what the networks and constraints were given, are in the manifest, '
                f'which sdv-fair4free inspect {FILE} shows.'
            ),
            Code('python', _making(manifest, table)),
        ],
    )


def _shell(manifest: Manifest, file_digest: str) -> list[str]:
    lines = [
        f'echo "{file_digest}  {FILE}" | sha256sum --check',
        f'sdv-fair4free inspect {FILE}',
        f'sdv-fair4free sample --model {FILE} --rows {_rows(manifest)} --output '
        + ('rows.csv' if manifest.picture is None else 'pictures'),
    ]
    if manifest.kind == 'teacher':
        lines.append(f'sdv-fair4free distill --model {FILE} --output {_STUDENT}')
    return lines


def _opening(manifest: Manifest, table: str) -> list[str]:
    name, pictured = _class(manifest), manifest.picture is not None
    drawn = f'synthesizer.sample({_rows(manifest)})'
    lines = [
        f'from sdv_fair4free import {name}',
        '',
        f"synthesizer = {name}.from_{manifest.kind}('{FILE}')",
        f'data, images = {drawn}' if pictured else f'rows = {drawn}[{table!r}]',
    ]
    if manifest.kind == 'teacher':
        lines += [
            'synthesizer.distill()  # a student, without any data',
            f"synthesizer.export('{_STUDENT}')",
        ]
    return lines


def _class(manifest: Manifest) -> str:
    """What opens it."""
    return 'Fair4FreeSynthesizer' if manifest.picture is None else 'Fair4FreeImageSynthesizer'


def _rows(manifest: Manifest) -> int:
    """As many as there are real rows: what figures are measured on."""
    return max(manifest.provenance.rows, 1)


def _making(manifest: Manifest, table: str) -> list[str]:
    """The calls that made the file, with all arguments that fit in a line."""
    held, parent = manifest.disclosure, manifest.provenance.parent
    given = manifest.parameters.model_dump()
    long = [name for name, value in given.items() if isinstance(value, dict)]
    kinds = [part.class_name for part in manifest.constraints]
    measured = manifest.figures is not None or manifest.evidence is not None
    real, unseen = f'{{{table!r}: real_rows}}', f'{{{table!r}: unseen_rows}}'
    if manifest.picture is not None:
        real, unseen = 'real_pictures', 'unseen_pictures'
        given['image_column'] = manifest.picture.image_column
        given['image_size'] = manifest.picture.image_size
    rows = [f'    data={real},', f'    holdout={unseen},']
    own, first = _export(manifest.kind, FILE), _export('teacher', 'TEACHER')
    return [
        f'synthesizer = {_class(manifest)}(',
        '    metadata,',
        *(f'    {name}={value!r},' for name, value in given.items() if name not in long),
        *(f'    {name}={name},' for name in long),
        ')',
        *([f'synthesizer.add_constraints(constraints)  # {", ".join(kinds)}'] if kinds else []),
        f'synthesizer.fit({real})',
        *(own if parent is None else first),
        f'    min_category_count={held.min_category_count},',
        f'    min_quantile_count={held.min_quantile_count},',
        f'    extreme_digits={held.extreme_digits},',
        *(rows if measured and parent is None else []),
        ')',
        *(_from_teacher(manifest, parent) if parent else []),
        *([*own, *rows, ')'] if parent and measured else []),
        *([*own, ')'] if parent and not measured else []),
    ]


def _export(kind: str, path: str) -> list[str]:
    return [f'synthesizer.export{"_teacher" if kind == "teacher" else ""}(', f"    '{path}',"]


def _from_teacher(manifest: Manifest, parent: str) -> list[str]:
    """What was done where the data are not."""
    return [
        '',
        f'# without the data, from the file whose SHA-256 is {parent}',
        f"synthesizer = {_class(manifest)}.from_teacher('TEACHER')",
        *(['synthesizer.distill()'] if manifest.kind == 'student' else []),
    ]
