import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest

from sdv_fair4free.reports.plots import bar_figure

BARS = pd.DataFrame(
    {
        'Source': ['Real', 'Real', 'Synthetic', 'Synthetic'],
        'Metric': 'Selection rate',
        'Group': ['man', '<b>woman</b>', 'man', '<b>woman</b>'],
        'Value': [0.5, 0.2, 0.4, np.nan],
        'Low': [0.45, 0.1, 0.38, np.nan],
        'High': [0.6, 0.21, 0.43, np.nan],
        'Count': [100, 80, 90, 7],
        'Error': [None, None, None, 'insufficient data (n = 7)'],
    }
)


@pytest.mark.parametrize(('horizontal', 'along'), [(True, 'x'), (False, 'y')])
def test_intervals_reach_from_low_to_high(horizontal, along):
    real, synthetic = bar_figure(BARS, ['Group'], horizontal=horizontal).data
    assert list(real[along]) == [0.5, 0.2]
    bars = real[f'error_{along}']
    assert np.allclose(bars.array, [0.1, 0.01])  # upwards, to High
    assert np.allclose(bars.arrayminus, [0.05, 0.1])  # downwards, to Low
    bars = synthetic[f'error_{along}']
    assert np.allclose(bars.array, [0.03, np.nan], equal_nan=True)
    assert np.allclose(bars.arrayminus, [0.02, np.nan], equal_nan=True)
    assert list(synthetic.customdata) == ['n = 90', 'insufficient data (n = 7)']


def test_without_intervals_there_are_no_lines():
    figure = bar_figure(BARS.assign(Low=np.nan, High=np.nan), ['Group'], horizontal=True)
    assert all(trace.error_x == go.bar.ErrorX() for trace in figure.data)


def test_names_are_no_markup():
    (real, _) = bar_figure(BARS, ['Group'], horizontal=True).data
    assert list(real.y) == ['man', '&lt;b&gt;woman&lt;/b&gt;']


def test_shares_are_drawn_from_0_to_1_and_other_numbers_as_wide_as_they_are():
    assert bar_figure(BARS, ['Group'], horizontal=True).layout.xaxis.range == (0, 1)
    nobody = BARS.assign(Value=np.nan, Low=np.nan, High=np.nan)
    assert bar_figure(nobody, ['Group'], horizontal=True).layout.xaxis.range == (0, 1)
    money = BARS.assign(Value=BARS['Value'] * 1000)
    layout = bar_figure(money, ['Group'], horizontal=True).layout
    assert layout.xaxis.range is None
    assert layout.xaxis.rangemode == 'tozero'
