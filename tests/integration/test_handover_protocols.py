"""Files of every protocol are read by every later version, and handed on as they were."""

import json
import pickle
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from conftest import hiring_table, small_synthesizer
from handed_over import modelled, rows_of
from pictured import drawn, opened

from sdv_fair4free import Fair4FreeImageSynthesizer, Fair4FreeSynthesizer
from sdv_fair4free.handover.archive import read_archive
from sdv_fair4free.handover.inventory import inspect_file
from sdv_fair4free.handover.manifest import Manifest

STORED = Path(__file__).parents[1] / 'data'


@pytest.mark.parametrize('kind', ['teacher', 'student'])
@pytest.mark.parametrize('protocol', [1, 3])
def test_a_stored_file_of_rows_is_read(protocol, kind):
    """Written once by tests/stored_files.py; every later version must read it."""
    path = STORED / f'protocol-{protocol}.{kind}'
    opened = getattr(Fair4FreeSynthesizer, f'from_{kind}')(path)
    expected = pd.read_csv(f'{path}.csv', parse_dates=['since'])
    made = modelled(rows_of(opened, len(expected)))
    # Rounding differs between processors: now and then a row tips over.
    same = made.eq(expected[made.columns]) | (made.isna() & expected[made.columns].isna())
    assert same.mean().min() > 0.95
    manifest = inspect_file(path).manifest
    settings = opened.get_parameters()['teacher']
    assert settings is None or settings.blur == 0  # there was none when it was fitted
    assert manifest.protocol == protocol
    assert any(column.two_steps for column in manifest.columns) == (protocol == 3)
    assert manifest.network.direct == (protocol == 3)


@pytest.mark.parametrize('kind', ['teacher', 'student'])
def test_a_stored_file_of_protocol_2_is_read(kind):
    """Written once by tests/stored_files.py; every later version must read it."""
    path = STORED / f'protocol-2.{kind}'
    assert path.stat().st_size < 60_000
    expected = np.load(f'{path}.npz')
    made = drawn(opened(path, kind), len(expected['images']))
    table = pd.DataFrame({name: expected[name] for name in ('high', 'color')})
    # Rounding differs between processors: now and then a row tips over.
    same = (made.table.astype(str) == table.astype(str)).all(axis=1).to_numpy()
    assert same.mean() > 0.95
    apart = np.abs(made.images.astype(int) - expected['images'])[same]
    assert np.quantile(apart, 0.99) <= 1
    assert inspect_file(path).manifest.protocol == 2


def test_what_was_held_back_is_found_in_a_pickle_of_before_by_its_old_address():
    disclosure = inspect_file(STORED / 'protocol-3.student').manifest.disclosure
    now = pickle.dumps(disclosure, protocol=0)
    before = now.replace(b'handover.manifest_parts\n', b'handover.manifest\n')
    assert before != now
    assert pickle.loads(before) == disclosure


def test_a_stored_file_of_protocol_1_is_written_again_byte_for_byte():
    for kind in ('teacher', 'student'):
        content = read_archive(STORED / f'protocol-1.{kind}').parts['manifest.json']
        made = Manifest.model_validate_json(content)
        assert b'picture' not in content
        assert json.loads(made.model_dump_json()) == json.loads(content)
        assert list(json.loads(made.model_dump_json())) == list(json.loads(content))


@pytest.mark.parametrize('newer', ['two_steps', 'direct'])
def test_a_file_of_protocol_1_tells_nothing_of_steps_nor_of_pairs(newer):
    told = json.loads(read_archive(STORED / 'protocol-1.student').parts['manifest.json'])
    (told['columns'][0] if newer == 'two_steps' else told['network'])[newer] = False
    with pytest.raises(ValueError, match='since protocol 3'):
        Manifest.model_validate(told)


@pytest.mark.parametrize('protocol', [1, 2, 3])
def test_what_a_stored_file_opens_to_is_handed_on_in_its_protocol(protocol, tmp_path):
    def kind_of(path):
        return json.loads(read_archive(path).parts['manifest.json'])['protocol']

    cls = Fair4FreeImageSynthesizer if protocol == 2 else Fair4FreeSynthesizer
    teacher = cls.from_teacher(STORED / f'protocol-{protocol}.teacher')
    teacher.export_teacher(tmp_path / 'teacher')
    teacher.distill(epochs=1)
    teacher.export(tmp_path / 'student')
    cls.from_student(STORED / f'protocol-{protocol}.student').export(tmp_path / 'again')
    for name in ('teacher', 'student', 'again'):
        assert kind_of(tmp_path / name) == protocol
        opened = cls.from_teacher if name == 'teacher' else cls.from_student
        opened(tmp_path / name)


def test_the_manifest_tells_of_pictures_where_there_are_any_and_else_is_as_it_was(
    canary_digits, tmp_path
):
    canary_digits.export(tmp_path / 'pictures')
    told = json.loads(read_archive(tmp_path / 'pictures').parts['manifest.json'])
    assert told['protocol'] == 3
    assert told['picture'] == {
        'channels': 3,
        'height': 8,
        'width': 8,
        'painter_width': canary_digits._model.student.painter.width,
        'image_column': 'image',
        'image_size': None,
        'described': None,
    }
    plain = small_synthesizer(epochs=1)
    plain.fit({'hiring': hiring_table(200)})
    plain.export(tmp_path / 'rows')
    parts = read_archive(tmp_path / 'rows').parts
    rows = json.loads(parts['manifest.json'])
    old = json.loads(read_archive(STORED / 'protocol-1.student').parts['manifest.json'])
    assert rows['protocol'] == 3
    # Of a blur a file tells where there is one: without a word there was none.
    for kind, since in (('teacher', {'blur'}), ('student', set())):
        assert {*rows['parameters'][kind]} == {*old['parameters'][kind]} | since
    assert {*rows} == {*old}
    assert {*rows} == {*told} - {'picture'}
    again = Manifest.model_validate_json(parts['manifest.json'])
    assert again.model_dump_json(indent=1).encode() == parts['manifest.json']
