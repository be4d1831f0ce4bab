"""The notebooks say what their scripts say, and run from the first cell to the last."""

import os
import sys

import pytest
from notebooks import COMMAND, EXAMPLES, SCRIPTS, notebook_of


def test_the_first_three_examples_have_a_notebook_each_and_no_other_has():
    assert len(SCRIPTS) == 3
    expected = [script.with_suffix('.ipynb') for script in SCRIPTS]
    assert sorted(EXAMPLES.glob('*.ipynb')) == expected, f'run: {COMMAND}'


@pytest.mark.parametrize('script', SCRIPTS, ids=lambda script: script.stem)
def test_a_notebook_is_what_its_script_makes(script):
    kept = script.with_suffix('.ipynb').read_text(encoding='utf-8')
    assert kept == notebook_of(script), f'the notebook of {script.name} is old; run: {COMMAND}'


@pytest.fixture
def kernel(tmp_path, monkeypatch):
    """A kernel of this Python and this tree, whatever else is installed."""
    pytest.importorskip('ipykernel')
    pytest.importorskip('nbclient')
    from jupyter_client import AsyncKernelManager
    from jupyter_client.kernelspec import KernelSpec

    class ThisPython(AsyncKernelManager):
        argv = (sys.executable, '-m', 'ipykernel_launcher', '-f', '{connection_file}')
        kernel_spec = KernelSpec(argv=[*argv], display_name='this Python', language='python')

    for name in ('IPYTHONDIR', 'JUPYTER_CONFIG_DIR', 'JUPYTER_DATA_DIR', 'JUPYTER_RUNTIME_DIR'):
        monkeypatch.setenv(name, str(tmp_path / name.lower()))
    places = [str(EXAMPLES.parent), *filter(None, [os.environ.get('PYTHONPATH')])]
    monkeypatch.setenv('PYTHONPATH', os.pathsep.join(places))
    return ThisPython


@pytest.mark.parametrize('script', SCRIPTS, ids=lambda script: script.stem)
def test_a_notebook_runs(script, tmp_path, kernel):
    import nbclient
    import nbformat

    notebook = nbformat.read(script.with_suffix('.ipynb'), as_version=4)
    nbformat.validate(notebook)
    nbclient.NotebookClient(
        notebook,
        timeout=600,
        kernel_manager_class=kernel,
        resources={'metadata': {'path': str(tmp_path)}},
    ).execute()
    printed = {'stdout': '', 'stderr': ''}
    for cell in notebook.cells:
        for output in cell.get('outputs', ()):
            printed[output.get('name', 'stdout')] += output.get('text', '')
    assert printed['stdout']
    assert 'Warning' not in printed['stderr']
