"""What a report on pictures is asked, and its pictures with classes and groups in plain words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sdv_fair4free.evaluation import groupings
from sdv_fair4free.images.judge import picture_problems
from sdv_fair4free.metrics.checks import checked_names, described, raise_if
from sdv_fair4free.metrics.features import Columns, kinds_of, label_of, read_table
from sdv_fair4free.metrics.groupings import group_tables
from sdv_fair4free.pictures import Pictures
from sdv_fair4free.validation import nearest, whole_problems

REAL, HELD_OUT, SYNTHETIC, TEACHER = 'real', 'real held out', 'synthetic', 'teacher'
_ARGUMENTS = {REAL: 'real', HELD_OUT: 'holdout', SYNTHETIC: 'synthetic', TEACHER: 'teacher'}
_MOST_CLASSES = 200
_FEWEST_ROWS = 20


@dataclass(frozen=True, kw_only=True)
class Sample:
    """The pictures of one source, with what is known of them.

    Attributes:
        pictures (Pictures): As given, less rows without a target.
        classes (numpy.ndarray): (rows,) text.
        groups (dict[str, numpy.ndarray]): For each sensitive column and, of several, their crossing
            last: (rows,) text.
    """

    pictures: Pictures
    classes: NDArray[Any]
    groups: Mapping[str, NDArray[Any]]

    @property
    def crossed(self) -> NDArray[Any]:
        """(rows,) the group by all sensitive columns together."""
        *_, crossed = self.groups.values()
        return crossed

    def __len__(self) -> int:
        return len(self.classes)

    def taken(self, rows: NDArray[Any]) -> Sample:
        """Some of the rows, places or a mask."""
        return Sample(
            pictures=taken(self.pictures, rows),
            classes=self.classes[rows],
            groups={name: part[rows] for name, part in self.groups.items()},
        )


@dataclass(frozen=True, kw_only=True)
class Question:
    """Everything a report measures, read.

    Attributes:
        samples (dict[str, Sample]): By source; 'teacher' only if it was given.
        classes (tuple[str, ...]): All classes, in order.
        judged (tuple[str, ...]): Those whose parity counts: the favourable one, or all.
        sensitive_columns (tuple[str, ...]): Their names.
        target_column (str): Its name.
        notes (list[str]): What was cut or left out, in sentences.
    """

    samples: Mapping[str, Sample]
    classes: tuple[str, ...]
    judged: tuple[str, ...]
    sensitive_columns: tuple[str, ...]
    target_column: str
    notes: list[str]


def taken(pictures: Pictures, rows: NDArray[Any]) -> Pictures:
    """Some rows of pictures, places or a mask, numbered anew."""
    tables = {
        name: table.iloc[rows].reset_index(drop=True) for name, table in pictures.data.items()
    }
    return Pictures(tables, pictures.images[rows])


def read_question(
    given: Mapping[str, Pictures | None],
    metadata: Any,
    sensitive_columns: str | Sequence[str],
    target_column: str,
    favourable_outcome: Any,
    random_state: int,
    max_rows: int,
) -> Question:
    """Read all pictures alike.

    Args:
        given: From source to pictures; None where there are none.
        metadata: Of the attribute table, or None.
        sensitive_columns: The columns that name the groups.
        target_column: The classes.
        favourable_outcome: The one class whose parity counts; None for each against the rest.
        random_state: Seed.
        max_rows: Most rows to compare.

    Raises:
        FairnessInputError: If the pictures cannot answer the question, for every reason there is.
    """
    sensitive, problems = checked_names(sensitive_columns)
    columns, _, told = described(metadata, None)
    problems += told
    problems += whole_problems('random_state', random_state, 0, or_none=False)
    problems += whole_problems('max_rows', max_rows, _FEWEST_ROWS, or_none=False)
    if target_column in sensitive:
        problems.append(
            f"'{target_column}' is both target and sensitive: name another target, or drop it "
            'from sensitive_columns.'
        )
    pictures = {source: part for source, part in given.items() if part is not None}
    for source, part in pictures.items():
        problems += _sample_problems(_ARGUMENTS[source], part, [*sensitive, target_column])
    if not problems:
        shapes = {_ARGUMENTS[source]: part.images.shape[1:] for source, part in pictures.items()}
        if len(set(shapes.values())) > 1:
            said = ', '.join(f'{name} {shape}' for name, shape in shapes.items())
            problems.append(f'pictures are of different sizes ({said}); compare those of one size.')
    raise_if(problems)
    return _read(pictures, columns, sensitive, target_column, favourable_outcome)


def _sample_problems(name: str, pictures: Any, needed: Sequence[str]) -> list[str]:
    """What is wrong with the pictures of one source."""
    if not isinstance(pictures, tuple) or len(pictures) != 2:
        return [f'{name} is a {type(pictures).__name__}; give Pictures(data, images).']
    data, images = pictures
    if not isinstance(data, Mapping) or len(data) != 1:
        return [f'{name}.data must be a dict with the one table of attributes.']
    (table,) = data.values()
    problems = picture_problems(f'{name}.images', images)
    if not problems and len(images) != len(table):
        problems.append(
            f'{name} has {len(table)} rows and {len(images)} images; give one for each row.'
        )
    if len(table) < _FEWEST_ROWS:
        problems.append(f'{name} has {len(table)} rows; give at least {_FEWEST_ROWS}.')
    problems += [
        f"{name} has no column '{column}'.{nearest(column, table.columns)}"
        for column in needed
        if column not in table
    ]
    return problems


def _read(
    given: Mapping[str, Pictures],
    columns: Columns,
    sensitive: Sequence[str],
    target: str,
    favourable: Any,
) -> Question:
    """Classes and groups of every row, numbers of many values cut at the real quartiles."""
    # Codes of classes look like numbers, but are cut into quartiles only if the metadata say so.
    columns = {target: {'sdtype': 'categorical'}, **columns}
    raw = {source: pictures.table for source, pictures in given.items()}
    kinds = kinds_of([*raw.values()], [*sensitive, target], columns)
    read, notes = {}, []
    for source, table in raw.items():
        read[source], lost = read_table(table, kinds, columns)
        notes += [f'{source} rows: {note}' for note in lost]
    found, cuts = group_tables(raw, read, kinds, [*sensitive, target], intersections=False)
    notes += cuts
    words = {
        source: {
            name: np.array(grouping.labels, dtype=object)[grouping.codes[source]]
            for name, grouping in found.items()
        }
        for source in raw
    }
    missing = found[target].missing
    samples = {}
    for source, pictures in given.items():
        told = words[source]
        crossing = groupings(pd.DataFrame({name: told[name] for name in sensitive}))
        whole = Sample(
            pictures=pictures,
            classes=told[target],
            groups={name: part.to_numpy(object) for name, part in crossing.items()},
        )
        known = (
            np.ones(len(whole), bool)
            if missing is None
            else (found[target].codes[source] != missing)
        )
        if not known.all():
            notes.append(f"{(~known).sum()} {source} rows have no '{target}' and are left out.")
        samples[source] = whole.taken(known)
    classes = tuple(label for place, label in enumerate(found[target].labels) if place != missing)
    wanted = None if favourable is None else label_of(favourable)
    raise_if(_class_problems(samples, classes, wanted, favourable, target))
    return Question(
        samples=samples,
        classes=classes,
        judged=classes if wanted is None else (wanted,),
        sensitive_columns=tuple(sensitive),
        target_column=target,
        notes=notes,
    )


def _class_problems(
    samples: Mapping[str, Sample],
    classes: Sequence[str],
    wanted: str | None,
    favourable: Any,
    target: str,
) -> list[str]:
    """What is wrong with the classes."""
    problems = []
    if len(classes) > _MOST_CLASSES:
        problems.append(
            f"target column '{target}' has {len(classes)} values; name a column of at most "
            f'{_MOST_CLASSES} classes, or give metadata that say it is numerical: then its '
            'quartiles are the classes.'
        )
    for source, sample in samples.items():
        if len(sample) < _FEWEST_ROWS:
            problems.append(f"{_ARGUMENTS[source]} has {len(sample)} rows with a '{target}'.")
    if wanted is not None and wanted not in classes:
        problems.append(
            f"favourable_outcome={favourable!r} is no value of target column '{target}'."
            f'{nearest(wanted, classes)}'
        )
    return problems
