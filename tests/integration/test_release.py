"""A release, rehearsed: source archive and wheel are built, and the wheel works by itself."""

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest
from clean_venv import CleanVenv

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
def environment(built, wheel):
    made = CleanVenv(built / 'venv')
    made.install(wheel)
    return made


def modules():
    return {str(path.relative_to(ROOT)) for path in (ROOT / 'sdv_fair4free').glob('**/*.py')}


def test_the_wheel_holds_every_module_the_licence_and_types_and_nothing_else(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        described = next(name for name in names if name.endswith('.dist-info/METADATA'))
        metadata = archive.read(described).decode()
    packaged = {name for name in names if '.dist-info/' not in name}
    assert packaged == modules() | {'sdv_fair4free/py.typed'}
    assert any(name.endswith('.dist-info/licenses/LICENSE') for name in names)
    assert f'\nVersion: {sdv_fair4free.__version__}\n' in metadata
    assert '\nLicense-Expression: MIT\n' in metadata
    assert '# sdv-fair4free' in metadata  # the README


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
