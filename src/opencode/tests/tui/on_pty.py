"""A pseudo-terminal with the app in it: keys go in, every byte that comes out is kept."""

import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
from collections.abc import Sequence
from fcntl import ioctl
from time import monotonic

MODES = re.compile(rb"\x1b\[\?([\d;]+)([hl])")
FOR_EVER = {b"7", b"25"}
"""Modes that are on when nobody asks: wrapping lines, the cursor."""


APP = (sys.executable, "-m", "opencode.tests.tui.terminal_app")
"""The app over a door in memory."""


_SHELL = """
import fcntl, os, signal, subprocess, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
def in_front():
    os.setpgid(0, 0)
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTTOU])
    os.tcsetpgrp(0, os.getpid())
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGTTOU])
code = subprocess.Popen(sys.argv[1:], preexec_fn=in_front).wait()
sys.exit(code if code >= 0 else 128 - code)
"""
IN_A_SHELL = (sys.executable, "-c", _SHELL, *APP)
"""The same in the foreground of a shell, which waits while it is stopped."""


class Terminal:
    """The child leads a session of its own, whose terminal this is. `answers` are written back
    when the app asks for the key."""

    def __init__(
        self,
        size: tuple[int, int] = (100, 30),
        command: Sequence[str] = APP,
        **environment: str,
    ) -> None:
        self.master, slave = pty.openpty()
        self.before = termios.tcgetattr(slave)
        self.resize(*size)
        self.child = subprocess.Popen(
            command,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env={
                **os.environ,
                "TERM": "xterm-256color",
                "COLORTERM": "truecolor",
                **environment,
            },
            start_new_session=True,
        )
        self.slave = slave
        self.written = b""
        self.answers: dict[bytes, bytes] = {}

    def resize(self, width: int, height: int) -> None:
        ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))

    def pump(self, seconds: float = 0.1) -> None:
        if select.select([self.master], [], [], seconds)[0]:
            self.written += os.read(self.master, 1 << 16)
        for question in [question for question in self.answers if question in self.written]:
            self.press(self.answers.pop(question))

    def rest(self, seconds: float) -> None:
        """Long enough for a sequence to be over."""
        until = monotonic() + seconds
        while monotonic() < until:
            self.pump(0.05)

    def see(self, text: str, deadline: float = 40) -> None:
        until = monotonic() + deadline
        while text.encode() not in self.written:
            assert monotonic() < until, self.written[-2000:]
            assert self.child.poll() is None, self.written[-2000:]
            self.pump()

    def press(self, keys: bytes) -> None:
        os.write(self.master, keys)

    def end(self, deadline: float = 40) -> int:
        until = monotonic() + deadline
        while self.child.poll() is None:
            assert monotonic() < until, self.written[-2000:]
            self.pump()
        while select.select([self.master], [], [], 0.2)[0]:
            self.written += os.read(self.master, 1 << 16)
        return self.child.returncode

    def modes_left_on(self) -> set[bytes]:
        """Private modes that were switched on and never off."""
        on: set[bytes] = set()
        for numbers, way in MODES.findall(self.written):
            for number in numbers.split(b";"):
                (on.add if way == b"h" else on.discard)(number)
        return on - FOR_EVER - {b"2026"}

    @property
    def job(self) -> int:
        """The process the shell waits for."""
        shell = self.child.pid
        with open(f"/proc/{shell}/task/{shell}/children") as file:  # noqa: PTH123
            return int(file.read().split()[0])

    def state(self) -> str:
        """R, S, T … as the system says."""
        with open(f"/proc/{self.job}/stat") as file:  # noqa: PTH123
            return file.read().rpartition(")")[2].split()[0]

    def wait_for_state(self, state: str, deadline: float = 20) -> None:
        until = monotonic() + deadline
        while self.state() != state:
            assert monotonic() < until, self.written[-2000:]
            self.pump(0.02)
        self.rest(0.1)

    def assert_given_back(self) -> None:
        """Every mode is off, the keyboard and the title are as before, the shell's screen shows."""
        assert not self.modes_left_on()
        assert self.written.count(b"\x1b[>25u") == self.written.count(b"\x1b[<u")
        assert self.written.count(b"\x1b[22;2t") == self.written.count(b"\x1b[23;2t")
        assert self.written.rindex(b"\x1b[<u") < self.written.rindex(b"\x1b[?1049l")
        assert self.written.rindex(b"\x1b[?25h") > self.written.rindex(b"\x1b[?25l")
        assert self.is_restored()

    def close(self) -> None:
        if self.child.poll() is None:
            os.killpg(self.child.pid, signal.SIGKILL)
        self.child.wait()
        os.close(self.slave)
        if self.master >= 0:
            os.close(self.master)

    def is_restored(self) -> bool:
        return termios.tcgetattr(self.slave)[:4] == self.before[:4]
