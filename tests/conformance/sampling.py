"""Sampling: streams, batches, keys, and what is said when it cannot be done."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pandas as pd
from sdv.errors import InvalidDataTypeError, SamplingError
from sdv.sampling import Condition

from .example import COLUMNS, MODELLED, NAME, part, people, people_metadata
from .registry import Make, check, refused
from .subjects import own, rows_of, shared

THEME = 'Sampling'
SAYS_NOT_FITTED = 'not been fitted'


@check(THEME, 'Two samples in a row differ.')
def consecutive_samples_differ(make: Make) -> None:
    synthesizer = shared(make)
    first, second = rows_of(synthesizer, 50), rows_of(synthesizer, 50)
    assert not first[MODELLED].equals(second[MODELLED]), 'the second sample repeats the first'


@check(THEME, '`reset_sampling` starts the same stream again, keys and made-up values included.')
def reset_repeats_the_sample(make: Make) -> None:
    synthesizer = shared(make)
    first = rows_of(synthesizer, 50)
    synthesizer.reset_sampling()
    assert rows_of(synthesizer, 50).equals(first), 'the sample after the reset is another one'


@check(THEME, 'After a reset, a longer sample starts with the shorter one.')
def longer_sample_starts_with_the_shorter(make: Make) -> None:
    shorter = rows_of(shared(make), 20)[MODELLED]
    longer = rows_of(shared(make), 60)[MODELLED]
    assert longer.head(20).equals(shorter), 'the first rows differ with the number of rows'


@check(THEME, '`sample` before `fit` says that the synthesizer has not been fitted.')
def sample_needs_a_fit(make: Make) -> None:
    with refused(SamplingError, saying=SAYS_NOT_FITTED):
        make(people_metadata()).sample(5)


@check(THEME, '`sample_from_conditions` before `fit` says the same.')
def conditions_need_a_fit(make: Make) -> None:
    with refused(SamplingError, saying=SAYS_NOT_FITTED):
        make(people_metadata()).sample_from_conditions([Condition({'colour': 'red'})])


@check(THEME, '`sample_remaining_columns` before `fit` says the same.')
def remaining_columns_need_a_fit(make: Make) -> None:
    with refused(SamplingError, saying=SAYS_NOT_FITTED):
        make(people_metadata()).sample_remaining_columns(pd.DataFrame({'colour': ['red']}))


@check(THEME, 'The columns come in the order of the metadata, whatever order the data had.')
def columns_come_in_the_order_of_the_metadata(make: Make) -> None:
    assert list(rows_of(shared(make), 5)) == list(COLUMNS), 'the order is another one'
    table, metadata = part('age', 'colour')
    synthesizer = make(metadata)
    synthesizer.fit({NAME: table[['colour', 'outcome', 'age', 'group']]})
    assert list(rows_of(synthesizer, 5)) == list(table), "the order is that of the data's columns"


@check(THEME, 'Rows are numbered from 0, and no key or made-up value is missing.')
def keys_are_filled_and_rows_numbered(make: Make) -> None:
    synthesizer = shared(make)
    rows_of(synthesizer, 7)
    made = rows_of(synthesizer, 40)
    assert made.index.equals(pd.RangeIndex(40)), 'the index is not 0, 1, 2, ...'
    for name in ('person', 'code', 'email'):
        assert made[name].notna().all(), f"values of '{name}' are missing"
    assert made['person'].is_unique, 'keys repeat'


@check(THEME, 'Keys stay unique over several samples of one stream.')
def keys_are_unique_across_samples(make: Make) -> None:
    synthesizer = shared(make)
    keys = pd.concat([rows_of(synthesizer, 60)['person'] for _ in range(3)])
    assert keys.is_unique, 'a key occurs in two samples'


@check(THEME, 'A sample in batches has all the rows asked for.')
def batches_give_all_rows(make: Make) -> None:
    made = rows_of(shared(make), 50, batch_size=20)
    assert len(made) == 50, f'{len(made)} rows of 50'
    assert made['person'].is_unique, 'keys repeat from batch to batch'


@check(THEME, '`output_folder_path` writes the rows that are returned.')
def rows_are_written_to_the_folder(make: Make) -> None:
    with tempfile.TemporaryDirectory() as folder:
        made = rows_of(shared(make), 30, output_folder_path=folder)
        written = pd.read_csv(Path(folder) / f'{NAME}.csv')
    assert list(written) == list(made), 'other columns were written'
    assert written['person'].tolist() == made['person'].tolist(), 'other rows were written'


@check(THEME, '`sample(0)` is an empty table with all columns.')
def no_rows_is_an_empty_table(make: Make) -> None:
    made = rows_of(shared(make), 0)
    assert len(made) == 0, 'there are rows'
    assert list(made) == list(COLUMNS), f'{made.shape[1]} columns of {len(COLUMNS)}'


@check(THEME, 'A number of rows that is none (2.5, "3", True, -1, None) is refused by its name.')
def bad_numbers_of_rows_are_refused(make: Make) -> None:
    for bad in (2.5, '3', True, -1, None):
        with refused(Exception, saying='num_rows'):
            shared(make).sample(bad)


@check(THEME, 'What went wrong while sampling is in the message of the error that the user sees.')
def errors_while_sampling_keep_their_message(make: Make) -> None:
    def broken(num_rows: int, conditions: object = None) -> pd.DataFrame:
        raise ValueError('the reason that helps')

    synthesizer = own(make)
    synthesizer._sample = broken
    with refused(ValueError, saying='the reason that helps'):
        synthesizer.sample(5)


@check(THEME, 'A table without its name, or under a wrong one, is refused.')
def tables_are_given_by_name(make: Make) -> None:
    table, metadata = part('age')
    with refused(InvalidDataTypeError):
        make(metadata).fit(table)
    with refused(Exception, saying=NAME):
        make(metadata).fit({'folk': table})


@check(THEME, 'The table that is fitted is not changed.')
def the_input_is_not_changed(make: Make) -> None:
    table = people()
    before = table.copy(deep=True)
    synthesizer = make(people_metadata())
    synthesizer.fit({NAME: table})
    pd.testing.assert_frame_equal(table, before)
