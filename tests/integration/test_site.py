"""The documentation site builds strictly, needs no network, names everything, and runs."""

import argparse
import os
import re
import shlex
import subprocess
import sys
import warnings
from html.parser import HTMLParser
from pathlib import Path

import pytest
from tiny import tiny_synthesizer

import sdv_fair4free
from sdv_fair4free import metrics
from sdv_fair4free.command.parser import build_parser
from sdv_fair4free.core.config import TeacherConfig
from sdv_fair4free.core.generator import CHUNK
from sdv_fair4free.core.noise import BLOCK
from sdv_fair4free.core.training import MOST_STEPS
from sdv_fair4free.core.transport import SMALL_GROUP
from sdv_fair4free.digits import FEWEST, MOST_COLUMNS
from sdv_fair4free.lazy.plan import SAMPLE_ROWS
from sdv_fair4free.lazy.summary import MOST_CATEGORIES
from sdv_fair4free.plugins import Hooks, manager
from sdv_fair4free.split import MOST_LABELS
from sdv_fair4free.table_checks import SMALLEST_GROUP

pytest.importorskip('mkdocs')
pytest.importorskip('material')
pytest.importorskip('mkdocstrings_handlers.python')

ROOT = Path(__file__).parents[2]
DOCS = ROOT / 'docs'
RUN = [
    'index.md',
    'start.md',
    'migrating.md',
    'criterion.md',
    'handover.md',
    'images.md',
    'plug-ins.md',
    'reference/settings.md',
    'reference/metrics.md',
]
RUN_BY_A_TEST_OF_THEIR_OWN = ['reading-the-report.md', 'large-data.md']
RUN_IN_A_SHELL_TOO = ['start.md']
LIMITS = [
    ('large-data.md', '{:,} rows are drawn at random', SAMPLE_ROWS),
    ('large-data.md', 'A table of at most {:,} rows is its own summary', SAMPLE_ROWS),
    ('large-data.md', 'more than {:,} in one column are refused', MOST_CATEGORIES),
    ('large-data.md', 'An epoch has at most {:,} batches', MOST_STEPS),
    ('large-data.md', 'rows are drawn {:,} at a time', CHUNK),
    ('how-it-works.md', 'sensitive categories of at least {:,} rows', SMALL_GROUP),
    ('how-it-works.md', 'exact for groups of at least {:,} rows', SMALL_GROUP),
    ('how-it-works.md', 'A number of {:,} tokens or more is two columns', FEWEST),
    ('how-it-works.md', 'there are {:,} columns at the most', MOST_COLUMNS),
    ('how-it-works.md', 'Above {:,} categories a column becomes two', MOST_LABELS),
    ('how-it-works.md', 'names those of fewer than {:,}, and all', SMALLEST_GROUP),
    ('how-it-works.md', 'all of fewer than {:,} borrow', SMALL_GROUP),
    ('how-it-works.md', 'Over whole blocks of {:,} rows', BLOCK),
    ('faq.md', 'about groups of fewer than {:,} rows', SMALLEST_GROUP),
    ('faq.md', 'All groups of fewer than {:,} borrow', SMALL_GROUP),
    ('why.md', 'Groups of fewer than {:,} rows are', SMALL_GROUP),
    ('reference/errors.md', 'sensitive groups of fewer than {:,} rows', SMALLEST_GROUP),
    ('faq.md', 'a column of more than {:,} categories is told in two steps', MOST_LABELS),
]
INSTALLING = [
    'README.md',
    'docs/start.md',
    'docs/images.md',
    'docs/large-data.md',
    'docs/faq.md',
    'docs/plug-ins.md',
    'examples/plugin_package/README.md',
    'examples/0900_images.py',
    'sdv_fair4free/extras.py',
    'sdv_fair4free/fitting.py',
]
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


def section_of(page, heading):
    return f'\n{(DOCS / page).read_text()}'.split(f'\n## {heading}\n')[1].split('\n## ')[0]


def run_blocks(text, name, shell=False, **names):
    """Run what a text shows, in its order: a reader goes from one block to the next."""
    blocks = re.findall(r'^```(python|sh)\n(.*?)^```', text, re.DOTALL | re.MULTILINE)
    assert blocks
    with warnings.catch_warnings():
        warnings.simplefilter('default')  # as for a user
        for language, block in blocks:
            if language == 'python':
                exec(compile(block, name, 'exec'), names)
            elif shell:
                run_in_a_shell(block)
    return names


def run_in_a_shell(block):
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ['PATH']])
    ran = subprocess.run(
        ['sh', '-e', '-c', block],
        env={**os.environ, 'PATH': path},
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 0, f'{block}\n{ran.stderr}'


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
        _, auc, parity, _, odds, difference, *_ = adult[name]
        assert [auc, parity, odds, difference] == figures, f'{name} in criterion.md'
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


def test_the_readme_says_of_a_small_student_what_was_measured():
    benchmarks = (DOCS / 'benchmarks.md').read_text()
    measured = re.search(
        r'^\| small student: samples .*?\| ([\d.]+) times', benchmarks, re.MULTILINE
    )
    assert round(float(measured[1])) == 2
    assert 'about twice as fast as its teacher' in (ROOT / 'README.md').read_text()


@pytest.fixture
def _no_plugin_stays():
    before = manager().get_plugins()
    yield
    for plugin in manager().get_plugins() - before:
        manager().unregister(plugin)


def test_every_page_that_shows_python_is_run():
    shown = {str(page.relative_to(DOCS)) for page in DOCS.glob('**/*.md') if blocks_of(page)}
    assert shown == {*RUN, *RUN_BY_A_TEST_OF_THEIR_OWN}


@pytest.mark.slow
@pytest.mark.parametrize('page', RUN)
@pytest.mark.usefixtures('_no_plugin_stays')
def test_what_a_page_shows_runs(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text = (DOCS / page).read_text()
    if '\n## Install\n' in text:  # of what is installed already
        text = text.replace(section_of(page, 'Install'), '')
    run_blocks(text, page, shell=page in RUN_IN_A_SHELL_TOO)


@pytest.mark.slow
def test_the_reading_of_a_report_runs_and_is_what_comes_out(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    page = 'reading-the-report.md'
    shown = run_blocks((DOCS / page).read_text(), page)
    real, fair = shown['report'].compare().iloc[:2].to_dict('records')
    assert fair['Overall'] < real['Overall']
    assert fair['Utility Retained'] < real['Utility Retained'] == 1
    assert fair['Fairness'] > real['Fairness']
    assert min(fair['Label Parity'], fair['Model Parity']) > 0.95
    for stays in ('Proxy Leakage', 'Error Parity'):
        assert abs(fair[stays] - real[stays]) < 0.1
    left = shown['report'].get_details('Utility Retained').set_index('Metric')['Score']
    assert left.idxmin() == 'F1'
    assert left.idxmax() == 'AUC'
    assert fair['Utility Retained'] == pytest.approx(left.mean())
    real, fair = shown['fairly'].compare().iloc[:2].to_dict('records')
    assert fair['Overall'] > real['Overall']
    assert {path.name for path in tmp_path.iterdir()} == {'report.html', 'model-parity.html'}


@pytest.mark.slow
@pytest.mark.filterwarnings(
    'ignore::ResourceWarning', 'ignore::pytest.PytestUnraisableExceptionWarning'
)
def test_the_python_about_clusters_runs(tmp_path, monkeypatch, loan_tables):
    pytest.importorskip('distributed')
    monkeypatch.chdir(tmp_path)
    real, *_, metadata = loan_tables
    fitted = tiny_synthesizer(metadata, target_column='approved')  # the page has one by then
    fitted.fit({'loans': real})
    page = 'large-data.md'
    shown = run_blocks(section_of(page, 'Sample on a cluster'), page, synthesizer=fitted)
    assert len(shown['made'].files) == 3
    assert shown['made'].num_rows == 5_000


@pytest.mark.parametrize(('page', 'words', 'limit'), LIMITS)
def test_a_limit_that_a_page_names_is_that_of_the_code(page, words, limit):
    assert words.format(limit) in ' '.join((DOCS / page).read_text().split())


def test_a_page_says_how_many_rows_the_teacher_sees_at_most():
    teacher = TeacherConfig()
    representation, decoder = (
        stage.epochs * MOST_STEPS * stage.batch_size
        for stage in (teacher.representation, teacher.decoder)
    )
    page = ' '.join((DOCS / 'large-data.md').read_text().split())
    assert f'its representation sees {representation:,} rows at most' in page
    assert f'and its decoder {decoder:,}; rows that come again are counted again' in page
    assert 'Of ten million rows that is less than a tenth.' in page
    assert max(representation, decoder) < 10_000_000 / 10


def commands_shown():
    """Every line of a shell that calls the command, and where it is shown."""
    pages = [ROOT / 'README.md', *(ROOT / 'examples').glob('**/*.md'), *DOCS.glob('**/*.md')]
    for page in pages:
        for block in re.findall(r'```sh\n(.*?)```', page.read_text(), re.DOTALL):
            for line in block.replace('\\\n', ' ').splitlines():
                if line.startswith('sdv-fair4free '):
                    yield page.name, line


def test_every_command_that_is_shown_is_understood():
    shown = [*commands_shown()]
    assert shown
    refused = []
    for page, line in shown:
        try:
            build_parser().parse_args(shlex.split(line, comments=True)[1:])
        except SystemExit as ended:
            refused += [] if ended.code == 0 else [f'{page}: {line}']  # 0: it asks for help
    assert not refused


@pytest.mark.parametrize('page', INSTALLING)
def test_pip_is_that_of_the_python_in_use(page):
    calls = re.findall(r'^.*\bpip install.*$', (ROOT / page).read_text(), re.MULTILINE)
    assert calls
    assert not [line for line in calls if 'python -m pip install' not in line]


def test_code_says_how_to_install_in_one_place_and_from_a_clone():
    code = [*(ROOT / 'sdv_fair4free').rglob('*.py'), *(ROOT / 'examples').rglob('*.py')]
    told = {path.relative_to(ROOT).as_posix(): path.read_text() for path in code}
    assert {name for name, text in told.items() if 'pip install' in text} <= {*INSTALLING}
    assert not [name for name, text in told.items() if 'sdv-fair4free[' in text]


def test_every_example_is_in_the_site():
    page = (DOCS / 'examples.md').read_text()
    names = {path.name for path in (ROOT / 'examples').glob('[0-9]*')}
    assert names
    assert set(re.findall(r'`(\d{4}_\w+\.(?:py|ipynb))`', page)) == names


def test_readme_and_site_read_the_licences_alike():
    def licence(page):
        text = page.read_text().split('\n## Licence\n')[1].split('endorsed by DataCebo')[0]
        return re.sub(r'\[(.*?)\]\(.*?\)', r'\1', text).split()

    assert licence(ROOT / 'README.md') == licence(DOCS / 'index.md')
