"""What a manifest is made of: every field of a file named, with its type and its range.

A number here is what the file says, and nothing that was worked out from it. What belongs together
over several of these parts, :mod:`~sdv_fair4free.handover.manifest` holds against each other.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

MOST_WIDTH = 2**16
MOST_DEPTH = 64
MOST_LATENT = 64
"""Sizes of networks that a file may name: more would take memory that no file of ours needs."""

Scalar = bool | int | float | str | None
"""A plain value of JSON."""
Share = Annotated[float, Field(ge=0, le=1)]
"""A number from 0 to 1."""
Count = Annotated[int, Field(ge=0)]
"""A whole number, 0 or more."""
Seconds = Annotated[float, Field(ge=0)]
"""A time, 0 or more."""


class Part(BaseModel):
    """Named fields of plain values; none may be missing, and no others are allowed."""

    model_config = ConfigDict(extra='forbid', strict=True, frozen=True, allow_inf_nan=False)


class Parameters(Part):
    """The arguments that the synthesizer was made with, see the synthesizer for their meaning.

    Attributes:
        enforce_min_max_values: As given; values never leave the range that was seen.
        enforce_rounding: Whether numbers are rounded as they were in the table.
        locales: Of the personal data that are made up.
        sensitive_columns: Their names; None if fairness was off.
        target_column: The outcome, or outcomes; None without one.
        fairness_criterion: Its name.
        fairness_strength: From 0 (the table as it is) to 1; samples take it unless told.
        fairness_scope: 'target' or 'all'.
        favourable_outcome: The value of the outcome that people hope for; None if none was named.
        distillation: How the student was to be made; None for no student.
        epochs: At most; None where the settings say so.
        batch_size: Rows of a step; None where the settings say so.
        random_state: The seed; None for one of chance.
        teacher: Settings of the teacher; None for the usual ones.
        student: Settings of the student, or the name of its size; None for the usual ones.
    """

    enforce_min_max_values: bool
    enforce_rounding: bool
    locales: list[str]
    sensitive_columns: list[str] | str | None
    target_column: list[str] | str | None
    fairness_criterion: str
    fairness_strength: Share
    fairness_scope: str
    favourable_outcome: Scalar
    distillation: str | None
    epochs: Annotated[int, Field(ge=1)] | None
    batch_size: Annotated[int, Field(ge=1)] | None
    random_state: Count | None
    teacher: dict[str, Any] | None
    student: dict[str, Any] | str | None


class ColumnPart(Part):
    """A column as the networks see it.

    Attributes:
        name: Its name in the processed table.
        role: Generated ('x'), sensitive ('s') or target ('y').
        size: Number of codes.
        scale: Whether its codes lie on a scale; the ends of each are in the arrays.
        quantiles: Whether it is a number or a date; the values are in the arrays.
        two_steps: Whether the networks tell its codes in two steps, a run of codes and the place in
            it; since protocol 3.
    """

    name: str
    role: Literal['x', 's', 'y']
    size: Annotated[int, Field(ge=1, le=2**24)]
    scale: bool
    quantiles: bool
    two_steps: bool = False

    @model_validator(mode='after')
    def _only_numbers(self) -> ColumnPart:
        if self.two_steps and not (self.quantiles and self.role == 'x' and self.size > 1):
            raise ValueError('only numbers and dates that are generated are told in two steps')
        return self


class NetworkPart(Part):
    """The sizes of a generator; with those of the columns they give the shape of every weight.

    Attributes:
        latent: Dimensions of ``u``.
        decoder_sees_s: Whether the other columns may depend on the sensitive ones.
        autoregressive: Whether a column is told the columns before it.
        direct: Whether tokens tell each other directly; since protocol 3.
        width: Hidden units of the decoder.
        depth: Its residual blocks.
        head_width: Hidden units of the target heads.
        observed: Whether a flow carries noise to where the real rows lie, see
            :class:`~sdv_fair4free.core.generator.RowGenerator`.
    """

    latent: Annotated[int, Field(ge=0, le=MOST_LATENT)]
    decoder_sees_s: bool
    autoregressive: bool
    direct: bool = False
    width: Annotated[int, Field(ge=1, le=MOST_WIDTH)]
    depth: Annotated[int, Field(ge=1, le=MOST_DEPTH)]
    head_width: Annotated[int, Field(ge=1, le=MOST_WIDTH)]
    observed: bool


class PicturePart(Part):
    """The pictures that a generator paints, and the sizes of its painter; since protocol 2.

    Attributes:
        channels: 1 (grey) or 3 (red, green, blue).
        height: In pixels.
        width: In pixels.
        painter_width: Channels of the painter's maps of half the size.
        image_column: Name of the column of files.
        image_size: Size to which files were cut; None where they were left.
        described: Place of that column among those of the table; None if it is none of them.
    """

    channels: Literal[1, 3]
    height: Annotated[int, Field(ge=8, le=128)]
    width: Annotated[int, Field(ge=8, le=128)]
    painter_width: Annotated[int, Field(ge=1, le=MOST_WIDTH)]
    image_column: Annotated[str, Field(min_length=1)]
    image_size: tuple[int, int] | None
    described: Count | None

    def in_words(self) -> str:
        """What it paints."""
        kind = 'grey' if self.channels == 1 else 'in colour'
        return f'pictures of {self.height} x {self.width} pixels (height x width), {kind}'


class GroupsPart(Part):
    """The real rows by group: what ``get_info`` tells.

    Attributes:
        counts: Rows of each crossing of sensitive categories that is kept.
        trust: How far what is learnt about each is its own; None where nothing is shared.
        missing: Rows without a value, by sensitive column of numbers or dates.
    """

    counts: list[Count]
    trust: list[Share | None]
    missing: dict[str, Count]


class Provenance(Part):
    """What was trained, when, and on how much.

    Attributes:
        class_name: Of the synthesizer.
        created: Date on which it was made.
        fitted: Date on which it was fitted.
        exported: Moment of the export, UTC.
        rows: Real rows it was fitted to.
        columns: Columns of the real table.
        seconds: Time that teacher and student took.
        parameter_counts: Trained weights of teacher and student.
        parent: SHA-256 of the teacher's file that a student was distilled from; None if none.
    """

    class_name: str
    created: str
    fitted: str | None
    exported: str
    rows: Count
    columns: Count
    seconds: dict[str, Seconds]
    parameter_counts: dict[str, Count]
    parent: str | None


class Disclosure(Part):
    """What the owner held back, and how.

    Attributes:
        min_category_count: Values of categories in fewer rows than this were merged and removed.
        min_quantile_count: Every stored number is a value of at least so many rows, or the mean of
            as many.
        extreme_digits: Digits to which the ends of numbers and dates were rounded; None for none.
        merged_values: By column, how many values were merged, and into which one.
        merged_rows: By column, rows of the merged values; None: fewer than ``min_category_count``.
        made_up: Columns of which no value is stored: ids, personal data, free text.
        groups_left_out: Crossings of sensitive categories in too few rows to be told.
        rows_left_out: Their rows; None: fewer than ``min_category_count``.
    """

    min_category_count: Annotated[int, Field(ge=1)]
    min_quantile_count: Annotated[int, Field(ge=1)]
    extreme_digits: Annotated[int, Field(ge=1, le=15)] | None
    merged_values: dict[str, Count]
    merged_rows: dict[str, Count | None]
    made_up: list[str]
    groups_left_out: Count
    rows_left_out: Count | None

    def published(self) -> Disclosure:
        """The same without counts of rows that only the owner is to see: those of too few."""
        merged = {name: self._unless_few(rows) for name, rows in self.merged_rows.items()}
        left_out = self._unless_few(self.rows_left_out)
        return self.model_copy(update={'merged_rows': merged, 'rows_left_out': left_out})

    def _unless_few(self, rows: int | None) -> int | None:
        return None if rows is None or 0 < rows < self.min_category_count else rows

    def in_words(self, rows: int | None) -> str:
        """A count of rows as a card has it."""
        return f'fewer than {self.min_category_count:,} rows' if rows is None else f'{rows:,} rows'


class Digest(Part):
    """Size and SHA-256 of a part.

    Attributes:
        bytes: Its size.
        sha256: Its digest, 64 hexadecimal digits.
    """

    bytes: Count
    sha256: Annotated[str, Field(pattern='^[0-9a-f]{64}$')]


class ConstraintPart(Part):
    """A constraint, as SDV writes it.

    Attributes:
        class_name: Of a class of SDV.
        parameters: What it was made with: names of columns, bounds, whether ends count.
    """

    class_name: Literal['FixedCombinations', 'FixedIncrements', 'Inequality', 'Range']
    parameters: dict[str, Any]
