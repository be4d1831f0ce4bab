import pandas as pd
import pytest

from sdv_fair4free.command import main
from sdv_fair4free.datasets import simulate_loans

REPORT = ['report', '--real', 'train.csv', '--synthetic', 'fair.csv', '--validation', 'test.csv']
REPORT += ['--sensitive', 'sex', '--target', 'approved', '--favourable', 'yes']


@pytest.fixture(scope='module')
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp('user')
    real, metadata = simulate_loans(900)
    fair, _ = simulate_loans(600, bias=0.0, random_state=1)
    real[:600].to_csv(folder / 'train.csv', index=False)
    real[600:].to_csv(folder / 'test.csv', index=False)
    fair.to_csv(folder / 'fair.csv', index=False)
    fair.drop(columns='approved').to_csv(folder / 'untold.csv', index=False)
    fair.assign(approved='no').to_csv(folder / 'no.csv', index=False)
    metadata.update_column(
        'application_date', 'loans', sdtype='datetime', datetime_format='%Y-%m-%d'
    )
    metadata.save_to_json(folder / 'loans.json')
    return folder


@pytest.fixture
def here(folder, monkeypatch):
    monkeypatch.chdir(folder)
    return folder


def test_it_judges_csv_files_and_writes_page_and_text(here, capsys):
    command = [*REPORT, '--html', 'page.html', '--markdown', 'page.md', '--name', 'Fair']
    assert main([*command, '--metadata', 'loans.json', '--compare', 'Same=fair.csv']) == 0
    said = capsys.readouterr()
    assert 'Wrote page.html' in said.err
    assert 'Constant classifier' in said.out
    assert 'Generating' not in said.out
    assert '<html lang="en">' in (here / 'page.html').read_text(encoding='utf-8')
    assert '| Fair | Same |' in (here / 'page.md').read_text(encoding='utf-8')


def test_models_may_be_denied_a_column(here, capsys):
    command = [*REPORT, '--metadata', 'loans.json', '--html', 'blind.html']
    assert main([*command, '--withhold', 'sex,region', '--withhold', 'age']) == 0
    page = (here / 'blind.html').read_text(encoding='utf-8')
    assert 'The models were not given <b>sex, region, age</b>.' in page
    assert main([*command, '--withhold', 'approved']) == 2
    assert "withheld column 'approved' is the target" in capsys.readouterr().err


def test_quiet_says_nothing_and_metadata_may_be_missing(here, capfd):
    command = [*REPORT, '--quiet', '--markdown', 'quiet.md']
    assert main(command) == 0
    assert capfd.readouterr() == ('', '')
    assert 'Demographic parity ratio' in (here / 'quiet.md').read_text(encoding='utf-8')


def test_a_number_may_be_the_outcome_and_a_label_may_be_0_and_1(here, capsys):
    for name in ('train', 'test', 'fair'):
        table = pd.read_csv(f'{name}.csv')
        table['approved'] = (table['approved'] == 'yes').astype(int)
        table.to_csv(f'{name}_01.csv', index=False)
    files = ['--real', 'train_01.csv', '--synthetic', 'fair_01.csv', '--validation', 'test_01.csv']
    ask = ['report', *files, '--sensitive', 'sex', '--target']
    assert main([*ask, 'approved', '--favourable', '1']) == 0
    assert 'decides favourably' in capsys.readouterr().out
    assert main([*ask, 'income']) == 0
    assert 'predicts on average' in capsys.readouterr().out


BAD = {
    'real file missing': (['--real', 'nowhere.csv'], 'nowhere.csv: No such file'),
    'target missing in synthetic': (['--synthetic', 'untold.csv'], "no column 'approved'"),
    'no favourable row': (['--synthetic', 'no.csv'], 'approved'),
    'validation is train': (['--validation', 'train.csv'], 'same rows'),
    'sensitive column unknown': (['--sensitive', 'gender'], "no column 'gender'"),
    'favourable value unknown': (['--favourable', 'maybe'], "no value 'maybe'"),
    'target is sensitive': (['--target', 'sex', '--favourable', 'male'], 'sex'),
    'output folder missing': (['--html', 'nowhere/page.html'], 'does not exist'),
    'one name twice': (['--compare', 'Synthetic=fair.csv'], 'a name of its own'),
    'name of another row': (['--name', 'Real'], "'Real' is the name of another row"),
    'comparison with the name of another row': (
        ['--compare', 'Constant classifier=fair.csv'],
        'is the name of another row',
    ),
    'one output twice': (['--html', './new.md'], '--markdown new.md is also --html'),
    'output that is read': (['--html', 'fair.csv'], 'is also a file to read'),
    'comparison without a name': (['--compare', 'fair.csv'], 'is not NAME=FILE'),
}


@pytest.mark.parametrize(('change', 'message'), BAD.values(), ids=BAD)
def test_a_bad_request_is_refused_in_a_sentence(here, capsys, change, message):
    assert main([*REPORT, '--quiet', '--markdown', 'new.md', *change]) == 2
    said = capsys.readouterr().err
    assert message in said
    assert 'Traceback' not in said
    assert not (here / 'new.md').exists()


def test_a_blank_cell_beside_codes_changes_no_figure(here, capsys):
    for name in ('train', 'test', 'fair'):
        table = pd.read_csv(f'{name}.csv')
        coded = table.assign(sex=(table['sex'] == 'male').astype(int))
        coded['approved'] = (table['approved'] == 'yes').astype(int)
        coded.to_csv(f'{name}_codes.csv', index=False)
    blank = coded.assign(sex=coded['sex'].astype(float), approved=coded['approved'].astype(float))
    blank.loc[5, ['sex', 'approved']] = None
    blank.to_csv('fair_blank.csv', index=False)
    real = pd.read_csv('train_codes.csv').astype({'approved': float})
    real.loc[7, 'approved'] = None
    real.to_csv('train_codes.csv', index=False)
    files = ['--real', 'train_codes.csv', '--validation', 'test_codes.csv']
    ask = [*REPORT, *files, '--metadata', 'loans.json', '--favourable', '1', '--quiet']
    for name in ('codes', 'blank'):
        files = ['--synthetic', f'fair_{name}.csv', '--markdown', f'{name}.md']
        assert main([*ask, *files]) == 0, capsys.readouterr().err
    pages = {name: (here / f'{name}.md').read_text(encoding='utf-8') for name in ('codes', 'blank')}
    assert "'1.0' as '1'" in pages['blank']
    assert "'1.0' as '1'" not in pages['codes']


def test_help_shows_an_example(capsys):
    assert main(['report', '--help']) == 0
    assert 'example:\n  sdv-fair4free report' in capsys.readouterr().out
