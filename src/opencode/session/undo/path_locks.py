"""One lock a path for everything in this process that changes files, and what it wrote there."""

import asyncio
import os
from collections.abc import AsyncGenerator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path


class PathLocks:
    """Shared by all sessions of a workspace."""

    def __init__(self) -> None:
        self._locks: dict[str, tuple[asyncio.Lock, int]] = {}
        self.written: dict[Path, str] = {}
        """Real path → sha256 of what a tool wrote last: not the work of a shell command."""

    @asynccontextmanager
    async def hold(self, paths: Iterable[Path]) -> AsyncGenerator[None]:
        """Hold the locks of the paths, taken in one order so that nobody waits in a circle."""
        keys = sorted(set(map(_key, paths)))
        async with AsyncExitStack() as stack:
            for key in keys:
                await stack.enter_async_context(self._one(key))
            yield

    @asynccontextmanager
    async def _one(self, key: str) -> AsyncGenerator[None]:
        lock, users = self._locks.get(key, (asyncio.Lock(), 0))
        self._locks[key] = (lock, users + 1)
        try:
            async with lock:
                yield
        finally:
            lock, users = self._locks[key]
            if users == 1:
                del self._locks[key]
            else:
                self._locks[key] = (lock, users - 1)


def _key(path: Path) -> str:
    return os.path.normcase(os.path.realpath(path))
