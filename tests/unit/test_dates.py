"""Dates told for whole columns are those that SDV tells value by value."""

import numpy as np
import pandas as pd
import pytest
from sdv.data_processing import datetime_formatter
from sdv.data_processing.datetime_formatter import DatetimeFormatter

from sdv_fair4free.dates import DateFormatter, whole_columns

MOMENTS = pd.Series(pd.date_range('2020-02-27 22:30:05', periods=40, freq='7h31min'))
FORMATS = [
    '%Y-%m-%d',
    '%d/%m/%Y %H:%M',
    '%b %d, %Y',
    '%Y-%m-%d %H:%M:%S.%f',
    '%Y-%m-%d %H:%M:%S%z',
    None,
]


def with_gaps(column):
    return column.mask(column.index % 7 == 3, None)


def learnt(form, column):
    theirs = DatetimeFormatter(form)
    theirs.learn_format(column)
    return theirs, DateFormatter.like(theirs)


def as_texts(form, zone=None):
    moments = MOMENTS.dt.tz_localize(zone) if zone else MOMENTS
    return with_gaps(moments.dt.strftime(form).astype(object))


@pytest.mark.filterwarnings('ignore:Parsing dates')  # SDV's, of what has no format
@pytest.mark.parametrize('form', FORMATS)
@pytest.mark.parametrize('dtype', [object, 'string', 'category'])
def test_texts_are_told_as_by_sdv(form, dtype):
    texts = as_texts(form or '%Y-%m-%d', 'UTC' if '%z' in (form or '') else None)
    theirs, ours = learnt(form, texts.astype(dtype))
    others = [texts, texts.astype(dtype), texts.astype('string'), MOMENTS, with_gaps(MOMENTS)]
    others += [texts.where(texts.index != 5, 'not a date'), texts.where(texts.index != 5, 12)]
    others += [MOMENTS.astype(object), texts.head(0), pd.Series([None] * 3, dtype=object)]
    for given in others:
        try:
            expected = theirs.format_data(given.copy())
        except Exception as error:
            with pytest.raises(type(error)):
                ours.format_data(given.copy())
        else:
            pd.testing.assert_series_equal(ours.format_data(given.copy()), expected)


@pytest.mark.parametrize('zone', [None, 'UTC', 'Europe/Paris'])
def test_moments_are_told_as_by_sdv(zone):
    moments = MOMENTS.dt.tz_localize(zone) if zone else MOMENTS
    for form in FORMATS:
        theirs, ours = learnt(form, moments)
        for given in (moments, with_gaps(moments)):
            pd.testing.assert_series_equal(ours.format_data(given), theirs.format_data(given))


def test_texts_of_several_zones_are_told_as_by_sdv():
    texts = pd.Series(['2020-01-01 00:00:00+0100', '2020-01-01 00:00:00-0500'])
    theirs, ours = learnt('%Y-%m-%d %H:%M:%S%z', texts)
    assert list(ours.format_data(texts)) == list(theirs.format_data(texts)) == list(texts)


def test_no_text_is_asked_for_by_itself(monkeypatch):
    asked = []
    monkeypatch.setattr(
        datetime_formatter, '_datetime_string_matches_format', lambda *told, **_: asked.append(told)
    )
    texts = as_texts('%Y-%m-%d')
    theirs, ours = learnt('%Y-%m-%d', texts)
    ours.format_data(texts)
    ours.format_data(MOMENTS)
    assert not asked
    theirs.format_data(texts)
    assert len(asked) == len(texts)  # should SDV go another way one day, this is where it shows


def test_other_formatters_stay():
    theirs, _ = learnt('%Y-%m-%d', as_texts('%Y-%m-%d'))
    number = object()
    found = whole_columns({'when': theirs, 'much': number})
    assert isinstance(found['when'], DateFormatter)
    assert found['much'] is number
    assert np.array_equal(found['when'].format_data(MOMENTS), theirs.format_data(MOMENTS))
