"""Parts of a table, written by the workers of a Dask cluster.

A task makes one part and writes it to the folder that all workers see; what comes back is its
number. A task may run twice, where a worker died or was cut off: the same file then takes its own
place. Few tasks are given out at a time, so that neither the scheduler nor the network holds more
than that however large the table is.
"""

from __future__ import annotations

import uuid
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import cloudpickle
from sdv.errors import SamplingError
from tqdm import tqdm

from sdv_fair4free.extras import to_install

try:
    import dask
    import distributed
    from distributed.client import FutureCancelledError
except ImportError as error:
    raise ImportError(f'Sampling on a cluster needs Dask: {to_install("distributed")}.') from error

from sdv_fair4free.cluster_workers import answers, failed, sources, strangers
from sdv_fair4free.part_folder import PartFolder
from sdv_fair4free.parts import PartSampler

AHEAD = 2
"""Tasks given out for each thread of the cluster: one at work, one waiting."""
RETRIES = 1
"""How often a part that raised is tried again: a network file system has its moments."""
ROUNDS = 5
"""How often in all what was lost with every worker that held it is sent out again."""

WAIT = 120
"""Seconds in which workers must turn up where there are none."""

_opened: dict[str, tuple[PartFolder, PartSampler]] = {}
"""What this worker process samples from; the last table only."""


def check_client(client: object) -> None:
    """Refuse what is no client, or one that does not wait for its answers.

    Raises:
        SamplingError: If it is such.
    """
    waits = isinstance(client, distributed.Client) and not client.asynchronous
    if client is not None and not waits:
        raise SamplingError(f'client={client!r} must be a distributed.Client that waits.')


@contextmanager
def client_of(client: distributed.Client | None) -> Iterator[distributed.Client]:
    """The client given (a checked one), the current one, or one of this machine for the block."""
    if client is not None:
        yield client
        return
    try:
        current = distributed.Client.current()
    except ValueError:
        current = None
    if current is not None:
        yield current
        return
    # A worker that dies is started anew, which takes a while where processors are few; Dask would
    # give it up after 15 seconds.
    with (
        dask.config.set({'distributed.deploy.lost-worker-timeout': f'{WAIT} s'}),
        distributed.LocalCluster(threads_per_worker=1, dashboard_address=':0') as cluster,
        distributed.Client(cluster, set_as_default=False) as own,
    ):
        yield own


def write_on_cluster(
    client: distributed.Client,
    folder: PartFolder,
    sampler: PartSampler,
    parts: Sequence[int],
    verbose: bool = False,
) -> None:
    """Have parts written by workers.

    Args:
        client: Of the cluster.
        folder: Where to; every worker must see it.
        sampler: Makes the parts.
        parts: Their numbers.
        verbose: Whether to show a progress bar.

    Raises:
        SamplingError: If workers do not see the folder, or have another version; or if a part
            cannot be made, with its number.
    """
    payload = cloudpickle.dumps((folder, sampler))
    job = uuid.uuid4().hex
    _check_workers(client, folder)
    left = set(parts)
    with tqdm(total=len(parts), desc='Sample parts', disable=not verbose) as bar:
        for _ in range(ROUNDS):
            _one_round(client, job, payload, left, bar)
            if not left:
                return
    raise SamplingError(
        f'The cluster lost what it samples from {ROUNDS} times, with all workers that held it; '
        f'{len(left)} parts are missing. Call again when its workers stay alive.'
    )


def _one_round(
    client: distributed.Client, job: str, payload: bytes, left: set[int], bar: Any
) -> None:
    """Have parts made until all are, or until what is sampled from is lost with its workers."""
    _wait_for_workers(client)
    sent = client.scatter(payload, broadcast=True, hash=False)
    waiting = deque(sorted(left))
    at_work: dict[distributed.Future[int], int] = {}
    finished = distributed.as_completed(loop=client.loop)
    try:
        while waiting or at_work:
            # Asked each time: workers come and go.
            window = max(2, AHEAD * sum(client.nthreads().values()))
            while waiting and len(at_work) < window:
                part = waiting.popleft()
                future = client.submit(
                    _write_part,
                    sent,
                    sources(),
                    job,
                    part,
                    key=f'sdv-fair4free-{job}-part-{part}-{uuid.uuid4().hex}',
                    retries=RETRIES,
                    pure=False,
                )
                at_work[future] = part
                finished.add(future)
            future = next(finished)
            part = at_work.pop(future)
            if future.cancelled() or future.status == 'lost':
                return
            error = future.exception()
            if isinstance(error, FutureCancelledError):
                return
            if error is not None:
                raise SamplingError(
                    f'Part {part} could not be made on the cluster: '
                    f'{type(error).__name__}: {error}\nFinished parts stay; call again to go on.'
                ) from error
            left.discard(part)
            bar.update()
    finally:
        client.cancel(list(at_work))


def _wait_for_workers(client: distributed.Client) -> None:
    """Wait where there are none, or none any more.

    Raises:
        SamplingError: If none turns up.
    """
    if client.nthreads():
        return
    # An adaptive cluster starts workers for tasks, not for those who wait.
    asked = client.submit(int, pure=False)
    try:
        asked.result(timeout=WAIT)
    except distributed.TimeoutError as error:
        raise SamplingError(
            f'The cluster had no worker for {WAIT} seconds. Finished parts stay; start workers and '
            'call again.'
        ) from error


def _check_workers(client: distributed.Client, folder: PartFolder) -> None:
    """Refuse workers that would write elsewhere, or other rows.

    Raises:
        SamplingError: Naming them.
    """
    _wait_for_workers(client)
    problems = strangers(client)
    if problems:
        raise SamplingError('\n'.join(problems))
    seen = answers(client, _sees, folder)
    blind = sorted(worker for worker, here in seen.items() if here is False)
    problems = failed(seen)
    if blind:
        problems.append(
            f'The workers {", ".join(blind)} do not see {folder.path} as it is here. Name '
            'a folder of a file system that all machines of the cluster share, under the same '
            'path.'
        )
    if problems:
        raise SamplingError('\n'.join(problems))


def _sees(folder: PartFolder) -> bool:
    return folder.begun_here()


def _write_part(payload: bytes, asked: str, job: str, part: int) -> int:
    """Make and write a part, on a worker.

    Raises:
        SamplingError: If it cannot be made, or the worker does not see the folder.
    """
    if asked != sources():  # of a worker that came later than those that were asked
        raise SamplingError('a worker has another sdv-fair4free than the client: install the same')
    # Threads of a worker may come here at once, and with other jobs: nobody relies on what is kept.
    opened = _opened.get(job)
    if opened is None:
        opened = cloudpickle.loads(payload)
        _opened.clear()
        _opened[job] = opened
    folder, sampler = opened
    if folder.file(part).exists():  # by this task, before the worker was lost
        return part
    folder.write(part, sampler.part(part))
    return part


__all__ = ['check_client', 'client_of', 'write_on_cluster']
