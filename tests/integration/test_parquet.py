"""Tables in a folder of Parquet files: whole, in order, of one type, and gone on with."""

import gc
import json
import os
import signal
import subprocess
import sys
import textwrap
import time
import tracemalloc
import weakref
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal
from pictured import digits, picture_synthesizer
from sdv.errors import SamplingError
from sdv.metadata import Metadata
from tiny import badge_metadata, badge_table, tiny_synthesizer

from sdv_fair4free.parts import PartSampler

pq = pytest.importorskip('pyarrow.parquet')

ROWS, SIZE = 700, 200


@pytest.fixture(scope='module')
def synthesizer():
    made = tiny_synthesizer(badge_metadata())
    made.fit({'hiring': badge_table()})
    return made


def written(synthesizer, path, rows=ROWS, size=SIZE, **options):
    return synthesizer.sample_to_parquet(path, rows, size, **{'random_state': 5, **options})


def contents(path):
    """The bytes of every file of a folder, hidden ones too."""
    return {file.name: file.read_bytes() for file in Path(path).iterdir()}


def like_read(table):
    """As pandas reads a table: among objects None is missing."""
    objects = table.select_dtypes(object)
    return table.assign(**objects.where(objects.notna(), None))


def streamed(synthesizer, rows=ROWS, size=SIZE, **options):
    parts = synthesizer.sample_batches(rows, size, **{'random_state': 5, **options})
    return pd.concat([next(iter(part.values())) for part in parts], ignore_index=True)


def test_the_folder_is_read_as_one_table_in_order(synthesizer, tmp_path):
    made = written(synthesizer, tmp_path / 'deep' / 'table')
    assert made.files == tuple(made.folder / f'part-0000{part}.parquet' for part in range(4))
    assert (made.num_rows, made.random_state, made.made) == (ROWS, 5, 4)
    assert_frame_equal(pd.read_parquet(made.folder), like_read(streamed(synthesizer)))


def test_a_finished_folder_is_left_as_it_is(synthesizer, tmp_path):
    written(synthesizer, tmp_path)
    before = {file: file.stat().st_mtime_ns for file in tmp_path.iterdir()}
    assert written(synthesizer, tmp_path).made == 0
    assert {file: file.stat().st_mtime_ns for file in tmp_path.iterdir()} == before


def test_missing_parts_are_made_again_as_they_were(synthesizer, tmp_path):
    written(synthesizer, tmp_path)
    whole = contents(tmp_path)
    for part in (0, 2):
        (tmp_path / f'part-0000{part}.parquet').unlink()
    half = tmp_path / '.part-00002.parquet.0123.tmp'
    half.write_bytes(b'half')
    os.utime(half, (0, 0))
    assert written(synthesizer, tmp_path).made == 2
    assert contents(tmp_path) == whole


def test_the_seed_of_the_folder_is_kept_where_none_is_given(synthesizer, tmp_path):
    synthesizer.reset_sampling()
    made = written(synthesizer, tmp_path, random_state=None)
    whole = contents(tmp_path)
    made.files[1].unlink()
    stream = synthesizer._model.noise.get_state()['cells']
    assert written(synthesizer, tmp_path, random_state=None).random_state == made.random_state
    assert contents(tmp_path) == whole
    assert (synthesizer._model.noise.get_state()['cells'] == stream).all()
    other = written(synthesizer, tmp_path / 'other', random_state=None)
    assert other.random_state != made.random_state


def test_an_error_in_the_middle_leaves_what_was_finished(synthesizer, tmp_path, monkeypatch):
    written(synthesizer, tmp_path / 'whole')
    write, calls = pq.write_table, []

    def full_disk(table, where, **options):
        calls.append(where)
        write(table, where, **options)
        if len(calls) == 3:
            raise OSError('No space left on device')

    monkeypatch.setattr(pq, 'write_table', full_disk)
    with pytest.raises(OSError, match='No space left'):
        written(synthesizer, tmp_path / 'table')
    assert sorted(contents(tmp_path / 'table')) == [
        '_manifest.json',
        'part-00000.parquet',
        'part-00001.parquet',
    ]
    assert written(synthesizer, tmp_path / 'table').made == 2
    assert contents(tmp_path / 'table') == contents(tmp_path / 'whole')


def test_a_process_that_is_killed_loses_nothing(synthesizer, tmp_path):
    synthesizer.save(str(tmp_path / 'model.pkl'))
    program = textwrap.dedent("""
        import sys
        from sdv.utils import load_synthesizer
        synthesizer = load_synthesizer(sys.argv[1])
        synthesizer.sample_to_parquet(sys.argv[2], 100_000, 100, random_state=5)
    """)
    model, folder = tmp_path / 'model.pkl', tmp_path / 'table'
    process = subprocess.Popen([sys.executable, '-c', program, str(model), str(folder)])
    while not folder.exists() or len(list(folder.glob('part-*'))) < 3:
        assert process.poll() is None
        time.sleep(0.01)
    os.kill(process.pid, getattr(signal, 'SIGKILL', signal.SIGTERM))
    process.wait()
    manifest = json.loads((folder / '_manifest.json').read_text())
    assert manifest['num_rows'] == 100_000
    for part, alone in zip(
        (0, 1), synthesizer.sample_batches(100_000, 100, 5, only=[0, 1]), strict=True
    ):
        kept = pd.read_parquet(folder / f'part-{part:05d}.parquet')
        assert_frame_equal(kept, like_read(alone['hiring']))
    for left in folder.glob('.part-*'):
        os.utime(left, (0, 0))
    # The model is told by what it holds: the one here and the one that was loaded are the same.
    there = len(list(folder.glob('part-*')))
    opened, _ = synthesizer._part_folder(folder, 100_000, 100, 5, None, None)
    assert len(opened.missing()) == 1000 - there
    assert not list(folder.glob('.*'))


def test_what_others_are_writing_and_what_file_systems_leave_stays(synthesizer, tmp_path):
    written(synthesizer, tmp_path)
    left, live, other = (
        tmp_path / name
        for name in ('.part-00001.parquet.0.tmp', '.part-00002.parquet.1.tmp', '.nfs0001')
    )
    for path in (left, live, other):
        path.write_bytes(b'half')
    os.utime(left, (0, 0))
    assert written(synthesizer, tmp_path).made == 0
    assert not left.exists()
    assert live.exists()
    assert other.exists()


def test_where_two_begin_one_folder_the_first_decides_what_it_is(
    synthesizer, tmp_path, monkeypatch
):
    def overtaken():
        monkeypatch.undo()
        written(synthesizer, tmp_path, random_state=6)
        return 7

    # Asked for no seed of its own, the second goes on with the table of the first.
    monkeypatch.setattr(synthesizer, '_fresh_seed', overtaken)
    made = written(synthesizer, tmp_path, random_state=None)
    assert (made.random_state, made.made) == (6, 0)


def test_a_folder_that_became_that_of_another_table_is_not_written_to(synthesizer, tmp_path):
    one, sampler = synthesizer._part_folder(tmp_path, ROWS, SIZE, 5, None, None)
    (tmp_path / '_manifest.json').unlink()
    other, _ = synthesizer._part_folder(tmp_path, ROWS, SIZE, 6, None, None)
    with pytest.raises(SamplingError, match='as it was begun'):
        one.write(0, sampler.part(0))
    assert other.missing() == [0, 1, 2, 3]
    written(synthesizer, tmp_path, random_state=6)
    with pytest.raises(SamplingError, match=r'of another table(.|\n)*not this part of this table'):
        one.finished(0)


def test_one_part_is_held_at_a_time_however_many_there_are(synthesizer, tmp_path, monkeypatch):
    make, write, tables, sizes = PartSampler.part, pq.write_table, [], []

    def made(self, part):
        gc.collect()
        assert not [table for table in tables if table() is not None], 'an earlier part is held'
        parts = make(self, part)
        tables.append(weakref.ref(next(iter(parts.values()))))
        return parts

    def write_and_watch(table, where, **options):
        sizes.append(table.num_rows)
        write(table, where, **options)

    monkeypatch.setattr(PartSampler, 'part', made)
    monkeypatch.setattr(pq, 'write_table', write_and_watch)
    written(synthesizer, tmp_path)
    assert sizes == [SIZE, SIZE, SIZE, ROWS - 3 * SIZE]
    assert len(tables) == 4


def test_five_parts_take_the_memory_of_one(synthesizer, tmp_path):
    def peak(folder, rows):
        tracemalloc.start()
        written(synthesizer, tmp_path / folder, rows, 300)
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    peak('once', 300)  # what is imported, and kept, at the first time
    # Where all parts are held, they take 1.7 times the memory of one.
    assert peak('five', 1500) < 1.25 * peak('one', 300)


def test_a_seed_may_be_of_numpy(synthesizer, tmp_path):
    made = written(synthesizer, tmp_path, random_state=np.int64(5))
    assert written(synthesizer, tmp_path).made == 0
    assert type(made.random_state) is int


def test_a_folder_of_something_else_is_refused_with_every_reason(synthesizer, tmp_path):
    written(synthesizer, tmp_path)
    before = contents(tmp_path)
    with pytest.raises(SamplingError) as raised:
        written(synthesizer, tmp_path, 800, 100, random_state=6, fairness_strength=0.5)
    for name in ('num_rows', 'batch_size', 'random_state', 'fairness_strength'):
        assert name in str(raised.value)
    assert 'model' not in str(raised.value)
    with pytest.raises(SamplingError, match='sensitive_distribution'):
        written(synthesizer, tmp_path, sensitive_distribution='uniform')
    other = tiny_synthesizer(badge_metadata(), random_state=1)
    other.fit({'hiring': badge_table()})
    with pytest.raises(SamplingError, match='model is'):
        written(other, tmp_path)
    assert contents(tmp_path) == before


def test_files_that_are_not_of_the_table_are_refused_and_kept(synthesizer, tmp_path):
    (tmp_path / 'notes.txt').write_text('mine')
    with pytest.raises(SamplingError, match=r"'notes\.txt' is not of this table"):
        written(synthesizer, tmp_path)
    assert sorted(contents(tmp_path)) == ['notes.txt']
    with pytest.raises(SamplingError, match='is a file'):
        written(synthesizer, tmp_path / 'notes.txt')
    folder = tmp_path / 'table'
    written(synthesizer, folder)
    (folder / 'part-00001.parquet').write_bytes(b'damaged')
    (folder / 'part-00002.parquet').write_bytes((folder / 'part-00000.parquet').read_bytes())
    (folder / 'part-00004.parquet').write_bytes((folder / 'part-00000.parquet').read_bytes())
    before = contents(folder)
    with pytest.raises(SamplingError) as raised:
        written(synthesizer, folder)
    for reason in (
        "'part-00001.parquet' is damaged",
        "'part-00002.parquet' is not this part",
        "'part-00004.parquet' is not of this table",
    ):
        assert reason in str(raised.value)
    (folder / '_manifest.json').write_text('{')
    with pytest.raises(SamplingError, match=r"'_manifest\.json' is damaged"):
        written(synthesizer, folder)
    assert {**contents(folder), '_manifest.json': before['_manifest.json']} == before


def test_no_rows_are_a_table_without_rows(synthesizer, tmp_path):
    written(synthesizer, tmp_path, 0)
    table = pd.read_parquet(tmp_path)
    assert len(table) == 0
    assert list(table) == list(streamed(synthesizer))


def test_every_problem_with_the_arguments_is_told(synthesizer, tmp_path):
    with pytest.raises(SamplingError) as raised:
        written(synthesizer, '', -1, 0)
    for name in ('path', 'num_rows', 'batch_size'):
        assert name in str(raised.value)
    assert not list(tmp_path.iterdir())


def test_an_address_is_no_folder(synthesizer, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SamplingError, match='is an address; name a folder'):
        written(synthesizer, 's3://bucket/rows', 10, 10)
    assert not list(tmp_path.iterdir())


def test_a_folder_behind_a_link_is_named_as_it_was_given(synthesizer, tmp_path):
    (tmp_path / 'there').mkdir()
    (tmp_path / 'link').symlink_to(tmp_path / 'there', target_is_directory=True)
    made = written(synthesizer, tmp_path / 'link', 10, 10)
    assert made.folder == tmp_path / 'link'
    assert len(list((tmp_path / 'there').glob('part-*'))) == 1


def test_a_whole_table_is_copied_only_where_types_change(synthesizer, monkeypatch):
    processor = synthesizer._data_processor
    table = pd.DataFrame({'phone': ['1', '2']})
    monkeypatch.setattr(processor, 'made_up', set())
    assert processor.with_categories(table) is table
    monkeypatch.setattr(processor, 'made_up', {'phone'})
    assert processor.with_categories(table)['phone'].dtype == 'category'
    assert table['phone'].dtype == object


UGLY = {
    'category': ('categorical', lambda rng, n: pd.Categorical(rng.choice(['a', 'b'], n))),
    'gaps': ('numerical', lambda rng, n: pd.array(rare(rng, rng.integers(0, 9, n)), dtype='Int64')),
    'holes': ('numerical', lambda rng, n: np.where(rng.random(n) < 0.01, np.nan, 5.0)),
    'single': ('numerical', lambda rng, n: rng.random(n).astype(np.float32)),
    'half': ('numerical', lambda rng, n: rng.random(n).astype(np.float16)),
    'void': ('categorical', lambda rng, n: np.full(n, None)),
    'flag': ('boolean', lambda rng, n: rare(rng, rng.random(n) < 0.5)),
    'text': ('categorical', lambda rng, n: pd.array(rare(rng, ['x'] * n), dtype='string')),
    'exact': (
        'numerical',
        lambda rng, n: rare(rng, [2**60 + int(i) for i in rng.integers(0, 9, n)]),
    ),
    'codes': ('categorical', lambda rng, n: rng.integers(0, 4, n)),
    'day': ('datetime', lambda rng, n: rare(rng, ['2024-02-29'] * n)),
    'zoned': ('datetime', lambda rng, n: pd.date_range('2024', periods=n, tz='Europe/Oslo')),
}


def rare(rng, values):
    """Objects of which one in a hundred is missing, so that some parts have none."""
    return np.where(rng.random(len(values)) < 0.01, None, np.array(values, dtype=object))


def ugly(rows=300):
    rng = np.random.default_rng(0)
    columns = {name: make(rng, rows) for name, (_, make) in UGLY.items()}
    return badge_table(rows).assign(**columns)


@pytest.mark.filterwarnings('ignore')
def test_columns_have_one_type_in_every_part(tmp_path):
    described = badge_metadata().to_dict()
    for name, (sdtype, _) in UGLY.items():
        described['tables']['hiring']['columns'][name] = {'sdtype': sdtype}
    described['tables']['hiring']['columns']['day']['datetime_format'] = '%Y-%m-%d'
    synthesizer = tiny_synthesizer(Metadata.load_from_dict(described))
    data = ugly()
    synthesizer.fit({'hiring': data})
    made = written(synthesizer, tmp_path, 600, 30)
    assert len({pq.read_schema(file).remove_metadata() for file in made.files}) == 1
    read, known = pd.read_parquet(tmp_path), streamed(synthesizer, 600, 30)
    for name in known:
        assert (read[name].isna() == known[name].isna()).all(), name
        seen, wanted = read[name].dropna().tolist(), known[name].dropna().tolist()
        assert seen == wanted, name
    kept = [name for name in UGLY if name not in ('half', 'exact', 'flag')]
    types = {name: (read[name].dtype, data[name].dtype) for name in kept}
    assert {name: pair for name, pair in types.items() if pair[0] != pair[1]} == {}
    assert (read['half'].dtype, read['exact'].dtype) == (np.float32, pd.Int64Dtype())
    # pandas reads truth values as objects only where one is missing in the whole folder.
    assert read['flag'].dtype == (object if known['flag'].isna().any() else bool)


def test_values_of_several_types_are_refused_with_what_to_do(tmp_path):
    described = badge_metadata().to_dict()
    described['tables']['hiring']['columns']['mixed'] = {'sdtype': 'categorical'}
    synthesizer = tiny_synthesizer(Metadata.load_from_dict(described))
    synthesizer.fit({'hiring': badge_table().assign(mixed=[1, 'one'] * 150)})
    with pytest.raises(SamplingError, match=r"'mixed'.*of no one type.*texts before fitting"):
        written(synthesizer, tmp_path)
    assert not list(tmp_path.iterdir())


def test_pictures_are_refused_with_what_to_do(tmp_path):
    painter, pictures = picture_synthesizer(), digits(200)
    painter.fit(pictures)
    with pytest.raises(SamplingError, match='save_images'):
        painter.sample_to_parquet(tmp_path, 10)
    assert not list(tmp_path.iterdir())
