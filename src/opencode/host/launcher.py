"""Starts one command and outlives it: spools what it prints, tells how it ends, ends what it left.

A program of its own, run by `processes.py` before every command: `python -I -S`, the standard
library only and little of it. Being apart, it survives a kill -9 of its owner and cleans up.

stdin:  one frame, the Spec. Then single bytes: `T` end it politely, then by force; `K` by force at
        once; `D` let it live on without the owner. End of file: the owner is dead.
stdout: frames, tuples: ("start", pid, launcher), ("failed", text), ("out", size, recent bytes),
        ("exit", code, left, size, head, tail, log) once the command itself has ended,
        ("end", size) when nothing of it runs any more; always the last one.
A frame is four bytes of length, big endian, and that many bytes of marshal.
"""
# ruff: noqa: PTH108
# No pathlib here: it alone would double what a launch costs.

import contextlib
import os
import select
import signal
import sys
import time

from opencode.host.family import adopt_orphans, go_first, group_lives, processes
from opencode.host.spool import Spec, Spool, receive, send
from opencode.host.wall.placeholder import hold, release

GRACE = 1.0
"""Seconds between the polite signal and the one that cannot be refused."""
_SETTLE = 0.2
"""Seconds a process may outlive the command before it counts as left running."""
_EVERY = 0.1
"""Seconds between two reports of progress."""
_GIVE_UP = 5.0
"""Seconds after which a process that even SIGKILL does not end is left to the system."""
_WALLS = ("bwrap", "opencode-wall")
"""The sandbox's own processes, which nobody started on purpose."""


def main() -> None:
    """Run what the owner asks for; a dead owner asks for nothing."""
    try:
        spec = receive()
        if os.fork():
            os._exit(0)  # nobody's child: an event loop that closes kills its children
    except (EOFError, OSError):
        return
    held = [(path, hold(path)) for path in spec.held]
    try:
        _Supervisor(spec).run()
    finally:
        for path in spec.absent:
            with contextlib.suppress(OSError):
                os.unlink(path)
        for path, fd in held:
            if fd >= 0:
                release(path, fd)


class _Supervisor:
    """One command, its process group and, on Linux, every process that escaped from it."""

    def __init__(self, spec: Spec) -> None:
        self.spec = spec
        self.spool = Spool(spec.log, spec.keep, spec.cap)
        self.poll = select.poll()
        self.code: int | None = None
        self.settled = self.deadline = self.shown = 0.0
        self.reported = self.kept = False
        self.size_shown = 0

    def run(self) -> None:
        adopt_orphans()
        wake, waker = os.pipe()
        os.set_blocking(wake, False)
        os.set_blocking(waker, False)
        signal.set_wakeup_fd(waker, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, _nothing)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self.asked_to_go)
        self.output, writer = os.pipe()
        os.set_blocking(self.output, False)
        if not self.start(writer):
            send("end", 0)
            return
        os.close(writer)
        for fd in (0, wake, self.output):
            self.poll.register(fd, select.POLLIN)
        while not self.step(wake):
            pass
        self.spool.close()
        send("end", self.spool.size)

    def start(self, writer: int) -> bool:
        """Fork the command; False (and told) when the system could not."""
        failed, failing = os.pipe()
        try:
            self.pid = os.fork()
        except OSError as error:
            send("failed", f"no process could be started: {error.strerror}")
            return False
        if not self.pid:
            _become(self.spec, writer, failing)
        os.close(failing)
        problem = os.read(failed, 4096)
        os.close(failed)
        if problem:
            os.waitpid(self.pid, 0)
            send("failed", problem.decode(errors="replace"))
            return False
        if self.spec.spool:
            self.spool.spill()
        send("start", self.pid, os.getpid())
        return True

    def step(self, wake: int) -> bool:
        """Wait for something and deal with it; True when nothing is left to supervise."""
        for fd, _ in self.poll.poll(self.pause()):
            if fd == 0:
                self.obey()
            elif fd == wake:
                os.read(wake, 4096)
            else:
                self.drain(1)
        now = time.monotonic()
        if self.deadline and now >= self.deadline:
            self.signal(signal.SIGKILL)
        gone = self.reap()
        if self.deadline and now > self.deadline + _GIVE_UP:
            gone = True
        if self.spool.size != self.size_shown and now >= self.shown + _EVERY:
            self.shown, self.size_shown = now, self.spool.size
            send("out", self.spool.size, self.spool.recent)
        if self.code is not None and not self.reported and (gone or now >= self.settled):
            self.report(gone)
        return self.reported and gone

    def pause(self) -> int | None:
        """Milliseconds to wait at most."""
        if self.deadline or (self.code is not None and not self.reported):
            return 20
        if self.spool.size != self.size_shown:
            return int(_EVERY * 1000)
        return 200 if self.reported and sys.platform != "linux" else None

    def obey(self) -> None:
        """An order of the owner, or its death."""
        order = os.read(0, 1)
        if order == b"D":
            self.kept = True
        elif order == b"K":
            self.end(0)
        elif order == b"T" or not self.kept:
            self.end(GRACE)
        if not order:
            self.poll.unregister(0)

    def asked_to_go(self, number: int, frame: object) -> None:
        """Somebody wants the launcher itself to go: not without its processes."""
        del number, frame
        self.end(GRACE)

    def end(self, grace: float) -> None:
        wanted = time.monotonic() + grace
        if grace and not self.deadline:
            self.signal(signal.SIGTERM)
        self.deadline = min(self.deadline or wanted, wanted)

    def drain(self, pieces: int) -> None:
        """Read up to so many pieces of what was printed."""
        for _ in range(pieces):
            try:
                data = os.read(self.output, 1 << 18)
            except BlockingIOError:
                return
            if not data:
                with contextlib.suppress(KeyError):
                    self.poll.unregister(self.output)
                return
            self.spool.feed(data)

    def reap(self) -> bool:
        """Collect the dead; True when nothing of the command lives any more."""
        try:
            while True:
                pid, status = os.waitpid(-1, os.WNOHANG)
                if not pid:
                    return False
                if pid == self.pid:
                    self.code = os.waitstatus_to_exitcode(status)
                    self.settled = time.monotonic() + _SETTLE
        except ChildProcessError:
            if self.code is None:
                self.code = 0
        return sys.platform == "linux" or not group_lives(self.pid)

    def report(self, gone: bool) -> None:
        self.reported = True
        left = () if gone else tuple(pid for pid, name in self.family() if name not in _WALLS)
        self.drain(64)
        if left:
            self.spool.spill()
        spool = self.spool
        head, tail = bytes(spool.head), bytes(spool.tail)
        send("exit", self.code, left, spool.size, head, tail, spool.log)

    def signal(self, number: int) -> None:
        """To the whole group in one go, so that no fork slips through, then to who left it."""
        for reach, pid in [(os.killpg, self.pid), *((os.kill, pid) for pid, _ in self.family())]:
            try:
                reach(pid, number)
            except OSError:
                continue

    def family(self) -> list[tuple[int, str]]:
        """Every living process that came of the command, as (pid, name)."""
        rows = processes()
        ours = {os.getpid()} if sys.platform == "linux" else {self.pid}
        found: list[tuple[int, str]] = []
        grown = True
        while grown:
            fresh = [r for r in rows if r[0] not in ours and (r[1] in ours or r[2] == self.pid)]
            ours.update(row[0] for row in fresh)
            found.extend((row[0], row[3]) for row in fresh)
            grown = bool(fresh)
        return found


def _nothing(number: int, frame: object) -> None:
    """SIGCHLD only has to wake the poll."""
    del number, frame


def _become(spec: Spec, output: int, failing: int) -> None:
    """In the child: a session without a terminal, nothing on stdin, then the command itself."""
    try:
        os.setsid()
        go_first()
        for number in (
            signal.SIGPIPE,
            signal.SIGXFSZ,
            signal.SIGTERM,
            signal.SIGINT,
            signal.SIGHUP,
        ):
            signal.signal(number, signal.SIG_DFL)
        os.chdir(spec.cwd)
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.dup2(output, 1)
        os.dup2(output, 2)
        os.execve(spec.argv[0], spec.argv, spec.env)
    except OSError as error:
        os.write(failing, f"{error.filename or spec.argv[0]}: {error.strerror}".encode())
    finally:
        os._exit(127)
