"""The report on synthetic pictures: are they like the real ones, fair, and of any use?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from sdv_fair4free.images.grids import picture_grids
from sdv_fair4free.images.measure import Measurement
from sdv_fair4free.images.question import (
    HELD_OUT,
    REAL,
    SYNTHETIC,
    TEACHER,
    read_question,
)
from sdv_fair4free.images.source import PictureSource
from sdv_fair4free.images.strips import Grid
from sdv_fair4free.options import drawing_from_teacher
from sdv_fair4free.pictures import Pictures


@dataclass(frozen=True, kw_only=True)
class ImageReport:
    """What was measured of synthetic pictures.

    Attributes:
        figures (pandas.DataFrame): One row for each figure: ``Figure``, its name; ``Of``, the
            sensitive column, crossing or group it is about; ``Rows``, what was judged or learnt
            from ('real', 'synthetic', 'teacher', 'real held out', 'constant classifier');
            ``Value``, NaN where there are too few rows; ``Best``; ``Meaning``; ``Note``.
        grids (tuple[Grid, ...]): Pictures to look at.
        notes (tuple[str, ...]): How it was measured, in sentences.
        settings (dict): What was asked: ``sensitive_columns``, ``target_column``, ``judged``
            (the classes whose parity counts), ``random_state`` and ``rows`` of each source.
    """

    figures: pd.DataFrame
    grids: tuple[Grid, ...] = field(repr=False)
    notes: tuple[str, ...] = field(repr=False)
    settings: dict[str, Any]

    def value(self, figure: str, rows: str = SYNTHETIC, of: str | None = None) -> float:
        """One figure.

        Args:
            figure (str): Its name.
            rows (str): The source.
            of (str or None): What it is about; None takes the crossing of all sensitive columns,
                for figures that are about one.

        Raises:
            KeyError: If there is no such figure.
        """
        found = self.figures[(self.figures['Figure'] == figure) & (self.figures['Rows'] == rows)]
        wanted = ('', self.settings['groupings'][-1]) if of is None else (of,)
        found = found[found['Of'].isin(wanted)]
        if found.empty:
            raise KeyError(f'there is no figure {figure!r} of {rows!r} about {of!r}')
        return float(found['Value'].iloc[-1])

    def get_visualization(self) -> go.Figure:
        """The accuracy of judges trained on each source, for everybody, minority and majority."""
        from sdv_fair4free.images.page import accuracy_bars

        return accuracy_bars(self)

    def to_html(self, path: str | Path) -> None:
        """Write one page that opens in any browser, without a network.

        Args:
            path (str or pathlib.Path): The file to write.
        """
        from sdv_fair4free.images.page import image_page

        Path(path).write_text(image_page(self), encoding='utf-8')


def evaluate_images(
    real: Pictures,
    synthetic: Pictures,
    holdout: Pictures,
    *,
    sensitive_columns: str | Sequence[str],
    target_column: str,
    metadata: Any = None,
    synthesizer: PictureSource | None = None,
    teacher: Pictures | None = None,
    favourable_outcome: Any = None,
    max_rows: int = 2000,
    random_state: int = 0,
) -> ImageReport:
    """Judge synthetic pictures by small classifiers trained in the run.

    Nothing is downloaded and no large network is used. All random numbers come from generators of
    their own: the same input gives the same figures on the same machine. Some minutes on two
    cores for 8 000 pictures of each source.

    Held-out pictures in which class and group are independent show best what bias costs; without
    such the accuracy of the minority still does.

    Args:
        real (Pictures): What the synthesizer has learnt from.
        synthetic (Pictures): The pictures to judge.
        holdout (Pictures): Real ones that it has not seen.
        sensitive_columns (str or sequence of str): The columns that name the groups. Numbers and
            dates of more than five values are cut at the quartiles of the real rows.
        target_column (str): The classes. Only numbers that the metadata call numerical are cut at
            their quartiles.
        metadata (sdv.metadata.Metadata, dict or None): Of the attribute table.
        synthesizer (PictureSource or None): The fitted one: then the latent is probed, and there
            are reconstructed and counterfactual pictures.
        teacher (Pictures or None): Pictures drawn from its teacher. None draws as many as there are
            synthetic ones, if the synthesizer has a student beside it; its next ``sample`` goes on
            from there.
        favourable_outcome (object): The one class whose parity counts; None judges each against
            the rest.
        max_rows (int): Most pictures of each source whose features are compared at a time, and of
            which the latent is probed; at least 20.
        random_state (int): Seed of judges and choices.

    Returns:
        ImageReport: Figures, pictures to look at, and the page.

    Raises:
        FairnessInputError: If the pictures cannot answer the question; the message lists every
            reason.
    """
    given = {REAL: real, HELD_OUT: holdout, SYNTHETIC: synthetic, TEACHER: teacher}
    asked = metadata, sensitive_columns, target_column, favourable_outcome, random_state, max_rows
    if teacher is None and synthesizer is not None:
        read_question(given, *asked)  # what is wrong is told before anything is drawn
        given[TEACHER] = _from_teacher(synthesizer, len(synthetic.images))
    question = read_question(given, *asked)
    measurement = Measurement(question, max_rows, random_state)
    measurement.likeness()
    measurement.labels()
    measurement.models()
    if synthesizer is not None:
        measurement.latents(synthesizer)
        measurement.sizes(synthesizer)
    return ImageReport(
        figures=measurement.figures(),
        grids=tuple(picture_grids(question, synthesizer, random_state)),
        notes=tuple(measurement.notes),
        settings={
            'sensitive_columns': question.sensitive_columns,
            'groupings': tuple(question.samples[REAL].groups),
            'target_column': question.target_column,
            'judged': question.judged,
            'random_state': random_state,
            'rows': {name: len(sample) for name, sample in question.samples.items()},
        },
    )


def _from_teacher(synthesizer: PictureSource, rows: int) -> Pictures | None:
    """Pictures of the teacher; None where it is what ``sample`` draws from anyway."""
    if 'student' not in synthesizer.get_info().get('generator_parameter_counts', {}):
        return None
    with drawing_from_teacher():
        return synthesizer.sample(rows)
