import numpy as np
import pandas as pd
import pytest
from sdv.metadata import Metadata

from sdv_fair4free.metrics.features import (
    Encoder,
    describe,
    kinds_of,
    labels_of,
    read_column,
    read_table,
)
from sdv_fair4free.metrics.groupings import group_tables


@pytest.mark.parametrize(
    ('values', 'labels'),
    [
        ([1, 2], ['1', '2']),
        ([1.0, np.nan], ['1', np.nan]),
        ([1.5, None], ['1.5', np.nan]),
        (['1', 'x'], ['1', 'x']),
        ([True, False], ['True', 'False']),
        (pd.array([True, None], dtype='boolean'), ['True', np.nan]),
        (pd.Categorical([3, None]), ['3', np.nan]),
        ([pd.Timestamp('2020-01-01'), pd.NaT], ['2020-01-01 00:00:00', np.nan]),
    ],
)
def test_equal_values_of_different_types_have_one_label(values, labels):
    found = labels_of(pd.Series(values))
    assert [x if isinstance(x, str) else None for x in found] == [
        x if isinstance(x, str) else None for x in labels
    ]


def test_ones_and_zeros_beside_booleans_are_booleans():
    assert list(labels_of(pd.Series([1, 0.0]), boolean=True)) == ['True', 'False']


def test_dates_are_read_whatever_the_csv_did_to_them():
    expected = pd.Timestamp('2020-03-01').value
    for text in ('2020-03-01', '2020-03-01 00:00:00', pd.Timestamp('2020-03-01')):
        read = read_column(pd.Series([text, None]), 'datetime', '%d/%m/%Y')
        assert read[0] == expected
        assert np.isnan(read[1])
    assert read_column(pd.Series(['01/03/2020']), 'datetime', '%d/%m/%Y')[0] == expected


def test_dates_beyond_nanoseconds_are_read():
    far = pd.Series(np.array(['2999-01-01'], 'datetime64[s]'))
    assert read_column(far, 'datetime')[0] > pd.Timestamp('2200-01-01').value


def test_what_cannot_be_read_is_missing_and_noted():
    table = pd.DataFrame({'day': ['2020-01-01', 'soon'], 'x': [np.inf, 1.0]})
    kinds = kinds_of([table], ['day', 'x'], {'day': {'sdtype': 'datetime'}})
    read, notes = read_table(table, kinds, {'day': {'sdtype': 'datetime'}})
    assert read.isna().sum().tolist() == [1, 1]
    assert notes == [
        "1 values of 'day' are not dates and count as missing.",
        "1 values of 'x' are infinite and count as missing.",
    ]


def test_only_the_rows_it_is_fitted_on_teach_the_encoder():
    train = pd.DataFrame({'x': ['b', 'a', np.nan]}, dtype=object)
    test = pd.DataFrame({'x': ['a', 'c', np.nan]}, dtype=object)
    encoder = Encoder({'x': 'category'}).fit(train)
    assert encoder.transform(train)[:, 0].tolist() == [1, 0, -1]
    assert np.array_equal(encoder.transform(test)[:, 0], [0, np.nan, -1], equal_nan=True)


def test_a_column_that_is_all_missing_becomes_a_constant():
    table = pd.DataFrame({'x': [np.nan] * 20, 'y': np.arange(20.0)})
    matrix = Encoder({'x': 'number', 'y': 'number'}).fit(table).transform(table)
    assert (matrix[:, 0] == 0).all()
    assert (matrix[:, 1] == table['y']).all()


def test_metadata_is_read_as_object_nested_or_flat():
    table = {'columns': {'x': {'sdtype': 'numerical'}}, 'primary_key': 'k'}
    nested = {'tables': {'t': table}, 'relationships': [], 'METADATA_SPEC_VERSION': 'V2'}
    several = {'tables': {'t': table, 'u': {'columns': {}}}}
    table['columns']['k'] = {'sdtype': 'id'}
    expected = (table['columns'], ('k',))
    assert describe(table) == describe(nested) == describe(several, 't') == expected
    columns, keys = describe(Metadata.load_from_dict(nested))
    assert ({**columns}, keys) == expected


@pytest.mark.parametrize('wrong', [{'tables': {}}, {'tables': {'a': {}, 'b': {}}}, {'x': 1}, 3])
def test_metadata_of_no_table_or_several_is_refused(wrong):
    with pytest.raises(ValueError, match='metadata'):
        describe(wrong)


def grouped(tables, columns, intersections=True, metadata=None):
    kinds = kinds_of([*tables.values()], columns, metadata or {})
    read = {name: read_table(table, kinds, {})[0] for name, table in tables.items()}
    return group_tables(tables, read, kinds, columns, intersections)


def test_missing_values_are_a_group_and_come_last():
    real = pd.DataFrame({'s': ['z', None, 'a']})
    groupings, _ = grouped({'real': real}, ['s'])
    assert groupings['s'].labels == ('a', 'z', 'missing')
    assert groupings['s'].codes['real'].tolist() == [1, 2, 0]


def test_numbers_are_cut_at_the_quartiles_of_the_real_table():
    real = pd.DataFrame({'age': np.arange(1.0, 101)})
    other = pd.DataFrame({'age': [0.0, 26, 60, 500, np.nan]})
    groupings, notes = grouped({'real': real, 'synthetic': other}, ['age'])
    grouping = groupings['age']
    assert grouping.labels == (
        'up to 25.75', '25.75 to 50.5', '50.5 to 75.25', 'above 75.25', 'missing',
    )  # fmt: skip
    assert grouping.counts('real').tolist() == [25, 25, 25, 25, 0]
    assert grouping.codes['synthetic'].tolist() == [0, 1, 2, 3, 4]
    assert 'quartiles' in notes[0]


def test_few_numbers_are_groups_of_their_own():
    groupings, notes = grouped({'real': pd.DataFrame({'s': [1.0, 2, 2]})}, ['s'])
    assert groupings['s'].labels == ('1', '2')
    assert not notes


def test_dates_are_cut_too():
    days = pd.DataFrame({'born': pd.date_range('2000-01-01', periods=40)})
    groupings, _ = grouped({'real': days}, ['born'])
    assert groupings['born'].counts('real').sum() == 40
    assert groupings['born'].labels[0] == 'up to 2000-01-10'


def test_columns_are_crossed_in_pairs_and_all_together():
    table = pd.DataFrame({'a': [1, 2, 1], 'b': ['x', 'y', None], 'c': [True, True, False]})
    groupings, _ = grouped({'real': table}, ['a', 'b', 'c'])
    assert list(groupings) == ['a', 'b', 'c', 'a x b', 'a x c', 'b x c', 'a x b x c']
    assert '1, missing' in groupings['a x b'].labels
    alone, _ = grouped({'real': table}, ['a', 'b', 'c'], intersections=False)
    assert list(alone) == ['a', 'b', 'c']


@pytest.mark.parametrize('sdtype', ['categorical', 'ordinal'])
def test_codes_that_metadata_calls_categories_are_groups_of_their_own(sdtype):
    real = pd.DataFrame({'race': [10, *range(1, 10)] * 3})
    groupings, notes = grouped({'real': real}, ['race'], metadata={'race': {'sdtype': sdtype}})
    assert groupings['race'].labels == tuple(str(code) for code in range(1, 11))
    assert groupings['race'].counts('real').tolist() == [3] * 10
    assert not notes


@pytest.mark.parametrize('sdtype', ['boolean', None])
def test_booleans_are_groups_of_their_own_with_or_without_blanks(sdtype):
    tables = {
        'real': pd.DataFrame({'x': [True, False, True]}),
        'synthetic': pd.DataFrame({'x': [True, None, False]}),
        'validation': pd.DataFrame({'x': [1.0, 0.0, np.nan]}),
    }
    metadata = {'x': {'sdtype': sdtype}} if sdtype else {}
    grouping = grouped(tables, ['x'], metadata=metadata)[0]['x']
    assert grouping.labels == ('False', 'True', 'missing')
    assert grouping.codes['synthetic'].tolist() == [1, 2, 0]
    assert grouping.codes['validation'].tolist() == [1, 0, 2]


def test_codes_of_an_encoder_keep_the_order_of_numbers():
    table = pd.DataFrame({'grade': [10, 9, 2]})
    columns = {'grade': {'sdtype': 'ordinal'}}
    kinds = kinds_of([table], ['grade'], columns)
    read, _ = read_table(table, kinds, columns)
    assert Encoder(kinds).fit(read).transform(read)[:, 0].tolist() == [2, 1, 0]


@pytest.mark.parametrize(
    ('real', 'other', 'kind'),
    [
        ([1.5, 2.0], ['1.5', '2'], 'number'),
        ([1.5, 2.0], ['1.5', '2', '?'], 'number'),
        ([1, 2], ['a', 'b'], 'category'),
        ([True, False], [True, None], 'number'),
        ([True, False], ['True', 'False'], 'category'),
        ([True, False], [1.0, 0.0], 'number'),
        (['1', '2'], ['1', '2'], 'category'),
        ([pd.Timestamp('2020-01-01')], ['2020-01-02', None], 'datetime'),
        ([pd.Timestamp('2020-01-01')], [3, 4], 'category'),
    ],
)
def test_without_metadata_most_cells_decide(real, other, kind):
    tables = [pd.DataFrame({'x': part}) for part in (real, other)]
    assert kinds_of(tables, ['x'], {}) == kinds_of(tables[::-1], ['x'], {}) == {'x': kind}


def test_metadata_makes_numbers_of_text_and_notes_what_is_lost():
    table = pd.DataFrame({'x': ['1.5', '?', None, '2']})
    columns = {'x': {'sdtype': 'numerical'}}
    read, notes = read_table(table, kinds_of([table], ['x'], columns), columns)
    assert np.array_equal(read['x'], [1.5, np.nan, np.nan, 2], equal_nan=True)
    assert notes == ["1 values of 'x' are not finite numbers ('?') and count as missing."]


def test_a_value_called_missing_is_not_a_missing_value():
    real = pd.DataFrame({'s': ['missing', None, 'a', 'missing']})
    grouping = grouped({'real': real}, ['s'])[0]['s']
    assert grouping.labels == ('a', 'missing', 'missing (no value)')
    assert grouping.counts('real').tolist() == [1, 2, 1]
    assert grouping.missing == 2


def test_cuts_are_told_apart():
    numbers = pd.DataFrame({'x': 1_000_000 + np.arange(8.0)})
    grouping = grouped({'real': numbers}, ['x'])[0]['x']
    assert grouping.labels == (
        'up to 1000001.75', '1000001.75 to 1000003.5', '1000003.5 to 1000005.25',
        'above 1000005.25',
    )  # fmt: skip
    assert grouping.counts('real').tolist() == [2, 2, 2, 2]
    hours = pd.DataFrame({'x': pd.date_range('2020-01-01', periods=9, freq='h')})
    grouping = grouped({'real': hours}, ['x'])[0]['x']
    assert grouping.labels[1] == '2020-01-01 02:00 to 2020-01-01 04:00'
    assert grouping.counts('real').tolist() == [3, 2, 2, 2]


def test_dates_beyond_nanoseconds_are_cut():
    far = pd.DataFrame({'x': np.arange('2900-01-01', '2900-01-09', dtype='datetime64[D]')})
    far['x'] = far['x'].astype('datetime64[s]')
    assert grouped({'real': far}, ['x'])[0]['x'].labels[0].startswith('up to 2900-01-0')


def test_no_group_is_empty_where_most_have_the_largest_value():
    most = pd.DataFrame({'x': [1.0, 2, 3, 4, 5, 6, *[10.0] * 44]})
    grouping = grouped({'real': most}, ['x'])[0]['x']
    assert grouping.labels == ('up to 6', 'above 6')
    assert grouping.counts('real').tolist() == [6, 44]
    half = pd.DataFrame({'x': [*range(20), *[99.0] * 20]})
    assert (grouped({'real': half}, ['x'])[0]['x'].counts('real') > 0).all()


def test_a_few_dates_are_groups_of_their_own_however_they_are_written():
    tables = {
        'real': pd.DataFrame({'x': pd.to_datetime(['2020-01-01', '2020-01-02', None])}),
        'synthetic': pd.DataFrame({'x': ['2020-01-02 00:00:00', '2020-01-01', '2020-01-01']}),
    }
    grouping = grouped(tables, ['x'])[0]['x']
    assert grouping.labels == ('2020-01-01', '2020-01-02', 'missing')
    assert grouping.counts('synthetic').tolist() == [2, 1, 0]
