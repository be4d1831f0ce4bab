"""What README and examples show runs as written."""

import os
import re
import runpy
import shutil
import subprocess
import sys
import warnings
from pathlib import Path

import pytest
from conftest import small_synthesizer

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted((ROOT / 'examples').glob('[0-9]*.py'))
LONGEST = 120
"""Seconds that an example may take."""


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


def processor_seconds():
    """Of this process and those it has waited for; others on the same cores do not count."""
    return sum(os.times()[:4])


@pytest.mark.parametrize('path', EXAMPLES, ids=lambda path: path.stem)
def test_an_example_runs_and_is_no_more_than_two_minutes_of_work(path, capsys):
    start = processor_seconds()
    runpy.run_path(str(path), run_name='__main__')
    assert processor_seconds() - start <= LONGEST
    assert capsys.readouterr().out


@pytest.fixture
def made(tmp_path):
    """``make examples`` as it is, of other scripts, with this Python and another limit."""
    if os.name == 'nt' or shutil.which('make') is None:
        pytest.skip('needs make')
    environment = tmp_path / 'venv'
    (environment / 'bin').mkdir(parents=True)
    python = environment / 'bin' / 'python'
    python.write_text(f'#!/bin/sh\nexec {sys.executable!r} "$@"\n')
    python.chmod(0o755)
    (environment / '.installed').touch()  # younger than what it is made of

    def run(limit, **scripts):
        for name, source in scripts.items():
            (tmp_path / f'{name}.py').write_text(source)
        return subprocess.run(
            [
                *['make', '--no-print-directory', 'examples', f'VENV={environment}'],
                *[f'EXAMPLES={tmp_path}/*.py', f'LONGEST={limit}'],
            ],
            cwd=ROOT,
            env={name: value for name, value in os.environ.items() if name != 'MAKEFLAGS'},
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def test_make_examples_names_those_that_take_too_long_after_all_have_run(made):
    done = made(1, a_slow='import time; time.sleep(2.5)', b_quick='print("seen by nobody")')
    assert done.returncode != 0
    assert re.search(r'more than 1 s: \S*a_slow\.py\n', done.stderr)
    assert 'b_quick.py\n' in done.stdout
    assert 'seen by nobody' not in done.stdout


def test_make_examples_stops_at_one_that_fails_and_is_content_with_quick_ones(made):
    assert made(60, quick='print(1)').returncode == 0
    failed = made(60, fails='raise SystemExit(3)', quick='print(1)')
    assert failed.returncode != 0
    assert 'fails.py failed' in failed.stderr
    assert 'quick.py' not in failed.stdout


def test_an_example_may_take_as_long_for_make_as_for_the_tests():
    (told,) = re.findall(r'^LONGEST +\?= (\d+)$', (ROOT / 'Makefile').read_text(), re.MULTILINE)
    assert int(told) == LONGEST


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
