import json
import os
import pickle
import signal
import subprocess
import sys
import threading
from html.parser import HTMLParser

import pandas as pd
import pytest
from tiny import Interrupter, plugged_in

from sdv_fair4free.benchmark.judge import REFERENCES
from sdv_fair4free.command import main
from sdv_fair4free.command.errors import CommandError
from sdv_fair4free.command.files import read_metadata, read_table
from sdv_fair4free.datasets import simulate_loans
from sdv_fair4free.files import replacing

FIT = ['fit', '--data', 'train.csv', '--sensitive', 'sex', '--target', 'approved']


@pytest.fixture(scope='module')
def folder(tmp_path_factory):
    """A folder as a user has it: rows, metadata, a synthesizer fitted to them, and some rubbish."""
    folder = tmp_path_factory.mktemp('user')
    table, metadata = simulate_loans(400)
    table = table.drop(columns='application_date')
    metadata.remove_column('application_date', 'loans')
    table.to_csv(folder / 'train.csv', index=False)
    metadata.save_to_json(folder / 'loans.json')
    description = metadata.to_dict()
    columns = description['tables']['loans']['columns']
    table.replace({'region': {'west': 'mars'}}).to_csv(folder / 'mars.csv', index=False)
    columns['region'] = {'sdtype': 'categorical', 'range_values': list(table['region'].unique())}
    many = [f'quarter {place:03d}' for place in range(len(table))]
    table.assign(region=many).to_csv(folder / 'many.csv', index=False)
    (folder / 'strict.json').write_text(json.dumps(description))
    description['tables']['others'] = {'columns': {'sex': {'sdtype': 'categorical'}}}
    (folder / 'two.json').write_text(json.dumps(description))
    (folder / 'broken.json').write_text('{"tables": ')
    (folder / 'list.json').write_text('[1, 2]')
    (folder / 'empty.csv').write_text('')
    (folder / 'header.csv').write_text('sex,approved\n')
    (folder / 'picture.csv').write_bytes(b'\x89PNG\r\n\xff\xfe\x00\x01')
    (folder / 'text.pkl').write_text('no pickle')
    (folder / 'list.pkl').write_bytes(pickle.dumps([1, 2]))
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        command = [*FIT, '--metadata', 'loans.json', '--output', 'model.pkl', '--quiet']
        assert main(command) == 0
    return folder


@pytest.fixture
def here(folder, monkeypatch):
    monkeypatch.chdir(folder)
    return folder


def test_sampling_writes_as_many_rows_of_the_same_columns(here):
    assert main(['sample', '--model', 'model.pkl', '--rows', '50', '--output', 'rows.csv']) == 0
    rows = pd.read_csv('rows.csv')
    assert len(rows) == 50
    assert set(rows) == set(pd.read_csv('train.csv'))


def test_strength_is_chosen_when_sampling(here):
    command = ['sample', '--model', 'model.pkl', '--rows', '300', '--output']
    assert main([*command, 'unfair.csv', '--strength', '0']) == 0
    assert main([*command, 'fair.csv', '--strength', '1']) == 0
    assert not pd.read_csv('unfair.csv').equals(pd.read_csv('fair.csv'))


def test_a_large_table_goes_into_a_folder_of_parquet(here, capsys):
    pytest.importorskip('pyarrow')
    command = ['sample', '--model', 'model.pkl', '--rows', '50', '--output', 'parts', '--parquet']
    assert main(command) == 0
    assert '1 of them now' in capsys.readouterr().err
    rows = pd.read_parquet('parts')
    assert len(rows) == 50
    assert set(rows) == set(pd.read_csv('train.csv'))
    assert main(command) == 0
    assert '0 of them now' in capsys.readouterr().err
    assert main([*command, '--strength', '0']) == 2
    assert 'fairness_strength is 1.0 there' in capsys.readouterr().err


def test_a_whole_run_leaves_no_other_file(here):
    before = {*os.listdir()}
    assert main(['sample', '--model', 'model.pkl', '--rows', '5', '--output', 'five.csv']) == 0
    assert {*os.listdir()} - before == {'five.csv'}


def test_quiet_says_nothing(here, capfd):
    command = ['sample', '--model', 'model.pkl', '--rows', '5', '--output', 'five.csv']
    assert main([*command, '--quiet']) == 0
    assert capfd.readouterr() == ('', '')


def test_without_metadata_a_group_of_numbers_becomes_a_category(here, capsys):
    table = pd.read_csv('train.csv')
    table['sex'] = (table['sex'] == 'male').astype(int)
    table['approved'] = (table['approved'] == 'yes').astype(int)
    table.to_csv('numbers.csv', index=False)
    command = ['fit', '--data', 'numbers.csv', '--sensitive', 'sex,region', '--target', 'approved']
    command += ['--favourable', '1', '--distillation', 'none', '--output', 'numbers.pkl']
    assert main(command) == 0
    said = capsys.readouterr().err
    assert 'SDV detected' in said
    assert 'strongly recommend' not in said
    assert main(['sample', '--model', 'numbers.pkl', '--rows', '9', '--output', 'n.csv']) == 0
    assert set(pd.read_csv('n.csv')['sex']) <= {0, 1}


BAD_FITS = {
    'data file missing': (['--data', 'nowhere.csv'], 'nowhere.csv: No such file'),
    'data file empty': (['--data', 'empty.csv'], 'empty.csv cannot be read as a CSV'),
    'data file without rows': (['--data', 'header.csv'], 'no rows below its header'),
    'data file is a picture': (['--data', 'picture.csv'], 'picture.csv cannot be read as a CSV'),
    'data file is a folder': (['--data', '.'], 'Is a directory'),
    'sensitive column unknown': (['--sensitive', 'sex,gender'], "no column 'gender'"),
    'target column unknown': (['--target', 'wage'], "no column 'wage'"),
    'too many values for groups': (['--data', 'many.csv', '--sensitive', 'region'], "'region' has"),
    'favourable value unknown': (['--favourable', 'maybe'], "no value 'maybe'"),
    'metadata missing': (['--metadata', 'nowhere.json'], 'nowhere.json: No such file'),
    'metadata not JSON': (['--metadata', 'broken.json'], 'broken.json cannot be read as SDV'),
    'metadata is a list': (['--metadata', 'list.json'], 'list.json cannot be read as SDV'),
    'metadata of two tables': (['--metadata', 'two.json'], 'choose one with --table'),
    'table unknown': (['--metadata', 'two.json', '--table', 'x'], 'choose one with --table'),
    'table of other columns': (['--metadata', 'two.json', '--table', 'others'], 'metadata'),
    'rows against the metadata': (['--metadata', 'strict.json', '--data', 'mars.csv'], 'mars'),
    'output folder missing': (['--output', 'nowhere/model.pkl'], 'does not exist'),
    'output is a folder': (['--output', '.'], 'is a folder'),
    'checkpoint folder is a file': (['--checkpoint-dir', 'train.csv'], 'is a file; name a folder'),
}


@pytest.mark.parametrize(('change', 'message'), BAD_FITS.values(), ids=BAD_FITS)
def test_a_bad_fit_is_refused_in_a_sentence(here, capsys, change, message):
    before = {*os.listdir()}
    assert main([*FIT, '--output', 'new.pkl', '--quiet', *change]) == 2
    said = capsys.readouterr().err
    assert said.startswith('sdv-fair4free fit: ')
    assert message in said
    assert 'Traceback' not in said
    assert {*os.listdir()} == before


BAD_SAMPLES = {
    'model missing': (['--model', 'nowhere.pkl'], 'nowhere.pkl: No such file'),
    'model is no pickle': (['--model', 'text.pkl'], 'text.pkl is not a saved synthesizer'),
    'model is another object': (['--model', 'list.pkl'], 'list.pkl is not a saved synthesizer'),
    'no rows': (['--rows', '0'], 'not a whole number of 1 or more'),
    'rows in words': (['--rows', 'many'], "'many' is not a whole number"),
    'strength too great': (['--strength', '1.5'], 'not between 0'),
    'strength no number': (['--strength', 'nan'], 'not between 0'),
    'output folder missing': (['--output', 'nowhere/rows.csv'], 'does not exist'),
}


@pytest.mark.parametrize(('change', 'message'), BAD_SAMPLES.values(), ids=BAD_SAMPLES)
def test_a_bad_sample_is_refused_in_a_sentence(here, capsys, change, message):
    before = {*os.listdir()}
    command = ['sample', '--model', 'model.pkl', '--rows', '5', '--output', 'new.csv']
    assert main([*command, *change]) == 2
    said = capsys.readouterr().err
    assert message in said
    assert 'Traceback' not in said
    assert {*os.listdir()} == before


BENCHMARK = [
    'benchmark',
    *FIT[1:],
    *('--metadata', 'loans.json', '--synthesizers', 'GaussianCopula'),
]


def test_benchmark_compares_and_goes_on_where_it_ended(here, capsys):
    command = [*BENCHMARK, '--favourable', 'yes', '--folder', 'results', '--quiet']
    assert main([*command, '--csv', 'table.csv', '--html', 'pareto.html']) == 0
    table = pd.read_csv('table.csv').set_index('Synthesizer')
    assert list(table.index) == [*REFERENCES, 'GaussianCopula']
    assert 0.5 < table.loc['GaussianCopula', 'AUC'] < 1
    assert 'GaussianCopula' in capsys.readouterr().out
    assert 'Utility against fairness' in (here / 'pareto.html').read_text()
    kept = {path.name: path.stat().st_mtime_ns for path in (here / 'results').iterdir()}
    assert len(kept) == 2
    assert main(command) == 0
    assert {path.name: path.stat().st_mtime_ns for path in (here / 'results').iterdir()} == kept


def test_benchmark_may_hold_out_other_rows_for_each_seed(here, capsys):
    command = [*BENCHMARK, '--favourable', 'yes', '--seeds', '2', '--new-splits', '--quiet']
    assert main([*command, '--csv', 'table.csv']) == 0
    table = pd.read_csv('table.csv')
    assert table.loc[table['Synthesizer'] == 'Real rows', 'AUC'].nunique() == 2


@pytest.mark.parametrize(
    ('more', 'expected'),
    [
        ([], '--favourable, one of'),
        (['--synthesizers', 'TVEA'], "no synthesizer 'TVEA'"),
        (['--synthesizers', 'DayZ'], "no synthesizer 'DayZ'"),
        (['--favourable', 'yes', '--csv', 'nowhere/table.csv'], 'nowhere'),
        (['--favourable', 'yes', '--new-splits', '--validation', 'train.csv'], '--new-splits'),
    ],
)
def test_benchmark_refuses_what_it_cannot_do(here, capsys, more, expected):
    assert main([*BENCHMARK, *more]) == 2
    assert expected in capsys.readouterr().err


def test_numbers_are_groups_as_they_are(here):
    command = ['fit', '--data', 'train.csv', '--sensitive', 'age', '--target', 'approved']
    assert main([*command, '--metadata', 'loans.json', '--output', 'age.pkl', '--quiet']) == 0


@pytest.mark.parametrize('command', [[], ['fit'], ['sample'], ['dance'], ['demo', '--rows', '10']])
def test_a_command_that_is_not_understood_gives_2(command, capsys):
    assert main(command) == 2
    assert 'usage: sdv-fair4free' in capsys.readouterr().err


@pytest.mark.parametrize('action', ['demo', 'fit', 'sample', 'report', 'benchmark'])
def test_help_shows_an_example(action, capsys):
    assert main([action, '--help']) == 0
    assert f'example:\n  sdv-fair4free {action}' in capsys.readouterr().out


def test_help_warns_of_models_that_are_not_trusted(capsys):
    main(['sample', '--help'])
    assert 'open only files you trust' in capsys.readouterr().out


@pytest.mark.skipif(os.name == 'nt', reason='pipes break otherwise there')
@pytest.mark.parametrize('asked', [['plugins', '--json'], ['--help'], ['sample', '--help']])
@pytest.mark.parametrize('unbuffered', ['', '1'])
def test_whoever_has_read_enough_is_told_nothing_more(asked, unbuffered):
    reader, writer = os.pipe()
    os.close(reader)  # as `head` does when it has its lines
    with os.fdopen(writer, 'wb') as closed:
        done = subprocess.run(
            [sys.executable, '-m', 'sdv_fair4free', *asked],
            env={**os.environ, 'PYTHONUNBUFFERED': unbuffered},
            stdout=closed,
            stderr=subprocess.PIPE,
            timeout=60,
        )
    assert (done.returncode, done.stderr) == (0, b'')


def test_a_pipe_that_breaks_elsewhere_is_told(monkeypatch, capsys):
    def broken(options):
        raise BrokenPipeError(32, 'Broken pipe')

    monkeypatch.setattr('sdv_fair4free.command._action', lambda name: broken)
    assert main(['plugins']) == 2
    assert 'Broken pipe' in capsys.readouterr().err


@pytest.mark.skipif(not hasattr(os, 'mkfifo'), reason='needs a named pipe to wait on')
def test_an_interrupt_gives_130_and_leaves_nothing(here, capsys):
    os.mkfifo('pipe.csv')
    before = {*os.listdir()}
    # Started in the background, a process ignores the interrupt; then this would wait for ever.
    handler = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT)).start()
        assert main([*FIT, '--data', 'pipe.csv', '--output', 'new.pkl']) == 130
    finally:
        signal.signal(signal.SIGINT, handler)
    assert 'interrupted' in capsys.readouterr().err
    assert {*os.listdir()} == before


def test_a_fit_that_was_interrupted_goes_on_by_the_same_command(here, capsys):
    command = [*FIT, '--metadata', 'loans.json', '--output', 'again.pkl', '--quiet']
    command += ['--checkpoint-dir', 'checkpoints']
    with plugged_in(Interrupter(('decoder', 1))) as plugin:
        assert main(command) == 130
        assert not os.path.exists('again.pkl')
        assert 'fair4free-stage-2.pt' in os.listdir('checkpoints')
        assert main([*command, '--seed', '5']) == 2
        assert 'checkpoints holds the checkpoint of another fit' in capsys.readouterr().err
        assert main(command) == 0
    assert plugin.heard.count(('representation', 0)) == 1
    assert os.listdir('checkpoints') == []
    for name in ('model', 'again'):
        assert main(['sample', '--model', f'{name}.pkl', '--rows', '9', '--output', name]) == 0
    assert pd.read_csv('again').equals(pd.read_csv('model'))
    for name in ('model', 'again', 'again.pkl'):
        os.remove(name)
    os.rmdir('checkpoints')


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path):
    old = tmp_path / 'model.pkl'
    old.write_text('old')
    with pytest.raises(ZeroDivisionError), replacing(old) as temporary:  # noqa: PT012
        temporary.write_text('half')
        raise ZeroDivisionError
    assert old.read_text() == 'old'
    assert os.listdir(tmp_path) == ['model.pkl']


def test_text_stays_text_when_the_metadata_say_so(tmp_path):
    path = tmp_path / 'table.csv'
    path.write_text('code,country,wage,flag\n007,NA,NA,True\n,FR,3.5,False\n')
    sdtypes = {'code': 'id', 'country': 'categorical', 'wage': 'numerical', 'flag': 'boolean'}
    columns = {name: {'sdtype': sdtype} for name, sdtype in sdtypes.items()}
    columns['code']['regex_format'] = r'\d{3}'
    table = read_table(path, columns)
    assert table['code'].tolist()[0] == '007'
    assert table['country'].tolist() == ['NA', 'FR']
    assert table.isna().sum().to_dict() == {'code': 1, 'country': 0, 'wage': 1, 'flag': 0}
    assert table['wage'].dtype == float
    assert table['flag'].dtype == bool


def test_one_table_of_several_can_be_chosen(here):
    assert list(read_metadata(here / 'two.json', 'others').tables) == ['others']
    with pytest.raises(CommandError, match='choose one'):
        read_metadata(here / 'two.json', None)


class Page(HTMLParser):
    """What a reader without eyes or network would meet."""

    def __init__(self, text):
        super().__init__()
        self.tags = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def of(self, *names):
        return [(tag, attributes) for tag, attributes in self.tags if tag in names]


def test_the_demo_compares_real_unfair_and_fair_without_a_network(tmp_path, capsys):
    output = tmp_path / 'a' / 'demo'
    assert main(['demo', '--output', str(output), '--rows', '400', '--quiet']) == 0
    said = capsys.readouterr()
    assert 'demo.html' in said.out
    assert said.err == ''

    summary = pd.read_csv(output / 'summary.csv')
    assert summary['table'].unique().tolist() == ['loans', 'student_placements']
    assert summary['trained_on'].tolist() == ['Real', 'Strength 0', 'Strength 1'] * 2
    figures = summary.drop(columns=['table', 'trained_on'])
    assert figures.notna().all(axis=None)
    assert ((figures >= 0) & (figures <= 1)).all(axis=None)
    for name in ['loans', 'student_placements']:
        for strength in (0, 1):
            assert len(pd.read_csv(output / f'{name}_strength_{strength}.csv')) > 100

    page = Page((output / 'demo.html').read_text(encoding='utf-8'))
    assert page.of('html') == [('html', {'lang': 'en'})]
    assert [tag for tag, _ in page.of('h1', 'h2')] == ['h1', 'h2', 'h2', 'h2']
    assert len(page.of('figure')) == 7
    pictures = [attributes for _, attributes in page.of('div') if attributes.get('role') == 'img']
    assert len(pictures) == 7
    assert all(attributes['aria-label'] for attributes in pictures)
    assert page.of('link', 'img', 'iframe') == []
    assert not any('src' in attributes for _, attributes in page.of('script'))
