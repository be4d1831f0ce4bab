"""Files that appear whole or not at all."""

import os
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MOMENT = 5
"""Seconds in which a file that was claimed is filled, where there are no hard links."""


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a temporary file to write; it takes the place of ``path`` only if all went well."""
    path = path.resolve()
    temporary = path.with_name(f'.{path.name}.{os.getpid()}.tmp')
    try:
        yield temporary
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def landing(path: Path) -> Iterator[Path]:
    """As :func:`replacing`, for many writers, and for what must outlive a loss of power.

    The temporary file is named by chance: processes of several machines may write to one folder.
    """
    temporary = path.with_name(f'.{path.name}.{uuid.uuid4().hex}.tmp')
    try:
        yield temporary
        with temporary.open('rb+') as written:
            os.fsync(written.fileno())
        os.replace(temporary, path)
        _keep_names(path.parent)
    finally:
        temporary.unlink(missing_ok=True)


def claim(path: Path, text: str) -> None:
    """Write a file that is not there yet, whole or not at all.

    Where there are no hard links, it is there and empty for a moment, and stays so where the
    process is killed in that moment.

    Raises:
        FileExistsError: If somebody else was first; what he wrote stays.
        OSError: If it cannot be written.
    """
    temporary = path.with_name(f'.{path.name}.{uuid.uuid4().hex}.tmp')
    try:
        with temporary.open('x', encoding='utf-8') as written:
            written.write(text)
            written.flush()
            os.fsync(written.fileno())
        try:
            os.link(temporary, path)
        except FileExistsError:
            raise
        except OSError:  # a file system without links
            _write_first(path, text)
        _keep_names(path.parent)
    finally:
        temporary.unlink(missing_ok=True)


def claimed(path: Path) -> str:
    """The text of a file that was claimed, waited for if somebody is about to write it.

    Raises:
        FileNotFoundError: If nobody has claimed it.
        ValueError: If it is no text.
    """
    end = time.monotonic() + MOMENT
    while not (text := path.read_text(encoding='utf-8')) and time.monotonic() < end:
        time.sleep(0.05)
    return text


def _write_first(path: Path, text: str) -> None:
    """Write a file unless somebody else has begun it; what cannot be finished is removed."""
    begun = path.open('x', encoding='utf-8')
    try:
        with begun:
            begun.write(text)
            begun.flush()
            os.fsync(begun.fileno())
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def _keep_names(folder: Path) -> None:
    """Have the names of a folder's files on disk; Windows has no call for it."""
    if os.name == 'nt':
        return
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
