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

from sdv_fair4free.core.representation import Representation
from sdv_fair4free.core.rows import Rows
from sdv_fair4free.images.checks import some
from sdv_fair4free.images.intake import as_array, as_tensor, read_pictures
from sdv_fair4free.images.pictures import Pictures
from sdv_fair4free.labels import LookedUp
from sdv_fair4free.locks import alone
from sdv_fair4free.options import current
from sdv_fair4free.synthesizer import Fair4FreeSynthesizer
from sdv_fair4free.validation import as_list, listed, whole_problems

Data = Mapping[str, pd.DataFrame]


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
        tables, read = read_pictures(self, data, images, checked=False)  # type: ignore[arg-type]
        assert read is not None
        (table,) = self._with_names_as_text(tables).values()
        columns = self._original_metadata.tables[self._table_name].columns
        problems = [f"column '{name}' is missing." for name in columns if name not in table]
        problems += self._unseen(table)
        if problems:
            raise InvalidDataError(problems)
        processed = self._data_processor.transform(self._validate_transform_constraints(table))
        rows = self._model.encoding.rows(processed.reset_index(drop=True))
        return replace(rows, pictures=as_tensor(read))

    def _unseen(self, table: pd.DataFrame) -> list[str]:
        """What is wrong with categories, to which RDT would give a label at random."""
        problems = []
        for name, transformer in self._data_processor._hyper_transformer.field_transformers.items():
            if isinstance(transformer, LookedUp) and name in table:
                known = [*transformer.categories_to_values]
                unseen = table.loc[table[name].notna() & ~table[name].isin(known), name].unique()
                if len(unseen):
                    told = f'has values that were not there at the fit: {some(unseen)}.'
                    problems.append(f"column '{name}' {told}")
        return problems
