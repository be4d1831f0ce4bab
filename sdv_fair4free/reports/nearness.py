"""What a comparison of distances found: figures alone, so that reading them needs nothing else."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Privacy:
    """How near synthetic rows come to real ones. It is a test for copying, not a guarantee.

    Attributes:
        nearer_to_train (float): Share of synthetic rows whose nearest real row is a training row
            and not a holdout row, out of as many of each; in [0, 1]; ties count one half. **Best
            0.5**: by this distance its rows are no nearer to training rows than to others; another
            attack may still tell them apart. Near 1: it copies.
        low (float): Lower end of the interval around it (normal approximation).
        high (float): Upper end.
        copies (float): Share of all synthetic rows that equal a training row in every column that
            is no key; in [0, 1]. **Best: no more than ``holdout_copies``.**
        holdout_copies (float): The same share for real holdout rows: what chance alone gives.
        distance (float): Median distance of synthetic rows to the nearest training row, in
            standard deviations of the columns, at least 0. Best: like ``holdout_distance``.
        holdout_distance (float): The same for real holdout rows.
        rows (int): Synthetic rows compared, and training and holdout rows they were compared with.
        note (str): What limits the comparison: rows, and values that could not be read.
    """

    nearer_to_train: float
    low: float
    high: float
    copies: float
    holdout_copies: float
    distance: float
    holdout_distance: float
    rows: int
    note: str = ''
