"""One fit to a table in parts: read once for a summary, once more for its codes."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from rdt.errors import TransformerInputError
from rdt.transformers import BaseTransformer
from sdv.errors import InvalidDataError
from tqdm import tqdm

from sdv_fair4free.codecs import codecs_named
from sdv_fair4free.core.rows import Rows
from sdv_fair4free.encoding import Encoding
from sdv_fair4free.known_values import OURS
from sdv_fair4free.labels import CategoryEncoder
from sdv_fair4free.lazy.checks import PartRules, told_with_parts, where
from sdv_fair4free.lazy.codes import CodedPart, CodeFiles, Coder, Hashes, hashed
from sdv_fair4free.lazy.engine import computed
from sdv_fair4free.lazy.plan import Plan
from sdv_fair4free.lazy.summary import Summary, merged
from sdv_fair4free.lazy.table import LazyTable, as_given
from sdv_fair4free.locks import one_at_a_time
from sdv_fair4free.processing import TableProcessor
from sdv_fair4free.quantiles import telling
from sdv_fair4free.split import Split
from sdv_fair4free.transformers import Tokenizer


class LazyFit:
    """What a synthesizer asks for while it is fitted to a table in parts.

    Args:
        table: The table.
        rules: What its parts must be like.
        plan: What to remember of it.
        folder: Where codes are written; there as long as this is used.
        verbose: Whether to show how far the reading has come.

    Attributes:
        summary: Of the whole table.
        rows_kept: The rows of the summary, in the order of the table.
        sampled: (rows kept,) whether each was drawn at random, and not kept for a value that it
            has; None where the summary is the whole table.

    Raises:
        InvalidDataError: Listing every problem of every part, with the parts that have it.
    """

    def __init__(
        self, table: LazyTable, rules: PartRules, plan: Plan, folder: Path, verbose: bool
    ) -> None:
        self.table, self.rules, self.folder, self.verbose = table, rules, folder, verbose
        self.summary, problems = self._summarised(plan)
        self.rows_kept = self.summary.table()
        self._refuse(problems + self._keys_in_summary())
        # A sample may happen to hold every end and category, and still not be the whole table.
        whole = len(self.rows_kept) == len(self.summary)
        self.sampled = None if whole else self.summary.sampled()

    def refuse_unreadable(self, processor: TableProcessor) -> None:
        """Say where the values are that a transformer has refused among those of the summary.

        Args:
            processor: Which has such a transformer; ours refuse nothing that the rules let pass.

        Raises:
            InvalidDataError: With what the transformers say of each part by itself, if anything.
        """
        chosen = {
            name: transformer
            for name, transformer in processor._hyper_transformer.field_transformers.items()
            if name in self.rows_kept
            and transformer is not None
            and not isinstance(transformer, OURS)
            and not transformer.is_generator()
        }
        problems: dict[int, Sequence[str]] = {}
        for results in self._rounds('Look for problems', _refused_part, lambda: [chosen]):
            problems.update(results)
        self._refuse(told_with_parts(problems, len(self.table.parts)))

    def settle(self, table: pd.DataFrame, processor: TableProcessor) -> bool:
        """Have transformers learn from the sample what rows beside it would distort.

        Args:
            table: The rows of the summary, after the constraints.
            processor: Fitted to all of them: it knows all categories and ends.

        Returns:
            Whether anything has changed.
        """
        if self.sampled is None:
            return False
        for name, transformer in processor._hyper_transformer.field_transformers.items():
            if isinstance(transformer, Tokenizer) and name in table:
                chosen = telling(transformer.numbers(table[name]), self.sampled)
                with codecs_named():  # a plug-in's may be one of ours, changed
                    transformer._fit(table[name][chosen])  # type: ignore[attr-defined]
            elif isinstance(transformer, CategoryEncoder) and name in self.summary.counts:
                known = [*transformer.values_to_categories.values()]
                if transformer.split is not None:
                    transformer.split = Split.of(known, self.summary.rows_of(name, known))
        return True

    def rows(
        self,
        processed: pd.DataFrame,
        encoding: Encoding,
        constraints: Sequence[Any],
        processor: TableProcessor,
    ) -> Rows:
        """The whole table as codes, in files that are mapped into memory.

        Args:
            processed: The rows of the summary, as the processor makes them. Where they are all of
                the table, they are what a fit in memory has, and nothing is read again.
            encoding: Of what the processor makes.
            constraints: Fitted, in the order in which they are applied.
            processor: Fitted.

        Raises:
            InvalidDataError: If values turn up that the summary knew nothing of, or keys twice.
        """
        if self.sampled is None:
            return encoding.rows(processed)
        keys = self._keys()
        coder = Coder(
            constraints=constraints,
            company=self.summary.company(),
            processor=processor,
            encoding=encoding,
            keys=keys,
        )
        part_rows = [self.summary.part_rows.get(i, 0) for i in range(len(self.table.parts))]
        files = CodeFiles(self.folder, encoding, part_rows, keys)
        problems: dict[int, Sequence[str]] = {}
        for results in self._rounds('Encode', _coded_part, lambda: [coder]):
            for number, part in results:
                problems[number] = files.write(number, part)
        self._refuse(told_with_parts(problems, len(self.table.parts)))
        self._refuse(self._keys_twice(files.twice()))
        return files.rows()

    def _summarised(self, plan: Plan) -> tuple[Summary, list[str]]:
        """The summary of the parts that are as they must be, and every problem of all parts."""
        summary: Summary | None = None
        problems: dict[int, Sequence[str]] = {}
        of_whole: list[str] = []

        def given() -> list[Any]:
            if summary is None:
                return [self.rules, plan, None]
            return [self.rules, summary.plan, summary.bound()]

        # The more rows are known, the fewer of the next may be among the sample.
        for results in self._rounds('Summarise', _summarised_part, given, slowly=True):
            found = [] if summary is None else [summary]
            for number, (of_part, complaints) in results:
                problems[number] = complaints
                if of_part is not None:
                    found.append(of_part)
            if found:
                summary = merged(found)
                if overfull := summary.overfull():
                    of_whole += summary.problems()
                    # To look for other problems is left.
                    summary = summary.without(sorted({name for some in overfull for name in some}))
        told = told_with_parts(problems, len(self.table.parts)) + of_whole
        if summary is None:
            empty = 'the table is empty: it has no rows, or no columns, to learn from.'
            self._refuse(told or [empty])
        assert summary is not None
        return summary, told

    def _keys(self) -> list[str]:
        described = self.rules.metadata.tables[self.table.name]
        return [key for key in (described.primary_key, *described.alternate_keys) if key]

    def _keys_in_summary(self) -> list[str]:
        """Problems of keys that two rows of the summary have, which SDV could not say where."""
        parts = self.summary.parts_kept()
        found: dict[str, dict[Any, list[int]]] = {}
        for name in self._keys():
            values = self.rows_kept[name].dropna()
            same = values[values.duplicated(keep=False)]
            of_value = found[name] = {}
            for place, value in zip(same.index.tolist(), same.tolist(), strict=True):
                of_value.setdefault(value, []).append(int(parts[place]))
        return self._key_problems(found)

    def _keys_twice(self, twice: dict[str, Hashes]) -> list[str]:
        """Problems of keys that two rows have, now that their values are looked at."""
        if not twice:
            return []
        found: dict[str, dict[Any, list[int]]] = {name: {} for name in twice}
        for results in self._rounds('Look for keys', _keys_of_part, lambda: [twice]):
            for number, values_of in results:
                for name, values in values_of.items():
                    for value in values:
                        found[name].setdefault(value, []).append(number)
        return self._key_problems(found)

    def _key_problems(self, found: dict[str, dict[Any, list[int]]]) -> list[str]:
        """Problems of key columns, from values to the parts of the rows that have them."""
        problems = []
        for name, places in found.items():
            same = [value for value, numbers in places.items() if len(numbers) > 1]
            if same:
                numbers = sorted(set(places[same[0]]))
                shown = where(numbers, len(self.table.parts))
                problems.append(
                    f"key column '{name}' has values in more than one row, such as {same[0]!r} "
                    f'({shown}). Make them unique, or leave it out of the keys.'
                )
        return problems

    def _rounds(
        self,
        title: str,
        task: Callable[..., Any],
        given: Callable[[], Sequence[Any]],
        slowly: bool = False,
    ) -> Iterator[list[tuple[int, Any]]]:
        """Rounds of the results of a task, each with the number of its part."""
        done = 0
        with tqdm(total=len(self.table.parts), desc=title, disable=not self.verbose) as bar:
            for results in computed(self.table.parts, task, given, slowly):
                yield list(enumerate(results, done))
                done += len(results)
                bar.update(len(results))

    @staticmethod
    def _refuse(problems: list[str]) -> None:
        if problems:
            raise InvalidDataError(problems)


def _summarised_part(
    part: pd.DataFrame, number: int, rules: PartRules, plan: Plan, bound: int | None
) -> tuple[Summary | None, list[str]]:
    part = as_given(part)
    problems = rules.problems(part)
    if problems or not len(part):
        return None, problems
    return Summary.of(part, number, plan, bound), []


def _refused_part(
    part: pd.DataFrame, number: int, transformers: dict[str, BaseTransformer]
) -> list[str]:
    """What transformers say of a part that they refuse."""
    part = as_given(part)
    problems = []
    for name, transformer in transformers.items():
        try:
            # RDT's transformers use numpy's global random state.
            with one_at_a_time, codecs_named():
                copy.deepcopy(transformer).fit(part[[name]], name)
        except TransformerInputError as error:
            problems.append(str(error))
    return problems


def _coded_part(part: pd.DataFrame, number: int, coder: Coder) -> CodedPart:
    return coder.coded(part)


def _keys_of_part(
    part: pd.DataFrame, number: int, twice: dict[str, Hashes]
) -> dict[str, list[Any]]:
    """The values whose hashes are looked for, by key column."""
    part = as_given(part)
    found = {}
    for name, hashes in twice.items():
        values = part[name].dropna()
        found[name] = values[np.isin(hashed(values), hashes)].tolist()
    return found
