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

from sdv_fair4free.benchmark.checks import comparison_problems
from sdv_fair4free.benchmark.entries import drawn_from, identity, named
from sdv_fair4free.benchmark.judge import BY_GROUP, FIGURES, REFERENCES, Question
from sdv_fair4free.benchmark.kept import Kept, Row
from sdv_fair4free.benchmark.pareto import draw_pareto
from sdv_fair4free.metrics.checks import FairnessInputError
from sdv_fair4free.validation import as_list, listed

COSTS = (
    'Fit Seconds',
    'Teacher Seconds',
    'Student Seconds',
    'Sample Seconds',
    'Peak MB',
    'Teacher Parameters',
    'Student Parameters',
)
RATES = ('count', 'selection_rate', 'true_positive_rate', 'false_positive_rate')


@dataclass(frozen=True, kw_only=True)
class SynthesizerComparison:
    """What :func:`compare_synthesizers` found.

    Attributes:
        table (pandas.DataFrame): One row for each synthesizer (each way of drawing from it) and
            seed. First come the real rows; the constant classifier; the bound, a model of real rows
            whose scores are repaired to have the same distribution in every group (Chzhen et al.
            2020); and what chance leaves of parity where nobody is looked at.

            ``Synthesizer``; ``Seed``. Of a boosted model that is trained on the rows and tested on
            real ones ``AUC``, ``F1``, ``Accuracy`` (**best 1**), ``Selection Rate``, ``DPR`` and
            ``EOR``, demographic parity and equalized odds ratio of the crossed groups (**best 1**),
            ``DPD`` and ``EOD``, the differences (**best 0**), and some of the same of a logistic
            regression (``Linear AUC``, ``Linear DPR``, ``Linear EOR``). Of the rows themselves
            ``Label DPR`` (**best 1**); ``Sensitive AUC``, how well the sensitive columns are told
            from the others (**best 0.5**, see
            :class:`~sdv_fair4free.metrics.SensitiveRecoveryAUC`); ``Column Shapes``, ``Column Pair
            Trends`` (related pairs, SDMetrics' default) and ``All Pair Trends`` (**best 1**);
            ``Density`` and ``Coverage`` on 2000 rows (**best 1**); ``Nearer To Train`` (**best
            0.5**); ``Copies``, the share of rows that are rows of the training table, and ``Test
            Copies``, the same share of real test rows. ``Fit Seconds``, ``Sample Seconds`` and
            ``Peak MB``, the most memory above that in use before; of ours ``Teacher Parameters``
            and ``Student Parameters``; ``Error``, None or why the figures are missing.
        by_group (pandas.DataFrame): ``Synthesizer``, ``Seed``, ``Group``, and of that group the
            ``count`` of real test rows and the ``selection_rate``, ``true_positive_rate`` and
            ``false_positive_rate`` of the boosted model; groups of fewer than 50 rows, which leave
            the ratios, are here too.
        figure (plotly.graph_objects.Figure): Utility against fairness; the size is the time.
    """

    table: pd.DataFrame
    by_group: pd.DataFrame
    figure: go.Figure

    @classmethod
    def of(cls, rows: Sequence[Row]) -> SynthesizerComparison:
        """Put rows of figures in order: the seeds of each synthesizer together."""
        labels = dict.fromkeys(row['Synthesizer'] for row in rows)
        places = {label: place for place, label in enumerate(labels)}
        rows = sorted(rows, key=lambda row: places[row['Synthesizer']])
        rates = [
            {'Synthesizer': row['Synthesizer'], 'Seed': row['Seed'], **group}
            for row in rows
            for group in row.get(BY_GROUP, ())
        ]
        table = pd.DataFrame(rows, columns=['Synthesizer', 'Seed', *FIGURES, *COSTS, 'Error'])
        numbers = [*FIGURES, *COSTS]
        table[numbers] = table[numbers].astype(float)
        return cls(
            table=table,
            by_group=pd.DataFrame(rates, columns=['Synthesizer', 'Seed', 'Group', *RATES]),
            figure=draw_pareto(table, REFERENCES),
        )

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
    ended. An entry whose parameters have changed is made anew, and so is all after a change of this
    package, of a library or of the machine; a function that can be imported is known by its name,
    whatever it does now. The global random streams of torch and numpy are seeded, for SDV's
    synthesizers train on them. Times and memory are of this machine: read them as ratios.

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
    entries, sensitive = named(synthesizers), as_list(sensitive_columns)
    problems = comparison_problems(
        data=data,
        metadata=metadata,
        entries=entries,
        sensitive=sensitive,
        target=target_column,
        favourable=favourable_outcome,
        validation=real_validation_data,
        share=validation_share,
        anew=new_split_for_each_seed,
        num_rows=num_rows,
        seeds=seeds,
    )
    if problems:
        raise FairnessInputError(listed(problems, 'the arguments'))
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
                    sensitive=tuple(sensitive),
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
    return SynthesizerComparison.of(rows)


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
