"""A folder of Parquet files that hold one table: what was asked for, and what is there of it.

``_manifest.json`` is written first and says what was asked for; readers of Parquet pass over names
that begin with ``_`` or ``.``. Every file appears whole or not at all.
"""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from sdv.errors import SamplingError

from sdv_fair4free._version import __version__
from sdv_fair4free.arrow_schema import arrow_table
from sdv_fair4free.files import claim, claimed, landing
from sdv_fair4free.fingerprint import fingerprint
from sdv_fair4free.parts import PartSampler, Tables
from sdv_fair4free.validation import listed

MANIFEST = '_manifest.json'
FORMAT = 'sdv-fair4free table in parts, 1'
MARK = b'sdv_fair4free'
"""Where a file says of which table it is which part."""
_LEFT_OVER = ('.part-*.parquet.*.tmp', f'.{MANIFEST}.*.tmp')
QUIET = 900
"""Seconds for which nobody has written to a file that was left over by a process that was killed;
others may be those of a process that is at work."""


@dataclass(frozen=True, kw_only=True)
class ParquetSample:
    """A table in a folder of Parquet files.

    Attributes:
        folder: The folder; ``pandas.read_parquet(folder)`` reads it as one table.
        files: The parts, in order.
        num_rows: Rows in all.
        random_state: The seed that they follow from.
        made: How many parts this call made; the others were there.
    """

    folder: Path
    files: tuple[Path, ...]
    num_rows: int
    random_state: int
    made: int


def asked_of(
    sampler: PartSampler, trial: pd.DataFrame, schema: pa.Schema, fairness_strength: float
) -> dict[str, Any]:
    """All that the parts follow from but the seed, for a manifest.

    Args:
        sampler: Makes the parts.
        trial: Its few rows by which models are told apart.
        schema: Types of the columns.
        fairness_strength: The one in force.
    """
    people = sampler.sensitive_distribution
    return {
        'format': FORMAT,
        'sdv_fair4free': __version__,
        'num_rows': sampler.num_rows,
        'batch_size': sampler.batch_size,
        'fairness_strength': fairness_strength,
        'sensitive_distribution': None if people is None else fingerprint(people),
        'model': sampler.model_digest(trial),
        'columns': {field.name: str(field.type) for field in schema},
    }


@dataclass(frozen=True, kw_only=True)
class PartFolder:
    """A folder that was begun, for one table.

    Attributes:
        path: The folder, from the root.
        asked: What the manifest says, but for the seed.
        seed: Of the table.
        schema: Types of the columns.
    """

    path: Path
    asked: Mapping[str, Any]
    seed: int
    schema: pa.Schema

    @classmethod
    def opened(
        cls,
        path: Path,
        asked: dict[str, Any],
        schema: pa.Schema,
        random_state: int | None,
        fresh_seed: Callable[[], int],
    ) -> PartFolder:
        """Begin in a new or empty folder, or go on in one that was begun with the same request.

        Where several begin one folder at a time, the first decides what table it is.

        Args:
            path: The folder.
            asked: See :func:`asked_of`.
            schema: Types of the columns.
            random_state: The seed; None for any: that of the folder or, at the beginning,
                a fresh one.
            fresh_seed: Gives it.

        Raises:
            SamplingError: If the folder holds something else, with every reason.
            OSError: If it cannot be made or written to.
        """
        # Not resolved: on other machines a link may lead elsewhere, to the same folder.
        path = path.absolute()
        if path.exists() and not path.is_dir():
            raise SamplingError(f'{path} is a file; name a folder.')
        path.mkdir(parents=True, exist_ok=True)
        told, problems = _read(path / MANIFEST)
        seed = random_state
        if told is not None:
            seed = told['random_state'] if random_state is None else random_state
            known = {**asked, 'random_state': seed}
            for name in [name for name in known if known[name] != told.get(name)]:
                problems.append(
                    f'{name} is {told.get(name)!r} there, and {known[name]!r} is asked for.'
                )
        folder = cls(path=path, asked=asked, seed=seed or 0, schema=schema)
        if told is None or not problems:
            problems += folder._strangers(begun=told is not None)
        if problems:
            raise SamplingError(
                f'{path} holds something else; name another folder, or clear it yourself: nothing '
                f'in it was touched.\n{listed(problems, "the folder")}'
            )
        folder._clear()
        if told is None:
            seed = fresh_seed() if seed is None else seed
            try:
                claim(path / MANIFEST, json.dumps({**asked, 'random_state': seed}, indent=2) + '\n')
            except FileExistsError:
                return cls.opened(path, asked, schema, random_state, fresh_seed)
        assert seed is not None
        return cls(path=path, asked=asked, seed=seed, schema=schema)

    @property
    def parts(self) -> int:
        """How many parts the table has."""
        return max(1, -(-int(self.asked['num_rows']) // int(self.asked['batch_size'])))

    def file(self, part: int) -> Path:
        """The file of a part; names sort as numbers do."""
        width = max(5, len(str(self.parts - 1)))
        return self.path / f'part-{part:0{width}d}.parquet'

    def rows(self, part: int) -> int:
        """Rows of a part."""
        size = int(self.asked['batch_size'])
        return min(size, int(self.asked['num_rows']) - part * size)

    def missing(self) -> list[int]:
        """Numbers of the parts that are not there."""
        return [part for part in range(self.parts) if not self.file(part).exists()]

    def write(self, part: int, made: Tables) -> None:
        """Write a part, whole or not at all.

        Raises:
            SamplingError: If a value does not fit its column's type, with the part's number; or if
                the folder is not seen from here as it was begun.
            OSError: If it cannot be written.
        """
        if not self.begun_here():
            raise SamplingError(
                f'{self.path} is not seen from here as it was begun: another table was begun '
                'there, it was cleared, or it is not shared with this machine. Name a folder that '
                'is for this table alone, and that all machines see.'
            )
        (table,) = made.values()
        try:
            arrow = arrow_table(table, self.schema)
        except SamplingError as error:
            raise SamplingError(f'Part {part} cannot be written: {error}.') from error
        marked = {**(self.schema.metadata or {}), MARK: self._mark(part)}
        with landing(self.file(part)) as temporary:
            pq.write_table(arrow.replace_schema_metadata(marked), temporary)

    def begun_here(self) -> bool:
        """Whether this process sees the folder as it was begun."""
        told, problems = _read(self.path / MANIFEST)
        return not problems and told == {**self.asked, 'random_state': self.seed}

    def finished(self, made: int) -> ParquetSample:
        """What is in the folder, when all parts are there.

        Raises:
            SamplingError: If some are not, or are of another table.
        """
        self._clear()
        missing = self.missing()
        if missing:
            raise SamplingError(
                f'{len(missing)} of {self.parts} parts are not in {self.path}, the first of them '
                f'{missing[0]}; call again to make them.'
            )
        problems = (
            []
            if self.begun_here()
            else [f"'{MANIFEST}' is of another table by now: name a folder of its own."]
        )
        for part in range(self.parts):
            problems += self._damage(self.file(part), part)
        if problems:
            raise SamplingError(listed(problems[:10], str(self.path)))
        return ParquetSample(
            folder=self.path,
            files=tuple(self.file(part) for part in range(self.parts)),
            num_rows=int(self.asked['num_rows']),
            random_state=self.seed,
            made=made,
        )

    def _left_over(self) -> set[Path]:
        """Files that a process had not finished when it was killed."""
        return {path for pattern in _LEFT_OVER for path in self.path.glob(pattern)}

    def _clear(self) -> None:
        for path in self._left_over():
            with contextlib.suppress(FileNotFoundError):  # its own process has put it in its place
                if time.time() - path.stat().st_mtime > QUIET:
                    path.unlink()

    def _mark(self, part: int) -> bytes:
        table = fingerprint({**self.asked, 'random_state': self.seed})
        return json.dumps({'table': table, 'part': part}).encode()

    def _strangers(self, begun: bool) -> list[str]:
        """What is in the folder that does not belong to the table.

        Hidden files are no part of it for readers of Parquet either; file systems of networks have
        some of their own.
        """
        parts = {self.file(part): part for part in range(self.parts)} if begun else {}
        problems = []
        for path in sorted(self.path.iterdir()):
            if path in parts:
                problems += self._damage(path, parts[path])
            elif path.name != MANIFEST and not path.name.startswith('.'):
                problems.append(f"'{path.name}' is not of this table.")
        return problems if len(problems) <= 10 else [*problems[:10], 'And so on.']

    def _damage(self, path: Path, part: int) -> list[str]:
        try:
            found = pq.read_metadata(path)
        except (OSError, pa.ArrowException) as error:
            return [f"'{path.name}' is damaged ({error}); delete it to have it made again."]
        if (found.metadata or {}).get(MARK) != self._mark(part) or found.num_rows != self.rows(
            part
        ):
            return [f"'{path.name}' is not this part of this table."]
        return []


def _read(path: Path) -> tuple[dict[str, Any] | None, list[str]]:
    """A manifest, None if there is none that can be read; and what is wrong with it."""
    try:
        text = claimed(path)
        told = json.loads(text) if text else None
    except FileNotFoundError:
        return None, []
    except ValueError as error:
        return None, [f"'{path.name}' is damaged: {error}."]
    if not text:
        return None, [
            f"'{path.name}' is empty: the call that began the folder was stopped in that moment. "
            'Delete the file, and call again.'
        ]
    if not isinstance(told, dict) or told.get('format') != FORMAT or 'random_state' not in told:
        return None, [f"'{path.name}' is not of a table in parts that this version can go on with."]
    return told, []


__all__ = ['ParquetSample', 'PartFolder', 'asked_of']
