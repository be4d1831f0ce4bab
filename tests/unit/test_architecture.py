"""The diagram and the page of the architecture say what the code imports."""

import ast
import re
from pathlib import Path

import pytest
from architecture.diagram import DIAGRAM, diagram
from architecture.imports import PACKAGE, ROOT, Architecture, imported_by
from architecture.layers import GROUND, LAYERS, UPWARD, layer_of
from architecture.page import PAGE, with_table

HOSTS = {'sdv', 'rdt', 'sdmetrics', 'pandas', 'numpy', 'plotly', 'pluggy', 'sklearn', 'fairlearn'}
REMEDY = 'run `make architecture`'


@pytest.fixture(scope='module')
def code():
    return Architecture.of_code()


def test_the_diagram_is_what_the_code_makes(code):
    drawn = DIAGRAM.read_text(encoding='utf-8')
    assert drawn == diagram(code), REMEDY


def test_the_table_of_layers_is_what_the_code_makes(code):
    page = PAGE.read_text(encoding='utf-8')
    assert page == with_table(page, code), REMEDY


def test_every_module_is_in_one_layer_and_every_part_of_a_layer_is_there(code):
    parts = [part for layer in LAYERS for part in layer.parts]
    assert len(parts) == len(set(parts))
    assert {name for name in code.imports if layer_of(name) is None} == set(GROUND)
    for part in parts:
        path = ROOT / PACKAGE / part
        assert path.is_dir() if part.endswith('/') else path.with_suffix('.py').is_file(), part


def test_imports_go_downward_but_for_those_that_are_told(code):
    assert code.upward() == set(UPWARD)


def test_no_module_imports_itself_over_others(code):
    assert code.circles() == []


def test_what_anybody_may_import_imports_nothing_above_it(code):
    for name in GROUND:
        assert set(code.own(name)) <= set(GROUND)


def every_import(path: Path):
    """Of functions and for type checkers, too."""
    for node in ast.walk(ast.parse(path.read_text(encoding='utf-8'))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module


def test_the_core_is_torch_alone():
    paths = sorted((ROOT / PACKAGE / 'core').glob('**/*.py'))
    assert len(paths) > 20
    for path in paths:
        for name in every_import(path):
            assert name.partition('.')[0] not in HOSTS, f'{path.name} imports {name}'
            if name.startswith(PACKAGE):
                allowed = ('core', *filter(None, GROUND))
                assert name.split('.')[1] in allowed, f'{path.name} imports {name}'


def test_judging_needs_no_networks_and_learning_no_judges(code):
    between = {pair for pair, imports in code.between.items() if set(imports) - set(UPWARD)}
    for judge in ('metrics', 'reports'):
        (layer,) = (layer for layer in LAYERS if layer.name == judge)
        assert 'torch' not in code.packages(layer)
        assert not between & {(judge, 'synthesizer'), (judge, 'columns'), (judge, 'core')}
        assert ('synthesizer', judge) not in between


def test_imports_of_functions_and_of_type_checkers_do_not_count():
    source = """
import numpy as np
from typing import TYPE_CHECKING
if TYPE_CHECKING:
    import pandas
else:
    import torch.nn
try:
    from package.inner import thing
except ImportError:
    import other
class Some:
    import within
    def method(self):
        import later
"""
    found = imported_by(source, ['package', 'package.inner'])
    told = {'numpy', 'typing', 'torch', 'package.inner', 'other', 'within'}
    assert found == told
    found = imported_by('from package import inner', ['package.inner'])
    assert found == {'package.inner'}


def test_arrows_that_follow_from_others_are_left_out_and_circles_are_found():
    made = Architecture(
        {
            'core.a': frozenset({'torch'}),
            'plugins.b': frozenset({'.core.a'}),
            'metrics.c': frozenset({'.plugins.b', '.core.a'}),
            'reports.d': frozenset({'.metrics.c', '.reports.e'}),
            'reports.e': frozenset({'.reports.d'}),
        }
    )
    assert made.arrows() == [
        ('metrics', 'plug-ins'),
        ('plug-ins', 'core'),
        ('reports', 'metrics'),
    ]
    assert made.circles() == ['reports.d', 'reports.e']
    assert made.upward() == set()
    told = re.sub(r'\s+', ' ', diagram(made))
    assert 'core (1 module)' in told
