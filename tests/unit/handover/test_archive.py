import io
import os
import tracemalloc
import zipfile

import pytest

from sdv_fair4free.handover.archive import (
    MANIFEST,
    PARTS,
    parse_json,
    read_archive,
    write_archive,
)
from sdv_fair4free.handover.errors import HandoverError

CONTENT = {name: name.encode() * 50 for name in PARTS}


def written(path, names=(MANIFEST, *PARTS), **options):
    with zipfile.ZipFile(path, 'w', **options) as archive:
        for name in names:
            archive.writestr(name, b'0' * 1000)
    return path


@pytest.fixture
def file(tmp_path):
    return tmp_path / 'a.student'


def test_what_was_written_is_read(file):
    size = write_archive(file, b'{}', CONTENT)
    assert read_archive(file).parts == {MANIFEST: b'{}', **CONTENT}
    assert size == file.stat().st_size
    assert [path.name for path in file.parent.iterdir()] == ['a.student']


def test_the_same_content_makes_the_same_file(file, tmp_path):
    write_archive(file, b'{}', CONTENT)
    write_archive(tmp_path / 'b', b'{}', CONTENT)
    assert file.read_bytes() == (tmp_path / 'b').read_bytes()


def test_a_failed_write_leaves_the_old_file(file):
    write_archive(file, b'{}', CONTENT)
    before = file.read_bytes()
    with pytest.raises(TypeError):
        write_archive(file, b'{}', {**CONTENT, 'table.json': 3})
    assert file.read_bytes() == before
    assert [path.name for path in file.parent.iterdir()] == ['a.student']


@pytest.mark.parametrize(
    ('names', 'reason'),
    [
        ((MANIFEST, *PARTS, '../../etc/passwd'), 'etc/passwd'),
        ((MANIFEST, *PARTS, 'model.pkl'), 'model.pkl'),
        (PARTS, 'manifest.json'),
        ((MANIFEST, *PARTS, MANIFEST), 'twice'),
    ],
)
@pytest.mark.filterwarnings('ignore:Duplicate name')
def test_anything_but_the_known_parts_is_refused(file, names, reason):
    with pytest.raises(HandoverError, match=reason):
        read_archive(written(file, names))


def test_a_zip_bomb_is_not_unpacked(file):
    with zipfile.ZipFile(file, 'w', zipfile.ZIP_DEFLATED) as archive:
        for name in (MANIFEST, *PARTS):
            archive.writestr(name, bytes(50_000_000))
    assert file.stat().st_size < 1_000_000
    with pytest.raises(HandoverError, match='compressed'):
        read_archive(file)


def test_parts_that_overlap_are_refused(file):
    """The directory points at one part again and again: more bytes than the file has."""
    written(file)
    raw = bytearray(file.read_bytes())
    start = raw.index(b'PK\x01\x02')
    while (start := raw.find(b'PK\x01\x02', start)) >= 0:
        raw[start + 20 : start + 28] = (10**6).to_bytes(4, 'little') * 2
        start += 4
    file.write_bytes(raw)
    with pytest.raises(HandoverError):
        read_archive(file)


@pytest.mark.parametrize('content', [b'', b'PK', b'not a zip', b'PK\x05\x06' + bytes(18)])
def test_no_archive_is_one_clear_error(file, content):
    file.write_bytes(content)
    with pytest.raises(HandoverError, match=r'a\.student'):
        read_archive(file)


def test_every_truncation_is_one_clear_error(file):
    write_archive(file, b'{}', CONTENT)
    raw = file.read_bytes()
    for length in range(0, len(raw), 7):
        file.write_bytes(raw[:length])
        with pytest.raises(HandoverError):
            read_archive(file)


def test_a_file_that_is_not_there_is_no_damage(file):
    with pytest.raises(FileNotFoundError):
        read_archive(file)


def test_a_file_that_is_too_large_is_not_read(file):
    with open(file, 'wb') as empty:
        empty.truncate(300 * 2**30)  # takes no room on the disk
    with pytest.raises(HandoverError, match='too large'):
        read_archive(file)


def test_a_large_file_that_is_no_archive_is_not_read(file):
    with open(file, 'wb') as empty:
        empty.truncate(5 * 2**30)
    tracemalloc.start()
    with pytest.raises(HandoverError, match='no file of a teacher or student'):
        read_archive(file)
    assert tracemalloc.get_traced_memory()[1] < 2**24
    tracemalloc.stop()


def test_what_has_no_end_is_not_read(tmp_path):
    os.mkfifo(tmp_path / 'pipe')
    for path in (tmp_path / 'pipe', '/dev/zero', tmp_path):
        with pytest.raises(HandoverError, match='no regular file'):
            read_archive(path)


@pytest.mark.parametrize(
    'content',
    [b'{"a": 1, "a": 2}', b'[NaN]', b'[1e999, Infinity]', b'{', b'\xff\xfe', b'[' * 100_000],
)
def test_json_that_others_let_pass_is_refused(content):
    with pytest.raises(HandoverError, match='table'):
        parse_json(content, 'table')


def test_the_archive_is_one_that_any_tool_opens(file):
    write_archive(file, b'{}', CONTENT)
    with zipfile.ZipFile(io.BytesIO(file.read_bytes())) as archive:
        assert archive.testzip() is None
