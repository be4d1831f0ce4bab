"""What the package imports is what pyproject.toml says it needs."""

import ast
import re
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

tomllib = pytest.importorskip('tomllib')  # of Python 3.11
pytest.importorskip('distributed')  # what is imported has to be there to be known
ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / 'pyproject.toml').read_text(encoding='utf-8'))['project']
PROVIDERS = packages_distributions()
MODULES = sorted((ROOT / 'sdv_fair4free').rglob('*.py'))


def names(requirements):
    """Distributions of requirements, in the spelling of the index; extras of ours followed."""
    found = set()
    for requirement in requirements:
        name, extras = re.match(r'([\w.-]+)(?:\[([\w,-]+)\])?', requirement).groups()
        if name == PROJECT['name']:
            for extra in extras.split(','):
                found |= names(PROJECT['optional-dependencies'][extra])
        else:
            found.add(re.sub(r'[-_.]+', '-', name).lower())
    return found


NEEDED = names(PROJECT['dependencies'])
EXTRAS = {name: names(given) for name, given in PROJECT['optional-dependencies'].items()}
OF_USERS = NEEDED.union(*(given for name, given in EXTRAS.items() if name not in ('dev', 'docs')))


def imports(path):
    """Third-party modules that a file imports, anywhere in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding='utf-8'))):
        if isinstance(node, ast.Import):
            found |= {alias.name.split('.')[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found.add(node.module.split('.')[0])
    return found - set(sys.stdlib_module_names) - {'sdv_fair4free'}


def distributions(module):
    """Those that a module may come with."""
    return {re.sub(r'[-_.]+', '-', name).lower() for name in PROVIDERS[module]}


def test_what_modules_import_is_named_as_a_dependency():
    unnamed = {
        path.relative_to(ROOT).as_posix(): module
        for path in MODULES
        for module in imports(path)
        if not distributions(module) & OF_USERS
    }
    assert unnamed == {}, 'name them in pyproject.toml, with what they are for'


def test_every_dependency_is_of_use():
    used = {name for path in MODULES for module in imports(path) for name in distributions(module)}
    assert names(PROJECT['dependencies']) - used == set()
