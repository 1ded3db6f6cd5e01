"""The index's tables and the questions asked of them; shared by its two ways in."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from opencode.core.delta import Usage
from opencode.core.session import SessionInfo

VERSION = 2

TABLES = """
CREATE TABLE IF NOT EXISTS session (
    path BLOB PRIMARY KEY, folder BLOB, stamp TEXT, id TEXT, title TEXT, directory TEXT,
    agent TEXT, model TEXT, messages INTEGER, parent TEXT, created REAL, updated REAL,
    usage BLOB, damaged TEXT, status TEXT, metadata TEXT);
CREATE INDEX IF NOT EXISTS session_by_id ON session (id);
CREATE INDEX IF NOT EXISTS session_by_time ON session (updated);
CREATE TABLE IF NOT EXISTS message (
    n INTEGER PRIMARY KEY, path BLOB, seq INTEGER, id TEXT, role TEXT, created REAL, text TEXT,
    prompt INTEGER, "check" INTEGER);
CREATE INDEX IF NOT EXISTS message_by_path ON message (path, seq);
CREATE INDEX IF NOT EXISTS prompt_by_time ON message (created) WHERE prompt;
CREATE VIRTUAL TABLE IF NOT EXISTS word USING fts5 (text, content = 'message', content_rowid = 'n',
    tokenize = 'trigram');
CREATE TRIGGER IF NOT EXISTS message_added AFTER INSERT ON message BEGIN
    INSERT INTO word (rowid, text) VALUES (new.n, new.text);
END;
CREATE TRIGGER IF NOT EXISTS message_removed AFTER DELETE ON message BEGIN
    INSERT INTO word (word, rowid, text) VALUES ('delete', old.n, old.text);
END;
CREATE TABLE IF NOT EXISTS usage (
    path BLOB, day TEXT, model TEXT, messages INTEGER, input INTEGER, output INTEGER,
    cache_read INTEGER, cache_write INTEGER, reasoning INTEGER, cost REAL);
CREATE INDEX IF NOT EXISTS usage_by_path ON usage (path);
CREATE TABLE IF NOT EXISTS call (
    path BLOB, day TEXT, tool TEXT, calls INTEGER, failed INTEGER, seconds REAL);
CREATE INDEX IF NOT EXISTS call_by_path ON call (path);
CREATE VIEW IF NOT EXISTS sessions AS SELECT
    id, strftime('%Y-%m-%dT%H:%M:%SZ', created, 'unixepoch') AS created_at,
    strftime('%Y-%m-%dT%H:%M:%SZ', updated, 'unixepoch') AS last_active, model, agent, status,
    (SELECT json_group_array(json_object('id', m.id, 'role', m.role, 'content', m.text,
        'created_at', strftime('%Y-%m-%dT%H:%M:%SZ', m.created, 'unixepoch')))
     FROM (SELECT * FROM message WHERE path = session.path ORDER BY seq) AS m) AS messages,
    metadata FROM session;
"""


class Query(Struct, frozen=True):
    """SQL and what goes into it."""

    sql: str
    values: list[Any]


class Hit(Struct, frozen=True):
    """A session that holds all the words, and the first place where."""

    info: SessionInfo
    message: str = ""
    """Id of the message the excerpt is from; "" when the title matched."""
    excerpt: str = ""


_INFO = (
    "SELECT id, title, directory, path, agent, model, messages, parent, created, updated, usage,"
    " damaged, CASE WHEN json_valid(metadata) THEN json_extract(metadata, '$.meta.archived') END"
    " FROM session"
)


def infos(
    folders: Iterable[Path], *, own: Path, directory: str | None, words: list[str], limit: int
) -> Query:
    """Sessions newest first: those in `folders`; of those in the `own` folder only the ones
    about `directory`, unless that is None."""
    keys = [os.fsencode(folder) for folder in folders]
    sql = f"{_INFO} WHERE folder IN ({','.join('?' * len(keys))})"
    values: list[Any] = [*keys]
    if directory is not None:
        sql += " AND (folder <> ? OR directory = ? OR damaged <> '')"
        values += [os.fsencode(own), directory]
    for word in words:
        text, value = _holds("message.text", word)
        title, _ = _holds("title", word, indexed=False)
        sql += f" AND ({title} OR path IN (SELECT path FROM message WHERE {text}))"
        values += [_like(word), value]
    sql += " ORDER BY updated DESC, created DESC" + (" LIMIT ?" if limit else "")
    return Query(sql, [*values, limit] if limit else values)


def by_id(start: str) -> Query:
    """Sessions whose id starts so, in any folder."""
    return Query(
        f"{_INFO} WHERE id >= ? AND id < ? ORDER BY updated DESC", [start, start + "\U0010ffff"]
    )


def place(path: str, word: str) -> Query:
    """(message id, text) of the first message of that session that holds the word."""
    text, value = _holds("message.text", word)
    return Query(
        f"SELECT id, text FROM message WHERE path = ? AND {text} ORDER BY seq LIMIT 1",
        [os.fsencode(path), value],
    )


def prompts(directory: str | None, limit: int) -> Query:
    """What people typed, newest first, for the prompt's history."""
    where = "" if directory is None else " AND s.directory = ?"
    return Query(
        "SELECT m.text, max(m.created) FROM message m JOIN session s ON s.path = m.path"
        f" WHERE m.prompt AND m.text <> ''{where} GROUP BY m.text ORDER BY 2 DESC LIMIT ?",
        [*([] if directory is None else [directory]), limit],
    )


def usage(since: str) -> Query:
    """(session, path, directory, day, model, messages, input, output, cache_read, cache_write,
    reasoning, cost) from the day `since` ("" for all) on; cost is NULL when a price is unknown."""
    return Query(
        "SELECT s.id, s.path, s.directory, u.day, u.model, u.messages, u.input, u.output,"
        " u.cache_read, u.cache_write, u.reasoning, u.cost"
        " FROM usage u JOIN session s ON s.path = u.path WHERE u.day >= ? ORDER BY u.day",
        [since],
    )


def calls(since: str) -> Query:
    """(session, path, directory, day, tool, calls, failed, seconds) from the day `since` on."""
    return Query(
        "SELECT s.id, s.path, s.directory, c.day, c.tool, c.calls, c.failed, c.seconds"
        " FROM call c JOIN session s ON s.path = c.path WHERE c.day >= ? ORDER BY c.day",
        [since],
    )


def totals(since: str) -> Query:
    """(session, path, directory, last day, parent, usage of everything) of the sessions touched
    since that day."""
    day = "strftime('%Y-%m-%d', updated, 'unixepoch', 'localtime')"
    return Query(
        f"SELECT id, path, directory, {day}, parent, usage FROM session"
        f" WHERE {day} >= ? AND damaged = '' ORDER BY updated",
        [since],
    )


_USAGE = msgspec.json.Decoder(Usage)


def info_from(row: Any) -> SessionInfo:
    """A row of `infos` or `by_id`."""
    ident, title, directory, path, agent, model, count, parent, created, updated, *more = row
    used, bad, archived = more
    return SessionInfo(
        ident,
        title,
        directory,
        os.fsdecode(path),
        agent=agent,
        model=model,
        messages=count,
        parent=parent,
        created=created,
        updated=updated,
        usage=_USAGE.decode(used),
        damaged=bad,
        archived=int(archived or 0),
    )


def excerpt(text: str, word: str, width: int = 120) -> str:
    """The word and what stands around it, on one line."""
    at = max(text.lower().find(word.lower()), 0)
    start = max(at - width // 3, 0)
    cut = " ".join(text[start : start + width].split())
    return ("…" if start else "") + cut + ("…" if start + width < len(text) else "")


def _holds(column: str, word: str, *, indexed: bool = True) -> tuple[str, str]:
    """The condition that a text holds a word; words under three characters miss the index."""
    if indexed and len(word) >= 3:
        quoted = word.replace('"', '""')
        return "n IN (SELECT rowid FROM word WHERE word MATCH ?)", f'"{quoted}"'
    return f"{column} LIKE ? ESCAPE '\\'", _like(word)


def _like(word: str) -> str:
    escaped = word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"
