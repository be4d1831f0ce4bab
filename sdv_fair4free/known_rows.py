"""Rows of which something is known, drawn until all that can be made are."""

from __future__ import annotations

import copy
import logging
import warnings
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from tqdm import tqdm

from sdv_fair4free.conditions import conditions_of
from sdv_fair4free.core.evidence import Evidence
from sdv_fair4free.known_values import OURS

if TYPE_CHECKING:
    from sdv_fair4free.sampling import SamplingMixin

LOGGER = logging.getLogger(__name__)
Places = NDArray[np.int64]
MOST_COPIES = 1024
"""Rows drawn in one attempt at what must turn up, where few rows are left; or ten for each."""
MOST_REASONS = 10
_PLACE = '\0place'
"""A column that no table has."""


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
        processor = synthesizer._data_processor
        self._constraints = [
            *synthesizer._chained_constraints,
            *synthesizer._reject_sampling_constraints,
        ]
        self._parts = [
            conditions_of(
                table,
                model.encoding,
                processor._hyper_transformer.field_transformers,
                synthesizer._chained_constraints,
                synthesizer._original_metadata,
                self._types(),
            )
            for table in tables
        ]
        evidence = Evidence.joined([part.evidence for part in self._parts])
        self._source = synthesizer._given(evidence)
        sizes = [len(table) for table in tables]
        self._part = np.repeat(np.arange(len(tables)), sizes)
        self._place = np.concatenate([np.arange(0), *map(np.arange, sizes)])
        none = np.empty(0, dtype=bool)
        self._possible = np.concatenate([none, *(part.possible for part in self._parts)])
        self._exists = self._source.possible()

    def _types(self) -> dict[str, Any]:
        """Types of the columns, those that a constraint has replaced among them."""
        types = dict(self._synthesizer._data_processor._dtypes)
        for constraint in self._synthesizer._chained_constraints:
            for of_table in getattr(constraint, '_dtypes', {}).values():
                types = {**of_table, **types}
        return types

    def drawn(self, most_tries: int) -> pd.DataFrame:
        """The rows that can be made; their index says which of those asked for each is.

        Args:
            most_tries: Attempts at what must turn up.

        Raises:
            ValueError: If there are rows to make, and none can be made.
        """
        kept: list[pd.DataFrame] = []
        left = np.flatnonzero(self._possible & self._exists)
        copies, asked = 1, len(self._part)
        with tqdm(total=asked, desc='Sample', disable=not self._synthesizer.verbose) as bar:
            for _ in range(most_tries):
                if not len(left):
                    break
                found = pd.concat(list(self._attempts(np.repeat(left, copies))))
                found = found[~found.index.duplicated()]
                kept.append(found)
                bar.update(len(found))
                wanted = np.ceil(copies * len(left) / max(len(found), 1))
                left = left[~np.isin(left, found.index)]
                copies = int(max(1, min(wanted, max(MOST_COPIES // max(len(left), 1), 10))))
        found_in_all = sum(map(len, kept))
        if self._source.doubtful:
            LOGGER.info(
                'Of %d rows so much is known that is rare together that their other columns are '
                'only roughly drawn.',
                self._source.doubtful,
            )
        if found_in_all < asked:
            self._complain(asked - found_in_all, len(left), most_tries)
        if not found_in_all:
            return self._synthesizer._no_rows()
        processed = pd.concat(kept).sort_index()
        places = processed.index.to_numpy()
        # Once all are found: keys and personal data are made for rows that are kept.
        table = self._decoded(processed.reset_index(drop=True), self._synthesizer._data_processor)
        table = table.set_axis(places[table.index])
        return pd.concat([self._pasted(rows, number) for number, rows in self._by_part(table)])

    def _attempts(self, places: Places) -> Iterator[pd.DataFrame]:
        """Processed rows that are as known, in batches; their index says for which they are."""
        size = self._batch_size or max(len(places), 1)
        judged = bool(self._constraints) or any(part.matched for part in self._parts)
        # A copy, whose keys and personal data nobody misses, tells how rows will look.
        trial = copy.deepcopy(self._synthesizer._data_processor) if judged else None
        for start in range(0, len(places), size):
            batch = places[start : start + size]
            processed = self._source.sample(batch)
            fit = np.ones(len(batch), dtype=bool)
            if trial is not None:
                with warnings.catch_warnings():
                    # Rows that are kept get other keys: that these run out is nobody's worry.
                    warnings.filterwarnings('ignore', 'The regex for .* can only generate')
                    table = self._decoded(processed, trial)
                fit[:] = False
                fit[self._fitting(table, batch)] = True
            yield processed[fit].set_axis(batch[fit])

    def _fitting(self, table: pd.DataFrame, batch: Places) -> Places:
        """Which rows of a batch are as known, and still meet the constraints when that is put in.

        Args:
            table: Rows decoded; their index says which of the batch.
            batch: For which of the rows asked for each is.
        """
        table = table.assign(**{_PLACE: table.index}).set_axis(batch[table.index])
        found = []
        for number, rows in self._by_part(table):
            within = self._place[rows.index.to_numpy()]
            rows = rows[self._parts[number].met(rows, within)]
            places = rows.pop(_PLACE).to_numpy()
            rows = self._pasted(rows, number).reset_index(drop=True)
            for constraint in self._constraints:  # what was put in may miss them by a rounding
                rows = rows[constraint.is_valid(rows)]
            found.append(places[rows.index])
        return np.concatenate([np.arange(0), *found])

    def _by_part(self, table: pd.DataFrame) -> Iterator[tuple[int, pd.DataFrame]]:
        """The rows of each table of what is known."""
        part = self._part[table.index.to_numpy()]
        for number in np.unique(part).tolist():
            yield number, table[part == number]

    def _pasted(self, table: pd.DataFrame, number: int) -> pd.DataFrame:
        return self._parts[number].pasted(table, self._place[table.index.to_numpy()])

    def _decoded(self, processed: pd.DataFrame, processor: Any) -> pd.DataFrame:
        table = processor.reverse_transform(processed)
        decoded: pd.DataFrame = self._synthesizer.reverse_transform_constraints(table)
        return decoded

    def _makers(self, names: Sequence[str]) -> str:
        """Which columns are made by transformers that are not ours, for a message; or nothing."""
        processor = self._synthesizer._data_processor
        transformers = processor._hyper_transformer.field_transformers
        told = [
            f"{type(transformers[name]).__name__} can make them in '{name}'"
            for name in names
            if transformers.get(name) is not None and not isinstance(transformers[name], OURS)
        ]
        return f', but helps only if {" and ".join(told)}' if told else ''

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
                f'{most_tries} tries; a larger max_tries_per_batch tries longer'
                f'{self._makers(names)}.'
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
