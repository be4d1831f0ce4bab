import numpy as np
import pytest

from sdv_fair4free.reports.cells import Cell, figure_cell, interval, number

NOTHING = {'Value': np.nan, 'Low': np.nan, 'High': np.nan, 'Error': None}


@pytest.mark.parametrize(
    ('value', 'text'),
    [
        (0.12345, '0.123'),
        (-0.12345, '-0.123'),
        (-0.0001, '0.000'),
        (9.9996, '10.000'),
        (12.345, '12.3'),
        (-1234.5, '-1,234'),
        (float('nan'), '-'),
    ],
)
def test_numbers_are_as_long_as_they_need_to_be(value, text):
    assert number(value) == text


def test_a_cell_is_a_figure_with_its_interval_or_a_reason():
    known = {'Value': 0.5, 'Low': 0.4, 'High': 0.61, 'Error': None}
    assert figure_cell(known, 'n = 7') == Cell('0.500', ('0.400 to 0.610', 'n = 7'))
    assert figure_cell(NOTHING) == Cell('-')
    assert figure_cell({**NOTHING, 'Error': 'insufficient data (n = 7)'}, 'n = 7') == Cell(
        'insufficient data (n = 7)'
    )
    assert figure_cell({**NOTHING, 'Value': 0.5, 'Error': 'even real rows teach nothing'}) == Cell(
        '0.500', ('even real rows teach nothing',)
    )
    assert interval(np.nan, np.nan) == ''


def test_a_cell_is_written_as_html_and_as_text():
    cell = Cell('0.500', ('0.400 to 0.610', '<hobby>'))
    assert cell.as_html() == (
        '0.500<br><small>0.400 to 0.610</small><br><small>&lt;hobby&gt;</small>'
    )
    assert cell.as_text() == '0.500 (0.400 to 0.610; <hobby>)'
    assert Cell('-').as_html() == Cell('-').as_text() == '-'
