"""The documentation site builds strictly, needs no network, names everything, and runs."""

import argparse
import os
import re
import subprocess
import sys
import warnings
from html.parser import HTMLParser
from pathlib import Path

import pytest

import sdv_fair4free
from sdv_fair4free import metrics
from sdv_fair4free.command.parser import build_parser
from sdv_fair4free.plugins import Hooks, manager

pytest.importorskip('mkdocs')
pytest.importorskip('material')
pytest.importorskip('mkdocstrings_handlers.python')

ROOT = Path(__file__).parents[2]
DOCS = ROOT / 'docs'
RUN = ['start.md', 'migrating.md', 'plug-ins.md', 'reference/settings.md', 'reference/metrics.md']
ELSEWHERE = re.compile(r'\s*(?:https?:)?//', re.IGNORECASE)
HOOKS = [name for name in vars(Hooks) if not name.startswith('_')]


@pytest.fixture(scope='module')
def site(tmp_path_factory):
    place = tmp_path_factory.mktemp('site')
    built = subprocess.run(
        [sys.executable, '-m', 'mkdocs', 'build', '--strict', '--site-dir', str(place)],
        cwd=ROOT,
        env={**os.environ, 'NO_MKDOCS_2_WARNING': '1'},
        capture_output=True,
        text=True,
    )
    assert built.returncode == 0, built.stderr
    return place


class Loaded(HTMLParser):
    """What a page has a browser load, and the anchors that can be pointed to."""

    def __init__(self, page):
        super().__init__()
        self.loaded, self.anchors = [], set()
        self._in_style = False
        self.feed(page.read_text(encoding='utf-8'))

    def handle_starttag(self, tag, attrs):
        told = dict(attrs)
        self.anchors.add(told.get('id'))
        names = ['src', 'srcset', 'poster', 'data'] + (['href'] if tag == 'link' else [])
        self.loaded += [told[name] for name in names if told.get(name)]
        self.loaded += loaded_by_styles(told.get('style') or '')
        self._in_style = tag == 'style'

    def handle_data(self, data):
        if self._in_style:
            self.loaded += loaded_by_styles(data)

    def handle_endtag(self, tag):
        self._in_style = False


def loaded_by_styles(text):
    found = re.findall(r'url\(\s*["\']?([^"\')]+)', text)
    return found + re.findall(r'@import\s+["\']([^"\']+)', text)


def anchors(site, folder='reference'):
    return set().union(*(Loaded(page).anchors for page in (site / folder).glob('*.html')))


def blocks_of(page):
    return re.findall(r'```python\n(.*?)```', (DOCS / page).read_text(), re.DOTALL)


def test_every_page_is_in_the_site(site):
    pages = {page.relative_to(DOCS).with_suffix('.html') for page in DOCS.glob('**/*.md')}
    built = {page.relative_to(site) for page in site.glob('**/*.html')}
    assert built - {Path('404.html')} == pages
    assert not [*site.glob('**/*.py')]


def test_no_page_loads_anything_from_elsewhere(site):
    pages = [*site.glob('**/*.html')]
    assert pages
    for page in pages:
        far = [url for url in Loaded(page).loaded if ELSEWHERE.match(url)]
        assert not far, f'{page.name} loads {far}'
    for sheet in site.glob('**/*.css'):
        far = [url for url in loaded_by_styles(sheet.read_text()) if ELSEWHERE.match(url)]
        assert not far, f'{sheet.name} loads {far}'


def test_the_search_works_from_a_file(site):
    # The offline plugin writes the index as a script, and would take the frame from elsewhere.
    assert (site / 'search' / 'search_index.js').exists()
    assert '_site/iframe-worker.js' in (site / 'index.html').read_text()


def test_every_public_name_is_in_the_reference(site):
    known = anchors(site)
    named = [name for name in sdv_fair4free.__all__ if name != '__version__']
    missing = [name for name in named if f'sdv_fair4free.{name}' not in known]
    missing += [name for name in metrics.__all__ if f'sdv_fair4free.metrics.{name}' not in known]
    hooks = 'sdv_fair4free.plugins.hooks.Hooks'
    missing += [name for name in HOOKS if f'{hooks}.{name}' not in known]
    assert not missing
    assert 'sdv_fair4free.__version__' in (site / 'reference' / 'index.html').read_text()


def test_everything_that_is_placed_beside_the_hosts_own_is_in_the_reference(site):
    tomllib = pytest.importorskip('tomllib')  # came with Python 3.11
    told = tomllib.loads((ROOT / 'pyproject.toml').read_text())['project']['entry-points']
    names = {place.partition(':')[2] for group in told.values() for place in group}
    known = {(anchor or '').rpartition('.')[2] for anchor in anchors(site)}
    assert names <= known


def test_every_hook_has_an_example_and_every_action_a_line():
    guide = ''.join(blocks_of('plug-ins.md'))
    assert not [name for name in HOOKS if f'def {name}(' not in guide]
    page = (DOCS / 'reference' / 'command.md').read_text()
    (actions,) = (
        action.choices
        for action in build_parser()._actions
        if isinstance(action, argparse._SubParsersAction)
    )
    assert not [name for name in actions if f'| `{name}` |' not in page]


def table_rows(text):
    """The lines of figures of the first table in a text, by their first cells."""
    table = text[text.index('\n|') :].split('\n\n')[0].strip().splitlines()
    cells = [[cell.strip() for cell in line.strip()[1:-1].split('|')] for line in table[2:]]
    return {first: rest for first, *rest in cells}


def test_the_figures_about_criteria_are_those_of_the_benchmarks():
    def section(page, heading):
        return f'\n{page.read_text()}'.split(f'\n## {heading}\n')[1].split('\n## ')[0]

    shown = section(DOCS / 'criterion.md', 'Shown on Adult')
    of_rows, of_strengths = shown.split('The strength does not lead out of it.')
    adult = table_rows(section(DOCS / 'benchmarks.md', 'Adult, sex'))
    for name, figures in table_rows(of_rows).items():
        _, auc, parity, _, odds, *_ = adult[name]
        assert [auc, parity, odds] == figures, f'{name} in criterion.md'
    assert f'is {adult["Real rows"][9]} of the larger' in of_rows.replace('\n', ' ')
    strengths = table_rows(section(DOCS / 'benchmarks.md', 'One model, any strength'))
    for strength, figures in table_rows(of_strengths).items():
        assert strengths[strength][:3] == figures, f'strength {strength} in criterion.md'
    blind = [
        re.search(r'DPR of ([\d.]+) on', section(DOCS / 'benchmarks.md', heading))[1]
        for heading in ('Adult, sex', 'Adult, race')
    ]
    told = (DOCS / 'criterion.md').read_text().replace('\n', ' ')
    assert f'DPR of {blind[0]} for sex and of {blind[1]} for race' in told


@pytest.fixture
def _no_plugin_stays():
    before = manager().get_plugins()
    yield
    for plugin in manager().get_plugins() - before:
        manager().unregister(plugin)


@pytest.mark.parametrize('page', RUN)
@pytest.mark.usefixtures('_no_plugin_stays')
def test_the_python_of_a_page_runs(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    blocks = blocks_of(page)
    assert blocks
    names: dict = {}  # a reader goes from one block to the next
    with warnings.catch_warnings():
        warnings.simplefilter('default')  # as for a user
        for block in blocks:
            exec(compile(block, page, 'exec'), names)
