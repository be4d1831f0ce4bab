"""Layers of the package and the arrows between them, read from its imports.

``python -m tests.architecture`` draws docs/images/architecture.svg and writes the table of layers
into docs/architecture.md. A test asks whether both are still what the code says.

What counts is what a module imports when it is imported: neither what only type checkers see, nor
what a function imports when it is called.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from xml.sax.saxutils import escape

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = 'sdv_fair4free'
DIAGRAM = ROOT / 'docs' / 'images' / 'architecture.svg'
PAGE = ROOT / 'docs' / 'architecture.md'
BEGIN, END = '<!-- layers: python -m tests.architecture -->\n', '<!-- end of layers -->'


@dataclass(frozen=True, kw_only=True)
class Layer:
    """Modules that stand at one height.

    Attributes:
        name: What it is called.
        does: In a few words.
        height: Imports go from a larger one to a smaller one.
        middle: Where the middle of its box is, from 0 to 1 across the diagram.
        parts: Folders and modules of the package; a folder ends in a slash.
    """

    name: str
    does: str
    height: int
    middle: float
    parts: tuple[str, ...]


LAYERS = (
    Layer(
        name='core',
        does='the method: codes in, codes out',
        height=0,
        middle=0.5,
        parts=('core/',),
    ),
    Layer(
        name='plug-ins',
        does='the door, and what settings may say',
        height=1,
        middle=0.5,
        parts=('plugins/', 'exporters', 'validation'),
    ),
    Layer(
        name='columns',
        does='values of a table to codes, and back',
        height=2,
        middle=0.24,
        parts=(
            *('codecs', 'columns', 'digits', 'encoding', 'grid', 'groups', 'key_patterns'),
            *('known_values', 'labels', 'numbered', 'options', 'quantiles', 'spelled', 'split'),
            *('given_tables', 'pictures', 'table_checks', 'transformers'),
        ),
    ),
    Layer(
        name='metrics',
        does='figures of any table, whoever made it',
        height=2,
        middle=0.76,
        parts=('metrics/', 'evaluation', 'tstr'),
    ),
    Layer(
        name='synthesizer',
        does="SDV's life cycle: fit, sample, save",
        height=3,
        middle=0.24,
        parts=(
            *('lazy/', 'album', 'arrow_schema', 'choices', 'cluster', 'conditions', 'constraints'),
            *('diagnosis', 'fingerprint', 'fitting', 'known_rows', 'locks', 'loss_plot', 'model'),
            *('part_folder', 'parts', 'processing', 'progress', 'sampling', 'streaming'),
            *('synthesizer', 'typed_metadata'),
        ),
    ),
    Layer(
        name='reports',
        does='those figures as pages and words',
        height=3,
        middle=0.76,
        parts=('reports/', 'html'),
    ),
    Layer(
        name='hand-over',
        does='a generator as a file without code',
        height=4,
        middle=0.5,
        parts=('handover/',),
    ),
    Layer(
        name='images',
        does='pictures with attributes',
        height=5,
        middle=0.5,
        parts=('images/',),
    ),
    Layer(
        name='benchmark',
        does='synthesizers side by side',
        height=6,
        middle=0.5,
        parts=('benchmark/', 'curve', 'distillation_cost'),
    ),
    Layer(
        name='command',
        does='what people type, and the demo',
        height=7,
        middle=0.5,
        parts=('command/', '__main__', 'datasets', 'demo', 'page'),
    ),
)
GROUND = ('', '_version', 'files')
"""What anybody may import: the public names, the version, files that appear whole or not at all."""
UPWARD = {
    ('synthesizer', 'handover.methods'): 'the mix-in with `export_teacher`, `distill` and the like',
}
"""Imports against the arrows, each with what is imported: no others are allowed."""


def imported_by(source: str, known: Iterable[str]) -> set[str]:
    """What a module imports when it is imported.

    Args:
        source: Its text.
        known: Names of all modules of the package; others are told by their first name.
    """
    known = set(known)
    names = list(_imports(ast.parse(source).body, known))
    return {name if name in known else name.partition('.')[0] for name in names}


def _imports(body: Sequence[ast.stmt], known: set[str]) -> Iterator[str]:
    for statement in body:
        if isinstance(statement, ast.Import):
            yield from (alias.name for alias in statement.names)
        elif isinstance(statement, ast.ImportFrom):
            assert statement.level == 0, 'imports name the whole module'
            for alias in statement.names:
                whole = f'{statement.module}.{alias.name}'
                yield whole if whole in known else str(statement.module)
        elif isinstance(statement, ast.If) and 'TYPE_CHECKING' in ast.unparse(statement.test):
            yield from _imports(statement.orelse, known)
        elif not isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
            for inner in ('body', 'orelse', 'finalbody'):
                yield from _imports(getattr(statement, inner, []), known)
            for handler in getattr(statement, 'handlers', []):
                yield from _imports(handler.body, known)


@dataclass(frozen=True)
class Architecture:
    """What the code imports.

    Attributes:
        imports: From each module to what it imports; those of the package without its name.
    """

    imports: Mapping[str, frozenset[str]]

    @classmethod
    def of_code(cls) -> Architecture:
        """Read all modules."""
        files = {_name_of(path): path for path in sorted((ROOT / PACKAGE).rglob('*.py'))}
        whole = {f'{PACKAGE}.{name}'.rstrip('.'): name for name in files}
        return cls(
            {
                name: frozenset(
                    f'.{whole[found]}' if found in whole else found
                    for found in imported_by(path.read_text(encoding='utf-8'), whole)
                )
                for name, path in files.items()
            }
        )

    def own(self, module: str) -> list[str]:
        """Modules of the package that one of them imports."""
        return sorted(name[1:] for name in self.imports[module] if name.startswith('.'))

    def modules(self, layer: Layer) -> list[str]:
        """The modules of a layer."""
        return [name for name in self.imports if layer_of(name) is layer]

    def packages(self, layer: Layer) -> list[str]:
        """Packages of others that a layer imports when it is imported."""
        found = {name for module in self.modules(layer) for name in self.imports[module]}
        return sorted(
            (name for name in found if not name.startswith('.') and not _is_standard(name)),
            key=str.lower,
        )

    @cached_property
    def between(self) -> dict[tuple[str, str], list[tuple[str, str]]]:
        """From pairs of names of layers to the imports from the first to the second."""
        found: dict[tuple[str, str], list[tuple[str, str]]] = {}
        for module in self.imports:
            for other in self.own(module):
                one, two = layer_of(module), layer_of(other)
                if one and two and one is not two:
                    found.setdefault((one.name, two.name), []).append((module, other))
        return found

    def upward(self) -> set[tuple[str, str]]:
        """Imports from a layer to one that is not below it."""
        height = {layer.name: layer.height for layer in LAYERS}
        return {
            pair
            for (one, two), pairs in self.between.items()
            if height[one] <= height[two]
            for pair in pairs
        }

    def arrows(self) -> list[tuple[str, str]]:
        """Downward arrows between layers, without those that follow from others."""
        height = {layer.name: layer.height for layer in LAYERS}
        down = {pair for pair in self.between if height[pair[0]] > height[pair[1]]}

        def reaches(one: str, two: str) -> bool:
            return (one, two) in down or any(
                reaches(middle, two) for start, middle in down if start == one
            )

        return sorted(
            (one, two)
            for one, two in down
            if not any(reaches(middle, two) for start, middle in down if start == one != middle)
        )

    def circles(self) -> list[str]:
        """Modules that import themselves over others."""
        left = {name: set(self.own(name)) for name in self.imports}
        while ready := [name for name, needs in left.items() if not needs & left.keys()]:
            for name in ready:
                del left[name]
        return sorted(left)


def layer_of(module: str) -> Layer | None:
    """The layer that a module is in; None for what anybody may import."""
    folder = module.partition('.')[0]
    for layer in LAYERS:
        if folder in layer.parts or f'{folder}/' in layer.parts:
            return layer
    return None


def _name_of(path: Path) -> str:
    parts = path.relative_to(ROOT / PACKAGE).with_suffix('').parts
    return '.'.join(part for part in parts if part != '__init__')


def _is_standard(name: str) -> bool:
    return name in sys.stdlib_module_names


# -- the diagram -----------------------------------------------------------------------------------

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


# -- the table on the page -------------------------------------------------------------------------


def table(found: Architecture) -> str:
    """The layers from above, with their parts and packages, as Markdown."""
    lines = [
        '| layer | what it does | where | packages of others |',
        '|---|---|---|---|',
    ]
    for layer in reversed(LAYERS):
        where = ', '.join(f'`{part}`' for part in layer.parts)
        packages = ', '.join(found.packages(layer)) or 'none'
        lines.append(f'| {layer.name} | {layer.does} | {where} | {packages} |')
    lines += ['', 'The imports against the arrows, all of them:', '']
    lines += ['| importing | imported | which is |', '|---|---|---|']
    lines += [f'| `{one}` | `{two}` | {why} |' for (one, two), why in UPWARD.items()]
    return '\n'.join(lines) + '\n'


def with_table(page: str, found: Architecture) -> str:
    """The page with the table as the code makes it.

    Args:
        page: Its text, with the two marks.
        found: What the code imports.
    """
    before, rest = page.split(BEGIN)
    return f'{before}{BEGIN}\n{table(found)}\n{END}{rest.split(END)[1]}'


if __name__ == '__main__':
    code = Architecture.of_code()
    DIAGRAM.write_text(diagram(code), encoding='utf-8')
    PAGE.write_text(with_table(PAGE.read_text(encoding='utf-8'), code), encoding='utf-8')
