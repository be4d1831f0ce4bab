"""``plugins --quiet`` writes no list, and still tells what is wrong."""

import pytest

from sdv_fair4free.command import main
from sdv_fair4free.plugins import hookimpl, manager


class Clash:
    """Takes a name that is taken."""

    @hookimpl
    def student_networks(self):
        return {'masked': lambda teacher, config, generator: teacher}


@pytest.fixture
def clash():
    plugin = Clash()
    manager().register(plugin, 'clash')
    yield
    manager().unregister(plugin)


def test_nothing_is_written_where_all_can_be_used(capsys):
    assert main(['plugins', '--quiet']) == 0
    assert capsys.readouterr() == ('', '')
    assert main(['plugins']) == 0
    assert 'built in' in capsys.readouterr().out


@pytest.mark.usefixtures('clash')
def test_what_cannot_be_used_is_told_all_the_same(capsys):
    assert main(['plugins', '--quiet']) == 2
    said = capsys.readouterr()
    assert said.out == ''
    assert "'clash'" in said.err


def test_no_list_and_the_list_as_json_are_not_asked_for_at_once(capsys):
    assert main(['plugins', '--quiet', '--json']) == 2
    assert 'not allowed with' in capsys.readouterr().err
