"""Which sessions have a page of their own, and under which name: kept with the user, since session
files may come with a cloned repository."""

import logging
import secrets
from pathlib import Path

import msgspec

from opencode.host.files import lock, write_atomic

log = logging.getLogger(__name__)


class Shares:
    """Session → the random name of its page. Every change locks out other processes and writes the
    whole file; these calls touch the disk."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def all(self) -> dict[str, str]:
        """Every shared session; none when the file is damaged."""
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=dict[str, str])
        except FileNotFoundError:
            return {}
        except msgspec.MsgspecError:
            log.warning("%s is damaged: nothing is shared", self._path)
            return {}

    def add(self, session: str) -> str:
        """The name of its page; the one it has already."""
        with lock(self._path.with_suffix(".lock"), what="shares"):
            shared = self.all()
            if session not in shared:
                shared[session] = secrets.token_urlsafe(18)
                self._write(shared)
        return shared[session]

    def remove(self, session: str) -> bool:
        """Whether there was a page."""
        if session not in self.all():
            return False
        with lock(self._path.with_suffix(".lock"), what="shares"):
            shared = self.all()
            was = shared.pop(session, "")
            self._write(shared)
        return bool(was)

    def session(self, name: str) -> str:
        """Whose page goes by that name; "" when none does."""
        pages = self.all().items()
        return next((id for id, own in pages if secrets.compare_digest(own, name)), "")

    def _write(self, shared: dict[str, str]) -> None:
        write_atomic(self._path, msgspec.json.encode(shared), mode=0o600)
