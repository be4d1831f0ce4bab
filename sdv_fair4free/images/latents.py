"""What a fitted synthesizer sees in real pictures, and paints of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from sdv.errors import InvalidDataError, SamplingError, SynthesizerInputError
from sdv.single_table.base import FIXED_RNG_SEED

from sdv_fair4free.core.representation import Representation
from sdv_fair4free.core.rows import Rows
from sdv_fair4free.diagnosis import every_problem
from sdv_fair4free.handover.likelihood import coded_rows
from sdv_fair4free.images.intake import as_array, as_tensor, read_pictures
from sdv_fair4free.locks import alone
from sdv_fair4free.options import current
from sdv_fair4free.pictures import Pictures
from sdv_fair4free.synthesizer import Fair4FreeSynthesizer
from sdv_fair4free.table_checks import type_problems
from sdv_fair4free.validation import as_list, listed, whole_problems

Data = Mapping[str, pd.DataFrame]
"""The table of attributes by its name, as SDV takes it."""


class LatentsMixin(Fair4FreeSynthesizer):
    """Latents of :class:`~sdv_fair4free.Fair4FreeImageSynthesizer`."""

    def encode(
        self, data: Data | Pictures, images: NDArray[np.uint8] | None = None
    ) -> NDArray[np.float32]:
        """The latents of pictures: means of q(z | picture, x, s) of the teacher.

        Args:
            data: Attributes, as in ``fit``; all columns but targets are looked at.
            images: As in ``fit``.

        Returns:
            (rows, latent).

        Raises:
            InvalidDataError: Listing every problem of table and pictures at once.
            SamplingError: If it is not fitted.
            SynthesizerInputError: If there is no encoder: it is never handed over.
        """
        encoder, rows = self._encoder(), self._rows_of(data, images)
        latents: NDArray[np.float32] = encoder.encode(rows).numpy()
        return latents

    @torch.no_grad()
    def reconstruct(
        self, data: Data | Pictures, images: NDArray[np.uint8] | None = None
    ) -> NDArray[np.uint8]:
        """Pictures painted again from their latents, by the teacher.

        Args:
            data: As in :meth:`encode`.
            images: As there.

        Returns:
            (rows, height, width, channels).

        Raises:
            InvalidDataError: As there, like the others.
            SamplingError: See there.
            SynthesizerInputError: See there.
        """
        encoder, rows = self._encoder(), self._rows_of(data, images)
        return as_array(encoder.reconstruct(rows))

    @alone
    def counterfactuals(self, num_rows: int) -> tuple[pd.DataFrame, NDArray[np.uint8]]:
        """Pictures of the same latents with the sensitive values of every group.

        Args:
            num_rows: How many latents.

        Returns:
            The groups, a row for each crossing of sensitive categories; and (groups, rows, height,
            width, channels) pictures. Sensitive numbers are each row's own.

        Raises:
            SamplingError: If it is not fitted, or ``num_rows`` is no number of rows.
            SynthesizerInputError: If no sensitive column is one of categories.
        """
        self._validate_fit_before_sample()
        problems = whole_problems('num_rows', num_rows, 1, or_none=False)
        if problems:
            raise SamplingError(listed(problems, 'the arguments of counterfactuals'))
        source = self._model.taught() if current()[1] else self._model.generator
        layout, groups = source.schema.s, source.law.groups
        names = as_list(self.sensitive_columns)
        if not layout.categories:
            raise SynthesizerInputError(
                'counterfactuals need a sensitive column of categories: there are no groups.'
            )
        transformers = self._data_processor._hyper_transformer.field_transformers
        table: dict[str, Any] = {}
        for place, column in enumerate(layout.categories):
            known = transformers[names[column]].values_to_categories
            table[names[column]] = [known[code] for code in groups[:, place].tolist()]
        if not self._random_state_set:  # as where SDV samples: reset_sampling starts anew
            self._set_random_state(FIXED_RNG_SEED)
        drawn = source.draw(num_rows, self._model.noise)
        painted = []
        for group in groups:
            s = drawn.s.clone()
            s[:, list(layout.categories)] = group
            painted.append(as_array(source.paint(drawn.u, s, drawn.s_positions)))
        return pd.DataFrame(table), np.stack(painted)

    def _encoder(self) -> Representation:
        self._validate_fit_before_sample()
        encoder = self._model.representation
        if encoder is None:
            raise SynthesizerInputError(
                'This synthesizer has no encoder: one is never handed over. Encode where the '
                'teacher was fitted.'
            )
        return encoder

    @alone  # RDT's transformers use numpy's global random state
    def _rows_of(self, data: Data | Pictures, images: NDArray[np.uint8] | None) -> Rows:
        """Codes and pictures of real rows: any that have the columns, be they few or of one group.

        Raises:
            InvalidDataError: See :meth:`encode`.
        """
        picture = self._model.generator.schema.picture
        assert picture is not None
        tables, read = read_pictures(
            self,  # type: ignore[arg-type]
            data,
            images,
            check=self._check_rows,
            shape=(picture.height, picture.width, picture.channels),
        )
        if read is None:
            raise InvalidDataError(
                [f"data must be pictures, or one table: {{'{self._table_name}': DataFrame}}."]
            )
        self._check_rows(tables)
        (table,) = tables.values()
        coded = coded_rows(self, table.rename(columns=str))
        if coded.unknown:
            raise InvalidDataError(
                [
                    f"column '{name}' has {rows:,} rows with values that were not learnt."
                    for name, rows in coded.unknown.items()
                ]
            )
        return replace(coded.rows, pictures=as_tensor(read))

    def _check_rows(self, tables: Data) -> None:
        """Whether they are of the columns that were learnt; what is there to learn is no matter."""
        described = self._original_metadata
        columns = described.tables[self._table_name].columns
        problems = every_problem(
            {name: table.rename(columns=str) for name, table in tables.items()},
            described,
            [*self._chained_constraints, *self._reject_sampling_constraints],
            lambda table: type_problems(table, columns),
        )
        if problems:
            raise InvalidDataError(problems)
