"""The work of a report on pictures: every figure, from judges trained in the run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sdv_fair4free.images import definitions as of
from sdv_fair4free.images.judge import PictureJudge
from sdv_fair4free.images.metrics import (
    frechet_distance,
    independent_rows,
    minority,
    probe_aucs,
    recovered_auc,
)
from sdv_fair4free.images.parity import MINIMUM_ROWS, ClassParity, class_parity
from sdv_fair4free.images.question import HELD_OUT, REAL, SYNTHETIC, TEACHER, Question, Sample
from sdv_fair4free.images.source import PictureSource
from sdv_fair4free.metrics.features import label_order
from sdv_fair4free.reports.manifold import manifold_of_points

CONSTANT = 'constant classifier'
COLUMNS = ('Figure', 'Of', 'Rows', 'Value', 'Best', 'Meaning', 'Note')
_MOST_PROBED = 10_000


class Measurement:
    """The figures of one question, gathered step by step.

    Attributes:
        notes: How it was measured, in sentences.
    """

    def __init__(self, question: Question, max_rows: int, random_state: int) -> None:
        self.question = question
        self.samples = question.samples
        self.max_rows, self.seed = max_rows, random_state
        self.notes = [*question.notes]
        self._rows: list[dict[str, Any]] = []

    def figures(self) -> pd.DataFrame:
        """All figures so far, one row each."""
        return pd.DataFrame(self._rows, columns=[*COLUMNS])

    def likeness(self) -> None:
        """Distance, density and coverage, as seen from held-out real pictures."""
        learnt, kept = self._split(self.samples[REAL])
        others = {REAL: kept, **{name: self.samples[name] for name in self._made()}}
        held_out = self.samples[HELD_OUT]
        rows = min(self.max_rows, len(held_out), *map(len, others.values()))
        seen = pd.Series(learnt.classes).str.cat(pd.Series(learnt.crossed), sep=', ')
        judge = PictureJudge().fit(learnt.pictures.images, seen.to_numpy(dtype=str), seed=self.seed)
        asked = judge.features(self._drawn(held_out, rows).pictures.images)
        for name, sample in others.items():
            told = judge.features(sample.pictures.images)
            parts = [told[part] for part in self._parts(len(sample), rows)]
            self._add(of.FRECHET, name, _mean(frechet_distance(asked, part) for part in parts))
            manifolds = [manifold_of_points(asked, part) for part in parts]
            self._add(of.DENSITY, name, _mean(manifold.density for manifold in manifolds))
            self._add(of.COVERAGE, name, _mean(manifold.coverage for manifold in manifolds))
        self.notes.append(
            f'Distance, density and coverage compare {rows:,} held-out real pictures with as many '
            'of each source, part after part where it has several times as many: then the mean of '
            'the parts is told. All are seen in features of one judge. It was trained on '
            f'{len(learnt):,} real '
            f'pictures to tell {len(np.unique(seen))} crossings of class and group, so that it '
            'sees both; the real pictures compared are others. Where the held-out pictures are '
            'balanced otherwise than the real ones, these are that far away.'
        )

    def labels(self) -> None:
        """Parity of the attributes themselves."""
        for name, sample in self.samples.items():
            for grouping, groups in sample.groups.items():
                parity = class_parity(sample.classes, sample.classes, groups, self.question.judged)
                self._add_parity(of.LABELS, grouping, name, parity, 'DPR')

    def models(self) -> None:
        """Judges trained on each source, asked about the held-out real pictures."""
        held_out = self.samples[HELD_OUT]
        teachers = [REAL, *self._made()]
        rows = min(len(self.samples[name]) for name in teachers)
        rare = self._minority()
        for name in teachers:
            sample = self._drawn(self.samples[name], rows)
            judge = PictureJudge().fit(
                sample.pictures.images, sample.classes.astype(str), seed=self.seed
            )
            decisions = judge.predict(held_out.pictures.images).astype(object)
            self._accuracies(name, decisions, rare)
            for grouping, groups in held_out.groups.items():
                parity = class_parity(held_out.classes, decisions, groups, self.question.judged)
                for key, title in of.PARITY_NAMES.items():
                    self._add_parity(title, grouping, name, parity, key)
        for grouping, groups in held_out.groups.items():
            parity = class_parity(held_out.classes, held_out.classes, groups, self.question.judged)
            self._add_parity(of.PARITY_NAMES['DPR'], grouping, HELD_OUT, parity, 'DPR')
        commonest = pd.Series(self.samples[REAL].classes).mode()[0]
        self._accuracies(CONSTANT, np.full(len(held_out), commonest, dtype=object), rare)
        self.notes.append(
            f'The judges of accuracy and parity have learnt from {rows:,} pictures of each source, '
            f'and were asked about {len(held_out):,} held-out real ones, {rare.sum():,} of them of '
            'the minority. The constant classifier answers with the class that is commonest among '
            'the real training pictures.'
        )

    def latents(self, source: PictureSource) -> None:
        """How well the sensitive value is told from the latent."""
        held_out = self.samples[HELD_OUT]
        codes = _encoded(source, held_out)
        for grouping, groups in held_out.groups.items():
            large = np.flatnonzero(_large(groups))
            chosen = large[independent_rows(held_out.classes[large], groups[large], self.seed)]
            if len(chosen) > self.max_rows:
                chosen = np.random.default_rng(self.seed).permutation(chosen)[: self.max_rows]
            value = recovered_auc(codes[chosen], groups[chosen], self.seed)
            self._add(of.RECOVERED, HELD_OUT, value, grouping, f'{len(chosen):,} rows')
        real = self._drawn(self.samples[REAL], min(_MOST_PROBED, len(self.samples[REAL])))
        codes = _encoded(source, real)
        for grouping, groups in real.groups.items():
            values = []
            for name in self.question.classes:
                inside = np.flatnonzero(real.classes == name)
                inside = inside[_large(groups[inside])]
                values.append(probe_aucs(codes[inside], groups[inside], self.seed))
            known = pd.DataFrame(values).dropna()
            note = f'{len(known)} of {len(values)} classes have two groups of {MINIMUM_ROWS} rows'
            # The better probe of all classes: the better one of each would often be so by chance.
            self._add(of.WITHIN, REAL, known.mean().max(), grouping, note)

    def sizes(self, source: PictureSource) -> None:
        """How many weights teacher and student have."""
        counts = source.get_info().get('generator_parameter_counts', {})
        for name, part in ((TEACHER, 'teacher'), (SYNTHETIC, 'student')):
            if part in counts:
                self._add(of.PARAMETERS, name, float(counts[part]))

    def _made(self) -> list[str]:
        """The sources that are not real."""
        return [name for name in (SYNTHETIC, TEACHER) if name in self.samples]

    def _split(self, sample: Sample) -> tuple[Sample, Sample]:
        """Real rows for a judge to learn from, and others to compare: what it knows lies apart."""
        order = np.random.default_rng(self.seed).permutation(len(sample))
        count = min(self.max_rows, len(sample) // 3)
        return sample.taken(np.sort(order[count:])), sample.taken(np.sort(order[:count]))

    def _drawn(self, sample: Sample, rows: int) -> Sample:
        """A random choice of so many rows, in their order."""
        places = np.random.default_rng(self.seed).choice(len(sample), rows, replace=False)
        return sample.taken(np.sort(places))

    def _parts(self, count: int, rows: int) -> Iterator[NDArray[np.int64]]:
        """Places of ``count`` rows, by chance cut into parts of ``rows``; fewer may be left over.

        One part alone is mostly chance: by some hundredths more of one group than of the other.
        """
        order = np.random.default_rng(self.seed).permutation(count)
        for start in range(0, count - rows + 1, rows):
            yield np.sort(order[start : start + rows])

    def _minority(self) -> NDArray[np.bool_]:
        """(held-out rows,) whose class and group are rarely seen together in training."""
        tables = [
            pd.DataFrame({'class': sample.classes, 'group': sample.crossed})
            for sample in (self.samples[HELD_OUT], self.samples[REAL])
        ]
        return minority(tables[0], 'group', 'class', tables[1])

    def _accuracies(self, name: str, decisions: NDArray[Any], rare: NDArray[np.bool_]) -> None:
        held_out = self.samples[HELD_OUT]
        right = decisions == held_out.classes
        for title, rows in (
            (of.ACCURACY, np.ones_like(rare)),
            (of.MINORITY, rare),
            (of.MAJORITY, ~rare),
        ):
            self._add(title, name, _share(right[rows]), '', f'{rows.sum():,} rows')
        for grouping, groups in held_out.groups.items():
            for group in sorted(set(groups), key=label_order):
                rows = groups == group
                few = rows.sum() < MINIMUM_ROWS
                note = f'{"insufficient data: " if few else ""}{rows.sum():,} rows'
                value = np.nan if few else _share(right[rows])
                self._add(of.GROUP_ACCURACY, name, value, f'{grouping}: {group}', note)

    def _add_parity(
        self, title: str, grouping: str, name: str, parity: ClassParity, key: str
    ) -> None:
        """The mean over the classes and, of several, the worst."""
        note = parity.remark(key)
        self._add(title, name, parity.mean(key), grouping, note)
        if len(parity.by_class) > 1:
            self._add(of.worst(title), name, parity.worst(key), grouping, note)

    def _add(self, figure: str, rows: str, value: float, about: str = '', note: str = '') -> None:
        best, meaning = of.DEFINITIONS[figure]
        entry = (figure, about, rows, float(value), best, meaning, note)
        self._rows.append(dict(zip(COLUMNS, entry, strict=True)))


def _encoded(source: PictureSource, sample: Sample) -> NDArray[Any]:
    latents = np.asarray(source.encode(sample.pictures.data, sample.pictures.images))
    return latents.reshape(len(sample), -1)


def _large(groups: NDArray[Any]) -> NDArray[np.bool_]:
    """(rows,) whether a row's group has enough of them."""
    codes, _ = pd.factorize(groups)
    large: NDArray[np.bool_] = (np.bincount(codes, minlength=1) >= MINIMUM_ROWS)[codes]
    return large


def _mean(values: Iterable[float]) -> float:
    return float(np.mean([*values]))


def _share(right: NDArray[np.bool_]) -> float:
    return float(right.mean()) if len(right) else float('nan')


def by_rows(figures: pd.DataFrame, figure: str, about: str = '') -> Mapping[str, float]:
    """From source to value, of one figure about one thing."""
    chosen = figures[(figures['Figure'] == figure) & (figures['Of'] == about)]
    return dict(zip(chosen['Rows'], chosen['Value'], strict=True))
