"""One sampling call at a time, whatever the threads and the synthesizers.

RDT's transformers put random states of their own into numpy's global one while they work, and put
back what they found. Two at once would draw from each other's streams, and leave the global one
changed: also those of two synthesizers. So the lock is one for all.
"""

from __future__ import annotations

import os
import threading
from contextlib import ContextDecorator
from types import TracebackType


class _OneAtATime(ContextDecorator):
    """A block, or a function as a decorator, that one thread at a time is in; it may nest."""

    def __init__(self) -> None:
        self._renew()
        if hasattr(os, 'register_at_fork'):
            # The thread that held it does not live on in the child.
            os.register_at_fork(after_in_child=self._renew)

    def _renew(self) -> None:
        self._lock = threading.RLock()

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._lock.release()


one_at_a_time = _OneAtATime()
