"""Rows out of a fitted synthesizer: what users call, and what SDV calls for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from sdv.errors import SamplingError
from sdv.single_table.base import BaseSingleTableSynthesizer

from sdv_fair4free.core.config import is_whole
from sdv_fair4free.groups import with_people
from sdv_fair4free.locks import alone
from sdv_fair4free.model import FairModel
from sdv_fair4free.options import SamplingOptions, current, sampling_with
from sdv_fair4free.validation import as_list, listed, strength_problems


class SamplingMixin(BaseSingleTableSynthesizer):  # type: ignore[misc]
    """Sampling of :class:`~sdv_fair4free.Fair4FreeSynthesizer`."""

    _model: FairModel
    _fitted: bool
    sensitive_columns: Sequence[str] | str | None
    target_column: Sequence[str] | str | None
    fairness_strength: float

    def _sample(self, num_rows: int, conditions: Mapping[str, Any] | None = None) -> pd.DataFrame:
        if conditions:
            raise NotImplementedError  # SDV then samples freely and keeps the rows that match
        options, from_teacher = current()
        strength = options.fairness_strength
        return self._model.sample(
            num_rows,
            fairness_strength=self.fairness_strength if strength is None else strength,
            group_shares=options.group_shares,
            wanted=options.wanted,
            from_teacher=from_teacher,
        )

    @alone
    def sample(
        self,
        num_rows: int,
        main_table_name: str | None = None,
        max_tries_per_batch: int = 100,
        batch_size: int | None = None,
        output_folder_path: str | None = None,
        fairness_strength: float | None = None,
        sensitive_distribution: Mapping[Any, float] | pd.DataFrame | str | None = None,
    ) -> dict[str, pd.DataFrame]:
        """Sample rows.

        Args:
            num_rows: How many.
            main_table_name: As in SDV.
            max_tries_per_batch: As in SDV.
            batch_size: As in SDV; None, all at once, is fastest.
            output_folder_path: As in SDV.
            fairness_strength: From 0 (the table as it is) to 1; None takes the synthesizer's.
            sensitive_distribution: Who is wanted: None as observed; 'uniform', every crossing of
                sensitive categories alike; a mapping from category (a tuple, for several sensitive
                columns of categories) to its weight, those left out do not appear; or a DataFrame
                of the sensitive columns, numbers included, whose rows are all equally likely.

        Returns:
            The table, under its name.

        Raises:
            SamplingError: If it is not fitted, or an argument cannot be honoured.
        """
        self._validate_fit_before_sample()
        problems = [] if fairness_strength is None else strength_problems(fairness_strength)
        if not is_whole(num_rows) or num_rows < 0:
            problems.append(f'num_rows={num_rows!r} must be a whole number of at least 0.')
        if fairness_strength is not None and (
            not as_list(self.sensitive_columns) or not as_list(self.target_column)
        ):
            problems.append(
                'fairness_strength is given, but it acts on the target and there are no '
                'sensitive_columns with a target_column.'
            )
        options = SamplingOptions(fairness_strength=fairness_strength)
        if sensitive_distribution is not None:
            options, complaints = with_people(
                sensitive_distribution,
                options,
                self._model.encoding.s,
                self._data_processor._hyper_transformer.field_transformers,
                self._model.generator.law,
            )
            problems += complaints
        if problems:
            raise SamplingError(listed(problems, 'the sampling arguments'))
        with sampling_with(options):
            tables: dict[str, pd.DataFrame] = super().sample(
                int(num_rows),
                main_table_name=main_table_name,
                max_tries_per_batch=max_tries_per_batch,
                batch_size=batch_size,
                output_folder_path=output_folder_path,
            )
        return tables

    @alone
    def reset_sampling(self) -> None:
        """Start sampling anew: what was drawn first comes again."""
        super().reset_sampling()
