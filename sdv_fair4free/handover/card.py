"""The card of a file that was handed over: one page for those who must decide about its use.

In the manner of model cards (Mitchell et al. 2019) and of datasheets for datasets (Gebru et al.
2021). It says what the file says, and what nobody knows; writing it needs no data.
"""

from __future__ import annotations

import os
from html import escape
from pathlib import Path

from sdv_fair4free._version import __version__
from sdv_fair4free.files import replacing
from sdv_fair4free.handover.archive import read_archive
from sdv_fair4free.handover.card_about import columns_told, described, identity, purpose
from sdv_fair4free.handover.card_blocks import Section, as_html, as_markdown
from sdv_fair4free.handover.card_fairness import definition, figures
from sdv_fair4free.handover.card_privacy import privacy
from sdv_fair4free.handover.card_use import licences, reproduction
from sdv_fair4free.handover.checked import read_manifest
from sdv_fair4free.handover.errors import HandoverError
from sdv_fair4free.handover.manifest import Manifest

_STYLE = """
.words td, .words th { text-align: left; vertical-align: top; }
.words td:last-child { overflow-wrap: anywhere; min-width: 10em; }
pre { background: #fff; border: 1px solid #dcdce6; border-radius: .5rem; padding: 1rem 1.25rem;
  overflow-x: auto; font-size: .9rem; line-height: 1.45; }
nav ul { columns: 2; padding-left: 1.25rem; }
nav li { margin: 0 0 .35rem; break-inside: avoid; }
@media (max-width: 36rem) { nav ul { columns: 1; } pre { padding: .9rem .6rem; } }
"""


def card_markdown(manifest: Manifest, file_digest: str, file_bytes: int) -> str:
    """The card as Markdown.

    Args:
        manifest: Of the file.
        file_digest: SHA-256 of the file, in hexadecimal.
        file_bytes: Its size.

    Returns:
        Text in which nothing that the file says is markup.

    Raises:
        HandoverError: If metadata, figures or evidence in the manifest cannot be read.
    """
    sections = _sections(manifest, file_digest, file_bytes)
    lines = [f'# {as_markdown(_heading(manifest))}', as_markdown(_lead())]
    return '\n\n'.join([*lines, *(section.markdown() for section in sections)]) + '\n'


def card_html(manifest: Manifest, file_digest: str, file_bytes: int) -> str:
    """The card as one page that opens in any browser, without a network or a script.

    Args:
        manifest: Of the file.
        file_digest: SHA-256 of the file, in hexadecimal.
        file_bytes: Its size.

    Returns:
        HTML in which nothing that the file says is markup.

    Raises:
        HandoverError: If metadata, figures or evidence in the manifest cannot be read.
    """
    from sdv_fair4free.html import STYLE  # brings plotly, which Markdown can do without

    sections = _sections(manifest, file_digest, file_bytes)
    heading = as_html(_heading(manifest))
    contents = ''.join(
        f'<li><a href="#{section.name}">{escape(section.heading)}</a></li>' for section in sections
    )
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<title>{heading}</title><style>{STYLE}{_STYLE}</style></head><body>'
        f'<header><div><h1>{heading}</h1><p>{as_html(_lead())}</p></div></header>'
        f'<main><nav aria-label="Contents"><ul>{contents}</ul></nav>'
        f'{"".join(section.html() for section in sections)}</main>'
        f'<footer>Written by sdv-fair4free {__version__}. It needs no network.</footer>'
        '</body></html>\n'
    )


def write_card(file: str | os.PathLike[str], output: str | os.PathLike[str]) -> None:
    """Write the card of a file that ``export`` or ``export_teacher`` wrote.

    Args:
        file: The file of a teacher or student.
        output: Where to, ending in ``.md`` or ``.html``; written whole or not at all.

    Raises:
        HandoverError: If the file cannot be read, or the output ends in something else.
        OSError: If one of the two cannot be opened.
    """
    writers = {'.md': card_markdown, '.html': card_html}
    suffix = Path(output).suffix.lower()
    if suffix not in writers:
        raise HandoverError(f'{output} must end in .md or .html: a card is one of the two.')
    archive = read_archive(file)
    text = writers[suffix](read_manifest(archive.parts), archive.digest, archive.bytes)
    with replacing(Path(output)) as temporary:
        temporary.write_text(text, encoding='utf-8')


def _sections(manifest: Manifest, file_digest: str, file_bytes: int) -> list[Section]:
    return [
        identity(manifest, file_digest, file_bytes),
        *purpose(manifest),
        columns_told(manifest),
        definition(manifest),
        *figures(manifest),
        privacy(manifest),
        licences(),
        reproduction(manifest, file_digest),
    ]


def _heading(manifest: Manifest) -> str:
    return f"Card of a {manifest.kind} of the table '{described(manifest)[0]}'"


def _lead() -> str:
    return (
        'What is in the file, what it may be used for, what was measured of it, and what nobody '
        'can promise. Written from the file alone: what it says was said by whoever made it.'
    )


__all__ = ['card_html', 'card_markdown', 'write_card']
