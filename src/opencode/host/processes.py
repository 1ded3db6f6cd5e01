"""Child processes that cannot be orphaned: each command runs under a launcher that outlives us."""

import asyncio
import contextlib
import marshal
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from opencode.core.error import ToolError
from opencode.host.spool import Spec

_BOOT = (  # an empty package stands in for `opencode`, which would import what no launcher needs
    "import sys; house = type(sys)('opencode'); house.__path__ = [sys.argv.pop(1)];"
    "sys.modules['opencode'] = house; from opencode.host.{} import main; main()"
)
_KEPT = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT")
"""What a bare interpreter may need to start; keys would be readable in its /proc entry."""
_PATIENCE = 8.0
"""Seconds until a launcher that does not answer is killed itself."""


def house_program(name: str) -> list[str]:
    """The words that run `main` of a stdlib-only module of this room in a bare interpreter."""
    package = str(Path(__file__).parent.parent)
    return [sys.executable, "-I", "-S", "-c", _BOOT.format(name), package]


def keeper() -> list[str]:
    """The words before a program's own that end it, and all it started, when we are gone; none on
    Windows, which has no process groups."""
    return [] if sys.platform == "win32" else house_program("keeper")


@dataclass(frozen=True)
class Exit:
    """How a command itself ended; what it left may still run."""

    code: int
    left: tuple[int, ...]
    size: int
    head: bytes
    tail: bytes
    log: str


class Launched(asyncio.SubprocessProtocol):
    """A command under its launcher: `exited` is about the command itself, `ended` about
    everything it started. Neither future ever fails."""

    def __init__(self, watch: Callable[[bytes], None]) -> None:
        loop = asyncio.get_running_loop()
        self.pid = 0
        self.size = 0
        self.exited: asyncio.Future[Exit] = loop.create_future()
        self.ended: asyncio.Future[None] = loop.create_future()
        self._started: asyncio.Future[str] = loop.create_future()
        self._watch = watch
        self._launcher = 0
        self._unread = bytearray()
        self._transport: asyncio.SubprocessTransport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.SubprocessTransport)
        self._transport = transport

    def pipe_data_received(self, fd: int, data: bytes | str) -> None:
        """Take the frames apart."""
        assert fd == 1
        assert isinstance(data, bytes)
        self._unread += data
        while len(self._unread) >= 4:
            end = 4 + int.from_bytes(self._unread[:4], "big")
            if len(self._unread) < end:
                return
            frame = marshal.loads(self._unread[4:end])
            del self._unread[:end]
            self._take(frame)

    def _take(self, frame: tuple[Any, ...]) -> None:
        match frame:
            case ("start", int(pid), int(launcher)):
                self.pid, self._launcher = pid, launcher
                self._started.set_result("")
            case ("failed", str(text)):
                self._started.set_result(text)
            case ("out", int(size), bytes(recent)):
                self.size = size
                self._watch(recent)
            case ("exit", int(code), left, int(size), bytes(head), bytes(tail), str(log)):
                self.size = size
                self.exited.set_result(Exit(code, left, size, head, tail, log))
            case ("end", int(size)):
                self.size = size
                self._launcher = 0
            case _:
                raise ValueError("an unknown frame from the launcher")

    def pipe_connection_lost(self, fd: int, exc: Exception | None) -> None:
        """The launcher has said all it will ever say."""
        del exc
        if fd != 1:
            return
        if self._launcher:  # it was killed, so the rest is up to us
            self._kill_group()
        if not self._started.done():
            self._started.set_result("its launcher ended before it began")
        if not self.exited.done():
            lost = b"[the process that watched this command was killed]"
            self.exited.set_result(Exit(-signal.SIGTERM, (), self.size, b"", lost, ""))
        self._transport.close()
        if not self.ended.done():
            self.ended.set_result(None)

    async def begin(self, spec: Spec) -> None:
        """Hand the launcher its work; ToolError when the command could not be started."""
        self.order(spec.pack())
        problem = await asyncio.shield(self._started)
        if problem:
            await asyncio.shield(self.ended)
            raise ToolError(f"The command could not be started: {problem}")

    def order(self, words: bytes) -> None:
        """Tell the launcher (see launcher.py); one that is gone has nothing left to do."""
        pipe = self._transport.get_pipe_transport(0)
        if isinstance(pipe, asyncio.WriteTransport) and not pipe.is_closing():
            pipe.write(words)

    async def end(self, *, politely: bool) -> None:
        """End everything the command started and wait until it is gone, however that is done."""
        self.order(b"T" if politely else b"K")
        await self.over()

    async def over(self) -> None:
        """Wait for a launcher that is about to end; one that does not is killed."""
        await asyncio.wait([self.ended], timeout=_PATIENCE)
        if not self.ended.done():
            self._kill_group()
            self.leave()

    def leave(self) -> None:
        """Hear no more of it. What still runs goes on only if the launcher was told `D`."""
        self._launcher = 0
        self.pipe_connection_lost(1, None)

    def _kill_group(self) -> None:
        """The launcher is out of reach: end the command's own group without it."""
        if os.name != "posix":
            return
        for reach, pid in ((os.killpg, self.pid), (os.kill, self._launcher)):
            with contextlib.suppress(OSError):
                if pid:
                    reach(pid, signal.SIGKILL)


async def launch(spec: Spec, watch: Callable[[bytes], None]) -> Launched:
    """Start a command; `watch` is called with the last bytes it printed, ten times a second at
    most. ToolError says why it could not be started."""
    program = "launcher_windows" if os.name == "nt" else "launcher"
    loop = asyncio.get_running_loop()
    try:
        _, launched = await loop.subprocess_exec(
            lambda: Launched(watch),
            *house_program(program),
            stdin=PIPE,
            stdout=PIPE,
            stderr=DEVNULL,
            env={name: os.environ[name] for name in _KEPT if name in os.environ},
            start_new_session=True,
        )
    except OSError as error:
        raise ToolError(
            f"No process could be started: {error.strerror or error}",
            hint="The machine is short of memory, files or processes; end some and try again.",
        ) from error
    try:
        await launched.begin(spec)
    except asyncio.CancelledError:
        await launched.end(politely=False)
        raise
    return launched
