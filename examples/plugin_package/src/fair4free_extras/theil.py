"""Who benefits from wrong decisions, compared between groups.

The benefit of a person is the decision minus the outcome, plus one (Speicher et al. 2018, "A
unified approach to quantifying algorithmic unfairness"): 0 for those who were wrongly refused, 2
for those who were wrongly favoured, else 1.
"""

import numpy as np


def between_group_theil(outcome: np.ndarray, decision: np.ndarray, group: np.ndarray) -> float:
    """The part of Theil's index of the benefits that lies between groups; the best value is 0.

    Args:
        outcome: (rows,) 0 or 1.
        decision: (rows,) 0 or 1.
        group: (rows,) numbers of groups.

    Returns:
        At least 0; NaN where nobody has a benefit.
    """
    benefit = decision - outcome + 1.0
    if not benefit.sum():
        return float('nan')
    counts = np.bincount(group)
    means = np.bincount(group, weights=benefit) / np.maximum(counts, 1) / benefit.mean()
    logs = np.log(means, where=means > 0, out=np.zeros_like(means))
    return float((counts * means * logs).sum() / len(group))
