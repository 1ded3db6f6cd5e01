"""Tasks on many machines, by a Dask cluster that is there already; alone in knowing Dask."""

import asyncio
import itertools
import os
import warnings
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import msgspec

from opencode.batch import places
from opencode.batch.one import Job, machine, perform
from opencode.batch.results import Result
from opencode.config import paths
from opencode.core.error import OpenCodeError

_PATIENCE = 5.0
"""Seconds the cluster may take to hear that a task is not wanted any more."""
_LOOK = 0.5
"""Seconds between looks whether a task is still wanted."""


@asynccontextmanager
async def connected(scheduler: str, scratch: Path) -> AsyncGenerator["Cluster"]:
    """The cluster at `scheduler`, an address like tcp://host:8786; archives are made in
    `scratch`. OpenCodeError when the extra is not installed or nobody answers."""
    try:
        import distributed  # noqa: PLC0415 - an extra, and 1 s
    except ImportError:
        raise OpenCodeError(
            "Dask is not installed.", hint="Install the extra: pip install 'opencode-textual[dask]'"
        ) from None
    options: dict[str, Any] = {"asynchronous": True, "timeout": "5s", "set_as_default": False}
    opening: Any = distributed.Client(scheduler, **options)
    try:
        client: Any = await opening
    except OSError as error:
        await opening.close()
        raise OpenCodeError(
            f"No Dask scheduler answers at {scheduler}: {error}.",
            hint="Start one with `dask scheduler` and workers with `dask worker ADDRESS`.",
        ) from None
    async with client:
        yield Cluster(client, scratch)


class Cluster:
    """Its workers do the tasks. One that dies is no loss: what it did is done by another."""

    def __init__(self, client: Any, scratch: Path) -> None:
        self._client = client
        self._scratch = scratch
        self._archives: dict[tuple[str, str, bool], bytes] = {}
        self._packing = asyncio.Lock()
        self._numbers = itertools.count(1)
        self._name = os.urandom(4).hex()

    def size(self) -> int:
        """How many tasks it can do at a time; 1 when it has no workers yet."""
        workers: dict[str, Any] = self._client.scheduler_info(n_workers=-1)["workers"]
        return max(1, sum(int(worker["nthreads"]) for worker in workers.values()))

    async def perform(self, job: Job) -> Result:
        """Have one done; the folder it begins with goes along."""
        from distributed import KilledWorker  # noqa: PLC0415 - an extra, and 1 s
        from distributed.client import FutureCancelledError  # noqa: PLC0415 - the same

        try:
            archive = await self._archive(job)
        except (OpenCodeError, OSError) as error:
            return Result(job.task.id, "error", error=str(error))
        key = f"opencode-{self._name}-{next(self._numbers)}"
        packed = msgspec.json.encode(job)
        with warnings.catch_warnings():  # that a project is large is no news
            warnings.simplefilter("ignore", UserWarning)
            future = self._client.submit(do_there, packed, archive, key=key, pure=False)
        try:
            return msgspec.json.decode(await future, type=Result)
        except KilledWorker as error:
            return Result(job.task.id, "error", error=f"Every worker it was on died: {error}")
        except FutureCancelledError:
            raise OpenCodeError(
                "The Dask scheduler is gone.", hint="Start it again; the same command goes on."
            ) from None
        except asyncio.CancelledError:
            await self._give_up(future)
            raise

    async def _give_up(self, future: Any) -> None:
        """Tell the workers that nobody waits for it any more."""
        with suppress(TimeoutError, OSError):
            async with asyncio.timeout(_PATIENCE):
                await self._client.cancel([future])

    async def _archive(self, job: Job) -> bytes:
        """The project. It travels with each task: a value kept on one worker would draw all
        tasks there."""
        wanted = (job.project, job.task.base, job.copy)
        async with self._packing:
            if wanted not in self._archives:
                home = self._scratch / "packing"
                self._archives[wanted] = await asyncio.to_thread(_packed, job, home)
            return self._archives[wanted]


def _packed(job: Job, home: Path) -> bytes:
    places.clear(home)
    home.mkdir(parents=True)
    return places.packed(Path(job.project), home, base=job.task.base, copy=job.copy)


def do_there(packed: bytes, archive: bytes) -> bytes:
    """A task on a worker, in its thread: the result, packed."""
    job = msgspec.json.decode(packed, type=Job)
    home = paths.data_dir().resolve() / "batch" / "dask" / f"{os.getpid()}-{Path(job.home).name}"
    there = msgspec.structs.replace(job, home=str(home))
    result = asyncio.run(_while_wanted(there, archive))
    return msgspec.json.encode(msgspec.structs.replace(result, host=machine()))


async def _while_wanted(job: Job, archive: bytes) -> Result:
    """Dask cannot stop a thread, so it is looked whether somebody still waits for it."""
    from dask.context import thread_state  # noqa: PLC0415 - an extra, and 1 s
    from distributed import get_worker  # noqa: PLC0415 - an extra, and 1 s

    tasks, key = get_worker().state.tasks, thread_state.key
    doing = asyncio.ensure_future(perform(job, archive))
    while not doing.done():
        await asyncio.wait([doing], timeout=_LOOK)
        known = tasks.get(key)
        if known is None or known.state == "cancelled":
            doing.cancel()
            await asyncio.wait([doing])
            return Result(job.task.id, "cancelled")
    return doing.result()
