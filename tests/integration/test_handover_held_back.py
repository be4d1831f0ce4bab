"""What does not leave with a generator: ids, rare values, extremes, whatever single rows have."""

import json
import struct

import numpy as np
import pandas as pd
import pytest
from conftest import hiring_metadata, hiring_table, small_synthesizer
from handed_over import EXACT, STUDENT, TEACHER, as_told, fitted_ugly, rows_of
from sdv.cag import Inequality
from sdv.metadata import Metadata
from searched import encodings, encodings_of_number, found
from ugly import (
    CANARY_DATE,
    CANARY_KEY,
    CANARY_MAIL,
    CANARY_NUMBER,
    CANARY_STAFF,
    CANARY_TEXT,
    ugly_table,
)

from sdv_fair4free import Fair4FreeSynthesizer
from sdv_fair4free.handover.archive import read_archive
from sdv_fair4free.handover.errors import HandoverError
from sdv_fair4free.handover.inventory import inspect_file
from sdv_fair4free.handover.manifest_parts import Disclosure


def secrets():
    texts = [CANARY_TEXT, CANARY_MAIL, CANARY_KEY, CANARY_STAFF, CANARY_DATE]
    for text in texts:
        yield from encodings(text)
    yield from encodings_of_number(CANARY_NUMBER)
    nanoseconds = pd.Timestamp(CANARY_DATE).value
    yield struct.pack('<d', float(nanoseconds))
    yield struct.pack('<q', nanoseconds)


@pytest.mark.parametrize('kind', ['student', 'teacher'])
def test_canaries_are_nowhere_in_the_file(ugly, tmp_path, kind):
    path = tmp_path / 'it'
    write = ugly.export if kind == 'student' else ugly.export_teacher
    held = write(path)
    assert not found(path.read_bytes(), secrets())
    assert held['merged_values']['city'] == 1
    assert held['merged_rows']['city'] == 1  # the owner is told, others are not how few
    assert inspect_file(path).manifest.disclosure.merged_rows['city'] is None
    assert {'key', 'mail', 'staff'} <= {*held['made_up']}
    # The search does find what is there: categories that many have, and all of it without options.
    assert found(path.read_bytes(), encodings('Ürümqi'))
    write(path, **EXACT)
    content = path.read_bytes()
    assert found(content, encodings(CANARY_TEXT))
    assert found(content, encodings(CANARY_DATE))
    assert found(content, encodings_of_number(CANARY_NUMBER))
    for text in (CANARY_MAIL, CANARY_KEY, CANARY_STAFF):  # ids and personal data never leave
        assert not found(content, encodings(text))


def test_types_and_constraints_keep_nothing_of_single_rows(tmp_path):
    """A type that lists its categories, the ends that a constraint learns."""
    rng = np.random.default_rng(4)
    table = pd.DataFrame(
        {
            'mail': pd.Categorical([f'real{i}@person.example' for i in range(400)]),
            'sex': rng.choice(['woman', 'man'], size=400),
            'low': rng.uniform(0, 50, 400).round(3),
            'sort': pd.Categorical(
                rng.choice(list('ab'), size=400), categories=['a', 'b', 'unused']
            ),
            'hired': rng.choice(['yes', 'no'], size=400),
            **{f'c{i}': rng.choice(list('pqrstuvw'), size=400) for i in range(5)},
        }
    )
    table['high'] = (table['low'] + rng.uniform(0, 30, 400)).round(3)
    sdtypes = dict.fromkeys(table, 'categorical') | {'low': 'numerical', 'high': 'numerical'}
    columns = {name: {'sdtype': sdtype} for name, sdtype in sdtypes.items()}
    columns['mail'] = {'sdtype': 'email', 'pii': True}
    synthesizer = small_synthesizer(
        Metadata.load_from_dict({'tables': {'t': {'columns': columns}}}),
        teacher=TEACHER,
        student=STUDENT,
    )
    synthesizer.add_constraints([Inequality(low_column_name='low', high_column_name='high')])
    synthesizer.fit({'t': table})
    synthesizer.export(tmp_path / 'it')
    parts = read_archive(tmp_path / 'it').parts
    content = (tmp_path / 'it').read_bytes()
    assert b'@person.example' not in content
    assert b'unused' not in content
    made_up = {one['name']: one['values'] for one in json.loads(parts['table.json'])['columns']}
    for name in ('low', 'high'):
        for end in (table[name].min(), table[name].max()):
            assert end not in made_up[name]


@pytest.mark.parametrize('texts', [True, False])
@pytest.mark.filterwarnings('ignore:.*hold ids, but are no keys')
def test_ids_that_are_no_keys_stay_many_and_none_leaves(texts, tmp_path):
    table = hiring_table(300)[['sex', 'hired']]
    table['account'] = [f'acct-{place}' if texts else 918_273 + place for place in range(300)]
    columns = {name: {'sdtype': 'categorical'} for name in ('sex', 'hired')}
    columns['account'] = {'sdtype': 'id'}
    synthesizer = small_synthesizer(
        Metadata.load_from_dict({'tables': {'t': {'columns': columns}}}),
        teacher=TEACHER,
        student=STUDENT,
    )
    synthesizer.fit({'t': table})
    held = synthesizer.export(tmp_path / 'it')
    assert held['merged_values'] == {'account': 300}
    assert held['made_up'] == ['account']
    made = rows_of(Fair4FreeSynthesizer.from_student(tmp_path / 'it'), 1000)['account']
    assert 30 < made.nunique() <= 60
    content = (tmp_path / 'it').read_bytes()
    for value in (table['account'].iloc[0], table['account'].iloc[123]):
        assert not found(content, encodings(str(value)))


@pytest.mark.parametrize('rows', [300, 900])  # 900 have numbers that are told in two steps
def test_what_few_rows_lack_is_not_told(tmp_path, rows):
    table = hiring_table(rows)[['sex', 'hobby', 'remote', 'skill', 'since', 'hired']]
    table = table.astype({'hobby': object, 'remote': 'boolean'})
    for place, name in enumerate(['hobby', 'remote', 'skill', 'since']):
        table.loc[place, name] = None
    table.loc[10:20, 'hobby'] = None
    columns = hiring_metadata().to_dict()['tables']['hiring']['columns']
    columns = {name: columns[name] for name in table}
    synthesizer = small_synthesizer(
        Metadata.load_from_dict({'tables': {'t': {'columns': columns}}}),
        teacher=TEACHER,
        student=STUDENT,
    )
    synthesizer.fit({'t': table})
    held = synthesizer.export(tmp_path / 'it')
    assert held['merged_values'] == {'remote': 1, 'skill': 1, 'since': 1}
    parts = read_archive(tmp_path / 'it').parts
    assert json.loads(parts['manifest.json'])['protocol'] == 3
    made_up = {one['name']: one['values'] for one in json.loads(parts['table.json'])['columns']}
    for name in ('remote', 'skill', 'since'):
        assert None not in made_up[name]
    assert None in made_up['hobby']
    made = rows_of(Fair4FreeSynthesizer.from_student(tmp_path / 'it'), 1000)
    assert made.isna().sum()[lambda missing: missing > 0].index.tolist() == ['hobby']
    synthesizer.export(tmp_path / 'it', **EXACT)
    opened = Fair4FreeSynthesizer.from_student(tmp_path / 'it')
    pd.testing.assert_frame_equal(rows_of(opened), rows_of(as_told(synthesizer)))


@pytest.mark.filterwarnings('ignore:The training data does not cover the full range')
def test_categories_that_no_row_has_are_not_told(tmp_path):
    table = hiring_table(300)
    metadata = hiring_metadata().to_dict()
    described = metadata['tables']['hiring']['columns']['grade']
    described['range_values'] = ['never-low', *described['range_values'], 'never-high']
    synthesizer = small_synthesizer(
        Metadata.load_from_dict(metadata), teacher=TEACHER, student=STUDENT
    )
    synthesizer.fit({'hiring': table})
    for options in ({}, EXACT):
        held = synthesizer.export(tmp_path / 'it', **options)
        assert 'grade' not in held['merged_values']
        assert b'never' not in (tmp_path / 'it').read_bytes()
        opened = Fair4FreeSynthesizer.from_student(tmp_path / 'it')
        described = opened.get_metadata().to_dict()['tables']['hiring']['columns']['grade']
        assert described['range_values'] == ['low', 'middle', 'high']
        assert {*rows_of(opened)['grade']} == {'low', 'middle', 'high'}


def test_rare_values_become_a_token_and_stay_as_frequent(ugly, tmp_path):
    ugly.export(tmp_path / 'it', min_category_count=200)
    made = rows_of(Fair4FreeSynthesizer.from_student(tmp_path / 'it'), 4000)
    real = ugly_table()['city'].value_counts(normalize=True)
    rare = real[real * ugly_table()['city'].notna().sum() < 200].sum()
    assert made['city'].dropna().eq('<rare>').mean() == pytest.approx(rare, abs=0.08)


def test_rare_crossings_of_sensitive_categories_are_left_out(tmp_path):
    synthesizer = fitted_ugly(fairness_scope='all', sensitive_columns=['sex', 'band'])
    counts = ugly_table().groupby(['sex', 'band'], observed=True).size()
    least = int(counts.sort_values().iloc[2]) + 1
    held = synthesizer.export(tmp_path / 'it', min_category_count=least)
    assert held['groups_left_out'] == (counts < least).sum()
    assert held['rows_left_out'] == counts[counts < least].sum()
    made = rows_of(Fair4FreeSynthesizer.from_student(tmp_path / 'it'), 2000)
    drawn = {*zip(made['sex'], made['band'], strict=True)}
    assert drawn == {*counts[counts >= least].index}
    with pytest.raises(HandoverError, match='fewer than two of its values'):
        synthesizer.export(tmp_path / 'it', min_category_count=400)


def test_few_rows_that_are_left_out_are_not_counted_for_others(tmp_path):
    table = hiring_table(400)
    table.loc[:2, 'sex'] = 'other'
    synthesizer = small_synthesizer(
        sensitive_columns=['sex', 'remote'], teacher=TEACHER, student=STUDENT
    )
    with pytest.warns(UserWarning, match='too few rows'):
        synthesizer.fit({'hiring': table})
    table = table[3:]
    crossed = int(table.groupby(['sex', 'remote']).size().min())
    held = synthesizer.export(
        tmp_path / 'it',
        min_category_count=crossed + 1,
        data={'hiring': table},
        holdout={'hiring': hiring_table(100, seed=1)},
    )
    assert held['rows_left_out'] >= 3
    manifest = inspect_file(tmp_path / 'it').manifest
    told = manifest.disclosure
    assert told == Disclosure(**held).published()
    assert told.rows_left_out is None or told.rows_left_out > crossed
    opened = Fair4FreeSynthesizer.from_student(tmp_path / 'it')
    assert opened.export(tmp_path / 'again', min_category_count=1) == told.model_dump()


def test_nothing_tells_which_row_was_the_first(tmp_path):
    """SDV numbers categories as it meets them; what is told is the same wherever the table starts.

    Sensitive groups and outcomes are numbered as well.
    """
    told = []
    for start in (0, 201):
        table = hiring_table(400)
        table = pd.concat([table[start:], table[:start]], ignore_index=True)
        synthesizer = small_synthesizer(teacher=TEACHER, student=STUDENT)
        synthesizer.fit({'hiring': table})
        synthesizer.export(tmp_path / 'it')
        parts = read_archive(tmp_path / 'it').parts
        columns = json.loads(parts['table.json'])['columns']
        told.append({column['name']: column for column in columns})
        groups = json.loads(parts['manifest.json'])['groups']['counts']
        told[-1]['groups'] = groups
    categorical = ['sex', 'grade', 'remote', 'hobby', 'hired']
    for name in [*categorical, 'groups']:
        assert told[0][name] == told[1][name]
    firsts = [hiring_table(400)[categorical].iloc[start].tolist() for start in (0, 201)]
    assert firsts[0] != firsts[1]


def test_what_the_owner_held_back_can_not_become_more_where_the_data_are_not(fitted, tmp_path):
    fitted.export(tmp_path / 'exact', **EXACT)
    opened = Fair4FreeSynthesizer.from_student(tmp_path / 'exact')
    with pytest.warns(UserWarning, match='Ask the owner'):
        held = opened.export(tmp_path / 'again')
    assert held['min_category_count'] == 1
    opened.export(tmp_path / 'again', **EXACT)  # no warning: pytest makes errors of them
