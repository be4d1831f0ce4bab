"""A codec of addresses: town and postal area are learnt, street and number are made up.

An address is a text such as ``12 Birch Lane, Newtown, NT4 5AB``: house and street, the town, and a
British postcode, apart by commas or new lines. A transformer of RDT makes two columns of it,
``town`` and ``area`` (the letters with which the postcode begins), which are learnt like any other
categories, together with the rest of the row.
"""

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from rdt.errors import TransformerInputError
from rdt.transformers import BaseTransformer

POSTCODE = r'\b([A-Za-z]{1,2})[0-9][A-Za-z0-9]?\s*[0-9][A-Za-z]{2}$'
TOWN = r'(?s)^\S.*[,\n]([^,\n0-9]+)$'
"""After something else, and without a digit: a street with its number is no town."""
OTHER_TOWN, OTHER_AREA = 'Elsewhere', 'ZZ'
"""What stands for rare ones. No postcode begins with the second."""
UNUSED = tuple('CIKMOV')
"""Letters in which no postcode ends, lest they be taken for others: no address made up exists."""
NAMES = ('Amber', 'Birch', 'Cinder', 'Dapple', 'Ember', 'Fennel', 'Gorse', 'Hazel', 'Juniper')
WAYS = ('Avenue', 'Close', 'Lane', 'Road', 'Street', 'Walk')
MOST_SHOWN = 5
"""Rows that a message names."""


class CoarseAddress(BaseTransformer):  # type: ignore[misc]
    """Learns town and postal area of an address, and brings back one with a street made up.

    No address of the table comes back: what is made up ends in letters that no postcode ends in. A
    town comes back with an area that it was seen with. A missing address is one more kind of town,
    so that addresses are missing about as often, and in the rows in which they are.

    What it does not promise: towns and areas of real people are learnt and come back, and stand
    beside the other columns as they do in the table. ``fewest`` keeps back those of few addresses;
    it does not keep anybody from being told apart by a town together with other columns, and is no
    differential privacy. A text that stands where the town should, such as a street without a
    number, is taken for a town.

    Args:
        fewest: Towns and areas of fewer addresses are learnt as one, and come back as 'Elsewhere'
            and 'ZZ'. Those that only rows outside of the fit have count as these, or as the most
            frequent one where none is so rare. 1 learns all.

    Raises:
        TransformerInputError: If ``fewest`` is no whole number of at least 1; while it is fitted or
            transforms, listing all addresses that cannot be read.
    """

    INPUT_SDTYPE = 'text'
    SUPPORTED_SDTYPES = ('text',)

    def __init__(self, fewest: int = 5) -> None:
        super().__init__()
        if isinstance(fewest, bool) or not isinstance(fewest, int) or fewest < 1:
            raise TransformerInputError(
                f'fewest={fewest!r} must be a whole number of at least 1: the fewest addresses of '
                'a town that is learnt by its name.'
            )
        self.fewest = fewest
        self.output_properties = {
            name: {'sdtype': 'categorical', 'next_transformer': None} for name in ('town', 'area')
        }

    def reset_randomization(self) -> None:
        """Make up the same streets again, from the first on."""
        super().reset_randomization()
        self._stream = np.random.default_rng(self.random_seed)

    def _fit(self, data: pd.Series) -> None:
        read = self._read(data)
        counts = {name: values.value_counts() for name, values in read.items()}
        self._known = {name: rows.index[rows >= self.fewest] for name, rows in counts.items()}
        self._others = {'town': OTHER_TOWN, 'area': OTHER_AREA}
        coarse = self._coarse(read).dropna()
        for name, rows in counts.items():
            if len(rows) and len(self._known[name]) == len(rows):
                self._others[name] = rows.index[0]  # what was in no row cannot be learnt
        self._pairs = pd.MultiIndex.from_frame(coarse.drop_duplicates())
        # Of each town the area that most of its addresses have, for pairs that were never seen.
        usual = coarse.value_counts().rename('rows').reset_index().drop_duplicates('town')
        self._usual = usual.set_index('town')['area']
        self._stream = np.random.default_rng(self.random_seed)  # which RDT sets before it fits

    def _transform(self, data: pd.Series) -> pd.DataFrame:
        return self._coarse(self._read(data))

    def _reverse_transform(self, data: pd.DataFrame) -> pd.Series:
        town, area = (data[name].astype(object) for name in self.output_columns)
        there = town.notna()
        town, area = town[there], area[there]
        seen = pd.MultiIndex.from_arrays([town, area]).isin(self._pairs)
        made = np.full(len(data), np.nan, dtype=object)
        made[there.to_numpy()] = self._written(town, area.where(seen, town.map(self._usual)))
        return pd.Series(made, index=data.index)

    def _read(self, data: pd.Series) -> pd.DataFrame:
        """(rows, 2) the towns and areas of addresses, missing where these are."""
        there = data.notna()
        text = data.astype(str).where(there).str.strip()
        area = text.str.extract(POSTCODE, expand=False).str.upper()
        front = text.str.replace(POSTCODE, '', regex=True).str.rstrip(' ,\n')
        town = front.str.extract(TOWN, expand=False).str.strip()
        problems = {
            "without a postcode such as 'NT4 5AB' at the end": there & area.isna(),
            'without a street, and a town that has no digits, before it': (
                area.notna() & town.isna()
            ),
        }
        told = [
            f'\n  - {int(rows.sum()):,} {what} ({_rows(rows)})'
            for what, rows in problems.items()
            if rows.any()
        ]
        if told:
            raise TransformerInputError(
                f"Addresses of column '{self.get_input_column()}' cannot be read:{''.join(told)}\n"
                "Write them as 'house and street, town, postcode', apart by commas or new lines, "
                'or have them missing; without the package fair4free-extras all are made up.'
            )
        return pd.DataFrame({'town': town, 'area': area}, dtype=object)

    def _coarse(self, read: pd.DataFrame) -> pd.DataFrame:
        """Towns and areas, with one name for all that are rare or unknown."""
        return pd.DataFrame(
            {
                name: values.mask(
                    values.notna() & ~values.isin(self._known[name]), self._others[name]
                )
                for name, values in read.items()
            }
        )

    def _written(self, town: pd.Series, area: pd.Series) -> NDArray[np.object_]:
        """(rows,) addresses in these towns and areas, the rest of them made up."""
        rows, draw = len(town), self._stream
        number, district, sector = (_text(draw.integers(1, n, rows)) for n in (199, 29, 10))
        street = _text(draw.choice(NAMES, rows)) + ' ' + _text(draw.choice(WAYS, rows))
        end = _text(draw.choice(UNUSED, rows)) + _text(draw.choice(UNUSED, rows))
        front = number + ' ' + street + ', ' + town.to_numpy() + ', '
        made: NDArray[np.object_] = front + area.to_numpy() + district + ' ' + sector + end
        return made


def _text(values: NDArray[np.generic]) -> NDArray[np.object_]:
    return values.astype(str).astype(object)


def _rows(chosen: pd.Series) -> str:
    """Where something is. The addresses themselves are not told: messages end up in logs."""
    labels = chosen.index[chosen].tolist()
    more = f' and {len(labels) - MOST_SHOWN:,} more' if len(labels) > MOST_SHOWN else ''
    # SDV transforms tables under their primary key.
    what = chosen.index.name or ('rows' if len(labels) > 1 else 'row')
    return f'{what} {", ".join(map(str, labels[:MOST_SHOWN]))}{more}'
