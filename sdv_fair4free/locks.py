"""One sampling call at a time, whatever the threads and the synthesizers.

RDT's transformers put random states of their own into numpy's global one while they work, and put
back what they found. Two at once would draw from each other's streams and leave the global one
changed, also where they belong to two synthesizers. So one lock serves all of ours, for sampling
and for what comes before training. It cannot know of other code that draws from numpy's global
state in other threads, other synthesizers among it.
"""

from __future__ import annotations

import functools
import os
import threading
from collections.abc import Callable
from typing import ParamSpec, TypeVar

Arguments = ParamSpec('Arguments')
Result = TypeVar('Result')

one_at_a_time = threading.RLock()
"""Held while SDV and RDT work for one of ours. In no object, so that all can be pickled."""

if hasattr(os, 'register_at_fork'):
    # The thread that holds it does not live on in the child: fork when none does.
    os.register_at_fork(
        before=one_at_a_time.acquire,
        after_in_parent=one_at_a_time.release,
        after_in_child=one_at_a_time.release,
    )


def alone(function: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
    """Have each call wait until no other thread is in such a function; they may nest."""

    @functools.wraps(function)
    def waiting(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
        with one_at_a_time:
            return function(*args, **kwargs)

    return waiting
