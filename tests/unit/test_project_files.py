"""Files that platforms read: how to cite, and what an issue is asked."""

import re
from pathlib import Path
from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, ValidationError

import sdv_fair4free

yaml = pytest.importorskip('yaml')
ROOT = Path(__file__).parents[2]
FORMS = sorted((ROOT / '.github' / 'ISSUE_TEMPLATE').glob('*.yml'))


Text = Annotated[str, Field(min_length=1)]
Url = Annotated[str, Field(pattern=r'^(https|http|ftp|sftp)://.+')]


class Cff(BaseModel):
    """A part of a file of the Citation File Format, 1.2.0: the fields that ours has, as told there.

    Fields that the format knows and ours does not have are refused, too: add them here first.
    """

    model_config = ConfigDict(
        extra='forbid', strict=True, alias_generator=lambda name: name.replace('_', '-')
    )


class Person(Cff):
    family_names: Text
    given_names: Text


class Entity(Cff):
    name: Text


class Identifier(Cff):
    type: Literal['other']
    value: Text


Authors = Annotated[list[Person | Entity], Field(min_length=1)]


class CffReference(Cff):
    authors: Authors
    title: Text
    type: Literal['article']
    year: int
    url: Url
    identifiers: Annotated[list[Identifier], Field(min_length=1)]


class Citation(Cff):
    authors: Authors
    cff_version: Literal['1.2.0']
    message: Text
    title: Text
    type: Literal['software', 'dataset']
    version: Text
    license: Literal['MIT']
    keywords: Annotated[list[Text], Field(min_length=1)]
    references: Annotated[list[CffReference], Field(min_length=1)]


def test_the_citation_is_of_the_form_that_its_format_asks_for():
    cited = yaml.safe_load((ROOT / 'CITATION.cff').read_text(encoding='utf-8'))
    told = Citation.model_validate(cited)
    for items in (told.authors, told.keywords, told.references):
        assert all(items.index(item) == place for place, item in enumerate(items))  # no two alike
    for wrong in ({'doi': ''}, {'authors': []}, {'cff-version': 1.2}, {'version': 0.1}):
        with pytest.raises(ValidationError):
            Citation.model_validate({**cited, **wrong})


def test_the_citation_is_of_this_version_and_names_both_papers():
    cited = yaml.safe_load((ROOT / 'CITATION.cff').read_text(encoding='utf-8'))
    assert cited['version'] == sdv_fair4free.__version__
    assert cited['authors'] == [{'name': 'The sdv-fair4free founders'}]
    for number, reference in zip(('2410.01423', '2408.10755'), cited['references'], strict=True):
        assert reference['url'] == f'https://arxiv.org/abs/{number}'
        assert reference['identifiers'] == [{'type': 'other', 'value': f'arXiv:{number}'}]


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
