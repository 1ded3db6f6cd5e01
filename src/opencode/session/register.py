"""Which sessions this user's opencode wrote: a cloned repository may bring others."""

import json
import os
from collections.abc import Iterable
from pathlib import Path

from opencode.session.places import FILE_NAME


class Register:
    """A list of (id, file) in the user's data folder, appended to and never rewritten.

    Files in the user's own sessions folder are known without it."""

    def __init__(self, data: Path) -> None:
        self._path = data / "sessions.known"
        self._own = data / "sessions"
        self._stamp = (0, 0)
        self._known: dict[str, Path] = {}

    def knows(self, session_id: str, path: Path) -> bool:
        """Whether this user's opencode wrote that session."""
        return path.parent == self._own or session_id in self._read()

    def strangers(self, files: Iterable[tuple[str, str]]) -> set[str]:
        """Of (id, path) pairs the ids that `knows` denies; quick enough for thousands."""
        own, known = str(self._own), self._read()
        return {
            name for name, path in files if name not in known and path.rpartition(os.sep)[0] != own
        }

    def add(self, session_id: str, path: Path) -> None:
        """Remember a session and where it lies; synced, since resuming depends on it."""
        if self._read().get(session_id) == path:
            return
        line = json.dumps([session_id, str(path)]).encode() + b"\n"
        self._path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(handle, line)
            os.fsync(handle)
        finally:
            os.close(handle)

    def path_of(self, session_id: str) -> Path | None:
        """Where the session of that whole id was last written."""
        return self._read().get(session_id)

    def id_of(self, path: Path) -> str:
        """The id a session file was written under; "" when it is not known."""
        return next((known for known, where in self._read().items() if where == path), "")

    def folders(self) -> list[Path]:
        """Every folder that holds sessions of this user, the own one first."""
        others = {path.parent for path in self._read().values()} - {self._own}
        return [self._own, *sorted(others)]

    def _read(self) -> dict[str, Path]:
        try:
            found = self._path.stat()
        except OSError:
            return {}
        if (found.st_mtime_ns, found.st_size) != self._stamp:
            self._known = dict(_entries(self._path.read_bytes()))
            self._stamp = (found.st_mtime_ns, found.st_size)
        return self._known


def _entries(data: bytes) -> list[tuple[str, Path]]:
    entries: list[tuple[str, Path]] = []
    for line in data.splitlines():
        try:
            session_id, path = json.loads(line)
        except ValueError:
            continue  # a torn line: the session it named opens as a foreign one
        if isinstance(session_id, str) and isinstance(path, str) and FILE_NAME.search(path):
            entries.append((session_id, Path(path)))
    return entries
