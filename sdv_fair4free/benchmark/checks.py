"""What can be wrong with the arguments of a comparison: all of it, before work starts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from sdv.metadata import Metadata

from sdv_fair4free.benchmark.entries import FittedOnce, labels
from sdv_fair4free.benchmark.judge import REFERENCES
from sdv_fair4free.core.config import is_whole
from sdv_fair4free.given_tables import outcome_problems, table_problems
from sdv_fair4free.validation import whole_problems

MOST_SEED = 2**32


def seed_problems(seeds: Sequence[int]) -> list[str]:
    """Problems of the seeds."""
    if not len(seeds):
        return ['seeds is empty; name at least one.']
    bad = [seed for seed in seeds if not is_whole(seed) or not 0 <= seed < MOST_SEED]
    if bad:
        return [f'seeds must be whole numbers from 0 to {MOST_SEED - 1}, not {bad[0]!r}.']
    if len({*seeds}) < len(seeds):
        return ['seeds names one twice, which would count as two; name each once.']
    return []


def split_problems(share: object, anew: bool, given: object) -> list[str]:
    """Problems of how rows are held out."""
    problems = []
    if isinstance(share, bool) or not isinstance(share, int | float) or not 0 < share < 1:
        problems.append(f'validation_share={share!r} must be a number between 0 and 1.')
    if anew and given is not None:
        problems.append(
            'new_split_for_each_seed=True and real_validation_data are both given; rows that are '
            'given are not split. Leave one out.'
        )
    return problems


def entry_problems(entries: Mapping[str, Any]) -> list[str]:
    """Problems of what is to be compared."""
    problems = [] if entries else ['synthesizers is empty; name at least one.']
    for label, count in Counter([*REFERENCES, *labels(entries)]).items():
        if count > 1:
            problems.append(f'{label!r} is the name of another row too; choose a different one.')
    for label, entry in entries.items():
        usable = callable(entry) or hasattr(entry, 'fit') or isinstance(entry, FittedOnce)
        if not usable:
            problems.append(f'{label!r} is neither a synthesizer nor a function: {entry!r}.')
    return problems


def comparison_problems(
    *,
    data: Mapping[str, pd.DataFrame],
    metadata: Metadata,
    entries: Mapping[str, Any],
    sensitive: Sequence[str],
    target: object,
    favourable: object,
    validation: Mapping[str, pd.DataFrame] | None,
    share: object,
    anew: bool,
    num_rows: object,
    seeds: Sequence[int],
) -> list[str]:
    """Every problem of the arguments of ``compare_synthesizers``, one sentence each."""
    problems = entry_problems(entries) + seed_problems(seeds)
    problems += whole_problems('num_rows', num_rows, 1)
    problems += split_problems(share, anew, validation)
    if not sensitive:
        problems.append('sensitive_columns is empty; name the columns to compare groups of.')
    if not isinstance(target, str):
        problems.append(f'target_column={target!r} must be the name of one column.')
    elif target in sensitive:
        problems.append(f"'{target}' is both sensitive and the outcome; it can be one of them.")
    if not isinstance(metadata, Metadata) or len(metadata.tables) != 1:
        return [*problems, 'metadata must be a Metadata object of one table.']
    ((name, described),) = metadata.tables.items()
    columns = [*sensitive, *([target] if isinstance(target, str) else [])]
    tables = {'data': data} | ({} if validation is None else {'real_validation_data': validation})
    for told, part in tables.items():
        found = table_problems(told, part, name, columns)
        if not found and isinstance(target, str):
            sdtype = described.columns.get(target, {}).get('sdtype')
            found = outcome_problems(told, part[name][target], sdtype, favourable)
        problems += found
    return list(dict.fromkeys(problems))
