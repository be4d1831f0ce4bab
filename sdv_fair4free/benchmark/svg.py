"""Lines and bars as SVG files, to be read on a light page and on a dark one."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

WIDTH, HEIGHT = 640, 420
LEFT, RIGHT, TOP, BOTTOM = 74, 24, 96, 62
_STYLE = """
  .back { fill: #ffffff } text { fill: #24292f; font: 13px system-ui, sans-serif }
  .title { font-size: 16px; font-weight: 600 } .grid { stroke: #d8dee4 } .axis { stroke: #57606a }
  .c0 { color: #0a58ca } .c1 { color: #b54708 } .point { fill: currentColor }
  .bar { fill: currentColor } .line { fill: none; stroke: currentColor; stroke-width: 2.2 }
  .dashed { stroke-dasharray: 7 5 }
  @media (prefers-color-scheme: dark) {
    .back { fill: #0d1117 } text { fill: #e6edf3 } .grid { stroke: #30363d }
    .axis { stroke: #8b949e } .c0 { color: #58a6ff } .c1 { color: #f0883e }
  }
"""


@dataclass(frozen=True, kw_only=True)
class Series:
    """One line.

    Attributes:
        name: For the legend.
        points: Pairs of x and y; where axes are logarithmic those not above 0 are not drawn.
        colour: 0 or 1.
        dashed: Whether its line is.
        marked: Whether its points are.
    """

    name: str
    points: Sequence[tuple[float, float]]
    colour: int = 0
    dashed: bool = False
    marked: bool = True

    def shown(self) -> list[tuple[float, float]]:
        """Its points that a logarithmic axis has a place for, from left to right."""
        return sorted((x, y) for x, y in self.points if x > 0 and 0 < y < math.inf)

    @property
    def look(self) -> str:
        """The attribute that says how its line is drawn."""
        return f'class="line c{self.colour}{" dashed" if self.dashed else ""}"'


def log_log(title: str, x_label: str, y_label: str, series: Sequence[Series]) -> str:
    """Draw lines over two logarithmic axes, with points, ticks, labels and a legend.

    Args:
        title: Above all.
        x_label: Of the lower axis, with its unit.
        y_label: Of the left axis, with its unit.
        series: The lines. Ticks of the lower axis are the values that they have there.

    Raises:
        ValueError: If no line has a point.
    """
    points = [point for line in series for point in line.shown()]
    if not points:
        raise ValueError(f'{title}: no line has a point above 0; leave this figure out.')
    xs = sorted({x for x, _ in points})
    low, high = math.log10(xs[0]), math.log10(xs[-1])
    margin = 0.04 * (high - low or 1)
    ys = [math.log10(y) for _, y in points]
    floor = math.floor(min(ys))
    top = max(math.ceil(max(ys)), floor + 1)
    across = _scale((low - margin, high + margin), LEFT, WIDTH - RIGHT, math.log10)
    up = _scale((floor, top), HEIGHT - BOTTOM, TOP, math.log10)
    decades = [10.0**tick for tick in range(floor, top + 1)]
    shown = [(line, line.shown()) for line in series]
    return _chart((title, x_label, y_label), (xs, decades), (across, up), shown)


def linear(title: str, x_label: str, y_label: str, series: Sequence[Series]) -> str:
    """Draw lines over two even axes, the left one from 0; the rest as :func:`log_log`.

    Args:
        title: Above all.
        x_label: Of the lower axis, with its unit.
        y_label: Of the left axis, with its unit.
        series: The lines; at least one has a point, and some point is above 0.
    """
    points = [point for line in series for point in line.points]
    low, high = min(x for x, _ in points), max(x for x, _ in points)
    top = max(y for _, y in points)
    x_ticks, y_ticks = _even_ticks(low, high), _even_ticks(0.0, top)
    across = _scale((low, high), LEFT, WIDTH - RIGHT)
    up = _scale((0.0, top * 1.04), HEIGHT - BOTTOM, TOP)
    shown = [(line, sorted(line.points)) for line in series]
    return _chart((title, x_label, y_label), (x_ticks, y_ticks), (across, up), shown)


def bars(
    title: str, x_label: str, names: Sequence[str], groups: Sequence[tuple[str, Sequence[float]]]
) -> str:
    """Draw two bars for each name, one below the other, from 0 to the right or to the left.

    Args:
        title: Above all.
        x_label: Of the lower axis, with its unit.
        names: What has bars, from the top.
        groups: At most two: for the legend, and a value for each name; not all of them 0.
    """
    left, row = 170, 34
    height = TOP + row * len(names) + BOTTOM
    floor, every = height - BOTTOM, [value for _, values in groups for value in values]
    low, high = min(0.0, *every), max(0.0, *every)
    across = _scale((low, high + 0.04 * (high - low)), left, WIDTH - RIGHT)
    parts = _opened(title, height)
    for tick in _even_ticks(low, high):
        at = across(tick)
        parts.append(f'<path class="grid" d="M{at:.1f} {TOP}V{floor}"/>')
        parts.append(_text(at, floor + 22, _number(tick), 'middle'))
    thick = (row - 10) / len(groups)
    for place, name in enumerate(names):
        top = TOP + place * row + 5
        parts.append(_text(left - 9, top + row / 2, name, 'end'))
        for colour, (group, values) in enumerate(groups):
            told = escape(f'{group}, {name}: {values[place]:.3g}')
            start, end = sorted((across(0.0), across(values[place])))
            parts.append(
                f'<rect class="bar c{colour}" x="{start:.1f}" y="{top + colour * thick:.1f}" '
                f'width="{end - start:.1f}" height="{thick:.1f}">'
                f'<title>{told}</title></rect>'
            )
    parts.append(f'<path class="axis" d="M{across(0.0):.1f} {TOP}V{floor}"/>')
    parts.append(f'<path class="axis" d="M{left} {floor}H{WIDTH - RIGHT}"/>')
    parts.append(_text((left + WIDTH - RIGHT) / 2, height - 14, x_label, 'middle'))
    for colour, (group, _) in enumerate(groups):
        at = LEFT + 270 * colour
        parts.append(f'<rect class="bar c{colour}" x="{at}" y="40" width="30" height="10"/>')
        parts.append(_text(at + 38, 50, group, 'start'))
    return '\n'.join([*parts, '</svg>', ''])


def _chart(
    words: tuple[str, str, str],
    ticks: tuple[Sequence[float], Sequence[float]],
    scales: tuple[Callable[[float], float], Callable[[float], float]],
    lines: Sequence[tuple[Series, Sequence[tuple[float, float]]]],
) -> str:
    """Lines between a lower and a left axis.

    Args:
        words: Title, and labels of the two axes.
        ticks: Values that the two axes are marked at.
        scales: From a value to where it is, across and up.
        lines: Each with those of its points that are drawn.
    """
    (title, x_label, y_label), (across, up) = words, scales
    floor, centre = HEIGHT - BOTTOM, (TOP + HEIGHT - BOTTOM) / 2
    parts = _opened(title, HEIGHT)
    for value in ticks[1]:
        at = up(value)
        parts.append(f'<path class="grid" d="M{LEFT} {at:.1f}H{WIDTH - RIGHT}"/>')
        parts.append(_text(LEFT - 9, at + 4.5, _number(value), 'end'))
    for value in ticks[0]:
        at = across(value)
        parts.append(f'<path class="axis" d="M{at:.1f} {floor}v6"/>')
        parts.append(_text(at, floor + 22, _number(value), 'middle'))
    parts += [
        f'<path class="axis" fill="none" d="M{LEFT} {TOP}V{floor}H{WIDTH - RIGHT}"/>',
        _text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 14, x_label, 'middle'),
        f'<text text-anchor="middle" transform="translate(20 {centre:.0f}) rotate(-90)">'
        f'{escape(y_label)}</text>',
    ]
    for number, (line, points) in enumerate(lines):
        drawn = [(across(x), up(y)) for x, y in points]
        if drawn:
            path = 'L'.join(f'{x:.1f} {y:.1f}' for x, y in drawn)
            parts.append(f'<path {line.look} d="M{path}"/>')
        parts += _marks(line, points, drawn) if line.marked else ()
        # Two to a row.
        left, top = LEFT + 270 * (number % 2), 50 + 20 * (number // 2)
        parts.append(f'<path {line.look} d="M{left} {top - 4}h30"/>')
        parts.append(_text(left + 38, top, line.name, 'start'))
    return '\n'.join([*parts, '</svg>', ''])


def _opened(title: str, height: float) -> list[str]:
    """How a file begins, up to its title."""
    return [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
        f'width="{WIDTH}" height="{height}" role="img">',
        f'<title>{escape(title)}</title><style>{_STYLE}</style>',
        f'<rect class="back" width="{WIDTH}" height="{height}" rx="6"/>',
        f'<text class="title" x="{LEFT}" y="28">{escape(title)}</text>',
    ]


def _marks(
    line: Series, points: Sequence[tuple[float, float]], drawn: Sequence[tuple[float, float]]
) -> Iterator[str]:
    """The points of a line, each of which tells its values."""
    for (x, y), (size, value) in zip(drawn, points, strict=True):
        told = escape(f'{line.name}: {_number(size)}, {value:,.3g}')
        yield (
            f'<circle class="point c{line.colour}" cx="{x:.1f}" cy="{y:.1f}" r="3.6">'
            f'<title>{told}</title></circle>'
        )


def _scale(
    span: tuple[float, float],
    start: float,
    end: float,
    told: Callable[[float], float] = float,
) -> Callable[[float], float]:
    """From values to places: ``told`` of them goes evenly over ``span``."""
    return lambda value: start + (told(value) - span[0]) / (span[1] - span[0]) * (end - start)


def _even_ticks(low: float, high: float) -> list[float]:
    """Four to nine round numbers in between, ends included."""
    step = 10.0 ** math.floor(math.log10(high - low))
    step = next(step * part for part in (1.0, 0.5, 0.2) if (high - low) / (step * part) >= 4)
    places = range(math.ceil(low / step), math.floor(high / step) + 1)
    return [round(place * step, 10) for place in places]


def _text(x: float, y: float, words: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(words)}</text>'


def _number(value: float) -> str:
    """Short: 10k, 1M, 0.01."""
    for unit, sign in ((1e9, 'G'), (1e6, 'M'), (1e3, 'k')):
        if value >= unit:
            return f'{value / unit:g}{sign}'
    return f'{value:g}'
