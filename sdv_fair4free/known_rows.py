"""Rows of which something is known, drawn until all that can be made are."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from tqdm import tqdm

from sdv_fair4free.conditions import Conditions, conditions_of
from sdv_fair4free.core.evidence import Evidence

if TYPE_CHECKING:
    from sdv_fair4free.sampling import SamplingMixin

Places = NDArray[np.int64]
MOST_COPIES = 1024
"""Rows drawn in one attempt at what must turn up, where few rows are left; or ten for each."""
MOST_REASONS = 10


class KnownRows:
    """What is asked for, and how it is drawn.

    Args:
        synthesizer: Fitted.
        tables: What is known, a table for each choice of columns.
        batch_size: Rows drawn at a time; None draws all at once.

    Raises:
        ConstraintNotMetError: If what is known contradicts a constraint.
    """

    def __init__(
        self, synthesizer: SamplingMixin, tables: Sequence[pd.DataFrame], batch_size: int | None
    ) -> None:
        self._synthesizer, self._batch_size = synthesizer, batch_size
        model = synthesizer._model
        transformers = synthesizer._data_processor._hyper_transformer.field_transformers
        self._parts = [
            conditions_of(
                table,
                model.encoding,
                transformers,
                synthesizer._chained_constraints,
                synthesizer._original_metadata,
            )
            for table in tables
        ]
        self._evidence = Evidence.joined([part.evidence for part in self._parts])
        sizes = [len(table) for table in tables]
        self._part = np.repeat(np.arange(len(tables)), sizes)
        self._place = np.concatenate([np.arange(0), *map(np.arange, sizes)])
        none = np.empty(0, dtype=bool)
        self._possible = np.concatenate([none, *(part.possible for part in self._parts)])
        self._exists = model.can_be(self._evidence)

    def drawn(self, most_tries: int) -> pd.DataFrame:
        """The rows that can be made; their index says which of those asked for each is.

        Args:
            most_tries: Attempts at what must turn up.

        Raises:
            ValueError: If there are rows to make, and none can be made.
        """
        made: list[pd.DataFrame] = []
        left = np.flatnonzero(self._possible & self._exists)
        copies, asked = 1, len(self._part)
        with tqdm(total=asked, desc='Sample', disable=not self._synthesizer.verbose) as bar:
            for _ in range(most_tries):
                if not len(left):
                    break
                attempts = [self._synthesizer._no_rows(), *self._attempts(np.repeat(left, copies))]
                found = pd.concat(attempts[1:] or attempts)
                found = found[~found.index.duplicated()]
                made.append(found)
                bar.update(len(found))
                still = left[~np.isin(left, found.index)]
                wanted = np.ceil(copies * len(left) / max(len(found), 1))
                left = still
                copies = int(max(1, min(wanted, max(MOST_COPIES // max(len(left), 1), 10))))
        if len(left) or not self._possible.all() or not self._exists.all():
            self._complain(asked - sum(map(len, made)), len(left), most_tries)
        return pd.concat(made).sort_index() if made else self._synthesizer._no_rows()

    def _attempts(self, places: Places) -> Iterator[pd.DataFrame]:
        """Rows that are as known, in batches; their index says which of those asked for."""
        size = self._batch_size or max(len(places), 1)
        for start in range(0, len(places), size):
            batch = places[start : start + size]
            table = self._decoded(self._evidence[torch.from_numpy(batch)])
            batch = batch[table.index]
            for number in np.unique(self._part[batch]):
                mine = np.flatnonzero(self._part[batch] == number)
                yield self._as_known(self._parts[number], table.iloc[mine], batch[mine])

    def _as_known(self, part: Conditions, table: pd.DataFrame, places: Places) -> pd.DataFrame:
        within = self._place[places]
        met = part.met(table, within)
        table = part.pasted(table[met], within[met]).set_axis(places[met])
        constraints = [
            *self._synthesizer._chained_constraints,
            *self._synthesizer._reject_sampling_constraints,
        ]
        for constraint in constraints:  # what was pasted may miss them by a rounding
            table = table[constraint.is_valid(table)]
        return table

    def _decoded(self, evidence: Evidence) -> pd.DataFrame:
        processed = self._synthesizer._sample_evidence(evidence)
        table = self._synthesizer._data_processor.reverse_transform(processed)
        decoded: pd.DataFrame = self._synthesizer.reverse_transform_constraints(table)
        return decoded

    def _complain(self, missing: int, unlucky: int, most_tries: int) -> None:
        """Say which rows are not made, and why.

        Raises:
            ValueError: If none are.
        """
        reasons = list(dict.fromkeys(reason for part in self._parts for reason in part.reasons))
        if not self._exists.all():
            reasons.append('No real row has these sensitive values together.')
        if unlucky:
            names = sorted({name for part in self._parts for name in part.matched})
            reasons.append(
                f'For {unlucky} rows the values of {", ".join(names)} did not turn up in '
                f'{most_tries} tries; a larger max_tries_per_batch tries longer.'
            )
        told = ''.join(f'\n  - {reason}' for reason in reasons[:MOST_REASONS])
        if len(reasons) > MOST_REASONS:
            told += f'\n  - and {len(reasons) - MOST_REASONS} more.'
        asked = len(self._part)
        if missing == asked:
            raise ValueError(f'Unable to sample any rows for the given conditions:{told}')
        warnings.warn(
            f'{missing:,} of {asked:,} rows could not be made, and are left out:{told}',
            stacklevel=6,  # of the call of the user
        )
