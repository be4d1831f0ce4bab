"""Keys and ids that follow from the number of their row, for tables that are made in parts.

What SDV has for keys counts, or remembers all that it gave away; both need the parts before. Here a
row's key is computed from its number, and no two parts can have the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import pandas as pd
from rdt.transformers import AnonymizedFaker, IndexGenerator, RegexGenerator
from rdt.transformers.base import BaseTransformer

from sdv_fair4free.key_patterns import (
    Pattern,
    PatternError,
    Positions,
    Texts,
    of_placeholders,
    of_regex,
)

SDV_HIGHEST = 16_777_216
"""The highest key that SDV gives where a type has room for more."""
MOST_ROWS = 2**62
"""More rows than anybody makes."""
_REMEDY = (
    'Describe it as an id (with or without a regex_format), or give it another generator before '
    "fitting: synthesizer.update_transformers({{'{name}': IndexGenerator(prefix='...')}})."
)


class Keys(Protocol):
    """Values by the number of their row."""

    @property
    def size(self) -> int:
        """How many there are."""

    def texts(self, positions: Positions) -> Texts:
        """(rows,) the values of these rows."""


@dataclass(frozen=True)
class WholeNumbers:
    """Whole numbers in steps.

    Attributes:
        first: Of row 0.
        step: From row to row.
        size: How many there are.
    """

    first: int
    step: int
    size: int

    def texts(self, positions: Positions) -> Texts:
        """(rows,) the numbers of these rows."""
        return (self.first + self.step * positions).astype(object)


@dataclass(frozen=True)
class Indices:
    """RDT's ``IndexGenerator``: a number between two texts."""

    prefix: str
    first: int
    suffix: str
    size: int = MOST_ROWS

    def texts(self, positions: Positions) -> Texts:
        """(rows,) the texts of these rows."""
        numbers: Texts = (positions + self.first).astype(str).astype(object)
        made: Texts = self.prefix + numbers + self.suffix
        return made


class Numbered(BaseTransformer):  # type: ignore[misc]
    """Takes the place of a generator of RDT: values by the number of the row.

    Attributes:
        first: The number of the row that is made next.
    """

    IS_GENERATOR = True

    def __init__(self, replaced: Any, keys: Keys, unique: bool) -> None:
        super().__init__()
        self.output_properties = {None: {'next_transformer': None}}
        self.columns: list[str] = list(replaced.columns)
        self.output_columns: list[str] = []
        self.column_prefix = replaced.column_prefix
        self.keys, self.unique, self.first = keys, unique, 0

    def values(self, first: int, rows: int) -> Texts:
        """(rows,) the values of rows; those behind the last one begin anew."""
        return self.keys.texts((first + np.arange(rows)) % min(self.keys.size, MOST_ROWS))

    def reverse_transform(self, data: pd.DataFrame) -> pd.DataFrame:
        """The table with the values of its rows; the next call goes on behind them."""
        (name,) = self.columns
        values = pd.Series(self.values(self.first, len(data)), data.index, dtype=object)
        self.first += len(data)
        data = data.copy(deep=False)
        data[name] = values
        return data


def numbered(processor: Any, num_rows: int) -> tuple[dict[int, Numbered], list[str]]:
    """What takes the place of generators whose next value hangs on those before.

    Args:
        processor: The synthesizer's data processor.
        num_rows: Rows wanted in all.

    Returns:
        From ``id`` of the transformer to its substitute; and why the table cannot be made in parts.
    """
    substitutes: dict[int, Numbered] = {}
    problems: list[str] = []
    for name, transformer in processor._hyper_transformer.field_transformers.items():
        if transformer is None or not transformer.is_generator():
            continue
        unique = _is_unique(transformer) or name in processor._keys
        try:
            keys = _keys_of(transformer, processor._dtypes.get(name), unique)
        except PatternError as error:
            problems.append(f"column '{name}': {error}. {_REMEDY.format(name=name)}")
            continue
        if keys is None:
            continue
        if unique and keys.size < num_rows:
            problems.append(
                f"key column '{name}' has {keys.size:,} different values to give, and "
                f'num_rows={num_rows} asks for more; sample fewer rows, or fit with a wider type '
                'or pattern.'
            )
            continue
        substitutes[id(transformer)] = Numbered(transformer, keys, unique)
    return substitutes, problems


def _is_unique(transformer: Any) -> bool:
    return getattr(transformer, 'cardinality_rule', None) == 'unique'


def _keys_of(transformer: Any, dtype: Any, unique: bool) -> Keys | None:
    """Its values by number; None where they do not hang on those before.

    Raises:
        PatternError: If they do, and cannot be numbered.
    """
    rule = getattr(transformer, 'cardinality_rule', None)
    if rule == 'scale':
        raise PatternError(
            "its cardinality_rule 'scale' repeats values from part to part, which no part can know "
            'alone'
        )
    if isinstance(transformer, IndexGenerator):
        return Indices(
            transformer.prefix or '', transformer.starting_value, transformer.suffix or ''
        )
    if isinstance(transformer, RegexGenerator):
        return None if rule == 'match' else _regex(transformer.regex_format, dtype, unique)
    if not unique:
        return None
    if isinstance(transformer, AnonymizedFaker) and transformer.provider_name == 'BaseProvider':
        made = _of_faker(transformer.function_name, transformer.function_kwargs, dtype)
        if made is not None:
            return made
    function = getattr(transformer, 'function_name', type(transformer).__name__)
    raise PatternError(
        f'it is a key of values made up by {function!r}, and which of them other parts have cannot '
        'be told'
    )


def _regex(regex: str, dtype: Any, unique: bool) -> Keys:
    pattern = of_regex(regex)
    if not unique:
        return pattern
    if not pattern.told_apart:
        raise PatternError(
            f'it is a key of the pattern {regex!r}, which may give the same text twice; let no '
            'more than one piece of it vary in length'
        )
    if _is_whole(dtype):
        if pattern.length is None:  # 7, 07 and 007 are the same number
            raise PatternError(
                f'it is a key of whole numbers with the pattern {regex!r}, whose length varies, so '
                'that two texts may be the same number'
            )
        return _WithinType(pattern, _highest(dtype))
    return pattern


@dataclass(frozen=True)
class _WithinType:
    """Texts of whole numbers, as far as a type holds them."""

    pattern: Pattern
    highest: int

    @property
    def size(self) -> int:
        """How many texts there are in a row of which none is beyond the type."""
        low, high = 0, min(self.pattern.size, MOST_ROWS)
        if len(str(self.highest)) > (self.pattern.length or 0):
            return high
        while low < high:  # texts of one length ascend
            middle = (low + high) // 2
            (text,) = self.pattern.texts(np.array([middle]))
            low, high = (middle + 1, high) if int(text) <= self.highest else (low, middle)
        return low

    def texts(self, positions: Positions) -> Texts:
        """(rows,) the texts of these rows."""
        return self.pattern.texts(positions)


def _of_faker(function: str, arguments: Mapping[str, Any], dtype: Any) -> Keys | None:
    """The values of a function of Faker; None where they cannot be numbered.

    Raises:
        PatternError: If its format has pieces that cannot be numbered.
    """
    if function == 'random_int':
        low, high = int(arguments.get('min', 0)), int(arguments.get('max', 9999))
        step = int(arguments.get('step', 1))
        if (low, high) == (0, SDV_HIGHEST) and _is_whole(dtype):
            high = _highest(dtype)  # the type has room for more rows than SDV thought of
        return WholeNumbers(low, step, max(0, (high - low) // step + 1))
    if function == 'bothify':
        return of_placeholders(**{'text': '## ??', **arguments})
    if function == 'lexify':
        text = str(arguments.get('text', '????'))
        if not set(text) & set('#%!@$'):
            return of_placeholders(**{'text': text, **arguments})
    if function == 'numerify':
        text = str(arguments.get('text', '###'))
        return of_placeholders(text, letters='?')
    return None


def _is_whole(dtype: Any) -> bool:
    return dtype is not None and bool(pd.api.types.is_integer_dtype(dtype))


def _highest(dtype: Any) -> int:
    """The highest number of a type that counting in 64 bits reaches."""
    return min(int(np.iinfo(getattr(dtype, 'numpy_dtype', dtype)).max), MOST_ROWS)


__all__ = ['Numbered', 'numbered']
