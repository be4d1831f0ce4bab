"""The table of the layers on docs/architecture.md."""

from __future__ import annotations

from .imports import ROOT, Architecture
from .layers import LAYERS, UPWARD

PAGE = ROOT / 'docs' / 'architecture.md'
BEGIN, END = '<!-- layers: python -m tests.architecture -->\n', '<!-- end of layers -->'


def table(found: Architecture) -> str:
    """The layers from above, with their parts and packages, as Markdown."""
    lines = [
        '| layer | what it does | where | packages of others |',
        '|---|---|---|---|',
    ]
    for layer in reversed(LAYERS):
        where = ', '.join(f'`{part}`' for part in layer.parts)
        packages = ', '.join(found.packages(layer)) or 'none'
        lines.append(f'| {layer.name} | {layer.does} | {where} | {packages} |')
    lines += ['', 'The imports against the arrows, all of them:', '']
    lines += ['| importing | imported | which is |', '|---|---|---|']
    lines += [f'| `{one}` | `{two}` | {why} |' for (one, two), why in UPWARD.items()]
    return '\n'.join(lines) + '\n'


def with_table(page: str, found: Architecture) -> str:
    """The page with the table as the code makes it.

    Args:
        page: Its text, with the two marks.
        found: What the code imports.
    """
    before, rest = page.split(BEGIN)
    return f'{before}{BEGIN}\n{table(found)}\n{END}{rest.split(END)[1]}'
