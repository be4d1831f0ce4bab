"""Tables to measure on: the rows, their split, and what is asked of them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from sdv.metadata import Metadata


@dataclass(frozen=True, kw_only=True)
class Task:
    """A benchmark table and what is asked of it."""

    name: str
    train: pd.DataFrame
    test: pd.DataFrame
    metadata: Metadata
    target_column: str
    favourable: str
    sensitive_columns: tuple[str, ...]

    @property
    def sensitive_column(self) -> str:
        """The first: the one that the rows of the benchmark are judged by."""
        return self.sensitive_columns[0]

    @classmethod
    def load(cls, folder: Path) -> Task:
        """Read a folder with train.csv, test.csv, metadata.json and task.json."""
        described = json.loads((folder / 'task.json').read_text())
        metadata = Metadata.load_from_json(folder / 'metadata.json')
        name = described['table']
        text = metadata.get_column_names(table_name=name, sdtype='categorical')
        parts = [
            pd.read_csv(folder / f'{part}.csv', dtype=dict.fromkeys(text, str))
            for part in ('train', 'test')
        ]
        return cls(
            name=name,
            train=parts[0],
            test=parts[1],
            metadata=metadata,
            target_column=described['target_column'],
            # The benchmark judges decisions for the event that the task names.
            favourable=described['positive_label'],
            sensitive_columns=tuple(described['sensitive_columns']),
        )
