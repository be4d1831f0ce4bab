"""What can be compared: synthesizers, functions, and one fit drawn from in several ways."""

from __future__ import annotations

import copy
import hashlib
import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import cloudpickle
import numpy as np
import pandas as pd
import torch

from sdv_fair4free.benchmark.cost import Measured, measured
from sdv_fair4free.benchmark.judge import Question
from sdv_fair4free.benchmark.kept import Row
from sdv_fair4free.synthesizer import Fair4FreeSynthesizer

Tables = Mapping[str, pd.DataFrame]
"""Tables by their names, as SDV takes them."""


@dataclass(frozen=True, kw_only=True)
class FittedOnce:
    """One synthesizer, fitted once for each seed and drawn from in several ways.

    Attributes:
        synthesizer: A class, a synthesizer that is not fitted, or a function ``(metadata, seed)``
            that makes one.
        draws: From the name of a row of the comparison to a function ``(fitted synthesizer,
            num_rows)`` that returns the tables.
    """

    synthesizer: Any
    draws: Mapping[str, Callable[[Any, int], Tables]]


def drawn_from(entry: Any, question: Question, seed: int, name: str) -> list[Row]:
    """Fit an entry and judge what it makes; what fails keeps a row with the reason."""
    # SDV's synthesizers train on the global streams.
    torch.manual_seed(seed)
    np.random.seed(seed)  # noqa: NPY002
    once = entry if isinstance(entry, FittedOnce) else FittedOnce(synthesizer=entry, draws={})
    draws = once.draws or {name: _sampled}
    try:
        if _is_function(entry):
            return [{'Synthesizer': name, **_called(entry, question, seed)}]
        synthesizer = _built(once.synthesizer, question, seed)
        with measured() as fitting:
            synthesizer.fit({question.name: question.train})
    except Exception as error:
        return [_failed(label, error) for label in draws]
    rows = []
    for label, draw in draws.items():
        try:
            figures = _judged_draw(synthesizer, draw, question, seed, fitting)
            rows.append({'Synthesizer': label, **figures})
        except Exception as error:
            rows.append(_failed(label, error))
    return rows


def _failed(label: str, error: Exception) -> Row:
    return {'Synthesizer': label, 'Error': f'{type(error).__name__}: {error}'}


def _called(function: Callable[..., Tables], question: Question, seed: int) -> Row:
    data = {question.name: question.train}
    with measured() as whole:
        tables = function(data, question.metadata, question.num_rows, seed)
    return {**question.judge(tables[question.name]), **_costs(whole, None)}


def _judged_draw(
    synthesizer: Any,
    draw: Callable[[Any, int], Tables],
    question: Question,
    seed: int,
    fitting: Measured,
) -> Row:
    if isinstance(synthesizer, Fair4FreeSynthesizer):
        synthesizer._set_random_state(seed)  # all draws start from the same numbers
    with measured() as sampling:
        tables = draw(synthesizer, question.num_rows)
    figures = question.judge(tables[question.name])
    return {**figures, **_costs(fitting, sampling), **_sizes(synthesizer)}


def _sampled(synthesizer: Any, num_rows: int) -> Tables:
    tables: Tables = synthesizer.sample(num_rows)
    return tables


def _costs(fitting: Measured, sampling: Measured | None) -> Row:
    return {
        'Fit Seconds': fitting.seconds,
        'Sample Seconds': np.nan if sampling is None else sampling.seconds,
        'Peak MB': fitting.peak_mb if sampling is None else max(fitting.peak_mb, sampling.peak_mb),
    }


def _sizes(synthesizer: Any) -> Row:
    """Numbers of trained weights, and the time of each part, of those that tell."""
    if not isinstance(synthesizer, Fair4FreeSynthesizer):
        return {}
    info = synthesizer.get_info()
    told = {'Parameters': info['parameter_counts'], 'Seconds': info['fit_seconds']}
    return {
        f'{part.capitalize()} {what}': value
        for what, parts in told.items()
        for part, value in parts.items()
    }


def _is_function(entry: Any) -> bool:
    return not (inspect.isclass(entry) or isinstance(entry, FittedOnce) or hasattr(entry, 'fit'))


def labels(entries: Mapping[str, Any]) -> list[str]:
    """The names of all rows that the entries will have."""
    return [
        label
        for name, entry in entries.items()
        for label in ((isinstance(entry, FittedOnce) and entry.draws) or (name,))
    ]


def identity(entry: Any) -> str:
    """What tells an entry from another of the same name.

    Of a class or a function that can be imported its name; of a synthesizer its parameters,
    metadata, constraints and transformers; of other functions their code and what they hold.
    """
    if isinstance(entry, FittedOnce):
        draws = {name: identity(draw) for name, draw in entry.draws.items()}
        return f'{identity(entry.synthesizer)} drawn as {draws}'
    if hasattr(entry, 'get_parameters') and not inspect.isclass(entry):
        told = [type(entry).__qualname__, entry.get_parameters(), entry.metadata.to_dict()]
        told += [(type(part).__name__, _sorted(vars(part))) for part in entry.get_constraints()]
        config = entry._data_processor._hyper_transformer.get_config()
        told += [_sorted(part) for part in config.values()]
        return repr(told)
    if inspect.isclass(entry):
        return f'{entry.__module__}.{entry.__qualname__}'
    return hashlib.sha256(cloudpickle.dumps(entry)).hexdigest()


def _sorted(told: Mapping[Any, Any]) -> list[tuple[str, str]]:
    return sorted((str(name), repr(value)) for name, value in told.items())


def _built(entry: Any, question: Question, seed: int) -> Any:
    """A synthesizer that is not fitted, for one seed."""
    if not inspect.isclass(entry) and hasattr(entry, 'fit'):
        synthesizer = copy.deepcopy(entry)
        if isinstance(synthesizer, Fair4FreeSynthesizer):
            synthesizer.random_state = seed
        return synthesizer
    build: Callable[..., Any] = entry
    if inspect.isclass(entry) and issubclass(entry, Fair4FreeSynthesizer):
        return build(
            question.metadata,
            sensitive_columns=list(question.sensitive),
            target_column=question.target,
            random_state=seed,
        )
    return build(question.metadata) if inspect.isclass(entry) else build(question.metadata, seed)


def named(synthesizers: Mapping[str, Any] | Sequence[Any]) -> dict[str, Any]:
    """Names of the entries: those given, else those of class or function, made unique."""
    if isinstance(synthesizers, Mapping):
        return dict(synthesizers)
    names: dict[str, Any] = {}
    for entry in synthesizers:
        base = getattr(entry, '__name__', type(entry).__name__).removesuffix('Synthesizer')
        label, again = base, 2
        while label in names:
            label, again = f'{base} {again}', again + 1
        names[label] = entry
    return names
