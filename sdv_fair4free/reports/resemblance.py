"""What a fairness report says besides fairness: is the table like the real one, and not a copy?"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from sdv_fair4free.reports.privacy import Privacy, closest_records

_MODELLED = ('numerical', 'categorical', 'ordinal', 'boolean', 'datetime')


@dataclass(frozen=True, kw_only=True)
class Quality:
    """How like the real table the synthetic one is, by SDMetrics' quality report.

    Attributes:
        column_shapes (float): Mean over columns of how alike their values are, in [0, 1]; **best
            1**.
        pair_trends (float): Mean over strongly related pairs of columns, as SDMetrics does it by
            default, in [0, 1]; **best 1**. NaN if no pair is strongly related.
        pair_trends_all (float): The same over all pairs.
        holdout_column_shapes (float): ``column_shapes`` of real validation rows: no synthetic table
            need do better. NaN without them.
        holdout_pair_trends_all (float): ``pair_trends_all`` of real validation rows.
        columns (pandas.DataFrame): Index the columns; ``synthetic`` and ``holdout`` shape scores.
    """

    column_shapes: float
    pair_trends: float
    pair_trends_all: float
    holdout_column_shapes: float
    holdout_pair_trends_all: float
    columns: pd.DataFrame = field(repr=False)


def modelled_columns(table: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The columns of a table's metadata that carry information: no keys, ids or personal data."""
    keys = {table.get('primary_key'), *table.get('alternate_keys', [])}
    return {
        name: entry
        for name, entry in table['columns'].items()
        if entry['sdtype'] in _MODELLED and name not in keys
    }


def measure_quality(
    real: pd.DataFrame,
    synthetic: pd.DataFrame,
    holdout: pd.DataFrame | None,
    table: Mapping[str, Any],
) -> Quality:
    """SDMetrics' column shapes and pair trends, and those of a real holdout as the yardstick.

    Args:
        real (pandas.DataFrame): The rows the synthesizer has learnt from.
        synthetic (pandas.DataFrame): The rows to judge.
        holdout (pandas.DataFrame or None): Other real rows.
        table (dict): The metadata of the table.

    Returns:
        Quality: The figures.
    """
    columns = modelled_columns(table)
    _, default, _ = _scores(real, synthetic, columns, every_pair=False)
    shapes, every, by_column = _scores(real, synthetic, columns, every_pair=True)
    holdout_shapes, holdout_every = np.nan, np.nan
    frame = pd.DataFrame({'synthetic': by_column})
    if holdout is not None:
        holdout_shapes, holdout_every, frame['holdout'] = _scores(
            real, holdout, columns, every_pair=True
        )
    return Quality(
        column_shapes=shapes,
        pair_trends=default,
        pair_trends_all=every,
        holdout_column_shapes=holdout_shapes,
        holdout_pair_trends_all=holdout_every,
        columns=frame,
    )


def measure_privacy(
    real: pd.DataFrame,
    synthetic: pd.DataFrame,
    holdout: pd.DataFrame | None,
    table: Mapping[str, Any],
    confidence_level: float,
    random_state: int,
) -> Privacy | None:
    """The distance to the closest record; None without a holdout, for there is no yardstick."""
    if holdout is None:
        return None
    return closest_records(
        real,
        holdout,
        synthetic,
        modelled_columns(table),
        confidence_level=confidence_level,
        random_state=random_state,
    )


def _scores(
    real: pd.DataFrame,
    other: pd.DataFrame,
    columns: dict[str, dict[str, Any]],
    every_pair: bool,
) -> tuple[float, float, pd.Series]:
    """Column shapes, pair trends, and the shape score of every column."""
    from sdmetrics.reports import QualityReport  # not before sdmetrics itself is loaded

    report = QualityReport()
    if every_pair:
        report.real_correlation_threshold = report.real_association_threshold = 0
    names = [*columns]
    metadata = {'tables': {'table': {'columns': columns}}, 'METADATA_SPEC_VERSION': 'V2'}
    report.generate({'table': real[names]}, {'table': other[names]}, metadata, verbose=False)
    scores = report.get_properties().set_index('Property')['Score']
    by_column = report.get_details('Column Shapes').set_index('Column')['Score']
    return float(scores['Column Shapes']), float(scores['Column Pair Trends']), by_column
