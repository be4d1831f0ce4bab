"""Synthesizers side by side on one table: the same split, the same seeds, the same judge."""

from __future__ import annotations

import copy
import hashlib
import inspect
import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import torch
from sdv.metadata import Metadata
from sklearn.model_selection import train_test_split
from tqdm import tqdm

from sdv_fair4free.cost import Measured, measured
from sdv_fair4free.evaluation import evaluate_tstr, label_parity
from sdv_fair4free.pareto import draw_pareto
from sdv_fair4free.reports.privacy import closest_records
from sdv_fair4free.reports.resemblance import measure_quality, modelled_columns
from sdv_fair4free.synthesizer import Fair4FreeSynthesizer
from sdv_fair4free.validation import as_list, listed

Row = dict[str, Any]
REAL, CONSTANT = 'Real rows', 'Constant classifier'


@dataclass(frozen=True, kw_only=True)
class SynthesizerComparison:
    """What :func:`compare_synthesizers` found.

    Attributes:
        table (pandas.DataFrame): One row for each synthesizer and seed, after the real rows and the
            constant classifier: ``Synthesizer``; ``Seed``; of a model that is trained on its rows
            and tested on real ones ``AUC``, ``F1``, ``Accuracy`` (**best 1**), ``DPR`` and ``EOR``,
            demographic parity and equalized odds ratio of the crossed groups (**best 1**); of the
            rows themselves ``Label DPR`` (**best 1**), ``Column Shapes`` and ``Column Pair Trends``
            (all pairs; **best 1**), ``Nearer To Train`` (**best 0.5**) and ``Copies``, the share of
            rows that are rows of the training table; ``Fit Seconds``, ``Sample Seconds`` and
            ``Peak MB``, the most memory above that in use before; ``Error``, None or why the
            figures are missing.
        figure (plotly.graph_objects.Figure): Utility against fairness; the size is the time.
    """

    table: pd.DataFrame
    figure: go.Figure

    def summary(self) -> pd.DataFrame:
        """Mean and standard deviation over seeds, a row for each synthesizer."""
        figures = self.table.drop(columns=['Seed', 'Error'])
        return figures.groupby('Synthesizer', sort=False).agg(['mean', 'std', 'count'])


def compare_synthesizers(
    data: Mapping[str, pd.DataFrame],
    metadata: Metadata,
    synthesizers: Mapping[str, Any] | Sequence[Any],
    *,
    sensitive_columns: Sequence[str] | str,
    target_column: str,
    favourable_outcome: object,
    real_validation_data: Mapping[str, pd.DataFrame] | None = None,
    validation_share: float = 0.3,
    num_rows: int | None = None,
    seeds: Sequence[int] = (0,),
    folder: str | os.PathLike[str] | None = None,
    verbose: bool = True,
) -> SynthesizerComparison:
    """Fit synthesizers on the same rows and judge what they make on the same held-out real rows.

    A synthesizer that fails keeps its row, with the reason; the others go on. With a ``folder``,
    each result is kept there as soon as it is known, and a second call goes on where the first one
    ended; an entry whose parameters have changed is made anew, a function is known by its name
    alone. The global random streams of torch and numpy are seeded, for SDV's synthesizers train on
    them. Times and memory are of this machine: read them as ratios.

    Args:
        data (dict[str, pandas.DataFrame]): One table.
        metadata (Metadata): Its metadata.
        synthesizers (dict or sequence): SDV synthesizer classes, synthesizers that are not fitted,
            or functions ``(data, metadata, num_rows, seed) -> data``; a dict names them. Classes of
            ours get the sensitive columns and the target.
        sensitive_columns (str or sequence of str): Columns that name the groups.
        target_column (str): The outcome, of categories.
        favourable_outcome (object): The value of the outcome that people hope for.
        real_validation_data (dict or None): Real rows to test on; None holds some of ``data`` out.
        validation_share (float): How many are held out, as a share.
        num_rows (int or None): Rows to draw; None takes as many as are trained on.
        seeds (sequence of int): Each synthesizer is fitted once for each.
        folder (path or None): Where results are kept.
        verbose (bool): Whether to show a progress bar.

    Returns:
        SynthesizerComparison: The table and the figure.

    Raises:
        ValueError: Listing every problem with the arguments at once.
    """
    entries = _named(synthesizers)
    _check(data, metadata, entries, sensitive_columns, target_column, seeds)
    (name,) = data
    if real_validation_data is None:
        train, test = train_test_split(data[name], test_size=validation_share, random_state=0)
    else:
        train, test = data[name], real_validation_data[name]
    question = _Question(
        name=name,
        train=train.reset_index(drop=True),
        test=test.reset_index(drop=True),
        metadata=metadata,
        sensitive=tuple(as_list(sensitive_columns)),
        target=target_column,
        favourable=favourable_outcome,
        num_rows=num_rows or len(train),
    )
    kept = _Kept(folder, question)
    real = kept.or_made((REAL, REAL), 0, lambda: question.judge(question.train))
    rows = [
        {'Synthesizer': REAL, **real},
        {'Synthesizer': CONSTANT, 'AUC': 0.5, 'DPR': 1.0, 'EOR': 1.0, 'Seed': 0, 'Error': None},
    ]
    work = [(label, seed) for seed in seeds for label in entries]
    for label, seed in tqdm(work, desc='Compare', disable=not verbose):
        key = (label, _identity(entries[label]))
        made = kept.or_made(key, seed, lambda: _tried(entries[label], question, seed))  # noqa: B023
        rows.append({'Synthesizer': label, **made})
    table = pd.DataFrame(rows)
    order = [*(column for column in table if column != 'Error'), 'Error']
    return SynthesizerComparison(table=table[order], figure=draw_pareto(table, REAL, CONSTANT))


@dataclass(frozen=True, kw_only=True)
class _Question:
    """The split, and what is asked of every table."""

    name: str
    train: pd.DataFrame
    test: pd.DataFrame
    metadata: Metadata
    sensitive: tuple[str, ...]
    target: str
    favourable: object
    num_rows: int

    def judge(self, table: pd.DataFrame) -> Row:
        """The figures of one table of rows, whoever made it."""
        judged = evaluate_tstr(
            table,
            self.test,
            self.target,
            list(self.sensitive),
            self.favourable,
            metadata=self.metadata,
        )
        *_, groups = judged.groups.values()
        *_, parity = label_parity(
            table, self.target, list(self.sensitive), self.favourable
        ).values()
        described = self.metadata.tables[self.name].to_dict()
        quality = measure_quality(self.train, table, None, described)
        privacy = closest_records(self.train, self.test, table, modelled_columns(described))
        return {
            'AUC': judged.auc,
            'F1': judged.f1,
            'Accuracy': judged.accuracy,
            'DPR': groups.demographic_parity_ratio,
            'EOR': groups.equalized_odds_ratio,
            'Label DPR': parity.ratio,
            'Column Shapes': quality.column_shapes,
            'Column Pair Trends': quality.pair_trends_all,
            'Nearer To Train': privacy.nearer_to_train,
            'Copies': privacy.copies,
        }

    def fingerprint(self) -> str:
        """Changes with the rows and with what is asked; not with the synthesizers."""
        rows = [pd.util.hash_pandas_object(part).to_numpy() for part in (self.train, self.test)]
        asked = (self.sensitive, self.target, self.favourable, self.num_rows)
        digest = hashlib.sha256(repr((asked, self.metadata.to_dict())).encode())
        for part in rows:
            digest.update(part.tobytes())
        return digest.hexdigest()[:16]


class _Kept:
    """Results in a folder, one file each, so that what is known is not computed again."""

    def __init__(self, folder: str | os.PathLike[str] | None, question: _Question) -> None:
        self.folder = None if folder is None else Path(folder)
        self.fingerprint = question.fingerprint()
        if self.folder is not None:
            self.folder.mkdir(parents=True, exist_ok=True)

    def or_made(self, key: tuple[str, str], seed: int, make: Callable[[], Row]) -> Row:
        """The result kept for an entry and ``seed``, or made and kept now; failures are not.

        ``key`` is the entry's name and its identity: other settings under one name are made anew.
        """
        if self.folder is None:
            return {'Seed': seed, 'Error': None, **make()}
        name = hashlib.sha256(repr((*key, seed, self.fingerprint)).encode()).hexdigest()[:24]
        path = self.folder / f'{name}.json'
        if path.exists():
            kept: Row = json.loads(path.read_text(encoding='utf-8'))['figures']
            return kept
        made = {'Seed': seed, 'Error': None, **make()}
        if made['Error'] is None:
            told = {'synthesizer': key[0], 'question': self.fingerprint, 'figures': made}
            temporary = path.with_suffix('.part')
            temporary.write_text(json.dumps(told, indent=1), encoding='utf-8')
            temporary.replace(path)
        return made


def _tried(entry: Any, question: _Question, seed: int) -> Row:
    """The figures of one synthesizer; if it fails, the reason in their place."""
    try:
        table, cost = _made(entry, question, seed)
        return {**question.judge(table), **cost}
    except Exception as error:
        return {'Error': f'{type(error).__name__}: {error}'}


def _made(entry: Any, question: _Question, seed: int) -> tuple[pd.DataFrame, Row]:
    """Fit and sample, with what that cost."""
    # SDV's synthesizers train on the global streams.
    torch.manual_seed(seed)
    np.random.seed(seed)  # noqa: NPY002
    data = {question.name: question.train}
    if not inspect.isclass(entry) and not hasattr(entry, 'fit'):
        with measured() as whole:
            tables = entry(data, question.metadata, question.num_rows, seed)
        return tables[question.name], _costs(whole, None)
    synthesizer = _built(entry, question, seed)
    with measured() as fitting:
        synthesizer.fit(data)
    with measured() as sampling:
        tables = synthesizer.sample(question.num_rows)
    return tables[question.name], _costs(fitting, sampling)


def _costs(fitting: Measured, sampling: Measured | None) -> Row:
    return {
        'Fit Seconds': fitting.seconds,
        'Sample Seconds': np.nan if sampling is None else sampling.seconds,
        'Peak MB': fitting.peak_mb if sampling is None else max(fitting.peak_mb, sampling.peak_mb),
    }


def _identity(entry: Any) -> str:
    """What tells an entry from another of the same name: its class or function, its parameters."""
    if hasattr(entry, 'get_parameters') and not inspect.isclass(entry):
        return f'{type(entry).__qualname__} {entry.get_parameters()!r}'
    return f'{entry.__module__}.{getattr(entry, "__qualname__", type(entry).__qualname__)}'


def _built(entry: Any, question: _Question, seed: int) -> Any:
    if not inspect.isclass(entry):
        synthesizer = copy.deepcopy(entry)
        if isinstance(synthesizer, Fair4FreeSynthesizer):
            synthesizer.random_state = seed
        return synthesizer
    build: Callable[..., Any] = entry
    if issubclass(entry, Fair4FreeSynthesizer):
        return build(
            question.metadata,
            sensitive_columns=list(question.sensitive),
            target_column=question.target,
            random_state=seed,
        )
    return build(question.metadata)


def _named(synthesizers: Mapping[str, Any] | Sequence[Any]) -> dict[str, Any]:
    """Names of the entries: those given, else those of class or function, made unique."""
    if isinstance(synthesizers, Mapping):
        return dict(synthesizers)
    named: dict[str, Any] = {}
    for entry in synthesizers:
        base = getattr(entry, '__name__', type(entry).__name__).removesuffix('Synthesizer')
        label, again = base, 2
        while label in named:
            label, again = f'{base} {again}', again + 1
        named[label] = entry
    return named


def _check(
    data: Mapping[str, pd.DataFrame],
    metadata: Metadata,
    entries: Mapping[str, Any],
    sensitive_columns: Sequence[str] | str,
    target_column: str,
    seeds: Sequence[int],
) -> None:
    problems = []
    if not isinstance(data, Mapping) or len(data) != 1:
        raise ValueError('data must be a dict of one table, as SDV takes it.')
    (name,) = data
    if name not in metadata.tables:
        problems.append(f"table '{name}' is not in the metadata.")
    for column in [*as_list(sensitive_columns), target_column]:
        if column not in data[name]:
            problems.append(f"column '{column}' is not in table '{name}'.")
    if not as_list(sensitive_columns):
        problems.append('sensitive_columns is empty; name the columns to compare groups of.')
    if not entries:
        problems.append('synthesizers is empty; name at least one.')
    if not len(seeds):
        problems.append('seeds is empty; name at least one.')
    for label, entry in entries.items():
        if label in (REAL, CONSTANT):
            problems.append(f'{label!r} is the name of another row; choose a different one.')
        if not callable(entry) and not hasattr(entry, 'fit'):
            problems.append(f'{label!r} is neither a synthesizer nor a function: {entry!r}.')
    if problems:
        raise ValueError(listed(problems, 'the arguments'))
