"""Deleted sessions, kept for 30 days so that one stray key costs nothing."""

import shutil
import time
from pathlib import Path

import msgspec
from msgspec import Struct

from opencode.core.error import SessionError, SessionNotFound, UsageError
from opencode.core.session import SessionInfo
from opencode.host.files import sync_folder, write_atomic
from opencode.session.places import journal_of

DAYS = 30


class Deleted(Struct, frozen=True):
    """A session in the trash."""

    id: str
    title: str
    path: str
    """Where it lay, and goes back to."""
    deleted: float
    parent: str = ""


class Trash:
    """A folder in the user's data folder: the session's file, its journal, and a card."""

    def __init__(self, data: Path) -> None:
        self._folder = data / "trash" / "sessions"

    def put(self, info: SessionInfo) -> None:
        """Move the session here, journal and all."""
        path = Path(info.path)
        self._folder.mkdir(parents=True, exist_ok=True)
        card = Deleted(info.id, info.title, info.path, time.time(), info.parent)
        write_atomic(self._card(info.id), msgspec.json.encode(card), mode=0o600)
        _move(journal_of(path), self._kept(info.id).with_suffix(".journal"))
        _move(path, self._kept(info.id))

    def take(self, text: str) -> list[Deleted]:
        """Move the session whose id starts with `text` back, with its sub-agents' sessions."""
        found = self._find(text)
        family = [found, *(one for one in self.entries() if one.parent == found.id)]
        for one in family:
            path = Path(one.path)
            if path.exists():
                raise SessionError(
                    f"There is a session file {path} already.",
                    hint="Move it away, then restore again.",
                )
            path.parent.mkdir(parents=True, exist_ok=True)
            _move(self._kept(one.id), path)
            _move(self._kept(one.id).with_suffix(".journal"), journal_of(path))
            self._card(one.id).unlink(missing_ok=True)
        return family

    def entries(self) -> list[Deleted]:
        """What lies here, last deleted first."""
        found: list[Deleted] = []
        for card in self._folder.glob("*.card"):
            try:
                found.append(msgspec.json.decode(card.read_bytes(), type=Deleted))
            except (OSError, msgspec.DecodeError):
                continue
        return sorted(found, key=lambda one: one.deleted, reverse=True)

    def tidy(self, now: float) -> None:
        """Throw away what has lain here for more than 30 days."""
        for one in self.entries():
            if now - one.deleted > DAYS * 86_400:
                kept = self._kept(one.id)
                for path in (kept, kept.with_suffix(".journal"), self._card(one.id)):
                    path.unlink(missing_ok=True)

    def _find(self, text: str) -> Deleted:
        found = [o for o in self.entries() if o.id == text or _starts(o.id, text)]
        exact = [one for one in found if one.id == text]
        if len(exact or found) == 1:
            return (exact or found)[0]
        if found:
            raise UsageError(f"{text!r} fits {len(found)} deleted sessions; type more of the id.")
        raise SessionNotFound(
            f"No deleted session goes by {text!r}.", hint="`opencode session list --deleted`"
        )

    def _kept(self, session_id: str) -> Path:
        return self._folder / f"{session_id}.json"

    def _card(self, session_id: str) -> Path:
        return self._folder / f"{session_id}.card"


def _starts(session_id: str, text: str) -> bool:
    return bool(text) and (
        session_id.startswith(text) or session_id.removeprefix("ses_").startswith(text)
    )


def _move(source: Path, target: Path) -> None:
    """Rename, or copy whole and then remove where folders lie on two disks."""
    if not source.exists():
        return
    try:
        source.replace(target)
    except OSError:
        write_atomic(target, source.read_bytes(), mode=0o600)
        shutil.copystat(source, target)
        source.unlink()
    sync_folder(target.parent)
    sync_folder(source.parent)
