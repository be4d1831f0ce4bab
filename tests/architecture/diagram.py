"""The diagram of the layers, docs/images/architecture.svg."""

from __future__ import annotations

from collections.abc import Sequence
from xml.sax.saxutils import escape

from .imports import ROOT, Architecture
from .layers import LAYERS, Layer, layer_of

DIAGRAM = ROOT / 'docs' / 'images' / 'architecture.svg'
WIDTH, BOX, TALL, PITCH, TOP = 880, 330, 74, 108, 24
STYLE = """
  .back { fill: #ffffff } text { fill: #24292f; font: 13px system-ui, sans-serif }
  .name { font-size: 15px; font-weight: 600 } .packages { fill: #57606a; font-size: 12px }
  .box { fill: #f6f8fa; stroke: #57606a } .core { stroke: #0a58ca; stroke-width: 2 }
  .down { stroke: #57606a; fill: none; stroke-width: 1.6 } .tip { fill: #57606a }
  .up { stroke: #b54708; fill: none; stroke-width: 1.6; stroke-dasharray: 5 4 }
  .uptip { fill: #b54708 } text.why { fill: #b54708; font-size: 12px }
  @media (prefers-color-scheme: dark) {
    .back { fill: #0d1117 } text { fill: #e6edf3 } .packages { fill: #8b949e }
    .box { fill: #161b22; stroke: #8b949e } .core { stroke: #58a6ff }
    .down { stroke: #8b949e } .tip { fill: #8b949e }
    .up { stroke: #f0883e } .uptip { fill: #f0883e } text.why { fill: #f0883e }
  }
"""


def diagram(found: Architecture) -> str:
    """The layers and their arrows as SVG."""
    rows = max(layer.height for layer in LAYERS)
    tall = TOP + rows * PITCH + TALL + 64
    title = 'The layers of sdv-fair4free: an arrow goes from what imports to what is imported'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {tall}" '
        f'width="{WIDTH}" height="{tall}" role="img">',
        f'<title>{title}</title><style>{STYLE}</style>',
        *(_tip('down', 'tip'), _tip('up', 'uptip')),
        f'<rect class="back" width="{WIDTH}" height="{tall}"/>',
    ]
    places = {layer.name: (layer.middle * WIDTH, _top(layer, rows)) for layer in LAYERS}
    for one, two in found.arrows():
        (x, y), (other, below) = places[one], places[two]
        shift = (other - x) * 0.25
        parts.append(
            f'<path class="down" marker-end="url(#down)" '
            f'd="M{x + shift:g} {y + TALL:g} L{other - shift:g} {below - 2:g}"/>'
        )
    for one, two in sorted({_layers(pair) for pair in found.upward()}):
        parts += _up(places[one], places[two], _imported(found, one, two))
    for layer in LAYERS:
        parts += _box(layer, found, places[layer.name])
    foot = tall - 40
    parts += [
        f'<text class="packages" x="24" y="{foot:g}">An arrow goes from what imports to what is '
        'imported. Arrows that follow from others are left out.</text>',
        f'<text class="packages" x="24" y="{foot + 20:g}">Dashed: the few imports the other way, '
        'with what is imported. In small letters: the packages of others that a layer imports.'
        '</text>',
        '</svg>',
    ]
    return '\n'.join(parts) + '\n'


def _top(layer: Layer, rows: int) -> float:
    return TOP + (rows - layer.height) * PITCH


def _tip(name: str, kind: str) -> str:
    return (
        f'<marker id="{name}" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="8" '
        f'markerHeight="8" orient="auto"><path class="{kind}" d="M0 0 L10 5 L0 10 z"/></marker>'
    )


def _layers(pair: tuple[str, str]) -> tuple[str, str]:
    one, two = (layer_of(module) for module in pair)
    assert one is not None
    assert two is not None
    return one.name, two.name


def _imported(found: Architecture, one: str, two: str) -> list[str]:
    """Modules of the second layer that the first one imports against the arrows."""
    return sorted({other for _, other in found.between[one, two]})


def _up(start: tuple[float, float], end: tuple[float, float], what: Sequence[str]) -> list[str]:
    """A dashed arrow beside the boxes, and what it fetches; the further, the wider."""
    side = -1 if start[0] < end[0] else 1
    steps = round((start[1] - end[1]) / PITCH)
    edge, target = start[0] + side * BOX / 2, end[0] + side * BOX / 2
    bend = edge + side * (22 + 118 * (steps - 1))
    y, above = start[1] + TALL * (0.2 + 0.3 * (steps - 1)), end[1] + TALL * 0.7
    if side > 0:
        x, middle, anchor = bend + 8, (y + above) / 2 + 4, 'start'
    else:
        x, middle, anchor = (bend + target) / 2, above - 8, 'middle'
    return [
        f'<path class="up" marker-end="url(#up)" d="M{edge:g} {y:g} H{bend:g} V{above:g} '
        f'H{target + 2 * side:g}"/>',
        f'<text class="why" x="{x:g}" y="{middle:g}" text-anchor="{anchor}">'
        f'{escape(", ".join(what))}</text>',
    ]


def _box(layer: Layer, found: Architecture, place: tuple[float, float]) -> list[str]:
    x, y = place
    count = len(found.modules(layer))
    packages = found.packages(layer)
    lines = [
        ('name', f'{layer.name} ({count} module{"s" * (count != 1)})'),
        ('', layer.does),
        ('packages', _shortened(packages) if packages else 'nothing of others'),
    ]
    kind = 'box core' if layer.height == 0 else 'box'
    return [
        f'<rect class="{kind}" x="{x - BOX / 2:g}" y="{y:g}" width="{BOX}" height="{TALL}" '
        'rx="8"/>',
        *(
            f'<text class="{style}" x="{x:g}" y="{y + 24 + 20 * line:g}" text-anchor="middle">'
            f'{escape(text)}</text>'
            for line, (style, text) in enumerate(lines)
        ),
    ]


def _shortened(names: Sequence[str], most: int = 52) -> str:
    """As many names as fit into a box, those that tell most first."""
    telling = ('sdv', 'rdt', 'sdmetrics', 'torch', 'pandas', 'fairlearn', 'plotly')
    ordered = [name for name in telling if name in names]
    ordered += [name for name in names if name not in ordered]
    shown: list[str] = []
    for name in ordered:
        if len(' '.join([*shown, name])) > most:
            return ' '.join([*shown, '…'])
        shown.append(name)
    return ' '.join(shown)
