"""The check of a table believes the types of columns of numbers, and nothing else."""

import warnings

import numpy as np
import pandas as pd
import pytest
from conftest import hiring_metadata, hiring_table
from sdv.errors import InvalidDataError
from sdv.metadata import Metadata, _single_table
from tiny import tiny_synthesizer

from sdv_fair4free.typed_metadata import believing_types


def test_no_value_of_a_column_of_numbers_is_asked_for(monkeypatch):
    asked = []

    def _is_numerical_type(value):
        asked.append(value)
        return True

    monkeypatch.setattr(_single_table, '_is_numerical_type', _is_numerical_type)
    table, metadata = hiring_table(50), hiring_metadata()
    believing_types(metadata).validate_data({'hiring': table})
    assert not asked  # should SDV go another way one day, this is where it shows
    metadata.validate_data({'hiring': table})
    assert asked


@pytest.mark.parametrize(
    'strange',
    [lambda skill: skill.astype(object).mask(skill.index == 3, 'x'), lambda skill: skill > 0],
)
def test_what_is_no_number_is_refused_as_before(strange):
    table = hiring_table(100)
    table['skill'] = strange(table['skill'])
    with pytest.raises(InvalidDataError, match="numerical column 'skill'"):
        tiny_synthesizer().validate({'hiring': table})


def test_a_range_that_the_rows_do_not_cover_is_told_as_before():
    told = hiring_metadata().to_dict()
    told['tables']['hiring']['columns']['skill'] |= {'range_min': -99.0, 'range_max': 99.0}
    synthesizer = tiny_synthesizer(Metadata.load_from_dict(told))
    with pytest.warns(UserWarning, match='does not cover the full range'):
        synthesizer.validate({'hiring': hiring_table(100)})
    pd.testing.assert_frame_equal(
        pd.DataFrame(synthesizer.get_metadata().to_dict()['tables']['hiring']['columns']),
        pd.DataFrame(told['tables']['hiring']['columns']),
    )


def test_no_date_and_no_boolean_is_asked_for(monkeypatch):
    asked = []
    monkeypatch.setattr(
        _single_table, '_cast_to_datetime64', lambda values, **_: asked.extend(values) or values
    )
    monkeypatch.setattr(_single_table, '_is_boolean_type', named_boolean(asked))
    table, metadata = hiring_table(200), hiring_metadata()
    believing_types(metadata).validate_data({'hiring': table})
    assert len(asked) <= 2 * len(table.columns)
    metadata.validate_data({'hiring': table})
    assert len(asked) > 200


def named_boolean(asked):
    def _is_boolean_type(value):
        asked.append(value)
        return True

    return _is_boolean_type


DATES = pd.Series(pd.date_range('2020-01-01', periods=30, freq='D'))


def early(unit):
    """Dates of which one lies before what SDV can hold."""
    values = DATES.to_numpy().astype(f'datetime64[{unit}]')
    values[3] = np.datetime64('1500-01-01', unit)
    return pd.Series(values)


def every_way():
    """Columns of dates, with what their metadata say."""
    day = {'sdtype': 'datetime', 'datetime_format': '%Y-%m-%d'}
    texts = DATES.dt.strftime('%Y-%m-%d').astype(object)
    ranged = {**day, 'range_min': '2020-01-05', 'range_max': '2020-01-20'}
    whole = {**day, 'range_is_nullable': False}
    strange = texts.mask(texts.index == 3, 'soon').mask(texts.index == 9, '2020-13-01')
    yield from (
        (texts, day),
        (strange, day),
        (strange.mask(texts.index > 9, None), whole),
        (texts.mask(texts.index == 5, None), day),
        (texts.mask(texts.index == 5, None), whole),
        (texts, whole),
        (texts, ranged),
        (DATES, day),
        (DATES, {'sdtype': 'datetime'}),
        (DATES.mask(DATES.index == 0), {'sdtype': 'datetime', 'range_is_nullable': False}),
        (DATES.dt.tz_localize('UTC'), {'sdtype': 'datetime'}),
        (texts, {'sdtype': 'datetime'}),
        (texts.mask(texts.index >= 0, None), day),
        (texts.head(0), day),
        (texts.set_axis([0] * 30), day),
        (texts.astype('string'), day),
        (texts.astype('category'), day),
        (pd.Series(range(30)), day),
        (early('s'), {'sdtype': 'datetime'}),
        (early('us'), day),
        (early('s').mask(DATES.index == 4), whole),
        (DATES.astype('datetime64[ms]'), day),
    )


@pytest.mark.parametrize(('dates', 'described'), [*every_way()])
def test_what_is_said_of_dates_is_what_sdv_says(dates, described):
    metadata = Metadata.load_from_dict({'tables': {'t': {'columns': {'when': described}}}})
    said = []
    for asked in (metadata, believing_types(metadata)):
        with warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter('always')
            try:
                asked.validate_data({'t': dates.to_frame('when')})
            except Exception as error:
                said.append((type(error), str(error), [str(w.message) for w in warned]))
            else:
                said.append((None, '', [str(w.message) for w in warned]))
    assert said[0] == said[1]
