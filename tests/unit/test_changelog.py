"""Changelog fragments: those of today can be read, and are gathered at a release."""

import runpy
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TOOL = runpy.run_path(str(ROOT / 'tools' / 'changelog.py'))
OLD = '# Changelog\n\n## 0.2.0 (unreleased)\n\n* One.\n\n## 0.1.0\n\n* Zero.\n'


@pytest.fixture
def folder(tmp_path):
    (tmp_path / 'changelog.d').mkdir()
    (tmp_path / 'changelog.d' / 'README.md').write_text('# How\n')
    (tmp_path / 'CHANGELOG.md').write_text(OLD)
    return tmp_path


def written(folder, **texts):
    for name, text in texts.items():
        (folder / 'changelog.d' / f'{name.replace("_", ".")}.md').write_text(text)


def test_the_fragments_of_today_can_be_read():
    assert TOOL['main'](['--check']) == 0


def test_fragments_join_the_release_under_way_by_kind_and_number(folder):
    long = 'Ten, which is ' + 'very ' * 30 + 'long.\n'
    written(folder, **{'10_added': long, '9_added': 'Nine.\n', '2_fixed': 'Two.\n'})
    assert TOOL['main']([], folder) == 0
    page = (folder / 'CHANGELOG.md').read_text()
    head, rest = page.split('\n## 0.1.0')
    assert head.startswith('# Changelog\n\n## 0.2.0 (unreleased)\n\n* One.\n* Nine.\n* Ten, which')
    assert head.endswith('long.\n* Two.\n')
    assert rest == '\n\n* Zero.\n'
    assert max(map(len, page.splitlines())) <= 100
    assert [path.name for path in (folder / 'changelog.d').iterdir()] == ['README.md']
    assert TOOL['main']([], folder) == 0  # nothing is left to gather
    assert (folder / 'CHANGELOG.md').read_text() == page


def test_to_check_changes_nothing(folder):
    written(folder, **{'1-a_added': 'One.\n', 'b_fixed': 'Two.\n'})
    assert TOOL['main'](['--check'], folder) == 0
    assert (folder / 'CHANGELOG.md').read_text() == OLD
    assert (folder / 'changelog.d' / '1-a.added.md').exists()


def test_all_fragments_that_cannot_be_read_are_named_and_none_is_gathered(folder, capsys):
    written(
        folder, **{'1_added': '* a bullet\n', '2_new': 'Two.\n', '3_fixed': '', '4_added': 'A.\n'}
    )
    assert TOOL['main']([], folder) == 2
    told = capsys.readouterr().err
    for name in ('1.added.md', '2.new.md', '3.fixed.md'):
        assert name in told
    assert '4.added.md' not in told
    assert (folder / 'CHANGELOG.md').read_text() == OLD
