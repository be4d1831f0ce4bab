"""Pictures out of a fitted synthesizer: each row that SDV keeps is painted."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from sdv.errors import SamplingError
from sdv.sampling import Condition, DataFrameCondition

from sdv_fair4free.album import NUMBER, kept_in_album
from sdv_fair4free.images.intake import as_array, without
from sdv_fair4free.images.writing import FILE_NAME, ImageFolder
from sdv_fair4free.locks import alone
from sdv_fair4free.pictures import Pictures
from sdv_fair4free.synthesizer import Fair4FreeSynthesizer
from sdv_fair4free.validation import as_list, listed, whole_problems

SAVED_AT_ONCE = 1024
"""Pictures drawn and written at a time, so that memory does not grow with their number."""


class PictureSamplingMixin(Fair4FreeSynthesizer):
    """Sampling of :class:`~sdv_fair4free.Fair4FreeImageSynthesizer`."""

    image_column: str
    _image_place: int | None
    _first_row: int = 0  # of a part: rows come before it

    @alone
    def sample(  # type: ignore[override] # pictures come with the tables
        self,
        num_rows: int,
        main_table_name: str | None = None,
        max_tries_per_batch: int = 100,
        batch_size: int | None = None,
        output_folder_path: str | None = None,
        fairness_strength: float | None = None,
        sensitive_distribution: Mapping[Any, float] | pd.DataFrame | str | None = None,
    ) -> Pictures:
        """Sample pictures with their attributes: ``data, images = synthesizer.sample(100)``.

        Args:
            num_rows: How many.
            main_table_name: As in SDV.
            max_tries_per_batch: As in SDV.
            batch_size: As in SDV; None, all at once, is fastest.
            output_folder_path: None; SDV would write attributes alone, see :meth:`save_images`.
            fairness_strength: From 0 (pictures as they are) to 1; None takes the synthesizer's.
            sensitive_distribution: Who is wanted, see :meth:`Fair4FreeSynthesizer.sample`.

        Returns:
            The table of attributes under its name, and the pictures, row for row. To write them to
            files, see :meth:`save_images`.

        Raises:
            SamplingError: If it is not fitted, or an argument cannot be honoured.
        """
        _refuse_folder(output_folder_path)
        return self._painted(
            lambda: super(PictureSamplingMixin, self).sample(
                num_rows,
                main_table_name=main_table_name,
                max_tries_per_batch=max_tries_per_batch,
                batch_size=batch_size,
                fairness_strength=fairness_strength,
                sensitive_distribution=sensitive_distribution,
            )
        )

    @alone
    def sample_from_conditions(  # type: ignore[override] # pictures come with the tables
        self,
        conditions: Sequence[Condition | DataFrameCondition],
        max_tries_per_batch: int = 100,
        batch_size: int | None = None,
        output_folder_path: str | None = None,
        fairness_strength: float | None = None,
    ) -> Pictures:
        """Sample pictures whose attributes are those asked for.

        Args:
            conditions: See :meth:`Fair4FreeSynthesizer.sample_from_conditions`, as for all.
            max_tries_per_batch: See there.
            batch_size: See there.
            output_folder_path: None, as in :meth:`sample`.
            fairness_strength: See there.

        Returns:
            As :meth:`sample`.

        Raises:
            SamplingError: If it is not fitted, or an argument cannot be honoured.
            ValueError: If a column is unknown or the primary key, or no row can be made.
            ConstraintNotMetError: If conditions contradict a constraint.
        """
        _refuse_folder(output_folder_path)
        return self._painted(
            lambda: super(PictureSamplingMixin, self).sample_from_conditions(
                conditions, max_tries_per_batch, batch_size, fairness_strength=fairness_strength
            )
        )

    @alone
    def sample_remaining_columns(  # type: ignore[override] # pictures come with the tables
        self,
        known_columns: pd.DataFrame,
        max_tries_per_batch: int = 100,
        batch_size: int | None = None,
        output_folder_path: str | None = None,
        fairness_strength: float | None = None,
    ) -> Pictures:
        """Sample the other attributes, and the pictures, of rows of which some are known.

        Args:
            known_columns: See :meth:`Fair4FreeSynthesizer.sample_remaining_columns`, as for all.
            max_tries_per_batch: See there.
            batch_size: See there.
            output_folder_path: None, as in :meth:`sample`.
            fairness_strength: See there.

        Returns:
            As :meth:`sample`; the table has the index of ``known_columns``.

        Raises:
            SamplingError: If it is not fitted.
            ValueError: As :meth:`sample_from_conditions`.
            ConstraintNotMetError: If known columns contradict a constraint.
        """
        _refuse_folder(output_folder_path)
        known = without({self._table_name: known_columns}, self.image_column)[self._table_name]
        return self._painted(
            lambda: super(PictureSamplingMixin, self).sample_remaining_columns(
                known, max_tries_per_batch, batch_size, fairness_strength=fairness_strength
            )
        )

    def save_images(
        self,
        folder: str | os.PathLike[str],
        pictures: Pictures | None = None,
        *,
        num_rows: int | None = None,
        fairness_strength: float | None = None,
        by: str | None = None,
    ) -> pd.DataFrame:
        """Write pictures to PNG files, with a CSV of their attributes beside them.

        Args:
            folder: Where to; it must be empty, if it is there. It appears whole or not at all.
            pictures: What :meth:`sample` returned; None samples anew, a part at a time.
            num_rows: How many are sampled; None for as many as it was fitted to.
            fairness_strength: With which they are; None takes the synthesizer's.
            by: Column whose values become folders, as torchvision's ``ImageFolder`` reads them;
                None for the target, or for one folder if there is none, or if there are several.

        Returns:
            The attributes as written to ``metadata.csv``, ``file_name`` first.

        Raises:
            ImageError: If the folder is not empty, or there is no such column.
            ImportError: If Pillow is not installed; it says how to.
            SamplingError: If it is not fitted.
        """
        problems = whole_problems('num_rows', num_rows, 0)
        if pictures is not None and (num_rows is not None or fairness_strength is not None):
            problems.append('num_rows and fairness_strength are for sampling: leave out pictures.')
        if problems:
            raise ValueError(listed(problems, 'the arguments of save_images'))
        targets = as_list(self.target_column)
        if by is None and len(targets) == 1:
            (by,) = targets
            given = getattr(self, '_original_columns', ())
            by = next((name for name in given if str(name) == by), by)  # whole numbers stay such
        with ImageFolder(folder, by=by) as written:
            if pictures is not None:
                written.add(self._without_names(pictures))
            else:
                self._validate_fit_before_sample()
                left = self._model.rows if num_rows is None else num_rows
                while left > 0:
                    count = min(left, SAVED_AT_ONCE)
                    part = self.sample(count, fairness_strength=fairness_strength)
                    written.add(self._without_names(part))
                    left -= count
        return written.table

    def _parquet_problems(self) -> list[str]:
        return [
            'pictures are not written to Parquet; use save_images(folder), or sample_batches and '
            'write each part as you like.'
        ]

    def _painted(self, sample: Callable[[], dict[str, pd.DataFrame]]) -> Pictures:
        """What a call of the base class samples, with its pictures."""
        columns: pd.Index[Any] = getattr(self, '_original_columns', pd.Index([]))
        self._original_columns = pd.Index([])
        try:  # SDV would give the names of these columns to one more, that of the numbers
            with kept_in_album() as album:
                ((name, table),) = sample().items()
        finally:
            self._original_columns = columns
        shape = self._model.generator.schema.picture
        assert shape is not None
        images = np.empty((0, shape.height, shape.width, shape.channels), dtype=np.uint8)
        if NUMBER in table and len(table):
            images = as_array(album.paint(table[NUMBER].to_numpy()))
        table = table.drop(columns=NUMBER, errors='ignore')
        if len(columns):
            table.columns = columns
        if self._image_place is not None:
            numbers = range(self._first_row, self._first_row + len(table))
            files = [f'{number:06d}.png' for number in numbers]
            names = pd.Series(files, table.index, dtype=object)
            table.insert(self._image_place, self.image_column, names)
        return Pictures({name: table}, images)

    def _without_names(self, pictures: Pictures) -> Pictures:
        """The same without the names of files, which are given where they are written."""
        drop = {*([self.image_column] if self._image_place is not None else []), FILE_NAME}
        return Pictures(
            {
                name: table.drop(columns=[column for column in table if column in drop])
                for name, table in pictures.data.items()
            },
            pictures.images,
        )


def _refuse_folder(output_folder_path: str | None) -> None:
    """Refuse what would write attributes without their pictures.

    Raises:
        SamplingError: If a folder is named.
    """
    if output_folder_path is not None:
        raise SamplingError(
            f'output_folder_path={output_folder_path!r} would write attributes without pictures; '
            'use save_images(folder).'
        )
