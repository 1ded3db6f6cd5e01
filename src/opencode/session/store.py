"""Sessions on disk: find, open, save, fold, delete. JSON files are the truth, the index a cache."""

import contextlib
import time
from collections.abc import Generator
from pathlib import Path
from typing import Any

import msgspec

from opencode.config.schema import SessionSection
from opencode.core.error import (
    OpenCodeError,
    SessionBusy,
    SessionError,
    SessionNotFound,
    UsageError,
)
from opencode.core.message import Message
from opencode.core.session import SCHEMA, Session, SessionInfo
from opencode.session.index import queries
from opencode.session.index.index import AsyncIndex, Index, list_infos, search
from opencode.session.index.queries import Hit
from opencode.session.index.rows import info_of
from opencode.session.lock import SessionLock
from opencode.session.opening import interrupt, make_inert
from opencode.session.places import file_name
from opencode.session.register import Register
from opencode.session.replay import read_session
from opencode.session.shared import utf8, whole
from opencode.session.trash import Deleted, Trash
from opencode.session.writer import Writer


class SessionStore:
    """The sessions of one project (and, on demand, all of the user's).

    Reading needs no lock. Writing does: `create` or `open`, then `save`, `fold` at the end of a
    run, `close`. The methods that are not async block on disk: call them in a thread from a
    face that must not wait. One event loop uses a store.
    """

    def __init__(
        self,
        folder: Path,
        data: Path,
        directory: Path,
        settings: SessionSection | None = None,
        *,
        what: str = "opencode",
    ) -> None:
        """`folder`: where new sessions go (see `places`); `data`: the user's data folder; `what`
        is what a second process reads about us."""
        self.folder = folder
        self.directory = utf8(str(directory))
        self.register = Register(data)
        self.trash = Trash(data)
        self._data = data
        self.settings = settings or SessionSection()
        self._what = what
        self._writers: dict[str, Writer] = {}
        self.lost: dict[str, str] = {}
        """What could not be read of sessions that were opened here."""
        written = self.settings.database_path
        path = directory / Path(written).expanduser() if written else data / "index.db"
        self.index = Index(path, self.register.id_of)
        self.live_index = AsyncIndex(self.index)

    # Finding

    def infos(
        self, text: str = "", limit: int = 0, *, everywhere: bool = False
    ) -> list[SessionInfo]:
        """Newest first: this project's, or all of the user's; with `text`, those whose title or
        messages hold all its words. Damaged ones are among them."""
        query = self._query(text.split(), limit, everywhere=everywhere)
        return self._judged(self.index.fetch(query, self._folders()))

    async def listing(self, text: str = "", limit: int = 0) -> list[SessionInfo]:
        """`infos` for faces that live long."""
        query = self._query(text.split(), limit)
        return self._judged(await self.live_index.fetch(query, self._folders()))

    def search(self, text: str, limit: int = 0, *, everywhere: bool = False) -> list[Hit]:
        """Like `infos`, each with the first place where one of the words stands."""
        words = text.split()
        self.index.refresh(self._folders())
        return search(self.index, self._query(words, limit, everywhere=everywhere), words)

    def latest(self) -> SessionInfo | None:
        """The one `--continue` picks: the newest that is whole, one's own and no sub-agent's."""
        return next((i for i in self.infos() if not (i.foreign or i.damaged or i.parent)), None)

    def find(self, text: str) -> SessionInfo:
        """The session meant by an id, any unique prefix of one, or the short id of its file name.
        SessionNotFound, or UsageError when several fit."""
        start = text if text.startswith("ses_") else f"ses_{text}"
        found: list[SessionInfo] = []
        if text and all(c.isalnum() or c in "_-" for c in text):
            found = self._judged(self.index.fetch(queries.by_id(start), self._folders()))
        exact = [info for info in found if info.id == start]
        own = [info for info in exact or found if not info.foreign]
        candidates = own or exact or found
        if len(candidates) == 1:
            return candidates[0]
        if candidates:
            names = ", ".join(info.id for info in candidates[:4])
            raise UsageError(
                f"{text!r} fits {len(candidates)} sessions: {names} …", hint="Type more of the id."
            )
        raise SessionNotFound(
            f"No session goes by {text!r}.", hint="`opencode session list --all` shows them all."
        )

    def has(self, session_id: str) -> bool:
        """Whether a session goes by exactly that id."""
        return bool(self.index.fetch(queries.by_id(session_id), self._folders()))

    def load(self, text: str) -> Session:
        """The session as it was last recorded, to look at. Of a damaged one, what is whole."""
        session_id, path, _ = self._locate(text)
        return read_session(path, session_id).session

    def info(self, session: Session) -> SessionInfo:
        """What lists show of a session that is open here."""
        return info_of(session, self._writer(session.id).path)

    # Writing

    def create(self, session: Session) -> Session:
        """Take the lock of a new session and write its file."""
        path = self.folder / file_name(session.id, session.created)
        if path.exists():
            raise SessionError(f"There is a session file {path} already.")
        with self._new_writer(session.id, path) as writer:
            writer.open()
            writer.stands(session, intact=False)
            self._write_down(writer, session)
        return session

    def open(self, text: str) -> Session:
        """Open for writing. What ran when its process died is interrupted, never run again.

        A session this user's opencode did not write comes inert, as an imported one does.
        SessionBusy names who writes it; then `load` shows it."""
        session_id, path, foreign = self._locate(text)
        if session_id in self._writers:
            raise SessionBusy(f"Session {session_id} is open in this process already.")
        with self._new_writer(session_id, path) as writer:
            records = writer.open()
            document = read_session(path, session_id, records)
            session = document.session
            self.lost[session_id] = "; ".join(document.damage)
            if session.schema > SCHEMA:
                raise SessionError(
                    f"Session {session.id} was written by a newer opencode and can only be read.",
                    hint="Update opencode, or go on in a copy: `opencode session fork`.",
                )
            writer.stands(session, intact=document.intact)
            if foreign:
                make_inert(session)
            writer.append(session, tuple(interrupt(session)))
            if self.settings.auto_save and not writer.is_folded:
                self._write_down(writer, session)
            self.register.add(session_id, path)
        return session

    async def save(self, session: Session, *touched: Message, sync: bool = False) -> None:
        """Record what changed: any field, new messages, and the `touched` ones; returns when it
        would survive the end of this process, with `sync` also a power cut."""
        writer = self._writer(session.id)
        async with writer.turn:
            if touched:
                session.updated = max(time.time(), session.updated)
            writer.append(session, touched)
            if sync:
                await whole(writer.sync)
            waited = time.monotonic() - writer.folded_at
            if self.settings.auto_save and waited >= self.settings.save_interval:
                await whole(writer.fold, *writer.prepare(session))
                await whole(self._note, writer.path)

    async def fold(self, session: Session, *, asked: bool = False) -> None:
        """Write the JSON file: at the end of a run as `auto_save` says, always when `asked`."""
        writer = self._writer(session.id)
        if not (asked or self.settings.auto_save):
            return
        async with writer.turn:
            if writer.append(session, ()) or not writer.is_folded:
                await whole(writer.fold, *writer.prepare(session))
                await whole(self._note, writer.path)

    async def close(self, session: Session) -> None:
        """Fold a last time and let others write."""
        try:
            await self.fold(session, asked=True)
        finally:
            self._writers.pop(session.id).close()

    # Leaving and coming back

    def delete(self, text: str) -> SessionInfo:
        """Move the session and its sub-agents' to the trash, for 30 days."""
        info = self.find(text)
        children = [one for one in self.infos(everywhere=True) if one.parent == info.id]
        for one in (*children, info):
            self._discard(one)
        return info

    def restore(self, text: str) -> Deleted:
        """Bring a deleted session back to where it was."""
        return self.trash.take(text)[0]

    def tidy(self) -> int:
        """Empty the trash of what is older than 30 days and, if `cleanup_after` says so, move
        sessions untouched for so many days there; returns how many. Never foreign ones."""
        now = time.time()
        self.trash.tidy(now)
        days = self.settings.cleanup_after
        moved = 0
        for info in self.infos(everywhere=True) if days else []:
            in_use = info.id in self._writers
            if in_use or info.foreign or info.damaged or now - info.updated <= days * 86_400:
                continue
            try:
                self._discard(info)
                moved += 1
            except OpenCodeError:
                continue  # somebody has it open: it is not untouched
        return moved

    def _discard(self, info: SessionInfo) -> None:
        if info.id in self._writers:
            self._writers.pop(info.id).close()
        lock = SessionLock(self._data, info.id, self._what)
        lock.acquire()
        try:
            self.trash.put(info)
        finally:
            lock.release()

    def _locate(self, text: str) -> tuple[str, Path, bool]:
        """(id, file, is foreign); a whole id of the user's own costs no look at the index."""
        path = self.register.path_of(text)
        if path is not None and path.exists():
            return text, path, False
        info = self.find(text)
        return info.id, Path(info.path), info.foreign

    def _folders(self) -> list[Path]:
        return list(dict.fromkeys((self.folder, *self.register.folders())))

    def _query(self, words: list[str], limit: int, *, everywhere: bool = False) -> queries.Query:
        own = self._data / "sessions"
        return queries.infos(
            self._folders() if everywhere else {self.folder, own},
            own=own,
            directory=None if everywhere else self.directory,
            words=words,
            limit=limit,
        )

    def _judged(self, rows: list[Any]) -> list[SessionInfo]:
        """With the mark of those this user's opencode did not write."""
        infos = list_infos(rows)
        strangers = self.register.strangers((info.id, info.path) for info in infos)
        return [_as_foreign(info) if info.id in strangers else info for info in infos]

    def _writer(self, session_id: str) -> Writer:
        try:
            return self._writers[session_id]
        except KeyError:
            raise SessionError(f"Session {session_id} is not open for writing.") from None

    @contextlib.contextmanager
    def _new_writer(self, session_id: str, path: Path) -> Generator[Writer]:
        """A writer that holds the lock and stays, unless what is done with it fails."""
        lock = SessionLock(self._data, session_id, self._what)
        lock.acquire()
        writer = Writer(path, lock)
        try:
            yield writer
            self._writers[session_id] = writer
        finally:
            if session_id not in self._writers:
                writer.close()

    def _write_down(self, writer: Writer, session: Session) -> None:
        writer.fold(*writer.prepare(session))
        self.register.add(session.id, writer.path)

    def _note(self, path: Path) -> None:
        """Bring the index up to date, for those who read its `sessions` table."""
        with contextlib.suppress(OpenCodeError):
            self.index.refresh([path.parent])


def _as_foreign(info: SessionInfo) -> SessionInfo:
    return msgspec.structs.replace(info, foreign=True)
