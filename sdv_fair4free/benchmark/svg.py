"""Lines over two logarithmic axes as an SVG file, to be read on a light page and on a dark one."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

WIDTH, HEIGHT = 640, 420
LEFT, RIGHT, TOP, BOTTOM = 74, 24, 96, 62
_STYLE = """
  .back { fill: #ffffff } text { fill: #24292f; font: 13px system-ui, sans-serif }
  .title { font-size: 16px; font-weight: 600 } .grid { stroke: #d8dee4 } .axis { stroke: #57606a }
  .c0 { color: #0a58ca } .c1 { color: #b54708 } .point { fill: currentColor }
  .line { fill: none; stroke: currentColor; stroke-width: 2.2 } .dashed { stroke-dasharray: 7 5 }
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
        points: Pairs of x and y, both above 0; others are not drawn.
        colour: 0 or 1.
        dashed: Whether its line is.
    """

    name: str
    points: Sequence[tuple[float, float]]
    colour: int = 0
    dashed: bool = False

    def shown(self) -> list[tuple[float, float]]:
        """Its points that a logarithmic axis has a place for, from left to right."""
        return sorted((x, y) for x, y in self.points if x > 0 and 0 < y < math.inf)


def log_log(title: str, x_label: str, y_label: str, series: Sequence[Series]) -> str:
    """Draw lines with points, ticks, labels and a legend.

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
    x_span = (low - 0.04 * (high - low or 1), high + 0.04 * (high - low or 1))
    ys = [math.log10(y) for _, y in points]
    y_span = (math.floor(min(ys)), max(math.ceil(max(ys)), math.floor(min(ys)) + 1))

    def across(x: float) -> float:
        return _placed(math.log10(x), x_span, LEFT, WIDTH - RIGHT)

    def up(y: float) -> float:
        return _placed(math.log10(y), y_span, HEIGHT - BOTTOM, TOP)

    middle = (LEFT + WIDTH - RIGHT) / 2
    floor, centre = HEIGHT - BOTTOM, (TOP + HEIGHT - BOTTOM) / 2
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'width="{WIDTH}" height="{HEIGHT}" role="img">',
        f'<title>{escape(title)}</title><style>{_STYLE}</style>',
        f'<rect class="back" width="{WIDTH}" height="{HEIGHT}" rx="6"/>',
        f'<text class="title" x="{LEFT}" y="28">{escape(title)}</text>',
    ]
    for tick in range(y_span[0], y_span[1] + 1):
        at = up(10.0**tick)
        parts.append(f'<path class="grid" d="M{LEFT} {at:.1f}H{WIDTH - RIGHT}"/>')
        parts.append(_text(LEFT - 9, at + 4.5, _number(10.0**tick), 'end'))
    for value in xs:
        at = across(value)
        parts.append(f'<path class="axis" d="M{at:.1f} {floor}v6"/>')
        parts.append(_text(at, floor + 22, _number(value), 'middle'))
    parts += [
        f'<path class="axis" fill="none" d="M{LEFT} {TOP}V{floor}H{WIDTH - RIGHT}"/>',
        _text(middle, HEIGHT - 14, x_label, 'middle'),
        f'<text text-anchor="middle" transform="translate(20 {centre:.0f}) rotate(-90)">'
        f'{escape(y_label)}</text>',
    ]
    for number, line in enumerate(series):
        drawn = [(across(x), up(y)) for x, y in line.shown()]
        look = f'class="line c{line.colour}{" dashed" if line.dashed else ""}"'
        path = 'L'.join(f'{x:.1f} {y:.1f}' for x, y in drawn)
        if drawn:
            parts.append(f'<path {look} d="M{path}"/>')
        for (x, y), (size, value) in zip(drawn, line.shown(), strict=True):
            told = escape(f'{line.name}: {_number(size)}, {value:,.3g}')
            parts.append(
                f'<circle class="point c{line.colour}" cx="{x:.1f}" cy="{y:.1f}" r="3.6">'
                f'<title>{told}</title></circle>'
            )
        # Two to a row.
        left, top = LEFT + 270 * (number % 2), 50 + 20 * (number // 2)
        parts.append(f'<path {look} d="M{left} {top - 4}h30"/>')
        parts.append(_text(left + 38, top, line.name, 'start'))
    return '\n'.join([*parts, '</svg>', ''])


def _placed(value: float, span: tuple[float, float], start: float, end: float) -> float:
    return start + (value - span[0]) / (span[1] - span[0]) * (end - start)


def _text(x: float, y: float, words: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(words)}</text>'


def _number(value: float) -> str:
    """Short: 10k, 1M, 0.01."""
    for unit, sign in ((1e9, 'G'), (1e6, 'M'), (1e3, 'k')):
        if value >= unit:
            return f'{value / unit:g}{sign}'
    return f'{value:g}'
