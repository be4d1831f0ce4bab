"""Synthesizers side by side on one table: the same split, the same seeds, the same judge."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
import plotly.graph_objects as go
from sdv.metadata import Metadata
from sklearn.model_selection import train_test_split
from tqdm import tqdm

from sdv_fair4free.benchmark.entries import FittedOnce, drawn_from, identity, named
from sdv_fair4free.benchmark.judge import REFERENCES, Question
from sdv_fair4free.benchmark.kept import Kept, Row
from sdv_fair4free.benchmark.pareto import draw_pareto
from sdv_fair4free.validation import as_list, listed


@dataclass(frozen=True, kw_only=True)
class SynthesizerComparison:
    """What :func:`compare_synthesizers` found.

    Attributes:
        table (pandas.DataFrame): One row for each synthesizer (each way of drawing from it) and
            seed. First come the real rows; the constant classifier; the bound, a model of real rows
            whose scores are repaired to have the same distribution in every group (Chzhen et al.
            2020); and what chance leaves of parity where nobody is looked at.

            ``Synthesizer``; ``Seed``. Of a boosted model that is trained on the rows and tested on
            real ones ``AUC``, ``F1``, ``Accuracy`` (**best 1**), ``DPR`` and ``EOR``, demographic
            parity and equalized odds ratio of the crossed groups (**best 1**), ``DPD`` and ``EOD``,
            the differences (**best 0**), and some of the same of a logistic regression (``Linear
            AUC``, ``Linear DPR``, ``Linear EOR``). Of the rows themselves ``Label DPR`` (**best
            1**); ``Sensitive AUC``, how well the sensitive columns are told from the others (**best
            0.5**, see :class:`~sdv_fair4free.metrics.SensitiveRecoveryAUC`); ``Column Shapes``,
            ``Column Pair Trends`` (related pairs, SDMetrics' default) and ``All Pair Trends``
            (**best 1**); ``Density`` and ``Coverage`` on 2000 rows (**best 1**); ``Nearer To
            Train`` (**best 0.5**); ``Copies``, the share of rows that are rows of the training
            table, and ``Test Copies``, the same share of real test rows. ``Fit Seconds``, ``Sample
            Seconds`` and ``Peak MB``, the most memory above that in use before; of ours ``Teacher
            Parameters`` and ``Student Parameters``; ``Error``, None or why the figures are missing.
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
    new_split_for_each_seed: bool = False,
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
            functions ``(data, metadata, num_rows, seed) -> data``, or
            :class:`~sdv_fair4free.benchmark.FittedOnce` to draw from one fit in several ways; a
            dict names them. Classes of ours get the sensitive columns and the target.
        sensitive_columns (str or sequence of str): Columns that name the groups.
        target_column (str): The outcome, of categories.
        favourable_outcome (object): The value of the outcome that people hope for.
        real_validation_data (dict or None): Real rows to test on; None holds some of ``data`` out.
        validation_share (float): How many are held out, as a share.
        new_split_for_each_seed (bool): Whether each seed holds out other rows; for small tables,
            where the luck of one split decides.
        num_rows (int or None): Rows to draw; None takes as many as are trained on.
        seeds (sequence of int): Each synthesizer is fitted once for each.
        folder (path or None): Where results are kept.
        verbose (bool): Whether to show a progress bar.

    Returns:
        SynthesizerComparison: The table and the figure.

    Raises:
        ValueError: Listing every problem with the arguments at once.
    """
    entries = named(synthesizers)
    _check(
        data,
        metadata,
        entries,
        sensitive_columns,
        target_column,
        seeds,
        real_validation_data,
        new_split_for_each_seed,
    )
    (name,) = data
    kept = Kept(folder)
    rows: list[Row] = []
    question: Question | None = None
    with tqdm(total=len(seeds) * len(entries), desc='Compare', disable=not verbose) as bar:
        for seed in seeds:
            if question is None or new_split_for_each_seed:
                if real_validation_data is None:
                    state = int(seed) if new_split_for_each_seed else 0
                    parts = train_test_split(
                        data[name], test_size=validation_share, random_state=state
                    )
                else:
                    parts = [data[name], real_validation_data[name]]
                train, test = (part.reset_index(drop=True) for part in parts)
                question = Question(
                    name=name,
                    train=train,
                    test=test,
                    metadata=metadata,
                    sensitive=tuple(as_list(sensitive_columns)),
                    target=target_column,
                    favourable=favourable_outcome,
                    num_rows=num_rows or len(train),
                )
                rows += _with_seed(kept, question, ('references',), seed, question.references)
            for label, entry in entries.items():
                key = (label, identity(entry))
                rows += _with_seed(
                    kept,
                    question,
                    key,
                    seed,
                    lambda: drawn_from(entry, question, seed, label),  # noqa: B023
                )
                bar.update()
    table = pd.DataFrame(rows)
    places = {label: place for place, label in enumerate(dict.fromkeys(table['Synthesizer']))}
    table = table.sort_values('Synthesizer', key=lambda column: column.map(places), kind='stable')
    order = ['Synthesizer', 'Seed']
    order += [column for column in table if column not in (*order, 'Error')]
    table = table[[*order, 'Error']].reset_index(drop=True)
    return SynthesizerComparison(table=table, figure=draw_pareto(table, REFERENCES))


def _with_seed(
    kept: Kept,
    question: Question,
    key: tuple[str, ...],
    seed: int,
    make: Callable[[], list[Row]],
) -> list[Row]:
    """Rows of one entry and seed, kept or made."""
    return kept.or_made(
        (*key, int(seed), question.fingerprint),
        lambda: [{'Seed': int(seed), 'Error': None, **row} for row in make()],
    )


def _check(
    data: Mapping[str, pd.DataFrame],
    metadata: Metadata,
    entries: Mapping[str, Any],
    sensitive_columns: Sequence[str] | str,
    target_column: str,
    seeds: Sequence[int],
    real_validation_data: Mapping[str, pd.DataFrame] | None,
    new_split_for_each_seed: bool,
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
    if new_split_for_each_seed and real_validation_data is not None:
        problems.append(
            'new_split_for_each_seed=True and real_validation_data are both given; rows that are '
            'given are not split. Leave one out.'
        )
    for label, entry in entries.items():
        drawn = [label, *(entry.draws if isinstance(entry, FittedOnce) else ())]
        for taken in set(drawn) & set(REFERENCES):
            problems.append(f'{taken!r} is the name of another row; choose a different one.')
        if isinstance(entry, FittedOnce):
            continue
        if not callable(entry) and not hasattr(entry, 'fit'):
            problems.append(f'{label!r} is neither a synthesizer nor a function: {entry!r}.')
    if problems:
        raise ValueError(listed(problems, 'the arguments'))
