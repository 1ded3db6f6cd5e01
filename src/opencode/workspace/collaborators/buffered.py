"""Files behind an editor: tools see what was typed and not saved, and the editor sees edits."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from opencode.core.error import ToolError
from opencode.core.files import Buffers, Change, Files
from opencode.session.undo.history import FileHistory
from opencode.tools.shared.text import Undecodable, Unencodable, decode, normal
from opencode.workspace.collaborators.passed_on import PassedOn

_LOOKED_AT = 8192


@dataclass(frozen=True)
class Buffered(PassedOn):
    """Implements `core.files.Files` over the undo journal. The disk is written first, as ever, so
    that journal and undo hold whatever the editor does; then the editor takes the text over."""

    files: FileHistory
    buffers: Buffers
    session: str
    """Of the person, also when a sub-agent asks."""

    async def read(self, path: Path) -> bytes:
        return await self.shown(path, await self.files.read(path))

    async def shown(self, path: Path, data: bytes) -> bytes:
        if b"\0" in data[:_LOOKED_AT]:
            return data  # no text that an editor could show
        text = await self.buffers.read(self.session, path)
        return data if text is None else _as_saved(text, data)

    async def apply(self, changes: list[Change], *, guard: bool = True) -> None:
        for change in changes:
            if change.before:
                await self._save_typed(change)
        old = [await self._on_disk(change.path) for change in changes]
        await self.files.apply(changes, guard=guard)
        for number, change in enumerate(changes):
            if refusal := await self._hand_over(change.path, change.after):
                await self._take_back(changes, old, number)
                raise ToolError(f"The editor refused it: {refusal} Nothing was changed.")

    async def _hand_over(self, path: Path, data: bytes | None) -> str:
        text = None if data is None else _plain(data)
        if text is None:
            return ""
        refusal = await self.buffers.write(self.session, path, text)
        await self.files.settled(path)
        return refusal

    async def _take_back(self, changes: list[Change], old: list[bytes | None], handed: int) -> None:
        """Everything as it was, on disk and in the editor, that took `handed` of them over."""
        back: list[Change] = []
        for change, data in zip(changes, old, strict=True):
            now = await self._on_disk(change.path)
            if now != data:
                back.append(Change(change.path, "" if now is None else _name(now), data))
        await self.files.apply(back, guard=False)
        for change, data in zip(changes[:handed], old, strict=False):
            await self._hand_over(change.path, data)

    async def _save_typed(self, change: Change) -> None:
        """A change of text that is not on disk yet: save that first, so that undo comes back to
        it."""
        data = await self._on_disk(change.path)
        if data is None or _name(data) == change.before:
            return
        typed = await self.shown(change.path, data)
        if _name(typed) == change.before:
            await self.files.save(change.path, typed)

    async def _on_disk(self, path: Path) -> bytes | None:
        """None when it cannot be read: `apply` says what is wrong, if something is."""
        try:
            return await self.files.read(path)
        except OSError:
            return None


def behind(files: FileHistory, buffers: Buffers | None, session: str) -> Files:
    """The files of a session, with the editor's where there is one."""
    return Buffered(files, buffers, session) if buffers else files


def _as_saved(text: str, data: bytes) -> bytes:
    """The editor's text in the encoding and line ends the file has on disk."""
    try:
        document = decode(data)
        return data if normal(text) == document.text else document.rewritten(text).encode()
    except (Undecodable, Unencodable):
        return data  # no text, or not this file's


def _plain(data: bytes) -> str | None:
    """Text as editors write it; other encodings than UTF-8 stay on disk, where they are right."""
    try:
        return None if data.startswith(b"\xef\xbb\xbf") else data.decode()
    except UnicodeDecodeError:
        return None


def _name(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
