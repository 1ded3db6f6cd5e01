"""What walls are made of: the system calls Python has no functions for (Linux only)."""

import ctypes
import os
from typing import TypedDict

CAP_DAC_OVERRIDE, CAP_FOWNER = 1, 3
PR_SET_NAME, PR_SET_SECCOMP, PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS = 15, 22, 24, 38


class Enclosure(TypedDict):
    """The plan of a wall, as it travels to the process that builds it."""

    views: list[tuple[str, str, str]]
    """(path, write | read | hidden, source), outer before inner."""
    network: bool
    everything: bool
    """Whether `/` itself may be written, a workspace being there."""
    proc: list[str]
    """Parts of /proc that must not be written."""
    cwd: str
    owners: list[tuple[int, int]]
    """(user, group) whose files root may change inside as it may outside."""


def libc() -> ctypes.CDLL:
    """The C library, with errno kept."""
    return ctypes.CDLL(None, use_errno=True)


def must(result: int, what: str) -> int:
    """`result`, or the OSError it stands for."""
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), what)
    return result


def drop_privileges(*kept: int) -> None:
    """No program started from here on gains anything, be it root's, but the capabilities `kept`
    of a user namespace."""
    c = libc()
    must(c.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no new privileges")
    for capability in range(64):
        if capability in kept:
            continue
        if c.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) < 0:
            break
