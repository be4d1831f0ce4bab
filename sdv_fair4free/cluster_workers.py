"""Whether the workers of a Dask cluster have this package, in this version."""

from __future__ import annotations

import pkgutil
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from distributed import Client

_ASKED = 'sdv_fair4free', '_version.py'


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


def strangers(client: Client) -> list[str]:
    """What is wrong with the workers that are there: they lack this package, or have another.

    They are asked by a function of Python's own: one of ours could not be read where it is missing.

    Args:
        client: Of the cluster.
    """
    ours, found = _here(), answers(client, pkgutil.get_data, *_ASKED)
    without = sorted(worker for worker, said in found.items() if not isinstance(said, bytes))
    others = sorted(
        worker for worker, said in found.items() if isinstance(said, bytes) and said != ours
    )
    problems = []
    if without:
        problems.append(f'The workers {", ".join(without)} lack sdv-fair4free: install it there.')
    if others:
        problems.append(
            f'The workers {", ".join(others)} have another version of sdv-fair4free than there is '
            'here. Install the same.'
        )
    return problems


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


def _here() -> bytes | None:
    return pkgutil.get_data(*_ASKED)


__all__ = ['active_client', 'answers', 'strangers']
