"""The list of checks, and the words in which they say what went wrong."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch
from sdv.single_table.base import BaseSingleTableSynthesizer

Make = Callable[..., BaseSingleTableSynthesizer]
LONGEST_REASON = 120


@dataclass(frozen=True, kw_only=True)
class Check:
    """One behaviour.

    Attributes:
        name: Of the function.
        theme: The part of the page it belongs to.
        expected: One sentence.
        run: Raises if the synthesizers that the factory makes do not behave so.
        not_offered: Why TVAE is not asked; '' if it is.
    """

    name: str
    theme: str
    expected: str
    run: Callable[[Make], None]
    not_offered: str = ''

    def __call__(self, make: Make) -> None:
        """Run it, without warnings and from the same random state wherever it is run."""
        with warnings.catch_warnings():
            warnings.simplefilter('ignore')
            seed_everything()
            self.run(make)


CHECKS: list[Check] = []


def check(
    theme: str, expected: str, not_offered: str = ''
) -> Callable[[Callable[[Make], None]], Callable[[Make], None]]:
    """Put a function on the list."""

    def registered(run: Callable[[Make], None]) -> Callable[[Make], None]:
        CHECKS.append(
            Check(
                name=run.__name__,
                theme=theme,
                expected=expected,
                run=run,
                not_offered=not_offered,
            )
        )
        return run

    return registered


def seed_everything() -> None:
    """TVAE trains from the global streams; ours has its own."""
    np.random.seed(0)  # noqa: NPY002
    torch.manual_seed(0)


@contextmanager
def refused(*kinds: type[BaseException], saying: str = '') -> Iterator[None]:
    """The block must raise one of these errors, with these words in its message."""
    seen: BaseException | None = None
    try:
        yield
    except kinds as error:
        seen = error
    assert seen is not None, 'nothing was refused'
    assert saying in str(seen), f'an error does not say {saying!r}: {seen!s}'


@contextmanager
def warned(saying: str, kind: type[Warning] = UserWarning, expected: bool = True) -> Iterator[None]:
    """The block must warn so; or must not."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter('always')
        yield
    seen = any(issubclass(item.category, kind) and saying in str(item.message) for item in caught)
    assert seen == expected, f'it {"did not warn" if expected else "warned"}: {saying!r}'


def reason(error: BaseException) -> str:
    """The first line of an error, without the places of this machine.

    SDV wraps what goes wrong while sampling in a message that does not tell: then, the cause's.
    """
    if str(error).startswith('Error: Sampling terminated') and error.__cause__ is not None:
        return f'{reason(error.__cause__)} (hidden by SDV)'
    lines = str(error).strip().splitlines()
    first = re.sub(r'(?:[A-Za-z]:)?(?:[/\\][\w.~-]+){2,}', '...', lines[0].strip() if lines else '')
    if not isinstance(error, AssertionError):
        first = f'{type(error).__name__}: {first}' if first else type(error).__name__
    return first if len(first) <= LONGEST_REASON else f'{first[: LONGEST_REASON - 3]}...'
