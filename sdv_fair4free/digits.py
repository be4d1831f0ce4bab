"""Many tokens of one number, told in two steps: which run of neighbours, and which of the run.

A network that tells n tokens apart computes n logits for every row that is learnt or drawn; for two
columns of about sqrt(n) tokens each, the second drawn given the first, it computes a small part of
that (a hierarchical softmax of two levels: Goodman 2001). Nothing is lost: every distribution of n
tokens is one of runs, times one of places given the run.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from sdv_fair4free.core.evidence import Known
from sdv_fair4free.core.layout import scale_features

FEWEST = 33
"""Tokens from which on two steps cost less than one."""
MOST_COLUMNS = 64
"""Columns that networks are told at the most for the sake of two steps: each asks for a hidden unit
of its own, and small students are to stay small."""

Codes = NDArray[np.integer]


@dataclass(frozen=True, kw_only=True)
class Digits:
    """Codes of one column as a run and a place in it; missing values are a run of their own.

    Attributes:
        values: Codes of values, in the order of their scale.
        has_missing: Whether one more stands for missing values.

    Example:
        Of nine codes three runs of three places, and a run for missing values:

        >>> digits = Digits(values=9, has_missing=True)
        >>> digits.sizes
        (4, 3)
        >>> digits.parts(np.array([0, 5, 9])).tolist()
        [[0, 0], [1, 2], [3, 0]]
        >>> digits.whole(np.array([[1, 2], [3, 0]])).tolist()
        [5, 9]
    """

    values: int
    has_missing: bool

    @property
    def sizes(self) -> tuple[int, int]:
        """Runs, the one for missing values included; and places of the longest run."""
        runs = self._starts.size - 1
        return runs + int(self.has_missing), int(np.diff(self._starts).max())

    @cached_property
    def _starts(self) -> NDArray[np.int64]:
        """First code of each run of values, and the end: runs differ by one in length at most."""
        runs = round(self.values**0.5)
        starts: NDArray[np.int64] = np.arange(runs + 1) * self.values // runs
        return starts

    @cached_property
    def _code(self) -> NDArray[np.int64]:
        """(runs, places) the code of each."""
        starts, lengths = self._starts, np.append(np.diff(self._starts), 1)[: self.sizes[0]]
        places = np.arange(self.sizes[1])
        codes: NDArray[np.int64] = starts[: self.sizes[0], None] + np.minimum(
            places, lengths[:, None] - 1
        )
        return codes

    def parts(self, codes: Codes) -> NDArray[np.int64]:
        """(rows, 2) runs and places of (rows,) codes."""
        run = np.searchsorted(self._starts[1:], codes, side='right')
        return np.stack([run, codes - self._starts[run]], axis=1)

    def whole(self, parts: Codes) -> NDArray[np.int64]:
        """(rows,) codes of (rows, 2) runs and places; a place beyond its run counts as its last."""
        codes: NDArray[np.int64] = self._code[parts[:, 0], parts[:, 1]]
        return codes

    def features(self, spans: NDArray[np.float64]) -> tuple[Tensor, Tensor]:
        """What networks are told of runs, and of places; see :func:`scale_features`.

        Args:
            spans: (codes, 2) where each begins and ends on its scale.
        """
        first, last = self._starts[:-1], self._starts[1:] - 1
        runs = np.stack([spans[first, 0], spans[last, 1]], axis=1)
        missing = np.full((int(self.has_missing), 2), np.nan)
        steps = np.arange(self.sizes[1] + 1) / self.sizes[1]
        places = np.stack([steps[:-1], steps[1:]], axis=1)
        told = [np.concatenate([runs, missing]), places]
        return tuple(scale_features(torch.from_numpy(ends).float()) for ends in told)  # type: ignore[return-value]

    def known(self, column: Known) -> tuple[Known, Known]:
        """What is known of runs, and of places, where each row knows one code or nothing."""
        assert bool((column.sets[1:].sum(1) == 1).all()), 'one code, or nothing'
        told = torch.from_numpy(self.parts(column.sets.int().argmax(1).numpy()))
        told[0] = -1
        run, place = (
            Known.of_codes(of_set[column.of_row], size)
            for of_set, size in zip(told.unbind(1), self.sizes, strict=True)
        )
        return run, replace(place, positions=column.positions)
