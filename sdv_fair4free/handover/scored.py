"""How well an attack worked, and how far a canary stands out: figures, which need no torch.

Nor is scipy, to read them: it is imported where they are computed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated

import numpy as np
import numpy.typing as npt
from pydantic import Field

from sdv_fair4free.handover.manifest_parts import Count, Share

CONFIDENCE = 0.95
"""Level of the intervals."""
WRONGLY_ACCUSED = 0.01
"""Share of holdout rows that may be taken for training rows where single rows are recognised."""

Scores = npt.NDArray[np.float64]
Bits = Annotated[float, Field(ge=0)]


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
        from scipy.stats import rankdata

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
    from scipy.optimize import brentq
    from scipy.special import ndtri

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


@dataclass(frozen=True, kw_only=True)
class Exposure:
    """How far the generator prefers the canaries to rows of the same kind that were never planted.

    Carlini et al. 2019, "The Secret Sharer": the exposure of a canary is ``log2(|R|) - log2(rank)``
    where ``R`` are the reference rows and the canary, ranked by their likelihood. The expectation
    holds for canaries made like the references, each column on its own, as
    :func:`independent_rows` does; it is no yardstick for others.

    Attributes:
        canaries: How many.
        planted: How many of them are among the training rows.
        references: Rows that they were ranked with: the training rows with every column shuffled on
            its own, so that each column keeps its values and nothing else is left.
        mean: Mean exposure in bits, at least 0. **Best: no more than ``expected``**, give or take
            chance: one canary's exposure varies by as much again (standard deviation 1.4 bits).
        highest: That of the most exposed canary.
        expected: Mean exposure of a canary that left no trace: all ranks equally likely.
        possible: That of a canary ranked first.
    """

    canaries: Count
    planted: Count
    references: Count
    mean: Bits
    highest: Bits
    expected: Bits
    possible: Bits

    @classmethod
    def of(cls, canaries: Scores, references: Scores, planted: int) -> Exposure:
        """Rank the scores of canaries, at least one, among those of references, at least one."""
        exposures = exposures_of(canaries, references)
        size = len(references) + 1
        return cls(
            canaries=len(canaries),
            planted=planted,
            references=len(references),
            mean=float(exposures.mean()),
            highest=float(exposures.max()),
            expected=max(0.0, math.log2(size) - math.lgamma(size + 1) / (size * math.log(2))),
            possible=math.log2(size),
        )


def exposures_of(canaries: Scores, references: Scores) -> Scores:
    """(canaries,) exposure in bits of each, from 0 to ``log2(references + 1)``; ties halve."""
    ordered = np.sort(references)
    above = len(ordered) - np.searchsorted(ordered, canaries, side='right')
    ties = len(ordered) - above - np.searchsorted(ordered, canaries, side='left')
    exposures: Scores = np.log2(len(ordered) + 1) - np.log2(1 + above + ties / 2)
    return exposures
