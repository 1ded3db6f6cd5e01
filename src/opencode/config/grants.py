"""What people allowed for longer than once: in the user's data folder, never in a session file."""

import os
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import msgspec
from msgspec import Struct, field

from opencode.config import paths
from opencode.core.error import ConfigError, UsageError
from opencode.core.ids import new_id
from opencode.core.permission import Rule
from opencode.host.files import lock, write_atomic

Lasting = Literal["session", "project", "user"]


class Grant(Struct, frozen=True):
    """One rule somebody allowed, for whom it holds, and when and where it was said."""

    id: str
    rule: Rule
    scope: Lasting
    session: str
    """The session in which it was granted; with scope "session" the one it holds for."""
    project: str
    """The real folder; with scope "project" the one it holds for."""
    created: float


class _Book(Struct):
    version: int = 1
    grants: list[Grant] = field(default_factory=list[Grant])
    sessions: dict[str, list[Rule]] = field(default_factory=dict[str, list[Rule]])
    """What programs said of single sessions."""


class Grants:
    """The grants of this user. Every change locks out other processes and writes the whole file;
    these calls touch the disk: run changes in a thread."""

    def __init__(self, path: Path | None = None) -> None:
        self.path = path or paths.data_dir() / "grants.json"

    def add(
        self, rules: Sequence[Rule], scope: Lasting, *, session: str, project: Path
    ) -> list[Grant]:
        """Remember rules that allow; one that is there already is not written twice."""
        folder = real_folder(project)
        with self._changing() as book:
            fresh: list[Grant] = []
            for rule in rules:
                grant = Grant(new_id("gra"), rule, scope, session, folder, time.time())
                known = any(_is_same(grant, other) for other in [*book.grants, *fresh])
                if rule.verdict == "allow" and not known:
                    fresh.append(grant)
            book.grants += fresh
        return fresh

    def rules(self, session: str, project: Path) -> list[Rule]:
        """What holds for this session in this project, oldest first. Nothing when the file is
        damaged: a question too many, never one too few."""
        folder = real_folder(project)
        try:
            grants = self._read().grants
        except ConfigError:
            return []
        return [grant.rule for grant in grants if _holds(grant, session, folder)]

    def bind(self, session: str, rules: Sequence[Rule]) -> None:
        """Rules of a program for one session, allowing or not, behind those it gave before."""
        with self._changing() as book:
            book.sessions[session] = [*book.sessions.get(session, ()), *rules]

    def copy(self, old: str, new: str) -> None:
        """A copy of a session is as free as what it was made of."""
        if rules := self.bound(old):
            self.bind(new, rules)

    def bound(self, session: str) -> list[Rule]:
        """What a program said of this session; nothing when the file is damaged, as in `rules`."""
        try:
            return self._read().sessions.get(session, [])
        except ConfigError:
            return []

    def all(self) -> list[Grant]:
        """Every grant, newest first; ConfigError when the file is damaged."""
        return sorted(self._read().grants, key=lambda grant: grant.created, reverse=True)

    def revoke(self, grant_id: str) -> Grant:
        """Take one back, named by its id or a unique beginning or end of it."""
        with self._changing() as book:
            found = [g for g in book.grants if g.id == grant_id]
            found = found or [g for g in book.grants if g.id.startswith(grant_id)]
            found = found or [g for g in book.grants if g.id.endswith(grant_id)]
            if len(found) != 1 or not grant_id:
                what = "There is no grant" if not found else "More than one grant is named"
                raise UsageError(
                    f"{what} {grant_id!r}.", hint="`opencode permissions list` shows them."
                )
            book.grants.remove(found[0])
        return found[0]

    def forget(self, session: str) -> None:
        """Drop what held for a session that is gone."""
        with self._changing() as book:
            book.grants = [
                g for g in book.grants if not (g.scope == "session" and g.session == session)
            ]
            book.sessions.pop(session, None)

    @contextmanager
    def _changing(self) -> Generator[_Book]:
        """The book under its lock, written back when it was changed."""
        with lock(self.path.with_suffix(".lock"), what="grants"):
            book = self._read()
            before = msgspec.json.encode(book)
            yield book
            after = msgspec.json.encode(book)
            if after != before:
                write_atomic(self.path, msgspec.json.format(after, indent=2), mode=0o600)

    def _read(self) -> _Book:
        try:
            return msgspec.json.decode(self.path.read_bytes(), type=_Book)
        except FileNotFoundError:
            return _Book()
        except (OSError, msgspec.DecodeError) as error:
            raise ConfigError(
                f"the grants cannot be read: {error}",
                file=str(self.path),
                hint="Move the file away; you will be asked again.",
            ) from None


def real_folder(folder: Path) -> str:
    """How a project is named: by where it really lies, so that links cannot borrow its grants."""
    return os.path.realpath(folder)


def _holds(grant: Grant, session: str, folder: str) -> bool:
    match grant.scope:
        case "session":
            return grant.session == session
        case "project":
            return grant.project == folder
        case "user":
            return True


def _is_same(one: Grant, other: Grant) -> bool:
    if one.rule != other.rule or one.scope != other.scope:
        return False
    return _holds(other, one.session, one.project)
