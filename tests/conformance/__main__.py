"""``python -m tests.conformance``: run every check for ours and for TVAE, and write the page."""

import os
import sys
import tempfile
from pathlib import Path

# SDV writes a settings file when it is imported: here, to a scratch folder.
os.environ.setdefault('XDG_DATA_HOME', tempfile.mkdtemp(prefix='sdv-fair4free-conformance-'))

from .page import page
from .results import results
from .subjects import ours, tvae

PAGE = Path(__file__).parents[2] / 'docs' / 'conformance.md'


def main() -> int:
    """Write the page; 1 if ours fails anywhere."""
    found = results({'ours': ours, 'TVAE': tvae})
    PAGE.write_text(page(found), encoding='utf-8')
    failed = [one for one in found if one.by['ours']]
    for one in failed:
        sys.stderr.write(f'{one.check.name}: {one.by["ours"]}\n')
    sys.stderr.write(f'{len(found) - len(failed)} of {len(found)} pass; see {PAGE.name}\n')
    return int(bool(failed))


if __name__ == '__main__':
    sys.exit(main())
