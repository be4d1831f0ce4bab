"""Columns of every kind that pandas and SDV know, made from a seeded generator of numbers."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

SPREADS = ('few', 'many', 'constant', 'heavy', 'extreme')
"""How values are spread: over a few values, over many, one only, mostly one, out to the ends."""
TEXTS = [
    'a', 'b', '', ' ', 'A', 'ä', 'a\u0308', '名', '😀', 'nan', 'None', 'NaT', 'True', '0', '1',
    '1.0', '-', "it's", '"', 'a,b', 'a b', ' a', '\n', '\t', '\\', '%s', '{x}', '#', 'x' * 200,
    '\u200b',
]  # fmt: skip
WHOLE = ('int64', 'int8', 'int16', 'int32', 'uint8', 'uint16', 'uint32', 'uint64')
NULLABLE = ('Int64', 'Int8', 'Int16', 'Int32', 'UInt8', 'UInt16', 'UInt32', 'UInt64')
REAL = ('float64', 'float32', 'float16', 'Float64', 'Float32')
DATES = {
    'nanoseconds': 'datetime64[ns]',
    'microseconds': 'datetime64[us]',
    'milliseconds': 'datetime64[ms]',
    'seconds': 'datetime64[s]',
    'UTC': 'datetime64[ns, UTC]',
    'Berlin': 'datetime64[ns, Europe/Berlin]',
    'New York': 'datetime64[s, America/New_York]',
}
FORMATS = {
    'day': '%Y-%m-%d',
    'German day': '%d.%m.%Y',
    'two digits': '%d/%m/%y %H:%M',
    'moment': '%Y-%m-%dT%H:%M:%S.%f',
    'written': '%d %B %Y',
    'offset': '%Y-%m-%dT%H:%M:%S%z',
    'month': '%Y-%m',
}
Maker = Callable[[np.random.Generator, int, str], pd.Series]


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One kind of column.

    Attributes:
        make: Values from a generator, a number of rows and a spread.
        entry: What metadata say of it.
        gaps: Whether it can hold missing values.
        modelled: Whether it is learnt; else it is made up anew.
        categories: Whether it may be described as categories where it has few values.
    """

    make: Maker
    entry: dict[str, Any]
    gaps: bool = True
    modelled: bool = True
    categories: bool = False


def _spread(rng: np.random.Generator, many: Any, spread: str) -> Any:
    """(rows,) values of an array, spread as wanted."""
    rows = len(many)
    if spread == 'few':
        first = pd.Series(list(many), dtype=object).drop_duplicates().index[:3]
        return many[rng.choice(first.to_numpy(), rows)]
    if spread == 'constant':
        return many[np.zeros(rows, dtype=int)]
    if spread == 'heavy':
        return many[np.where(rng.random(rows) < 0.8, 0, np.arange(rows))]
    return many


def _whole(dtype: str) -> Maker:
    def make(rng, rows, spread):
        known = dtype.lower()
        limits = np.iinfo(known)
        low, high = (limits.min, limits.max) if spread == 'extreme' else (-50, 100)
        low, high = max(low, limits.min), min(high, limits.max)
        many = rng.integers(low, high, rows, dtype=known, endpoint=True)
        return pd.Series(_spread(rng, many, spread)).astype(dtype)

    return make


def _real(dtype: str) -> Maker:
    def make(rng, rows, spread):
        known = np.dtype(dtype.lower())
        if spread == 'extreme':
            many = rng.uniform(-1, 1, rows) * float(np.finfo(known).max)
        elif spread == 'heavy':
            many = rng.standard_cauchy(rows).clip(-1e4, 1e4)
        else:
            many = rng.normal(size=rows).round(int(rng.integers(0, 6))) * 10
        return pd.Series(_spread(rng, many.astype(known), spread)).astype(dtype)

    return make


def _big(rng, rows, spread):
    return pd.Series(_spread(rng, 2**60 + rng.integers(0, 1000, rows), spread))


def _objects(make: Maker) -> Maker:
    return lambda rng, rows, spread: pd.Series(make(rng, rows, spread).tolist(), dtype=object)


def _truths(dtype: str) -> Maker:
    def make(rng, rows, spread):
        return pd.Series(_spread(rng, rng.random(rows) < 0.5, spread)).astype(dtype)

    return make


def _texts(dtype: Any) -> Maker:
    def make(rng, rows, spread):
        many = np.array(TEXTS, dtype=object)[rng.integers(0, len(TEXTS), rows)]
        if spread == 'extreme':
            many = np.array([f'{text}{place}' for place, text in enumerate(many)], dtype=object)
        return pd.Series(_spread(rng, many, spread), dtype=object).astype(dtype)

    return make


def _categories(ordered: bool, numbers: bool) -> Maker:
    def make(rng, rows, spread):
        known = [3, 1, 2, 0, -7] if numbers else ['c', 'a', 'b', '', 'never seen']
        codes = _spread(rng, rng.integers(0, 4, rows), spread)
        return pd.Series(pd.Categorical.from_codes(codes, categories=known, ordered=ordered))

    return make


def _chosen(values: list[Any], dtype: Any = object) -> Maker:
    def make(rng, rows, spread):
        many = np.empty(rows, dtype=object)
        many[:] = [values[place] for place in rng.integers(0, len(values), rows)]
        return pd.Series(_spread(rng, many, spread), dtype=object).astype(dtype)

    return make


def _intervals(rng, rows, spread):
    return pd.Series(pd.cut(_real('float64')(rng, rows, 'many'), 4))


def _moments(rng, rows, spread):
    start, days = ('1700-01-01', 100_000) if spread == 'extreme' else ('2019-10-20', 900)
    seconds = pd.to_timedelta(rng.integers(0, days * 86_400, rows), 's')
    many = (pd.Timestamp(start) + seconds).to_numpy()
    return pd.Series(_spread(rng, many, spread))


def _dates(dtype: str) -> Maker:
    def make(rng, rows, spread):
        moments = _moments(rng, rows, spread)
        if ',' in dtype:
            return moments.dt.tz_localize('UTC').astype(dtype)
        return moments.astype(dtype)

    return make


def _written(datetime_format: str) -> Maker:
    def make(rng, rows, spread):
        # Two digits for a year, and months without a day, are known of these centuries only.
        moments = _moments(rng, rows, 'many' if spread == 'extreme' else spread)
        if '%z' in datetime_format:
            moments = moments.dt.tz_localize('UTC').dt.tz_convert('Asia/Tokyo')
        return moments.dt.strftime(datetime_format).astype(object)

    return make


def _absent(dtype: Any) -> Maker:
    return lambda rng, rows, spread: pd.Series([None] * rows, dtype=object).astype(dtype)


def _numbered(pattern: str, dtype: Any = object) -> Maker:
    def make(rng, rows, spread):
        order = rng.permutation(rows)
        return pd.Series([pattern.format(place) for place in order], dtype=object).astype(dtype)

    return make


def _numbers_of(dtype: str, scale: int = 1) -> Maker:
    return lambda rng, rows, spread: pd.Series(rng.permutation(rows) * scale).astype(dtype)


NUMBER, TRUTH, CATEGORY = ({'sdtype': sdtype} for sdtype in ('numerical', 'boolean', 'categorical'))
KINDS: dict[str, Kind] = {
    **{
        name: Kind(make=_real(name), entry=NUMBER, categories=True) for name in REAL
    },
    **{
        name: Kind(make=_whole(name), entry=NUMBER, categories=True, gaps=False) for name in WHOLE
    },
    **{name: Kind(make=_whole(name), entry=NUMBER, categories=True) for name in NULLABLE},
    'beyond floats': Kind(make=_big, entry=NUMBER, gaps=False),
    'whole objects': Kind(make=_objects(_whole('int64')), entry=NUMBER, categories=True),
    'real objects': Kind(make=_objects(_real('float64')), entry=NUMBER),
    'bool': Kind(make=_truths('bool'), entry=TRUTH, gaps=False, categories=True),
    'truths as objects': Kind(make=_truths('object'), entry=TRUTH, categories=True),
    'boolean': Kind(make=_truths('boolean'), entry=TRUTH, categories=True),
    'text': Kind(make=_texts(object), entry=CATEGORY),
    'string': Kind(make=_texts('string'), entry=CATEGORY),
    'text of type category': Kind(make=_texts('category'), entry=CATEGORY),
    'category': Kind(make=_categories(False, False), entry=CATEGORY),
    'ordered category': Kind(make=_categories(True, False), entry=CATEGORY),
    'category of numbers': Kind(make=_categories(False, True), entry=CATEGORY),
    'intervals': Kind(make=_intervals, entry=CATEGORY),
    'mixed': Kind(make=_chosen(['a', 1, '1', 2.5, b'1', ('a', 1)]), entry=CATEGORY),
    'moments as categories': Kind(make=_dates('datetime64[ns]'), entry=CATEGORY),
    'periods': Kind(
        make=_chosen([pd.Period('2020-01'), pd.Period('2021-05')], 'period[M]'), entry=CATEGORY
    ),
    'durations': Kind(
        make=_chosen([pd.Timedelta('1h'), pd.Timedelta('2D')], 'timedelta64[ns]'), entry=CATEGORY
    ),
    'days of Python': Kind(
        make=_chosen([datetime.date(2020, 1, 31), datetime.date(1969, 7, 20)]), entry=CATEGORY
    ),
    # As numbers, SDV refuses them with the reason.
    'decimals': Kind(make=_chosen([Decimal('0.5'), Decimal('-3'), Decimal('12')]), entry=CATEGORY),
    'whole numbers of many digits': Kind(make=_chosen([10**30, -1, 3 * 10**30]), entry=NUMBER),
    'small numbers': Kind(
        make=_chosen([-0.0, 5e-324, 1e-300, -1e-20, 1.0], 'float64'), entry=NUMBER
    ),
    'number that is no key': Kind(make=_whole('int64'), entry={'sdtype': 'id'}, gaps=False),
    'name that is no secret': Kind(
        make=_texts(object), entry={'sdtype': 'first_name', 'pii': False}
    ),
    'days as numbers': Kind(
        make=_chosen([20200131, 19991231, 20210704, 20210705], 'int64'),
        entry={'sdtype': 'datetime', 'datetime_format': '%Y%m%d'},
        gaps=False,
    ),
    'ordinal with an order': Kind(
        make=_chosen(['low', 'middle', 'high']),
        entry={'sdtype': 'ordinal', 'range_values': ['none', 'low', 'middle', 'high']},
    ),
    'ordinal': Kind(make=_texts(object), entry={'sdtype': 'ordinal'}),
    'text that is no key': Kind(make=_texts(object), entry={'sdtype': 'id'}),
    **{
        name: Kind(make=_dates(dtype), entry={'sdtype': 'datetime'})
        for name, dtype in DATES.items()
    },
    **{
        name: Kind(
            make=_written(datetime_format),
            entry={'sdtype': 'datetime', 'datetime_format': datetime_format},
        )
        for name, datetime_format in FORMATS.items()
    },
    'absent number': Kind(make=_absent('float64'), entry=NUMBER),
    'absent nullable': Kind(make=_absent('Int64'), entry=NUMBER),
    'absent text': Kind(make=_absent(object), entry=CATEGORY),
    'absent truth': Kind(make=_absent('boolean'), entry=TRUTH),
    'absent date': Kind(make=_absent('datetime64[ns]'), entry={'sdtype': 'datetime'}),
    'mail': Kind(make=_numbered('p{}@x.example'), entry={'sdtype': 'email'}, modelled=False),
    'name': Kind(make=_numbered('P. {}'), entry={'sdtype': 'name'}, modelled=False),
    'name of type category': Kind(
        make=_numbered('P. {}', 'category'), entry={'sdtype': 'name'}, modelled=False
    ),
    'unknown': Kind(make=_numbered('u{}', 'string'), entry={'sdtype': 'unknown'}, modelled=False),
    # Personal data that are stored as numbers, SDV makes up as text: of another type.
    'pattern': Kind(
        make=_numbered('B{:05}'),
        entry={'sdtype': 'id', 'regex_format': 'B[0-9]{5}'},
        modelled=False,
    ),
}  # fmt: skip
KEYS: dict[str, Kind] = {
    'whole key': Kind(make=_numbers_of('int64'), entry={'sdtype': 'id'}, gaps=False),
    'far key': Kind(make=_numbers_of('int64', 10**15), entry={'sdtype': 'id'}, gaps=False),
    'nullable key': Kind(make=_numbers_of('Int64'), entry={'sdtype': 'id'}, gaps=False),
    'small key': Kind(make=_numbers_of('int16'), entry={'sdtype': 'id'}, gaps=False),
    'text key': Kind(make=_numbered('a{}'), entry={'sdtype': 'id'}, gaps=False),
    'string key': Kind(make=_numbered('a{}', 'string'), entry={'sdtype': 'id'}, gaps=False),
    'pattern key': Kind(
        make=_numbered('K-{:04}'),
        entry={'sdtype': 'id', 'regex_format': r'K-\d{4}'},
        gaps=False,
    ),
    'mail key': Kind(make=_numbered('p{}@x.example'), entry={'sdtype': 'email'}, gaps=False),
}
