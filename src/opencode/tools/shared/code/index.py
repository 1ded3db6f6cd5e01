"""An index of a project's code in SQLite: ranked by BM25, brought up to date file by file.

It lies in the cache folder and may be deleted at any time. Run as a program it brings an index up
to date at low priority; when it is stopped, what it did is kept and the next run goes on."""

import contextlib
import hashlib
import os
import sqlite3
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

from opencode.host.files import Held, lock
from opencode.tools.shared.code.chunks import chunks, words
from opencode.tools.shared.code.outline import outline
from opencode.tools.shared.search.glob import is_secret
from opencode.tools.shared.search.walk import walk

_VERSION = 2
_LARGEST = 400_000
_BATCH = 100
_WAIT = 60.0
"""Seconds to wait for another process that brings the same index up to date."""
_SCHEMA = """
CREATE TABLE IF NOT EXISTS files (id INTEGER PRIMARY KEY, path TEXT UNIQUE, stamp TEXT);
CREATE TABLE IF NOT EXISTS chunks
    (id INTEGER PRIMARY KEY, file INTEGER, first INTEGER, last INTEGER, name TEXT);
CREATE INDEX IF NOT EXISTS of_file ON chunks (file);
CREATE VIRTUAL TABLE IF NOT EXISTS terms USING fts5
    (name, path, body, tokenize='unicode61');
CREATE TABLE IF NOT EXISTS state (total INTEGER, done INTEGER);
INSERT INTO state SELECT 0, 0 WHERE NOT EXISTS (SELECT 1 FROM state);
"""


class Hit(NamedTuple):
    """A piece of a file that fits; a smaller score is better."""

    path: str
    first: int
    last: int
    name: str
    score: float


def index_file(root: Path, cache: Path) -> Path:
    """Where the index of a project lies."""
    name = hashlib.sha256(os.fsencode(root)).hexdigest()[:24]
    return cache / "code" / f"{name}-{_VERSION}.db"


def find(
    database: Path,
    query: str,
    prefix: str = "",
    limit: int = 10,
    may_show: Callable[[str], bool] = lambda path: True,
) -> list[Hit]:
    """The best pieces below the folder `prefix` in files that may be shown; a name counts more
    than a path, a path more than a body."""
    terms = list(dict.fromkeys(words(query)))[:30]
    if not terms or not database.exists():
        return []
    wanted = " OR ".join(f'"{term}"' for term in terms)
    with contextlib.closing(_opened(database)) as db:
        rows = db.execute(
            "SELECT path, first, last, name, score FROM"
            " (SELECT rowid, bm25(terms, 6.0, 3.0, 1.0) AS score FROM terms WHERE terms MATCH ?"
            "  ORDER BY score LIMIT 400) AS best"
            " JOIN chunks ON chunks.id = best.rowid JOIN files ON files.id = chunks.file"
            " ORDER BY score",
            (wanted,),
        )
        fitting = (Hit(*row) for row in rows if row[0].startswith(prefix) and may_show(row[0]))
        return _spread(fitting, limit)


def progress(database: Path) -> tuple[int, int]:
    """How many files of how many are known; the same twice when all are."""
    if not database.exists():
        return 0, 0
    with contextlib.closing(_opened(database)) as db:
        done, total = db.execute("SELECT done, total FROM state").fetchone()
        return int(done), int(total)


def update(root: Path, database: Path) -> None:
    """Take in what is new or changed and drop what is gone."""
    with contextlib.closing(_opened(database)) as db:
        known = {path: (number, stamp) for number, path, stamp in db.execute("SELECT * FROM files")}
        present = _present(root)
        gone = [number for path, (number, _) in known.items() if path not in present]
        stale = [p for p, stamp in present.items() if p not in known or known[p][1] != stamp]
        with db:
            for number in gone:
                _drop(db, number)
            _note(db, len(present) - len(stale), len(present))
        for start in range(0, len(stale), _BATCH):
            with db:
                for path in stale[start : start + _BATCH]:
                    if path in known:
                        _drop(db, known[path][0])
                    _take(db, root, path, present[path])
                _note(db, len(present) - len(stale) + start + _BATCH, len(present))


def _spread(hits: Iterable[Hit], limit: int) -> list[Hit]:
    """At most three pieces of one file, so that one long file does not fill the page."""
    chosen: list[Hit] = []
    for hit in hits:
        if sum(other.path == hit.path for other in chosen) < 3:
            chosen.append(hit)
        if len(chosen) == limit:
            break
    return chosen


def _opened(database: Path) -> sqlite3.Connection:
    db = sqlite3.connect(database, timeout=5.0)
    db.execute("PRAGMA journal_mode=WAL")
    db.execute("PRAGMA synchronous=NORMAL")
    db.execute("PRAGMA cache_size=-16000")
    if not db.execute("SELECT 1 FROM sqlite_master WHERE name='state'").fetchone():
        db.executescript(f"BEGIN IMMEDIATE; {_SCHEMA} COMMIT;")
    return db


def _present(root: Path) -> dict[str, str]:
    found: dict[str, str] = {}
    for path in walk(root):
        try:
            info = (root / path).lstat()
        except OSError:
            continue
        regular = (info.st_mode & 0o170000) == 0o100000
        if regular and 0 < info.st_size <= _LARGEST and not is_secret(path.rpartition("/")[2]):
            found[path] = f"{info.st_mtime_ns}-{info.st_size}"
    return found


def _take(db: sqlite3.Connection, root: Path, path: str, stamp: str) -> None:
    row = db.execute("INSERT INTO files (path, stamp) VALUES (?, ?)", (path, stamp))
    file = row.lastrowid
    try:
        data = (root / path).read_bytes()
    except OSError:
        return
    if b"\0" in data[:4096] or (len(data) > 20_000 and data.count(b"\n") < len(data) / 500):
        return  # binary, or made by machines for machines
    where = " ".join(words(path))
    for chunk in chunks(data.decode("utf-8", "replace"), outline(path, data)):
        number = db.execute(
            "INSERT INTO chunks (file, first, last, name) VALUES (?, ?, ?, ?)",
            (file, chunk.first, chunk.last, chunk.name),
        ).lastrowid
        db.execute(
            "INSERT INTO terms (rowid, name, path, body) VALUES (?, ?, ?, ?)",
            (number, " ".join(words(chunk.name)), where, " ".join(words(chunk.text))),
        )


def _drop(db: sqlite3.Connection, file: int) -> None:
    db.execute("DELETE FROM terms WHERE rowid IN (SELECT id FROM chunks WHERE file = ?)", (file,))
    db.execute("DELETE FROM chunks WHERE file = ?", (file,))
    db.execute("DELETE FROM files WHERE id = ?", (file,))


def _note(db: sqlite3.Connection, done: int, total: int) -> None:
    db.execute("UPDATE state SET done = ?, total = ?", (min(done, total), total))


def main(root: str, database: str) -> int:
    """The program: 0 when the index is up to date."""
    if hasattr(os, "nice"):
        os.nice(10)
    path = Path(database)
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with lock(path.with_suffix(".lock"), wait=_WAIT, what="code search"):
            _mend(Path(root), path)
    except (sqlite3.OperationalError, Held) as error:
        print(error, file=sys.stderr)  # another process reads or writes it
        return 1
    return 0


def _mend(root: Path, database: Path) -> None:
    try:
        update(root, database)
    except sqlite3.OperationalError:
        raise
    except sqlite3.DatabaseError:
        discard(database)  # torn: it is made anew
        update(root, database)


def discard(database: Path) -> None:
    """Remove an index that cannot be read."""
    for ending in ("", "-wal", "-shm"):
        database.with_name(database.name + ending).unlink(missing_ok=True)
