"""A release, rehearsed: source archive and wheel are built, and the wheel works by itself."""

import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from email.parser import Parser
from importlib.metadata import distribution
from pathlib import Path

import pytest
from clean_venv import CleanVenv
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

import sdv_fair4free

pytest.importorskip('build')
pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
NEEDED = ('README.md', 'LICENSE', 'pyproject.toml', 'sdv_fair4free')
"""What a build reads."""

WORK = """
from sdv_fair4free import Fair4FreeSynthesizer, StudentConfig, TeacherConfig, TrainingConfig
from sdv_fair4free.datasets import simulate_loans

data, metadata = simulate_loans(num_rows=400)
tiny = TrainingConfig(epochs=1, width=16, depth=1)
synthesizer = Fair4FreeSynthesizer(
    metadata,
    sensitive_columns=['sex'],
    target_column='approved',
    teacher=TeacherConfig(representation=tiny, decoder=tiny),
    student=StudentConfig(training=tiny, pool=1024),
)
synthesizer.fit({'loans': data})
print(len(synthesizer.sample(7)['loans']))
"""
PLACED = """
from sdv.evaluation import evaluate_fairness
from sdv.single_table import Fair4FreeSynthesizer
from sdmetrics.single_table import DemographicParityRatio
from rdt.transformers import QuantileTokenizer
import sdv_fair4free
print(sdv_fair4free.__file__)
"""
TYPED = """
from sdv_fair4free import Fair4FreeSynthesizer, TrainingConfig
reveal_type(TrainingConfig(epochs=3).epochs)
Fair4FreeSynthesizer(None, fairness_strength='much')
"""

OTHERS = ('dask', 'numpy', 'pandas', 'plotly', 'pydantic', 'scipy', 'torch')
"""Packages whose types take long to read and are not asked about."""


@pytest.fixture(scope='module')
def built(tmp_path_factory):
    """The folder with both archives; built from a copy, since a build leaves folders behind."""
    place = tmp_path_factory.mktemp('release')
    source = place / 'source'
    source.mkdir()
    for name in NEEDED:
        path = ROOT / name
        if path.is_dir():
            shutil.copytree(path, source / name, ignore=shutil.ignore_patterns('__pycache__'))
        else:
            shutil.copy(path, source / name)
    made = subprocess.run(
        [
            sys.executable,
            '-m',
            'build',
            '--no-isolation',
            '--sdist',
            '--wheel',
            '-o',
            place,
            source,
        ],
        capture_output=True,
        text=True,
        check=False,
        cwd=place,
    )
    assert made.returncode == 0, made.stdout + made.stderr
    return place


@pytest.fixture(scope='module')
def wheel(built):
    (path,) = built.glob('*.whl')
    return path


@pytest.fixture(scope='module')
def described(wheel):
    """What the wheel says of itself."""
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (each for each in archive.namelist() if each.endswith('.dist-info/METADATA'))
        return Parser().parsestr(archive.read(name).decode())


@pytest.fixture(scope='module')
def environment(built, wheel):
    made = CleanVenv(built / 'venv')
    made.install(wheel)
    return made


def modules():
    return {str(path.relative_to(ROOT)) for path in (ROOT / 'sdv_fair4free').glob('**/*.py')}


def test_the_wheel_holds_every_module_the_licence_and_types_and_nothing_else(wheel, described):
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    packaged = {name for name in names if '.dist-info/' not in name}
    assert packaged == modules() | {'sdv_fair4free/py.typed'}
    assert any(name.endswith('.dist-info/licenses/LICENSE') for name in names)
    assert described['Version'] == sdv_fair4free.__version__
    assert described['License-Expression'] == 'MIT'
    assert '# sdv-fair4free' in described.get_payload()  # the README


def asked(requirements, extras=()):
    """Those of some requirements that count here, with these extras or without any."""
    told = [Requirement(each) for each in requirements or ()]
    places = [{'extra': extra} for extra in (*extras, '')]
    return [each for each in told if not each.marker or any(map(each.marker.evaluate, places))]


def unmet(described, extras):
    """Requirements of a wheel, and of all that it brings along, that what is installed fails."""
    found, seen = [], set()
    waiting = asked(described.get_all('Requires-Dist'), extras)
    while waiting:
        needed = waiting.pop()
        if str(needed) in seen:
            continue
        seen.add(str(needed))
        if canonicalize_name(needed.name) == described['Name']:
            waiting += asked(described.get_all('Requires-Dist'), needed.extras)
            continue
        there = distribution(needed.name)
        if not needed.specifier.contains(there.version, prereleases=True):
            found.append(f'{needed}, and {there.version} is installed')
        waiting += asked(there.requires, needed.extras)
    assert len(seen) > 15
    return found


def test_what_the_wheel_asks_for_is_what_is_installed(described):
    extras = described.get_all('Provides-Extra')
    assert {'images', 'parquet', 'distributed', 'docs', 'dev'} <= set(extras)
    assert unmet(described, ()) == []
    assert unmet(described, ['dev']) == []  # of which all others are part


def test_a_requirement_that_nothing_installed_meets_is_found():
    told = Parser().parsestr(
        'Name: sdv-fair4free\n'
        + 'Requires-Dist: sdv>=2\nRequires-Dist: numpy<1\n'
        + 'Requires-Dist: pandas<1; extra == "old"\n'
    )
    (found,) = unmet(told, ())
    assert found.startswith('numpy<1, and ')
    assert len(unmet(told, ['old'])) == 2


def pinned(name):
    """The versions that a file of constraints names, by package."""
    lines = (ROOT / name).read_text(encoding='utf-8').splitlines()
    told = [Requirement(line) for line in lines if line and not line.startswith('#')]
    return {
        canonicalize_name(each.name): Version(next(iter(each.specifier)).version) for each in told
    }


def test_the_tested_set_and_the_lowest_versions_are_what_the_wheel_allows(described):
    newest, lowest = pinned('constraints.txt'), pinned('constraints-minimum.txt')
    everything = described.get_all('Requires-Dist')
    ours = described['Name']
    for needed in asked(everything, ['images', 'distributed', 'parquet', 'docs', 'dev']):
        name = canonicalize_name(needed.name)
        if name != ours:
            assert needed.specifier.contains(newest[name]), f'{needed} in constraints.txt'
    for needed in asked(everything, ['images', 'parquet']):
        name = canonicalize_name(needed.name)
        (least,) = (Version(each.version) for each in needed.specifier if each.operator == '>=')
        assert needed.specifier.contains(lowest[name]), f'{needed} in constraints-minimum.txt'
        if name != 'torch':  # the file says why
            assert lowest[name] == least, f'{needed} in constraints-minimum.txt'


def test_once_there_is_an_address_no_link_of_the_description_needs_the_repository(described):
    # The page of an index shows the README alone: what it points to beside it is not there.
    links = re.findall(r'\]\((?!https?:|#)([^)\s]+)', described.get_payload())
    if described.get_all('Project-URL') is None:
        assert links, 'nothing is left to do: CONTRIBUTING.md, Release, need not speak of it'
    else:
        assert links == [], 'make them absolute: CONTRIBUTING.md, Release'


def test_the_source_archive_holds_what_a_build_needs(built):
    (path,) = built.glob('*.tar.gz')
    with tarfile.open(path) as archive:
        names = {name.partition('/')[2] for name in archive.getnames()}
    assert modules() <= names
    assert {'README.md', 'LICENSE', 'pyproject.toml', 'sdv_fair4free/py.typed'} <= names


def test_the_wheel_itself_is_what_runs_and_it_places_its_classes(environment, built):
    told = environment.run('-c', PLACED, folder=built, PYTHONPATH='').split()[-1]
    assert Path(told).is_relative_to(built / 'venv')


def test_the_command_of_the_wheel_tells_its_version(environment, built):
    told = environment.run('-m', 'sdv_fair4free', '--version', folder=built, PYTHONPATH='')
    assert told.split()[-1] == sdv_fair4free.__version__
    script = environment.python.with_name('sdv-fair4free')
    assert script.exists() or script.with_suffix('.exe').exists()


def test_the_wheel_fits_and_samples(environment, built):
    assert environment.run('-c', WORK, folder=built, PYTHONPATH='').split()[-1] == '7'


def test_type_checkers_see_the_types_of_the_wheel(environment, built):
    pytest.importorskip('mypy')
    script = built / 'user.py'
    script.write_text(TYPED)
    settings = built / 'mypy.ini'
    sections = (f'[mypy-{name}.*]\nfollow_imports = skip\n' for name in OTHERS)
    settings.write_text('[mypy]\nstrict = true\n' + ''.join(sections))
    checked = subprocess.run(
        [
            *[sys.executable, '-m', 'mypy', '--config-file', settings, '--cache-dir', os.devnull],
            *['--python-executable', environment.python, script],
        ],
        capture_output=True,
        text=True,
        check=False,
        cwd=built,
        env={key: value for key, value in os.environ.items() if key != 'PYTHONPATH'},
    )
    told = checked.stdout
    assert 'Revealed type is "int"' in told or 'Revealed type is "builtins.int"' in told, told
    assert 'incompatible type "str"; expected "float"' in told, told
    assert 'Found 1 error' in told, told
