"""Plots are files that any reader of SVG takes, and say what they show."""

import itertools
import math
import re
import xml.etree.ElementTree as ElementTree

import pytest

from sdv_fair4free.benchmark.svg import Series, bars, linear, log_log

SVG = '{http://www.w3.org/2000/svg}'
LINES = [
    Series(name='ours <fast> & small', points=[(10, 1.0), (1000, 10.0)]),
    Series(name='theirs', points=[(10, 5.0), (1000, 0.0), (100, 50.0)], colour=1, dashed=True),
]


def drawn(series=LINES):
    return ElementTree.fromstring(log_log('Time <s>', 'rows', 'seconds', series))


def words(root):
    return [text.text for text in root.iter(f'{SVG}text')]


def places(root, colour):
    circles = [c for c in root.iter(f'{SVG}circle') if c.get('class') == f'point c{colour}']
    return [(float(c.get('cx')), float(c.get('cy'))) for c in circles]


def test_title_labels_and_every_series_are_told():
    told = words(drawn())
    for expected in ('Time <s>', 'rows', 'seconds', *(line.name for line in LINES)):
        assert told.count(expected) == 1
    assert {'10', '100', '1k'} <= set(told)


def test_what_grows_tenfold_goes_up_as_far_at_every_size():
    line = Series(name='a', points=[(10**n, 10.0 ** (n - 2)) for n in range(1, 5)])
    found = places(drawn([line]), 0)
    steps = [(b[0] - a[0], b[1] - a[1]) for a, b in itertools.pairwise(found)]
    assert all(right > 0 and up < 0 for right, up in steps)
    assert all(step == pytest.approx(steps[0], abs=0.2) for step in steps)


def test_points_without_a_place_on_a_logarithmic_axis_are_left_out():
    assert len(places(drawn(), 1)) == 2
    series = [Series(name='a', points=[(1, math.nan), (2, math.inf), (0, 1.0), (3, 2.0)])]
    assert len(places(drawn(series), 0)) == 1


def test_a_figure_without_points_is_refused():
    with pytest.raises(ValueError, match=r'Time <s>.*no line has a point'):
        drawn([Series(name='a', points=[(1, 0.0)])])


def test_in_the_dark_only_colours_change():
    """A line stays a line: what is dark must not fill it."""
    style = drawn().find(f'{SVG}style').text
    light, dark = style.split('@media')
    assert '.line { fill: none' in light
    assert set(re.findall(r'\.c\d \{ (\w+):', light + dark)) == {'color'}
    assert '.line' not in dark


def test_even_axes_place_points_in_proportion_and_leave_marks_out_where_they_are_told_to():
    line = Series(name='a', points=[(-2.0, 0.0), (0.0, 0.5), (2.0, 1.0)])
    root = ElementTree.fromstring(linear('Spread', 'place', 'density', [line]))
    (x0, y0), (x1, y1), (x2, y2) = places(root, 0)
    assert x1 - x0 == pytest.approx(x2 - x1, abs=0.2)
    assert y0 - y1 == pytest.approx(y1 - y2, abs=0.2)
    assert {'-2', '0', '2', 'place', 'density'} <= set(words(root))
    bare = Series(name='a', points=line.points, marked=False)
    assert places(ElementTree.fromstring(linear('', '', '', [bare])), 0) == []


def test_bars_are_as_long_as_their_values_and_go_left_below_0():
    groups = [('ours', [2.0, -1.0]), ('theirs', [1.0, 0.0])]
    root = ElementTree.fromstring(bars('Lengths', 'metres', ['first', 'second'], groups))
    found = [
        (float(bar.get('x')), float(bar.get('width')))
        for bar in root.iter(f'{SVG}rect')
        if bar.find(f'{SVG}title') is not None
    ]
    (zero, two), (_, one), (left, minus), (_, none) = found
    assert two == pytest.approx(2 * one, abs=0.2)
    assert minus == pytest.approx(one, abs=0.2)
    assert left + minus == pytest.approx(zero, abs=0.2)
    assert none == 0
    assert {'Lengths', 'metres', 'first', 'second', 'ours', 'theirs'} <= set(words(root))
