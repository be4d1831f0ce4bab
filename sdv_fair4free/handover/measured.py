"""Figures of a generator that were measured at its export, as a manifest tells them.

They hold averages over groups of many rows only: no value of a column but outcomes, and no number
of people of a small group.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Annotated, Any, ClassVar, Literal

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError

from sdv_fair4free.handover.errors import HandoverError
from sdv_fair4free.handover.manifest_parts import Count, Share

QUALITY = 'Quality'
Level = Annotated[float, Field(gt=0, lt=1)]
_STRICT = ConfigDict(extra='forbid', strict=True, allow_inf_nan=False)


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One figure of the rows that a generator makes.

    Attributes:
        property: Which question it belongs to: a property of the fairness report, or ``QUALITY``.
        metric: Its name, such as 'Demographic parity ratio'.
        target: The outcome that was asked about; None for quality.
        column: What it is of: a sensitive column, a crossing ('sex x race'), the target, or the
            column that gives a sensitive one away; None for the whole table.
        sensitive: The sensitive column or crossing it is about; None for utility and quality.
        outcome: The value of the target that was counted; None where there is none.
        value: The figure; None where there is none.
        low: Lower end of its interval; None where there is none.
        high: Upper end.
        real: The same figure of real rows, or of a model that learnt from them; of unseen real rows
            for quality. None where there is none.
        best: The best value it can take.
        reason: Why there is no value, or what else is to be known of it; None if nothing is.
    """

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT

    property: Literal[
        'Label Parity',
        'Proxy Leakage',
        'Model Parity',
        'Error Parity',
        'Utility Retained',
        'Quality',
    ]
    metric: str
    target: str | None = None
    column: str | None = None
    sensitive: str | None = None
    outcome: str | None = None
    value: float | None
    low: float | None = None
    high: float | None = None
    real: float | None
    best: float
    reason: str | None = None


@dataclass(frozen=True, kw_only=True)
class Question:
    """What was asked about one outcome, and how.

    Attributes:
        target: The outcome.
        kind: How it was judged.
        favourable: The value that was taken for the favourable one; None for numbers, and where
            each of several outcomes was judged against the others.
        favourable_given: Whether the owner has named it; else the report has chosen it.
        model: The model that was trained, on the synthetic rows and on the real ones.
        tested_rows: Real rows that neither generator nor model had seen.
        confidence_level: Of the intervals.
        bootstrap_samples: Redraws of rows behind each interval.
        minimum_group_size: Smaller groups have no part in any figure.
        overall: The overall score of the fairness report, from 0 to 1.
        scores: From property to its score, from 0 to 1; None where it has none.
    """

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT

    target: str
    kind: Literal['binary', 'multiclass', 'numeric']
    favourable: str | None
    favourable_given: bool
    model: str
    tested_rows: Count
    confidence_level: Level
    bootstrap_samples: Count
    minimum_group_size: Count
    overall: Share | None
    scores: dict[str, Share | None]


@dataclass(frozen=True, kw_only=True)
class ExportFigures:
    """How like the table, how useful and how fair the rows of a generator are.

    Attributes:
        generator: What they are of: 'student' or 'teacher'.
        training_rows: Real rows it was fitted on.
        holdout_rows: Real rows it has not seen.
        synthetic_rows: Rows that were drawn from it.
        fairness_strength: At which they were drawn.
        random_state: Seed of everything that was drawn.
        questions: One for each outcome that was asked about.
        figures: Those that count in the scores, and those of quality.
        left_out: What was not measured, and why.
    """

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT

    generator: Literal['student', 'teacher']
    training_rows: Count
    holdout_rows: Count
    synthetic_rows: Count
    fairness_strength: Share
    random_state: Count
    questions: tuple[Question, ...]
    figures: tuple[Figure, ...]
    left_out: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON: numbers, text, lists, None; no NaN."""
        plain: dict[str, Any] = json.loads(json.dumps(asdict(self), allow_nan=False))
        return plain

    @classmethod
    def from_dict(cls, given: Mapping[str, Any]) -> ExportFigures:
        """Read what :meth:`to_dict` made.

        Raises:
            HandoverError: Naming every field that is unknown, missing, of another type or out of
                its range.
        """
        try:
            return TypeAdapter(cls).validate_json(json.dumps(dict(given)))
        except (ValidationError, TypeError) as error:
            raise HandoverError(f'The figures cannot be read: {error}') from error
