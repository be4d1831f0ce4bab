"""Attacks that ask whether a row was among the training rows, and how often they are right."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import numpy as np
import numpy.typing as npt
import pandas as pd
from pydantic import Field
from scipy.optimize import brentq
from scipy.special import ndtri
from scipy.stats import rankdata
from sklearn.neighbors import NearestNeighbors

from sdv_fair4free.handover.likelihood import coded_rows, log_likelihoods
from sdv_fair4free.metrics.features import Columns
from sdv_fair4free.reports.points import as_points, comparable, read_tables

if TYPE_CHECKING:
    from sdv_fair4free.synthesizer import Fair4FreeSynthesizer

CONFIDENCE = 0.95
"""Level of the intervals."""
WRONGLY_ACCUSED = 0.01
"""Share of holdout rows that may be taken for training rows where single rows are recognised."""

Scores = npt.NDArray[np.float64]
Share = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=0)]


@dataclass(frozen=True, kw_only=True)
class Attack:
    """How well an attack tells training rows from holdout rows.

    Attributes:
        auc: The chance that a training row gets a higher score than a holdout row, ties one half:
            the area under the ROC curve, in [0, 1]. **Best 0.5**, a coin toss; 1: always told.
        low: Lower end of its interval of 95%, see :func:`auc_interval`.
        high: Upper end.
        recognised: Share of the training rows whose score is above that of all but 1% of the
            holdout rows, in [0, 1]; **best 0.01**, chance. An average can look safe although a few
            people are recognised for certain (Carlini et al. 2022, "Membership inference attacks
            from first principles"). None with fewer than 100 holdout rows.
        rows: Training rows that were asked about, and as many holdout rows.
    """

    auc: Share
    low: Share
    high: Share
    recognised: Share | None
    rows: Count

    @classmethod
    def of(cls, training: Scores, holdout: Scores) -> Attack:
        """Judge the scores of an attack; higher means more like a training row.

        Args:
            training: (rows,) scores of training rows; minus infinity is allowed.
            holdout: (rows,) scores of as many holdout rows.
        """
        rows = len(training)
        ranks = rankdata(np.concatenate([training, holdout]))  # ties share their mean rank
        # Mann and Whitney's U over its largest value.
        auc = float((ranks[:rows].mean() - (rows + 1) / 2) / len(holdout))
        low, high = auc_interval(auc, rows, len(holdout))
        allowed = int(WRONGLY_ACCUSED * len(holdout))
        recognised = None
        if allowed:
            bound = np.sort(holdout)[-allowed - 1]
            recognised = float(np.mean(training > bound))
        return cls(auc=auc, low=low, high=high, recognised=recognised, rows=rows)


def auc_interval(auc: float, members: int, others: int) -> tuple[float, float]:
    """An interval of an AUC that stays within [0, 1], and has a width even at its ends.

    Newcombe (2006), "Confidence intervals for an effect size measure based on the Mann-Whitney
    statistic", part 2, method 5: the values that the one found lies no further from than the normal
    quantile times the standard error of Hanley and McNeil (1982) at those values, as Wilson does
    for a share.

    Args:
        auc: In [0, 1].
        members: Rows with a score of one kind, at least 1.
        others: Of the other kind, at least 1.

    Returns:
        Lower and upper end, at the level ``CONFIDENCE``.
    """
    quantile = float(ndtri(0.5 + CONFIDENCE / 2))
    more = (members + others) / 2 - 1

    def excess(value: float) -> float:
        spread = 1 + more * ((1 - value) / (2 - value) + value / (1 + value))
        variance = value * (1 - value) * spread / (members * others)
        return (auc - value) ** 2 - quantile**2 * variance

    # Beside the AUC itself the excess is below 0; at 0 and 1, where it has a root too, look away.
    low = 0.0 if auc == 0 else brentq(excess, 0.0, auc * (1 - 1e-9))
    high = 1.0 if auc == 1 else brentq(excess, auc + (1 - auc) * 1e-9, 1.0)
    return float(low), float(high)


def black_box(
    synthetic: pd.DataFrame, training: pd.DataFrame, holdout: pd.DataFrame, columns: Columns
) -> Attack:
    """The attack of somebody who sees nothing but synthetic rows.

    A row is taken for a training row if a synthetic row is near: the score is minus the distance to
    the nearest (as in Chen et al. 2020, "GAN-Leaks"), measured as in
    :func:`~sdv_fair4free.reports.privacy.closest_records`, but on the scale of the synthetic rows:
    the attacker has no others.

    Args:
        synthetic: What the attacker sees, at least one row.
        training: Rows that the synthesizer has learnt from.
        holdout: As many that it has not.
        columns: The columns of the metadata, from name to entry, without keys.
    """
    tables = {'synthetic': synthetic, 'training': training, 'holdout': holdout}
    plain, kinds, _ = read_tables(tables, comparable(columns), columns)
    points = [table.astype(np.float64) for table in as_points(plain, kinds)]
    search = NearestNeighbors(n_neighbors=1, algorithm='brute').fit(points[0])
    # Brute force takes differences of squares: what differs by their rounding only is a tie.
    scores = [-np.round(search.kneighbors(table)[0][:, 0], 5) for table in points[1:]]
    return Attack.of(*scores)


def row_scores(
    synthesizer: Fair4FreeSynthesizer, table: pd.DataFrame, draws: int, seed: int
) -> Scores:
    """(rows,) log probability of each row; minus infinity where the generator cannot make it."""
    coded = coded_rows(synthesizer, table)
    scores = np.full(len(table), -np.inf)
    scores[coded.has_codes] = log_likelihoods(
        synthesizer._model.generator, coded.rows, draws, seed
    ).numpy()
    return scores
