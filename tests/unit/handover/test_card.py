import json
import subprocess
import sys
from html.parser import HTMLParser

import pytest
from conftest import hiring_metadata, hiring_table

from sdv_fair4free.handover.archive import digest, read_archive, write_archive
from sdv_fair4free.handover.card import card_html, card_markdown, write_card
from sdv_fair4free.handover.card_blocks import as_markdown, visible
from sdv_fair4free.handover.checked import read_manifest
from sdv_fair4free.handover.errors import HandoverError
from sdv_fair4free.handover.evidence import privacy_evidence
from sdv_fair4free.handover.figures import measured_figures
from sdv_fair4free.handover.findings import LIMITS
from sdv_fair4free.handover.manifest import Manifest

SECTIONS = [
    'What it is',
    'What it is for',
    'What it must not be used for',
    'Columns',
    'Fairness',
    'Figures',
    'Privacy',
    'Licences',
    'How to open it, and how it was made',
]
COLUMNS = [*hiring_metadata().tables['hiring'].columns]
REAL = {'hiring': hiring_table()}
UNSEEN = {'hiring': hiring_table(400, seed=9)}
FORMS = [card_markdown, card_html]
HOSTILE = 'a|b\n<script>alert(1)</script>\u202e[x](http://y) `_*&amp;'


@pytest.fixture(scope='module')
def student_file(fitted, tmp_path_factory):
    path = tmp_path_factory.mktemp('card') / 'student.fair4free'
    fitted.export(path)
    return path


@pytest.fixture(scope='module')
def student(student_file):
    return read_manifest(read_archive(student_file).parts)


@pytest.fixture(scope='module')
def teacher(fitted, tmp_path_factory):
    path = tmp_path_factory.mktemp('card') / 'teacher.fair4free'
    fitted.export_teacher(path)
    return read_manifest(read_archive(path).parts)


@pytest.fixture(scope='module')
def measured(fitted, student):
    evidence = privacy_evidence(fitted, REAL, UNSEEN, max_rows=100, draws=8)
    figures = measured_figures(fitted, REAL, UNSEEN, 'student')
    return student.model_copy(update={'figures': figures, 'evidence': evidence.to_dict()})


@pytest.fixture
def measured_file(measured, student_file, tmp_path):
    parts = read_archive(student_file).parts
    write_archive(tmp_path / 'measured', measured.model_dump_json().encode(), parts)
    return tmp_path / 'measured'


class Reader(HTMLParser):
    """Tags of a page, and its words."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.words, self.links = [], [], []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.links += [value for name, value in attrs if name in ('href', 'src')]

    def handle_data(self, data):
        self.words.append(data)

    @property
    def text(self):
        return ' '.join(self.words)


def words(form, manifest):
    made = form(manifest, 'd' * 64, 12_345)
    return made if form is card_markdown else Reader(made).text


@pytest.mark.parametrize('form', FORMS)
@pytest.mark.parametrize('kind', ['student', 'teacher'])
def test_every_section_and_every_column_is_there(form, kind, request):
    manifest = request.getfixturevalue(kind)
    card = words(form, manifest)
    assert all(section in card for section in SECTIONS)
    assert all(name in card for name in COLUMNS)
    assert f'a {kind}' in card
    assert 'd' * 64 in card
    assert '12,345' in card
    assert f"from_{kind}('FILE')" in card
    assert ('sdv-fair4free distill' in card) == (kind == 'teacher')


def test_columns_are_told_by_role(student):
    rows = {
        line.split(' | ')[0].removeprefix('| '): line
        for line in card_markdown(student, '', 0).splitlines()
        if line.startswith('| ')
    }
    assert '| sensitive | 2 values |' in rows['sex']
    assert '| target | 2 values |' in rows['hired']
    assert '| made up by SDV | nothing' in rows['person_id']
    assert 'means of at least 5 rows' in rows['skill']
    assert '| modelled | 3 values |' in rows['grade']


@pytest.mark.parametrize('form', FORMS)
def test_what_was_not_measured_is_said(form, student, measured):
    told = ['None were measured', 'Nothing was measured']
    assert all(sentence in words(form, student) for sentence in told)
    assert not any(sentence in words(form, measured) for sentence in told)


@pytest.mark.parametrize('form', FORMS)
def test_figures_and_evidence_are_told_with_intervals(form, measured):
    card = words(form, measured)
    parity = next(
        figure
        for figure in measured.figures['figures']
        if figure['metric'] == 'Demographic parity ratio'
    )
    assert f'{parity["low"]:.3f} to {parity["high"]:.3f}' in card
    assert f'{parity["value"]:.3f}' in card
    assert all(figure['metric'] in card for figure in measured.figures['figures'])
    assert 'the report has chosen' in card
    assert 'Membership: an attacker who sees only the synthetic rows' in card
    assert all(limit in card for limit in LIMITS)


@pytest.mark.parametrize('form', FORMS)
@pytest.mark.parametrize(
    ('change', 'told'),
    [
        ({'fairness_strength': 0.25}, 'At strength 0.25 the outcome still depends'),
        ({'fairness_criterion': 'equalized_odds'}, 'among people with the same recorded outcome'),
        ({'fairness_scope': 'all'}, 'made independent of the sensitive ones too'),
        ({'sensitive_columns': None}, 'No fairness was asked for'),
    ],
)
def test_the_fairness_that_was_asked_for_is_told(form, change, told, student):
    parameters = student.parameters.model_copy(update=change)
    assert told in words(form, student.model_copy(update={'parameters': parameters}))


@pytest.mark.parametrize('form', FORMS)
def test_what_was_held_back_is_told(form, student):
    held = student.disclosure.model_copy(
        update={
            'merged_values': {'hobby': 3},
            'merged_rows': {'hobby': 7},
            'extreme_digits': 2,
            'groups_left_out': 1,
            'rows_left_out': 4,
        }
    )
    card = words(form, student.model_copy(update={'disclosure': held}))
    for told in ("'hobby': 3 (7 rows)", 'rounded to 2 digits', '3 rare ones (7 rows) merged'):
        assert told in card
    few = held.published().model_copy(update={'merged_rows': {'hobby': None}})
    card = words(form, student.model_copy(update={'disclosure': few}))
    for told in ("'hobby': 3 (fewer than 5 rows)", '3 rare ones (fewer than 5 rows) merged'):
        assert told in card
    assert 'were left out, with fewer than 5 rows' in card
    nothing = held.model_copy(update={'min_category_count': 1, 'min_quantile_count': 1})
    card = words(form, student.model_copy(update={'disclosure': nothing}))
    assert 'A value that a single person has may be in the file' in card
    assert 'Exact values of single people may be in the file' in card


def hostile(manifest):
    """The same, of a column and an outcome whose names are made to do harm."""
    text = manifest.model_dump_json()
    for name in ('hobby', 'sex', 'hiring', 'hired'):
        text = text.replace(json.dumps(name), json.dumps(f'{name} {HOSTILE}'))
    changed = Manifest.model_validate_json(text)
    parameters = changed.parameters.model_copy(update={'favourable_outcome': HOSTILE})
    return changed.model_copy(update={'parameters': parameters})


def test_names_from_the_file_are_no_html(measured):
    page = Reader(card_html(hostile(measured), 'd' * 64, 1))
    assert 'script' not in page.tags
    assert '<script>alert(1)</script>' in page.text
    assert all(link.startswith('#') for link in page.links)
    assert '\u202e' not in page.text
    assert page.tags.count('a') == len(SECTIONS) + 1


def test_names_from_the_file_are_no_markdown(measured):
    clean, card = (
        card_markdown(manifest, 'd' * 64, 1) for manifest in (measured, hostile(measured))
    )
    assert '\u202e' not in card
    shape = [line[:2] for line in clean.splitlines()]
    assert [line[:2] for line in card.splitlines()] == shape  # not a line more, nor of another kind
    outside = [part for place, part in enumerate(card.split('```')) if place % 2 == 0]
    for part in outside:
        assert '<script' not in part.replace('\\<', '')
        assert '](' not in part.replace('\\]', '')
        assert '://' not in part
    of_table = [line for line in card.splitlines() if line.startswith('| ')]
    bars = [line.replace('\\|', '').count('|') for line in of_table]
    expected = [line.count('|') for line in clean.splitlines() if line.startswith('| ')]
    assert bars == expected


@pytest.mark.parametrize(
    ('text', 'shown'),
    [
        ('a|b', r'a\|b'),
        ('<b>&amp;', r'\<b\>\&amp;'),
        ('fairness_strength', 'fairness_strength'),
        ('_x_ *y*', r'\_x\_ \*y\*'),
        ('1. one', r'1\. one'),
        ('1.5 times', '1.5 times'),
        ('# one', r'\# one'),
        ('- one', r'\- one'),
        ('-0.5', '-0.5'),
        ('http://x www.x', r'http:\//x www\.x'),
        ('a\nb', r'a\\nb'),
    ],
)
def test_plain_text_is_no_markup(text, shown):
    assert as_markdown(text) == shown


def test_what_cannot_be_seen_is_shown_by_number():
    assert visible('ü\t\x1b[2J\u200b\ud800') == r'ü\t\x1b[2J\u200b\ud800'


@pytest.mark.parametrize('suffix', ['.md', '.html', '.HTML'])
def test_a_card_is_written_of_any_file(suffix, student_file, tmp_path):
    output = tmp_path / f'card{suffix}'
    write_card(student_file, output)
    content = student_file.read_bytes()
    form = card_markdown if suffix == '.md' else card_html
    expected = form(read_manifest(read_archive(student_file).parts), digest(content), len(content))
    assert output.read_text(encoding='utf-8') == expected
    assert [path.name for path in tmp_path.iterdir()] == [output.name]


def test_a_card_of_another_kind_or_of_another_file_is_refused(student_file, tmp_path):
    with pytest.raises(HandoverError, match=r'\.md or \.html'):
        write_card(student_file, tmp_path / 'card.pdf')
    (tmp_path / 'no file').write_text('nothing')
    with pytest.raises(HandoverError, match='no file of a teacher or student'):
        write_card(tmp_path / 'no file', tmp_path / 'card.md')
    assert not (tmp_path / 'card.md').exists()


@pytest.mark.parametrize(
    ('field', 'value', 'problem'),
    [
        ('metadata', {}, 'describe no columns'),
        ('metadata', {'tables': {}}, '0 tables'),
        ('figures', {'x': 1}, 'figures cannot be read'),
        ('evidence', {'x': 1}, 'evidence of privacy cannot be read'),
    ],
)
def test_a_manifest_that_says_nothing_readable_is_refused(field, value, problem, student):
    with pytest.raises(HandoverError, match=problem):
        card_markdown(student.model_copy(update={field: value}), '', 0)


def test_a_student_from_elsewhere_names_its_teacher(student):
    provenance = student.provenance.model_copy(update={'parent': 'f' * 64})
    card = card_markdown(student.model_copy(update={'provenance': provenance}), '', 0)
    assert f'Distilled from the file | {"f" * 64}' in card
    assert card.index("from_teacher('TEACHER')") < card.index('synthesizer.distill()')
    assert card.index('synthesizer.distill()') < card.index('synthesizer.export(')


def test_the_python_of_a_card_is_python(measured, teacher):
    for manifest in (measured, teacher, hostile(measured)):
        card = card_markdown(manifest, 'd' * 64, 1)
        blocks = [part.split('```')[0] for part in card.split('```python\n')[1:]]
        assert len(blocks) == 2
        for block in blocks:
            compile(block, 'card', 'exec')


def test_markdown_is_written_where_torch_and_sdv_are_not(student_file, tmp_path):
    code = (
        'import sys\n'
        'for name in ("torch", "sdv", "rdt", "ctgan"): sys.modules[name] = None\n'
        'from sdv_fair4free.handover.card import write_card\n'
        'write_card(sys.argv[1], sys.argv[2])'
    )
    output = tmp_path / 'card.md'
    command = [sys.executable, '-c', code, str(student_file), str(output)]
    subprocess.run(command, check=True, timeout=60)
    assert output.read_text(encoding='utf-8').startswith('# Card of a student')


def test_a_card_with_evidence_is_written_where_torch_and_sdv_are_not(measured_file, tmp_path):
    script = (
        'import sys\n'
        'for name in ("torch", "sdv", "rdt", "ctgan"): sys.modules[name] = None\n'
        'from sdv_fair4free.command import main\n'
        'sys.exit(main(["card", sys.argv[1], "--output", "card.md"]))'
    )
    subprocess.run([sys.executable, '-c', script, measured_file], check=True, cwd=tmp_path)
    assert LIMITS[0].split(':')[0] in (tmp_path / 'card.md').read_text()
