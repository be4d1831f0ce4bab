"""Files that platforms read: how to cite, and what an issue is asked."""

import re
from pathlib import Path

import pytest

import sdv_fair4free

yaml = pytest.importorskip('yaml')
ROOT = Path(__file__).parents[2]
FORMS = sorted((ROOT / '.github' / 'ISSUE_TEMPLATE').glob('*.yml'))


def test_the_citation_is_of_this_version_and_names_both_papers():
    cited = yaml.safe_load((ROOT / 'CITATION.cff').read_text(encoding='utf-8'))
    assert cited['cff-version'] == '1.2.0'
    assert cited['version'] == sdv_fair4free.__version__
    assert {'message', 'title', 'authors'} <= set(cited)
    assert cited['authors'] == [{'name': 'The sdv-fair4free founders'}]
    assert cited['license'] == 'MIT'
    for number, reference in zip(('2410.01423', '2408.10755'), cited['references'], strict=True):
        assert {'type', 'title', 'authors'} <= set(reference)
        assert reference['url'] == f'https://arxiv.org/abs/{number}'
        assert reference['identifiers'] == [{'type': 'other', 'value': f'arXiv:{number}'}]
        assert all({'family-names', 'given-names'} == set(each) for each in reference['authors'])


@pytest.mark.parametrize('path', FORMS, ids=lambda path: path.stem)
def test_forms_of_issues_can_be_read(path):
    form = yaml.safe_load(path.read_text(encoding='utf-8'))
    if path.stem == 'config':
        assert set(form) == {'blank_issues_enabled'}
        return
    assert {'name', 'description', 'body'} <= set(form)
    asked = [part for part in form['body'] if part['type'] != 'markdown']
    assert len({part['id'] for part in asked}) == len(asked)
    for part in asked:
        assert part['type'] in ('textarea', 'checkboxes', 'input', 'dropdown')
        assert part['attributes']['label']


def test_a_bug_is_told_with_versions_and_metadata_and_without_rows():
    text = (ROOT / '.github' / 'ISSUE_TEMPLATE' / 'bug.yml').read_text(encoding='utf-8')
    assert 'sdv-fair4free --version' in text
    assert 'Metadata, not data' in text
    assert 'Never paste real rows' in text


def test_decisions_are_all_in_their_index_and_have_their_headings():
    folder = ROOT / 'docs' / 'decisions'
    index = (folder / 'index.md').read_text(encoding='utf-8')
    pages = sorted(path for path in folder.glob('*.md') if path.name != 'index.md')
    assert [path.name for path in pages] == re.findall(r'\((\d{4}-[a-z0-9-]+\.md)\)', index)
    for number, path in enumerate(pages, start=1):
        text = path.read_text(encoding='utf-8')
        assert text.startswith(f'# {number:04}: ')
        headings = re.findall(r'^## (.*)$', text, re.MULTILINE)
        assert headings == [
            *('Context', 'Decision', 'Consequences'),
            'What was measured, and what would change our mind',
        ]


def test_links_within_the_documents_lead_to_headings():
    def anchors(path):
        headings = re.findall(r'^#+ (.*)$', path.read_text(encoding='utf-8'), re.MULTILINE)
        return {
            re.sub(r'[^\w\- ]', '', each).strip().lower().replace(' ', '-') for each in headings
        }

    pages = [*ROOT.glob('*.md'), *(ROOT / 'docs').glob('**/*.md'), *ROOT.glob('changelog.d/*.md')]
    assert len(pages) > 20
    for page in pages:
        for link in re.findall(r'\]\((?!https?:)([^)]+)\)', page.read_text(encoding='utf-8')):
            name, _, anchor = link.partition('#')
            path = page.parent / name if name else page
            assert path.exists(), f'{page.name} points to {link}'
            assert not anchor or anchor in anchors(path), f'{page.name} points to {link}'
