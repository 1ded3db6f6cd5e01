"""Writes that are whole or not at all, and locks the system releases when their owner dies."""

import contextlib
import os
import re
import stat
import time
from collections.abc import Generator
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

import msgspec
from msgspec import Struct

if TYPE_CHECKING:
    from filelock import BaseFileLock

_TEMP = re.compile(r"\.opencode-(\d+)-[0-9a-f]{12}\.tmp")
_REPLACE_TRIES = 20


def write_atomic(path: Path, data: bytes, *, mode: int | None = None, sync: bool = True) -> None:
    """Write the whole file or nothing: temp file beside it, fsync, rename, fsync of the folder.

    An existing file keeps its mode (unless `mode` is given) and owner; a link stays a link and
    its target is written. Missing folders are made. A file that may not be written is not
    replaced behind its owner's back. Raises OSError.
    """
    target = Path(os.path.realpath(path))
    existing = _stat(target)
    if existing is not None:
        if stat.S_ISDIR(existing.st_mode):
            raise IsADirectoryError(21, "Is a folder", str(target))
        if not os.access(target, os.W_OK):
            raise PermissionError(13, "Permission denied", str(target))
    target.parent.mkdir(parents=True, exist_ok=True)
    temp = target.with_name(f".opencode-{os.getpid()}-{os.urandom(6).hex()}.tmp")
    try:
        _write_new(temp, data, 0o666 if existing is None and mode is None else 0o600, sync)
        _dress(temp, existing, mode)
        _replace(temp, target)
    finally:
        temp.unlink(missing_ok=True)
    if sync:
        sync_folder(target.parent)


def sync_folder(folder: Path) -> None:
    """Make renames and removals in the folder survive a power cut, where the system can."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        with contextlib.suppress(OSError):  # some file systems cannot sync a folder
            os.fsync(handle)
    finally:
        os.close(handle)


def remove_leftovers(folder: Path) -> None:
    """Delete the temp files that processes left in the folder when they were killed."""
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            match = _TEMP.fullmatch(entry.name)
            if match and not is_alive(int(match[1])):
                Path(entry.path).unlink(missing_ok=True)


def is_alive(pid: int) -> bool:
    """Whether a process of that number runs on this machine; when unsure, yes."""
    if os.name == "nt":
        return pid == os.getpid() or pid > 0
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _stat(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except FileNotFoundError:
        return None


def _write_new(temp: Path, data: bytes, mode: int, sync: bool) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    with open(os.open(temp, flags, mode), "wb") as file:  # noqa: PTH123 - a descriptor, not a path
        file.write(data)
        if sync:
            file.flush()
            os.fsync(file.fileno())


def _dress(temp: Path, existing: os.stat_result | None, mode: int | None) -> None:
    """Give the new file the mode and the owner of the old one."""
    if existing is not None and os.name != "nt" and existing.st_uid != os.geteuid():
        with contextlib.suppress(PermissionError):
            os.chown(temp, existing.st_uid, existing.st_gid)
    if mode is not None:
        temp.chmod(mode)
    elif existing is not None:
        temp.chmod(stat.S_IMODE(existing.st_mode))


def _replace(temp: Path, target: Path) -> None:
    """Rename over the target; Windows refuses while somebody reads it, so it is tried again."""
    for attempt in range(_REPLACE_TRIES):
        try:
            temp.replace(target)
        except PermissionError:
            if os.name != "nt" or attempt == _REPLACE_TRIES - 1:
                raise
            time.sleep(0.05)
        else:
            return


class Owner(Struct, frozen=True):
    """Who holds a lock."""

    pid: int
    host: str
    since: float
    what: str = ""

    def __str__(self) -> str:
        since = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(self.since))
        return f"{self.what or 'process'} (pid {self.pid} on {self.host}, since {since})"


class Held(Exception):
    """Somebody else has the lock; `owner` is None when they left no name."""

    def __init__(self, owner: Owner | None) -> None:
        super().__init__(str(owner or "another process"))
        self.owner = owner


class FileLock:
    """A lock of the system's on a file; the owner's name is written beside it for people."""

    def __init__(self, path: Path, what: str = "") -> None:
        self.path = path
        self._what = what
        import filelock  # noqa: PLC0415 - whoever only writes files does without it

        self._busy: type[Exception] = filelock.Timeout
        self._lock: BaseFileLock = filelock.FileLock(path, thread_local=False)

    @property
    def _card(self) -> Path:
        return self.path.with_name(self.path.name + ".owner")

    def acquire(self, wait: float = 0.0) -> None:
        """Take it, waiting up to `wait` seconds (this blocks); Held names who has it."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._lock.acquire(timeout=wait)
        except self._busy:
            raise Held(self.owner()) from None
        import socket  # noqa: PLC0415 - 1 ms that readers do without

        owner = Owner(os.getpid(), socket.gethostname(), time.time(), self._what)
        with contextlib.suppress(OSError):
            write_atomic(self._card, msgspec.json.encode(owner), mode=0o600, sync=False)

    def release(self) -> None:
        """Let go; also done by the system when the process dies."""
        if self._lock.is_locked:
            self._card.unlink(missing_ok=True)
            self._lock.release()

    def owner(self) -> Owner | None:
        """Who wrote their name beside the lock."""
        try:
            return msgspec.json.decode(self._card.read_bytes(), type=Owner)
        except (OSError, msgspec.DecodeError):
            return None

    def __enter__(self) -> Self:
        self.acquire()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()


@contextlib.contextmanager
def lock(path: Path, *, wait: float = 10.0, what: str = "") -> Generator[None]:
    """Hold the lock on `path` (a file of its own, never the data file) for a short change."""
    held = FileLock(path, what)
    held.acquire(wait)
    try:
        yield
    finally:
        held.release()
