"""The undo journal of one session: what was meant, what was kept, and taking it back.

An intent is synced before the deed, with the old bytes in the store; a killed undo goes on when
the log is opened again. Everything here blocks.
"""

import contextlib
import os
import stat
import threading
from collections.abc import Callable, Iterable
from pathlib import Path

import msgspec
from msgspec import Struct, field

from opencode.core.error import ToolError
from opencode.core.ids import new_id
from opencode.host.files import remove_leftovers
from opencode.session.journal import Journal
from opencode.session.undo.blobs import Blobs
from opencode.session.undo.interrupted import left_behind, recall
from opencode.session.undo.moves import empty_trash, move, settle_move
from opencode.session.undo.steps import (
    Done,
    Intent,
    Move,
    Record,
    State,
    Step,
    Write,
    path_of,
    way_back,
)
from opencode.session.undo.writes import bring_to, read_state

_LARGEST = 20_000_000
"""Bytes of a file that is removed by keeping a copy; larger ones move to the trash."""


class Reverted(Struct, frozen=True):
    """What an undo did; undoing `change` brings it all again."""

    change: str = ""
    """"" when nothing was changed."""
    restored: list[Path] = field(default_factory=list)
    conflicts: list[Path] = field(default_factory=list)


class ChangeLog:
    """Changes of one session in groups. One process uses it at a time (the session's lock)."""

    def __init__(
        self, folder: Path, session_id: str, limit: int, tell: Callable[[str], None]
    ) -> None:
        """`folder`: the project's part of the undo store."""
        self.blobs = Blobs(folder / "blobs", limit, tell)
        self._trash = folder / "trash" / session_id
        self.path = folder / f"{session_id}.changes"
        self._journal = Journal(self.path)
        self._tell = tell
        self._intents: list[Intent] = []
        self._lock = threading.RLock()
        self._ready = False

    def write(self, group: str, steps: list[tuple[Write, bytes | None]]) -> None:
        """Take the steps (with the new bytes), all or none: ToolError says which failed."""
        with self._lock:
            intent = self._begin(group, [step for step, _ in steps])
            taken: list[Write] = []
            try:
                for step, data in steps:
                    taken.append(step)
                    bring_to(path_of(step.path), step.after, data)
            except OSError as error:
                self._take_back(intent, taken)
                where = path_of(taken[-1].path)
                raise ToolError(
                    f"{where} could not be written: {error.strerror}. Nothing was changed."
                ) from error
            self._end(intent)

    def remove(self, group: str, path: Path) -> None:
        """Take a file or folder away so that undo can bring it back. OSError."""
        with self._lock:
            self.open()
            found = path.lstat()
            if not stat.S_ISDIR(found.st_mode) and found.st_size <= _LARGEST:
                state, data = read_state(path)
                if data is not None and self.blobs.put(data, sync=True):
                    self.write(group, [(Write(os.fsencode(path), state, State()), None)])
                    return
            target = self._trash / new_id("rm") / path.name
            aside = path.with_name(f".opencode-{new_id('rm')}")
            step = Move(*(os.fsencode(one) for one in (path, target, aside)))
            intent = self._begin(group, [step])
            move(step)
            self._end(intent)

    def note(self, group: str, steps: list[Step]) -> None:
        """Remember what a shell command has done already."""
        with self._lock:
            self.open()
            if steps:
                intent = Intent(new_id("chg"), group, steps)
                self._append(intent, sync=False)
                self._end(intent)

    def undo(self, groups: Iterable[str]) -> Reverted:
        """Take the groups back where nobody else has changed anything since. A killed undo goes
        on when the log is opened again; one whose end nobody heard of is told once more."""
        with self._lock:
            self.open()
            wanted = set(groups)
            intents = [intent for intent in self._intents if intent.group in wanted]
            steps, conflicts = way_back(intents)
            lost = [path_of(one) for intent in intents for one in intent.lost]
            possible = [s for s in steps if _waits(s, steps) or self._can(s, conflicts)]
            if not possible:
                earlier = [one.group for one in self._intents if one.undoes == sorted(wanted)]
                told = earlier[-1] if earlier and not conflicts else ""
                return Reverted(told, conflicts=[*conflicts, *lost])
            change = new_id("undo")
            intent = self._begin(change, possible, undoes=sorted(wanted))
            restored = self._follow(intent, conflicts)
            folders = {folder for one in intents for folder in one.folders}
            for folder in sorted(map(path_of, folders), key=lambda f: -len(f.parts)):
                with contextlib.suppress(OSError):
                    folder.rmdir()  # only when empty
            self._end(intent)
            return Reverted(change, restored, list(dict.fromkeys([*conflicts, *lost])))

    def intents(self) -> list[Intent]:
        """Everything that was done, in order."""
        with self._lock:
            self.open()
            return list(self._intents)

    def paths(self, groups: Iterable[str]) -> list[Path]:
        """Every path the groups touched."""
        with self._lock:
            self.open()
            wanted = set(groups)
            steps = [s for i in self._intents if i.group in wanted for s in i.steps]
            return [path_of(s.path if isinstance(s, Write) else s.source) for s in steps]

    def close(self) -> None:
        """Close the journal."""
        with self._lock:
            if self._ready:
                self._journal.close()
                self._ready = False

    def _can(self, step: Step, conflicts: list[Path]) -> bool:
        """Whether it may be taken: nobody changed the file since, and the bytes are there."""
        if isinstance(step, Move):
            free = not os.path.lexists(step.target) or _is_empty(path_of(step.target))
            if not (os.path.lexists(step.source) and free):
                conflicts.append(path_of(step.target))
                return False
            return True
        path = path_of(step.path)
        try:
            present, _ = read_state(path)
        except OSError:
            conflicts.append(path)
            return False
        if present.is_at(step.after):
            return False
        there = not step.after.name or self.blobs.has(step.after.name)
        if not present.same(step.before) or not there:
            conflicts.append(path)
            return False
        return True

    def _follow(self, intent: Intent, conflicts: list[Path]) -> list[Path]:
        """Take each step whose file is still as it was before it."""
        restored: list[Path] = []
        for step in intent.steps:
            path = path_of(step.path if isinstance(step, Write) else step.target)
            try:
                taken = self._take(step)
            except OSError:
                taken = False
            (restored if taken else conflicts).append(path)
        return restored

    def _take(self, step: Step) -> bool:
        """The present bytes are kept first, so that the undo can be undone."""
        if isinstance(step, Move):
            settle_move(step)
            if os.path.lexists(step.source):
                if _is_empty(path_of(step.target)):
                    path_of(step.target).rmdir()
                move(step)
            return os.path.lexists(step.target)
        path = path_of(step.path)
        present, old = read_state(path)
        if present.is_at(step.after):
            return True
        data = self.blobs.get(step.after.name) if step.after.name else None
        if not present.same(step.before) or (step.after.name and data is None):
            return False
        if old is not None and not self.blobs.put(old, sync=True):
            self._tell(f"{path} goes back without a copy: there is no room to redo it.")
        bring_to(path, step.after, data)
        return True

    def _take_back(self, intent: Intent, taken: list[Write]) -> None:
        """After a failure: bring back what was written already."""
        for step in reversed(taken):
            with contextlib.suppress(OSError):
                present, _ = read_state(path_of(step.path))
                if present.same(step.after):
                    data = self.blobs.get(step.before.name) if step.before.name else None
                    bring_to(path_of(step.path), step.before, data)
        for folder in sorted(map(path_of, intent.folders), key=lambda f: -len(f.parts)):
            with contextlib.suppress(OSError):
                folder.rmdir()
        self._end(intent, ok=False)
        self._intents.remove(intent)

    def _begin(self, group: str, steps: list[Step] | list[Write], **more: list[str]) -> Intent:
        self.open()
        writes = [s for s in steps if isinstance(s, Write) and s.after.name]
        folders = [os.fsencode(f) for s in writes for f in _missing_parents(path_of(s.path))]
        intent = Intent(
            new_id("chg"), group, [*steps], list(dict.fromkeys(folders)), more.get("undoes", [])
        )
        self._append(intent, sync=True)
        return intent

    def _end(self, intent: Intent, *, ok: bool = True) -> None:
        self._journal.append(msgspec.json.encode(Done(intent.id, ok)))

    def _append(self, intent: Intent, *, sync: bool) -> None:
        self._journal.append(msgspec.json.encode(intent), sync=sync)
        self._intents.append(intent)

    def open(self) -> None:
        """Read the journal, once, and settle what a killed program left half done."""
        with self._lock:
            if not self._ready:
                self._ready = True
                self._read()

    def _read(self) -> None:
        empty_trash(self._trash.parent)
        unfinished: dict[str, Intent] = {}
        for payload in self._journal.open():
            record: Record = msgspec.json.decode(payload, type=Record)
            if isinstance(record, Intent):
                self._intents.append(record)
                unfinished[record.id] = record
            else:
                intent = unfinished.pop(record.id, None)
                if intent is not None and not record.ok:
                    self._intents.remove(intent)
        for intent in unfinished.values():
            self._recover(intent)
        for mark in left_behind(self.path):
            if found := recall(mark, self.blobs, self._intents):
                self._append(found, sync=True)
                self._end(found)
            mark.unlink(missing_ok=True)

    def _recover(self, intent: Intent) -> None:
        """After a kill: an undo goes on, other work stays as far as it came (undo knows it by
        hash); half-written temp files go."""
        for step in intent.steps:
            if isinstance(step, Write):
                remove_leftovers(path_of(step.path).parent)
            else:
                settle_move(step)
        if intent.undoes:
            self._follow(intent, [])
        self._end(intent)


def _waits(step: Step, steps: list[Step]) -> bool:
    """Whether a move among the steps decides about this one: it is judged when its turn comes."""
    if isinstance(step, Write):
        moves = [one for one in steps if isinstance(one, Move)]
        ends = [path_of(end) for one in moves for end in (one.source, one.target)]
        return any(path_of(step.path).is_relative_to(folder) for folder in ends)
    inside = (path_of(one.path) for one in steps if isinstance(one, Write))
    return any(path.is_relative_to(path_of(step.target)) for path in inside)


def _is_empty(folder: Path) -> bool:
    return folder.is_dir() and not folder.is_symlink() and not any(folder.iterdir())


def _missing_parents(path: Path) -> list[Path]:
    missing: list[Path] = []
    for folder in path.parents:
        if folder.exists():
            break
        missing.append(folder)
    return missing
