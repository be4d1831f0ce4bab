"""What a file says about itself: protocols 1 to 3, every field named, nothing else allowed.

These models are the format. A field that is unknown, missing, of another type or out of its range
is refused by name, all of them at once; nothing here runs code or asks for memory that the file
itself does not take.
"""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal, TypeVar

from pydantic import (
    Field,
    SerializerFunctionWrapHandler,
    ValidationError,
    model_serializer,
    model_validator,
)

from sdv_fair4free.handover.archive import parse_json
from sdv_fair4free.handover.errors import HandoverError
from sdv_fair4free.handover.manifest_parts import (
    ColumnPart,
    ConstraintPart,
    Count,
    Digest,
    Disclosure,
    GroupsPart,
    NetworkPart,
    Parameters,
    Part,
    PicturePart,
    Provenance,
    Scalar,
    Seconds,
    Share,
)

FORMAT = 'sdv-fair4free'
PROTOCOL: Final = 1
WITH_PICTURES: Final = 2
WITH_PAIRS: Final = 3
"""Of the files written: of networks of old, without and with pictures; and of those in which
numbers are told in two steps or tokens tell each other directly. Every reader of an older one
stays."""
LOOK_AT_SOME = (
    'What is painted is like the real pictures, and may be like one of them: have people look at '
    'some, beside the real ones that are nearest, before the file leaves.'
)
"""What nobody can promise of pictures."""
MOST_REPORTED = 20
"""Problems of one file that are shown."""


class Manifest(Part):
    """``manifest.json``: all but the made-up table, the quantiles and the weights.

    Attributes:
        format: Always the same: what kind of file it is.
        protocol: Which edition of the format the file follows; a reader of one reads older ones.
        kind: Whether it holds a teacher or a student.
        packages: Versions with which it was written, by package.
        metadata: SDV's metadata of the table; keys, types and formats, and no values but those of
            ordered categories.
        parameters: What the synthesizer was made with.
        constraints: Those of the table, which samples keep.
        original_columns: Names of the columns of the table, in their order.
        columns: Those that the networks see.
        order: Names of these in the order of the processed table.
        network: Sizes of the generator.
        groups: Real rows by group.
        provenance: What was trained, when, and on how much.
        disclosure: What the owner held back.
        figures: Fairness and likeness on real rows as the owner measured them; None if not added.
        evidence: How well attacks on real rows succeed, as measured; None if not added.
        parts: Size and digest of each other part, by its name.
        picture: The pictures that are painted; None without pictures, and not written then.
    """

    format: Literal['sdv-fair4free']
    protocol: Literal[1, 2, 3]
    kind: Literal['teacher', 'student']
    packages: dict[str, str]
    metadata: dict[str, Any]
    parameters: Parameters
    constraints: list[ConstraintPart]
    original_columns: list[int | str]
    columns: list[ColumnPart]
    order: list[str]
    network: NetworkPart
    groups: GroupsPart
    provenance: Provenance
    disclosure: Disclosure
    figures: dict[str, Any] | None
    evidence: dict[str, Any] | None
    parts: dict[str, Digest]
    picture: PicturePart | None = None

    @model_validator(mode='after')
    def _protocol_fits(self) -> Manifest:
        steps = any(column.two_steps for column in self.columns)
        if self.protocol != protocol_for(self.picture is not None, steps or self.network.direct):
            raise ValueError(
                'files of networks with direct connections or numbers in two steps follow protocol '
                '3, others with pictures protocol 2, and only those'
            )
        named = any('two_steps' in column.model_fields_set for column in self.columns)
        if (named or 'direct' in self.network.model_fields_set) and self.protocol != WITH_PAIRS:
            raise ValueError('columns tell of steps, and networks of pairs, since protocol 3')
        if steps and not self.network.autoregressive:
            raise ValueError('columns of two steps need a network that is autoregressive')
        return self

    @model_serializer(mode='wrap')
    def _without_none(self, serialise: SerializerFunctionWrapHandler) -> dict[str, Any]:
        told: dict[str, Any] = serialise(self)
        # Older protocols have no such fields.
        if self.picture is None:
            del told['picture']
        if self.protocol != WITH_PAIRS:
            del told['network']['direct']
            for column in told['columns']:
                del column['two_steps']
        return told


class TableColumn(Part):
    """One column of the made-up table.

    Attributes:
        name: In the real table.
        dtype: Of pandas.
        categories: Of a categorical dtype, in order; None for other dtypes.
        ordered: Whether those have an order.
        values: At least one; a column with fewer than others starts anew at its end.
    """

    name: str
    dtype: str
    categories: list[Scalar] | None
    ordered: bool
    values: Annotated[list[Scalar], Field(min_length=1)]


class MadeUpTable(Part):
    """``table.json``: a small table, decoded and not sampled, that shows SDV what there is.

    It names every category, the ends and the digits of every number, and the format of every date;
    SDV is fitted to it where the file is opened.
    """

    columns: list[TableColumn]


Model = TypeVar('Model', bound=Part)


def parsed(model: type[Model], content: bytes, name: str) -> Model:
    """Read a part.

    Raises:
        HandoverError: With every field that is not as it should be.
    """
    parse_json(content, name)  # refuses what the next reader lets pass: names given twice
    try:
        return model.model_validate_json(content)
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)
        told = [f'{".".join(map(str, item["loc"])) or "all"}: {item["msg"]}' for item in found]
        more = f'\n  - and {len(told) - MOST_REPORTED} more' if len(told) > MOST_REPORTED else ''
        listed = '\n'.join(f'  - {line}' for line in told[:MOST_REPORTED])
        raise HandoverError(
            f'{name} does not follow the format:\n{listed}{more}\nA newer sdv-fair4free may have '
            'written it: upgrade, or ask for the file again.'
        ) from error


def protocol_for(pictures: bool, newer: bool) -> Literal[1, 2, 3]:
    """The oldest protocol that can tell what there is.

    Args:
        pictures: Whether pictures are painted.
        newer: Whether numbers are told in two steps, or tokens tell each other directly.
    """
    if newer:
        return WITH_PAIRS
    return WITH_PICTURES if pictures else PROTOCOL


def protocol_of(content: bytes) -> int:
    """The protocol of a manifest, before anything else of it is believed.

    Raises:
        HandoverError: If it is no manifest of ours, or of a protocol that is not known here.
    """
    found = parse_json(content, 'manifest.json')
    if not isinstance(found, dict) or found.get('format') != FORMAT:
        raise HandoverError(f'manifest.json is not of the format {FORMAT!r}.')
    protocol = found.get('protocol')
    if (
        isinstance(protocol, bool)
        or not isinstance(protocol, int)
        or not PROTOCOL <= protocol <= WITH_PAIRS
    ):
        raise HandoverError(
            f'The file follows protocol {protocol!r}; this version reads {PROTOCOL} to '
            f'{WITH_PAIRS}. Upgrade sdv-fair4free.'
        )
    return protocol


__all__ = [
    'FORMAT',
    'LOOK_AT_SOME',
    'MOST_REPORTED',
    'PROTOCOL',
    'WITH_PAIRS',
    'WITH_PICTURES',
    'ColumnPart',
    'ConstraintPart',
    'Count',
    'Digest',
    'Disclosure',
    'GroupsPart',
    'MadeUpTable',
    'Manifest',
    'NetworkPart',
    'Parameters',
    'PicturePart',
    'Provenance',
    'Scalar',
    'Seconds',
    'Share',
    'TableColumn',
    'parsed',
    'protocol_for',
    'protocol_of',
]
