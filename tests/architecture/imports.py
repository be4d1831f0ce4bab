"""What the modules of the package import, and what follows for the layers.

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

from .layers import LAYERS, Layer, layer_of

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = 'sdv_fair4free'


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


def _name_of(path: Path) -> str:
    parts = path.relative_to(ROOT / PACKAGE).with_suffix('').parts
    return '.'.join(part for part in parts if part != '__init__')


def _is_standard(name: str) -> bool:
    return name in sys.stdlib_module_names
