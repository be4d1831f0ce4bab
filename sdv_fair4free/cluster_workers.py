"""Whether the workers of a Dask cluster have this package, and the same as there is here."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeGuard

if TYPE_CHECKING:
    from distributed import Client


def is_client(value: object) -> TypeGuard[Client]:
    """Whether this is a client of a cluster; nobody has one without ``distributed``."""
    distributed = sys.modules.get('distributed')
    return distributed is not None and isinstance(value, distributed.Client)


def active_client() -> Client | None:
    """The client that Dask computes with where nothing else is said, if there is one.

    Nobody has one without having imported ``distributed``.
    """
    distributed = sys.modules.get('distributed')
    if distributed is None:
        return None
    try:
        found: Client = distributed.get_client()
    except ValueError:  # there is none
        return None
    return found


def _reader() -> Callable[[], str | None]:
    """What tells the sources of this package; None where it is missing.

    It is sent to workers as it is, for what it is made of cannot be imported where this package is
    missing; and it imports nothing of ours, so that what is broken there does not matter here.
    """

    def read() -> str | None:
        import hashlib
        import importlib.util
        import pathlib

        found = importlib.util.find_spec('sdv_fair4free')
        if found is None or not found.submodule_search_locations:
            return None
        (folder,) = map(pathlib.Path, found.submodule_search_locations)
        digest = hashlib.sha256()
        for file in sorted(folder.rglob('*.py'), key=lambda file: file.as_posix()):
            digest.update(file.relative_to(folder).as_posix().encode())
            # Git gives lines another end on Windows.
            digest.update(file.read_bytes().replace(b'\r\n', b'\n'))
        return digest.hexdigest()

    return read


@functools.cache
def sources() -> str:
    """A hash of the sources of this package here: two of one version may still differ."""
    found = _reader()()
    assert found is not None, 'this is one of them'
    return found


def strangers(client: Client) -> list[str]:
    """What is wrong with the workers that are there: they lack this package, or have another.

    Args:
        client: Of the cluster.
    """
    ours, found = sources(), answers(client, _reader())
    without = sorted(worker for worker, said in found.items() if said is None)
    others = sorted(
        worker for worker, said in found.items() if isinstance(said, str) and said != ours
    )
    problems = []
    if without:
        problems.append(f'The workers {", ".join(without)} lack sdv-fair4free: install it there.')
    if others:
        problems.append(
            f'The workers {", ".join(others)} have another sdv-fair4free than there is here. '
            'Install the same, of the same commit.'
        )
    return problems + failed(found)


def failed(found: dict[str, Any]) -> list[str]:
    """What workers raised instead of an answer.

    Args:
        found: What :func:`answers` has brought.
    """
    return [
        f'The worker {worker} cannot tell: {type(said).__name__}: {said}'
        for worker, said in sorted(found.items())
        if isinstance(said, BaseException)
    ]


def answers(client: Client, function: Callable[..., Any], *arguments: Any) -> dict[str, Any]:
    """What a function gives on each worker, or the error; without workers that end meanwhile.

    Args:
        client: Of the cluster.
        function: Called once on each.
        *arguments: For it.
    """
    found = client.run(function, *arguments, on_error='return')
    there = client.nthreads()
    return {worker: said for worker, said in found.items() if worker in there}


__all__ = ['active_client', 'answers', 'failed', 'is_client', 'sources', 'strangers']
