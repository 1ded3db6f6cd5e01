"""The one way tools run commands: bounded in time and memory, walled in, never orphaned."""

import asyncio
import contextlib
import os
import shutil
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from msgspec.structs import replace

from opencode.core.error import ToolError, UsageError
from opencode.core.ids import new_id
from opencode.core.shell import Isolation, Job, Line, Outcome, Running
from opencode.host.environment import command_env
from opencode.host.plain import head_and_tail, plain, whole_characters
from opencode.host.processes import Exit, Launched, launch
from opencode.host.spool import Spec
from opencode.host.wall.private import sweep
from opencode.host.wall.sandbox import Sandbox

_PAGE = 30_000
"""Bytes one look at a background job returns at most."""
_REMEMBERED = 50
"""Ended background jobs a list still shows."""
_KEPT_DAYS = 7.0
"""How long outputs stay on disk."""


@dataclass
class _Background:
    """A job that runs without anybody waiting for it."""

    launched: Launched
    shown: Running
    log: Path
    kept: bool = False
    done: asyncio.Task[None] = field(init=False)


class HostShell:
    """Runs commands on this machine; implements `core.shell.Shell`.

    `folder` takes long outputs, `env` is the environment commands inherit, less the variables
    named in `secrets`. `changed` hears of background jobs that start and end.
    """

    def __init__(
        self,
        folder: Path,
        env: Mapping[str, str],
        sandbox: Sandbox,
        *,
        secrets: Collection[str] = (),
        changed: Callable[[Running], None] = lambda _: None,
    ) -> None:
        self._folder = folder
        self._env, self._secrets = dict(env), tuple(secrets)
        self._sandbox = sandbox
        self._changed = changed
        self._jobs: dict[str, _Background] = {}
        self._foreground: set[Launched] = set()
        self._count = 0

    async def prepare(self) -> None:
        """Find out which wall there is and clear old outputs away, before the first command."""
        await asyncio.to_thread(self._prepare)

    def _prepare(self) -> None:
        sweep()
        _clear(self._folder)
        _ = self._sandbox.wall

    @property
    def isolation(self) -> Isolation:
        """The strongest isolation this machine and the settings give to an agent that may write."""
        return self._sandbox.isolation

    async def run(self, job: Job, progress: Callable[[str], None]) -> Outcome:
        """Run in the foreground; returns when the process ends, not when its pipe closes. What it
        left running becomes a background job. ToolError when it could not be started."""
        begun = time.monotonic()
        spec = await asyncio.to_thread(self._spec, job)
        launched = await launch(spec, lambda recent: progress(plain(_from_line(recent))))
        self._foreground.add(launched)
        try:
            timed_out = await self._wait(launched, job.timeout)
        finally:
            self._foreground.discard(launched)
        exit = launched.exited.result()
        left = () if timed_out else exit.left
        if left:
            self._adopt(job, launched, Path(spec.log))
        else:
            await launched.over()
        return Outcome(
            code=None if timed_out else exit.code,
            output=head_and_tail(exit.head, exit.tail, exit.size),
            log=exit.log if _is_long(exit) or left else "",
            size=exit.size,
            seconds=time.monotonic() - begun,
            left_running=left,
        )

    def line(self, job: Job) -> Line:
        """The job for a terminal that is not ours: pagers and prompts answered, keys hidden."""
        env = command_env(self._env, self._secrets)
        changes = {name: text for name, text in env.items() if self._env.get(name) != text}
        hidden = dict.fromkeys(self._env.keys() - env.keys(), "")
        return Line([*find_shell(env), job.command], changes | hidden, job)

    async def _wait(self, launched: Launched, seconds: float) -> bool:
        """Until the command itself has ended; True when it had to be ended for its time."""
        try:
            await asyncio.wait([launched.exited], timeout=seconds)
        except asyncio.CancelledError:
            await launched.end(politely=False)
            raise
        if launched.exited.done():
            return False
        await launched.end(politely=True)
        return True

    async def spawn(self, job: Job) -> Running:
        """Run in the background until it ends, is stopped, or the session closes."""
        spec = await asyncio.to_thread(self._spec, job)
        spec.spool = True
        launched = await launch(spec, lambda _: None)
        return self._adopt(job, launched, Path(spec.log)).shown

    def running(self, session: str) -> list[Running]:
        """The session's background jobs, ended ones too, newest first."""
        jobs = [job for job in self._jobs.values() if job.shown.session == session]
        return [replace(job.shown, size=job.launched.size) for job in reversed(jobs)]

    async def output(self, job_id: str, offset: int = 0) -> tuple[str, int]:
        """What it printed from byte `offset` on (bounded) and the offset to go on from."""
        job = self._find(job_id)
        data = await asyncio.to_thread(_read, job.log, offset, _PAGE)
        if len(data) == _PAGE or not job.done.done():
            data = data[: data.rfind(b"\n") + 1] or whole_characters(data)
        return plain(data), offset + len(data)

    async def stop(self, job_id: str) -> Running:
        """End the group: politely, then by force."""
        job = self._find(job_id)
        await job.launched.end(politely=True)
        await job.done
        return job.shown

    def keep(self, job_id: str) -> Running:
        """Let the job live on when opencode ends: a person asked for it."""
        job = self._find(job_id)
        job.launched.order(b"D")
        job.kept = True
        return job.shown

    async def close(self, session: str = "") -> None:
        """End every job of the session, or of all; returns when they are gone."""
        jobs = [j for j in self._jobs.values() if session in ("", j.shown.session)]
        alive = [job.launched for job in jobs if not job.done.done() and not job.kept]
        if not session:
            alive.extend(self._foreground)
        await asyncio.gather(*(launched.end(politely=True) for launched in alive))
        if not session:
            for job in jobs:
                job.launched.leave()
        await asyncio.gather(*(job.done for job in jobs if session == "" or not job.kept))
        if not session:
            await asyncio.to_thread(self._sandbox.close)

    def _adopt(self, job: Job, launched: Launched, log: Path) -> _Background:
        """Keep a job that nobody waits for any more."""
        self._count += 1
        name = f"job_{self._count}"
        shown = Running(name, job.command, job.session, time.time(), launched.pid)
        kept = _Background(launched, shown, log)
        kept.done = asyncio.create_task(self._follow(kept))
        self._jobs[name] = kept
        ended = [key for key, value in self._jobs.items() if value.shown.code is not None]
        for key in ended[:-_REMEMBERED]:
            del self._jobs[key]
        self._changed(shown)
        return kept

    async def _follow(self, job: _Background) -> None:
        await asyncio.shield(job.launched.ended)
        job.shown = replace(job.shown, code=job.launched.exited.result().code)
        self._changed(job.shown)

    def _find(self, job_id: str) -> _Background:
        if job_id not in self._jobs:
            known = ", ".join(self._jobs) or "none"
            raise ToolError(f"There is no background job {job_id!r}; there are: {known}.")
        return self._jobs[job_id]

    def _spec(self, job: Job) -> Spec:
        if not job.cwd.is_dir():
            raise ToolError(f"The folder {job.cwd} does not exist.")
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        walled = job.isolation != "none"
        env = command_env(self._env, self._secrets, walled=walled)
        argv = [*find_shell(env), job.command]
        log = str(self._folder / f"{new_id('out')}.log")
        if not walled:
            return Spec(argv, env, str(job.cwd), log=log)
        wall = self._sandbox.enclose(argv, job)
        env.update(wall.env)
        return Spec(wall.argv, env, str(job.cwd), log=log, held=wall.held, absent=wall.absent)


def find_shell(env: Mapping[str, str]) -> list[str]:
    """The shell and its options, to be followed by the line. bash wherever there is one, since
    the rules judge lines by bash's grammar; UsageError when the machine has no shell at all."""
    path = env.get("PATH")
    if os.name == "nt":
        return _windows_shell(path)
    preferred = env.get("SHELL", "")
    if Path(preferred).name == "bash" and os.access(preferred, os.X_OK):
        return [preferred, "-c"]
    found = shutil.which("bash", path=path) or shutil.which("sh", path=path) or "/bin/sh"
    return [found, "-c"]


def _windows_shell(path: str | None) -> list[str]:
    """Git's bash (the one in System32 belongs to another system), else PowerShell."""
    git = shutil.which("git", path=path)
    if git:
        bash = Path(git).parent.parent / "bin" / "bash.exe"
        if bash.is_file():
            return [str(bash), "-c"]
    for name in ("pwsh", "powershell"):
        found = shutil.which(name, path=path)
        if found:
            return [found, "-NoProfile", "-NonInteractive", "-Command"]
    raise UsageError("No shell was found.", hint="Install Git for Windows.")


def _clear(folder: Path) -> None:
    """Outputs nobody looked at for a week go."""
    oldest = time.time() - _KEPT_DAYS * 86_400
    for path in folder.glob("out_*.log") if folder.is_dir() else ():
        with contextlib.suppress(OSError):
            if path.stat().st_mtime < oldest:
                path.unlink()


def _is_long(exit: Exit) -> bool:
    return exit.size > len(exit.head) + len(exit.tail)


def _from_line(recent: bytes) -> bytes:
    """Without the piece of a line it begins with, when it is long."""
    return recent[recent.find(b"\n") + 1 :] if len(recent) >= 4096 else recent


def _read(path: Path, offset: int, count: int) -> bytes:
    try:
        with path.open("rb") as file:
            file.seek(max(0, offset))
            return file.read(count)
    except FileNotFoundError:
        return b""
