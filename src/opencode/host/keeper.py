"""Runs one long-lived program on our own pipes and ends all it started when we are gone."""

import contextlib
import os
import signal
import sys
import time

from opencode.host.family import adopt_orphans, go_first, group_lives, processes

_GRACE = 1.0
"""Seconds between asking politely and force."""


def main() -> None:
    """Run the words of the command line; exits as the program did. POSIX only."""
    signals = {signal.SIGTERM, signal.SIGHUP, signal.SIGINT}
    owner = os.getppid()
    adopt_orphans()
    pid = _start(sys.argv[1:])

    def end(number: int, frame: object) -> None:
        del number, frame
        signal.setitimer(signal.ITIMER_REAL, 0)
        _end(pid)
        os._exit(143)

    def look(number: int, frame: object) -> None:
        if os.getppid() != owner:
            end(number, frame)

    for number in signals:
        signal.signal(number, end)
    signal.signal(signal.SIGALRM, look)
    signal.setitimer(signal.ITIMER_REAL, 1, 1)
    code = _wait(pid)
    signal.setitimer(signal.ITIMER_REAL, 0)
    _end(pid)
    sys.exit(code if code >= 0 else 128 - code)


def _start(words: list[str]) -> int:
    """The program in a group of its own, on our pipes."""
    pid = os.fork()
    if pid:
        with contextlib.suppress(OSError):  # it may have done so itself, or be gone
            os.setpgid(pid, pid)
        null = os.open(os.devnull, os.O_RDWR)
        os.dup2(null, 0)
        os.dup2(null, 1)  # so that the pipes end when the program ends
        return pid
    os.setpgid(0, 0)
    go_first()
    try:
        os.execvp(words[0], words)
    except OSError as error:
        os.write(2, f"{words[0]}: {error.strerror}\n".encode())
    os._exit(127)


def _wait(pid: int) -> int:
    """The exit code; orphans that end meanwhile are buried."""
    while True:
        found, status = os.waitpid(-1, 0)
        if found == pid:
            return os.waitstatus_to_exitcode(status)


def _end(group: int) -> None:
    """End the group and whoever else came of us, politely and then by force."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        _tell(group, number)
        deadline = time.monotonic() + _GRACE
        while time.monotonic() < deadline:
            _bury()
            if not group_lives(group) and not _descendants():
                return
            time.sleep(0.01)


def _tell(group: int, number: int) -> None:
    with contextlib.suppress(OSError):
        os.killpg(group, number)
    for pid in _descendants():
        with contextlib.suppress(OSError):
            os.kill(pid, number)


def _bury() -> None:
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _descendants() -> list[int]:
    """Everybody below us, in whatever group or session."""
    rows = processes()
    found = {os.getpid()}
    grown = True
    while grown:
        more = {pid for pid, parent, _, _ in rows if parent in found} - found
        found |= more
        grown = bool(more)
    return sorted(found - {os.getpid()})
