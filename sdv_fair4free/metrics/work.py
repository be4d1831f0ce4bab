"""The work of an audit, step by step."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from sdv_fair4free.metrics.case import Case
from sdv_fair4free.metrics.catalogue import (
    CONSTANT,
    FIGURE_COLUMNS,
    GROUP_COLUMNS,
    LABELS,
    LEAKAGE,
    METRICS,
    MODELS,
    PROPERTIES,
    SOURCES,
)
from sdv_fair4free.metrics.checks import few
from sdv_fair4free.metrics.counterfactual import CHANGE, FLIP_RATE, counterfactual_row
from sdv_fair4free.metrics.groupings import Grouping
from sdv_fair4free.metrics.leakage import leakage_rows
from sdv_fair4free.metrics.left_out import note_classes, note_groups, rare_classes
from sdv_fair4free.metrics.models import TrainedModel, lone_classes, train
from sdv_fair4free.metrics.of_plugins import (
    added_names,
    known_topics,
    label_rows_of_plugins,
    model_rows_of_plugins,
)
from sdv_fair4free.metrics.rows import Row, about, wanted, worst_class
from sdv_fair4free.metrics.tables import label_rows, model_rows
from sdv_fair4free.metrics.utility import OF_CLASSES, OF_NUMBERS, retained, useless, utility_rows


class Work:
    """The steps of an audit, and the rows they have given so far."""

    def __init__(self, case: Case, metrics: Sequence[str] | None) -> None:
        self.case = case
        self.metrics = metrics
        self.figures: list[Row] = []
        self.groups: list[Row] = []
        self.utility: dict[str, list[Row]] = {}

    def steps(self) -> list[tuple[str, Callable[[], None]]]:
        """What there is to do, in order, with a label each."""
        steps: list[tuple[str, Callable[[], None]]] = []
        for source in SOURCES:
            if self._any((*LABELS, *added_names(['Label Parity']))):
                steps.append((f'Labels ({source})', partial(self._labels, source)))
            if self._any(LEAKAGE):
                steps.append((f'Proxies ({source})', partial(self._leakage, source)))
        if self._any((*MODELS, *added_names(['Model Parity', 'Error Parity']))):
            for source in (*SOURCES, CONSTANT):
                steps.append((f'Model ({source})', partial(self._model, source)))
            steps.append(('Utility', self._utility))
        return steps

    def frames(self) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
        """The figures, those of the constant answer, and the rates by group."""
        figures = self._ordered(self.figures)
        constant = figures['Source'] == CONSTANT
        return (
            figures[~constant].reset_index(drop=True),
            figures[constant].reset_index(drop=True),
            _frame(about(self.groups), GROUP_COLUMNS),
        )

    def _any(self, names: Sequence[str]) -> bool:
        return self.metrics is None or any(name in self.metrics for name in names)

    def _labels(self, source: str) -> None:
        for grouping in self.case.groupings.values():
            rows = label_rows(self.case, source, grouping, self.metrics)
            rows[0].extend(label_rows_of_plugins(self.case, source, grouping, self.metrics))
            self._keep(rows, grouping, source)

    def _leakage(self, source: str) -> None:
        rows = leakage_rows(self.case, source, wanted(dict.fromkeys(LEAKAGE), self.metrics))
        self.figures += about(rows, Source=source, Outcome=None, Headline=source == 'synthetic')

    def _model(self, source: str) -> None:
        case = self.case
        known = case.target.known('validation')
        resampler = case.resampler(int(known.sum()))
        model = None
        if source == CONSTANT:
            said = useless(case)
        else:
            model = self._trained('training' if source == 'real' else source)
            said = model.predict(case.read['validation'][known])
        for grouping in case.groupings.values():
            rows = model_rows(case, said, grouping, resampler, self.metrics, source != CONSTANT)
            if source != CONSTANT and case.target.kind != 'numeric':
                note_groups(case, grouping, source, said, self.metrics)
            flip = FLIP_RATE if case.target.kind != 'numeric' else CHANGE
            if wanted({flip: None}, self.metrics):
                learnt = 'synthetic' if source == 'synthetic' else 'training'
                row = counterfactual_row(case, grouping, learnt, model, said, resampler)
                rows[0].extend(about([row], Outcome=self._favourable()))
            rows[0].extend(model_rows_of_plugins(case, said, grouping, resampler, self.metrics))
            self._keep(rows, grouping, source)
        names = OF_NUMBERS if case.target.kind == 'numeric' else OF_CLASSES
        if wanted(dict.fromkeys(names), self.metrics):
            self.utility[source] = utility_rows(case, said, resampler, names)

    def _trained(self, table: str) -> TrainedModel:
        case = self.case
        known = case.target.known(table)
        outcome = case.target.outcome[table][known]
        classifies = case.model is None and case.target.classes
        names = [case.target.classes[code] for code in lone_classes(outcome)] if classifies else []
        if names:
            case.note(
                f'The {table} rows have one row only of {few(names)}: the model of these rows is '
                'trained without.'
            )
        return train(
            case.read[table][known],
            outcome,
            case.kinds,
            len(case.target.classes),
            case.model,
            case.settings['random_state'],
        )

    def _utility(self) -> None:
        for source, rows in self.utility.items():
            scored = retained(rows, self.utility['real'], self.utility[CONSTANT])
            scored = [
                row for row in scored if self.metrics is None or row['Metric'] in self.metrics
            ]
            self.figures += about(scored, Source=source, Headline=source == 'synthetic')

    def _keep(self, rows: tuple[list[Row], list[Row]], grouping: Grouping, source: str) -> None:
        """Add figures and rates; of several classes the worst speaks for all."""
        fields = {'Column': grouping.name, 'Source': source}
        figures = about(rows[0], **fields, Sensitive=grouping.name)
        if self.case.target.kind == 'multiclass':
            single = [row for row in figures if row['Outcome'] is not None]
            rest = [row for row in figures if row['Outcome'] is None]
            self.figures += about(single, Headline=False)
            figures = rest + worst_class(single, rare_classes(self.case))
        self.figures += [
            # Scores that counted what some have installed would not be comparable.
            {**row, 'Headline': source == 'synthetic' and row['Metric'] in METRICS}
            for row in figures
        ]
        if source != CONSTANT:
            self.groups += about(rows[1], **fields)

    def _favourable(self) -> str | None:
        return self.case.target.classes[1] if self.case.target.kind == 'binary' else None

    def _ordered(self, rows: list[Row]) -> pd.DataFrame:
        """One frame, property by property, in the order of the catalogue."""
        rows, topics = about(rows), known_topics()
        for row in rows:
            row.setdefault('Outcome', None)
            row['Property'] = topics[row['Metric']]
        metrics = {name: place for place, name in enumerate(topics)}
        sources = {name: place for place, name in enumerate((*SOURCES, CONSTANT))}
        rows.sort(
            key=lambda row: (
                PROPERTIES.index(row['Property']),
                metrics[row['Metric']],
                sources[row['Source']],
            )
        )
        return _frame(rows, FIGURE_COLUMNS)

    def notes(self) -> tuple[str, ...]:
        """What the reader of the figures should know."""
        minimum = self.case.settings['minimum_group_size']
        note_classes(self.case)
        notes = list(self.case.notes)
        for grouping in self.case.groupings.values():
            counts = {name: grouping.counts(name) for name in ('validation', 'synthetic')}
            for name, count in counts.items():
                small = np.flatnonzero(count < minimum)
                shown = ', '.join(f'{grouping.labels[g]} (n = {count[g]})' for g in small[:8])
                more = f' and {len(small) - 8} more' if len(small) > 8 else ''
                if len(small):
                    notes.append(
                        f"Groups of '{grouping.name}' with fewer than {minimum} {name} rows are "
                        f'shown but not compared: {shown}{more}.'
                    )
        return tuple(notes)

    def settings(self) -> dict[str, Any]:
        """What was asked, and how."""
        case, target = self.case, self.case.target
        return {
            'sensitive_columns': list(case.sensitive),
            'target_column': target.name,
            'favourable_outcome': self._favourable(),
            'target_kind': target.kind,
            'target_scale': target.scale,
            'classes': list(target.classes),
            'groupings': list(case.groupings),
            'features': list(case.kinds),
            'withheld_columns': list(case.withheld),
            'model': 'HistGradientBoosting' if case.model is None else type(case.model).__name__,
            'rows': {name: len(table) for name, table in case.read.items()},
            **case.settings,
        }


def _frame(rows: list[Row], columns: Sequence[str]) -> pd.DataFrame:
    """Rows as a frame in which absent words are None, not NaN."""
    words = {
        name: pd.Series([row.get(name) for row in rows], dtype=object)
        for name in ('Sensitive', 'Outcome', 'Error')
        if name in columns
    }
    return pd.DataFrame(rows, columns=list(columns)).assign(**words)
