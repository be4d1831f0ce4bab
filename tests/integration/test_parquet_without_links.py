"""Tables in parts on a file system that knows no hard links, such as FAT."""

import errno
import os
import threading
from pathlib import Path

import pytest
from sdv.errors import SamplingError
from tiny import badge_metadata, badge_table, tiny_synthesizer

from sdv_fair4free.files import claim

pytest.importorskip('pyarrow')

ROWS, SIZE = 300, 100


@pytest.fixture(scope='module')
def synthesizer():
    made = tiny_synthesizer(badge_metadata())
    made.fit({'hiring': badge_table()})
    return made


def without_links(monkeypatch, code=errno.EPERM):
    def link(*_):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, 'link', link)


def written(synthesizer, path, random_state=5):
    return synthesizer.sample_to_parquet(path, ROWS, SIZE, random_state=random_state)


def contents(path):
    """The bytes of every file of a folder, hidden ones too."""
    return {file.name: file.read_bytes() for file in Path(path).iterdir()}


@pytest.mark.parametrize('code', [errno.EPERM, errno.ENOTSUP, errno.ENOSYS])
def test_the_folder_is_the_same_as_with_links_and_is_gone_on_with(
    synthesizer, tmp_path, monkeypatch, code
):
    whole = written(synthesizer, tmp_path / 'with')
    without_links(monkeypatch, code)
    made = written(synthesizer, tmp_path / 'without')
    assert contents(made.folder) == contents(whole.folder)
    made.files[1].unlink()
    assert written(synthesizer, made.folder, None).made == 1
    assert contents(made.folder) == contents(whole.folder)
    with pytest.raises(SamplingError, match='random_state is 5 there, and 6 is asked for'):
        written(synthesizer, made.folder, 6)


def test_where_two_begin_one_folder_the_first_decides_there_too(synthesizer, tmp_path, monkeypatch):
    without_links(monkeypatch)
    fresh_seed = type(synthesizer)._fresh_seed

    def overtaken():
        monkeypatch.setattr(synthesizer, '_fresh_seed', lambda: fresh_seed(synthesizer))
        written(synthesizer, tmp_path, 6)
        return 7

    monkeypatch.setattr(synthesizer, '_fresh_seed', overtaken)
    made = written(synthesizer, tmp_path, None)
    assert (made.random_state, made.made) == (6, 0)


def test_a_manifest_that_is_about_to_be_written_is_waited_for(synthesizer, tmp_path):
    written(synthesizer, tmp_path)
    manifest = tmp_path / '_manifest.json'
    text = manifest.read_text()
    manifest.write_text('')
    writer = threading.Timer(0.3, manifest.write_text, [text])
    writer.start()
    assert written(synthesizer, tmp_path).made == 0
    writer.join()


def test_a_manifest_that_stays_empty_is_refused_with_what_to_do(synthesizer, tmp_path, monkeypatch):
    monkeypatch.setattr('sdv_fair4free.files.MOMENT', 0.1)
    (tmp_path / '_manifest.json').write_text('')
    with pytest.raises(SamplingError, match=r"'_manifest\.json' is empty.*Delete the file"):
        written(synthesizer, tmp_path)
    assert contents(tmp_path) == {'_manifest.json': b''}
    (tmp_path / '_manifest.json').unlink()
    assert written(synthesizer, tmp_path).made == 3


def test_what_cannot_be_written_leaves_nothing_behind(synthesizer, tmp_path, monkeypatch):
    without_links(monkeypatch)
    fsync, calls = os.fsync, []

    def full_disk(file):
        calls.append(file)
        if len(calls) == 2:  # after the text of the temporary file
            raise OSError(errno.ENOSPC, 'No space left on device')
        fsync(file)

    monkeypatch.setattr(os, 'fsync', full_disk)
    with pytest.raises(OSError, match='No space left'):
        written(synthesizer, tmp_path)
    assert contents(tmp_path) == {}
    assert written(synthesizer, tmp_path).made == 3


@pytest.mark.parametrize('links', [True, False])
def test_of_many_who_claim_a_file_at_a_time_one_has_it(tmp_path, monkeypatch, links):
    if not links:
        without_links(monkeypatch)
    path, won, lost = tmp_path / 'file', [], []
    start = threading.Barrier(8)

    def run(number):
        start.wait()
        try:
            claim(path, f'{number}' * 1000)
            won.append(number)
        except FileExistsError:
            lost.append(number)

    threads = [threading.Thread(target=run, args=[number]) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (winner,) = won
    assert len(lost) == 7
    assert contents(tmp_path) == {'file': (f'{winner}' * 1000).encode()}
