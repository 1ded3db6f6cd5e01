"""Files, as tools may touch them: read with memory of what was seen, change whole or not at all."""

from collections.abc import Iterable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Protocol

from msgspec import Struct, field


class Change(Struct, frozen=True):
    """One file before and after. `before` is its sha256 (hex) or "" when it must not exist;
    `after` is the new content or None when the file goes away."""

    path: Path
    before: str
    after: bytes | None
    mode: int | None = None
    """Permission bits for a new file; an existing file keeps its own."""


class Coverage(Struct):
    """What undo will bring back of a shell command, known when it has ended."""

    changed: list[str] = field(default_factory=list)
    """Paths it added, changed or removed, relative to the project."""
    uncovered: list[str] = field(default_factory=list)
    """Why some of it cannot be undone, one sentence each; empty when all can."""


class Files(Protocol):
    """The one way tools reach files. Every change is journaled before it happens, so that undo
    can bring the bytes back; an editor's buffers may stand behind it."""

    async def read(self, path: Path) -> bytes:
        """The bytes, not yet remembered. OSError as the system says."""
        ...

    def remember(self, path: Path, data: bytes) -> None:
        """This session has seen these bytes of the file; their hash is kept. Who could show none
        of them does not call it."""
        ...

    async def glance(self, path: Path) -> None:
        """Remember the file as seen without reading all of it: for large files of which a part
        is read. OSError as the system says."""
        ...

    def seen(self, path: Path) -> str | None:
        """The sha256 this session last read or wrote, None when it never did."""
        ...

    async def shown(self, path: Path, data: bytes) -> bytes:
        """What an editor that has the file open shows in place of these bytes of the disk; the
        same bytes where none does."""
        ...

    async def apply(self, changes: list[Change], *, guard: bool = True) -> None:
        """All or nothing: check every `before`, keep the old bytes, write each atomically, undo
        all on failure. With `guard`, a file this session has seen and that changed since raises
        StaleFile. ToolError says what could not be written."""
        ...

    async def remove(self, path: Path) -> None:
        """Move a file or a folder to the session's trash; undo restores it."""
        ...

    def lock(self, paths: Iterable[Path]) -> AbstractAsyncContextManager[None]:
        """Hold the paths' locks (sorted, so no deadlock) while editing."""
        ...

    def around(self, folder: Path) -> AbstractAsyncContextManager[Coverage]:
        """Watch what a shell command changes below `folder`; the Coverage is filled at exit."""
        ...


class Buffers(Protocol):
    """The files an editor holds open: what a person typed there may not be on disk yet. `session`
    is that of the person, also when a sub-agent asks. Neither call raises."""

    async def read(self, session: str, path: Path) -> str | None:
        """The text as the editor shows it; None when it cannot say."""
        ...

    async def write(self, session: str, path: Path, text: str) -> str:
        """Let the editor take over (and save) text that is on disk already. Returns why it
        refuses; "" when it does not, or is not there to say."""
        ...
