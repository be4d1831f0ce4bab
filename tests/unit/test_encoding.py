import numpy as np
import pandas as pd
import pytest
import torch
from rdt.transformers import LabelEncoder, OrderedLabelEncoder

from sdv_fair4free.columns import Column
from sdv_fair4free.core.schema import Drawn
from sdv_fair4free.encoding import Encoding
from sdv_fair4free.transformers import QuantileTokenizer


def transformed(values, transformer):
    table = transformer.fit_transform(pd.DataFrame({'c': values}), 'c')
    return table['c'], transformer


CASES = {
    'labels': transformed(['a', 'b', None, 'a'], LabelEncoder()),
    'ordered labels': transformed(
        ['low', 'high', 'low', None], OrderedLabelEncoder(order=['low', 'high', None])
    ),
    'tokens': transformed([1.0, 2.0, np.nan, 1.0], QuantileTokenizer()),
    'raw objects': (pd.Series(['x', None, 'y', 'x'], name='c', dtype=object), None),
    'raw categories': (pd.Series(['x', 'z', 'y', 'x'], name='c', dtype='category'), None),
    'raw booleans': (pd.Series([True, False, True, True], name='c'), None),
    'raw numbers': (pd.Series([1.5, np.nan, 2.5, 1.5], name='c'), None),
    'raw integers': (pd.Series([3, 1, 1, 3], name='c'), None),
}


@pytest.mark.parametrize('case', CASES)
def test_every_kind_of_column_returns_as_it_was(case):
    values, transformer = CASES[case]
    column = Column.fit(values, transformer)
    codes = column.encode(values)
    assert ((codes >= 0) & (codes < column.size)).all()
    made = pd.Series(column.decode(codes, np.full(len(codes), 0.5)), name='c')
    if case == 'tokens':  # the fraction is the position, drawn anew; the token is what returns
        assert np.floor(made).equals(np.floor(values))
    else:
        pd.testing.assert_series_equal(made, values)


def test_an_order_is_told_to_the_networks_and_names_are_not():
    ordered = Column.fit(*CASES['ordered labels'])
    assert ordered.spans[:2].tolist() == [[0.25, 0.25], [0.75, 0.75]]
    assert np.isnan(ordered.spans[2]).all()
    (features,) = ordered.features()
    assert (features[1] >= features[0]).all()
    assert features[1].sum() > features[0].sum()
    assert (features[2] == 0).all()
    assert [told.shape for told in Column.fit(*CASES['labels']).features()] == [(3, 0)]


def test_columns_return_in_the_order_in_which_they_came():
    table = pd.DataFrame({'y': ['n', 'p'] * 5, 'a': np.arange(10.0), 's': list('uuuuuvvvvv')})
    encoding = Encoding.fit(table, {}, ['s'], ['y'])
    rows = encoding.rows(table)
    assert (rows.x.shape, rows.s.shape, rows.y.shape) == ((10, 1), (10, 1), (10, 1))
    middle = torch.full((10, 1), 0.5)
    drawn = Drawn(
        x=rows.x.long(),
        x_positions=middle,
        s=rows.s.long(),
        s_positions=middle,
        y=rows.y.long(),
        y_positions=middle,
        u=torch.zeros(10, 0),
    )
    made = encoding.table(drawn)
    assert list(made.columns) == ['y', 'a', 's']
    assert made['y'].tolist() == table['y'].tolist()
    assert made['s'].tolist() == table['s'].tolist()
    assert isinstance(made.index, pd.RangeIndex)


def test_the_schema_has_a_latent_only_where_a_target_is_made_fair():
    table = pd.DataFrame({'y': ['n', 'p', 'q'] * 5, 's': ['u', 'v', 'v'] * 5, 'a': 1.0})
    assert Encoding.fit(table, {}, ['s'], ['y']).schema('target').latent == 2
    assert Encoding.fit(table, {}, ['s'], []).schema('all').latent == 0
    assert Encoding.fit(table, {}, [], []).schema('target').latent == 0


def test_strata_of_an_order_are_steps_and_the_favourable_one_stands_alone():
    middle = np.append((np.arange(10) + 0.5) / 10, np.nan)
    ten = Column(name='grade', size=11, spans=np.repeat(middle[:, None], 2, axis=1))
    assert ten.strata().tolist() == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5]
    assert ten.strata(favourable=9).tolist() == [0, 0, 1, 1, 2, 2, 3, 3, 4, 6, 5]
    assert Column(name='c', size=3).strata(favourable=1).tolist() == [0, 1, 2]


def test_a_target_has_a_latent_even_if_one_code_tells_it_all():
    table = pd.DataFrame({'y': np.arange(20.0), 's': list('uv') * 10})
    assert Encoding.fit(table, {}, ['s'], ['y']).schema('target').latent == 1


@pytest.mark.parametrize(('numbers', 'told_so'), [(3, 3), (40, 23), (70, 0)])
def test_numbers_are_told_in_two_steps_as_long_as_the_columns_are_few(numbers, told_so):
    noise = np.random.default_rng(0)
    made = {f'n{i}': noise.normal(size=1000 + 100 * (i % 2)) for i in range(numbers)}
    table = pd.DataFrame({name: pd.Series(values) for name, values in made.items()})
    table['s'], table['c'] = np.resize(list('uv'), len(table)), np.resize(list('abc'), len(table))
    encoding = Encoding.fit(table, {}, ['s'], [], two_steps=True)
    assert sum(column.digits is not None for column in encoding.x) == told_so
    assert encoding.widths()['x'] == numbers + 1 + told_so
    rows = encoding.rows(table)
    assert rows.x.dtype == torch.uint8
    assert (rows.x.amax(0) < torch.tensor(encoding.schema('target').x.sizes)).all()
    counts = encoding.code_counts(rows)
    for column in encoding.x:
        codes = column.encode(table[column.name])
        assert np.bincount(codes, minlength=column.size).tolist() == counts[column.name].tolist()
    drawn = Drawn(
        x=rows.x.long(),
        x_positions=torch.full(rows.x.shape, 0.5),
        s=rows.s.long(),
        s_positions=torch.zeros(rows.s.shape),
        y=rows.y.long(),
        y_positions=torch.zeros(rows.y.shape),
        u=torch.zeros(len(rows), 0),
    )
    again = encoding.rows(encoding.table(drawn))
    assert torch.equal(again.x, rows.x)
