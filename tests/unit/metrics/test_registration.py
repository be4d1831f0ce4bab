"""SDMetrics finds the metrics by itself, whoever is imported first."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from sdv_fair4free import metrics

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope='module')
def installed(tmp_path_factory):
    """What an installation of this folder would tell the loaders, beside the folder itself."""
    tomllib = pytest.importorskip('tomllib')
    project = tomllib.loads((ROOT / 'pyproject.toml').read_text())['project']
    site = tmp_path_factory.mktemp('site')
    info = site / 'sdv_fair4free-0.dist-info'
    info.mkdir()
    (info / 'METADATA').write_text('Metadata-Version: 2.1\nName: sdv-fair4free\nVersion: 0\n')
    lines = []
    for group, points in project['entry-points'].items():
        lines += [f'[{group}]', *(f'{name} = {value}' for name, value in points.items())]
    (info / 'entry_points.txt').write_text('\n'.join(lines))
    return {**os.environ, 'PYTHONPATH': os.pathsep.join([str(site), str(ROOT)])}


@pytest.mark.parametrize('first', ['sdmetrics', 'sdv_fair4free.metrics.parity'])
def test_every_metric_is_importable_from_sdmetrics(installed, first):
    code = (
        f'import {first}, sdmetrics.single_table, sdv_fair4free.metrics as ours\n'
        'for name in ours.__all__:\n'
        '    assert getattr(sdmetrics.single_table, name) is getattr(ours, name), name\n'
    )
    run = subprocess.run(
        [sys.executable, '-c', code], env=installed, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    assert not re.search('Failed to (load|set)', run.stderr), run.stderr


def test_every_metric_is_registered():
    registered = set(
        re.findall(r'"sdmetrics\.single_table:(\w+)"', (ROOT / 'pyproject.toml').read_text())
    )
    assert registered == set(metrics.__all__)
