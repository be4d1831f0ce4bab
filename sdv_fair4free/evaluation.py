"""Train on synthetic rows, test on real ones: how well, and how alike for every group.

A model is trained on one table and judged on real rows it has not seen. fairlearn does the
arithmetic of fairness. Nothing here reads a generator: any two tables of the same columns will do,
so the real training rows give the line to compare with.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from fairlearn import metrics as fairness
from sdv.metadata import Metadata
from sklearn.metrics import accuracy_score, f1_score, roc_auc_score

from sdv_fair4free.metrics.features import labels_of
from sdv_fair4free.tstr import tstr_scores, with_outcome
from sdv_fair4free.validation import as_list

THRESHOLD = 0.5
MISSING = 'missing'
_RATES = {
    'count': fairness.count,
    'selection_rate': fairness.selection_rate,
    'true_positive_rate': fairness.true_positive_rate,
    'false_positive_rate': fairness.false_positive_rate,
}
_FIGURES = {
    'demographic_parity_ratio': fairness.demographic_parity_ratio,
    'demographic_parity_difference': fairness.demographic_parity_difference,
    'equalized_odds_ratio': fairness.equalized_odds_ratio,
    'equalized_odds_difference': fairness.equalized_odds_difference,
}


@dataclass(frozen=True, kw_only=True)
class LabelParity:
    """How often each group of a table has the favourable outcome.

    Attributes:
        ratio (float): Smallest rate over largest, in [0, 1]; **best 1**. NaN with fewer than two
            large groups, or no favourable outcome.
        difference (float): Largest rate minus smallest, in [0, 1]; **best 0**.
        by_group (pandas.DataFrame): ``count`` and ``selection_rate`` of every group.
        small_groups (tuple[str, ...]): Groups shown but left out of ratio and difference.
    """

    ratio: float
    difference: float
    by_group: pd.DataFrame = field(repr=False)
    small_groups: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class GroupFairness:
    """How alike a model treats the groups of the real test rows; fairlearn does the arithmetic.

    Demographic parity is that of Dwork et al. (2012), "Fairness through awareness"; equalized odds
    that of Hardt, Price & Srebro (2016), "Equality of opportunity in supervised learning".

    Attributes:
        demographic_parity_ratio (float): Smallest rate of favourable decisions over the largest, in
            [0, 1]; **best 1**. NaN with fewer than two large groups, or no favourable decision.
        demographic_parity_difference (float): Largest minus smallest, in [0, 1]; **best 0**.
        equalized_odds_ratio (float): The worse of the ratios of true and of false positive rates,
            in [0, 1]; **best 1**; NaN as above.
        equalized_odds_difference (float): The worse of the differences, in [0, 1]; **best 0**.
        by_group (pandas.DataFrame): ``count``, ``selection_rate``, ``true_positive_rate`` and
            ``false_positive_rate`` of every group.
        small_groups (tuple[str, ...]): Groups shown but left out of ratios and differences.
    """

    demographic_parity_ratio: float
    demographic_parity_difference: float
    equalized_odds_ratio: float
    equalized_odds_difference: float
    by_group: pd.DataFrame = field(repr=False)
    small_groups: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """What :func:`evaluate_tstr` found: a model of the given rows, judged on real ones.

    Attributes:
        auc (float): Area under the ROC curve on the real test rows, in [0, 1]; **best 1**, .5 is
            chance.
        accuracy (float): Share decided rightly at the threshold 0.5, in [0, 1]; **best 1**.
        f1 (float): F1 of the favourable outcome, in [0, 1]; **best 1**.
        selection_rate (float): Share decided favourably; no best value.
        groups (dict[str, GroupFairness]): By sensitive column; if there are several, by their
            crossing too (``'sex x race'``).
    """

    auc: float
    accuracy: float
    f1: float
    selection_rate: float
    groups: dict[str, GroupFairness]


def evaluate_tstr(
    training_data: pd.DataFrame,
    real_test_data: pd.DataFrame,
    target_column: str,
    sensitive_columns: str | Sequence[str],
    favourable: object,
    metadata: Metadata | None = None,
    model: Any = None,
    minimum_group: int = 50,
    withheld_columns: str | Sequence[str] = (),
) -> Evaluation:
    """Train a model on one table and judge it on real rows.

    Every feature is a plain number: numbers as they are, dates as nanoseconds, booleans as 0 and 1,
    categories as the place of their name in the alphabet of the training rows (missing ones as -1,
    unknown ones as NaN). Sensitive columns stay among the features unless they are withheld. A
    model that may not read them cannot make up for what other columns tell of the group: what is
    measured of one that may says nothing of it. Rows with a missing target are left out. A target
    of several classes is taken as the favourable one against the rest.

    It judges *this* kind of model on *these* rows; other models, other thresholds and other people
    may fare otherwise. Groups of few rows have rates of little worth: mind the counts.

    Args:
        training_data (pandas.DataFrame): Rows to train on, synthetic or real.
        real_test_data (pandas.DataFrame): Real rows that neither model nor generator has seen.
        target_column (str): The outcome to predict.
        sensitive_columns (str or sequence of str): The columns that name the groups.
        favourable (object): The value of the outcome that people hope for.
        metadata (sdv.metadata.Metadata or None): Metadata of one table. Then keys, ids and personal
            data are not features, and dates written as text are read as dates.
        model (object or None): A scikit-learn classifier, which is copied. One that does not bear
            missing values gets medians, standardised numbers and one-hot categories. Default
            ``HistGradientBoostingClassifier(random_state=0)``.
        minimum_group (int): Groups of fewer test rows are shown but leave ratios and differences.
        withheld_columns (str or sequence of str): Columns that the model is not given, such as the
            sensitive ones where it may not read them. Groups are compared all the same.

    Returns:
        Evaluation: The figures, by group with counts.

    Raises:
        ValueError: If a column is missing, the outcome is withheld, or it does not have both the
            favourable value and another in each of the two tables.
    """
    sensitive = [sensitive_columns] if isinstance(sensitive_columns, str) else [*sensitive_columns]
    withheld = as_list(withheld_columns)
    if target_column in withheld:
        raise ValueError(f'The outcome {target_column!r} cannot be withheld: it is what is learnt.')
    if not set(real_test_data.columns) - {target_column, *withheld}:
        raise ValueError('withheld_columns leave no column for the model to read; withhold fewer.')
    needed = [target_column, *sensitive, *withheld]
    training_data = with_outcome(training_data, needed, 'training_data')
    real_test_data = with_outcome(real_test_data, needed, 'real_test_data')
    truth, scores = tstr_scores(
        training_data,
        real_test_data.drop(columns=withheld),
        target_column,
        favourable,
        metadata,
        model,
    )
    return judge_scores(truth, scores, real_test_data[sensitive], minimum_group)


def judge_scores(
    truth: np.ndarray, scores: np.ndarray, sensitive: pd.DataFrame, minimum_group: int = 50
) -> Evaluation:
    """Judge the scores of any model.

    Args:
        truth (numpy.ndarray): (rows,) 1 for the favourable outcome, else 0; both occur.
        scores (numpy.ndarray): (rows,) in [0, 1]; the favourable decision is taken from 0.5 on.
        sensitive (pandas.DataFrame): The sensitive columns of these rows.
        minimum_group (int): Groups of fewer rows are shown but leave ratios and differences.
    """
    decisions = (scores >= THRESHOLD).astype(int)
    return Evaluation(
        auc=float(roc_auc_score(truth, scores)),
        accuracy=float(accuracy_score(truth, decisions)),
        f1=float(f1_score(truth, decisions, zero_division=0)),
        selection_rate=float(decisions.mean()),
        groups={
            name: GroupFairness(
                **_compare(_FIGURES, truth, decisions, groups, minimum_group, _RATES)
            )
            for name, groups in groupings(sensitive).items()
        },
    )


def label_parity(
    data: pd.DataFrame,
    target_column: str,
    sensitive_columns: str | Sequence[str],
    favourable: object,
    minimum_group: int = 50,
) -> dict[str, LabelParity]:
    """Compare how often the groups of a table have the favourable outcome; no model involved.

    Parity of the labels alone does not promise that a model trained on the table is fair.

    Args:
        data (pandas.DataFrame): A table, real or synthetic. Rows without an outcome are left out.
        target_column (str): The outcome.
        sensitive_columns (str or sequence of str): The columns that name the groups.
        favourable (object): The value of the outcome that people hope for.
        minimum_group (int): Groups of fewer rows are shown but leave ratio and difference.

    Returns:
        dict[str, LabelParity]: By sensitive column, and by all of them crossed (``'sex x race'``)
            if there are several.

    Raises:
        ValueError: If a column is missing.
    """
    sensitive = [sensitive_columns] if isinstance(sensitive_columns, str) else [*sensitive_columns]
    data = with_outcome(data, [target_column, *sensitive], 'data')
    target = (data[target_column] == favourable).to_numpy(dtype=int)
    figures = {
        'ratio': fairness.demographic_parity_ratio,
        'difference': fairness.demographic_parity_difference,
    }
    rates = {'count': fairness.count, 'selection_rate': fairness.selection_rate}
    return {
        name: LabelParity(**_compare(figures, target, target, groups, minimum_group, rates))
        for name, groups in groupings(data[sensitive]).items()
    }


def groupings(sensitive: pd.DataFrame) -> dict[str, pd.Series]:
    """The group of every row: by each column, and last, if there are several, by all crossed.

    Args:
        sensitive (pandas.DataFrame): The sensitive columns.

    Returns:
        dict[str, pandas.Series]: Names of groups, (rows,); those of missing values are 'missing'.
    """
    columns = {
        name: pd.Series(labels_of(sensitive[name]), sensitive.index, object).fillna(MISSING)
        for name in sensitive.columns
    }
    if len(columns) > 1:
        first, *others = columns.values()
        crossed = first.str.cat(pd.concat(others, axis=1), sep=', ')
        return {**columns, ' x '.join(columns): crossed}
    return columns


def _compare(
    figures: dict[str, Callable[..., float]],
    target: np.ndarray,
    decisions: np.ndarray,
    groups: pd.Series,
    minimum_group: int,
    rates: dict[str, Callable[..., float]],
) -> dict[str, Any]:
    """The figures over the groups that are large enough, and the rates of all of them."""
    by_group = fairness.MetricFrame(
        metrics=rates,
        y_true=target,
        y_pred=decisions,
        sensitive_features=groups.rename('group'),
    ).by_group.astype({'count': int})
    large = by_group.index[by_group['count'] >= minimum_group]
    rows = groups.isin(large).to_numpy()
    compared = {
        name: float(figure(target[rows], decisions[rows], sensitive_features=groups[rows]))
        if len(large) > 1
        else np.nan
        for name, figure in figures.items()
    }
    small = tuple(by_group.index.difference(large))
    return {**compared, 'by_group': by_group, 'small_groups': small}
