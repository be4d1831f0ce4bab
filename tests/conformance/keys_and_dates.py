"""Keys and values that are made up, and dates."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
from sdv.errors import InvalidDataError, SynthesizerInputError

from .example import NAME, ROWS, described, part, people
from .registry import Make, check, refused, warned
from .subjects import fit, rows_of, shared
from .tables import made_with

THEME = 'Keys, made-up values and dates'


@check(THEME, 'Keys that follow a pattern do so, are unique, and do not count upwards.')
def patterned_keys_are_scrambled(make: Make) -> None:
    table, metadata = part()
    table['key'] = [f'K{number:05d}' for number in range(ROWS)]
    metadata.add_column('key', table_name=NAME, sdtype='id', regex_format=r'K\d{5}')
    metadata.set_primary_key('key', table_name=NAME)
    made = rows_of(fit(make, table, metadata), 60)['key']
    assert made.str.fullmatch(r'K\d{5}').all(), 'keys leave their pattern'
    assert made.is_unique, 'keys repeat'
    assert not made.is_monotonic_increasing, 'keys count upwards'


@check(THEME, 'A whole-number key whose pattern may start with 0 is refused, and named.')
def a_pattern_of_whole_numbers_may_not_start_with_zero(make: Make) -> None:
    table, metadata = part('person')
    metadata.update_column('person', table_name=NAME, sdtype='id', regex_format=r'\d{4}')
    with refused(InvalidDataError, saying='person'):
        fit(make, table, metadata)


@check(THEME, 'A pattern that cannot be made is refused before anything is fitted, and named.')
def a_pattern_that_cannot_be_made_is_refused(make: Make) -> None:
    columns = {'code': {'sdtype': 'id', 'regex_format': r'(?<=A)\d+'}, 'age': 'numerical'}
    with refused(SynthesizerInputError, saying='code'):
        make(described(columns))


@check(THEME, 'Alternate keys are unique too.')
def alternate_keys_are_unique(make: Make) -> None:
    table, metadata = part('person')
    table['badge'] = [f'B-{number:04d}' for number in range(ROWS)]
    metadata.add_column('badge', table_name=NAME, sdtype='id', regex_format=r'B-\d{4}')
    metadata.add_alternate_keys(['badge'], table_name=NAME)
    made = rows_of(fit(make, table, metadata), 80)
    assert made['badge'].is_unique, 'alternate keys repeat'
    assert made['person'].is_unique, 'primary keys repeat'


@check(THEME, 'Alternate keys without a primary key are unique, or refused for that reason.')
def alternate_keys_without_a_primary_key(make: Make) -> None:
    table, metadata = part('code')
    metadata.add_alternate_keys(['code'], table_name=NAME)
    try:
        made = rows_of(fit(make, table, metadata), 80)
    except Exception as error:
        reasons = str(error)
    else:
        reasons = '' if made['code'].is_unique else 'keys repeat'
    assert not reasons or 'primary' in reasons, reasons


@check(THEME, 'More keys than a narrow type holds: whole numbers, all different, or refused.')
def keys_of_a_narrow_type(make: Make) -> None:
    table, metadata = part('age', rows=100)
    table['key'] = np.arange(100, dtype=np.int8)
    metadata.add_column('key', table_name=NAME, sdtype='id')
    metadata.set_primary_key('key', table_name=NAME)
    try:
        made = rows_of(fit(make, table, metadata), 300)['key']
    except Exception as error:
        if 'no more keys' not in str(error):
            raise
        return
    assert made.is_unique, 'keys repeat'
    assert made.dtype.kind == 'i', f'the dtype is {made.dtype}: {made.iloc[0]!r}, {made.iloc[-1]!r}'


@check(THEME, 'Ids that are no keys are learnt like categories, and a warning names the column.')
def ids_that_are_no_keys_raise_a_warning(make: Make) -> None:
    table, metadata = part('age')
    table['staff'] = [f'Staff {number}' for number in range(ROWS)]
    metadata.add_column('staff', table_name=NAME, sdtype='id')
    synthesizer = make(metadata)
    with warned('staff'):
        synthesizer.fit({NAME: table})
    assert set(rows_of(synthesizer, 30)['staff']) <= set(table['staff']), 'they are made up'


@check(THEME, 'Personal values are made up: none of the real ones comes back.')
def personal_values_are_made_up(make: Make) -> None:
    made = rows_of(shared(make), 100)['email']
    assert not set(made) & set(people()['email']), 'real values come back'
    assert made.str.contains('@').all(), 'they are no addresses'


@check(THEME, 'Numbers that the metadata call personal are made up.')
def personal_numbers_are_made_up(make: Make) -> None:
    phones = 5_550_000_000 + np.arange(ROWS)
    made = made_with(make, phones, {'sdtype': 'phone_number', 'pii': True})
    assert made.notna().all(), 'values are missing'
    assert not set(made.astype(str)) & set(map(str, phones)), 'real values come back'


@check(THEME, 'A column of sdtype `unknown` is made up, and its real values do not come back.')
def unknown_columns_are_made_up(make: Make) -> None:
    secret = [f'secret {number}' for number in range(ROWS)]
    made = made_with(make, secret, {'sdtype': 'unknown', 'pii': True})
    assert made.notna().all(), 'values are missing'
    assert not set(made) & set(secret), 'real values come back'


@check(THEME, 'Dates stay within the range seen, as text in the format given and as datetime64.')
def dates_stay_within_their_range(make: Make) -> None:
    made, real = rows_of(shared(make), 100), people()
    assert made['born'].str.fullmatch(r'\d{4}-\d\d-\d\d').all(), 'the format is another one'
    for name in ('born', 'joined'):
        assert made[name].between(real[name].min(), real[name].max()).all(), (
            f"'{name}' leaves its range"
        )


@check(THEME, 'Dates in unusual formats are read, and made in the same format.')
def unusual_formats_of_dates(make: Make) -> None:
    rng = np.random.default_rng(0)
    moments = pd.Timestamp('2019-05-01 08:00:00.123456') + pd.to_timedelta(
        rng.integers(0, 5 * 10**7, ROWS), 's'
    )
    for written, pattern in (
        ('%Y-%m-%d %H:%M:%S.%f', r'\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}'),
        ('%d %b %Y, %I:%M %p', r'\d\d \w{3} \d{4}, \d\d:\d\d (AM|PM)'),
        ('%m/%d/%y', r'\d\d/\d\d/\d\d'),
    ):
        column = {'sdtype': 'datetime', 'datetime_format': written}
        made = made_with(make, moments.strftime(written), column, 40)
        bad = [value for value in made if not re.fullmatch(pattern, value)]
        assert not bad, f'{bad[:1]} is not written as {written}'


@check(THEME, 'A missing date stays missing.')
def a_missing_date_stays_missing(make: Make) -> None:
    table = people()
    column = {'sdtype': 'datetime', 'datetime_format': '%Y-%m-%d'}
    made = made_with(make, table['joined'].mask(table['remote']), column)
    assert 0.2 < made.isna().mean() < 0.8, f'{made.isna().mean():.0%} are missing, of about half'


@check(THEME, 'Dates of mixed time zones are read, and made in the format given.')
def dates_of_mixed_time_zones(make: Make) -> None:
    days = (pd.Timestamp('2021-01-01') + pd.to_timedelta(np.arange(ROWS), 'D')).strftime('%Y-%m-%d')
    zones = np.resize(['+0000', '-0500', '+0530'], ROWS)
    column = {'sdtype': 'datetime', 'datetime_format': '%Y-%m-%d %H:%M:%S %z'}
    made = made_with(make, [f'{day} 09:30:00 {zone}' for day, zone in zip(days, zones)], column)  # noqa: B905
    bad = [value for value in made if not re.match(r'\d{4}-\d\d-\d\d \d\d:\d\d:\d\d', str(value))]
    assert not bad, f'{bad[:1]} is not in the format'


@check(THEME, 'A datetime64 column of one time zone is read, and made.')
def dates_of_one_time_zone(make: Make) -> None:
    joined = people()['joined'].dt.tz_localize('UTC')
    made = made_with(make, joined, 'datetime')
    assert made.notna().all(), 'values are missing'
    assert len(made) == 100, 'rows are missing'
