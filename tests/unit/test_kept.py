from pathlib import Path

import pandas as pd
import pytest

import sdv_fair4free
from sdv_fair4free.benchmark import kept
from sdv_fair4free.benchmark.kept import Kept, digest_of

SOURCE = """'''Words.'''
def twice(x):
    # a comment
    return 2 * x
"""


def told_of(source):
    return kept._without_words(source)


def test_words_change_no_figure_and_code_does():
    assert told_of(SOURCE) == told_of(SOURCE.replace('Words', 'Others').replace('a comment', 'one'))
    assert told_of(SOURCE) != told_of(SOURCE.replace('2 * x', '3 * x'))


def test_sources_that_make_or_measure_count_and_those_that_show_do_not(tmp_path, monkeypatch):
    folder = tmp_path / 'package'
    for name in ('core/networks.py', 'benchmark/page.py', 'command/parser.py'):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text('a = 1')
    (folder / '__init__.py').write_text('')
    monkeypatch.setattr(sdv_fair4free, '__file__', str(folder / '__init__.py'))

    def now():
        kept.code.cache_clear()
        return kept.code()

    before = now()
    (folder / 'benchmark/page.py').write_text('a = 2')
    (folder / 'command/parser.py').write_text('a = 2')
    assert now() == before
    (folder / 'core/networks.py').write_text('a = 2')
    assert now() != before
    kept.code.cache_clear()


def test_failures_are_made_anew_and_results_are_not(tmp_path):
    calls = []

    def make(error):
        calls.append(error)
        return [{'AUC': 0.5, 'Error': error}]

    folder = Kept(tmp_path)
    for error in ('broken', None, None):
        rows = folder.or_made(('key', 1), lambda error=error: make(error))
    assert calls == ['broken', None]
    assert rows == [{'AUC': 0.5, 'Error': None}]
    assert [path.suffix for path in Path(tmp_path).iterdir()] == ['.json']
    assert Kept(None).or_made(('key', 1), lambda: make('again'))[0]['Error'] == 'again'


@pytest.mark.parametrize('change', [{'a': [1, 3]}, {'b': [1, 2]}, {'a': [2, 1]}])
def test_a_digest_tells_tables_apart(change):
    table = pd.DataFrame({'a': [1, 2]})
    assert digest_of(table) == digest_of(table.copy())
    assert digest_of(table) != digest_of(pd.DataFrame(change))
