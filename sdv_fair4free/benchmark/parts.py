"""Parts of one page that several commands write: each leaves the parts of the others alone."""

from __future__ import annotations

from pathlib import Path

REACH, IMAGES, SPEED, GROWTH, GPU = 'reach', 'images', 'speed', 'growth', 'gpu'
"""The parts of the modules of these names in :mod:`sdv_fair4free.benchmark`."""
PARTS = (REACH, IMAGES, SPEED, GROWTH, GPU)


def _marks(name: str) -> tuple[str, str]:
    return f'<!-- begin {name} -->', f'<!-- end {name} -->'


def part_of(page: str, name: str) -> str | None:
    """A part with its marks; None if the page has none of that name."""
    begin, end = _marks(name)
    if begin not in page or end not in page:
        return None
    return begin + page.partition(begin)[2].partition(end)[0] + end


def with_part(page: str, name: str, content: str) -> str:
    """The page with this content as the part of that name, at its end if it had none."""
    begin, end = _marks(name)
    made = f'{begin}\n{content.strip()}\n{end}'
    old = part_of(page, name)
    return page.rstrip('\n') + f'\n\n{made}\n' if old is None else page.replace(old, made)


def written_anew(path: Path, page: str) -> None:
    """Write a page, and keep the parts that the old one has from others."""
    before = path.read_text(encoding='utf-8') if path.exists() else ''
    kept = [part for part in (part_of(before, name) for name in PARTS) if part is not None]
    path.write_text('\n\n'.join([page.rstrip('\n'), *kept]) + '\n', encoding='utf-8')


def part_written(path: Path, name: str, content: str) -> None:
    """Write a part of a page, and leave the rest alone."""
    before = path.read_text(encoding='utf-8') if path.exists() else ''
    path.write_text(with_part(before, name, content), encoding='utf-8')
