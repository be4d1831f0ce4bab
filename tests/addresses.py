"""Made-up people with made-up addresses, and the codec of the example package that reads them."""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
from conftest import hiring_metadata, hiring_table
from sdv.metadata import Metadata

SOURCE = Path(__file__).parents[1] / 'examples' / 'plugin_package' / 'src'
sys.path.insert(0, str(SOURCE))  # a process that opens a pickle imports it as well
try:
    from fair4free_extras.addresses import CoarseAddress
    from fair4free_extras.plugin import ADDRESSES
finally:
    sys.path.pop(0)

TOWNS = {'Newtown': ('NT', 0.5), 'Upper Mill': ('UM', 0.3), 'Sandport': ('SP', 0.2)}
MISSING = 0.2
READ = r'^(?P<front>.*), (?P<town>[^,]+), (?P<area>[A-Z]{1,2})\d'


def addressed_table(rows: int = 600, seed: int = 1) -> pd.DataFrame:
    """The hiring table with addresses: one in five is missing, and two are of a hamlet."""
    rng = np.random.default_rng(seed)
    table = hiring_table(rows, seed)
    town = pd.Series(rng.choice([*TOWNS], rows, p=[share for _, share in TOWNS.values()]))
    area = town.map({name: area for name, (area, _) in TOWNS.items()})
    few = town.index.isin([7, rows // 2])
    town[few] = 'Lonely Hamlet'
    number = pd.Series(rng.integers(1, 500, rows).astype(str))
    street = pd.Series(rng.choice(['Old Road', 'Pond Street', 'Hill Lane'], rows))
    end = pd.Series(rng.choice(['AB', 'DE', 'XY'], rows))
    address = number + ' ' + street + ', ' + town + ', ' + area + '4 5' + end
    return table.assign(address=address.where((rng.random(rows) >= MISSING) | few))


def addressed_metadata() -> Metadata:
    told = hiring_metadata().to_dict()
    told['tables']['hiring']['columns']['address'] = {'sdtype': 'address', 'pii': True}
    return Metadata.load_from_dict(told)


def shares(addresses: pd.Series) -> pd.Series:
    """Of the towns among the addresses that are there."""
    return addresses.dropna().str.extract(READ)['town'].value_counts(normalize=True)


__all__ = ['ADDRESSES', 'CoarseAddress']
