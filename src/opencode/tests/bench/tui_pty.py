"""A program in a pseudo-terminal, watched: what it wrote, when, and how fast it answers keys."""

import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
from fcntl import ioctl
from statistics import median
from time import perf_counter, sleep
from types import TracebackType

_PAINTED = b"\x1b[38;2;"
"""The first coloured cells."""


class Watched:
    """A child in a terminal of its own; `ask` sends it an order and waits for the answer."""

    def __init__(self, command: list[str], size: tuple[int, int] = (120, 40)) -> None:
        self.begun = perf_counter()
        self.bytes = 0
        self.screen = bytearray()
        self.first: float | None = None
        self._master, slave = pty.openpty()
        ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
        orders, self._orders = os.pipe()
        self._answers, answers = os.pipe()
        env = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
        env |= {"TERM": "xterm-256color", "COLORTERM": "truecolor", "TEXTUAL_SMOOTH_SCROLL": "0"}
        self.child = subprocess.Popen(
            [*command, str(orders), str(answers)],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            pass_fds=(orders, answers),
            env=env,
            start_new_session=True,
        )
        for fd in (slave, orders, answers):
            os.close(fd)
        self._said = b""

    def __enter__(self) -> "Watched":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.child.poll() is None:
            os.killpg(self.child.pid, signal.SIGKILL)
        self.child.wait()
        for fd in (self._master, self._orders, self._answers):
            os.close(fd)

    def pump(self, seconds: float) -> bool:
        """Read what the terminal gets; whether something came within the time."""
        ready = select.select([self._master, self._answers], [], [], seconds)[0]
        if self._master in ready:
            data = os.read(self._master, 1 << 20)
            self.bytes += len(data)
            self.screen += data
            if self.first is None and _PAINTED in self.screen:
                self.first = perf_counter() - self.begun
            if b"\x1b[?2026$p" in data:  # answer as a terminal does
                os.write(self._master, b"\x1b[?2026;2$y")
        if self._answers in ready:
            self._said += os.read(self._answers, 1 << 16)
        return bool(ready)

    def heard(self, timeout: float = 120.0) -> list[str]:
        """The next answer, split."""
        until = perf_counter() + timeout
        while b"\n" not in self._said:
            self.pump(0.5)
            if perf_counter() > until or self.child.poll() is not None:
                sys.exit(f"the probe said nothing: {bytes(self.screen[-2000:])!r}")
        line, _, self._said = self._said.partition(b"\n")
        return line.decode().split()

    def order(self, text: str) -> None:
        """Tell it to do something."""
        os.write(self._orders, text.encode() + b"\n")

    def ask(self, text: str) -> list[str]:
        """Tell it to do something and wait for what it says."""
        self.order(text)
        return self.heard()

    def key(self, data: bytes, timeout: float = 5.0) -> float:
        """Seconds from a key to the next output."""
        self.quiet()
        begun = perf_counter()
        os.write(self._master, data)
        before = self.bytes
        while self.bytes == before and perf_counter() - begun < timeout:
            self.pump(0.2)
        return perf_counter() - begun

    def echo(self, letter: bytes, timeout: float = 5.0) -> float:
        """Seconds from a letter to its appearance, while other output may come."""
        self.screen.clear()
        begun = perf_counter()
        os.write(self._master, letter)
        while letter not in self.screen and perf_counter() - begun < timeout:
            self.pump(0.2)
        return perf_counter() - begun

    def age(self) -> float:
        """Seconds since the process was started."""
        return perf_counter() - self.begun

    def type_until_echoed(self, letter: bytes) -> None:
        """Press a key every 20 ms until it shows."""
        self.screen.clear()
        while letter not in self.screen and self.age() < 30:
            os.write(self._master, letter)
            self.pump(0.02)

    def quiet(self, seconds: float = 0.06) -> None:
        """Wait until nothing is written any more."""
        while self.pump(seconds):
            pass

    def rest(self, seconds: float) -> None:
        """Let it be for a while."""
        until = perf_counter() + seconds
        while (left := until - perf_counter()) > 0:
            self.pump(left)


def p95(values: list[float]) -> float:
    """The value 95 of 100 stay under."""
    return sorted(values)[int(len(values) * 0.95) - 1]


def summary(values: list[float]) -> str:
    """Median and P95 in milliseconds."""
    return f"{1000 * median(values):.1f} / {1000 * p95(values):.1f} ms"


__all__ = ["Watched", "median", "p95", "sleep", "summary"]
