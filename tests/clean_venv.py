"""Environments of their own that see the packages of this one, so that nothing is downloaded."""

import os
import subprocess
import sys
import sysconfig
from pathlib import Path


class CleanVenv:
    """An environment with the packages of this one behind its own: those of developers, too.

    Args:
        place: A folder that is not there yet.
    """

    def __init__(self, place: Path) -> None:
        subprocess.run([sys.executable, '-m', 'venv', '--without-pip', str(place)], check=True)
        self.python = place / ('Scripts' if os.name == 'nt' else 'bin') / 'python'
        own = self.run('-c', 'import sysconfig; print(sysconfig.get_path("purelib"))').strip()
        others = sysconfig.get_path('purelib')
        Path(own, 'others.pth').write_text(f'import site; site.addsitedir({others!r})\n')

    def install(self, what: Path) -> None:
        """Install a folder or a wheel, and nothing else; what others have installed is left."""
        subprocess.run(
            [
                *[sys.executable, '-m', 'pip', '--python', str(self.python), 'install', '--quiet'],
                *['--no-deps', '--no-build-isolation', '--no-index', '--ignore-installed'],
                *['--disable-pip-version-check', str(what)],
            ],
            check=True,
        )

    def run(self, *arguments: str, folder: Path | None = None, **environment: str) -> str:
        """What Python says to these arguments; its failure is one of the test."""
        done = subprocess.run(
            [str(self.python), *arguments],
            cwd=folder,
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout
