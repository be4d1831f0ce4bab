"""Tables, roles and settings, checked and read once: what every figure is computed from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from sdv_fair4free.metrics.bootstrap import Resampler
from sdv_fair4free.metrics.features import Kinds
from sdv_fair4free.metrics.groupings import Grouping


@dataclass(frozen=True, kw_only=True)
class Target:
    """The outcome that models predict.

    Attributes:
        name (str): The column.
        kind (str): 'binary', 'multiclass' or 'numeric'.
        classes (tuple[str, ...]): Labels by code; the favourable one of a binary target is last.
        judged (tuple[int, ...]): Codes of the classes that are judged, each against the rest.
        outcome (dict[str, numpy.ndarray]): By table: codes (-1 where missing), or numbers.
        scale (float): Standard deviation in the real table, of a numeric target; else 1.
    """

    name: str
    kind: str
    classes: tuple[str, ...]
    judged: tuple[int, ...]
    outcome: Mapping[str, np.ndarray]
    scale: float

    def known(self, table: str) -> np.ndarray:
        """Which rows of a table have an outcome."""
        values = self.outcome[table]
        return ~np.isnan(values) if self.kind == 'numeric' else values >= 0


@dataclass(frozen=True, kw_only=True)
class Case:
    """A checked question of fairness.

    Attributes:
        read (dict[str, pandas.DataFrame]): Features and sensitive columns of 'real', 'training'
            (the real rows models learn from), 'synthetic' and 'validation', as plain numbers and
            labels.
        kinds (dict): How each feature was read that models are given, in order.
        withheld (tuple): Columns that they are not given.
        target (Target): The outcome.
        groupings (dict[str, Grouping]): Sensitive columns, then crossings.
        sensitive (tuple): Sensitive columns.
        model (object or None): What is trained.
        settings (dict): ``bootstrap_samples``, ``confidence_level``, ``minimum_group_size``,
            ``random_state``.
        notes (list[str]): What the reader of the figures should know.
    """

    read: Mapping[str, pd.DataFrame]
    kinds: Kinds
    withheld: tuple[str, ...] = ()
    target: Target
    groupings: Mapping[str, Grouping]
    sensitive: tuple[str, ...]
    model: Any
    settings: Mapping[str, Any]
    notes: list[str] = field(default_factory=list)

    def note(self, sentence: str) -> None:
        """Add a note, once."""
        if sentence not in self.notes:
            self.notes.append(sentence)

    def resampler(self, rows: int) -> Resampler:
        """Bootstrap samples of that many rows; the same for every figure of the same rows."""
        return Resampler(rows, self.settings['bootstrap_samples'], self.settings['random_state'])
