"""Blocks of a card, each as Markdown and as HTML.

Their texts are plain and may come from a stranger's file: nothing in them is markup in either form,
and what cannot be printed - line breaks, control characters, marks that turn the direction of
writing - is shown by its number instead.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from sdv_fair4free.reports.cells import Cell

# With a backslash in it, the address of a stranger is no link.
_MARKUP = re.compile(
    r'[\\`*\[\]<>|~&$@]|(?<!\w)_|_(?!\w)|(?<=:)(?=//)|(?<=www)(?=\.)', re.IGNORECASE
)
_LINE_START = re.compile(r'^(?:#|=|[+-](?=\s)|-(?=-)|\d+(?=[.)]\s))')


def visible(text: str) -> str:
    """The text in one line, and without anything that is not seen."""
    return ''.join(
        sign if sign.isprintable() else sign.encode('unicode_escape').decode('ascii')
        for sign in text
    )


def as_markdown(text: str) -> str:
    """The text as Markdown that shows it, and nothing else."""
    escaped = _MARKUP.sub(lambda found: '\\' + found[0], visible(text))
    return _LINE_START.sub(_after_backslash, escaped)


def _after_backslash(found: re.Match[str]) -> str:
    """A sign that begins a block; of the number of a list, the dot behind it does."""
    return f'{found[0]}\\' if found[0].isdigit() else f'\\{found[0]}'


def as_html(text: str) -> str:
    """The text as HTML that shows it, and nothing else."""
    return escape(visible(text))


@dataclass(frozen=True)
class Paragraph:
    """Sentences."""

    text: str

    def markdown(self) -> str:
        """As Markdown."""
        return as_markdown(self.text)

    def html(self) -> str:
        """As HTML."""
        return f'<p>{as_html(self.text)}</p>'


@dataclass(frozen=True)
class Heading:
    """The heading of a part of a section."""

    text: str

    def markdown(self) -> str:
        """As Markdown."""
        return f'### {as_markdown(self.text)}'

    def html(self) -> str:
        """As HTML."""
        return f'<h3>{as_html(self.text)}</h3>'


@dataclass(frozen=True)
class Items:
    """Sentences that stand one below the other."""

    texts: Sequence[str]

    def markdown(self) -> str:
        """As Markdown."""
        return '\n'.join(f'- {as_markdown(text)}' for text in self.texts)

    def html(self) -> str:
        """As HTML."""
        return f'<ul>{"".join(f"<li>{as_html(text)}</li>" for text in self.texts)}</ul>'


@dataclass(frozen=True)
class Terms:
    """What words mean."""

    meanings: Sequence[tuple[str, str]]

    def markdown(self) -> str:
        """As Markdown."""
        return '\n'.join(
            f'- **{as_markdown(word)}**: {as_markdown(meaning)}' for word, meaning in self.meanings
        )

    def html(self) -> str:
        """As HTML."""
        entries = ''.join(
            f'<dt>{as_html(word)}</dt><dd>{as_html(meaning)}</dd>'
            for word, meaning in self.meanings
        )
        return f'<dl>{entries}</dl>'


@dataclass(frozen=True)
class Grid:
    """A table; the first cell of a row is its heading.

    Attributes:
        caption: What it shows.
        head: Headings of the columns.
        rows: Cells, row by row.
        numbers: Whether all columns but the first are figures.
    """

    caption: str
    head: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    numbers: bool = False

    def markdown(self) -> str:
        """As Markdown."""
        rule = '---:' if self.numbers else '---'
        lines = [
            [as_markdown(name) for name in self.head],
            ['---', *[rule] * (len(self.head) - 1)],
            *([as_markdown(cell.as_text()) for cell in row] for row in self.rows),
        ]
        return f'{as_markdown(self.caption)}\n\n' + '\n'.join(
            f'| {" | ".join(line)} |' for line in lines
        )

    def html(self) -> str:
        """As HTML."""
        from sdv_fair4free.html import table_block  # brings plotly, which Markdown can do without

        cells = [
            [Cell(visible(cell.text), tuple(map(visible, cell.remarks))).as_html() for cell in row]
            for row in self.rows
        ]
        table = table_block(
            visible(self.caption), [as_html(name) for name in self.head], cells, wrap=True
        )
        return table if self.numbers else f'<div class="words">{table}</div>'


@dataclass(frozen=True)
class Code:
    """Lines to type.

    Attributes:
        language: 'python' or 'sh'.
        lines: Line by line; a line is printed as one line, whatever is in it.
    """

    language: str
    lines: Sequence[str]

    def markdown(self) -> str:
        """As Markdown."""
        content = self._content()
        longest = max(map(len, re.findall('`+', content)), default=0)
        fence = '`' * max(3, longest + 1)
        return f'{fence}{self.language}\n{content}\n{fence}'

    def html(self) -> str:
        """As HTML."""
        return f'<pre tabindex="0"><code>{escape(self._content())}</code></pre>'

    def _content(self) -> str:
        return '\n'.join(visible(line) for line in self.lines)


Block = Paragraph | Heading | Items | Terms | Grid | Code


@dataclass(frozen=True)
class Section:
    """A part of a card with its own heading.

    Attributes:
        name: Its anchor.
        heading: Above it.
        blocks: What stands there.
        warning: Whether it must not be overlooked.
    """

    name: str
    heading: str
    blocks: Sequence[Block]
    warning: bool = False

    def markdown(self) -> str:
        """As Markdown."""
        return '\n\n'.join(
            [f'## {as_markdown(self.heading)}', *(block.markdown() for block in self.blocks)]
        )

    def html(self) -> str:
        """As HTML."""
        kind = ' class="note"' if self.warning else ''
        content = ''.join(block.html() for block in self.blocks)
        return (
            f'<section{kind} aria-labelledby="{self.name}"><h2 id="{self.name}">'
            f'{as_html(self.heading)}</h2>{content}</section>'
        )
