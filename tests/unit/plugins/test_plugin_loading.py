"""Packages whose plug-in misbehaves while it is loaded: named, and nothing waits for ever."""

import json
import os
import subprocess
import sys

import pytest

ASK = """
from sdv_fair4free.plugins import PluginError, manager
for attempt in range(2):
    try:
        manager()
    except PluginError as error:
        print('refused', error)
"""


def told_of(folder, code, script=ASK, point='early_extras:plugin'):
    """What a process says that finds a package of this code, called early-extras 2.0."""
    (folder / 'early_extras.py').write_text(code)
    info = folder / 'early_extras-2.0.dist-info'
    info.mkdir()
    (info / 'METADATA').write_text('Metadata-Version: 2.1\nName: early-extras\nVersion: 2.0\n')
    (info / 'entry_points.txt').write_text(f'[sdv_fair4free]\nearly = {point}\n')
    path = os.pathsep.join([str(folder), *filter(None, sys.path)])
    done = subprocess.run(
        [sys.executable, '-c', script],
        env={**os.environ, 'PYTHONPATH': path},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return done.stdout


@pytest.mark.parametrize(
    'asks',
    [
        'manager().register(plugin)',
        "provided('fairness_criteria')",
        "names_of('dependence_penalties')",
    ],
)
def test_a_plugin_that_asks_for_plugins_while_it_is_loaded_is_told_so_at_once(tmp_path, asks):
    code = (
        'from sdv_fair4free.plugins import hookimpl, manager, names_of, provided\n'
        'class Early:\n'
        '    @hookimpl\n'
        '    def on_fit_end(self, stage):\n'
        '        """Hear."""\n'
        f'plugin = Early()\n{asks}\n'
    )
    told = told_of(tmp_path, code)
    assert (
        told.count("plug-in 'early' of early-extras 2.0 asks for plug-ins while it is loaded") == 2
    )
    assert 'leave manager().register out' in told


def test_a_plugin_may_import_the_package_and_ask_when_it_is_asked_itself(tmp_path):
    code = (
        'import sdv_fair4free\n'
        'from sdv_fair4free.plugins import hookimpl, names_of\n'
        'class Late:\n'
        '    @hookimpl\n'
        '    def dependence_penalties(self):\n'
        "        return {f'as strict as {name}': print for name in names_of('fairness_criteria')}\n"
        'plugin = Late()\n'
    )
    script = 'from sdv_fair4free.plugins import names_of; print(names_of("dependence_penalties"))'
    assert 'as strict as equalized_odds' in told_of(tmp_path, code, script)


def test_a_package_that_exits_while_it_is_loaded_is_named(tmp_path):
    told = told_of(tmp_path, 'raise SystemExit(3)\n')
    assert "plug-in 'early' of early-extras 2.0 cannot be loaded: SystemExit: 3" in told


def test_a_package_that_answers_nothing_is_named(tmp_path):
    told = told_of(tmp_path, 'class Idle: pass\nplugin = Idle()\n')
    assert "plug-in 'early' of early-extras 2.0 does not fit" in told
    assert 'answers none of the hooks' in told


def test_an_entry_point_that_names_a_class_or_nothing_is_named(tmp_path):
    code = (
        'from sdv_fair4free.plugins import hookimpl\n'
        'class Early:\n'
        '    @hookimpl\n'
        '    def on_fit_end(self, stage):\n'
        '        """Hear."""\n'
    )
    for place, point, told in (
        ('class', 'early_extras:Early', 'is a class: register an instance, Early()'),
        ('nothing', 'early extras', "'early extras', and must name a module, or module:object"),
    ):
        folder = tmp_path / place
        folder.mkdir()
        said = told_of(folder, code, point=point)
        assert said.count("plug-in 'early' of early-extras 2.0") == 2
        assert told in said


def test_what_a_package_prints_is_no_part_of_the_list_and_what_is_broken_is(tmp_path):
    script = (
        'import sys\nfrom sdv_fair4free.command import main\n'
        "sys.exit(0 if main(['plugins', '--json']) == 2 else 1)"
    )
    told = json.loads(told_of(tmp_path, "print('loud')\nplugin = 1 / 0\n", script))
    assert set(told) == {'plugins', 'problems'}
    assert list(told['plugins']) == ['built in']
    (problem,) = told['problems']
    assert "plug-in 'early' of early-extras 2.0 cannot be loaded: ZeroDivisionError" in problem
