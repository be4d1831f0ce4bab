"""The page as a file, and as a real browser draws it on a desk and in a hand."""

import functools
import http.server
import itertools
import json
import re
import shutil
import subprocess
import threading
from html.parser import HTMLParser

import pytest

BROWSER = next(
    filter(None, map(shutil.which, ('chromium', 'chromium-browser', 'google-chrome'))), None
)
QUIET = [
    '--headless',
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
]
# Chromium's own windows are at least 500 pixels wide; a frame may be as narrow as a phone.
FRAME = """<!doctype html><body><script>
addEventListener('message', event => document.body.textContent = event.data)
</script><iframe src="probe.html" style="width:WIDTHpx;height:800px;border:0"></iframe></body>"""
PROBE = """<script>
const errors = []
addEventListener('error', event => errors.push(event.message))
addEventListener('load', () => setTimeout(() => parent.postMessage(JSON.stringify({
  errors,
  inner: innerWidth,
  width: document.documentElement.scrollWidth,
  drawn: [...document.querySelectorAll('figure')].map(
    one => one.querySelectorAll('.barlayer path, .scatterlayer path').length),
  wide: [...document.querySelectorAll('figure svg')].filter(
    one => one.getBoundingClientRect().right > innerWidth).length,
  scores: [...document.querySelectorAll('#summary ~ .table')].map(
    one => one.scrollWidth - one.clientWidth),
}), '*'), 500))
</script>"""


@pytest.fixture(scope='module')
def path(fair_report, biased_report, tmp_path_factory):
    path = tmp_path_factory.mktemp('page') / 'report.html'
    others = {'<Biased & co>': biased_report, 'GaussianCopula': biased_report}
    fair_report.to_html(path, others=others, name='Unbiased')
    return path


@pytest.fixture(scope='module')
def text(path) -> str:
    return path.read_text(encoding='utf-8')


class Page(HTMLParser):
    """What a reader without eyes or network would meet."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.words, self.silent = [], [], False
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self.silent = tag in ('script', 'style')

    def handle_endtag(self, tag):
        self.silent = self.silent and tag not in ('script', 'style')

    def handle_data(self, data):
        if not self.silent:
            self.words.append(data)

    def of(self, *names):
        return [(tag, attributes) for tag, attributes in self.tags if tag in names]


def test_it_loads_nothing_from_elsewhere(text):
    page = Page(text)
    assert page.of('link', 'img', 'iframe', 'object') == []
    assert not any('src' in attributes for _, attributes in page.of('script'))
    assert text.count('plotly.js v') == 1


def test_it_can_be_read_without_eyes(text):
    page = Page(text)
    assert page.of('html') == [('html', {'lang': 'en'})]
    levels = [int(tag[1]) for tag, _ in page.of('h1', 'h2', 'h3', 'h4')]
    assert levels.count(1) == 1
    assert all(below <= above + 1 for above, below in itertools.pairwise(levels))
    pictures = [attributes for _, attributes in page.of('div') if attributes.get('role') == 'img']
    assert len(pictures) == len(page.of('figure')) > 5
    assert all(attributes['aria-label'] for attributes in pictures)
    assert len(page.of('caption')) == len(page.of('table')) > 5
    assert all(attributes.get('scope') in ('col', 'row') for _, attributes in page.of('th'))
    names = [attributes['id'] for _, attributes in page.tags if 'id' in attributes]
    assert len(names) == len(set(names))


def test_it_says_first_what_was_found_and_last_what_is_not_promised(text):
    words = ' '.join(Page(text).words)
    places = [
        words.index(heading)
        for heading in ('In short', 'Utility ', 'Quality ', 'Privacy ', 'What the words mean')
    ]
    assert places == sorted(places)
    for needed in (
        'Overall score',
        'Constant classifier',
        'neither model nor synthesizer has seen',
        'Label Parity',
        'Model Parity',
        'Error Parity',
        'Proxy Leakage',
        'Column shapes',
        'Nearer to train',
        'What this does not promise',
        'train on synthetic, test on real (TSTR)',
        'insufficient data (n = ',
        '<Biased & co>',
    ):
        assert needed in words
    assert not re.search(r'\bnan\b|\bNone\b', words)


@pytest.mark.skipif(BROWSER is None, reason='no Chromium or Chrome to look at the page with')
@pytest.mark.parametrize('width', [1280, 390])
def test_a_browser_draws_every_figure_and_never_scrolls_sideways(text, tmp_path, width):
    (tmp_path / 'probe.html').write_text(text.replace('<head>', f'<head>{PROBE}', 1), 'utf-8')
    (tmp_path / 'frame.html').write_text(FRAME.replace('WIDTH', str(width)), 'utf-8')
    asked = []

    class Handler(http.server.SimpleHTTPRequestHandler):
        def log_message(self, format, *args):
            asked.append(self.path)

    handler = functools.partial(Handler, directory=tmp_path)
    with http.server.ThreadingHTTPServer(('127.0.0.1', 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        command = [
            BROWSER,
            *QUIET,
            f'--user-data-dir={tmp_path / "profile"}',
            '--window-size=1400,900',
            '--virtual-time-budget=20000',
            '--dump-dom',
            f'http://127.0.0.1:{server.server_port}/frame.html',
        ]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
        server.shutdown()
    found = re.search(r'<body>(\{.*\})</body>', done.stdout)
    assert found, done.stderr[-2000:]
    seen = json.loads(found[1])
    assert seen['errors'] == []
    assert seen['inner'] == width
    assert seen['width'] <= width
    assert len(seen['drawn']) == text.count('<figure>')
    assert min(seen['drawn']) > 0
    assert seen['wide'] == 0
    assert seen['scores'] == [0]  # real, three synthesizers and the constant one, all in sight
    assert {path for path in asked if 'favicon' not in path} == {'/frame.html', '/probe.html'}
