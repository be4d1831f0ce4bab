"""The check of a table believes the types of columns of numbers, and nothing else."""

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
