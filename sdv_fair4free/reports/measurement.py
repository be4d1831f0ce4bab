"""Everything a report measures, in one pass with one progress bar."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pandas as pd
from tqdm import tqdm

from sdv_fair4free.metrics.audit import Audit, audit
from sdv_fair4free.reports.nearness import Privacy
from sdv_fair4free.reports.resemblance import (
    Quality,
    measure_privacy,
    measure_quality,
    unless_impossible,
)

QUESTION = (
    'sensitive_columns',
    'target_column',
    'favourable_outcome',
    'intersections',
    'model',
    'bootstrap_samples',
    'confidence_level',
    'minimum_group_size',
    'random_state',
    'withheld_columns',
)


def measure(
    real: pd.DataFrame,
    synthetic: pd.DataFrame,
    validation: pd.DataFrame | None,
    metadata: Mapping[str, Any],
    name: str,
    question: Mapping[str, Any],
    *,
    include_quality: bool,
    include_privacy: bool,
    verbose: bool,
) -> tuple[Audit, Quality | None, Privacy | None]:
    """Audit a table, then measure how like the real one it is.

    Args:
        real (pandas.DataFrame): The rows the synthesizer has learnt from.
        synthetic (pandas.DataFrame): The rows to judge.
        validation (pandas.DataFrame or None): Real rows to test on.
        metadata (dict): Nested, of all tables.
        name (str): The table.
        question (mapping): The arguments of ``audit`` that are named in ``QUESTION``.
        include_quality (bool): Measure SDMetrics' quality.
        include_privacy (bool): Measure the distance to the closest record.
        verbose (bool): Show progress.

    Returns:
        tuple: Audit, quality and privacy; None where not asked for or not possible, which the
        audit's notes then explain.
    """
    entry = metadata['tables'][name]
    if verbose:
        sys.stdout.write('Generating report ...\n\n')
    with tqdm(disable=not verbose, file=sys.stdout, bar_format='{desc}|{bar}{r_bar}|') as bar:

        def progress(done: int, total: int, step: str) -> None:
            bar.total = total + 1  # the last step is ours
            bar.set_description(step, refresh=False)
            bar.update(done - bar.n)

        result = audit(
            real,
            synthetic,
            {**metadata, 'tables': {name: entry}, 'relationships': []},
            real_validation_data=validation,
            progress=progress,
            **question,
        )
        bar.set_description('Quality and privacy')
        tables = real, synthetic, validation, entry
        quality: Quality | None = None
        privacy: Privacy | None = None
        notes: list[str] = []
        if include_quality:
            quality, notes = unless_impossible('Quality', measure_quality, *tables)
        if include_privacy:
            chance = question['confidence_level'], question['random_state']
            privacy, more = unless_impossible('Privacy', measure_privacy, *tables, *chance)
            notes += more
        bar.update(1)
    return replace(result, notes=(*result.notes, *notes)), quality, privacy
