"""Results in a folder, one file each, so that what is known is not computed again."""

from __future__ import annotations

import ast
import hashlib
import json
import os
import platform
from collections.abc import Callable
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd
import torch

import sdv_fair4free

Row = dict[str, Any]
"""What was measured of one fit, by the names of columns."""
LIBRARIES = ('sdv', 'rdt', 'sdmetrics', 'torch', 'scikit-learn', 'fairlearn', 'pandas', 'numpy')

SHOWS_ONLY = (
    'benchmark/__main__',
    'benchmark/floors',
    'benchmark/gpu',
    'benchmark/growth',
    'benchmark/page',
    'benchmark/pareto',
    'benchmark/parts',
    'benchmark/sampling',
    'benchmark/speed',
    'benchmark/svg',
    'command/',
    'demo',
)
"""Sources that only show results or call others: what was measured before still holds."""


class Kept:
    """Rows of figures by what they were measured for, with which code.

    Another version of this package or of a library that makes or measures rows has other results.

    Args:
        folder: Where they are kept; None keeps nothing.
    """

    def __init__(self, folder: str | os.PathLike[str] | None) -> None:
        self.folder = None if folder is None else Path(folder)
        if self.folder is not None:
            self.folder.mkdir(parents=True, exist_ok=True)

    def or_made(self, key: tuple[object, ...], make: Callable[[], list[Row]]) -> list[Row]:
        """The rows kept for ``key``, or made and kept now; failures are made anew next time."""
        if self.folder is None:
            return make()
        name = hashlib.sha256(repr((*key, code())).encode()).hexdigest()[:24]
        path = self.folder / f'{name}.json'
        if path.exists():
            kept: list[Row] = json.loads(path.read_text(encoding='utf-8'))['rows']
            return kept
        rows = make()
        if all(row['Error'] is None for row in rows):
            temporary = path.with_suffix('.part')
            told = {'key': [str(part) for part in key], 'rows': rows}
            temporary.write_text(json.dumps(told, indent=1), encoding='utf-8')
            temporary.replace(path)
        return rows


@cache
def code() -> str:
    """What makes and measures the rows: our sources, the libraries, the machine."""
    folder = Path(sdv_fair4free.__file__).parent
    digest = hashlib.sha256()
    for path in sorted(folder.rglob('*.py')):
        name = path.relative_to(folder).as_posix()
        if not name.startswith(SHOWS_ONLY):
            digest.update(f'{name} {_without_words(path.read_text(encoding="utf-8"))}'.encode())
    libraries = [f'{name} {version(name)}' for name in LIBRARIES]
    return ', '.join([digest.hexdigest()[:16], *libraries, machine()])


def _without_words(source: str) -> str:
    """What a source does: comments, docstrings and spaces change no figure."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        body = getattr(node, 'body', None)
        if isinstance(body, list):
            node.body = [part for part in body if not _is_text(part)]  # type: ignore[attr-defined]
    return ast.dump(tree)


def _is_text(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def machine() -> str:
    """Cores, processor and threads: times are of one machine."""
    return f'{os.cpu_count()} cores ({_processor()}), {torch.get_num_threads()} threads'


def _processor() -> str:
    """The processor's name, where the system tells it."""
    described = Path('/proc/cpuinfo')
    if described.exists():
        for line in described.read_text().splitlines():
            if line.startswith('model name'):
                return line.split(':', 1)[1].strip()
    return platform.processor() or platform.machine()


def digest_of(*tables: pd.DataFrame) -> str:
    """Changes with the rows of the tables, their order and their columns."""
    digest = hashlib.sha256()
    for table in tables:
        digest.update(repr([*table.columns]).encode())
        digest.update(pd.util.hash_pandas_object(table).to_numpy().tobytes())
    return digest.hexdigest()[:16]
