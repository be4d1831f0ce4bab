"""Docstrings: all that is public has one, they name the right parameters, and examples run."""

import ast
import doctest
import importlib
import inspect
import pkgutil
import re
from importlib.metadata import entry_points
from pathlib import Path

import pytest

import sdv_fair4free

ROOT = Path(sdv_fair4free.__file__).parent
FILES = sorted(ROOT.rglob('*.py'))
CALLED_BY_HOSTS = {
    'beyond': 'of a tokenizer, for conditions',
    'normalize': "SDMetrics' own, with its argument",
    'numbers': 'of a tokenizer, for the fit',
    'renumber': 'of an encoder, for the hand-over',
    'reverse_transform': "RDT's own, with its argument",
    'take': 'of a tokenizer, for the hand-over',
    'transform': "RDT's own, with its argument",
    'whole_numbers': 'of a tokenizer, for conditions',
}
"""Methods of what SDV, RDT and SDMetrics hold that no user calls: one line is enough for them."""
_NAMES = re.compile(r'^ {4}(\*{0,2}\w+(?:, \*{0,2}\w+)*)(?: \([^\n]*\))?:', re.MULTILINE)


def told(docstring, section='Args'):
    """The names that a section of a docstring lists; None without that section."""
    found = re.search(rf'^{section}:\n((?: {{4}}.*\n|\n)*)', (docstring or '') + '\n', re.MULTILINE)
    if found is None:
        return None
    return {name for names in _NAMES.findall(found[1]) for name in names.split(', ')}


def has(function):
    """The parameters of a function, with their stars."""
    spec = function.args
    names = [each.arg for each in (*spec.posonlyargs, *spec.args, *spec.kwonlyargs)]
    names += [f'*{spec.vararg.arg}'] if spec.vararg else []
    names += [f'**{spec.kwarg.arg}'] if spec.kwarg else []
    return set(names) - {'self', 'cls'}


def public(body, where=()):
    """Public classes, functions and methods, each with where it stands."""
    for node in body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef) and not node.name.startswith('_'):
            yield '.'.join([*where, node.name]), node
            if isinstance(node, ast.ClassDef):
                yield from public(node.body, (*where, node.name))


def everything():
    for path in FILES:
        tree = ast.parse(path.read_text(encoding='utf-8'))
        yield f'{path.relative_to(ROOT)}', tree
        for name, node in public(tree.body):
            yield f'{path.relative_to(ROOT)}: {name}', node


def test_all_that_is_public_has_a_docstring():
    assert [name for name, node in everything() if not ast.get_docstring(node)] == []


def test_args_are_those_that_there_are():
    wrong = {}
    for name, node in everything():
        function = node
        if isinstance(node, ast.ClassDef):
            made = [each for each in node.body if getattr(each, 'name', '') == '__init__']
            function = made[0] if made else None
        if isinstance(function, ast.FunctionDef):
            listed = told(ast.get_docstring(node))
            if listed is not None and listed != has(function):
                wrong[name] = listed ^ has(function)
    assert wrong == {}


def for_users():
    """The public names, what is placed in the hosts, and functions of the reference."""
    found = {getattr(sdv_fair4free, name) for name in sdv_fair4free.__all__ if name[0] != '_'}
    for group in ('sdv_modules', 'rdt_modules', 'sdmetrics_modules'):
        for point in entry_points(group=group):
            module, _, name = point.value.partition(':')
            if module.startswith('sdv_fair4free'):
                found.add(getattr(importlib.import_module(module), name))
    for page in (ROOT.parent / 'docs' / 'reference').glob('*.md'):
        for name in re.findall(r'^::: (\S+)', page.read_text(encoding='utf-8'), re.MULTILINE):
            module, _, name = name.rpartition('.')
            thing = getattr(importlib.import_module(module), name)
            if inspect.isfunction(thing):
                found.add(thing)
    return sorted(found, key=lambda thing: thing.__name__)


def ours(thing):
    return (getattr(thing, '__module__', None) or '').startswith('sdv_fair4free')


def methods(kind):
    for name in dir(kind):
        method = inspect.getattr_static(kind, name)
        method = getattr(method, '__func__', method)
        if name[0] != '_' and inspect.isfunction(method) and ours(method):
            yield name, method


def parameters(function):
    stars = {inspect.Parameter.VAR_POSITIONAL: '*', inspect.Parameter.VAR_KEYWORD: '**'}
    asked = inspect.signature(function).parameters.values()
    names = {stars.get(each.kind, '') + each.name for each in asked}
    return names - {'self', 'cls'}


def test_what_users_call_tells_every_parameter():
    silent = {}
    for thing in for_users():
        if inspect.isclass(thing):
            if ours(thing.__init__):
                docstring = inspect.getdoc(thing)
                listed = (told(docstring) or set()) | (told(docstring, 'Attributes') or set())
                silent[thing.__name__] = parameters(thing) - listed
            for name, method in methods(thing):
                if name not in CALLED_BY_HOSTS:
                    listed = told(inspect.getdoc(method)) or set()
                    silent[f'{thing.__name__}.{name}'] = parameters(method) - listed
        else:
            silent[thing.__name__] = parameters(thing) - (told(inspect.getdoc(thing)) or set())
    assert len(silent) > 100
    assert {name: left for name, left in silent.items() if left} == {}


def test_methods_that_may_be_silent_are_there():
    there = {name for thing in for_users() if inspect.isclass(thing) for name, _ in methods(thing)}
    assert set(CALLED_BY_HOSTS) <= there


WITH_EXAMPLES = [
    '.'.join(('sdv_fair4free', *path.relative_to(ROOT).with_suffix('').parts))
    for path in FILES
    if '>>>' in path.read_text(encoding='utf-8')
]


@pytest.mark.parametrize('name', WITH_EXAMPLES)
def test_examples_run_as_written(name):
    found = doctest.testmod(importlib.import_module(name))
    assert found.attempted
    assert not found.failed


def test_there_are_examples_and_no_module_hides_from_them():
    assert len(WITH_EXAMPLES) >= 8
    walked = {each.name for each in pkgutil.walk_packages([str(ROOT)], 'sdv_fair4free.')}
    assert set(WITH_EXAMPLES) <= walked


def test_type_checkers_see_every_public_name_where_it_is_imported_from():
    tree = ast.parse((ROOT / '__init__.py').read_text(encoding='utf-8'))
    (seen,) = (
        node for node in tree.body if ast.unparse(getattr(node, 'test', node)) == 'TYPE_CHECKING'
    )
    homes = {alias.name: node.module for node in seen.body for alias in node.names}
    assert homes == {n: f'sdv_fair4free.{home}' for n, home in sdv_fair4free._HOME.items()}
    assert {*homes, '__version__'} == set(sdv_fair4free.__all__)
