"""The comparisons of ``make bench``: which synthesizers, on which tables, for which groups."""

from __future__ import annotations

import os
import warnings
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import pandas as pd
from sdv.metadata import Metadata
from sdv.single_table import TVAESynthesizer

from sdv_fair4free.benchmark.compare import SynthesizerComparison, compare_synthesizers
from sdv_fair4free.benchmark.entries import FittedOnce, Tables
from sdv_fair4free.benchmark.kept import digest_of
from sdv_fair4free.benchmark.limits import parity_by_chance
from sdv_fair4free.benchmark.tasks import Task
from sdv_fair4free.core.config import TeacherConfig
from sdv_fair4free.core.criteria import PENALTY
from sdv_fair4free.options import drawing_from_teacher
from sdv_fair4free.synthesizer import Fair4FreeSynthesizer

TVAE = 'SDV TVAE'
NO_STOPPING = 1000
OTHER_SPLITS = ', other splits'
TVAE_COSTS = ['Fit Seconds', 'Sample Seconds', 'Peak MB']


@dataclass(frozen=True, kw_only=True)
class Section:
    """One comparison and the question it answers.

    Attributes:
        title: Heading.
        told: What was compared.
        comparison: The figures.
        chance: Mean, 5th and 95th percentile of the parity of blind decisions.
        chance_on: The rows that they are about.
    """

    title: str
    told: str
    comparison: SynthesizerComparison
    chance: tuple[float, float, float]
    chance_on: str


def unfitted(task: Task, sensitive: Sequence[str], **parameters: Any) -> Fair4FreeSynthesizer:
    """One of ours for a task; the benchmark sets its seed."""
    with warnings.catch_warnings():
        warnings.filterwarnings('ignore', message='No fairness is applied')
        return Fair4FreeSynthesizer(
            task.metadata,
            sensitive_columns=list(sensitive) or None,
            target_column=task.target_column,
            **parameters,
        )


class SharedTVAE:
    """SDV's TVAE with its defaults. It knows no sensitive columns: one fit serves all groupings.

    The fitted ones are kept by the class, not by an entry: an entry is told from others by what it
    holds, and must not change by being used.

    Args:
        metadata: Of the table.
        seed: Set already; SDV's networks take it from the global stream.
    """

    known: ClassVar[dict[tuple[int, str], Any]] = {}

    def __init__(self, metadata: Metadata, seed: int) -> None:
        self.metadata, self.seed = metadata, seed

    def fit(self, data: Tables) -> None:
        """Fit it, unless that was done for these rows and this seed."""
        self.key = self.seed, digest_of(*data.values())
        if self.key not in self.known:
            made = TVAESynthesizer(self.metadata)
            made.fit(dict(data))
            self.known[self.key] = made

    def sample(self, num_rows: int) -> Tables:
        """The same rows for every grouping."""
        made = self.known[self.key]
        made.reset_sampling()
        tables: Tables = made.sample(num_rows)
        return tables


def shared_tvae(metadata: Metadata, seed: int) -> SharedTVAE:
    """TVAE for several comparisons of the same table."""
    return SharedTVAE(metadata, seed)


def drawn(from_teacher: bool = False, **options: Any) -> Any:
    """A way of drawing from a fitted synthesizer."""

    def draw(synthesizer: Any, num_rows: int) -> Tables:
        block: AbstractContextManager[None] = nullcontext()
        if from_teacher:
            block = drawing_from_teacher()
        with block:
            tables: Tables = synthesizer.sample(num_rows, **options)
        return tables

    return draw


def in_full(task: Task, sensitive: Sequence[str]) -> dict[str, FittedOnce]:
    """Ours, in every way that the protocol asks for, with the ablations."""

    def ablated(name: str, config: TeacherConfig) -> FittedOnce:
        synthesizer = unfitted(task, sensitive, teacher=config, distillation=None)
        return FittedOnce(synthesizer=synthesizer, draws={f'Ablation: {name}': drawn()})

    usual = TeacherConfig()
    unstopped = replace(
        usual,
        held_out=0.0,
        representation=replace(usual.representation, patience=NO_STOPPING),
        decoder=replace(usual.decoder, patience=NO_STOPPING),
    )
    published = unfitted(task, sensitive, teacher=TeacherConfig.as_published())
    return {
        'ours': FittedOnce(
            synthesizer=unfitted(task, sensitive),
            draws={
                'Student': drawn(),
                'Student, strength 0.5': drawn(fairness_strength=0.5),
                'Student, strength 0': drawn(fairness_strength=0.0),
                'Teacher': drawn(from_teacher=True),
            },
        ),
        'plain': FittedOnce(
            synthesizer=unfitted(task, ()),
            draws={
                'Student, no sensitive columns': drawn(),
                'Teacher, no sensitive columns': drawn(from_teacher=True),
            },
        ),
        'odds': FittedOnce(
            synthesizer=unfitted(task, sensitive, fairness_criterion='equalized_odds'),
            draws={
                'Student, equalized odds': drawn(),
                'Teacher, equalized odds': drawn(from_teacher=True),
            },
        ),
        'all': FittedOnce(
            synthesizer=unfitted(task, sensitive, fairness_scope='all'),
            draws={'Student, scope all': drawn()},
        ),
        'with data': FittedOnce(
            synthesizer=unfitted(task, sensitive, distillation='with_data'),
            draws={'Student, distilled with data': drawn()},
        ),
        'published': FittedOnce(
            synthesizer=published,
            draws={
                'Published teacher, our student': drawn(),
                'Published teacher': drawn(from_teacher=True),
            },
        ),
        'neither': ablated(
            'neither penalty nor transport',
            replace(usual, transport='pooled', dependence_weight=0.0),
        ),
        'penalty': ablated(
            'penalty only', replace(usual, transport='pooled', dependence_weight=PENALTY)
        ),
        'transport': ablated('transport only (the default)', replace(usual, dependence_weight=0.0)),
        'both': ablated('penalty and transport', replace(usual, dependence_weight=PENALTY)),
        'unstopped': ablated('transport only, no held-out rows, no early stopping', unstopped),
    }


def compared(
    task: Task,
    sensitive: Sequence[str],
    entries: dict[str, Any],
    seeds: int,
    folder: str | os.PathLike[str],
    split_anew: bool = False,
    aside: str = '',
) -> Section:
    """One comparison on a task: on its own split, or on another split for each seed.

    ``aside`` is for the title, where a question is asked twice.
    """
    data, validation = task.train, {task.name: task.test}
    told = f'{len(task.train):,} rows to train on, {len(task.test):,} real rows to test on'
    chance_on = 'these test rows'
    if split_anew:
        data = pd.concat([task.train, task.test], ignore_index=True)
        share = len(task.test) / len(data)
        told = f'{len(data):,} rows, of which {share:.0%} are held out, others for each seed'
        chance_on = 'one such test part'
    comparison = compare_synthesizers(
        {task.name: data},
        task.metadata,
        entries,
        sensitive_columns=sensitive,
        target_column=task.target_column,
        favourable_outcome=task.favourable,
        real_validation_data=None if split_anew else validation,
        validation_share=len(task.test) / (len(task.train) + len(task.test)),
        new_split_for_each_seed=split_anew,
        seeds=range(seeds),
        folder=folder,
    )
    return Section(
        title=f'{task.name.capitalize()}, {" x ".join(sensitive)}{aside}',
        told=f'{told}; target {task.target_column}, decisions for {task.favourable!r}.',
        comparison=comparison,
        chance=parity_by_chance(
            task.test[task.target_column], task.test[[*sensitive]], task.favourable
        ),
        chance_on=chance_on,
    )


def adult(task: Task, seeds: int, folder: str | os.PathLike[str]) -> list[Section]:
    """The sections of Adult: sex in full, then race and the crossing."""
    first, second = task.sensitive_columns
    other = FittedOnce(synthesizer=shared_tvae, draws={TVAE: drawn()})
    sections = [compared(task, [first], {TVAE: other, **in_full(task, [first])}, seeds, folder)]
    for sensitive in ([second], [first, second]):
        entries = {TVAE: other, 'ours': in_full(task, sensitive)['ours']}
        sections.append(compared(task, sensitive, entries, seeds, folder))
    # One test part has luck of its own, the same for every seed: other parts tell how much.
    ours = in_full(task, [first])['ours']
    draws = {name: ours.draws[name] for name in ('Student', 'Teacher')}
    again = FittedOnce(synthesizer=ours.synthesizer, draws=draws)
    others = compared(
        task, [first], {'ours': again}, seeds, folder, split_anew=True, aside=OTHER_SPLITS
    )
    return [*_with_costs_of_the_first(sections), others]


def compas(task: Task, seeds: int, folder: str | os.PathLike[str]) -> list[Section]:
    """The sections of COMPAS: race, sex and the crossing, on splits of their own."""
    first, second = task.sensitive_columns
    other = FittedOnce(synthesizer=shared_tvae, draws={TVAE: drawn()})
    sections = []
    for sensitive in ([first], [second], [first, second]):
        entries = {TVAE: other, 'ours': in_full(task, sensitive)['ours']}
        sections.append(compared(task, sensitive, entries, seeds, folder, split_anew=True))
    return _with_costs_of_the_first(sections)


def _with_costs_of_the_first(sections: list[Section]) -> list[Section]:
    """TVAE is fitted for the first section, and for the others only judged."""
    first, *others = (section.comparison.table for section in sections)
    costs = first.loc[first['Synthesizer'] == TVAE, TVAE_COSTS].to_numpy()
    for table in others:
        table.loc[table['Synthesizer'] == TVAE, TVAE_COSTS] = costs
    return sections
