"""Things and errors of plug-ins in words: to show them may fail as all else of theirs may."""

from __future__ import annotations

import reprlib

_SHORT = reprlib.Repr()
_SHORT.maxother = _SHORT.maxstring = _SHORT.maxlong = 200


def shown(thing: object) -> str:
    """The ``repr`` of a thing, shortened; its type and place where it has none that works."""
    return _SHORT.repr(thing)


def said(error: BaseException) -> str:
    """The type of an error and what it says."""
    try:
        text = str(error)
    except Exception as mute:  # an error of somebody else's
        text = f'(its message cannot be shown: {type(mute).__name__})'
    return f'{type(error).__name__}: {text}'
