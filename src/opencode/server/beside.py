"""The server beside a terminal app: in a thread and a loop of its own, so that no screen waits."""

import asyncio
import contextlib
import logging
import threading
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from opencode.core.error import OpenCodeError
from opencode.server.access.auth import Rules
from opencode.server.control import Steer
from opencode.workspace.workspace import Workspace

log = logging.getLogger(__name__)

_AFTER_PAINT = 1.0
"""Seconds the app has the machine to itself before the library is loaded."""
_ENDING = 5.0
_USUAL = 4096


@dataclass(frozen=True)
class Beside:
    """What the server needs of the app. `shown` hears the address; `failed` why there is none."""

    port: int
    rules: Rules
    steer: Steer
    shown: Callable[[str], None]
    failed: Callable[[str], None]


@asynccontextmanager
async def served(door: Workspace, wanted: Beside) -> AsyncGenerator[None]:
    """Serve the workspace of this loop on 127.0.0.1 until the block ends. Returns at once; the
    server comes a moment later, the callbacks are called in this loop."""
    starting = asyncio.create_task(_start_later(door, wanted))
    try:
        yield
    finally:
        starting.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            thread = await starting
            await asyncio.to_thread(thread.stop)


async def _start_later(door: Workspace, wanted: Beside) -> "_Thread":
    await asyncio.sleep(_AFTER_PAINT)
    thread = _Thread(door, wanted, asyncio.get_running_loop())
    thread.start()
    return thread


class _Thread(threading.Thread):
    def __init__(self, door: Workspace, wanted: Beside, home: asyncio.AbstractEventLoop) -> None:
        super().__init__(name="opencode-server", daemon=True)
        self._door, self._wanted, self._home = door, wanted, home
        self._loop: asyncio.AbstractEventLoop | None = None
        self._told = asyncio.Event()
        self._is_told = False

    def run(self) -> None:
        """The thread's life."""
        try:
            asyncio.run(self._serve())
        except OpenCodeError as error:
            self._tell(self._wanted.failed, f"{error.message} {error.hint}".strip())
        except Exception:
            log.exception("the server beside the app failed")
            self._tell(self._wanted.failed, "The server ended; the log has the details.")

    def stop(self) -> None:
        """End it and wait for a moment until it has."""
        self._is_told = True
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):  # it has ended by itself
                self._loop.call_soon_threadsafe(self._told.set)
        self.join(_ENDING)

    async def _serve(self) -> None:
        from opencode.server.across import across  # noqa: PLC0415 - 0.2 s, after the first paint
        from opencode.server.app import create_app  # noqa: PLC0415
        from opencode.server.listen import address, bind, running  # noqa: PLC0415

        self._loop = asyncio.get_running_loop()
        listener = bind("127.0.0.1", self._wanted.port, usual=_USUAL)
        base = address(listener)
        door = across(self._door, self._home)
        app = create_app(door, self._wanted.rules, base=base, steer=self._steer)
        async with running(app, listener):
            self._tell(self._wanted.shown, base)
            if not self._is_told:
                await self._told.wait()

    def _steer(self, kind: str, properties: dict[str, Any]) -> None:
        self._tell(self._wanted.steer, kind, properties)

    def _tell(self, what: Callable[..., None], *words: Any) -> None:
        with contextlib.suppress(RuntimeError):  # the app has ended
            self._home.call_soon_threadsafe(what, *words)
