import numpy as np
import pandas as pd
import pytest
import rdt
from rdt.errors import TransformerInputError
from rdt.transformers import LabelEncoder

from sdv_fair4free.labels import CategoryEncoder, OrdinalLabelEncoder
from sdv_fair4free.transformers import DatetimeTokenizer, QuantileTokenizer


def round_trip(transformer, values):
    table = pd.DataFrame({'value': values})
    transformed = transformer.fit_transform(table, 'value')
    assert list(transformed.columns) == ['value']
    return transformed['value'], transformer.reverse_transform(transformed)['value']


def test_rdt_offers_both_by_name():
    from rdt.transformers import get_class_by_transformer_name

    assert get_class_by_transformer_name()['QuantileTokenizer'] is QuantileTokenizer
    assert rdt.transformers.DatetimeTokenizer is DatetimeTokenizer


@pytest.mark.parametrize('dtype', ['int64', 'int8', 'float64', 'Int64', 'Float64'])
def test_numbers_return_with_their_dtype(dtype):
    values = pd.Series(np.random.default_rng(0).integers(0, 100, 2000)).astype(dtype)
    tokens, back = round_trip(QuantileTokenizer(), values)
    assert tokens.dtype == 'float64'
    assert back.astype(dtype).equals(values)


def test_missing_numbers_return_missing():
    values = pd.Series([1.5, np.nan, 2.5, np.nan] * 50)
    _, back = round_trip(QuantileTokenizer(), values)
    assert back.equals(values)


@pytest.mark.parametrize('datetime_format', ['%Y-%m-%d', '%d/%m/%Y', '%Y-%m-%d %H:%M:%S'])
@pytest.mark.parametrize('as_text', [True, False])
def test_datetimes_return_as_they_were(datetime_format, as_text):
    days = pd.Series(pd.Timestamp('2020-02-01') + pd.to_timedelta(np.arange(300) % 40, 'D'))
    values = days.dt.strftime(datetime_format) if as_text else days
    values = values.mask(np.arange(300) % 7 == 0)
    _, back = round_trip(DatetimeTokenizer(datetime_format=datetime_format), values)
    assert (back.isna() == values.isna()).all()
    assert (back.dropna() == values.dropna()).all()


def test_every_datetime_made_is_one_in_the_range_seen():
    days = pd.Series(pd.Timestamp('2020-02-01') + pd.to_timedelta(np.arange(3000), 'h'))
    transformer = DatetimeTokenizer(datetime_format='%Y-%m-%d %H:%M:%S')
    tokens, _ = round_trip(transformer, days)
    noise = np.floor(tokens) + np.random.default_rng(0).random(3000)
    made = transformer.reverse_transform(pd.DataFrame({'value': noise}))['value']
    assert made.min() >= days.min()
    assert made.max() <= days.max()


@pytest.mark.parametrize(
    ('values', 'order', 'expected'),
    [
        ([2.0, np.nan, 0.0, 1.0], [2.0, 0.0, 1.0], [0.0, 1.0, 2.0]),
        (['high', None, 'low'], ['low', 'high'], ['low', 'high']),
        ([3, 1, 2], [3, 1, 2], [1, 2, 3]),
        (['b', None, 'a'], None, ['a', 'b']),
    ],
)
def test_ordinals_bear_missing_values_and_numbers_are_in_order(values, order, expected):
    transformer = OrdinalLabelEncoder(order=order)
    labels, back = round_trip(transformer, pd.Series(values))
    assert [transformer.values_to_categories[code] for code in range(len(expected))] == expected
    assert (labels == len(expected)).equals(pd.isna(pd.Series(values)).rename('value'))
    assert back.equals(pd.Series(values, name='value'))


@pytest.mark.parametrize('kind', [QuantileTokenizer, DatetimeTokenizer])
@pytest.mark.parametrize('max_tokens', [1, 2.5, True, None])
def test_a_budget_that_is_no_number_of_tokens_is_refused(kind, max_tokens):
    with pytest.raises(TransformerInputError, match='max_tokens'):
        kind(max_tokens=max_tokens)


@pytest.mark.parametrize(
    'values',
    [['a', 'b', None, 'a'], [True, False, True], [1, 2, 2], pd.Categorical(['x', 'y', 'x'])],
    ids=['text', 'booleans', 'integers', 'category'],
)
def test_labels_are_turned_back_as_rdt_does(values):
    table = pd.DataFrame({'c': values})
    ours, theirs = CategoryEncoder(), LabelEncoder()
    labels = ours.fit_transform(table, 'c')
    expected = theirs.reverse_transform(theirs.fit_transform(table, 'c'))
    pd.testing.assert_frame_equal(ours.reverse_transform(labels), expected)
    # Beyond the labels the nearest one counts, as with RDT.
    beyond = ours.reverse_transform(pd.DataFrame({'c': [-3, 99]}))['c']
    ends = [0, len(ours.values_to_categories) - 1]
    expected = [ours.values_to_categories[end] for end in ends]
    assert beyond.astype(object).equals(pd.Series(expected, dtype=object, name='c'))


def test_a_transformer_leaves_the_table_as_it_is_and_the_other_columns_to_it():
    table = pd.DataFrame({'a': np.arange(40.0), 'b': np.arange(40.0), 'c': list('abcd') * 10})
    before = table.copy()
    for name, transformer in (('a', QuantileTokenizer()), ('c', CategoryEncoder())):
        made = transformer.fit_transform(table, name)
        pd.testing.assert_frame_equal(table, before)
        assert list(made) == list(table)
        others = [other for other in table if other != name]
        pd.testing.assert_frame_equal(made[others], table[others])
        pd.testing.assert_series_equal(transformer.reverse_transform(made)[name], table[name])
    many = pd.DataFrame(np.tile(np.arange(40.0)[:, None], 300)).rename(columns=str)
    for name in list(many):  # in the place of the old column: nothing is fragmented
        many = QuantileTokenizer().fit_transform(many, name)
    assert many.shape == (40, 300)
