"""One label for one value, however each table writes it.

A blank cell makes pandas write the whole column ``1`` as ``1.0``. Read as text, that is another
value: a model of these rows never sees the real one, and looks fair because it knows nobody.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

from sdv_fair4free.metrics.features import is_boolean, label_of, labels_of, number_of

REFERENCE = 'real'
_SHOWN = 5
_WITHOUT_POINT = re.compile(r'(?<=\d)\.0*$')


def spell_alike(
    tables: Mapping[str, pd.DataFrame], names: Sequence[str]
) -> tuple[dict[str, pd.DataFrame], list[str]]:
    """Give columns of categories the same labels in every table; the real table decides.

    Args:
        tables: All that will be compared, 'real' among them.
        names: The columns that are categories.

    Returns:
        The tables with these columns as text labels, NaN where missing; and a note on every column
        whose numbers were written in another way.
    """
    spelt: dict[str, dict[str, np.ndarray]] = {key: {} for key in tables}
    notes = []
    for name in names:
        boolean = any(is_boolean(table[name]) for table in tables.values())
        labels = {key: labels_of(table[name], boolean) for key, table in tables.items()}
        spelling = _Spelling(labels[REFERENCE], boolean)
        for key, part in labels.items():
            codes, values = pd.factorize(part)
            renamed = [spelling(value) for value in values]
            spelt[key][name] = np.array([*renamed, np.nan], dtype=object)[codes]
            changed = [
                f'{value!r} as {new!r}'
                for value, new in zip(values, renamed, strict=True)
                if value != new
            ]
            if changed:
                more = f' and {len(changed) - _SHOWN} more' if len(changed) > _SHOWN else ''
                notes.append(
                    f"'{name}' is written in another way in the {key} table; it was read "
                    f'{", ".join(changed[:_SHOWN])}{more}.'
                )
    return {key: table.assign(**spelt[key]) for key, table in tables.items()}, notes


def spelling_of(value: Any, tables: Mapping[str, pd.DataFrame], name: str) -> str:
    """The label that a value given by the caller has in a column of categories."""
    boolean = any(is_boolean(table[name]) for table in tables.values())
    spelling = _Spelling(labels_of(tables[REFERENCE][name], boolean), boolean)
    return spelling(label_of(value, boolean))


class _Spelling:
    """Spells labels as the real table does, where one of its labels is the same number.

    Of '007' and '7' in the real table neither speaks for the number; '1.0' beside '1' is '1'.
    """

    def __init__(self, real: np.ndarray, boolean: bool) -> None:
        found = set(pd.Series(real).dropna().unique())
        self.known = {label for label in found if _WITHOUT_POINT.sub('', label) not in found} | {
            label for label in found if not _WITHOUT_POINT.search(label)
        }
        numbers = {label: number_of(label) for label in self.known}
        times = Counter(numbers.values())
        self.twins = {
            number: label
            for label, number in numbers.items()
            if number is not None and times[number] == 1
        }
        if boolean:
            self.twins |= {Decimal(1): 'True', Decimal(0): 'False'}

    def __call__(self, label: str) -> str:
        number = None if label in self.known else number_of(label)
        if number is None:
            return label
        plain = _WITHOUT_POINT.sub('', label)
        return plain if plain in self.known else self.twins.get(number, label)
