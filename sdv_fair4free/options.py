"""What one call of ``sample`` asks for, on its way through SDV's sampling to ours; per thread."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from torch import Tensor

from sdv_fair4free.core.sensitive import SensitiveTable


@dataclass(frozen=True, kw_only=True)
class SamplingOptions:
    """Options of one call.

    Attributes:
        fairness_strength: From 0 to 1; None takes the synthesizer's.
        group_shares: (groups,) weights; None takes the shares observed.
        wanted: Sensitive values to use instead of drawing any.
    """

    fairness_strength: float | None = None
    group_shares: Tensor | None = None
    wanted: SensitiveTable | None = None


_OPTIONS: ContextVar[SamplingOptions] = ContextVar('sampling options')
_FROM_TEACHER: ContextVar[bool] = ContextVar('draw from the teacher', default=False)


def current() -> tuple[SamplingOptions, bool]:
    """The options in force, and whether the teacher is drawn from."""
    return _OPTIONS.get(SamplingOptions()), _FROM_TEACHER.get()


@contextmanager
def sampling_with(options: SamplingOptions) -> Iterator[None]:
    """Within the block, sampling obeys ``options``."""
    token = _OPTIONS.set(options)
    try:
        yield
    finally:
        _OPTIONS.reset(token)


@contextmanager
def drawing_from_teacher() -> Iterator[None]:
    """Within the block, ``sample`` draws from the teacher although there is a student.

    For comparing the two; the teacher is what ``distillation=None`` samples from.
    """
    token = _FROM_TEACHER.set(True)
    try:
        yield
    finally:
        _FROM_TEACHER.reset(token)
