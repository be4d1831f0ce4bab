"""The same hand-over from a shell."""

import json

import pandas as pd
import pytest
from conftest import hiring_table

from sdv_fair4free.command import main
from sdv_fair4free.handover.inventory import inspect_file


@pytest.fixture
def here(fitted, tmp_path, monkeypatch):
    """A folder with a saved synthesizer."""
    monkeypatch.chdir(tmp_path)
    fitted.save('model.pkl')
    return tmp_path


def test_from_a_saved_synthesizer_to_rows_without_the_data(here, capsys):
    assert main(['export', '--model', 'model.pkl', '--teacher', '--output', 'a.teacher']) == 0
    (here / 'model.pkl').unlink()
    distill = ['distill', '--model', 'a.teacher', '--output', 'a.student', '--quiet']
    assert main([*distill, '--size', 'small', '--epochs', '1', '--seed', '4']) == 0
    assert main(['sample', '--model', 'a.student', '--rows', '50', '--output', 'a.csv']) == 0
    rows = pd.read_csv('a.csv')
    assert list(rows) == list(hiring_table(5))
    assert len(rows) == 50
    assert main(['sample', '--model', 'a.teacher', '--rows', '5', '--output', 'b.csv']) == 0
    told = inspect_file('a.student').manifest
    assert told.parameters.student['precision'] == 'half'
    assert told.provenance.parent == inspect_file('a.teacher').file_digest
    assert 'Wrote a.csv' in capsys.readouterr().err


def test_an_inventory_is_listed_as_text_and_in_full(here, capsys):
    main(['export', '--model', 'model.pkl', '--output', 'a.student', '--quiet'])
    capsys.readouterr()
    assert main(['inspect', 'a.student']) == 0
    assert 'knitting' in capsys.readouterr().out
    assert main(['inspect', 'a.student', '--json']) == 0
    listed = json.loads(capsys.readouterr().out)
    assert listed == inspect_file('a.student').to_dict()


def test_a_card_is_written(here, capsys):
    main(['export', '--model', 'model.pkl', '--output', 'a.student'])
    assert main(['card', 'a.student', '--output', 'card.html']) == 0
    assert inspect_file('a.student').file_digest in (here / 'card.html').read_text()
    assert main(['card', 'a.student', '--output', 'card.pdf']) == 2
    assert main(['card', 'a.student', '--output', 'nowhere/card.md']) == 2
    assert '.html' in capsys.readouterr().err


def test_evidence_is_measured_from_csv_files(here):
    hiring_table(400).to_csv('train.csv', index=False)
    hiring_table(300, seed=8).to_csv('holdout.csv', index=False)
    export = ['export', '--model', 'model.pkl', '--output', 'a.student', '--data', 'train.csv']
    assert main(export) == 2
    assert not (here / 'a.student').exists()
    assert main([*export, '--holdout', 'holdout.csv']) == 0
    assert inspect_file('a.student').manifest.evidence is not None


def test_what_is_held_back_is_said(here, capsys):
    export = ['export', '--model', 'model.pkl', '--output', 'a.student']
    assert main([*export, '--min-category-count', '400', '--extreme-digits', '2']) == 0
    told = inspect_file('a.student').manifest.disclosure
    assert told.min_category_count == 400
    assert told.extreme_digits == 2
    assert told.merged_values == {'grade': 1}
    assert 'grade: 1 rare values' in capsys.readouterr().err


@pytest.mark.parametrize('action', ['sample', 'distill', 'inspect', 'card'])
def test_a_damaged_file_is_one_sentence(here, action, capsys):
    main(['export', '--model', 'model.pkl', '--teacher', '--output', 'a.teacher'])
    raw = bytearray((here / 'a.teacher').read_bytes())
    raw[len(raw) // 2] ^= 1
    (here / 'a.teacher').write_bytes(raw)
    capsys.readouterr()
    arguments = {
        'sample': ['--model', 'a.teacher', '--rows', '5', '--output', 'a.csv'],
        'distill': ['--model', 'a.teacher', '--output', 'a.student'],
        'inspect': ['a.teacher'],
        'card': ['a.teacher', '--output', 'card.md'],
    }[action]
    assert main([action, *arguments]) == 2
    told = capsys.readouterr().err
    assert 'Traceback' not in told
    assert 'damaged' in told
    assert not (here / 'a.csv').exists()


def test_a_pickle_that_calls_itself_a_student_is_not_run(here, capsys):
    content = (here / 'model.pkl').read_bytes()
    (here / 'a.student').write_bytes(content)
    assert main(['sample', '--model', 'a.student', '--rows', '5', '--output', 'a.csv']) == 2
    assert 'no file of a teacher or student' in capsys.readouterr().err


def test_what_a_stranger_calls_a_column_writes_no_line_of_the_inventory(here, capsys):
    from sdv_fair4free.handover.inventory import Inventory, Item

    odd = Item(
        part='table.json', name='x\nforged\x1b[2J', kind='text', count=1, value='', reveals=''
    )
    main(['export', '--model', 'model.pkl', '--output', 'a.student', '--quiet'])
    listed = inspect_file('a.student')
    forged = Inventory(
        file_bytes=1, file_digest='', manifest=listed.manifest, items=(odd,)
    ).to_text()
    assert '\x1b' not in forged
    assert '\nforged' not in forged
