"""Results in a folder, one file each, so that what is known is not computed again."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

Row = dict[str, Any]


class Kept:
    """Rows of figures by what they were measured for.

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
        name = hashlib.sha256(repr(key).encode()).hexdigest()[:24]
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
