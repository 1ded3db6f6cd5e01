"""A rebuildable index for lists, search, usage and prompts. Delete it and nothing is lost."""

import asyncio
import contextlib
import os
import sqlite3
from collections.abc import Callable, Generator, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypeVar

import msgspec

from opencode.core.error import SessionError
from opencode.core.session import Session, SessionInfo
from opencode.session.index import queries
from opencode.session.index.queries import Hit, Query
from opencode.session.index.rows import call_rows, info_of, message_rows, metadata_of, usage_rows
from opencode.session.places import FILE_NAME, journal_named
from opencode.session.replay import read_session
from opencode.session.shared import utf8, whole

if TYPE_CHECKING:
    from aiosqlite import Connection

T = TypeVar("T")
_BUSY_SECONDS = 10.0


class Index:
    """The index for commands that answer once, by the standard sqlite3.

    A connection a call, so any thread may ask. A damaged or outdated index is made anew; where
    none can be written it lives in memory."""

    def __init__(self, path: Path, id_of: Callable[[Path], str] = lambda path: "") -> None:
        self.path = path
        self._id_of = id_of
        self._memory: sqlite3.Connection | None = None

    def refresh(self, folders: Iterable[Path]) -> None:
        """Read what changed in the folders since the last time: new, changed and gone files, seen
        by the stamps of file and journal. Costs one listing a folder when nothing changed."""
        wanted = list(folders)
        self._use(lambda db: self._refresh_all(db, wanted))

    def fetch(self, query: Query, folders: Iterable[Path] = ()) -> list[Any]:
        """The rows of one of `queries`, after bringing the folders up to date."""
        wanted = list(folders)

        def work(db: sqlite3.Connection) -> list[Any]:
            self._refresh_all(db, wanted)
            return db.execute(query.sql, query.values).fetchall()

        return self._use(work)

    def _refresh_all(self, db: sqlite3.Connection, folders: list[Path]) -> None:
        for folder in folders:
            self._refresh_folder(db, folder, _stamps(folder))

    def _refresh_folder(
        self, db: sqlite3.Connection, folder: Path, stamps: dict[bytes, str]
    ) -> None:
        rows = db.execute("SELECT path, stamp FROM session WHERE folder = ?", [os.fsencode(folder)])
        known: dict[bytes, str] = dict(rows.fetchall())
        stale = [path for path, stamp in stamps.items() if known.get(path) != stamp]
        gone = known.keys() - stamps.keys()
        if not stale and not gone:
            return
        with db:
            for path in gone:
                _forget(db, path)
            for path in stale:
                self._put(db, path, stamps[path])

    def _put(self, db: sqlite3.Connection, key: bytes, stamp: str) -> None:
        path = Path(os.fsdecode(key))
        match = FILE_NAME.fullmatch(path.name)
        fallback = self._id_of(path) or f"ses_{match[1] if match else ''}"
        damaged = ""
        try:
            document = read_session(path, fallback)
            session, damaged = document.session, "; ".join(document.damage)
        except SessionError as error:
            session, damaged = Session(fallback, "", created=0.0, updated=_mtime(path)), str(error)
        _put_session(db, path, stamp, session, damaged)
        _put_messages(db, key, session)
        for table in ("usage", "call"):
            db.execute(f"DELETE FROM {table} WHERE path = ?", [key])
        db.executemany(
            "INSERT INTO call VALUES (?, ?, ?, ?, ?, ?)",
            [(key, *row) for row in call_rows(session)],
        )
        db.executemany(
            "INSERT INTO usage VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (key, day, model, n, u.input, u.output, u.cache_read, u.cache_write, u.reasoning,
                 u.cost)
                for day, model, n, u in usage_rows(session)
            ],
        )  # fmt: skip

    def _use(self, work: Callable[[sqlite3.Connection], T]) -> T:
        try:
            with self._connection() as db:
                return work(db)
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError) and "locked" in str(error):
                raise SessionError(
                    "The session index is busy.", hint="Try again; another opencode rebuilds it."
                ) from error
        self._throw_away()
        with self._connection() as db:
            return work(db)

    @contextlib.contextmanager
    def _connection(self) -> Generator[sqlite3.Connection]:
        if self._memory is not None:
            yield self._memory
            return
        db = self._connect()
        try:
            yield db
        finally:
            if self._memory is None:
                db.close()

    def _connect(self) -> sqlite3.Connection:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            db = sqlite3.connect(self.path, timeout=_BUSY_SECONDS)
            _prepare(db)
        except (OSError, sqlite3.OperationalError) as error:
            if isinstance(error, sqlite3.OperationalError) and "locked" in str(error):
                raise
            self._memory = sqlite3.connect(":memory:", check_same_thread=False)
            _prepare(self._memory)
            return self._memory
        return db

    def _throw_away(self) -> None:
        if self._memory is not None:
            self._memory.close()
            self._memory = None
        for end in ("", "-wal", "-shm", "-journal"):
            self.path.with_name(self.path.name + end).unlink(missing_ok=True)


class AsyncIndex:
    """The same index for faces that live long: a connection of its own, kept open by aiosqlite."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._db: Connection | None = None
        self._opening = asyncio.Lock()

    async def fetch(self, query: Query, folders: Iterable[Path] = ()) -> list[Any]:
        """The rows of one of `queries`, after bringing the folders up to date."""
        await whole(self._index.refresh, list(folders))
        if self._index.path.exists():
            with contextlib.suppress(sqlite3.DatabaseError):
                db = await self._open()
                return list(await db.execute_fetchall(query.sql, query.values))
        await self.close()
        return await whole(self._index.fetch, query)

    async def close(self) -> None:
        """Close the connection."""
        if self._db is not None:
            db, self._db = self._db, None
            await db.close()

    async def _open(self) -> "Connection":
        async with self._opening:  # a second connection's thread would keep the program from ending
            if self._db is None:
                import aiosqlite  # noqa: PLC0415 - commands that answer once do without it

                self._db = await aiosqlite.connect(self._index.path, timeout=_BUSY_SECONDS)
            return self._db

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


def list_infos(rows: list[Any]) -> list[SessionInfo]:
    """Rows of `queries.infos` or `queries.by_id` as infos."""
    return [queries.info_from(row) for row in rows]


def search(index: Index, query: Query, words: list[str]) -> list[Hit]:
    """Sessions with all the words, each with the first place where one of them stands."""
    hits: list[Hit] = []
    for info in list_infos(index.fetch(query)):
        hit = Hit(info)
        for word in words:
            if rows := index.fetch(queries.place(info.path, word)):
                message, text = rows[0]
                hit = Hit(info, message, queries.excerpt(text, word))
                break
        hits.append(hit)
    return hits


def _prepare(db: sqlite3.Connection) -> None:
    version: int = db.execute("PRAGMA user_version").fetchone()[0]
    if version == queries.VERSION:
        return
    if version:
        raise sqlite3.DatabaseError("another version")
    db.execute("PRAGMA journal_mode = WAL")
    db.executescript(
        f"BEGIN IMMEDIATE;{queries.TABLES}PRAGMA user_version = {queries.VERSION};COMMIT;"
    )


def _stamps(folder: Path) -> dict[bytes, str]:
    """File → stamp of file and journal, for each session file of the folder."""
    stamps: dict[str, str] = {}
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.name.endswith((".json", ".journal")):
                    found = entry.stat()
                    stamps[entry.name] = f"{found.st_mtime_ns}.{found.st_size}.{found.st_ino}"
    except OSError:
        return {}
    root = os.fsencode(folder) + os.fsencode(os.sep)
    return {
        root + os.fsencode(name): stamp + "+" + stamps.get(journal_named(name), "")
        for name, stamp in stamps.items()
        if FILE_NAME.fullmatch(name)
    }


def _mtime(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def _forget(db: sqlite3.Connection, key: bytes) -> None:
    for table in ("session", "message", "usage", "call"):
        db.execute(f"DELETE FROM {table} WHERE path = ?", [key])


def _put_session(
    db: sqlite3.Connection, path: Path, stamp: str, session: Session, damaged: str
) -> None:
    info = info_of(session, path, damaged=damaged)
    status = "damaged" if damaged else "active"
    values = [
        os.fsencode(path), os.fsencode(path.parent), stamp, info.id, utf8(info.title),
        utf8(info.directory), info.agent, info.model, info.messages, info.parent, info.created,
        info.updated, msgspec.json.encode(info.usage), damaged, status, metadata_of(session),
    ]  # fmt: skip
    db.execute(f"INSERT OR REPLACE INTO session VALUES ({','.join('?' * len(values))})", values)


def _put_messages(db: sqlite3.Connection, key: bytes, session: Session) -> None:
    """Only what is new or changed: a long session costs little when a message is added."""
    rows = db.execute('SELECT id, n, seq, "check" FROM message WHERE path = ?', [key])
    known = {ident: (n, seq, check) for ident, n, seq, check in rows.fetchall()}
    for seq, row in enumerate(message_rows(session)):
        old = known.pop(row.id, None)
        if old is not None and old[1:] == (seq, row.check):
            continue
        if old is not None:
            db.execute("DELETE FROM message WHERE n = ?", [old[0]])
        db.execute(
            'INSERT INTO message (path, seq, id, role, created, text, prompt, "check")'
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [key, seq, row.id, row.role, row.created, utf8(row.text), row.prompt, row.check],
        )
    db.executemany("DELETE FROM message WHERE n = ?", [[n] for n, _, _ in known.values()])
