"""What a session changed, as a person looks through it: as diffs, taken back piece by piece."""

from collections.abc import Awaitable, Callable

from opencode.core.display import Diff
from opencode.core.error import ToolError
from opencode.core.review import Changed
from opencode.session.shared import whole
from opencode.session.undo.history import FileHistory
from opencode.session.undo.review import Found
from opencode.tools.shared.patches.diff import diff_of
from opencode.tools.shared.patches.one_hunk import without_hunk
from opencode.workspace.live import Live

_LARGEST = 5_000_000
"""Bytes of a file beyond which it is not compared line by line."""

Get = Callable[[str], Awaitable[Live]]


class Reviewing:
    """Three ways of the Door. `get` opens a session, `idle` one in which nothing runs."""

    def __init__(self, get: Get, idle: Get) -> None:
        self._get, self._idle = get, idle

    async def changes(self, session_id: str) -> list[Changed]:
        """See Door."""
        found = await (await self._get(session_id)).files.changes()
        return await whole(lambda: list(map(_changed, found)))

    async def revert(
        self, session_id: str, path: str, hunk: int | None = None, version: str = ""
    ) -> str:
        """See Door."""
        files = await self._files(session_id)
        if hunk is None:
            return await files.revert(path, None, version)
        number = hunk

        def make(before: bytes | None, now: bytes | None) -> bytes | None:
            if now is None or before is None:
                return before  # all of it is one hunk
            shown = diff_of(path, _text(before), _text(now)).patch
            return without_hunk(shown, number, before, now)

        return await files.revert(path, make, version)

    async def restore(self, session_id: str, path: str, version: str) -> None:
        """See Door."""
        await (await self._files(session_id)).revert(path, version)

    async def _files(self, session_id: str) -> FileHistory:
        live = await self._idle(session_id)
        if live.is_guest:
            raise ToolError("Files of a sub-agent are taken back in the session that started it.")
        return live.files


def _changed(found: Found) -> Changed:
    held = "others" if found.held else "lost" if found.lost else ""
    if found.folder:
        return Changed(Diff(found.name, "", 0, 0), "removed", "folder", held="prompt")
    state = "added" if found.before is None and not found.lost else "changed"
    if found.now is None:
        state = "removed"
    if found.lost or _is_binary(found.before) or _is_binary(found.now):
        return Changed(Diff(found.name, "", 0, 0), state, "binary", found.version, held)
    old = None if found.before is None else _text(found.before)
    new = None if found.now is None else _text(found.now)
    return Changed(diff_of(found.name, old, new), state, "text", found.version, held)


def _is_binary(data: bytes | None) -> bool:
    return data is not None and (b"\0" in data[:8192] or len(data) > _LARGEST)


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")
