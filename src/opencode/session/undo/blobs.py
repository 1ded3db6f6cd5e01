"""Bytes kept by what they are: the undo store of one project, capped."""

import contextlib
import hashlib
import os
from collections.abc import Callable
from pathlib import Path

from opencode.host.files import remove_leftovers, write_atomic


def digest(data: bytes) -> str:
    """The sha256 in hex: the name of these bytes."""
    return hashlib.sha256(data).hexdigest()


class Blobs:
    """Content-addressed bytes in a folder. When it is full the oldest go; what this process put
    in stays. All methods block."""

    def __init__(self, folder: Path, limit: int, tell: Callable[[str], None]) -> None:
        self._folder = folder
        self._limit = limit
        self._tell = tell
        self._size = -1
        self._mine: set[str] = set()
        self._told = False

    def put(self, data: bytes, *, sync: bool = False) -> str | None:
        """Keep the bytes; their name, or None when there is no room for them."""
        name = digest(data)
        path = self._path(name)
        with contextlib.suppress(OSError):
            if path.stat().st_size == len(data):
                os.utime(path)
                self._mine.add(name)
                return name
        if not self._make_room(len(data)):
            return None
        if sync:
            write_atomic(path, data, mode=0o600)
        else:
            _write_quickly(path, data)
        self._size += len(data)
        self._mine.add(name)
        return name

    def get(self, name: str) -> bytes | None:
        """The bytes; None when they are gone or damaged."""
        try:
            data = self._path(name).read_bytes()
        except OSError:
            return None
        return data if digest(data) == name else None

    def has(self, name: str) -> bool:
        """Whether the bytes are there."""
        return self._path(name).exists()

    def _path(self, name: str) -> Path:
        return self._folder / name[:2] / name[2:]

    def _make_room(self, wanted: int) -> bool:
        if self._size < 0:
            self._size = sum(size for _, size, _ in self._entries())
        if self._size + wanted > self._limit:
            self._drop_oldest(wanted)
            self._say_full()
        return self._size + wanted <= self._limit

    def _drop_oldest(self, wanted: int) -> None:
        """Down to nine tenths, so that not every write comes here."""
        goal = self._limit * 9 // 10 - wanted
        for _, size, path in sorted(self._entries()):
            if self._size <= goal:
                return
            if path.parent.name + path.name not in self._mine:
                path.unlink(missing_ok=True)
                self._size -= size

    def _say_full(self) -> None:
        if not self._told:
            self._told = True
            self._tell(
                f"The undo store of this project is full ({self._limit // 1_000_000} MB): its "
                "oldest changes cannot be undone any more. `[session] undo_limit_mb` sets its size."
            )

    def _entries(self) -> list[tuple[float, int, Path]]:
        """(time of last use, size, path) of all that is kept; leftovers of killed processes go."""
        found: list[tuple[float, int, Path]] = []
        for folder in self._folder.glob("??"):
            remove_leftovers(folder)
            with os.scandir(folder) as entries:
                for entry in entries:
                    known = entry.stat()
                    found.append((known.st_mtime, known.st_size, Path(entry.path)))
        return found


def _write_quickly(path: Path, data: bytes) -> None:
    """Whole or not at all for a killed process; after a power cut the hash tells what is torn.
    Thousands are copied before a command, so nothing is synced."""
    path.parent.mkdir(exist_ok=True, parents=True)
    temp = f"{path.parent}{os.sep}.opencode-{os.getpid()}-{os.urandom(6).hex()}.tmp"
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    with open(os.open(temp, flags, 0o600), "wb") as file:  # noqa: PTH123 - a descriptor, not a path
        file.write(data)
    os.replace(temp, path)  # noqa: PTH105 - as above, this is the hot path
