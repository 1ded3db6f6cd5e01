"""Empty folders in the place of files that must not come to exist while a sandboxed command runs.

A sandbox can cover only what is there. Git does not see empty folders, and rmdir cannot take
anything of value away; a lock shares each folder between all launchers of the machine.
"""
# ruff: noqa: PTH102, PTH106, PTH208
# No pathlib here: it alone would double what a launch costs.

import contextlib
import fcntl
import os
import stat

MODE = 0o555
"""Tells our empty folders from the user's."""


def hold(path: str) -> int:
    """Make sure that an empty folder of ours stands at `path`, shared with other launchers;
    -1 when something of the user's is there or it cannot be made."""
    for _ in range(3):
        try:
            with contextlib.suppress(FileExistsError):
                os.mkdir(path, MODE)
            fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        except OSError:
            return -1
        fcntl.flock(fd, fcntl.LOCK_SH)
        if _same(path, fd):
            if stat.S_IMODE(os.fstat(fd).st_mode) == MODE and not os.listdir(fd):
                return fd
            os.close(fd)
            return -1
        os.close(fd)
    return -1


def _same(path: str, fd: int) -> bool:
    try:
        return os.path.samestat(os.lstat(path), os.fstat(fd))
    except OSError:
        return False


def release(path: str, fd: int) -> None:
    """The last launcher that holds the folder takes it away."""
    with contextlib.suppress(OSError):
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if _same(path, fd):
            os.rmdir(path)
    os.close(fd)
