"""Gather the fragments of changelog.d into CHANGELOG.md; with ``--check`` only read them."""

from __future__ import annotations

import argparse
import re
import sys
import textwrap
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
KINDS = ('added', 'changed', 'fixed', 'removed')
NAME = re.compile(rf'(?P<number>\d*)[a-z-]*\.(?P<kind>{"|".join(KINDS)})\.md')


def fragments(folder: Path) -> list[Path]:
    """The fragments, in the order of their kinds and numbers; all that is wrong is told at once."""
    found, problems = [], []
    for path in sorted(folder.glob('*')):
        if path.name == 'README.md':
            continue
        named = NAME.fullmatch(path.name)
        if not named:
            problems.append(f'{path.name} is not named NUMBER-WORD.KIND.md, of {", ".join(KINDS)}')
            continue
        text = path.read_text(encoding='utf-8').strip()
        if not text or text.startswith(('*', '-', '#')) or '\n\n' in text:
            problems.append(f'{path.name} must hold one paragraph, without a bullet or a heading')
        number = int(named['number'] or 10**9)  # those of no issue come last
        found.append((KINDS.index(named['kind']), number, path.name, path))
    if problems:
        raise ValueError('\n'.join(problems))
    return [path for *_, path in sorted(found)]


def gathered(changelog: str, texts: list[str]) -> str:
    """The changelog with the texts at the end of its first section, the release under way."""
    start = changelog.index('\n## ') + 1
    end = changelog.find('\n## ', start)
    section, older = (changelog[start:], '') if end < 0 else (changelog[start:end], changelog[end:])
    bullets = [
        textwrap.fill(
            ' '.join(text.split()),
            width=100,
            initial_indent='* ',
            subsequent_indent='  ',
            break_long_words=False,
            break_on_hyphens=False,
        )
        for text in texts
    ]
    return changelog[:start] + '\n'.join([section.rstrip('\n'), *bullets]) + '\n' + older


def main(arguments: list[str] | None = None, root: Path = ROOT) -> int:
    """Gather, or only look; 2 if a fragment cannot be read."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--check', action='store_true', help='only say whether all can be read')
    asked = parser.parse_args(arguments)
    try:
        paths = fragments(root / 'changelog.d')
    except ValueError as error:
        sys.stderr.write(f'{error}\n')
        return 2
    if not asked.check and paths:
        page = root / 'CHANGELOG.md'
        texts = [path.read_text(encoding='utf-8') for path in paths]
        page.write_text(gathered(page.read_text(encoding='utf-8'), texts), encoding='utf-8')
        for path in paths:
            path.unlink()
    sys.stdout.write(f'{len(paths)} fragments {"can be read" if asked.check else "gathered"}\n')
    return 0


if __name__ == '__main__':
    sys.exit(main())
