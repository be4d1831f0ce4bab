"""Pictures from a shell."""

import json
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from conftest import hiring_table, small_synthesizer
from pictured import digits, fitted_pictures

from sdv_fair4free.command import main
from sdv_fair4free.handover.inventory import inspect_file
from sdv_fair4free.images.files import read_images, write_images


@pytest.fixture(scope='module')
def fitted():
    return fitted_pictures(digits(200))


@pytest.fixture
def here(fitted, tmp_path, monkeypatch):
    """A folder with a saved synthesizer of pictures."""
    monkeypatch.chdir(tmp_path)
    fitted.save('model.pkl')
    return tmp_path


SAMPLE = ['sample', '--rows', '12', '--model']


def test_from_a_saved_synthesizer_to_pictures_without_the_data(here, fitted, capsys):
    assert main(['export', '--model', 'model.pkl', '--teacher', '--output', 'a.teacher']) == 0
    (here / 'model.pkl').unlink()
    distill = ['distill', '--model', 'a.teacher', '--output', 'a.student', '--quiet']
    assert main([*distill, '--epochs', '1', '--seed', '4']) == 0
    assert main([*SAMPLE, 'a.student', '--output', 'made']) == 0
    told = capsys.readouterr().err
    assert 'Wrote 12 synthetic pictures to made' in told
    table = pd.read_csv('made/metadata.csv')
    assert list(table) == ['file_name', 'high', 'color']
    assert read_images(table['file_name'], folder='made').shape == (12, 8, 8, 3)
    assert {name.split('/')[0] for name in table['file_name']} <= {'True', 'False'}
    assert main([*SAMPLE, 'a.teacher', '--output', 'others', '--strength', '0', '--quiet']) == 0
    assert capsys.readouterr().err == ''
    assert inspect_file('a.student').manifest.picture is not None


def test_what_is_drawn_is_what_python_draws(here, fitted):
    assert main([*SAMPLE, 'model.pkl', '--output', 'made', '--quiet']) == 0
    fitted.reset_sampling()
    expected = fitted.sample(12)
    table = pd.read_csv('made/metadata.csv')
    assert (read_images(table['file_name'], folder='made') == expected.images).all()
    assert (table['color'] == expected.table['color']).all()


def test_a_folder_that_is_empty_is_taken_and_others_are_refused(here, capsys):
    (here / 'empty').mkdir()
    assert main([*SAMPLE, 'model.pkl', '--output', 'empty']) == 0
    capsys.readouterr()
    for output, words in (
        ('empty', 'is not empty'),
        ('model.pkl', 'is a file'),
        ('no/where', 'does not exist'),
    ):
        assert main([*SAMPLE, 'model.pkl', '--output', output]) == 2
        told = capsys.readouterr().err
        assert words in told
        assert 'Traceback' not in told
    assert len([*(here / 'empty').rglob('*.png')]) == 12
    assert not (here / 'no').exists()


def test_tables_are_written_as_before(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    synthesizer = small_synthesizer(epochs=1)
    synthesizer.fit({'hiring': hiring_table(200)})
    synthesizer.save('model.pkl')
    assert main([*SAMPLE, 'model.pkl', '--output', 'a.csv']) == 0
    assert list(pd.read_csv('a.csv')) == list(hiring_table(5))
    (tmp_path / 'folder').mkdir()
    assert main([*SAMPLE, 'model.pkl', '--output', 'folder']) == 2
    assert 'is a folder; name a file' in capsys.readouterr().err


def test_without_pillow_it_is_said_how_to_get_it(here):
    script = (
        'import sys\n'
        'sys.modules["PIL"] = None\n'
        'from sdv_fair4free.command import main\n'
        'sys.exit(main(sys.argv[1:]))'
    )
    told = subprocess.run(
        [sys.executable, '-c', script, *SAMPLE, 'model.pkl', '--output', 'made'],
        check=False,
        capture_output=True,
        text=True,
    )
    assert told.returncode == 2
    assert "python -m pip install '.[images]' in a clone" in told.stderr
    assert 'Traceback' not in told.stderr
    assert not (here / 'made').exists()


def test_evidence_is_measured_from_folders_of_pictures(here, capsys):
    for name, start in (('train', 0), ('holdout', 400)):
        written = write_images(here / name, digits(200, start=start))
        table = written.rename(columns={'file_name': 'image'})
        table.to_csv(here / name / 'table.csv', index=False)
    export = ['export', '--model', 'model.pkl', '--output', 'a.student', '--quiet']
    given = ['--data', 'train/table.csv', '--holdout', 'holdout/table.csv']
    assert main([*export, *given]) == 0
    evidence = inspect_file('a.student').manifest.evidence
    assert evidence['pictures']['rows'] == 200
    (here / 'holdout' / '000003.png').unlink()
    assert main([*export[:4], 'b.student', *given]) == 2
    told = capsys.readouterr().err
    assert 'missing' in told
    assert 'Traceback' not in told
    assert not (here / 'b.student').exists()


def test_an_inventory_and_a_card_speak_of_pictures(here, capsys):
    main(['export', '--model', 'model.pkl', '--output', 'a.student', '--quiet'])
    capsys.readouterr()
    assert main(['inspect', 'a.student']) == 0
    assert 'It paints pictures of 8 x 8 pixels' in capsys.readouterr().out
    assert main(['inspect', 'a.student', '--json']) == 0
    names = {item['name'] for item in json.loads(capsys.readouterr().out)['items']}
    assert {'picture.channels', 'painter.last.weight'} <= names
    assert main(['card', 'a.student', '--output', 'card.md']) == 0
    assert 'paints a picture' in (here / 'card.md').read_text()


def test_a_file_of_pictures_is_inspected_where_torch_and_sdv_are_not(here):
    main(['export', '--model', 'model.pkl', '--output', 'a.student', '--quiet'])
    script = (
        'import sys\n'
        'for name in ("torch", "sdv", "rdt", "ctgan", "PIL"): sys.modules[name] = None\n'
        'from sdv_fair4free.command import main\n'
        'sys.exit(main(["inspect", "a.student"]))'
    )
    told = subprocess.run(
        [sys.executable, '-c', script], check=True, capture_output=True, text=True
    ).stdout
    assert 'It paints pictures' in told


def test_a_damaged_file_is_one_sentence(here, capsys):
    main(['export', '--model', 'model.pkl', '--output', 'a.student', '--quiet'])
    raw = np.frombuffer((here / 'a.student').read_bytes(), np.uint8).copy()
    raw[len(raw) // 2] ^= 1
    (here / 'a.student').write_bytes(raw.tobytes())
    capsys.readouterr()
    assert main([*SAMPLE, 'a.student', '--output', 'made']) == 2
    told = capsys.readouterr().err
    assert 'damaged' in told
    assert 'Traceback' not in told
    assert not (here / 'made').exists()
