"""The files a session changed, before and after: undo and redo by hash, no git needed."""

import hashlib
import os
import re
from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from copy import copy
from pathlib import Path

from msgspec import Struct, field

from opencode.core.error import StaleFile, ToolError
from opencode.core.files import Change, Coverage
from opencode.session.shared import whole
from opencode.session.undo.blobs import digest
from opencode.session.undo.change_log import ChangeLog
from opencode.session.undo.interrupted import alive, keep, mark_beside
from opencode.session.undo.path_locks import PathLocks
from opencode.session.undo.review import Found, Make, bring, found_by
from opencode.session.undo.steps import State, Write
from opencode.session.undo.sweep import Stamp, stamp
from opencode.session.undo.watch import Kept, Watch
from opencode.session.undo.writes import read_state

_UNSAVED = "unsaved"
"""The group of what a person had typed in an editor."""
_NEVER = "unknown"
"""What `seen` says of a file that was only glanced at and has changed: equal to no hash."""


class TakenBack(Struct, frozen=True):
    """What an undo did, names as people write them; undoing `change` is the redo."""

    change: str = ""
    restored: list[str] = field(default_factory=list)
    conflicts: list[str] = field(default_factory=list)


class FileHistory:
    """The way one session reaches files (`core.files.Files`).

    Everything it changes belongs to the group begun last: one prompt and its run. A sub-agent
    works through the history of the session that asked, so that one undo covers both."""

    def __init__(
        self,
        data: Path,
        project: Path,
        session_id: str,
        *,
        limit_mb: int = 500,
        locks: PathLocks | None = None,
        tell: Callable[[str], None] = lambda text: None,
    ) -> None:
        """`data`: the user's data folder; `locks`: shared by all histories of a process; `tell`
        is called, from a thread, with what a person should know."""
        self.changed: Callable[[list[str]], None] = lambda names: None
        """Called with the names of files that are other than before."""
        self._project = project
        self._tell = tell
        key = hashlib.sha256(os.fsencode(os.path.realpath(project))).hexdigest()[:16]
        limit = limit_mb * 1_000_000
        self._log = ChangeLog(data / "undo" / key, _safe(session_id), limit, tell)
        self._locks = locks or PathLocks()
        self._seen: dict[Path, tuple[Stamp | None, str]] = {}
        self._kept: Kept = {}
        self._group = "loose"

    def begin(self, group: str) -> None:
        """What changes from now on is undone together: give it the prompt's id."""
        self._group = group

    def for_subagent(self) -> "FileHistory":
        """The same history and group with an own memory of what was seen: who has not read a
        file anew must not overwrite what another agent wrote meanwhile."""
        twin = copy(self)
        twin._seen = {}
        return twin

    async def read(self, path: Path) -> bytes:
        """The bytes, not remembered. OSError as the system says."""
        return await whole(_real(path).read_bytes)

    def remember(self, path: Path, data: bytes) -> None:
        """These bytes were seen, whether or not the disk holds them."""
        self._seen[_real(path)] = (None, digest(data))

    async def glance(self, path: Path) -> None:
        """Remember the file as seen without reading all of it, by its stamp: for large files of
        which a part is read. OSError when there is none."""
        real = _real(path)
        known = await whole(stamp, real)
        if known is None:
            raise FileNotFoundError(2, "No such file", str(path))
        self._seen[real] = (known, "")

    def seen(self, path: Path) -> str | None:
        """The sha256 last read or written here, None when never. Of a file only glanced at it
        is read now; once changed, the answer equals no hash."""
        real = _real(path)
        entry = self._seen.get(real)
        if entry is None or entry[1]:
            return entry and entry[1]
        try:
            name = digest(real.read_bytes()) if stamp(real) == entry[0] else _NEVER
        except OSError:
            return _NEVER
        self._seen[real] = (entry[0], name)
        return name

    async def shown(self, path: Path, data: bytes) -> bytes:
        """See `core.files.Files`: no editor is known here."""
        del path
        return data

    async def save(self, path: Path, data: bytes) -> None:
        """Write what a person typed and has not saved yet, before it is changed. It belongs to no
        group: no undo takes it away."""
        await whole(self._save, _real(path), data)

    async def settled(self, path: Path) -> None:
        """Look at a file just written here, which an editor may have laid out when it saved it:
        what it made of it belongs to the same group."""
        await whole(self._settle, _real(path), self._group)

    async def apply(self, changes: list[Change], *, guard: bool = True) -> None:
        """All or nothing; see `core.files.Files`."""
        await whole(self._apply, changes, guard, self._group)
        self.changed([self._show(_real(change.path)) for change in changes])

    async def remove(self, path: Path) -> None:
        """Take a file or a folder away; undo brings it back. OSError as the system says."""
        where = _real(path.parent) / path.name
        if self._project.is_relative_to(where) or where == Path(where.anchor):
            raise ToolError(f"{where} holds the project itself and is not removed.")
        await whole(self._log.remove, self._group, where)
        self._locks.written[where] = ""
        for seen in [one for one in self._seen if one.is_relative_to(where)]:
            del self._seen[seen]
        self.changed([self._show(where)])

    def lock(self, paths: Iterable[Path]) -> AbstractAsyncContextManager[None]:
        """Hold the paths' locks while editing."""
        return self._locks.hold(paths)

    @asynccontextmanager
    async def around(self, folder: Path) -> AsyncGenerator[Coverage]:
        """Watch a shell command: in the whole project if `folder` is in it. `uncovered` says at
        first what undo would not cover, at exit what it does not."""
        inside = _real(folder).is_relative_to(_real(self._project))
        watch = Watch(self._project if inside else folder, self._log.blobs, self._kept)
        group, before = self._group, dict(self._locks.written)
        mark = mark_beside(self._log.path)
        try:
            coverage = Coverage(uncovered=await whole(self._begin, watch, group, mark))
            try:
                async with alive(mark):
                    yield coverage
            finally:
                mine = self._locks.written.items()
                meanwhile = {p: name for p, name in mine if before.get(p) != name}
                steps, found = await whole(watch.end, meanwhile)
                await whole(self._log.note, group, steps)
                names = [self._show(_real(watch.folder) / name) for name in found.changed]
                coverage.changed, coverage.uncovered = names, found.uncovered
                if names:
                    self.changed(list(names))
        finally:
            await whole(mark.unlink, missing_ok=True)

    async def undo(self, groups: Iterable[str]) -> TakenBack:
        """Take the groups back (or, given an undo's `change`, bring them again) wherever the
        file is as the session left it; all else is named as a conflict and stays."""
        wanted = list(groups)
        async with self.lock(await whole(self._log.paths, wanted)):
            done = await whole(self._log.undo, wanted)
        for path in done.restored:
            self._seen.pop(path, None)
        return TakenBack(
            done.change,
            [self._show(p) for p in done.restored],
            [self._show(p) for p in done.conflicts],
        )

    async def changes(self) -> list[Found]:
        """Every file that is other than the session found it, with its bytes."""
        return await whole(found_by, self._log, self._show)

    async def revert(self, name: str, make: Make, version: str = "") -> str:
        """Bring one changed file to what `make` says, in the group that changed it last, so that
        undoing the prompt takes both back. Returns the version that was there. StaleFile when it
        is not as the session left it or not `version`; ToolError when it cannot be."""
        if "\0" in name:
            raise ToolError(f"{name!r} is the name of no file.")
        where = _real((self._project / name).parent) / Path(name).name
        async with self.lock([where]):
            before, after = await whole(bring, self._log, where, make, version)
        self._locks.written[where] = after
        self.changed([name])
        return before

    async def close(self) -> None:
        """Close the journal."""
        await whole(self._log.close)

    def _begin(self, watch: Watch, group: str, mark: Path) -> list[str]:
        self._log.open()
        uncovered = watch.begin()
        keep(mark, group, watch)
        return uncovered

    def _apply(self, changes: list[Change], guard: bool, group: str) -> None:
        steps: list[tuple[Write, bytes | None]] = []
        for change in changes:
            real = _real(change.path)
            try:
                present, data = read_state(real)
            except OSError as error:
                raise ToolError(f"{self._show(real)}: {error.strerror}.") from error
            self._check(change, real, present, guard)
            if data is not None and self._log.blobs.put(data, sync=True) is None:
                self._tell(
                    f"The change of {self._show(real)} cannot be undone: no room to keep it."
                )
            after = State()
            if change.after is not None:
                mode = change.mode if present.mode is None else present.mode
                after = State(digest(change.after), mode)
            steps.append((Write(os.fsencode(real), present, after), change.after))
        self._log.write(group, steps)
        for step, _ in steps:
            real = Path(os.fsdecode(step.path))
            self._seen[real] = (stamp(real), step.after.name)
            self._locks.written[real] = step.after.name

    def _save(self, real: Path, data: bytes) -> None:
        try:
            present, old = read_state(real)
        except OSError as error:
            raise ToolError(f"{self._show(real)}: {error.strerror}.") from error
        if old is not None:
            self._log.blobs.put(old, sync=True)
        step = Write(os.fsencode(real), present, State(digest(data), present.mode))
        self._log.write(_UNSAVED, [(step, data)])
        self._locks.written[real] = step.after.name

    def _settle(self, real: Path, group: str) -> None:
        left = self._locks.written.get(real)
        try:
            present, data = read_state(real)
        except OSError:
            return
        if data is None or not left or present.name == left:
            return
        self._log.blobs.put(data, sync=True)
        before = State(left, present.mode, present.link)
        self._log.note(group, [Write(os.fsencode(real), before, present)])
        self._seen[real] = (stamp(real), present.name)
        self._locks.written[real] = present.name

    def _check(self, change: Change, real: Path, present: State, guard: bool) -> None:
        seen = self._seen.get(real)
        known = seen is None or (seen[1] == present.name if seen[1] else seen[0] == stamp(real))
        if change.before == present.name and (known or not guard):
            return
        shown = self._show(real)
        if not change.before and present.name:
            raise StaleFile(f"{shown} exists already; nothing was written.", hint="Read it first.")
        if not present.name:
            raise StaleFile(f"{shown} is not there any more; nothing was written.")
        raise StaleFile(
            f"{shown} was changed by somebody else since it was read; nothing was written.",
            hint="Read it again.",
        )

    def _show(self, path: Path) -> str:
        root = Path(os.path.realpath(self._project))
        inside = path.is_relative_to(root) and path != root
        return path.relative_to(root).as_posix() if inside else str(path)


def _real(path: Path) -> Path:
    return Path(os.path.realpath(path))


def _safe(session_id: str) -> str:
    """An id as a file name."""
    return re.sub(r"[^0-9A-Za-z_-]", "_", session_id)
