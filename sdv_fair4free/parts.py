"""One part of a large table, made alone: a copy of a synthesizer that only samples parts.

All randomness of a part is seeded with the seed of the table and the part's number: that of the
model, of every transformer of SDV, of made-up personal data, and the global ones, which constraints
may draw from. Keys follow from the number of the row. So a part comes out the same wherever and
whenever it is made, and the synthesizer itself is left as it is.
"""

from __future__ import annotations

import copy
import hashlib
import random
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import pandas as pd
import torch
from rdt.transformers import AnonymizedFaker
from sdv.errors import SamplingError

from sdv_fair4free.constraints import named_columns
from sdv_fair4free.core.noise import Noise
from sdv_fair4free.fingerprint import fingerprint
from sdv_fair4free.locks import alone
from sdv_fair4free.model import FairModel, no_losses
from sdv_fair4free.numbered import Numbered, numbered

if TYPE_CHECKING:
    from sdv_fair4free.sampling import SamplingMixin

TRIAL_ROWS = 256
"""Rows by which columns of made-up values, and models, are told apart."""


class Tables(Protocol):
    """What ``sample`` returns: tables by their name, which may come with pictures."""

    def values(self) -> Iterable[pd.DataFrame]:
        """The tables."""


def derived_seed(seed: int, *names: object) -> int:
    """A seed of 62 bits for something that has a name, from the seed of the whole."""
    told = '/'.join(map(str, (seed, *names)))
    return int.from_bytes(hashlib.sha256(told.encode()).digest()[:8], 'big') >> 2


@contextmanager
def seeded_globally(seed: int) -> Iterator[None]:
    """Within the block, the global random states are seeded; then they are as they were."""
    states = random.getstate(), np.random.get_state(), torch.random.get_rng_state()  # noqa: NPY002
    random.seed(seed)
    np.random.seed(seed % 2**32)  # noqa: NPY002
    torch.default_generator.manual_seed(seed)
    try:
        yield
    finally:
        random.setstate(states[0])
        np.random.set_state(states[1])  # noqa: NPY002
        torch.random.set_rng_state(states[2])


@dataclass(frozen=True, kw_only=True)
class PartSampler:
    """Makes the parts of one table.

    Attributes:
        twin: A copy of the synthesizer that nobody else samples from.
        num_rows: Rows of the whole table.
        batch_size: Rows of every part but the last.
        seed: Of the whole table.
        fairness_strength: As ``sample`` takes it.
        sensitive_distribution: As ``sample`` takes it.
    """

    twin: Any
    num_rows: int
    batch_size: int
    seed: int
    fairness_strength: float | None = None
    sensitive_distribution: Mapping[Any, float] | pd.DataFrame | str | None = None

    @property
    def parts(self) -> int:
        """How many parts there are; one at least, so that there always is a table."""
        return max(1, -(-self.num_rows // self.batch_size))

    def rows(self, part: int) -> int:
        """Rows of a part."""
        return min(self.batch_size, self.num_rows - part * self.batch_size)

    def part(self, part: int) -> Tables:
        """Make a part: what ``sample`` returns.

        Args:
            part: Its number, from 0.

        Raises:
            SamplingError: If it cannot be made, with its number.
        """
        first, rows = part * self.batch_size, self.rows(part)
        try:
            made = self._made(derived_seed(self.seed, part), first, rows)
            (table,) = made.values()
            if len(table) != rows:
                raise SamplingError(
                    f'only {len(table)} of {rows} rows satisfy the constraints after 100 attempts; '
                    'take a larger batch_size, or loosen the constraints'
                )
        except Exception as error:
            raise SamplingError(
                f'Part {part} (rows {first} to {first + rows - 1}) could not be made: {error}'
            ) from error
        return made

    def trial(self) -> pd.DataFrame:
        """A few rows that are part of no table, always the same of one model."""
        plain = replace(self, fairness_strength=None, sensitive_distribution=None)
        (table,) = plain._made(derived_seed(0, 'trial'), 0, TRIAL_ROWS).values()
        return table

    def model_digest(self, trial: pd.DataFrame) -> str:
        """SHA-256 of all that rows follow from, but the seed and what a call asks for."""
        model = self.twin._model
        weights = dict(model.generator.state_dict()) if model else {}
        transformers = self.twin._data_processor._hyper_transformer.field_transformers
        return fingerprint([weights, transformers, trial])

    @alone
    def _made(self, seed: int, first: int, rows: int) -> Tables:
        if self.twin._model:
            self.twin._model.noise.seed(derived_seed(seed, 'model'))
        for name, transformer in self._transformers().items():
            _seed_transformer(transformer, derived_seed(seed, 'column', name), first)
        self.twin._first_row = first
        with seeded_globally(derived_seed(seed, 'global')):
            made: Tables = self.twin.sample(
                rows,
                fairness_strength=self.fairness_strength,
                sensitive_distribution=self.sensitive_distribution,
            )
        self._number(made, first, rows)
        return made

    def _transformers(self) -> dict[Any, Any]:
        transformers: dict[Any, Any] = (
            self.twin._data_processor._hyper_transformer.field_transformers
        )
        return {name: each for name, each in transformers.items() if each is not None}

    def _number(self, made: Tables, first: int, rows: int) -> None:
        """Number the rows that are left where constraints have dropped some and others came."""
        (table,) = made.values()
        for transformer in self._transformers().values():
            if not isinstance(transformer, Numbered) or transformer.first == first + rows:
                continue
            (name,) = transformer.columns
            (place,) = [column for column in table if str(column) == name]
            values = pd.Series(transformer.values(first, len(table)), table.index, dtype=object)
            given = table[place].dtype
            categories = isinstance(given, pd.CategoricalDtype)
            table[place] = values.astype('category' if categories else given)


def part_sampler(
    synthesizer: SamplingMixin, num_rows: int, batch_size: int, **asked: Any
) -> tuple[PartSampler, list[str]]:
    """What makes the parts of a table, and why a table cannot be made in parts.

    Args:
        synthesizer: Fitted. It is left as it is, and what is made does not change with it.
        num_rows: As :class:`PartSampler`, like all that follow.
        batch_size: See there.
        **asked: See there.
    """
    substitutes, problems = numbered(synthesizer._data_processor, num_rows)
    keys = [each.columns[0] for each in substitutes.values() if each.unique]
    for constraint in (
        *synthesizer._chained_constraints,
        *synthesizer._reject_sampling_constraints,
    ):
        tied = sorted(named_columns(constraint) & set(keys))
        if tied:
            problems.append(
                f'{type(constraint).__name__} looks at the key {", ".join(map(repr, tied))}, which '
                'is numbered when the rows are known; leave the key out of the constraint.'
            )
    twin = _twin(synthesizer, substitutes)
    asked = copy.deepcopy(asked)  # parts to come are those that were asked for
    return PartSampler(twin=twin, num_rows=num_rows, batch_size=batch_size, **asked), problems


def _twin(synthesizer: SamplingMixin, substitutes: Mapping[int, Numbered]) -> Any:
    """A copy with streams of its own, and of the model with what is sampled from alone."""
    twin: Any = copy.copy(synthesizer)
    # What takes the place of a transformer is told to `deepcopy` as its copy: it then stands
    # wherever the transformer stood, and a counter is not wound forward to be thrown away.
    twin._data_processor = copy.deepcopy(synthesizer._data_processor, dict(substitutes))
    # SDV fits constraints where they are: those of the next fit are the same objects.
    for name in ('_chained_constraints', '_reject_sampling_constraints'):
        setattr(twin, name, copy.deepcopy(getattr(synthesizer, name)))
    model = synthesizer._model
    if model:
        twin._model = _only_sampled(model)
    twin._random_state_set = True
    twin.verbose, twin.checkpoint_dir, twin._constrained = False, None, MappingProxyType({})
    # SDV shows a bar for each call where there are constraints; parts would show hundreds.
    twin.get_constraints = _no_constraints
    for transformer in twin._data_processor._hyper_transformer.field_transformers.values():
        _choose_categories(transformer)
    return twin


def _only_sampled(model: FairModel) -> FairModel:
    return replace(
        model,
        teacher=model.teacher if model.student is None else None,
        representation=None,
        loss_values=no_losses(),
        code_counts=None,
        noise=Noise(model.generator.schema, 0),
    )


def _no_constraints() -> list[Any]:
    return []


def _choose_categories(transformer: Any) -> None:
    """Have Faker choose the values that all parts share, where it keeps to so many."""
    if isinstance(transformer, AnonymizedFaker) and transformer.cardinality_rule == 'match':
        transformer._unique_categories = None
        transformer.reset_randomization()
        transformer.reverse_transform(pd.DataFrame(index=range(1)))


def _seed_transformer(transformer: Any, seed: int, first: int) -> None:
    if isinstance(transformer, Numbered):
        transformer.first = first
        return
    if isinstance(transformer, AnonymizedFaker):
        transformer.faker.seed_instance(seed)  # a reset would read Faker's word lists again
    else:
        transformer.reset_randomization()
    state = np.random.RandomState(seed % 2**32)
    transformer.set_random_state(state, 'reverse_transform')


__all__ = ['PartSampler', 'Tables', 'derived_seed', 'part_sampler']
