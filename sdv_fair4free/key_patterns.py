"""The n-th text of a pattern by arithmetic, so that keys can be numbered from anywhere.

RDT's generator of a pattern walks through its texts one by one; to make rows from the ninety
millionth on it would have to make all before. A pattern is a number written in digits of different
kinds: each character that may vary is a digit, the last one counts fastest. Texts come in the order
in which RDT's generator gives them.
"""

from __future__ import annotations

import importlib
import re
import string
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

# Python's own parser of regular expressions, as RDT uses it.
_parser: Any = importlib.import_module('re._parser' if sys.version_info >= (3, 11) else 'sre_parse')

Positions = NDArray[np.int64]
Texts = NDArray[np.object_]

UNBOUNDED = 16
"""Most repetitions where a pattern sets no limit, as in RDT."""
COUNTED = 2**62
"""Sizes from here on are never filled: positions are whole numbers of 63 bits."""

_CATEGORIES = {
    'CATEGORY_SPACE': r'\s',
    'CATEGORY_NOT_SPACE': r'\S',
    'CATEGORY_DIGIT': r'\d',
    'CATEGORY_NOT_DIGIT': r'\D',
    'CATEGORY_WORD': r'\w',
    'CATEGORY_NOT_WORD': r'\W',
}
_PLACEHOLDERS = {'#': string.digits, '%': string.digits[1:]}


class PatternError(ValueError):
    """A pattern whose texts cannot be numbered."""


@dataclass(frozen=True)
class Choice:
    """One character of several.

    Attributes:
        characters: Each once.
    """

    characters: tuple[str, ...]
    length: int | None = 1
    told_apart: bool = True

    @property
    def size(self) -> int:
        """How many texts there are."""
        return len(self.characters)

    def texts(self, positions: Positions) -> Texts:
        """(rows,) the texts at positions from 0 to ``size - 1``."""
        return np.array(self.characters, dtype=object)[positions]


@dataclass(frozen=True)
class Joined:
    """Texts one behind the other.

    Attributes:
        parts: The last counts fastest.
    """

    parts: tuple[Pattern, ...]

    @property
    def size(self) -> int:
        """How many texts there are."""
        size = 1
        for part in self.parts:
            size *= part.size
        return size

    @property
    def length(self) -> int | None:
        """Characters of every text; None where they differ."""
        lengths = [part.length for part in self.parts]
        known = [length for length in lengths if length is not None]
        return sum(known) if len(known) == len(lengths) else None

    @property
    def told_apart(self) -> bool:
        """Whether two positions are known to have different texts.

        With one part of varying length at most, a text's length tells where each part ends.
        """
        varying = sum(part.length is None for part in self.parts)
        return varying <= 1 and all(part.told_apart for part in self.parts)

    def texts(self, positions: Positions) -> Texts:
        """(rows,) the texts at positions from 0 to ``size - 1``."""
        made = np.full(len(positions), '', dtype=object)
        for part in reversed(self.parts):
            if part.size >= COUNTED:
                places, positions = positions, np.zeros_like(positions)
            else:
                positions, places = np.divmod(positions, part.size)
            made = part.texts(places) + made
        return made


@dataclass(frozen=True)
class OneOf:
    """Texts of one pattern after those of another.

    Attributes:
        parts: In the order of their texts.
    """

    parts: tuple[Pattern, ...]

    @property
    def size(self) -> int:
        """How many texts there are."""
        return sum(part.size for part in self.parts)

    @property
    def length(self) -> int | None:
        """Characters of every text; None where they differ."""
        lengths = {part.length for part in self.parts}
        return lengths.pop() if len(lengths) == 1 else None

    @property
    def told_apart(self) -> bool:
        """Whether two positions are known to have different texts."""
        lengths = [part.length for part in self.parts]
        apart = None not in lengths and len(set(lengths)) == len(lengths)
        return (apart or len(lengths) == 1) and all(part.told_apart for part in self.parts)

    def texts(self, positions: Positions) -> Texts:
        """(rows,) the texts at positions from 0 to ``size - 1``."""
        made = np.full(len(positions), '', dtype=object)
        first = 0
        for part in self.parts:
            if first >= COUNTED:
                break
            inside = (positions >= first) & (positions - first < min(part.size, COUNTED))
            made[inside] = part.texts(positions[inside] - first)
            first += part.size
        return made


Pattern = Choice | Joined | OneOf


def of_regex(regex: str) -> Pattern:
    """The texts of a regular expression, of the parts that RDT can generate.

    Args:
        regex: As in metadata, ``regex_format``.

    Raises:
        PatternError: If it has other parts.

    Example:
        >>> keys = of_regex('K-[0-9]{6}')
        >>> keys.size
        1000000
        >>> keys.texts(np.array([0, 987654])).tolist()
        ['K-000000', 'K-987654']
    """
    return _joined(_parser.parse(regex))


def of_placeholders(text: str, letters: str = string.ascii_letters) -> Pattern:
    """The texts of Faker's ``bothify``: ``#`` is a digit, ``%`` one above 0, ``?`` a letter.

    Raises:
        PatternError: If it has placeholders whose texts differ in length, or are rare.
    """
    strange = sorted(set(text) & set('!@$'))
    if strange:
        raise PatternError(f'{text!r} has the placeholders {", ".join(strange)}')
    known = {**_PLACEHOLDERS, '?': letters}
    return Joined(tuple(_choice(known.get(character, character)) for character in text))


def _choice(characters: Sequence[str]) -> Choice:
    return Choice(tuple(dict.fromkeys(characters)))


def _joined(pattern: Any) -> Pattern:
    parts = [_pattern(str(kind), value) for kind, value in pattern if str(kind) != 'AT']
    return parts[0] if len(parts) == 1 else Joined(tuple(parts))


def _pattern(kind: str, value: Any) -> Pattern:
    if kind == 'MAX_REPEAT':
        least, most, repeated = value
        most = max(least, UNBOUNDED) if most == _parser.MAXREPEAT else most
        if most < 1:
            raise PatternError('it repeats something 0 times')
        once = _joined(repeated)  # RDT never leaves out what may be left out
        return OneOf(tuple(Joined((once,) * count) for count in range(max(1, least), most + 1)))
    if kind == 'SUBPATTERN':
        return _joined(value[3])
    return _choice(_characters(kind, value))


def _characters(kind: str, value: Any) -> list[str]:
    if kind == 'LITERAL':
        return [chr(value)]
    if kind == 'RANGE':
        return [chr(code) for code in range(value[0], value[1] + 1)]
    if kind == 'ANY':
        return list(string.printable)
    if kind == 'CATEGORY' and str(value) in _CATEGORIES:
        matching = re.compile(_CATEGORIES[str(value)])
        return [character for character in string.printable if matching.match(character)]
    if kind == 'IN':
        return [
            character for option in value for character in _characters(str(option[0]), option[1])
        ]
    raise PatternError(f'it has a part of the kind {kind}')


__all__ = ['Pattern', 'PatternError', 'of_placeholders', 'of_regex']
