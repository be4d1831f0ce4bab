"""More rows than memory holds: tables in parts, as they come or in a folder, or on a cluster."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
from sdv.errors import SamplingError
from sdv.single_table.base import FIXED_RNG_SEED
from tqdm import tqdm

from sdv_fair4free.core.config import is_whole
from sdv_fair4free.locks import alone
from sdv_fair4free.parts import PartSampler, Tables, part_sampler
from sdv_fair4free.sampling import SamplingMixin
from sdv_fair4free.validation import listed, whole_problems

if TYPE_CHECKING:
    from distributed import Client

    from sdv_fair4free.part_folder import ParquetSample, PartFolder

Distribution = Mapping[Any, float] | pd.DataFrame | str | None
"""Who is wanted: weights by category, a table of people who are all equally likely, 'uniform', or
None as observed; see ``sample``."""


class StreamingMixin(SamplingMixin):
    """Sampling in parts of :class:`~sdv_fair4free.Fair4FreeSynthesizer`."""

    @alone
    def sample_batches(
        self,
        num_rows: int,
        batch_size: int = 100_000,
        random_state: int | None = None,
        fairness_strength: float | None = None,
        sensitive_distribution: Distribution = None,
        only: Iterable[int] | None = None,
    ) -> Iterator[dict[str, pd.DataFrame]]:
        """Sample rows part by part, in the memory that one part takes.

        A part follows from the model, the seed, its number, ``batch_size`` and what is asked for,
        and from nothing else: not from ``num_rows`` (but for how long the last one is), nor from
        the parts made before. Keys are numbered from the first row of the table, so that they are
        unique over all parts; those of two tables are the same. Other calls may come in between;
        all they notice is that a seed was taken from their stream, where none is given. A fit in
        between does not change the rest. The rows are others than those that ``sample`` draws.

        Args:
            num_rows: How many in all.
            batch_size: Rows of a part; the last has what is left.
            random_state: Seed, 0 or more; None takes one from the stream that ``sample`` draws
                from, so that ``reset_sampling`` makes it come again.
            fairness_strength: As in :meth:`sample`.
            sensitive_distribution: As in :meth:`sample`.
            only: Numbers of parts to make, from 0, in this order; None makes all.

        Returns:
            An iterator over tables as :meth:`sample` returns them: of ``num_rows / batch_size``
            parts, rounded up; of one without rows if ``num_rows`` is 0.

        Raises:
            SamplingError: At once, if it is not fitted, or an argument cannot be honoured; while
                parts are made, if constraints leave too few rows.
        """
        sampler, problems = self._part_sampler(
            num_rows, batch_size, random_state, fairness_strength, sensitive_distribution
        )
        wanted: Iterable[int] = range(0)
        if only is not None:
            wanted, complaints = _numbers(only, None if sampler is None else sampler.parts)
            problems += complaints
        if problems or sampler is None:
            raise SamplingError(listed(problems, 'the sampling arguments'))
        if random_state is None:
            sampler = replace(sampler, seed=self._fresh_seed())
        return _made(sampler, range(sampler.parts) if only is None else wanted)

    def sample_to_parquet(
        self,
        path: str | os.PathLike[str],
        num_rows: int,
        batch_size: int = 1_000_000,
        random_state: int | None = None,
        fairness_strength: float | None = None,
        sensitive_distribution: Distribution = None,
    ) -> ParquetSample:
        """Sample rows into a folder of Parquet files, in the memory that one of them takes.

        ``pandas.read_parquet(path)`` reads the folder as one table, in order. Called again with the
        same arguments after an interruption it makes what is missing, with the seed that it was
        begun with where ``random_state`` is None. Files appear whole or not at all, and no file
        of another table is touched: a folder that holds anything else is refused.

        Args:
            path: The folder; made if it is not there.
            num_rows: How many in all.
            batch_size: Rows of a file: see :meth:`sample_batches`, like all that follow.
            random_state: See there.
            fairness_strength: See there.
            sensitive_distribution: See there.

        Returns:
            What is in the folder.

        Raises:
            SamplingError: If it is not fitted, an argument cannot be honoured, or the folder holds
                something else, with every reason.
            ImportError: If pyarrow is missing.
            OSError: If a file cannot be written.
        """
        folder, sampler = self._part_folder(
            path, num_rows, batch_size, random_state, fairness_strength, sensitive_distribution
        )
        missing = folder.missing()
        for part in tqdm(missing, desc='Sample parts', disable=not self.verbose):
            folder.write(part, sampler.part(part))
        return folder.finished(made=len(missing))

    def sample_distributed(
        self,
        num_rows: int,
        path: str | os.PathLike[str],
        client: Client | None = None,
        batch_size: int = 1_000_000,
        random_state: int | None = None,
        fairness_strength: float | None = None,
        sensitive_distribution: Distribution = None,
    ) -> ParquetSample:
        """Write the folder of :meth:`sample_to_parquet` with the workers of a Dask cluster.

        The content is the same, bit for bit on processors of one kind. Each worker is sent once
        what it samples from: the student without its teacher and what else only training needs
        (the teacher, where ``distillation=None`` made no student). It is sent pickled, as Dask
        sends everything: use a cluster that you trust, and one that trusts you. A worker that dies
        loses the part it was at, which is made again by another.

        Args:
            num_rows: How many in all.
            path: The folder, under a path by which every worker reaches the same folder: a network
                file system where there are several machines.
            client: Of the cluster; None takes the current one or, without one, starts a
                ``LocalCluster`` with a worker for each processor and closes it in the end.
                Such workers import the script that starts them: it needs ``if __name__ ==
                '__main__':``.
            batch_size: Rows of a file: a worker holds one at a time for each of its threads.
            random_state: As in :meth:`sample_batches`, like all that follow.
            fairness_strength: See there.
            sensitive_distribution: See there.

        Returns:
            What is in the folder.

        Raises:
            SamplingError: As :meth:`sample_to_parquet`; if workers do not see the folder, or have
                another version of this package; or if a part cannot be made, with its number. What
                was finished stays, and the next call goes on from there.
            ImportError: If distributed or pyarrow is missing.
            OSError: If the folder cannot be written to.
        """
        from sdv_fair4free.cluster import check_client, client_of, write_on_cluster

        check_client(client)
        folder, sampler = self._part_folder(
            path, num_rows, batch_size, random_state, fairness_strength, sensitive_distribution
        )
        missing = folder.missing()
        if missing:
            with client_of(client) as found:
                write_on_cluster(found, folder, sampler, missing, verbose=self.verbose)
        return folder.finished(made=len(missing))

    @alone
    def _part_folder(
        self,
        path: str | os.PathLike[str],
        num_rows: int,
        batch_size: int,
        random_state: int | None,
        fairness_strength: float | None,
        sensitive_distribution: Distribution,
    ) -> tuple[PartFolder, PartSampler]:
        """The folder to write to, opened or begun, and what makes its parts.

        Raises:
            SamplingError: If an argument cannot be honoured, or the folder holds something else.
        """
        sampler, problems = self._part_sampler(
            num_rows, batch_size, random_state, fairness_strength, sensitive_distribution
        )
        problems += self._parquet_problems()
        if not isinstance(path, str | os.PathLike) or not os.fspath(path):
            problems.append(f'path={path!r} must be the path of a folder.')
        elif '://' in os.fspath(path):
            problems.append(
                f'path={path!r} is an address; name a folder of this machine, or of a file system '
                'that is mounted here.'
            )
        if problems or sampler is None:
            raise SamplingError(listed(problems, 'the sampling arguments'))
        from sdv_fair4free.arrow_schema import schema_of
        from sdv_fair4free.part_folder import PartFolder, asked_of

        trial = sampler.trial()
        schema, problems = schema_of(sampler.twin, trial)
        if problems:
            raise SamplingError(listed(problems, 'writing this table to Parquet'))
        strength = self.fairness_strength if fairness_strength is None else fairness_strength
        asked = asked_of(sampler, trial, schema, float(strength))
        seed = None if random_state is None else int(random_state)  # of NumPy, it may be
        folder = PartFolder.opened(Path(path), asked, schema, seed, fresh_seed=self._fresh_seed)
        return folder, replace(sampler, seed=folder.seed)

    def _part_sampler(
        self,
        num_rows: int,
        batch_size: int,
        random_state: int | None,
        fairness_strength: float | None,
        sensitive_distribution: Distribution,
    ) -> tuple[PartSampler | None, list[str]]:
        """What makes the parts, and every problem with the arguments; None where there are some."""
        self._validate_fit_before_sample()
        _, problems = self._options(num_rows, fairness_strength, sensitive_distribution)
        problems += whole_problems('batch_size', batch_size, 1, or_none=False)
        problems += whole_problems('random_state', random_state, 0)
        if not is_whole(num_rows):
            return None, problems
        sampler, complaints = part_sampler(
            self,
            int(num_rows),
            int(batch_size) if is_whole(batch_size) and batch_size > 0 else 1,
            seed=0 if random_state is None else random_state,
            fairness_strength=fairness_strength,
            sensitive_distribution=sensitive_distribution,
        )
        problems += complaints
        return None if problems else sampler, problems

    def _fresh_seed(self) -> int:
        """A seed from the stream of ``sample``; where nothing is modelled there is no stream."""
        if not self._model:
            return int(FIXED_RNG_SEED)
        if not self._random_state_set:
            self._set_random_state(FIXED_RNG_SEED)
        return self._model.noise.fresh_seed()

    def _parquet_problems(self) -> list[str]:
        """Why what is sampled cannot be written to Parquet, of whatever kind the columns are."""
        return []


def _made(sampler: PartSampler, parts: Iterable[int]) -> Iterator[Any]:
    for part in parts:
        yield sampler.part(part)


def _numbers(only: Any, parts: int | None) -> tuple[list[int], list[str]]:
    """Numbers of parts, and what is wrong with them."""
    if isinstance(only, str | bytes) or not isinstance(only, Iterable):
        return [], [f'only={only!r} must be numbers of parts, as [0, 5].']
    numbers = list(only)
    wrong = [
        number
        for number in numbers
        if not is_whole(number) or number < 0 or (parts is not None and number >= parts)
    ]
    if not wrong:
        return [int(number) for number in numbers], []
    named = ', '.join(map(repr, wrong[:5])) + (', ...' if len(wrong) > 5 else '')
    highest = '' if parts is None else f' to {parts - 1}'
    return [], [f'only has {named}: parts have the numbers 0{highest}.']


__all__ = ['StreamingMixin', 'Tables']
