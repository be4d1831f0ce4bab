"""``evaluate_fairness``, beside ``sdv.evaluation.evaluate_quality`` and in its manners."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from sdv_fair4free.reports.fairness_report import FairnessReport

if TYPE_CHECKING:
    from sdv.metadata import Metadata

Table = pd.DataFrame | dict[str, pd.DataFrame]
"""A table, or a dictionary of this one table by its name."""


def evaluate_fairness(
    real_data: Table,
    synthetic_data: Table,
    metadata: Metadata,
    sensitive_columns: str | Sequence[str],
    target_column: str,
    real_validation_data: Table | None = None,
    favourable_outcome: Any = None,
    intersections: bool = True,
    model: Any = None,
    bootstrap_samples: int = 200,
    confidence_level: float = 0.95,
    minimum_group_size: int = 50,
    random_state: int = 0,
    table_name: str | None = None,
    include_quality: bool = True,
    include_privacy: bool = True,
    verbose: bool = True,
    withheld_columns: str | Sequence[str] = (),
) -> FairnessReport:
    """Evaluate the fairness of synthetic data, whoever made them.

    Args:
        real_data (pandas.DataFrame or dict): The rows the synthesizer has learnt from: a table, or
            a dict of tables.
        synthetic_data (pandas.DataFrame or dict): The rows to judge, of the same kind.
        metadata (sdv.metadata.Metadata): Metadata of the real and the synthetic data.
        sensitive_columns (str or sequence of str): The columns that name the groups.
        target_column (str): The outcome to predict.
        real_validation_data (pandas.DataFrame, dict or None): Real rows the synthesizer has not
            seen; models are tested on them.
        favourable_outcome (object): The value of the target that people hope for.
        intersections (bool): As for ``FairnessReport``, like all that follow.
        model (object or None): See there.
        bootstrap_samples (int): See there.
        confidence_level (float): See there.
        minimum_group_size (int): See there.
        random_state (int): See there.
        table_name (str or None): See there.
        include_quality (bool): See there.
        include_privacy (bool): See there.
        verbose (bool): Show progress and scores.
        withheld_columns (str or sequence of str): Columns that the models are not given, as for
            ``FairnessReport``.

    Returns:
        FairnessReport: The report, generated; ``get_score()`` is in [0, 1], best 1.

    Raises:
        TypeError: If the data or the metadata are of another kind.
        ValueError: If they cannot answer the question; the message lists every problem.
    """
    for name, data in {'real_data': real_data, 'synthetic_data': synthetic_data}.items():
        if not isinstance(data, pd.DataFrame | dict):
            raise TypeError(
                f'{name} must be a pandas DataFrame or a dict of them, not a {type(data).__name__}.'
            )
    if isinstance(real_data, dict) is not isinstance(synthetic_data, dict):
        raise TypeError(
            f'real_data is a {type(real_data).__name__} and synthetic_data a '
            f'{type(synthetic_data).__name__}; give two tables, or two dicts of tables.'
        )
    description = _description(metadata)
    if isinstance(real_data, pd.DataFrame) and isinstance(synthetic_data, pd.DataFrame):
        if table_name is None and len(description['tables']) > 1:
            raise ValueError(
                f'metadata describes the tables {[*description["tables"]]}; say with table_name '
                'which of them is given.'
            )
        name = next(iter(description['tables'])) if table_name is None else table_name
        if name not in description['tables']:
            raise ValueError(
                f'table_name={name!r} is not in metadata; it has {[*description["tables"]]}.'
            )
        tables = {name: description['tables'][name]}
        description = {**description, 'tables': tables, 'relationships': []}
        real_tables, synthetic_tables = {name: real_data}, {name: synthetic_data}
    else:
        real_tables, synthetic_tables = dict(real_data), dict(synthetic_data)
    report = FairnessReport(
        sensitive_columns=sensitive_columns,
        target_column=target_column,
        real_validation_data=real_validation_data,
        favourable_outcome=favourable_outcome,
        intersections=intersections,
        model=model,
        bootstrap_samples=bootstrap_samples,
        confidence_level=confidence_level,
        minimum_group_size=minimum_group_size,
        random_state=random_state,
        table_name=table_name,
        include_quality=include_quality,
        include_privacy=include_privacy,
        withheld_columns=withheld_columns,
    )
    report.generate(real_tables, synthetic_tables, description, verbose=verbose)
    return report


def _description(metadata: Any) -> dict[str, Any]:
    """The metadata as a dict of tables; SDV's reports take objects, SDMetrics' take dicts."""
    description = metadata if isinstance(metadata, dict) else None
    if hasattr(metadata, 'to_dict'):
        description = metadata.to_dict()
    if description is None:
        raise TypeError(
            'metadata must be a Metadata object (or its to_dict()), not a '
            f'{type(metadata).__name__}.'
        )
    if 'tables' not in description:
        return {'tables': {'table': description}, 'relationships': []}
    if not isinstance(description['tables'], dict) or not description['tables']:
        raise ValueError(
            'metadata describes no table; give the Metadata that describe the tables, such as '
            'Metadata.detect_from_dataframes(tables).'
        )
    return description
