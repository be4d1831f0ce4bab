"""The example of a plug-in package, installed into an environment of its own and put to work."""

import json
import shutil
from pathlib import Path

import pytest
from clean_venv import CleanVenv

PACKAGE = Path(__file__).parents[2] / 'examples' / 'plugin_package'

WORK = """
import sys
import warnings
from addresses import addressed_metadata, addressed_table
from tiny import TINY, tiny_synthesizer
from sdv_fair4free import TeacherConfig, evaluate_fairness

real = addressed_table(1200, seed=0)
teacher = TeacherConfig(representation=TINY, decoder=TINY, dependence_penalty='hsic')
synthesizer = tiny_synthesizer(addressed_metadata(), teacher=teacher)
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter('always')
    synthesizer.fit({'hiring': real})
(told,) = [str(w.message) for w in caught if 'Real values may come back' in str(w.message)]
assert "'address' (codec 'coarse addresses' of plug-in 'extras')" in told
made = synthesizer.sample(1200)['hiring']
assert made['address'].str.contains(', Newtown, NT').any()
assert not made['address'].dropna().isin(real['address']).any()
losses = synthesizer.get_loss_values()
assert 'dependence' in set(losses['Term'])
report = evaluate_fairness(
    real, made, addressed_metadata(), 'sex', 'hired',
    include_quality=False, include_privacy=False, bootstrap_samples=20, verbose=False,
)
report.to_html('report.html')
figures = report.get_audit().figures
print(figures.loc[figures['Metric'] == 'Between-group Theil index', 'Value'].to_json())
"""


@pytest.fixture(scope='module')
def environment(tmp_path_factory):
    place = tmp_path_factory.mktemp('clean')
    made = CleanVenv(place / 'venv')
    source = shutil.copytree(PACKAGE, place / 'package')  # a build leaves folders behind
    made.install(source)
    return made


def test_the_package_is_listed_with_its_version(environment, tmp_path):
    told = json.loads(environment.run('-m', 'sdv_fair4free', 'plugins', '--json'))
    listed = told['plugins']
    assert told['problems'] == []
    assert listed['extras'] == {
        'from': 'fair4free-extras 1.0.0',
        'provides': {
            'fairness_metrics': ['Between-group Theil index'],
            'report_sections': ['who-decides'],
            'dependence_penalties': ['hsic'],
            'column_codecs': ['coarse addresses'],
            'watches training': ['on_fit_start', 'on_epoch_end', 'on_fit_end'],
        },
    }


def test_all_that_the_package_adds_does_its_work(environment, tmp_path):
    tests = str(Path(__file__).parents[1])
    runs = tmp_path / 'runs'
    script = f'import sys; sys.path.insert(0, {tests!r})\n{WORK}'
    told = environment.run('-c', script, folder=tmp_path, FAIR4FREE_RUNS=str(runs))
    values = [*json.loads(told.splitlines()[-1]).values()]
    assert len(values) == 2  # of the real rows and of the synthetic ones
    assert all(value >= 0 for value in values)
    page = (tmp_path / 'report.html').read_text(encoding='utf-8')
    assert 'Who decides' in page
    assert 'Between-group Theil index' in page
    logged = [run for run in (runs / 'sdv-fair4free').iterdir() if run.is_dir()]
    stages = {(run / 'params' / 'stage').read_text() for run in logged}
    assert stages == {'representation', 'decoder', 'student'}
    for run in logged:
        assert '\nstatus: 3\n' in (run / 'meta.yaml').read_text()  # finished
        lines = (run / 'metrics' / 'total').read_text().splitlines()
        assert [int(line.split()[2]) for line in lines] == list(range(len(lines)))


def test_a_package_that_cannot_be_loaded_is_named_and_the_others_are_listed(environment, tmp_path):
    broken = tmp_path / 'package'
    (broken / 'broken_extras').mkdir(parents=True)
    (broken / 'broken_extras' / '__init__.py').write_text('import there_is_no_such_module\n')
    (broken / 'pyproject.toml').write_text(
        '[project]\nname = "broken-extras"\nversion = "2.0"\n'
        '[project.entry-points.sdv_fair4free]\nsad = "broken_extras"\n'
    )
    other = CleanVenv(tmp_path / 'venv')
    other.install(broken)
    told = other.run(
        '-c',
        'from sdv_fair4free.command import main; print("code", main(["plugins"]))\n'
        'from sdv_fair4free.plugins import PluginError, manager\n'
        'try: manager()\n'
        'except PluginError as error: print("refused", error)',
    )
    assert 'built in (sdv-fair4free' in told
    assert 'code 2' in told
    assert "refused plug-in 'sad' of broken-extras 2.0 cannot be loaded" in told
    assert 'there_is_no_such_module' in told


def test_hsic_is_that_of_its_definition_and_about_0_for_independent_things():
    import sys

    import torch

    sys.path.insert(0, str(PACKAGE / 'src'))
    try:
        from fair4free_extras.hsic import _kernel, hsic
    finally:
        sys.path.pop(0)
    noise = torch.Generator().manual_seed(0)
    z, s = torch.randn(30, 3, generator=noise), torch.randn(30, 2, generator=noise)
    k, other, n, one = _kernel(z).double(), _kernel(s).double(), 30, torch.ones(30).double()
    told = torch.trace(k @ other)
    told += (one @ k @ one) * (one @ other @ one) / ((n - 1) * (n - 2))
    told -= 2 / (n - 2) * (one @ k @ other @ one)
    assert float(hsic(z, s)) == pytest.approx(float(told / (n * (n - 3))), abs=1e-6)
    far = torch.randn(2000, 3, generator=noise)
    alone = float(hsic(far, torch.randn(2000, 2, generator=noise)))
    tied = float(hsic(far, far[:, :2] + 0.1 * torch.randn(2000, 2, generator=noise)))
    assert abs(alone) < 1e-3 < 0.01 < tied
