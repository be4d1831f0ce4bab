"""Train a model on one table and ask it about the rows of another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from sdv.metadata import Metadata
from sklearn.ensemble import HistGradientBoostingClassifier

from sdv_fair4free.metrics.features import MODELLED, Encoder, describe, kinds_of, read_table
from sdv_fair4free.metrics.models import prepared


def tstr_scores(
    training_data: pd.DataFrame,
    real_test_data: pd.DataFrame,
    target_column: str,
    favourable: object,
    metadata: Metadata | None = None,
    model: Any = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Train a model on one table and ask it about real rows.

    The arguments are those of :func:`~sdv_fair4free.evaluation.evaluate_tstr`.

    Returns:
        Truth, (rows,) 1 for the favourable outcome, and the probability that the model gives it,
        (rows,); of the real rows whose outcome is known.

    Raises:
        ValueError: As there.
    """
    made = trained(training_data, real_test_data, target_column, favourable, metadata, model)
    return made.truth, made.model.predict_proba(made.features)[:, 1]


@dataclass(frozen=True, kw_only=True)
class Trained:
    """A model and the real rows that it is asked about.

    Attributes:
        model: Trained; an estimator of scikit-learn.
        names: (columns,) of the features.
        features: (rows, columns) of the real rows.
        truth: (rows,) 1 for the favourable outcome.
    """

    model: Any
    names: list[str]
    features: np.ndarray
    truth: np.ndarray


def trained(
    training_data: pd.DataFrame,
    real_test_data: pd.DataFrame,
    target_column: str,
    favourable: object,
    metadata: Metadata | None = None,
    model: Any = None,
) -> Trained:
    """Train a model on one table, and make real rows ready for it; as :func:`tstr_scores`.

    Raises:
        ValueError: As there.
    """
    training_data = with_outcome(training_data, [target_column], 'training_data')
    real_test_data = with_outcome(real_test_data, [target_column], 'real_test_data')
    train_target = _favourable_target(training_data[target_column], favourable, 'training_data')
    test_target = _favourable_target(real_test_data[target_column], favourable, 'real_test_data')
    encoder, train_matrix, test_matrix = _encode(
        training_data, real_test_data, metadata, target_column
    )
    model = HistGradientBoostingClassifier(random_state=0) if model is None else model
    model = prepared(model, encoder, random_state=0)
    model.fit(train_matrix, train_target)
    return Trained(
        model=model,
        names=[str(name) for name in encoder.kinds],
        features=test_matrix,
        truth=test_target,
    )


def with_outcome(table: pd.DataFrame, needed: list[str], name: str) -> pd.DataFrame:
    """The rows whose outcome (the first of the needed columns) is known."""
    missing = [column for column in needed if column not in table.columns]
    if missing:
        raise ValueError(f'Columns {missing} are not in {name}.')
    return table[table[needed[0]].notna()].reset_index(drop=True)


def _favourable_target(target: pd.Series, favourable: object, name: str) -> np.ndarray:
    codes = (target == favourable).to_numpy(dtype=int)
    if len(np.unique(codes)) < 2:
        raise ValueError(
            f'Column {target.name!r} of {name} must hold {favourable!r} and another value; '
            f'it holds {list(target.unique()[:5])}.'
        )
    return codes


def _encode(
    train: pd.DataFrame, test: pd.DataFrame, metadata: Metadata | None, target_column: str
) -> tuple[Encoder, np.ndarray, np.ndarray]:
    """Both tables as float matrices, and what made them; only the training rows teach the codes."""
    columns, keys = describe(metadata) if metadata is not None else ({}, ())
    names = [
        name
        for name in test.columns
        if name != target_column
        and (metadata is None or columns.get(name, {}).get('sdtype') in MODELLED)
        and name not in keys
    ]
    train = with_outcome(train, [target_column, *names], 'training_data')
    kinds = kinds_of([train, test], names, columns)
    tables = [read_table(table, kinds, columns)[0] for table in (train, test)]
    encoder = Encoder(kinds).fit(tables[0])
    return encoder, encoder.transform(tables[0]), encoder.transform(tables[1])
