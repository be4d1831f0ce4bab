"""What README and examples show runs as written."""

import re
import runpy
import warnings
from pathlib import Path

import pytest
from conftest import small_synthesizer

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted((ROOT / 'examples').glob('[0-9]*.py'))


@pytest.fixture(autouse=True)
def _as_for_a_user():
    with warnings.catch_warnings():
        warnings.simplefilter('default')
        yield


def test_the_python_of_the_readme_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r'```python\n(.*?)```', (ROOT / 'README.md').read_text(), re.DOTALL)
    assert blocks
    names: dict = {}  # a reader goes from one block to the next
    for block in blocks:
        exec(compile(block, 'README.md', 'exec'), names)


def test_the_python_about_tables_in_parts_runs(tmp_path, monkeypatch, loan_tables):
    pytest.importorskip('pyarrow')
    monkeypatch.chdir(tmp_path)
    page = (ROOT / 'docs' / 'large-data.md').read_text()
    section = page.split('## Sample more than memory holds')[1].split('\n## ')[0]
    blocks = re.findall(r'```python\n(.*?)```', section, re.DOTALL)
    real, *_, metadata = loan_tables
    names: dict = {'synthesizer': small_synthesizer(metadata, target_column='approved')}
    names['synthesizer'].fit({'loans': real})
    for block in blocks:
        exec(compile(block, 'large-data.md', 'exec'), names)
    assert len(names['rows']) == 1000
    assert names['third']['loans'].equals(names['rows'])
    assert len(names['made'].files) == 3


@pytest.mark.parametrize('path', EXAMPLES, ids=lambda path: path.stem)
def test_an_example_runs(path, capsys):
    runpy.run_path(str(path), run_name='__main__')
    assert capsys.readouterr().out


def test_every_file_that_the_documents_point_to_is_there():
    examples = (ROOT / 'examples').glob('*.md')
    for page in [ROOT / 'README.md', *examples, *(ROOT / 'docs').glob('**/*.md')]:
        for link in re.findall(r'\]\((?!https?:|#)([^)#]+)', page.read_text()):
            assert (page.parent / link).exists(), f'{page.name} points to {link}'


def test_every_command_of_the_makefile_is_described():
    makefile = (ROOT / 'Makefile').read_text()
    targets = re.findall(r'^([a-z-]+):', makefile, re.MULTILINE)
    described = re.findall(r'^([a-z-]+):.*##', makefile, re.MULTILINE)
    assert set(targets) == set(described)


def test_the_python_about_fitting_large_tables_runs(tmp_path, monkeypatch):
    pytest.importorskip('distributed')
    monkeypatch.chdir(tmp_path)
    page = (ROOT / 'docs' / 'large-data.md').read_text()
    section = page.split('## Fit a table larger than memory')[1].split('\n## ')[0]
    blocks = re.findall(r'```python\n(.*?)```', section, re.DOTALL)
    assert blocks
    names: dict = {}
    for block in blocks:
        exec(compile(block, 'large-data.md', 'exec'), names)
    assert len(names['synthesizer'].sample(7)[names['name']]) == 7
