"""For the reference: names as users import them, and the roles of docstrings as links."""

from __future__ import annotations

import ast
import re
from typing import Any

import griffe

PACKAGE = 'sdv_fair4free'
ROLE = re.compile(r':(?:class|func|meth|mod|attr|data):`(~?)([\w.]+)`')
"""As Sphinx writes them; a tilde shows the last part alone."""


class PublicNames(griffe.Extension):
    """Makes the lazy names of the package known, and links what docstrings refer to."""

    def on_package(self, *, pkg: griffe.Module, **kwargs: Any) -> None:
        """Give the package its public names, which it imports at their first use only."""
        if pkg.name != PACKAGE:
            return
        for name, module in ast.literal_eval(str(pkg['_HOME'].value)).items():
            pkg.set_member(name, griffe.Alias(name, f'{PACKAGE}.{module}.{name}'))
        _link(pkg)


def _link(thing: griffe.Object) -> None:
    """Turn the roles in the docstrings of an object and its members into links."""
    if thing.docstring is not None:
        thing.docstring.value = ROLE.sub(_as_code, thing.docstring.value)
    for member in thing.members.values():
        if not member.is_alias:
            _link(member)


def _as_code(role: re.Match[str]) -> str:
    shortened, path = role.groups()
    shown = path.rpartition('.')[2] if shortened else path
    return f'[`{shown}`][{path}]' if path.startswith(f'{PACKAGE}.') else f'`{shown}`'
