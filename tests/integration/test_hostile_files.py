"""Files from strangers: damaged, swapped, forged. Each is one clear error, or harmless."""

import copy
import hashlib
import json
import random
import warnings
import zipfile

import numpy as np
import pytest
from conftest import hiring_table, small_synthesizer
from safetensors.numpy import load, save

from sdv_fair4free import Fair4FreeSynthesizer, StudentConfig, TeacherConfig, TrainingConfig
from sdv_fair4free.handover.archive import MANIFEST, PARTS, read_archive, write_archive
from sdv_fair4free.handover.errors import HandoverError
from sdv_fair4free.handover.inventory import inspect_file

TINY = TrainingConfig(epochs=1, width=16, depth=1, batch_size=128)
FLIPS = 400
FORGED = 150
ODD = [
    None,
    True,
    -1,
    0,
    2**40,
    10**400,
    1e308,
    -0.5,
    '',
    'x' * 10_000,
    '../../etc/passwd',
    '<script>',
    [],
    {},
    [[[[]]]],
    {'a': 1},
    ['a'] * 1000,
]


@pytest.fixture(scope='module')
def file(tmp_path_factory):
    synthesizer = small_synthesizer(
        teacher=TeacherConfig(representation=TINY, decoder=TINY),
        student=StudentConfig(training=TINY, pool=1024),
    )
    synthesizer.fit({'hiring': hiring_table(400)})
    path = tmp_path_factory.mktemp('it') / 'a.student'
    synthesizer.export(path)
    return path


def opened_or_refused(path):
    """Whether it is refused; if it is not, it must work."""
    with warnings.catch_warnings():
        # SDV speaks of formats and metadata that were forged to look odd.
        warnings.simplefilter('ignore')
        try:
            inspect_file(path)
            synthesizer = Fair4FreeSynthesizer.from_student(path)
        except HandoverError:
            return True
        (rows,) = synthesizer.sample(5).values()
    assert len(rows) == 5
    return False


def forged(path, parts, manifest):
    """A file whose digests fit: as somebody would write it who knows the format."""
    manifest['parts'] = {
        name: {'bytes': len(parts[name]), 'sha256': hashlib.sha256(parts[name]).hexdigest()}
        for name in PARTS
    }
    content = manifest if isinstance(manifest, bytes) else json.dumps(manifest).encode()
    write_archive(path, content, {name: parts[name] for name in PARTS})
    return path


def test_flipped_bytes_are_found(file, tmp_path):
    raw, rng = file.read_bytes(), random.Random(0)
    refused = 0
    for _ in range(FLIPS):
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
        # What is left are bytes that no reader looks at, such as dates in the directory.
        assert parts == read_archive(file).parts
    assert refused > 0.9 * FLIPS


def test_parts_of_two_files_do_not_mix(file, tmp_path):
    parts = read_archive(file).parts
    other = {**parts, 'weights.safetensors': parts['weights.safetensors'] + b' '}
    write_archive(tmp_path / 'b', parts[MANIFEST], {name: other[name] for name in PARTS})
    with pytest.raises(HandoverError, match='it was changed'):
        Fair4FreeSynthesizer.from_student(tmp_path / 'b')


def leaves(found, path=()):
    if isinstance(found, dict | list) and found:
        items = found.items() if isinstance(found, dict) else enumerate(found)
        for key, value in items:
            yield from leaves(value, (*path, key))
    yield path


def changed_at(found, path, value):
    made = copy.deepcopy(found)
    place = made
    for key in path[:-1]:
        place = place[key]
    if path:
        place[path[-1]] = value
    return made if path else value


@pytest.mark.parametrize('part', [MANIFEST, 'table.json'])
def test_forged_json_is_refused_or_harmless(file, tmp_path, part):
    parts, rng = read_archive(file).parts, random.Random(1)
    manifest, found = json.loads(parts[MANIFEST]), json.loads(parts[part])
    places = [path for path in leaves(found) if path[:1] != ('parts',)]
    refused = 0
    for path in rng.sample(places, min(FORGED, len(places))):
        made = changed_at(found, path, rng.choice(ODD))
        if part == MANIFEST:
            if not isinstance(made, dict):
                continue
            refused += opened_or_refused(forged(tmp_path / 'b', parts, made))
        else:
            content = {**parts, part: json.dumps(made).encode()}
            refused += opened_or_refused(forged(tmp_path / 'b', content, manifest))
    assert refused


def saved(arrays):
    """As safetensors writes it; complex numbers, which it writes since 0.7 only, by hand."""
    strange = {name for name, array in arrays.items() if array.dtype == np.complex64}
    written = save({**arrays, **{name: arrays[name].view(np.int64) for name in strange}})
    size = int.from_bytes(written[:8], 'little')
    header = json.loads(written[8 : 8 + size])
    for name in strange:
        header[name]['dtype'] = 'C64'
    text = json.dumps(header, separators=(',', ':')).encode().ljust(size)
    return len(text).to_bytes(8, 'little') + text + written[8 + size :]


@pytest.mark.parametrize('part', ['columns.safetensors', 'weights.safetensors'])
def test_forged_arrays_are_refused_or_harmless(file, tmp_path, part):
    parts, rng = read_archive(file).parts, np.random.default_rng(2)
    manifest, arrays = json.loads(parts[MANIFEST]), load(parts[part])
    changes = {
        'not finite': lambda array: np.full_like(array, np.inf),
        'no number': lambda array: np.full_like(array, np.nan),
        'negative': lambda array: -array - 1,
        'large': lambda array: np.full_like(array, 3e4),
        'other shape': lambda array: array[:-1],
        'flat': lambda array: array.ravel(),
        'other type': lambda array: array.astype(np.complex64),
        'whole': lambda array: array.astype(np.int64),
    }
    outcome = {}
    for name in rng.permutation(sorted(arrays))[:6]:
        for change, make in changes.items():
            numbers = arrays[name].size and arrays[name].dtype.kind == 'f'
            if change in ('not finite', 'no number') and not numbers:
                continue
            made = {**arrays, name: np.ascontiguousarray(make(arrays[name]))}
            content = {**parts, part: saved(made)}
            refused = opened_or_refused(forged(tmp_path / 'b', content, manifest))
            outcome.setdefault(change, []).append(refused)
    for change in ('not finite', 'no number', 'other type'):
        assert all(outcome[change])
    without = {name: array for name, array in arrays.items() if name != min(arrays)}
    for made in (without, {**arrays, 'more': np.zeros(3, np.float32)}):
        content = {**parts, part: save(made)}
        assert opened_or_refused(forged(tmp_path / 'b', content, manifest))


def test_absurd_sizes_ask_for_no_memory(file, tmp_path):
    parts = read_archive(file).parts
    for path, value in [
        (('network', 'width'), 2**16),
        (('network', 'depth'), 64),
        (('network', 'head_width'), 2**16),
        (('network', 'latent'), 64),
        (('columns', 0, 'size'), 2**24),
    ]:
        made = changed_at(json.loads(parts[MANIFEST]), path, value)
        assert opened_or_refused(forged(tmp_path / 'b', parts, made)), path


def test_unknown_things_are_refused_by_name(file, tmp_path):
    parts = read_archive(file).parts
    for path, value, name in [
        (('protocol',), 2, 'protocol 2'),
        (('surprise',), 1, 'surprise'),
        (('network', 'activation'), 'relu', 'activation'),
        (('format',), 'pickle', 'format'),
    ]:
        made = changed_at(json.loads(parts[MANIFEST]), path, value)
        with pytest.raises(HandoverError, match=name):
            Fair4FreeSynthesizer.from_student(forged(tmp_path / 'b', parts, made))


def test_nothing_hides_beside_the_parts(file, tmp_path):
    """What no inventory lists must not be there: an insider could carry rows in it."""
    raw, parts = file.read_bytes(), read_archive(file).parts
    path = tmp_path / 'b'
    path.write_bytes(b'rows of people' + raw)
    assert opened_or_refused(path)
    with zipfile.ZipFile(path, 'w') as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
        archive.comment = b'rows of people'
    assert opened_or_refused(path)
    manifest = json.loads(parts[MANIFEST])
    hidden = save(load(parts['weights.safetensors']), metadata={'rows': 'of people'})
    content = {**parts, 'weights.safetensors': hidden}
    assert opened_or_refused(forged(path, content, manifest))


def test_weights_that_no_float_holds_are_refused(file, tmp_path):
    parts = read_archive(file).parts
    arrays = load(parts['weights.safetensors'])
    arrays['decoder.output.bias'] = np.full(arrays['decoder.output.bias'].shape, 1e300)
    content = {**parts, 'weights.safetensors': save(arrays)}
    assert opened_or_refused(forged(tmp_path / 'b', content, json.loads(parts[MANIFEST])))


def test_metadata_that_ask_too_much_are_refused(file, tmp_path):
    parts = read_archive(file).parts
    for path, value in [
        (('metadata', 'tables', 'hiring', 'columns', 'sex', 'sdtype'), 'binary'),
        (('metadata', 'tables'), 5),
        (('original_columns',), ['zz']),
        (('parameters', 'student', 'training', 'epochs'), 2**24),
    ]:
        made = changed_at(json.loads(parts[MANIFEST]), path, value)
        assert opened_or_refused(forged(tmp_path / 'b', parts, made)), path


@pytest.mark.parametrize('name', ['figures', 'evidence'])
def test_figures_that_are_none_are_refused_by_all_who_read(file, tmp_path, name):
    parts = read_archive(file).parts
    for value in ({'a': 1}, {}, {'figures': [[]]}):
        made = changed_at(json.loads(parts[MANIFEST]), (name,), value)
        path = forged(tmp_path / 'b', parts, made)
        for read in (inspect_file, Fair4FreeSynthesizer.from_student, Fair4FreeSynthesizer.card):
            with pytest.raises(HandoverError, match=f'The {name}'):
                read(path)


def test_an_outcome_that_the_target_does_not_have_is_refused(file, tmp_path):
    parts = read_archive(file).parts
    made = changed_at(json.loads(parts[MANIFEST]), ('parameters', 'favourable_outcome'), 'nope')
    path = forged(tmp_path / 'b', parts, made)
    for read in (inspect_file, Fair4FreeSynthesizer.from_student):
        with pytest.raises(HandoverError, match="favourable_outcome='nope'"):
            read(path)
    made = changed_at(json.loads(parts[MANIFEST]), ('parameters', 'favourable_outcome'), 'yes')
    assert not opened_or_refused(forged(path, parts, made))


def test_a_student_that_would_be_distilled_for_ever_is_refused(file, tmp_path):
    parts = read_archive(file).parts
    for student in (
        {'pool': 2**24, 'training': {'epochs': 1}},
        {'pool': 2**20, 'training': {'epochs': 100}},
        {'pool': 2**10, 'training': {'epochs': 2**20, 'batch_size': 2**20}},
    ):
        made = changed_at(json.loads(parts[MANIFEST]), ('parameters', 'student'), student)
        with pytest.raises(HandoverError, match='for ever'):
            Fair4FreeSynthesizer.from_student(forged(tmp_path / 'b', parts, made))


def test_a_pattern_of_endless_ids_is_refused(file, tmp_path):
    parts = read_archive(file).parts
    made = json.loads(parts[MANIFEST])
    key = made['metadata']['tables']['hiring']['columns']['person_id']
    for pattern in (r'(\d{900}){900}', 'a' * 2000, '(((', '[a-z]{0,900}', 'a{0,100000000}'):
        key['regex_format'] = pattern
        with pytest.raises(HandoverError):
            Fair4FreeSynthesizer.from_student(forged(tmp_path / 'b', parts, made))


def test_a_pickle_is_never_run(tmp_path):
    path = tmp_path / 'b'
    path.write_bytes(b"cos\nsystem\n(S'touch owned'\ntR.")
    with pytest.raises(HandoverError):
        Fair4FreeSynthesizer.from_teacher(path)
    assert [name.name for name in tmp_path.iterdir()] == ['b']
