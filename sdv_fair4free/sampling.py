"""Rows out of a fitted synthesizer: what users call, and what SDV calls for them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import pandas as pd
from sdv.errors import SamplingError
from sdv.sampling import Condition, DataFrameCondition
from sdv.single_table.base import (
    FIXED_RNG_SEED,
    SYNTHESIZER_LOGGER,
    BaseSingleTableSynthesizer,
)
from sdv.single_table.utils import validate_folder_path_with_table_names

from sdv_fair4free.conditions import condition_tables, pasted
from sdv_fair4free.core.config import is_whole
from sdv_fair4free.core.evidence import Evidence
from sdv_fair4free.groups import with_people
from sdv_fair4free.known_rows import KnownRows
from sdv_fair4free.locks import alone
from sdv_fair4free.model import Conditional, FairModel
from sdv_fair4free.options import SamplingOptions, current, sampling_with
from sdv_fair4free.validation import as_list, listed, nearest, strength_problems, whole_problems


@contextmanager
def whole_messages() -> Iterator[None]:
    """Errors keep their message, which SDV puts out of sight behind one of its own."""
    try:
        yield
    except Exception as error:
        if error.__cause__ is None:
            raise
        # SDV has made it of one text, of the type of what went wrong.
        raise type(error)(f'{error}\n{error.__cause__}') from error.__cause__


class SamplingMixin(BaseSingleTableSynthesizer):  # type: ignore[misc]
    """Sampling of :class:`~sdv_fair4free.Fair4FreeSynthesizer`."""

    _model: FairModel
    _fitted: bool
    sensitive_columns: Sequence[str] | str | None
    target_column: Sequence[str] | str | None
    fairness_strength: float
    verbose: bool

    def _sample(self, num_rows: int, conditions: Mapping[str, Any] | None = None) -> pd.DataFrame:
        if conditions:
            known = self._model.encoding.known(num_rows, conditions)
            if known is None:
                raise NotImplementedError  # SDV then samples freely and keeps the rows that match
            return self._given(known).sample()
        options, from_teacher = current()
        strength = options.fairness_strength
        return self._model.sample(
            num_rows,
            fairness_strength=self.fairness_strength if strength is None else strength,
            group_shares=options.group_shares,
            wanted=options.wanted,
            from_teacher=from_teacher,
        )

    def _given(self, evidence: Evidence) -> Conditional:
        """What draws processed rows of which something is known."""
        options, from_teacher = current()
        strength = options.fairness_strength
        return self._model.conditional(
            evidence,
            fairness_strength=self.fairness_strength if strength is None else strength,
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
        options, problems = self._options(num_rows, fairness_strength, sensitive_distribution)
        if problems:
            raise SamplingError(listed(problems, 'the sampling arguments'))
        if num_rows == 0:  # SDV then gives no columns, and fails where it renames them
            self._validate_table_name(main_table_name or self._table_name)
            return {self._table_name: self._no_rows()}
        with sampling_with(options), whole_messages():
            tables: dict[str, pd.DataFrame] = super().sample(
                int(num_rows),
                main_table_name=main_table_name,
                max_tries_per_batch=max_tries_per_batch,
                batch_size=batch_size,
                output_folder_path=output_folder_path,
            )
        return {name: self._data_processor.with_categories(table) for name, table in tables.items()}

    def _options(
        self,
        num_rows: int,
        fairness_strength: float | None,
        sensitive_distribution: Mapping[Any, float] | pd.DataFrame | str | None,
    ) -> tuple[SamplingOptions, list[str]]:
        """What the arguments of a call ask for, and why they cannot be honoured."""
        problems = self._strength_problems(fairness_strength)
        if not is_whole(num_rows) or num_rows < 0:
            problems.append(f'num_rows={num_rows!r} must be a whole number of at least 0.')
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
        return options, problems

    @alone
    def sample_from_conditions(
        self,
        conditions: Sequence[Condition | DataFrameCondition],
        max_tries_per_batch: int = 100,
        batch_size: int | None = None,
        output_folder_path: str | None = None,
        fairness_strength: float | None = None,
    ) -> dict[str, pd.DataFrame]:
        """Sample rows that have the values asked for, in whatever columns.

        Modelled columns are not waited for: the generator draws rows given their values, however
        rare these are; a number between those seen is taken for the nearest of them. Where only
        sensitive columns are known, the target stays independent of them; where others are known
        too it need not, as in any part of the table. What a constraint or a transformer of your
        own hides is matched by drawing until it turns up.

        Args:
            conditions: Values with a number of rows, or tables of values; missing values too.
            max_tries_per_batch: Most attempts at values that must turn up.
            batch_size: Rows drawn at a time; None, all at once, is fastest.
            output_folder_path: As in SDV.
            fairness_strength: From 0 (the table as it is) to 1; None takes the synthesizer's.

        Returns:
            The table, under its name. Rows that cannot be made are left out, with a warning that
            says why.

        Raises:
            SamplingError: If it is not fitted, or an argument cannot be honoured.
            ValueError: If a column is unknown or the primary key, or no row can be made.
            ConstraintNotMetError: If conditions contradict a constraint.
        """
        self._validate_fit_before_sample()
        tables = condition_tables(conditions)
        made = self._sample_known(
            tables, max_tries_per_batch, batch_size, output_folder_path, fairness_strength
        )
        return {self._table_name: made.reset_index(drop=True)}

    @alone
    def sample_remaining_columns(
        self,
        known_columns: pd.DataFrame,
        max_tries_per_batch: int = 100,
        batch_size: int | None = None,
        output_folder_path: str | None = None,
        fairness_strength: float | None = None,
    ) -> dict[str, pd.DataFrame]:
        """Sample the columns that are not known of rows of which others are.

        Args:
            known_columns: A row for each row to make, with any columns; missing values are values.
            max_tries_per_batch: As in :meth:`sample_from_conditions`, like all that follow.
            batch_size: See there.
            output_folder_path: See there.
            fairness_strength: See there.

        Returns:
            The table, under its name, with the index of ``known_columns``. Rows that cannot be made
            are left out, with a warning that says why.

        Raises:
            SamplingError: If it is not fitted.
            ValueError: As :meth:`sample_from_conditions`.
            ConstraintNotMetError: If known columns contradict a constraint.
        """
        self._validate_fit_before_sample()
        if not isinstance(known_columns, pd.DataFrame) or not known_columns.columns.is_unique:
            raise ValueError(
                'known_columns must be a DataFrame of the columns that are known, each named once.'
            )
        table = known_columns.rename(columns=str).reset_index(drop=True)
        made = self._sample_known(
            [table], max_tries_per_batch, batch_size, output_folder_path, fairness_strength
        )
        made.index = known_columns.index[made.index]
        return {self._table_name: made}

    def _sample_known(
        self,
        tables: Sequence[pd.DataFrame],
        max_tries_per_batch: int,
        batch_size: int | None,
        output_folder_path: str | None,
        fairness_strength: float | None,
    ) -> pd.DataFrame:
        """Rows of which something is known; their index says for which of the rows asked for."""
        problems = self._strength_problems(fairness_strength)
        problems += whole_problems('max_tries_per_batch', max_tries_per_batch, 1, or_none=False)
        problems += whole_problems('batch_size', batch_size, 1)
        columns = self._original_metadata.tables[self._table_name].columns
        described = self._original_metadata.tables[self._table_name]
        keys = [described.primary_key, *described.alternate_keys]
        for name in dict.fromkeys(str(name) for table in tables for name in table):
            if name not in columns:
                problems.append(
                    f"Unexpected column name '{name}': the table has no such column."
                    f'{nearest(name, columns)}'
                )
            elif name in keys:
                kind = 'the primary key' if name == keys[0] else 'a key'
                problems.append(f"'{name}' is {kind}: its values are made up anew.")
        if problems:
            raise ValueError(listed(problems, 'what is known'))
        (path,) = validate_folder_path_with_table_names(output_folder_path, [self._table_name])
        made: pd.DataFrame
        started = datetime.now()
        if self._model and not self._random_state_set:
            self._set_random_state(FIXED_RNG_SEED)
        if self._model:
            with sampling_with(SamplingOptions(fairness_strength=fairness_strength)):
                made = KnownRows(self, tables, batch_size).drawn(max_tries_per_batch)
        else:
            made = self._made_up(tables)
        made = self._data_processor.with_categories(made)
        if path is not None:
            made.to_csv(path, index=False)
        if len(getattr(self, '_original_columns', ())):
            made.columns = self._original_columns
        SYNTHESIZER_LOGGER.info(
            {
                'EVENT': 'Sample',
                'TIMESTAMP': started,
                'SYNTHESIZER CLASS NAME': type(self).__name__,
                'SYNTHESIZER ID': self._synthesizer_id,
                'TOTAL NUMBER OF TABLES': 1,
                'TOTAL NUMBER OF ROWS': len(made),
                'TOTAL NUMBER OF COLUMNS': len(made.columns),
            }
        )
        return made

    def _made_up(self, tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
        """Rows of a table of which nothing is modelled, with what is known of them in place."""
        parts = [self._no_rows()]
        for table in tables:
            rows = pd.DataFrame(index=range(len(table)))
            made = self._data_processor.reverse_transform(rows)
            parts.append(pasted(table, self.reverse_transform_constraints(made)))
        return pd.concat(parts[1:] or parts, ignore_index=True)

    def _no_rows(self) -> pd.DataFrame:
        """The table without rows."""
        names = self._original_metadata.get_column_names(table_name=self._table_name)
        types = self._data_processor._dtypes
        table = pd.DataFrame({name: pd.Series(dtype=types.get(name, object)) for name in names})
        if len(getattr(self, '_original_columns', ())):  # whole numbers, where these are names
            table.columns = self._original_columns
        return table

    def _strength_problems(self, fairness_strength: float | None) -> list[str]:
        if fairness_strength is None:
            return []
        problems = strength_problems(fairness_strength)
        if not as_list(self.sensitive_columns) or not as_list(self.target_column):
            problems.append(
                'fairness_strength is given, but it acts on the target and there are no '
                'sensitive_columns with a target_column.'
            )
        return problems

    @alone
    def reset_sampling(self) -> None:
        """Start sampling anew: what was drawn first comes again."""
        super().reset_sampling()
