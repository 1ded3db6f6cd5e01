"""Undo for shell commands: copies before, comparison after."""

import os
import time
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct, field

from opencode.core.files import Coverage
from opencode.host.git import Git, GitError
from opencode.session.undo.blobs import Blobs
from opencode.session.undo.steps import State, Step, Write
from opencode.session.undo.sweep import (
    SECONDS,
    Look,
    Stamp,
    git_of,
    is_plain,
    is_too_wide,
    look,
    stamp,
)
from opencode.session.undo.writes import read_state

_SMALL = 1_000_000
_BUDGET = 50_000_000
_AFTER_BUDGET = 200_000_000
"""Bytes read after a command to know what it wrote."""

Kept = dict[tuple[str, Stamp], str]
"""Copies made before: what has not changed since is not read again."""


class Watch(Struct):
    """One shell command: what stood there before it. Everything here blocks."""

    folder: Path
    blobs: Blobs
    kept: Kept
    git: Git | None = None
    before: Look = field(default_factory=Look)
    states: dict[str, State] = field(default_factory=dict)
    missed: list[str] = field(default_factory=list)
    """Files that were not copied, for their size or for time."""

    def begin(self) -> list[str]:
        """Look and copy; returns what undo would not cover, one sentence each."""
        if is_too_wide(self.folder):
            return [f"{self.folder} is never copied whole: its changes cannot be undone."]
        deadline = time.monotonic() + SECONDS
        self.git = git_of(self.folder)
        self.before = look(self.folder, self.git, deadline)
        if self.before.partial:
            return [_TOO_MUCH]
        room = _BUDGET
        for name, known in self.before.loose.items():
            size = known[0]
            if (
                size > min(_SMALL, room)
                or time.monotonic() > deadline
                or not self._keep(name, known)
            ):
                self.missed.append(name)
            else:
                room -= size
        return [f"Not copied, too large or too many: {_some(self.missed)}."] if self.missed else []

    def end(self, written: Mapping[Path, str]) -> tuple[list[Step], Coverage]:
        """Look again; the steps the command took, and what of them cannot be undone. What tools
        have `written` meanwhile is theirs."""
        if is_too_wide(self.folder):
            told = f"{self.folder} is never copied whole: its changes cannot be undone."
            return [], Coverage(uncovered=[told])
        if self.before.partial:
            return [], Coverage(uncovered=[_TOO_MUCH])
        after = look(self.folder, self.git, time.monotonic() + 2 * SECONDS)
        if after.partial:
            return [], Coverage(uncovered=[_TOO_MUCH])
        names = [name for name in self._touched(after) if not self._is_tools(name, written)]
        found = _Found()
        self._compare(names, found)
        coverage = Coverage(found.changed, self._untold(after))
        if found.uncovered:
            coverage.uncovered.append(f"No copy was kept of {_some(found.uncovered)}.")
        return found.steps, coverage

    def end_late(self, written: Mapping[Path, str], last: int) -> tuple[list[Step], list[str]]:
        """As `end`, by a later program than the one that began: the steps, and what undo leaves
        alone. What changed after `last` (in ns) was somebody else's work."""
        if is_too_wide(self.folder) or self.before.partial:
            return [], [""]
        self.git = git_of(self.folder)
        after = look(self.folder, self.git, time.monotonic() + 2 * SECONDS)
        if after.partial:
            return [], [""]
        found = _Found()
        names = [name for name in self._touched(after) if not self._is_tools(name, written)]
        self._compare(names, found)
        steps, lost = list[Step](), [*found.uncovered, *self._dark(after)]
        for name, step in zip(found.stepped, found.steps, strict=True):
            now = stamp(self.folder / name)
            if now is not None and max(now[1], now[4]) > last:
                lost.append(name)
            else:
                steps.append(step)
        return steps, lost

    def _keep(self, name: str, known: Stamp) -> bool:
        if not is_plain(known):
            return True
        path = self.folder / name
        had = self.kept.get((str(path), known))
        if had is not None and self.blobs.has(had):
            link = State(had, link=True) if _is_link(known) else State(had, known[3] & 0o7777)
            self.states[name] = link
            return True
        try:
            state, data = read_state(path)
        except OSError:
            return False
        if data is None or self.blobs.put(data) is None:
            return False
        self.states[name] = state
        self.kept[str(path), known] = state.name
        return True

    def _touched(self, after: Look) -> list[str]:
        """Names whose record differs; whether their bytes do is seen later."""
        before = self.before
        names = before.clean.keys() | before.loose.keys() | after.clean.keys() | after.loose.keys()
        return sorted(
            name
            for name in names
            if before.clean.get(name) != after.clean.get(name)
            or before.loose.get(name) != after.loose.get(name)
        )

    def _is_tools(self, name: str, written: Mapping[Path, str]) -> bool:
        path = Path(os.path.realpath(self.folder / name))
        if path not in written:
            return False
        try:
            return read_state(path)[0].name == written[path]
        except OSError:
            return False

    def _compare(self, names: list[str], found: "_Found") -> None:
        old = self._from_git([name for name in names if name in self.before.clean])
        room = _AFTER_BUDGET
        for name in names:
            path = self.folder / name
            now = stamp(path)
            if now is not None and (not is_plain(now) or now[0] > room):
                found.miss(name)
                continue
            room -= now[0] if now is not None else 0
            try:
                after, _ = read_state(path)
            except OSError:
                found.miss(name)
                continue
            before = State()
            if name in self.before.clean or name in self.before.loose:
                known = old.get(name) or self.states.get(name)
                if known is None:
                    found.miss(name)
                    continue
                before = known
            if not before.same(after) or (before.mode != after.mode and after.name):
                found.changed.append(name)
                found.stepped.append(name)
                found.steps.append(Write(os.fsencode(path), before, after))

    def _from_git(self, names: list[str]) -> dict[str, State]:
        """The states of files that were as git has them, their bytes put into our own store."""
        if self.git is None or not names:
            return {}
        facts = {name: self.before.clean[name].split(" ") for name in names}
        try:
            strange = self.git.filtered(names)
            plain = [name for name in names if name not in strange]
            contents = self.git.contents([(facts[name][1], name) for name in plain])
        except GitError:
            return {}
        states: dict[str, State] = {}
        for name, data in zip(plain, contents, strict=True):
            if data is not None and (kept := self.blobs.put(data)):
                mode = facts[name][0]
                link = mode == "120000"
                states[name] = State(kept, None if link else self._mode(name, mode), link)
        return states

    def _mode(self, name: str, mode: str) -> int:
        """Git knows only whether a file can be run; the rest of its mode is as it is now."""
        now = stamp(self.folder / name)
        rights = now[3] & 0o7777 if now is not None else 0o644
        runs = rights & 0o111
        if mode == "100755":
            return rights | 0o111 if not runs else rights
        return rights & ~0o111

    def _untold(self, after: Look) -> list[str]:
        told = [f"{name}/ was changed and is never copied." for name in self._dark(after)]
        if after.history != self.before.history:
            told.append("Git's own history moved; undo brings files back, not branches.")
        return told

    def _dark(self, after: Look) -> list[str]:
        return [
            name
            for name, known in self.before.dark.items()
            if after.dark.get(name) != known and stamp(self.folder / name) != known
        ]


def foreseen(folder: Path) -> list[str]:
    """What undo would not cover of a command run there, told before anything is copied; one
    sentence each. Blocks for two seconds at most."""
    if is_too_wide(folder):
        return [f"{folder} is never copied whole: its changes cannot be undone."]
    before = look(folder, git_of(folder), time.monotonic() + SECONDS)
    if before.partial:
        return [_TOO_MUCH]
    room, missed = _BUDGET, list[str]()
    for name, known in before.loose.items():
        if known[0] > min(_SMALL, room):
            missed.append(name)
        else:
            room -= known[0]
    return [f"Undo would not bring back {_some(missed)}: too large to be copied."] if missed else []


class _Found(Struct):
    steps: list[Step] = field(default_factory=list)
    stepped: list[str] = field(default_factory=list)
    """Their names."""
    changed: list[str] = field(default_factory=list)
    uncovered: list[str] = field(default_factory=list)

    def miss(self, name: str) -> None:
        """It changed and cannot be undone."""
        self.changed.append(name)
        self.uncovered.append(name)


_TOO_MUCH = "There are too many files here to look at in 2 s: changes cannot be undone."


def _some(names: list[str]) -> str:
    shown = ", ".join(names[:5])
    return shown + (f" and {len(names) - 5} more" if len(names) > 5 else "")


def _is_link(known: Stamp) -> bool:
    return (known[3] & 0o170000) == 0o120000
