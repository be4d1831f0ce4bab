"""What a message says of packages that only some people need: how to install them."""

from __future__ import annotations


def to_install(extra: str) -> str:
    """The command that adds the packages of an extra, and where it works.

    This package is on no index, so that there is a clone to install from, and no name.

    Args:
        extra: A key of ``optional-dependencies`` in ``pyproject.toml``.
    """
    return f"python -m pip install '.[{extra}]' in a clone of sdv-fair4free"


__all__ = ['to_install']
