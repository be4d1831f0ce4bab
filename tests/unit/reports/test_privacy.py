import numpy as np
import pandas as pd
import pytest
from conftest import hiring_metadata, hiring_table

from sdv_fair4free.reports.privacy import closest_records
from sdv_fair4free.reports.resemblance import measure_privacy, modelled_columns

COLUMNS = modelled_columns(hiring_metadata().to_dict()['tables']['hiring'])


def test_parts_of_a_composite_key_are_not_compared():
    entry = hiring_metadata().to_dict()['tables']['hiring']
    entry = {**entry, 'primary_key': ['grade', 'since'], 'alternate_keys': ['hobby']}
    assert set(modelled_columns(entry)) == {'sex', 'remote', 'skill', 'bonus', 'hired'}


def test_keys_are_not_compared():
    assert 'person_id' not in COLUMNS
    assert len(COLUMNS) == 8


def test_a_copy_is_found_out():
    table = hiring_table(600)
    train, holdout = table[:300], table[300:]
    privacy = closest_records(train, holdout, train, COLUMNS)
    assert privacy.nearer_to_train == 1
    assert privacy.copies == 1
    assert privacy.holdout_copies == 0
    assert privacy.distance == 0 < privacy.holdout_distance


def test_fresh_rows_are_as_near_to_the_holdout_as_to_the_training_rows():
    table = hiring_table(4000)
    privacy = closest_records(table[:1000], table[1000:2000], table[2000:], COLUMNS)
    assert privacy.low < 0.5 < privacy.high
    assert privacy.high - privacy.low < 0.06
    assert privacy.distance == pytest.approx(privacy.holdout_distance, rel=0.1)


def test_half_a_copy_lies_between():
    table = hiring_table(3000)
    mixed = pd.concat([table[:500], table[2000:2500]])
    privacy = closest_records(table[:1000], table[1000:2000], mixed, COLUMNS)
    assert privacy.copies == 0.5
    assert privacy.nearer_to_train == pytest.approx(0.75, abs=0.04)


def test_equal_distances_count_one_half():
    table = pd.DataFrame({'letter': list('abcd') * 25})
    columns = {'letter': {'sdtype': 'categorical'}}
    privacy = closest_records(table, table, table, columns)
    assert privacy.nearer_to_train == 0.5
    assert privacy.copies == privacy.holdout_copies == 1


def test_numbers_agree_with_the_definition():
    rng = np.random.default_rng(0)
    train, holdout, synthetic = (
        pd.DataFrame({'x': rng.normal(size=40), 'y': rng.normal(size=40) * 100}) for _ in range(3)
    )
    columns = {'x': {'sdtype': 'numerical'}, 'y': {'sdtype': 'numerical'}}
    scale = train.std(ddof=0)

    def nearest(point: pd.Series, table: pd.DataFrame) -> float:
        return float(np.sqrt((((table - point) / scale) ** 2).sum(axis=1)).min())

    pairs = [(nearest(row, train), nearest(row, holdout)) for _, row in synthetic.iterrows()]
    privacy = closest_records(train, holdout, synthetic, columns)
    assert privacy.nearer_to_train == np.mean([here < there for here, there in pairs])
    assert privacy.distance == pytest.approx(np.median([here for here, _ in pairs]), abs=1e-5)


def test_the_same_seed_gives_the_same_subsample():
    table = hiring_table(900)
    parts = table[:300], table[300:600], table[600:]
    first = closest_records(*parts, COLUMNS, max_rows=100)
    assert first == closest_records(*parts, COLUMNS, max_rows=100)
    assert first != closest_records(*parts, COLUMNS, max_rows=100, random_state=1)
    assert first.rows == 100


def test_types_of_the_files_do_not_matter():
    table = hiring_table(600)
    other = table[:300].copy()
    other['since'] = other['since'].dt.strftime('%Y-%m-%d')
    other['remote'] = other['remote'].astype('boolean')
    other['sex'] = other['sex'].astype('category')
    columns = {**COLUMNS, 'since': {'sdtype': 'datetime', 'datetime_format': '%Y-%m-%d'}}
    assert closest_records(table[:300], table[300:], other, columns).copies == 1


def test_columns_without_a_value_and_unseen_categories_are_borne():
    table = hiring_table(600)
    train, holdout, other = table[:200].copy(), table[200:400], table[400:].copy()
    train['bonus'] = np.nan
    other['grade'] = 'unheard of'
    other.loc[other.index[:9], 'since'] = pd.NaT
    assert 0 <= closest_records(train, holdout, other, COLUMNS).nearer_to_train <= 1


def with_value(column: str, value: object) -> pd.DataFrame:
    table = hiring_table(300, seed=1).astype({column: object})
    table.loc[3, column] = value
    return table


@pytest.mark.parametrize(
    ('column', 'value', 'said'),
    [
        ('since', 'soon', "1 values of 'since' are not dates"),
        ('since', '2020-01-01 00:00:00', None),
        ('since', '3 Feb 2020', None),
        ('since', '2420-01-01', None),
        ('skill', np.inf, "1 values of 'skill' are infinite"),
        ('skill', '?', "1 values of 'skill' are not numbers"),
    ],
)
@pytest.mark.parametrize('which', ['holdout', 'synthetic'])
def test_what_an_audit_can_read_is_compared_here_as_well(column, value, said, which):
    tables = {'holdout': hiring_table(300, seed=2), 'synthetic': hiring_table(300, seed=3)}
    plain = closest_records(hiring_table(300), **tables, columns=COLUMNS)
    tables[which] = with_value(column, value)
    columns = {**COLUMNS, 'since': {'sdtype': 'datetime', 'datetime_format': '%Y-%m-%d'}}
    privacy = closest_records(hiring_table(300), **tables, columns=columns)
    assert privacy.nearer_to_train == pytest.approx(plain.nearer_to_train, abs=0.1)
    if said is not None:
        assert said in privacy.note


def test_dates_written_otherwise_are_the_same_dates():
    table = hiring_table(300)
    train, other = table.copy(), table.copy()
    train['since'] = train['since'].dt.strftime('%Y-%m-%d')
    other['since'] = other['since'].dt.strftime('%Y-%m-%d 00:00:00')
    columns = {**COLUMNS, 'since': {'sdtype': 'datetime', 'datetime_format': '%Y-%m-%d'}}
    assert closest_records(train, hiring_table(300, 1), other, columns).copies == 1


def test_what_cannot_be_compared_is_refused_in_words():
    table = hiring_table(60)
    with pytest.raises(ValueError, match='the holdout table has no rows'):
        closest_records(table, table[:0], table, COLUMNS)
    with pytest.raises(ValueError, match='none to compare'):
        closest_records(table, table, table, {'person_id': {'sdtype': 'id'}})


def test_without_a_holdout_there_is_no_figure():
    table = hiring_table(60)
    entry = hiring_metadata().to_dict()['tables']['hiring']
    assert measure_privacy(table, table, None, entry, 0.95, 0) is None
