"""Models that are trained on one table and asked about the rows of another."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from sdv_fair4free.metrics.features import Encoder, Kinds

THRESHOLD = 0.5


@dataclass(frozen=True, kw_only=True)
class Predictions:
    """What a model says about some rows.

    Attributes:
        decisions (numpy.ndarray): (rows,) codes of classes; for numeric targets the prediction.
        scores (numpy.ndarray or None): (rows, classes) the higher, the likelier.
        probabilities (bool): Whether the scores are probabilities.
    """

    decisions: np.ndarray
    scores: np.ndarray | None
    probabilities: bool


@dataclass(frozen=True, kw_only=True)
class TrainedModel:
    """A fitted estimator, with the encoder that learnt from the same rows.

    Attributes:
        encoder (Encoder): Turns tables into matrices.
        estimator (object): A fitted scikit-learn estimator.
        classes (int): Number of classes of the target; 0 if it is a number.
    """

    encoder: Encoder
    estimator: Any
    classes: int

    def predict(self, table: pd.DataFrame) -> Predictions:
        """Ask about the rows of a table, read by ``features.read_table``."""
        matrix = self.encoder.transform(table)
        if not self.classes:
            decisions = np.asarray(self.estimator.predict(matrix), dtype=float)
            return Predictions(decisions=decisions, scores=None, probabilities=False)
        if not hasattr(self.estimator, 'predict_proba'):
            decisions = np.asarray(self.estimator.predict(matrix), dtype=int)
            return Predictions(
                decisions=decisions, scores=self._margins(matrix), probabilities=False
            )
        scores = self._spread(self.estimator.predict_proba(matrix))
        decisions = (
            (scores[:, 1] >= THRESHOLD).astype(int) if self.classes == 2 else scores.argmax(axis=1)
        )
        return Predictions(decisions=decisions, scores=scores, probabilities=True)

    def _margins(self, matrix: np.ndarray) -> np.ndarray | None:
        if not hasattr(self.estimator, 'decision_function'):
            return None
        margins = np.asarray(self.estimator.decision_function(matrix), dtype=float)
        if margins.ndim == 1:
            margins = np.column_stack([-margins, margins])
        known = len(self.estimator.classes_)
        return self._spread(margins, -np.inf) if margins.shape[1] == known else None

    def _spread(self, scores: np.ndarray, absent: float = 0.0) -> np.ndarray:
        """Give the classes that the training rows lack a column too."""
        known = getattr(self.estimator, 'classes_', range(self.classes))
        full = np.full((len(scores), self.classes), absent)
        full[:, np.asarray(known, dtype=int)] = scores
        return full


def train(
    table: pd.DataFrame,
    target: np.ndarray,
    kinds: Kinds,
    classes: int,
    model: Any = None,
    random_state: int = 0,
) -> TrainedModel:
    """Fit a model on the rows of one table.

    Args:
        table (pandas.DataFrame): Features, read by ``features.read_table``.
        target (numpy.ndarray): (rows,) codes of classes, or numbers.
        kinds (dict): The features in order.
        classes (int): Number of classes; 0 for a number.
        model (object or None): A scikit-learn estimator, which is copied and never changed. One
            that does not bear missing values gets medians, standardised numbers and one-hot
            categories. Default: histogram gradient boosting with ``random_state=0``.
        random_state (int): Seed of a model that names none of its own.
    """
    if model is None and classes:
        kept = ~np.isin(target, lone_classes(target))
        table, target = table[kept], target[kept]
    encoder = Encoder(kinds).fit(table)
    rarest = int(np.unique(target, return_counts=True)[1].min()) if classes else None
    estimator = prepared(model, encoder, random_state, rarest)
    return TrainedModel(
        encoder=encoder,
        estimator=estimator.fit(encoder.transform(table), target) or estimator,
        classes=classes,
    )


def lone_classes(target: np.ndarray) -> np.ndarray:
    """Classes of a single row, where two others are left to learn.

    Such a row teaches nothing, but makes the steps of gradient boosting so large that it forgets
    the others; above 10 000 rows scikit-learn refuses it.
    """
    codes, counts = np.unique(target, return_counts=True)
    alone: np.ndarray = codes[counts < 2]
    return alone if len(codes) - len(alone) > 1 else alone[:0]


def prepared(model: Any, encoder: Encoder, random_state: int, rarest: int | None = None) -> Any:
    """A fresh estimator for what ``encoder`` makes.

    Args:
        model (object or None): As for :func:`train`.
        encoder (Encoder): Fitted.
        random_state (int): Seed of a model that names none of its own.
        rarest (int or None): Rows of the rarest class; None for numbers.
    """
    from sklearn.base import BaseEstimator, clone
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
    from sklearn.utils import get_tags

    if model is None:
        if rarest is None:
            return HistGradientBoostingRegressor(random_state=0)
        # Above 10 000 rows it sets rows of every class aside to know when to stop: it needs two.
        stopping = 'auto' if rarest > 1 else False
        return HistGradientBoostingClassifier(random_state=0, early_stopping=stopping)
    if not isinstance(model, BaseEstimator):
        return copy.deepcopy(model)
    model = clone(model)
    unseeded = [
        name
        for name, value in model.get_params().items()
        if value is None and name.split('__')[-1] == 'random_state'
    ]
    model.set_params(**dict.fromkeys(unseeded, random_state))
    return model if get_tags(model).input_tags.allow_nan else _complete(model, encoder)


def _complete(model: Any, encoder: Encoder) -> Any:
    """Put what such models need before a model that bears no missing values."""
    from sklearn.compose import ColumnTransformer
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    places = {name: place for place, name in enumerate(encoder.kinds)}
    categories = [places[name] for name in encoder.categories]
    numbers = [place for place in places.values() if place not in categories]
    steps = [
        (
            'numbers',
            make_pipeline(
                SimpleImputer(strategy='median', keep_empty_features=True), StandardScaler()
            ),
            numbers,
        ),
        (
            'categories',
            OneHotEncoder(
                handle_unknown='infrequent_if_exist', max_categories=50, sparse_output=False
            ),
            categories,
        ),
    ]
    return make_pipeline(ColumnTransformer(steps), model)


def model_problems(model: Any, classifies: bool, target: str) -> list[str]:
    """What is wrong with a model that was given.

    Args:
        model (object or None): It; None is the default.
        classifies (bool): Whether the target is made of classes.
        target (str): Name of the target column.
    """
    from sklearn.base import BaseEstimator
    from sklearn.utils import get_tags

    if model is None:
        return []
    if isinstance(model, type):
        return [f'model is the class {model.__name__}; give an object: {model.__name__}().']
    asked = ['predict', 'predict_proba'] if classifies else ['predict']
    answers = any(callable(getattr(model, name, None)) for name in asked)
    if not answers or not callable(getattr(model, 'fit', None)):
        return [
            f'model={model!r} has no fit and predict; give a scikit-learn classifier or regressor, '
            'or None for gradient boosting.'
        ]
    if not isinstance(model, BaseEstimator):
        return []
    kind, wanted = get_tags(model).estimator_type, 'classifier' if classifies else 'regressor'
    if kind is None or kind == wanted:
        return []
    return [f"model is a {kind}, but target column '{target}' needs a {wanted}."]
