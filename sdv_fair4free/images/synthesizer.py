"""Fair4FreeImageSynthesizer: pictures with attributes in, pictures with attributes out."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sdv.errors import InvalidDataError
from sdv.metadata import Metadata

from sdv_fair4free.core.config import StudentConfig, TeacherConfig
from sdv_fair4free.core.rows import Rows
from sdv_fair4free.encoding import Encoding
from sdv_fair4free.handover.coarsening import Coarsening
from sdv_fair4free.images.intake import (
    NO_ATTRIBUTE,
    as_tensor,
    described_images,
    image_parameter_problems,
    read_pictures,
    without,
)
from sdv_fair4free.images.latents import Data, LatentsMixin
from sdv_fair4free.images.sampling import PictureSamplingMixin
from sdv_fair4free.lazy.table import refuse_lazy
from sdv_fair4free.pictures import Pictures
from sdv_fair4free.synthesizer import Fair4FreeSynthesizer

LATENT = TeacherConfig.for_pictures().latent


class Fair4FreeImageSynthesizer(PictureSamplingMixin, LatentsMixin, Fair4FreeSynthesizer):
    """Synthesize pictures with attributes, of which the target does not depend on the sensitive.

    A convolutional teacher learns a latent of each picture that tells the target and is made
    independent of the sensitive columns, and paints from it and from them; a smaller student is
    distilled from it, by default without any data (Fair4Free, arXiv 2410.01423).

    Pictures come out as from a world in which the target does not depend on the sensitive columns:
    what is seldom seen together in the real pictures is painted as often as anything else. (In
    tables without pictures the other columns stay as they are among each group; where nearly all
    pictures of a group show one outcome, that would leave nobody to learn the others from.) Where
    there is a target, every criterion is therefore learnt under weights that make it independent of
    the sensitive columns, and presses the latent to be independent within each outcome;
    'equalized_odds' asks for nothing else, 'demographic_parity' for the latent as a whole too.

    What it does not promise: that a model trained on the pictures is exactly fair (measure it, with
    :func:`~sdv_fair4free.images.report.evaluate_images`), that pictures are as sharp as real ones,
    or that no picture resembles a real one.

    Args:
        metadata: Describes the table of attributes; one table. ``image_column`` may be among its
            columns, of any type, and is not learnt.
        enforce_min_max_values: As in :class:`~sdv_fair4free.Fair4FreeSynthesizer`, like all that
            follow up to ``checkpoint_dir``.
        enforce_rounding: See there.
        locales: See there.
        sensitive_columns: See there.
        target_column: See there.
        fairness_criterion: See there, and above.
        fairness_strength: See there: at 0 target and sensitive values go together nearly as in the
            real pictures; it acts on pictures as on the target.
        fairness_scope: 'target' paints the sensitive values; 'all' paints without knowing them, so
            that pictures do not show those of their rows, at no strength.
        favourable_outcome: See there.
        distillation: See there.
        epochs: See there.
        batch_size: See there.
        random_state: See there.
        enable_gpu: See there.
        verbose: See there.
        teacher: See there; None for :meth:`~sdv_fair4free.TeacherConfig.for_pictures`.
        student: See there; None for :meth:`~sdv_fair4free.StudentConfig.for_pictures`.
        checkpoint_dir: See there.
        image_column: The column of paths of files, where pictures are not given as an array; if the
            metadata describe it, it names the file of each picture in what is sampled.
        image_size: (height, width) to which files are cut and resized; None leaves them, and all
            must then have the same size.

    Raises:
        SynthesizerInputError: Listing every problem with the parameters at once.
    """

    def __init__(
        self,
        metadata: Metadata,
        enforce_min_max_values: bool = True,
        enforce_rounding: bool = True,
        locales: Sequence[str] | str = ('en_US',),
        sensitive_columns: Sequence[str] | str | None = None,
        target_column: Sequence[str] | str | None = None,
        fairness_criterion: str = 'demographic_parity',
        fairness_strength: float = 1.0,
        fairness_scope: str = 'target',
        favourable_outcome: Any = None,
        distillation: str | None = 'data_free',
        epochs: int | None = None,
        batch_size: int | None = None,
        random_state: int | None = 0,
        enable_gpu: bool = True,
        verbose: bool = False,
        teacher: TeacherConfig | None = None,
        student: StudentConfig | str | None = None,
        checkpoint_dir: str | os.PathLike[str] | None = None,
        image_column: str = 'image',
        image_size: tuple[int, int] | None = None,
    ) -> None:
        attributes, self._image_place = described_images(metadata, image_column)
        self.image_column, self.image_size = image_column, image_size
        self._images: NDArray[np.uint8] | None = None
        super().__init__(
            attributes,
            enforce_min_max_values=enforce_min_max_values,
            enforce_rounding=enforce_rounding,
            locales=locales,
            sensitive_columns=sensitive_columns,
            target_column=target_column,
            fairness_criterion=fairness_criterion,
            fairness_strength=fairness_strength,
            fairness_scope=fairness_scope,
            favourable_outcome=favourable_outcome,
            distillation=distillation,
            epochs=epochs,
            batch_size=batch_size,
            random_state=random_state,
            enable_gpu=enable_gpu,
            verbose=verbose,
            teacher=teacher,
            student=student,
            checkpoint_dir=checkpoint_dir,
        )

    def fit(self, data: Data | Pictures, images: NDArray[np.uint8] | None = None) -> None:
        """Fit it to pictures and their attributes, and forget any other.

        Args:
            data: The table of attributes, under its name; or attributes and pictures together, as
                :meth:`sample` returns them. It is left as it is.
            images: (rows, height, width, channels) uint8, of 1 channel (or none) or 3, sides of 8
                to 128; None reads the files that ``image_column`` names.

        Raises:
            InvalidDataError: Listing every problem of table and pictures at once.
            SynthesizerInputError: As :meth:`Fair4FreeSynthesizer.fit`.
        """
        refuse_lazy(data, 'Fair4FreeImageSynthesizer.fit')
        tables, self._images = read_pictures(self, data, images, check=self.validate)
        try:
            super().fit(tables)
        finally:
            self._images = None

    def preprocess(self, data: Data) -> dict[str, pd.DataFrame]:
        """Check attributes and transform them; pictures are given to :meth:`fit_processed_data`.

        Args:
            data: The table, under its name.
        """
        return super().preprocess(without(data, self.image_column))

    def fit_processed_data(
        self,
        processed_data: dict[str, pd.DataFrame],
        images: NDArray[np.uint8] | None = None,
    ) -> None:
        """Fit it to what :meth:`preprocess` returned, and the pictures of these rows.

        Args:
            processed_data: The transformed table, under its name.
            images: As in :meth:`fit`; there they are known already.

        Raises:
            InvalidDataError: If there are no such pictures, or nothing of the table is learnt.
        """
        if not any(len(table.columns) for table in processed_data.values()):
            raise InvalidDataError([f'no column of the table is learnt; {NO_ATTRIBUTE}'])
        given = self._images is None
        if given:
            _, self._images = read_pictures(self, processed_data, images)
        try:
            super().fit_processed_data(processed_data)
        finally:
            if given:
                self._images = None

    def validate(self, data: Data) -> None:
        """Check a table of attributes; see :meth:`Fair4FreeSynthesizer.validate`.

        Args:
            data: The table, under its name; files of pictures are not looked at.
        """
        super().validate(without(data, self.image_column))

    def auto_assign_transformers(self, data: Data) -> None:
        """Choose the transformers that :meth:`fit` will use.

        Args:
            data: As :meth:`fit` takes it.
        """
        super().auto_assign_transformers(without(data, self.image_column))

    # -- what the base class asks ------------------------------------------------------------

    def _own_problems(self) -> list[str]:
        roles = [self.sensitive_columns, self.target_column]
        return image_parameter_problems(self.image_column, self.image_size, roles)

    def _rows(self, encoding: Encoding, processed: pd.DataFrame) -> Rows:
        assert self._images is not None, 'fit has read them'
        return replace(super()._rows(encoding, processed), pictures=as_tensor(self._images))

    def _export(
        self,
        filepath: str | os.PathLike[str],
        kind: str,
        coarsening: Coarsening,
        data: Data | Pictures | None,
        holdout: Data | Pictures | None,
        canaries: Data | Pictures | None,
    ) -> dict[str, Any]:
        given = (self._with_pictures(tables) for tables in (data, holdout, canaries))
        return super()._export(filepath, kind, coarsening, *given)

    def _with_pictures(self, given: Any) -> Any:
        """Attributes with the pictures that they name, where there are any."""
        named = isinstance(given, Mapping) and any(
            isinstance(table, pd.DataFrame) and self.image_column in map(str, table)
            for table in given.values()
        )
        if not named and not isinstance(given, Pictures):
            return given
        tables, images = read_pictures(self, given, None)
        return tables if images is None else Pictures(tables, images)

    @staticmethod
    def _settings(
        teacher: TeacherConfig | None, student: StudentConfig | str | None
    ) -> tuple[TeacherConfig, StudentConfig]:
        teacher = TeacherConfig.for_pictures() if teacher is None else teacher
        if teacher.latent is None:  # else it would have as many as the targets ask for
            teacher = replace(teacher, latent=LATENT)
        return teacher, StudentConfig.of(student, pictures=True)


__all__ = ['Fair4FreeImageSynthesizer']
