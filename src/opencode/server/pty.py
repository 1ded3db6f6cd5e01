"""Pseudo-terminals for clients: a program, what it printed, and everyone who looks. POSIX only."""

import asyncio
import codecs
import contextlib
import logging
import os
import shutil
import signal
import struct
import sys
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from pathlib import Path

from opencode.core.error import UsageError
from opencode.core.ids import new_id

log = logging.getLogger(__name__)

_KEPT = 2 * 1024 * 1024
"""UTF-16 units of output kept for those who join late."""
_QUEUE = 1_000
_MOST = 50
_ENDED = 20
"""Of those that have ended, so many are kept to be read."""
_PATIENCE = 2.0
_START = (
    "import fcntl,os,sys,termios;fd=os.open(sys.argv[1],os.O_RDWR);"
    "fcntl.ioctl(fd,termios.TIOCSCTTY,0);[os.dup2(fd,n) for n in (0,1,2)];"
    "fd>2 and os.close(fd);os.execvp(sys.argv[2],sys.argv[2:])"
)
"""Makes the terminal the program's own; a fork of this very process could not do it safely."""

Output = asyncio.Queue[str | None]


@dataclass
class Terminal:
    """One program on its terminal."""

    id: str
    title: str
    command: str
    args: list[str]
    cwd: Path
    process: asyncio.subprocess.Process
    master: int
    slave: int
    """Held open, so that there is an end of output only when the program has ended."""
    changed: Callable[["Terminal"], None]
    """Called when the program has ended."""
    exit_code: int | None = None
    _kept: bytearray = field(default_factory=bytearray)
    """UTF-16, since clients count in its units."""
    _dropped: int = 0
    _readers: set[Output] = field(default_factory=set[Output])
    _life: asyncio.Task[None] | None = None

    @property
    def cursor(self) -> int:
        """How many units were printed so far."""
        return self._dropped + len(self._kept) // 2

    def begin(self) -> None:
        """Read what it prints until it ends."""
        os.set_blocking(self.master, False)
        self._life = asyncio.create_task(self._live())

    def since(self, cursor: int) -> str:
        """What was printed after `cursor` and is still kept; -1 is nothing, 0 all of it."""
        if cursor < 0 or cursor >= self.cursor:
            return ""
        return self._kept[max(0, cursor - self._dropped) * 2 :].decode("utf-16-le", "replace")

    @contextlib.contextmanager
    def looking(self) -> Generator[Output]:
        """A queue of what is printed from now on; None is the end, or that the reader is slow."""
        queue: Output = asyncio.Queue(_QUEUE)
        if self.exit_code is not None:
            queue.put_nowait(None)
        self._readers.add(queue)
        try:
            yield queue
        finally:
            self._readers.discard(queue)

    async def write(self, text: str) -> None:
        """Type it. Waits while the program does not read."""
        data = text.encode("utf-8", "surrogatepass")
        while data and self.exit_code is None:
            try:
                data = data[os.write(self.master, data) :]
            except BlockingIOError:
                await _writable(self.master)
            except OSError:
                return

    def resize(self, rows: int, cols: int) -> None:
        """Tell the program the size of its window."""
        import fcntl  # noqa: PLC0415 - POSIX only
        import termios  # noqa: PLC0415

        if not (0 < rows < 10_000 and 0 < cols < 10_000):
            raise UsageError(f"{rows} rows and {cols} columns are no size.")
        if self.exit_code is None:
            fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, cols, 0, 0))

    async def end(self) -> None:
        """Hang up; what does not leave is killed with all it started."""
        if self.exit_code is None:
            self._signal(signal.SIGHUP)
            try:
                async with asyncio.timeout(_PATIENCE):
                    await self.process.wait()
            except TimeoutError:
                self._signal(signal.SIGKILL)
        if self._life:
            await self._life

    def _signal(self, number: int) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, number)

    async def _live(self) -> None:
        loop = asyncio.get_running_loop()
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        quiet = asyncio.Event()

        def read() -> None:
            try:
                data = os.read(self.master, 65_536)
            except BlockingIOError:
                return
            except OSError:  # Linux says so when the last one has closed the terminal
                data = b""
            if data:
                self._print(decoder.decode(data))
            else:
                loop.remove_reader(self.master)
                quiet.set()

        loop.add_reader(self.master, read)
        try:
            code = await self.process.wait()
            os.close(self.slave)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_PATIENCE):
                    await quiet.wait()
        finally:
            loop.remove_reader(self.master)
            os.close(self.master)
        self.exit_code = code if code >= 0 else 128 - code
        for queue in self._readers:
            _put(queue, None)
        self.changed(self)

    def _print(self, text: str) -> None:
        self._kept += text.encode("utf-16-le", "surrogatepass")
        if (over := len(self._kept) - 2 * _KEPT) > 0:
            del self._kept[:over]
            self._dropped += over // 2
        for queue in list(self._readers):
            if not _put(queue, text):
                self._readers.discard(queue)


class Terminals:
    """All of one server. `changed` hears of each that has ended."""

    def __init__(self, root: Path, changed: Callable[[Terminal], None]) -> None:
        self._root, self._changed = root, changed
        self._all: dict[str, Terminal] = {}

    def all(self) -> list[Terminal]:
        """The oldest first."""
        return [*self._all.values()]

    def get(self, name: str) -> Terminal | None:
        """The one of that id."""
        return self._all.get(name)

    async def start(
        self, command: str, args: list[str], cwd: Path, title: str, env: dict[str, str]
    ) -> Terminal:
        """Start a program on a new terminal. UsageError when that cannot be."""
        if sys.platform == "win32":
            raise UsageError(
                "Terminals over HTTP need Linux or macOS.", hint="Use POST /session/{id}/shell."
            )
        if len([one for one in self._all.values() if one.exit_code is None]) >= _MOST:
            raise UsageError(f"{_MOST} terminals are open: close one.")
        if shutil.which(command) is None:
            raise UsageError(f"There is no program {command!r}.")
        master, slave = os.openpty()
        name = os.ttyname(slave)
        words = [sys.executable, "-I", "-S", "-c", _START, name, command, *args]
        try:
            process = await asyncio.create_subprocess_exec(
                *words,
                cwd=cwd,
                env={**os.environ, "TERM": "xterm-256color", "OPENCODE_TERMINAL": "1", **env},
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.DEVNULL,
                start_new_session=True,
            )
        except OSError as error:
            os.close(master)
            os.close(slave)
            raise UsageError(f"{command} cannot be started: {error.strerror}.") from None
        shown = title or Path(command).name
        one = Terminal(
            new_id("pty"), shown, command, args, cwd, process, master, slave, self._changed
        )
        self._all[one.id] = one
        one.begin()
        self._forget()
        return one

    def _forget(self) -> None:
        ended = [one.id for one in self._all.values() if one.exit_code is not None]
        for name in ended[:-_ENDED]:
            del self._all[name]

    async def remove(self, one: Terminal) -> None:
        """End it and forget it."""
        self._all.pop(one.id, None)
        await one.end()

    async def close(self) -> None:
        """End them all."""
        await asyncio.gather(*(self.remove(one) for one in self.all()))


def _put(queue: Output, text: str | None) -> bool:
    """False when the reader was too slow: it is told that it ends here."""
    if queue.full():
        queue.get_nowait()
        queue.put_nowait(None)
        return False
    queue.put_nowait(text)
    return True


async def _writable(master: int) -> None:
    loop = asyncio.get_running_loop()
    ready = asyncio.Event()
    loop.add_writer(master, ready.set)
    try:
        await ready.wait()
    finally:
        loop.remove_writer(master)
