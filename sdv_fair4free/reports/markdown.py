"""Markdown out of plain text and cells, and out of the HTML of a section.

markdownify was weighed: it leaves `<` and, in the cells of tables, `|` as they are, so that what a
plug-in tells of a table's values would become markup.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from html.parser import HTMLParser
from typing import Any

SMALLEST_HEADING = 3
"""Headings in a section stand below its own, which is of level 2."""
_SILENT = {'script', 'style', 'svg', 'template'}
"""What only a browser can show."""
_INLINE = {'b': '**', 'strong': '**', 'i': '*', 'em': '*'}
_BLOCK = re.compile(
    'address|article|aside|blockquote|body|br|caption|center|dd|details|dialog|dir|div|dl|dt|'
    'fieldset|figcaption|figure|footer|form|h[1-6]|head|header|hgroup|hr|html|legend|li|main|menu|'
    'nav|noscript|ol|optgroup|option|p|pre|search|section|summary|table|tbody|tfoot|thead|title|ul'
)
"""What begins a line; all other tags stand within one."""


_MARKUP = re.compile(
    r'<|`|\*|~|(?<![^\W_])_|_(?![^\W_])'  # tags, code and marks; names have an underscore within
    r'|\](?=[(\[:])'  # what would make a link of the brackets before it
    r'|&(?=#?\w+;)'  # entities
    r'|\\(?=[!-/:-@\[-`{-~])'  # what would take the meaning of the next character
)
_OPENING = re.compile(r'(?:#{1,6}|[-+]|=+|-{2,})(?=\s|$)|\d+(?=[.)](?:\s|$))|>')
"""What would make something else of a line that begins with it."""
_SAFE = re.compile(r'(?:https?:|mailto:|[^:]*$|[^:]*[/?#])', re.IGNORECASE)
"""Addresses that lead to a page or within one: others may run code."""


def plain(text: str) -> str:
    """Names of columns and tables are not markup."""
    return _MARKUP.sub(lambda found: '\\' + found[0], text)


def _as_text_begins(words: str) -> str:
    """The words of a line, of which the beginning is not taken for markup either."""
    found = _OPENING.match(words)
    if found is None:
        return words
    place = found.end() if found[0][:1].isdigit() else 0
    return f'{words[:place]}\\{words[place:]}'


def items(sentences: Iterable[str]) -> list[str]:
    """A list, a line for each sentence."""
    return [f'- {_as_text_begins(plain(sentence))}' for sentence in sentences]


def table(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> list[str]:
    """A table of plain text, its lines."""
    return _lines_of_table([plain(name) for name in head], [map(plain, map(str, r)) for r in rows])


def section_as_markdown(content: str) -> list[str]:
    """The headings, texts, lists and tables of a section.

    Args:
        content: HTML, as a section gives it. Scripts, styles and drawings are left out; pictures
            are told by the text in their place.

    Returns:
        Lines, a blank one between blocks.
    """
    reader = _Reader()
    reader.feed(content)
    reader.close()
    return reader.lines()


def _address(href: str) -> str:
    """An address as it stands in brackets; an empty text for one that may run code."""
    if not _SAFE.match(href.strip()):
        return ''
    return re.sub(r'[\s()<>]', lambda found: f'%{ord(found[0]):02X}', href.strip())


def _lines_of_table(head: Sequence[str], rows: Iterable[Iterable[str]]) -> list[str]:
    lines = [head, ['---', *['---:'] * (len(head) - 1)], *rows]
    return ['| ' + ' | '.join(cell.replace('|', r'\|') for cell in line) + ' |' for line in lines]


class _Reader(HTMLParser):
    """Reads HTML block by block; a tag that was left open ends where the next block begins."""

    def __init__(self) -> None:
        super().__init__()
        self._blocks: list[list[str]] = []
        self._words = ''  # of the block or the cell under way
        self._marks = ('', '')  # what the block begins and ends with
        self._wanted: list[str] = []  # the marks of tags that are open
        self._written: list[str] = []  # those that have begun: only around words
        self._item = self._after_item = False  # items of a list have no blank lines between
        self._silent = 0
        self._lists: list[int | None] = []  # the number reached; None where none are shown
        self._addresses: list[str] = []
        self._rows: list[list[str]] = []
        self._heads: list[bool] = []  # whether all cells of a row are headings
        self._in_cell = False

    def lines(self) -> list[str]:
        """All that was read."""
        lines: list[str] = []
        for block in self._blocks:
            lines += ['', *block] if lines else block
        return lines

    def close(self) -> None:
        """Read what is left."""
        super().close()
        self._end_table()
        self._end_block()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin a block, a cell or a mark."""
        told = dict(attrs)
        if tag in _SILENT:
            self._silent += 1
        elif self._silent:
            return
        elif tag in ('td', 'th', 'tr'):
            self._end_cell()
            if tag == 'tr' or not self._rows:
                self._rows.append([])
                self._heads.append(True)
            if tag != 'tr':
                self._in_cell, self._heads[-1] = True, self._heads[-1] and tag == 'th'
        elif tag == 'br' and self._marks[0].startswith('#'):
            self._words += ' '  # a heading is one line
        elif _BLOCK.fullmatch(tag):
            self._end_block()
            self._begin_block(tag)
        elif tag == 'a':
            self._addresses.append(_address(told.get('href') or ''))
            self._write('[' if self._addresses[-1] else '')
        elif tag == 'img':
            self._write(plain(told.get('alt') or ''))
        elif tag in _INLINE:
            self._wanted.append(_INLINE[tag])

    def handle_endtag(self, tag: str) -> None:
        """End what began."""
        if tag in _SILENT:
            self._silent = max(self._silent - 1, 0)
        elif self._silent:
            return
        elif tag in ('td', 'th', 'tr'):
            self._end_cell()
        elif tag == 'table':
            self._end_table()
        elif tag == 'a':
            address = self._addresses.pop() if self._addresses else ''
            self._write(f']({address})' if address else '')
        elif _INLINE.get(tag) in self._wanted:
            self._wanted.remove(_INLINE[tag])
        elif _BLOCK.fullmatch(tag):
            self._end_block()
            if tag in ('ul', 'ol') and self._lists and not self._in_cell:
                self._lists.pop()

    def handle_data(self, data: str) -> None:
        """Read words."""
        if not self._silent:
            # A bracket may be followed by another piece of text that would make a link of it.
            self._write(re.sub(r'(?<!\\)\]', r'\\]', plain(data)))

    def _write(self, words: str) -> None:
        """Add words, and before them the marks that end and begin here."""
        if not words.strip():
            self._words += words
            return
        wanted = [mark for mark in dict.fromkeys(self._wanted) if mark != self._marks[0]]
        ended = [mark for mark in reversed(self._written) if mark not in wanted]
        begun = [mark for mark in wanted if mark not in self._written]
        space = ' ' if self._words[-1:].isspace() or words[0].isspace() else ''
        self._words = ''.join([self._words.rstrip(), *ended, space, *begun, words.lstrip()])
        self._written = [mark for mark in self._written if mark in wanted] + begun

    def _taken(self) -> str:
        """The words of the block or the cell that ends here."""
        words = ' '.join(self._words.split()) + ''.join(reversed(self._written))
        self._words, self._written = '', []
        if words:
            self._wanted = []
        return words

    def _begin_block(self, tag: str) -> None:
        if self._in_cell:
            return
        if tag in ('ul', 'ol'):
            self._lists.append(0 if tag == 'ol' else None)
        elif tag == 'li':
            number = self._lists[-1] if self._lists else None
            if number is not None:
                self._lists[-1] = number + 1
            mark = '- ' if number is None else f'{number + 1}. '
            self._marks, self._item = ('   ' * (len(self._lists) - 1) + mark, ''), True
        elif tag == 'dt':
            self._marks = ('**', '**')
        elif len(tag) == 2 and tag[0] == 'h' and tag[1].isdigit():
            self._marks = ('#' * max(SMALLEST_HEADING, int(tag[1])) + ' ', '')

    def _end_block(self) -> None:
        if self._in_cell:
            self._words += ' '  # a cell is one line, whatever is in it
            return
        words, (begin, end) = self._taken(), self._marks
        if not words:
            return
        if begin.startswith('#'):
            words = re.sub(r'#$', r'\\#', words)  # a last one would only close the heading
        self._marks = ('', '')
        if not (self._item and self._after_item):
            self._blocks.append([])
        self._blocks[-1].append(f'{begin}{words if end else _as_text_begins(words)}{end}')
        self._item, self._after_item = False, self._item

    def _end_cell(self) -> None:
        if self._in_cell:
            self._rows[-1].append(self._taken())
            self._in_cell = False

    def _end_table(self) -> None:
        self._end_cell()
        width = max(map(len, self._rows), default=0)
        if width:
            rows = [[*row, *[''] * (width - len(row))] for row in self._rows]
            head = rows.pop(0) if self._heads[0] else [''] * width
            self._blocks.append(_lines_of_table(head, rows))
            self._after_item = False
        self._rows, self._heads = [], []


__all__ = ['items', 'plain', 'section_as_markdown', 'table']
