"""One task: `opencode run` in its own place as a process that dies with us, and what came of it."""

import asyncio
import os
import re
import sys
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import msgspec
from msgspec import Struct, field

from opencode.batch import places
from opencode.batch.places import Place
from opencode.batch.results import Result, State
from opencode.batch.tasks import Caps, Task
from opencode.core.delta import Usage
from opencode.core.error import OpenCodeError
from opencode.host.processes import keeper

P = ParamSpec("P")
T = TypeVar("T")

_LONGEST = 256 << 20
"""Bytes of one event."""
_PATIENCE = 30.0
"""Seconds beyond its time until a task that does not stop by itself is ended."""
_STATES: dict[str, State] = {
    "done": "done",
    "refused": "refused",
    "limit": "limit",
    "cancelled": "cancelled",
}


class Job(Struct, frozen=True):
    """A task with all that is needed to do it, as it may travel to another machine."""

    task: Task
    project: str
    home: str
    """The folder its place is made in."""
    caps: Caps
    model: str = ""
    agent: str = ""
    profile: str = ""
    switches: list[str] = []
    """Of `opencode run`: --auto and the like."""
    copy: bool = False
    keep: bool = False


class _Line(Struct):
    """What we want of the lines of `--format stream-json`."""

    type: str = ""
    session: str = ""
    reason: str = ""
    detail: str = ""
    text: str = ""
    steps: int = 0
    seconds: float = 0.0
    usage: Usage = field(default_factory=Usage)


def words_of(job: Job, folder: Path) -> list[str]:
    """The command line of the task; its prompt goes in by stdin."""
    named = {
        "--model": job.task.model or job.model,
        "--agent": job.task.agent or job.agent,
        "--profile": job.profile,
        "--max-steps": str(job.caps.max_steps or ""),
        "--max-cost": f"{job.caps.max_cost:.6f}" if job.caps.max_cost else "",
        "--timeout": f"{job.caps.timeout:g}" if job.caps.timeout else "",
    }
    options = [f"{name}={value}" for name, value in named.items() if value]
    files = [f"--file={folder / name}" for name in job.task.files]
    where = [f"--dir={folder}", "--format=stream-json"]
    return [sys.executable, "-P", "-m", "opencode", "run", *where, *options, *files, *job.switches]


async def perform(job: Job, archive: bytes | None = None) -> Result:
    """Make the place, do the task, say what it changed, clear up. A failure is a Result; only
    being cancelled comes out, and then nothing is left running."""
    home = Path(job.home)
    place: Place | None = None
    kept = False
    try:
        await _whole(_fresh, home)
        place = await _whole(_place, job, home, archive)
        result = await _with_patch(await _run(job, place.folder), place)
        kept = job.keep or bool(result.patch_error)
        return msgspec.structs.replace(result, folder=str(place.folder)) if kept else result
    except (OpenCodeError, OSError) as error:
        return Result(job.task.id, "error", error=str(error))
    finally:
        if not kept:
            await _whole(places.clear, home, place.origin if place else "")


async def _whole(work: Callable[P, T], *args: P.args, **named: P.kwargs) -> T:
    """Blocking work on files that is never left half done: who cancels waits for it."""
    task = asyncio.ensure_future(asyncio.to_thread(work, *args, **named))
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        raise


def _fresh(home: Path) -> None:
    places.clear(home)
    home.mkdir(parents=True, mode=0o700)


def _place(job: Job, home: Path, archive: bytes | None) -> Place:
    if archive is not None:
        return places.unpacked(archive, home)
    return places.lay_out(Path(job.project), home, base=job.task.base, copy=job.copy)


async def _with_patch(result: Result, place: Place) -> Result:
    try:
        patch = await asyncio.to_thread(places.patch_of, place)
        patch.encode()
    except OpenCodeError as error:
        return msgspec.structs.replace(result, patch_error=str(error))
    except UnicodeEncodeError:
        said = "A changed file is in another encoding than UTF-8; its folder is kept."
        return msgspec.structs.replace(result, patch_error=said)
    return msgspec.structs.replace(result, patch=patch)


async def _run(job: Job, folder: Path) -> Result:
    process = await asyncio.create_subprocess_exec(
        *keeper(),
        *words_of(job, folder),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        cwd=folder,
        limit=_LONGEST,
        start_new_session=True,
    )
    said: deque[str] = deque(maxlen=5)
    limit = job.caps.timeout + _PATIENCE if job.caps.timeout else None
    end: _Line | None = None
    try:
        async with asyncio.timeout(limit), asyncio.TaskGroup() as group:
            group.create_task(_tell(process, job.task.prompt))
            group.create_task(_hear(process, said))
            reading = group.create_task(_read(process))
        end = reading.result()
        await process.wait()
    except TimeoutError:
        return Result(job.task.id, "limit", error=f"It did not end in {limit:.0f} seconds.")
    except ValueError:
        return Result(job.task.id, "error", error="It printed more than can be read.")
    except ExceptionGroup as group:
        return Result(job.task.id, "error", error=str(group.exceptions[0]))
    finally:
        await asyncio.shield(_end(process))
    if end is None:
        return Result(job.task.id, "error", error=_last_words(said, process.returncode))
    return _result(job.task.id, end)


def _result(name: str, end: _Line) -> Result:
    state = _STATES.get(end.reason, "error")
    return Result(
        name, state, end.session, end.text, "" if state == "done" else end.detail or end.reason,
        end.steps, round(end.seconds, 2), end.usage,
    )  # fmt: skip


def _last_words(said: deque[str], code: int | None) -> str:
    text = "".join(said).removeprefix("Error: ")
    text = re.sub(r"(?<=[^\s.:!?])\n  (?=\S)", ". ", text)  # between an error and its hint
    text = " ".join(text.split())
    return text or f"opencode ended with exit code {code} and said nothing."


async def _tell(process: asyncio.subprocess.Process, prompt: str) -> None:
    assert process.stdin
    with suppress(OSError):
        process.stdin.write(prompt.encode())
        await process.stdin.drain()
    process.stdin.close()


async def _hear(process: asyncio.subprocess.Process, said: deque[str]) -> None:
    assert process.stderr
    while line := await process.stderr.readline():
        said.append(line.decode(errors="replace")[:2000])


async def _read(process: asyncio.subprocess.Process) -> _Line | None:
    """The line that says how it ended."""
    assert process.stdout
    decoder: Any = msgspec.json.Decoder(_Line)
    end: _Line | None = None
    while line := await process.stdout.readline():
        if line.startswith(b'{"type":"result"'):
            end = decoder.decode(line)
    return end


async def _end(process: asyncio.subprocess.Process) -> None:
    """Have its keeper end all it started, and wait."""
    for ask in (process.terminate, process.kill):
        if process.returncode is not None:
            return
        with suppress(ProcessLookupError):
            ask()
        with suppress(TimeoutError):
            async with asyncio.timeout(6):
                await process.wait()


def machine() -> str:
    """What this machine calls itself."""
    return os.uname().nodename if os.name == "posix" else os.environ.get("COMPUTERNAME", "")
