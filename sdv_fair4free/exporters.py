"""As what a fitted synthesizer may be written."""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sdv_fair4free.plugins import chosen

if TYPE_CHECKING:
    from sdv_fair4free.synthesizer import Fair4FreeSynthesizer

PICKLES = ('.pkl', '.pickle')
"""Only what is named so may run code: nobody is to run a pickle that calls itself a student."""
Exporter = Callable[..., Any]
"""From a fitted synthesizer, the path of a file or folder that is not there yet, and options by
name, to what is told to the caller."""


def _student(synthesizer: Fair4FreeSynthesizer, path: Path, **options: Any) -> dict[str, Any]:
    return synthesizer.export(path, **options)


def _teacher(synthesizer: Fair4FreeSynthesizer, path: Path, **options: Any) -> dict[str, Any]:
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
        OSError: If the path cannot be written to.
    """
    exporter = chosen('artefact_exporters', name)
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
