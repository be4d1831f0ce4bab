"""What the reference has to name: public names, and all that these mention. Nothing is imported."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import griffe

ROOT = Path(__file__).parents[1]
PACKAGE = 'sdv_fair4free'
WITH_LISTS = ('metrics', 'plugins', 'images.datasets')
"""Modules whose ``__all__`` users import from."""


class PublicNames:
    """The package as its source tells it, with the names that are on the pages of the reference."""

    def __init__(self) -> None:
        self.package = griffe.load(PACKAGE, search_paths=[str(ROOT)])
        homes = ast.literal_eval(str(self.package['_HOME'].value))
        self._lazy = {f'{PACKAGE}.{name}': f'{homes[name]}.{name}' for name in homes}

    def object(self, path: str) -> griffe.Object:
        """What a path leads to, wherever it is defined."""
        if path in self._lazy:
            path = f'{PACKAGE}.{self._lazy[path]}'
        found = self.package.modules_collection[path]
        return found.final_target if found.is_alias else found

    def listed(self) -> set[str]:
        """Where the names of every public ``__all__`` are defined."""
        names = {*self._lazy}
        for module in WITH_LISTS:
            names |= {f'{PACKAGE}.{module}.{each}' for each in self._exports(module)}
        return {self.object(name).path for name in names}

    def _exports(self, module: str) -> list[str]:
        told = self.package[module].exports
        assert told, f'{module} has no __all__'
        return [each if isinstance(each, str) else each.name for each in told]

    def shown(self) -> set[str]:
        """Where those are defined that a page of the reference shows."""
        pages = (ROOT / 'docs' / 'reference').glob('*.md')
        told = ''.join(page.read_text(encoding='utf-8') for page in pages)
        return {self.object(path).path for path in re.findall(r'^::: (\S+)', told, re.MULTILINE)}

    def reached(self, *roots: str) -> dict[str, str]:
        """All that public names mention, and so on; each with what mentions it.

        Parameters, results and fields, of the roots or else of what is listed or shown. A base
        class is no name of its own, for the reference shows what is inherited with those who
        inherit it; nor is a variable of types.
        """
        reached: dict[str, str] = {}
        starts = roots or self.listed() | self.shown()
        waiting = [(path, 'a list of public names') for path in starts]
        seen = set()
        while waiting:
            path, why = waiting.pop()
            thing = self.object(path)
            if thing.path in seen:
                continue
            seen.add(thing.path)
            if why and not _is_variable(thing) and not thing.name.startswith('_'):
                reached[thing.path] = why
            named = [(each, thing.path) for each in _mentions(thing)]
            inherited = [(each, '') for each in _bases(thing)]
            waiting += [pair for pair in named + inherited if _is_ours(pair[0])]
        return reached


def fields(thing: griffe.Object) -> set[str]:
    """The public fields of a class that are told with their types in its body."""
    return {
        name
        for name, member in thing.members.items()
        if _is_public(name) and member.is_attribute
        if member.annotation is not None and 'property' not in member.labels
    }


def _is_public(name: str) -> bool:
    return not name.startswith('_') or name in ('__init__', '__call__')


def _is_ours(path: str) -> bool:
    return path.startswith(f'{PACKAGE}.')


def _is_variable(thing: griffe.Object) -> bool:
    return thing.is_attribute and str(thing.value).startswith('TypeVar(')


def _bases(thing: griffe.Object) -> list[str]:
    return [name for base in getattr(thing, 'bases', ()) for name in _named_in(base)]


def _mentions(thing: griffe.Object) -> Iterator[str]:
    if thing.is_class:
        for name, member in thing.members.items():
            if _is_public(name) and not member.is_alias:
                yield from _mentions(member)
        return
    if thing.is_function:
        asked = [each.annotation for each in thing.parameters]
        expressions = [*asked, thing.returns]
    else:
        expressions = [thing.annotation, thing.value if thing.parent.is_module else None]
    for each in expressions:
        yield from _named_in(each)


def _named_in(expression: griffe.Expr | str | None) -> Iterator[str]:
    """The full paths of the names in an annotation; texts in quotes are read, too."""
    if isinstance(expression, griffe.ExprName | griffe.ExprAttribute):
        yield expression.canonical_path
    elif isinstance(expression, griffe.ExprSubscript) and expression.canonical_name == 'Annotated':
        yield from _named_in(expression.slice.elements[0])  # the others are bounds
    elif isinstance(expression, griffe.Expr):
        for part in expression.iterate(flat=False):
            if part is not expression:
                yield from _named_in(part)
