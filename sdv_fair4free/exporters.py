"""As what a fitted synthesizer may be written."""

from __future__ import annotations

import errno
import inspect
import os
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sdv_fair4free.plugins import chosen
from sdv_fair4free.plugins.signatures import PLAIN
from sdv_fair4free.validation import listed, nearest

if TYPE_CHECKING:
    from sdv_fair4free.synthesizer import Fair4FreeSynthesizer

PICKLES = ('.pkl', '.pickle')
"""Only what is named so may run code: nobody is to run a pickle that calls itself a student."""
NAMED = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
"""Parameters that can be given by name."""
Exporter = Callable[..., Any]
"""From a fitted synthesizer, the path of a file or folder that is not there yet, and options by
name, to what is told to the caller."""


def _student(synthesizer: Fair4FreeSynthesizer, path: Path, **options: Any) -> dict[str, Any]:
    _require_options('student', synthesizer.export, 1, options)
    return synthesizer.export(path, **options)


def _teacher(synthesizer: Fair4FreeSynthesizer, path: Path, **options: Any) -> dict[str, Any]:
    _require_options('teacher', synthesizer.export_teacher, 1, options)
    return synthesizer.export_teacher(path, **options)


def _pickle(synthesizer: Fair4FreeSynthesizer, path: Path) -> None:
    from sdv.errors import SynthesizerInputError

    if path.suffix not in PICKLES:
        raise SynthesizerInputError(
            f'{path.name} must end in {" or ".join(PICKLES)}: a pickle can run code when it is '
            'opened, and its name has to say so.'
        )
    synthesizer.save(str(path))


EXPORTERS: dict[str, Exporter] = {'student': _student, 'teacher': _teacher, 'pickle': _pickle}
"""Those that are built in: two files that run no code, and SDV's own, which may."""


def exported(
    synthesizer: Fair4FreeSynthesizer,
    name: str,
    path: str | os.PathLike[str],
    options: Mapping[str, Any],
) -> Any:
    """Write a synthesizer by one of the exporters, whole or not at all.

    Args:
        synthesizer: Fitted.
        name: Of the exporter.
        path: Where to. A file that is there is replaced; a folder has to be empty.
        options: As the exporter takes them.

    Returns:
        What the exporter tells.

    Raises:
        PluginError: If there is no exporter of that name, or a plug-in's fails or writes nothing.
        SynthesizerInputError: If it does not take the options, or lacks one.
        OSError: If the path cannot be written to.
    """
    exporter = chosen('artefact_exporters', name)
    _require_options(name, exporter.thing, 2, options)
    target = Path(path).resolve()
    if not target.parent.is_dir():
        raise FileNotFoundError(errno.ENOENT, 'there is no such folder', str(target.parent))
    if target.is_dir() and any(target.iterdir()):
        raise OSError(errno.ENOTEMPTY, 'the folder is not empty', str(path))
    with tempfile.TemporaryDirectory(prefix=f'.{target.name}.', dir=target.parent) as folder:
        made = Path(folder) / target.name
        told = exporter.guarded(exporter.thing)(synthesizer, made, **options)
        with exporter.blamed():
            if not made.exists():
                raise FileNotFoundError('it has written nothing to the path that it was given')
        if target.is_dir():
            target.rmdir()
        elif made.is_dir():
            target.unlink(missing_ok=True)
        os.replace(made, target)
    return told


def _require_options(
    name: str, exporter: Exporter, leading: int, options: Mapping[str, Any]
) -> None:
    """Refuse options that an exporter does not take, and to leave out those that it needs.

    Args:
        name: Of the exporter.
        exporter: A function.
        leading: How many arguments by place come before the options.
        options: By name.
    """
    from sdv.errors import SynthesizerInputError

    try:
        parameters = [*inspect.signature(exporter).parameters.values()]
    except (TypeError, ValueError):  # as of functions that are not written in Python
        return
    by_place = [one for one in parameters if one.kind in PLAIN][:leading]
    named = [one for one in parameters if one not in by_place and one.kind in NAMED]
    known = [one.name for one in named]
    problems = [
        f"'{one.name}' is missing"
        for one in named
        if one.default is one.empty and one.name not in options
    ]
    if not any(one.kind is one.VAR_KEYWORD for one in parameters):
        there_are = f'there are {", ".join(known)}' if known else 'there are none'
        problems += [
            f"there is no '{option}'; {there_are}.{nearest(option, known)}"
            for option in options
            if option not in known
        ]
    if problems:
        raise SynthesizerInputError(listed(problems, f"the options of exporter '{name}'"))
