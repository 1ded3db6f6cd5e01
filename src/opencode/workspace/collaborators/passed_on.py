"""Files with something laid over them: that says what differs, everything else is passed on."""

from collections.abc import Iterable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path

from opencode.core.files import Change, Coverage, Files


@dataclass(frozen=True)
class PassedOn:
    """Implements `core.files.Files` by others."""

    files: Files

    async def read(self, path: Path) -> bytes:
        return await self.files.read(path)

    def remember(self, path: Path, data: bytes) -> None:
        self.files.remember(path, data)

    async def glance(self, path: Path) -> None:
        await self.files.glance(path)

    def seen(self, path: Path) -> str | None:
        return self.files.seen(path)

    async def shown(self, path: Path, data: bytes) -> bytes:
        return await self.files.shown(path, data)

    async def apply(self, changes: list[Change], *, guard: bool = True) -> None:
        await self.files.apply(changes, guard=guard)

    async def remove(self, path: Path) -> None:
        await self.files.remove(path)

    def lock(self, paths: Iterable[Path]) -> AbstractAsyncContextManager[None]:
        return self.files.lock(paths)

    def around(self, folder: Path) -> AbstractAsyncContextManager[Coverage]:
        return self.files.around(folder)
