"""What a fairness report says besides fairness: is the table like the real one, and not a copy?"""

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from sdv_fair4free.metrics.features import MODELLED, Columns, describe
from sdv_fair4free.reports.nearness import Privacy
from sdv_fair4free.reports.privacy import closest_records

Measured = TypeVar('Measured')
_SHAPES, _PAIRS = 'Column Shapes', 'Column Pair Trends'


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


def modelled_columns(table: Mapping[str, Any]) -> Columns:
    """The columns of a table's metadata that carry information: no keys, ids or personal data."""
    columns, keys = describe(table)
    return {
        name: entry
        for name, entry in columns.items()
        if entry['sdtype'] in MODELLED and name not in keys
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
    real, synthetic = _without_types_of_categories(real), _without_types_of_categories(synthetic)
    holdout = None if holdout is None else _without_types_of_categories(holdout)
    shapes, by_column = _shapes(real, synthetic, columns)
    holdout_shapes, holdout_every = np.nan, np.nan
    frame = pd.DataFrame({'synthetic': by_column})
    if holdout is not None:
        holdout_shapes, frame['holdout'] = _shapes(real, holdout, columns)
        holdout_every = _pairs(real, holdout, columns, every_pair=True)
    return Quality(
        column_shapes=shapes,
        pair_trends=_pairs(real, synthetic, columns, every_pair=False),
        pair_trends_all=_pairs(real, synthetic, columns, every_pair=True),
        holdout_column_shapes=holdout_shapes,
        holdout_pair_trends_all=holdout_every,
        columns=frame,
    )


def _without_types_of_categories(table: pd.DataFrame) -> pd.DataFrame:
    """SDMetrics groups by columns; by such types pandas counts crossings of no row, and warns."""
    listed = table.columns[[isinstance(kind, pd.CategoricalDtype) for kind in table.dtypes]]
    return table.astype(dict.fromkeys(listed, object))


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


def unless_impossible(
    title: str, measure: Callable[..., Measured], *arguments: Any
) -> tuple[Measured | None, list[str]]:
    """What is measured besides fairness; where that fails, nothing but a note that says why.

    The figures of fairness come first and take longest: that SDMetrics, or the search for near
    records, cannot bear some column is no reason to lose them.

    Args:
        title (str): What is measured, as the note begins.
        measure (callable): Returns it.
        *arguments (object): Of ``measure``.

    Returns:
        tuple: What it returned or None; the note, if any.
    """
    try:
        return measure(*arguments), []
    except (ValueError, TypeError, ArithmeticError) as error:
        return None, [f'{title} was not measured: {type(error).__name__}: {error}']


def _generated(
    real: pd.DataFrame,
    other: pd.DataFrame,
    columns: Columns,
    name: str,
    every_pair: bool = False,
) -> Any:
    """SDMetrics' quality report with one of its properties: each is wanted, but not twice."""
    from sdmetrics.reports import QualityReport  # not before sdmetrics itself is loaded

    report = QualityReport()
    report._properties = {name: report._properties[name]}
    if every_pair:
        report.real_correlation_threshold = report.real_association_threshold = 0
    names = [*columns]
    metadata = {'tables': {'table': {'columns': columns}}, 'METADATA_SPEC_VERSION': 'V2'}
    with warnings.catch_warnings():
        # Without a strongly related pair their mean is NaN, as Quality says; it needs no warning.
        warnings.filterwarnings('ignore', 'Mean of empty slice', RuntimeWarning)
        report.generate({'table': real[names]}, {'table': other[names]}, metadata, verbose=False)
    return report


def _shapes(real: pd.DataFrame, other: pd.DataFrame, columns: Columns) -> tuple[float, pd.Series]:
    """How alike the columns are, on average and each."""
    report = _generated(real, other, columns, _SHAPES)
    by_column = report.get_details(_SHAPES).set_index('Column')['Score']
    return float(report.get_properties()['Score'].iloc[0]), by_column


def _pairs(
    real: pd.DataFrame,
    other: pd.DataFrame,
    columns: Columns,
    every_pair: bool,
) -> float:
    """How alike pairs of columns are, on average: all of them, or those strongly related."""
    report = _generated(real, other, columns, _PAIRS, every_pair)
    return float(report.get_properties()['Score'].iloc[0])
