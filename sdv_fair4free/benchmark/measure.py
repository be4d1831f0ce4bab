"""Fit, sample and judge: the rows of the benchmark.

Train on synthetic, test on real (TSTR): every row of the table is a model trained on the named
rows and tested on real test rows. The bound is a model trained on real rows whose scores are
repaired to the barycentre of the groups (Chzhen et al. 2020; Le Gouic et al. 2020).
"""

from __future__ import annotations

import json
import time
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from fairlearn.metrics import demographic_parity_ratio, equalized_odds_ratio
from sdmetrics.reports import QualityReport
from sdv.metadata import Metadata
from sdv.single_table import TVAESynthesizer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import roc_auc_score

from sdv_fair4free.evaluation import evaluate_tstr, label_parity
from sdv_fair4free.options import drawing_from_teacher
from sdv_fair4free.synthesizer import Fair4FreeSynthesizer

Figures = dict[str, float]
TVAE = 'SDV TVAE, defaults'


@dataclass(frozen=True, kw_only=True)
class Task:
    """A benchmark table and what is asked of it."""

    name: str
    train: pd.DataFrame
    test: pd.DataFrame
    metadata: Metadata
    target_column: str
    favourable: str
    sensitive_columns: tuple[str, ...]

    @property
    def sensitive_column(self) -> str:
        """The first: the one that the rows of the benchmark are judged by."""
        return self.sensitive_columns[0]

    @classmethod
    def load(cls, folder: Path) -> Task:
        """Read a folder with train.csv, test.csv, metadata.json and task.json."""
        described = json.loads((folder / 'task.json').read_text())
        metadata = Metadata.load_from_json(folder / 'metadata.json')
        name = described['table']
        text = metadata.get_column_names(table_name=name, sdtype='categorical')
        parts = [
            pd.read_csv(folder / f'{part}.csv', dtype=dict.fromkeys(text, str))
            for part in ('train', 'test')
        ]
        return cls(
            name=name,
            train=parts[0],
            test=parts[1],
            metadata=metadata,
            target_column=described['target_column'],
            favourable=described['positive_label'],
            sensitive_columns=tuple(described['sensitive_columns']),
        )


class Clock:
    """Wall-clock seconds of a block."""

    seconds = 0.0

    def __enter__(self) -> Clock:
        self._start = time.perf_counter()
        return self

    def __exit__(self, *error: object) -> None:
        self.seconds = time.perf_counter() - self._start


def judge(task: Task, synthetic: pd.DataFrame) -> Figures:
    """Every figure of one table of rows."""
    judged = evaluate_tstr(
        synthetic,
        task.test,
        task.target_column,
        task.sensitive_column,
        task.favourable,
        metadata=task.metadata,
    )
    group = judged.groups[task.sensitive_column]
    parity = label_parity(synthetic, task.target_column, task.sensitive_column, task.favourable)[
        task.sensitive_column
    ]
    figures = {
        'AUC': judged.auc,
        'DPR': group.demographic_parity_ratio,
        'EOR': group.equalized_odds_ratio,
        'label DPR': parity.ratio,
    }
    return {**figures, **quality(task, synthetic)}


def quality(task: Task, synthetic: pd.DataFrame) -> Figures:
    """SDMetrics' quality report: its defaults, and pair trends over all pairs."""
    figures = {}
    for label, threshold in (('', None), (' (all)', 0.0)):
        report = QualityReport()
        if threshold is not None:
            report.real_correlation_threshold = threshold
            report.real_association_threshold = threshold
        report.generate(
            {task.name: task.train},
            {task.name: synthetic[task.train.columns]},
            task.metadata.to_dict(),
            verbose=False,
        )
        scores = report.get_properties().set_index('Property')['Score']
        figures['shapes'] = float(scores['Column Shapes'])
        figures[f'pairs{label}'] = float(scores['Column Pair Trends'])
    return figures


def bound(task: Task) -> Figures:
    """A model trained on real rows, its test scores repaired to the barycentre of the groups."""
    features = [name for name in task.train if name != task.target_column]
    train, test = task.train[features].copy(), task.test[features].copy()
    for name in features:
        if not pd.api.types.is_numeric_dtype(train[name]):
            categories = pd.Index(train[name].dropna().unique())
            train[name] = categories.get_indexer(train[name])
            test[name] = categories.get_indexer(test[name])
    model = HistGradientBoostingClassifier(random_state=0)
    model.fit(train.to_numpy(float), task.train[task.target_column] == task.favourable)
    scores = model.predict_proba(test.to_numpy(float))[:, 1]
    groups = task.test[task.sensitive_column].astype(str).to_numpy()
    ranks = pd.Series(scores).groupby(groups).rank(pct=True).to_numpy()
    repaired = sum(
        (groups == group).mean() * np.quantile(scores[groups == group], ranks)
        for group in np.unique(groups)
    )
    truth = (task.test[task.target_column] == task.favourable).to_numpy()
    chosen = repaired > 0.5
    return {
        'AUC': float(roc_auc_score(truth, repaired)),
        'DPR': float(demographic_parity_ratio(truth, chosen, sensitive_features=groups)),
        'EOR': float(equalized_odds_ratio(truth, chosen, sensitive_features=groups)),
    }


def fit_ours(
    task: Task, seed: int, fair: bool, criterion: str = 'demographic_parity'
) -> tuple[Fair4FreeSynthesizer, float]:
    """Fit with default parameters; with the sensitive column, or without any."""
    with warnings.catch_warnings():
        warnings.filterwarnings('ignore', message='No fairness is applied')
        synthesizer = Fair4FreeSynthesizer(
            task.metadata,
            sensitive_columns=[task.sensitive_column] if fair else None,
            target_column=task.target_column,
            fairness_criterion=criterion,
            random_state=seed,
        )
    with Clock() as clock:
        synthesizer.fit({task.name: task.train})
    return synthesizer, clock.seconds


def our_rows(task: Task, seed: int) -> dict[str, Figures]:
    """Teacher and student, with the sensitive column and without any."""
    fair, seconds = fit_ours(task, seed, fair=True)
    plain, plain_seconds = fit_ours(task, seed, fair=False)
    odds, odds_seconds = fit_ours(task, seed, fair=True, criterion='equalized_odds')
    rows = {
        f'student, strength {strength:g}': sampled(
            task, seed, fair, seconds, fairness_strength=strength
        )
        for strength in (1.0, 0.5, 0.0)
    }
    rows['student, no sensitive columns'] = sampled(task, seed, plain, plain_seconds)
    rows['student, equalized odds'] = sampled(task, seed, odds, odds_seconds)
    with drawing_from_teacher():
        rows['teacher, strength 1'] = sampled(task, seed, fair, seconds)
        rows['teacher, no sensitive columns'] = sampled(task, seed, plain, plain_seconds)
        rows['teacher, equalized odds'] = sampled(task, seed, odds, odds_seconds)
    for synthesizer, kind in ((fair, 'strength 1'), (plain, 'no sensitive columns')):
        for who, count in synthesizer.get_info()['parameter_counts'].items():
            rows[f'{who}, {kind}']['parameters'] = count
    return rows


def tvae_rows(task: Task, seed: int) -> dict[str, Figures]:
    """SDV's TVAE with its defaults."""
    tvae = TVAESynthesizer(task.metadata)
    torch.manual_seed(seed)
    np.random.seed(seed)  # noqa: NPY002 - TVAE trains on the global streams
    with Clock() as clock:
        tvae.fit({task.name: task.train})
    return {TVAE: sampled(task, seed, tvae, clock.seconds)}


def sampled(task: Task, seed: int, synthesizer: Any, fit_seconds: float, **options: Any) -> Figures:
    """Sample as many rows as train, and judge them."""
    synthesizer.sample(1)  # what is done once is not timed
    synthesizer._set_random_state(seed)
    with Clock() as clock:
        table = synthesizer.sample(len(task.train), **options)[task.name]
    return {**judge(task, table), 'fit s': fit_seconds, 'sample s': clock.seconds}


def reference_rows(task: Task) -> dict[str, Figures]:
    """The rows that no generator makes: real data, the constant classifier, the bound."""
    constant = (task.test[task.target_column] == task.favourable).mean()
    return {
        'real rows': judge(task, task.train),
        # Everybody is treated alike, and nobody is told apart: fairness alone is no merit.
        'constant classifier': {'AUC': 0.5, 'DPR': float('nan' if constant < 0.5 else 1.0)},
        'bound (real rows, repaired scores)': bound(task),
    }
