"""The app in a real pseudo-terminal: what it writes, what it answers, how it leaves."""

import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
from collections.abc import Iterator
from contextlib import suppress
from fcntl import ioctl
from time import monotonic

import pytest

MODES = re.compile(rb"\x1b\[\?([\d;]+)([hl])")
FOR_EVER = {b"7", b"25"}
"""Modes that are on when nobody asks: wrapping lines, the cursor."""


class Terminal:
    def __init__(self, size: tuple[int, int] = (100, 30)) -> None:
        self.master, slave = pty.openpty()
        self.before = termios.tcgetattr(slave)
        self.resize(*size)
        self.child = subprocess.Popen(
            [sys.executable, "-m", "opencode.tests.tui.terminal_app"],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env={**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor"},
            start_new_session=True,
        )
        self.slave = slave
        self.written = b""

    def resize(self, width: int, height: int) -> None:
        ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))

    def pump(self, seconds: float = 0.1) -> None:
        if select.select([self.master], [], [], seconds)[0]:
            self.written += os.read(self.master, 1 << 16)

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

    def is_restored(self) -> bool:
        return termios.tcgetattr(self.slave)[:4] == self.before[:4]


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    made = Terminal()
    yield made
    if made.child.poll() is None:
        os.killpg(made.child.pid, signal.SIGKILL)
    made.child.wait()
    os.close(made.master)
    os.close(made.slave)


def test_a_prompt_is_typed_answered_and_the_terminal_is_left_as_it_was(terminal: Terminal) -> None:
    terminal.see("build")
    terminal.press(b"hello there\r")
    terminal.see("echo hello")
    for size in ((40, 10), (20, 6), (200, 60), (100, 30)):
        terminal.resize(*size)
        os.kill(terminal.child.pid, signal.SIGWINCH)
        terminal.pump(0.2)
    terminal.press(b"again\r")
    terminal.see("echo again")
    terminal.press(b"\x11")
    assert terminal.end() == 0
    assert not terminal.modes_left_on()
    assert terminal.is_restored()
    assert b"opencode session resume ses_" in terminal.written


def test_a_lone_esc_and_split_sequences_are_understood(terminal: Terminal) -> None:
    terminal.see("build")
    terminal.press(b"/them")
    terminal.see("Switch theme")
    terminal.press(b"\x1b")
    terminal.rest(0.6)
    terminal.press(b"\x03")
    terminal.press("中".encode()[:2])
    terminal.rest(0.2)
    terminal.press("中".encode()[2:] + b"x\r")
    terminal.see("echo 中x")
    terminal.press(b"\x11")
    assert terminal.end() == 0


def test_a_large_paste_arrives_whole_and_is_not_sent(terminal: Terminal) -> None:
    terminal.see("build")
    rows = b"\r".join(b"row %d " % n + b"x" * 60 for n in range(2000))
    os.set_blocking(terminal.master, False)
    data = b"\x1b[200~" + rows + b"\x1b[201~"
    while data:
        with suppress(BlockingIOError):
            data = data[os.write(terminal.master, data[:4096]) :]
        terminal.pump(0.001)
    terminal.see("2000 lines")
    terminal.press(b"\x03\x03")
    terminal.see("again to leave")
    terminal.press(b"\x03")
    assert terminal.end() == 0


def test_a_bug_leaves_a_usable_terminal_too(terminal: Terminal) -> None:
    terminal.see("build")
    terminal.press(b"boom\r")
    assert terminal.end() == 1
    assert not terminal.modes_left_on()
    assert terminal.is_restored()


def test_sigterm_leaves_a_usable_terminal_too(terminal: Terminal) -> None:
    terminal.see("build")
    terminal.child.terminate()
    terminal.end()
    assert not terminal.modes_left_on()
    assert terminal.is_restored()
