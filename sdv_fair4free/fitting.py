"""A table on its way in: names as text, every problem at once, and its own order on the way out."""

from __future__ import annotations

import copy
import os
import tempfile
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd
from rdt.errors import TransformerInputError
from sdv.errors import InvalidDataError, SynthesizerInputError
from sdv.metadata import Metadata
from sdv.single_table.base import BaseSingleTableSynthesizer

from sdv_fair4free.album import NUMBER
from sdv_fair4free.cluster_workers import strangers
from sdv_fair4free.constraints import ReadingDates, filtering, role_problems
from sdv_fair4free.diagnosis import every_problem
from sdv_fair4free.lazy.checks import PartRules
from sdv_fair4free.lazy.engine import client_in_use
from sdv_fair4free.lazy.fit import LazyFit
from sdv_fair4free.lazy.plan import Plan
from sdv_fair4free.lazy.table import is_lazy, lazy_table, refuse_lazy
from sdv_fair4free.locks import alone, one_at_a_time
from sdv_fair4free.processing import TableProcessor
from sdv_fair4free.typed_metadata import believing_types
from sdv_fair4free.validation import as_list, listed

RANGES = ('range_min', 'range_max', 'range_values', 'range_is_nullable')
"""What metadata may say of the values of a column."""


def _one_table(data: Any) -> bool:
    """Whether this is what SDV takes; it has its own errors for all else."""
    return (
        isinstance(data, dict)
        and len(data) == 1
        and all(isinstance(table, pd.DataFrame) for table in data.values())
    )


class FittingMixin(BaseSingleTableSynthesizer):  # type: ignore[misc]
    """What happens to a table before :class:`~sdv_fair4free.Fair4FreeSynthesizer` learns it."""

    sensitive_columns: Sequence[str] | str | None
    target_column: Sequence[str] | str | None
    random_state: int | None
    checkpoint_dir: str | os.PathLike[str] | None
    verbose: bool
    _original_metadata: Metadata
    _chained_constraints: list[Any]

    _lazy: LazyFit | None = None
    """What is known of a table in partitions, as long as it is fitted."""

    def fit(self, data: Any) -> None:
        """Fit it to a table, and forget any other.

        If it fails or is interrupted, the synthesizer is left unfitted, also where it was fitted to
        another table before. See ``checkpoint_dir`` for going on after an interruption.

        A table larger than memory is given as a Dask DataFrame, or as the path of a Parquet file or
        of a folder of them: ``{'people': 'folder'}``. It is read twice, a few partitions at a time,
        on whatever scheduler or cluster of Dask is active. SDV's columns are learnt from 200,000
        rows drawn at random, and from the rows without which a category, an end of a range or a
        missing value would be left out; a table of no more rows is learnt just as in memory. The
        model counts and ranks all rows; its networks draw their batches among all of them, but at
        most 256 in an epoch, so that of very many rows they see a part. The codes of all rows, a
        byte or two for each value, lie in a temporary folder, in ``checkpoint_dir`` if there is
        one, and go when the fit ends. Needs ``python -m pip install '.[distributed]'`` in a clone.

        Args:
            data: The table, under its name: a pandas DataFrame, a Dask DataFrame, or a path; the
                last two also by themselves. It is left as it is; column names that are whole
                numbers count as their text, and come back as they are.

        Raises:
            InvalidDataError: Listing every problem of the table at once; of a table in partitions
                with the partitions that have it.
            SynthesizerInputError: If a transformer hides a sensitive or target column, or
                ``checkpoint_dir`` holds the checkpoint of another fit; if workers of a cluster lack
                this package, or have another.
            ImportError: If Dask is needed and not installed.
            PluginError: If a plug-in that is asked fails or answers something else.
            TransformerInputError: If a plug-in's codec refuses values of its column.
            NonFiniteLossError: If a loss is no longer a finite number.
        """
        if not is_lazy(data):
            super().fit(self._with_names_as_text(data))
            return
        self._fitted = False
        table = lazy_table(data, self._table_name)
        self._with_names_as_text({table.name: table.empty})  # which remembers them
        client = client_in_use()
        problems = [] if client is None else strangers(client)
        if problems:
            raise SynthesizerInputError('\n'.join(problems))
        with self._folder_for_codes() as folder:
            rules = PartRules(
                name=table.name,
                metadata=self._original_metadata,
                constraints=[*self._chained_constraints, *self._reject_sampling_constraints],
            )
            try:
                self._lazy = LazyFit(table, rules, self._plan(), folder, self.verbose)
                super().fit({table.name: self._lazy.rows_kept})
            except TransformerInputError:
                # Here, where no lock is held that threads of Dask wait for.
                if self._lazy is not None:
                    self._lazy.refuse_unreadable(self._data_processor)
                raise
            finally:
                self._lazy = None

    def _plan(self) -> Plan:
        """What to remember of a table in partitions."""
        described = self._original_metadata.tables[self._table_name]
        sensitive = as_list(self.sensitive_columns)
        return Plan.of(
            described.columns,
            [described.primary_key, *described.alternate_keys],
            [*self._chained_constraints, *self._reject_sampling_constraints],
            [*sensitive, *as_list(self.target_column)] if sensitive else [],
            # A fit that goes on from a checkpoint must find the same sample again.
            seed=0 if self.random_state is None else int(self.random_state),
        )

    @contextmanager
    def _folder_for_codes(self) -> Iterator[Path]:
        """A folder that is gone afterwards, whatever happens."""
        within = None if self.checkpoint_dir is None else Path(self.checkpoint_dir)
        if within is not None:
            within.mkdir(parents=True, exist_ok=True)
        # Windows removes no file that is still mapped; what is left then, the system removes.
        with tempfile.TemporaryDirectory(
            prefix='fair4free-codes-', dir=within, ignore_cleanup_errors=True
        ) as folder:
            yield Path(folder)

    @alone  # SDV's checks and RDT's transformers use numpy's global random state
    def preprocess(self, data: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
        """Check a table and transform it to what ``fit_processed_data`` takes.

        A synthesizer that was fitted before is no longer: its model does not know these columns.

        Args:
            data: The table, under its name. It is left as it is.

        Returns:
            The transformed table, under the same name.

        Raises:
            InvalidDataError: Listing every problem of the table at once.
        """
        refuse_lazy(data, 'preprocess')
        if not self._names_are_text(data):
            data = self._with_names_as_text(data)
        processed: dict[str, pd.DataFrame] = super().preprocess(data)
        return processed

    def auto_assign_transformers(self, data: dict[str, pd.DataFrame]) -> None:
        """Choose the transformers that :meth:`fit` will use.

        Args:
            data: As :meth:`fit` takes it, in memory.
        """
        refuse_lazy(data, 'auto_assign_transformers')
        self._tell_roles()
        super().auto_assign_transformers(self._with_names_as_text(data))

    @alone  # while it checks, the metadata are others
    def validate(self, data: dict[str, pd.DataFrame]) -> None:
        """Check a table against metadata, constraints, and what can be learnt from it.

        Args:
            data: The table, under its name.

        Raises:
            InvalidDataError: Listing every problem at once.
        """
        refuse_lazy(data, 'validate')
        if not _one_table(data):
            super().validate(data)
            return
        data = {name: _as_text(table) for name, table in data.items()}
        try:
            with self._believing_types():
                super().validate(data)
        except Exception as error:
            problems = every_problem(
                data,
                self._original_metadata,
                [*self._chained_constraints, *self._reject_sampling_constraints],
                self._validate,
            )
            if not problems:
                raise
            raise InvalidDataError(problems) from error

    def _tell_roles(self) -> None:
        """Let the processor know the columns that keep their own transformers."""
        self._data_processor.roles = as_list(self.sensitive_columns) + as_list(self.target_column)

    def _check_ranges(self, data: dict[str, pd.DataFrame]) -> None:
        # SDV looks at every value of every column, also where no range is described.
        described = self._original_metadata.tables[self._table_name].columns
        ranged = [
            name
            for name, told in described.items()
            if any(told.get(range_) is not None for range_ in RANGES)
        ]
        super()._check_ranges(
            {name: table[[c for c in ranged if c in table]] for name, table in data.items()}
        )

    @contextmanager
    def _believing_types(self) -> Iterator[None]:
        known = self._original_metadata
        self._original_metadata = believing_types(known)
        try:
            yield
        finally:
            self._original_metadata = known

    def add_constraints(self, constraints: list[Any]) -> None:
        """Add constraints, keeping our transformers and refusing to lose a column with a role.

        Constraints that give columns of their own to the model keep the target independent of the
        sensitive columns. One that overlaps an earlier one is kept by drawing rows again, and so
        may be one that is programmed: then what is left need not be independent, which is warned
        of. One that overlaps is refused if it looks at a sensitive or target column; what a
        programmed one looks at nobody can tell.

        Args:
            constraints: Of ``sdv.cag``, or programmed.

        Raises:
            SynthesizerInputError: If a constraint would replace a sensitive or target column, or
                would draw rows again by its values. The synthesizer is then left as it was.
        """
        trial = copy.deepcopy(self)
        with warnings.catch_warnings():
            warnings.simplefilter('ignore')  # they come when it is done in earnest
            BaseSingleTableSynthesizer.add_constraints(trial, copy.deepcopy(constraints))
        left = trial.metadata.get_column_names(table_name=trial._table_name)
        roles = as_list(self.sensitive_columns) + as_list(self.target_column)
        problems = role_problems(roles, left, trial._reject_sampling_constraints)
        if problems:
            raise SynthesizerInputError(listed(problems, 'the constraints'))
        super().add_constraints(constraints)
        self._update_default_transformers()  # the base class forgets ours
        self._fitted = False  # to the columns that the constraints make
        dropping = filtering(self._chained_constraints, self._reject_sampling_constraints)
        if dropping and as_list(self.sensitive_columns):
            warnings.warn(
                f'Rows that break {", ".join(dropping)} are drawn again, and the target of those '
                'that are kept may depend on the sensitive columns a little: measure it, with '
                'evaluate_fairness.',
                stacklevel=2,
            )

    def reverse_transform_constraints(self, sampled: pd.DataFrame) -> pd.DataFrame:
        """The table with the columns that constraints took away, in the order of the metadata.

        Args:
            sampled: Rows as the model made them, processed back.
        """
        with one_at_a_time:
            known = self._chained_constraints
            self._chained_constraints = [ReadingDates(constraint) for constraint in known]
            try:
                made: pd.DataFrame = super().reverse_transform_constraints(sampled)
            finally:
                self._chained_constraints = known
        if NUMBER in sampled:
            made[NUMBER] = sampled.loc[made.index, NUMBER]
        for name in self._data_processor.made_up:
            if name in made:  # constraints turn it into the real categories, which it has none of
                made[name] = sampled.loc[made.index, name]
        columns = self._original_metadata.tables[self._table_name].columns
        ordered = [name for name in columns if name in made]
        ordered += [name for name in made if name not in columns]
        return made if ordered == list(made) else made[ordered]

    @staticmethod
    def _names_are_text(data: Any) -> bool:
        return not _one_table(data) or not any(
            isinstance(name, int) for table in data.values() for name in table
        )

    def _with_names_as_text(self, data: Any) -> Any:
        """The same table under text names; the names it came with are remembered.

        SDV renames the user's own table for a while, and gives names back in the order of the
        fitted table to columns that are in the order of the metadata.
        """
        self._original_columns = pd.Index([])
        if self._names_are_text(data):
            return data
        (table,) = data.values()
        came = {str(name): name for name in table}
        columns = self._original_metadata.tables[self._table_name].columns
        self._original_columns = pd.Index([came[name] for name in columns if name in came])
        return {name: _as_text(table) for name, table in data.items()}

    def _update_default_transformers(self) -> None:
        # The base class makes a processor of its own, at first and when constraints are added.
        self._data_processor = TableProcessor(
            metadata=self.metadata._convert_to_single_table(),
            enforce_rounding=self.enforce_rounding,
            enforce_min_max_values=self.enforce_min_max_values,
            locales=self.locales,
        )
        super()._update_default_transformers()


def _as_text(table: pd.DataFrame) -> pd.DataFrame:
    if not any(isinstance(name, int) for name in table):
        return table
    table = table.copy(deep=False)
    table.columns = table.columns.astype(str)
    return table
