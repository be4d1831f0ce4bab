"""Files of pictures from strangers, damaged or forged. Each is one clear error, or harmless."""

import json
import random
import subprocess
import sys
import warnings

import numpy as np
import pytest
from pictured import digits, digits_metadata, fitted_pictures
from safetensors.numpy import load, save
from test_hostile_files import ODD, changed_at, forged, leaves, saved

from sdv_fair4free import Fair4FreeImageSynthesizer
from sdv_fair4free.handover.archive import MANIFEST, PARTS, read_archive, write_archive
from sdv_fair4free.handover.errors import HandoverError
from sdv_fair4free.handover.inventory import inspect_file

WEIGHTS = 'weights.safetensors'


@pytest.fixture(scope='module')
def files(tmp_path_factory):
    """A student and a teacher of pictures whose column of files is described."""
    folder = tmp_path_factory.mktemp('it')
    metadata = digits_metadata(image={'sdtype': 'id'})
    synthesizer = fitted_pictures(digits(200), metadata)
    synthesizer.export(folder / 'a.student')
    synthesizer.export_teacher(folder / 'a.teacher')
    return folder


def opened_or_refused(path, kind='student'):
    """Whether it is refused; if it is not, it must paint."""
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')
        try:
            inspect_file(path)
            synthesizer = getattr(Fair4FreeImageSynthesizer, f'from_{kind}')(path)
        except HandoverError:
            return True
        made = synthesizer.sample(5)
    assert len(made.table) == len(made.images) == 5
    return False


def parts_of(files, kind='student'):
    parts = read_archive(files / f'a.{kind}').parts
    return parts, json.loads(parts[MANIFEST])


def test_what_is_not_changed_is_opened(files, tmp_path):
    for kind in ('student', 'teacher'):
        parts, manifest = parts_of(files, kind)
        assert not opened_or_refused(forged(tmp_path / 'b', parts, manifest), kind)


ABSURD = [
    ('channels', 2),
    ('channels', 4),
    ('channels', 1),
    ('channels', 2**31),
    ('height', 7),
    ('height', 129),
    ('height', 2**40),
    ('height', 128),
    ('width', 0),
    ('width', -8),
    ('width', 128),
    ('width', 8.5),
    ('painter_width', 0),
    ('painter_width', 2**16),
    ('painter_width', 2**40),
    ('painter_width', 5000),
    ('painter_width', 9),
    ('image_column', ''),
    ('image_column', 'color'),
    ('image_column', 5),
    ('image_size', [8]),
    ('image_size', [8, 2**20]),
    ('image_size', 'large'),
    ('image_size', [True, 8]),
    ('described', -1),
    ('described', 2**40),
    ('described', 'first'),
]


@pytest.mark.parametrize(('field', 'value'), ABSURD, ids=str)
def test_absurd_pictures_are_refused(files, tmp_path, field, value):
    parts, manifest = parts_of(files)
    made = changed_at(manifest, ('picture', field), value)
    assert opened_or_refused(forged(tmp_path / 'b', parts, made))


def test_parts_of_pictures_that_are_missing_or_unknown_are_refused_by_name(files, tmp_path):
    parts, manifest = parts_of(files)
    for field in manifest['picture']:
        made = changed_at(manifest, ('picture',), dict(manifest['picture']))
        del made['picture'][field]
        with pytest.raises(HandoverError, match=field):
            Fair4FreeImageSynthesizer.from_student(forged(tmp_path / 'b', parts, made))
    made = changed_at(manifest, ('picture', 'surprise'), 1)
    with pytest.raises(HandoverError, match='surprise'):
        Fair4FreeImageSynthesizer.from_student(forged(tmp_path / 'b', parts, made))


def test_protocol_and_pictures_go_together(files, tmp_path):
    parts, manifest = parts_of(files)
    without = {key: value for key, value in manifest.items() if key != 'picture'}
    for made in (
        {**manifest, 'protocol': 1},
        {**manifest, 'picture': None},
        without,
        {**without, 'protocol': 1},
        {**manifest, 'protocol': 2},
        {**manifest, 'protocol': True},
        {**manifest, 'protocol': 2.0},
    ):
        assert opened_or_refused(forged(tmp_path / 'b', parts, made))


def test_a_painter_that_asks_for_memory_gets_none(files, tmp_path):
    """In a process that may have little more than it has: asking for more would end it."""
    parts, manifest = parts_of(files)
    paths = []
    for width, side in ((2**16, 128), (2**13, 128), (2**16, 8), (500, 128), (60, 128)):
        made = changed_at(manifest, ('picture', 'painter_width'), width)
        for field in ('height', 'width'):
            made = changed_at(made, ('picture', field), side)
        paths.append(str(forged(tmp_path / f'{width}-{side}', parts, made)))
    script = (
        'import resource, sys\n'
        'from sdv_fair4free import Fair4FreeImageSynthesizer\n'
        'from sdv_fair4free.handover.errors import HandoverError\n'
        f'Fair4FreeImageSynthesizer.from_student({str(files / "a.student")!r}).sample(5)\n'
        'peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n'
        'for path in sys.argv[1:]:\n'
        '    try:\n'
        '        Fair4FreeImageSynthesizer.from_student(path)\n'
        '    except HandoverError:\n'
        '        continue\n'
        '    sys.exit(f"{path} was opened")\n'
        'print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - peak)\n'
    )
    told = subprocess.run(
        [sys.executable, '-W', 'ignore', '-c', script, *paths],
        check=True,
        capture_output=True,
        text=True,
    )
    unit = 1 if sys.platform == 'darwin' else 1024
    assert int(told.stdout) * unit < 2**25


def test_flipped_bytes_are_found(files, tmp_path):
    raw, rng = (files / 'a.student').read_bytes(), random.Random(0)
    whole, refused = read_archive(files / 'a.student').parts, 0
    for _ in range(100):
        changed = bytearray(raw)
        for _ in range(rng.choice([1, 1, 4, 100])):
            changed[rng.randrange(len(raw))] ^= 1 << rng.randrange(8)
        path = tmp_path / 'b'
        path.write_bytes(changed)
        try:
            parts = read_archive(path).parts
        except HandoverError:
            refused += 1
            continue
        assert parts == whole
    assert refused > 90


@pytest.mark.parametrize('seed', range(2))
def test_a_forged_manifest_is_refused_or_harmless(files, tmp_path, seed):
    parts, manifest = parts_of(files)
    rng = random.Random(seed)
    places = [path for path in leaves(manifest) if path and path[:1] != ('parts',)]
    of_pictures = [path for path in places if 'picture' in str(path)]
    refused = 0
    for path in [*of_pictures, *rng.sample(places, 40)]:
        made = changed_at(manifest, path, rng.choice(ODD))
        refused += opened_or_refused(forged(tmp_path / 'b', parts, made))
    assert refused


def test_forged_weights_of_a_painter_are_refused_or_harmless(files, tmp_path):
    parts, manifest = parts_of(files)
    arrays = load(parts[WEIGHTS])
    painters = [name for name in arrays if name.startswith('painter.')]
    assert {'painter.first.weight', 'painter.last.bias', 'painter.told.weight'} <= {*painters}
    changes = {
        'not finite': lambda array: np.full_like(array, np.inf),
        'no number': lambda array: np.full_like(array, np.nan),
        'large': lambda array: np.full_like(array, 3e4),
        'other shape': lambda array: array[:-1],
        'more dimensions': lambda array: array[None],
        'other type': lambda array: array.astype(np.complex64),
        'nothing': lambda array: array[:0],
    }
    outcome = {}
    for name in painters:
        for change, make in changes.items():
            made = {**arrays, name: np.ascontiguousarray(make(arrays[name]))}
            content = {**parts, WEIGHTS: saved(made)}
            refused = opened_or_refused(forged(tmp_path / 'b', content, manifest))
            outcome.setdefault(change, []).append(refused)
    for change in {*changes} - {'large'}:
        assert all(outcome[change]), change
    assert not all(outcome['large'])  # harmless: what is painted is black or white
    for made in (
        {name: array for name, array in arrays.items() if name != 'painter.last.weight'},
        {name: array for name, array in arrays.items() if name not in painters},
        {**arrays, 'painter.more': np.zeros(3, np.float32)},
    ):
        content = {**parts, WEIGHTS: save(made)}
        assert opened_or_refused(forged(tmp_path / 'b', content, manifest))


def test_parts_of_files_with_and_without_pictures_do_not_mix(files, tmp_path):
    parts, manifest = parts_of(files)
    others, _ = parts_of(files, 'teacher')
    for name in (WEIGHTS, MANIFEST):
        content = {**parts, name: others[name]}
        write_archive(tmp_path / 'b', content[MANIFEST], {part: content[part] for part in PARTS})
        with pytest.raises(HandoverError, match='it was changed'):
            Fair4FreeImageSynthesizer.from_student(tmp_path / 'b')
        if name == WEIGHTS:
            assert opened_or_refused(forged(tmp_path / 'c', content, manifest))


def test_students_that_would_be_distilled_for_ever_or_in_all_memory_are_refused(files, tmp_path):
    parts, manifest = parts_of(files, 'teacher')
    large = changed_at(changed_at(manifest, ('picture', 'height'), 128), ('picture', 'width'), 128)
    student = manifest['parameters']['student']
    for told, changes in (
        (manifest, {'pool': 2**24}),
        (manifest, {'picture_width': 2**24}),
        (manifest, {'training': {**student['training'], 'width': 2**24}}),
        (large, {'pool': 2**20, 'training': {**student['training'], 'batch_size': 2**20}}),
    ):
        made = changed_at(told, ('parameters', 'student'), {**student, **changes})
        with pytest.raises(HandoverError, match=r'for ever|too large|at once'):
            Fair4FreeImageSynthesizer.from_teacher(forged(tmp_path / 'b', parts, made))


def test_names_of_columns_are_no_paths(files, tmp_path):
    """What a stranger calls the column of files is a name in a table, and nothing else."""
    parts, manifest = parts_of(files)
    made = changed_at(manifest, ('picture', 'image_column'), '../../etc/passwd')
    back = Fair4FreeImageSynthesizer.from_student(forged(tmp_path / 'b', parts, made))
    table = back.sample(3).table
    assert table['../../etc/passwd'].tolist() == [f'{number:06d}.png' for number in range(3)]
    back.save_images(tmp_path / 'out', num_rows=3)
    written = {path.relative_to(tmp_path / 'out').parts[0] for path in (tmp_path / 'out').iterdir()}
    assert written <= {'metadata.csv', 'True', 'False'}
