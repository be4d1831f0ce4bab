"""One file with a closed list of parts: a zip archive that is read with distrust.

Parts are stored, never compressed, so that no file is larger in memory than it is on disk; nothing
is ever extracted to a path; and every part is checked against the digest that the manifest gives.
Digests find damage and mixed-up parts. They are no signature: whoever forges a file can forge them
too, so compare the digest of the whole file with its sender over another way.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import stat
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from sdv_fair4free.files import replacing
from sdv_fair4free.handover.errors import HandoverError

MANIFEST = 'manifest.json'
TABLE = 'table.json'
COLUMNS = 'columns.safetensors'
WEIGHTS = 'weights.safetensors'
PARTS = (TABLE, COLUMNS, WEIGHTS)
"""What a file holds besides its manifest, no more and no less."""
MOST_BYTES = {MANIFEST: 2**24, TABLE: 2**28, COLUMNS: 2**30, WEIGHTS: 2**32}
"""Nothing that this package writes comes near."""
MOST_OF_ALL = sum(MOST_BYTES.values()) + 2**16
"""Of a whole file: its parts, and what says where they are."""


def digest(content: bytes) -> str:
    """SHA-256, in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def write_archive(path: str | os.PathLike[str], manifest: bytes, parts: Mapping[str, bytes]) -> int:
    """Write a file; it appears whole or not at all.

    Args:
        path: Where to.
        manifest: The content of ``manifest.json``.
        parts: The content of each of ``PARTS``.

    Returns:
        Its size in bytes.
    """
    content = _packed({MANIFEST: manifest, **{name: parts[name] for name in PARTS}})
    with replacing(Path(path)) as temporary, open(temporary, 'wb') as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    return len(content)


def _packed(parts: Mapping[str, bytes]) -> bytes:
    """The archive of these parts: the same parts make the same bytes, on every machine."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, 'w', zipfile.ZIP_STORED) as archive:
        for name, content in parts.items():
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.create_system = 3
            archive.writestr(entry, content)
    return made.getvalue()


@dataclass(frozen=True, kw_only=True)
class Archive:
    """What was read of a file, at once.

    Attributes:
        parts: The content of the manifest and of each part, none of which is trusted yet.
        bytes: Size of the file.
        digest: SHA-256 of the file.
    """

    parts: Mapping[str, bytes]
    bytes: int
    digest: str


def read_archive(path: str | os.PathLike[str]) -> Archive:
    """Read a file.

    Raises:
        HandoverError: If it is no such file, is damaged, or holds anything else.
        OSError: If it cannot be opened.
    """
    content = _content(path)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            _check_directory(path, archive.infolist(), len(content))
            parts = {name: archive.read(name) for name in (MANIFEST, *PARTS)}
    except HandoverError:
        raise
    # Bytes that are no archive make the standard library raise almost anything.
    except Exception as error:
        raise HandoverError(
            f'{path} is no file of a teacher or student, or it is damaged '
            f'({type(error).__name__}: {error}). Ask for it again.'
        ) from error
    # Comments, extra fields, bytes before or between: nothing that no inventory would list.
    if _packed(parts) != content:
        raise HandoverError(
            f'{path} is damaged, or holds more than its parts, which no inventory would list.'
        )
    return Archive(parts=parts, bytes=len(content), digest=digest(content))


def _content(path: str | os.PathLike[str]) -> bytes:
    """The bytes of a regular file, none of which is read if there are too many.

    What is no regular file, such as a pipe or a device, may have no end.
    """
    told = os.stat(path)
    if not stat.S_ISREG(told.st_mode):
        raise HandoverError(f'{path} is no regular file, so that it may have no end.')
    with open(path, 'rb') as file:
        content = b''
        if told.st_size <= MOST_OF_ALL:
            if not zipfile.is_zipfile(file):  # looks at its end alone
                raise HandoverError(
                    f'{path} is no file of a teacher or student, or it is damaged. Ask for it '
                    'again.'
                )
            file.seek(0)
            content = file.read(MOST_OF_ALL + 1)
    if max(told.st_size, len(content)) > MOST_OF_ALL:
        raise HandoverError(
            f'{path} is no file of a teacher or student: it is too large, with '
            f'{max(told.st_size, len(content)):,} bytes.'
        )
    return content


def _check_directory(
    path: str | os.PathLike[str], entries: list[zipfile.ZipInfo], size: int
) -> None:
    expected = {MANIFEST, *PARTS}
    names = [entry.filename for entry in entries]
    problems = [f'it holds {name!r}, which is unknown' for name in names if name not in expected]
    problems += [f'it holds {name!r} twice' for name in sorted(expected) if names.count(name) > 1]
    problems += [f'{name!r} is missing' for name in sorted(expected - {*names})]
    for entry in entries:
        if entry.compress_type != zipfile.ZIP_STORED or entry.flag_bits & 0x1:
            problems.append(f'{entry.filename!r} is compressed or encrypted')
        elif entry.file_size > MOST_BYTES.get(entry.filename, 0):
            problems.append(f'{entry.filename!r} is too large ({entry.file_size:,} bytes)')
    if sum(entry.file_size for entry in entries) > size:
        problems.append('its parts are larger than the file')
    if problems:
        shown = '; '.join(problems[:5]) + (
            f' and {len(problems) - 5} more' if len(problems) > 5 else ''
        )
        raise HandoverError(f'{path} is no file that this package wrote: {shown}.')


def parse_json(content: bytes, name: str) -> Any:
    """Parse JSON that says each name once, and no infinite numbers.

    Raises:
        HandoverError: If it is none.
    """

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            raise ValueError('a name is given twice')
        return found

    def refuse(constant: str) -> NoReturn:
        raise ValueError(f'{constant} is no number')

    try:
        return json.loads(content, object_pairs_hook=unique, parse_constant=refuse)
    except (ValueError, RecursionError) as error:  # UnicodeDecodeError is a ValueError
        raise HandoverError(f'{name} is damaged: {error}') from error
